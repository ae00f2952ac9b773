//! NeMo Gym 0.7: a resources server.
//!
//! Shapes follow the Python package `nemo-gym` 0.7.0 (Apache-2.0). A row of the data set names its task (`task`); the model is told of tools by the
//! row alone, and calls them by path. What an episode is worth is said once, by `/verify`. Since a call of ours always gives the same again, a
//! rollout can be verified without its session, from the calls in its record: the server is `stateless` in that protocol's words.
//!
//! An error on `/seed_session` or `/verify` ends a whole evaluation there, so that what is wrong with one row alone is an answer with status 200
//! that is masked out of the scores.

mod aggregate;
mod calls;
mod seed;
mod verify;

use crate::refusal::Refusal;
use crate::{Protocol, Server, Session};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Request, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// Name of the cookie; its value is the session's id.
const COOKIE: &str = "wardian_session";
/// Most bytes of a body with the record of a rollout, which may have tokens and their probabilities in it.
const RECORD_BYTES_MAX: usize = 256 << 20;

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    server: Arc<Server>,
    known: Arc<seed::Known>,
}

pub(crate) fn routes(server: &Arc<Server>) -> Router {
    let shared = Shared { server: Arc::clone(server), known: Arc::default() };
    let record = axum::extract::DefaultBodyLimit::max(RECORD_BYTES_MAX);
    let inner = Router::new()
        .route("/", get(alive))
        .route("/healthz", get(alive))
        .route("/livez", get(alive))
        .route("/readyz", get(alive))
        .route("/seed_session", post(seed::seed).layer(record))
        .route("/verify", post(verify::verify).layer(record))
        .route("/close_session", post(seed::close))
        .route("/aggregate_metrics", post(aggregate::aggregate).layer(record))
        .route("/reverify_mode", get(reverify_mode))
        .route("/{tool}", post(calls::call))
        .with_state(shared);
    // Where their observability is on, some requests of an episode have the rollout's id before the path and others have not.
    let traced = Router::new().route("/ng-rollout/{rollout}/{*path}", any(traced)).with_state(inner.clone());
    inner.merge(traced)
}

async fn traced(State(inner): State<Router>, Path((rollout, path)): Path<(String, String)>, mut request: Request<Body>) -> Response {
    tracing::debug!(rollout, path, "NeMo Gym");
    let Ok(uri) = format!("/{path}").parse() else { return Refusal::not_found().into_response() };
    *request.uri_mut() = uri;
    inner.oneshot(request).await.unwrap_or_else(|error| match error {})
}

async fn alive() -> axum::Json<Value> {
    axum::Json(json!({"status": "ok"}))
}

async fn reverify_mode() -> axum::Json<Value> {
    axum::Json("stateless".into())
}

/// The session that the cookies of a request stand for. There may be cookies of others.
fn session(server: &Server, headers: &HeaderMap) -> Option<Arc<Session>> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, id) = pairs.find(|(name, _)| *name == COOKIE)?;
    server.sessions().find(Protocol::NemoGym, id)
}

/// The cookie for a session. Other attributes lose it on its way through their agents.
fn cookie(session: &Session) -> String {
    format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", session.id())
}
