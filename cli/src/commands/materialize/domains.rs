//! Worlds of all domains of a graph, in a folder.

use super::authors::{Authored, Authors};
use super::tools::Tools;
use super::{MaterializeArgs, Summary};
use crate::commands::{catalog, graph};
use crate::stage::Unit;
use crate::{files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use wardian_env::Runtime;
use wardian_format::graph::{Domain, GraphStats};
use wardian_format::names::untrusted;
use wardian_graph::GraphOptions;
use wardian_materialize::{Coverage, DomainReport, Options, materialize};

/// Characters of a domain's name.
const NAME_CHARS_MAX: usize = 200;

/// By what domains are materialized.
pub(super) struct By<'a> {
    pub(super) args: &'a MaterializeArgs,
    pub(super) authors: Option<&'a Authors>,
    pub(super) runtime: &'a Runtime,
}

/// As [`stage`], for a description: first `out`/catalog.jsonl, then `out`/graph.
pub(super) fn of_document(document: &Path, out: &Path, by: &By<'_>, ui: &Ui) -> Result<Summary> {
    let pool = out.join("catalog.jsonl");
    let imported = catalog::into_catalog(document, &pool, ui).with_context(|| super::one::refused(document))?;
    ui.note(&format!("{} tools of {} in {}", ui::count(imported.tools), document.display(), pool.display()));
    let summary = of_catalog(&pool, out, by, ui)?;
    Ok(Summary { not_imported: Some(imported.skipped), ..summary })
}

/// As [`stage`], for a catalogue: first `out`/graph, as `wardian graph build` makes it without further options.
pub(super) fn of_catalog(pool: &Path, out: &Path, by: &By<'_>, ui: &Ui) -> Result<Summary> {
    let folder = out.join("graph");
    let made = graph::stage(pool, &folder, &GraphOptions::default())?;
    ui.note(&format!("{} domains of {} tools in {}", ui::count(made.stats.domains), ui::count(made.stats.tools), folder.display()));
    drop(made);
    ui::check_interrupt()?;
    of_graph(&folder, out, by, ui)
}

/// Materializes every domain of the graph in `graph` into `out`/domains and `out`/packs.
pub(crate) fn stage(graph: &Path, out: &Path, args: &MaterializeArgs, runtime: &Runtime, ui: &Ui) -> Result<Summary> {
    of_graph(graph, out, &By { args, authors: None, runtime }, ui)
}

/// As [`stage`], with a model where there is one.
pub(super) fn of_graph(graph: &Path, out: &Path, by: &By<'_>, ui: &Ui) -> Result<Summary> {
    let options = by.args.options()?;
    let list = read(graph)?;
    let tools = Tools::read(&graph.join("tools.jsonl"))?;
    let bar = ui.bar("materialize", list.iter().map(|domain| domain.tools.len()).sum());
    let work = Work { tools: &tools, out, by, options: &options };
    let sum = |domain: &Domain| -> Result<Sum> {
        ui::check_interrupt()?;
        let sum = Sum::of(&work.one(domain).with_context(|| format!("cannot materialize the domain `{}`", domain.name))?);
        bar.steps(domain.tools.len(), &domain.name);
        Ok(sum)
    };
    // Only sums are kept: the reports of thousands of domains are in their files.
    let every = || list.par_iter().map(sum).try_reduce(Sum::default, |a, b| Ok(a.and(b)));
    // Who waits for answers needs threads of its own: as many as requests may be under way.
    let all = match by.authors {
        Some(authors) => authors.threads()?.install(every)?,
        None => every()?,
    };
    let all = match unplaced(graph, out, &list, &tools)? {
        Some(report) => all.and(Sum::of(&report)),
        None => all,
    };
    Ok(Summary { author: by.authors.map(|_| all.author), ..Summary::of(&all.coverage, all.no_pack) })
}

/// Reports the tools of a graph that are in no domain. Where the list of domains is not the graph's own, somebody chose among them.
fn unplaced(graph: &Path, out: &Path, list: &[Domain], tools: &Tools) -> Result<Option<DomainReport>> {
    let path = graph.join("graph.json");
    if !path.is_file() || files::read_json::<GraphStats>(&path)?.domains != list.len() {
        return Ok(None);
    }
    let outside = tools.outside(list)?;
    if outside.is_empty() {
        return Ok(None);
    }
    let free = |name: &String| list.iter().all(|domain| domain.name != *name);
    let mut names = std::iter::once("unplaced".to_owned()).chain((2..).map(|n| format!("unplaced-{n}")));
    let report = DomainReport::unplaced(names.find(free).context("there is a free name")?, &outside);
    files::write_json(&out.join("domains").join(format!("{}.json", report.domain)), &report)?;
    Ok(Some(report))
}

/// The domains of a graph. Their names become those of files, so each must be a slug of its own.
pub(super) fn read(graph: &Path) -> Result<Vec<Domain>> {
    let path = graph.join("domains.jsonl");
    let list: Vec<Domain> = files::read_jsonl(&path)?;
    let mut names = BTreeSet::new();
    for (domain, number) in list.iter().zip(1..) {
        let name = untrusted(&domain.name, NAME_CHARS_MAX);
        let is_slug = domain.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if domain.name.is_empty() || domain.name.len() > NAME_CHARS_MAX || !is_slug {
            bail!(
                "`{}`: domain {number} is called `{name}`, and a name has letters, digits, `-` and `_`, at most {NAME_CHARS_MAX}",
                path.display()
            );
        }
        if !names.insert(&domain.name) {
            bail!("`{}`: domain {number} is called `{name}`, as one before it", path.display());
        }
    }
    Ok(list)
}

/// What is kept of reports.
#[derive(Default)]
struct Sum {
    coverage: Coverage,
    no_pack: BTreeMap<String, String>,
    author: Authored,
}

impl Sum {
    fn of(report: &DomainReport) -> Self {
        let mut coverage = Coverage::default();
        coverage.add(report);
        let author = report.author.as_ref().map(|author| Authored::of(&report.domain, author)).unwrap_or_default();
        Self { author, coverage, no_pack: report.no_pack.iter().map(|why| (report.domain.clone(), why.clone())).collect() }
    }

    fn and(mut self, other: Self) -> Self {
        self.coverage.merge(&other.coverage);
        self.no_pack.extend(other.no_pack);
        self.author.add(&other.author);
        self
    }
}

struct Work<'a> {
    tools: &'a Tools,
    out: &'a Path,
    by: &'a By<'a>,
    options: &'a Options,
}

/// What decides about a domain besides its tools.
#[derive(Serialize)]
struct Key<'a> {
    args: &'a MaterializeArgs,
    author: Option<serde_json::Value>,
}

impl Work<'_> {
    fn one(&self, domain: &Domain) -> Result<DomainReport> {
        let name = &domain.name;
        let around = self.tools.around(domain)?;
        let unit = {
            let key = Key { args: self.by.args, author: self.by.authors.map(Authors::key) };
            Unit::new(self.out, &format!("materialize-{name}"), &key, &[around.input])?
        };
        let report_path = self.out.join("domains").join(format!("{name}.json"));
        if unit.is_done() {
            return files::read_json(&report_path);
        }
        let made = materialize(domain, &around.tools, self.options, self.by.runtime)?;
        let made = match self.by.authors {
            Some(authors) => authors.work(domain, &around.tools, self.options, &made, self.by.runtime)?,
            None => made,
        };
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
        // What the model could not be asked about is asked when the command runs again.
        if made.report.author.as_ref().is_none_or(|author| author.stopped.is_none()) {
            unit.done(&outputs)?;
        }
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
