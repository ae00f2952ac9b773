//! `wardian pack build`

use crate::packs::sources::read_sources;
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_compiler::{Validation, compile_pack};
use wardian_format::Digest;

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

/// Builds the pack in `folder`.
fn build_folder(folder: &Path) -> Result<(Vec<u8>, wardian_compiler::Compiled)> {
    let sources = read_sources(folder)?;
    let compiled = compile_pack(&sources, Validation::Checked).with_context(|| format!("cannot build `{}`", folder.display()))?;
    let bytes = wardian_pack::write(&compiled.parts)?;
    Ok((bytes, compiled))
}
