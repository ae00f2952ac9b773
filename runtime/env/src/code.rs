//! Native code of the components loaded last, so that one process need not compile a pack once a stage.

use crate::Runtime;
use std::sync::{Mutex, PoisonError};
use wardian_format::Digest;
use wardian_format::limits::{FIXED, Profile};
use wardian_sandbox::{Code, SandboxError};

/// Components whose code is kept. A component of fifty tools has some hundred kilobytes of code.
const KEPT_MAX: usize = FIXED.codes_max;

/// Code by digest of the component, the least recently used first. It never leaves the process.
#[derive(Default)]
pub(crate) struct Codes {
    kept: Mutex<Vec<(Digest, Code)>>,
}

impl Runtime {
    /// The code of `component`, compiled unless it is kept.
    pub(crate) fn code(&self, component: &[u8], profile: Profile) -> Result<Code, SandboxError> {
        let digest = Digest::of(component);
        let code = match self.codes.take(digest) {
            Some(code) => code,
            None => self.compile.compile(&self.engine, component, profile)?,
        };
        self.codes.put(digest, code.clone());
        Ok(code)
    }
}

impl Codes {
    fn take(&self, digest: Digest) -> Option<Code> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| *known == digest)?;
        Some(kept.remove(at).1)
    }

    fn put(&self, digest: Digest, code: Code) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != digest);
        if kept.len() == KEPT_MAX {
            kept.remove(0);
        }
        kept.push((digest, code));
    }
}
