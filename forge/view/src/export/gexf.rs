//! GEXF 1.3, with the places of the map and the colours of the domains. No date is written: the same graph gives the same bytes.

use super::xml::xml;
use super::{fraction, is_directed, kind_word, reasons};
use crate::indexed::{Indexed, Selection};
use crate::map::{map, seats};
use std::io::{Result, Write};

const NODE_KEYS: [&str; 8] = ["tool", "description", "provider", "service", "method", "path", "domain", "domain_title"];
const EDGE_KEYS: [&str; 2] = ["kind", "why"];
/// Hues apart: the golden angle in degrees.
const HUE_STEP: usize = 137;
const GREY: [u8; 3] = [150, 150, 150];

pub(super) fn write(graph: &Indexed<'_>, selection: &Selection, out: &mut impl Write) -> Result<()> {
    let direction = if is_directed(graph, selection) { "directed" } else { "undirected" };
    out.write_all(
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gexf xmlns=\"http://gexf.net/1.3\" xmlns:viz=\"http://gexf.net/1.3/viz\"",
    )?;
    out.write_all(
        b" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://gexf.net/1.3 http://gexf.net/1.3/gexf.xsd\"",
    )?;
    writeln!(
        out,
        " version=\"1.3\">\n  <meta><creator>Wardian</creator></meta>\n  <graph mode=\"static\" defaultedgetype=\"{direction}\">"
    )?;
    attributes("node", &NODE_KEYS, out)?;
    attributes("edge", &EDGE_KEYS, out)?;
    let places = places(graph);
    writeln!(out, "    <nodes count=\"{}\">", selection.tools.len())?;
    for &t in &selection.tools {
        node(graph, t, places[t], out)?;
    }
    writeln!(out, "    </nodes>\n    <edges count=\"{}\">", selection.links.len())?;
    for &l in &selection.links {
        let link = &graph.links[l];
        write!(
            out,
            "      <edge id=\"e{l}\" source=\"n{}\" target=\"n{}\" weight=\"{}\">",
            link.from,
            link.to,
            fraction(link.edge.weight)
        )?;
        let why = reasons(&link.edge.why);
        writeln!(
            out,
            "<attvalues><attvalue for=\"0\" value=\"{}\"/><attvalue for=\"1\" value=\"{}\"/></attvalues></edge>",
            kind_word(link.edge.kind),
            xml(&why)
        )?;
    }
    out.write_all(b"    </edges>\n  </graph>\n</gexf>\n")
}

fn attributes(class: &str, keys: &[&str], out: &mut impl Write) -> Result<()> {
    writeln!(out, "    <attributes class=\"{class}\" mode=\"static\">")?;
    for (i, key) in keys.iter().enumerate() {
        writeln!(out, "      <attribute id=\"{i}\" title=\"{key}\" type=\"string\"/>")?;
    }
    out.write_all(b"    </attributes>\n")
}

fn node(graph: &Indexed<'_>, t: usize, (x, y): (f64, f64), out: &mut impl Write) -> Result<()> {
    let tool = &graph.tools[t];
    let domain = graph.domain_of[t].map(|d| &graph.domains[d]);
    write!(out, "      <node id=\"n{t}\" label=\"{}\"><attvalues>", xml(&tool.name))?;
    let values = [
        Some(&tool.id),
        Some(&tool.description),
        Some(&tool.origin.provider),
        Some(&tool.origin.service),
        tool.origin.method.as_ref(),
        tool.origin.path.as_ref(),
        domain.map(|d| &d.name),
        domain.map(|d| &d.title),
    ];
    for (i, value) in values.into_iter().enumerate() {
        if let Some(value) = value {
            write!(out, "<attvalue for=\"{i}\" value=\"{}\"/>", xml(value))?;
        }
    }
    let [r, g, b] = graph.domain_of[t].map_or(GREY, |d| colour(d * HUE_STEP % 360));
    writeln!(
        out,
        "</attvalues><viz:color r=\"{r}\" g=\"{g}\" b=\"{b}\"/><viz:position x=\"{x:.2}\" y=\"{y:.2}\" z=\"0\"/><viz:size value=\"3\"/></node>"
    )
}

/// Where each tool lies. The map's y grows downwards, that of GEXF upwards.
fn places(graph: &Indexed<'_>) -> Vec<(f64, f64)> {
    let mut groups = graph.members.clone();
    groups.push((0..graph.tools.len()).filter(|t| graph.domain_of[*t].is_none()).collect());
    let map = map(graph, &groups);
    let mut out = vec![(0.0, 0.0); graph.tools.len()];
    for (disc, order) in map.discs.iter().zip(&map.order) {
        for (&tool, seat) in order.iter().zip(seats(order.len())) {
            out[tool] = (f64::from(disc.0) + seat.0, -(f64::from(disc.1) + seat.1));
        }
    }
    out
}

/// A colour of this hue in degrees, of middling lightness and saturation.
fn colour(hue: usize) -> [u8; 3] {
    const LOW: usize = 64;
    const HIGH: usize = 208;
    let rising = LOW + (HIGH - LOW) * (hue % 60) / 60;
    let falling = HIGH + LOW - rising;
    let [r, g, b] = match hue / 60 {
        0 => [HIGH, rising, LOW],
        1 => [falling, HIGH, LOW],
        2 => [LOW, HIGH, rising],
        3 => [LOW, falling, HIGH],
        4 => [rising, LOW, HIGH],
        _ => [HIGH, LOW, falling],
    };
    [r as u8, g as u8, b as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_go_around() {
        assert_eq!((colour(0), colour(120), colour(240)), ([208, 64, 64], [64, 208, 64], [64, 64, 208]));
        assert_eq!(colour(30), [208, 136, 64]);
    }
}
