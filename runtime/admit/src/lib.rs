//! Admission: is a component fit to be compiled at all?
//!
//! A compiler is not a sandbox: a few kilobytes of hostile WebAssembly can cost it minutes and gigabytes, and
//! its authors do not promise otherwise. So the structure of the bytes is bounded here first, in time linear
//! in their length, with the parser alone. Whatever a component could use beyond the contract of a tool is
//! refused by name: other imports (but for the few of the compatibility profile), resources of its own, threads, 64-bit memories, garbage collection.
//!
//! What it is not: it compiles and runs nothing, and does not look into the pack's own custom sections.
//! May depend on: `wardian-format`, wasmparser.

mod body;
mod shape;
mod walk;

use wardian_format::limits::AdmissionLimits;
use wasmparser::{BinaryReaderError, WasmFeatures};

/// What an admitted component is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Names of the exported functions, in order.
    pub exports: Vec<String>,
    /// The whole file, bytes.
    pub file_bytes: usize,
    /// All code sections, bytes.
    pub code_bytes: usize,
    /// All data, element, global and table sections, bytes.
    pub data_bytes: usize,
    /// The largest function body, bytes.
    pub body_bytes: usize,
    /// Functions with a body, of all modules.
    pub functions: u32,
    /// Types of all modules and components.
    pub types: u32,
    /// Core modules.
    pub modules: u32,
    /// Upper bound on the core instances that one instantiation makes.
    pub instances: u32,
}

/// Why a component is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmitError {
    /// The bytes are something else: text, a core module, nothing.
    #[error("not a WebAssembly component: {0}")]
    NotComponent(String),
    /// Not a valid component under the features that tools may use.
    #[error("invalid at byte {offset}: {reason}")]
    Invalid {
        /// Offset in the file.
        offset: usize,
        /// What the validator says, bounded.
        reason: String,
    },
    /// An import other than the state.
    #[error("imports `{name}` at byte {offset}; the only import that a tool may have is `{}`", wardian_format::pack::STATE_IMPORT)]
    Import {
        /// Its name, bounded and escaped.
        name: String,
        /// Offset in the file.
        offset: usize,
    },
    /// An import that even the compatibility profile does not have.
    #[error("imports `{name}` at byte {offset}; the profile `compatibility` has the state and some interfaces of WASI 0.2, and not this")]
    CompatibleImport {
        /// Its name, bounded and escaped.
        name: String,
        /// Offset in the file.
        offset: usize,
    },
    /// An export that is not a tool.
    #[error("export `{name}` is not a tool: {reason}")]
    Export {
        /// Its name, bounded and escaped.
        name: String,
        /// Why not.
        reason: String,
    },
    /// Something that no tool needs.
    #[error("{what} at byte {offset} is not allowed")]
    Forbidden {
        /// What it is.
        what: String,
        /// Offset in the file.
        offset: usize,
    },
    /// More than a limit allows.
    #[error("{what} at {place}: {actual} is over the limit of {max}")]
    TooLarge {
        /// What was counted, with its unit.
        what: &'static str,
        /// Byte offset or function.
        place: String,
        /// How much there is, as far as it was counted.
        actual: u64,
        /// The limit.
        max: u64,
    },
}

/// Checks `bytes`, a component with or without a pack's sections. Nothing is compiled.
pub fn check(bytes: &[u8], limits: &AdmissionLimits) -> Result<Report, AdmitError> {
    walk(bytes, limits, false)
}

/// As [`check`], for a component out of a composition that was checked: what it exports besides tools is nobody's, and so it may
/// be anything. The report lists no exports.
pub fn check_part(bytes: &[u8], limits: &AdmissionLimits) -> Result<Report, AdmitError> {
    walk(bytes, limits, true)
}

fn walk(bytes: &[u8], limits: &AdmissionLimits, is_part: bool) -> Result<Report, AdmitError> {
    within("file size in bytes", "byte 0", bytes.len() as u64, limits.file_bytes_max as u64)?;
    if !wasmparser::Parser::is_component(bytes) {
        let what = if wasmparser::Parser::is_core_wasm(bytes) { "it is a core module" } else { "the first eight bytes are wrong" };
        return Err(AdmitError::NotComponent(what.to_owned()));
    }
    walk::Walk::new(bytes, limits, is_part).run()
}

/// The WebAssembly that tools may use: what is deterministic and what a compiler needs to be content.
/// No threads, 64-bit memories, several memories, garbage collection, exceptions, relaxed SIMD or async.
pub fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::FLOATS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::COMPONENT_MODEL
}

/// Refuses `actual` over `max`.
fn within(what: &'static str, place: impl ToString, actual: u64, max: u64) -> Result<(), AdmitError> {
    if actual <= max { Ok(()) } else { Err(AdmitError::TooLarge { what, place: place.to_string(), actual, max }) }
}

impl From<BinaryReaderError> for AdmitError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid { offset: error.offset(), reason: wardian_format::names::untrusted(error.message(), 300) }
    }
}
