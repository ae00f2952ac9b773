//! `wardian catalog import`

use super::{Summary, skipped_path, write};
use crate::stage::Unit;
use crate::{Verdict, files, mcp, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wardian_catalog::archive::{self, ArchiveLimits, Sink};
use wardian_catalog::{Document, Import, ImportOptions, embedded, import_from};
use wardian_format::Digest;
use wardian_format::catalog::Skipped;

/// Reasons that an error names.
const REASONS_MAX: usize = 3;
/// Files in all folders together.
const FILES_MAX: usize = 1_000_000;

/// Reads descriptions and writes a catalogue, and beside it `NAME.skipped.jsonl` with what was left out and why.
///
/// Reads files (`.json`, `.yaml`, `.jsonl`, also `.gz` and `.zst`), archives (`.tgz`, `.tar`, `.zip`, `.whl`), folders of them with all
/// that is below, and MCP servers. The format is found by looking at the content.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Descriptions, archives, or folders of them; without any, the ones that ship with Wardian
    documents: Vec<PathBuf>,
    /// The catalogue to write (JSON lines; packed where the name ends in `.zst`)
    #[arg(long, short)]
    out: PathBuf,
    /// Who offers the API, where the description does not say
    #[arg(long)]
    provider: Option<String>,
    /// Licence of the descriptions (SPDX), where they do not say
    #[arg(long)]
    license: Option<String>,
    /// Keep every version of an API, not the newest alone
    #[arg(long)]
    all_versions: bool,
    /// Start this MCP server and import its tools
    #[arg(long, value_name = "COMMAND")]
    mcp_command: Vec<String>,
    /// Import the tools of the MCP server at this address
    #[arg(long, value_name = "URL")]
    mcp_url: Vec<String>,
    /// A header for the servers at `--mcp-url`, such as `Authorization: Bearer …`
    #[arg(long, value_name = "HEADER", requires = "mcp_url")]
    mcp_header: Vec<String>,
    /// Seconds that one MCP server may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    mcp_timeout: u64,
}

pub(super) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let mcp = servers(args, ui)?;
    let summary = if args.documents.is_empty() && mcp.is_empty() { super::stage(&embedded(), &args.out)? } else { stage(args, &mcp, ui)? };
    ui.result(&summary, || text(&summary, &args.out))?;
    Ok(Verdict::Well)
}

fn text(summary: &Summary, out: &Path) -> String {
    let mut text = format!("{} tools from {} documents → {}\n", ui::count(summary.tools), ui::count(summary.documents), out.display());
    if summary.merged > 0 {
        text.push_str(&format!("{} merged into equal ones\n", ui::count(summary.merged)));
    }
    if summary.superseded > 0 {
        text.push_str(&format!("{} documents gave way to a newer version (`--all-versions` keeps them)\n", ui::count(summary.superseded)));
    }
    if summary.skipped > 0 {
        text.push_str(&format!("{} left out; the reasons are in {}\n", ui::count(summary.skipped), skipped_path(out).display()));
    }
    text
}

/// Imports the files and what the servers said into the catalogue.
fn stage(args: &Args, mcp: &[Document], ui: &Ui) -> Result<Summary> {
    let paths = expand(&args.documents)?;
    let mut inputs: Vec<Digest> = paths.iter().map(|path| files::digest(path)).collect::<Result<_>>()?;
    inputs.extend(mcp.iter().map(|document| Digest::of(&document.bytes)));
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).chain(mcp.iter().map(|d| d.name.clone())).collect();
    let options = ImportOptions { all_versions: args.all_versions, ..ImportOptions::default() };
    let key = (&names, &args.provider, &args.license, args.all_versions);
    let unit = Unit::new(args.out.parent().unwrap_or(Path::new("")), &files::stem(&args.out), &key, &inputs)?;
    let notes = skipped_path(&args.out).with_extension("").with_extension("import.json");
    if unit.is_done() {
        return files::read_json(&notes);
    }
    let template = Document { provider: args.provider.clone(), license: args.license.clone(), ..Document::default() };
    let import = read(&paths, mcp, &template, &options, ui)?;
    write(&import, &args.out)?;
    let summary = Summary::of(&import);
    files::write_json(&notes, &summary)?;
    unit.done(&[args.out.clone(), skipped_path(&args.out), notes])?;
    Ok(summary)
}

/// Imports one file, which may be an archive, into the catalogue `out`, as `catalog import` does.
pub(crate) fn into_catalog(document: &Path, out: &Path, ui: &Ui) -> Result<Summary> {
    let args = Args {
        documents: vec![document.to_owned()],
        out: out.to_owned(),
        provider: None,
        license: None,
        all_versions: false,
        mcp_command: Vec::new(),
        mcp_url: Vec::new(),
        mcp_header: Vec::new(),
        mcp_timeout: 0,
    };
    stage(&args, &[], ui)
}

/// Imports one file, which may be an archive. Without any tool that is an error with the first reasons.
pub(crate) fn one_document(document: &Path, ui: &Ui) -> Result<Import> {
    let import = read(&[document.to_owned()], &[], &Document::default(), &ImportOptions::default(), ui)?;
    if import.tools.is_empty() {
        let reasons = import.skipped.iter().take(REASONS_MAX).map(|s| format!("{}: {}", s.at, s.reason)).collect::<Vec<_>>().join("; ");
        bail!("no tool could be imported: {}", if reasons.is_empty() { "it describes none" } else { reasons.as_str() });
    }
    Ok(import)
}

/// Reads the files, and what the servers said.
fn read(paths: &[PathBuf], mcp: &[Document], template: &Document, options: &ImportOptions, ui: &Ui) -> Result<Import> {
    let limits = ArchiveLimits { document_bytes_max: options.document_bytes_max, ..ArchiveLimits::default() };
    let bar = ui.spinner("documents");
    let produce = |sink: &mut Sink<'_>| {
        let mut sink = |item| !ui::interrupted() && sink(item);
        for path in paths {
            let name = path.display().to_string();
            match std::fs::File::open(path) {
                Ok(file) => archive::read(&name, file, template, &limits, &mut sink),
                Err(error) => drop(sink(Err(Skipped { at: name, reason: format!("cannot read: {error}") }))),
            }
        }
        for document in mcp {
            sink(Ok(document.clone()));
        }
    };
    let import = import_from(produce, options, || bar.step(""));
    ui::check_interrupt()?;
    Ok(import)
}

/// Every folder replaced by the files below it that can be read, in the order of their names. A file that is named is always kept.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for path in paths {
        let kind = path.metadata().with_context(|| format!("cannot read `{}`", path.display()))?;
        if !kind.is_dir() {
            out.push(path.clone());
            continue;
        }
        let before = out.len();
        walk(path, &mut out)?;
        if out.len() == before {
            bail!("no description below `{}`: looked for .json, .yaml, .jsonl and archives of them", path.display());
        }
    }
    Ok(out)
}

/// Links to folders are not followed: they may lead in a circle.
fn walk(folder: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    let what = || format!("cannot list `{}`", folder.display());
    let mut entries: Vec<std::fs::DirEntry> =
        std::fs::read_dir(folder).with_context(what)?.collect::<std::io::Result<_>>().with_context(what)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().with_context(what)?.is_dir() {
            walk(&path, out)?;
        } else if archive::is_readable(&path.to_string_lossy().replace('\\', "/")) && path.is_file() {
            out.push(path);
        }
        if out.len() > FILES_MAX {
            bail!("more than {FILES_MAX} files below `{}`", folder.display());
        }
    }
    Ok(())
}

/// What the MCP servers say, as documents.
fn servers(args: &Args, ui: &Ui) -> Result<Vec<Document>> {
    let limit = Duration::from_secs(args.mcp_timeout);
    let mut out = Vec::new();
    let bar = ui.bar("MCP servers", args.mcp_command.len() + args.mcp_url.len());
    for command in &args.mcp_command {
        let listed = mcp::stdio::list(command, limit).with_context(|| format!("cannot import from the MCP server `{command}`"))?;
        out.push(document(listed, args)?);
        bar.step(command);
    }
    for url in &args.mcp_url {
        let listed =
            mcp::http::list(url, &args.mcp_header, limit).with_context(|| format!("cannot import from the MCP server at `{url}`"))?;
        out.push(document(listed, args)?);
        bar.step(url);
    }
    Ok(out)
}

fn document(listed: mcp::Listed, args: &Args) -> Result<Document> {
    let text = serde_json::to_string(&serde_json::json!({"tools": listed.tools}))?;
    Ok(Document {
        provider: Some(args.provider.clone().unwrap_or_else(|| "mcp".to_owned())),
        service: Some(listed.server.clone()),
        license: args.license.clone(),
        ..Document::new(format!("mcp:{}", listed.server), text.into_bytes())
    })
}
