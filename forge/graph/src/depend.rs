//! Dependency edges: what one tool returns is what another needs.
//!
//! A key is `entity|kind`, such as `issue|number`. The kind is the last word of an identifying name (`id`, `arn`, `slug`, …); the
//! entity is the words before it, or else the preceding path segment, the object that holds the field, or the noun of the tool.
//! A producer returns a key that it does not take itself. Keys that more than half of an API's tools need
//! are context: only the tool that creates such a thing feeds them.
//! Keys are matched inside one API only.

use crate::title::noun;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::catalog::Place;
use wardian_format::graph::{Edge, EdgeKind};
use wardian_format::names::{singular, words};

/// Producers kept for an input.
const PRODUCERS_MAX: usize = 3;
/// Levels of returned objects that are searched for keys.
const DEPTH_MAX: usize = 3;
/// APIs with fewer tools have no context keys.
const CONTEXT_TOOLS_MIN: usize = 10;

/// Last words of names that identify something, with the kind they stand for.
const KINDS: [(&str, &str); 17] = [
    ("id", "id"),
    ("uuid", "id"),
    ("guid", "id"),
    ("identifier", "id"),
    ("uid", "id"),
    ("arn", "arn"),
    ("urn", "arn"),
    ("slug", "slug"),
    ("number", "number"),
    ("name", "name"),
    ("login", "name"),
    ("handle", "handle"),
    ("url", "url"),
    ("key", "key"),
    ("token", "token"),
    ("sha", "sha"),
    ("email", "email"),
];
/// Kinds that mean nothing without an entity in the name itself.
const NEEDS_ENTITY: [&str; 5] = ["key", "token", "url", "email", "handle"];
/// Kinds that may stand in for an id.
const STAND_INS: [&str; 5] = ["id", "arn", "slug", "name", "url"];
/// First words of names that do not name an entity.
const NOT_ENTITIES: [&str; 28] = [
    "page",
    "next",
    "previous",
    "request",
    "client",
    "idempotency",
    "display",
    "full",
    "first",
    "last",
    "middle",
    "nick",
    "given",
    "family",
    "file",
    "host",
    "domain",
    "attribute",
    "version",
    "sort",
    "order",
    "max",
    "html",
    "avatar",
    "profile",
    "access",
    "session",
    "sync",
];

/// A tool with its keys.
struct Keys<'a> {
    tool: &'a CatalogTool,
    noun: Vec<String>,
    inputs: Vec<Input>,
    outputs: BTreeMap<String, Output>,
    rank: u32,
}

impl Keys<'_> {
    /// Whether the tool is about things called `entity`.
    fn makes(&self, entity: &str) -> bool {
        self.noun.join(" ") == entity || self.noun.last().is_some_and(|last| entity == last)
    }

    /// Whether the tool makes the thing that `key` identifies.
    fn creates(&self, key: &str) -> bool {
        self.rank == 10 && self.makes(key.split('|').next().unwrap_or_default())
    }
}

struct Input {
    parameter: String,
    /// Most telling first.
    keys: Vec<String>,
    kind: char,
    /// The path before the parameter, for a path parameter.
    collection: Option<String>,
}

struct Output {
    path: String,
    depth: usize,
    kind: char,
}

/// All dependency edges, one for each pair of tools.
pub(crate) fn edges(tools: &[&CatalogTool]) -> Vec<Edge> {
    let mut apis: BTreeMap<(&str, &str), Vec<&CatalogTool>> = BTreeMap::new();
    for tool in tools {
        apis.entry((&tool.origin.provider, &tool.origin.service)).or_default().push(tool);
    }
    let apis: Vec<Vec<&CatalogTool>> = apis.into_values().collect();
    let found: Vec<Vec<Edge>> = apis.par_iter().map(|api| edges_of_api(api)).collect();
    found.into_iter().flatten().collect()
}

fn edges_of_api(tools: &[&CatalogTool]) -> Vec<Edge> {
    let keys: Vec<Keys<'_>> = tools.iter().map(|tool| keys_of(tool)).collect();
    let mut producers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut needed: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, tool) in keys.iter().enumerate() {
        for key in tool.outputs.keys() {
            producers.entry(key).or_default().push(i);
        }
        for key in tool.inputs.iter().filter_map(|input| input.keys.first()).collect::<BTreeSet<_>>() {
            *needed.entry(key).or_default() += 1;
        }
    }
    let mut edges: BTreeMap<(usize, usize), (u32, Vec<String>)> = BTreeMap::new();
    for (consumer, tool) in keys.iter().enumerate() {
        for input in &tool.inputs {
            let common = input.keys.first().is_some_and(|key| needed[key.as_str()] * 2 > tools.len());
            let context = common && tools.len() >= CONTEXT_TOOLS_MIN;
            let mut found = ranked(&keys, &producers, consumer, input);
            if context {
                found.retain(|(producer, key)| keys[*producer].creates(key));
            }
            for (rank, (producer, key)) in found.into_iter().take(if context { 1 } else { PRODUCERS_MAX }).enumerate() {
                let weight = 1_000_000 / (rank as u32 + 1);
                let edge = edges.entry((producer, consumer)).or_insert((weight, Vec::new()));
                edge.0 = edge.0.max(weight);
                edge.1.push(format!("{key}: {} → {}", keys[producer].outputs[&key].path, input.parameter));
            }
        }
    }
    let edge = |((from, to), (weight, mut why)): ((usize, usize), (u32, Vec<String>))| {
        why.truncate(5);
        Edge { from: tools[from].id.clone(), to: tools[to].id.clone(), kind: EdgeKind::Dependency, weight, why }
    };
    edges.into_iter().map(edge).collect()
}

/// Producers of an input, best first, with the key that meets.
fn ranked(keys: &[Keys<'_>], producers: &BTreeMap<&str, Vec<usize>>, consumer: usize, input: &Input) -> Vec<(usize, String)> {
    for key in &input.keys {
        let mut found: Vec<(u32, usize)> = Vec::new();
        for &i in producers.get(key.as_str()).into_iter().flatten() {
            let output = &keys[i].outputs[key];
            let fits = output.kind == input.kind || output.kind == '?' || input.kind == '?';
            if i == consumer || !fits || keys[i].rank == 0 {
                continue;
            }
            found.push((score(&keys[i], output, key, input), i));
        }
        if !found.is_empty() {
            found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            return found.into_iter().map(|(_, i)| (i, key.clone())).collect();
        }
    }
    Vec::new()
}

/// How good a producer is, in thousandths: what it does, how deep the key lies, whether it makes that very thing.
fn score(producer: &Keys<'_>, output: &Output, key: &str, input: &Input) -> u32 {
    let entity = key.split('|').next().unwrap_or_default();
    let own = producer.makes(entity);
    let path = producer.tool.origin.path.as_deref().map(|path| path.trim_end_matches('/'));
    let same_collection = input.collection.is_some() && path == input.collection.as_deref();
    let mut score = producer.rank * if own { 100 } else { 55 };
    score = score * (10 - output.depth as u32) / 100;
    if same_collection { score * 2 } else { score }
}

fn keys_of(tool: &CatalogTool) -> Keys<'_> {
    let noun = noun(&tool.name);
    let rank = rank(tool);
    let mut all_inputs = BTreeSet::new();
    let mut inputs = Vec::new();
    let required: Vec<&str> = tool.parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, schema) in tool.parameters["properties"].as_object().into_iter().flatten() {
        let Some(input) = input(tool, &noun, name, schema) else { continue };
        // A tool that creates a thing may let the caller choose its id; it produces the id all the same.
        if rank != 10 || required.contains(&name.as_str()) {
            all_inputs.extend(input.keys.first().cloned());
        }
        // The name of the thing that a tool creates is chosen by the caller.
        let in_path = input.collection.is_some();
        let chosen = rank == 10 && !in_path && input.keys.first().is_some_and(|key| key.split('|').next() == Some(&noun.join(" ")));
        if required.contains(&name.as_str()) && !chosen {
            inputs.push(input);
        }
    }
    let mut outputs = BTreeMap::new();
    if let Some(returns) = &tool.returns {
        collect(returns, &noun, std::slice::from_ref(&noun), &mut String::new(), 0, &mut outputs);
    }
    outputs.retain(|key, _| !all_inputs.contains(key));
    Keys { tool, noun, inputs, outputs, rank }
}

fn input(tool: &CatalogTool, noun: &[String], name: &str, schema: &Value) -> Option<Input> {
    let place = tool.origin.locations.iter().find(|location| location.name == name).map(|location| location.place);
    let path = tool.origin.path.as_deref().unwrap_or_default();
    let collection = path.find(&format!("{{{name}}}")).map(|at| path[..at].trim_end_matches('/').to_owned());
    let segment = collection.as_deref().and_then(entity_of_path);
    let parts = stems(name);
    let mut keys = Vec::new();
    match kind_of(&parts) {
        Some((kind, entity)) if !entity.is_empty() => {
            if NOT_ENTITIES.contains(&entity[0].as_str()) {
                return None;
            }
            let entity = entity.to_vec();
            push(&mut keys, &phrase(tool, &entity), kind);
            push(&mut keys, &entity, kind);
            push(&mut keys, &entity[entity.len() - 1..], kind);
        }
        Some((kind, _)) if !NEEDS_ENTITY.contains(&kind) => {
            let entity = segment.clone().unwrap_or_else(|| noun.to_vec());
            push(&mut keys, &phrase(tool, &entity), kind);
            push(&mut keys, &entity, kind);
        }
        Some(_) => return None,
        // A path parameter names a thing even without a telling last word: `lists/{tasklist}`, `{username}`.
        None if place == Some(Place::Path) => {
            let entity = match parts.as_slice() {
                [one] if one == "username" || one == "assignee" => vec!["user".to_owned()],
                other => other.to_vec(),
            };
            push(&mut keys, &entity, "id");
            if let Some(segment) = segment {
                push(&mut keys, &segment, "id");
            }
        }
        None => return None,
    }
    let stand_ins: Vec<String> = keys
        .iter()
        .filter_map(|key| key.split_once('|'))
        .filter(|(_, kind)| STAND_INS.contains(kind))
        .flat_map(|(entity, kind)| STAND_INS.iter().filter(move |other| **other != kind).map(move |other| format!("{entity}|{other}")))
        .collect();
    keys.extend(stand_ins);
    Some(Input { parameter: name.to_owned(), keys, kind: type_of(schema), collection })
}

fn push(keys: &mut Vec<String>, entity: &[String], kind: &str) {
    let key = format!("{}|{kind}", entity.join(" "));
    if !entity.is_empty() && !keys.contains(&key) {
        keys.push(key);
    }
}

/// The longest run of the tool's own words that ends in `entity`: `comment` in `get_issue_comment` is `issue comment`.
fn phrase(tool: &CatalogTool, entity: &[String]) -> Vec<String> {
    let parts = stems(&tool.name);
    let Some(at) = parts.windows(entity.len().max(1)).position(|window| window == entity) else { return entity.to_vec() };
    let nouns = noun(&tool.name);
    let mut start = at;
    while start > 0
        && (nouns.contains(&parts[start - 1]) || parts[..start].iter().any(|word| word == "for"))
        && !crate::title::is_small(&parts[start - 1])
    {
        start -= 1;
    }
    parts[start..at + entity.len()].to_vec()
}

/// Registers the keys among the members of a result. `owners` are the names of the object that holds them.
fn collect(schema: &Value, noun: &[String], owners: &[Vec<String>], path: &mut String, depth: usize, out: &mut BTreeMap<String, Output>) {
    if let Some(items) = schema.get("items") {
        return collect(items, noun, owners, path, depth, out);
    }
    let mut owners = owners.to_vec();
    if let Some(title) = schema["title"].as_str() {
        let title: Vec<String> = stems(title).into_iter().filter(|word| !is_wrapper(word)).collect();
        if !title.is_empty() {
            owners.push(title.clone());
            owners.push(title[title.len() - 1..].to_vec());
        }
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        if member.get("properties").is_some() || member.get("items").is_some() {
            if depth + 1 < DEPTH_MAX {
                let parent: Vec<String> = stems(name).into_iter().filter(|word| !is_wrapper(word)).collect();
                // An envelope's array or object holds the thing itself.
                let envelope = depth == 0 && (parent.is_empty() || parent == noun || noun.ends_with(&parent));
                let inner = if parent.is_empty() { vec![noun.to_vec()] } else { vec![parent] };
                let inner = if envelope { [inner, vec![noun.to_vec()]].concat() } else { inner };
                collect(member, noun, &inner, path, depth + usize::from(!envelope), out);
            }
        } else {
            register(name, member, &owners, path, depth, out);
        }
        path.truncate(length);
    }
    // A list of plain values: `QueueUrls`.
    if depth == 0 && schema.get("properties").is_none() && path.len() > 1 {
        let name = path.rsplit('.').next().unwrap_or_default().to_owned();
        register(&singular(&name), schema, &owners, path, depth, out);
    }
}

fn register(name: &str, schema: &Value, owners: &[Vec<String>], path: &str, depth: usize, out: &mut BTreeMap<String, Output>) {
    let parts = stems(name);
    let Some((kind, entity)) = kind_of(&parts) else { return };
    let mut add = |entity: &[String]| {
        let key = format!("{}|{kind}", entity.join(" "));
        // An account's login identifies it; its display name only looks as if.
        let better = |known: &Output| depth < known.depth || (depth == known.depth && name == "login" && !known.path.ends_with("login"));
        if !entity.is_empty() && out.get(&key).is_none_or(better) {
            out.insert(key, Output { path: path.to_owned(), depth, kind: type_of(schema) });
        }
    };
    if entity.is_empty() {
        if !NEEDS_ENTITY.contains(&kind) {
            owners.iter().for_each(|owner| add(owner));
        }
    } else if !NOT_ENTITIES.contains(&entity[0].as_str()) {
        add(entity);
        add(&entity[entity.len() - 1..]);
    }
}

/// Words of a name, singular, without numbers.
fn stems(name: &str) -> Vec<String> {
    words(name).iter().filter(|word| !word.chars().all(|c| c.is_ascii_digit())).map(|word| singular(word)).collect()
}

fn kind_of(parts: &[String]) -> Option<(&'static str, &[String])> {
    let (last, entity) = parts.split_last()?;
    let kind = KINDS.iter().find(|(word, _)| word == last)?.1;
    Some((kind, entity))
}

/// Words of schema names and members that wrap a thing.
fn is_wrapper(word: &str) -> bool {
    matches!(
        word,
        "item"
            | "data"
            | "result"
            | "response"
            | "output"
            | "list"
            | "entry"
            | "simple"
            | "full"
            | "minimal"
            | "nullable"
            | "summary"
            | "value"
            | "resource"
            | "object"
            | "request"
    )
}

/// The last fixed segment of a path, in words.
fn entity_of_path(path: &str) -> Option<Vec<String>> {
    let segment = path.rsplit('/').find(|segment| !segment.is_empty())?;
    let parts = stems(segment.split(':').next().unwrap_or(segment));
    (!segment.contains('{') && !parts.is_empty()).then_some(parts)
}

/// One letter for the type of a scalar, so that numbers do not feed texts.
fn type_of(schema: &Value) -> char {
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default(),
        _ => "",
    };
    match kind {
        "integer" | "number" => 'n',
        "string" => 's',
        "array" => type_of(&schema["items"]),
        _ => '?',
    }
}

/// What a tool does, as a producer: 10 creates, 9 lists, 5 gets, 3 changes, 0 deletes.
fn rank(tool: &CatalogTool) -> u32 {
    let first = words(&tool.name).into_iter().next().unwrap_or_default();
    match first.as_str() {
        "delete" | "remove" | "cancel" | "purge" | "clear" | "destroy" | "deregister" | "terminate" | "untag" | "unsubscribe" => 0,
        "create" | "insert" | "add" | "register" | "start" | "open" | "new" | "send" | "publish" | "subscribe" | "import" | "fork" => 10,
        "list" | "search" | "find" | "query" | "scan" | "receive" => 9,
        "get" | "describe" | "read" | "fetch" | "lookup" | "show" => 5,
        _ if tool.origin.method.as_deref() == Some("DELETE") => 0,
        _ => 3,
    }
}
