//! Examples, run: what the calls come to, against what the sources say.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use wardian_compiler::Example;
use wardian_compiler::example::Expected;
use wardian_env::{EpisodeContext, LoadedPack};
use wardian_format::{Outcome, json};

/// What became of an example.
#[derive(Serialize)]
pub(super) struct Tried {
    pub(super) tool: String,
    pub(super) title: String,
    pub(super) file: String,
    pub(super) line: usize,
    /// What is not as expected, in words; nothing where all is.
    pub(super) problems: Vec<String>,
    /// What the call came to, for `--write`.
    #[serde(skip)]
    pub(super) actual: Option<Actual>,
}

/// What a call came to, as the sources would say it.
pub(super) struct Actual {
    /// `@gives …` or `@fails …`, without the `@`.
    pub(super) ending: String,
    /// Lines of the difference.
    pub(super) changes: Vec<String>,
}

/// Runs `example` on a fresh state of `pack`.
pub(super) fn run(example: &Example, pack: &Arc<LoadedPack>) -> Result<Tried> {
    let mut env = pack.env(&EpisodeContext { seed: 0, now: pack.manifest().now.clone() })?;
    let (file, line) = example.place.clone();
    let mut tried = Tried { tool: example.tool.clone(), title: example.title.clone(), file, line, problems: Vec::new(), actual: None };
    for given in &example.given {
        let record = env.call(given.role, &given.tool, &given.arguments)?;
        if !record.outcome.is_ok() {
            tried.problems.push(format!("`@given {}` failed: {}", given.tool, ending(&record.outcome)));
            return Ok(tried);
        }
    }
    let mut before = env.clone();
    let outcome = env.call(example.call.role, &example.call.tool, &example.call.arguments)?.outcome;
    let diff = before.diff(&mut env)?.to_string();
    let changes: Vec<String> = diff.lines().map(str::to_owned).collect();
    tried.problems = problems(example, &outcome, &changes);
    tried.actual = Some(Actual { ending: ending(&outcome), changes });
    Ok(tried)
}

fn problems(example: &Example, outcome: &Outcome, changes: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let fits = match (&example.expected, outcome) {
        (Expected::Success, outcome) => outcome.is_ok(),
        (Expected::Result(expected), Outcome::Ok { result }) => same(expected, result),
        (Expected::Failure { code, message }, Outcome::ToolError { code: actual, message: text }) => {
            code == actual && message.as_ref().is_none_or(|message| message == text)
        }
        _ => false,
    };
    if !fits {
        let expected = match &example.expected {
            Expected::Success => "a result".to_owned(),
            Expected::Result(value) => format!("gives {}", canonical(value)),
            Expected::Failure { code, message } => format!("fails {} {}", code.word(), message.as_deref().map(quoted).unwrap_or_default()),
        };
        out.push(format!("expected {}\nactual   {}", expected.trim_end(), ending(outcome)));
    }
    if let Some(expected) = &example.changes {
        let expected: Vec<String> = expected.iter().map(|line| line.replace(" -> ", " → ")).collect();
        if expected != changes {
            out.push(format!("expected changes\n{}\nactual changes\n{}", listed(&expected), listed(changes)));
        }
    }
    out
}

fn listed(lines: &[String]) -> String {
    if lines.is_empty() {
        return "  nothing".to_owned();
    }
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// Equal as canonical JSON: the order of members does not matter, nor does `1.0` for `1`.
fn same(a: &Value, b: &Value) -> bool {
    json::canonical(a).ok() == json::canonical(b).ok()
}

/// An outcome as an annotation would say it.
fn ending(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { result } => format!("gives {}", canonical(result)),
        Outcome::ToolError { code, message } => format!("fails {} {}", code.word(), quoted(message)),
        other => format!("ends in {}", canonical(&other.observation())),
    }
}

fn canonical(value: &Value) -> String {
    json::canonical(value).unwrap_or_else(|_| value.to_string())
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
