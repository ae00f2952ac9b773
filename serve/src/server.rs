//! The server: what it serves, to how many, and on which terms.

use crate::guard::Token;
use crate::{Metrics, Reward, Sessions, Worlds};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Terms of a server. No limit is left to a default of somebody else's.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most sessions at once, of all protocols together.
    pub sessions_max: usize,
    /// A session that no connection stands for is closed after so long without use.
    pub session_idle: Duration,
    /// Most connections at once.
    pub connections_max: usize,
    /// Most bytes of a request, or of a message on a socket.
    pub body_bytes_max: usize,
    /// Most requests a second of one address, messages on sockets included; none: as many as it likes.
    pub rate_max: Option<NonZeroU32>,
    /// Most calls in progress at once; about the number of cores.
    pub workers: usize,
    /// MCP offers the server's own tools: reset, fork, digest, diff and grade.
    pub mcp_extra: bool,
    /// How verdicts become numbers.
    pub reward: Reward,
    /// Who may ask; none: everybody who reaches the port.
    pub tokens: Vec<Token>,
    /// Names under which the server is known beside `localhost` and the loopback addresses, with or without a port.
    pub hosts: Vec<String>,
    /// Origins whose pages may ask, beside those of this machine: `https://example.org`.
    pub origins: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sessions_max: 10_000,
            session_idle: Duration::from_secs(15 * 60),
            connections_max: 10_000,
            body_bytes_max: 4 << 20,
            rate_max: None,
            workers: 2,
            mcp_extra: true,
            reward: Reward::Binary,
            tokens: Vec::new(),
            hosts: Vec::new(),
            origins: Vec::new(),
        }
    }
}

/// One server. Cheap to share.
pub struct Server {
    worlds: Worlds,
    options: Options,
    sessions: Arc<Sessions>,
    metrics: Arc<Metrics>,
    stopping: watch::Sender<bool>,
}

impl Server {
    /// A server of `worlds` on these terms. It does nothing by itself.
    pub fn new(worlds: Worlds, options: Options) -> Arc<Self> {
        let metrics = Arc::new(Metrics::default());
        let sessions = Sessions::new(options.sessions_max, options.session_idle, options.workers, Arc::clone(&metrics));
        Arc::new(Self { worlds, options, sessions, metrics, stopping: watch::Sender::new(false) })
    }

    /// What it serves.
    pub fn worlds(&self) -> &Worlds {
        &self.worlds
    }

    /// Its terms.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Its sessions.
    pub fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    /// Its numbers.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Comes true once the server ends.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }
}
