//! `wardian materialize`

use crate::stage::Unit;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use wardian_env::Runtime;
use wardian_format::graph::Domain;
use wardian_format::{CatalogTool, Digest};
use wardian_materialize::{DomainReport, Options, Siblings, Stage, materialize};

/// Makes worlds: for each domain of a graph the sources of a pack and the pack.
///
/// Every tool is called in the sandbox before it counts; what cannot be given honest semantics is left out with the
/// reason, in OUT/domains/NAME.json.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of a graph
    graph: PathBuf,
    /// The folder to write: domains/ and packs/
    #[arg(long, short)]
    out: PathBuf,
    #[command(flatten)]
    materialize: MaterializeArgs,
}

/// Options of the materializer.
#[derive(Clone, Debug, Serialize, clap::Args)]
pub(crate) struct MaterializeArgs {
    /// Seed of the data
    #[arg(long, default_value_t = Options::default().seed)]
    data_seed: u64,
    /// Rows of a table, about
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rows: u32,
    /// The virtual now of the worlds
    #[arg(long, default_value_t = Options::default().now)]
    now: String,
}

/// What `materialize --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// Tools in the domains.
    pub(crate) tools_in: usize,
    /// Tools in packs.
    pub(crate) materialized: usize,
    /// Tools left out, by the step at which they fell out.
    pub(crate) left_out: BTreeMap<String, usize>,
    /// Tools in packs that passed every self-check that applies: all of them.
    pub(crate) self_checks_passed: usize,
    /// Packs written.
    pub(crate) packs: usize,
    /// Domains without a pack, with the reason.
    pub(crate) no_pack: BTreeMap<String, String>,
}

impl MaterializeArgs {
    /// The defaults with another seed.
    pub(crate) fn with_seed(seed: u64) -> Self {
        let options = Options::default();
        Self { data_seed: seed, rows: options.rows as u32, now: options.now }
    }
}

impl Summary {
    /// Tools left out in all.
    pub(crate) fn left_out_count(&self) -> usize {
        self.left_out.values().sum()
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let summary = stage(&args.graph, &args.out, &args.materialize, &runtime, ui)?;
    ui.result(&summary, || text(&summary, &args.out))?;
    Ok(Verdict::Well)
}

/// Materializes every domain of the graph in `graph` into `out`/domains and `out`/packs.
pub(crate) fn stage(graph: &Path, out: &Path, args: &MaterializeArgs, runtime: &Runtime, ui: &Ui) -> Result<Summary> {
    if wardian_format::time::parse_utc(&args.now).is_err() {
        bail!("`{}` is not a time like 2026-01-31T12:00:00Z", args.now);
    }
    let list: Vec<Domain> = files::read_jsonl(&graph.join("domains.jsonl"))?;
    let tools: Vec<CatalogTool> = files::read_jsonl(&graph.join("tools.jsonl"))?;
    let catalog =
        Catalog { by_id: tools.iter().map(|tool| (tool.id.as_str(), tool)).collect(), siblings: Siblings::new(&tools), tools: &tools };
    let bar = ui.bar("materialize", list.len());
    let reports: Vec<DomainReport> = list
        .par_iter()
        .map(|domain| {
            ui::check_interrupt()?;
            let report = one(domain, &catalog, out, args, runtime)?;
            bar.step(&domain.name);
            Ok(report)
        })
        .collect::<Result<_>>()?;
    Ok(summarize(&reports))
}

/// All tools of the graph.
struct Catalog<'a> {
    tools: &'a [CatalogTool],
    by_id: BTreeMap<&'a str, &'a CatalogTool>,
    siblings: Siblings,
}

impl Catalog<'_> {
    /// The tools of `domain`, and those that explain them.
    fn around(&self, domain: &Domain) -> Result<Vec<CatalogTool>> {
        let find = |id: &String| {
            let tool = self.by_id.get(id.as_str()).copied();
            tool.with_context(|| format!("domain `{}` names tool `{id}`, which is not in tools.jsonl", domain.name))
        };
        let mine: Vec<&CatalogTool> = domain.tools.iter().map(find).collect::<Result<_>>()?;
        let others =
            self.siblings.of(&mine).into_iter().map(|i| &self.tools[i]).filter(|tool| domain.tools.binary_search(&tool.id).is_err());
        Ok(mine.iter().copied().chain(others).cloned().collect())
    }
}

fn one(domain: &Domain, catalog: &Catalog<'_>, out: &Path, args: &MaterializeArgs, runtime: &Runtime) -> Result<DomainReport> {
    let name = &domain.name;
    let mine = catalog.around(domain)?;
    let input = Digest::of(&serde_json::to_vec(&(domain, &mine))?);
    let unit = Unit::new(out, &format!("materialize-{name}"), args, &[input])?;
    let report_path = out.join("domains").join(format!("{name}.json"));
    if unit.is_done() {
        return files::read_json(&report_path);
    }
    let options = Options { seed: args.data_seed, rows: args.rows as usize, now: args.now.clone() };
    let made = materialize(domain, &mine, &options, runtime)?;
    let mut outputs = write_sources(&out.join("domains").join(name), made.sources.as_ref())?;
    files::write_json(&report_path, &made.report)?;
    outputs.push(report_path);
    let pack_path = out.join("packs").join(format!("{name}.wasm"));
    match &made.pack {
        Some(bytes) => {
            files::write(&pack_path, bytes)?;
            outputs.push(pack_path);
        }
        None if pack_path.exists() => fs::remove_file(&pack_path).with_context(|| format!("cannot remove `{}`", pack_path.display()))?,
        None => {}
    }
    unit.done(&outputs)?;
    Ok(made.report)
}

/// Writes the sources below `folder`, which holds nothing else afterwards.
fn write_sources(folder: &Path, sources: Option<&wardian_compiler::Sources>) -> Result<Vec<PathBuf>> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot replace `{}`", folder.display()))?;
    }
    let mut written = Vec::new();
    for (name, text) in sources.iter().flat_map(|sources| &sources.texts) {
        let path = folder.join(name);
        files::write(&path, text.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}

fn summarize(reports: &[DomainReport]) -> Summary {
    let mut left_out = BTreeMap::new();
    for tool in reports.iter().flat_map(|r| &r.left_out) {
        let word = match tool.stage {
            Stage::Rules => "rules",
            Stage::Compile => "compile",
            Stage::SelfCheck => "self_check",
        };
        *left_out.entry(word.to_owned()).or_insert(0) += 1;
    }
    let materialized = reports.iter().map(|r| r.tools_out).sum();
    Summary {
        tools_in: reports.iter().map(|r| r.tools_in).sum(),
        materialized,
        left_out,
        self_checks_passed: materialized,
        packs: reports.iter().filter(|r| r.no_pack.is_none()).count(),
        no_pack: reports.iter().filter_map(|r| Some((r.domain.clone(), r.no_pack.clone()?))).collect(),
    }
}

fn text(summary: &Summary, out: &Path) -> String {
    let left: Vec<String> = summary.left_out.iter().map(|(step, count)| format!("{count} at {step}")).collect();
    let left = if left.is_empty() { "none".to_owned() } else { left.join(", ") };
    let mut lines = format!("{} of {} tools in {} packs; left out: {left}\n", summary.materialized, summary.tools_in, summary.packs);
    for (domain, reason) in &summary.no_pack {
        lines.push_str(&format!("no pack for {domain}: {reason}\n"));
    }
    format!("{lines}→ {}\n", out.display())
}
