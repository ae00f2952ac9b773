//! Schemas in few words, bounded: rows of parameters, and rows of returned fields.

use serde_json::{Value, json};
use wardian_report::clean::one_line;

/// Characters of a name.
pub(crate) const NAME_CHARS_MAX: usize = 80;
/// Characters of a description of a parameter.
const NOTE_CHARS_MAX: usize = 110;
/// Characters of a type.
const TYPE_CHARS_MAX: usize = 90;
/// Rows of a table.
const ROWS_MAX: usize = 40;
/// Levels of returned objects.
const DEPTH_MAX: usize = 3;
/// Members of an enumeration or of a union.
const CHOICES_MAX: usize = 6;

/// As [`one_line`], but what is cut is not counted.
pub(crate) fn brief(text: &str, chars_max: usize) -> String {
    let cut = one_line(text, chars_max);
    match cut.rsplit_once("… (+") {
        Some((head, _)) if cut.ends_with(')') => format!("{head}…"),
        _ => cut,
    }
}

/// Rows `[name, type, required, note]`, required ones first, and how many were left out. Without `notes` the last is left out.
pub(crate) fn parameters(schema: &Value, notes: bool) -> (Vec<Value>, usize) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return (Vec::new(), 0) };
    let listed = schema.get("required").and_then(Value::as_array);
    let required = |name: &str| listed.is_some_and(|list| list.iter().any(|r| r == name));
    let (first, second): (Vec<_>, Vec<_>) = properties.iter().partition(|(name, _)| required(name));
    let rows = first.into_iter().chain(second).take(ROWS_MAX).map(|(name, property)| {
        let mut row = vec![json!(one_line(name, NAME_CHARS_MAX)), json!(type_words(property)), json!(u8::from(required(name)))];
        let note = property.get("description").and_then(Value::as_str).unwrap_or_default();
        if notes && !note.trim().is_empty() {
            row.push(json!(brief(note, NOTE_CHARS_MAX)));
        }
        Value::Array(row)
    });
    (rows.collect(), properties.len().saturating_sub(ROWS_MAX))
}

/// Rows `[path, type]` of what is returned, and how many were left out. Members of objects are `a.b`; lists are looked into.
pub(crate) fn returned(schema: &Value) -> (Vec<Value>, usize) {
    let (mut rows, mut total) = (Vec::new(), 0);
    walk(schema, "", 0, &mut rows, &mut total);
    let more = total - rows.len();
    (rows, more)
}

fn walk(schema: &Value, path: &str, depth: usize, rows: &mut Vec<Value>, total: &mut usize) {
    let inner = element(schema);
    let Some(properties) = inner.get("properties").and_then(Value::as_object).filter(|_| depth < DEPTH_MAX) else {
        return;
    };
    for (name, property) in properties {
        let name = one_line(name, NAME_CHARS_MAX);
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        *total += 1;
        if rows.len() < ROWS_MAX {
            rows.push(json!([path, type_words(property)]));
        }
        walk(property, &path, depth + 1, rows, total);
    }
}

/// What a list of lists holds; the schema itself where it is none.
fn element(mut schema: &Value) -> &Value {
    for _ in 0..DEPTH_MAX {
        match schema.get("items") {
            Some(items) => schema = items,
            None => break,
        }
    }
    schema
}

/// `string`, `integer 1–100`, `"open" | "closed"`, `string[]`, `object`.
pub(crate) fn type_words(schema: &Value) -> String {
    one_line(&words(schema, DEPTH_MAX), TYPE_CHARS_MAX)
}

fn words(schema: &Value, depth: usize) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let mut choices: Vec<String> = values.iter().take(CHOICES_MAX).map(|v| one_line(&v.to_string(), TYPE_CHARS_MAX)).collect();
        if values.len() > CHOICES_MAX {
            choices.push(format!("{} more", values.len() - CHOICES_MAX));
        }
        return choices.join(" | ");
    }
    let union = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key).and_then(Value::as_array));
    if let Some(options) = union.filter(|_| depth > 0) {
        let mut choices: Vec<String> = options.iter().take(CHOICES_MAX).map(|o| words(o, depth - 1)).collect();
        choices.dedup();
        return choices.join(" | ");
    }
    match schema.get("type") {
        Some(Value::String(name)) => single(name, schema, depth),
        Some(Value::Array(names)) => {
            let names = names.iter().take(CHOICES_MAX).filter_map(Value::as_str);
            names.map(|name| single(name, schema, depth)).collect::<Vec<_>>().join(" | ")
        }
        _ if schema.get("properties").is_some() => "object".to_owned(),
        _ => "any".to_owned(),
    }
}

fn single(name: &str, schema: &Value, depth: usize) -> String {
    let name = one_line(name, TYPE_CHARS_MAX);
    if name == "array" {
        return match schema.get("items").filter(|_| depth > 0) {
            Some(items) => format!("{}[]", words(items, depth - 1)),
            None => name,
        };
    }
    let number = |key: &str| schema.get(key).filter(|v| v.is_number());
    match (number("minimum"), number("maximum"), schema.get("format").and_then(Value::as_str)) {
        (Some(low), Some(high), _) => format!("{name} {low}–{high}"),
        (Some(low), None, _) => format!("{name} ≥ {low}"),
        (None, Some(high), _) => format!("{name} ≤ {high}"),
        (None, None, Some(format)) if name == "string" => format!("{name} ({})", one_line(format, NAME_CHARS_MAX)),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_schema() {
        let schema = json!({"type": "object", "required": ["b"], "properties": {
            "a": {"type": ["string", "null"], "format": "date-time", "description": "When\nit was."},
            "b": {"type": "integer", "minimum": 1, "maximum": 9},
            "c": {"enum": [1, 2, 3, 4, 5, 6, 7, 8]},
            "d": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}}}}});
        let (rows, more) = parameters(&schema, true);
        assert_eq!(rows[0], json!(["b", "integer 1–9", 1]));
        assert_eq!(rows[1], json!(["a", "string (date-time) | null", 0, "When it was."]));
        assert_eq!((rows[2][1].as_str(), rows[3][1].as_str(), more), (Some("1 | 2 | 3 | 4 | 5 | 6 | 2 more"), Some("object[]"), 0));
        assert_eq!(parameters(&schema, false).0[1], json!(["a", "string (date-time) | null", 0]));
        let (rows, more) = returned(&json!({"type": "array", "items": schema}));
        assert_eq!(rows.iter().map(|r| r[0].as_str().unwrap_or_default()).collect::<Vec<_>>(), ["a", "b", "c", "d", "d.n"]);
        assert_eq!(more, 0);
    }

    #[test]
    fn odd_schemas_are_any_or_nothing() {
        for odd in [json!(true), json!({}), json!({"type": 7}), json!({"properties": 3})] {
            assert!(matches!(type_words(&odd).as_str(), "any" | "object"), "{odd}");
            assert_eq!((parameters(&odd, true).0.len(), returned(&odd).0.len()), (0, 0));
        }
    }

    #[test]
    fn many_rows_are_counted() {
        let properties: serde_json::Map<String, Value> = (0..1000).map(|i| (format!("p{i}"), json!({"type": "string"}))).collect();
        let schema = json!({"properties": properties});
        assert_eq!((parameters(&schema, true).1, returned(&schema).1), (1000 - ROWS_MAX, 1000 - ROWS_MAX));
    }
}
