//! The client as a model.

use crate::clock::{Clock, TokioClock};
use crate::endpoint::{Endpoint, EndpointError, Sampling, below};
use crate::send::{Fault, Received, Sender};
use crate::spent::Spent;
use crate::wire;
use serde_json::Value;
use std::sync::Arc;
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};

/// A client of one endpoint. Clones share its connections, its bounds and its budget.
#[derive(Clone)]
pub struct Client {
    pub(crate) sender: Arc<Sender>,
    sampling: Sampling,
    name: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.sender.endpoint).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of `endpoint`. Nothing is sent yet. To be called, and used, inside of a tokio runtime.
    ///
    /// # Errors
    /// Where the endpoint cannot be asked as it is described.
    pub fn new(endpoint: Endpoint) -> Result<Self, EndpointError> {
        Self::with_clock(endpoint, Arc::new(TokioClock::start()))
    }

    /// A client that waits on `clock` between tries. The time of one try is the HTTP library's.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_clock(endpoint: Endpoint, clock: Arc<dyn Clock>) -> Result<Self, EndpointError> {
        let (sampling, name) = (endpoint.sampling.clone(), format!("openai:{}", endpoint.model));
        Ok(Self { sender: Arc::new(Sender::new(endpoint, clock)?), sampling, name })
    }

    /// The same client with another sampling, for another role or another trial.
    ///
    /// # Errors
    /// Where the extra parameters replace what is not theirs.
    pub fn with_sampling(&self, sampling: Sampling) -> Result<Self, EndpointError> {
        sampling.check()?;
        Ok(Self { sampling, ..self.clone() })
    }

    /// How answers are sampled.
    pub fn sampling(&self) -> &Sampling {
        &self.sampling
    }

    /// What was spent so far, by all clones.
    pub fn spent(&self) -> Spent {
        self.sender.account.spent()
    }

    async fn turn(&self, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        let sender = &self.sender;
        let body = wire::body(&sender.endpoint, &self.sampling, request).to_string().into_bytes();
        let read = |received: Received| {
            let answer = sender.json(&received)?;
            sender.account.answer(wire::usage(&answer["usage"]), body.len(), received.body.len());
            wire::reply(&answer, &request.messages).map_err(|reason| {
                let said = sender.shown(&String::from_utf8_lossy(&received.body));
                Fault::Final(ModelError::Malformed { reason, said })
            })
        };
        sender.send(&below(&sender.base, "chat/completions"), &body, read).await
    }
}

impl ChatModel for Client {
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self) -> Value {
        self.sender.endpoint.parameters(&self.sampling)
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        Box::pin(self.turn(request))
    }
}
