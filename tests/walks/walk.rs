//! The form of a walk (README.md), and how its values are filled in and compared.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use wardian_format::outcome::ToolErrorCode;

/// A story about one API, told in calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Walk {
    /// The API's name for people.
    pub(super) api: String,
    /// Where its description lies.
    pub(super) description: Source,
    /// What the story is about.
    pub(super) story: String,
    pub(super) steps: Vec<Step>,
    /// Why the story cannot even begin yet. Its first step must fail: where it does not, this must go.
    pub(super) not_yet: Option<String>,
}

/// Where a description lies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// A package of `catalog fetch`; without one, the document lies beside the walk.
    pub(super) package: Option<String>,
    /// The path in the package.
    pub(super) document: String,
}

/// One sentence with its call, and what is expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) say: String,
    pub(super) call: String,
    #[serde(default)]
    pub(super) with: Map<String, Value>,
    /// What the result has, at least.
    pub(super) gives: Option<Value>,
    /// What a list of the result has, and has not.
    pub(super) lists: Option<Listed>,
    pub(super) lacks: Option<Listed>,
    /// How the call fails.
    pub(super) fails: Option<Failure>,
    /// What the world does not do yet. The step must fail: where it does not, this must go.
    pub(super) not_yet: Option<String>,
    /// Values for later steps: name → where they are in the result.
    #[serde(default)]
    pub(super) keep: BTreeMap<String, String>,
}

impl Step {
    /// Does it need the kept value `name`?
    pub(super) fn uses(&self, name: &str) -> bool {
        let items = [&self.lists, &self.lacks].into_iter().flatten().map(|listed| &listed.item);
        let says = self.fails.as_ref().map(|failure| Value::from(failure.says.as_str()));
        self.with.values().chain(&self.gives).chain(items).chain(&says).any(|value| names_value(value, name))
    }
}

fn names_value(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text.strip_prefix('$') == Some(name) || text.contains(&format!("${{{name}}}")),
        Value::Array(list) => list.iter().any(|item| names_value(item, name)),
        Value::Object(members) => members.values().any(|value| names_value(value, name)),
        _ => false,
    }
}

/// An item of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    /// JSON pointer of the list; without one, the result is the list.
    #[serde(default)]
    pub(super) at: String,
    /// What the item has, at least.
    pub(super) item: Value,
}

/// A refusal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failure {
    pub(super) code: FailureCode,
    /// A part of the message.
    pub(super) says: String,
    /// What the body that the agent is shown has, at least.
    pub(super) shows: Option<Value>,
}

/// A tool's own code, or that the arguments do not fit its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FailureCode {
    NotFound,
    Invalid,
    Conflict,
    Forbidden,
    Other,
    Arguments,
}

impl FailureCode {
    pub(super) fn is(self, code: ToolErrorCode) -> bool {
        self.word() == code.word()
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Forbidden => "forbidden",
            Self::Other => "other",
            Self::Arguments => "arguments",
        }
    }
}

/// The folder of the walks.
pub(super) fn folder() -> PathBuf {
    crate::support::root().join("tests/walks")
}

/// The walk `name`.
pub(super) fn read(name: &str) -> Walk {
    let path = folder().join(format!("{name}.walk.yaml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_norway::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Names of all walks, sorted.
pub(super) fn names() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the folder of the walks").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = files.filter_map(|file| Some(file.to_str()?.strip_suffix(".walk.yaml")?.to_owned())).collect();
    names.sort();
    names
}

/// `value` with what was kept in place of `$name` and `${name}`. A name that was not kept is an error.
pub(super) fn filled(value: &Value, kept: &BTreeMap<String, Value>) -> Result<Value, String> {
    let get = |name: &str| kept.get(name).ok_or_else(|| format!("nothing was kept as `{name}`"));
    Ok(match value {
        Value::String(text) => match text.strip_prefix('$').filter(|name| is_name(name)) {
            Some(name) => get(name)?.clone(),
            None => Value::String(filled_text(text, kept)?),
        },
        Value::Array(list) => Value::Array(list.iter().map(|item| filled(item, kept)).collect::<Result<_, _>>()?),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| Ok((filled_text(name, kept)?, filled(value, kept)?))).collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn filled_text(text: &str, kept: &BTreeMap<String, Value>) -> Result<String, String> {
    let mut parts = text.split("${");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or_else(|| format!("`{text}` has `${{` without `}}`"))?;
        match kept.get(name) {
            Some(Value::String(text)) => out.push_str(text),
            Some(other) => out.push_str(&other.to_string()),
            None => return Err(format!("nothing was kept as `{name}`")),
        }
        out.push_str(rest);
    }
    Ok(out)
}

/// Where `seen` differs from what it must have at least: objects may have more members, lists may not have more items.
pub(super) fn difference(wanted: &Value, seen: &Value, at: &str) -> Option<String> {
    match (wanted, seen) {
        (Value::Object(wanted), Value::Object(seen)) => wanted.iter().find_map(|(name, value)| match seen.get(name) {
            Some(found) => difference(value, found, &format!("{at}/{name}")),
            None => Some(format!("`{at}/{name}` is missing, and should be {value}")),
        }),
        (Value::Array(wanted), Value::Array(seen)) if wanted.len() == seen.len() => {
            wanted.iter().zip(seen).enumerate().find_map(|(i, (wanted, seen))| difference(wanted, seen, &format!("{at}/{i}")))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if wanted == seen => None,
        _ => Some(format!("`{at}` is {seen}, and should be {wanted}")),
    }
}

#[test]
fn kept_values_are_filled_in() {
    let kept = BTreeMap::from([("id".to_owned(), Value::from(7)), ("name".to_owned(), Value::from("x"))]);
    let fill = |value: Value| filled(&value, &kept);
    assert_eq!(
        fill(serde_json::json!(["$id", "n${id}-${name}", {"${name}": "$9.00"}])),
        Ok(serde_json::json!([7, "n7-x", {"x": "$9.00"}]))
    );
    assert_eq!(fill("$nobody".into()), Err("nothing was kept as `nobody`".to_owned()));
    assert!(fill("a${id".into()).is_err());
}

#[test]
fn a_result_may_have_more_and_not_less() {
    let seen = serde_json::json!({"id": 1, "tags": ["a", "b"], "owner": {"name": "x", "age": 3.0}});
    let differs = |wanted: Value| difference(&wanted, &seen, "");
    assert_eq!(differs(serde_json::json!({"owner": {"age": 3}, "tags": ["a", "b"]})), None);
    assert_eq!(differs(serde_json::json!({"owner": {"name": "y"}})).as_deref(), Some("`/owner/name` is \"x\", and should be \"y\""));
    assert!(differs(serde_json::json!({"tags": ["a"]})).is_some() && differs(serde_json::json!({"more": null})).is_some());
}
