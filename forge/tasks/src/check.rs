//! Auditing a task that anyone wrote.

use crate::domain::Domain;
use crate::step::Stop;
use crate::{chance, keep};
use serde_json::Value;
use std::sync::Arc;
use wardian_env::{EnvError, LoadedPack};
use wardian_format::pack::Role;
use wardian_format::task::{TASK_FORMAT, TaskKind, argument};
use wardian_format::{Task, speech};

const DOES_NOTHING: &str = "an agent that does nothing would pass";

/// How thorough an audit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// Random walks of legal calls that must all miss the goal.
    pub random_walks: usize,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { random_walks: 4 }
    }
}

/// What is wrong with `task`, one sentence each; empty where nothing is. `pack` is `None` where the pack is not at
/// hand, which is a problem of its own.
///
/// # Errors
/// When the environment fails.
pub fn check(task: &Task, pack: Option<&Arc<LoadedPack>>, options: &CheckOptions) -> Result<Vec<String>, EnvError> {
    let mut problems = words_problems(task);
    let Some(pack) = pack else {
        problems.insert(0, format!("the pack `{}` is absent", task.pack));
        return Ok(problems);
    };
    if pack.manifest().name != task.pack {
        problems.push(format!("the task is for pack `{}`, not `{}`", task.pack, pack.manifest().name));
    }
    if pack.digest() != task.pack_digest {
        problems.push(format!("the task was made for pack digest {}, the pack at hand is {}", task.pack_digest, pack.digest()));
        return Ok(problems);
    }
    match keep::replay_problem(task, pack)? {
        Some(problem) => problems.push(problem),
        None => {
            if let Some(index) = keep::round_trip(task, pack)? {
                problems.push(format!("call {index} (`{}`) leads back to an earlier state", task.gold[index].tool));
            }
            if let Some(index) = keep::unneeded_write(task, pack)? {
                problems.push(format!("call {index} (`{}`) writes, but the goal is reached without it", task.gold[index].tool));
            }
            problems.extend(keep::not_refused(task, pack)?);
            problems.extend(keep::broken_order(task, pack)?);
            match chance::reached(&Domain::new(pack), task, options.random_walks) {
                Ok(Some(calls)) => problems.push(format!("{calls} random legal calls reach the goal")),
                Ok(None) | Err(Stop::Miss(_)) => {}
                Err(Stop::Env(error)) => return Err(error),
            }
        }
    }
    problems.extend(origin_problems(task, pack));
    Ok(problems)
}

/// What is wrong with what the user says, knows and is told; nothing is executed.
pub(crate) fn words_problems(task: &Task) -> Vec<String> {
    let mut out = Vec::new();
    if task.format != TASK_FORMAT {
        out.push(format!("format {} is not {TASK_FORMAT}", task.format));
    }
    if task.gold.is_empty() && task.kind != TaskKind::Refusal {
        out.push("there are no gold calls".to_owned());
    }
    if keep::does_nothing(task) {
        out.push(DOES_NOTHING.to_owned());
    }
    for known in &task.user.known {
        for usage in &known.uses {
            let found = usage.split_once('.').and_then(|(call, path)| argument(arguments_of(task, call.parse().ok()?)?, path));
            if found != Some(&known.value) {
                let found = found.map_or_else(|| "nothing".to_owned(), Value::to_string);
                out.push(format!("`{}` is {}, but argument {usage} is {found}", known.label, known.value));
            }
        }
    }
    for fact in &task.facts {
        let at = |call: usize| task.gold.get(call).and_then(|gold| gold.result.pointer(&fact.pointer)).and_then(crate::facts::text_of);
        if let Some(call) = fact.call.filter(|call| at(*call).as_deref() != Some(&fact.value)) {
            out.push(format!("the fact `{}` is not at `{}` of the result of call {call}", fact.label, fact.pointer));
        }
        if task.user.goal.contains(&fact.value) || task.user.opening.contains(&fact.value) {
            out.push(format!("the user says `{}` already, which the agent should find out", fact.value));
        }
    }
    out.extend(chain_problems(task));
    out.extend(ambiguities(task));
    out
}

/// The arguments of gold call `index`, or of the forbidden call after the last.
fn arguments_of(task: &Task, index: usize) -> Option<&Value> {
    let forbidden = || task.forbidden.as_ref().filter(|_| index == task.gold.len()).map(|forbidden| &forbidden.arguments);
    task.gold.get(index).map(|gold| &gold.arguments).or_else(forbidden)
}

/// Details that the user's words give another value than the one that is meant.
fn ambiguities(task: &Task) -> Vec<String> {
    let told = task.user.known.iter().map(|known| speech::tell(&known.label, &known.value));
    let texts: Vec<String> = task.user.requests.iter().cloned().chain([task.user.opening.clone()]).chain(told).collect();
    let mut out = Vec::new();
    for known in task.user.known.iter().filter(|known| !known.uses.is_empty()) {
        let other = texts.iter().filter_map(|text| speech::hear(text, &known.label)).find(|heard| *heard != known.value);
        out.extend(other.map(|heard| format!("the user's words give `{}` both as {} and as {heard}", known.label, known.value)));
    }
    out
}

/// The first thing wrong with what the user says, knows and is told; nothing is executed.
pub(crate) fn unsound_words(task: &Task, pack: &Arc<LoadedPack>) -> Option<String> {
    // A task that does nothing is counted by its own reason.
    words_problems(task).into_iter().chain(origin_problems(task, pack)).find(|problem| problem != DOES_NOTHING)
}

fn chain_problems(task: &Task) -> Vec<String> {
    let mut out = Vec::new();
    let forbidden = task.forbidden.iter().map(|forbidden| (&forbidden.arguments, &forbidden.from_results));
    let calls = task.gold.iter().map(|gold| (&gold.arguments, &gold.from_results)).chain(forbidden);
    for (index, (arguments, from_results)) in calls.enumerate() {
        for from in from_results {
            let earlier = task.gold.get(from.call).filter(|_| from.call < index);
            let found = earlier.and_then(|call| call.result.pointer(&from.pointer));
            let used = argument(arguments, &from.param);
            if found.is_none() || found != used {
                out.push(format!("argument {index}.{} does not come from `{}` of call {}", from.param, from.pointer, from.call));
            }
            if let Some(text) = used.filter(|v| crate::facts::is_opaque(v)).and_then(crate::facts::text_of)
                && task.user.goal.contains(&text)
            {
                out.push(format!("the user names `{text}`, which only an earlier result shows"));
            }
        }
    }
    out
}

/// Values of arguments that neither the user nor an earlier result gives, and tools that are not offered.
fn origin_problems(task: &Task, pack: &Arc<LoadedPack>) -> Vec<String> {
    let mut out = Vec::new();
    let forbidden = task.forbidden.iter().map(|forbidden| (&forbidden.tool, &forbidden.arguments, &forbidden.from_results));
    let calls = task.gold.iter().map(|gold| (&gold.tool, &gold.arguments, &gold.from_results)).chain(forbidden);
    for name in task.tools.iter().filter(|name| pack.manifest().tool(name).is_none_or(|tool| tool.role != Role::Agent)) {
        out.push(format!("the tool `{name}`, which the agent is offered, is none of the pack's for agents"));
    }
    for (index, (tool_name, arguments, from_results)) in calls.enumerate() {
        let Some(tool) = pack.manifest().tool(tool_name) else {
            out.push(format!("call {index}: the pack has no tool `{tool_name}`"));
            continue;
        };
        if tool.role == Role::Agent && !task.tools.is_empty() && !task.tools.contains(tool_name) {
            out.push(format!("call {index}: the agent is not offered `{tool_name}`"));
        }
        if is_in_words_alone(task) {
            out.extend(unknown_names(task, index, arguments));
            continue;
        }
        for (name, value) in arguments.as_object().into_iter().flatten() {
            let is_default = tool.parameters.pointer(&format!("/properties/{}/default", crate::paths::escape(name))) == Some(value);
            let prefix = format!("{index}.{name}");
            let covers = |usage: &str| usage == prefix || usage.starts_with(&format!("{prefix}."));
            let told = task.user.known.iter().flat_map(|k| &k.uses).any(|usage| covers(usage));
            let chained = from_results.iter().any(|from| covers(&format!("{index}.{}", from.param)));
            if !is_default && !told && !chained {
                out.push(format!("nobody knows argument {index}.{name} of `{tool_name}`"));
            }
        }
    }
    out
}

/// True where the user's words are all that a task has of what the user knows, as in other people's tasks.
fn is_in_words_alone(task: &Task) -> bool {
    task.user.known.is_empty() && task.user.requests.is_empty()
}

/// Values of `arguments` that look like names of things and stand neither in the user's words nor in what an earlier call gave.
fn unknown_names(task: &Task, index: usize, arguments: &Value) -> Vec<String> {
    let said = format!("{}\n{}", task.user.goal, task.user.opening).to_lowercase();
    let stands = |value: &Value, text: &str| value.to_string().contains(text);
    let shown = |text: &str| {
        let of_gold = task.gold.iter().take(index).any(|gold| stands(&gold.result, text) || stands(&gold.arguments, text));
        of_gold || task.setup.iter().any(|call| stands(&call.arguments, text))
    };
    let mut out = Vec::new();
    let mut open = vec![(String::new(), arguments)];
    while let Some((place, value)) = open.pop() {
        match value {
            Value::Object(map) => open.extend(map.iter().rev().map(|(name, value)| (format!("{place}.{name}"), value))),
            Value::Array(items) => open.extend(items.iter().enumerate().rev().map(|(at, value)| (format!("{place}.{at}"), value))),
            Value::String(text) if is_name(text) && !said.contains(&text.to_lowercase()) && !shown(text) => {
                out.push(format!(
                    "nobody knows argument {index}{place}: `{text}` stands neither in the user's words nor in an earlier result"
                ));
            }
            _ => {}
        }
    }
    out
}

/// True for texts that name one thing among many: a word with digits in it that is no date.
fn is_name(text: &str) -> bool {
    !text.contains(' ') && text.chars().filter(char::is_ascii_digit).count() >= 4 && crate::dates::days_of(text).is_none()
}
