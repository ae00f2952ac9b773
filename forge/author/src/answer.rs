//! Answers as data: what a model said, read as the JSON object that was asked for.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wardian_format::{json as strict, names};
use wardian_model::{ChatReply, Finish};

/// Longest answer that is read, bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Characters of what is shown of an answer.
const SHOWN_CHARS_MAX: usize = 120;

/// The text of a reply.
pub(crate) fn said(reply: &ChatReply) -> Result<&str, String> {
    let text = reply.content.as_deref().unwrap_or_default();
    match reply.finish {
        Some(Finish::Length) => Err("it was cut off by the limit on tokens".to_owned()),
        Some(Finish::Filtered) => Err("it was cut off by a filter".to_owned()),
        _ if text.trim().is_empty() => Err("it is empty".to_owned()),
        _ if text.len() > ANSWER_BYTES_MAX => Err(format!("it has more than {ANSWER_BYTES_MAX} bytes")),
        _ => Ok(text),
    }
}

/// The JSON object that `text` is, or that stands in it between other words.
pub(crate) fn object(text: &str) -> Result<Value, String> {
    let inner = text.find('{').zip(text.rfind('}')).filter(|(start, end)| start < end).map(|(start, end)| &text[start..=end]);
    let inner = inner.ok_or("there is no JSON object in it")?;
    strict::parse(inner).map_err(|error| format!("it is no JSON: {error}"))
}

/// The list `name` of an answer.
pub(crate) fn list<'a>(answer: &'a Value, name: &str) -> Result<&'a [Value], String> {
    answer[name].as_array().map(Vec::as_slice).ok_or_else(|| format!("there is no list `{name}`"))
}

/// One element of a list of an answer.
pub(crate) fn element<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone())
        .map_err(|error| format!("it is not of the form asked for: {}", names::untrusted(&error.to_string(), SHOWN_CHARS_MAX)))
}

/// What a piece that cannot be read is called.
pub(crate) fn called(value: &Value, members: &[&str]) -> String {
    let words: Vec<String> = members
        .iter()
        .filter_map(|member| match &value[*member] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    names::untrusted(&words.join("."), SHOWN_CHARS_MAX)
}

/// One visible line of at most `chars_max` characters.
pub(crate) fn line(text: &str, chars_max: usize) -> Result<&str, String> {
    let text = text.trim();
    let hides =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    match text {
        "" => Err("it is empty".to_owned()),
        _ if text.chars().count() > chars_max => Err(format!("it has more than {chars_max} characters")),
        _ if text.chars().any(hides) => Err("it has control characters, or ones that cannot be seen".to_owned()),
        _ => Ok(text),
    }
}

/// A closed schema of an object that requires all its members.
pub(crate) fn closed(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// A schema of a list.
pub(crate) fn list_of(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// A schema of a text.
pub(crate) fn text() -> Value {
    json!({"type": "string"})
}

/// A schema of one of these words.
pub(crate) fn one_of(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}
