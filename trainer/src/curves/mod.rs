//! The curves of a training: a line of numbers for each step, as JSON lines, as TensorBoard's events, and as a picture.
//!
//! What it is not: it measures nothing and reads no clock; whoever trains hands the numbers in.

use std::io;
use std::path::{Path, PathBuf};
use wardian_format::jsonl::LineError;

mod metrics;
mod plot;
mod tensorboard;

pub use metrics::{CallAccuracy, HeldOut, Line, Step, Writer, read, truncate_after};
pub use plot::svg;
pub use tensorboard::EventFile;

/// Why curves were not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CurveError {
    /// The file system, on reading.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file system, on writing.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line says no numbers of a training.
    #[error(transparent)]
    Line(#[from] LineError),
}

impl CurveError {
    fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Read { path, source }
    }

    fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Write { path, source }
    }
}
