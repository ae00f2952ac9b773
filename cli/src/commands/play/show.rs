//! What a person is shown: as text that cannot play tricks on a terminal, or as JSON, a line each.

use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use wardian_format::names::untrusted;
use wardian_format::task::UserBrief;
use wardian_format::{CallRecord, Diff, Digest, Digests, SqlValue, Verdict};
use wardian_model::ToolDefinition;

/// Longest line, characters.
const LINE_CHARS_MAX: usize = 2_000;

/// Most lines of one result.
const LINES_MAX: usize = 400;

/// Characters of a description in a list.
const SUMMARY_CHARS: usize = 100;

/// Something to show.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Shown<'a> {
    /// The session begins.
    Start { pack: &'a str, pack_digest: Digest, seat: &'a str, task: Option<&'a str>, state: Digests },
    /// Words of the other side.
    Said { who: &'a str, text: &'a str },
    /// A call of the person, and what it changed.
    Called { call: &'a CallRecord, diff: &'a Diff },
    /// Tools on offer.
    Tools { tools: &'a [&'a ToolDefinition] },
    /// One of them.
    Tool { tool: &'a ToolDefinition },
    /// The rules for the agent.
    Policy { text: &'a str },
    /// What the user wants and knows.
    Task { user: &'a UserBrief },
    /// The calls so far.
    Calls { calls: &'a [CallRecord] },
    /// The tables of the state.
    Tables { tables: Vec<Table> },
    /// The first rows of one.
    Rows { table: &'a str, total: i64, columns: &'a [String], rows: &'a [Vec<SqlValue>] },
    /// What changed since the beginning.
    Diff { diff: &'a Diff },
    /// The grade so far.
    Grade { verdict: &'a Verdict },
    /// One step back was gone; so many can follow.
    Undone { left: usize },
    /// The trajectory is in a file.
    Saved { file: &'a Path, trajectory: &'a str },
    /// A line that could not be followed.
    Refused { message: &'a str },
    /// The dialogue has come to its end; the person may still look, save or go back.
    Over,
    /// The session ends.
    End { calls: usize, state: Digests, verdict: Option<&'a Verdict> },
}

/// A table and how many rows it has.
#[derive(Serialize)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) rows: i64,
}

impl Shown<'_> {
    /// As text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Start { .. } | Self::Refused { .. } | Self::Over => String::new(),
            Self::Said { who, text } => lines(&format!("{who}: {text}")),
            Self::Called { call, diff } => called(call, diff),
            Self::Tools { tools } => tools.iter().map(|tool| summary(tool)).collect(),
            Self::Tool { tool } => whole(tool),
            Self::Policy { text } => lines(text),
            Self::Task { user } => brief(user),
            Self::Calls { calls } => calls.iter().enumerate().map(|(index, call)| listed(index, call)).collect(),
            Self::Tables { tables } => tables.iter().map(|table| format!("{:>8} {}\n", table.rows, one_line(&table.name))).collect(),
            Self::Rows { table, total, columns, rows } => rows_text(table, *total, columns, rows),
            Self::Diff { diff } => changes(diff),
            Self::Grade { verdict } => grade(verdict),
            Self::Undone { left } => format!("one step back; {left} more can be undone\n"),
            Self::Saved { file, trajectory } => format!("{} → {}\n", one_line(trajectory), file.display()),
            Self::End { calls, state, verdict } => {
                let graded = verdict.map(grade).unwrap_or_default();
                format!("{graded}calls  {calls}\nstate  {}\n", state.full)
            }
        }
    }
}

/// Text of others, on one line.
pub(super) fn one_line(text: &str) -> String {
    untrusted(text, LINE_CHARS_MAX)
}

/// Text of others, line by line.
fn lines(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().take(LINES_MAX) {
        out.push_str(&untrusted(line, LINE_CHARS_MAX));
        out.push('\n');
    }
    let more = text.lines().count().saturating_sub(LINES_MAX);
    if more > 0 {
        out.push_str(&format!("… {more} lines more\n"));
    }
    out
}

fn called(call: &CallRecord, diff: &Diff) -> String {
    let observation = serde_json::to_string_pretty(&call.observation()).unwrap_or_default();
    let failed = if call.outcome.is_ok() { String::new() } else { format!("({}, nothing changed)\n", call.outcome.word()) };
    let changed = if diff.is_empty() { String::new() } else { changes(diff) };
    format!("{}{failed}{changed}", lines(&observation))
}

fn changes(diff: &Diff) -> String {
    if diff.is_empty() { "no change\n".to_owned() } else { lines(&diff.to_string()) }
}

fn names_of(tool: &ToolDefinition) -> Vec<(&String, &Value, bool)> {
    let required = |name: &String| tool.parameters["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name.as_str()));
    let properties = tool.parameters["properties"].as_object().into_iter().flatten();
    properties.map(|(name, schema)| (name, schema, required(name))).collect()
}

fn summary(tool: &ToolDefinition) -> String {
    let names: Vec<String> =
        names_of(tool).into_iter().map(|(name, _, is_required)| if is_required { name.clone() } else { format!("{name}?") }).collect();
    let head = format!("{}({})", tool.name, names.join(", "));
    let first = tool.description.split_inclusive(". ").next().unwrap_or_default().trim_end();
    format!("{}\n    {}\n", one_line(&head), untrusted(first, SUMMARY_CHARS))
}

fn whole(tool: &ToolDefinition) -> String {
    let mut out = format!("{}\n{}", one_line(&tool.name), lines(&tool.description));
    for (name, schema, is_required) in names_of(tool) {
        let kind = match &schema["type"] {
            Value::String(kind) => kind.clone(),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
            _ => "any".to_owned(),
        };
        let items = schema["items"]["type"].as_str().map(|kind| format!(" of {kind}")).unwrap_or_default();
        let choice = schema.get("enum").map(|values| format!(", one of {values}")).unwrap_or_default();
        let default = schema.get("default").map(|value| format!(", {value} unless said")).unwrap_or_default();
        let need = if is_required { "" } else { ", optional" };
        let words = schema["description"].as_str().unwrap_or_default();
        out.push_str(&lines(&format!("  {name}  {kind}{items}{choice}{default}{need}  {words}")));
    }
    out
}

fn brief(user: &UserBrief) -> String {
    let mut out = lines(&user.goal);
    if !user.opening.is_empty() {
        out.push_str(&lines(&format!("begin with: {}", user.opening)));
    }
    for request in &user.requests {
        out.push_str(&lines(&format!("then: {request}")));
    }
    for known in &user.known {
        out.push_str(&lines(&format!("you know: {} is {}", known.label, known.value)));
    }
    out
}

fn listed(index: usize, call: &CallRecord) -> String {
    one_line(&format!("{:>3} {:<18} {} {}", index + 1, call.outcome.word(), call.tool, call.arguments)) + "\n"
}

fn rows_text(table: &str, total: i64, columns: &[String], rows: &[Vec<SqlValue>]) -> String {
    let mut out = format!("{}: {total} rows\n", one_line(table));
    for row in rows {
        let cells: Vec<String> = columns.iter().zip(row).map(|(column, value)| format!("{column}: {value}")).collect();
        out.push_str(&one_line(&cells.join(", ")));
        out.push('\n');
    }
    let more = total - rows.len() as i64;
    if more > 0 {
        out.push_str(&format!("… {more} rows more\n"));
    }
    out
}

/// A verdict in words.
fn grade(verdict: &Verdict) -> String {
    let mut out = format!("grade  {}\n", if verdict.passed { "passed" } else { "not passed" });
    let mut part = |name: &str, holds: Option<bool>| {
        if let Some(holds) = holds {
            out.push_str(&format!("  {name:<11}{}\n", if holds { "yes" } else { "no" }));
        }
    };
    part("state", Some(verdict.state));
    part("facts", verdict.facts);
    part("actions", verdict.actions);
    part("assertions", verdict.assertions);
    part("order", verdict.order);
    part("as planned", Some(verdict.calls));
    for reason in &verdict.reasons {
        out.push_str(&lines(&format!("  - {reason}")));
    }
    if !verdict.difference.is_empty() {
        out.push_str("  from the goal state to this one:\n");
        out.push_str(&lines(&verdict.difference.to_string()));
    }
    out
}
