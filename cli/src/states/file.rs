//! A saved state in a file. Whoever changes it holds it meanwhile, so that of two who come at once the second goes on from what the
//! first did. Readers need not wait: the file is replaced whole.

use crate::{files, ui};
use anyhow::{Context, Result, ensure};
use std::fs::{File, TryLockError};
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wardian_format::SavedState;

/// Largest file that is read, bytes.
const BYTES_MAX: u64 = 1 << 30;

/// How often it is looked whether another process is done.
const PATIENCE: Duration = Duration::from_millis(10);

/// A file that nobody else changes for as long as this lives; or a place where there is no file yet.
pub(crate) struct Held {
    path: PathBuf,
    /// Locked; none where there was no file.
    file: Option<File>,
}

impl Held {
    /// Takes hold of the file at `path`, after waiting for whoever has it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // A link stays a link: what it points at is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let what = || format!("cannot take hold of `{}`", path.display());
        loop {
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { path, file: None }),
                Err(error) => return Err(error).with_context(what),
            };
            lock(&file).with_context(what)?;
            // While we waited, another may have replaced the file: then the lock is on one that nobody will find.
            if is_at(&file, &path).with_context(what)? {
                return Ok(Self { path, file: Some(file) });
            }
        }
    }

    /// What is in it; `None` where there is no file.
    pub(crate) fn read(&self) -> Result<Option<SavedState>> {
        self.file.as_ref().map(|file| read_from(file, &self.path)).transpose()
    }

    /// Replaces the file, or makes it. False where another made it meanwhile; then nothing is written.
    pub(crate) fn put(self, saved: &SavedState) -> Result<bool> {
        let bytes = saved.to_text().into_bytes();
        match &self.file {
            Some(_) => files::write(&self.path, &bytes).map(|()| true),
            None => files::create(&self.path, &bytes),
        }
    }
}

/// Reads a saved state.
pub(crate) fn read(path: &Path) -> Result<SavedState> {
    let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    read_from(&file, path)
}

fn read_from(file: &File, path: &Path) -> Result<SavedState> {
    let bytes = file.metadata().with_context(|| format!("cannot read `{}`", path.display()))?.len();
    ensure!(bytes <= BYTES_MAX, "`{}` has {bytes} bytes; a saved state has at most {BYTES_MAX}", path.display());
    Ok(SavedState::read(BufReader::new(file), &path.display().to_string())?)
}

fn lock(file: &File) -> Result<()> {
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PATIENCE),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        ui::check_interrupt()?;
    }
}

/// True where `file` is what lies at `path` now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    Ok(std::fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (ours.dev(), ours.ino())))
}

/// Elsewhere a file that is open is not replaced.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> Result<bool> {
    Ok(path.exists())
}
