//! `wardian pack inspect`

use crate::distribution::artifact;
use crate::{Verdict, engine, packs, ui, ui::Ui};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::PathBuf;
use wardian_format::limits::{AdmissionLimits, Limits};
use wardian_format::names::untrusted;
use wardian_format::pack::{Effect, RefKind, Role, Statements, ToolSpec};
use wardian_format::{Digest, Manifest};
use wardian_pack::Opened;

/// Longest text of an author that is shown on one line, characters.
const LINE_CHARS_MAX: usize = 160;

/// Longest statement that is shown, characters.
const SQL_CHARS_MAX: usize = 2_000;

/// Shows the tools, sections, limits and digests of a pack. Nothing is compiled or run.
///
/// `--json` prints all of it whatever else is asked for.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// Also show each tool's parameters and SQL; or only those of one tool
    #[arg(long, num_args = 0..=1, default_missing_value = "")]
    tool: Option<String>,
    /// Also show the SQL of every tool
    #[arg(long)]
    sql: bool,
}

/// How much of a tool is shown.
#[derive(Clone, Copy)]
struct Detail {
    parameters: bool,
    sql: bool,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let bytes = packs::read(&args.pack)?;
    let opened = engine::open_pack(&bytes, &args.pack.display().to_string(), ui)??;
    if let Some(name) = args.tool.as_deref().filter(|name| !name.is_empty())
        && opened.parts.manifest.tool(name).is_none()
    {
        anyhow::bail!("`{}` has no tool `{name}`", args.pack.display());
    }
    ui.result(&document(&opened, bytes.len()), || text(&opened, bytes.len(), args))?;
    Ok(Verdict::Well)
}

/// What `pack inspect --json` prints; docs/formats.md says what it means.
fn document(opened: &Opened, bytes: usize) -> Value {
    let parts = &opened.parts;
    let profile = parts.manifest.profile;
    let sections: Vec<Value> =
        opened.sections.iter().map(|s| json!({"name": s.name, "stored_bytes": s.stored_bytes, "bytes": s.bytes})).collect();
    let sources: Vec<Value> = parts.sources.iter().map(|(path, text)| json!({"path": path, "bytes": text.len()})).collect();
    json!({
        "digest": opened.digest,
        "bytes": bytes,
        "digests": {
            "component": Digest::of(&parts.component),
            "image": Digest::of(&parts.image),
            "initial": parts.manifest.initial,
        },
        "component": {
            "bytes": parts.component.len(),
            "imports": artifact::imports(&parts.component),
            "exports": opened.report.exports,
            "code_bytes": opened.report.code_bytes,
            "functions": opened.report.functions,
            "modules": opened.report.modules,
        },
        "sections": sections,
        "tables": opened.base.schema().tables.iter().map(table).collect::<Vec<_>>(),
        "views": opened.base.schema().views,
        "limits": {
            "digest": Limits::of(profile).digest(),
            "call": Limits::of(profile),
            "admission": AdmissionLimits::of(profile),
        },
        "manifest": parts.manifest,
        "policy": parts.policy,
        "tasks": tasks(opened),
        "sources": sources,
    })
}

fn table(table: &wardian_state::Table) -> Value {
    let column = |column: &wardian_state::Column| {
        json!({
            "name": column.name, "type": column.type_name, "not_null": column.not_null, "default": column.default,
            "generated": column.generated,
        })
    };
    let foreign = |key: &wardian_state::ForeignKey| json!({"columns": key.columns, "table": key.table, "references": key.references});
    json!({
        "name": table.name,
        "key": table.primary_key,
        "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
        "foreign_keys": table.foreign_keys.iter().map(foreign).collect::<Vec<_>>(),
    })
}

/// How many tasks travel with the pack.
fn tasks(opened: &Opened) -> usize {
    opened.parts.tasks.as_ref().map_or(0, |tasks| tasks.lines().count())
}

fn text(opened: &Opened, bytes: usize, args: &Args) -> String {
    let manifest = &opened.parts.manifest;
    let line = |text: &str| untrusted(text, LINE_CHARS_MAX);
    let mut out = format!("{} — {}\n{}\n\n", manifest.name, line(&manifest.title), untrusted(&manifest.description, SQL_CHARS_MAX));
    out.push_str(&head(opened, bytes));
    out.push_str("\ntables\n");
    for table in &opened.base.schema().tables {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        out.push_str(&format!("  {:<28} ({}) {}\n", line(&table.name), table.primary_key.join(", "), line(&columns.join(" "))));
    }
    if !opened.base.schema().views.is_empty() {
        out.push_str(&format!("  views: {}\n", line(&opened.base.schema().views.join(" "))));
    }
    if !manifest.order.is_empty() {
        out.push_str("\norder of calls\n");
    }
    for rule in &manifest.order {
        let same = rule.same.as_ref().map_or_else(String::new, |name| format!(" (same {name})"));
        let calls = format!("{} before {}{same}: {}", rule.first.join(" or "), rule.then.join(", "), rule.because);
        out.push_str(&format!("  {}\n", line(&calls)));
    }
    out.push_str("\ntools\n");
    let only = args.tool.as_deref().filter(|name| !name.is_empty());
    let detail = Detail { parameters: args.tool.is_some(), sql: args.sql || args.tool.is_some() };
    for spec in manifest.tools.iter().filter(|tool| only.is_none_or(|name| name == tool.name)) {
        out.push_str(&tool_text(spec, detail));
    }
    out
}

/// The lines with a label, and the sections.
fn head(opened: &Opened, bytes: usize) -> String {
    let parts = &opened.parts;
    let manifest = &parts.manifest;
    let mut out = String::new();
    let ungraded = if manifest.ungraded.is_empty() { "nothing".to_owned() } else { manifest.ungraded.join(" ") };
    let profile = manifest.profile;
    for (label, value) in [
        ("digest", opened.digest.to_string()),
        ("state", manifest.initial.full.to_string()),
        ("graded", format!("{}, leaves out {ungraded}", manifest.initial.graded)),
        ("code", Digest::of(&parts.component).to_string()),
        ("image", Digest::of(&parts.image).to_string()),
        ("limits", format!("{}, profile {}", Limits::of(profile).digest(), profile.name())),
        ("now", manifest.now.clone()),
        ("author", made_by(manifest)),
        ("links", manifest.links.len().to_string()),
        ("policy", parts.policy.as_ref().map_or_else(|| "none".to_owned(), |text| format!("{} lines", text.lines().count()))),
        ("tasks", tasks(opened).to_string()),
        ("size", format!("{} (component {})", ui::bytes(bytes), ui::bytes(parts.component.len()))),
    ] {
        out.push_str(&format!("{label:<8} {}\n", untrusted(&value, LINE_CHARS_MAX)));
    }
    for guest in &manifest.guests {
        out.push_str(&format!("guest    {} {}\n", guest.digest, guest.name));
    }
    for source in &manifest.provenance.sources {
        out.push_str(&format!("source   {}\n", untrusted(source, LINE_CHARS_MAX)));
    }
    for section in &opened.sections {
        out.push_str(&format!("  {:<18} {:>10} stored, {:>10}\n", section.name, ui::bytes(section.stored_bytes), ui::bytes(section.bytes)));
    }
    out
}

fn made_by(manifest: &Manifest) -> String {
    let provenance = &manifest.provenance;
    format!("{} ({}), {}, SQLite {}", provenance.author, provenance.license, provenance.compiler, provenance.sqlite)
}

fn tool_text(spec: &ToolSpec, detail: Detail) -> String {
    let effect = if spec.effect == Effect::Write { "write" } else { "read " };
    let statements = match &spec.statements {
        Statements::Closed { sql } => format!("{} statements", sql.len()),
        Statements::Free => "free SQL".to_owned(),
    };
    let role = if spec.role == Role::Agent { String::new() } else { format!("({}) ", spec.role.word()) };
    let guest = spec.guest.as_ref().map(|name| format!("(guest {name}) ")).unwrap_or_default();
    let summary = format!("{role}{guest}{}", spec.description.lines().next().unwrap_or_default());
    let mut out = format!("  {effect} {:<36} {statements:<14} {}\n", spec.name, untrusted(&summary, 60));
    if detail.parameters {
        for (name, schema) in spec.parameters["properties"].as_object().into_iter().flatten() {
            out.push_str(&parameter_text(spec, name, schema));
        }
    }
    if let (true, Statements::Closed { sql }) = (detail.sql, &spec.statements) {
        for statement in sql {
            let text = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            out.push_str(&format!("        | {}\n", untrusted(&text, SQL_CHARS_MAX)));
        }
    }
    out
}

/// `name: "string" ref(table.column)`, and what else its schema says.
fn parameter_text(spec: &ToolSpec, name: &str, schema: &Value) -> String {
    let kind = spec.refs.iter().find(|r| r.param == *name).map_or(String::new(), |r| {
        let word = match r.kind {
            RefKind::Existing => "ref",
            RefKind::New => "new",
            RefKind::Value => "of",
        };
        format!(" {word}({}.{})", r.table, r.column)
    });
    let required = spec.parameters["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name));
    let optional = if required { "" } else { ", optional" };
    let mut rest = schema.clone();
    if let Some(members) = rest.as_object_mut() {
        members.retain(|member, _| !matches!(member.as_str(), "type" | "description"));
    }
    let rest = if rest.as_object().is_some_and(|members| members.is_empty()) { String::new() } else { format!(" {rest}") };
    format!("        {}\n", untrusted(&format!("{name}: {}{kind}{optional}{rest}", schema["type"]), LINE_CHARS_MAX))
}
