//! From a verdict to numbers.

use std::collections::BTreeMap;
use wardian_format::Verdict;

/// How a verdict becomes a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reward {
    /// 1 where the task is passed, else 0.
    Binary,
    /// 1 where the task is passed; else the share of the parts that hold, which is less.
    Parts,
}

impl Reward {
    /// The number for `verdict`, in 0..=1.
    pub fn of(self, verdict: &Verdict) -> f64 {
        match self {
            _ if verdict.passed => 1.0,
            Self::Binary => 0.0,
            Self::Parts => partial(verdict),
        }
    }
}

/// The parts of a verdict that the task has, each 0 or 1: `state`, `order`, `facts`, `actions`, `assertions`.
pub fn parts(verdict: &Verdict) -> BTreeMap<&'static str, f64> {
    let number = |holds: bool| if holds { 1.0 } else { 0.0 };
    let mut out = BTreeMap::from([("state", number(verdict.state))]);
    let others = [("order", verdict.order), ("facts", verdict.facts), ("actions", verdict.actions), ("assertions", verdict.assertions)];
    out.extend(others.into_iter().filter_map(|(name, holds)| Some((name, number(holds?)))));
    out
}

/// The share of the parts that hold, below 1: the task may be decided by a part that fails while all others hold.
fn partial(verdict: &Verdict) -> f64 {
    let parts = parts(verdict);
    let held: f64 = parts.values().sum();
    let of = parts.len() as f64;
    (held / of).min(1.0 - 1.0 / (of + 1.0))
}
