//! `wardian cache stats | clear`

use crate::{Verdict, engine, ui, ui::Ui};
use anyhow::{Context, Result};
use serde_json::json;

/// Commands on the cache.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Show where it is and what it holds
    ///
    /// `tampered` counts entries that were not what Wardian had written. They were not loaded but compiled anew.
    Stats,
    /// Remove every entry
    Clear,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    let path = engine::cache_path().context("there is no cache: neither WARDIAN_CACHE_DIR, XDG_CACHE_HOME nor HOME is set")?;
    let folder = engine::open_cache(path.clone())?;
    if let Command::Clear = command {
        let bytes = folder.clear()?;
        ui.result(&json!({"folder": path, "removed_bytes": bytes}), || {
            format!("removed {} from {}\n", ui::bytes(bytes as usize), path.display())
        })?;
        return Ok(Verdict::Well);
    }
    let usage = folder.usage()?;
    let document = json!({
        "folder": path, "entries": usage.entries, "bytes": usage.bytes, "bytes_max": usage.bytes_max, "tampered": usage.tampered,
    });
    ui.result(&document, || {
        let (bytes, max) = (ui::bytes(usage.bytes as usize), ui::bytes(usage.bytes_max as usize));
        format!("folder   {}\nentries  {}\nsize     {bytes} of {max}\ntampered {}\n", path.display(), usage.entries, usage.tampered)
    })?;
    Ok(Verdict::Well)
}
