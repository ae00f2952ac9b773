//! Requests and replies as the endpoint has them.
//!
//! Shapes: `POST /chat/completions` of OpenAI's API reference, and what other servers add: `reasoning_content` or `reasoning` beside the
//! text, text in parts, arguments as an object, errors with status 200.

use crate::endpoint::{Endpoint, Sampling, Structured};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;
use wardian_model::{ChatReply, ChatRequest, Finish, ReplyForm, ToolDefinition, Usage};

/// The body of a request for one turn.
pub(crate) fn body(endpoint: &Endpoint, sampling: &Sampling, request: &ChatRequest) -> Value {
    let is_offered = |name: &str| request.tools.iter().any(|tool| tool.name == name);
    let messages: Vec<Value> = request.messages.iter().map(|message| told(message, endpoint.send_reasoning, &is_offered)).collect();
    let mut body = Map::new();
    body.insert("model".to_owned(), Value::from(endpoint.model.as_str()));
    body.insert("messages".to_owned(), Value::from(messages));
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), request.tools.iter().map(ToolDefinition::to_openai).collect());
    }
    if let Some(format) = response_format(&request.form, endpoint.structured) {
        body.insert("response_format".to_owned(), format);
    }
    if endpoint.stream {
        body.insert("stream".to_owned(), Value::Bool(true));
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    body.extend(sampling.members());
    Value::Object(body)
}

fn response_format(form: &ReplyForm, structured: Structured) -> Option<Value> {
    match (form, structured) {
        (ReplyForm::Free, _) | (_, Structured::Words) => None,
        (ReplyForm::Schema { name, schema }, Structured::Schema) => {
            Some(json!({"type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": schema}}))
        }
        _ => Some(json!({"type": "json_object"})),
    }
}

fn told(message: &Message, send_reasoning: bool, is_offered: &dyn Fn(&str) -> bool) -> Value {
    match message {
        Message::System { content } => json!({"role": "system", "content": content}),
        Message::User { content } => json!({"role": "user", "content": content}),
        Message::Tool { tool_call_id, content, .. } => json!({"role": "tool", "tool_call_id": tool_call_id, "content": content}),
        Message::Assistant { content, reasoning, tool_calls } => {
            let mut out = Map::from_iter([("role".to_owned(), json!("assistant")), ("content".to_owned(), json!(content))]);
            if let Some(reasoning) = reasoning.as_ref().filter(|_| send_reasoning) {
                out.insert("reasoning_content".to_owned(), json!(reasoning));
            }
            if !tool_calls.is_empty() {
                let call = |call: &ToolCall| {
                    let name = if is_offered(&call.name) { Cow::from(&call.name) } else { name_on_the_wire(&call.name) };
                    let arguments = arguments_on_the_wire(&call.arguments);
                    json!({"id": call.id, "type": "function", "function": {"name": name, "arguments": arguments}})
                };
                out.insert("tool_calls".to_owned(), tool_calls.iter().map(call).collect());
            }
            Value::Object(out)
        }
    }
}

/// Arguments of an earlier call as a server takes them back. Most servers parse them for the chat template, which goes through the members of
/// an object, and answer 400 or 500 to anything else, though a model wrote it: such text goes as the one member of an object.
fn arguments_on_the_wire(written: &str) -> Cow<'_, str> {
    if written.trim().is_empty() {
        return "{}".into();
    }
    match serde_json::from_str::<Map<String, Value>>(written) {
        Ok(_) => written.into(),
        Err(_) => json!({"not_json": written}).to_string().into(),
    }
}

/// Name of an earlier call of a tool that there is not, within what OpenAI's API takes: `^[a-zA-Z0-9_-]{1,64}$`.
fn name_on_the_wire(written: &str) -> Cow<'_, str> {
    let is_taken = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match written.len() {
        0 => "unnamed".into(),
        1..=64 if written.chars().all(is_taken) => written.into(),
        _ => written.chars().take(64).map(|c| if is_taken(c) { c } else { '_' }).collect::<String>().into(),
    }
}

/// An error that came in the place of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The number that it carries, where that is an HTTP status.
    pub(crate) status: Option<u16>,
    /// Code and message, as far as there are any.
    pub(crate) said: String,
}

/// The error in `value`, if it is one: `{"error": {"message", "code"}}`, `{"error": "…"}` or `{"object": "error", "message": "…"}`.
pub(crate) fn error(value: &Value) -> Option<Told> {
    let error = match value.get("error") {
        Some(error) if !error.is_null() => error,
        _ if value["object"] == "error" => value,
        _ => return None,
    };
    let code = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let status = ["status", "code"].iter().find_map(|name| code(&error[*name])).filter(|code| (400..600).contains(code));
    let said = match error {
        Value::String(text) => text.clone(),
        _ => {
            let words: Vec<&str> = ["code", "message"].iter().filter_map(|name| error[*name].as_str()).collect();
            if words.is_empty() { error.to_string() } else { words.join(": ") }
        }
    };
    Some(Told { status: status.map(|status| status as u16), said })
}

/// The turn in an answer to the dialogue `before`.
///
/// # Errors
/// Says what is missing.
pub(crate) fn reply(answer: &Value, before: &[Message]) -> Result<ChatReply, String> {
    let choice = answer.get("choices").and_then(|choices| choices.get(0)).ok_or("there is no `choices[0]`")?;
    let message = choice.get("message").filter(|message| message.is_object()).ok_or("there is no `choices[0].message`")?;
    let content = text(&message["content"]).map_err(|kind| format!("`choices[0].message.content` is {kind}"))?;
    let refusal = message["refusal"].as_str().map(str::to_owned);
    let apart = ["reasoning_content", "reasoning"].iter().find_map(|name| message[*name].as_str());
    let (reasoning, content) = match (apart, content) {
        (None, Some(content)) => thought(content),
        (apart, content) => (apart.map(str::to_owned), content),
    };
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(ChatReply {
        content: filled(content).or_else(|| filled(refusal)),
        reasoning: filled(reasoning),
        tool_calls: calls(&message["tool_calls"], before)?,
        usage: usage(&answer["usage"]),
        finish: finish(&choice["finish_reason"]),
    })
}

/// Text as a string, as nothing, or in parts.
fn text(content: &Value) -> Result<Option<String>, &'static str> {
    match content {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Array(parts) => Ok(Some(parts.iter().filter_map(|part| part["text"].as_str()).collect())),
        Value::Object(_) => Err("an object"),
        Value::Bool(_) | Value::Number(_) => Err("neither text nor a list of parts"),
    }
}

/// Takes reasoning that a server left in the text, between `<think>` and `</think>`, out of it.
fn thought(content: String) -> (Option<String>, Option<String>) {
    let Some((reasoning, rest)) = content.trim_start().strip_prefix("<think>").and_then(|rest| rest.split_once("</think>")) else {
        return (None, Some(content));
    };
    (Some(reasoning.trim().to_owned()), Some(rest.trim_start().to_owned()))
}

/// The calls as the model wrote them: what is wrong with name or arguments is the model's, and stays to be seen. Ids are made unique in the
/// dialogue, for servers that give none or begin anew with each turn.
fn calls(calls: &Value, before: &[Message]) -> Result<Vec<ToolCall>, String> {
    let list = match calls {
        Value::Null => return Ok(Vec::new()),
        Value::Array(list) => list,
        _ => return Err("`choices[0].message.tool_calls` is no list".to_owned()),
    };
    let earlier = before.iter().flat_map(|message| match message {
        Message::Assistant { tool_calls, .. } => tool_calls.as_slice(),
        _ => &[],
    });
    let mut seen: BTreeSet<String> = earlier.map(|call| call.id.clone()).collect();
    let call = |(index, call): (usize, &Value)| {
        let function = &call["function"];
        let arguments = match &function["arguments"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let given = call["id"].as_str().unwrap_or_default();
        let id = if given.is_empty() || seen.contains(given) { format!("call_{}_{index}", before.len()) } else { given.to_owned() };
        seen.insert(id.clone());
        ToolCall { id, name: function["name"].as_str().unwrap_or_default().to_owned(), arguments }
    };
    Ok(list.iter().enumerate().map(call).collect())
}

/// Tokens, where they are counted.
pub(crate) fn usage(usage: &Value) -> Option<Usage> {
    let prompt_tokens = usage["prompt_tokens"].as_u64()?;
    let completion_tokens = usage["completion_tokens"].as_u64().unwrap_or(0);
    Some(Usage { prompt_tokens, completion_tokens })
}

fn finish(reason: &Value) -> Option<Finish> {
    Some(match reason.as_str()? {
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        "tool_calls" | "function_call" => Finish::ToolCalls,
        "content_filter" => Finish::Filtered,
        _ => Finish::Other,
    })
}
