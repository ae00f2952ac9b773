//! The oracle: a conversation as Qwen3's template writes it, with every turn's thoughts, and what of it is learned.
//! Source: the template of Qwen3 and the variant of it that TRL trains with.

use serde_json::{Value, json};
use wardian_export::{Options, Reasoning, mark};
use wardian_format::{Message, Trajectory};
use wardian_model::ToolDefinition;

/// A conversation as text.
#[derive(Default)]
pub(crate) struct Text {
    pub(crate) all: String,
    /// What is learned, one after the other.
    pub(crate) learned: String,
}

/// `thoughts`: every turn has a `<think>` block, be it empty.
pub(crate) fn render(trajectory: &Trajectory, tools: &[ToolDefinition], options: &Options, thoughts: bool) -> Text {
    let loss = mark(trajectory, options).expect("a marking");
    let mut out = Text::default();
    let mut messages = trajectory.messages.as_slice();
    let mut system = String::new();
    if let Some((Message::System { content }, rest)) = messages.split_first() {
        (system, messages) = (content.clone(), rest);
    }
    if !tools.is_empty() {
        let gap = if system.is_empty() { "" } else { "\n\n" };
        let lines: String = tools.iter().map(|tool| format!("\n{}", python(&tool.to_openai()))).collect();
        system += &format!(
            "{gap}# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within \
             <tools></tools> XML tags:\n<tools>{lines}\n</tools>\n\nFor each function call, return a json object with function name and \
             arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{{\"name\": <function-name>, \"arguments\": <args-json-object>}}\n</tool_call>"
        );
    }
    out.all += &format!("<|im_start|>system\n{system}<|im_end|>\n");
    let first = trajectory.messages.len() - messages.len();
    for (at, message) in messages.iter().enumerate() {
        match message {
            Message::System { content } => out.all += &format!("<|im_start|>system\n{content}<|im_end|>\n"),
            Message::User { content } => out.all += &format!("<|im_start|>user\n{content}<|im_end|>\n"),
            Message::Tool { content, .. } => {
                let is_tool = |message: Option<&Message>| matches!(message, Some(Message::Tool { .. }));
                let start = if at > 0 && is_tool(messages.get(at - 1)) { "" } else { "<|im_start|>user" };
                let end = if is_tool(messages.get(at + 1)) { "" } else { "<|im_end|>\n" };
                out.all += &format!("{start}\n<tool_response>\n{content}\n</tool_response>{end}");
            }
            Message::Assistant { .. } => {
                let turn = turn(message, options, thoughts);
                out.all += &format!("<|im_start|>assistant\n{turn}");
                if loss.learned[first + at] {
                    out.learned += &turn;
                }
            }
        }
    }
    out
}

fn turn(message: &Message, options: &Options, thoughts: bool) -> String {
    let Message::Assistant { content, reasoning, tool_calls } = message else { unreachable!("the caller matched it") };
    let reasoning = reasoning.as_deref().filter(|_| options.reasoning == Reasoning::Keep);
    let mut out = match reasoning {
        None if !thoughts => String::new(),
        reasoning => format!("<think>\n{}\n</think>\n\n", reasoning.unwrap_or_default()),
    };
    out += content.as_deref().unwrap_or_default();
    for (at, call) in tool_calls.iter().enumerate() {
        let gap = if at > 0 || content.is_some() { "\n" } else { "" };
        let arguments: Value = serde_json::from_str(&call.arguments).expect("JSON");
        out += &format!("{gap}<tool_call>\n{}\n</tool_call>", python(&json!({"name": call.name, "arguments": arguments})));
    }
    out + "<|im_end|>\n"
}

/// JSON as Python's `json.dumps(…, ensure_ascii=False)` writes it.
fn python(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let members = map.iter().map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), python(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
