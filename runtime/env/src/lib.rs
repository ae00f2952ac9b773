//! Environments: a pack, a state, and calls. Replay of trajectories.
//!
//! This is the crate that an embedder uses; it re-exports what is needed of the rooms below it. A [`Runtime`]
//! loads packs, a [`LoadedPack`] makes environments, an [`Env`] takes calls and records what each came to.
//!
//! What it is not: it knows no language model, opens no socket, reads no clock.
//! May depend on: `wardian-format` and the other runtime crates.

mod arguments;
mod call;
mod code;
mod layout;
mod loaded;
mod packs;
mod replay;
mod resume;

pub use call::Env;
pub use loaded::LoadedPack;
pub use packs::{PackRef, Packs, PacksUse, ReadPack};
pub use replay::Mismatch;
pub use resume::{Both, ResumeError};
pub use wardian_pack::PackError;
pub use wardian_sandbox::{Code, Codegen, Compile, Engine};
pub use wardian_state::{DIGEST_VERSION, Rows, Schema, State, Table};

use std::sync::Arc;
use wardian_format::task::TaskCall;
use wardian_format::{CallRecord, names};
use wardian_sandbox::{InProcess, Reuse, SandboxError};

/// Longest observation in an error, characters.
const OBSERVATION_CHARS_MAX: usize = 400;

/// What went wrong in the host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// The state failed.
    #[error(transparent)]
    State(#[from] wardian_state::StateError),
    /// A time is not RFC 3339 in UTC with whole seconds.
    #[error(transparent)]
    Time(#[from] wardian_format::time::TimeError),
    /// The sandbox failed (not the guest).
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// An earlier call failed in the host and took the state with it.
    #[error("this environment lost its state in an earlier call that failed in the host")]
    Broken,
    /// A call that sets the scene of a task did not succeed.
    #[error("`{tool}`, which sets the scene, fails: {observation}")]
    Scene {
        /// The tool.
        tool: String,
        /// What is shown of its failure.
        observation: String,
    },
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
pub struct Runtime {
    engine: Engine,
    compile: Arc<dyn Compile>,
    /// Native code of the components loaded last.
    codes: Arc<code::Codes>,
}

/// Clock and seed of an episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpisodeContext {
    /// Seed of generated ids.
    pub seed: u64,
    /// Constant time, RFC 3339 in UTC.
    pub now: String,
}

impl Runtime {
    /// An engine with the deterministic configuration, which compiles in this process.
    ///
    /// # Errors
    /// When wasmtime does not start on this machine.
    pub fn new() -> Result<Self, EnvError> {
        Self::with_compiler(Arc::new(InProcess))
    }

    /// As [`Runtime::new`], with the native code made by `compile`.
    ///
    /// # Errors
    /// When wasmtime does not start on this machine.
    pub fn with_compiler(compile: Arc<dyn Compile>) -> Result<Self, EnvError> {
        Ok(Self::on(Engine::new()?, compile))
    }

    /// On `engine`, with the native code made by `compile`.
    pub fn on(engine: Engine, compile: Arc<dyn Compile>) -> Self {
        Self { engine, compile, codes: Arc::default() }
    }

    /// Reads, verifies the structure of, and compiles the pack in `bytes`. `origin` names it in errors. Every
    /// call of its tools gets a fresh instance, so that nothing can be kept in a guest's memory.
    ///
    /// # Errors
    /// When the pack is not acceptable or does not compile.
    pub fn load(&self, bytes: Vec<u8>, origin: &str) -> Result<Arc<LoadedPack>, PackError> {
        LoadedPack::load(self, &bytes, origin, Reuse::Never)
    }

    /// As [`Runtime::load`], and reuses instances where the pack's profile is `sql`, which is many times faster
    /// for short tools. Only for a pack whose component the caller knows to be, byte for byte, the output of our
    /// own compiler: because it has just made it, or has compiled the pack's sources again and compared.
    ///
    /// # Errors
    /// As [`Runtime::load`].
    pub fn load_own(&self, bytes: Vec<u8>, origin: &str) -> Result<Arc<LoadedPack>, PackError> {
        LoadedPack::load(self, &bytes, origin, Reuse::OwnCompiler)
    }
}

impl LoadedPack {
    /// The environment in which an episode begins whose scene `setup` sets, and the records of those calls.
    ///
    /// # Errors
    /// When one of them does not succeed, the context is wrong, or the host fails.
    pub fn scene(self: &Arc<Self>, context: &EpisodeContext, setup: &[TaskCall]) -> Result<(Env, Vec<CallRecord>), EnvError> {
        let mut env = self.env(context)?;
        let mut made = Vec::with_capacity(setup.len());
        for call in setup {
            let record = env.call_in_its_role(&call.tool, &call.arguments)?;
            if !record.outcome.is_ok() {
                let observation = names::untrusted(&record.observation().to_string(), OBSERVATION_CHARS_MAX);
                return Err(EnvError::Scene { tool: call.tool.clone(), observation });
            }
            made.push(record);
        }
        Ok((env, made))
    }
}
