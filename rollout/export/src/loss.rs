//! What the loss is on: only what the agent wrote, and of that, if asked, only turns whose calls succeeded.

use crate::{Options, Reasoning, Refusal};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wardian_format::{CallRecord, Message, Trajectory, json as wjson};

/// What of a trajectory is learned, whatever the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// For each message of the trajectory.
    pub learned: Vec<bool>,
    /// The parts of those messages that the agent wrote, in order.
    pub spans: Vec<Span>,
}

/// A stretch of a string in a message of the trajectory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Index of the message.
    pub message: usize,
    /// Where the string is in the message: `reasoning`, `content`, `tool_calls/0/name`, `tool_calls/0/arguments`.
    pub part: String,
    /// First character, counted in Unicode scalar values.
    pub start: usize,
    /// After the last.
    pub end: usize,
}

impl Loss {
    /// Messages that the loss is on.
    pub fn learned_count(&self) -> usize {
        self.learned.iter().filter(|learned| **learned).count()
    }

    /// As it is written into metadata.
    pub fn to_json(&self) -> Value {
        let spans: Vec<Value> =
            self.spans.iter().map(|s| json!({"message": s.message, "part": s.part, "start": s.start, "end": s.end})).collect();
        json!({"learned": self.learned, "spans": spans})
    }
}

/// Marks what is learned of `trajectory`.
///
/// # Errors
/// When turns with failed calls are to be masked and the outcome of a call is not recorded, and when nothing is learned.
pub fn mark(trajectory: &Trajectory, options: &Options) -> Result<Loss, Refusal> {
    let failed = if options.mask_errors { failed(trajectory)? } else { BTreeSet::new() };
    let mut out = Loss { learned: Vec::with_capacity(trajectory.messages.len()), spans: Vec::new() };
    for (index, message) in trajectory.messages.iter().enumerate() {
        let Message::Assistant { content, reasoning, tool_calls } = message else {
            out.learned.push(false);
            continue;
        };
        let learned = !tool_calls.iter().any(|call| failed.contains(call.id.as_str()));
        out.learned.push(learned);
        if !learned {
            continue;
        }
        let mut span = |part: String, text: &str| out.spans.push(Span { message: index, part, start: 0, end: text.chars().count() });
        if let Some(text) = reasoning.as_ref().filter(|_| options.reasoning == Reasoning::Keep) {
            span("reasoning".to_owned(), text);
        }
        if let Some(text) = content {
            span("content".to_owned(), text);
        }
        for (at, call) in tool_calls.iter().enumerate() {
            span(format!("tool_calls/{at}/name"), &call.name);
            span(format!("tool_calls/{at}/arguments"), &call.arguments);
        }
    }
    if out.spans.iter().all(|span| span.end == 0) { Err(Refusal::NothingLearned) } else { Ok(out) }
}

/// Ids of the calls that failed. Records have no ids and include the user's calls, which are not in the messages, so each answer is looked
/// for among the records that follow the one before it.
fn failed(trajectory: &Trajectory) -> Result<BTreeSet<&str>, Refusal> {
    let mut records = trajectory.calls.iter();
    let mut out = BTreeSet::new();
    for (index, message) in trajectory.messages.iter().enumerate() {
        let Message::Tool { tool_call_id, name, content } = message else { continue };
        let record =
            records.find(|record| record.tool == *name && shown(record) == *content).ok_or(Refusal::Unrecorded { message: index })?;
        if !record.outcome.is_ok() {
            out.insert(tool_call_id.as_str());
        }
    }
    Ok(out)
}

/// What the agent was shown of a call.
fn shown(record: &CallRecord) -> String {
    let value = record.observation();
    wjson::canonical(&value).unwrap_or_else(|_| value.to_string())
}
