//! Upstream's recorded calls: `traces.json` (the gold actions of its tasks) and `fuzz.json` (random sequences).
//!
//! `tests/tau2/trace.py` makes both with upstream's own Python.

use crate::Tau2Error;
use serde::Deserialize;
use serde_json::{Map, Value};

/// `traces.json`.
#[derive(Clone, Debug)]
pub struct Traces {
    /// Hash of the database before anything happens.
    pub initial_hash: String,
    /// Hash of the user's database, where the domain has one.
    pub initial_user_hash: Option<String>,
    /// A case a task.
    pub cases: Vec<Case>,
}

/// Calls from the initial state on, and what upstream came to.
#[derive(Clone, Debug)]
pub struct Case {
    /// Of the task, or of the sequence.
    pub id: String,
    /// What sets the scene, before the first action.
    pub init: Vec<EnvCall>,
    /// Hashes after that, where they were recorded.
    pub init_hash: Option<String>,
    /// Of the user's database.
    pub init_user_hash: Option<String>,
    /// The calls.
    pub actions: Vec<Action>,
    /// What is asserted at the end, and what upstream's function gave.
    pub assertions: Vec<(Assertion, bool)>,
    /// Hash at the end.
    pub final_hash: String,
    /// Of the user's database.
    pub final_user_hash: Option<String>,
    /// From the initial database to the last.
    pub diff: Vec<Change>,
    /// Of the user's database.
    pub user_diff: Vec<Change>,
}

/// A function of the environment, called by the harness.
#[derive(Clone, Debug, Deserialize)]
pub struct EnvCall {
    /// Its name.
    pub func_name: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}

/// A call, and what upstream showed of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Action {
    /// The tool.
    pub name: String,
    /// `assistant` or `user`.
    pub requestor: String,
    /// Its arguments.
    pub args: Map<String, Value>,
    /// The text of the tool message.
    pub obs: String,
    /// Its error flag.
    pub error: bool,
    /// Upstream failed and had changed the database already.
    #[serde(default)]
    pub mutated_on_error: bool,
    /// Upstream made a random id.
    #[serde(default)]
    pub random_id: bool,
}

/// An assertion on the environment.
#[derive(Clone, Debug, Deserialize)]
pub struct Assertion {
    /// Its function.
    pub func_name: String,
    /// The arguments.
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// What the function must give.
    pub assert_value: bool,
}

/// One change of a document, by JSON pointer. Lists are compared index by index.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Change {
    /// `add`, `remove` or `replace`.
    pub op: String,
    /// JSON pointer.
    pub path: String,
    /// Before; absent for `add`.
    #[serde(default, deserialize_with = "present")]
    pub old: Option<Value>,
    /// After; absent for `remove`.
    #[serde(default, deserialize_with = "present")]
    pub new: Option<Value>,
}

/// A null that is written down is a value.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct TracesFile {
    initial_hash: String,
    initial_user_hash: Option<String>,
    tasks: Vec<TracedTask>,
}

#[derive(Deserialize)]
struct TracedTask {
    id: String,
    init: Option<Init>,
    init_hash: Option<String>,
    init_user_hash: Option<String>,
    actions: Vec<Action>,
    #[serde(default)]
    env_assertions: Option<Vec<Assertion>>,
    #[serde(default)]
    assertion_results: Option<Vec<bool>>,
    final_hash: String,
    final_user_hash: Option<String>,
    #[serde(default)]
    diff: Option<Vec<Change>>,
    #[serde(default)]
    user_diff: Option<Vec<Change>>,
}

#[derive(Deserialize)]
struct Init {
    initialization_data: Option<Value>,
    initialization_actions: Option<Vec<EnvCall>>,
    message_history: Option<Value>,
}

#[derive(Deserialize)]
struct FuzzFile {
    sequences: Vec<Sequence>,
}

#[derive(Deserialize)]
struct Sequence {
    id: String,
    init_actions: Option<Vec<EnvCall>>,
    actions: Vec<Action>,
    final_hash: String,
    final_user_hash: Option<String>,
    #[serde(default)]
    diff: Option<Vec<Change>>,
    #[serde(default)]
    user_diff: Option<Vec<Change>>,
}

/// Reads `traces.json`; `file` names it in errors.
///
/// # Errors
/// When the text is not in that form, or has what no port knows: initial data, or a history of messages.
pub fn read_traces(file: &str, text: &str) -> Result<Traces, Tau2Error> {
    let read: TracesFile = parse(file, text)?;
    let cases = read.tasks.into_iter().map(|task| traced(file, task)).collect::<Result<_, _>>()?;
    Ok(Traces { initial_hash: read.initial_hash, initial_user_hash: read.initial_user_hash, cases })
}

/// Reads `fuzz.json`; `file` names it in errors.
///
/// # Errors
/// When the text is not in that form.
pub fn read_fuzz(file: &str, text: &str) -> Result<Vec<Case>, Tau2Error> {
    let read: FuzzFile = parse(file, text)?;
    Ok(read.sequences.into_iter().map(Case::from).collect())
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, Tau2Error> {
    serde_json::from_str(text).map_err(|error| Tau2Error::File { file: file.to_owned(), reason: error.to_string() })
}

fn traced(file: &str, task: TracedTask) -> Result<Case, Tau2Error> {
    let wrong = |reason: &str| Tau2Error::File { file: file.to_owned(), reason: format!("task `{}`: {reason}", task.id) };
    let is_there = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_null());
    if task.init.as_ref().is_some_and(|init| is_there(&init.initialization_data) || is_there(&init.message_history)) {
        return Err(wrong("initial data and message histories are not supported"));
    }
    let (assertions, results) = (task.env_assertions.unwrap_or_default(), task.assertion_results.unwrap_or_default());
    if assertions.len() != results.len() {
        return Err(wrong("as many `assertion_results` as `env_assertions` are needed"));
    }
    Ok(Case {
        id: task.id,
        init: task.init.and_then(|init| init.initialization_actions).unwrap_or_default(),
        init_hash: task.init_hash,
        init_user_hash: task.init_user_hash,
        actions: task.actions,
        assertions: assertions.into_iter().zip(results).collect(),
        final_hash: task.final_hash,
        final_user_hash: task.final_user_hash,
        diff: task.diff.unwrap_or_default(),
        user_diff: task.user_diff.unwrap_or_default(),
    })
}

impl From<Sequence> for Case {
    fn from(sequence: Sequence) -> Self {
        Self {
            id: sequence.id,
            init: sequence.init_actions.unwrap_or_default(),
            init_hash: None,
            init_user_hash: None,
            actions: sequence.actions,
            assertions: Vec::new(),
            final_hash: sequence.final_hash,
            final_user_hash: sequence.final_user_hash,
            diff: sequence.diff.unwrap_or_default(),
            user_diff: sequence.user_diff.unwrap_or_default(),
        }
    }
}
