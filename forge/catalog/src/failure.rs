//! What the bodies of declared errors look like, cut down to what a world needs: where the sentence, the status and the kind stand, and
//! what else must be there.

use crate::schema::kinds_of;
use serde_json::{Map, Value};
use wardian_format::Schema;
use wardian_format::catalog::ErrorSchema;
use wardian_format::errors::{Part, is_envelope, part};

/// Different bodies that one tool keeps.
pub(crate) const SCHEMAS_MAX: usize = 4;
/// Longest text of one schema, bytes.
const BYTES_MAX: usize = 2_000;
/// Values of an optional member's `enum`; a longer list is not worth its bytes, and the member is left out.
const ENUM_VALUES_MAX: usize = 24;
/// Nesting below which nothing is kept.
const DEPTH_MAX: usize = 5;
/// Answers that say what went wrong with a request, as against what went wrong with who sent it.
const TELLING: [&str; 8] = ["400", "403", "404", "409", "422", "412", "4XX", "default"];
/// Keywords that say which values fit.
const KEYWORDS: [&str; 10] = ["type", "format", "enum", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "required"];

/// Is `status` that of an error, or `default`?
pub(crate) fn is_error(status: &str) -> bool {
    status == "default" || (status.len() == 3 && status.starts_with(['4', '5']))
}

/// Does `status` say what is wrong with the request?
pub(crate) fn is_telling(status: &str) -> bool {
    TELLING.contains(&status)
}

/// The schemas of one tool, out of pairs of a status and the schema of its body; each once.
pub(crate) fn collect(answers: impl IntoIterator<Item = (String, Schema)>) -> Vec<ErrorSchema> {
    let mut telling: Vec<ErrorSchema> = Vec::new();
    let mut others: Vec<ErrorSchema> = Vec::new();
    for (status, schema) in answers {
        let into = if is_telling(&status) { &mut telling } else { &mut others };
        match into.iter_mut().find(|known| known.schema.text() == schema.text()) {
            Some(known) if known.statuses.contains(&status) => {}
            Some(known) => known.statuses.push(status),
            None => into.push(ErrorSchema { statuses: vec![status], schema }),
        }
    }
    // A body that only another answer declares is better than none.
    let mut out = if telling.is_empty() { others } else { telling };
    out.truncate(SCHEMAS_MAX);
    out
}

/// What matters of a normalised schema; `None` where nothing in it can hold the sentence.
pub(crate) fn pruned(schema: &Value) -> Option<Schema> {
    let schema = schema.as_object()?;
    if !holds_sentence(schema, 0) {
        return None;
    }
    let out = Schema::from(Value::Object(prune(schema, 0)));
    (out.text().len() <= BYTES_MAX).then_some(out)
}

fn prune(schema: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    let mut out: Map<String, Value> = KEYWORDS.iter().filter_map(|key| Some(((*key).to_owned(), schema.get(*key)?.clone()))).collect();
    if let Some(Value::Object(items)) = schema.get("items") {
        out.insert("items".to_owned(), Value::Object(prune(items, depth + 1)));
    }
    let required: Vec<&str> = names(schema);
    let mut members = Map::new();
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let Value::Object(member) = member else { continue };
        if required.contains(&name.as_str()) || is_of_use(name, member, depth) {
            members.insert(name.clone(), Value::Object(prune(member, depth + 1)));
        }
    }
    if !members.is_empty() {
        out.insert("properties".to_owned(), Value::Object(members));
    }
    out
}

/// Is an optional member worth keeping?
fn is_of_use(name: &str, member: &Map<String, Value>, depth: usize) -> bool {
    if is_structured(member) {
        return depth < DEPTH_MAX && (is_envelope(name) || part(name).is_some()) && holds_sentence(member, depth + 1);
    }
    let values = member.get("enum").and_then(Value::as_array).map_or(0, Vec::len);
    part(name).is_some() && values <= ENUM_VALUES_MAX
}

/// Can a sentence stand anywhere in it?
fn holds_sentence(schema: &Map<String, Value>, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    if let Some(Value::Object(items)) = schema.get("items") {
        return holds_sentence(items, depth + 1);
    }
    let Some(members) = schema.get("properties").and_then(Value::as_object) else { return takes_text(schema, true) };
    let required = names(schema);
    members.iter().any(|(name, member)| {
        let Value::Object(member) = member else { return false };
        if is_structured(member) {
            let leads = is_envelope(name) || part(name).is_some() || required.contains(&name.as_str());
            return leads && holds_sentence(member, depth + 1);
        }
        matches!(part(name), Some(Part::Sentence(_))) && takes_text(member, false)
    })
}

/// Is it a text of any words? `unnamed`: nothing but its type says so.
fn takes_text(schema: &Map<String, Value>, unnamed: bool) -> bool {
    let kinds = kinds_of(schema);
    (kinds.is_empty() && !unnamed || kinds.contains(&"string")) && !schema.contains_key("enum")
}

fn is_structured(schema: &Map<String, Value>) -> bool {
    schema.contains_key("properties")
        || schema.contains_key("items")
        || kinds_of(schema).iter().any(|kind| matches!(*kind, "object" | "array"))
}

fn names(schema: &Map<String, Value>) -> Vec<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(schema: Value) -> Option<Value> {
        pruned(&schema).map(|schema| schema.to_value())
    }

    #[test]
    fn what_says_nothing_goes_and_what_must_be_there_stays() {
        let schema = json!({"title": "Error", "type": "object", "required": ["message", "trace"], "properties": {
            "message": {"type": "string", "description": "the words", "maxLength": 200},
            "trace": {"type": "string", "description": "an id"},
            "documentation_url": {"type": "string"},
            "code": {"type": "string", "enum": (0..40).map(|n| n.to_string()).collect::<Vec<_>>()},
            "charge": {"type": "object", "properties": {"message": {"type": "string"}}}}});
        let expected = json!({"type": "object", "required": ["message", "trace"], "properties": {
            "message": {"type": "string", "maxLength": 200}, "trace": {"type": "string"}}});
        assert_eq!(kept(schema), Some(expected));
    }

    #[test]
    fn a_schema_that_cannot_hold_the_sentence_is_no_shape() {
        for schema in [
            json!({}),
            json!({"type": "object"}),
            json!({"type": "object", "properties": {"errors": {"type": "array", "items": {}}}}),
            json!({"type": "object", "properties": {"id": {"type": "string"}}}),
            json!({"type": "object", "properties": {"message": {"type": "integer"}}}),
            json!({"type": "object", "properties": {"error": {"type": "string", "enum": ["a"]}}}),
            json!({"type": "array", "items": {"type": "integer"}}),
        ] {
            assert_eq!(kept(schema.clone()), None, "{schema}");
        }
        for schema in [
            json!({"type": "string"}),
            json!({"type": "object", "properties": {"errors": {"type": "array", "items": {"type": "string"}}}}),
            json!({"type": "array", "items": {"type": "object", "properties": {"message": {"type": "string"}}}}),
            json!({"type": "object", "properties": {"error": {"type": "object", "properties": {"Message": {"type": "string"}}}}}),
        ] {
            assert_eq!(kept(schema.clone()), Some(schema));
        }
    }

    #[test]
    fn answers_with_one_body_are_one() {
        let text = || Schema::from(json!({"type": "string"}));
        let other = || Schema::from(json!({"type": "string", "maxLength": 9}));
        let answers = [("401", other()), ("404", text()), ("409", text()), ("default", other())];
        let found = collect(answers.map(|(status, schema)| (status.to_owned(), schema)));
        let shown: Vec<(Vec<String>, &str)> = found.iter().map(|e| (e.statuses.clone(), e.schema.text())).collect();
        assert_eq!(shown, [(vec!["404".to_owned(), "409".to_owned()], text().text()), (vec!["default".to_owned()], other().text())]);
        assert_eq!(collect([("401".to_owned(), text())]).len(), 1, "better than none");
    }
}
