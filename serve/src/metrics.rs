//! Numbers for Prometheus.

use crate::Protocol;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;
use wardian_format::Outcome;

/// What a server counts.
pub struct Metrics {
    registry: Registry,
    sessions: Family<Door, Gauge>,
    episodes: Family<Door, Counter>,
    calls: Family<Call, Counter>,
    call_seconds: Histogram,
    verdicts: Family<Grade, Counter>,
    refused: Family<Refusal, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Door {
    protocol: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    protocol: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Grade {
    protocol: &'static str,
    passed: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    reason: &'static str,
}

/// Why a request or connection was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No room for a session.
    Sessions,
    /// No room for a connection.
    Connections,
    /// Too many requests in too little time.
    Rate,
    /// No token, or a wrong one.
    Token,
    /// A page of somebody else's site.
    Origin,
    /// More bytes than a request may have.
    Size,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("wardian");
        let (sessions, episodes, calls, verdicts, refused) =
            (Family::default(), Family::default(), Family::default(), Family::default(), Family::default());
        // From 8 µs to 8 s.
        let call_seconds = Histogram::new(exponential_buckets(8e-6, 4.0, 11));
        registry.register("sessions", "Sessions that are open", Family::clone(&sessions));
        registry.register("episodes", "Episodes that began", Family::clone(&episodes));
        registry.register("calls", "Calls of tools, by what they came to", Family::clone(&calls));
        registry.register_with_unit("call", "Time of a call, waiting included", Unit::Seconds, call_seconds.clone());
        registry.register("verdicts", "Episodes that were graded", Family::clone(&verdicts));
        registry.register("refused", "Requests and connections that were turned away", Family::clone(&refused));
        Self { registry, sessions, episodes, calls, call_seconds, verdicts, refused }
    }
}

impl Metrics {
    /// A session came (1) or went (-1).
    pub fn session(&self, protocol: Protocol, change: i64) {
        self.sessions.get_or_create(&Door { protocol: protocol.word() }).inc_by(change);
    }

    /// An episode began.
    pub fn episode(&self, protocol: Protocol) {
        self.episodes.get_or_create(&Door { protocol: protocol.word() }).inc();
    }

    /// A call was made.
    pub fn call(&self, protocol: Protocol, outcome: &Outcome, took: Duration) {
        self.calls.get_or_create(&Call { protocol: protocol.word(), outcome: word(outcome) }).inc();
        self.call_seconds.observe(took.as_secs_f64());
    }

    /// An episode was graded.
    pub fn verdict(&self, protocol: Protocol, passed: bool) {
        let passed = if passed { "true" } else { "false" };
        self.verdicts.get_or_create(&Grade { protocol: protocol.word(), passed }).inc();
    }

    /// Somebody was turned away.
    pub fn refused(&self, why: Refused) {
        let reason = match why {
            Refused::Sessions => "sessions",
            Refused::Connections => "connections",
            Refused::Rate => "rate",
            Refused::Token => "token",
            Refused::Origin => "origin",
            Refused::Size => "size",
        };
        self.refused.get_or_create(&Refusal { reason }).inc();
    }

    /// All of it, in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut out = String::new();
        encode(&mut out, &self.registry).expect("a string takes any text");
        out
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Ok { .. } => "ok",
        Outcome::ToolError { .. } => "tool_error",
        Outcome::InvalidArguments { .. } => "invalid_arguments",
        Outcome::UnknownTool => "unknown_tool",
        Outcome::Trap { .. } => "trap",
        Outcome::Limit { .. } => "limit",
        Outcome::Denied { .. } => "denied",
        Outcome::Malformed { .. } => "malformed",
    }
}
