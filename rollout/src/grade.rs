//! Grades. Everything happens on forks: grading an episode twice, or going on with it, gives the same.

use crate::RolloutError;
use serde_json::{Value, json};
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack};
use wardian_format::task::{Basis, Fact, GoldCall};
use wardian_format::verdict::{Divergence, Reordered, Verdict};
use wardian_format::{CallRecord, Diff, Digest, Message, OrderRule, Task, Trajectory, json as canonical};

/// Rows of a difference that a verdict keeps.
const DIFFERENCE_ROWS_MAX: usize = 50;

/// Grades an episode of `task` that ended in `last` after `calls` and `messages`.
pub fn grade(task: &Task, last: &Env, calls: &[CallRecord], messages: &[Message]) -> Result<Verdict, RolloutError> {
    let mut reached = last.clone();
    let state = reached.digests()?.graded == task.goal.graded;
    let (divergence, reordered) = compared(task, last.pack(), calls, reached.digests()?.full)?;
    let rules: Vec<&OrderRule> = last.pack().manifest().order.iter().chain(&task.order).collect();
    let breaches: Vec<String> = rules.iter().filter_map(|rule| breach_reason(rule, calls)).collect();
    let untold = untold(task, messages);
    let unmade = if task.basis.contains(&Basis::Actions) { unmade(task, calls) } else { Vec::new() };
    let failing = failing_assertions(task, last)?;
    let mut reasons: Vec<String> = failing.clone();
    reasons.extend(done_though_forbidden(task, calls));
    let mut difference = Diff::default();
    if !state {
        difference = from_goal(task, last.pack(), &mut reached)?;
        reasons.push(state_reason(&difference));
        difference.rows.truncate(DIFFERENCE_ROWS_MAX);
    }
    reasons.extend(untold.iter().map(|label| format!("the agent did not tell the {label}")));
    reasons.extend(unmade.iter().map(|call| format!("nobody made the call {call}")));
    reasons.extend(breaches.iter().cloned());
    reasons.extend(divergence.as_ref().map(divergence_reason));
    let holds = |basis: &Basis| match basis {
        Basis::State => state,
        Basis::Facts => untold.is_empty(),
        Basis::Actions => unmade.is_empty(),
        Basis::Assertions => failing.is_empty(),
        Basis::Order => breaches.is_empty(),
        Basis::Judge => true,
    };
    let basis = if task.basis.is_empty() { &[Basis::State, Basis::Facts, Basis::Order] } else { task.basis.as_slice() };
    Ok(Verdict {
        passed: basis.iter().all(holds),
        state,
        calls: divergence.is_none(),
        reordered,
        order: (!rules.is_empty()).then_some(breaches.is_empty()),
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
    env.offer(&trajectory.tools);
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

/// What a call is compared by: tool and arguments.
type Key<'a> = (&'a str, Digest);

/// The first successful call that is not the plan's, or the proof that their order is as good as the plan's.
fn compared(
    task: &Task,
    pack: &Arc<LoadedPack>,
    calls: &[CallRecord],
    reached: Digest,
) -> Result<(Option<Divergence>, Option<Reordered>), RolloutError> {
    let made: Vec<&CallRecord> = calls.iter().filter(|call| call.outcome.is_ok()).collect();
    let gold: Vec<&GoldCall> = task.gold.iter().filter(|gold| !gold.failed).collect();
    let planned: Vec<Key<'_>> =
        gold.iter().map(|g| Ok((g.tool.as_str(), digest(task, pack, &g.arguments)?))).collect::<Result<_, RolloutError>>()?;
    if first_difference(&planned, &made).is_none() {
        return Ok((None, None));
    }
    // A gold call may have been written down without the defaults of its schema; the environment applies them.
    let mut env = open(task, pack)?;
    let mut executed = Vec::new();
    for gold in &task.gold {
        executed.push(env.call_in_its_role(&gold.tool, &gold.arguments)?);
    }
    let successes: Vec<&CallRecord> = executed.iter().filter(|call| call.outcome.is_ok()).collect();
    let keys: Vec<Key<'_>> = successes.iter().map(|call| (call.tool.as_str(), call.arguments_digest)).collect();
    let Some(index) = first_difference(&keys, &made) else { return Ok((None, None)) };
    if let Some(order) = permutation(&keys, &made)
        && order.iter().zip(&made).all(|(planned, call)| successes[*planned].result_digest == call.result_digest)
        && env.digests()?.full == reached
    {
        return Ok((None, Some(Reordered { order, state: reached })));
    }
    let call = |record: Option<&&CallRecord>| record.map_or(Value::Null, |call| shown(&call.tool, &call.arguments));
    Ok((Some(Divergence { index, expected: call(successes.get(index)), actual: call(made.get(index)) }), None))
}

fn first_difference(planned: &[Key<'_>], made: &[&CallRecord]) -> Option<usize> {
    (0..planned.len().max(made.len())).find(|i| planned.get(*i).copied() != made.get(*i).map(|c| (c.tool.as_str(), c.arguments_digest)))
}

/// For each of `made` its place among `planned`, where they are the same calls. Of equal calls the first comes first.
fn permutation(planned: &[Key<'_>], made: &[&CallRecord]) -> Option<Vec<usize>> {
    let mut free: Vec<bool> = vec![true; planned.len()];
    let place = |call: &&CallRecord| {
        let found = (0..planned.len()).find(|i| free[*i] && planned[*i] == (call.tool.as_str(), call.arguments_digest))?;
        free[found] = false;
        Some(found)
    };
    let order: Option<Vec<usize>> = made.iter().map(place).collect();
    order.filter(|order| order.len() == planned.len())
}

fn breach_reason(rule: &OrderRule, calls: &[CallRecord]) -> Option<String> {
    let index = rule.first_breach(calls)?;
    Some(format!("call {index} (`{}`) comes too early: {}", calls[index].tool, rule.because))
}

/// Says so where a refusal was none.
fn done_though_forbidden(task: &Task, calls: &[CallRecord]) -> Option<String> {
    let forbidden = task.forbidden.as_ref()?;
    let index = calls.iter().position(|call| call.outcome.is_ok() && call.tool == forbidden.tool)?;
    Some(format!("call {index} (`{}`) does what the agent should have refused: {}", forbidden.tool, forbidden.because))
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
