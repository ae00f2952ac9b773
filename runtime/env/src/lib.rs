//! Environments: a pack, a state, and calls. Replay of trajectories.
//!
//! This is the crate that an embedder uses; it re-exports what is needed of the rooms below it.
//! What it is not: it knows no language model, opens no socket, reads no clock.
//! May depend on: `wardian-format` and the other runtime crates.

use serde_json::Value;
use std::sync::Arc;
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Diff, Digests, Manifest, Trajectory};
pub use wardian_state::{DIGEST_VERSION, Rows, Schema, State, Table};

/// What went wrong in the host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// The state failed.
    #[error(transparent)]
    State(#[from] wardian_state::StateError),
    /// A time is not RFC 3339 in UTC with whole seconds.
    #[error("`{0}` is not a time like 2026-01-31T12:00:00Z")]
    Time(String),
    /// The sandbox failed (not the guest).
    #[error("the sandbox failed: {0}")]
    Sandbox(String),
    /// The trajectory was made with another pack.
    #[error("the trajectory was made with pack `{expected}`, not `{actual}`")]
    OtherPack {
        /// Digest in the certificate.
        expected: String,
        /// Digest of the pack at hand.
        actual: String,
    },
}

/// The engine that packs are compiled with; one a process. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {}

/// A pack, read, checked, compiled and ready to make environments.
pub struct LoadedPack {}

/// Clock and seed of an episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpisodeContext {
    /// Seed of generated ids.
    pub seed: u64,
    /// Constant time, RFC 3339 in UTC.
    pub now: String,
}

/// One environment. `Clone` is a fork and a checkpoint; it is `Send`.
#[derive(Clone)]
pub struct Env {}

/// The first difference that a replay found.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Mismatch {
    /// Index of the call, or `None` for the initial state.
    pub call: Option<usize>,
    /// What differs: `initial state`, `arguments`, `outcome`, `result`, `state`, `final state`, `certifiable`.
    pub what: String,
    /// What the trajectory says.
    pub expected: String,
    /// What the replay gave.
    pub actual: String,
}

impl Runtime {
    /// An engine with the deterministic configuration.
    pub fn new() -> Result<Self, EnvError> {
        unimplemented!()
    }

    /// Reads, verifies the structure of, and compiles the pack in `bytes`. `origin` names it in errors.
    pub fn load(&self, bytes: Vec<u8>, origin: &str) -> Result<Arc<LoadedPack>, wardian_pack::PackError> {
        let _ = (bytes, origin);
        unimplemented!()
    }
}

impl LoadedPack {
    /// What the pack says of itself, as verified.
    pub fn manifest(&self) -> &Manifest {
        unimplemented!()
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> wardian_format::Digest {
        unimplemented!()
    }

    /// Policy text, if the pack has one.
    pub fn policy(&self) -> Option<&str> {
        unimplemented!()
    }

    /// The schema of its state.
    pub fn schema(&self) -> &Schema {
        unimplemented!()
    }

    /// A fresh environment.
    pub fn env(self: &Arc<Self>, context: &EpisodeContext) -> Result<Env, EnvError> {
        let _ = context;
        unimplemented!()
    }

    /// Re-executes `trajectory`; `None` when all digests agree.
    pub fn replay(self: &Arc<Self>, trajectory: &Trajectory) -> Result<Option<Mismatch>, EnvError> {
        let _ = trajectory;
        unimplemented!()
    }
}

impl Env {
    /// The pack.
    pub fn pack(&self) -> &Arc<LoadedPack> {
        unimplemented!()
    }

    /// Calls `tool` as `role`. The arguments are validated, defaults applied, the call made in a savepoint and
    /// its outcome, digests included, recorded. Everything but success leaves the state as it was.
    pub fn call(&mut self, role: Role, tool: &str, arguments: &Value) -> Result<CallRecord, EnvError> {
        let _ = (role, tool, arguments);
        unimplemented!()
    }

    /// As [`Env::call`] with the arguments as text, which may not be JSON at all.
    pub fn call_text(&mut self, role: Role, tool: &str, arguments: &str) -> Result<CallRecord, EnvError> {
        let _ = (role, tool, arguments);
        unimplemented!()
    }

    /// Digests of the state.
    pub fn digests(&mut self) -> Result<Digests, EnvError> {
        unimplemented!()
    }

    /// What differs from `self` (before) to `other` (after).
    pub fn diff(&mut self, other: &mut Self) -> Result<Diff, EnvError> {
        let _ = other;
        unimplemented!()
    }

    /// A trusted read-only query, for graders and task generators.
    pub fn read(&mut self, sql: &str, params: &[wardian_format::SqlValue]) -> Result<Rows, EnvError> {
        let _ = (sql, params);
        unimplemented!()
    }

    /// The state, for embedders.
    pub fn state(&self) -> &State {
        unimplemented!()
    }
}
