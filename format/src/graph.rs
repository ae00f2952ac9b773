//! The tool graph: edges that say why they exist, and domains.

use crate::Digest;
use serde::{Deserialize, Serialize};

/// A typed, weighted, explained edge between two tools of a catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Id of the first tool; for a dependency, the producer.
    pub from: String,
    /// Id of the second tool; for a dependency, the consumer.
    pub to: String,
    /// What the edge means.
    pub kind: EdgeKind,
    /// Similarity: exact cosine in millionths. Dependency: 1,000,000 divided by the producer's rank.
    pub weight: u32,
    /// The features or the key that meet, heaviest first, at most five.
    pub why: Vec<String>,
}

/// Kinds of edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// Parameters, returned fields and words are alike. Undirected; `from < to`.
    Similar,
    /// What `from` returns is what `to` needs.
    Dependency,
}

/// A community of tools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Slug, unique in the graph: `issue-tracking`. Name of the pack.
    pub name: String,
    /// For people: `Issue tracking`.
    pub title: String,
    /// One line, from the terms that set the domain apart.
    pub description: String,
    /// Those terms, heaviest first.
    pub terms: Vec<String>,
    /// Ids of its tools, sorted.
    pub tools: Vec<String>,
}

/// What `graph build` prints and writes to `graph.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphStats {
    /// Nodes.
    pub tools: usize,
    /// Similarity edges.
    pub edges_similar: usize,
    /// Dependency edges.
    pub edges_dependency: usize,
    /// Communities.
    pub domains: usize,
    /// Newman modularity of the partition over the similarity edges, from -0.5 to 1.
    pub modularity: f64,
    /// How the graph was built.
    pub settings: GraphSettings,
}

/// What the edges and the domains of a graph follow from, with its tools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphSettings {
    /// `louvain` or `leiden`.
    pub algorithm: String,
    /// Resolution of the communities in hundredths.
    pub resolution_percent: u32,
    /// Nearest neighbours that a tool has.
    pub neighbours: usize,
    /// Least similarity of an edge, in millionths.
    pub similarity_min: u32,
    /// Seed of the order in which tools are visited.
    pub seed: u64,
    /// Domains with fewer tools were merged, where they were like any other.
    pub size_min: usize,
    /// Domains have at most so many tools.
    pub size_max: usize,
    /// The graph as in the AgentScaler paper.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paper: bool,
    /// Sentence embeddings that were blended in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embeddings: Option<EmbeddingSettings>,
    /// The model whose advice was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<AdviceSettings>,
}

/// Advice on a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceSettings {
    /// The model: `openai:…`.
    pub model: String,
    /// Digest of the prompts.
    pub prompts_digest: Digest,
}

/// Sentence embeddings of a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingSettings {
    /// Name of the model.
    pub model: String,
    /// Digest of the vectors, in the order of the tools.
    pub digest: Digest,
    /// Their share in a similarity, in hundredths.
    pub share_percent: u32,
}
