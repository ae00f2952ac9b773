//! Language models behind one trait. Scripted agents and users implement it too, so that everything that
//! plays an episode goes through the interface that a real endpoint uses.
//!
//! What it is not: it knows no environment and no task. The client for OpenAI-compatible endpoints comes with
//! issue 8.
//! May depend on: `wardian-format`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;

/// A request for one turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The dialogue so far, oldest first.
    pub messages: Vec<Message>,
    /// The tools on offer.
    pub tools: Vec<ToolDefinition>,
}

/// A tool as a chat API is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// For the model.
    pub description: String,
    /// JSON Schema of the arguments.
    pub parameters: Value,
}

/// One turn of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatReply {
    /// Text, if any.
    pub content: Option<String>,
    /// Reasoning, if the endpoint returns it apart.
    pub reasoning: Option<String>,
    /// Calls, in order.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens, where the endpoint counts them.
    pub usage: Option<Usage>,
}

/// Tokens of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
}

/// Why a model gave no turn. Never scored as the agent's fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The endpoint failed after all retries, or the script cannot go on.
    #[error("{0}")]
    Failed(String),
}

/// A boxed future, so that the trait can be used as an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers a chat.
pub trait ChatModel: Send + Sync {
    /// For records: `openai:gpt-…`, `scripted:plan`.
    fn name(&self) -> &str;

    /// The next turn.
    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>>;
}

/// OpenAI's form of a tool: `{"type": "function", "function": {name, description, parameters}}`.
impl ToolDefinition {
    /// The tool in OpenAI's form.
    pub fn to_openai(&self) -> Value {
        serde_json::json!({"type": "function", "function": {"name": self.name, "description": self.description, "parameters": self.parameters}})
    }
}
