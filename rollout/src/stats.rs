//! The statistics of verdicts: pass^k and pass@k with intervals, for groups of tasks, and the comparison of two sides.
//!
//! Everything is computed from a [`Tally`], which keeps a few counts for each agent and task, so that a million
//! trajectories fit. Nothing depends on the order in which episodes are added. `docs/evaluation.md` has the formulas.

pub mod compare;
pub mod group;
pub mod interval;
pub mod rate;
pub mod score;
pub mod significance;
mod special;

use serde::Serialize;
use std::collections::BTreeMap;
use wardian_format::trajectory::EndReason;

pub use compare::{CompareOptions, Comparison, compare};
pub use group::{Axis, Bins, By, TaskFacts};
pub use interval::{Cluster, Interval, IntervalOptions, Method};
pub use score::{AgentScore, ScoreOptions, score};

/// Tasks by id.
pub type Tasks = BTreeMap<String, TaskFacts>;

/// What a verdict says, in flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grade {
    /// As in the verdict.
    pub passed: bool,
    /// As in the verdict.
    pub state: bool,
    /// As in the verdict.
    pub calls: bool,
}

/// Episodes of one agent, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Episodes that were graded.
    pub scored: usize,
    /// Those of them that passed.
    pub passed: usize,
    /// Those of them that reached the goal state.
    pub state: usize,
    /// Those of them whose successful calls are the gold calls.
    pub calls: usize,
    /// Episodes that the infrastructure ended. They are never scored, whatever verdict they have.
    pub infrastructure: usize,
    /// Other episodes without a verdict.
    pub ungraded: usize,
}

impl Counts {
    /// Counts one episode.
    pub fn add(&mut self, end: &EndReason, grade: Option<Grade>) {
        match (end, grade) {
            (EndReason::Infrastructure { .. }, _) => self.infrastructure += 1,
            (_, None) => self.ungraded += 1,
            (_, Some(grade)) => {
                self.scored += 1;
                self.passed += usize::from(grade.passed);
                self.state += usize::from(grade.state);
                self.calls += usize::from(grade.calls);
            }
        }
    }

    /// All episodes.
    pub fn episodes(&self) -> usize {
        self.scored + self.infrastructure + self.ungraded
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            scored: self.scored + other.scored,
            passed: self.passed + other.passed,
            state: self.state + other.state,
            calls: self.calls + other.calls,
            infrastructure: self.infrastructure + other.infrastructure,
            ungraded: self.ungraded + other.ungraded,
        }
    }
}

/// A task as one agent played it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Played<'a> {
    pub(crate) id: &'a str,
    pub(crate) facts: &'a TaskFacts,
    pub(crate) counts: Counts,
}

/// Counts for each agent and task.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    tasks: &'a Tasks,
    agents: BTreeMap<String, BTreeMap<&'a str, Counts>>,
}

impl<'a> Tally<'a> {
    /// One of nothing.
    pub fn new(tasks: &'a Tasks) -> Self {
        Self { tasks, agents: BTreeMap::new() }
    }

    /// Adds an episode; false, and nothing is added, where its task is not among the tasks.
    pub fn add(&mut self, agent: &str, task: &str, end: &EndReason, grade: Option<Grade>) -> bool {
        let Some((id, _)) = self.tasks.get_key_value(task) else { return false };
        if !self.agents.contains_key(agent) {
            self.agents.insert(agent.to_owned(), BTreeMap::new());
        }
        self.agents.get_mut(agent).expect("it was put there").entry(id).or_default().add(end, grade);
        true
    }

    /// Names of the agents, sorted.
    pub fn agents(&self) -> impl Iterator<Item = &str> {
        self.agents.keys().map(String::as_str)
    }

    /// The tasks that `agent` played, in order of id.
    pub(crate) fn played(&self, agent: &str) -> Vec<Played<'a>> {
        let of = |(id, counts): (&&'a str, &Counts)| Played { id, facts: &self.tasks[*id], counts: *counts };
        self.agents.get(agent).into_iter().flatten().map(of).collect()
    }
}

/// Puts (pack, value) of tasks together as units of `cluster`, in an order that depends on nothing else.
pub(crate) fn units<'a>(values: impl Iterator<Item = (&'a str, f64)>, cluster: Cluster) -> interval::Units {
    let mut units = interval::Units::default();
    match cluster {
        Cluster::Task => values.for_each(|(_, value)| units.push(value, 1)),
        Cluster::Pack => {
            let mut packs: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
            for (pack, value) in values {
                let (sum, weight) = packs.entry(pack).or_default();
                *sum += value;
                *weight += 1;
            }
            packs.into_values().for_each(|(sum, weight)| units.push(sum, weight));
        }
    }
    units
}
