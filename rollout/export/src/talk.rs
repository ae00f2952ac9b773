//! A trajectory on its way into a form.

use crate::{Loss, Options, Reasoning, Refusal};
use serde_json::{Map, Value};
use wardian_format::trajectory::ToolCall;
use wardian_format::{Message, Trajectory, json};
use wardian_model::ToolDefinition;

/// A trajectory, its tools, and what is learned of it.
pub(crate) struct Talk<'a> {
    pub(crate) trajectory: &'a Trajectory,
    pub(crate) tools: &'a [ToolDefinition],
    pub(crate) options: Options,
    pub(crate) loss: Loss,
}

impl<'a> Talk<'a> {
    /// The messages with their indices.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (usize, &'a Message)> {
        self.trajectory.messages.iter().enumerate()
    }

    /// Reasoning, where it is exported.
    pub(crate) fn reasoning<'b>(&self, reasoning: &'b Option<String>) -> Option<&'b str> {
        reasoning.as_deref().filter(|text| !text.is_empty() && self.options.reasoning == Reasoning::Keep)
    }

    /// The tools in OpenAI's form.
    pub(crate) fn tools(&self) -> Vec<Value> {
        self.tools.iter().map(ToolDefinition::to_openai).collect()
    }

    /// Messages of the agent that are not learned.
    pub(crate) fn masked_count(&self) -> usize {
        self.messages().filter(|(index, message)| matches!(message, Message::Assistant { .. }) && !self.loss.learned[*index]).count()
    }

    /// The first message of the agent that is not learned.
    pub(crate) fn masked(&self) -> Option<usize> {
        self.messages()
            .find(|(index, message)| matches!(message, Message::Assistant { .. }) && !self.loss.learned[*index])
            .map(|(index, _)| index)
    }

    /// How many messages follow the agent's last turn.
    pub(crate) fn tail(&self) -> usize {
        self.trajectory.messages.iter().rev().take_while(|message| !matches!(message, Message::Assistant { .. })).count()
    }

    /// Each call has one answer right after its turn, and each answer a call.
    pub(crate) fn check_answers(&self) -> Result<(), Refusal> {
        // The first message that answers none of the calls so far.
        let mut end = 0;
        for (index, message) in self.messages() {
            match message {
                Message::Assistant { tool_calls, .. } => end = index + 1 + self.answers(index, tool_calls)?.len(),
                Message::Tool { tool_call_id, .. } if index >= end => {
                    return Err(Refusal::Answers { message: index, reason: format!("`{tool_call_id}` is no call of the turn before it") });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The answers that follow message `index`, in the order of its calls. Each call must have one, and none more.
    pub(crate) fn answers(&self, index: usize, calls: &[ToolCall]) -> Result<Vec<&'a str>, Refusal> {
        let mut found: Vec<Option<&str>> = vec![None; calls.len()];
        let after = self.trajectory.messages[index + 1..].iter().enumerate();
        for (offset, message) in after {
            let Message::Tool { tool_call_id, content, .. } = message else { break };
            let wrong = |reason: &str| Refusal::Answers { message: index + 1 + offset, reason: format!("`{tool_call_id}` {reason}") };
            let at = calls.iter().position(|call| call.id == *tool_call_id).ok_or_else(|| wrong("is no call of the turn before it"))?;
            if found[at].replace(content).is_some() {
                return Err(wrong("is answered twice"));
            }
        }
        let missing = |at: usize| Refusal::Answers { message: index, reason: format!("call `{}` has no answer", calls[at].id) };
        found.into_iter().enumerate().map(|(at, answer)| answer.ok_or_else(|| missing(at))).collect()
    }
}

/// The arguments of `call` as an object. Text that says a key twice is refused: half of it would be lost.
pub(crate) fn object(call: &ToolCall) -> Result<Map<String, Value>, Refusal> {
    match json::parse(&call.arguments) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Refusal::Arguments { call: call.id.clone() }),
    }
}

/// Whose a message is.
pub(crate) fn role(message: &Message) -> &'static str {
    match message {
        Message::System { .. } => "system",
        Message::User { .. } => "user",
        Message::Assistant { .. } => "assistant",
        Message::Tool { .. } => "tool",
    }
}
