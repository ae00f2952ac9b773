//! The form of OpenAI's supervised fine-tuning. Source: `FineTuneChatRequestInput` of OpenAI's OpenAPI document 2.3.0, and the guide on
//! supervised fine-tuning. That schema has no member for where a row comes from, so it lies in a file beside.

use crate::Refusal;
use crate::talk::Talk;
use serde_json::{Map, Value, json};
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;

/// The row, and how many messages after the agent's last turn are cut: an example ends with what it teaches.
pub(crate) fn row(talk: &Talk<'_>) -> Result<(Value, usize), Refusal> {
    talk.check_answers()?;
    let cut = talk.tail();
    let end = talk.trajectory.messages.len() - cut;
    let messages: Vec<Value> = talk.messages().take(end).map(|(index, message)| one(talk, index, message)).collect::<Result<_, _>>()?;
    let parallel = talk.messages().any(|(_, message)| matches!(message, Message::Assistant { tool_calls, .. } if tool_calls.len() > 1));
    let mut out = Map::new();
    out.insert("messages".to_owned(), Value::Array(messages));
    if !talk.tools.is_empty() {
        out.insert("tools".to_owned(), Value::Array(talk.tools()));
        out.insert("parallel_tool_calls".to_owned(), json!(parallel));
    }
    Ok((Value::Object(out), cut))
}

fn one(talk: &Talk<'_>, index: usize, message: &Message) -> Result<Value, Refusal> {
    Ok(match message {
        Message::System { content } => json!({"role": "system", "content": content}),
        Message::User { content } => json!({"role": "user", "content": content}),
        Message::Tool { tool_call_id, content, .. } => json!({"role": "tool", "tool_call_id": tool_call_id, "content": content}),
        Message::Assistant { content, reasoning, tool_calls } => {
            if talk.reasoning(reasoning).is_some() {
                return Err(Refusal::Reasoning { message: index });
            }
            if content.is_none() && tool_calls.is_empty() {
                return Err(Refusal::EmptyTurn { message: index });
            }
            let mut out = Map::new();
            out.insert("role".to_owned(), json!("assistant"));
            out.insert("content".to_owned(), json!(content));
            if !tool_calls.is_empty() {
                let call = |c: &ToolCall| json!({"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}});
                out.insert("tool_calls".to_owned(), tool_calls.iter().map(call).collect());
            }
            out.insert("weight".to_owned(), json!(u8::from(talk.loss.learned[index])));
            Value::Object(out)
        }
    })
}
