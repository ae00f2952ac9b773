//! Calls that are tags: one for the name, and one for each argument.
//!
//! Such templates write text as it is and all other values as JSON or as Python prints them, so only the tool's schema tells the text `5` from the
//! number. Without the schema, what is JSON is taken for it.

use super::json::Written;
use super::{Fault, begins_alike, ends_alike, is_blank, trim, trim_start};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// What stands around name and arguments, inside of the marks of a call. Qwen3-Coder's are given as examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    /// Before the name: `<function=`. May be empty.
    pub name_open: String,
    /// After it: `>`. Where it is empty, a blank ends the name.
    pub name_close: String,
    /// Before the name of an argument: `<parameter=`.
    pub key_open: String,
    /// Between an argument's name and its value: `>`.
    pub key_close: String,
    /// Blanks after that.
    pub before_value: String,
    /// Blanks after the value.
    pub after_value: String,
    /// After those: `</parameter>`.
    pub value_close: String,
    /// After the last argument: `</function>`. May be empty.
    pub end: String,
}

/// Which arguments of which tools are text.
#[derive(Clone, Debug, Default)]
pub(super) struct Types(BTreeMap<String, BTreeMap<String, bool>>);

impl Types {
    pub(super) fn of(tools: &[Value]) -> Self {
        let one = |tool: &Value| {
            let function = if tool["function"].is_object() { &tool["function"] } else { tool };
            let properties = function["parameters"]["properties"].as_object()?;
            let types = properties.iter().map(|(key, schema)| (key.clone(), is_text(schema))).collect();
            Some((function["name"].as_str()?.to_owned(), types))
        };
        Self(tools.iter().filter_map(one).collect())
    }

    /// The value that is written as `text`, as JSON.
    fn value(&self, tool: &str, key: &str, text: &str) -> String {
        let quoted = || Value::from(text).to_string();
        if self.0.get(tool).and_then(|types| types.get(key)) == Some(&true) {
            return quoted();
        }
        match trim(text) {
            "True" => "true".to_owned(),
            "False" => "false".to_owned(),
            "None" => "null".to_owned(),
            other => serde_json::from_str::<Value>(other).map_or_else(|_| quoted(), |_| other.to_owned()),
        }
    }
}

fn is_text(schema: &Value) -> bool {
    match (&schema["type"], &schema["enum"]) {
        (Value::String(kind), _) => kind == "string",
        (Value::Array(kinds), _) => kinds.iter().any(|kind| kind == "string"),
        (_, Value::Array(values)) => values.iter().all(Value::is_string),
        _ => false,
    }
}

impl Tags {
    /// The call in `text[body]`, what stands between its marks; or what is wrong with it, and its name.
    pub(super) fn read(&self, text: &str, body: Range<usize>, types: &Types) -> Result<Written, (Fault, Option<Range<usize>>)> {
        let range = body.clone();
        let body = &text[..body.end];
        let from = range.start + (body.len() - range.start - trim_start(&body[range.start..]).len());
        let Some(rest) = body[from..].strip_prefix(self.name_open.as_str()) else { return Err((Fault::Syntax, None)) };
        let start = body.len() - rest.len();
        let end = start + self.name_end(rest).ok_or((Fault::Cut, None))?;
        let name = body[start..end].to_owned();
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '<') {
            return Err((Fault::Name, None));
        }
        let named = |fault: Fault| (fault, Some(start..end));
        let mut at = end + self.name_close.len();
        let mut arguments = String::from("{");
        let mut covered: Option<Range<usize>> = None;
        while let Some(rest) = trim_start(&body[at..]).strip_prefix(self.key_open.as_str()) {
            let key_start = body.len() - rest.len();
            let (key, rest) = rest.split_once(self.key_close.as_str()).ok_or(named(Fault::Cut))?;
            let (value, rest) = rest.split_once(self.value_close.as_str()).ok_or(named(Fault::Cut))?;
            let value = &value[begins_alike(value, &self.before_value)..];
            let value = &value[..value.len() - ends_alike(value, &self.after_value)];
            if arguments.len() > 1 {
                arguments.push(',');
            }
            arguments.push_str(&format!("{}:{}", Value::from(key), types.value(&name, key, value)));
            at = body.len() - rest.len();
            covered = Some(covered.map_or(key_start - self.key_open.len(), |covered| covered.start)..at);
        }
        arguments.push('}');
        match trim(&body[at..]) {
            rest if rest == self.end => {}
            "" => return Err(named(Fault::Cut)),
            rest if rest.starts_with(&self.end) && !self.end.is_empty() => return Err(named(Fault::Trailing)),
            _ => return Err(named(Fault::Syntax)),
        }
        Ok(Written { name, arguments, range, name_range: start..end, arguments_range: covered.unwrap_or(at..at) })
    }

    fn name_end(&self, text: &str) -> Option<usize> {
        if !self.name_close.is_empty() {
            return text.find(&self.name_close);
        }
        let until = text.find(&self.key_open).unwrap_or(text.len());
        Some(text[..until].find(is_blank).unwrap_or(until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_schema_says_which_values_are_text() {
        let tools = [json!({"type": "function", "function": {"name": "f", "parameters": {"properties": {
            "a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": ["null", "string"]}, "d": {"enum": ["1"]}}}}})];
        let types = Types::of(&tools);
        for (key, text, value) in [
            ("a", "5", "\"5\""),
            ("b", "5", "5"),
            ("b", "five", "\"five\""),
            ("c", "5", "\"5\""),
            ("d", "1", "\"1\""),
            ("e", "True", "true"),
            ("e", "None", "null"),
            ("e", "{\"x\": [1]}", "{\"x\": [1]}"),
            ("e", "a\"b", "\"a\\\"b\""),
        ] {
            assert_eq!(types.value("f", key, text), value, "{key} {text}");
        }
        assert_eq!(types.value("g", "a", "5"), "5");
    }
}
