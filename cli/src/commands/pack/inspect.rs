//! `wardian pack inspect`

use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::PathBuf;
use wardian_format::pack::{Effect, RefKind, Statements, ToolSpec};
use wardian_pack::Opened;

/// Shows the tools, sections and digests of a pack. Nothing is compiled or run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// Also show each tool's parameters and SQL; or only those of one tool
    #[arg(long, num_args = 0..=1, default_missing_value = "")]
    tool: Option<String>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let bytes = files::read(&args.pack)?;
    let opened = engine::open_pack(&bytes, &args.pack.display().to_string(), ui)??;
    if let Some(name) = args.tool.as_deref().filter(|name| !name.is_empty())
        && opened.parts.manifest.tool(name).is_none()
    {
        anyhow::bail!("`{}` has no tool `{name}`", args.pack.display());
    }
    ui.result(&document(&opened, bytes.len()), || text(&opened, bytes.len(), args.tool.as_deref()))?;
    Ok(Verdict::Well)
}

fn document(opened: &Opened, bytes: usize) -> Value {
    let sections: Vec<Value> =
        opened.sections.iter().map(|s| json!({"name": s.name, "stored_bytes": s.stored_bytes, "bytes": s.bytes})).collect();
    let tables: Vec<Value> =
        opened.base.schema().tables.iter().map(|t| json!({"name": t.name, "key": t.primary_key, "columns": columns(t)})).collect();
    json!({
        "digest": opened.digest,
        "bytes": bytes,
        "component_bytes": opened.parts.component.len(),
        "sections": sections,
        "tables": tables,
        "manifest": opened.parts.manifest,
    })
}

fn columns(table: &wardian_state::Table) -> Vec<String> {
    table.columns.iter().map(|c| c.name.clone()).collect()
}

fn text(opened: &Opened, bytes: usize, tool: Option<&str>) -> String {
    let manifest = &opened.parts.manifest;
    let mut out = format!("{} — {}\n{}\n\n", manifest.name, manifest.title, manifest.description);
    let provenance = &manifest.provenance;
    for (label, value) in [
        ("digest", opened.digest.to_string()),
        ("state", manifest.initial.full.to_string()),
        ("graded", manifest.initial.graded.to_string()),
        ("now", manifest.now.clone()),
        ("author", format!("{} ({}), {}, SQLite {}", provenance.author, provenance.license, provenance.compiler, provenance.sqlite)),
        ("size", format!("{} (component {})", ui::bytes(bytes), ui::bytes(opened.parts.component.len()))),
    ] {
        out.push_str(&format!("{label:<8} {value}\n"));
    }
    for section in &opened.sections {
        out.push_str(&format!("  {:<18} {:>10} stored, {:>10}\n", section.name, ui::bytes(section.stored_bytes), ui::bytes(section.bytes)));
    }
    out.push_str("\ntables\n");
    for table in &opened.base.schema().tables {
        out.push_str(&format!("  {:<28} ({}) {}\n", table.name, table.primary_key.join(", "), columns(table).join(" ")));
    }
    out.push_str("\ntools\n");
    for spec in manifest.tools.iter().filter(|t| tool.is_none_or(|name| name.is_empty() || name == t.name)) {
        out.push_str(&tool_text(spec, tool.is_some()));
    }
    out
}

fn tool_text(spec: &ToolSpec, details: bool) -> String {
    let effect = if spec.effect == Effect::Write { "write" } else { "read " };
    let statements = match &spec.statements {
        Statements::Closed { sql } => format!("{} statements", sql.len()),
        Statements::Free => "free SQL".to_owned(),
    };
    let summary = wardian_format::names::untrusted(spec.description.lines().next().unwrap_or_default(), 60);
    let mut out = format!("  {effect} {:<36} {statements:<14} {summary}\n", spec.name);
    if !details {
        return out;
    }
    for (name, schema) in spec.parameters["properties"].as_object().into_iter().flatten() {
        let kind = spec.refs.iter().find(|r| r.param == *name).map_or(String::new(), |r| {
            let word = match r.kind {
                RefKind::Existing => "ref",
                RefKind::New => "new",
                RefKind::Value => "of",
            };
            format!(" {word}({}.{})", r.table, r.column)
        });
        out.push_str(&format!("        {name}: {}{kind}\n", schema["type"]));
    }
    if let Statements::Closed { sql } = &spec.statements {
        for statement in sql {
            let text = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            out.push_str(&format!("        | {}\n", wardian_format::names::untrusted(&text, 2_000)));
        }
    }
    out
}
