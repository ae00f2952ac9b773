//! What the page's script reads: one JSON object, built within byte budgets.
//!
//! ```text
//! { tools:   [{id, name, doc, call, from, license, domain, pack: "read" | "write" | null, left: reason | null,
//!              params: [[name, type, required, doc]], more, returns, schema}],
//!   edges:   [[from, to, 1 if dependency else 0, weight, [why]]],
//!   domains: [{name, title, doc, terms, tools: [tool], pack, disc: [x, y, r],
//!              view: {w, h, boxes: [[tool, x, y, w]], routes: [[edge, path, x, y]]}}],
//!   episodes: [see `episodes`] }
//! ```
//! Tools, edges and domains are named by their index.

mod episodes;
mod scope;

pub(crate) use episodes::{group_of, group_title};
pub(crate) use scope::Scope;

use crate::bounds::{Bounds, Cuts, EPISODES_MAX, ID_CHARS_MAX, JSON_CHARS_MAX, NAME_CHARS_MAX, SENTENCE_CHARS_MAX, Telling};
use crate::clean::{one_line, pretty, script_json, visible};
use crate::input::{EpisodeInfo, ReportInput};
use crate::layout;
use crate::schema;
use serde_json::{Value, json};
use wardian_format::CatalogTool;
use wardian_format::graph::EdgeKind;
use wardian_format::pack::Effect;

/// The data, ready for a script element; and how many episodes it has.
pub(crate) fn script(input: &ReportInput, scope: &Scope<'_>, bounds: &Bounds, cuts: &mut Cuts) -> (String, usize) {
    let tools = tools(input, scope, bounds.tools_bytes_max, cuts);
    let edges = within(scope.edges.iter().map(|e| edge(scope, e)), bounds.edges_bytes_max);
    let domains = within((0..scope.domains.len()).map(|d| domain(scope, d, edges.len())), bounds.domains_bytes_max);
    let episodes = stories(&input.episodes[..input.episodes.len().min(EPISODES_MAX)], bounds.episodes_bytes_max, cuts);
    cuts.count("Edges", edges.len(), scope.edges_all);
    cuts.count("Domains", domains.len(), input.domains.len());
    let count = episodes.len();
    (object(&[("tools", tools), ("edges", edges), ("domains", domains), ("episodes", episodes)]), count)
}

/// `{"name":[item,…],…}` of items that are JSON already.
fn object(lists: &[(&str, Vec<String>)]) -> String {
    let members: Vec<String> = lists.iter().map(|(name, items)| format!("\"{name}\":[{}]", items.join(",\n"))).collect();
    format!("{{{}}}", members.join(",\n"))
}

/// The first items that together have at most `bytes_max` bytes.
fn within(items: impl Iterator<Item = Value>, bytes_max: usize) -> Vec<String> {
    let mut bytes = 0;
    items
        .map(|item| script_json(&item))
        .take_while(|text| {
            bytes += text.len() + 2;
            bytes <= bytes_max
        })
        .collect()
}

/// The episodes, each as fully told as its share of what is left of `bytes_max` allows.
fn stories(episodes: &[EpisodeInfo], bytes_max: usize, cuts: &mut Cuts) -> Vec<String> {
    let (mut left, mut short, mut out) = (bytes_max, 0, Vec::new());
    for (index, info) in episodes.iter().enumerate() {
        let share = left / (episodes.len() - index);
        let mut levels = Telling::LEVELS.iter().enumerate().map(|(level, telling)| (level, script_json(&episodes::episode(info, telling))));
        let last = Telling::LEVELS.len() - 1;
        let fitting = levels.find(|(level, text)| text.len() <= share || (*level == last && text.len() <= left));
        let Some((level, text)) = fitting else { break };
        short += usize::from(level > 0);
        left -= text.len();
        out.push(text);
    }
    if short > 0 {
        cuts.say(format!("Dialogues: {short} of {} episodes are told in short, to keep the page small.", out.len()));
    }
    out
}

/// All tools of the scope; the more there are, the less is said of each.
fn tools(input: &ReportInput, scope: &Scope<'_>, bytes_max: usize, cuts: &mut Cuts) -> Vec<String> {
    cuts.count("Tools", scope.tools.len(), input.run.counts.tools.max(input.tools.len()));
    let share = bytes_max / scope.tools.len().max(1);
    let mut short = 0;
    let texts = (0..scope.tools.len())
        .map(|index| {
            // From the full story down to the bare name, the first that fits the tool's share.
            let details = [Detail::Full, Detail::NoSchema, Detail::NoReturns, Detail::Bare];
            let mut texts = details.into_iter().map(|detail| (detail, script_json(&tool(scope, index, detail))));
            let fitting = texts.find(|(_, text)| text.len() <= share);
            short += usize::from(!matches!(fitting, Some((Detail::Full, _))));
            fitting.map_or_else(|| script_json(&named(scope, index)), |(_, text)| text)
        })
        .collect();
    if short > 0 {
        cuts.say(format!("Schemas: {short} of {} tools are described in short, to keep the page small.", scope.tools.len()));
    }
    texts
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    NoSchema,
    NoReturns,
    Bare,
}

fn tool(scope: &Scope<'_>, index: usize, detail: Detail) -> Value {
    let tool: &CatalogTool = scope.tools[index];
    let bare = detail == Detail::Bare;
    let doc_chars = if bare { NAME_CHARS_MAX } else { SENTENCE_CHARS_MAX };
    let (params, more) = if bare { (Vec::new(), 0) } else { schema::parameters(&tool.parameters) };
    let returns = tool.returns.as_ref().filter(|_| matches!(detail, Detail::Full | Detail::NoSchema));
    let origin = &tool.origin;
    let call = [origin.method.as_deref(), origin.path.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    json!({
        "id": one_line(&tool.id, ID_CHARS_MAX),
        "name": one_line(&tool.name, NAME_CHARS_MAX),
        "doc": one_line(&tool.description, doc_chars),
        "call": one_line(&call, ID_CHARS_MAX),
        "from": one_line(&format!("{} · {} ({})", origin.provider, origin.service, origin.source), ID_CHARS_MAX),
        "license": origin.license.as_deref().map(|l| one_line(l, NAME_CHARS_MAX)),
        "domain": scope.domain_of[index],
        "pack": scope.effect_of(tool).map(|effect| if effect == Effect::Read { "read" } else { "write" }),
        "left": scope.left_out(tool).map(|reason| one_line(reason, SENTENCE_CHARS_MAX)),
        "params": params,
        "more": more,
        "returns": returns.map(|r| visible(&schema::shape(r), JSON_CHARS_MAX / 2)),
        "schema": (detail == Detail::Full).then(|| pretty(&tool.parameters, 46, JSON_CHARS_MAX / 2)),
    })
}

/// What the drawing cannot do without.
fn named(scope: &Scope<'_>, index: usize) -> Value {
    let name = one_line(&scope.tools[index].name, 24);
    json!({ "name": name, "domain": scope.domain_of[index], "params": [], "doc": "", "call": "", "from": "" })
}

fn edge(scope: &Scope<'_>, edge: &scope::ScopedEdge<'_>) -> Value {
    let why: Vec<String> = edge.edge.why.iter().take(5).map(|w| one_line(w, NAME_CHARS_MAX)).collect();
    debug_assert!(edge.from < scope.tools.len() && edge.to < scope.tools.len());
    json!([edge.from, edge.to, u8::from(edge.edge.kind == EdgeKind::Dependency), edge.edge.weight, why])
}

fn domain(scope: &Scope<'_>, index: usize, edges: usize) -> Value {
    let scoped = &scope.domains[index];
    let names: Vec<String> = scoped.tools.iter().map(|&t| one_line(&scope.tools[t].name, NAME_CHARS_MAX)).collect();
    let inner: Vec<(usize, (usize, usize))> = scope.inner_dependencies(index).filter(|(e, _)| *e < edges).take(120).collect();
    let pairs: Vec<(usize, usize)> = inner.iter().map(|(_, pair)| *pair).collect();
    let drawing = layout::draw(&names, &pairs);
    let boxes: Vec<Value> = drawing.boxes.iter().map(|&(n, x, y, w)| json!([scoped.tools[n], x, y, w])).collect();
    let routes = inner.iter().zip(&drawing.routes).map(|((e, _), (path, x, y))| json!([e, path, x, y]));
    let (x, y, r) = scope.islands.discs[index];
    json!({
        "name": one_line(&scoped.domain.name, NAME_CHARS_MAX),
        "title": one_line(&scoped.domain.title, NAME_CHARS_MAX),
        "doc": one_line(&scoped.domain.description, SENTENCE_CHARS_MAX),
        "terms": scoped.domain.terms.iter().take(10).map(|t| one_line(t, NAME_CHARS_MAX)).collect::<Vec<_>>(),
        "tools": scoped.tools,
        "all": scoped.domain.tools.len(),
        "pack": scope.has_pack(&scoped.domain.name),
        "disc": [x, y, r],
        "view": { "w": drawing.width, "h": drawing.height, "boxes": boxes, "routes": routes.collect::<Vec<_>>() },
    })
}
