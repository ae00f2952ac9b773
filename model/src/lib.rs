//! Language models behind one trait. Scripted agents and users implement it too, so that everything that
//! plays an episode goes through the interface that a real endpoint uses.
//!
//! What it is not: it knows no environment and no task, and opens no socket. The client for OpenAI-compatible endpoints, and the
//! cache of answers, are in `wardian-openai`.
//! May depend on: `wardian-format`.

mod error;

pub use error::ModelError;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;

/// A request for one turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The dialogue so far, oldest first.
    pub messages: Vec<Message>,
    /// The tools on offer: the same ones turn after turn, so they are shared.
    #[serde(with = "shared")]
    pub tools: Arc<[ToolDefinition]>,
    /// The form that the text of the answer must have.
    #[serde(default, skip_serializing_if = "ReplyForm::is_free")]
    pub form: ReplyForm,
}

/// Shared tools are written as any others.
mod shared {
    use super::{Arc, ToolDefinition};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(tools: &Arc<[ToolDefinition]>, to: S) -> Result<S::Ok, S::Error> {
        tools.as_ref().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[ToolDefinition]>, D::Error> {
        Vec::deserialize(from).map(Into::into)
    }
}

/// The form of an answer's text. An endpoint may not be able to enforce it, so the reader checks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReplyForm {
    /// Any text.
    #[default]
    Free,
    /// One JSON object.
    Json,
    /// A JSON value that fits a schema. To be enforceable everywhere, all objects of the schema have `additionalProperties: false` and
    /// require all their properties.
    Schema {
        /// `[A-Za-z0-9_-]{1,64}`.
        name: String,
        /// JSON Schema.
        schema: Value,
    },
}

impl ReplyForm {
    /// True where any text will do.
    pub fn is_free(&self) -> bool {
        *self == Self::Free
    }
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
    /// Why the turn ended, where the endpoint says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<Finish>,
}

/// Why a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model was done.
    Stop,
    /// The limit on tokens cut it off.
    Length,
    /// It wants tools to be called.
    ToolCalls,
    /// A filter of the endpoint cut it off.
    Filtered,
    /// Anything else.
    Other,
}

/// Tokens of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
}

/// A boxed future, so that the trait can be used as an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that answers a chat.
pub trait ChatModel: Send + Sync {
    /// For records: `openai:gpt-…`, `scripted:plan`.
    fn name(&self) -> &str;

    /// What besides its name and the request decides an answer, such as the temperature. For the cache of answers.
    fn parameters(&self) -> Value {
        Value::Null
    }

    /// The next turn.
    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>>;
}

impl<M: ChatModel + ?Sized> ChatModel for Arc<M> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn parameters(&self) -> Value {
        (**self).parameters()
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        (**self).chat(request)
    }
}

/// OpenAI's form of a tool: `{"type": "function", "function": {name, description, parameters}}`.
impl ToolDefinition {
    /// The tool in OpenAI's form.
    pub fn to_openai(&self) -> Value {
        serde_json::json!({"type": "function", "function": {"name": self.name, "description": self.description, "parameters": self.parameters}})
    }
}
