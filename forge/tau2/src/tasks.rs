//! Upstream's tasks as sources of ours.

use crate::{Assertion as EnvAssertion, EnvCall, Tau2Error};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wardian_format::task::{Assertion, Basis, Fact, TaskCall, TaskSource, UserBrief};

#[derive(Deserialize)]
struct Upstream {
    id: String,
    user_scenario: Scenario,
    initial_state: Option<InitialState>,
    evaluation_criteria: Option<Criteria>,
}

#[derive(Deserialize)]
struct Scenario {
    persona: Option<String>,
    instructions: Instructions,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Instructions {
    Words(String),
    Parts { reason_for_call: String, known_info: Option<String>, unknown_info: Option<String>, task_instructions: String },
}

#[derive(Deserialize)]
struct InitialState {
    initialization_data: Option<Value>,
    initialization_actions: Option<Vec<EnvCall>>,
    message_history: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Criteria {
    actions: Option<Vec<GoldAction>>,
    communicate_info: Option<Vec<String>>,
    nl_assertions: Option<Vec<String>>,
    env_assertions: Option<Vec<EnvAssertion>>,
    #[serde(default)]
    reward_basis: Vec<RewardType>,
}

#[derive(Deserialize)]
struct GoldAction {
    name: String,
    arguments: Map<String, Value>,
    compare_args: Option<Vec<String>>,
}

#[derive(Deserialize)]
enum RewardType {
    #[serde(rename = "DB")]
    Db,
    #[serde(rename = "ENV_ASSERTION")]
    EnvAssertion,
    #[serde(rename = "NL_ASSERTION")]
    NlAssertion,
    #[serde(rename = "ACTION")]
    Action,
    #[serde(rename = "COMMUNICATE")]
    Communicate,
}

/// The tasks of upstream's `tasks.json` that are in one of `splits` (of its `split_tasks.json`), each with the names of those that it
/// is in, in upstream's order. Without splits: all of them, in none. `file` names the tasks in errors.
///
/// # Errors
/// When a text is not in upstream's form, or a task has what no port knows: initial data, or a history of messages.
pub fn task_sources(file: &str, tasks: &str, splits: Option<&BTreeMap<String, Vec<String>>>) -> Result<Vec<TaskSource>, Tau2Error> {
    let wrong = |reason: String| Tau2Error::File { file: file.to_owned(), reason };
    let upstream: Vec<Upstream> = serde_json::from_str(tasks).map_err(|error| wrong(error.to_string()))?;
    let mut out = Vec::new();
    for task in upstream {
        let within: Vec<String> = splits
            .map(|splits| splits.iter().filter(|(_, ids)| ids.contains(&task.id)).map(|(name, _)| name.clone()).collect())
            .unwrap_or_default();
        if splits.is_none() || !within.is_empty() {
            let id = task.id.clone();
            out.push(source(task, within).map_err(|reason| wrong(format!("task `{id}`: {reason}")))?);
        }
    }
    Ok(out)
}

fn source(task: Upstream, splits: Vec<String>) -> Result<TaskSource, String> {
    let is_there = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_null());
    if task.initial_state.as_ref().is_some_and(|state| is_there(&state.initialization_data) || is_there(&state.message_history)) {
        return Err("initial data and message histories are not supported".to_owned());
    }
    let criteria = task.evaluation_criteria.unwrap_or_default();
    let setup = task.initial_state.and_then(|state| state.initialization_actions).unwrap_or_default();
    let call = |name: String, arguments: Map<String, Value>, compare| TaskCall { tool: name, arguments: Value::Object(arguments), compare };
    let fact = |value: String| Fact { label: format!("`{value}`"), value, call: None, pointer: String::new(), substring: true };
    let assertion = |assertion: EnvAssertion| Assertion {
        tool: assertion.func_name,
        arguments: Value::Object(assertion.arguments),
        expected: Value::Bool(assertion.assert_value),
    };
    Ok(TaskSource {
        id: task.id,
        splits,
        kind: None,
        tools: Vec::new(),
        rules: Vec::new(),
        order: Vec::new(),
        user: UserBrief { goal: words(&task.user_scenario), opening: String::new(), requests: Vec::new(), known: Vec::new() },
        setup: setup.into_iter().map(|made| call(made.func_name, made.arguments, None)).collect(),
        gold: criteria.actions.unwrap_or_default().into_iter().map(|gold| call(gold.name, gold.arguments, gold.compare_args)).collect(),
        facts: criteria.communicate_info.unwrap_or_default().into_iter().map(fact).collect(),
        assertions: criteria.env_assertions.unwrap_or_default().into_iter().map(assertion).collect(),
        judge: criteria.nl_assertions.unwrap_or_default(),
        basis: criteria.reward_basis.iter().map(basis).collect(),
    })
}

fn basis(reward: &RewardType) -> Basis {
    match reward {
        RewardType::Db => Basis::State,
        RewardType::EnvAssertion => Basis::Assertions,
        RewardType::NlAssertion => Basis::Judge,
        RewardType::Action => Basis::Actions,
        RewardType::Communicate => Basis::Facts,
    }
}

/// What the user is told, in one text.
fn words(scenario: &Scenario) -> String {
    let mut parts = Vec::new();
    if let Some(persona) = &scenario.persona {
        parts.push(format!("Who you are:\n{persona}"));
    }
    match &scenario.instructions {
        Instructions::Words(text) => parts.push(text.clone()),
        Instructions::Parts { reason_for_call, known_info, unknown_info, task_instructions } => {
            parts.push(format!("Why you write:\n{reason_for_call}"));
            parts.extend(known_info.as_ref().map(|text| format!("What you know:\n{text}")));
            parts.extend(unknown_info.as_ref().map(|text| format!("What you do not know:\n{text}")));
            parts.push(format!("How to behave:\n{task_instructions}"));
        }
    }
    parts.join("\n\n")
}
