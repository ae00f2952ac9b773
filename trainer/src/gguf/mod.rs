//! GGUF files: metadata, tokenizer and weights of a checkpoint in one file.
//!
//! Source of the format: ggml, `docs/gguf.md`, versions 2 and 3, little-endian. Files are not trusted: every count and length is checked against
//! what is left of the file before anything is allocated for it.

mod quant;
mod read;
mod tokenizer;

pub use quant::Kind;
pub(crate) use tokenizer::QWEN2;
pub use tokenizer::{chat_tokenizer, tokenizer};

use read::Reader;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GgufError {
    /// The file system.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what the format asks for.
    #[error("`{path}`, byte {at}: {what}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Bytes from the start.
        at: u64,
        /// What is wrong.
        what: String,
    },
    /// Metadata that we need are missing or of another kind.
    #[error("`{path}`: `{key}` {what}")]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The name.
        key: String,
        /// What is wrong.
        what: String,
    },
    /// A tensor.
    #[error("`{path}`: tensor `{name}`: {what}")]
    Tensor {
        /// The file.
        path: PathBuf,
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
}

/// A value of the metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Meta {
    /// Any whole number.
    Int(i128),
    /// Any number with a point.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// Text.
    Text(String),
    /// A list of one kind.
    List(Vec<Meta>),
}

/// Where a tensor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// How its numbers are kept.
    pub kind: Kind,
    /// Rows, columns, …: outermost first, as in a Hugging Face folder (GGUF has them the other way round).
    pub shape: Vec<usize>,
    offset: u64,
    bytes: usize,
}

/// An open file.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    file: fs::File,
    metadata: BTreeMap<String, Meta>,
    tensors: BTreeMap<String, TensorInfo>,
}

/// Bytes before the weights that are looked for at first: metadata with a vocabulary take some megabytes.
const HEAD_BYTES_FIRST: u64 = 8 << 20;
/// And at most.
const HEAD_BYTES_MAX: u64 = 512 << 20;
const ALIGNMENT: u64 = 32;

impl Gguf {
    /// Opens a file and reads everything before the weights.
    ///
    /// # Errors
    /// Where it is no GGUF, or shorter than it says.
    pub fn open(path: &Path) -> Result<Self, GgufError> {
        let failed = |source| GgufError::Read { path: path.to_owned(), source };
        let file = fs::File::open(path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
        let format = |at: usize, what: String| GgufError::Format { path: path.to_owned(), at: at as u64, what };
        let mut head = Vec::new();
        let mut bytes = HEAD_BYTES_FIRST;
        // The weights behind are not read for this.
        let (metadata, mut tensors, end) = loop {
            std::io::Read::read_to_end(&mut std::io::Read::take(&file, bytes - head.len() as u64), &mut head).map_err(failed)?;
            let mut reader = Reader::new(&head);
            match read::head(&mut reader) {
                Ok((metadata, tensors)) => break (metadata, tensors, reader.at()),
                Err(_) if (head.len() as u64) < len && bytes < HEAD_BYTES_MAX => bytes *= 8,
                Err(what) => return Err(format(reader.at(), what)),
            }
        };
        let alignment = match metadata.get("general.alignment") {
            Some(Meta::Int(n)) if *n > 0 && *n <= 1 << 20 => u64::try_from(*n).expect("checked"),
            None => ALIGNMENT,
            Some(_) => return Err(format(end, "`general.alignment` is no sensible number".to_owned())),
        };
        let start = (end as u64).next_multiple_of(alignment);
        for (name, tensor) in &mut tensors {
            let end = start.checked_add(tensor.offset).and_then(|at| at.checked_add(tensor.bytes as u64));
            if end.is_none_or(|end| end > len) {
                return Err(GgufError::Tensor {
                    path: path.to_owned(),
                    name: name.clone(),
                    what: format!("it ends behind the file's {len} bytes"),
                });
            }
            tensor.offset += start;
        }
        Ok(Self { path: path.to_owned(), file, metadata, tensors })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A value of the metadata.
    #[must_use]
    pub fn meta(&self, key: &str) -> Option<&Meta> {
        self.metadata.get(key)
    }

    /// Text of the metadata; none where there is none.
    ///
    /// # Errors
    /// Where it is no text.
    pub fn text(&self, key: &str) -> Result<Option<&str>, GgufError> {
        match self.meta(key) {
            None => Ok(None),
            Some(Meta::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "is no text")),
        }
    }

    /// A whole number of the metadata; none where there is none.
    ///
    /// # Errors
    /// Where it is another kind, or does not fit.
    pub fn int(&self, key: &str) -> Result<Option<usize>, GgufError> {
        match self.meta(key) {
            None => Ok(None),
            Some(Meta::Int(n)) => usize::try_from(*n).map(Some).map_err(|_| self.wrong(key, "is no sensible number")),
            Some(_) => Err(self.wrong(key, "is no whole number")),
        }
    }

    /// A number of the metadata; none where there is none.
    ///
    /// # Errors
    /// Where it is another kind.
    pub fn float(&self, key: &str) -> Result<Option<f64>, GgufError> {
        match self.meta(key) {
            None => Ok(None),
            Some(Meta::Float(n)) => Ok(Some(*n)),
            Some(_) => Err(self.wrong(key, "is no number with a point")),
        }
    }

    /// The tensors by name.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &TensorInfo)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The numbers of a tensor, row by row.
    ///
    /// # Errors
    /// Where there is no such tensor, or the file cannot be read.
    pub fn weights(&self, name: &str) -> Result<Vec<f32>, GgufError> {
        let wrong = |what: &str| GgufError::Tensor { path: self.path.clone(), name: name.to_owned(), what: what.to_owned() };
        let tensor = self.tensors.get(name).ok_or_else(|| wrong("there is none"))?;
        let mut bytes = vec![0; tensor.bytes];
        self.file.read_exact_at(&mut bytes, tensor.offset).map_err(|source| GgufError::Read { path: self.path.clone(), source })?;
        Ok(tensor.kind.floats(&bytes))
    }

    pub(crate) fn wrong(&self, key: &str, what: impl Into<String>) -> GgufError {
        GgufError::Metadata { path: self.path.clone(), key: key.to_owned(), what: what.into() }
    }
}
