//! The HTTP routes beside the socket: what the environment is, its tasks, and resets and steps that keep nothing.

use super::wire::Fault;
use super::{Shared, action, schema, socket};
use crate::listing::{Answer, Named, missing, object, unprocessable};
use crate::refusal::Refusal;
use crate::{Protocol, World};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn world(shared: &Shared, path: Named) -> Result<Arc<World>, Refusal> {
    shared.world(path.as_deref().map(String::as_str)).ok_or_else(Refusal::not_found)
}

pub(super) async fn health(State(shared): State<Shared>, path: Named) -> Answer {
    world(&shared, path)?;
    Ok(Json(json!({"status": "healthy"})))
}

pub(super) async fn metadata(State(shared): State<Shared>, path: Named) -> Answer {
    let world = world(&shared, path)?;
    let about = world.about();
    Ok(Json(json!({
        "name": world.name(), "description": format!("{}: {}", about.title, about.description), "readme_content": about.policy,
        "version": world.pack().digest().to_string(), "author": null, "documentation_url": null,
    })))
}

pub(super) async fn schema(State(shared): State<Shared>, path: Named) -> Answer {
    world(&shared, path)?;
    Ok(Json(schema::schemas()))
}

pub(super) async fn openapi(State(shared): State<Shared>, path: Named) -> Answer {
    world(&shared, path)?;
    Ok(Json(schema::openapi()))
}

/// Under a pack's own path it is alone.
pub(super) async fn list_environments(State(shared): State<Shared>, path: Named) -> Answer {
    let names: Vec<String> = match path {
        Some(_) => vec![world(&shared, path)?.name().to_owned()],
        None => shared.server.worlds().iter().map(|world| world.name().to_owned()).collect(),
    };
    Ok(Json(names.into()))
}

pub(super) async fn state(State(shared): State<Shared>, path: Named) -> Answer {
    world(&shared, path)?;
    Ok(Json(json!({"episode_id": null, "step_count": 0})))
}

pub(super) async fn reset(State(shared): State<Shared>, path: Named, body: Bytes) -> Answer {
    alone(&shared, path, &object(&body)?, None).await
}

pub(super) async fn step(State(shared): State<Shared>, path: Named, body: Bytes) -> Answer {
    let data = object(&body)?;
    let step = data.get("action").ok_or_else(|| missing("action", &data))?;
    alone(&shared, path, &Map::new(), Some(step)).await
}

/// A reset, and perhaps a step, in a session that nobody comes back to.
async fn alone(shared: &Shared, path: Named, data: &Map<String, Value>, step: Option<&Value>) -> Answer {
    let world = world(shared, path)?;
    let session = shared.server.sessions().own(Protocol::OpenEnv, &world).map_err(|full| socket::full(shared, full))?;
    let mut observation = action::reset(&shared.server, &session, data).await?;
    if let Some(step) = step {
        observation = action::step(&shared.server, &session, step).await?;
    }
    Ok(Json(observation.data(true)))
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid(complaints) => unprocessable(&complaints),
            Fault::Full { active, max } => {
                let words = format!("the server is at capacity: {active} of {max} sessions are active");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, words)
            }
            Fault::Refused(words) | Fault::NoJson(words) | Fault::UnknownType(words) | Fault::Session(words) => Self::bad(words),
        }
    }
}
