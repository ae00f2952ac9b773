//! The routes of all protocols.

use crate::guard::Rates;
use crate::listing::Named;
use crate::refusal::Refusal;
use crate::{Server, World, listing, mcp, nemo, openenv, ors};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use std::sync::Arc;

/// The type of Prometheus' text.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that `server` answers.
pub(crate) fn all(server: &Arc<Server>, rates: &Arc<Rates>) -> Router {
    let shared = openenv::Shared::new(server, rates);
    let own = Router::new().route("/metrics", get(metrics)).with_state(Arc::clone(server));
    let mcp = Router::new().route("/mcp", any(mcp)).route("/{world}/mcp", any(mcp)).with_state((shared.clone(), mcp::Doors::new(server)));
    let all =
        own.merge(mcp).merge(openenv::routes(shared)).merge(listing::routes(server)).merge(nemo::routes(server)).merge(ors::routes(server));
    all.layer(DefaultBodyLimit::max(server.options().body_bytes_max))
}

async fn metrics(State(server): State<Arc<Server>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPENMETRICS)], server.metrics().text())
}

/// `/mcp` is MCP's for clients that accept streams of events, and OpenEnv's own JSON-RPC for others.
async fn mcp(State((shared, doors)): State<(openenv::Shared, mcp::Doors)>, path: Named, request: Request) -> Response {
    let server = &shared.server;
    let world: Arc<World> = match path.as_deref() {
        None => Arc::clone(server.worlds().first()),
        Some(name) => match server.worlds().find(name) {
            Some(world) => Arc::clone(world),
            None => return Refusal::not_found().into_response(),
        },
    };
    match *request.method() {
        Method::POST => {}
        Method::DELETE => return mcp::delete(server, request.headers()),
        _ => return mcp::get(),
    }
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let body = match axum::body::Bytes::from_request(Request::from_parts(parts, body), &()).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    if mcp::is_meant(&head.headers) {
        return mcp::post(server, &doors, &world, head, body).await;
    }
    Json(openenv::over_http(&shared, &world, &body).await).into_response()
}
