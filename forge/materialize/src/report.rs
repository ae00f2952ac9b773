//! What the materializer did with a domain, as it is kept in `domains/NAME.json`; the sum over domains; the page for people.

mod coverage;
mod kind;
mod page;

pub use coverage::Coverage;
pub use kind::Kind;
pub use page::{About, BYTES_MAX, Page, PageBuilder, PageError, PageOptions};

use crate::operation::Class;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_format::pack::Effect;

/// The report on one domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainReport {
    /// Name of the domain and of its pack.
    pub domain: String,
    /// Tools that were given.
    pub tools_in: usize,
    /// Tools in the pack.
    pub tools_out: usize,
    /// Tools in the pack by class.
    pub materialized: BTreeMap<Class, usize>,
    /// Tools that are not in the pack, in the order of the input.
    pub left_out: Vec<LeftOut>,
    /// What the self-checks established for the tools in the pack.
    pub self_checks: SelfChecks,
    /// Tables with their numbers of rows.
    pub tables: BTreeMap<String, usize>,
    /// One grounded call for each tool in the pack, in the order of the pack.
    pub examples: Vec<Example>,
    /// Why there is no pack, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_pack: Option<String>,
}

/// A tool that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Id in the catalogue.
    pub tool: String,
    /// At which step.
    pub stage: Stage,
    /// Why, as a stable word.
    pub kind: Kind,
    /// Why, in words.
    pub reason: String,
}

impl LeftOut {
    /// The record of a tool that fell out at `stage` for `reason`, whose form gives the kind.
    pub fn new(tool: String, stage: Stage, reason: String) -> Self {
        Self { tool, stage, kind: Kind::of(stage, &reason), reason }
    }
}

/// Steps at which a tool can fall out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The rules find no honest semantics.
    Rules,
    /// The SQL does not compile.
    Compile,
    /// A self-check failed.
    SelfCheck,
}

/// Numbers of tools that passed each check; a tool in the pack passed all that apply to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfChecks {
    /// A grounded call succeeded, and twice with the same outcome and digests.
    pub grounded: usize,
    /// A read left the digest alone.
    pub reads: usize,
    /// A write changed it.
    pub writes: usize,
    /// A wrong key gave a clean tool error and an untouched state.
    pub wrong_key: usize,
    /// The result fits the declared schema.
    pub fits_schema: usize,
    /// What was written was found again through a reading tool.
    pub read_back: usize,
    /// Writes for which the domain has no reading tool.
    pub no_reader: usize,
}

/// A call that succeeds on the initial state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Name of the tool.
    pub tool: String,
    /// Its class.
    pub class: Class,
    /// Whether it writes.
    pub effect: Effect,
    /// The arguments.
    pub arguments: Value,
    /// What it returned.
    pub result: Value,
    /// The tool through which its effect was read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<String>,
}
