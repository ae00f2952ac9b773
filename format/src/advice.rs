//! What a model advised about a tool graph, and what became of it.

use crate::digest::Digest;
use crate::graph::Edge;
use serde::{Deserialize, Serialize};

/// Version of the report.
pub const ADVICE_FORMAT: u32 = 1;

/// What was asked, what was done, and what was refused and why. Texts of the model are bounded and have no control characters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceReport {
    /// [`ADVICE_FORMAT`].
    pub format: u32,
    /// The model: `openai:…`.
    pub model: String,
    /// Version of the prompts: `v1`.
    pub prompts: String,
    /// Digest of the prompts.
    pub prompts_digest: Digest,
    /// Questions that were asked.
    pub questions: usize,
    /// Questions with an answer that could be read.
    pub answered: usize,
    /// Domains that got another name, title or description, in the order of their old names.
    pub renamed: Vec<Renamed>,
    /// Domains that were split.
    pub split: Vec<Split>,
    /// Dependency edges that the model was asked about and confirmed.
    pub edges_confirmed: usize,
    /// Dependency edges that it was asked about and said nothing usable of; they stay.
    pub edges_unjudged: usize,
    /// Dependency edges that it said do not hold.
    pub edges_removed: Vec<RemovedEdge>,
    /// Dependency edges that it added.
    pub edges_added: Vec<Edge>,
    /// Questions without a usable answer, questions too large to ask, and pieces of advice that were not followed.
    pub refused: Vec<RefusedAdvice>,
}

impl AdviceReport {
    /// This round of advice and a later one of the same model, as one report.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.questions += later.questions;
        self.answered += later.answered;
        self.renamed.extend(later.renamed);
        self.split.extend(later.split);
        self.edges_confirmed += later.edges_confirmed;
        self.edges_unjudged += later.edges_unjudged;
        self.edges_removed.extend(later.edges_removed);
        self.edges_added.extend(later.edges_added);
        self.refused.extend(later.refused);
        self
    }
}

/// A domain under its new name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// Slug before.
    pub from: String,
    /// Slug after; the same where only title or description changed.
    pub to: String,
    /// Title before.
    pub title_from: String,
    /// Title after.
    pub title_to: String,
}

/// A domain that became several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Slug of the domain that is no more.
    pub domain: String,
    /// Slugs of its parts.
    pub parts: Vec<String>,
}

/// An edge that was taken out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedEdge {
    /// The edge as it was.
    pub edge: Edge,
    /// What the model said against it.
    pub reason: String,
}

/// Advice that was not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedAdvice {
    /// The question: `kinds/issue-tracking`, `edges/issue-tracking/0`.
    pub question: String,
    /// Which piece of the answer: `slug`, `parts`, `missing[3]`; `answer` for all of it.
    pub advice: String,
    /// Why, for people.
    pub reason: String,
}
