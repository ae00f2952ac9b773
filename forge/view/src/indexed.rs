//! A graph with numbers for names, checked: every edge and every domain names tools that are there.

use crate::error::ViewError;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::graph::{Domain, Edge, EdgeKind};

/// Names like the one asked for that an error lists.
const NEAR_MAX: usize = 5;

/// A graph whose edges and domains are known to fit its tools.
pub struct Indexed<'a> {
    /// As given.
    pub tools: &'a [CatalogTool],
    /// As given.
    pub domains: &'a [Domain],
    /// Every edge, in the order given.
    pub links: Vec<Link<'a>>,
    /// Index of each tool's domain.
    pub domain_of: Vec<Option<usize>>,
    /// Indexes of each domain's tools, in the order of the domain.
    pub members: Vec<Vec<usize>>,
}

/// An edge between two tools.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Index of the first tool.
    pub from: usize,
    /// Index of the second tool.
    pub to: usize,
    /// The edge.
    pub edge: &'a Edge,
}

/// A part of a graph: indexes of tools and of links, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Tools.
    pub tools: Vec<usize>,
    /// Links between them.
    pub links: Vec<usize>,
}

impl<'a> Indexed<'a> {
    /// Checks `tools`, `edges` and `domains` against each other.
    ///
    /// # Errors
    /// Names the record that does not fit: an id or a domain's name that occurs twice, an edge or a domain that names no tool, a tool
    /// in two domains.
    pub fn new(tools: &'a [CatalogTool], edges: &'a [Edge], domains: &'a [Domain]) -> Result<Self, ViewError> {
        let mut index: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, tool) in tools.iter().enumerate() {
            if let Some(first) = index.insert(&tool.id, i) {
                return Err(ViewError::TwiceATool { id: tool.id.clone(), first: first + 1, second: i + 1 });
            }
        }
        let mut links = Vec::with_capacity(edges.len());
        for (i, edge) in edges.iter().enumerate() {
            let find =
                |id: &String| index.get(id.as_str()).copied().ok_or_else(|| ViewError::EdgeToNowhere { id: id.clone(), place: i + 1 });
            links.push(Link { from: find(&edge.from)?, to: find(&edge.to)?, edge });
        }
        let (domain_of, members) = place(&index, domains, tools.len())?;
        Ok(Self { tools, domains, links, domain_of, members })
    }

    /// The index of the domain called `name`.
    ///
    /// # Errors
    /// [`ViewError::NoSuchDomain`] with up to five names that share a word with it.
    pub fn domain(&self, name: &str) -> Result<usize, ViewError> {
        if let Some(found) = self.domains.iter().position(|d| d.name == name) {
            return Ok(found);
        }
        let words: BTreeSet<&str> = name.split('-').filter(|w| w.len() > 2).collect();
        let shared = |d: &Domain| d.name.split('-').filter(|w| words.contains(w)).count();
        let mut near: Vec<(usize, &str)> = self.domains.iter().map(|d| (shared(d), d.name.as_str())).filter(|n| n.0 > 0).collect();
        near.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(b.1)));
        let near = near.into_iter().take(NEAR_MAX).map(|n| n.1.to_owned()).collect();
        Err(ViewError::NoSuchDomain { name: name.to_owned(), near })
    }

    /// The tools of `domain` and the links of `kind` among them; all of them for `None`.
    ///
    /// # Errors
    /// As [`Indexed::domain`].
    pub fn select(&self, domain: Option<&str>, kind: Option<EdgeKind>) -> Result<Selection, ViewError> {
        let wanted = domain.map(|name| self.domain(name)).transpose()?;
        let inside = |tool: usize| wanted.is_none() || self.domain_of[tool] == wanted;
        let tools = (0..self.tools.len()).filter(|t| inside(*t)).collect();
        let fits = |link: &Link<'_>| kind.is_none_or(|k| k == link.edge.kind) && inside(link.from) && inside(link.to);
        let links = (0..self.links.len()).filter(|l| fits(&self.links[*l])).collect();
        Ok(Selection { tools, links })
    }
}

type Places = (Vec<Option<usize>>, Vec<Vec<usize>>);

fn place(index: &BTreeMap<&str, usize>, domains: &[Domain], tools: usize) -> Result<Places, ViewError> {
    let mut domain_of: Vec<Option<usize>> = vec![None; tools];
    let mut members = Vec::with_capacity(domains.len());
    let mut names = BTreeSet::new();
    for (d, domain) in domains.iter().enumerate() {
        if !names.insert(domain.name.as_str()) {
            return Err(ViewError::TwiceADomain { name: domain.name.clone() });
        }
        let mut own = Vec::with_capacity(domain.tools.len());
        for id in &domain.tools {
            let missing = || ViewError::DomainOfNothing { id: id.clone(), domain: domain.name.clone() };
            let tool = *index.get(id.as_str()).ok_or_else(missing)?;
            if let Some(first) = domain_of[tool].replace(d) {
                let first = domains[first].name.clone();
                return Err(ViewError::TwiceInDomains { id: id.clone(), first, second: domain.name.clone() });
            }
            own.push(tool);
        }
        members.push(own);
    }
    Ok((domain_of, members))
}
