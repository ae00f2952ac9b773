//! An answer that came as a stream of events, put together again.
//!
//! Format: server-sent events (the WHATWG HTML standard, 9.2.6) whose `data` are chunks of a completion; the last is `[DONE]`.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Why a stream is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It ends before the answer does.
    CutOff,
    /// It is something else.
    Malformed(String),
}

#[derive(Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

#[derive(Default)]
struct Parts {
    content: String,
    reasoning: String,
    calls: BTreeMap<u64, Call>,
    finish: Value,
    usage: Value,
    has_choice: bool,
}

/// The completion that `text` tells in pieces, in the form of one that came whole; or the error that it tells.
pub(crate) fn completion(text: &str) -> Result<Value, Broken> {
    let mut parts = Parts::default();
    let mut is_done = false;
    for data in events(text) {
        if data == "[DONE]" {
            is_done = true;
            break;
        }
        let chunk: Value = match serde_json::from_str(&data) {
            Ok(chunk) => chunk,
            Err(error) if error.is_eof() => return Err(Broken::CutOff),
            Err(error) => return Err(Broken::Malformed(format!("an event is no JSON: {error}"))),
        };
        if crate::wire::error(&chunk).is_some() {
            return Ok(chunk);
        }
        parts.add(&chunk);
    }
    if !is_done && parts.finish.is_null() {
        let began = parts.has_choice || text.trim().is_empty() || text.contains("data:");
        return Err(if began { Broken::CutOff } else { Broken::Malformed("there is no event in the stream".to_owned()) });
    }
    Ok(parts.completion())
}

/// The data of the events; the last counts even where the empty line after it is missing.
fn events(text: &str) -> impl Iterator<Item = String> {
    let mut out = Vec::new();
    let mut data: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        if let Some(rest) = line.strip_prefix("data:") {
            data.push(rest.strip_prefix(' ').unwrap_or(rest));
        } else if line.is_empty() && !data.is_empty() {
            out.push(data.join("\n"));
            data.clear();
        }
    }
    out.into_iter()
}

impl Parts {
    fn add(&mut self, chunk: &Value) {
        if !chunk["usage"].is_null() {
            self.usage = chunk["usage"].clone();
        }
        let Some(choice) = chunk["choices"].get(0) else { return };
        self.has_choice = true;
        if !choice["finish_reason"].is_null() {
            self.finish = choice["finish_reason"].clone();
        }
        let delta = &choice["delta"];
        self.content.push_str(delta["content"].as_str().unwrap_or_default());
        let reasoning = ["reasoning_content", "reasoning"].iter().find_map(|name| delta[*name].as_str());
        self.reasoning.push_str(reasoning.unwrap_or_default());
        for (place, piece) in delta["tool_calls"].as_array().into_iter().flatten().enumerate() {
            self.call(place, piece);
        }
    }

    fn call(&mut self, place: usize, piece: &Value) {
        let index = piece["index"].as_u64().unwrap_or_else(|| {
            // Without a number, a piece with an id begins a call and one without goes on with the last.
            let count = self.calls.len() as u64;
            if piece["id"].is_string() { count } else { count.saturating_sub(1).max(place as u64) }
        });
        let call = self.calls.entry(index).or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if call.id.is_empty() {
            call.id = text(&piece["id"]);
        }
        call.name.push_str(&text(&piece["function"]["name"]));
        call.arguments.push_str(&text(&piece["function"]["arguments"]));
    }

    fn completion(self) -> Value {
        let mut message = Map::from_iter([("content".to_owned(), Value::from(self.content))]);
        if !self.reasoning.is_empty() {
            message.insert("reasoning_content".to_owned(), Value::from(self.reasoning));
        }
        let call = |call: Call| json!({"id": call.id, "function": {"name": call.name, "arguments": call.arguments}});
        message.insert("tool_calls".to_owned(), self.calls.into_values().map(call).collect());
        json!({"choices": [{"message": message, "finish_reason": self.finish}], "usage": self.usage})
    }
}
