//! The questions, with bounds on their size.

use super::{ADVICE, About, AdviceOptions, EDGES, KINDS, PRODUCERS_MAX, Question, Questions, fields};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wardian_format::advice::RefusedAdvice;
use wardian_format::graph::{Domain, Edge, EdgeKind};
use wardian_format::{CatalogTool, Message};
use wardian_model::{ChatRequest, ReplyForm};

/// Characters of a name, a field or a reason in a question.
const NAME_CHARS_MAX: usize = 100;

/// The questions about `domains`, in their order: first all about kinds, then all about edges. Tools that are not in `tools` are not shown.
///
/// To ask about the edges of parts as they are after a split, ask and apply twice: first with `confirm` and `add` off, then with
/// `rename` and `split` off.
pub fn questions(tools: &[CatalogTool], domains: &[Domain], edges: &[Edge], options: &AdviceOptions) -> Questions {
    let by_id: BTreeMap<&str, &CatalogTool> = tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    let mut out = Questions::default();
    if options.rename || options.split {
        for domain in domains {
            let id = format!("kinds/{}", domain.name);
            match kinds(&by_id, domain, options) {
                Ok((about, request)) => out.asked.push(Question { id, about, request }),
                Err(reason) => out.left_out.push(RefusedAdvice { question: id, advice: ADVICE.to_owned(), reason }),
            }
        }
    }
    if options.confirm || options.add {
        let inside = edges_inside(domains, edges);
        for (domain, edges) in domains.iter().zip(&inside) {
            about_edges(&by_id, domain, edges, options, &mut out);
        }
    }
    out
}

fn known<'a>(by_id: &BTreeMap<&str, &'a CatalogTool>, ids: &[String]) -> Vec<&'a CatalogTool> {
    ids.iter().filter_map(|id| by_id.get(id.as_str()).copied()).collect()
}

fn too_large(tools: usize, options: &AdviceOptions) -> String {
    format!("{tools} tools do not fit a question of {} tools and {} characters", options.tools_max, options.prompt_chars_max)
}

fn kinds(by_id: &BTreeMap<&str, &CatalogTool>, domain: &Domain, options: &AdviceOptions) -> Result<(About, ChatRequest), String> {
    let tools = known(by_id, &domain.tools);
    if tools.len() > options.tools_max {
        return Err(too_large(tools.len(), options));
    }
    let splitting = if options.split { "" } else { "Here no division is wanted." };
    let schema = schema_of_kinds();
    let system = filled(KINDS, &schema, &[("{part_tools_min}", &options.part_tools_min.to_string()), ("{splitting}", splitting)]);
    let head = json!({"title": cut(&domain.title, NAME_CHARS_MAX), "slug": cut(&domain.name, NAME_CHARS_MAX), "tools": tools.len()});
    let line = |index: usize, tool: &CatalogTool, chars: usize| json!({"i": index, "name": cut(&tool.name, NAME_CHARS_MAX), "about": cut(&tool.description, chars)});
    let room = options.prompt_chars_max.saturating_sub(system.chars().count());
    let data = fitted(&tools, (Some(head), &[]), &line, room, options).ok_or_else(|| too_large(tools.len(), options))?;
    let about = About::Kinds { domain: domain.name.clone(), tools: tools.iter().map(|tool| tool.id.clone()).collect() };
    Ok((about, request("kinds", system, data, schema)))
}

/// Dependency edges by the domain that holds both ends.
fn edges_inside<'a>(domains: &[Domain], edges: &'a [Edge]) -> Vec<Vec<&'a Edge>> {
    let mut home: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, domain) in domains.iter().enumerate() {
        home.extend(domain.tools.iter().map(|id| (id.as_str(), index)));
    }
    let mut out = vec![Vec::new(); domains.len()];
    for edge in edges.iter().filter(|edge| edge.kind == EdgeKind::Dependency) {
        let (from, to) = (home.get(edge.from.as_str()), home.get(edge.to.as_str()));
        if let (Some(from), Some(to)) = (from, to)
            && from == to
        {
            out[*from].push(edge);
        }
    }
    out
}

/// The questions about the edges of a domain, in as many pieces as bounds make necessary.
fn about_edges(by_id: &BTreeMap<&str, &CatalogTool>, domain: &Domain, edges: &[&Edge], options: &AdviceOptions, out: &mut Questions) {
    let tools = known(by_id, &domain.tools);
    let (mut number, mut is_halved) = (0, false);
    let mut pieces: Vec<&[&CatalogTool]> = tools.chunks(options.tools_max.max(1)).rev().collect();
    while let Some(piece) = pieces.pop() {
        let place: BTreeMap<&str, usize> = piece.iter().enumerate().map(|(index, tool)| (tool.id.as_str(), index)).collect();
        let here: Vec<&Edge> =
            edges.iter().copied().filter(|edge| place.contains_key(edge.from.as_str()) && place.contains_key(edge.to.as_str())).collect();
        let mut batches: Vec<&[&Edge]> = here.chunks(options.edges_max.max(1)).collect();
        if batches.is_empty() {
            batches.push(&[]);
        }
        let wanted = |first: bool, batch: &[&Edge]| (first && options.add && piece.len() > 1) || (options.confirm && !batch.is_empty());
        let asked: Option<Vec<Question>> = batches
            .iter()
            .enumerate()
            .filter(|(index, batch)| wanted(*index == 0, batch))
            .map(|(index, batch)| edge_question(domain, piece, &place, batch, index == 0 && options.add, options))
            .collect();
        match asked {
            Some(asked) => {
                for mut question in asked {
                    question.id = format!("edges/{}/{number}", domain.name);
                    number += 1;
                    out.asked.push(question);
                }
            }
            None if piece.len() > 1 => {
                is_halved = true;
                let (left, right) = piece.split_at(piece.len() / 2);
                pieces.extend([right, left]);
            }
            // A tool alone has no edges to ask about.
            None => {}
        }
    }
    if is_halved && number == 0 {
        let question = format!("edges/{}", domain.name);
        out.left_out.push(RefusedAdvice { question, advice: ADVICE.to_owned(), reason: too_large(tools.len(), options) });
    }
}

/// `None` where it does not fit.
fn edge_question(
    domain: &Domain,
    tools: &[&CatalogTool],
    place: &BTreeMap<&str, usize>,
    edges: &[&Edge],
    add: bool,
    options: &AdviceOptions,
) -> Option<Question> {
    let adding = if add { "" } else { "Here none is wanted." };
    let schema = schema_of_edges();
    let system = filled(EDGES, &schema, &[("{producers_max}", &PRODUCERS_MAX.to_string()), ("{adding}", adding)]);
    let line = |index: usize, tool: &CatalogTool, chars: usize| {
        let takes: Vec<String> =
            fields::inputs(&tool.parameters, options.fields_max).iter().map(|text| cut(text, NAME_CHARS_MAX)).collect();
        let returns = tool.returns.as_ref().map(|returns| fields::outputs(returns, options.fields_max)).unwrap_or_default();
        let returns: Vec<String> = returns.iter().map(|text| cut(text, NAME_CHARS_MAX)).collect();
        json!({"i": index, "name": cut(&tool.name, NAME_CHARS_MAX), "about": cut(&tool.description, chars), "takes": takes, "returns": returns})
    };
    let edge_line = |(index, edge): (usize, &&Edge)| {
        let why: Vec<String> = edge.why.iter().map(|why| cut(why, 2 * NAME_CHARS_MAX)).collect();
        json!({"e": index, "from": place[edge.from.as_str()], "to": place[edge.to.as_str()], "why": why})
    };
    let edge_lines: Vec<Value> = edges.iter().enumerate().map(edge_line).collect();
    let room = options.prompt_chars_max.saturating_sub(system.chars().count());
    let data = fitted(tools, (None, &edge_lines), &line, room, options)?;
    let about = About::Edges {
        domain: domain.name.clone(),
        tools: tools.iter().map(|tool| tool.id.clone()).collect(),
        edges: edges.iter().map(|edge| (edge.from.clone(), edge.to.clone())).collect(),
    };
    Some(Question { id: String::new(), about, request: request("edges", system, data, schema) })
}

/// The lines of the tools between those of `around`, with descriptions as long as there is room for; `None` where even names have none.
fn fitted(
    tools: &[&CatalogTool],
    around: (Option<Value>, &[Value]),
    line: &dyn Fn(usize, &CatalogTool, usize) -> Value,
    room: usize,
    options: &AdviceOptions,
) -> Option<String> {
    let mut chars = options.description_chars_max;
    loop {
        let lines = tools.iter().enumerate().map(|(index, tool)| line(index, tool, chars));
        // A `<` can neither close the block nor open another.
        let text: String = around
            .0
            .clone()
            .into_iter()
            .chain(lines)
            .chain(around.1.iter().cloned())
            .map(|line| format!("{}\n", line.to_string().replace('<', "\\u003c")))
            .collect();
        let text = format!("<data>\n{text}</data>");
        if text.chars().count() <= room {
            return Some(text);
        }
        if chars == 0 {
            return None;
        }
        chars = if chars > 10 { chars / 2 } else { 0 };
    }
}

fn request(name: &str, system: String, data: String, schema: Value) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::System { content: system }, Message::User { content: data }],
        tools: [].into(),
        form: ReplyForm::Schema { name: name.to_owned(), schema },
    }
}

fn filled(prompt: &str, schema: &Value, pairs: &[(&str, &str)]) -> String {
    let filled = pairs.iter().fold(prompt.to_owned(), |text, (name, value)| text.replace(name, value));
    filled.replace("{schema}", &schema.to_string())
}

/// One line of at most `chars_max` characters, without control characters.
fn cut(text: &str, chars_max: usize) -> String {
    let plain = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(chars_max) {
        Some(_) if chars_max == 0 => String::new(),
        Some((at, _)) => format!("{}…", &plain[..at]),
        None => plain,
    }
}

fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn schema_of_kinds() -> Value {
    let text = || json!({"type": "string"});
    let part = object(json!({
        "title": text(), "slug": text(), "description": text(), "tools": {"type": "array", "items": {"type": "integer"}}
    }));
    object(json!({"title": text(), "slug": text(), "description": text(), "parts": {"type": "array", "items": part}}))
}

fn schema_of_edges() -> Value {
    let number = || json!({"type": "integer"});
    let judged = object(json!({"edge": number(), "holds": {"type": "boolean"}, "reason": {"type": "string"}}));
    let missing = object(json!({"from": number(), "to": number(), "field": {"type": "string"}, "parameter": {"type": "string"}}));
    object(json!({"edges": {"type": "array", "items": judged}, "missing": {"type": "array", "items": missing}}))
}
