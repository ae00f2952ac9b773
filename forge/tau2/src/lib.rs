//! τ²-bench (Sierra Research, MIT) as an oracle: its documents into our tables and back, its hash, and its recorded calls
//! made again in our packs.
//!
//! What it is not: it has no rule of any domain in it. Those are in the packs (`packs/tau2-*`): `convert.sql` there makes rows
//! of upstream's documents, the view `upstream` makes the documents of the rows.
//! May depend on: `wardian-format`, `wardian-state`, `wardian-env`.

mod class;
mod conform;
mod convert;
mod derived;
mod document;
mod patch;
pub mod python;
mod tasks;

mod trace;

pub use conform::{CaseReport, Disagreement, Skipped, conform};
pub use convert::convert;
pub use derived::{Confusion, Effect, Filled, compare, rows};
pub use document::{Documents, documents};

pub use tasks::task_sources;
pub use trace::{Action, Assertion, Case, Change, EnvCall, Traces, read_fuzz, read_traces};

/// What went wrong with upstream's files, or in the host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Tau2Error {
    /// A file is not what it should be.
    #[error("`{file}`: {reason}")]
    File {
        /// Its path.
        file: String,
        /// What is wrong, with the place.
        reason: String,
    },
    /// The pack does not do what a port must.
    #[error("pack `{pack}`: {reason}")]
    Pack {
        /// Its name.
        pack: String,
        /// What is wrong.
        reason: String,
    },
    /// The environment failed.
    #[error(transparent)]
    Env(#[from] wardian_env::EnvError),
}
