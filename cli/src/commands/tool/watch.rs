//! Runs something again whenever a source changes.

use crate::packs::sources::{folders, read_sources};
use crate::{Verdict, ui, ui::Ui};
use anyhow::{Context, Result};
use notify_debouncer_mini::new_debouncer;
use notify_debouncer_mini::notify::RecursiveMode;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long a folder must be quiet before its changes count: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(80);

/// How often it is looked whether the user pressed Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(100);

/// Runs `once` now and after each change of the sources in `folder`, until the user presses Ctrl-C. An error of `once` is shown
/// and does not end it: the next change may mend it.
pub(super) fn watch(folder: &Path, ui: &Ui, once: impl Fn() -> Result<Verdict>) -> Result<Verdict> {
    let cannot = || format!("cannot watch `{}`", folder.display());
    let (changes, changed) = channel();
    let mut watcher = new_debouncer(QUIET, changes).with_context(cannot)?;
    for layer in folders(folder)? {
        watcher.watcher().watch(&layer, RecursiveMode::Recursive).with_context(cannot)?;
    }
    let mut seen = None;
    loop {
        let sources = read_sources(folder);
        // A folder that is changed beside its sources, a build folder of a guest say, says nothing new.
        if seen.is_none() || !matches!((&seen, &sources), (Some(Some(seen)), Ok(sources)) if seen == sources) {
            if let Err(error) = once() {
                ui.error(&error);
            }
            ui.note(&format!("watching `{}`; Ctrl-C ends it", folder.display()));
        }
        seen = Some(sources.ok());
        loop {
            ui::check_interrupt()?;
            match changed.recv_timeout(PATIENCE) {
                Ok(_) => break,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => anyhow::bail!("`{}` can no longer be watched", folder.display()),
            }
        }
    }
}
