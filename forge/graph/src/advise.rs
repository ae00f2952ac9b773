//! Advice of a language model on a tool graph: better names of domains, domains that are mixtures split, dependency edges
//! confirmed, taken out and added.
//!
//! Three steps, of which only the second asks anybody: [`questions`] writes the questions, [`advise`] puts them to a model, [`apply`]
//! checks the answers against the graph and follows what is good. The same answers give the same bytes. Advice is never believed: what does
//! not fit the graph is refused with a reason in the report, and a question without an answer leaves its domain as it was.
//!
//! Prompts are the files of `prompts/`, with a version and a digest. Descriptions of tools are untrusted: they are cut, and shown as
//! JSON in which no `<` can close the block of data. What they could still talk a model into is bounded by the checks: names of bounded length,
//! parts that keep every tool, edges between fields that exist, and at most a share of a domain's edges taken out.

mod apply;
mod ask;
mod domains;
mod drive;
mod edges;
mod fields;

use serde_json::Value;
use wardian_format::Digest;
use wardian_format::advice::RefusedAdvice;
use wardian_model::{ChatRequest, ModelError};

pub use apply::{Advised, apply};
pub use ask::questions;
pub use drive::{advise, answer};

/// Version of the prompts. Another text is another version.
pub const PROMPTS_VERSION: &str = "v1";

const KINDS: &str = include_str!("../prompts/kinds.md");
const EDGES: &str = include_str!("../prompts/edges.md");
const REPAIR: &str = include_str!("../prompts/repair.md");

/// A whole answer, among the pieces of advice in the report.
const ADVICE: &str = "answer";

/// Producers that a parameter may have, found and added together.
const PRODUCERS_MAX: usize = 3;

/// Digest of the prompts of this version.
pub fn prompts_digest() -> Digest {
    let files = [("edges.md", EDGES), ("kinds.md", KINDS), ("repair.md", REPAIR)];
    wardian_format::digest::of_files(files.map(|(name, text)| (name, Digest::of(text.as_bytes()))))
}

/// What to ask for, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdviceOptions {
    /// Rename domains.
    pub rename: bool,
    /// Split domains that are mixtures.
    pub split: bool,
    /// Confirm dependency edges, and take out those that do not hold.
    pub confirm: bool,
    /// Add dependency edges.
    pub add: bool,
    /// Tools that a part of a split domain has at least.
    pub part_tools_min: usize,
    /// Tools in one question. Larger domains are not split or renamed; their edges are asked about in pieces.
    pub tools_max: usize,
    /// Edges in one question.
    pub edges_max: usize,
    /// Characters of one question.
    pub prompt_chars_max: usize,
    /// Characters of a tool's description; fewer where a domain has many tools.
    pub description_chars_max: usize,
    /// Inputs, and returned fields, of a tool that are shown.
    pub fields_max: usize,
    /// Where an answer would take out more than this share of the edges it was asked about, and at least four, it takes out none.
    pub removed_percent_max: usize,
}

impl Default for AdviceOptions {
    /// Everything; parts of at least 5 tools; 200 tools, 100 edges and 60,000 characters a question; at most half of the edges taken out.
    fn default() -> Self {
        Self {
            rename: true,
            split: true,
            confirm: true,
            add: true,
            part_tools_min: 5,
            tools_max: 200,
            edges_max: 100,
            prompt_chars_max: 60_000,
            description_chars_max: 160,
            fields_max: 8,
            removed_percent_max: 50,
        }
    }
}

/// A question about one domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Unique: `kinds/issue-tracking`, `edges/issue-tracking/0`.
    pub id: String,
    /// What the numbers in its answer mean.
    pub about: About,
    /// What the model is sent.
    pub request: ChatRequest,
}

/// What a question is about. Numbers in an answer count these from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Name and kinds of a domain.
    Kinds {
        /// Its slug.
        domain: String,
        /// Ids of its tools.
        tools: Vec<String>,
    },
    /// Dependency edges inside of a domain.
    Edges {
        /// Its slug.
        domain: String,
        /// Ids of the tools shown.
        tools: Vec<String>,
        /// Producer and consumer of the edges shown.
        edges: Vec<(String, String)>,
    },
}

/// The questions about a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Questions {
    /// To be asked, in any order.
    pub asked: Vec<Question>,
    /// What is too large to be asked.
    pub left_out: Vec<RefusedAdvice>,
}

/// An answer: a JSON object. What is in it is checked by [`apply`].
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(pub Value);

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdviceError {
    /// The model gave no turn.
    #[error("the model gave no answer: {0}")]
    Model(#[from] ModelError),
    /// Twice it said something that is no JSON object.
    #[error("the answer is not in the form asked for: {reason}: {said}")]
    Form {
        /// What is wrong.
        reason: String,
        /// The start of what it said, escaped.
        said: String,
    },
}
