//! What makes a task worth keeping: the gold replays, doing nothing fails, every write is needed.

use crate::step::Miss;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use wardian_env::{Env, EnvError, EpisodeContext, LoadedPack};
use wardian_format::task::{Basis, TaskKind};
use wardian_format::{CallRecord, Outcome, Task};

/// The result of a call that succeeded.
pub(crate) fn result_of(record: &CallRecord) -> Option<&Value> {
    match &record.outcome {
        Outcome::Ok { result } => Some(result),
        _ => None,
    }
}

/// Why `task` should not be kept; `None` where it should.
pub(crate) fn objection(task: &Task, pack: &Arc<LoadedPack>) -> Result<Option<Miss>, EnvError> {
    if let Some(detail) = replay_problem(task, pack)? {
        return Ok(Some(Miss { code: "replay_differs", detail }));
    }
    if does_nothing(task) {
        return Ok(Some(Miss { code: "does_nothing", detail: "the goal is the initial state and there is nothing to tell".to_owned() }));
    }
    if let Some(index) = unneeded_write(task, pack)? {
        let detail = format!("without call {index} (`{}`) the goal is reached as well", task.gold[index].tool);
        return Ok(Some(Miss { code: "redundant_write", detail }));
    }
    if let Some(index) = round_trip(task, pack)? {
        let detail = format!("call {index} (`{}`) leads back to an earlier state", task.gold[index].tool);
        return Ok(Some(Miss { code: "round_trip", detail }));
    }
    if let Some(detail) = not_refused(task, pack)? {
        return Ok(Some(Miss { code: "not_refused", detail }));
    }
    if let Some(detail) = broken_order(task, pack)? {
        return Ok(Some(Miss { code: "breaks_order", detail }));
    }
    let given_away = |f: &&wardian_format::task::Fact| task.user.goal.contains(&f.value) || task.user.opening.contains(&f.value);
    Ok(task.facts.iter().find(given_away).map(|f| Miss { code: "fact_given_away", detail: format!("the user says `{}` already", f.value) }))
}

/// True where an agent that does nothing would pass, and should not.
pub(crate) fn does_nothing(task: &Task) -> bool {
    task.kind != TaskKind::Refusal && task.goal.graded == task.initial.graded && task.facts.is_empty()
}

/// What is wrong with a refusal: the state must stay as it is; where the tools refuse, they must do so after the gold calls, and where
/// only a rule forbids it, breaking the rule must show in the graded state.
pub(crate) fn not_refused(task: &Task, pack: &Arc<LoadedPack>) -> Result<Option<String>, EnvError> {
    if task.kind != TaskKind::Refusal {
        return Ok(task.forbidden.as_ref().map(|_| "only a refusal has a forbidden call".to_owned()));
    }
    if task.goal.graded != task.initial.graded {
        return Ok(Some("it is a refusal, and its goal is not the initial state".to_owned()));
    }
    let Some(forbidden) = &task.forbidden else { return Ok(None) };
    let mut env = after_gold(task, pack)?;
    let record = env.call_in_its_role(&forbidden.tool, &forbidden.arguments)?;
    let said = record.observation();
    Ok(match (forbidden.refused_by_tool, record.outcome.is_ok()) {
        (true, true) => Some(format!("`{}` with {} is not refused", forbidden.tool, forbidden.arguments)),
        (false, false) => Some(format!("`{}` with {} fails without the rule: {said}", forbidden.tool, forbidden.arguments)),
        (false, true) if record.state.graded == task.goal.graded => Some(format!("`{}` changes nothing that counts", forbidden.tool)),
        _ => None,
    })
}

/// The rule on the order of calls that the gold calls break.
pub(crate) fn broken_order(task: &Task, pack: &Arc<LoadedPack>) -> Result<Option<String>, EnvError> {
    let rules: Vec<_> = pack.manifest().order.iter().chain(&task.order).collect();
    if rules.is_empty() || task.basis.iter().all(|basis| *basis != Basis::Order) && !task.basis.is_empty() {
        return Ok(None);
    }
    let (mut env, mut made) = pack.scene(&context(task), &task.setup)?;
    for gold in &task.gold {
        made.push(env.call_in_its_role(&gold.tool, &gold.arguments)?);
    }
    let first = rules.iter().find_map(|rule| rule.first_breach(&made).map(|index| (index, rule)));
    Ok(first.map(|(index, rule)| format!("call {} (`{}`) breaks a rule: {}", index, made[index].tool, rule.because)))
}

fn after_gold(task: &Task, pack: &Arc<LoadedPack>) -> Result<Env, EnvError> {
    let (mut env, _) = pack.scene(&context(task), &task.setup)?;
    for gold in &task.gold {
        env.call_in_its_role(&gold.tool, &gold.arguments)?;
    }
    Ok(env)
}

/// The first difference between the gold calls and their execution on a fresh environment.
pub(crate) fn replay_problem(task: &Task, pack: &Arc<LoadedPack>) -> Result<Option<String>, EnvError> {
    let (mut env, _) = pack.scene(&context(task), &task.setup)?;
    let mut state = env.digests()?;
    if state != task.initial {
        return Ok(Some(format!("initial state: expected {}, got {}", task.initial.full, state.full)));
    }
    for (index, gold) in task.gold.iter().enumerate() {
        let record = env.call_in_its_role(&gold.tool, &gold.arguments)?;
        let at = |what: &str, expected: String, actual: String| {
            Ok(Some(format!("call {index} (`{}`), {what}: expected {expected}, got {actual}", gold.tool)))
        };
        let shown = record.observation();
        if record.outcome.is_ok() == gold.failed {
            return at("outcome", if gold.failed { "a failure" } else { "ok" }.to_owned(), shown.to_string());
        }
        if shown != gold.result {
            return at("result", gold.result.to_string(), shown.to_string());
        }
        if record.state.full != gold.state {
            return at("state", gold.state.to_string(), record.state.full.to_string());
        }
        if (record.state.graded != state.graded) != gold.writes {
            return at("writes", gold.writes.to_string(), (!gold.writes).to_string());
        }
        state = record.state;
    }
    if state != task.goal {
        return Ok(Some(format!("final state: expected {}, got {}", task.goal.graded, state.graded)));
    }
    Ok(None)
}

/// The first write without which the remaining calls all succeed and still reach the goal.
pub(crate) fn unneeded_write(task: &Task, pack: &Arc<LoadedPack>) -> Result<Option<usize>, EnvError> {
    let (mut env, _) = pack.scene(&context(task), &task.setup)?;
    for (index, gold) in task.gold.iter().enumerate() {
        if gold.writes {
            let mut without = env.clone();
            let mut all_ok = true;
            for later in &task.gold[index + 1..] {
                all_ok = without.call_in_its_role(&later.tool, &later.arguments)?.outcome.is_ok() || later.failed;
                if !all_ok {
                    break;
                }
            }
            if all_ok && without.digests()?.graded == task.goal.graded {
                return Ok(Some(index));
            }
        }
        env.call_in_its_role(&gold.tool, &gold.arguments)?;
    }
    Ok(None)
}

/// The first write after which the graded state is one that was there before: the calls in between could all be left
/// out, and no grader of states would notice.
pub(crate) fn round_trip(task: &Task, pack: &Arc<LoadedPack>) -> Result<Option<usize>, EnvError> {
    let (mut env, _) = pack.scene(&context(task), &task.setup)?;
    let mut seen = BTreeSet::from([env.digests()?.graded]);
    for (index, gold) in task.gold.iter().enumerate() {
        let record = env.call_in_its_role(&gold.tool, &gold.arguments)?;
        if gold.writes && !seen.insert(record.state.graded) {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// Clock and seed of a task.
pub(crate) fn context(task: &Task) -> EpisodeContext {
    EpisodeContext { seed: task.seed, now: task.now.clone() }
}
