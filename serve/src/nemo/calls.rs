//! `POST /TOOL`: a call. What comes back is shown to the model as it is, whatever the status.

use super::{Shared, session};
use crate::{EpisodeError, Protocol, Server, Session, WorkError};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::time::Instant;
use wardian_format::outcome::ToolErrorCode;
use wardian_format::{CallRecord, Outcome};

pub(super) async fn call(State(shared): State<Shared>, Path(tool): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(session) = session(&shared.server, &headers) else {
        return answer(StatusCode::BAD_REQUEST, &error("no_session", "there is no session: `/seed_session` begins one"));
    };
    // A model that writes `null` sends nothing.
    let arguments = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice::<Value>(&body) };
    let Ok(arguments) = arguments else {
        return answer(StatusCode::UNPROCESSABLE_ENTITY, &error("invalid_arguments", "the arguments are no JSON"));
    };
    match made(&shared.server, &session, tool, arguments).await {
        Ok(Some(record)) => answer(status(&record.outcome), &record.observation()),
        Ok(None) => answer(StatusCode::CONFLICT, &error("over", "the episode is over: no further call is made")),
        Err(error_) => {
            tracing::error!(error = %error_, "a call failed");
            answer(StatusCode::INTERNAL_SERVER_ERROR, &error("server", "the server failed within this call"))
        }
    }
}

/// Makes the call; none where the episode is over.
async fn made(server: &Server, session: &Arc<Session>, tool: String, arguments: Value) -> Result<Option<CallRecord>, WorkError> {
    let (began, metrics) = (Instant::now(), Arc::clone(server.metrics()));
    let work = session.work(move |_, place| -> Result<Option<CallRecord>, EpisodeError> {
        let Some(episode) = place.as_mut().filter(|episode| !episode.is_over()) else { return Ok(None) };
        let called = episode.call(&tool, &arguments)?;
        metrics.call(Protocol::NemoGym, &called.record.outcome, began.elapsed());
        Ok(Some(called.record))
    });
    work.await
}

fn error(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The status that says of a failure what its class says.
fn status(outcome: &Outcome) -> StatusCode {
    match outcome {
        Outcome::Ok { .. } => StatusCode::OK,
        Outcome::UnknownTool | Outcome::ToolError { code: ToolErrorCode::NotFound, .. } => StatusCode::NOT_FOUND,
        Outcome::InvalidArguments { .. } | Outcome::ToolError { code: ToolErrorCode::Invalid, .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Outcome::ToolError { code: ToolErrorCode::Conflict, .. } => StatusCode::CONFLICT,
        Outcome::ToolError { code: ToolErrorCode::Forbidden, .. } => StatusCode::FORBIDDEN,
        Outcome::ToolError { code: ToolErrorCode::Other, .. } => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
