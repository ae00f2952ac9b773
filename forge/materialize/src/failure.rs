//! How the errors of tools look to an agent, where the API declares it: bodies with a place for the sentence, out of declared schemas.
//!
//! A body holds the sentence, the status, and a word for the kind of error; what else must be there gets a constant that claims
//! nothing. Each is checked against its schema before it is believed.

use crate::failure_words::{Tier, phrase, pick};
use crate::schema::{Kind, kind_of};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::catalog::ErrorSchema;
use wardian_format::errors::{ErrorBody, ErrorShape, Part, is_envelope, part};
use wardian_format::outcome::ToolErrorCode;

/// A member that holds less is not for sentences.
const SENTENCE_CHARS_MIN: usize = 40;
/// What one level down costs in the choice of the sentence's place, in ranks of names.
const LEVEL_COST: u32 = 8;
/// Levels of a schema that are looked at.
const DEPTH_MAX: usize = 6;
/// Formats whose texts are no sentences.
const FORMATS: [&str; 10] = ["date-time", "date", "time", "uri", "url", "uuid", "email", "byte", "binary", "ipv4"];
/// A sentence to check bodies with.
const SAMPLE: &str = "the thing 7 was not found, as far as anybody can tell";

/// The shapes of the errors of `tools` (name in the pack, and the tool). Tools that declare none, or whose declared errors cannot hold
/// a sentence, are in no shape. `now` stands where a time must.
pub(crate) fn shapes<'t>(tools: impl IntoIterator<Item = (&'t str, &'t CatalogTool)>, now: &str) -> Vec<ErrorShape> {
    let mut known: BTreeMap<String, Option<usize>> = BTreeMap::new();
    let mut out: Vec<ErrorShape> = Vec::new();
    let mut all = true;
    for (name, tool) in tools {
        let declared = &tool.origin.error_schemas;
        let key: String = declared.iter().map(|error| format!("{} {}\n", error.statuses.join(" "), error.schema.text())).collect();
        let place = *known.entry(key).or_insert_with(|| {
            let bodies: BTreeMap<ToolErrorCode, ErrorBody> =
                ToolErrorCode::ALL.into_iter().filter_map(|code| Some((code, body(code, declared, now)?))).collect();
            if bodies.is_empty() {
                return None;
            }
            let same = out.iter().position(|shape| shape.bodies == bodies);
            Some(same.unwrap_or_else(|| {
                out.push(ErrorShape { tools: Vec::new(), bodies });
                out.len() - 1
            }))
        });
        match place {
            Some(place) => out[place].tools.push(name.to_owned()),
            None => all = false,
        }
    }
    if let ([only], true) = (out.as_mut_slice(), all) {
        only.tools.clear();
    }
    out
}

/// The body for `code`, out of the declared answer that fits it best.
fn body(code: ToolErrorCode, declared: &[ErrorSchema], now: &str) -> Option<ErrorBody> {
    let answers = answers(code, declared);
    let attempts = Tier::ALL.iter().flat_map(|tier| answers.iter().map(move |(status, schema)| (*tier, *status, *schema)));
    attempts.into_iter().find_map(|(tier, status, schema)| {
        let schema = schema.schema.to_value();
        Filler { code, status, tier, now }.body(&schema)
    })
}

/// The declared answers with the status that each would have, the best first.
fn answers(code: ToolErrorCode, declared: &[ErrorSchema]) -> Vec<(u16, &ErrorSchema)> {
    let usual: &[u16] = match code {
        ToolErrorCode::NotFound => &[404],
        ToolErrorCode::Invalid => &[422, 400],
        ToolErrorCode::Conflict => &[409, 412],
        ToolErrorCode::Forbidden => &[403],
        ToolErrorCode::Other => &[400, 409, 422],
    };
    // What `default` and `4XX` stand for.
    let plain = if code == ToolErrorCode::Invalid { 400 } else { usual[0] };
    let with = |status: &str| declared.iter().find(|error| error.statuses.iter().any(|known| known == status));
    let exact = |statuses: &[u16]| -> Vec<(u16, &ErrorSchema)> {
        statuses.iter().filter_map(|status| Some((*status, with(&status.to_string())?))).collect()
    };
    let mut out = exact(usual);
    out.extend(["4XX", "default"].iter().filter_map(|class| Some((plain, with(class)?))));
    out.extend(exact(&[400, 422]));
    out.extend(declared.iter().map(|error| (plain, error)));
    out
}

/// One step on the way to the sentence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Member(String),
    Item,
}

/// Where the sentence goes, and how clear that is: less is clearer.
fn place(schema: &Value, depth: usize) -> Option<(u32, Vec<Step>)> {
    if depth > DEPTH_MAX {
        return None;
    }
    if let Some(items) = schema.get("items") {
        let (cost, mut path) = place(items, depth + 1)?;
        path.insert(0, Step::Item);
        return Some((cost + 1, path));
    }
    let Some(members) = schema["properties"].as_object() else {
        return takes_sentence(schema).then(|| (0, Vec::new()));
    };
    let found = members.iter().filter_map(|(name, member)| {
        let (cost, mut path) = in_member(schema, name, member, depth)?;
        path.insert(0, Step::Member(name.clone()));
        Some((cost, path))
    });
    found.min_by_key(|(cost, _)| *cost)
}

fn in_member(schema: &Value, name: &str, member: &Value, depth: usize) -> Option<(u32, Vec<Step>)> {
    let sentence = match part(name) {
        Some(Part::Sentence(rank)) => Some(u32::from(rank)),
        _ => None,
    };
    let is_structured = member.get("items").is_some() || member.get("properties").is_some();
    if !is_structured {
        return sentence.filter(|_| takes_sentence(member)).map(|rank| (rank, Vec::new()));
    }
    let of_texts = member.get("items").is_some_and(|items| items.get("properties").is_none() && items.get("items").is_none());
    if of_texts && sentence.is_none() || !of_texts && !is_envelope(name) && part(name).is_none() && !is_required(schema, name) {
        return None;
    }
    let (cost, path) = place(member, depth + 1)?;
    Some((cost + LEVEL_COST, path))
}

fn takes_sentence(schema: &Value) -> bool {
    let chars = schema["maxLength"].as_u64().is_none_or(|max| max >= SENTENCE_CHARS_MIN as u64);
    let format = schema["format"].as_str().is_some_and(|format| FORMATS.contains(&format));
    takes(schema, "string") && schema.get("enum").is_none() && chars && !format && kind_of(schema) != Kind::Object
}

/// Does `schema` allow values of the type `kind`? One without types allows all.
fn takes(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::String(only) => only == kind || (kind == "integer" && only == "number"),
        Value::Array(kinds) => kinds.iter().any(|known| known == kind || (kind == "integer" && known == "number")),
        _ => true,
    }
}

fn is_typed(schema: &Value) -> bool {
    schema.get("type").is_some()
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
}

fn fits(schema: &Value, value: &Value) -> bool {
    jsonschema::validator_for(schema).is_ok_and(|validator| validator.is_valid(value))
}

/// Makes one body.
struct Filler<'a> {
    code: ToolErrorCode,
    status: u16,
    tier: Tier,
    now: &'a str,
}

impl Filler<'_> {
    fn body(&self, schema: &Value) -> Option<ErrorBody> {
        let (_, path) = place(schema, 0)?;
        let mut chars_max = None;
        let body = self.towards(schema, &path, &mut chars_max)?;
        let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
        let pointer = |step: &Step| match step {
            Step::Member(name) => format!("/{}", escaped(name)),
            Step::Item => "/0".to_owned(),
        };
        let body = ErrorBody { status: self.status, sentence: path.iter().map(pointer).collect(), chars_max, body };
        fits(schema, &body.filled(SAMPLE)).then_some(body)
    }

    /// The value of a schema in which the sentence lies at `path`.
    fn towards(&self, schema: &Value, path: &[Step], chars_max: &mut Option<usize>) -> Option<Value> {
        match path {
            [] => {
                *chars_max = schema["maxLength"].as_u64().and_then(|max| usize::try_from(max).ok());
                Some(Value::from(""))
            }
            [Step::Item, rest @ ..] => Some(json!([self.towards(&schema["items"], rest, chars_max)?])),
            [Step::Member(here), rest @ ..] => {
                let mut out = Map::new();
                for (name, member) in schema["properties"].as_object()? {
                    let value = match name == here {
                        true => Some(self.towards(member, rest, chars_max)?),
                        false => self.member(name, member, is_required(schema, name)),
                    };
                    match value {
                        Some(value) => drop(out.insert(name.clone(), value)),
                        None if is_required(schema, name) => return None,
                        None => {}
                    }
                }
                Some(Value::Object(out))
            }
        }
    }

    /// The value of a member beside the sentence; `None` leaves it out.
    fn member(&self, name: &str, schema: &Value, required: bool) -> Option<Value> {
        let told = match part(name) {
            Some(Part::Status) => self.status_of(schema),
            Some(Part::Kind) => self.kind_of(name, schema),
            Some(Part::Flag) => takes(schema, "boolean")
                .then(|| json!(!matches!(name.to_lowercase().as_str(), "success" | "ok" | "succeeded" | "issuccess" | "is_success"))),
            Some(Part::Sentence(_)) => self.beside(name, schema, required),
            None => None,
        };
        let told = told.filter(|value| fits(schema, value));
        told.or_else(|| self.constant(schema, 0).filter(|_| required))
    }

    fn status_of(&self, schema: &Value) -> Option<Value> {
        if takes(schema, "integer") && (is_typed(schema) || schema.get("enum").is_none()) {
            return Some(json!(self.status));
        }
        if let Some(values) = schema["enum"].as_array() {
            let status = Value::from(self.status.to_string());
            return if values.contains(&status) { Some(status) } else { pick(values, self.code, self.tier) };
        }
        takes(schema, "string").then(|| Value::from(self.status.to_string()))
    }

    fn kind_of(&self, name: &str, schema: &Value) -> Option<Value> {
        if let Some(values) = schema["enum"].as_array().filter(|_| takes(schema, "string")) {
            return pick(values, self.code, self.tier);
        }
        if takes(schema, "string") {
            let lower = name.to_lowercase();
            let word = if lower.contains("text") { phrase(self.status) } else { self.code.word() };
            let word = if matches!(schema["format"].as_str(), Some("uri" | "url")) { "about:blank" } else { word };
            return Some(Value::from(word));
        }
        (takes(schema, "integer") && name.to_lowercase().ends_with("code")).then(|| json!(self.status))
    }

    /// A second text for people: what the status is called. `error` may also be a flag.
    fn beside(&self, name: &str, schema: &Value, required: bool) -> Option<Value> {
        if let Some(values) = schema["enum"].as_array() {
            return pick(values, self.code, self.tier);
        }
        if takes(schema, "string") {
            return (required || matches!(name, "title" | "error")).then(|| Value::from(phrase(self.status)));
        }
        takes(schema, "boolean").then_some(Value::Bool(true))
    }

    /// A value that claims nothing, for a member that must be there.
    fn constant(&self, schema: &Value, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        if is_typed(schema) && takes(schema, "null") {
            return Some(Value::Null);
        }
        if let Some(values) = schema["enum"].as_array() {
            return pick(values, self.code, self.tier);
        }
        let value = match kind_of(schema) {
            Kind::Object => self.empty(schema, depth)?,
            Kind::Array => match schema["minItems"].as_u64() {
                None | Some(0) => json!([]),
                Some(_) => json!([self.constant(schema.get("items")?, depth + 1)?]),
            },
            Kind::Boolean => json!(false),
            Kind::Integer | Kind::Real => schema.get("minimum").cloned().filter(|least| least.as_f64() > Some(0.0)).unwrap_or(json!(0)),
            _ => Value::from(match schema["format"].as_str() {
                Some("date-time") => self.now,
                Some("date") => self.now.get(..10)?,
                Some("uuid") => "00000000-0000-0000-0000-000000000000",
                Some("uri" | "url") => "about:blank",
                _ if schema["minLength"].as_u64().is_none_or(|least| least == 0) => "",
                _ => self.code.word(),
            }),
        };
        fits(schema, &value).then_some(value)
    }

    /// An object with nothing but what must be there.
    fn empty(&self, schema: &Value, depth: usize) -> Option<Value> {
        let mut out = Map::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten().filter(|(name, _)| is_required(schema, name)) {
            out.insert(name.clone(), self.constant(member, depth + 1)?);
        }
        Some(Value::Object(out))
    }
}
