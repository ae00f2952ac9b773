//! The tool graph: edges that say why they exist, and domains.

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
}
