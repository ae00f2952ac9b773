//! The oracle: an agent that makes the gold calls of its task as they are, asks the user for the user's own, and tells the facts.
//! It shows that a task can be passed; it is no measure of anything else.

use crate::episode::{Part, Player};
use std::sync::Arc;
use wardian_format::pack::Role;
use wardian_format::trajectory::ToolCall;
use wardian_format::{Message, Task};
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};

/// What the oracle is called.
pub(super) const NAME: &str = "scripted:gold";

/// One gold call.
struct Step {
    tool: String,
    arguments: String,
    is_the_users: bool,
}

struct GoldAgent {
    steps: Vec<Step>,
    facts: Vec<String>,
    /// Calls a tool that is not there before its first call.
    errs: bool,
}

/// The oracle as a player.
pub(super) fn player() -> Player {
    Player::new(NAME, |part| agent(part, false))
}

/// The oracle in this part; where it `errs`, with a mistake that it sees and puts right.
pub(super) fn agent(part: &Part<'_>, errs: bool) -> Arc<dyn ChatModel> {
    Arc::new(GoldAgent { errs, ..GoldAgent::new(part) })
}

/// What the oracle says to have the user make its next call.
pub(super) fn please(tool: &str) -> String {
    format!("Please use `{tool}` now and tell me what you see.")
}

/// The user's own calls among the gold calls of `task`, in order: tool and arguments.
pub(super) fn calls_of_user(part: &Part<'_>) -> Vec<(String, String)> {
    steps(part).into_iter().filter(|step| step.is_the_users).map(|step| (step.tool, step.arguments)).collect()
}

fn steps(part: &Part<'_>) -> Vec<Step> {
    let Task { gold, .. } = part.task;
    let is_the_users = |tool: &str| part.manifest.tool(tool).is_some_and(|tool| tool.role == Role::User);
    let step = |call: &wardian_format::task::GoldCall| Step {
        tool: call.tool.clone(),
        arguments: call.arguments.to_string(),
        is_the_users: is_the_users(&call.tool),
    };
    gold.iter().map(step).collect()
}

impl GoldAgent {
    fn new(part: &Part<'_>) -> Self {
        Self { steps: steps(part), facts: part.task.facts.iter().map(|fact| fact.value.clone()).collect(), errs: false }
    }

    fn turn(&self, messages: &[Message]) -> ChatReply {
        let (mut made, mut asked) = (0, 0);
        for message in messages {
            if let Message::Assistant { content, tool_calls, .. } = message {
                made += tool_calls.len();
                asked += usize::from(content.as_ref().is_some_and(|text| text.starts_with("Please use `")));
            }
        }
        let mistakes = usize::from(self.errs && made > 0);
        let first = made == 0;
        made -= mistakes;
        let (mut agents, mut users) = (0, 0);
        for step in &self.steps {
            if step.is_the_users {
                users += 1;
                if users > asked {
                    return text(please(&step.tool));
                }
            } else {
                agents += 1;
                if agents > made {
                    let name = if self.errs && first { format!("{}_now", step.tool) } else { step.tool.clone() };
                    let call = ToolCall { id: format!("call_{}", made + mistakes + 1), name, arguments: step.arguments.clone() };
                    return ChatReply { tool_calls: vec![call], ..ChatReply::default() };
                }
            }
        }
        let facts = if self.facts.is_empty() { String::new() } else { format!("For the record: {}. ", self.facts.join("; ")) };
        text(format!("{facts}That is done. Is there anything else I can do for you?"))
    }
}

impl ChatModel for GoldAgent {
    fn name(&self) -> &str {
        NAME
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        Box::pin(std::future::ready(Ok(self.turn(&request.messages))))
    }
}

fn text(content: String) -> ChatReply {
    ChatReply { content: Some(content), ..ChatReply::default() }
}
