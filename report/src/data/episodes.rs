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

use crate::bounds::{
    DIFF_CELLS_MAX, DIFF_ROWS_MAX, ID_CHARS_MAX, JSON_CHARS_MAX, MESSAGE_CHARS_MAX, NAME_CHARS_MAX, SENTENCE_CHARS_MAX, STEPS_MAX,
    VALUE_CHARS_MAX,
};
use crate::clean::{flat, one_line, pretty, visible};
use crate::funnel::stage_word;
use crate::input::EpisodeInfo;
use serde_json::{Value, json};
use wardian_format::state::{Change, RowChange};
use wardian_format::task::GoldCall;
use wardian_format::trajectory::{CallRecord, EndReason, Message};
use wardian_format::verdict::{Decision, Divergence};
use wardian_format::{Diff, SqlValue};

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

pub(super) fn episode(info: &EpisodeInfo) -> Value {
    let (trajectory, decision) = (&info.trajectory, info.decision.as_ref());
    let gold = info.task.as_ref().map_or(&[][..], |t| &t.gold[..]);
    let pairs = pair(&trajectory.calls[..trajectory.calls.len().min(STEPS_MAX)], &gold[..gold.len().min(STEPS_MAX)]);
    let certificate = &trajectory.certificate;
    let brief = info.task.as_ref().map(|t| &t.user);
    let text = |t: &str| visible(t, MESSAGE_CHARS_MAX);
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
        "messages": messages(&trajectory.messages),
        "calls": calls(info, &pairs),
        "plan": plan(gold, &pairs),
        "cut": cut_note(info),
    });
    if let (Some(verdict), Some(object)) = (&trajectory.verdict, value.as_object_mut()) {
        let reasons: Vec<String> = verdict.reasons.iter().take(8).map(|r| one_line(r, SENTENCE_CHARS_MAX)).collect();
        object.insert(
            "verdict".to_owned(),
            json!({
                "passed": verdict.passed, "state": verdict.state, "calls": verdict.calls, "facts": verdict.facts,
                "reasons": reasons, "difference": diff(&verdict.difference),
                "divergence": verdict.divergence.as_ref().map(divergence),
            }),
        );
    }
    value
}

fn divergence(divergence: &Divergence) -> Value {
    let shown = |value: &Value| pretty(value, WIDTH, JSON_CHARS_MAX);
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
        EndReason::Infrastructure { message } => format!("infrastructure: {}", one_line(message, SENTENCE_CHARS_MAX)),
    }
}

fn cut_note(info: &EpisodeInfo) -> Option<String> {
    let (messages, calls) = (info.trajectory.messages.len(), info.trajectory.calls.len());
    (messages > STEPS_MAX || calls > STEPS_MAX)
        .then(|| format!("{messages} messages and {calls} calls; the first {STEPS_MAX} of each are shown"))
}

/// The dialogue. The n-th call that the agent wrote is the n-th that was executed; observations are shown with the
/// calls, so the messages that carry them are left out.
fn messages(messages: &[Message]) -> Vec<Value> {
    let mut call = 0;
    let mut out = Vec::new();
    for message in messages.iter().take(STEPS_MAX) {
        let (role, text, calls) = match message {
            Message::System { content } => ("system", content.as_str(), 0),
            Message::User { content } => ("user", content.as_str(), 0),
            Message::Assistant { content, tool_calls, .. } => ("assistant", content.as_deref().unwrap_or_default(), tool_calls.len()),
            Message::Tool { .. } => continue,
        };
        let numbers: Vec<usize> = (call..call + calls).filter(|n| *n < STEPS_MAX).collect();
        call += calls;
        out.push(json!({ "role": role, "text": visible(text, MESSAGE_CHARS_MAX), "calls": numbers }));
    }
    out
}

fn calls(info: &EpisodeInfo, pairs: &[(usize, usize)]) -> Vec<Value> {
    let mut before = info.trajectory.certificate.initial;
    let mut out = Vec::new();
    for (index, call) in info.trajectory.calls.iter().take(STEPS_MAX).enumerate() {
        let diff_of = info.diffs.get(index).and_then(Option::as_ref);
        out.push(json!({
            "tool": one_line(&call.tool, NAME_CHARS_MAX),
            "brief": flat(&call.arguments, 120),
            "args": pretty(&call.arguments, WIDTH, JSON_CHARS_MAX),
            "outcome": call.outcome.word(),
            "ok": call.outcome.is_ok(),
            "result": pretty(&call.outcome.observation(), WIDTH, JSON_CHARS_MAX),
            "state": call.state.full.short(),
            "graded": call.state.graded.short(),
            "moved": call.state.full != before.full,
            "gold": pairs.iter().find(|(c, _)| *c == index).map(|(_, g)| g),
            "diff": diff_of.map(diff),
        }));
        before = call.state;
    }
    out
}

fn plan(gold: &[GoldCall], pairs: &[(usize, usize)]) -> Vec<Value> {
    let step = |(index, call): (usize, &GoldCall)| {
        json!({
            "tool": one_line(&call.tool, NAME_CHARS_MAX),
            "args": flat(&call.arguments, SENTENCE_CHARS_MAX),
            "writes": call.writes,
            "call": pairs.iter().find(|(_, g)| *g == index).map(|(c, _)| c),
        })
    };
    gold.iter().take(STEPS_MAX).enumerate().map(step).collect()
}

pub(super) fn diff(diff: &Diff) -> Value {
    let rows: Vec<Value> = diff.rows.iter().take(DIFF_ROWS_MAX).map(row).collect();
    json!({ "rows": rows, "more": diff.rows.len().saturating_sub(DIFF_ROWS_MAX) })
}

fn row(row: &RowChange) -> Value {
    let shown = |value: &Option<SqlValue>| value.as_ref().map(|v| visible(&v.to_string(), VALUE_CHARS_MAX));
    let key: Vec<String> = row.key.iter().take(8).map(|v| visible(&v.to_string(), VALUE_CHARS_MAX)).collect();
    let cells = row.cells.iter().take(DIFF_CELLS_MAX);
    let cells: Vec<Value> = cells.map(|c| json!([one_line(&c.column, NAME_CHARS_MAX), shown(&c.before), shown(&c.after)])).collect();
    let change = match row.change {
        Change::Inserted => "+",
        Change::Deleted => "-",
        Change::Updated => "~",
    };
    json!([change, one_line(&row.table, NAME_CHARS_MAX), key.join(", "), cells, row.cells.len().saturating_sub(DIFF_CELLS_MAX)])
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
