//! The journal of a file of tasks: finished episodes, appended as they end.

use crate::files;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wardian_format::{Digest, Trajectory, jsonl};

/// How long a finished episode may be in the memory of the operating system alone. A killed process loses nothing of that, a power cut does.
const SYNC: Duration = Duration::from_secs(1);

/// An open journal. Its name holds the key of the work, so that one of other tasks or options is never mixed in.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    ids: BTreeSet<String>,
    /// Bytes up to the end of the last whole line.
    whole: u64,
    synced: Instant,
}

impl Journal {
    /// Opens the journal of `name`, with what an interrupted run left. A last line that was cut by the interruption is dropped; any other
    /// broken line is an error that names it, or with `--repair` the end of what is kept.
    pub(crate) fn open(folder: &Path, name: &str, key: Digest) -> Result<Self> {
        let path = path_of(folder, name, key);
        let what = || format!("cannot open the journal `{}`", path.display());
        fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(what)?;
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).with_context(what)?;
        let whole = whole_lines(&mut file).with_context(what)?;
        // A line that was cut short is gone before anything follows it.
        file.set_len(whole).with_context(what)?;
        let ids = files::read_jsonl_each(&path, |trajectory: Trajectory| Ok(trajectory.id))?.into_iter().collect();
        // A repair may have put another file in its place.
        let file = OpenOptions::new().append(true).open(&path).with_context(what)?;
        let whole = file.metadata().with_context(what)?.len();
        Ok(Self { path, file, ids, whole, synced: Instant::now() })
    }

    /// Removes the journal of work that is done.
    pub(crate) fn discard(folder: &Path, name: &str, key: Digest) {
        let _ = fs::remove_file(path_of(folder, name, key));
    }

    /// Ids of the episodes that it had when it was opened.
    pub(crate) fn ids(&self) -> &BTreeSet<String> {
        &self.ids
    }

    /// Adds an episode. Where it cannot be added whole, nothing of it stays.
    pub(crate) fn append(&mut self, trajectory: &Trajectory) -> Result<()> {
        let line = jsonl::line(trajectory);
        let written = self.file.write_all(line.as_bytes());
        if let Err(error) = written {
            let _ = self.file.set_len(self.whole);
            return Err(error).with_context(|| format!("cannot append to the journal `{}`; what it has is kept", self.path.display()));
        }
        self.whole += line.len() as u64;
        if self.synced.elapsed() > SYNC {
            self.file.sync_data().with_context(|| format!("cannot write the journal `{}` out", self.path.display()))?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    /// All episodes that it has.
    pub(crate) fn read(&self) -> Result<Vec<Trajectory>> {
        files::read_jsonl(&self.path)
    }

    /// Removes the file; the results are elsewhere by now.
    pub(crate) fn clear(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn path_of(folder: &Path, name: &str, key: Digest) -> PathBuf {
    folder.join(".stamps").join(format!("{name}-{}.journal", key.short()))
}

/// Bytes up to and with the last line feed.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    file.rewind()?;
    let mut reader = BufReader::new(&*file);
    let (mut whole, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let count = reader.read_until(b'\n', &mut line)?;
        if count == 0 || line.last() != Some(&b'\n') {
            return Ok(whole);
        }
        whole += count as u64;
    }
}
