//! ORS, the Open Reward Standard: sessions in a header, calls that answer by streams of events, rewards in the answers.
//!
//! Shapes follow the Python packages `openreward` 0.1.167 (MIT) and `ors-sdk` 0.1.0 (Apache-2.0) where the written specification
//! (openrewardstandard.io) says otherwise: both clients want `/create_session` to be a stream, and all members of an answer to be there. The session
//! decides what is played; the path of a request with a session says nothing.

mod calls;
mod session;
mod stream;

use crate::Server;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use std::sync::Arc;

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    server: Arc<Server>,
    calls: Arc<calls::Calls>,
}

pub(crate) fn routes(server: &Arc<Server>) -> Router {
    let of_world = |prefix: &str| {
        Router::new()
            .route(&format!("{prefix}/tools"), get(session::tools))
            .route(&format!("{prefix}/task_tools"), get(session::task_tools))
            .route(&format!("{prefix}/prompt"), get(session::prompt))
            .route(&format!("{prefix}/messages"), get(session::messages))
            .route(&format!("{prefix}/call"), post(calls::call))
    };
    let sessions = Router::new()
        .route("/version", get(|| async { Json(json!({"version": env!("CARGO_PKG_VERSION"), "build_sha": null})) }))
        .route("/create_session", post(session::create_session))
        .route("/create", post(session::create))
        .route("/ping", post(session::ping))
        .route("/delete", post(session::delete))
        .route("/delete_session", post(session::delete_session));
    let shared = Shared { server: Arc::clone(server), calls: Arc::default() };
    of_world("").merge(of_world("/{world}")).merge(sessions).with_state(shared)
}
