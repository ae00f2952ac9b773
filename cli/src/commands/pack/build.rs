//! `wardian pack build`

use crate::files::Take;
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_format::Digest;

/// Most bytes of sources that are read: seed data may be large, a folder named by mistake may be larger.
const SOURCES_BYTES_MAX: usize = 1 << 30;

/// Builds a pack from a folder of sources. The same sources give the same bytes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder with pack.toml, schema.sql, tools.sql, data/
    folder: PathBuf,
    /// The pack to write
    #[arg(long, short)]
    out: PathBuf,
    /// Also write the pack's world as WIT text
    #[arg(long)]
    wit: Option<PathBuf>,
}

/// What `pack build --json` prints.
#[derive(Serialize)]
struct Summary {
    digest: Digest,
    bytes: usize,
    tools: usize,
    warnings: Vec<String>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let (bytes, compiled) = build_folder(&args.folder)?;
    for warning in &compiled.warnings {
        ui.note(&warning.to_string());
    }
    files::write(&args.out, &bytes)?;
    if let Some(path) = &args.wit {
        files::write(path, compiled.wit.as_bytes())?;
    }
    let summary = Summary {
        digest: Digest::of(&bytes),
        bytes: bytes.len(),
        tools: compiled.parts.manifest.tools.len(),
        warnings: compiled.warnings.iter().map(|w| w.message.clone()).collect(),
    };
    ui.result(&summary, || {
        format!("{} tools, {} → {}\n{}\n", summary.tools, ui::bytes(summary.bytes), args.out.display(), summary.digest)
    })?;
    Ok(Verdict::Well)
}

/// Reads the sources of a pack.
pub(crate) fn read_sources(folder: &Path) -> Result<Sources> {
    if !folder.is_dir() {
        bail!("`{}` is no folder; a pack is built from a folder with pack.toml, schema.sql and tools.sql", folder.display());
    }
    let tree = files::read_tree(folder, SOURCES_BYTES_MAX, take)?;
    let name = |path: String| path.trim_start_matches("guests/").trim_end_matches(".wasm").to_owned();
    let guests = tree.binaries.into_iter().map(|(path, bytes)| (name(path), bytes)).collect();
    Ok(Sources { texts: tree.texts, guests })
}

/// Guests are components; the folders beside them hold what they are made of, which is no part of a pack.
fn take(path: &str) -> Take {
    match path.strip_prefix("guests/") {
        Some(guest) if guest.ends_with('/') => Take::Skip,
        Some(guest) if guest.ends_with(".wasm") => Take::Bytes,
        // A pack that was built into its own folder, and its signature.
        None if path.ends_with(".wasm") || path.ends_with(".minisig") => Take::Skip,
        _ => Take::Text,
    }
}

/// Builds the pack in `folder`.
fn build_folder(folder: &Path) -> Result<(Vec<u8>, wardian_compiler::Compiled)> {
    let sources = read_sources(folder)?;
    let compiled = compile_pack(&sources, Validation::Checked).with_context(|| format!("cannot build `{}`", folder.display()))?;
    let bytes = wardian_pack::write(&compiled.parts)?;
    Ok((bytes, compiled))
}
