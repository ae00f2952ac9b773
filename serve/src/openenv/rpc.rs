//! JSON-RPC of OpenEnv's tool client: four methods, on `POST /mcp` and as `mcp` messages of a socket. It is not the Model Context Protocol, which
//! the same path answers for clients that accept streams of events.

use super::socket::full;
use super::wire::Fault;
use super::{Shared, action};
use crate::tools::finish;
use crate::{Protocol, Session, World};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wardian_format::names;

const PARSE: i64 = -32700;
const INVALID: i64 = -32600;
const NO_METHOD: i64 = -32601;
const PARAMS: i64 = -32602;
const INTERNAL: i64 = -32603;
const CAPACITY: i64 = -32000;

/// Where a request came in.
pub(super) enum At<'a> {
    Socket(&'a Arc<Session>),
    Http(&'a Arc<World>),
}

struct Refusal {
    code: i64,
    message: String,
    data: Value,
}

impl Refusal {
    fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: Value::Null }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Full { active, max } => Self {
                code: CAPACITY,
                message: format!("Server at capacity: {active}/{max} sessions active"),
                data: json!({"active_sessions": active, "max_sessions": max}),
            },
            Fault::Session(words) => Self::new(PARAMS, words),
            Fault::Refused(words) => Self::new(INTERNAL, words),
            Fault::NoJson(words) | Fault::UnknownType(words) => Self::new(INVALID, words),
            Fault::Invalid(complaints) => Self {
                code: PARAMS,
                message: "Invalid params".to_owned(),
                data: complaints.iter().map(super::wire::Complaint::json).collect(),
            },
        }
    }
}

/// The answer to the body of a request. Its status is 200 whatever it says: the client looks at nothing else.
pub(crate) async fn over_http(shared: &Shared, world: &Arc<World>, body: &[u8]) -> Value {
    match serde_json::from_slice::<Value>(body) {
        Ok(request) => answer(shared, At::Http(world), &request).await,
        Err(error) => response(&Value::Null, Err(Refusal::new(PARSE, format!("Parse error: {error}")))),
    }
}

fn response(id: &Value, result: Result<Value, Refusal>) -> Value {
    match result {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(refusal) => json!({
            "jsonrpc": "2.0", "id": id, "error": {"code": refusal.code, "message": refusal.message, "data": refusal.data},
        }),
    }
}

/// The answer to one request.
pub(super) async fn answer(shared: &Shared, at: At<'_>, request: &Value) -> Value {
    let id = request.get("id").filter(|id| id.is_string() || id.is_i64() || id.is_u64()).unwrap_or(&Value::Null);
    response(id, done(shared, at, request).await)
}

async fn done(shared: &Shared, at: At<'_>, request: &Value) -> Result<Value, Refusal> {
    let malformed = || Refusal::new(INVALID, "Invalid Request");
    let members =
        request.as_object().filter(|members| members.get("jsonrpc").is_some_and(|version| version == "2.0")).ok_or_else(malformed)?;
    let method = members.get("method").and_then(Value::as_str).ok_or_else(malformed)?;
    let none = Map::new();
    let params = match members.get("params") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(params)) => params,
        Some(_) => return Err(malformed()),
    };
    match method {
        "openenv/session/create" => create(shared, at),
        "openenv/session/close" => close(shared, at, params),
        "tools/list" => {
            let session = session(shared, &at, params)?;
            list(session.as_ref(), &at).await
        }
        "tools/call" => call(shared, &at, params).await,
        other => Err(Refusal::new(NO_METHOD, format!("Method not found: {}", names::untrusted(other, 60)))),
    }
}

fn create(shared: &Shared, at: At<'_>) -> Result<Value, Refusal> {
    let world = match at {
        At::Socket(session) => return Ok(json!({"session_id": session.id()})),
        At::Http(world) => world,
    };
    let session = shared.server.sessions().open(Protocol::OpenEnv, world).map_err(|full| self::full(shared, full))?;
    Ok(json!({"session_id": session.id()}))
}

fn close(shared: &Shared, at: At<'_>, params: &Map<String, Value>) -> Result<Value, Refusal> {
    if let At::Socket(_) = at {
        return Err(Refusal::new(INVALID, "Cannot close active WebSocket-managed session via MCP method"));
    }
    let id = params.get("session_id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Refusal::new(PARAMS, "Invalid params - 'session_id' is required"))?;
    if !shared.server.sessions().close(Protocol::OpenEnv, id) {
        return Err(unknown(id));
    }
    Ok(json!({"session_id": id, "closed": true}))
}

fn unknown(id: &str) -> Refusal {
    Refusal::new(PARAMS, format!("Unknown session_id: {}", names::untrusted(id, 80)))
}

/// The session that is meant; none for a request that brings none and comes over HTTP.
fn session(shared: &Shared, at: &At<'_>, params: &Map<String, Value>) -> Result<Option<Arc<Session>>, Refusal> {
    let At::Http(_) = at else {
        let At::Socket(session) = at else { unreachable!("there are two places") };
        return Ok(Some(Arc::clone(session)));
    };
    let Some(id) = params.get("session_id").filter(|id| !id.is_null()) else { return Ok(None) };
    let id = id.as_str().ok_or_else(|| Refusal::new(PARAMS, "'session_id' is a string"))?;
    shared.server.sessions().find(Protocol::OpenEnv, id).map(Some).ok_or_else(|| unknown(id))
}

async fn list(session: Option<&Arc<Session>>, at: &At<'_>) -> Result<Value, Refusal> {
    let mut tools = match (session, at) {
        (Some(session), _) => {
            let tools = session.work(|world, place| Ok(place.as_ref().map_or_else(|| world.about().tools.to_vec(), crate::Episode::tools)));
            tools.await.map_err(action::failed)?
        }
        (None, At::Http(world)) => world.about().tools.to_vec(),
        (None, At::Socket(_)) => unreachable!("a socket has a session"),
    };
    tools.push(finish());
    let told = |tool: wardian_model::ToolDefinition| {
        // The client takes either spelling, and so do those who read it by hand.
        json!({"name": tool.name, "description": tool.description, "inputSchema": tool.parameters, "input_schema": tool.parameters})
    };
    Ok(json!({"tools": tools.into_iter().map(told).collect::<Vec<_>>()}))
}

/// A call is a step: it counts, and its reward is in `meta`. A session in which no episode has begun begins one of its own.
async fn call(shared: &Shared, at: &At<'_>, params: &Map<String, Value>) -> Result<Value, Refusal> {
    let name = params.get("name").and_then(Value::as_str).ok_or_else(|| Refusal::new(PARAMS, "Missing 'name' in params"))?;
    let arguments = params.get("arguments").filter(|arguments| !arguments.is_null()).cloned().unwrap_or_else(|| json!({}));
    let session = match (session(shared, at, params)?, at) {
        (Some(session), _) => session,
        (None, At::Http(world)) => {
            // For this one call.
            let session = shared.server.sessions().own(Protocol::OpenEnv, world).map_err(|full| self::full(shared, full))?;
            action::reset(&shared.server, &session, &Map::new()).await?;
            session
        }
        (None, At::Socket(_)) => unreachable!("a socket has a session"),
    };
    let step = json!({"type": "call_tool", "tool_name": name, "arguments": arguments});
    let observation = action::step(&shared.server, &session, &step).await?;
    let error = &observation.fields["error"];
    if !error.is_null() {
        return Err(Refusal::new(INTERNAL, error["message"].as_str().unwrap_or_default()));
    }
    let result = &observation.fields["result"];
    let text = match result {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let structured = if result.is_object() { result.clone() } else { json!({"result": result}) };
    Ok(json!({
        "content": [{"type": "text", "text": text}], "structured_content": structured, "data": result, "is_error": false,
        "meta": {"reward": observation.reward, "done": observation.done, "metadata": observation.fields["metadata"]},
    }))
}
