//! The data of a page: one block that every view needs, and one for every few domains. A block is JSON, deflated, in base64.

use super::order::{Order, Placed};
use super::{Detail, base64};
use crate::describe::{NAME_CHARS_MAX, brief, parameters, returned};
use crate::indexed::Indexed;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::graph::GraphStats;
use wardian_report::clean::one_line;

/// Tools from which on a block is full; a domain is never split.
const BLOCK_TOOLS: usize = 400;
/// Characters of an id.
const ID_CHARS_MAX: usize = 300;
/// Characters of the line that says what a tool does, and of its whole description.
const LINE_CHARS_MAX: usize = 88;
const TEXT_CHARS_MAX: usize = 420;
/// Reasons of an edge, and characters of one.
const WHY_MAX: usize = 5;
const WHY_CHARS_MAX: usize = 200;
/// Terms of a domain.
const TERMS_MAX: usize = 10;
/// Level of compression: the highest that costs no more than the rest of the work.
const LEVEL: u8 = 6;

/// The blocks of a page, each as base64.
pub(crate) struct Blocks {
    pub(crate) core: String,
    pub(crate) rest: Vec<String>,
}

impl Blocks {
    pub(crate) fn of(graph: &Indexed<'_>, order: &Order, built: &GraphStats, detail: Detail) -> Self {
        let firsts = block_starts(order);
        let core = packed(&core(graph, order, built, detail, &firsts));
        let ends = firsts.iter().skip(1).copied().chain([order.starts.len() - 1]);
        let block = |(first, end): (&usize, usize)| packed(&block(graph, order, detail, order.starts[*first], order.starts[end]));
        let rest = if detail == Detail::Bare { Vec::new() } else { firsts.iter().zip(ends).map(block).collect() };
        Self { core, rest }
    }

    pub(crate) fn len(&self) -> usize {
        self.core.len() + self.rest.iter().map(|b| b.len() + 80).sum::<usize>()
    }
}

fn packed(value: &Value) -> String {
    base64(&miniz_oxide::deflate::compress_to_vec(value.to_string().as_bytes(), LEVEL))
}

/// First group of every block.
fn block_starts(order: &Order) -> Vec<usize> {
    let mut firsts: Vec<usize> = Vec::new();
    for group in 0..order.starts.len() - 1 {
        let full = firsts.last().is_none_or(|first| order.starts[group] - order.starts[*first] >= BLOCK_TOOLS);
        if full {
            firsts.push(group);
        }
    }
    firsts
}

/// What every view needs, in columns.
fn core(graph: &Indexed<'_>, order: &Order, built: &GraphStats, detail: Detail, firsts: &[usize]) -> Value {
    let tools: Vec<&CatalogTool> = order.tools.iter().map(|t| &graph.tools[*t]).collect();
    let mut providers: BTreeMap<&str, usize> = tools.iter().map(|t| (t.origin.provider.as_str(), 0)).collect();
    providers.values_mut().enumerate().for_each(|(i, n)| *n = i);
    let mut methods: BTreeMap<&str, usize> = tools.iter().filter_map(|t| t.origin.method.as_deref()).map(|m| (m, 0)).collect();
    methods.values_mut().enumerate().for_each(|(i, n)| *n = i + 1);
    let (dependencies, similarities): (Vec<Placed>, Vec<Placed>) = order.links.iter().partition(|l| !l.similar);
    let line = |t: &&CatalogTool| brief(&t.description, LINE_CHARS_MAX);
    let name =
        |t: &&CatalogTool| if t.id.rsplit('/').next() == Some(&t.name) { json!(0) } else { json!(one_line(&t.name, NAME_CHARS_MAX)) };
    json!({
        "modularity": built.modularity,
        "detail": detail.name(),
        "providers": providers.keys().map(|p| one_line(p, NAME_CHARS_MAX)).collect::<Vec<_>>(),
        "methods": methods.keys().map(|m| one_line(m, 12)).collect::<Vec<_>>(),
        "domains": {
            "name": graph.domains.iter().map(|d| one_line(&d.name, NAME_CHARS_MAX)).collect::<Vec<_>>(),
            "title": graph.domains.iter().map(|d| one_line(&d.title, NAME_CHARS_MAX)).collect::<Vec<_>>(),
            "text": graph.domains.iter().map(|d| one_line(&d.description, TEXT_CHARS_MAX)).collect::<Vec<_>>(),
            "terms": graph.domains.iter().map(|d| d.terms.iter().take(TERMS_MAX).map(|t| one_line(t, NAME_CHARS_MAX)).collect()).collect::<Vec<Vec<_>>>(),
        },
        "starts": order.starts,
        "blocks": firsts,
        "map": {"size": order.map.size, "regions": order.map.regions, "discs": order.map.discs.iter().flat_map(|d| [d.0, d.1, d.2]).collect::<Vec<_>>()},
        "tools": {
            "id": tools.iter().map(|t| one_line(&t.id, ID_CHARS_MAX)).collect::<Vec<_>>(),
            "name": tools.iter().map(name).collect::<Vec<_>>(),
            "line": tools.iter().map(line).collect::<Vec<_>>(),
            "provider": tools.iter().map(|t| providers[t.origin.provider.as_str()]).collect::<Vec<_>>(),
            "method": tools.iter().map(|t| t.origin.method.as_deref().map_or(0, |m| methods[m])).collect::<Vec<_>>(),
        },
        "dependencies": columns(graph, &dependencies),
        "similarities": columns(graph, &similarities),
    })
}

/// Ends and weights, the weight in hundredths of a percent.
fn columns(graph: &Indexed<'_>, links: &[Placed]) -> Value {
    let weight = |l: &Placed| graph.links[l.link].edge.weight / 100;
    json!({
        "from": links.iter().map(|l| l.from).collect::<Vec<_>>(),
        "to": links.iter().map(|l| l.to).collect::<Vec<_>>(),
        "weight": links.iter().map(weight).collect::<Vec<_>>(),
    })
}

/// What the tools from place `start` to before `end` look like, and why their edges exist.
fn block(graph: &Indexed<'_>, order: &Order, detail: Detail, start: usize, end: usize) -> Value {
    let tools: Vec<Value> = order.tools[start..end].iter().map(|t| tool(&graph.tools[*t], detail)).collect();
    let why = |similar: bool| -> Vec<Value> {
        // Links are sorted by kind and first end: those of a block are neighbours.
        let first = order.links.partition_point(|l| (l.similar, l.from) < (similar, start));
        let links = order.links[first..].iter().take_while(|l| l.similar == similar && l.from < end);
        links
            .map(|l| json!(graph.links[l.link].edge.why.iter().take(WHY_MAX).map(|w| one_line(w, WHY_CHARS_MAX)).collect::<Vec<_>>()))
            .collect()
    };
    json!({"tools": tools, "dependencies": why(false), "similarities": why(true)})
}

/// `[text, path, source, license, parameters, more, returned, more, name of what is returned]`; text is 0 where the line says it all.
fn tool(tool: &CatalogTool, detail: Detail) -> Value {
    let full = detail == Detail::Full;
    let text = brief(&tool.description, TEXT_CHARS_MAX);
    let short = text == brief(&tool.description, LINE_CHARS_MAX) || !full;
    let (rows, more) = parameters(&tool.parameters, full);
    let (fields, more_fields) = tool.returns.as_deref().map(returned).unwrap_or_default();
    let origin = &tool.origin;
    let optional = |text: &Option<String>| text.as_ref().map_or(json!(0), |t| json!(one_line(t, ID_CHARS_MAX)));
    json!([
        if short { json!(0) } else { json!(text) },
        optional(&origin.path),
        one_line(&origin.source, NAME_CHARS_MAX),
        optional(&origin.license),
        rows,
        more,
        fields,
        more_fields,
        optional(&origin.returns_schema),
    ])
}
