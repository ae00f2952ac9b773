//! Examples of values in results: the seed data of a world looks like them. A schema has its own, or its document has one as a whole.

use crate::schema::{is_kind, kinds_of};
use crate::text;
use serde_json::{Map, Value};

/// Longest example that is kept, in characters.
const CHARS_MAX: usize = 80;

/// Words that stand for a value.
const PLACEHOLDERS: [&str; 9] = ["string", "text", "value", "example", "sample", "null", "none", "todo", "number"];

/// Puts what `map` itself gives as an example into the schema made of it, and into the members of that.
pub(crate) fn own(map: &Map<String, Value>, out: &mut Map<String, Value>) {
    for given in [map.get("example"), map.get("examples").and_then(|all| all.get(0)), map.get("x-example")].into_iter().flatten() {
        lay(out, given);
    }
}

/// Lays an example along a normalised schema: each value without one takes the one that lies at its place.
pub(crate) fn lay(schema: &mut Map<String, Value>, given: &Value) {
    match given {
        Value::Object(values) => {
            let Some(Value::Object(members)) = schema.get_mut("properties") else { return };
            for (name, value) in values {
                if let Some(Value::Object(member)) = members.get_mut(name) {
                    lay(member, value);
                }
            }
        }
        Value::Array(values) => {
            if let (Some(Value::Object(items)), Some(first)) = (schema.get_mut("items"), values.first()) {
                lay(items, first);
            }
        }
        Value::String(_) | Value::Number(_) if !schema.contains_key("example") && !schema.contains_key("enum") => {
            if let Some(example) = fitting(schema, given) {
                schema.insert("example".to_owned(), example);
            }
        }
        _ => {}
    }
}

/// `given`, where it says something and has the schema's type. YAML reads `007` as a number where a text is meant.
fn fitting(schema: &Map<String, Value>, given: &Value) -> Option<Value> {
    let kinds = kinds_of(schema);
    if kinds.is_empty() {
        return None;
    }
    let fits = |value: &Value| kinds.iter().any(|kind| is_kind(value, kind));
    let value = if fits(given) { given.clone() } else { Value::from(given.as_number()?.to_string()) };
    let Some(said) = value.as_str() else { return fits(&value).then_some(value) };
    let tells = said.chars().count() <= CHARS_MAX
        && text::clean(said, CHARS_MAX) == said
        && said.chars().any(char::is_alphanumeric)
        && !said.contains(['<', '>', '{', '}'])
        && !PLACEHOLDERS.contains(&said.to_lowercase().as_str());
    (tells && fits(&value)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn laid(mut schema: Value, given: &Value) -> Value {
        lay(schema.as_object_mut().expect("an object"), given);
        schema
    }

    #[test]
    fn an_example_of_a_document_is_one_of_its_members() {
        let schema = json!({"type": "array", "items": {"type": "object", "properties": {
            "id": {"type": "integer"}, "code": {"type": "string"}, "size": {"type": "string", "enum": ["s", "m"]},
            "own": {"type": "string", "example": "kept"}, "flag": {"type": "boolean"}, "open": {},
            "place": {"type": "object", "properties": {"city": {"type": ["string", "null"]}}},
        }}});
        let given = json!([{"id": 7, "code": 12, "size": "m", "own": "other", "flag": true, "open": "x", "place": {"city": "Bonn", "more": 1}}, {"id": 8}]);
        let mut wanted = schema.clone();
        let members = &mut wanted["items"]["properties"];
        members["id"]["example"] = json!(7);
        members["code"]["example"] = json!("12");
        members["place"]["properties"]["city"]["example"] = json!("Bonn");
        assert_eq!(laid(schema, &given), wanted);
    }

    #[test]
    fn what_says_nothing_is_no_example() {
        let long = "x".repeat(CHARS_MAX + 1);
        for nothing in
            [json!("string"), json!(""), json!("  "), json!("<id>"), json!("{name}"), json!("a\nb"), json!(long), json!(null), json!(true)]
        {
            let schema = json!({"type": "string"});
            assert_eq!(laid(schema.clone(), &nothing), schema, "{nothing}");
        }
        let schema = json!({"type": "integer"});
        assert_eq!(laid(schema.clone(), &json!("twelve")), schema);
        assert_eq!(laid(schema.clone(), &json!(1.5)), schema);
    }
}
