//! `wardian conformance derived`: worlds made of descriptions alone, beside the ports of the same worlds.

use super::{domains, fuzz, port, traces};
use crate::commands::catalog;
use crate::{Verdict, engine, ui, ui::Ui};
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_env::{LoadedPack, Runtime};
use wardian_format::graph::Domain;
use wardian_materialize::{Materialized, Options, materialize};
use wardian_tau2::{Case, Confusion, Documents, Effect, compare, rows};

/// Makes a world of a domain's `tools.json` alone, gives it the rows of the port, makes every recorded call in both, and counts how many agree in
/// kind: success or error, and whether the state changed. Exit status 1 where a domain gives no tool.
///
/// DIR has a folder a domain (retail, airline, telecom) with `tools.json` (functions), and `traces.json`, `fuzz.json` or both.
#[derive(clap::Args)]
pub(crate) struct DerivedArgs {
    /// The folder of recorded calls and tools
    #[arg(long)]
    data: PathBuf,
    /// Only this domain; may be repeated
    #[arg(long)]
    domain: Vec<String>,
    /// Take the sources of `tau2-DOMAIN` from this folder, instead of those that ship with Wardian
    #[arg(long)]
    packs: Option<PathBuf>,
}

/// What `conformance derived --json` prints.
#[derive(Serialize)]
struct Summary {
    domains: Vec<Compared>,
}

#[derive(Serialize)]
struct Compared {
    domain: String,
    tools_in: usize,
    derived: usize,
    /// Tool → why it is in no derived world.
    left_out: BTreeMap<String, String>,
    /// Rows of the derived world's tables that the port gave.
    rows: BTreeMap<String, usize>,
    parts: Vec<Part>,
}

/// The calls of one file.
#[derive(Serialize)]
struct Part {
    file: &'static str,
    #[serde(flatten)]
    sum: Agreement,
    tools: BTreeMap<String, Agreement>,
}

#[derive(Serialize)]
struct Agreement {
    calls: usize,
    /// In success or error.
    outcome: usize,
    /// In whether the state changed.
    effect: usize,
    /// In both.
    kind: usize,
    confusion: Vec<Pair>,
}

#[derive(Serialize)]
struct Pair {
    real: Effect,
    derived: Effect,
    calls: usize,
}

impl From<&Confusion> for Agreement {
    fn from(of: &Confusion) -> Self {
        let confusion = of.pairs().map(|(real, derived, calls)| Pair { real, derived, calls }).collect();
        Self { calls: of.calls(), outcome: of.in_outcome(), effect: of.in_effect(), kind: of.in_kind(), confusion }
    }
}

pub(super) fn run(args: &DerivedArgs, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let names = domains(&args.data, &args.domain)?;
    let domains = names.iter().map(|name| one(name, args, &runtime, ui)).collect::<Result<Vec<_>>>()?;
    let well = domains.iter().all(|domain| domain.derived > 0);
    let summary = Summary { domains };
    ui.result(&summary, || text(&summary))?;
    Ok(if well { Verdict::Well } else { Verdict::Negative })
}

fn one(name: &str, args: &DerivedArgs, runtime: &Runtime, ui: &Ui) -> Result<Compared> {
    let folder = args.data.join(name);
    let real = port(&format!("tau2-{name}"), args.packs.as_deref(), runtime)?;
    let made = derive(&folder.join("tools.json"), name, runtime, ui)?;
    let mut out = Compared {
        domain: name.to_owned(),
        tools_in: made.report.tools_in,
        derived: made.report.tools_out,
        left_out: made.report.left_out.iter().map(|l| (l.tool.rsplit('/').next().unwrap_or("").to_owned(), l.reason.clone())).collect(),
        rows: BTreeMap::new(),
        parts: Vec::new(),
    };
    let Some(sources) = &made.sources else { return Ok(out) };
    let recorded = [("traces.json", traces(&folder)?.map(|t| t.cases).unwrap_or_default()), ("fuzz.json", fuzz(&folder)?)];
    for (file, cases) in recorded.into_iter().filter(|(_, cases)| !cases.is_empty()) {
        ui::check_interrupt()?;
        let part = part(file, &real, &cases, sources, runtime, &mut out.rows)?;
        out.parts.push(part);
    }
    Ok(out)
}

/// The world that the functions of `file` alone give.
fn derive(file: &Path, name: &str, runtime: &Runtime, ui: &Ui) -> Result<Materialized> {
    let tools = catalog::one_document(file, ui).with_context(|| format!("cannot read the tools `{}`", file.display()))?.tools;
    let mut ids: Vec<String> = tools.iter().map(|tool| tool.id.clone()).collect();
    ids.sort();
    let domain =
        Domain { name: format!("derived-{name}"), title: name.to_owned(), description: String::new(), terms: Vec::new(), tools: ids };
    Ok(materialize(&domain, &tools, &Options::default(), runtime)?)
}

fn part(
    file: &'static str,
    real: &Arc<LoadedPack>,
    cases: &[Case],
    sources: &Sources,
    runtime: &Runtime,
    counts: &mut BTreeMap<String, usize>,
) -> Result<Part> {
    let found = compare(real, cases, |documents| {
        let (pack, filled) = filled(sources, documents, real, runtime)?;
        *counts = filled;
        Ok::<_, anyhow::Error>(pack)
    })?;
    let mut sum = Confusion::default();
    found.values().for_each(|of| sum.add(of));
    Ok(Part { file, sum: Agreement::from(&sum), tools: found.iter().map(|(tool, of)| (tool.clone(), Agreement::from(of))).collect() })
}

/// The derived pack with the rows of the real world instead of its own.
fn filled(
    sources: &Sources,
    documents: &Documents,
    real: &LoadedPack,
    runtime: &Runtime,
) -> Result<(Arc<LoadedPack>, BTreeMap<String, usize>)> {
    let document = documents.get("db").with_context(|| format!("`{}` has no document `db`", real.manifest().name))?;
    let schema = sources.get("schema.sql").context("the derived world has no tables")?;
    let first = |(path, text): (&String, &String)| {
        let table = path.strip_prefix("data/")?.strip_suffix(".jsonl")?.to_owned();
        Some((table, serde_json::from_str(text.lines().next()?).ok()?))
    };
    let rows = rows(&document, &wardian_state::Schema::from_sql(schema)?, &sources.texts.iter().filter_map(first).collect());
    let mut with: Sources = Sources::new();
    for (path, text) in sources.texts.iter().filter(|(path, _)| !path.starts_with("data/")) {
        with.insert(path.as_str(), text.as_str());
    }
    for (table, rows) in rows.iter().filter(|(_, rows)| !rows.is_empty()) {
        let lines: String = rows.iter().map(|row| serde_json::Value::Object(row.clone()).to_string() + "\n").collect();
        with.insert(format!("data/{table}.jsonl"), lines);
    }
    let compiled = compile_pack(&with, Validation::Trusted).context("the derived world does not hold the real rows")?;
    let pack = runtime.load_own(wardian_pack::write(&compiled.parts)?, "derived")?;
    Ok((pack, rows.into_iter().map(|(table, rows)| (table, rows.len())).collect()))
}

fn text(summary: &Summary) -> String {
    let mut out = String::new();
    for d in &summary.domains {
        out.push_str(&format!("{}: {} of {} tools derived\n", d.domain, d.derived, d.tools_in));
        for (tool, reason) in &d.left_out {
            out.push_str(&format!("  without `{tool}`: {reason}\n"));
        }
        for part in &d.parts {
            out.push_str(&format!("\n  {:<36}{:>7}{:>16}{:>13}{:>8}\n", part.file, "calls", "success/error", "read/write", "both"));
            for (tool, of) in &part.tools {
                out.push_str(&line(tool, of));
                for pair in of.confusion.iter().filter(|pair| pair.real != pair.derived) {
                    out.push_str(&format!("      {} {} there, {} here\n", pair.calls, word(pair.real), word(pair.derived)));
                }
            }
            out.push_str(&line("all", &part.sum));
        }
        out.push('\n');
    }
    out
}

fn line(name: &str, of: &Agreement) -> String {
    let share = |n: usize| n as f64 * 100.0 / of.calls.max(1) as f64;
    format!("  {name:<36}{:>7}{:>14.1} %{:>11.1} %{:>6.1} %\n", of.calls, share(of.outcome), share(of.effect), share(of.kind))
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Error => "error",
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Missing => "no tool",
    }
}
