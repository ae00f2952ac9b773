//! JSON Schemas, told in few words: a table of parameters, and a shape in the manner of TypeScript.

use crate::bounds::{NAME_CHARS_MAX, SENTENCE_CHARS_MAX};
use crate::clean::one_line;
use serde_json::{Value, json};

/// Deepest level of a shape; what is below is an ellipsis.
const DEPTH_MAX: usize = 3;
/// Most members of one object in a shape, and most rows of a table.
const MEMBERS_MAX: usize = 24;
/// Longest list of enumerated values.
const ENUM_MAX: usize = 6;

/// Rows `[name, type, required, description]` of an object schema, required ones first, otherwise in the schema's
/// order; and how many were left out.
pub(crate) fn parameters(schema: &Value) -> (Vec<Value>, usize) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return (Vec::new(), 0) };
    let required = |name: &str| is_required(schema, name);
    let (first, second): (Vec<_>, Vec<_>) = properties.iter().partition(|(name, _)| required(name));
    let rows = first.into_iter().chain(second).take(MEMBERS_MAX).map(|(name, property)| {
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
        json!([
            one_line(name, NAME_CHARS_MAX),
            one_line(&type_words(property, 1), SENTENCE_CHARS_MAX),
            required(name),
            one_line(description, 2 * NAME_CHARS_MAX)
        ])
    });
    (rows.collect(), properties.len().saturating_sub(MEMBERS_MAX))
}

/// The shape of a value that `schema` describes: `{ id: integer, labels: { name: string }[] }`, over several lines.
pub(crate) fn shape(schema: &Value) -> String {
    let mut out = String::new();
    write_shape(&mut out, schema, 0);
    out
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|list| list.iter().any(|r| r == name))
}

fn write_shape(out: &mut String, schema: &Value, depth: usize) {
    if let Some(items) = schema.get("items").filter(|_| is_type(schema, "array")) {
        write_shape(out, items, depth);
        out.push_str("[]");
        return;
    }
    let properties = schema.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty());
    let Some(properties) = properties else {
        out.push_str(&type_words(schema, DEPTH_MAX));
        return;
    };
    if depth >= DEPTH_MAX {
        out.push_str("{ … }");
        return;
    }
    let indent = "  ".repeat(depth + 1);
    out.push_str("{\n");
    for (name, property) in properties.iter().take(MEMBERS_MAX) {
        let mark = if is_required(schema, name) { "" } else { "?" };
        out.push_str(&format!("{indent}{}{mark}: ", one_line(name, NAME_CHARS_MAX)));
        write_shape(out, property, depth + 1);
        out.push('\n');
    }
    if properties.len() > MEMBERS_MAX {
        out.push_str(&format!("{indent}… {} more\n", properties.len() - MEMBERS_MAX));
    }
    out.push_str(&"  ".repeat(depth));
    out.push('}');
}

/// `string`, `integer 1–100`, `"open" | "closed"`, `string[]`, `object`.
fn type_words(schema: &Value, depth: usize) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let mut words: Vec<String> = values.iter().take(ENUM_MAX).map(|v| one_line(&v.to_string(), NAME_CHARS_MAX)).collect();
        if values.len() > ENUM_MAX {
            words.push("…".to_owned());
        }
        return words.join(" | ");
    }
    for union in ["anyOf", "oneOf"] {
        if let Some(options) = schema.get(union).and_then(Value::as_array).filter(|_| depth > 0) {
            let mut words: Vec<String> = options.iter().take(ENUM_MAX).map(|o| type_words(o, depth - 1)).collect();
            words.dedup();
            return words.join(" | ");
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) => single_type(name, schema, depth),
        Some(Value::Array(names)) => {
            let words = names.iter().take(ENUM_MAX).filter_map(Value::as_str).map(|name| single_type(name, schema, depth));
            words.collect::<Vec<_>>().join(" | ")
        }
        _ if schema.get("properties").is_some() => "object".to_owned(),
        _ => "any".to_owned(),
    }
}

fn single_type(name: &str, schema: &Value, depth: usize) -> String {
    let name = one_line(name, NAME_CHARS_MAX);
    if name == "array" {
        return match schema.get("items") {
            Some(items) if depth > 0 => format!("{}[]", type_words(items, depth - 1)),
            _ => "array".to_owned(),
        };
    }
    let bound = |key: &str| schema.get(key).filter(|v| v.is_number());
    match (bound("minimum"), bound("maximum"), schema.get("format").and_then(Value::as_str)) {
        (Some(low), Some(high), _) => format!("{name} {low}–{high}"),
        (Some(low), None, _) => format!("{name} ≥ {low}"),
        (None, Some(high), _) => format!("{name} ≤ {high}"),
        (None, None, Some(format)) if name == "string" => format!("{name} ({})", one_line(format, NAME_CHARS_MAX)),
        _ => name,
    }
}

fn is_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(many)) => many.iter().any(|one| one == name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_and_shape() {
        let schema = json!({"type": "object", "required": ["b"], "properties": {
            "a": {"type": ["string", "null"], "format": "date-time", "description": "When."},
            "b": {"type": "integer", "minimum": 1, "maximum": 9},
            "c": {"enum": ["x", 1]},
            "d": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}}}}});
        let (rows, more) = parameters(&schema);
        assert_eq!(rows[0], json!(["b", "integer 1–9", true, ""]));
        assert_eq!(rows[1], json!(["a", "string (date-time) | null", false, "When."]));
        assert_eq!((rows[2][1].as_str(), rows[3][1].as_str(), more), (Some("\"x\" | 1"), Some("object[]"), 0));
        let expected = "{\n  a?: string (date-time) | null\n  b: integer 1–9\n  c?: \"x\" | 1\n  d?: {\n    n?: number\n  }[]\n}";
        assert_eq!(shape(&schema), expected);
    }

    #[test]
    fn odd_schemas_are_any() {
        assert_eq!((shape(&json!(true)), shape(&json!({})), shape(&json!({"type": 7}))), ("any".into(), "any".into(), "any".into()));
        assert_eq!(parameters(&json!([])).0.len(), 0);
    }
}
