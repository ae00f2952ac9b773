//! Resets, steps and states of a session.

use super::wire::{Complaint, Fault, Observation};
use crate::tools::{FINISH, answer, finish};
use crate::{Begin, Episode, EpisodeError, Metrics, Protocol, Reward, Server, Session, WorkError, World, parts};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::time::Instant;
use wardian_format::{Outcome, Task, Verdict, names};
use wardian_model::ToolDefinition;

/// Longest name in an error, characters.
const NAME_CHARS_MAX: usize = 80;
/// Longest id that a client may give an episode, characters; as the Python server has it.
const EPISODE_ID_CHARS_MAX: usize = 255;

/// What a step asks for.
#[derive(Debug)]
pub(crate) enum Action {
    ListTools,
    Call { tool: String, arguments: Value },
}

/// Reads an action. Its kind may be left out where it is a call.
pub(crate) fn read(action: &Value) -> Result<Action, Fault> {
    let Some(members) = action.as_object() else {
        return Err(Fault::one(Complaint::new("dict_type", &["action"], "Input should be a valid dictionary", action)));
    };
    let kind = members.get("type").map_or(Some("call_tool"), Value::as_str);
    let known: &[&str] = match kind {
        Some("list_tools") => &["type", "metadata"],
        Some("call_tool") => &["type", "metadata", "tool_name", "arguments"],
        _ => return Err(Fault::one(Complaint::new("literal_error", &["type"], "Input should be 'call_tool' or 'list_tools'", action))),
    };
    let mut complaints: Vec<Complaint> = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        complaints.push(Complaint::new("extra_forbidden", &[name], "Extra inputs are not permitted", value));
    }
    if members.get("metadata").is_some_and(|metadata| !metadata.is_object()) {
        complaints.push(Complaint::new("dict_type", &["metadata"], "Input should be a valid dictionary", &members["metadata"]));
    }
    if kind == Some("list_tools") {
        return if complaints.is_empty() { Ok(Action::ListTools) } else { Err(Fault::Invalid(complaints)) };
    }
    let tool = match members.get("tool_name") {
        Some(Value::String(tool)) => tool.clone(),
        Some(other) => {
            complaints.push(Complaint::new("string_type", &["tool_name"], "Input should be a valid string", other));
            String::new()
        }
        None => {
            complaints.push(Complaint::new("missing", &["tool_name"], "Field required", action));
            String::new()
        }
    };
    let arguments = members.get("arguments").cloned().unwrap_or_else(|| json!({}));
    if !arguments.is_object() {
        complaints.push(Complaint::new("dict_type", &["arguments"], "Input should be a valid dictionary", &arguments));
    }
    if complaints.is_empty() { Ok(Action::Call { tool, arguments }) } else { Err(Fault::Invalid(complaints)) }
}

/// How the episode begins that `data` of a reset asks for: by `task`, by `split` and `index`, or by `seed`. Other keys say nothing here:
/// trainers send whole rows of their data sets.
fn begin(world: &World, data: &Map<String, Value>) -> Result<Begin, Fault> {
    let refused = |words: String| Err(Fault::Refused(words));
    let seed = match data.get("seed") {
        None | Some(Value::Null) => 0,
        Some(seed) => match seed.as_u64() {
            Some(seed) => seed,
            None => return refused(format!("`seed` is {}, not a whole number from 0", shown(seed))),
        },
    };
    let label = match data.get("episode_id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) if id.chars().count() <= EPISODE_ID_CHARS_MAX => Some(id.as_str().into()),
        Some(_) => return refused(format!("`episode_id` is a text of at most {EPISODE_ID_CHARS_MAX} characters")),
    };
    Ok(Begin { task: task(world, data, seed)?, seed, label })
}

fn task(world: &World, data: &Map<String, Value>, seed: u64) -> Result<Option<Arc<Task>>, Fault> {
    if let Some(id) = data.get("task").filter(|id| !id.is_null()) {
        let found = id.as_str().and_then(|id| world.task(id));
        return found.cloned().map(Some).ok_or_else(|| Fault::Refused(format!("there is no task {}", shown(id))));
    }
    if world.tasks().is_empty() {
        return Ok(None);
    }
    let all: Vec<&Arc<Task>> = match data.get("split").filter(|split| !split.is_null()) {
        None => world.tasks().iter().collect(),
        Some(split) => {
            let found = split.as_str().and_then(|split| world.split(split));
            found.ok_or_else(|| Fault::Refused(format!("there is no split {}", shown(split))))?
        }
    };
    let index = match data.get("index").filter(|index| !index.is_null()) {
        None => usize::try_from(seed % all.len() as u64).expect("it is less than a length"),
        Some(index) => {
            let place = index.as_u64().and_then(|index| usize::try_from(index).ok()).filter(|index| *index < all.len());
            place.ok_or_else(|| Fault::Refused(format!("`index` is {}, and there are {} tasks", shown(index), all.len())))?
        }
    };
    Ok(Some(Arc::clone(all[index])))
}

fn shown(value: &Value) -> String {
    names::untrusted(&value.to_string(), NAME_CHARS_MAX)
}

/// Begins an episode in `session`.
pub(crate) async fn reset(server: &Server, session: &Arc<Session>, data: &Map<String, Value>) -> Result<Observation, Fault> {
    let begin = begin(session.world(), data)?;
    let observation = session.work(move |world, place| {
        // The old one goes first, so that a session never holds two.
        *place = None;
        let episode = place.insert(Episode::begin(world, begin)?);
        Ok(beginning(episode))
    });
    let observation = observation.await.map_err(failed)?;
    server.metrics().episode(Protocol::OpenEnv);
    Ok(observation)
}

fn beginning(episode: &Episode) -> Observation {
    let (system, prompt) = episode.prompt();
    let metadata = match episode.task() {
        Some(task) => json!({"task": task.id, "kind": task.kind.word()}),
        None => json!({}),
    };
    let fields = json!({"system": system, "prompt": prompt, "metadata": metadata});
    let Value::Object(fields) = fields else { unreachable!("it was written as an object") };
    Observation { fields, reward: None, done: false }
}

/// Takes a step in `session`.
pub(crate) async fn step(server: &Server, session: &Arc<Session>, action: &Value) -> Result<Observation, Fault> {
    let began = Instant::now();
    let action = read(action)?;
    let (metrics, reward) = (Arc::clone(server.metrics()), server.options().reward);
    let taken = session.work(move |world, place| {
        let Some(episode) = place else {
            return Ok(match action {
                Action::ListTools => Some(tools(world.about().tools.to_vec())),
                Action::Call { .. } => None,
            });
        };
        episode.step();
        match action {
            Action::ListTools => Ok(Some(tools(episode.tools()))),
            Action::Call { tool, arguments } => called(&metrics, reward, episode, &tool, &arguments, began).map(Some),
        }
    });
    let taken = taken.await.map_err(failed)?;
    taken.ok_or_else(|| Fault::Refused("no episode has begun on this connection: `reset` comes first".to_owned()))
}

fn called(
    metrics: &Metrics,
    reward: Reward,
    episode: &mut Episode,
    tool: &str,
    arguments: &Value,
    began: Instant,
) -> Result<Observation, EpisodeError> {
    if episode.is_over() {
        let mut observation = answered(tool, Err(("execution_error", "the episode is over; reset first".to_owned())));
        observation.done = true;
        return Ok(observation);
    }
    if tool == FINISH {
        match answer(arguments) {
            Err(words) => return Ok(answered(tool, Err(("invalid_args", words)))),
            Ok(words) => words.into_iter().for_each(|words| episode.say(words)),
        }
        episode.finish();
        return graded(metrics, reward, episode, answered(tool, Ok(json!({"ok": true}))));
    }
    let done = episode.call(tool, arguments)?;
    metrics.call(Protocol::OpenEnv, &done.record.outcome, began.elapsed());
    let observation = answered(tool, result(done.record));
    if done.over { graded(metrics, reward, episode, observation) } else { Ok(observation) }
}

/// The result of a call, or the kind of its error and what the agent is shown.
pub(crate) fn result(record: wardian_format::CallRecord) -> Result<Value, (&'static str, String)> {
    let kind = match &record.outcome {
        Outcome::Ok { .. } => {
            let Outcome::Ok { result } = record.outcome else { unreachable!("it was looked at") };
            return Ok(result);
        }
        Outcome::UnknownTool => {
            return Err(("tool_not_found", format!("Unknown tool: '{}'", names::untrusted(&record.tool, NAME_CHARS_MAX))));
        }
        Outcome::InvalidArguments { .. } => "invalid_args",
        _ => "execution_error",
    };
    let shown = match record.observation() {
        Value::String(words) => words,
        Value::Object(members) => match members.get("error").and_then(|error| error["message"].as_str()) {
            Some(words) => words.to_owned(),
            None => Value::Object(members).to_string(),
        },
        other => other.to_string(),
    };
    Err((kind, shown))
}

fn answered(tool: &str, result: Result<Value, (&'static str, String)>) -> Observation {
    let (result, error) = match result {
        Ok(result) => (wrapped(result), Value::Null),
        Err((kind, words)) => (Value::Null, json!({"error_type": kind, "message": words})),
    };
    let fields = json!({"metadata": {}, "tool_name": tool, "result": result, "error": error});
    let Value::Object(fields) = fields else { unreachable!("it was written as an object") };
    Observation { fields, reward: Some(0.0), done: false }
}

/// The Python client takes `data` out of a result that has it. So that it finds the whole result there, such a result goes into one.
pub(crate) fn wrapped(result: Value) -> Value {
    if result.get("data").is_some() { json!({"data": result}) } else { result }
}

fn graded(metrics: &Metrics, reward: Reward, episode: &Episode, mut observation: Observation) -> Result<Observation, EpisodeError> {
    observation.done = true;
    if let Some(verdict) = episode.grade()? {
        metrics.verdict(Protocol::OpenEnv, verdict.passed);
        observation.reward = Some(reward.of(&verdict));
        observation.fields.insert("metadata".to_owned(), explained(&verdict));
    }
    Ok(observation)
}

fn explained(verdict: &Verdict) -> Value {
    json!({"passed": verdict.passed, "parts": parts(verdict), "reasons": verdict.reasons})
}

fn tools(mut tools: Vec<ToolDefinition>) -> Observation {
    tools.push(finish());
    let tools: Vec<Value> = tools
        .into_iter()
        .map(|tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.parameters}))
        .collect();
    let fields = json!({"metadata": {}, "tools": tools});
    let Value::Object(fields) = fields else { unreachable!("it was written as an object") };
    Observation { fields, reward: Some(0.0), done: false }
}

/// Where `session` stands.
pub(crate) async fn state(session: &Arc<Session>) -> Result<Value, Fault> {
    let state = session.work(|_, place| {
        let Some(episode) = place else { return Ok(json!({"episode_id": null, "step_count": 0})) };
        let digests = episode.digests()?;
        Ok(json!({
            "episode_id": episode.label(), "step_count": episode.steps(), "seed": episode.seed(),
            "task": episode.task().map(|task| &task.id), "digest": digests.full, "done": episode.is_over(),
        }))
    });
    state.await.map_err(failed)
}

/// What the host's failures look like. They are told in full to the log only.
pub(crate) fn failed(error: WorkError) -> Fault {
    match error {
        WorkError::Episode(error @ EpisodeError::OtherPack { .. }) => Fault::Refused(error.to_string()),
        error => {
            tracing::error!(%error, "an episode failed");
            Fault::Refused("the server failed within this episode; reset begins another".to_owned())
        }
    }
}
