//! What can go wrong.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// An embedding failed. Every message names the file, or the text, that is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// A file could not be opened, read, written or locked.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, such as `read`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of the sentence model is not what this crate can run.
    #[error("`{file}` of the sentence model: {reason}")]
    Model {
        /// Name of the file in the model's folder.
        file: &'static str,
        /// What is wrong, with the place in the file.
        reason: String,
    },
    /// The tokenizer refused a text.
    #[error("text {index} cannot be split into tokens: {reason}")]
    Text {
        /// Which of the texts, from 0.
        index: usize,
        /// The tokenizer's words.
        reason: String,
    },
    /// An embedder gave something that is no vector.
    #[error("vector {index} of `{model}`: {reason}")]
    Vector {
        /// Which of the vectors, from 0.
        index: usize,
        /// [`crate::Embedder::model`].
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// A cache file is damaged where it cannot be mended, or belongs to another model.
    #[error("`{}` at byte {at}: {reason}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        at: u64,
        /// What is wrong.
        reason: String,
    },
    /// An embedder outside of this crate failed.
    #[error("the embedder `{model}` failed")]
    Embedder {
        /// [`crate::Embedder::model`].
        model: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl EmbedError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn model(file: &'static str, reason: impl ToString) -> Self {
        Self::Model { file, reason: reason.to_string() }
    }
}
