//! States that are brought about again: from a saved state, and from part of a trajectory.

use crate::{Env, EnvError, EpisodeContext, LoadedPack};
use serde_json::Value;
use std::sync::Arc;
use wardian_format::saved::{SAVED_STATE_FORMAT, SavedHead};
use wardian_format::{CallRecord, Digest, Digests, SavedState, Trajectory, names};
use wardian_state::DIGEST_VERSION;

/// Longest observation in an error, characters.
const OBSERVATION_CHARS_MAX: usize = 300;

/// Why a state cannot be brought about again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// It belongs to another pack.
    #[error("it was made with the pack `{pack}` of digest {expected}, and the pack at hand has digest {actual}")]
    OtherPack {
        /// Name of the pack that it was made with.
        pack: String,
        /// Digest of that.
        expected: Digest,
        /// Digest of the pack at hand.
        actual: Digest,
    },
    /// Its digests cannot be compared with ours.
    #[error("its digests are of version {expected}, and this version makes those of version {actual}")]
    DigestVersion {
        /// Version of its digests.
        expected: u32,
        /// Version of ours.
        actual: u32,
    },
    /// A call does not lead to where it says.
    #[error("call {call} (`{tool}`) leads to the state {actual}, and not to {expected} as it says{}", shown(.observation))]
    Call {
        /// Its number, from 1.
        call: usize,
        /// Its tool.
        tool: String,
        /// Digest of the state that it says.
        expected: Digest,
        /// Digest of the state that it leads to.
        actual: Digest,
        /// What is shown of it where it fails now.
        observation: Option<String>,
    },
    /// The calls do not lead to what is said of them as a whole.
    #[error("its calls lead to the state {actual}, and not to {expected} as it says")]
    End {
        /// Digests that it says.
        expected: Box<Both>,
        /// Digests that its calls lead to.
        actual: Box<Both>,
    },
    /// It has fewer calls.
    #[error("it has {calls} calls, and not {asked}")]
    TooShort {
        /// Calls that it has.
        calls: usize,
        /// Calls that were asked for.
        asked: usize,
    },
    /// The host failed.
    #[error(transparent)]
    Env(#[from] EnvError),
}

/// Two digests in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Both(pub Digests);

impl std::fmt::Display for Both {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (graded {})", self.0.full, self.0.graded)
    }
}

fn shown(observation: &Option<String>) -> String {
    observation.as_ref().map(|text| format!(": {text}")).unwrap_or_default()
}

impl LoadedPack {
    /// A saved state of this pack without calls.
    pub fn save(&self, context: &EpisodeContext) -> SavedState {
        let manifest = self.manifest();
        let head = SavedHead {
            format: SAVED_STATE_FORMAT,
            pack: manifest.name.clone(),
            pack_digest: self.digest(),
            digest_version: DIGEST_VERSION,
            seed: context.seed,
            now: context.now.clone(),
            calls: 0,
            state: manifest.initial,
        };
        SavedState { head, calls: Vec::new() }
    }

    /// The environment that `saved` stands for: its calls are made again, and the state after each is compared with what it says.
    ///
    /// # Errors
    /// When it is another pack's, when something differs, or when the host fails.
    pub fn resume(self: &Arc<Self>, saved: &SavedState) -> Result<Env, ResumeError> {
        let head = &saved.head;
        if head.pack_digest != self.digest() {
            return Err(ResumeError::OtherPack { pack: head.pack.clone(), expected: head.pack_digest, actual: self.digest() });
        }
        if head.digest_version != DIGEST_VERSION {
            return Err(ResumeError::DigestVersion { expected: head.digest_version, actual: DIGEST_VERSION });
        }
        let mut env = self.env(&EpisodeContext { seed: head.seed, now: head.now.clone() })?;
        for (index, call) in saved.calls.iter().enumerate() {
            let record = env.call_in_its_role(&call.tool, &call.arguments)?;
            leads_to(index, &record, call.state)?;
        }
        let actual = env.digests()?;
        if actual != head.state {
            return Err(ResumeError::End { expected: Box::new(Both(head.state)), actual: Box::new(Both(actual)) });
        }
        Ok(env)
    }

    /// The environment after the first `calls` calls of `trajectory`, those of the agent and of the user, which are made again.
    ///
    /// # Errors
    /// When it is another pack's, has fewer calls, when a state differs, or when the host fails.
    pub fn after_calls(self: &Arc<Self>, trajectory: &Trajectory, calls: usize) -> Result<Env, ResumeError> {
        let certificate = &trajectory.certificate;
        if certificate.pack_digest != self.digest() {
            let pack = certificate.pack.clone();
            return Err(ResumeError::OtherPack { pack, expected: certificate.pack_digest, actual: self.digest() });
        }
        let Some(made) = trajectory.calls.get(..calls) else {
            return Err(ResumeError::TooShort { calls: trajectory.calls.len(), asked: calls });
        };
        let mut env = self.env(&EpisodeContext { seed: certificate.seed, now: certificate.now.clone() })?;
        env.offer(&trajectory.tools);
        for recorded in &trajectory.setup {
            env.call_in_its_role(&recorded.tool, &recorded.arguments)?;
        }
        let initial = env.digests()?;
        if initial != certificate.initial {
            return Err(ResumeError::End { expected: Box::new(Both(certificate.initial)), actual: Box::new(Both(initial)) });
        }
        for (index, recorded) in made.iter().enumerate() {
            let role = self.role_of(recorded);
            let record = match &recorded.arguments {
                Value::String(text) => env.call_text(role, &recorded.tool, text)?,
                arguments => env.call(role, &recorded.tool, arguments)?,
            };
            leads_to(index, &record, recorded.state.full)?;
        }
        Ok(env)
    }
}

fn leads_to(index: usize, record: &CallRecord, expected: Digest) -> Result<(), ResumeError> {
    if record.state.full == expected {
        return Ok(());
    }
    let observation = (!record.outcome.is_ok()).then(|| names::untrusted(&record.observation().to_string(), OBSERVATION_CHARS_MAX));
    let tool = names::untrusted(&record.tool, wardian_format::names::TOOL_NAME_MAX);
    Err(ResumeError::Call { call: index + 1, tool, expected, actual: record.state.full, observation })
}
