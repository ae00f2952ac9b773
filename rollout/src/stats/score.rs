//! pass^k and pass@k of each agent, over all tasks and for groups of them.

use super::interval::{CHANCE, interval};
use super::rate::{chance_of_all, chance_of_any};
use super::{Axis, Bins, By, Counts, Interval, IntervalOptions, Played, Tally, units};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreOptions {
    /// The largest k; without it, the fewest scored trials that any task of the agent has.
    pub k_max: Option<usize>,
    /// Tables of groups.
    pub by: Vec<By>,
    /// Bins of counts.
    pub bins: Bins,
    /// How intervals are made.
    pub intervals: IntervalOptions,
}

/// Figures of one agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentScore {
    /// Its name.
    pub agent: String,
    /// Tasks that were given and that it did not play.
    pub tasks_unplayed: usize,
    /// Over all tasks.
    #[serde(flatten)]
    pub figures: Figures,
    /// Groups, table by table.
    pub groups: Vec<Group>,
}

/// Figures of one group of tasks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What the table is made by.
    pub by: Vec<Axis>,
    /// The group, a word for each property.
    pub key: Vec<String>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Figures of tasks as one agent played them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Tasks with a scored episode.
    pub tasks: usize,
    /// Tasks that were played, and of which no episode was scored.
    pub tasks_unscored: usize,
    /// Packs of the tasks with a scored episode.
    pub packs: usize,
    /// Episodes.
    pub episodes: usize,
    /// Episodes, by what became of them.
    #[serde(flatten)]
    pub counts: Counts,
    /// Scored trials of the task that has fewest, and of the one that has most.
    pub trials: Trials,
    /// k = 1, 2, …
    pub rates: Vec<Rate>,
}

/// How many scored trials tasks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Trials {
    /// The fewest.
    pub min: usize,
    /// The most.
    pub max: usize,
}

/// pass^k and pass@k for one k.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// k.
    pub k: usize,
    /// Tasks with at least k scored trials: those that count here, each with the same weight.
    pub tasks: usize,
    /// The chance that k trials of a task all pass.
    pub pass_hat: Interval,
    /// The chance that one of k trials of a task passes.
    pub pass_at: Interval,
}

/// Figures for each agent, in order of name.
pub fn score(tally: &Tally<'_>, options: &ScoreOptions) -> Vec<AgentScore> {
    tally.agents().map(|agent| of_agent(agent, tally, options)).collect()
}

fn of_agent(agent: &str, tally: &Tally<'_>, options: &ScoreOptions) -> AgentScore {
    let played = tally.played(agent);
    let fewest = played.iter().map(|p| p.counts.scored).filter(|n| *n > 0).min().unwrap_or(0);
    let k_max = options.k_max.unwrap_or(fewest);
    AgentScore {
        agent: agent.to_owned(),
        tasks_unplayed: tally.tasks.len() - played.len(),
        figures: figures(&played, k_max, &options.intervals),
        groups: options.by.iter().flat_map(|by| groups(&played, by, k_max, options)).collect(),
    }
}

fn groups(played: &[Played<'_>], by: &By, k_max: usize, options: &ScoreOptions) -> Vec<Group> {
    let mut groups: BTreeMap<Vec<(usize, String)>, Vec<Played<'_>>> = BTreeMap::new();
    for task in played {
        groups.entry(by.key(task.facts, &options.bins)).or_default().push(*task);
    }
    let group = |(key, played): (Vec<(usize, String)>, Vec<Played<'_>>)| Group {
        by: by.axes().to_vec(),
        key: key.into_iter().map(|(_, name)| name).collect(),
        figures: figures(&played, k_max, &options.intervals),
    };
    groups.into_iter().map(group).collect()
}

fn figures(played: &[Played<'_>], k_max: usize, options: &IntervalOptions) -> Figures {
    let scored: Vec<Played<'_>> = played.iter().filter(|p| p.counts.scored > 0).copied().collect();
    let counts = played.iter().fold(Counts::default(), |sum, p| sum.plus(&p.counts));
    let trials = || scored.iter().map(|p| p.counts.scored);
    Figures {
        tasks: scored.len(),
        tasks_unscored: played.len() - scored.len(),
        packs: scored.iter().map(|p| &p.facts.pack).collect::<BTreeSet<_>>().len(),
        episodes: counts.episodes(),
        counts,
        trials: Trials { min: trials().min().unwrap_or(0), max: trials().max().unwrap_or(0) },
        rates: (1..=k_max).filter_map(|k| rate(&scored, k, options)).collect(),
    }
}

fn rate(scored: &[Played<'_>], k: usize, options: &IntervalOptions) -> Option<Rate> {
    let counted: Vec<&Played<'_>> = scored.iter().filter(|p| p.counts.scored >= k).collect();
    if counted.is_empty() {
        return None;
    }
    let trials: usize = counted.iter().map(|p| p.counts.scored).sum();
    let of = |chance: fn(usize, usize, usize) -> f64| {
        let values = counted.iter().map(|p| (p.facts.pack.as_str(), chance(p.counts.passed, p.counts.scored, k)));
        interval(&units(values, options.cluster), CHANCE, trials as f64, options)
    };
    Some(Rate { k, tasks: counted.len(), pass_hat: of(chance_of_all), pass_at: of(chance_of_any) })
}
