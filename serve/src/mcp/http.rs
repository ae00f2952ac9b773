//! MCP over HTTP: which era a request is of, and whose session.

use super::handler::{Handler, Held};
use super::{META_VERSION, STATELESS};
use crate::refusal::Refusal;
use crate::{Full, Protocol, Refused, Server, Session, World};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt;

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";

const PARSE: i64 = -32700;
const INVALID: i64 = -32600;
const NO_METHOD: i64 = -32601;
const NO_SESSION: i64 = -32001;
const INTERNAL: i64 = -32603;

type Door = StreamableHttpService<Handler, NeverSessionManager>;

/// What answers for each world.
#[derive(Clone)]
pub(crate) struct Doors(Arc<BTreeMap<String, Door>>);

impl Doors {
    /// Doors to all worlds of `server`.
    pub(crate) fn new(server: &Arc<Server>) -> Self {
        let door = |world: &Arc<World>| (world.name().to_owned(), door(server, world));
        Self(Arc::new(server.worlds().iter().map(door).collect()))
    }
}

fn door(server: &Arc<Server>, world: &Arc<World>) -> Door {
    // Who may ask is decided before; sessions are ours.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_sse_retry(None)
        .with_max_request_body_bytes(server.options().body_bytes_max);
    let handler = Handler::new(server, world, None);
    StreamableHttpService::new(move || Ok(handler.clone()), Arc::new(NeverSessionManager::default()), config)
}

/// True for clients of MCP, which accept streams of events; other clients of the same path do not.
pub(crate) fn is_meant(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/event-stream"))
}

/// An answer without a request to answer to.
fn refused(status: StatusCode, code: i64, message: &str) -> Response {
    let body = json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": message}});
    (status, axum::Json(body)).into_response()
}

fn session_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION).and_then(|value| value.to_str().ok())
}

/// Answers one message.
pub(crate) async fn post(server: &Arc<Server>, doors: &Doors, world: &Arc<World>, mut parts: Parts, body: axum::body::Bytes) -> Response {
    let message: Value = match serde_json::from_slice(&body) {
        Ok(message @ Value::Object(_)) => message,
        Ok(_) => return refused(StatusCode::BAD_REQUEST, INVALID, "a message is one JSON object"),
        Err(error) => return refused(StatusCode::BAD_REQUEST, PARSE, &format!("the message is no JSON: {error}")),
    };
    if message["method"] == "initialize" && message["params"]["_meta"][META_VERSION].as_str().is_some_and(is_new) {
        return refused(StatusCode::NOT_FOUND, NO_METHOD, "there is no `initialize` in this version");
    }
    let mut opened = None;
    if !is_stateless(&parts.headers, &message) {
        let session = match (session_of(&parts.headers), message["method"] == "initialize") {
            (_, true) => match server.sessions().open(Protocol::Mcp, world) {
                Ok(session) => opened.insert(session).clone(),
                Err(full) => return self::full(server, full),
            },
            (None, false) => return refused(StatusCode::BAD_REQUEST, INVALID, "`Mcp-Session-Id` is missing"),
            (Some(id), false) => match server.sessions().find(Protocol::Mcp, id) {
                Some(session) if session.world().name() == world.name() => session,
                _ => return refused(StatusCode::NOT_FOUND, NO_SESSION, "Session not found"),
            },
        };
        parts.extensions.insert(Held(session));
    }
    parts.headers.remove(SESSION);
    let door = doors.0[world.name()].clone();
    let answered = door.oneshot(Request::from_parts(parts, Body::from(body))).await;
    let mut response = answered.unwrap_or_else(|error| match error {}).map(Body::new);
    if let Some(session) = opened {
        settle(server, &session, &mut response);
    }
    response
}

/// Tells a client of its new session, or forgets that where there was no agreement.
fn settle(server: &Server, session: &Session, response: &mut Response) {
    match HeaderValue::from_str(session.id()) {
        Ok(id) if response.status().is_success() => drop(response.headers_mut().insert(SESSION, id)),
        _ => drop(server.sessions().close(Protocol::Mcp, session.id())),
    }
}

fn full(server: &Server, full: Full) -> Response {
    server.metrics().refused(Refused::Sessions);
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, INTERNAL, &full.to_string());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// True for requests of the era without sessions. `initialize` is always of the other.
fn is_stateless(headers: &HeaderMap, message: &Value) -> bool {
    let named = headers.get(VERSION).and_then(|value| value.to_str().ok());
    let meant = message["params"]["_meta"][META_VERSION].as_str();
    message["method"] != "initialize" && (named.is_some_and(is_new) || meant.is_some_and(is_new))
}

fn is_new(version: &str) -> bool {
    version >= STATELESS
}

/// There are no messages of the server's own, and so no stream for them.
pub(crate) fn get() -> Response {
    let mut response = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "there is no stream of messages here").into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, DELETE"));
    response
}

/// Ends a session.
pub(crate) fn delete(server: &Server, headers: &HeaderMap) -> Response {
    match session_of(headers) {
        None => refused(StatusCode::BAD_REQUEST, INVALID, "`Mcp-Session-Id` is missing"),
        Some(id) if server.sessions().close(Protocol::Mcp, id) => StatusCode::NO_CONTENT.into_response(),
        Some(_) => refused(StatusCode::NOT_FOUND, NO_SESSION, "Session not found"),
    }
}
