//! Grades. Everything happens on forks: grading an episode twice, or going on with it, gives the same.

use crate::RolloutError;
use serde_json::{Value, json};
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack};
use wardian_format::task::{Basis, Fact, GoldCall};
use wardian_format::verdict::{Divergence, Verdict};
use wardian_format::{CallRecord, Diff, Digest, Message, Task, Trajectory, json as canonical};

/// Rows of a difference that a verdict keeps.
const DIFFERENCE_ROWS_MAX: usize = 50;

/// Grades an episode of `task` that ended in `last` after `calls` and `messages`.
pub fn grade(task: &Task, last: &Env, calls: &[CallRecord], messages: &[Message]) -> Result<Verdict, RolloutError> {
    let mut reached = last.clone();
    let state = reached.digests()?.graded == task.goal.graded;
    let divergence = divergence(task, last.pack(), calls)?;
    let untold = untold(task, messages);
    let unmade = if task.basis.contains(&Basis::Actions) { unmade(task, calls) } else { Vec::new() };
    let failing = failing_assertions(task, last)?;
    let mut reasons: Vec<String> = failing.clone();
    let mut difference = Diff::default();
    if !state {
        difference = from_goal(task, last.pack(), &mut reached)?;
        reasons.push(state_reason(&difference));
        difference.rows.truncate(DIFFERENCE_ROWS_MAX);
    }
    reasons.extend(untold.iter().map(|label| format!("the agent did not tell the {label}")));
    reasons.extend(unmade.iter().map(|call| format!("nobody made the call {call}")));
    reasons.extend(divergence.as_ref().map(divergence_reason));
    let holds = |basis: &Basis| match basis {
        Basis::State => state,
        Basis::Facts => untold.is_empty(),
        Basis::Actions => unmade.is_empty(),
        Basis::Assertions => failing.is_empty(),
        Basis::Judge => true,
    };
    let basis = if task.basis.is_empty() { &[Basis::State, Basis::Facts] } else { task.basis.as_slice() };
    Ok(Verdict {
        passed: basis.iter().all(holds),
        state,
        calls: divergence.is_none(),
        facts: (!task.facts.is_empty()).then_some(untold.is_empty()),
        actions: task.basis.contains(&Basis::Actions).then_some(unmade.is_empty()),
        assertions: (!task.assertions.is_empty()).then_some(failing.is_empty()),
        judged: Vec::new(),
        reasons,
        difference,
        divergence,
    })
}

/// Grades a recorded trajectory by executing its calls again. What the record says of outcomes is not believed.
pub fn regrade(task: &Task, pack: &Arc<LoadedPack>, trajectory: &Trajectory) -> Result<Verdict, RolloutError> {
    if pack.digest() != task.pack_digest {
        return Err(mismatch(task, pack, "the digests differ"));
    }
    let mut env = open(task, pack)?;
    let mut calls = Vec::new();
    for call in &trajectory.calls {
        calls.push(env.call_in_its_role(&call.tool, &call.arguments)?);
    }
    grade(task, &env, &calls, &trajectory.messages)
}

/// The environment in which an episode of `task` begins, and the calls that set its scene.
pub(crate) fn set_scene(task: &Task, pack: &Arc<LoadedPack>) -> Result<(Env, Vec<CallRecord>), RolloutError> {
    Ok(pack.scene(&EpisodeContext { seed: task.seed, now: task.now.clone() }, &task.setup)?)
}

/// The gold calls that none of `calls` is, whoever made it and whatever came of it. Arguments that the episode's call leaves out
/// are not compared, as in τ²-bench.
fn unmade(task: &Task, calls: &[CallRecord]) -> Vec<String> {
    let same = |gold: &GoldCall, call: &CallRecord| {
        let (Some(planned), Some(given)) = (gold.arguments.as_object(), call.arguments.as_object()) else { return false };
        let compared = |name: &String| gold.compare.as_ref().is_none_or(|names| names.contains(name));
        let names = given.keys().chain(planned.keys().filter(|_| gold.compare.is_some())).filter(|name| compared(name));
        call.tool == gold.tool && names.into_iter().all(|name| planned.get(name) == given.get(name))
    };
    let missing = task.gold.iter().filter(|gold| !calls.iter().any(|call| same(gold, call)));
    missing.map(|gold| format!("`{}` with {}", gold.tool, gold.arguments)).collect()
}

/// What the assertions of `task` say against the state of `last`; they are called on a fork.
fn failing_assertions(task: &Task, last: &Env) -> Result<Vec<String>, RolloutError> {
    let mut out = Vec::new();
    for assertion in &task.assertions {
        let record = last.clone().call_in_its_role(&assertion.tool, &assertion.arguments)?;
        let given = record.observation();
        if !record.outcome.is_ok() || given != assertion.expected {
            out.push(format!("`{}` with {} gave {given}, not {}", assertion.tool, assertion.arguments, assertion.expected));
        }
    }
    Ok(out)
}

/// The facts of `task` that no message of the agent tells, by label.
pub fn untold(task: &Task, messages: &[Message]) -> Vec<String> {
    let said: Vec<(String, String)> =
        messages.iter().filter_map(said_by_agent).map(|text| (normal(text), text.to_lowercase().replace(',', ""))).collect();
    let told = |fact: &Fact, (words, plain): &(String, String)| match fact.substring {
        true => plain.contains(&fact.value.to_lowercase()),
        false => contains_whole(words, &normal(&fact.value)),
    };
    let missing = task.facts.iter().filter(|fact| !said.iter().any(|message| told(fact, message)));
    missing.map(|fact| fact.label.clone()).collect()
}

fn said_by_agent(message: &Message) -> Option<&str> {
    if let Message::Assistant { content: Some(content), .. } = message { Some(content) } else { None }
}

/// Lower case, white space as single spaces, no thousands separators.
fn normal(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    let chars: Vec<char> = words.chars().collect();
    let is_separator = |i: usize| {
        let digits = |range: std::ops::Range<usize>| chars.get(range).is_some_and(|s| s.iter().all(char::is_ascii_digit));
        chars[i] == ',' && i > 0 && digits(i - 1..i) && digits(i + 1..i + 4) && !chars.get(i + 4).is_some_and(char::is_ascii_digit)
    };
    (0..chars.len()).filter(|i| !is_separator(*i)).map(|i| chars[i]).collect()
}

/// True where `text` has `value` and it is not part of a longer word or number.
fn contains_whole(text: &str, value: &str) -> bool {
    let ends = |c: Option<char>, edge: Option<char>| !(c.is_some_and(char::is_alphanumeric) && edge.is_some_and(char::is_alphanumeric));
    text.match_indices(value).any(|(at, _)| {
        let after = &text[at + value.len()..];
        let decimals =
            after.starts_with('.') && after[1..].starts_with(|c: char| c.is_ascii_digit()) && value.ends_with(|c: char| c.is_ascii_digit());
        ends(text[..at].chars().next_back(), value.chars().next()) && ends(after.chars().next(), value.chars().next_back()) && !decimals
    })
}

/// The first successful call that is not the plan's.
fn divergence(task: &Task, pack: &Arc<LoadedPack>, calls: &[CallRecord]) -> Result<Option<Divergence>, RolloutError> {
    let made: Vec<&CallRecord> = calls.iter().filter(|call| call.outcome.is_ok()).collect();
    let gold: Vec<&GoldCall> = task.gold.iter().filter(|gold| !gold.failed).collect();
    let planned: Vec<(&str, Digest)> =
        gold.iter().map(|g| Ok((g.tool.as_str(), digest(task, pack, &g.arguments)?))).collect::<Result<_, RolloutError>>()?;
    let differs = |planned: &[(&str, Digest)]| {
        let index = (0..planned.len().max(made.len()))
            .find(|i| planned.get(*i).copied() != made.get(*i).map(|c| (c.tool.as_str(), c.arguments_digest)));
        index.map(|index| Divergence {
            index,
            expected: gold.get(index).map_or(Value::Null, |gold| shown(&gold.tool, &gold.arguments)),
            actual: made.get(index).map_or(Value::Null, |c| shown(&c.tool, &c.arguments)),
        })
    };
    let Some(found) = differs(&planned) else { return Ok(None) };
    // A gold call may have been written down without the defaults of its schema; the environment applies them.
    let mut env = open(task, pack)?;
    let mut executed = Vec::new();
    for gold in &gold {
        executed.push((gold.tool.as_str(), env.call_in_its_role(&gold.tool, &gold.arguments)?.arguments_digest));
    }
    if executed == planned { Ok(Some(found)) } else { Ok(differs(&executed)) }
}

fn digest(task: &Task, pack: &Arc<LoadedPack>, arguments: &Value) -> Result<Digest, RolloutError> {
    canonical::digest(arguments).map_err(|e| mismatch(task, pack, &e.to_string()))
}

fn shown(tool: &str, arguments: &Value) -> Value {
    json!({"tool": tool, "arguments": arguments})
}

/// From the goal state, rebuilt by executing the plan, to `reached`; only what counts.
fn from_goal(task: &Task, pack: &Arc<LoadedPack>, reached: &mut Env) -> Result<Diff, RolloutError> {
    let mut goal = open(task, pack)?;
    for gold in &task.gold {
        goal.call_in_its_role(&gold.tool, &gold.arguments)?;
    }
    if goal.digests()?.graded != task.goal.graded {
        return Err(mismatch(task, pack, "the gold calls do not lead to the goal state"));
    }
    let mut diff = goal.diff(reached)?;
    let ungraded = &pack.manifest().ungraded;
    diff.rows.retain(|row| !ungraded.contains(&row.table));
    for row in &mut diff.rows {
        row.cells.retain(|cell| !ungraded.contains(&format!("{}.{}", row.table, cell.column)));
    }
    diff.rows.retain(|row| row.change != wardian_format::state::Change::Updated || !row.cells.is_empty());
    Ok(diff)
}

fn open(task: &Task, pack: &Arc<LoadedPack>) -> Result<Env, RolloutError> {
    Ok(set_scene(task, pack)?.0)
}

fn mismatch(task: &Task, pack: &Arc<LoadedPack>, reason: &str) -> RolloutError {
    RolloutError::Task { task: task.id.clone(), pack: pack.manifest().name.clone(), reason: reason.to_owned() }
}

fn state_reason(difference: &Diff) -> String {
    let first: Vec<String> = difference.rows.iter().take(3).map(ToString::to_string).collect();
    let more = difference.rows.len().saturating_sub(3);
    let rest = if more > 0 { format!("; and {more} rows more") } else { String::new() };
    format!("the final state is not the goal state: {}{rest}", first.join("; ").replace('\n', "; "))
}

fn divergence_reason(divergence: &Divergence) -> String {
    let call = |value: &Value| match value {
        Value::Null => "no call".to_owned(),
        value => format!("`{}` with {}", value["tool"].as_str().unwrap_or_default(), value["arguments"]),
    };
    format!("call {} should be {}, but was {}", divergence.index, call(&divergence.expected), call(&divergence.actual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_found_whole() {
        let told = |text: &str, value: &str| contains_whole(&normal(text), &normal(value));
        assert!(told("It is due on 2026-03-14.", "2026-03-14"));
        assert!(told("The total is 1,250 cents", "1250") && told("1250 of them", "1,250"));
        assert!(told("That's “The Left  Hand of Darkness”!", "the left hand of darkness"));
        assert!(!told("There are 125 of them", "25") && !told("It costs 25.50", "25") && told("It costs 25.", "25"));
        assert!(!told("opened", "open") && told("It is open.", "open"));
    }
}
