//! Lists of tasks, which OpenEnv and ORS ask for by the same routes.

use crate::openenv::Complaint;
use crate::refusal::Refusal;
use crate::{Server, World};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wardian_format::{Task, names};

/// Longest name in an error, characters.
const NAME_CHARS_MAX: usize = 80;

/// The pack that a path names, if it names one.
pub(crate) type Named = Option<Path<String>>;
pub(crate) type Answer = Result<Json<Value>, Refusal>;

pub(crate) fn routes(server: &Arc<Server>) -> Router {
    let of_world = |prefix: &str| {
        Router::new()
            .route(&format!("{prefix}/splits"), get(splits))
            .route(&format!("{prefix}/tasks"), post(tasks))
            .route(&format!("{prefix}/num_tasks"), post(num_tasks))
            .route(&format!("{prefix}/task"), post(task))
            .route(&format!("{prefix}/task_range"), post(task_range))
    };
    of_world("").merge(of_world("/{world}")).with_state(Arc::clone(server))
}

pub(crate) fn missing(name: &str, data: &Map<String, Value>) -> Refusal {
    unprocessable(&[Complaint::new("missing", &["body", name], "Field required", &Value::Object(data.clone()))])
}

pub(crate) fn unprocessable(complaints: &[Complaint]) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, complaints.iter().map(Complaint::json).collect::<Vec<_>>())
}

/// A body that is an object, or nothing.
pub(crate) fn object(body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(other) => Err(unprocessable(&[Complaint::new("dict_type", &["body"], "Input should be a valid dictionary", &other)])),
        Err(error) => Err(unprocessable(&[Complaint::new("json_invalid", &["body"], format!("JSON decode error: {error}"), &json!({}))])),
    }
}

/// What is told of a task: nothing of how it is done.
fn told(task: &Task, split: &str, index: usize) -> Value {
    json!({"id": task.id, "split": split, "index": index})
}

fn named(server: &Server, path: Named) -> Result<Arc<World>, Refusal> {
    let world = match path {
        None => server.worlds().first(),
        Some(Path(name)) => server.worlds().find(&name).ok_or_else(|| unknown(&name))?,
    };
    if world.tasks().is_empty() {
        return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "list_splits is not supported for this environment"));
    }
    Ok(Arc::clone(world))
}

/// There is no environment of that name.
pub(crate) fn unknown(name: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("unknown environment '{}'", names::untrusted(name, NAME_CHARS_MAX)))
}

pub(crate) async fn splits(State(server): State<Arc<Server>>, path: Named) -> Answer {
    let world = named(&server, path)?;
    Ok(Json(world.splits().map(|(name, _)| json!({"name": name, "type": name})).collect()))
}

/// A request for tasks: the world, the name of the split, its tasks, and what was asked.
struct Asked {
    world: Arc<World>,
    split: String,
    tasks: Vec<Arc<Task>>,
    data: Map<String, Value>,
}

fn asked(server: &Server, path: Named, body: &Bytes) -> Result<Asked, Refusal> {
    let world = named(server, path)?;
    let data = object(body)?;
    let split = data.get("split").and_then(Value::as_str).ok_or_else(|| missing("split", &data))?.to_owned();
    let tasks = world.split(&split).ok_or_else(|| Refusal::bad("Invalid split"))?.into_iter().map(Arc::clone).collect();
    Ok(Asked { world, split, tasks, data })
}

impl Asked {
    fn range(&self, start: usize, stop: usize) -> Json<Value> {
        let tasks: Vec<Value> = (start..stop).map(|index| told(&self.tasks[index], &self.split, index)).collect();
        Json(json!({"tasks": tasks, "env_name": self.world.name()}))
    }

    /// A bound of a slice of Python's: from the end where it is negative, never outside.
    fn bound(&self, name: &str, default: usize) -> usize {
        let len = self.tasks.len();
        match self.data.get(name).and_then(Value::as_i64) {
            None => default,
            Some(at) if at < 0 => len.saturating_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX)),
            Some(at) => usize::try_from(at).unwrap_or(usize::MAX).min(len),
        }
    }
}

pub(crate) async fn tasks(State(server): State<Arc<Server>>, path: Named, body: Bytes) -> Answer {
    let asked = asked(&server, path, &body)?;
    Ok(asked.range(0, asked.tasks.len()))
}

pub(crate) async fn num_tasks(State(server): State<Arc<Server>>, path: Named, body: Bytes) -> Answer {
    Ok(Json(json!({"num_tasks": asked(&server, path, &body)?.tasks.len()})))
}

pub(crate) async fn task(State(server): State<Arc<Server>>, path: Named, body: Bytes) -> Answer {
    let asked = asked(&server, path, &body)?;
    let index = asked.data.get("index").and_then(Value::as_i64).and_then(|index| place(index, asked.tasks.len()));
    let index = index.ok_or_else(|| Refusal::bad("Invalid task index"))?;
    Ok(Json(json!({"task": told(&asked.tasks[index], &asked.split, index), "env_name": asked.world.name()})))
}

pub(crate) async fn task_range(State(server): State<Arc<Server>>, path: Named, body: Bytes) -> Answer {
    let asked = asked(&server, path, &body)?;
    let (start, stop) = (asked.bound("start", 0), asked.bound("stop", asked.tasks.len()));
    Ok(asked.range(start, stop.max(start)))
}

/// The place that `index` means in a list of `len`: from the end where it is negative.
pub(crate) fn place(index: i64, len: usize) -> Option<usize> {
    let len = i64::try_from(len).ok()?;
    let at = if index < 0 { index + len } else { index };
    (0..len).contains(&at).then(|| usize::try_from(at).expect("it is not negative"))
}
