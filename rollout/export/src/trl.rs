//! The form of TRL and of the chat templates of transformers. Sources: TRL 1.16, `docs/source/dataset_formats.md`, and its `SFTTrainer`;
//! datasets 5.2, the feature `Json`.

use crate::Refusal;
use crate::columns::{json, list};
use crate::provenance::metadata;
use crate::talk::{Talk, object};
use arrow_schema::{Field, Schema};
use serde_json::{Map, Value, json};
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;

/// Messages, tools and metadata are JSON: as structs, Arrow would give every call the keys of all others, with nulls that templates render.
pub(crate) fn schema() -> Schema {
    let fields = vec![
        Field::new("messages", list(json("element", false)), false),
        Field::new("tools", list(json("element", false)), false),
        json("metadata", false),
    ];
    // What datasets makes of the columns, in the words of its own files.
    let one = json!({"_type": "Json"});
    let many = json!({"feature": one, "_type": "List"});
    let features = json!({"info": {"features": {"messages": many, "tools": many, "metadata": one}}});
    Schema::new_with_metadata(fields, [("huggingface".to_owned(), features.to_string())].into())
}

pub(crate) fn row(talk: &Talk<'_>) -> Result<Value, Refusal> {
    let messages: Vec<Value> = talk.messages().map(|(index, message)| one(talk, index, message)).collect::<Result<_, _>>()?;
    Ok(json!({"messages": messages, "tools": talk.tools(), "metadata": metadata(talk)}))
}

fn one(talk: &Talk<'_>, index: usize, message: &Message) -> Result<Value, Refusal> {
    Ok(match message {
        Message::System { content } => json!({"role": "system", "content": content}),
        Message::User { content } => json!({"role": "user", "content": content}),
        Message::Tool { tool_call_id, name, content } => {
            json!({"role": "tool", "tool_call_id": tool_call_id, "name": name, "content": content})
        }
        Message::Assistant { content, reasoning, tool_calls } => {
            let mut out = Map::new();
            out.insert("role".to_owned(), json!("assistant"));
            out.insert("content".to_owned(), json!(content.as_deref().unwrap_or_default()));
            if let Some(reasoning) = talk.reasoning(reasoning) {
                out.insert("reasoning_content".to_owned(), json!(reasoning));
            }
            if !tool_calls.is_empty() {
                out.insert("tool_calls".to_owned(), tool_calls.iter().map(call).collect::<Result<_, _>>()?);
            }
            if !talk.loss.learned[index] {
                out.insert("learned".to_owned(), json!(false));
            }
            Value::Object(out)
        }
    })
}

fn call(call: &ToolCall) -> Result<Value, Refusal> {
    Ok(json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": object(call)?}}))
}
