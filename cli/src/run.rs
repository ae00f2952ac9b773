//! The folder of a run: where each stage puts its files, and the digest of them all.

use crate::files;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use wardian_format::{Digest, digest};

/// What counts as data in a run; everything else (times, stamps, reports) is outside its digest.
const DATA: &[&str] =
    &["catalog.jsonl", "catalog.skipped.jsonl", "graph", "domains", "packs", "tasks", "trajectories", "filtered", "export"];

/// The file that says that a folder is a run's.
const MARKER: &str = ".wardian-run";

/// A run folder.
#[derive(Clone, Debug)]
pub(crate) struct Run(PathBuf);

impl Run {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    pub(crate) fn graph(&self) -> PathBuf {
        self.0.join("graph")
    }

    pub(crate) fn domains(&self) -> PathBuf {
        self.0.join("domains")
    }

    pub(crate) fn packs(&self) -> PathBuf {
        self.0.join("packs")
    }

    pub(crate) fn tasks(&self) -> PathBuf {
        self.0.join("tasks")
    }

    pub(crate) fn trajectories(&self) -> PathBuf {
        self.0.join("trajectories")
    }

    pub(crate) fn filtered(&self) -> PathBuf {
        self.0.join("filtered")
    }

    pub(crate) fn export(&self) -> PathBuf {
        self.0.join("export")
    }

    pub(crate) fn summary(&self) -> PathBuf {
        self.0.join("run.json")
    }

    pub(crate) fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }

    /// Marks an empty or missing folder as a run's, so that no other folder is ever cleared.
    pub(crate) fn mark(&self) -> Result<()> {
        files::write(&self.0.join(MARKER), b"This folder belongs to `wardian demo`, which replaces what is in it.\n")
    }

    /// True where [`Self::mark`] was here.
    pub(crate) fn is_marked(&self) -> bool {
        self.0.join(MARKER).is_file()
    }

    /// Removes what the stages wrote, and nothing else.
    pub(crate) fn clear(&self) -> Result<()> {
        for name in DATA.iter().chain(&[".stamps"]) {
            let path = self.0.join(name);
            let gone = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else if path.exists() {
                fs::remove_file(&path)
            } else {
                Ok(())
            };
            gone.with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
        Ok(())
    }

    /// SHA-256 over the sorted (path, SHA-256) of the data files (design, decision 11).
    pub(crate) fn digest(&self) -> Result<Digest> {
        let mut found = Vec::new();
        for name in DATA {
            collect(&self.0, &self.0.join(name), &mut found)?;
        }
        Ok(digest::of_files(found.iter().map(|(path, digest)| (path.as_str(), *digest))))
    }
}

fn collect(root: &Path, at: &Path, found: &mut Vec<(String, Digest)>) -> Result<()> {
    if at.is_file() {
        let name = at.strip_prefix(root).unwrap_or(at).to_string_lossy().replace('\\', "/");
        found.push((name, files::digest(at)?));
        return Ok(());
    }
    if !at.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(at).with_context(|| format!("cannot list `{}`", at.display()))? {
        let entry = entry.with_context(|| format!("cannot list `{}`", at.display()))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            collect(root, &entry.path(), found)?;
        }
    }
    Ok(())
}
