//! Tools in the tool language: names, texts and schemas of Rust functions.

use crate::{Database, ToolError};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// The first lines of a file of declarations. `wardian tool build` replaces a file that begins so, and no other.
pub fn head(guest: &str) -> String {
    format!("-- The tools of guests/{guest}, made by `wardian tool build` from its sources; change them there.\n")
}

/// The declaration of one tool; see [`crate::tools!`].
///
/// # Panics
/// When the arguments are no object, or a type contains itself: schemas of packs have no references.
pub fn declare<A: JsonSchema, R: JsonSchema>(
    guest: &str,
    effect: &str,
    tool: &str,
    docs: &[&str],
    _: impl FnOnce(&Database, A) -> Result<R, ToolError>,
) -> String {
    assert!(matches!(effect, "read" | "write"), "the tool `{tool}` is `{effect}`; it may be `read` or `write`");
    let mut parameters = schema::<A>(tool);
    assert_eq!(parameters["type"], "object", "the arguments of the tool `{tool}` are no struct with named fields");
    close(&mut parameters);
    let (said, annotations) = split(docs);
    let mut out = format!("\n-- @tool {tool}\n");
    for paragraph in said.split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
        out += &format!("-- @doc {}\n", paragraph.replace('\n', " "));
    }
    out += &format!("-- @params {parameters}\n");
    let returns = schema::<R>(tool);
    if returns.as_object().is_some_and(|members| !members.is_empty()) {
        out += &format!("-- @returns {returns}\n");
    }
    out += &format!("-- @guest {guest}\n");
    if effect == "read" {
        out += "-- @effect read\n";
    }
    out + &annotations
}

/// The lines of a doc comment: what is said, and the annotations, each with the indented lines below it.
fn split(docs: &[&str]) -> (String, String) {
    let (mut said, mut annotations) = (String::new(), String::new());
    let mut inside = false;
    for line in docs {
        let text = line.trim();
        let starts = text.starts_with('@');
        inside = starts || (inside && line.starts_with("   "));
        match inside {
            true => annotations += &format!("--{}{text}\n", if starts { " " } else { "   " }),
            false => said += &format!("{text}\n"),
        }
    }
    (said, annotations)
}

/// The JSON Schema of `T`, in one piece.
fn schema<T: JsonSchema>(tool: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = Value::from(settings.into_generator().into_root_schema_for::<T>());
    plain(&mut schema);
    visit(&mut schema, &mut |members| {
        assert!(!members.contains_key("$ref"), "a type of the tool `{tool}` contains itself, which a pack's schema cannot say");
    });
    schema
}

/// Takes off what says nothing to an agent: the names of types, and the widths of integers.
fn plain(schema: &mut Value) {
    visit(schema, &mut |members| {
        members.shift_remove("title");
        let width =
            |format: &Value| format.as_str().is_some_and(|name| name.starts_with("int") || name.starts_with("uint") || name == "double");
        if members.get("format").is_some_and(width) {
            members.shift_remove("format");
        }
    });
}

/// No object may have other members than those named.
fn close(schema: &mut Value) {
    visit(schema, &mut |members| {
        if members.get("type").is_some_and(|kind| kind == "object") && !members.contains_key("additionalProperties") {
            members.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    });
}

/// Calls `change` on every schema in `schema`, and on nothing that only looks like one.
fn visit(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(members) = schema else { return };
    change(members);
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties", Value::Object(named)) => named.values_mut().for_each(|schema| visit(schema, change)),
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(list)) => list.iter_mut().for_each(|schema| visit(schema, change)),
            ("items" | "additionalProperties" | "not", schema) => visit(schema, change),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        GiftCard,
        Cash,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Line {
        /// What it is called.
        title: String,
        count: u32,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Args {
        /// Whose order it is.
        user_id: String,
        kind: Option<Kind>,
        lines: Vec<Line>,
    }

    #[derive(Serialize, JsonSchema)]
    struct Total {
        cents: i64,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Tree {
        leaves: Vec<Tree>,
    }

    fn total(_: &Database, _: Args) -> Result<Total, ToolError> {
        Err(ToolError::other("never called"))
    }

    fn plant(_: &Database, _: Tree) -> Result<Value, ToolError> {
        Err(ToolError::other("never called"))
    }

    #[test]
    fn a_tool_in_the_tool_language() {
        let docs = [" The total of", " an order.", "", " In cents.", " @example one", " @call {}", " @changes", "   ~ a", "   ~ b"];
        let expected = "
-- @tool total
-- @doc The total of an order.
-- @doc In cents.
-- @params {\"type\":\"object\",\"properties\":{\"user_id\":{\"type\":\"string\",\"description\":\"Whose order it is.\"},\"kind\":{\"type\":[\"string\",\"null\"],\"enum\":[\"gift_card\",\"cash\",null]},\"lines\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"title\":{\"description\":\"What it is called.\",\"type\":\"string\"},\"count\":{\"type\":\"integer\",\"minimum\":0}},\"required\":[\"title\",\"count\"],\"additionalProperties\":false}}},\"required\":[\"user_id\",\"lines\"],\"additionalProperties\":false}
-- @returns {\"type\":\"object\",\"properties\":{\"cents\":{\"type\":\"integer\"}},\"required\":[\"cents\"]}
-- @guest shop
-- @effect read
-- @example one
-- @call {}
-- @changes
--   ~ a
--   ~ b
";
        assert_eq!(declare("shop", "read", "total", &docs, total), expected);
    }

    #[test]
    #[should_panic(expected = "contains itself")]
    fn a_type_that_contains_itself() {
        declare("garden", "write", "plant", &[], plant);
    }
}
