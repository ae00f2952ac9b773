//! Admission and compilation of components.

use crate::smith;
use std::sync::OnceLock;
use wardian_admit::{AdmitError, Report, check, features};
use wardian_format::limits::{AdmissionLimits, Profile};
use wardian_sandbox::{Compile, Engine, InProcess, SandboxError};
use wardian_testkit::sample::sample;

/// What became of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Refused by admission.
    Refused,
    /// Admitted, and the compiler refuses it in words.
    Uncompiled,
    /// Admitted and compiled.
    Compiled,
}

/// Admission does not panic; what it admits is valid under the features that tools may use, and what it calls invalid
/// is; and the compiler takes what is admitted, or says why not.
pub fn admit(bytes: &[u8]) {
    judge(bytes);
}

/// As [`admit`], of the modules that wasm-smith makes from the bytes.
pub fn smith(bytes: &[u8]) {
    for plain in [false, true] {
        if let Some(module) = smith::module(bytes, plain) {
            admit(&module);
            admit(&smith::wrap(&module));
        }
    }
}

/// The oracle itself: panics where admission, validator and compiler do not agree.
pub fn judge(bytes: &[u8]) -> Verdict {
    let admitted = check(bytes, &AdmissionLimits::of(Profile::Guest));
    let valid = wasmparser::Validator::new_with_features(features()).validate_all(bytes);
    match (&admitted, &valid) {
        (Ok(_), Err(error)) => panic!("admitted, but not valid: {error}"),
        (Err(AdmitError::Invalid { reason, offset }), Ok(_)) => panic!("called invalid at byte {offset} ({reason}), but it is valid"),
        _ => {}
    }
    match admitted {
        Ok(report) => compile(bytes, &report),
        Err(error) => {
            assert!(error.to_string().len() < 2_000, "a refusal is short");
            Verdict::Refused
        }
    }
}

fn compile(bytes: &[u8], report: &Report) -> Verdict {
    assert_eq!(report.file_bytes, bytes.len());
    match InProcess.compile(engine(), bytes, Profile::Guest) {
        Ok(_) => Verdict::Compiled,
        Err(SandboxError::Compile(_)) => Verdict::Uncompiled,
        Err(error) => panic!("the compiler fails in another way: {error}"),
    }
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new().expect("the engine starts"))
}

/// The sample's component, and components around generated modules.
pub fn seeds() -> Vec<Vec<u8>> {
    let made = (0..24).filter_map(|seed| smith::module(&smith::entropy(seed), true)).map(|module| smith::wrap(&module));
    std::iter::once(sample().component).chain(made).collect()
}

/// Bytes for wasm-smith.
pub fn smith_seeds() -> Vec<Vec<u8>> {
    (0..16).map(smith::entropy).collect()
}
