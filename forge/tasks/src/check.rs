//! Auditing a task that anyone wrote.

use crate::keep;
use serde_json::Value;
use std::sync::Arc;
use wardian_env::{EnvError, LoadedPack};
use wardian_format::Task;
use wardian_format::task::{TASK_FORMAT, argument};

const DOES_NOTHING: &str = "an agent that does nothing would pass";

/// What is wrong with `task`, one sentence each; empty where nothing is. `pack` is `None` where the pack is not at
/// hand, which is a problem of its own.
pub fn check(task: &Task, pack: Option<&Arc<LoadedPack>>) -> Result<Vec<String>, EnvError> {
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
        }
    }
    problems.extend(origin_problems(task, pack));
    Ok(problems)
}

fn words_problems(task: &Task) -> Vec<String> {
    let mut out = Vec::new();
    if task.format != TASK_FORMAT {
        out.push(format!("format {} is not {TASK_FORMAT}", task.format));
    }
    if task.gold.is_empty() {
        out.push("there are no gold calls".to_owned());
    }
    if keep::does_nothing(task) {
        out.push(DOES_NOTHING.to_owned());
    }
    for known in &task.user.known {
        for usage in &known.uses {
            let found =
                usage.split_once('.').and_then(|(call, path)| argument(&task.gold.get(call.parse::<usize>().ok()?)?.arguments, path));
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
    out
}

/// The first thing wrong with what the user says, knows and is told; nothing is executed.
pub(crate) fn unsound_words(task: &Task, pack: &Arc<LoadedPack>) -> Option<String> {
    // A task that does nothing is counted by its own reason.
    words_problems(task).into_iter().chain(origin_problems(task, pack)).find(|problem| problem != DOES_NOTHING)
}

fn chain_problems(task: &Task) -> Vec<String> {
    let mut out = Vec::new();
    for (index, gold) in task.gold.iter().enumerate() {
        for from in &gold.from_results {
            let earlier = task.gold.get(from.call).filter(|_| from.call < index);
            let found = earlier.and_then(|call| call.result.pointer(&from.pointer));
            let used = argument(&gold.arguments, &from.param);
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

/// Values of arguments that neither the user nor an earlier result gives.
fn origin_problems(task: &Task, pack: &Arc<LoadedPack>) -> Vec<String> {
    let mut out = Vec::new();
    for (index, gold) in task.gold.iter().enumerate() {
        let Some(tool) = pack.manifest().tool(&gold.tool) else {
            out.push(format!("call {index}: the pack has no tool `{}`", gold.tool));
            continue;
        };
        for (name, value) in gold.arguments.as_object().into_iter().flatten() {
            let is_default = tool.parameters.pointer(&format!("/properties/{}/default", crate::paths::escape(name))) == Some(value);
            let prefix = format!("{index}.{name}");
            let covers = |usage: &str| usage == prefix || usage.starts_with(&format!("{prefix}."));
            let told = task.user.known.iter().flat_map(|k| &k.uses).any(|usage| covers(usage));
            let chained = gold.from_results.iter().any(|from| covers(&format!("{index}.{}", from.param)));
            if !is_default && !told && !chained {
                out.push(format!("nobody knows argument {index}.{name} of `{}`", gold.tool));
            }
        }
    }
    out
}
