//! `wardian catalog import | fetch | stats | search | show`

mod fetch;
mod import;
mod look;

use crate::stage::Unit;
use crate::{Verdict, files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_catalog::{Document, Import, ImportOptions, store};
use wardian_format::{CatalogTool, Digest};

/// Commands on catalogues.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Import API descriptions: OpenAPI 2/3, AWS service models, Google discovery, MCP tools/list, function JSON, JSONL
    Import(import::Args),
    /// Get the three large public collections of descriptions, in the versions that Wardian was tried with
    Fetch(fetch::Args),
    /// Count a catalogue: tools by source, provider and licence; parameters, results, sizes
    Stats(look::StatsArgs),
    /// Find tools by words in their name, description and parameters; the best first
    Search(look::SearchArgs),
    /// Show one tool in full
    Show(look::ShowArgs),
}

/// What `catalog import --json` prints.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) documents: usize,
    pub(crate) tools: usize,
    pub(crate) skipped: usize,
    /// Documents that gave way to a newer version of their API; they are among the skipped.
    pub(crate) superseded: usize,
    /// Tools that were merged into an equal one.
    pub(crate) merged: usize,
    /// Tools a provider.
    pub(crate) providers: BTreeMap<String, usize>,
}

impl Summary {
    fn of(import: &Import) -> Self {
        let mut providers = BTreeMap::new();
        for tool in &import.tools {
            *providers.entry(tool.origin.provider.clone()).or_insert(0) += 1;
        }
        Self {
            documents: import.documents,
            tools: import.tools.len(),
            skipped: import.skipped.len(),
            superseded: import.superseded,
            merged: import.merged,
            providers,
        }
    }
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Import(args) => import::run(args, ui),
        Command::Fetch(args) => fetch::run(args, ui),
        Command::Stats(args) => look::stats(args, ui),
        Command::Search(args) => look::search(args, ui),
        Command::Show(args) => look::show(args, ui),
    }
}

pub(crate) fn skipped_path(out: &Path) -> PathBuf {
    let plain = if out.extension().is_some_and(|extension| extension == "zst") { out.with_extension("") } else { out.to_owned() };
    plain.with_extension("skipped.jsonl")
}

pub(crate) use import::{into_catalog, one_document};

/// Imports `documents` into the file `out`.
pub(crate) fn stage(documents: &[Document], out: &Path) -> Result<Summary> {
    let inputs: Vec<Digest> = documents.iter().map(|d| Digest::of(&d.bytes)).collect();
    let names: Vec<(&str, &Option<String>, &Option<String>)> =
        documents.iter().map(|d| (d.name.as_str(), &d.provider, &d.license)).collect();
    let folder = out.parent().unwrap_or(Path::new(""));
    let unit = Unit::new(folder, &files::stem(out), &names, &inputs)?;
    if !unit.is_done() {
        let import = wardian_catalog::import(documents, &ImportOptions::default());
        write(&import, out)?;
        unit.done(&[out.to_owned(), skipped_path(out)])?;
        return Ok(Summary::of(&import));
    }
    let stats = wardian_catalog::Stats::of(files::open(out)?, &out.display().to_string())?;
    let skipped: Vec<wardian_format::catalog::Skipped> = files::read_jsonl(&skipped_path(out))?;
    let (tools, providers) = (stats.tools, stats.providers);
    Ok(Summary { documents: documents.len(), tools, skipped: skipped.len(), providers, ..Summary::default() })
}

/// Writes a catalogue, and beside it what was left out. Without any tool that is an error.
fn write(import: &Import, out: &Path) -> Result<()> {
    files::write_jsonl(&skipped_path(out), &import.skipped)?;
    if import.tools.is_empty() {
        let first = import.skipped.first().map_or_else(String::new, |s| format!(", the first is: {}: {}", s.at, s.reason));
        bail!("no tool could be imported; the reasons are in `{}`{first}", skipped_path(out).display());
    }
    files::write_jsonl(out, &import.tools)
}

/// Reads a catalogue: JSON lines, as they are or packed by Zstandard or gzip.
pub(crate) fn read(path: &Path) -> Result<Vec<CatalogTool>> {
    let tools =
        store::read(files::open(path)?, &path.display().to_string()).context("a catalogue is what `wardian catalog import` writes")?;
    if tools.is_empty() {
        bail!("`{}` holds no tool", path.display());
    }
    Ok(tools)
}
