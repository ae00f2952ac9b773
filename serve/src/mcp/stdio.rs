//! MCP over standard input and output: one client, one session.

use super::META_VERSION;
use super::handler::Handler;
use crate::{Protocol, Server, World};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{RoleServer, ServiceExt};
use std::future::Future;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// The session could not be held.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StdioError {
    /// There is no room for a session.
    #[error(transparent)]
    Full(#[from] crate::Full),
    /// The protocol broke down.
    #[error("{0}")]
    Protocol(String),
}

impl Server {
    /// Speaks MCP with whoever writes to `input` and reads from `output`, until `input` ends.
    ///
    /// # Errors
    /// When the protocol breaks down.
    pub async fn stdio<R, W>(self: &Arc<Self>, world: &Arc<World>, input: R, output: W) -> Result<(), StdioError>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let own = self.sessions().own(Protocol::Mcp, world)?;
        let lines = AsyncRwTransport::new_server(input, output).with_max_line_length(self.options().body_bytes_max);
        let running = match Handler::new(self, world, Some(own)).serve(Patient { lines, is_open: false }).await {
            Ok(running) => running,
            // Somebody looked whether the server starts, and went away.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(StdioError::Protocol(error.to_string())),
        };
        running.waiting().await.map(drop).map_err(|error| StdioError::Protocol(error.to_string()))
    }
}

/// A transport that keeps notifications back until a request has chosen the era: rmcp would end at them.
struct Patient<T> {
    lines: T,
    is_open: bool,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Patient<T> {
    type Error = T::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleServer>) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.lines.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let message = self.lines.receive().await?;
            if self.is_open {
                return Some(message);
            }
            let Ok(told) = serde_json::to_value(&message) else { continue };
            let method = told["method"].as_str().unwrap_or_default();
            let names_version = told["params"]["_meta"].get(META_VERSION).is_some();
            self.is_open = method == "initialize" || (names_version && method != "server/discover");
            if told.get("id").is_some() && !method.is_empty() {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.lines.close().await
    }
}
