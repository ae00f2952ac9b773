//! Reading JSON Schemas of real descriptions: which type, which values, which members; and reducing them to what a table can hold.

use serde_json::{Map, Value, json};

/// JSON types, after unions are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Real,
    Boolean,
    Array,
    Object,
    /// Nothing is said, or everything is allowed.
    Any,
}

/// Which side of a union counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// What a caller may send: the simplest alternative.
    Input,
    /// What a result shows: the richest alternative.
    Output,
}

/// Longest description kept, in characters.
const DESCRIPTION_CHARS_MAX: usize = 240;

/// `schema` with unions resolved: `allOf` merged, `null` alternatives dropped, one alternative chosen by `side`.
pub(crate) fn resolve(schema: &Value, side: Side) -> Value {
    resolve_within(schema, side, 6)
}

fn resolve_within(schema: &Value, side: Side, depth: usize) -> Value {
    let Some(map) = schema.as_object() else { return json!({}) };
    let mut out = map.clone();
    if depth == 0 {
        return Value::Object(out);
    }
    if let Some(Value::Array(parts)) = out.shift_remove("allOf") {
        for part in &parts {
            merge(&mut out, &resolve_within(part, side, depth - 1));
        }
    }
    for word in ["oneOf", "anyOf"] {
        let Some(Value::Array(parts)) = out.shift_remove(word) else { continue };
        let parts: Vec<Value> = parts.iter().map(|p| resolve_within(p, side, depth - 1)).collect();
        let rank = |p: &Value| match (kind_of(p), side) {
            (Kind::Any, _) => 0,
            (Kind::Object, Side::Output) => 5,
            (Kind::Array, Side::Output) => 4,
            (Kind::Text, _) => 3,
            (Kind::Integer | Kind::Real | Kind::Boolean, _) => 2,
            _ => 1,
        };
        if let Some(best) = parts.iter().rev().max_by_key(|p| rank(p)) {
            merge(&mut out, best);
        }
    }
    Value::Object(out)
}

fn merge(into: &mut Map<String, Value>, from: &Value) {
    let Some(from) = from.as_object() else { return };
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) if key == "properties" => {
                for (name, schema) in new {
                    old.entry(name.clone()).or_insert_with(|| schema.clone());
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) if key == "required" => {
                old.extend(new.iter().filter(|n| !old.contains(n)).cloned().collect::<Vec<_>>());
            }
            (Some(_), _) => {}
            (None, _) => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The type of a resolved schema; the first of several that is not `null`.
pub(crate) fn kind_of(schema: &Value) -> Kind {
    let name = match &schema["type"] {
        Value::String(name) => name.as_str(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|n| *n != "null").unwrap_or(""),
        _ => "",
    };
    match name {
        "string" => Kind::Text,
        "integer" => Kind::Integer,
        "number" => Kind::Real,
        "boolean" => Kind::Boolean,
        "array" => Kind::Array,
        "object" => Kind::Object,
        _ if schema.get("properties").is_some() => Kind::Object,
        _ if schema.get("items").is_some() => Kind::Array,
        _ if schema.get("enum").is_some() => Kind::Text,
        _ => Kind::Any,
    }
}

/// True where `null` is a declared value.
pub(crate) fn nullable(schema: &Value) -> bool {
    let listed = schema["type"].as_array().is_some_and(|types| types.iter().any(|t| t == "null"));
    let joined = ["oneOf", "anyOf"].iter().filter_map(|w| schema[*w].as_array()).flatten().any(|s| s["type"] == "null");
    listed || joined || schema["nullable"] == true
}

/// The string values of `enum`.
pub(crate) fn values_of(schema: &Value) -> Vec<String> {
    let all = schema["enum"].as_array().into_iter().flatten();
    all.filter_map(Value::as_str).filter(|v| !v.ends_with("_UNSPECIFIED") && !v.is_empty()).map(str::to_owned).collect()
}

/// `description` on one line, cut.
pub(crate) fn description_of(schema: &Value) -> String {
    one_line(schema["description"].as_str().unwrap_or(""), DESCRIPTION_CHARS_MAX)
}

/// Text on one line, with at most `chars_max` characters.
pub(crate) fn one_line(text: &str, chars_max: usize) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("--", "–");
    if joined.chars().count() <= chars_max {
        return joined;
    }
    let cut: String = joined.chars().take(chars_max).collect();
    let end = cut.rfind(". ").map(|i| i + 1).or_else(|| cut.rfind(' ')).unwrap_or(cut.len());
    let cut = cut[..end].trim_end_matches([',', ';', ':', ' ']);
    if cut.ends_with('.') { cut.to_owned() } else { format!("{cut}…") }
}

/// The members of an object schema, in order.
pub(crate) fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

/// True where `name` is among `required`.
pub(crate) fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|all| all.iter().any(|n| n == name))
}

/// The schema of the elements of a list result, with the name of the member that holds it (none for a bare array).
pub(crate) fn list_items(returns: &Value) -> Option<(Option<String>, Value)> {
    let returns = resolve(returns, Side::Output);
    if kind_of(&returns) == Kind::Array {
        return Some((None, resolve(&returns["items"], Side::Output)));
    }
    let arrays: Vec<(&String, Value)> =
        properties(&returns).map(|(n, s)| (n, resolve(s, Side::Output))).filter(|(_, s)| kind_of(s) == Kind::Array).collect();
    let told: Vec<(&String, Value)> = arrays.iter().filter(|(n, _)| !is_aside(n)).cloned().collect();
    let arrays = if told.is_empty() { arrays } else { told };
    let preferred = arrays.iter().find(|(n, _)| matches!(n.as_str(), "items" | "data" | "results" | "values" | "entries"));
    let objects = arrays.iter().find(|(_, s)| kind_of(&resolve(&s["items"], Side::Output)) == Kind::Object);
    let (name, array) = preferred.or(objects).or(arrays.first())?;
    Some((Some((*name).clone()), resolve(&array["items"], Side::Output)))
}

/// Arrays of a result that are not what it lists.
fn is_aside(name: &str) -> bool {
    matches!(crate::words::flat(name).as_str(), "links" | "errors" | "warnings" | "messages")
}

/// A schema for a stored JSON value: scalars and one level of small objects, nothing required, at most `members_max` members.
/// `None` where nothing bounded is left.
pub(crate) fn reduced(schema: &Value, members_max: usize, depth: usize) -> Option<Value> {
    let schema = resolve(schema, Side::Output);
    let plain = |name: &str| Some(json!({ "type": name }));
    match kind_of(&schema) {
        Kind::Text => {
            let values = values_of(&schema);
            let mut out = json!({"type": "string"});
            if !values.is_empty() {
                out["enum"] = json!(values);
            } else if let Some(format) = schema["format"].as_str().filter(|f| matches!(*f, "date-time" | "date" | "uri" | "email")) {
                out["format"] = json!(format);
            }
            Some(out)
        }
        Kind::Integer => plain("integer"),
        Kind::Real => plain("number"),
        Kind::Boolean => plain("boolean"),
        Kind::Any => None,
        Kind::Array => {
            let items = reduced(&schema["items"], members_max, depth.checked_sub(1)?)?;
            Some(json!({"type": "array", "items": items}))
        }
        Kind::Object => reduced_object(&schema, members_max, depth.checked_sub(1)?),
    }
}

fn reduced_object(schema: &Value, members_max: usize, depth: usize) -> Option<Value> {
    let mut members = Map::new();
    for (name, member) in properties(schema) {
        if members.len() == members_max {
            break;
        }
        let noise = name.ends_with("_url") || matches!(name.as_str(), "url" | "etag" | "kind" | "node_id" | "gravatar_id" | "_links");
        if noise {
            continue;
        }
        if let Some(small) = reduced(member, members_max, depth) {
            members.insert(name.clone(), small);
        }
    }
    if !members.is_empty() {
        return Some(json!({"type": "object", "properties": members}));
    }
    match &schema["additionalProperties"] {
        Value::Object(inner) if !inner.is_empty() => {
            let inner = reduced(&schema["additionalProperties"], members_max, depth)?;
            Some(json!({"type": "object", "additionalProperties": inner}))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unions_resolve_by_side() {
        let labels = json!({"oneOf": [{"type": "string"}, {"type": "object", "properties": {"name": {"type": "string"}}}]});
        assert_eq!(kind_of(&resolve(&labels, Side::Input)), Kind::Text);
        assert_eq!(kind_of(&resolve(&labels, Side::Output)), Kind::Object);
        let maybe = json!({"anyOf": [{"type": "null"}, {"type": "integer"}]});
        assert_eq!(kind_of(&resolve(&maybe, Side::Input)), Kind::Integer);
        assert!(nullable(&maybe));
    }

    #[test]
    fn cyclic_cuts_and_blobs_reduce_to_nothing() {
        assert_eq!(reduced(&json!({"type": "object"}), 8, 2), None);
        assert_eq!(reduced(&json!({"type": "array", "items": {"type": "object"}}), 8, 2), None);
        let attendees = json!({"type": "array", "items": {"type": "object", "properties": {"email": {"type": "string"}}}});
        assert_eq!(reduced(&attendees, 8, 2).map(|s| s["items"]["properties"]["email"]["type"].clone()), Some(json!("string")));
    }

    #[test]
    fn lists_in_envelopes() {
        let returns = json!({"type": "object", "properties": {"defaultReminders": {"type": "array", "items": {"type": "object"}},
            "items": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}}});
        assert_eq!(list_items(&returns).and_then(|(name, _)| name).as_deref(), Some("items"));
    }
}
