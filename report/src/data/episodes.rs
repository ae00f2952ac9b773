//! Episodes for the viewer.
//!
//! ```text
//! {id, task, agent, user, trial, pack, group, code, reason, kept, goal, opening, seed, now, initial, last, wanted,
//!  passed, state, calls_equal, facts, reasons: [text], difference: diff, divergence: {at, expected, actual} | null, end,
//!  messages: [{role, text, calls: [call]}],
//!  calls: [{tool, args, outcome, ok, result, state, graded, moved, gold: plan step | null, diff: diff | null}],
//!  plan: [{tool, args, writes, call: call | null}], cut: text | null}
//! diff = {rows: [[change, table, key, [[column, before, after]]]], more}
//! ```
//! `gold` and `call` pair the calls of the plan with the equal calls of the episode, keeping the order of both.

use crate::bounds::{ID_CHARS_MAX, NAME_CHARS_MAX, SENTENCE_CHARS_MAX, Telling};
use crate::clean::{flat, one_line, pretty, visible};
use crate::funnel::stage_word;
use crate::input::EpisodeInfo;
use serde_json::{Value, json};
use wardian_format::state::{Change, RowChange};
use wardian_format::task::GoldCall;
use wardian_format::trajectory::{CallRecord, EndReason, Message};
use wardian_format::verdict::{Decision, Divergence};
use wardian_format::{Diff, SqlValue, Trajectory};

/// Width of JSON in the viewer, in characters.
const WIDTH: usize = 52;

/// Where an episode is listed: `recovered`, `clean`, `validity`, `state`, `calls`, or `other`.
pub(crate) fn group_of(decision: Option<&Decision>) -> &'static str {
    match decision {
        Some(d) if d.kept && d.code == "recovered" => "recovered",
        Some(d) if d.kept => "clean",
        Some(Decision { stage: Some(stage), .. }) => stage_word(*stage),
        _ => "other",
    }
}

/// What a group is called.
pub(crate) fn group_title(group: &str) -> &'static str {
    match group {
        "recovered" => "Kept, with a recovered error",
        "clean" => "Kept, clean",
        "calls" => "Dropped: calls differ",
        "state" => "Dropped: state differs",
        "validity" => "Dropped: not valid",
        _ => "Not decided",
    }
}

pub(super) fn episode(info: &EpisodeInfo, telling: &Telling) -> Value {
    let (trajectory, decision) = (&info.trajectory, info.decision.as_ref());
    let gold = info.task.as_ref().map_or(&[][..], |t| &t.gold[..]);
    let pairs = pair(&trajectory.calls[..trajectory.calls.len().min(telling.steps_max)], &gold[..gold.len().min(telling.steps_max)]);
    let certificate = &trajectory.certificate;
    let brief = info.task.as_ref().map(|t| &t.user);
    let text = |t: &str| visible(t, telling.message_chars_max);
    let mut value = json!({
        "id": one_line(&trajectory.id, ID_CHARS_MAX),
        "task": one_line(&trajectory.task, ID_CHARS_MAX),
        "agent": one_line(&trajectory.agent, NAME_CHARS_MAX),
        "user": one_line(&trajectory.user, NAME_CHARS_MAX),
        "trial": trajectory.trial,
        "pack": one_line(&certificate.pack, NAME_CHARS_MAX),
        "group": group_of(decision),
        "code": decision.map(|d| one_line(&d.code, NAME_CHARS_MAX)),
        "reason": decision.map(|d| one_line(&d.reason, SENTENCE_CHARS_MAX)),
        "kept": decision.is_some_and(|d| d.kept),
        "goal": brief.map(|b| text(&b.goal)),
        "seed": certificate.seed.to_string(),
        "now": one_line(&certificate.now, NAME_CHARS_MAX),
        "initial": certificate.initial.full.short(),
        "initial_graded": certificate.initial.graded.short(),
        "last": certificate.last.graded.short(),
        "wanted": info.task.as_ref().map(|t| t.goal.graded.short()),
        "end": end_words(&trajectory.end),
        "messages": messages(trajectory, telling),
        "calls": calls(info, &pairs, telling),
        "plan": plan(gold, &pairs, telling),
        "cut": cut_note(info, telling),
    });
    if let (Some(verdict), Some(object)) = (&trajectory.verdict, value.as_object_mut()) {
        let reasons: Vec<String> = verdict.reasons.iter().take(8).map(|r| one_line(r, SENTENCE_CHARS_MAX)).collect();
        object.insert(
            "verdict".to_owned(),
            json!({
                "passed": verdict.passed, "state": verdict.state, "calls": verdict.calls, "facts": verdict.facts,
                "reasons": reasons, "difference": diff(&verdict.difference, telling),
                "divergence": verdict.divergence.as_ref().map(|d| divergence(d, telling)),
            }),
        );
    }
    value
}

fn divergence(divergence: &Divergence, telling: &Telling) -> Value {
    let shown = |value: &Value| pretty(value, WIDTH, telling.json_chars_max);
    json!({ "at": divergence.index, "expected": shown(&divergence.expected), "actual": shown(&divergence.actual) })
}

fn end_words(end: &EndReason) -> String {
    match end {
        EndReason::UserDone => "the user was done".to_owned(),
        EndReason::AgentStopped => "the agent stopped".to_owned(),
        EndReason::TurnLimit => "limit on turns".to_owned(),
        EndReason::CallLimit => "limit on calls".to_owned(),
        EndReason::TokenLimit => "limit on tokens".to_owned(),
        EndReason::TimeLimit => "limit on time".to_owned(),
        EndReason::Infrastructure { site, message } => {
            format!("infrastructure ({}): {}", site.word(), one_line(message, SENTENCE_CHARS_MAX))
        }
    }
}

fn cut_note(info: &EpisodeInfo, telling: &Telling) -> Option<String> {
    let (messages, calls) = (info.trajectory.messages.len(), info.trajectory.calls.len());
    (messages > telling.steps_max || calls > telling.steps_max)
        .then(|| format!("{messages} messages and {calls} calls; the first {} of each are shown", telling.steps_max))
}

/// The dialogue. The n-th call that the agent wrote is the n-th that was executed; observations are shown with the
/// calls, so the messages that carry them are left out. Calls whose messages are not shown follow at the end.
fn messages(trajectory: &Trajectory, telling: &Telling) -> Vec<Value> {
    let executed = trajectory.calls.len().min(telling.steps_max);
    let mut call = 0;
    let mut out = Vec::new();
    for message in trajectory.messages.iter().take(telling.steps_max) {
        let (role, text, calls) = match message {
            Message::System { content } => ("system", content.as_str(), 0),
            Message::User { content } => ("user", content.as_str(), 0),
            Message::Assistant { content, tool_calls, .. } => ("assistant", content.as_deref().unwrap_or_default(), tool_calls.len()),
            Message::Tool { .. } => continue,
        };
        let numbers: Vec<usize> = (call..call + calls).filter(|n| *n < executed).collect();
        call += calls;
        out.push(json!({ "role": role, "text": visible(text, telling.message_chars_max), "calls": numbers }));
    }
    if call < executed {
        out.push(json!({ "role": "assistant", "text": "", "calls": (call..executed).collect::<Vec<_>>() }));
    }
    out
}

fn calls(info: &EpisodeInfo, pairs: &[(usize, usize)], telling: &Telling) -> Vec<Value> {
    let mut before = info.trajectory.certificate.initial;
    let mut out = Vec::new();
    for (index, call) in info.trajectory.calls.iter().take(telling.steps_max).enumerate() {
        let diff_of = info.diffs.get(index).and_then(Option::as_ref);
        out.push(json!({
            "tool": one_line(&call.tool, NAME_CHARS_MAX),
            "brief": flat(&call.arguments, 120),
            "args": pretty(&call.arguments, WIDTH, telling.json_chars_max),
            "outcome": call.outcome.word(),
            "ok": call.outcome.is_ok(),
            "result": pretty(&call.observation(), WIDTH, telling.json_chars_max),
            "state": call.state.full.short(),
            "graded": call.state.graded.short(),
            "moved": call.state.full != before.full,
            "gold": pairs.iter().find(|(c, _)| *c == index).map(|(_, g)| g),
            "diff": diff_of.map(|d| diff(d, telling)),
        }));
        before = call.state;
    }
    out
}

fn plan(gold: &[GoldCall], pairs: &[(usize, usize)], telling: &Telling) -> Vec<Value> {
    let step = |(index, call): (usize, &GoldCall)| {
        json!({
            "tool": one_line(&call.tool, NAME_CHARS_MAX),
            "args": flat(&call.arguments, telling.json_chars_max.min(SENTENCE_CHARS_MAX)),
            "writes": call.writes,
            "call": pairs.iter().find(|(_, g)| *g == index).map(|(c, _)| c),
        })
    };
    gold.iter().take(telling.steps_max).enumerate().map(step).collect()
}

fn diff(diff: &Diff, telling: &Telling) -> Value {
    let rows: Vec<Value> = diff.rows.iter().take(telling.rows_max).map(|r| row(r, telling)).collect();
    json!({ "rows": rows, "more": diff.rows.len().saturating_sub(telling.rows_max) })
}

fn row(row: &RowChange, telling: &Telling) -> Value {
    let shown = |value: &Option<SqlValue>| value.as_ref().map(|v| visible(&v.to_string(), telling.value_chars_max));
    let key: Vec<String> = row.key.iter().take(8).map(|v| visible(&v.to_string(), telling.value_chars_max)).collect();
    let cells = row.cells.iter().take(telling.cells_max);
    let cells: Vec<Value> = cells.map(|c| json!([one_line(&c.column, NAME_CHARS_MAX), shown(&c.before), shown(&c.after)])).collect();
    let change = match row.change {
        Change::Inserted => "+",
        Change::Deleted => "-",
        Change::Updated => "~",
    };
    json!([change, one_line(&row.table, NAME_CHARS_MAX), key.join(", "), cells, row.cells.len().saturating_sub(telling.cells_max)])
}

/// The longest common subsequence of the successful calls and the plan, as (call, plan step).
fn pair(calls: &[CallRecord], gold: &[GoldCall]) -> Vec<(usize, usize)> {
    let equal = |c: usize, g: usize| calls[c].outcome.is_ok() && calls[c].tool == gold[g].tool && calls[c].arguments == gold[g].arguments;
    let mut best = vec![vec![0_usize; gold.len() + 1]; calls.len() + 1];
    for c in (0..calls.len()).rev() {
        for g in (0..gold.len()).rev() {
            best[c][g] = if equal(c, g) { best[c + 1][g + 1] + 1 } else { best[c + 1][g].max(best[c][g + 1]) };
        }
    }
    let (mut c, mut g, mut out) = (0, 0, Vec::new());
    while c < calls.len() && g < gold.len() {
        if equal(c, g) {
            out.push((c, g));
            (c, g) = (c + 1, g + 1);
        } else if best[c + 1][g] >= best[c][g + 1] {
            c += 1;
        } else {
            g += 1;
        }
    }
    out
}
