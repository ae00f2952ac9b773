//! The forms of verl. Source: the package `verl` 0.9.1, `verl/utils/dataset/multiturn_sft_dataset.py` and `rl_dataset.py`, and its guide to
//! preparing data.
//!
//! Its supervised class reads Arrow structs. Tools and arguments have free keys, of which a struct would make one set of columns for the
//! whole file, with nulls that the template renders into what is learned; so both are text here, and [`DATASET_CLASS`], which verl
//! takes through `data.custom_cls`, reads them back.

use crate::columns::{list, record};
use crate::provenance::metadata;
use crate::talk::{Talk, object};
use crate::{Refusal, talk};
use arrow_schema::{DataType, Field, Schema};
use serde_json::{Map, Value, json};
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;

/// A subclass of verl's `MultiTurnSFTDataset` for files of this form, in Python.
pub const DATASET_CLASS: &str = include_str!("wardian_verl.py");

/// The name of the file that it is written into.
pub const DATASET_FILE: &str = "wardian_verl.py";

fn text(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Utf8, nullable)
}

pub(crate) fn supervised_schema() -> Schema {
    let function = record(vec![text("name", false), text("arguments", false)]);
    let call = record(vec![text("id", false), text("type", false), Field::new("function", function, false)]);
    let message = record(vec![
        text("role", false),
        text("content", false),
        text("reasoning_content", true),
        Field::new("tool_calls", list(Field::new("element", call, false)), true),
        text("tool_call_id", true),
        text("name", true),
        Field::new("learned", DataType::Boolean, false),
    ]);
    Schema::new(vec![
        Field::new("messages", list(Field::new("element", message, false)), false),
        text("tools", false),
        text("metadata", false),
    ])
}

pub(crate) fn supervised(talk: &Talk<'_>) -> Result<Value, Refusal> {
    let messages: Vec<Value> = talk.messages().map(|(index, message)| one(talk, index, message)).collect::<Result<_, _>>()?;
    let tools = Value::Array(talk.tools()).to_string();
    Ok(json!({"messages": messages, "tools": tools, "metadata": metadata(talk).to_string()}))
}

fn one(talk: &Talk<'_>, index: usize, message: &Message) -> Result<Value, Refusal> {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
    put("role", json!(talk::role(message)));
    match message {
        Message::System { content } | Message::User { content } => put("content", json!(content)),
        Message::Tool { tool_call_id, name, content } => {
            put("content", json!(content));
            put("tool_call_id", json!(tool_call_id));
            put("name", json!(name));
        }
        Message::Assistant { content, reasoning, tool_calls } => {
            put("content", json!(content.as_deref().unwrap_or_default()));
            if let Some(reasoning) = talk.reasoning(reasoning) {
                put("reasoning_content", json!(reasoning));
            }
            if !tool_calls.is_empty() {
                put("tool_calls", tool_calls.iter().map(call).collect::<Result<_, _>>()?);
            }
        }
    }
    put("learned", json!(talk.loss.learned[index]));
    Ok(Value::Object(out))
}

fn call(call: &ToolCall) -> Result<Value, Refusal> {
    let arguments = Value::Object(object(call)?).to_string();
    Ok(json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}))
}

pub(crate) fn reinforcement_schema() -> Schema {
    let message = record(vec![text("role", false), text("content", false)]);
    let reward = record(vec![text("style", false), text("ground_truth", false)]);
    let extra = record(vec![
        text("split", false),
        Field::new("index", DataType::Int64, false),
        Field::new("need_tools_kwargs", DataType::Boolean, false),
        text("task", false),
        text("pack", false),
        text("pack_digest", false),
        // Not every seed fits a signed number.
        text("seed", false),
        text("now", false),
        text("trajectory", false),
    ]);
    Schema::new(vec![
        text("data_source", false),
        text("agent_name", false),
        Field::new("prompt", list(Field::new("element", message, false)), false),
        text("ability", false),
        Field::new("reward_model", reward, false),
        Field::new("extra_info", extra, false),
    ])
}

/// The task that `talk` solved: what the agent is given before its first turn, and the state that is right.
pub(crate) fn reinforcement(talk: &Talk<'_>, split: &str, index: u64) -> Result<Value, Refusal> {
    let trajectory = talk.trajectory;
    if !trajectory.verdict.as_ref().is_some_and(|verdict| verdict.passed) {
        return Err(Refusal::NotPassed);
    }
    let mut prompt: Vec<Value> = Vec::new();
    for (at, message) in talk.messages() {
        match message {
            Message::System { content } | Message::User { content } => {
                prompt.push(json!({"role": talk::role(message), "content": content}))
            }
            Message::Assistant { .. } => break,
            Message::Tool { .. } => return Err(Refusal::Alternation { message: at, role: "tool" }),
        }
    }
    let certificate = &trajectory.certificate;
    let truth = json!({"graded_state": certificate.last.graded.to_string(), "digest_version": certificate.digest_version});
    Ok(json!({
        "data_source": format!("wardian/{}", certificate.pack),
        "agent_name": "tool_agent",
        "prompt": prompt,
        "ability": "tool_use",
        "reward_model": {"style": "rule", "ground_truth": truth.to_string()},
        "extra_info": {
            "split": split,
            "index": index,
            "need_tools_kwargs": false,
            "task": trajectory.task,
            "pack": certificate.pack,
            "pack_digest": certificate.pack_digest.to_string(),
            "seed": certificate.seed.to_string(),
            "now": certificate.now,
            "trajectory": trajectory.id,
        },
    }))
}
