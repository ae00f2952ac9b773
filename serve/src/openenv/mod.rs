//! OpenEnv 0.10: sockets that stand for sessions, and the HTTP routes beside them.
//!
//! Shapes follow the Python package `openenv` 0.10.0 (BSD-3-Clause), the frames and errors as its own server sends them. The whole reward comes with
//! the last step and all others have 0: some trainers add the rewards up, some take the last, and the validator wants a number in each.

mod action;
mod http;
mod rpc;
mod schema;
mod socket;
mod wire;

pub(crate) use rpc::over_http;
pub(crate) use wire::Complaint;

use crate::guard::Rates;
use crate::{Server, World};
use axum::Router;
use axum::routing::{any, get, post};
use std::sync::Arc;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) server: Arc<Server>,
    pub(crate) rates: Arc<Rates>,
}

impl Shared {
    pub(crate) fn new(server: &Arc<Server>, rates: &Arc<Rates>) -> Self {
        Self { server: Arc::clone(server), rates: Arc::clone(rates) }
    }

    /// The world of a path: the first one where the path names none.
    fn world(&self, name: Option<&str>) -> Option<Arc<World>> {
        match name {
            None => Some(Arc::clone(self.server.worlds().first())),
            Some(name) => self.server.worlds().find(name).cloned(),
        }
    }
}

pub(crate) fn routes(shared: Shared) -> Router {
    let of_world = |prefix: &str| {
        Router::new()
            .route(&format!("{prefix}/ws"), any(socket::upgrade))
            .route(&format!("{prefix}/reset"), post(http::reset))
            .route(&format!("{prefix}/step"), post(http::step))
            .route(&format!("{prefix}/state"), get(http::state))
            .route(&format!("{prefix}/health"), get(http::health))
            .route(&format!("{prefix}/metadata"), get(http::metadata))
            .route(&format!("{prefix}/schema"), get(http::schema))
            .route(&format!("{prefix}/openapi.json"), get(http::openapi))
            .route(&format!("{prefix}/list_environments"), get(http::list_environments))
    };
    of_world("").merge(of_world("/{world}")).with_state(shared)
}
