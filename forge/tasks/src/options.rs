//! What is wanted of the generator.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wardian_format::Digest;
use wardian_format::task::{Level, Split};

/// What is wanted. Percentages are of attempts, so that what is kept may differ from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskOptions {
    /// The same seed and pack give the same tasks.
    pub seed: u64,
    /// Tasks wanted.
    pub count: usize,
    /// Fewest gold calls.
    pub calls_min: usize,
    /// Most gold calls.
    pub calls_max: usize,
    /// Fewest writes. With 0, some tasks only read and are graded by what the agent tells.
    pub writes_min: usize,
    /// Most writes; without it, about half of the calls.
    pub writes_max: Option<usize>,
    /// How often, in percent, a step goes on from something other than the step before it: 0 gives chains, 100 stars.
    pub branching_percent: u8,
    /// Tools that the agent is offered beside those that it needs, the most alike first; without it, all that the pack has.
    pub distractors: Option<usize>,
    /// Only tasks of this level.
    pub level: Option<Level>,
    /// How often, in percent, a task only reads, where `writes_min` is 0.
    pub read_percent: u8,
    /// How often, in percent, a task asks for what the policy forbids or the tools refuse.
    pub refusal_percent: u8,
    /// Random walks of legal calls that must all miss the goal state.
    pub random_walks: usize,
    /// From this likeness on, in percent of what two tasks say and do, the later one is left out.
    pub likeness_percent: u8,
    /// Attempts for each task that is wanted; the generator stops when they are used up.
    pub attempts: usize,
    /// Which split the tasks belong to.
    pub split: SplitRule,
}

/// How tasks are divided into splits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SplitRule {
    /// Whole packs are held out: those that are named, and those whose name hashes into the first `test_percent` of 100.
    ByPack {
        /// Percentage of packs in the test split.
        test_percent: u8,
        /// Names of packs in the test split.
        held_out: BTreeSet<String>,
    },
    /// All tasks in one split.
    All(Split),
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            count: 20,
            calls_min: 2,
            calls_max: 8,
            writes_min: 0,
            writes_max: None,
            branching_percent: 40,
            distractors: None,
            level: None,
            read_percent: 15,
            refusal_percent: 10,
            random_walks: 4,
            likeness_percent: 80,
            attempts: 12,
            split: SplitRule::ByPack { test_percent: 10, held_out: BTreeSet::new() },
        }
    }
}

impl TaskOptions {
    /// Options whose tasks are of `level`, with ranges in which that is likely.
    #[must_use]
    pub fn of_level(self, level: Level) -> Self {
        let (calls_min, calls_max, writes_max) = match level {
            Level::Easy => (1, 3, Some(1)),
            Level::Medium => (2, 7, None),
            Level::Hard => (5, 14, None),
            Level::Long => (20, 32, None),
        };
        // A walk of many steps comes to nothing more often.
        let attempts = if level == Level::Long { 40 } else { 20 };
        Self { calls_min, calls_max, writes_max, level: Some(level), attempts, ..self }
    }
}

impl SplitRule {
    /// The split of the tasks of pack `name`.
    pub fn split(&self, name: &str) -> Split {
        match self {
            Self::All(split) => *split,
            Self::ByPack { test_percent, held_out } => {
                let hash = u64::from_le_bytes(Digest::of(name.as_bytes()).0[..8].try_into().expect("eight bytes"));
                if held_out.contains(name) || hash % 100 < u64::from(*test_percent) { Split::Test } else { Split::Train }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_hold_out_whole_packs() {
        let rule = SplitRule::ByPack { test_percent: 20, held_out: BTreeSet::from(["pack-7".to_owned()]) };
        let held_out = (0..1000).filter(|i| rule.split(&format!("pack-{i}")) == Split::Test).count();
        assert!((150..250).contains(&held_out), "{held_out}");
        assert_eq!(rule.split("pack-7"), Split::Test);
        assert_eq!(rule.split("library"), rule.split("library"));
        assert_eq!(SplitRule::All(Split::Test).split("library"), Split::Test);
    }
}
