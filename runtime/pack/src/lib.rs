//! Packs: one `.wasm` file that is a component plus custom sections. Reading, verifying, compiling, writing.
//!
//! What it is not: it does not know the tool language; `forge/compiler` makes the components.
//! May depend on: `wardian-format`, `wardian-admit`, `wardian-sandbox`, `wardian-state`.

use std::collections::BTreeMap;
use wardian_format::Manifest;

/// Why a pack is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The file cannot be what it claims to be.
    #[error("`{origin}` is not an acceptable pack: {reason}")]
    Refused {
        /// The file as the caller named it.
        origin: String,
        /// Section and reason.
        reason: String,
    },
    /// The state image is unacceptable.
    #[error("`{origin}`: {source}")]
    State {
        /// The file.
        origin: String,
        /// Why.
        source: wardian_state::StateError,
    },
}

/// What a pack is made of, before it is written and after it is read.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The component: imports `wardian:env/state@0.1.0`, exports one function a tool.
    pub component: Vec<u8>,
    /// The manifest.
    pub manifest: Manifest,
    /// The SQLite image, uncompressed.
    pub image: Vec<u8>,
    /// Policy for the agent.
    pub policy: Option<String>,
    /// Tasks, as JSON lines.
    pub tasks: Option<String>,
    /// The sources: path → text.
    pub sources: BTreeMap<String, String>,
}

/// Writes a pack file. Reproducible: the same parts give the same bytes.
pub fn write(parts: &Parts) -> Vec<u8> {
    let _ = parts;
    unimplemented!()
}

/// Reads a pack file and checks its structure (sections, admission, manifest against component and image);
/// nothing is compiled or run. `origin` names the file in errors.
pub fn read(bytes: &[u8], origin: &str) -> Result<Parts, PackError> {
    let _ = (bytes, origin);
    unimplemented!()
}
