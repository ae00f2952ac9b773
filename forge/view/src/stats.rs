//! A graph in figures.

use crate::indexed::Indexed;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::graph::{EdgeKind, GraphStats};

/// Hubs listed of each kind.
const HUBS_MAX: usize = 10;
/// Providers listed.
const PROVIDERS_MAX: usize = 15;
/// Upper ends of the classes of domain size; the last class has none.
const SIZES: [usize; 7] = [4, 9, 19, 49, 99, 199, usize::MAX];

/// What `graph stats` says of a graph.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Nodes.
    pub tools: usize,
    /// Tools that belong to a domain.
    pub placed: usize,
    /// The same, of all tools, from 0 to 1.
    pub placed_share: f64,
    /// Similarity edges.
    pub edges_similar: usize,
    /// Dependency edges.
    pub edges_dependency: usize,
    /// Communities.
    pub domains: usize,
    /// As the builder of the graph measured it.
    pub modularity: f64,
    /// Similarity edges whose ends are in different domains, or in none.
    pub cross_similar: usize,
    /// Dependency edges whose ends are in different domains, or in none.
    pub cross_dependency: usize,
    /// Neighbours by similarity.
    pub similar: Degrees,
    /// Tools that a tool feeds.
    pub feeds: Degrees,
    /// Tools that feed a tool.
    pub needs: Degrees,
    /// Tools a domain.
    pub sizes: Quantiles,
    /// Domains by size: least and most tools of a class (absent for the last), and how many domains.
    pub size_classes: Vec<(usize, Option<usize>, usize)>,
    /// Dependency edges inside of a domain.
    pub dependencies_inside: Quantiles,
    /// Providers a domain.
    pub providers_a_domain: Quantiles,
    /// Domains with tools of one provider only.
    pub domains_of_one_provider: usize,
    /// Providers of the graph.
    pub providers: usize,
    /// Those with most tools.
    pub largest_providers: Vec<ProviderStats>,
}

/// How many edges tools have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Degrees {
    /// Over all tools.
    pub quantiles: Quantiles,
    /// Tools without any.
    pub none: usize,
    /// Those with most, most first.
    pub hubs: Vec<Hub>,
}

/// A tool with many edges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hub {
    /// Id of the tool.
    pub id: String,
    /// Its edges.
    pub edges: usize,
}

/// A distribution; all zero where there is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// Least.
    pub min: usize,
    /// The value that a tenth does not exceed; as the others, by nearest rank.
    pub p10: usize,
    /// Median.
    pub p50: usize,
    /// Nine tenths.
    pub p90: usize,
    /// Ninety-nine hundredths.
    pub p99: usize,
    /// Most.
    pub max: usize,
    /// Mean.
    pub mean: f64,
}

/// A provider of many tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderStats {
    /// Such as `github.com`.
    pub name: String,
    /// Its tools.
    pub tools: usize,
    /// Domains with a tool of it.
    pub domains: usize,
}

/// Counts everything. `built` is what the builder measured.
pub fn stats(graph: &Indexed<'_>, built: &GraphStats) -> Stats {
    let count = |kind| graph.links.iter().filter(|l| l.edge.kind == kind).count();
    let crosses = |a: usize, b: usize| graph.domain_of[a].is_none() || graph.domain_of[a] != graph.domain_of[b];
    let cross = |kind| graph.links.iter().filter(|l| l.edge.kind == kind && crosses(l.from, l.to)).count();
    let placed: usize = graph.members.iter().map(Vec::len).sum();
    let mut inside = vec![0; graph.domains.len()];
    for link in graph.links.iter().filter(|l| l.edge.kind == EdgeKind::Dependency && !crosses(l.from, l.to)) {
        graph.domain_of[link.from].into_iter().for_each(|d| inside[d] += 1);
    }
    let providers_of = |tools: &Vec<usize>| tools.iter().map(|t| graph.tools[*t].origin.provider.as_str()).collect::<BTreeSet<_>>().len();
    let providers_of: Vec<usize> = graph.members.iter().map(providers_of).collect();
    let sizes: Vec<usize> = graph.members.iter().map(Vec::len).collect();
    let providers = providers(graph);
    Stats {
        tools: graph.tools.len(),
        placed,
        placed_share: if graph.tools.is_empty() { 0.0 } else { placed as f64 / graph.tools.len() as f64 },
        edges_similar: count(EdgeKind::Similar),
        edges_dependency: count(EdgeKind::Dependency),
        domains: graph.domains.len(),
        modularity: built.modularity,
        cross_similar: cross(EdgeKind::Similar),
        cross_dependency: cross(EdgeKind::Dependency),
        similar: degrees(graph, EdgeKind::Similar, true, true),
        feeds: degrees(graph, EdgeKind::Dependency, true, false),
        needs: degrees(graph, EdgeKind::Dependency, false, true),
        size_classes: classes(&sizes),
        sizes: quantiles(sizes),
        dependencies_inside: quantiles(inside),
        domains_of_one_provider: providers_of.iter().filter(|n| **n == 1).count(),
        providers_a_domain: quantiles(providers_of),
        providers: providers.len(),
        largest_providers: providers.into_iter().take(PROVIDERS_MAX).collect(),
    }
}

fn degrees(graph: &Indexed<'_>, kind: EdgeKind, out: bool, into: bool) -> Degrees {
    let mut edges = vec![0_usize; graph.tools.len()];
    for link in graph.links.iter().filter(|l| l.edge.kind == kind) {
        edges[link.from] += usize::from(out);
        edges[link.to] += usize::from(into);
    }
    let mut order: Vec<usize> = (0..edges.len()).filter(|t| edges[*t] > 0).collect();
    order.sort_by(|&a, &b| edges[b].cmp(&edges[a]).then_with(|| graph.tools[a].id.cmp(&graph.tools[b].id)));
    let hubs = order.into_iter().take(HUBS_MAX).map(|t| Hub { id: graph.tools[t].id.clone(), edges: edges[t] }).collect();
    Degrees { none: edges.iter().filter(|n| **n == 0).count(), quantiles: quantiles(edges), hubs }
}

fn providers(graph: &Indexed<'_>) -> Vec<ProviderStats> {
    let mut found: BTreeMap<&str, (usize, BTreeSet<usize>)> = BTreeMap::new();
    for (tool, domain) in graph.tools.iter().zip(&graph.domain_of) {
        let entry = found.entry(&tool.origin.provider).or_default();
        entry.0 += 1;
        entry.1.extend(domain);
    }
    let mut out: Vec<ProviderStats> =
        found.into_iter().map(|(name, (tools, domains))| ProviderStats { name: name.to_owned(), tools, domains: domains.len() }).collect();
    out.sort_by(|a, b| b.tools.cmp(&a.tools).then_with(|| a.name.cmp(&b.name)));
    out
}

fn classes(sizes: &[usize]) -> Vec<(usize, Option<usize>, usize)> {
    let mut low = 1;
    let class = |high: usize| {
        let count = sizes.iter().filter(|s| (low..=high).contains(s)).count();
        let row = (low, (high != usize::MAX).then_some(high), count);
        low = high.saturating_add(1);
        row
    };
    SIZES.into_iter().map(class).collect()
}

fn quantiles(mut values: Vec<usize>) -> Quantiles {
    values.sort_unstable();
    let Some(&max) = values.last() else { return Quantiles::default() };
    // Nearest rank: the least value that at least `percent` of all do not exceed.
    let at = |percent: usize| values[(values.len() * percent).div_ceil(100).max(1) - 1];
    let mean = values.iter().sum::<usize>() as f64 / values.len() as f64;
    Quantiles { min: values[0], p10: at(10), p50: at(50), p90: at(90), p99: at(99), max, mean }
}
