//! Frames of `/ws`: what comes in, and what goes out.

use serde_json::{Map, Value, json};

/// A message of a client.
#[derive(Debug)]
pub(crate) enum Request {
    Reset(Map<String, Value>),
    Step(Value),
    State,
    Close,
    Mcp(Value),
}

/// One complaint about a message, in the shape of pydantic's.
#[derive(Debug)]
pub(crate) struct Complaint {
    pub(crate) kind: &'static str,
    pub(crate) at: Vec<Value>,
    pub(crate) words: String,
    pub(crate) input: Value,
}

impl Complaint {
    pub(crate) fn new(kind: &'static str, at: &[&str], words: impl Into<String>, input: &Value) -> Self {
        Self { kind, at: at.iter().map(|part| Value::from(*part)).collect(), words: words.into(), input: input.clone() }
    }

    pub(crate) fn json(&self) -> Value {
        json!({"type": self.kind, "loc": self.at, "msg": self.words, "input": self.input})
    }
}

/// What is wrong with a message. The session goes on unless it says otherwise.
#[derive(Debug)]
pub(crate) enum Fault {
    NoJson(String),
    UnknownType(String),
    Invalid(Vec<Complaint>),
    /// The environment refuses: no episode has begun, no such task, and the like.
    Refused(String),
    /// Nothing can go on here.
    Session(String),
    Full {
        active: usize,
        max: usize,
    },
}

impl Fault {
    pub(crate) fn one(complaint: Complaint) -> Self {
        Self::Invalid(vec![complaint])
    }

    /// True where the socket is closed after it.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self, Self::Session(_) | Self::Full { .. })
    }

    pub(crate) fn frame(&self) -> String {
        let data = match self {
            Self::NoJson(words) => json!({"message": format!("Invalid JSON: {words}"), "code": "INVALID_JSON"}),
            Self::UnknownType(name) => json!({"message": format!("Unknown message type: {name}"), "code": "UNKNOWN_TYPE"}),
            Self::Invalid(complaints) => {
                let errors: Vec<Value> = complaints.iter().map(Complaint::json).collect();
                json!({"message": "Invalid message", "code": "VALIDATION_ERROR", "errors": errors})
            }
            Self::Refused(words) => json!({"message": words, "code": "EXECUTION_ERROR"}),
            Self::Session(words) => json!({"message": words, "code": "SESSION_ERROR"}),
            Self::Full { active, max } => json!({
                "message": format!("Server at capacity: {active}/{max} sessions active. Cannot accept new connections."),
                "code": "CAPACITY_REACHED", "active_sessions": active, "max_sessions": max,
            }),
        };
        json!({"type": "error", "data": data}).to_string()
    }
}

/// Reads one message.
pub(crate) fn read(text: &str) -> Result<Request, Fault> {
    let message: Value = serde_json::from_str(text).map_err(|error| Fault::NoJson(error.to_string()))?;
    let Value::Object(mut members) = message else { return Err(Fault::Session("a message is a JSON object".to_owned())) };
    let kind = members.remove("type").unwrap_or(Value::Null);
    let data = members.remove("data");
    if let Some((name, value)) = members.iter().next() {
        let known = matches!(kind.as_str(), Some("reset" | "step" | "state" | "close" | "mcp"));
        if known {
            return Err(Fault::one(Complaint::new("extra_forbidden", &[name], "Extra inputs are not permitted", value)));
        }
    }
    match (kind.as_str(), data) {
        (Some("reset"), None) => Ok(Request::Reset(Map::new())),
        (Some("reset"), Some(Value::Object(data))) => Ok(Request::Reset(data)),
        (Some("step"), Some(data @ Value::Object(_))) => Ok(Request::Step(data)),
        (Some("mcp"), Some(data @ Value::Object(_))) => Ok(Request::Mcp(data)),
        (Some("state"), None) => Ok(Request::State),
        (Some("close"), None) => Ok(Request::Close),
        (Some("step" | "mcp"), None) => Err(Fault::one(Complaint::new("missing", &["data"], "Field required", &Value::Null))),
        (Some("state" | "close"), Some(data)) => {
            Err(Fault::one(Complaint::new("extra_forbidden", &["data"], "Extra inputs are not permitted", &data)))
        }
        (Some("reset" | "step" | "mcp"), Some(data)) => {
            Err(Fault::one(Complaint::new("dict_type", &["data"], "Input should be a valid dictionary", &data)))
        }
        (Some(name), _) => Err(Fault::UnknownType(wardian_format::names::untrusted(name, 60))),
        (None, _) => Err(Fault::UnknownType("None".to_owned())),
    }
}

/// What a reset or a step came to.
#[derive(Debug)]
pub(crate) struct Observation {
    /// The fields of the observation, `metadata` among them.
    pub(crate) fields: Map<String, Value>,
    /// None after a reset.
    pub(crate) reward: Option<f64>,
    pub(crate) done: bool,
}

impl Observation {
    pub(crate) fn frame(self) -> String {
        json!({"type": "observation", "data": self.data(false)}).to_string()
    }

    /// As HTTP has it, where `metadata` stands outside in any case, or as the socket has it, where it does only if it says something.
    pub(crate) fn data(self, always: bool) -> Value {
        let metadata = self.fields.get("metadata").filter(|value| value.as_object().is_some_and(|members| !members.is_empty())).cloned();
        let mut data = json!({"observation": self.fields, "reward": self.reward, "done": self.done});
        if always || metadata.is_some() {
            data["metadata"] = metadata.unwrap_or(Value::Null);
        }
        data
    }
}
