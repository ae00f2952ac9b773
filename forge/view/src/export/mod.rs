//! Graphs for other programs, written as they are read: nothing is held twice.

mod dot;
mod gexf;
mod graphml;
mod xml;

use crate::error::ViewError;
use crate::indexed::{Indexed, Selection};
use std::io::Write;

/// Formats of other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// GraphML 1.0 with typed keys: networkx, igraph, yEd, Gephi.
    Graphml,
    /// GEXF 1.3 with positions and colours: Gephi.
    Gexf,
    /// Graphviz, one cluster a domain.
    Dot,
}

/// Writes the tools and links of `selection`. Nodes are named `n` and the number of the tool in the graph, so that two exports of one
/// graph agree; everything else is an attribute. The graph is undirected where it has similarity edges only, else directed; a
/// similarity edge then runs from the lesser id to the greater, which means nothing.
///
/// # Errors
/// [`ViewError::Write`] where `out` fails.
pub fn export(graph: &Indexed<'_>, selection: &Selection, format: Format, out: &mut impl Write) -> Result<(), ViewError> {
    match format {
        Format::Graphml => graphml::write(graph, selection, out)?,
        Format::Gexf => gexf::write(graph, selection, out)?,
        Format::Dot => dot::write(graph, selection, out)?,
    }
    Ok(())
}

/// True where an edge means a direction.
fn is_directed(graph: &Indexed<'_>, selection: &Selection) -> bool {
    let similar = |l: &usize| graph.links[*l].edge.kind == wardian_format::graph::EdgeKind::Similar;
    selection.links.is_empty() || !selection.links.iter().all(similar)
}

fn kind_word(kind: wardian_format::graph::EdgeKind) -> &'static str {
    match kind {
        wardian_format::graph::EdgeKind::Similar => "similar",
        wardian_format::graph::EdgeKind::Dependency => "dependency",
    }
}

/// A weight as a decimal fraction, without the help of floating point: `0.314410`.
fn fraction(millionths: u32) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// Words for the reasons of an edge, in one text.
fn reasons(why: &[String]) -> String {
    why.join("; ")
}
