//! From a task as its author wrote it to one that can be played and graded: its gold calls are played once, and what they come
//! to is written down.

use crate::TaskError;
use std::collections::BTreeSet;
use std::sync::Arc;
use wardian_env::{EnvError, EpisodeContext, LoadedPack};
use wardian_format::pack::Role;
use wardian_format::task::{Difficulty, GoldCall, Split, TASK_FORMAT, TaskCall, TaskKind, TaskSource};
use wardian_format::{CallRecord, Task};

/// Binds `source` to `pack`, with seed 0 and the pack's `now`. A gold call may fail, as in other people's tasks, and is marked.
///
/// # Errors
/// When a tool is not there, a call that sets the scene fails, or the host does.
pub fn bind(source: &TaskSource, pack: &Arc<LoadedPack>) -> Result<Task, TaskError> {
    let manifest = pack.manifest();
    let host = |source| TaskError::Env { pack: manifest.name.clone(), source };
    let wrong = |reason: String| TaskError::Source { task: source.id.clone(), pack: manifest.name.clone(), reason };
    let context = EpisodeContext { seed: 0, now: manifest.now.clone() };
    let named = source.setup.iter().chain(&source.gold).find(|call| manifest.tool(&call.tool).is_none());
    if let Some(call) = named {
        return Err(wrong(format!("there is no tool `{}`", call.tool)));
    }
    let (mut env, _) = pack.scene(&context, &source.setup).map_err(|error| match error {
        error @ EnvError::Scene { .. } => wrong(error.to_string()),
        error => host(error),
    })?;
    let initial = env.digests().map_err(host)?;
    let mut gold = Vec::new();
    for call in &source.gold {
        let before = env.digests().map_err(host)?;
        let record = env.call_in_its_role(&call.tool, &call.arguments).map_err(host)?;
        gold.push(gold_call(call, &record, before.graded != record.state.graded));
    }
    let missing = source.assertions.iter().find(|assertion| manifest.tool(&assertion.tool).is_none_or(|tool| tool.role != Role::Assert));
    if let Some(assertion) = missing {
        return Err(wrong(format!("`{}` is no tool of the role assert", assertion.tool)));
    }
    let goal = env.digests().map_err(host)?;
    let derived = || match () {
        () if goal.graded != initial.graded => TaskKind::Change,
        () if !source.facts.is_empty() => TaskKind::Read,
        () => TaskKind::Refusal,
    };
    let tools = if source.tools.is_empty() { manifest.tools_of(Role::Agent).count() } else { source.tools.len() };
    let used: BTreeSet<&str> = gold.iter().map(|call| call.tool.as_str()).collect();
    Ok(Task {
        format: TASK_FORMAT,
        id: format!("{}/{}", manifest.name, source.id),
        pack: manifest.name.clone(),
        pack_digest: pack.digest(),
        seed: context.seed,
        now: context.now,
        kind: source.kind.unwrap_or_else(derived),
        tools: source.tools.clone(),
        rules: source.rules.clone(),
        order: source.order.clone(),
        user: source.user.clone(),
        setup: source.setup.clone(),
        forbidden: None,
        initial,
        goal,
        facts: source.facts.clone(),
        assertions: source.assertions.clone(),
        judge: source.judge.clone(),
        basis: source.basis.clone(),
        difficulty: Difficulty {
            calls: gold.len(),
            writes: gold.iter().filter(|call| call.writes).count(),
            chained: 0,
            branching: 0,
            tools,
            distractors: tools.saturating_sub(used.len()),
        },
        gold,
        split: if source.splits.iter().any(|split| split == "test") { Split::Test } else { Split::Train },
    })
}

fn gold_call(call: &TaskCall, record: &CallRecord, writes: bool) -> GoldCall {
    GoldCall {
        tool: call.tool.clone(),
        arguments: record.arguments.clone(),
        request: None,
        from_results: Vec::new(),
        result: record.observation(),
        failed: !record.outcome.is_ok(),
        compare: call.compare.clone(),
        state: record.state.full,
        writes,
    }
}
