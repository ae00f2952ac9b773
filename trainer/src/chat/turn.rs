//! Where an agent's turn begins and ends, learned from the template itself.

use super::{ChatError, Controls};
use crate::template::{ChatTemplate, Date, RenderOptions};
use serde_json::{Value, json};

/// What stands before and after what the agent writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The text before: `<|im_start|>assistant\n`. It has a control token, so that no message can imitate it.
    pub start: String,
    /// Ids of the control tokens that end it: `<|im_end|>`. They are learned.
    pub ends: Vec<u32>,
    /// Ids of the control tokens that stand around what the user writes and in no turn of the agent.
    pub others: Vec<u32>,
}

/// The agent's words in the probes: a letter that no template begins a turn with.
const WORDS: &str = "Qz";

impl Turn {
    /// Renders small conversations and looks at what surrounds the agent's words.
    pub(super) fn find(template: &ChatTemplate, controls: &Controls) -> Result<Self, ChatError> {
        let user = json!({"role": "user", "content": "a"});
        let agent = json!({"role": "assistant", "content": WORDS});
        let render = |messages: &[Value], prompt: bool| {
            // Any day does: it stands before the first turn.
            let date = Date::try_from("2000-01-01".to_owned()).ok();
            let options = RenderOptions { add_generation_prompt: prompt, date, ..RenderOptions::default() };
            template.render(messages, &[], &options).map(|text| text.text)
        };
        let asked = render(std::slice::from_ref(&user), false)?;
        let prompted = render(std::slice::from_ref(&user), true)?;
        let Some(prompt) = prompted.strip_prefix(&asked) else {
            return Err(ChatError::NoTurn { what: "adding the agent's turn changes what stands before it" });
        };
        let last = render(&[user.clone(), agent.clone()], false)?;
        let earlier = render(&[user.clone(), agent, user.clone(), json!({"role": "assistant", "content": "b"})], false)?;
        let mut start = prompt;
        for text in [&last, &earlier] {
            let Some(rest) = text.strip_prefix(&asked) else {
                return Err(ChatError::NoTurn { what: "the agent's turn changes what stands before it" });
            };
            start = common_prefix(start, rest);
        }
        if controls.find(start).next().is_none() {
            return Err(ChatError::NoTurn { what: "no control token stands before it" });
        }
        let mut ends = Vec::new();
        let after_words = last.find(WORDS).map(|at| &last[at + WORDS.len()..]).unwrap_or_default();
        ends.extend(controls.find(after_words).next().map(|(_, id)| id));
        // A call may end with another token; a template that knows no calls is none the worse.
        let call = json!({"role": "assistant", "content": "", "tool_calls": [
            {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": {}}}]});
        if let Ok(text) = render(&[user, call], false)
            && let Some(written) = text.strip_prefix(&asked).and_then(|rest| rest.strip_prefix(start))
        {
            ends.extend(controls.find(written).last().map(|(_, id)| id).filter(|id| !ends.contains(id)));
        }
        if ends.is_empty() {
            return Err(ChatError::NoTurn { what: "no control token ends it" });
        }
        // What the template writes within a turn of the agent may stand within the user's too (`<|message|>`).
        let within = last.strip_prefix(&asked).and_then(|rest| rest.strip_prefix(start)).unwrap_or_default();
        let own: Vec<u32> = controls.find(within).map(|(_, id)| id).collect();
        let mut others: Vec<u32> = controls.find(&asked).map(|(_, id)| id).filter(|id| !ends.contains(id) && !own.contains(id)).collect();
        others.sort_unstable();
        others.dedup();
        Ok(Self { start: start.to_owned(), ends, others })
    }
}

fn common_prefix<'a>(a: &'a str, b: &str) -> &'a str {
    let end = a.char_indices().zip(b.chars()).find(|((_, x), y)| x != y).map_or_else(|| a.len().min(b.len()), |((at, _), _)| at);
    &a[..end]
}
