//! The tool graph: which tools are alike, which feed each other, and which belong together.
//!
//! What it is: a pure function from a catalogue to one graph with two kinds of explained edge, and to domains. Similarity is the
//! cosine of sparse vectors over parameter names and descriptions, names of returned fields, and the words of the tool's name and
//! description; a similarity edge is a pair that has each other among its nearest neighbours. Dependency edges lead from a tool
//! that returns a key to one that needs it. Domains are Louvain communities of the similarity edges, with bounds on their size.
//! What it is not: it downloads no model, and it never looks at id, provider, source, service, tags or path to decide that tools
//! are alike (those are the labels that its quality is measured with). Dependencies do use path and API.
//! May depend on: `wardian-format`, `petgraph`, `rayon`; [`advise`] alone on `wardian-model`, the trait of models.
//!
//! Invariants: all weights are integers, and the few floating-point operations are ones that IEEE 754 rounds exactly; so the result has the
//! same bytes for any order of the input, any number of threads and any machine.

pub mod advise;
mod communities;
mod depend;
mod features;
mod join;
mod leiden;
mod lexicon;
mod louvain;
mod title;

use petgraph::graph::{DiGraph, NodeIndex};
use rayon::prelude::*;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::graph::{Domain, Edge, EdgeKind, EmbeddingSettings, GraphSettings, GraphStats};

pub use depend::Coverage;
pub use leiden::leiden;
pub use louvain::{Network, louvain, modularity};

/// How communities are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// Blondel and others, 2008.
    #[default]
    Louvain,
    /// Traag and others, 2019: a little more modularity, and parts that are well connected.
    Leiden,
}

impl Algorithm {
    /// As it is written: `louvain`, `leiden`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Louvain => "louvain",
            Self::Leiden => "leiden",
        }
    }

    /// Communities of `network` as labels 0.. in order of first appearance.
    pub fn communities(self, network: &Network, resolution_percent: u32, seed: u64) -> Vec<u32> {
        match self {
            Self::Louvain => louvain(network, resolution_percent, seed),
            Self::Leiden => leiden(network, resolution_percent, seed),
        }
    }
}

/// How to build a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphOptions {
    /// How communities are found.
    pub algorithm: Algorithm,
    /// Resolution of the communities in hundredths: 100 is Newman's modularity, more gives smaller communities. Without one, it grows with the
    /// catalogue, so that domains keep their size: one for each [`TOOLS_PER_RESOLUTION`] tools, and 1.5 at least.
    pub resolution_percent: Option<u32>,
    /// Nearest neighbours that a tool has; an edge needs both sides.
    pub neighbours: usize,
    /// Least similarity of an edge, in millionths.
    pub similarity_min: u32,
    /// Seed of the order in which tools are visited.
    pub seed: u64,
    /// Communities with fewer tools are merged into the one they are most alike.
    pub size_min: usize,
    /// Communities with more tools are split.
    pub size_max: usize,
    /// The graph as in the AgentScaler paper: parameter names only, an edge wherever the cosine is above 0.9.
    pub paper: bool,
}

/// Tools for each 1.0 of the resolution that [`GraphOptions`] has by itself.
pub const TOOLS_PER_RESOLUTION: usize = 500;

impl GraphOptions {
    /// The resolution for a catalogue of so many tools, in hundredths.
    pub fn resolution(&self, tools: usize) -> u32 {
        self.resolution_percent.unwrap_or_else(|| u32::try_from(tools * 100 / TOOLS_PER_RESOLUTION).unwrap_or(u32::MAX).max(150))
    }

    /// As they are recorded, for a catalogue of so many tools.
    fn settings(&self, tools: usize, meaning: Option<&Meaning<'_>>) -> GraphSettings {
        GraphSettings {
            algorithm: self.algorithm.name().to_owned(),
            resolution_percent: self.resolution(tools),
            neighbours: self.neighbours,
            similarity_min: self.similarity_min,
            seed: self.seed,
            size_min: self.size_min,
            size_max: self.size_max,
            paper: self.paper,
            embeddings: meaning.map(|meaning| meaning.settings.clone()),
            advice: None,
        }
    }
}

/// Sentence embeddings of the tools, blended into their similarity. Tools are numbered in the order of their ids.
pub struct Meaning<'a> {
    /// What is recorded of them; `share_percent` is their share in a similarity.
    pub settings: EmbeddingSettings,
    /// The nearest neighbours of each tool with the cosine in millionths, most alike first.
    pub nearest: &'a [Vec<(u32, u32)>],
    /// The cosine of two tools in millionths; 0 where it is negative.
    pub cosine: &'a (dyn Fn(u32, u32) -> u32 + Sync),
}

impl Default for GraphOptions {
    /// Louvain, resolution by the number of tools, 10 neighbours, similarity 0.05, seed 1, 5 to 200 tools in a domain.
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Louvain,
            resolution_percent: None,
            neighbours: 10,
            similarity_min: 50_000,
            seed: 1,
            size_min: 5,
            size_max: 200,
            paper: false,
        }
    }
}

/// What an edge of [`ToolGraph::graph`] carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the edge means.
    pub kind: EdgeKind,
    /// As in [`Edge::weight`].
    pub weight: u32,
}

/// Tools, edges and domains.
#[derive(Clone, Debug)]
pub struct ToolGraph {
    /// Every edge, sorted by kind, `from` and `to`.
    pub edges: Vec<Edge>,
    /// The domains, sorted by name.
    pub domains: Vec<Domain>,
    /// Ids of tools that are like no other and so belong to no domain, sorted.
    pub unplaced: Vec<String>,
    /// Counts and modularity.
    pub stats: GraphStats,
    graph: DiGraph<String, Link>,
}

/// Why two tools are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The cosine in millionths.
    pub weight: u32,
    /// Shared features with their share of the cosine in millionths, heaviest first; shares are rounded down.
    pub shares: Vec<(String, u32)>,
}

impl ToolGraph {
    /// The graph: node weights are tool ids, sorted; a similarity edge is stored once, from the smaller id to the greater.
    pub fn graph(&self) -> &DiGraph<String, Link> {
        &self.graph
    }
}

/// Says why tools of a catalogue are alike, without embeddings.
pub struct Explainer<'a> {
    tools: Vec<&'a CatalogTool>,
    space: features::Space,
}

impl<'a> Explainer<'a> {
    /// Looks at all tools, since what is rare among them says more.
    pub fn new(tools: &'a [CatalogTool], paper: bool) -> Self {
        let tools = in_order(tools);
        let space = if paper { features::paper_space(&tools) } else { features::space(&read(&tools).parts) };
        Self { tools, space }
    }

    /// Why two tools are alike; `None` where one of them is not in the catalogue.
    pub fn explain(&self, a: &str, b: &str) -> Option<Explanation> {
        let find = |id: &str| self.tools.binary_search_by(|tool| tool.id.as_str().cmp(id)).ok();
        Some(join::explain(&self.space, find(a)?, find(b)?))
    }
}

/// What is read from the tools, each of which is opened once.
#[derive(Default)]
struct Reading<'a> {
    parts: Vec<features::Part>,
    keys: Vec<depend::Keys<'a>>,
    deeds: Vec<depend::Deed>,
}

fn read<'a>(tools: &[&'a CatalogTool]) -> Reading<'a> {
    let chunk = |tools: &[&'a CatalogTool]| {
        let mut reader = features::Reader::default();
        let opened = tools.iter().map(|tool| {
            // The trees of its schemas go with the clone.
            let open = (*tool).clone();
            reader.read(&open);
            depend::keys_of(tool, &open)
        });
        let (keys, deeds): (Vec<_>, Vec<_>) = opened.unzip();
        (reader.finish(), keys, deeds)
    };
    let chunks: Vec<_> = tools.par_chunks(features::CHUNK).map(chunk).collect();
    let mut reading = Reading::default();
    for (part, keys, deeds) in chunks {
        reading.parts.push(part);
        reading.keys.extend(keys);
        reading.deeds.extend(deeds);
    }
    reading
}

/// Builds the graph of `tools`. Of tools with equal ids the first in the order of their JSON counts.
pub fn build(tools: &[CatalogTool], options: &GraphOptions) -> ToolGraph {
    build_with(tools, options, None)
}

/// As [`build`], with sentence embeddings blended into the similarity. The paper's graph takes none.
///
/// # Panics
/// Where `meaning` is of another number of tools.
pub fn build_with(tools: &[CatalogTool], options: &GraphOptions, meaning: Option<&Meaning<'_>>) -> ToolGraph {
    let tools = in_order(tools);
    let meaning = meaning.filter(|_| !options.paper);
    let Reading { parts, keys, deeds } = read(&tools);
    let space = if options.paper { features::paper_space(&tools) } else { features::space(&parts) };
    drop(parts);
    let nearest = match meaning {
        _ if options.paper => join::above(&space, PAPER_SIMILARITY),
        Some(meaning) => {
            assert_eq!(meaning.nearest.len(), tools.len(), "an embedding for each tool");
            join::blended(&space, options.neighbours, options.similarity_min, meaning)
        }
        None => join::nearest(&space, options.neighbours, options.similarity_min),
    };
    let pairs = if options.paper { join::upper(&nearest) } else { join::mutual(&nearest) };
    let network = Network::new(tools.len(), &pairs);
    let partition = communities::partition(&network, &nearest, options);
    drop(nearest);
    let domains = title::domains(&tools, deeds, &partition);
    let labels = communities::labels(tools.len(), &partition);
    let unplaced = (0..tools.len()).filter(|&i| labels[i] as usize >= partition.len()).map(|i| tools[i].id.clone()).collect();
    let modularity = modularity(&network, &labels, 100);
    drop(network);
    let mut edges = similar_edges(&tools, &space, &pairs, meaning);
    drop(space);
    edges.extend(depend::edges(keys).0);
    edges.par_sort_by(|a, b| (a.kind, &a.from, &a.to).cmp(&(b.kind, &b.from, &b.to)));
    let stats = GraphStats {
        tools: tools.len(),
        edges_similar: pairs.len(),
        edges_dependency: edges.len() - pairs.len(),
        domains: domains.len(),
        modularity,
        settings: options.settings(tools.len(), meaning),
    };
    let graph = assemble(&tools, &edges);
    ToolGraph { edges, domains, unplaced, stats, graph }
}

/// Least cosine of an edge of the paper's graph, in millionths.
const PAPER_SIMILARITY: u32 = 900_000;

/// What an edge says where the meaning of two tools is more alike than their words.
pub const BY_MEANING: &str = "meaning";

/// The dependency edges alone, sorted by `from` and `to`, and how much of what tools need they fill.
pub fn dependencies(tools: &[CatalogTool]) -> (Vec<Edge>, Coverage) {
    let (mut edges, coverage) = depend::edges(read(&in_order(tools)).keys);
    edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    (edges, coverage)
}

/// The counts of a graph whose domains or edges were changed, as by advice.
pub fn recount(tools: &[CatalogTool], edges: &[Edge], domains: &[Domain], settings: GraphSettings) -> GraphStats {
    let tools = in_order(tools);
    let number = |id: &String| tools.binary_search_by(|tool| tool.id.cmp(id)).ok();
    let similar = edges.iter().filter(|edge| edge.kind == EdgeKind::Similar);
    let pairs: Vec<(u32, u32, u32)> =
        similar.filter_map(|edge| Some((number(&edge.from)? as u32, number(&edge.to)? as u32, edge.weight))).collect();
    let members = |domain: &Domain| domain.tools.iter().filter_map(number).collect();
    let partition: Vec<Vec<usize>> = domains.iter().map(members).collect();
    GraphStats {
        tools: tools.len(),
        edges_similar: pairs.len(),
        edges_dependency: edges.len() - pairs.len(),
        domains: domains.len(),
        modularity: modularity(&Network::new(tools.len(), &pairs), &communities::labels(tools.len(), &partition), 100),
        settings,
    }
}

/// The tools in the order of a graph's nodes: by id. Of tools with equal ids the first in the order of their JSON counts.
pub fn in_order(tools: &[CatalogTool]) -> Vec<&CatalogTool> {
    let mut by_id: BTreeMap<&str, &CatalogTool> = BTreeMap::new();
    for tool in tools {
        by_id
            .entry(&tool.id)
            .and_modify(|first| {
                if wardian_format::jsonl::line(tool) < wardian_format::jsonl::line(*first) {
                    *first = tool;
                }
            })
            .or_insert(tool);
    }
    by_id.into_values().collect()
}

fn similar_edges(tools: &[&CatalogTool], space: &features::Space, pairs: &[(u32, u32, u32)], meaning: Option<&Meaning<'_>>) -> Vec<Edge> {
    let edge = |&(a, b, weight): &(u32, u32, u32)| {
        let mut why = join::reasons(space, a as usize, b as usize, 5);
        if meaning.is_some_and(|meaning| (meaning.cosine)(a, b) > join::cosine(space, a as usize, b as usize)) {
            why.insert(0, BY_MEANING.to_owned());
            why.truncate(5);
        }
        Edge { from: tools[a as usize].id.clone(), to: tools[b as usize].id.clone(), kind: EdgeKind::Similar, weight, why }
    };
    pairs.par_iter().map(edge).collect()
}

fn assemble(tools: &[&CatalogTool], edges: &[Edge]) -> DiGraph<String, Link> {
    let mut graph = DiGraph::with_capacity(tools.len(), edges.len());
    let nodes: BTreeMap<&str, NodeIndex> = tools.iter().map(|tool| (tool.id.as_str(), graph.add_node(tool.id.clone()))).collect();
    for edge in edges {
        graph.add_edge(nodes[edge.from.as_str()], nodes[edge.to.as_str()], Link { kind: edge.kind, weight: edge.weight });
    }
    graph
}
