//! The conversation as one text, with what the template wrote as a control token and what the agent wrote.

use super::controls::Which;
use super::{ChatError, ChatTokenizer, Turn};
use crate::conversation::Conversation;
use crate::template::{RenderOptions, Text, reserved};
use serde_json::Value;
use std::ops::Range;

/// A rendered conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text that transformers renders.
    pub text: String,
    /// Control tokens that the template wrote, from left to right: byte range of `text`, and id.
    pub controls: Vec<(Range<usize>, u32)>,
    /// Byte ranges that look like control tokens and are words of a message, from left to right.
    pub mentions: Vec<Range<usize>>,
    /// What the agent wrote, from left to right, end-of-turn tokens included.
    pub turns: Vec<AgentTurn>,
}

/// What the agent wrote in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentTurn {
    /// Byte range of the text.
    pub range: Range<usize>,
    /// Whether it is learned.
    pub learned: bool,
}

/// The conversation is rendered as it is. Where a message mentions a control token, it is rendered again with stand-ins for those, and both
/// must be the same text: only this tells tokens of the template from words of a message.
pub(super) fn render(chat: &ChatTokenizer, conversation: &Conversation, options: &RenderOptions) -> Result<Rendered, ChatError> {
    let texts = || strings(&conversation.messages).chain(strings(&conversation.tools));
    if texts().any(reserved) {
        return Err(crate::template::TemplateError::Reserved.into());
    }
    let mut options = options.clone();
    options.variables.extend(conversation.variables.clone());
    let whole = chat.template.render(&conversation.messages, &conversation.tools, &options)?;
    let (rendered, ends) = if texts().any(|text| chat.controls.mentioned(text)) {
        apart(chat, conversation, &options, &whole)?
    } else {
        read(chat, &whole, None)
    };
    let ranges =
        if chat.template.has_generation_blocks() { whole.generated } else { turns(chat, &rendered, &ends, options.add_generation_prompt)? };
    Ok(Rendered { turns: learned(conversation, ranges)?, ..rendered })
}

/// What [`read`] gives with words kept apart from control tokens. An agent writes tags such as `<think>` as tokens, so only special tokens are words
/// there; and everywhere, where the template looks for tags in messages.
fn apart(
    chat: &ChatTokenizer,
    conversation: &Conversation,
    options: &RenderOptions,
    whole: &Text,
) -> Result<(Rendered, Vec<usize>), ChatError> {
    let plane = chat.controls.free_plane(strings(&conversation.messages).chain(strings(&conversation.tools)))?;
    for which in [Which::All, Which::Special] {
        let stand_in = |value: &Value, which: Which| map(value, &|text| chat.controls.stand_in(text, plane, which));
        let message = |message: &Value| stand_in(message, if message["role"] == "assistant" { Which::Special } else { which });
        let messages: Vec<Value> = conversation.messages.iter().map(message).collect();
        let tools: Vec<Value> = conversation.tools.iter().map(|tool| stand_in(tool, which)).collect();
        let Ok(marked) = chat.template.render(&messages, &tools, options) else { continue };
        let (rendered, ends) = read(chat, &marked, Some(plane));
        if rendered.text == whole.text {
            return Ok((rendered, ends));
        }
    }
    Err(ChatError::Mentions)
}

/// The text without stand-ins, its control tokens, and the ends of those among them that end a turn.
fn read(chat: &ChatTokenizer, marked: &Text, plane: Option<u32>) -> (Rendered, Vec<usize>) {
    let mut out =
        Rendered { text: String::with_capacity(marked.text.len()), controls: Vec::new(), mentions: Vec::new(), turns: Vec::new() };
    let mut ends = Vec::new();
    let mut at = 0;
    let copy = |text: &str, out: &mut Rendered| match plane {
        None => out.text.push_str(text),
        Some(plane) => {
            for c in text.chars() {
                match chat.controls.stands_for(c, plane) {
                    Some(text) => {
                        out.mentions.push(out.text.len()..out.text.len() + text.len());
                        out.text.push_str(text);
                    }
                    None => out.text.push(c),
                }
            }
        }
    };
    for (range, id) in chat.controls.find(&marked.text) {
        copy(&marked.text[at..range.start], &mut out);
        let start = out.text.len();
        out.text.push_str(&marked.text[range.clone()]);
        out.controls.push((start..out.text.len(), id));
        if chat.turn.as_ref().is_some_and(|turn| turn.ends.contains(&id)) {
            ends.push(out.text.len());
        }
        at = range.end;
    }
    copy(&marked.text[at..], &mut out);
    (out, ends)
}

/// Byte ranges from the end of each start of a turn to the next token that ends one. A prompt begins a turn that nobody has written.
fn turns(chat: &ChatTokenizer, rendered: &Rendered, ends: &[usize], prompt: bool) -> Result<Vec<Range<usize>>, ChatError> {
    let turn = chat.turn.as_ref().ok_or(ChatError::NoTurn { what: "the template has none" })?;
    let (lead, lead_id) = chat.controls.find(&turn.start).next().expect("checked when the turn was found");
    let mut out: Vec<Range<usize>> = Vec::new();
    for (range, id) in &rendered.controls {
        let Some(begin) = range.start.checked_sub(lead.start).filter(|_| *id == lead_id) else { continue };
        let inside = out.last().is_some_and(|last| begin < last.end);
        if inside || !rendered.text.get(begin..).is_some_and(|rest| rest.starts_with(&turn.start)) {
            continue;
        }
        let start = begin + turn.start.len();
        match ends.iter().find(|end| **end > start) {
            // Otherwise the end is another turn's, and its words would be learned.
            Some(end) if !others(rendered, turn, start..*end) => out.push(start..*end),
            Some(_) => return Err(ChatError::OpenTurn { index: out.len() }),
            None if prompt => break,
            None => return Err(ChatError::OpenTurn { index: out.len() }),
        }
    }
    Ok(out)
}

/// Whether a turn of somebody else begins in `range`.
fn others(rendered: &Rendered, turn: &Turn, range: Range<usize>) -> bool {
    let first = rendered.controls.partition_point(|(control, _)| control.start < range.start);
    rendered.controls[first..].iter().take_while(|(control, _)| control.end <= range.end).any(|(_, id)| turn.others.contains(id))
}

/// The ranges belong to the agent's messages, one to one.
fn learned(conversation: &Conversation, ranges: Vec<Range<usize>>) -> Result<Vec<AgentTurn>, ChatError> {
    let messages: Vec<usize> = conversation.agent_messages().collect();
    if messages.len() != ranges.len() {
        return Err(ChatError::Turns { messages: messages.len(), turns: ranges.len() });
    }
    let one = |(range, message): (Range<usize>, usize)| AgentTurn { range, learned: conversation.learned[message] };
    Ok(ranges.into_iter().zip(messages).map(one).collect())
}

/// All texts in `values`, keys included.
fn strings(values: &[Value]) -> impl Iterator<Item = &str> + Clone {
    let mut out = Vec::new();
    let mut open: Vec<&Value> = values.iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => out.push(text.as_str()),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                out.extend(members.keys().map(String::as_str));
                open.extend(members.values());
            }
            _ => {}
        }
    }
    out.into_iter()
}

/// `value` with every text, keys included, as `change` makes it.
fn map(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| map(item, change)).collect()),
        Value::Object(members) => Value::Object(members.iter().map(|(key, value)| (change(key), map(value, change))).collect()),
        other => other.clone(),
    }
}
