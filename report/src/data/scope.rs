//! Which tools, edges and domains are on the page, and where.

use crate::bounds::Bounds;
use crate::input::{PackInfo, ReportInput};
use crate::layout::{Islands, islands};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::graph::{Domain, Edge, EdgeKind};
use wardian_format::pack::Effect;

/// The bounded part of a run's graph that a page shows.
pub(crate) struct Scope<'a> {
    /// Tools, in the order of their domains.
    pub(crate) tools: Vec<&'a CatalogTool>,
    /// For each tool its domain, as an index into `domains`.
    pub(crate) domain_of: Vec<usize>,
    pub(crate) domains: Vec<ScopedDomain<'a>>,
    /// Edges between `tools`: dependencies first, then similarities by falling weight.
    pub(crate) edges: Vec<ScopedEdge<'a>>,
    /// Edges of the input.
    pub(crate) edges_all: usize,
    pub(crate) islands: Islands,
    effects: BTreeMap<&'a str, Effect>,
    left_out: BTreeMap<&'a str, &'a str>,
    packs: BTreeMap<&'a str, &'a PackInfo>,
}

pub(crate) struct ScopedDomain<'a> {
    pub(crate) domain: &'a Domain,
    /// Its tools on the page, as indexes.
    pub(crate) tools: Vec<usize>,
}

pub(crate) struct ScopedEdge<'a> {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) edge: &'a Edge,
}

impl<'a> Scope<'a> {
    pub(crate) fn of(input: &'a ReportInput, bounds: &Bounds) -> Self {
        let mut by_id: BTreeMap<&str, &CatalogTool> = input.tools.iter().map(|t| (t.id.as_str(), t)).collect();
        let (mut tools, mut domain_of, mut domains) = (Vec::new(), Vec::new(), Vec::new());
        for domain in input.domains.iter().take(bounds.domains_max) {
            let mut indexes = Vec::new();
            for id in &domain.tools {
                // A tool is taken out as it is placed: it has one domain, whatever the input says.
                if tools.len() < bounds.tools_max
                    && let Some(tool) = by_id.remove(id.as_str())
                {
                    indexes.push(tools.len());
                    tools.push(tool);
                    domain_of.push(domains.len());
                }
            }
            domains.push(ScopedDomain { domain, tools: indexes });
        }
        let edges = scoped_edges(&input.edges, &tools, bounds.edges_max);
        let groups: Vec<Vec<usize>> = domains.iter().map(|d| d.tools.clone()).collect();
        let pulls: Vec<(usize, usize, f64)> = edges.iter().map(|e| (e.from, e.to, f64::from(e.edge.weight) / 1e6)).collect();
        let islands = islands(tools.len(), &groups, &pulls);
        let packed = input.packs.iter().flat_map(|p| &p.manifest.tools);
        let left = input.packs.iter().flat_map(|p| &p.left_out);
        Self {
            edges_all: input.edges.len(),
            effects: packed.filter_map(|t| Some((t.catalog_id.as_deref()?, t.effect))).collect(),
            left_out: left.filter_map(|l| Some((l.catalog_id.as_deref()?, l.reason.as_str()))).collect(),
            packs: input.packs.iter().map(|p| (p.manifest.name.as_str(), p)).collect(),
            tools,
            domain_of,
            domains,
            edges,
            islands,
        }
    }

    /// Does the tool run in a pack, and does it write there?
    pub(crate) fn effect_of(&self, tool: &CatalogTool) -> Option<Effect> {
        self.effects.get(tool.id.as_str()).copied()
    }

    /// Why the tool is in no pack, where that was said.
    pub(crate) fn left_out(&self, tool: &CatalogTool) -> Option<&'a str> {
        self.left_out.get(tool.id.as_str()).copied()
    }

    pub(crate) fn has_pack(&self, domain: &str) -> bool {
        self.packs.contains_key(domain)
    }

    /// Dependency edges inside a domain: the edge, and its ends as places among the domain's tools.
    pub(crate) fn inner_dependencies(&self, domain: usize) -> impl Iterator<Item = (usize, (usize, usize))> + '_ {
        let first = self.domains[domain].tools.first().copied().unwrap_or(0);
        let inside = move |tool: usize| self.domain_of[tool] == domain;
        self.edges
            .iter()
            .enumerate()
            .filter(move |(_, e)| e.edge.kind == EdgeKind::Dependency && inside(e.from) && inside(e.to))
            .map(move |(i, e)| (i, (e.from - first, e.to - first)))
    }
}

fn scoped_edges<'a>(edges: &'a [Edge], tools: &[&CatalogTool], edges_max: usize) -> Vec<ScopedEdge<'a>> {
    let index: BTreeMap<&str, usize> = tools.iter().enumerate().map(|(i, t)| (t.id.as_str(), i)).collect();
    let mut out: Vec<ScopedEdge<'_>> = edges
        .iter()
        .filter_map(|edge| Some(ScopedEdge { from: *index.get(edge.from.as_str())?, to: *index.get(edge.to.as_str())?, edge }))
        .collect();
    out.sort_by_key(|e| (e.edge.kind == EdgeKind::Similar, std::cmp::Reverse(e.edge.weight), e.from, e.to));
    out.truncate(edges_max);
    out
}
