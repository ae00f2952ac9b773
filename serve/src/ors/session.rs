//! Sessions: made, played for, deleted; and what a session is told before its first call.

use super::Shared;
use super::stream::{End, answer};
use crate::listing::{Answer, Named, object, place, unknown};
use crate::refusal::Refusal;
use crate::tools::finish;
use crate::{Begin, Episode, EpisodeError, Protocol, Refused, Session, WorkError, World, new_id};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wardian_format::Task;
use wardian_model::ToolDefinition;

/// The header that stands for a session.
const SESSION: &str = "x-session-id";
/// Longest id that a client may choose, bytes.
const ID_BYTES_MAX: usize = 200;

/// The id in the header.
pub(super) fn id(headers: &HeaderMap) -> Result<&str, Refusal> {
    let id = headers.get(SESSION).and_then(|value| value.to_str().ok()).map(str::trim).filter(|id| !id.is_empty());
    match id {
        None => Err(Refusal::bad("X-Session-ID header is required")),
        Some(id) if id.len() > ID_BYTES_MAX => Err(Refusal::bad("X-Session-ID is too long")),
        Some(id) => Ok(id),
    }
}

/// The session in which an episode has begun.
pub(super) fn session(shared: &Shared, headers: &HeaderMap) -> Result<Arc<Session>, Refusal> {
    let session = shared.server.sessions().find(Protocol::Ors, id(headers)?);
    session.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Active environment not found"))
}

/// Mints an id. Nothing is kept for it until an episode begins, since the clients ask for one before whatever they do.
pub(super) async fn create_session(headers: HeaderMap) -> Response {
    let id = new_id();
    let streams =
        headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_none_or(|accept| accept.contains("text/event-stream"));
    if !streams {
        // As the written specification has it.
        return Json(json!({"sid": id})).into_response();
    }
    let told = json!({"sid": id}).to_string();
    answer(id, async move { End::Text(told) })
}

pub(super) async fn create(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Answer {
    let id = id(&headers)?;
    let data = object(&body)?;
    let world = match data.get("env_name").filter(|name| !name.is_null()) {
        None => shared.server.worlds().first(),
        Some(name) => name.as_str().and_then(|name| shared.server.worlds().find(name)).ok_or_else(|| unknown(&name.to_string()))?,
    };
    let (world, task) = task(&shared, world, &data)?;
    let full = |full: crate::Full| {
        shared.server.metrics().refused(Refused::Sessions);
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, full.to_string())
    };
    let session = shared.server.sessions().open_as(Protocol::Ors, &world, id).map_err(full)?;
    let session = session.ok_or_else(|| Refusal::bad("Session already exists"))?;
    let begin = Begin { task, ..Begin::default() };
    let begun = session.work(move |world, place| -> Result<(), EpisodeError> {
        *place = Some(Episode::begin(world, begin)?);
        Ok(())
    });
    if let Err(error) = begun.await {
        shared.server.sessions().close(Protocol::Ors, id);
        return Err(failed(&error));
    }
    shared.server.metrics().episode(Protocol::Ors);
    Ok(Json(json!({"sid": id})))
}

/// The task that is meant, by `task_spec` or by `split` and `index`. Of a task that came back only its id is believed.
fn task(shared: &Shared, world: &Arc<World>, data: &Map<String, Value>) -> Result<(Arc<World>, Option<Arc<Task>>), Refusal> {
    let given = |name: &str| data.get(name).filter(|value| !value.is_null());
    match (given("task_spec"), given("split"), given("index")) {
        (Some(spec), None, None) => {
            let Some(id) = spec.get("id").and_then(Value::as_str) else {
                let is_free = spec.as_object().is_some_and(Map::is_empty);
                return if is_free { Ok((Arc::clone(world), None)) } else { Err(Refusal::bad("Invalid task: it has no `id`")) };
            };
            let found = world.task(id).map(|task| (world, task)).or_else(|| shared.server.worlds().task(id));
            let (world, task) = found.ok_or_else(|| Refusal::bad("Invalid task: there is none of that id"))?;
            Ok((Arc::clone(world), Some(Arc::clone(task))))
        }
        (None, Some(split), Some(index)) => {
            let tasks = split.as_str().and_then(|split| world.split(split)).ok_or_else(|| Refusal::bad("Invalid split"))?;
            // Some clients write numbers as text.
            let index = index.as_i64().or_else(|| index.as_str()?.parse().ok()).and_then(|index| place(index, tasks.len()));
            let index = index.ok_or_else(|| Refusal::bad("Invalid index"))?;
            Ok((Arc::clone(world), Some(Arc::clone(tasks[index]))))
        }
        _ => {
            let words = "Value error, Provide either task_spec or both split and index, not both/neither";
            let detail = json!([{"type": "value_error", "loc": ["body"], "msg": words, "input": data}]);
            Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
        }
    }
}

/// What the host's failures look like. They are told in full to the log only.
pub(super) fn failed(error: &WorkError) -> Refusal {
    if let WorkError::Episode(EpisodeError::OtherPack { .. }) = error {
        return Refusal::bad(error.to_string());
    }
    tracing::error!(%error, "an episode failed");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed within this session")
}

pub(super) async fn ping(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    session(&shared, &headers)?;
    Ok(Json(json!({"status": "ok"})))
}

pub(super) async fn delete(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    let id = id(&headers)?;
    shared.server.sessions().close(Protocol::Ors, id);
    Ok(Json(json!({"sid": id})))
}

pub(super) async fn delete_session(headers: HeaderMap) -> Answer {
    Ok(Json(json!({"sid": id(&headers)?})))
}

/// Exactly these members of a tool: the clients make objects of them by name.
fn listed(mut tools: Vec<ToolDefinition>) -> Value {
    tools.push(finish());
    let tool = |tool: ToolDefinition| json!({"name": tool.name, "description": tool.description, "input_schema": tool.parameters});
    let tools: Vec<Value> = tools.into_iter().map(tool).collect();
    json!({"tools": tools, "terminal_tool": null, "supports_score_group": false, "message_block_types": ["text"]})
}

pub(super) async fn tools(State(shared): State<Shared>, path: Named) -> Answer {
    let world = match &path {
        None => shared.server.worlds().first(),
        Some(name) => shared.server.worlds().find(name).ok_or_else(Refusal::not_found)?,
    };
    Ok(Json(listed(world.about().tools.to_vec())))
}

pub(super) async fn task_tools(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    let session = session(&shared, &headers)?;
    let tools = session.work(|world, place| Ok(place.as_ref().map_or_else(|| world.about().tools.to_vec(), Episode::tools)));
    Ok(Json(listed(tools.await.map_err(|error| failed(&error))?)))
}

/// What the agent is told, by role; nothing of a role that has nothing to say.
async fn told(shared: &Shared, headers: &HeaderMap) -> Result<Vec<(&'static str, String)>, Refusal> {
    let session = session(shared, headers)?;
    let prompt = session.work(|_, place| Ok(place.as_ref().map(Episode::prompt).unwrap_or_default()));
    let (system, user) = prompt.await.map_err(|error| failed(&error))?;
    Ok([("system", system), ("user", user)].into_iter().filter(|(_, words)| !words.is_empty()).collect())
}

fn text(words: &str, detail: Value) -> Value {
    json!({"text": words, "detail": detail, "type": "text"})
}

pub(super) async fn messages(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    let told = told(&shared, &headers).await?;
    let message = |(role, words): (&str, String)| json!({"role": role, "blocks": [text(&words, Value::Null)], "detail": null});
    Ok(Json(told.into_iter().map(message).collect()))
}

/// The same, flat, for clients that know no messages.
pub(super) async fn prompt(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    let told = told(&shared, &headers).await?;
    let blocks = |(role, words): (&str, String)| {
        let detail = json!({"role": role});
        [text(&format!("[{role}]"), detail.clone()), text(&words, detail)]
    };
    Ok(Json(told.into_iter().flat_map(blocks).collect()))
}
