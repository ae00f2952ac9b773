//! What the materializer did with a domain, as it is kept in `domains/NAME.json`; the sum over domains; the page for people.

mod author;
mod coverage;
mod kind;
mod page;

pub use author::{AuthorReport, Piece, RefusedPiece, Score};
pub use coverage::Coverage;
pub use kind::Kind;
pub use page::{About, BYTES_MAX, Page, PageBuilder, PageError, PageOptions};

use crate::effects;
use crate::operation::Class;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
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
    /// Those that read: in the pack by what they do there, else by what their request says.
    #[serde(default)]
    pub readers: Share,
    /// Those that change something, told apart in the same way.
    #[serde(default)]
    pub writers: Share,
    /// Tools in the pack by class.
    pub materialized: BTreeMap<Class, usize>,
    /// Tools that are not in the pack, in the order of the input.
    pub left_out: Vec<LeftOut>,
    /// What the self-checks established for the tools in the pack.
    pub self_checks: SelfChecks,
    /// Whether what was written is read, over all pairs of a writing and a reading tool.
    #[serde(default)]
    pub read_after_write: ReadAfterWrite,
    /// Tables with their numbers of rows.
    pub tables: BTreeMap<String, usize>,
    /// One grounded call for each tool in the pack, in the order of the pack.
    pub examples: Vec<Example>,
    /// Why there is no pack, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_pack: Option<String>,
    /// What a model added to the world of the rules, where one was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<AuthorReport>,
}

impl DomainReport {
    /// The report on tools that are in no domain, under a name that no domain has.
    pub fn unplaced(name: String, tools: &[CatalogTool]) -> Self {
        let reason = Kind::NoDomain.meaning();
        let left =
            |tool: &CatalogTool| LeftOut { tool: tool.id.clone(), stage: Stage::Rules, kind: Kind::NoDomain, reason: reason.to_owned() };
        let (reading, writing): (Vec<_>, Vec<_>) = tools.iter().partition(|tool| effects::asks(tool));
        let share = |tools: Vec<&CatalogTool>| Share { tools_in: tools.len(), tools_out: 0 };
        Self {
            domain: name,
            tools_in: tools.len(),
            tools_out: 0,
            readers: share(reading),
            writers: share(writing),
            materialized: BTreeMap::new(),
            left_out: tools.iter().map(left).collect(),
            self_checks: SelfChecks::default(),
            read_after_write: ReadAfterWrite::default(),
            tables: BTreeMap::new(),
            examples: Vec::new(),
            no_pack: Some("these tools are in no domain".to_owned()),
            author: None,
        }
    }
}

/// How many tools of a kind there are, and how many of them are in packs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Tools that were given.
    pub tools_in: usize,
    /// Tools in packs.
    pub tools_out: usize,
}

impl Share {
    /// Adds the numbers of another.
    pub fn add(&mut self, other: &Share) {
        self.tools_in += other.tools_in;
        self.tools_out += other.tools_out;
    }
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
    /// A grounded call succeeded.
    pub grounded: usize,
    /// The same call gave the same outcome and digests a second time, and the rows were those of the digest.
    #[serde(default)]
    pub replayed: usize,
    /// Reads without an order ran backwards, and the outcome was the same.
    #[serde(default)]
    pub reversed: usize,
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
    /// Tools whose errors have the shape that the API declares. No check, but a property of the tool.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub error_shapes: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Pairs that did not hold, as they are kept of one domain.
const MISSED_MAX: usize = 20;

/// Pairs of a tool that writes and a tool that can show what it wrote (docs/materializer.md says which are pairs).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadAfterWrite {
    /// Pairs.
    pub pairs: usize,
    /// Pairs in which the reader showed what was written.
    pub held: usize,
    /// The same by the class of the writing tool.
    pub by_class: BTreeMap<Class, Pairs>,
    /// Writers and readers of the same thing that are no pairs, since the reader cannot show what was written.
    pub blind: usize,
    /// The first 20 pairs that did not hold, in the order of the pack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Missed>,
}

/// Pairs of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairs {
    /// Pairs.
    pub pairs: usize,
    /// Those that held.
    pub held: usize,
}

/// A pair that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missed {
    /// The tool that wrote.
    pub writer: String,
    /// The tool that should have shown it.
    pub reader: String,
    /// What it showed instead.
    pub reason: String,
}

impl ReadAfterWrite {
    /// Counts one pair of a writer of `class`.
    pub(crate) fn count(&mut self, class: Class, missed: Option<Missed>) {
        let of = self.by_class.entry(class).or_default();
        let held = usize::from(missed.is_none());
        (self.pairs, self.held) = (self.pairs + 1, self.held + held);
        (of.pairs, of.held) = (of.pairs + 1, of.held + held);
        self.missed.extend(missed.filter(|_| self.missed.len() < MISSED_MAX));
    }
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
