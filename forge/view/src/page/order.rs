//! Tools in the order of the page: by domain, and in a domain by their seats on the map.

use crate::indexed::Indexed;
use crate::map::{Map, map};

/// Numbers of tools and links on the page.
pub(crate) struct Order {
    /// Tools in the order of the page.
    pub(crate) tools: Vec<usize>,
    /// First place of each group, and the number of tools after the last. Groups are the domains, and one more for tools in none, if any.
    pub(crate) starts: Vec<usize>,
    /// Links in the order of the page: by kind, dependencies first, then by the places of their ends.
    pub(crate) links: Vec<Placed>,
    /// Where the groups lie.
    pub(crate) map: Map,
}

/// A link by places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Placed {
    pub(crate) similar: bool,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Index into [`Indexed::links`].
    pub(crate) link: usize,
}

impl Order {
    pub(crate) fn of(graph: &Indexed<'_>) -> Self {
        let mut groups = graph.members.clone();
        let alone: Vec<usize> = (0..graph.tools.len()).filter(|t| graph.domain_of[*t].is_none()).collect();
        if !alone.is_empty() {
            groups.push(alone);
        }
        let map = map(graph, &groups);
        let tools: Vec<usize> = map.order.concat();
        let mut starts = vec![0];
        for group in &map.order {
            starts.push(starts[starts.len() - 1] + group.len());
        }
        let mut place = vec![0; tools.len()];
        tools.iter().enumerate().for_each(|(at, &tool)| place[tool] = at);
        let placed = |(i, l): (usize, &crate::indexed::Link<'_>)| Placed {
            similar: l.edge.kind == wardian_format::graph::EdgeKind::Similar,
            from: place[l.from],
            to: place[l.to],
            link: i,
        };
        let mut links: Vec<Placed> = graph.links.iter().enumerate().map(placed).collect();
        links.sort_unstable();
        Self { tools, starts, links, map }
    }
}
