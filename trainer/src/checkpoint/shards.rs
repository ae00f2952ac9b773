//! safetensors: one file, or shards with an index.

use super::CheckpointError;
use safetensors::tensor::{Metadata, View};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub use safetensors::Dtype;

/// Bytes of a header.
const HEADER_BYTES_MAX: u64 = 100 << 20;
const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// The weights of a folder, read one by one.
#[derive(Debug)]
pub struct Shards {
    files: Vec<Shard>,
    /// Name → file.
    names: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    file: File,
    /// Where the weights begin.
    start: u64,
    metadata: Metadata,
}

/// A weight as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTensor {
    /// Kind of its numbers.
    pub dtype: Dtype,
    /// Rows, columns, ….
    pub shape: Vec<usize>,
    /// Its numbers, little-endian, row by row.
    pub bytes: Vec<u8>,
}

impl Shards {
    /// Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names. Headers are checked against the length of each file.
    ///
    /// # Errors
    /// Where a file is missing or damaged; it is named.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        let index = folder.join(INDEX);
        let mut out = Self { files: Vec::new(), names: BTreeMap::new() };
        if !index.exists() {
            return Self::open_file(&folder.join(SINGLE));
        }
        let wrong = |what: &str| CheckpointError::Config { path: index.clone(), what: what.to_owned() };
        let text = std::fs::read_to_string(&index).map_err(|source| CheckpointError::Read { path: index.clone(), source })?;
        let value: Value = serde_json::from_str(&text).map_err(|e| wrong(&format!("no JSON: {e}")))?;
        let map = value["weight_map"].as_object().ok_or_else(|| wrong("there is no `weight_map`"))?;
        let mut opened: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, file) in map {
            let file =
                file.as_str().filter(|file| !file.contains(['/', '\\'])).ok_or_else(|| wrong("a shard that is no file of the folder"))?;
            let at = match opened.get(file) {
                Some(at) => *at,
                None => {
                    out.files.push(Shard::open(folder.join(file))?);
                    opened.insert(file, out.files.len() - 1);
                    out.files.len() - 1
                }
            };
            if out.files[at].metadata.info(name).is_none() {
                return Err(out.files[at].damaged(&format!("it has no `{name}`, which the index says")));
            }
            out.names.insert(name.clone(), at);
        }
        Ok(out)
    }

    /// Opens one file of weights.
    ///
    /// # Errors
    /// Where it is missing or damaged.
    pub fn open_file(path: &Path) -> Result<Self, CheckpointError> {
        let shard = Shard::open(path.to_owned())?;
        let names = shard.metadata.tensors().into_keys().map(|name| (name, 0)).collect();
        Ok(Self { files: vec![shard], names })
    }

    /// Names of all weights.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The weight `name`.
    ///
    /// # Errors
    /// Where there is none, or the file cannot be read.
    pub fn read(&self, name: &str) -> Result<SourceTensor, CheckpointError> {
        let missing = || CheckpointError::Weight { name: name.to_owned(), what: "is missing".to_owned() };
        let shard = &self.files[*self.names.get(name).ok_or_else(missing)?];
        let info = shard.metadata.info(name).ok_or_else(missing)?;
        let (start, end) = info.data_offsets;
        let mut bytes = vec![0; end - start];
        let at = shard.start + start as u64;
        shard.file.read_exact_at(&mut bytes, at).map_err(|source| CheckpointError::Read { path: shard.path.clone(), source })?;
        Ok(SourceTensor { dtype: info.dtype, shape: info.shape.clone(), bytes })
    }
}

impl Shard {
    fn open(path: PathBuf) -> Result<Self, CheckpointError> {
        let failed = |source| CheckpointError::Read { path: path.clone(), source };
        let mut file = File::open(&path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
        let damaged = |what: String| CheckpointError::Shard { path: path.clone(), what };
        let mut count = [0; 8];
        file.read_exact(&mut count).map_err(|_| damaged(format!("it has {len} bytes")))?;
        let header = u64::from_le_bytes(count);
        if header > HEADER_BYTES_MAX || header.saturating_add(8) > len {
            return Err(damaged(format!("its header says {header} bytes, and the file has {len}")));
        }
        let mut bytes = Vec::new();
        (&mut file).take(header).read_to_end(&mut bytes).map_err(failed)?;
        let metadata: Metadata = serde_json::from_slice(&bytes).map_err(|e| damaged(format!("its header: {e}")))?;
        let start = header + 8;
        let mut end = start;
        for (name, info) in metadata.tensors() {
            let (from, to) = info.data_offsets;
            let count = info.shape.iter().try_fold(1_usize, |all, n| all.checked_mul(*n));
            let expected = count.and_then(|count| count.checked_mul(info.dtype.bitsize())).map(|bits| bits / 8);
            if to.checked_sub(from) != expected {
                return Err(damaged(format!("`{name}` of the shape {:?} lies in bytes {from} to {to}", info.shape)));
            }
            end = end.max(start.saturating_add(to as u64));
        }
        if end != len {
            return Err(damaged(format!("its header asks for {end} bytes, and the file has {len}")));
        }
        Ok(Self { path, file, start, metadata })
    }

    fn damaged(&self, what: &str) -> CheckpointError {
        CheckpointError::Shard { path: self.path.clone(), what: what.to_owned() }
    }
}

/// A weight whose bytes are made when they are written, so that no second copy of all lies in memory.
struct Lazy<'a, F> {
    name: &'a str,
    dtype: Dtype,
    shape: &'a [usize],
    bytes: F,
}

impl<F: Fn(&str) -> Vec<u8>> View for Lazy<'_, F> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        (self.bytes)(self.name).into()
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.bitsize() / 8
    }
}

/// Writes `model.safetensors` of these weights as `dtype`, under another name until it is whole. `bytes` gives each weight's numbers, little-endian.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(
    path: &Path,
    weights: &BTreeMap<String, Vec<usize>>,
    dtype: Dtype,
    bytes: impl Fn(&str) -> Vec<u8>,
) -> Result<(), CheckpointError> {
    let views = weights.iter().map(|(name, shape)| (name.clone(), Lazy { name, dtype, shape, bytes: &bytes }));
    let failed = |what: String| CheckpointError::Write { path: path.to_owned(), what };
    let new = path.with_extension("safetensors.new");
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    // safetensors makes files that nobody else may read; what is there already keeps its mode.
    File::create(&new).map_err(|e| failed(e.to_string()))?;
    safetensors::serialize_to_file(views, Some(metadata), &new).map_err(|e| failed(e.to_string()))?;
    let sync = File::open(&new).and_then(|file| file.sync_all()).and_then(|()| std::fs::rename(&new, path));
    sync.map_err(|e| failed(e.to_string()))
}
