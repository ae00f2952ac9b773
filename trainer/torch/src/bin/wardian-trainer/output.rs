//! The folder of a training: model, checkpoints, metrics, curves.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use wardian_torch::{Training, save};
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::checkpoint::write_text;
use wardian_trainer::curves::{EventFile, Line, Writer, read, svg, truncate_after};
use wardian_trainer::plan::Plan;

const CHECKPOINTS: &str = "checkpoints";
const METRICS: &str = "metrics.jsonl";
const CURVES: &str = "curves.svg";
const PLAN: &str = "plan.toml";

/// Writes what a training leaves behind.
pub(crate) struct Output {
    folder: PathBuf,
    keep: usize,
    metrics: Writer,
    events: EventFile,
}

/// The latest whole checkpoint of `out`, with its step.
pub(crate) fn latest(out: &Path) -> Option<(usize, PathBuf)> {
    checkpoints(out).pop()
}

/// Whole checkpoints, the oldest first.
fn checkpoints(out: &Path) -> Vec<(usize, PathBuf)> {
    let entries = fs::read_dir(out.join(CHECKPOINTS)).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut all: Vec<(usize, PathBuf)> = entries
        .filter_map(|path| Some((path.file_name()?.to_str()?.strip_prefix("step-")?.parse().ok()?, path)))
        .filter(|(_, path)| path.join("training.json").exists())
        .collect();
    all.sort_unstable();
    all
}

/// Forgets an earlier training. A folder with other things in it is left alone, which is an error.
pub(crate) fn forget(out: &Path) -> Result<()> {
    let is_empty = fs::read_dir(out).map_or(true, |mut entries| entries.next().is_none());
    if is_empty {
        return Ok(());
    }
    if !out.join(PLAN).exists() {
        bail!("`{}` is no folder of a training, and not empty: give another `out`", out.display());
    }
    for name in [CHECKPOINTS, "tensorboard"] {
        let path = out.join(name);
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
    }
    for name in [METRICS, CURVES] {
        let path = out.join(name);
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
    }
    Ok(())
}

impl Output {
    /// Opens the folder of a training after `done` steps; what was written of later steps is taken back.
    pub(crate) fn open(plan: &Plan, done: usize) -> Result<Self> {
        let folder = plan.out.clone();
        fs::create_dir_all(folder.join(CHECKPOINTS)).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let path = folder.join(METRICS);
        truncate_after(&path, done)?;
        put(&folder.join(PLAN), &toml::to_string(plan)?)?;
        let seconds = now().as_secs();
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = host.trim();
        let events = EventFile::create(&folder.join("tensorboard"), seconds, if host.is_empty() { "host" } else { host }, done)?;
        Ok(Self { folder, keep: plan.checkpoint.keep, metrics: Writer::open(&path)?, events })
    }

    /// A line of the metrics.
    pub(crate) fn line(&mut self, line: &Line) -> Result<()> {
        self.metrics.write(line)?;
        Ok(self.events.write(line, now().as_secs_f64())?)
    }

    /// A checkpoint, and the curves so far. Older checkpoints go.
    pub(crate) fn checkpoint(&self, training: &Training<'_>) -> Result<()> {
        training.save(&self.folder.join(CHECKPOINTS).join(format!("step-{:06}", training.done())))?;
        let mut all = checkpoints(&self.folder);
        all.truncate(all.len().saturating_sub(self.keep));
        for (_, path) in all {
            fs::remove_dir_all(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
        self.curves()
    }

    /// The picture of the curves.
    pub(crate) fn curves(&self) -> Result<()> {
        let lines = read(&self.folder.join(METRICS))?;
        let name = self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        put(&self.folder.join(CURVES), &svg(&lines, &name))
    }

    /// The model, with all that transformers and vLLM read. Of a training of adapters, the merged model, and the adapters in `adapter/`.
    pub(crate) fn model(&self, training: &Training<'_>, plan: &Plan, chat: &ChatTokenizer) -> Result<()> {
        let decoder = training.decoder();
        match decoder.adapters() {
            Some(adapters) => {
                adapters.save(&self.folder.join("adapter"), &plan.model)?;
                save(&decoder.merged(), &self.folder)?;
            }
            None => save(decoder, &self.folder)?,
        }
        Ok(write_text(&plan.model, chat, decoder.config(), plan.template.is_some(), &self.folder)?)
    }

    /// Writes a JSON file beside the model.
    pub(crate) fn json(&self, name: &str, value: &impl serde::Serialize) -> Result<()> {
        put(&self.folder.join(name), &(serde_json::to_string_pretty(value)? + "\n"))
    }
}

/// A small file, under another name until it is whole.
fn put(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text).and_then(|()| fs::rename(&new, path)).with_context(|| format!("cannot write `{}`", path.display()))
}

fn now() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
