//! The domains as a table.

use crate::indexed::Indexed;
use serde::Serialize;
use std::collections::BTreeMap;
use wardian_format::graph::EdgeKind;

/// One domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DomainRow {
    /// Slug.
    pub name: String,
    /// For people.
    pub title: String,
    /// One line.
    pub description: String,
    /// How many tools.
    pub tools: usize,
    /// Dependency edges between its tools.
    pub dependencies: usize,
    /// Dependency edges that enter or leave it.
    pub dependencies_across: usize,
    /// Providers and the tools of each, most first.
    pub providers: Vec<(String, usize)>,
}

/// The domains whose name, title, description, terms or tools hold every word of `search`, regardless of case; all of them for an
/// empty one. Largest first.
pub fn table(graph: &Indexed<'_>, search: &str) -> Vec<DomainRow> {
    let lower = search.to_lowercase();
    let wanted: Vec<&str> = lower.split_whitespace().collect();
    let (mut inside, mut across) = (vec![0; graph.domains.len()], vec![0; graph.domains.len()]);
    for link in graph.links.iter().filter(|l| l.edge.kind == EdgeKind::Dependency) {
        match (graph.domain_of[link.from], graph.domain_of[link.to]) {
            (Some(a), Some(b)) if a == b => inside[a] += 1,
            (a, b) => a.into_iter().chain(b).for_each(|d| across[d] += 1),
        }
    }
    let found = (0..graph.domains.len()).filter(|d| fits(graph, *d, &wanted));
    let mut rows: Vec<DomainRow> = found.map(|d| row(graph, d, inside[d], across[d])).collect();
    rows.sort_by(|a, b| b.tools.cmp(&a.tools).then_with(|| a.name.cmp(&b.name)));
    rows
}

fn fits(graph: &Indexed<'_>, d: usize, wanted: &[&str]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let domain = &graph.domains[d];
    let mut text = [domain.name.as_str(), &domain.title, &domain.description].join("\n");
    for part in domain.terms.iter().chain(&domain.tools) {
        text.push('\n');
        text.push_str(part);
    }
    let text = text.to_lowercase();
    wanted.iter().all(|word| text.contains(word))
}

fn row(graph: &Indexed<'_>, d: usize, dependencies: usize, dependencies_across: usize) -> DomainRow {
    let domain = &graph.domains[d];
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for tool in &graph.members[d] {
        *counts.entry(&graph.tools[*tool].origin.provider).or_default() += 1;
    }
    let mut providers: Vec<(String, usize)> = counts.into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
    providers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    DomainRow {
        name: domain.name.clone(),
        title: domain.title.clone(),
        description: domain.description.clone(),
        tools: graph.members[d].len(),
        dependencies,
        dependencies_across,
        providers,
    }
}
