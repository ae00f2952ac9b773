//! Tasks: walks on a pack's links, grounded in its state, executed in the sandbox, and kept only where the
//! result is provably solvable and provably not trivial.
//!
//! What it is not: it knows no language model and no episode. The words come from templates.
//! May depend on: `wardian-format`, `wardian-env`, `wardian-pack`.

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
mod words;

pub use bind::bind;
pub use check::{CheckOptions, check};
pub use generate::{Generated, Rejections, generate};
pub use options::{SplitRule, TaskOptions};

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
