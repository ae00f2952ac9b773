//! Conversations as trainers keep them: a row of `messages` and `tools`.
//!
//! Source of the form: transformers' chat templates and TRL's datasets (`docs/source/dataset_formats.md` of TRL 1.16).

use serde_json::{Map, Value, json};

/// A conversation with the tools that the agent is offered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// Messages, as templates read them: `role`, `content` (text), `reasoning_content`, `tool_calls` with `arguments` as an object.
    pub messages: Vec<Value>,
    /// Tools in OpenAI's form.
    pub tools: Vec<Value>,
    /// Variables for the template beside them (`chat_template_kwargs`), such as `enable_thinking`.
    pub variables: Map<String, Value>,
    /// Whether each message is learned: `true` for what the agent wrote and nobody masked. As long as `messages`.
    pub learned: Vec<bool>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct RowError {
    /// Where: `messages[3].tool_calls[0]`.
    pub place: String,
    /// What.
    pub what: String,
}

/// Messages of a conversation.
const MESSAGES_MAX: usize = 10_000;

impl Conversation {
    /// Reads a row: `messages` (or `conversations`), `tools`, `chat_template_kwargs`; `tools` and `arguments` may be JSON text. An agent's message
    /// with `learned: false` or `weight: 0` is not learned. Other members are passed over.
    ///
    /// # Errors
    /// Where it is no conversation, or has parts that are no text; the place is named.
    pub fn from_row(row: &Value) -> Result<Self, RowError> {
        let messages = match (&row["messages"], &row["conversations"]) {
            (Value::Null, other) => items(other, "messages")?,
            (messages, _) => items(messages, "messages")?,
        };
        if messages.is_empty() || messages.len() > MESSAGES_MAX {
            return Err(wrong("messages", format!("there are {}; 1 to {MESSAGES_MAX} are allowed", messages.len())));
        }
        let mut out = Self { tools: items(&row["tools"], "tools")?, ..Self::default() };
        for (i, tool) in out.tools.iter().enumerate() {
            if !tool.is_object() {
                return Err(wrong(format!("tools[{i}]"), "no object"));
            }
        }
        match &row["chat_template_kwargs"] {
            Value::Null => {}
            Value::Object(variables) => out.variables = variables.clone(),
            _ => return Err(wrong("chat_template_kwargs", "no object")),
        }
        for (i, message) in messages.into_iter().enumerate() {
            let (message, learned) = read(message, &format!("messages[{i}]"))?;
            out.messages.push(message);
            out.learned.push(learned);
        }
        Ok(out)
    }

    /// Indices of the agent's messages.
    pub fn agent_messages(&self) -> impl Iterator<Item = usize> + '_ {
        self.messages.iter().enumerate().filter(|(_, message)| message["role"] == "assistant").map(|(i, _)| i)
    }
}

fn wrong(place: impl Into<String>, what: impl Into<String>) -> RowError {
    RowError { place: place.into(), what: what.into() }
}

/// A list, or JSON text of one, or nothing.
fn items(value: &Value, place: &str) -> Result<Vec<Value>, RowError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => Ok(items.clone()),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Array(items)) => Ok(items),
            Ok(_) => Err(wrong(place, "the text is JSON, but no list")),
            Err(e) => Err(wrong(place, format!("the text is no JSON: {e}"))),
        },
        _ => Err(wrong(place, "no list")),
    }
}

/// The message as templates read it, and whether it is learned.
fn read(message: Value, place: &str) -> Result<(Value, bool), RowError> {
    let Value::Object(mut message) = message else { return Err(wrong(place, "no object")) };
    let role = message.get("role").and_then(Value::as_str).map(str::to_owned);
    let agent = match role.as_deref() {
        Some("assistant") => true,
        Some("system" | "developer" | "user" | "tool") => false,
        Some(other) => {
            return Err(wrong(
                format!("{place}.role"),
                format!("`{}` is none of system, developer, user, assistant, tool", other.escape_debug()),
            ));
        }
        None => return Err(wrong(format!("{place}.role"), "missing")),
    };
    let content = text(message.get("content").unwrap_or(&Value::Null), &format!("{place}.content"))?;
    message.insert("content".to_owned(), json!(content));
    // Parquet has every column in every row.
    message.retain(|key, value| key == "content" || !value.is_null());
    if let Some(calls) = message.get_mut("tool_calls") {
        let mut calls_read = items(calls, &format!("{place}.tool_calls"))?;
        for (i, call) in calls_read.iter_mut().enumerate() {
            read_call(call, &format!("{place}.tool_calls[{i}]"))?;
        }
        *calls = Value::Array(calls_read);
    }
    let masked = message.get("learned") == Some(&Value::Bool(false)) || message.get("weight").and_then(Value::as_f64) == Some(0.0);
    message.remove("learned");
    message.remove("weight");
    Ok((Value::Object(message), agent && !masked))
}

/// Text, a list of text parts, or nothing.
fn text(content: &Value, place: &str) -> Result<String, RowError> {
    match content {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => {
            let mut out = String::new();
            for (i, part) in parts.iter().enumerate() {
                let text = part["text"].as_str().filter(|_| part["type"] == "text");
                out.push_str(text.ok_or_else(|| wrong(format!("{place}[{i}]"), "a part that is no text"))?);
            }
            Ok(out)
        }
        _ => Err(wrong(place, "neither text nor a list of texts")),
    }
}

/// `{"function": {"name", "arguments"}}` or `{"name", "arguments"}`; arguments that are JSON text of an object become it.
fn read_call(call: &mut Value, place: &str) -> Result<(), RowError> {
    let nested = call.get("function").is_some_and(Value::is_object);
    let function = if nested { &mut call["function"] } else { call };
    if !function["name"].is_string() {
        return Err(wrong(format!("{place}.function.name"), "no text"));
    }
    match &function["arguments"] {
        Value::Null => function["arguments"] = json!({}),
        Value::Object(_) => {}
        Value::String(text) => {
            // Text of anything else is what the agent wrote, though it is no call.
            if let Ok(arguments @ Value::Object(_)) = serde_json::from_str(text) {
                function["arguments"] = arguments;
            }
        }
        _ => return Err(wrong(format!("{place}.function.arguments"), "neither an object nor text")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_the_forms_that_exports_have() {
        let row = json!({"messages": [
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "tool_calls": null},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{\"z\": 1, \"a\": 2}"}}], "weight": 0},
            {"role": "tool", "tool_call_id": "1", "content": "r"},
            {"role": "assistant", "content": "done", "learned": true},
        ], "tools": "[{\"type\": \"function\"}]", "chat_template_kwargs": {"enable_thinking": false}});
        let read = Conversation::from_row(&row).expect("a row");
        assert_eq!(read.messages[0], json!({"role": "user", "content": "ab"}));
        assert_eq!(read.messages[1]["tool_calls"][0]["function"]["arguments"].to_string(), r#"{"z":1,"a":2}"#);
        assert_eq!(read.learned, [false, false, false, true]);
        assert_eq!((read.tools.len(), read.variables.len()), (1, 1));
    }

    #[test]
    fn bad_rows_name_their_place() {
        let cases = [
            (json!({}), "messages: there are 0"),
            (json!({"messages": 1}), "messages: no list"),
            (json!({"messages": [1]}), "messages[0]: no object"),
            (json!({"messages": [{"content": "x"}]}), "messages[0].role: missing"),
            (json!({"messages": [{"role": "x\n"}]}), "messages[0].role: `x\\n` is none of"),
            (json!({"messages": [{"role": "user", "content": [{"type": "image"}]}]}), "messages[0].content[0]: a part that is no text"),
            (
                json!({"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]}),
                "messages[0].tool_calls[0].function.name: no text",
            ),
            (json!({"messages": [{"role": "user", "content": "x"}], "tools": "{"}), "tools: the text is no JSON"),
            (json!({"messages": [{"role": "user", "content": "x"}], "tools": [1]}), "tools[0]: no object"),
        ];
        for (row, start) in cases {
            let error = Conversation::from_row(&row).expect_err("a bad row").to_string();
            assert!(error.starts_with(start), "{error}");
        }
    }
}
