//! `/call`: made once however often it is asked for. The answer is kept for a while, so that a client whose stream broke can have it again.

use super::Shared;
use super::session::{failed, session};
use super::stream::{End, answer};
use crate::listing::{missing, object, unprocessable};
use crate::openenv::Complaint;
use crate::refusal::Refusal;
use crate::tools::{FINISH, answer as told};
use crate::{Episode, EpisodeError, Metrics, Protocol, Reward, Session, new_id};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use wardian_format::{CallRecord, Outcome, names};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(60);
/// Most answers that are kept, of all sessions together.
const KEPT_MAX: usize = 4096;
/// Longest name in an error, characters.
const NAME_CHARS_MAX: usize = 80;

/// Answers by the ids of their calls and the sessions that made them.
#[derive(Default)]
pub(super) struct Calls(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    answers: BTreeMap<(String, String), Pending>,
    /// In the order of time.
    made: VecDeque<(Instant, (String, String))>,
}

/// The answer to a call, once there is one.
type Pending = watch::Receiver<Option<String>>;

impl Calls {
    fn find(&self, session: &str, call: &str) -> Option<Pending> {
        self.kept().answers.get(&(session.to_owned(), call.to_owned())).cloned()
    }

    fn keep(&self, session: &str, call: &str, pending: Pending) {
        let mut kept = self.kept();
        let is_old = |made: &(Instant, _)| made.0.elapsed() > KEPT;
        while kept.made.len() >= KEPT_MAX || kept.made.front().is_some_and(is_old) {
            let oldest = kept.made.pop_front();
            oldest.into_iter().for_each(|(_, key)| drop(kept.answers.remove(&key)));
        }
        let key = (session.to_owned(), call.to_owned());
        kept.made.push_back((Instant::now(), key.clone()));
        kept.answers.insert(key, pending);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn call(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    let session = session(&shared, &headers)?;
    let mut data = object(&body)?;
    let again = data.get("task_id").and_then(Value::as_str);
    if let Some(call) = again {
        let call = call.to_owned();
        let pending = shared.calls.find(session.id(), &call);
        return Ok(match pending {
            Some(pending) => answer(call, settled(pending)),
            None => answer(call, async { End::Error("unknown task_id") }),
        });
    }
    let Some(Value::String(tool)) = data.get("name").cloned() else { return Err(missing("name", &data)) };
    let input = data.remove("input").filter(|input| !input.is_null()).unwrap_or_else(|| json!({}));
    if !input.is_object() {
        return Err(unprocessable(&[Complaint::new("dict_type", &["body", "input"], "Input should be a valid dictionary", &input)]));
    }
    let call = new_id();
    let (done, pending) = watch::channel(None);
    shared.calls.keep(session.id(), &call, pending.clone());
    // On its own, for the call goes on if the client goes away.
    tokio::spawn(async move {
        let text = made(&shared, &session, tool, input).await;
        done.send_replace(text);
    });
    Ok(answer(call, settled(pending)))
}

async fn settled(mut pending: Pending) -> End {
    match pending.wait_for(Option::is_some).await {
        Ok(text) => End::Text(text.clone().expect("it was waited for")),
        Err(_) => End::Error("the server failed within this call"),
    }
}

/// The answer to a call as text; none where the server failed.
async fn made(shared: &Shared, session: &Arc<Session>, tool: String, input: Value) -> Option<String> {
    let began = Instant::now();
    let (metrics, reward) = (Arc::clone(shared.server.metrics()), shared.server.options().reward);
    let work = session.work(move |_, place| {
        let Some(episode) = place else { return Ok(refused("not_found", "no episode has begun")) };
        called(&metrics, reward, episode, &tool, &input, began)
    });
    let answer = work.await.map_err(|error| failed(&error)).ok()?;
    Some(answer.to_string())
}

fn refused(reason: &str, words: &str) -> Value {
    json!({"ok": false, "error": words, "reason": reason})
}

fn called(
    metrics: &Metrics,
    reward: Reward,
    episode: &mut Episode,
    tool: &str,
    input: &Value,
    began: Instant,
) -> Result<Value, EpisodeError> {
    if episode.is_over() {
        return Ok(refused("episode_finished", "the episode has finished"));
    }
    if tool == FINISH {
        match told(input) {
            Err(words) => return Ok(refused("input_validation", &format!("Tool input validation error: {words}"))),
            Ok(words) => words.into_iter().for_each(|words| episode.say(words)),
        }
        episode.finish();
        return graded(metrics, reward, episode, "The episode is over.");
    }
    let done = episode.call(tool, input)?;
    metrics.call(Protocol::Ors, &done.record.outcome, began.elapsed());
    if done.over {
        return graded(metrics, reward, episode, &shown(&done.record));
    }
    Ok(match &done.record.outcome {
        Outcome::UnknownTool => refused("not_found", &format!("'{}' is not a valid tool", names::untrusted(tool, NAME_CHARS_MAX))),
        Outcome::InvalidArguments { message } => refused("input_validation", &format!("Tool input validation error: {message}")),
        _ => output(&shown(&done.record), Value::Null, 0.0, false),
    })
}

/// What the agent is shown: words as they are, anything else as JSON.
fn shown(record: &CallRecord) -> String {
    match record.observation() {
        Value::String(words) => words,
        other => other.to_string(),
    }
}

/// All members, which the clients need.
fn output(words: &str, metadata: Value, reward: f64, finished: bool) -> Value {
    let block = json!({"text": words, "detail": null, "type": "text"});
    json!({"ok": true, "output": {"blocks": [block], "metadata": metadata, "reward": reward, "finished": finished}})
}

fn graded(metrics: &Metrics, reward: Reward, episode: &Episode, words: &str) -> Result<Value, EpisodeError> {
    let Some(verdict) = episode.grade()? else { return Ok(output(words, Value::Null, 0.0, true)) };
    metrics.verdict(Protocol::Ors, verdict.passed);
    let metadata = json!({"passed": verdict.passed, "parts": crate::parts(&verdict), "reasons": verdict.reasons});
    Ok(output(words, metadata, reward.of(&verdict), true))
}
