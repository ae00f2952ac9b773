//! The sandbox: wasmtime with a deterministic configuration, limits on everything, and one import.
//!
//! A tool can reach the state that it is lent for one call, and nothing else: no clock, no randomness, no
//! files, no network. Whatever it does comes back as an [`Outcome`]; an `Err` means that the host broke.
//!
//! What it is not: it knows no packs and no JSON Schemas, and decides nothing about admission: bytes must have
//! passed `wardian-admit` before they are compiled here. It reads no clock but the one that ticks the epoch.
//! May depend on: `wardian-format`, `wardian-state`, wasmtime, wasmtime-wasi.

mod answer;
mod code;
mod contract;
mod engine;
mod limiter;
mod program;
mod wasi;
mod watchdog;

pub use answer::TOOL_ERROR_CHARS_MAX;
pub use code::{Code, Compile, Exceeded, InProcess, Precompiler, Trusted};
pub use engine::{Codegen, Engine};
pub use program::{Program, Reply, Reuse};
pub use wardian_format::Outcome;

/// What went wrong in the host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// wasmtime does not start.
    #[error("cannot start the engine: {0}")]
    Engine(String),
    /// The component does not compile, although it was admitted.
    #[error("cannot compile the component: {0}")]
    Compile(String),
    /// A process of its own found something that is not acceptable: a component that is not admitted, an image that is no
    /// sound database.
    #[error("{0}")]
    Refused(String),
    /// Compiling the component, or looking at the image, took more than it may.
    #[error("{what} takes more than {limit}")]
    Exceeded {
        /// What took more.
        what: &'static str,
        /// Which limit it was.
        which: Exceeded,
        /// The limit in words.
        limit: String,
    },
    /// The process that compiles did not start, or ended without an answer for no fault of the component.
    #[error("the compiler's process failed: {0}")]
    Helper(String),
    /// The component's import does not fit the contract.
    #[error("the component does not fit the contract of tools: {0}")]
    Link(String),
    /// An export is missing or has another type than that of a tool.
    #[error("export `{name}`: {reason}")]
    Export {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no room for another instance; no fault of the guest.
    #[error("no room for another instance: {0}")]
    Busy(String),
    /// A call ended without giving the state back.
    #[error("the state of a call was lost")]
    StateLost,
}

/// Text of a wasmtime error, with its causes, bounded and escaped.
fn text_of(error: &wasmtime::Error) -> String {
    wardian_format::names::untrusted(&format!("{error:#}"), 400)
}
