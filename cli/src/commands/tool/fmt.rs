//! `wardian tool fmt`

use crate::packs::sources::{origin, read_sources};
use crate::{Verdict, files, ui::Ui};
use anyhow::Result;
use serde_json::json;
use std::path::PathBuf;

/// Changes white space alone: what the tools mean and compile to stays the same.
///
/// With --check nothing is written, and the exit status is 1 where a file would change.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of sources
    folder: PathBuf,
    /// Only say which files would change
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let sources = read_sources(&args.folder)?;
    let mut changed = Vec::new();
    for path in sources.tool_paths() {
        let text = sources.get(path).unwrap_or_default();
        let laid_out = wardian_compiler::format(text);
        if laid_out != text {
            changed.push(path);
            if !args.check {
                files::write(&origin(&args.folder, path)?, laid_out.as_bytes())?;
            }
        }
    }
    ui.result(&json!({"changed": changed}), || changed.iter().map(|path| format!("{path}\n")).collect())?;
    Ok(if args.check && !changed.is_empty() { Verdict::Negative } else { Verdict::Well })
}
