//! `run.json`: what a run came to.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wardian_format::Digest;

/// Version of the record.
pub(crate) const RUN_FORMAT: u32 = 1;

/// The record of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunRecord {
    /// [`RUN_FORMAT`].
    pub(crate) format: u32,
    /// SHA-256 over the data files of the folder.
    pub(crate) digest: Digest,
    /// Totals.
    pub(crate) counts: Counts,
    /// Kept and dropped trajectories by code.
    pub(crate) codes: BTreeMap<String, usize>,
    /// The stages in order.
    pub(crate) stages: Vec<StageRecord>,
    /// Versions of the parts.
    pub(crate) versions: BTreeMap<String, String>,
}

/// Totals of a run.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    pub(crate) tools: usize,
    pub(crate) skipped: usize,
    pub(crate) domains: usize,
    pub(crate) packs: usize,
    pub(crate) pack_tools: usize,
    pub(crate) tasks: usize,
    pub(crate) episodes: usize,
    pub(crate) calls: usize,
    pub(crate) kept: usize,
    pub(crate) verified: usize,
    pub(crate) verify_failed: usize,
}

/// One stage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageRecord {
    /// One word.
    pub(crate) name: String,
    /// Wall time in seconds.
    pub(crate) seconds: f64,
    /// CPU time of all threads in seconds.
    pub(crate) cpu_s: f64,
    /// What came out, in words.
    pub(crate) note: String,
}
