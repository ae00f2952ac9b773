//! Grades and filter decisions, each with its reasons.

use crate::digest::Digest;
use crate::state::Diff;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a judge in words says of one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// The statement, as in the task.
    pub statement: String,
    /// The judge holds it for true.
    pub met: bool,
    /// Why, in the judge's words.
    pub reason: String,
}

/// The grade of an episode. Computed on forks; grading changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// All grades that the task is decided by are right: state, facts and order, unless the task says otherwise.
    pub passed: bool,
    /// The graded digest equals the goal's.
    pub state: bool,
    /// The successful calls are the gold calls, in their order or in another that is [`Self::reordered`]; failed calls do not count.
    pub calls: bool,
    /// The calls are the gold calls in another order, and executing both shows that nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reordered: Option<Reordered>,
    /// No rule on the order of calls is broken; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<bool>,
    /// Every fact was told; absent where the task has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<bool>,
    /// Every gold call was made, at any time; absent where the task is not decided by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<bool>,
    /// Every assertion holds; absent where the task has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertions: Option<bool>,
    /// What the judge says of the task's statements; empty where there was no judge. Never part of `passed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<Judged>,
    /// For people, one sentence each; empty when all is well.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// From the goal state to the state reached; empty when they agree.
    #[serde(default)]
    pub difference: Diff,
    /// The first successful call that is not the plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<Divergence>,
}

/// The proof that an order of calls is as good as the plan's: both were executed from the same state, each call gave the same result in
/// both, and both ended in the same state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reordered {
    /// For each successful call of the episode, which successful gold call it is, from 0.
    pub order: Vec<usize>,
    /// Digest of the whole state that both executions end in.
    pub state: Digest,
}

/// Where calls leave the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Index among the gold calls.
    pub index: usize,
    /// The gold call there, as `{tool, arguments}`; null past the end of the plan.
    pub expected: Value,
    /// The episode's call, likewise.
    pub actual: Value,
}

/// Stages of the filter (the paper's three).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The dialogue is well-formed and free of loops.
    Validity,
    /// The final state is the goal state.
    State,
    /// The successful calls are the plan's.
    Calls,
}

/// What the filter did with one trajectory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Id of the trajectory.
    pub trajectory: String,
    /// True where it goes into the training set.
    pub kept: bool,
    /// The stage that dropped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// A word for counting, such as `repetition`, `state_differs`; `recovered` or `clean` when kept.
    pub code: String,
    /// Why, for people.
    pub reason: String,
}
