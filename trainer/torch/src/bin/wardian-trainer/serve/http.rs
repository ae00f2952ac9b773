//! The OpenAI chat protocol over HTTP.

use super::Server;
use super::answer::{Answer, Ending, Piece, Prompt, call_json, prompt};
use super::ask::{Ask, Refusal, read};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wardian_trainer::chat::format::Delta;

/// Bytes of a request.
const BODY_BYTES_MAX: usize = 64 << 20;

pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(complete))
        .fallback(|| async { refuse(&Refusal { status: 404, code: "not_found", what: "there is no such path".to_owned() }) })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(server)
}

async fn models(State(server): State<Arc<Server>>) -> Response {
    let model = json!({"id": server.name, "object": "model", "created": 0, "owned_by": "wardian", "max_model_len": server.context});
    reply(StatusCode::OK, &json!({"object": "list", "data": [model]}))
}

async fn complete(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    // Templates and tokenizers take their time; other requests do not wait for them.
    let made = tokio::task::spawn_blocking({
        let server = Arc::clone(&server);
        move || {
            let ask = read(&body, &server.name)?;
            let prompt = prompt(&server, &ask)?;
            Ok::<_, Refusal>((ask, prompt))
        }
    });
    let (ask, prompt) = match made.await {
        Ok(Ok(made)) => made,
        Ok(Err(refusal)) => return refuse(&refusal),
        Err(e) => return refuse(&Refusal { status: 500, code: "server_error", what: e.to_string() }),
    };
    let head = head(&server, &prompt);
    if ask.stream { streamed(server, ask, prompt, head) } else { whole(&server, &ask, &prompt, head).await }
}

/// What all answers to a request have in common.
fn head(server: &Server, prompt: &Prompt) -> Value {
    let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let ids: Vec<u8> = prompt.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    let id = wardian_format::Digest::of(&ids).to_string();
    json!({"id": format!("chatcmpl-{}", &id[id.len() - 24..]), "object": "chat.completion", "created": created, "model": server.name})
}

/// All answers at once.
async fn whole(server: &Server, ask: &Ask, prompt: &Prompt, mut head: Value) -> Response {
    let mut all: FuturesUnordered<_> = (0..ask.choices).map(|choice| one(server, ask, prompt, choice)).collect();
    let mut choices = Vec::new();
    let mut endings = Vec::new();
    while let Some(done) = all.next().await {
        match done {
            Ok((choice, ending)) => {
                choices.push(choice);
                endings.push(ending);
            }
            Err(refusal) => return refuse(&refusal),
        }
    }
    choices.sort_by_key(|choice| choice["index"].as_u64());
    head["choices"] = json!(choices);
    head["usage"] = usage(prompt, &endings);
    reply(StatusCode::OK, &head)
}

/// One answer, whole.
async fn one(server: &Server, ask: &Ask, prompt: &Prompt, choice: usize) -> Result<(Value, Ending), Refusal> {
    let mut answer = Answer::begin(server, ask, prompt, choice);
    let (mut content, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
    loop {
        for piece in answer.next().await {
            match piece {
                Piece::Delta(Delta::Content(text)) => content.push_str(&text),
                Piece::Delta(Delta::Reasoning(text)) => reasoning.push_str(&text),
                Piece::Delta(Delta::Call(call)) => calls.push(call_json(prompt, choice, calls.len(), &call)),
                Piece::Failed(what) => return Err(Refusal { status: 500, code: "server_error", what }),
                Piece::End(ending) => {
                    let mut message = json!({"role": "assistant", "content": content});
                    if !reasoning.is_empty() {
                        message["reasoning_content"] = json!(reasoning);
                    }
                    if !calls.is_empty() {
                        message["tool_calls"] = json!(calls);
                        if content.is_empty() {
                            message["content"] = Value::Null;
                        }
                    }
                    return Ok((json!({"index": choice, "message": message, "finish_reason": ending.reason, "logprobs": null}), ending));
                }
            }
        }
    }
}

/// Answers as they are written, as server-sent events.
fn streamed(server: Arc<Server>, ask: Ask, prompt: Prompt, mut head: Value) -> Response {
    head["object"] = json!("chat.completion.chunk");
    let (sender, receiver) = unbounded_channel::<String>();
    tokio::spawn(async move {
        let all: FuturesUnordered<_> = (0..ask.choices).map(|choice| tell(&server, &ask, &prompt, choice, &head, &sender)).collect();
        let endings: Vec<Ending> = all.filter_map(|ending| async { ending }).collect().await;
        if ask.include_usage {
            let mut chunk = head.clone();
            chunk["choices"] = json!([]);
            chunk["usage"] = usage(&prompt, &endings);
            let _ = sender.send(chunk.to_string());
        }
        let _ = sender.send("[DONE]".to_owned());
    });
    let events = futures_util::stream::unfold(receiver, |mut receiver| async {
        let data = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(format!("data: {data}\n\n")), receiver))
    });
    ([(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")], Body::from_stream(events)).into_response()
}

/// Sends one answer piece by piece. Where nobody listens any more it ends, and the model drops it.
async fn tell(
    server: &Server,
    ask: &Ask,
    prompt: &Prompt,
    choice: usize,
    head: &Value,
    sender: &UnboundedSender<String>,
) -> Option<Ending> {
    let mut answer = Answer::begin(server, ask, prompt, choice);
    let chunk = |delta: Value, reason: Option<&str>| {
        let mut chunk = head.clone();
        chunk["choices"] = json!([{"index": choice, "delta": delta, "finish_reason": reason}]);
        chunk.to_string()
    };
    sender.send(chunk(json!({"role": "assistant", "content": ""}), None)).ok()?;
    let mut calls = 0;
    loop {
        for piece in answer.next().await {
            let text = match piece {
                Piece::Delta(Delta::Content(text)) => chunk(json!({"content": text}), None),
                Piece::Delta(Delta::Reasoning(text)) => chunk(json!({"reasoning_content": text}), None),
                Piece::Delta(Delta::Call(call)) => {
                    let mut one = call_json(prompt, choice, calls, &call);
                    one["index"] = json!(calls);
                    calls += 1;
                    chunk(json!({"tool_calls": [one]}), None)
                }
                Piece::Failed(what) => {
                    let _ = sender.send(json!({"error": {"message": what, "type": "server_error", "code": "server_error"}}).to_string());
                    return None;
                }
                Piece::End(ending) => {
                    sender.send(chunk(json!({}), Some(ending.reason))).ok()?;
                    return Some(ending);
                }
            };
            sender.send(text).ok()?;
        }
    }
}

fn usage(prompt: &Prompt, endings: &[Ending]) -> Value {
    let completion: usize = endings.iter().map(|ending| ending.tokens).sum();
    let cached = endings.iter().map(|ending| ending.cached).max().unwrap_or(0);
    let tokens = prompt.ids.len();
    json!({
        "prompt_tokens": tokens, "completion_tokens": completion, "total_tokens": tokens + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    })
}

fn reply(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn refuse(refusal: &Refusal) -> Response {
    let Refusal { status, code, what } = refusal;
    let kind = if *status >= 500 { "server_error" } else { "invalid_request_error" };
    let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply(status, &json!({"error": {"message": what, "type": kind, "param": null, "code": code}}))
}
