//! `wardian catalog import | show`

use crate::stage::Unit;
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_catalog::{Document, Import, ImportOptions, embedded, import};
use wardian_format::{CatalogTool, Digest};

/// Commands on catalogues.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Import API descriptions: OpenAPI 2/3, AWS service models, Google discovery, MCP tools/list, function JSON, JSONL
    Import(ImportArgs),
    /// Show tools of a catalogue whose id, name or description contains a word
    Show(ShowArgs),
}

/// Reads descriptions and writes a catalogue, and beside it `NAME.skipped.jsonl` with what was left out and why.
#[derive(clap::Args)]
pub(crate) struct ImportArgs {
    /// Descriptions, or folders of them; without any, the ones that ship with Wardian
    documents: Vec<PathBuf>,
    /// The catalogue to write (JSON lines)
    #[arg(long, short)]
    out: PathBuf,
    /// Who offers the API, where the description does not say
    #[arg(long)]
    provider: Option<String>,
    /// Licence of the descriptions (SPDX), where they do not say
    #[arg(long)]
    license: Option<String>,
}

/// Prints tools.
#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    /// The catalogue
    catalog: PathBuf,
    /// What to look for; upper and lower case do not matter
    word: String,
}

/// What `catalog import --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) documents: usize,
    pub(crate) tools: usize,
    pub(crate) skipped: usize,
    /// Tools a provider.
    pub(crate) providers: BTreeMap<String, usize>,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Import(args) => run_import(args, ui),
        Command::Show(args) => show(args, ui),
    }
}

fn run_import(args: &ImportArgs, ui: &Ui) -> Result<Verdict> {
    let documents = if args.documents.is_empty() { embedded() } else { read_documents(args)? };
    let summary = stage(&documents, &args.out)?;
    let skipped = skipped_path(&args.out);
    ui.result(&summary, || {
        let mut out = format!("{} tools from {} documents → {}\n", ui::count(summary.tools), summary.documents, args.out.display());
        if summary.skipped > 0 {
            out.push_str(&format!("{} left out; the reasons are in {}\n", ui::count(summary.skipped), skipped.display()));
        }
        out
    })?;
    Ok(Verdict::Well)
}

fn read_documents(args: &ImportArgs) -> Result<Vec<Document>> {
    let paths = files::expand(&args.documents, &["json", "jsonl", "yaml", "yml"])?;
    let read = |path: &PathBuf| {
        let mut document = Document::new(path.display().to_string(), files::read(path)?);
        document.provider.clone_from(&args.provider);
        document.license.clone_from(&args.license);
        Ok(document)
    };
    paths.iter().map(read).collect()
}

fn skipped_path(out: &Path) -> PathBuf {
    out.with_extension("skipped.jsonl")
}

/// Imports `documents` into the file `out`.
pub(crate) fn stage(documents: &[Document], out: &Path) -> Result<Summary> {
    let folder = out.parent().unwrap_or(Path::new(""));
    let inputs: Vec<Digest> = documents.iter().map(|d| Digest::of(&d.bytes)).collect();
    let names: Vec<(&str, &Option<String>, &Option<String>)> =
        documents.iter().map(|d| (d.name.as_str(), &d.provider, &d.license)).collect();
    let unit = Unit::new(folder, &files::stem(out), &names, &inputs)?;
    if !unit.is_done() {
        let Import { tools, skipped } = import(documents, &ImportOptions::default());
        files::write_jsonl(&skipped_path(out), &skipped)?;
        if tools.is_empty() {
            bail!("no tool could be imported; the reasons are in `{}`", skipped_path(out).display());
        }
        files::write_jsonl(out, &tools)?;
        unit.done(&[out.to_owned(), skipped_path(out)])?;
    }
    let tools: Vec<CatalogTool> = files::read_jsonl(out)?;
    let skipped: Vec<wardian_format::catalog::Skipped> = files::read_jsonl(&skipped_path(out))?;
    let mut providers = BTreeMap::new();
    for tool in &tools {
        *providers.entry(tool.origin.provider.clone()).or_insert(0) += 1;
    }
    Ok(Summary { documents: documents.len(), tools: tools.len(), skipped: skipped.len(), providers })
}

fn show(args: &ShowArgs, ui: &Ui) -> Result<Verdict> {
    let tools: Vec<CatalogTool> = files::read_jsonl(&args.catalog)?;
    let word = args.word.to_lowercase();
    let fits = |tool: &&CatalogTool| [&tool.id, &tool.name, &tool.description].iter().any(|text| text.to_lowercase().contains(&word));
    let found: Vec<&CatalogTool> = tools.iter().filter(fits).collect();
    ui.result(&found, || {
        let line = |tool: &&CatalogTool| {
            let summary = wardian_format::names::untrusted(&tool.description, 80);
            format!(
                "{}\n    {} {}\n    {summary}\n",
                tool.id,
                tool.origin.method.as_deref().unwrap_or("-"),
                tool.origin.path.as_deref().unwrap_or("-")
            )
        };
        found.iter().map(line).collect()
    })?;
    Ok(if found.is_empty() { Verdict::Negative } else { Verdict::Well })
}

/// Reads a catalogue.
pub(crate) fn read(path: &Path) -> Result<Vec<CatalogTool>> {
    let tools: Vec<CatalogTool> = files::read_jsonl(path).context("a catalogue is what `wardian catalog import` writes")?;
    if tools.is_empty() {
        bail!("`{}` holds no tool", path.display());
    }
    Ok(tools)
}
