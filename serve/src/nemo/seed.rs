//! `/seed_session` and `/close_session`.

use super::{Shared, cookie, session};
use crate::refusal::Refusal;
use crate::{Begin, Episode, EpisodeError, Protocol, Refused, Session, World};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use wardian_format::Task;

/// Sessions with ids of their clients' that are remembered, closed ones among them.
const KNOWN_MAX: usize = 100_000;

/// Sessions by the ids that environment servers give them. A closed one is remembered, for a late seed must not open it again.
#[derive(Default)]
pub(super) struct Known(Mutex<(BTreeMap<String, Place>, VecDeque<String>)>);

#[derive(Clone)]
enum Place {
    Open { episode: Value, session: String },
    Closed,
}

impl Known {
    fn get(&self, id: &str) -> Option<Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.get(id).cloned()
    }

    fn set(&self, id: &str, place: Place) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0.insert(id.to_owned(), place).is_none() {
            known.1.push_back(id.to_owned());
        }
        while known.1.len() > KNOWN_MAX {
            let oldest = known.1.pop_front();
            oldest.into_iter().for_each(|id| drop(known.0.remove(&id)));
        }
    }
}

/// The task that a row names: as `task`, there or in one of the members where rows have what is the verifier's.
pub(super) fn task<'a>(shared: &'a Shared, row: &Value) -> Option<(&'a Arc<World>, &'a Arc<Task>)> {
    let places = [row, &row["verifier_metadata"], &row["task_data"]];
    let id = places.into_iter().find_map(|place| place.get("task").and_then(Value::as_str))?;
    shared.server.worlds().task(id)
}

pub(super) async fn seed(State(shared): State<Shared>, headers: HeaderMap, Json(row): Json<Value>) -> Result<Response, Refusal> {
    if let Some(id) = row.get("resources_session_id").and_then(Value::as_str) {
        return typed(&shared, id, &row).await;
    }
    // Whoever seeds anew has done with the old.
    if let Some(old) = session(&shared.server, &headers) {
        shared.server.sessions().close(Protocol::NemoGym, old.id());
    }
    let session = begun(&shared, &row).await?;
    Ok(([(header::SET_COOKIE, cookie(&session))], Json(Map::new())).into_response())
}

async fn typed(shared: &Shared, id: &str, row: &Value) -> Result<Response, Refusal> {
    let conflict = |words: &str| Err(Refusal::new(StatusCode::CONFLICT, words));
    let session = match shared.known.get(id) {
        Some(Place::Closed) => return conflict("this session was closed"),
        Some(Place::Open { episode, .. }) if episode != row["episode_id"] => return conflict("this session is another episode's"),
        Some(Place::Open { session, .. }) => match shared.server.sessions().find(Protocol::NemoGym, &session) {
            Some(session) => session,
            None => return conflict("this session has expired"),
        },
        None => {
            let session = begun(shared, row).await?;
            shared.known.set(id, Place::Open { episode: row["episode_id"].clone(), session: session.id().to_owned() });
            session
        }
    };
    let body = json!({"resources_session_id": id, "resources_tools": null, "sandbox_access": null});
    Ok(([(header::SET_COOKIE, cookie(&session))], Json(body)).into_response())
}

/// A session for `row`. Where that names no task there is nothing to grade, and where its episode cannot begin there is none: `/verify` says so.
async fn begun(shared: &Shared, row: &Value) -> Result<Arc<Session>, Refusal> {
    let named = task(shared, row);
    let (world, task) = match named {
        Some((world, task)) => (world, Some(Arc::clone(task))),
        None => (shared.server.worlds().first(), None),
    };
    let full = |full: crate::Full| {
        shared.server.metrics().refused(Refused::Sessions);
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, full.to_string())
    };
    let session = shared.server.sessions().open(Protocol::NemoGym, world).map_err(full)?;
    let begin = Begin { task, ..Begin::default() };
    let begun = session.work(move |world, place| -> Result<(), EpisodeError> {
        *place = Some(Episode::begin(world, begin)?);
        Ok(())
    });
    match begun.await {
        Ok(()) => shared.server.metrics().episode(Protocol::NemoGym),
        Err(error) => tracing::error!(%error, "an episode did not begin"),
    }
    Ok(session)
}

/// Closes a session, also one that was never opened, or was closed before.
pub(super) async fn close(State(shared): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Result<Json<Value>, Refusal> {
    let id = body.get("resources_session_id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Refusal::bad("`resources_session_id` is missing"))?;
    if let Some(Place::Open { session, .. }) = shared.known.get(id) {
        shared.server.sessions().close(Protocol::NemoGym, &session);
    }
    if let Some(session) = session(&shared.server, &headers) {
        shared.server.sessions().close(Protocol::NemoGym, session.id());
    }
    shared.known.set(id, Place::Closed);
    Ok(Json(json!({"resources_session_id": id})))
}
