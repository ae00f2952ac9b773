//! GraphML 1.0 (Brandes and others, 2002): keys with types, then nodes, then edges.

use super::xml::xml;
use super::{fraction, is_directed, kind_word, reasons};
use crate::indexed::{Indexed, Selection};
use std::io::{Result, Write};

const KEYS: [(&str, &str, &str); 12] = [
    ("tool", "node", "string"),
    ("name", "node", "string"),
    ("description", "node", "string"),
    ("provider", "node", "string"),
    ("service", "node", "string"),
    ("method", "node", "string"),
    ("path", "node", "string"),
    ("domain", "node", "string"),
    ("domain_title", "node", "string"),
    ("kind", "edge", "string"),
    ("weight", "edge", "double"),
    ("why", "edge", "string"),
];

pub(super) fn write(graph: &Indexed<'_>, selection: &Selection, out: &mut impl Write) -> Result<()> {
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"")?;
    out.write_all(b" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns ")?;
    out.write_all(b"http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n")?;
    for (name, part, kind) in KEYS {
        writeln!(out, "  <key id=\"{name}\" for=\"{part}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>")?;
    }
    let direction = if is_directed(graph, selection) { "directed" } else { "undirected" };
    writeln!(out, "  <graph id=\"tools\" edgedefault=\"{direction}\">")?;
    for &t in &selection.tools {
        let tool = &graph.tools[t];
        let domain = graph.domain_of[t].map(|d| &graph.domains[d]);
        let values = [
            ("tool", Some(&tool.id)),
            ("name", Some(&tool.name)),
            ("description", Some(&tool.description)),
            ("provider", Some(&tool.origin.provider)),
            ("service", Some(&tool.origin.service)),
            ("method", tool.origin.method.as_ref()),
            ("path", tool.origin.path.as_ref()),
            ("domain", domain.map(|d| &d.name)),
            ("domain_title", domain.map(|d| &d.title)),
        ];
        write!(out, "    <node id=\"n{t}\">")?;
        for (key, value) in values {
            if let Some(value) = value {
                write!(out, "<data key=\"{key}\">{}</data>", xml(value))?;
            }
        }
        out.write_all(b"</node>\n")?;
    }
    for &l in &selection.links {
        let link = &graph.links[l];
        writeln!(
            out,
            "    <edge id=\"e{l}\" source=\"n{}\" target=\"n{}\"><data key=\"kind\">{}</data><data key=\"weight\">{}</data><data key=\"why\">{}</data></edge>",
            link.from,
            link.to,
            kind_word(link.edge.kind),
            fraction(link.edge.weight),
            xml(&reasons(&link.edge.why)),
        )?;
    }
    out.write_all(b"  </graph>\n</graphml>\n")
}
