//! Exports, read back by parsers of others or, for Graphviz, by a small one of its documented lexical rules.

use crate::sample::{HOSTILE, Sample, embedded, hostile, random};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use wardian_format::graph::EdgeKind;
use wardian_view::{Format, Selection, export};

fn written(sample: &Sample, selection: &Selection, format: Format) -> String {
    let mut out = Vec::new();
    export(&sample.graph(), selection, format, &mut out).expect("memory takes all");
    String::from_utf8(out).expect("UTF-8")
}

fn all(sample: &Sample) -> Selection {
    sample.graph().select(None, None).expect("no domain is asked for")
}

/// Text as XML can hold it.
fn holdable(text: &str) -> String {
    text.chars()
        .map(
            |c| {
                if matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}') {
                    '\u{fffd}'
                } else {
                    c
                }
            },
        )
        .collect()
}

type Attributes = BTreeMap<String, String>;

fn attributes(start: &BytesStart<'_>) -> Attributes {
    let read = |a: quick_xml::events::attributes::Attribute<'_>| {
        (a.key.0.to_owned(), quick_xml::escape::unescape(&a.value).expect("known entities").into_owned())
    };
    start.attributes().map(|a| read(a.expect("a well-formed attribute"))).collect()
}

/// Path, attributes and text of an element.
type Element = (String, Attributes, String);

/// Every element of an XML document.
fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut out, mut open): (Vec<String>, Vec<Element>, Vec<usize>) = Default::default();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => {
                path.push(start.name().0.to_owned());
                open.push(out.len());
                out.push((path.join("/"), attributes(&start), String::new()));
            }
            Event::Empty(start) => {
                let name = start.name().0.to_owned();
                out.push((format!("{}/{name}", path.join("/")), attributes(&start), String::new()));
            }
            Event::Text(text) => {
                if let Some(&at) = open.last() {
                    out[at].2.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                let text = quick_xml::escape::unescape(&format!("&{};", &*name)).expect("a known entity").into_owned();
                out[*open.last().expect("inside")].2.push_str(&text);
            }
            Event::End(_) => {
                path.pop();
                open.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty(), "an element is not closed");
    out
}

fn check_graphml(sample: &Sample, selection: &Selection) {
    let found = elements(&written(sample, selection, Format::Graphml));
    let nodes: Vec<usize> = found.iter().enumerate().filter(|(_, e)| e.0 == "graphml/graph/node").map(|(i, _)| i).collect();
    let edges: Vec<&Attributes> = found.iter().filter(|e| e.0 == "graphml/graph/edge").map(|e| &e.1).collect();
    assert_eq!((nodes.len(), edges.len()), (selection.tools.len(), selection.links.len()));
    let keys: BTreeMap<&str, &str> =
        found.iter().filter(|e| e.0 == "graphml/key").map(|e| (e.1["id"].as_str(), e.1["for"].as_str())).collect();
    for (&at, &t) in nodes.iter().zip(&selection.tools) {
        assert_eq!(found[at].1["id"], format!("n{t}"));
        let data = found[at + 1..].iter().take_while(|e| e.0 == "graphml/graph/node/data");
        let data: BTreeMap<&str, &str> = data.map(|e| (e.1["key"].as_str(), e.2.as_str())).collect();
        assert!(data.keys().all(|key| keys[key] == "node"));
        let tool = &sample.tools[t];
        assert_eq!(
            (data["tool"], data["name"], data["description"]),
            (holdable(&tool.id).as_str(), holdable(&tool.name).as_str(), holdable(&tool.description).as_str())
        );
    }
    for (edge, &l) in edges.iter().zip(&selection.links) {
        let graph = sample.graph();
        let link = graph.links[l];
        assert_eq!((&edge["source"], &edge["target"]), (&format!("n{}", link.from), &format!("n{}", link.to)));
    }
}

fn check_gexf(sample: &Sample, selection: &Selection) {
    let text = written(sample, selection, Format::Gexf);
    let found = elements(&text);
    let of = |path: &str| found.iter().filter(|e| e.0 == path).collect::<Vec<_>>();
    assert_eq!(of("gexf")[0].1["version"], "1.3");
    assert_eq!(of("gexf/graph/nodes")[0].1["count"], selection.tools.len().to_string());
    assert_eq!((of("gexf/graph/nodes/node").len(), of("gexf/graph/edges/edge").len()), (selection.tools.len(), selection.links.len()));
    assert_eq!(of("gexf/graph/nodes/node/viz:position").len(), selection.tools.len());
    assert!(!text.contains("lastmodifieddate"), "no date");
    for (node, &t) in of("gexf/graph/nodes/node").iter().zip(&selection.tools) {
        assert_eq!(node.1["label"], holdable(&sample.tools[t].name));
    }
    let weights: f64 = of("gexf/graph/edges/edge").iter().map(|e| e.1["weight"].parse::<f64>().expect("a number")).sum();
    let given: f64 = selection.links.iter().map(|l| f64::from(sample.edges[*l].weight) / 1e6).sum();
    assert!((weights - given).abs() < 1e-6 * given.max(1.0), "{weights} {given}");
}

/// The tokens of DOT outside of quotes, and its quoted strings, by the rule that only `\"` is an escape of the lexer.
fn dot_tokens(text: &str) -> (String, Vec<String>) {
    let (mut bare, mut strings) = (String::new(), Vec::new());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '"' {
            bare.push(c);
            continue;
        }
        let mut string = String::new();
        loop {
            match chars.next().expect("a closed string") {
                '"' => break,
                '\\' => string.extend(['\\', chars.next().expect("a closed string")]),
                '\n' => panic!("a line break in a string"),
                c => string.push(c),
            }
        }
        strings.push(string);
        bare.push('"');
    }
    (bare, strings)
}

fn check_dot(sample: &Sample, selection: &Selection) {
    let (bare, strings) = dot_tokens(&written(sample, selection, Format::Dot));
    let nodes = bare.lines().filter(|l| l.contains("[label=\", tooltip=\"]")).count();
    let edges = bare.lines().filter(|l| l.contains(" -> ") || l.contains(" -- ")).count();
    assert_eq!((nodes, edges), (selection.tools.len(), selection.links.len()));
    assert_eq!(bare.matches('{').count(), bare.matches('}').count());
    assert!(bare.chars().all(|c| c.is_ascii_alphanumeric() || " \n\"{}[]=;,_->".contains(c)), "text outside of quotes: {bare}");
    for &t in &selection.tools {
        let label = sample.tools[t].name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let label: String = label.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        assert!(strings.contains(&label), "{label:?} is no string of the file");
    }
}

fn check(sample: &Sample, selection: &Selection) {
    check_graphml(sample, selection);
    check_gexf(sample, selection);
    check_dot(sample, selection);
}

#[test]
fn exports_hold_the_graph() {
    for seed in 0..40 {
        let sample = random(seed);
        check(&sample, &all(&sample));
        for kind in [EdgeKind::Similar, EdgeKind::Dependency] {
            check(&sample, &sample.graph().select(Some("domain-0"), Some(kind)).expect("there is always one domain"));
        }
    }
    let sample = embedded();
    check(&sample, &all(&sample));
}

#[test]
fn hostile_text_stays_text() {
    let sample = hostile();
    check(&sample, &all(&sample));
    check(&sample, &sample.graph().select(Some(HOSTILE), None).expect("the domain is called that"));
}

#[test]
fn one_domain_is_what_its_name_says() {
    let sample = embedded();
    let graph = sample.graph();
    let domain = &sample.domains[3];
    let selection = graph.select(Some(&domain.name), Some(EdgeKind::Dependency)).expect("it is there");
    let mut ids: Vec<&str> = selection.tools.iter().map(|t| sample.tools[*t].id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, domain.tools.iter().map(String::as_str).collect::<Vec<_>>());
    let inside =
        |e: &&wardian_format::graph::Edge| e.kind == EdgeKind::Dependency && domain.tools.contains(&e.from) && domain.tools.contains(&e.to);
    assert_eq!(selection.links.len(), sample.edges.iter().filter(inside).count());
}

#[test]
fn similarity_alone_is_undirected() {
    let sample = embedded();
    let similar = sample.graph().select(None, Some(EdgeKind::Similar)).expect("all domains");
    assert!(written(&sample, &similar, Format::Graphml).contains("edgedefault=\"undirected\""));
    assert!(written(&sample, &similar, Format::Gexf).contains("defaultedgetype=\"undirected\""));
    assert!(written(&sample, &similar, Format::Dot).starts_with("graph tools {"));
    assert!(written(&sample, &all(&sample), Format::Dot).starts_with("digraph tools {"));
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    let sample = embedded();
    for format in [Format::Graphml, Format::Gexf, Format::Dot] {
        assert_eq!(written(&sample, &all(&sample), format), written(&sample, &all(&sample), format));
    }
}
