//! `wardian catalog stats | search | show`

use crate::{Verdict, files, ui, ui::Ui};
use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use wardian_catalog::search::{self, Found, Hit};
use wardian_catalog::{Stats, stats::Spread};
use wardian_format::CatalogTool;
use wardian_format::names::untrusted;

/// Rows of each table of `stats` without `--json`.
const ROWS_MAX: usize = 12;
/// Ids that are shown where none fits.
const NEAR_MAX: usize = 5;
/// Characters of a description in a line.
const LINE_CHARS_MAX: usize = 90;
/// Levels of a schema that `show` prints.
const SHOWN_DEPTH_MAX: usize = 6;

/// Prints numbers.
#[derive(clap::Args)]
pub(crate) struct StatsArgs {
    /// The catalogue
    catalog: PathBuf,
}

/// Prints tools, the best first. Exit status 1 where none fits.
#[derive(clap::Args)]
pub(crate) struct SearchArgs {
    /// The catalogue
    catalog: PathBuf,
    /// Words to look for; singular or plural, upper or lower case
    #[arg(required = true)]
    words: Vec<String>,
    /// How many tools to print
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

/// Prints one tool. Exit status 1, and ids that look alike, where there is none.
#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    /// The catalogue
    catalog: PathBuf,
    /// Its id, or its name where no other tool has the same
    id: String,
}

#[derive(Serialize)]
struct Numbers {
    tools: usize,
    services: usize,
    sources: BTreeMap<String, usize>,
    providers: BTreeMap<String, usize>,
    licenses: BTreeMap<String, usize>,
    described: usize,
    with_returns: usize,
    merged: usize,
    parameters: Row,
    required: Row,
    schema_bytes: Row,
}

/// One number of every tool.
#[derive(Serialize)]
struct Row {
    sum: u64,
    median: u64,
    p99: u64,
    max: u64,
}

impl From<&Spread> for Row {
    fn from(spread: &Spread) -> Self {
        Self { sum: spread.sum, median: spread.median, p99: spread.p99, max: spread.max }
    }
}

pub(super) fn stats(args: &StatsArgs, ui: &Ui) -> Result<Verdict> {
    let stats = Stats::of(files::open(&args.catalog)?, &args.catalog.display().to_string())?;
    let numbers = Numbers {
        tools: stats.tools,
        services: stats.services,
        parameters: (&stats.parameters).into(),
        required: (&stats.required).into(),
        schema_bytes: (&stats.schema_bytes).into(),
        sources: stats.sources,
        providers: stats.providers,
        licenses: stats.licenses,
        described: stats.described,
        with_returns: stats.with_returns,
        merged: stats.merged,
    };
    ui.result(&numbers, || stats_text(&numbers))?;
    Ok(if numbers.tools == 0 { Verdict::Negative } else { Verdict::Well })
}

fn stats_text(numbers: &Numbers) -> String {
    let share = |n: usize| format!("{} ({:.1} %)", ui::count(n), 100.0 * n as f64 / numbers.tools.max(1) as f64);
    let mut out = format!(
        "{} tools of {} services of {} providers\n{} with a description, {} with a schema of the result, {} merged from several\n",
        ui::count(numbers.tools),
        ui::count(numbers.services),
        ui::count(numbers.providers.len()),
        share(numbers.described),
        share(numbers.with_returns),
        ui::count(numbers.merged),
    );
    for (title, rows) in [("source", &numbers.sources), ("provider", &numbers.providers), ("licence", &numbers.licenses)] {
        let mut rows: Vec<(&String, &usize)> = rows.iter().collect();
        rows.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        out.push_str(&format!("\n{title}\n"));
        for (name, count) in rows.iter().take(ROWS_MAX) {
            out.push_str(&format!("  {:>9}  {}\n", ui::count(**count), untrusted(name, 60)));
        }
        let rest: usize = rows.iter().skip(ROWS_MAX).map(|(_, count)| **count).sum();
        if rest > 0 {
            out.push_str(&format!("  {:>9}  {} others\n", ui::count(rest), ui::count(rows.len() - ROWS_MAX)));
        }
    }
    out.push_str(&format!("\n{:<16} {:>12} {:>8} {:>8} {:>8}\n", "a tool", "sum", "median", "p99", "max"));
    for (title, row) in [("parameters", &numbers.parameters), ("  required", &numbers.required), ("schema bytes", &numbers.schema_bytes)] {
        let cells = [row.sum, row.median, row.p99, row.max].map(|n| ui::count(usize::try_from(n).unwrap_or(usize::MAX)));
        out.push_str(&format!("{title:<16} {:>12} {:>8} {:>8} {:>8}\n", cells[0], cells[1], cells[2], cells[3]));
    }
    out
}

#[derive(Serialize)]
struct Line<'a> {
    score: f64,
    id: &'a str,
    name: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
}

pub(super) fn search(args: &SearchArgs, ui: &Ui) -> Result<Verdict> {
    let hits = search::search(files::open(&args.catalog)?, &args.catalog.display().to_string(), &args.words, args.limit)?;
    let rounded = |hit: &Hit| (hit.score * 1000.0).round() / 1000.0;
    let rows: Vec<Line<'_>> = hits
        .iter()
        .map(|hit| Line {
            score: rounded(hit),
            id: &hit.tool.id,
            name: &hit.tool.name,
            description: &hit.tool.description,
            method: hit.tool.origin.method.as_deref(),
            path: hit.tool.origin.path.as_deref(),
        })
        .collect();
    ui.result(&rows, || rows.iter().map(line).collect())?;
    Ok(if rows.is_empty() { Verdict::Negative } else { Verdict::Well })
}

fn line(row: &Line<'_>) -> String {
    let mut out = format!("{:>7.2}  {}\n", row.score, untrusted(row.id, 200));
    if let (Some(method), Some(path)) = (row.method, row.path) {
        out.push_str(&format!("         {} {}\n", untrusted(method, 10), untrusted(path, 200)));
    }
    if !row.description.is_empty() {
        out.push_str(&format!("         {}\n", untrusted(row.description, LINE_CHARS_MAX)));
    }
    out
}

pub(super) fn show(args: &ShowArgs, ui: &Ui) -> Result<Verdict> {
    match search::find(files::open(&args.catalog)?, &args.catalog.display().to_string(), &args.id, NEAR_MAX)? {
        Found::Tool(tool) => {
            ui.result(&tool, || tool_text(&tool))?;
            Ok(Verdict::Well)
        }
        Found::Near(ids) => {
            let document = serde_json::json!({"wanted": args.id, "near": ids});
            ui.result(&document, || near_text(&args.id, &ids))?;
            Ok(Verdict::Negative)
        }
    }
}

fn near_text(wanted: &str, ids: &[String]) -> String {
    let mut out = format!("no tool has the id `{}`, and no single one the name\n", untrusted(wanted, 200));
    if !ids.is_empty() {
        out.push_str("these look alike:\n");
        out.extend(ids.iter().map(|id| format!("  {}\n", untrusted(id, 200))));
    }
    out
}

fn tool_text(tool: &CatalogTool) -> String {
    let origin = &tool.origin;
    let mut out = format!("{}\n{}\n\n", untrusted(&tool.id, 200), untrusted(&tool.description, 2000));
    let mut row = |title: &str, text: &str| {
        if !text.is_empty() {
            out.push_str(&format!("{title:<10} {}\n", untrusted(text, 300)));
        }
    };
    row("name", &tool.name);
    row("source", &origin.source);
    row("licence", origin.license.as_deref().unwrap_or("none stated"));
    row("request", &[origin.method.as_deref(), origin.path.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "));
    row("errors", &origin.errors.iter().map(u16::to_string).collect::<Vec<_>>().join(", "));
    row("tags", &origin.tags.join(", "));
    for (i, place) in origin.also.iter().enumerate() {
        row(if i == 0 { "also" } else { "" }, place);
    }
    out.push_str("\nparameters\n");
    members(&tool.parameters, 1, &mut out);
    if let Some(returns) = &tool.returns {
        out.push_str(&format!("\nreturns {}\n", kind(returns)));
        nested(returns, 1, &mut out);
    }
    out
}

/// The members of an object schema, one a line; `*` marks the required ones.
fn members(schema: &Value, depth: usize, out: &mut String) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let mark = if required.contains(&name.as_str()) { "*" } else { " " };
        let description = member["description"].as_str().map(|text| format!("  {}", untrusted(text, LINE_CHARS_MAX))).unwrap_or_default();
        out.push_str(&format!("{:indent$}{mark} {}: {}{description}\n", "", untrusted(name, 80), kind(member), indent = depth * 2));
        nested(member, depth + 1, out);
    }
}

/// What lies in an object, or in the items of a list.
fn nested(schema: &Value, depth: usize, out: &mut String) {
    if depth > SHOWN_DEPTH_MAX {
        return;
    }
    if schema["items"].is_object() { nested(&schema["items"], depth, out) } else { members(schema, depth, out) }
}

fn kind(schema: &Value) -> String {
    let base = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    let mut out = match (schema["title"].as_str(), base.as_str()) {
        (Some(title), "any" | "object") => untrusted(title, 60),
        (_, "array") => format!("list of {}", kind(&schema["items"])),
        (_, base) => untrusted(base, 60),
    };
    if let Some(values) = schema["enum"].as_array() {
        let shown: Vec<String> = values.iter().take(8).map(|value| untrusted(&value.to_string(), 40)).collect();
        out.push_str(&format!(" ({}{})", shown.join(", "), if values.len() > 8 { ", …" } else { "" }));
    }
    if let Some(format) = schema["format"].as_str() {
        out.push_str(&format!(", {}", untrusted(format, 40)));
    }
    out
}
