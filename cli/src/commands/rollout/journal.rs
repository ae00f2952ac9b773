//! The journal of a rollout: finished episodes, appended as they end.

use crate::files;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use wardian_format::{Digest, Trajectory, jsonl};

/// An open journal. Its name holds the key of the work, so that one of other tasks or options is never mixed in.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    earlier: Vec<Trajectory>,
}

impl Journal {
    /// Opens the journal of `name`, with what an interrupted run left. A last line that was cut by the
    /// interruption is dropped; any other broken line is an error.
    pub(crate) fn open(folder: &Path, name: &str, key: Digest) -> Result<Self> {
        let path = folder.join(".stamps").join(format!("{name}-{}.journal", key.short()));
        let what = || format!("cannot open the journal `{}`", path.display());
        fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(what)?;
        let earlier = if path.exists() { read(&path)? } else { Vec::new() };
        // Rewritten whole, so that a line cut short is gone before anything follows it.
        files::write_jsonl(&path, &earlier)?;
        let file = OpenOptions::new().append(true).open(&path).with_context(what)?;
        Ok(Self { path, file, earlier })
    }

    /// Ids of the episodes that it has.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.earlier.iter().map(|t| t.id.clone()).collect()
    }

    /// The episodes that it had when it was opened.
    pub(crate) fn take(&mut self) -> Vec<Trajectory> {
        std::mem::take(&mut self.earlier)
    }

    /// Adds an episode.
    pub(crate) fn append(&mut self, trajectory: &Trajectory) -> Result<()> {
        let line = jsonl::line(trajectory);
        self.file.write_all(line.as_bytes()).with_context(|| format!("cannot append to the journal `{}`", self.path.display()))
    }

    /// Removes the file; the results are elsewhere by now.
    pub(crate) fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn read(path: &Path) -> Result<Vec<Trajectory>> {
    let what = || format!("cannot read the journal `{}`", path.display());
    let mut reader = BufReader::new(File::open(path).with_context(what)?);
    let mut whole = Vec::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).with_context(what)? > 0 {
        if line.last() == Some(&b'\n') {
            whole.extend_from_slice(&line);
        }
        line.clear();
    }
    Ok(jsonl::read(whole.as_slice(), &path.display().to_string())?)
}
