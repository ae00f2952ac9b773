//! One argument object out of path, query, header and body parts, and what a result is a list of.

use crate::naming;
use crate::schema::kinds_of;
use serde_json::{Map, Value, json};
use wardian_format::catalog::{ParameterLocation, Place};
use wardian_format::names;

/// Headers that say nothing about the operation.
const HEADERS_IGNORED: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-type",
    "content-length",
    "content-md5",
    "host",
    "user-agent",
    "date",
    "connection",
    "cookie",
    "x-api-key",
    "x-github-api-version",
];

/// Collects the parameters of an operation.
#[derive(Default)]
pub(crate) struct Arguments {
    properties: Map<String, Value>,
    required: Vec<String>,
    locations: Vec<ParameterLocation>,
    /// Original names, in step with `locations`.
    originals: Vec<String>,
}

impl Arguments {
    /// Adds one parameter. A header counts only where it is required and says something about the operation.
    pub(crate) fn add(&mut self, name: &str, place: Place, required: bool, schema: Map<String, Value>) {
        let lower = name.to_lowercase();
        if place == Place::Header && (!required || HEADERS_IGNORED.contains(&lower.as_str()) || lower.starts_with("x-amz")) {
            return;
        }
        if self.locations.iter().zip(&self.originals).any(|(location, original)| location.place == place && original == name) {
            return;
        }
        let name_out = self.free_name(name, place);
        self.properties.insert(name_out.clone(), Value::Object(schema));
        if required || place == Place::Path {
            self.required.push(name_out.clone());
        }
        self.locations.push(ParameterLocation { name: name_out, place });
        self.originals.push(name.to_owned());
    }

    /// Adds the members of a request body; a body that is no object becomes the parameter `body`. A member that repeats the
    /// identifier in the path is left out. `update` tells that a member that clashes with the path names its new value.
    pub(crate) fn add_body(&mut self, schema: Map<String, Value>, required: bool, update: bool) {
        let Some(Value::Object(members)) = schema.get("properties") else {
            if !schema.is_empty() && !kinds_of(&schema).contains(&"object") {
                self.add("body", Place::Body, required, schema);
            }
            return;
        };
        let needed: Vec<&str> = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, member) in members {
            let Value::Object(member) = member else { continue };
            let in_path = self.locations.iter().zip(&self.originals).any(|(l, original)| l.place == Place::Path && original == name);
            if in_path && naming::is_identifier(name) {
                continue;
            }
            let name = if in_path && update { format!("new_{name}") } else { name.clone() };
            self.add(&name, Place::Body, required && needed.contains(&name.as_str()), member.clone());
        }
    }

    /// True where a part of the body is known.
    pub(crate) fn has_body(&self) -> bool {
        self.locations.iter().any(|location| location.place == Place::Body)
    }

    /// `name` as an identifier that no other parameter has.
    fn free_name(&self, name: &str, place: Place) -> String {
        let identifier = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.len() <= names::TOOL_NAME_MAX;
        let base = if identifier { name.to_owned() } else { naming::bounded(&names::snake(name)) };
        if !self.properties.contains_key(&base) {
            return base;
        }
        let prefix = match place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Body => "body",
        };
        let mut candidate = format!("{prefix}_{base}");
        let mut n = 2;
        while self.properties.contains_key(&candidate) {
            candidate = format!("{prefix}_{base}_{n}");
            n += 1;
        }
        candidate
    }

    /// The argument schema and the places.
    pub(crate) fn finish(self) -> (Value, Vec<ParameterLocation>) {
        let mut schema = json!({"type": "object", "properties": self.properties});
        if !self.required.is_empty() {
            schema["required"] = json!(self.required);
        }
        (schema, self.locations)
    }
}

/// What a result is: the name of its schema, and whether it is a list of that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) name: Option<String>,
    pub(crate) list: bool,
}

/// The shape of a normalised result whose own schema is called `name`. `list_like` tells that the operation lists something, so
/// that an envelope's array counts; `hint` is the operation's name, which picks one of several arrays.
pub(crate) fn shape(result: &Value, name: Option<String>, list_like: bool, hint: &str) -> Shape {
    if result["type"] == "array" {
        return Shape { name: title(&result["items"]).or(name), list: true };
    }
    let Some(properties) = result["properties"].as_object().filter(|_| list_like) else {
        return Shape { name, list: false };
    };
    let arrays: Vec<(&String, &Value)> = properties.iter().filter(|(_, member)| kind_is(member, "array")).collect();
    let objects: Vec<(&String, &Value)> = arrays.iter().copied().filter(|(_, member)| is_object(&member["items"])).collect();
    let words = names::words(hint);
    let named = |candidates: &[(&String, &Value)]| {
        candidates.iter().position(|(key, _)| *key == "items" || names::words(key).iter().any(|word| words.contains(word)))
    };
    let chosen = match (objects.as_slice(), arrays.as_slice()) {
        ([one], _) => Some(*one),
        ([], [one]) => Some(*one),
        ([], many) => named(many).map(|i| many[i]),
        (many, _) => named(many).map(|i| many[i]),
    };
    match chosen {
        Some((key, member)) => Shape { name: title(&member["items"]).or_else(|| Some(names::singular(key))), list: true },
        None => Shape { name, list: false },
    }
}

fn title(schema: &Value) -> Option<String> {
    schema["title"].as_str().map(str::to_owned)
}

fn kind_is(schema: &Value, kind: &str) -> bool {
    schema.as_object().is_some_and(|schema| kinds_of(schema).contains(&kind))
}

fn is_object(schema: &Value) -> bool {
    kind_is(schema, "object") || schema.get("properties").is_some() || (schema.get("title").is_some() && schema.get("type").is_none())
}
