//! Tasks: walks on a pack's links, grounded in its state, executed in the sandbox, and kept only where the
//! result is provably solvable and provably not trivial.
//!
//! What it is not: it asks no language model and knows no episode. The words come from templates; what a model is to be asked for other
//! words, and whether its answer will do, is said here.
//! May depend on: `wardian-format`, `wardian-env`, `wardian-pack`, `wardian-model` (requests).

mod bind;
mod chance;
mod check;
mod dates;
mod domain;
mod facts;
mod generate;
mod ground;
mod keep;
mod likeness;
mod needs;
mod offer;
mod options;
mod paths;
mod phrases;
mod pools;
mod refuse;
mod rows;
mod step;
mod values;
mod walk;
mod wording;
mod words;

pub use bind::bind;
pub use check::{CheckOptions, check};
pub use generate::{Generated, Rejections, generate};
pub use options::{SplitRule, TaskOptions};
pub use wording::{worded, wording_request};

/// What stopped the generator. A call that a tool refuses is not one of these: it is counted and another is
/// tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The environment failed.
    #[error("the environment of pack `{pack}` failed: {source}")]
    Env {
        /// Name of the pack.
        pack: String,
        /// Why.
        source: wardian_env::EnvError,
    },
    /// A task that its author wrote does not fit its pack.
    #[error("task `{task}` of pack `{pack}`: {reason}")]
    Source {
        /// Id of the task.
        task: String,
        /// Name of the pack.
        pack: String,
        /// Why.
        reason: String,
    },
}
