//! Tasks: what a user wants, and the calls that are known to achieve it.

use crate::digest::{Digest, Digests};
use crate::order::OrderRule;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the task record.
pub const TASK_FORMAT: u32 = 2;

/// A task. Kept only if its gold calls replay exactly, doing nothing fails (but where nothing is what should be done), and every write is
/// needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// [`TASK_FORMAT`].
    pub format: u32,
    /// Unique: `pack-name/0001`.
    pub id: String,
    /// Name of the pack.
    pub pack: String,
    /// Digest of the pack's file.
    pub pack_digest: Digest,
    /// Seed of generated ids.
    pub seed: u64,
    /// Constant time of the episode, RFC 3339 in UTC, seconds.
    pub now: String,
    /// What it asks of an agent.
    pub kind: TaskKind,
    /// Names of the tools that the agent is offered, in order; empty: all that the pack has for agents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Rules in words that hold in this task beside the policy of the pack. The agent is told of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Rules on the order of calls, beside those of the pack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<OrderRule>,
    /// What the user says and knows.
    pub user: UserBrief,
    /// Calls that set the scene before the episode begins, each in the role of its tool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<TaskCall>,
    /// The calls that achieve it, in order, each in the role of its tool. For a refusal: what shows why.
    pub gold: Vec<GoldCall>,
    /// The call that the user asks for and that must not come about: for refusals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbidden: Option<Forbidden>,
    /// Digests before the first call.
    pub initial: Digests,
    /// Digests after the last call.
    pub goal: Digests,
    /// Values that the agent must tell the user: for tasks that read.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// What must hold in the state at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assertions: Vec<Assertion>,
    /// Statements about the dialogue that only a judge in words can grade. They are reported apart and never decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judge: Vec<String>,
    /// Which grades decide; empty: state, facts and order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<Basis>,
    /// How hard it is, in numbers.
    pub difficulty: Difficulty,
    /// Which split it belongs to.
    pub split: Split,
}

/// What a task asks of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// To change the state.
    Change,
    /// To find out and to tell: the state stays as it is.
    Read,
    /// Not to do what the user asks for, since the policy forbids it or the tools refuse it: the state stays as it is.
    Refusal,
}

impl TaskKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Read => "read",
            Self::Refusal => "refusal",
        }
    }
}

/// A task as its author writes it, a line of a pack's `tasks.jsonl`: without what playing its gold calls shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSource {
    /// Unique in the pack.
    pub id: String,
    /// Names of the splits that it belongs to; `test` holds it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<String>,
    /// As in [`Task`]; without it: change where the gold calls change the graded state, else read where there are facts, else refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TaskKind>,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<OrderRule>,
    /// What the user says and knows.
    pub user: UserBrief,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<TaskCall>,
    /// The calls that achieve it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<TaskCall>,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assertions: Vec<Assertion>,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judge: Vec<String>,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<Basis>,
}

fn no_arguments() -> Value {
    Value::Object(serde_json::Map::new())
}

/// A call that a task prescribes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskCall {
    /// The tool.
    pub tool: String,
    /// Its arguments; left out: none.
    #[serde(default = "no_arguments")]
    pub arguments: Value,
    /// As in [`GoldCall`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Vec<String>>,
}

/// A tool of the role assert, and what it must return at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// The tool.
    pub tool: String,
    /// Its arguments; left out: none.
    #[serde(default = "no_arguments")]
    pub arguments: Value,
    /// Its result.
    pub expected: Value,
}

/// The grades that can decide whether a task is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The final state is the goal state.
    State,
    /// Every gold call was made, at any time, by whomever.
    Actions,
    /// Every fact was told.
    Facts,
    /// Every assertion holds.
    Assertions,
    /// No rule on the order of calls is broken.
    Order,
    /// A judge in words; reported apart, and so true for the sake of passing.
    Judge,
}

/// The simulated user's side of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserBrief {
    /// The whole wish, in words, with all that the user knows.
    pub goal: String,
    /// The first message: the wish, without the details that the user gives only when asked. Empty: the user's own words.
    #[serde(default)]
    pub opening: String,
    /// The wish step by step, one sentence a gold call that the user asks for.
    #[serde(default)]
    pub requests: Vec<String>,
    /// What the user can tell.
    #[serde(default)]
    pub known: Vec<Known>,
}

/// Something the user knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// In words: `the repository`, `title of the issue`.
    pub label: String,
    /// The value, as it goes into an argument.
    pub value: Value,
    /// Arguments of gold calls that it determines: `2.title` is parameter `title` of gold call 2 (from 0),
    /// `2.items.0.sku` a member inside it. Empty where it only says which of several things is meant.
    pub uses: Vec<String>,
    /// True where the opening already says it.
    pub told: bool,
}

/// One call of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldCall {
    /// The tool.
    pub tool: String,
    /// Its arguments, with the defaults of the schema applied.
    pub arguments: Value,
    /// Index of the sentence of [`UserBrief::requests`] that asks for it; for a look-up that only a later call
    /// needs, the sentence that asks for that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<usize>,
    /// Where arguments come from that the user does not know: earlier results.
    #[serde(default)]
    pub from_results: Vec<FromResult>,
    /// What it returned, or what is shown of its failure.
    pub result: Value,
    /// True where the call does not succeed, which the golds of other people's tasks may not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// The arguments that [`Basis::Actions`] compares; without it, all that the episode's call gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Vec<String>>,
    /// Digest of the whole state after it.
    pub state: Digest,
    /// True where it changed the graded state.
    pub writes: bool,
}

/// What a user asks for in vain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forbidden {
    /// The tool.
    pub tool: String,
    /// Its arguments, with the defaults of the schema applied. Of [`Known::uses`], it is the call after the last gold call.
    pub arguments: Value,
    /// As in [`GoldCall`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_results: Vec<FromResult>,
    /// Why not, in words: the rule of [`Task::rules`], or what the tool says when it refuses.
    pub because: String,
    /// True where the tool itself refuses, so that trying does no harm.
    pub refused_by_tool: bool,
}

/// An argument taken from an earlier result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromResult {
    /// The parameter; a member inside it as `items.0.sku`.
    pub param: String,
    /// Index of the earlier gold call.
    pub call: usize,
    /// JSON pointer into its result.
    pub pointer: String,
}

/// A value that must be communicated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// In words.
    pub label: String,
    /// The value, as text that must occur in the agent's messages.
    pub value: String,
    /// Index of the gold call whose result has it, where it comes from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<usize>,
    /// JSON pointer to it in that result.
    #[serde(default)]
    pub pointer: String,
    /// Any occurrence counts, also as a part of a longer word, and commas of the message do not: τ²-bench's rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub substring: bool,
}

/// Numbers that make a task easy or hard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difficulty {
    /// Gold calls.
    pub calls: usize,
    /// Gold calls that change the graded state.
    pub writes: usize,
    /// Arguments that come from earlier results.
    pub chained: usize,
    /// Gold calls that go on from another result than that of the call right before.
    #[serde(default)]
    pub branching: usize,
    /// Tools that the agent may choose from.
    pub tools: usize,
    /// Tools among them that no gold call is of.
    #[serde(default)]
    pub distractors: usize,
}

/// How hard a task is, in one word, by [`Difficulty::level`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Below 6 points.
    Easy,
    /// Below 14 points.
    Medium,
    /// Below 30 points.
    Hard,
    /// 30 points and more: long horizons.
    Long,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
            Self::Long => "long",
        }
    }
}

impl Difficulty {
    /// A point for each call, write, and argument taken from a result, and one for each doubling of the tools beyond four.
    pub fn points(&self) -> usize {
        let doublings = (self.tools / 4).checked_ilog2().unwrap_or(0) as usize;
        self.calls + self.writes + self.chained + doublings
    }

    /// The word for [`Self::points`].
    pub fn level(&self) -> Level {
        match self.points() {
            0..6 => Level::Easy,
            6..14 => Level::Medium,
            14..30 => Level::Hard,
            _ => Level::Long,
        }
    }
}

/// Splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// For training data.
    Train,
    /// Held out.
    Test,
}

/// The argument at `path` (`title`, `items.0.sku`) of `arguments`. Member names may contain dots: the longest
/// name that fits wins.
pub fn argument<'a>(arguments: &'a Value, path: &str) -> Option<&'a Value> {
    match arguments {
        Value::Object(map) => {
            let (name, rest) = member(map.keys(), path)?;
            rest.map_or_else(|| map.get(&name), |rest| argument(&map[&name], rest))
        }
        Value::Array(items) => {
            let (index, rest) = element(path)?;
            rest.map_or_else(|| items.get(index), |rest| argument(items.get(index)?, rest))
        }
        _ => None,
    }
}

/// As [`argument`], to change it.
pub fn argument_mut<'a>(arguments: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    match arguments {
        Value::Object(map) => {
            let (name, rest) = member(map.keys(), path)?;
            let value = map.get_mut(&name)?;
            match rest {
                None => Some(value),
                Some(rest) => argument_mut(value, rest),
            }
        }
        Value::Array(items) => {
            let (index, rest) = element(path)?;
            let value = items.get_mut(index)?;
            match rest {
                None => Some(value),
                Some(rest) => argument_mut(value, rest),
            }
        }
        _ => None,
    }
}

fn member<'a, 'p>(names: impl Iterator<Item = &'a String>, path: &'p str) -> Option<(String, Option<&'p str>)> {
    let fits = |name: &&String| path.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let name = names.filter(fits).max_by_key(|name| name.len())?;
    Some((name.clone(), path[name.len()..].strip_prefix('.')))
}

fn element(path: &str) -> Option<(usize, Option<&str>)> {
    let (index, rest) = path.split_once('.').map_or((path, None), |(index, rest)| (index, Some(rest)));
    Some((index.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_into_arguments() {
        let mut arguments = json!({"a": 1, "a.b": 2, "items": [{"sku": "x"}, {"sku": "y"}]});
        assert_eq!(argument(&arguments, "a"), Some(&json!(1)));
        assert_eq!(argument(&arguments, "a.b"), Some(&json!(2)));
        assert_eq!(argument(&arguments, "items.1.sku"), Some(&json!("y")));
        assert_eq!(argument(&arguments, "items.2.sku"), None);
        assert_eq!(argument(&arguments, "a.c"), None);
        *argument_mut(&mut arguments, "items.0.sku").expect("is there") = json!("z");
        assert_eq!(argument(&arguments, "items.0"), Some(&json!({"sku": "z"})));
    }
}
