//! Vectors on disk, by content: one file a model.

use crate::error::EmbedError;
use crate::record::{self, HEADER_BYTES_MAX, MODEL_BYTES_MAX};
use crate::vectors::check_dimensions;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use wardian_format::Digest;

/// Bytes that a cache file may have: two and a half million vectors of 384 numbers.
pub const BYTES_MAX: u64 = 1 << 30;

/// How the files are called after the first digits of the digest of the model's name.
const EXTENSION: &str = "embeddings";

/// Vectors of one model by key.
///
/// The file is only ever appended to, under a lock that the system takes back when a process dies. A process that is stopped in the
/// middle leaves part of a record, which the next writer cuts off; a record whose check is wrong is passed over and computed again.
/// Where two processes embed the same text, the record that was written first counts for both.
#[derive(Debug)]
pub struct Cache {
    model: String,
    dimensions: usize,
    index: BTreeMap<Digest, u32>,
    rows: Vec<i8>,
    damaged: usize,
    file: Option<Opened>,
}

#[derive(Debug)]
struct Opened {
    path: PathBuf,
    file: File,
    /// Bytes that were read: the header and whole records.
    read: u64,
}

/// What [`list`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The caches, by path.
    pub files: Vec<CacheFile>,
    /// Files with the extension that are no caches, with the reason.
    pub refused: Vec<(PathBuf, String)>,
    /// Files that were not looked at, because there are more than asked for.
    pub left_off: usize,
}

/// One cache file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheFile {
    /// Where.
    pub path: PathBuf,
    /// [`crate::Embedder::model`].
    pub model: String,
    /// Numbers in a vector.
    pub dimensions: usize,
    /// Vectors, damaged ones among them.
    pub entries: u64,
    /// Length of the file.
    pub bytes: u64,
}

impl Cache {
    /// A cache that is forgotten with this value.
    ///
    /// # Errors
    /// Where `dimensions` is 0 or above [`crate::DIMENSIONS_MAX`].
    pub fn in_memory(model: &str, dimensions: usize) -> Result<Self, EmbedError> {
        check_dimensions(model, dimensions)?;
        Ok(Self { model: model.to_owned(), dimensions, index: BTreeMap::new(), rows: Vec::new(), damaged: 0, file: None })
    }

    /// The cache of `model` in `folder`; both are made where they are absent.
    ///
    /// # Errors
    /// Where the file cannot be opened, is larger than [`BYTES_MAX`], or its header is damaged or of another model.
    pub fn open(folder: &Path, model: &str, dimensions: usize) -> Result<Self, EmbedError> {
        let mut cache = Self::in_memory(model, dimensions)?;
        if model.len() > MODEL_BYTES_MAX {
            let reason = format!("its name has {} bytes, more than {MODEL_BYTES_MAX}", model.len());
            return Err(EmbedError::Vector { index: 0, model: model.chars().take(80).collect(), reason });
        }
        fs::create_dir_all(folder).map_err(EmbedError::io("make", folder))?;
        let path = folder.join(format!("{}.{EXTENSION}", &Digest::of(model.as_bytes()).to_string()[..16]));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(EmbedError::io("open", &path))?;
        let mut opened = Opened { path, file, read: 0 };
        opened.locked(|opened| {
            opened.begin(model, dimensions)?;
            cache.take_in(opened)
        })?;
        cache.file = Some(opened);
        Ok(cache)
    }

    /// The vector under `key`.
    pub fn get(&self, key: &Digest) -> Option<&[i8]> {
        let start = *self.index.get(key)? as usize * self.dimensions;
        Some(&self.rows[start..start + self.dimensions])
    }

    /// Vectors in the cache.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True where the cache has no vector.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Records that were passed over, since their check is wrong.
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|opened| opened.path.as_path())
    }

    /// Fails where this is not the cache of `model`.
    pub(crate) fn check(&self, model: &str, dimensions: usize) -> Result<(), EmbedError> {
        if (self.model.as_str(), self.dimensions) == (model, dimensions) {
            return Ok(());
        }
        let reason = format!("the cache is of `{}` with {} dimensions, not {dimensions}", self.model, self.dimensions);
        Err(EmbedError::Vector { index: 0, model: model.to_owned(), reason })
    }

    /// Adds vectors, and takes in what other processes added. A key that is there keeps its vector.
    pub(crate) fn insert(&mut self, entries: &[(Digest, Vec<i8>)]) -> Result<(), EmbedError> {
        let Some(mut opened) = self.file.take() else {
            for (key, row) in entries {
                self.put(*key, row.iter().copied());
            }
            return Ok(());
        };
        let result = opened.locked(|opened| {
            self.take_in(opened)?;
            let mut bytes = Vec::new();
            for (key, row) in entries {
                if self.put(*key, row.iter().copied()) {
                    record::push(&mut bytes, key, row);
                }
            }
            opened.append(&bytes)
        });
        self.file = Some(opened);
        result
    }

    /// Reads the records that were not read yet.
    fn take_in(&mut self, opened: &mut Opened) -> Result<(), EmbedError> {
        let length = record::length(self.dimensions);
        let bytes = opened.rest()?;
        let records = bytes.chunks_exact(length);
        opened.read += (bytes.len() - records.remainder().len()) as u64;
        for one in records {
            match record::parse(one) {
                Some((key, row)) => {
                    self.put(key, row);
                }
                None => self.damaged += 1,
            }
        }
        Ok(())
    }

    fn put(&mut self, key: Digest, row: impl Iterator<Item = i8>) -> bool {
        let next = self.index.len() as u32;
        if *self.index.entry(key).or_insert(next) != next {
            return false;
        }
        self.rows.extend(row);
        true
    }
}

impl Opened {
    /// Runs `work` while no other process has the file.
    fn locked<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, EmbedError>) -> Result<T, EmbedError> {
        self.file.lock().map_err(EmbedError::io("lock", &self.path))?;
        let result = work(self);
        self.file.unlock().map_err(EmbedError::io("unlock", &self.path))?;
        result
    }

    /// Checks the header, or writes it where the file is new or its header was never finished.
    fn begin(&mut self, model: &str, dimensions: usize) -> Result<(), EmbedError> {
        let wanted = record::header(model, dimensions);
        let mut start = Vec::new();
        (&self.file).take(HEADER_BYTES_MAX as u64).read_to_end(&mut start).map_err(EmbedError::io("read", &self.path))?;
        if start.len() < wanted.len() && wanted.starts_with(&start) {
            return self.append(&wanted);
        }
        let refuse = |at: usize, reason: String| EmbedError::Cache { path: self.path.clone(), at: at as u64, reason };
        let header = record::parse_header(&start).map_err(|(at, reason)| refuse(at, reason.to_owned()))?;
        if header.model != model || header.dimensions != dimensions {
            return Err(refuse(8, format!("it is of `{}` with {} dimensions", header.model, header.dimensions)));
        }
        self.read = header.bytes as u64;
        Ok(())
    }

    /// What lies behind the bytes that were read.
    fn rest(&mut self) -> Result<Vec<u8>, EmbedError> {
        let length = self.file.metadata().map_err(EmbedError::io("read", &self.path))?.len();
        if length > BYTES_MAX {
            return Err(self.full());
        }
        let mut bytes = Vec::with_capacity(length.saturating_sub(self.read) as usize);
        self.file.seek(SeekFrom::Start(self.read)).map_err(EmbedError::io("read", &self.path))?;
        (&self.file).take(BYTES_MAX).read_to_end(&mut bytes).map_err(EmbedError::io("read", &self.path))?;
        Ok(bytes)
    }

    /// Puts `bytes` behind the last whole record, and on the disk.
    fn append(&mut self, bytes: &[u8]) -> Result<(), EmbedError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.read + bytes.len() as u64 > BYTES_MAX {
            return Err(self.full());
        }
        let write = || EmbedError::io("write", &self.path);
        self.file.set_len(self.read).map_err(write())?;
        self.file.seek(SeekFrom::Start(self.read)).map_err(write())?;
        self.file.write_all(bytes).map_err(write())?;
        self.file.sync_data().map_err(write())?;
        self.read += bytes.len() as u64;
        Ok(())
    }

    fn full(&self) -> EmbedError {
        EmbedError::Cache { path: self.path.clone(), at: BYTES_MAX, reason: "a cache is not longer; remove it to start anew".to_owned() }
    }
}

/// The caches in `folder`, at most `most` of them. A folder that does not exist has none.
///
/// # Errors
/// Where the folder cannot be read. A file that cannot is among [`Listing::refused`].
pub fn list(folder: &Path, most: usize) -> Result<Listing, EmbedError> {
    let mut listing = Listing::default();
    if !folder.exists() {
        return Ok(listing);
    }
    let io = || EmbedError::io("list", folder);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io())? {
        let path = entry.map_err(io())?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            paths.push(path);
        }
    }
    paths.sort();
    listing.left_off = paths.len().saturating_sub(most);
    for path in paths.into_iter().take(most) {
        match describe(&path) {
            Ok(file) => listing.files.push(file),
            Err(reason) => listing.refused.push((path, reason)),
        }
    }
    Ok(listing)
}

fn describe(path: &Path) -> Result<CacheFile, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let bytes = file.metadata().map_err(|e| e.to_string())?.len();
    let mut start = Vec::new();
    file.take(HEADER_BYTES_MAX as u64).read_to_end(&mut start).map_err(|e| e.to_string())?;
    let header = record::parse_header(&start).map_err(|(at, reason)| format!("at byte {at}: {reason}"))?;
    let entries = (bytes - header.bytes as u64) / record::length(header.dimensions) as u64;
    Ok(CacheFile { path: path.to_owned(), model: header.model, dimensions: header.dimensions, entries, bytes })
}
