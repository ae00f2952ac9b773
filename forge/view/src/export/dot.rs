//! Graphviz: a digraph with one cluster a domain; similarity is dashed and has no arrow.

use super::is_directed;
use crate::indexed::{Indexed, Selection};
use std::io::{Result, Write};
use wardian_format::graph::EdgeKind;

pub(super) fn write(graph: &Indexed<'_>, selection: &Selection, out: &mut impl Write) -> Result<()> {
    let (word, arrow) = if is_directed(graph, selection) { ("digraph", "->") } else { ("graph", "--") };
    writeln!(out, "{word} tools {{\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=10];")?;
    out.write_all(b"  edge [fontname=\"Helvetica\", fontsize=8];\n")?;
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); graph.domains.len() + 1];
    selection.tools.iter().for_each(|&t| groups[graph.domain_of[t].unwrap_or(graph.domains.len())].push(t));
    for (d, group) in groups.iter().enumerate().filter(|(_, group)| !group.is_empty()) {
        let domain = graph.domains.get(d);
        let indent = if domain.is_some() { "    " } else { "  " };
        if let Some(domain) = domain {
            writeln!(out, "  subgraph cluster_{d} {{\n    label={};", quoted(&domain.title))?;
        }
        for &t in group {
            let tool = &graph.tools[t];
            writeln!(out, "{indent}n{t} [label={}, tooltip={}];", quoted(&tool.name), quoted(&tool.id))?;
        }
        if domain.is_some() {
            out.write_all(b"  }\n")?;
        }
    }
    for &l in &selection.links {
        let link = &graph.links[l];
        let label = quoted(&link.edge.why.join("\n"));
        let look = match link.edge.kind {
            EdgeKind::Dependency => "",
            EdgeKind::Similar => ", dir=none, style=dashed, constraint=false",
        };
        writeln!(out, "  n{} {arrow} n{} [label={label}, weight={}{look}];", link.from, link.to, weight(link.edge.weight))?;
    }
    out.write_all(b"}\n")
}

/// `dot` takes whole weights only: hundredths, at least one.
fn weight(millionths: u32) -> u32 {
    (millionths / 10_000).max(1)
}

/// A label in double quotes. A backslash would start an escape of labels, and a quote end the string.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => {}
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_nowhere_else() {
        assert_eq!(quoted("a\"b\\\nc\u{0}"), "\"a\\\"b\\\\\\nc\u{fffd}\"");
    }
}
