//! `/verify`: what an episode is worth, from its session, or from the calls in its record.

use super::seed::task;
use super::{Shared, session};
use crate::{Begin, Episode, EpisodeError, Protocol, World, parts};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wardian_format::{Task, Verdict};

/// What an agent behind an MCP client calls a tool of the server `NAME`: `mcp__NAME__TOOL`.
const MCP: &str = "mcp__";

/// The parts of a verdict, the most telling first: the first that fails is the kind of the failure, `wardian:PART`.
const KINDS: [&str; 5] = ["state", "facts", "actions", "assertions", "order"];

/// Why there is no reward. In that protocol's words.
enum Masked {
    /// There is nothing to grade by.
    NoTask,
    /// Grading failed.
    Failed,
}

pub(super) async fn verify(State(shared): State<Shared>, headers: HeaderMap, Json(mut body): Json<Value>) -> Json<Value> {
    let graded = graded(&shared, &headers, &body).await;
    let mut out = Map::new();
    // What comes back is what is stored; a missing member would be an error there.
    for echoed in ["responses_create_params", "response"] {
        out.insert(echoed.to_owned(), body.get_mut(echoed).map(Value::take).unwrap_or_else(|| json!({})));
    }
    match graded {
        Ok(verdict) => {
            shared.server.metrics().verdict(Protocol::NemoGym, verdict.passed);
            let parts = parts(&verdict);
            let failed = KINDS.iter().find(|name| parts.get(*name) == Some(&0.0)).map(|name| format!("wardian:{name}"));
            out.insert("reward".to_owned(), shared.server.options().reward.of(&verdict).into());
            out.insert("mask_sample".to_owned(), false.into());
            out.insert("failure_kind".to_owned(), failed.filter(|_| !verdict.passed).into());
            out.insert("failure_reason".to_owned(), verdict.reasons.first().filter(|_| !verdict.passed).cloned().into());
            out.insert("verdict".to_owned(), json!({"passed": verdict.passed, "parts": parts, "reasons": verdict.reasons}));
        }
        Err(masked) => {
            let reason = match masked {
                Masked::NoTask => "neither the session nor the row has a task that is served",
                Masked::Failed => "the server failed while it graded",
            };
            out.insert("reward".to_owned(), 0.0.into());
            out.insert("mask_sample".to_owned(), true.into());
            out.insert("failure_kind".to_owned(), "verifier_error".into());
            out.insert("failure_reason".to_owned(), reason.into());
        }
    }
    Json(Value::Object(out))
}

async fn graded(shared: &Shared, headers: &HeaderMap, body: &Value) -> Result<Verdict, Masked> {
    let said = said(&body["response"]);
    if let Some(session) = session(&shared.server, headers) {
        let words = said.clone();
        let graded = session.work(move |_, place| -> Result<Option<Verdict>, EpisodeError> {
            // On a copy: the same request may come again.
            let Some(mut episode) = place.clone() else { return Ok(None) };
            words.iter().for_each(|words| episode.say(words));
            episode.grade()
        });
        match graded.await {
            Ok(Some(verdict)) => return Ok(verdict),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "grading failed");
                return Err(Masked::Failed);
            }
        }
    }
    let (world, task) = task(shared, body).ok_or(Masked::NoTask)?;
    let (world, task, made) = (Arc::clone(world), Arc::clone(task), made(&body["response"]));
    let replayed = shared.server.sessions().work(move || replayed(&world, task, &made, &said)).await;
    match replayed {
        Ok(Some(verdict)) => Ok(verdict),
        Ok(None) => Err(Masked::NoTask),
        Err(error) => {
            tracing::error!(%error, "a rollout was not replayed");
            Err(Masked::Failed)
        }
    }
}

/// The grade of an episode in which `made` was called and `said` was said.
fn replayed(world: &World, task: Arc<Task>, made: &[(String, Value)], said: &[String]) -> Result<Option<Verdict>, EpisodeError> {
    let mut episode = Episode::begin(world, Begin { task: Some(task), ..Begin::default() })?;
    for (tool, arguments) in made {
        if !episode.is_over() {
            episode.call(tool, arguments)?;
        }
    }
    said.iter().for_each(|words| episode.say(words));
    episode.grade()
}

fn items(response: &Value) -> impl Iterator<Item = &Value> {
    response["output"].as_array().into_iter().flatten()
}

/// The calls of a record that were JSON; others never came to the server.
fn made(response: &Value) -> Vec<(String, Value)> {
    let call = |item: &Value| {
        let name = item["name"].as_str()?;
        let name = name.strip_prefix(MCP).and_then(|rest| rest.split_once("__")).map_or(name, |(_, name)| name);
        Some((name.to_owned(), serde_json::from_str(item["arguments"].as_str()?).ok()?))
    };
    items(response).filter(|item| item["type"] == "function_call").filter_map(call).collect()
}

/// What the agent said to the user.
fn said(response: &Value) -> Vec<String> {
    let messages = items(response).filter(|item| item["type"] == "message" && item["role"] != "user");
    let parts = messages.flat_map(|message| message["content"].as_array().into_iter().flatten());
    parts.filter_map(|part| part["text"].as_str().map(str::to_owned)).collect()
}
