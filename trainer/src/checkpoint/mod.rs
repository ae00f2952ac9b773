//! Checkpoints on disk: the shape of a decoder and its weights, in Hugging Face folders and GGUF files.

mod config;
mod names;
mod shards;
mod text;

pub use config::{Config, Family, Rope, Scaling};
pub use names::{from_gguf, shapes};
pub use shards::{Dtype, Shards, SourceTensor, write};
pub use text::{ends, write_text};

use std::path::PathBuf;

/// Why a checkpoint was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file system.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file system, writing.
    #[error("cannot write `{path}`: {what}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// `config.json`.
    #[error("`{path}`: {what}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file of weights is damaged.
    #[error("`{path}` is damaged or no safetensors: {what}; fetch or write it again")]
    Shard {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A weight is not what the shape of the model asks for.
    #[error("weight `{name}`: {what}")]
    Weight {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A GGUF file.
    #[error(transparent)]
    Gguf(#[from] crate::gguf::GgufError),
}
