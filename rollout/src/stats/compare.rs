//! Two sides that played the same tasks, compared task by task.

use super::interval::{CHANCE, DIFFERENCE, interval};
use super::rate::{chance_of_all, chance_of_any};
use super::significance::{McNemar, SignFlip, mcnemar, sign_flip};
use super::{Cluster, Counts, Interval, IntervalOptions, Played, Tally, units};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareOptions {
    /// Beside pass^1, pass^k and pass@k for this k.
    pub k: usize,
    /// How many of the tasks that changed are named.
    pub changed_max: usize,
    /// How intervals are made; the seed is the permutation test's as well.
    pub intervals: IntervalOptions,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self { k: 1, changed_max: 10, intervals: IntervalOptions::default() }
    }
}

/// One side: an agent of a set of trajectories.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a, 't> {
    /// The trajectories.
    pub tally: &'a Tally<'t>,
    /// The agent.
    pub agent: &'a str,
}

/// How B differs from A. Differences are B minus A throughout.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Episodes of A on the tasks compared.
    pub a: SideCounts,
    /// Episodes of B on the tasks compared.
    pub b: SideCounts,
    /// Tasks with a scored episode on both sides: those that are compared.
    pub tasks: usize,
    /// Their packs.
    pub packs: usize,
    /// Tasks with a scored episode on A alone; left out.
    pub only_a: Vec<String>,
    /// Tasks with a scored episode on B alone; left out.
    pub only_b: Vec<String>,
    /// Tasks of which B passed a larger share of its trials.
    pub better: usize,
    /// Tasks of which B passed a smaller share.
    pub worse: usize,
    /// The others.
    pub equal: usize,
    /// pass^1, and for another k pass^k and pass@k.
    pub rates: Vec<RateDifference>,
    /// Where each side has one trial of each task, and tasks are the units.
    pub mcnemar: Option<McNemar>,
    /// The tasks whose share of passed trials changed most; equal changes in order of id.
    pub changed: Vec<Changed>,
}

/// One side in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SideCounts {
    /// The agent.
    pub agent: String,
    /// Episodes.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A rate on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateDifference {
    /// Which one.
    pub rate: RateKind,
    /// Its k.
    pub k: usize,
    /// Tasks with at least k scored trials on both sides: those that count here.
    pub tasks: usize,
    /// On A.
    pub a: Interval,
    /// On B.
    pub b: Interval,
    /// B minus A, paired.
    pub difference: Interval,
    /// Whether that could be chance.
    pub test: SignFlip,
}

/// The two rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateKind {
    /// pass^k: all of k trials pass.
    PassHat,
    /// pass@k: one of k trials passes.
    PassAt,
}

/// A task that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// Its id.
    pub task: String,
    /// On A.
    pub a: Outcome,
    /// On B.
    pub b: Outcome,
    /// Difference of the shares of passed trials.
    pub difference: f64,
}

/// What one side made of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Trials passed.
    pub passed: usize,
    /// Trials scored.
    pub scored: usize,
}

/// A task that both sides played.
struct Pair<'a> {
    a: Played<'a>,
    b: Played<'a>,
}

impl Pair<'_> {
    fn difference(&self) -> f64 {
        let share = |p: &Played<'_>| p.counts.passed as f64 / p.counts.scored as f64;
        share(&self.b) - share(&self.a)
    }

    /// The sign of [`Self::difference`], from counts: shares such as 1/3 are not exact.
    fn order(&self) -> std::cmp::Ordering {
        let (a, b) = (self.a.counts, self.b.counts);
        (b.passed * a.scored).cmp(&(a.passed * b.scored))
    }
}

/// Compares B with A. Both tallies must be of the same tasks. `None` where no task has a scored episode on both sides.
pub fn compare(a: Side<'_, '_>, b: Side<'_, '_>, options: &CompareOptions) -> Option<Comparison> {
    let (played_a, played_b) = (scored(a), scored(b));
    let only = |these: &BTreeMap<&str, Played<'_>>, others: &BTreeMap<&str, Played<'_>>| {
        these.keys().filter(|id| !others.contains_key(*id)).map(|id| (*id).to_owned()).collect()
    };
    let pairs: Vec<Pair<'_>> = played_a.iter().filter_map(|(id, a)| Some(Pair { a: *a, b: *played_b.get(id)? })).collect();
    if pairs.is_empty() {
        return None;
    }
    let sum = |of: fn(&Pair<'_>) -> Counts| pairs.iter().fold(Counts::default(), |sum, pair| sum.plus(&of(pair)));
    let count = |order: std::cmp::Ordering| pairs.iter().filter(|pair| pair.order() == order).count();
    let mut wanted = vec![(RateKind::PassHat, 1)];
    if options.k > 1 {
        wanted.extend([(RateKind::PassHat, options.k), (RateKind::PassAt, options.k)]);
    }
    Some(Comparison {
        a: SideCounts { agent: a.agent.to_owned(), counts: sum(|pair| pair.a.counts) },
        b: SideCounts { agent: b.agent.to_owned(), counts: sum(|pair| pair.b.counts) },
        tasks: pairs.len(),
        packs: pairs.iter().map(|pair| &pair.a.facts.pack).collect::<BTreeSet<_>>().len(),
        only_a: only(&played_a, &played_b),
        only_b: only(&played_b, &played_a),
        better: count(std::cmp::Ordering::Greater),
        worse: count(std::cmp::Ordering::Less),
        equal: count(std::cmp::Ordering::Equal),
        rates: wanted.into_iter().filter_map(|(rate, k)| difference(&pairs, rate, k, &options.intervals)).collect(),
        mcnemar: (options.intervals.cluster == Cluster::Task).then(|| single_trials(&pairs)).flatten(),
        changed: changed(&pairs, options.changed_max),
    })
}

fn scored<'t>(side: Side<'_, 't>) -> BTreeMap<&'t str, Played<'t>> {
    side.tally.played(side.agent).into_iter().filter(|p| p.counts.scored > 0).map(|p| (p.id, p)).collect()
}

fn difference(pairs: &[Pair<'_>], rate: RateKind, k: usize, options: &IntervalOptions) -> Option<RateDifference> {
    let counted: Vec<&Pair<'_>> = pairs.iter().filter(|pair| pair.a.counts.scored.min(pair.b.counts.scored) >= k).collect();
    if counted.is_empty() {
        return None;
    }
    let chance = |p: &Played<'_>| match rate {
        RateKind::PassHat => chance_of_all(p.counts.passed, p.counts.scored, k),
        RateKind::PassAt => chance_of_any(p.counts.passed, p.counts.scored, k),
    };
    let side = |of: for<'p> fn(&Pair<'p>) -> Played<'p>| {
        let played = || counted.iter().map(|pair| of(pair));
        let trials: usize = played().map(|p| p.counts.scored).sum();
        let values = counted.iter().map(|pair| (pair.a.facts.pack.as_str(), chance(&of(pair))));
        interval(&units(values, options.cluster), CHANCE, trials as f64, options)
    };
    let values = counted.iter().map(|pair| (pair.a.facts.pack.as_str(), chance(&pair.b) - chance(&pair.a)));
    let differences = units(values, options.cluster);
    Some(RateDifference {
        rate,
        k,
        tasks: counted.len(),
        a: side(|pair| pair.a),
        b: side(|pair| pair.b),
        difference: interval(&differences, DIFFERENCE, f64::INFINITY, options),
        test: sign_flip(differences.sums(), options.seed),
    })
}

fn single_trials(pairs: &[Pair<'_>]) -> Option<McNemar> {
    if pairs.iter().any(|pair| pair.a.counts.scored != 1 || pair.b.counts.scored != 1) {
        return None;
    }
    let only = |is: fn(&Pair<'_>) -> bool| pairs.iter().filter(|pair| is(pair)).count();
    Some(mcnemar(only(|pair| pair.a.counts.passed > pair.b.counts.passed), only(|pair| pair.a.counts.passed < pair.b.counts.passed)))
}

fn changed(pairs: &[Pair<'_>], max: usize) -> Vec<Changed> {
    let mut changed: Vec<&Pair<'_>> = pairs.iter().filter(|pair| pair.order().is_ne()).collect();
    // Pairs are in order of id, and the sort keeps that.
    changed.sort_by(|x, y| y.difference().abs().total_cmp(&x.difference().abs()));
    let outcome = |p: &Played<'_>| Outcome { passed: p.counts.passed, scored: p.counts.scored };
    let of =
        |pair: &Pair<'_>| Changed { task: pair.a.id.to_owned(), a: outcome(&pair.a), b: outcome(&pair.b), difference: pair.difference() };
    changed.into_iter().take(max).map(of).collect()
}
