//! The folder of the cache: private, bounded, and shared by any number of processes.
//!
//! Files: `key` (32 random bytes), one file an entry (named by 64 hexadecimal characters), `tampered` (a byte for every entry
//! that was not what it should have been), and `.new-*` while something is written. Every file appears whole or not at all.

use crate::entry::{self, Key, OVERHEAD};
use rustix::process::geteuid;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use wardian_format::Digest;

const KEY_FILE: &str = "key";
const TAMPERED_FILE: &str = "tampered";
const NEW_PREFIX: &str = ".new-";

/// Incidents that are counted; the file of them grows no further.
const TAMPERED_MAX: u64 = 1 << 20;

/// Where and how large.
#[derive(Clone, Debug)]
pub struct CacheOptions {
    /// The folder; made where it is missing. Nobody but its owner may write to it, or to the folders above.
    pub path: PathBuf,
    /// Bytes of all entries together. The least recently used ones go first.
    pub bytes_max: u64,
    /// The clock that says when an entry was used. Nothing but the order of removal depends on it.
    pub now: fn() -> SystemTime,
}

/// Why a folder is not used as a cache.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// Somebody else could have written it.
    #[error("`{path}` is not used as a cache: {reason}")]
    NotPrivate {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It cannot be made or read.
    #[error("cannot use `{path}` as a cache: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Entries.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The most that they may have.
    pub bytes_max: u64,
    /// Entries that were not what they should have been, since the folder was made or cleared. They were never loaded.
    pub tampered: u64,
}

/// A folder that is fit to hold native code.
pub struct Folder {
    options: CacheOptions,
    key: Key,
}

/// What became of looking for an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is there and authentic.
    Payload(Vec<u8>),
    /// It is not there.
    Nothing,
    /// Something else was there, and is gone now.
    Tampered,
}

impl Folder {
    /// Opens the folder, and makes it and its key where they are missing.
    ///
    /// # Errors
    /// When it belongs to somebody else, when others may write to it, or when it cannot be made.
    pub fn open(options: CacheOptions) -> Result<Self, CacheError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| CacheError::Io { path, source }
        };
        let path = &options.path;
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io(path))?;
        private(path, 0o022, &fs::metadata(path).map_err(io(path))?)?;
        let key_path = path.join(KEY_FILE);
        let key = match read_key(&key_path) {
            Err(CacheError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                make_key(path).map_err(io(&key_path))?;
                read_key(&key_path)?
            }
            other => other?,
        };
        Ok(Self { options, key })
    }

    /// What is in it.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn usage(&self) -> Result<Usage, CacheError> {
        let entries = self.list()?;
        let tampered = fs::metadata(self.options.path.join(TAMPERED_FILE)).map_or(0, |meta| meta.len());
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        Ok(Usage { entries: entries.len() as u64, bytes, bytes_max: self.options.bytes_max, tampered })
    }

    /// Removes all entries and forgets what was tampered with. Returns the bytes of the entries. The key stays, because other
    /// processes may be using it.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn clear(&self) -> Result<u64, CacheError> {
        let entries = self.list()?;
        entries.iter().for_each(|entry| remove(&entry.path));
        remove(&self.options.path.join(TAMPERED_FILE));
        Ok(entries.iter().map(|entry| entry.bytes).sum())
    }

    /// The entry called `name`, if it is authentic. What is not is removed and counted.
    pub(crate) fn get(&self, name: Digest) -> Found {
        let path = self.path(name);
        let Ok(file) = File::open(&path) else { return Found::Nothing };
        let mut bytes = Vec::new();
        // A longer file is not ours; it need not be read to its end to be refused.
        let max = self.options.bytes_max.saturating_add(OVERHEAD as u64);
        if (&file).take(max).read_to_end(&mut bytes).is_err() {
            return Found::Nothing;
        }
        let Some(payload) = entry::read(&self.key, name, bytes) else {
            remove(&path);
            self.count_tampered();
            return Found::Tampered;
        };
        // Where the time cannot be set the entry only looks older than it is.
        let _ = file.set_modified((self.options.now)());
        Found::Payload(payload)
    }

    /// Keeps `payload` under `name`; replaces what is there. False where there was no room for it or it could not be
    /// written, which costs a compilation later and nothing else.
    pub(crate) fn put(&self, name: Digest, payload: &[u8]) -> bool {
        let file = entry::write(&self.key, name, payload);
        if file.len() as u64 > self.options.bytes_max {
            return false;
        }
        let kept = self.write_new(&file).and_then(|new| {
            new.as_file().set_modified((self.options.now)())?;
            Ok(new.persist(self.path(name))?)
        });
        self.make_room();
        kept.is_ok()
    }

    /// A temporary file, which nobody else can read, with `bytes`.
    fn write_new(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        write_new(&self.options.path, bytes)
    }

    /// Removes the entries used least recently until the rest fits.
    fn make_room(&self) {
        let Ok(mut entries) = self.list() else { return };
        let mut bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
        entries.sort_by_key(|entry| entry.used);
        for entry in &entries {
            if bytes <= self.options.bytes_max {
                return;
            }
            remove(&entry.path);
            bytes -= entry.bytes;
        }
    }

    fn count_tampered(&self) {
        let path = self.options.path.join(TAMPERED_FILE);
        if fs::metadata(&path).is_ok_and(|meta| meta.len() >= TAMPERED_MAX) {
            return;
        }
        // One byte at the end of a file is written whole whoever else writes. A count that cannot be kept harms nobody.
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let _ = file.and_then(|mut file| file.write_all(b"\n"));
    }

    fn path(&self, name: Digest) -> PathBuf {
        self.options.path.join(name.to_string())
    }

    /// The entries, and what an interrupted writer left.
    fn list(&self) -> Result<Vec<Listed>, CacheError> {
        let io = |source| CacheError::Io { path: self.options.path.clone(), source };
        let mut listed = Vec::new();
        for file in fs::read_dir(&self.options.path).map_err(io)? {
            let file = file.map_err(io)?;
            let name = file.file_name();
            let name = name.to_string_lossy();
            if name.parse::<Digest>().is_err() && !name.starts_with(NEW_PREFIX) {
                continue;
            }
            // Another process may have removed it meanwhile.
            if let Ok(meta) = file.metadata() {
                let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                listed.push(Listed { path: file.path(), bytes: meta.len(), used });
            }
        }
        Ok(listed)
    }
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").field("path", &self.options.path).finish_non_exhaustive()
    }
}

struct Listed {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

/// A file that is not there any more is as good as removed.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// Refuses what another user owns, or may do one of `forbidden` with.
fn private(path: &Path, forbidden: u32, meta: &fs::Metadata) -> Result<(), CacheError> {
    let refuse = |reason: String| Err(CacheError::NotPrivate { path: path.to_owned(), reason });
    let me = geteuid().as_raw();
    if meta.uid() != me {
        return refuse(format!("it belongs to user {}, and this is user {me}", meta.uid()));
    }
    if meta.mode() & forbidden != 0 {
        let mode = meta.mode() & 0o777;
        return refuse(format!("its mode {mode:o} lets others in; make it {:o}", mode & !forbidden));
    }
    Ok(())
}

fn read_key(path: &Path) -> Result<Key, CacheError> {
    let io = |source| CacheError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    private(path, 0o077, &file.metadata().map_err(io)?)?;
    let mut bytes = Vec::new();
    file.take(33).read_to_end(&mut bytes).map_err(io)?;
    let reason = || format!("the key has {} bytes instead of 32; remove the folder", bytes.len());
    let key = bytes.as_slice().try_into().map_err(|_| CacheError::NotPrivate { path: path.to_owned(), reason: reason() })?;
    Ok(Key(key))
}

/// Makes the key, unless another process is first: it appears whole, and never replaces one.
fn make_key(folder: &Path) -> io::Result<()> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    match write_new(folder, &key)?.persist_noclobber(folder.join(KEY_FILE)) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

fn write_new(folder: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(NEW_PREFIX).tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(file)
}
