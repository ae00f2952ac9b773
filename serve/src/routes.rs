//! The routes of all protocols.

use crate::guard::Rates;
use crate::{Server, listing, nemo, openenv, ors};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;

/// The type of Prometheus' text.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that `server` answers.
pub(crate) fn all(server: &Arc<Server>, rates: &Arc<Rates>) -> Router {
    let own = Router::new().route("/metrics", get(metrics)).with_state(Arc::clone(server));
    let all =
        own.merge(openenv::routes(server, rates)).merge(listing::routes(server)).merge(nemo::routes(server)).merge(ors::routes(server));
    all.layer(DefaultBodyLimit::max(server.options().body_bytes_max))
}

async fn metrics(State(server): State<Arc<Server>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPENMETRICS)], server.metrics().text())
}
