//! Which arguments a call will have: the required ones, and some of the optional.

use serde_json::{Map, Value};
use wardian_format::Rng;
use wardian_format::pack::{Effect, ParamRef, RefKind, ToolSpec};

/// Most optional parameters that one call uses.
const OPTIONAL_MAX: usize = 4;

/// Parameters about the form of an answer, which nobody asks for in words.
const PLUMBING: &[&str] = &[
    "page",
    "per_page",
    "page_size",
    "pagesize",
    "page_token",
    "pagetoken",
    "limit",
    "offset",
    "cursor",
    "max_results",
    "maxresults",
    "next_token",
    "nexttoken",
    "max_items",
    "fields",
    "alt",
    "key",
    "callback",
    "pretty_print",
    "prettyprint",
    "quota_user",
    "quotauser",
    "access_token",
    "oauth_token",
    "upload_type",
    "uploadtype",
    "upload_protocol",
    "dry_run",
    "dryrun",
    "etag",
    "request_id",
    "client_token",
    "idempotency_key",
    "sort",
    "direction",
    "order",
    "order_by",
    "before",
    "after",
    "since",
];

/// Parameters that search by words.
const SEARCH: &[&str] = &["query", "q", "search", "text", "keyword", "keywords", "term", "search_text", "search_term", "name", "title"];

/// One value to find.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    /// Where it goes: `title`, `items.0.sku`.
    pub(crate) path: String,
    /// Its JSON Schema.
    pub(crate) schema: Value,
    /// What it means, where known.
    pub(crate) reference: Option<ParamRef>,
}

/// An argument document with nulls where values go.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) template: Value,
    pub(crate) needs: Vec<Need>,
}

/// Chooses the parameters of a call of `tool`; `forced` is used in any case.
pub(crate) fn shape(tool: &ToolSpec, forced: Option<&str>, rng: &mut Rng) -> Shape {
    let mut out = Shape { template: Value::Null, needs: Vec::new() };
    let Some(properties) = tool.parameters.get("properties").and_then(Value::as_object) else {
        out.template = Value::Object(Map::new());
        return out;
    };
    let chosen = choose(tool, properties, forced, rng);
    let is_required = |name: &String| required(&tool.parameters).any(|r| r == name);
    let mut template = Map::new();
    for (name, schema) in properties.iter().filter(|(name, _)| chosen.contains(name)) {
        let value = build(tool, name, schema, rng, &mut out.needs);
        if is_required(name) || !is_hollow(&value) {
            template.insert(name.clone(), value);
        }
    }
    out.template = Value::Object(template);
    out
}

/// True for objects without members, and for lists of nothing else.
fn is_hollow(template: &Value) -> bool {
    match template {
        Value::Object(map) => map.values().all(is_hollow),
        Value::Array(items) => items.iter().all(is_hollow),
        _ => false,
    }
}

/// The type of a schema: its first that is not `null`; by its members where it names none.
pub(crate) fn kind(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    };
    named.unwrap_or_else(|| if schema.get("properties").is_some() { "object" } else { "any" })
}

/// True for parameters that search by words.
pub(crate) fn is_search(name: &str) -> bool {
    SEARCH.contains(&name.to_lowercase().as_str())
}

/// `path` without indexes, as references are written: `items.0.sku` → `items.sku`.
pub(crate) fn without_indexes(path: &str) -> String {
    path.split('.').filter(|part| part.parse::<usize>().is_err()).collect::<Vec<_>>().join(".")
}

fn choose<'a>(tool: &ToolSpec, properties: &'a Map<String, Value>, forced: Option<&str>, rng: &mut Rng) -> Vec<&'a String> {
    let required: Vec<&str> = required(&tool.parameters).collect();
    let forced_name = |name: &str| forced.is_some_and(|f| f == name || f.starts_with(&format!("{name}.")));
    let (mut chosen, mut optional): (Vec<&String>, Vec<&String>) =
        properties.keys().partition(|name| required.contains(&name.as_str()) || forced_name(name));
    rng.shuffle(&mut optional);
    let mut left = OPTIONAL_MAX;
    for name in &optional {
        if left > 0 && rng.chance(percent(tool, name, &properties[*name])) {
            chosen.push(name);
            left -= 1;
        }
    }
    let plain = |name: &&String| reference(tool, name).is_some_and(|r| r.kind == RefKind::Value);
    if tool.effect == Effect::Write && !chosen.iter().any(plain) {
        // An update that changes nothing is no update.
        chosen.extend(optional.into_iter().find(plain));
    }
    chosen
}

/// How often an optional parameter is used, in percent.
fn percent(tool: &ToolSpec, name: &str, schema: &Value) -> usize {
    if PLUMBING.contains(&name.to_lowercase().as_str()) {
        return 0;
    }
    let kind = reference(tool, name).map(|r| r.kind);
    match (tool.effect, kind) {
        (Effect::Write, Some(RefKind::Value | RefKind::New)) => 45,
        (Effect::Write, Some(RefKind::Existing)) => 25,
        (Effect::Read, Some(RefKind::Existing)) => 25,
        (Effect::Read, Some(_)) => 4,
        (Effect::Read, None) if is_search(name) => 60,
        (_, None) if schema.get("enum").is_some() => 8,
        (_, None) => 3,
    }
}

fn build(tool: &ToolSpec, path: &str, schema: &Value, rng: &mut Rng, needs: &mut Vec<Need>) -> Value {
    let reference = reference(tool, &without_indexes(path));
    let items = schema.get("items").filter(|_| kind(schema) == "array");
    let by_element = |items: &Value| {
        items.get("properties").is_some() || reference.is_some_and(|r| r.kind == RefKind::Existing) || items.get("enum").is_some()
    };
    if let Some(items) = items.filter(|items| by_element(items)) {
        let least = schema.get("minItems").and_then(Value::as_u64).map_or(1, |n| n.clamp(1, 3) as usize);
        let most = schema.get("maxItems").and_then(Value::as_u64).map_or(2, |n| n.min(2) as usize).max(least);
        let count = if rng.chance(60) { least } else { most };
        return (0..count).map(|i| build(tool, &format!("{path}.{i}"), items, rng, needs)).collect();
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|_| kind(schema) == "object") {
        let mut map = Map::new();
        let required: Vec<&str> = required(schema).collect();
        for (name, member) in properties {
            let inner = format!("{path}.{name}");
            let meant = self::reference(tool, &without_indexes(&inner)).is_some();
            if required.contains(&name.as_str()) || (meant && rng.chance(50)) {
                let value = build(tool, &inner, member, rng, needs);
                map.insert(name.clone(), value);
            }
        }
        let plain = |schema: &Value| ["string", "integer", "number", "boolean"].contains(&kind(schema));
        if let Some((name, member)) = properties.iter().find(|(_, member)| map.is_empty() && plain(member)) {
            // An empty object says nothing, so nobody would ask for it.
            map.insert(name.clone(), build(tool, &format!("{path}.{name}"), member, rng, needs));
        }
        return Value::Object(map);
    }
    needs.push(Need { path: path.to_owned(), schema: schema.clone(), reference: reference.cloned() });
    Value::Null
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn reference<'a>(tool: &'a ToolSpec, path: &str) -> Option<&'a ParamRef> {
    tool.refs.iter().find(|r| r.param == path)
}
