//! Training data: one JSON object a line with `messages`, `tools` and `metadata`.

use serde_json::{Map, Value, json};
use wardian_format::trajectory::ToolCall;
use wardian_format::{Digest, Message, Trajectory};
use wardian_model::ToolDefinition;

/// Dialects of chat data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// TRL and Hugging Face chat templates: `arguments` is an object.
    Trl,
    /// OpenAI: `arguments` is text.
    OpenAi,
}

/// Why a trajectory cannot be exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The TRL form has no place for arguments that are not an object.
    #[error("trajectory `{trajectory}`: the arguments of call `{call}` are not a JSON object, which the TRL form cannot carry")]
    Arguments {
        /// Id of the trajectory.
        trajectory: String,
        /// Id of the call.
        call: String,
    },
}

/// One line of training data, with the line feed. `tools` are those that the agent was offered.
pub fn line(trajectory: &Trajectory, tools: &[ToolDefinition], dialect: Dialect) -> Result<String, ExportError> {
    let messages: Vec<Value> = trajectory.messages.iter().map(|m| message(trajectory, m, dialect)).collect::<Result<_, _>>()?;
    let tools: Vec<Value> = tools.iter().map(ToolDefinition::to_openai).collect();
    let record = json!({"messages": messages, "tools": tools, "metadata": metadata(trajectory)});
    let mut text = record.to_string();
    text.push('\n');
    Ok(text)
}

fn message(trajectory: &Trajectory, message: &Message, dialect: Dialect) -> Result<Value, ExportError> {
    Ok(match message {
        Message::System { content } => json!({"role": "system", "content": content}),
        Message::User { content } => json!({"role": "user", "content": content}),
        Message::Tool { tool_call_id, name, content } => {
            json!({"role": "tool", "tool_call_id": tool_call_id, "name": name, "content": content})
        }
        Message::Assistant { content, reasoning, tool_calls } => {
            let mut out = Map::new();
            out.insert("role".to_owned(), json!("assistant"));
            let empty = if dialect == Dialect::Trl { json!("") } else { Value::Null };
            out.insert("content".to_owned(), content.as_ref().map_or(empty, |text| json!(text)));
            if let Some(reasoning) = reasoning {
                out.insert("reasoning_content".to_owned(), json!(reasoning));
            }
            if !tool_calls.is_empty() {
                let calls: Vec<Value> = tool_calls.iter().map(|c| call(trajectory, c, dialect)).collect::<Result<_, _>>()?;
                out.insert("tool_calls".to_owned(), Value::Array(calls));
            }
            Value::Object(out)
        }
    })
}

fn call(trajectory: &Trajectory, call: &ToolCall, dialect: Dialect) -> Result<Value, ExportError> {
    let arguments = match dialect {
        Dialect::OpenAi => Value::from(call.arguments.as_str()),
        Dialect::Trl => serde_json::from_str::<Value>(&call.arguments)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| ExportError::Arguments { trajectory: trajectory.id.clone(), call: call.id.clone() })?,
    };
    Ok(json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}))
}

/// Where the line comes from, so that anyone can execute it again.
fn metadata(trajectory: &Trajectory) -> Value {
    let certificate = &trajectory.certificate;
    let calls: Vec<Value> = trajectory
        .calls
        .iter()
        .map(|c| json!({"ok": c.outcome.is_ok(), "arguments": hex(&c.arguments_digest), "result": hex(&c.result_digest), "state": hex(&c.state.full)}))
        .collect();
    json!({
        "trajectory": trajectory.id,
        "task": trajectory.task,
        "agent": trajectory.agent,
        "user": trajectory.user,
        "trial": trajectory.trial,
        "pack": certificate.pack,
        "pack_digest": hex(&certificate.pack_digest),
        "seed": certificate.seed,
        "now": certificate.now,
        "initial_state": hex(&certificate.initial.full),
        "final_state": hex(&certificate.last.full),
        "calls": calls,
    })
}

fn hex(digest: &Digest) -> String {
    digest.to_string()
}
