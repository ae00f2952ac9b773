//! Episodes: a simulated user, an agent and an environment; grades, filters, metrics.
//!
//! What it is not: it makes no tasks and opens no socket; agents and users come through
//! [`wardian_model::ChatModel`], be they scripts or models behind an endpoint.
//! May depend on: `wardian-format`, `wardian-model`, `wardian-env`, `wardian-pack`.

pub mod episode;
pub mod explain;
pub mod filter;
pub mod grade;
pub mod judge;
pub mod metrics;
pub mod plan;
pub mod scripted;
pub mod stats;
pub mod steps;

pub use episode::{Event, Limits, Part, Play, Player, RunOptions, Start, StartError, Stop, run, run_each};
pub use filter::{FilterOptions, Filtered, filter};
pub use grade::{grade, regrade};
pub use metrics::{AgentMetrics, Tally, metrics};
pub use stats::rate::pass_hat;
pub use steps::{Steps, Turn};

/// What stopped a run or a grade.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RolloutError {
    /// The environment failed while grading.
    #[error("the environment failed: {0}")]
    Env(#[from] wardian_env::EnvError),
    /// A pack does not load.
    #[error(transparent)]
    Pack(#[from] wardian_env::PackError),
    /// A task that does not fit its pack.
    #[error("task `{task}` does not fit pack `{pack}`: {reason}")]
    Task {
        /// Id of the task.
        task: String,
        /// Name of the pack.
        pack: String,
        /// Why.
        reason: String,
    },
    /// A trajectory that is to be forked does not re-execute to what it says.
    #[error("call {call} of trajectory `{trajectory}` does not re-execute to what it says")]
    Fork {
        /// Id of the trajectory.
        trajectory: String,
        /// Index of the call.
        call: usize,
    },
    /// Part of the machinery ended unexpectedly.
    #[error("a worker ended unexpectedly: {0}")]
    Worker(String),
}
