//! The conversation as one text, with the byte ranges that the agent wrote.
//!
//! The form is ChatML with tool calls in `<tool_call>` tags and tool results in `<tool_response>` tags, as the
//! Hermes and Qwen families use. Templates of real checkpoints are the business of a later issue.

use serde_json::{Value, json};
use std::ops::Range;
use wardian_format::Message;
use wardian_format::json::canonical;

/// A rendered conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The whole text.
    pub text: String,
    /// Byte ranges of `text` that the agent wrote, end-of-turn marks included: what training learns.
    pub learned: Vec<Range<usize>>,
}

/// Renders `messages` with `tools` (in OpenAI's form) as ChatML.
pub fn chatml(messages: &[Message], tools: &[Value]) -> Rendered {
    let mut out = Rendered { text: String::new(), learned: Vec::new() };
    let mut tools = (!tools.is_empty()).then_some(tools);
    if tools.is_some() && !matches!(messages.first(), Some(Message::System { .. })) {
        system(&mut out.text, "", tools.take());
    }
    for (i, message) in messages.iter().enumerate() {
        match message {
            Message::System { content } => system(&mut out.text, content, tools.take()),
            Message::User { content } => turn(&mut out.text, "user", content),
            Message::Assistant { content, reasoning, tool_calls } => {
                out.text.push_str("<|im_start|>assistant\n");
                let start = out.text.len();
                if let Some(reasoning) = reasoning {
                    out.text.push_str(&format!("<think>\n{reasoning}\n</think>\n\n"));
                }
                out.text.push_str(content.as_deref().unwrap_or_default());
                for call in tool_calls {
                    let separator = if out.text.len() > start && !out.text.ends_with('\n') { "\n" } else { "" };
                    out.text.push_str(&format!("{separator}<tool_call>\n{}\n</tool_call>", call_text(&call.name, &call.arguments)));
                }
                out.text.push_str("<|im_end|>");
                out.learned.push(start..out.text.len());
                out.text.push('\n');
            }
            Message::Tool { content, .. } => {
                let first = !matches!(i.checked_sub(1).map(|p| &messages[p]), Some(Message::Tool { .. }));
                let last = !matches!(messages.get(i + 1), Some(Message::Tool { .. }));
                out.text.push_str(if first { "<|im_start|>user" } else { "" });
                out.text.push_str(&format!("\n<tool_response>\n{content}\n</tool_response>"));
                out.text.push_str(if last { "<|im_end|>\n" } else { "" });
            }
        }
    }
    out
}

fn turn(text: &mut String, role: &str, content: &str) {
    text.push_str(&format!("<|im_start|>{role}\n{content}<|im_end|>\n"));
}

fn system(text: &mut String, content: &str, tools: Option<&[Value]>) {
    let mut body = content.to_owned();
    if let Some(tools) = tools {
        let lines: Vec<String> = tools.iter().map(Value::to_string).collect();
        body.push_str(&format!("\n\n# Tools\n\n<tools>\n{}\n</tools>", lines.join("\n")));
        body.push_str("\n\nTo call a tool, write <tool_call>{\"name\": …, \"arguments\": …}</tool_call>.");
    }
    turn(text, "system", body.trim_start());
}

/// The call as JSON; arguments that are no JSON stay a string, as the agent wrote them.
fn call_text(name: &str, arguments: &str) -> String {
    let arguments = serde_json::from_str::<Value>(arguments).unwrap_or_else(|_| json!(arguments));
    let call = json!({"name": name, "arguments": arguments});
    canonical(&call).unwrap_or_else(|_| call.to_string())
}
