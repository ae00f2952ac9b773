//! Worlds of all domains of a graph, in a folder.

use super::tools::Tools;
use super::{MaterializeArgs, Summary};
use crate::commands::{catalog, graph};
use crate::stage::Unit;
use crate::{files, ui, ui::Ui};
use anyhow::{Context, Result};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use wardian_env::Runtime;
use wardian_format::graph::Domain;
use wardian_graph::GraphOptions;
use wardian_materialize::{Coverage, DomainReport, Options, materialize};

/// As [`stage`], for a description: first `out`/catalog.jsonl, then `out`/graph.
pub(super) fn of_document(document: &Path, out: &Path, args: &MaterializeArgs, runtime: &Runtime, ui: &Ui) -> Result<Summary> {
    let pool = out.join("catalog.jsonl");
    let imported = catalog::into_catalog(document, &pool, ui).with_context(|| super::one::refused(document))?;
    ui.note(&format!("{} tools of {} in {}", ui::count(imported.tools), document.display(), pool.display()));
    let summary = of_catalog(&pool, out, args, runtime, ui)?;
    Ok(Summary { not_imported: Some(imported.skipped), ..summary })
}

/// As [`stage`], for a catalogue: first `out`/graph, as `wardian graph build` makes it without further options.
pub(super) fn of_catalog(pool: &Path, out: &Path, args: &MaterializeArgs, runtime: &Runtime, ui: &Ui) -> Result<Summary> {
    let folder = out.join("graph");
    let made = graph::stage(pool, &folder, &GraphOptions::default())?;
    ui.note(&format!("{} domains of {} tools in {}", ui::count(made.stats.domains), ui::count(made.stats.tools), folder.display()));
    drop(made);
    ui::check_interrupt()?;
    stage(&folder, out, args, runtime, ui)
}

/// Materializes every domain of the graph in `graph` into `out`/domains and `out`/packs.
pub(crate) fn stage(graph: &Path, out: &Path, args: &MaterializeArgs, runtime: &Runtime, ui: &Ui) -> Result<Summary> {
    let options = args.options()?;
    let list: Vec<Domain> = files::read_jsonl(&graph.join("domains.jsonl"))?;
    let tools = Tools::read(&graph.join("tools.jsonl"))?;
    let bar = ui.bar("materialize", list.iter().map(|domain| domain.tools.len()).sum());
    let work = Work { tools: &tools, out, args, options: &options, runtime };
    let sum = |domain: &Domain| -> Result<Sum> {
        ui::check_interrupt()?;
        let sum = Sum::of(&work.one(domain).with_context(|| format!("cannot materialize the domain `{}`", domain.name))?);
        bar.steps(domain.tools.len(), &domain.name);
        Ok(sum)
    };
    // Only sums are kept: the reports of thousands of domains are in their files.
    let all = list.par_iter().map(sum).try_reduce(Sum::default, |a, b| Ok(a.and(b)))?;
    Ok(Summary::of(&all.coverage, all.no_pack))
}

/// What is kept of reports.
#[derive(Default)]
struct Sum {
    coverage: Coverage,
    no_pack: BTreeMap<String, String>,
}

impl Sum {
    fn of(report: &DomainReport) -> Self {
        let mut coverage = Coverage::default();
        coverage.add(report);
        Self { coverage, no_pack: report.no_pack.iter().map(|why| (report.domain.clone(), why.clone())).collect() }
    }

    fn and(mut self, other: Self) -> Self {
        self.coverage.merge(&other.coverage);
        self.no_pack.extend(other.no_pack);
        self
    }
}

struct Work<'a> {
    tools: &'a Tools,
    out: &'a Path,
    args: &'a MaterializeArgs,
    options: &'a Options,
    runtime: &'a Runtime,
}

impl Work<'_> {
    fn one(&self, domain: &Domain) -> Result<DomainReport> {
        let name = &domain.name;
        let around = self.tools.around(domain)?;
        let unit = Unit::new(self.out, &format!("materialize-{name}"), self.args, &[around.input])?;
        let report_path = self.out.join("domains").join(format!("{name}.json"));
        if unit.is_done() {
            return files::read_json(&report_path);
        }
        let made = materialize(domain, &around.tools, self.options, self.runtime)?;
        let mut outputs = write_sources(&self.out.join("domains").join(name), made.sources.as_ref())?;
        files::write_json(&report_path, &made.report)?;
        outputs.push(report_path);
        let pack_path = self.out.join("packs").join(format!("{name}.wasm"));
        match &made.pack {
            Some(bytes) => {
                files::write(&pack_path, bytes)?;
                outputs.push(pack_path);
            }
            None if pack_path.exists() => {
                fs::remove_file(&pack_path).with_context(|| format!("cannot remove `{}`", pack_path.display()))?
            }
            None => {}
        }
        unit.done(&outputs)?;
        Ok(made.report)
    }
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
