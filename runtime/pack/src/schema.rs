//! Bounds on a JSON Schema: closed, shallow, and with patterns that are matched in linear time.

use serde_json::Value;
use wardian_format::names;

/// Nesting of objects and arrays in a schema.
const DEPTH_MAX: usize = wardian_format::limits::FIXED.schema_depth_max;

/// Values in a schema, of all kinds.
const NODES_MAX: usize = wardian_format::limits::FIXED.schema_values_max;

/// Longest regular expression, bytes.
const PATTERN_BYTES_MAX: usize = wardian_format::limits::FIXED.schema_pattern_bytes_max;

/// Members that refer to another schema, or give this one a place to be referred to.
const REFERENCES: [&str; 6] = ["$ref", "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor"];

/// Checks a schema of arguments: an object whose schema is acceptable.
pub(crate) fn arguments(schema: &Value) -> Result<(), String> {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err("it is not of type `object`".to_owned());
    }
    any(schema)
}

/// Checks any schema.
pub(crate) fn any(schema: &Value) -> Result<(), String> {
    if !schema.is_object() {
        return Err("it is not a JSON object".to_owned());
    }
    let mut nodes = 0;
    walk(schema, 1, &mut nodes)
}

fn walk(value: &Value, depth: usize, nodes: &mut usize) -> Result<(), String> {
    *nodes += 1;
    if depth > DEPTH_MAX {
        return Err(format!("it is nested deeper than {DEPTH_MAX}"));
    }
    if *nodes > NODES_MAX {
        return Err(format!("it has more than {NODES_MAX} values"));
    }
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, depth + 1, nodes)),
        Value::Object(map) => map.iter().try_for_each(|(name, value)| {
            member(name, value)?;
            walk(value, depth + 1, nodes)
        }),
        _ => Ok(()),
    }
}

/// A parameter may be called `$ref`; then the value is a schema, not a string.
fn member(name: &str, value: &Value) -> Result<(), String> {
    if REFERENCES.contains(&name) && value.is_string() {
        return Err(format!("it uses `{name}`"));
    }
    if name == "$schema" && value.is_string() {
        return Err("it names a dialect with `$schema`; the dialect is fixed".to_owned());
    }
    let pattern = |pattern: &str| {
        let long = pattern.len() > PATTERN_BYTES_MAX;
        if long { Err(format!("the pattern `{}` has more than {PATTERN_BYTES_MAX} bytes", names::untrusted(pattern, 40))) } else { Ok(()) }
    };
    match (name, value) {
        ("pattern", Value::String(text)) => pattern(text),
        ("patternProperties", Value::Object(map)) => map.keys().try_for_each(|text| pattern(text)),
        _ => Ok(()),
    }
}
