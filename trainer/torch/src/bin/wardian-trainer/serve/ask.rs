//! Requests of the OpenAI chat protocol, checked.
//!
//! Source of the form: OpenAI's API reference, `POST /v1/chat/completions`; `top_k` and `chat_template_kwargs` as vLLM has them.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wardian_torch::serve::Sampling;
use wardian_trainer::conversation::Conversation;

/// Stop texts, answers to one request, and tokens of one.
const STOPS_MAX: usize = 16;
const CHOICES_MAX: usize = 128;

/// The body of a request. Members that change nothing here (`user`, `store`, …) are passed over.
#[derive(Debug, Deserialize)]
struct Body {
    #[serde(default)]
    model: Option<String>,
    messages: Value,
    #[serde(default)]
    tools: Option<Value>,
    #[serde(default)]
    tool_choice: Option<Value>,
    #[serde(default)]
    temperature: Option<f64>,
    #[serde(default)]
    top_p: Option<f64>,
    #[serde(default)]
    top_k: Option<i64>,
    #[serde(default)]
    seed: Option<i64>,
    #[serde(default)]
    max_tokens: Option<i64>,
    #[serde(default)]
    max_completion_tokens: Option<i64>,
    #[serde(default)]
    n: Option<i64>,
    #[serde(default)]
    stop: Option<Value>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    logprobs: Option<bool>,
    #[serde(default)]
    response_format: Option<Value>,
    #[serde(default)]
    frequency_penalty: Option<f64>,
    #[serde(default)]
    presence_penalty: Option<f64>,
    #[serde(default)]
    chat_template_kwargs: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// A request that can be answered.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) conversation: Conversation,
    /// Whether calls are looked for.
    pub(crate) calls: bool,
    pub(crate) sampling: Sampling,
    pub(crate) tokens_max: Option<usize>,
    pub(crate) choices: usize,
    pub(crate) stops: Vec<String>,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
}

/// Why a request cannot be answered: HTTP's status, OpenAI's code, words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) what: String,
}

impl Refusal {
    pub(crate) fn bad(what: impl Into<String>) -> Self {
        Self { status: 400, code: "invalid_request_error", what: what.into() }
    }
}

/// Reads a request to the model `name`.
pub(crate) fn read(bytes: &[u8], name: &str) -> Result<Ask, Refusal> {
    let body: Body = serde_json::from_slice(bytes).map_err(|e| Refusal::bad(format!("the body is no request: {e}")))?;
    if let Some(model) = body.model.as_deref().filter(|model| *model != name) {
        let what = format!("there is no model `{}`; this is `{name}`", model.escape_debug());
        return Err(Refusal { status: 404, code: "model_not_found", what });
    }
    refuse_unknown(&body)?;
    let row = json!({"messages": body.messages, "tools": body.tools, "chat_template_kwargs": body.chat_template_kwargs});
    let mut conversation = Conversation::from_row(&row).map_err(|e| Refusal::bad(e.to_string()))?;
    let calls = match body.tool_choice.as_ref().map(|choice| choice.as_str().unwrap_or("named")) {
        None | Some("auto") => !conversation.tools.is_empty(),
        // A model that is not offered tools calls none.
        Some("none") => {
            conversation.tools.clear();
            false
        }
        Some(_) => return Err(Refusal::bad("`tool_choice` may be `auto` or `none`: no call can be forced here")),
    };
    Ok(Ask {
        conversation,
        calls,
        sampling: sampling(&body)?,
        tokens_max: whole("max_tokens", body.max_completion_tokens.or(body.max_tokens), 1, i64::from(u32::MAX))?,
        choices: whole("n", body.n, 1, CHOICES_MAX as i64)?.unwrap_or(1),
        stops: stops(body.stop.as_ref())?,
        stream: body.stream,
        include_usage: body.stream_options.is_some_and(|options| options.include_usage),
    })
}

/// What would change the answer and is not done.
fn refuse_unknown(body: &Body) -> Result<(), Refusal> {
    let text = |value: &Option<Value>| value.as_ref().is_some_and(|value| value["type"] != "text");
    for (name, asked) in [
        ("logprobs", body.logprobs == Some(true)),
        ("response_format", text(&body.response_format)),
        ("frequency_penalty", body.frequency_penalty.is_some_and(|value| value != 0.0)),
        ("presence_penalty", body.presence_penalty.is_some_and(|value| value != 0.0)),
    ] {
        if asked {
            return Err(Refusal::bad(format!("`{name}` is not supported")));
        }
    }
    Ok(())
}

fn sampling(body: &Body) -> Result<Sampling, Refusal> {
    let temperature = body.temperature.unwrap_or(1.0);
    let top_p = body.top_p.unwrap_or(1.0);
    if !(0.0..=2.0).contains(&temperature) {
        return Err(Refusal::bad(format!("`temperature` is {temperature}, and must be from 0 to 2")));
    }
    if !(top_p > 0.0 && top_p <= 1.0) {
        return Err(Refusal::bad(format!("`top_p` is {top_p}, and must be above 0 and at most 1")));
    }
    // vLLM's -1 is no bound.
    let top_k = whole("top_k", body.top_k.filter(|k| *k != -1), 0, i64::from(u32::MAX))?.unwrap_or(0);
    let seed = body.seed.map_or(0, |seed| u64::from_le_bytes(seed.to_le_bytes()));
    Ok(Sampling { temperature, top_p, top_k, seed })
}

fn whole(name: &str, value: Option<i64>, least: i64, most: i64) -> Result<Option<usize>, Refusal> {
    match value {
        Some(value) if !(least..=most).contains(&value) => {
            Err(Refusal::bad(format!("`{name}` is {value}, and must be from {least} to {most}")))
        }
        value => Ok(value.and_then(|value| usize::try_from(value).ok())),
    }
}

fn stops(stop: Option<&Value>) -> Result<Vec<String>, Refusal> {
    let wrong = || Refusal::bad(format!("`stop` is neither a text nor a list of at most {STOPS_MAX}"));
    match stop {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(items)) if items.len() <= STOPS_MAX => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_bad_ones_are_refused_in_words() {
        let body = |more: &str| format!("{{\"model\": \"m\", \"messages\": [{{\"role\": \"user\", \"content\": \"x\"}}]{more}}}");
        let read = |text: &str| read(text.as_bytes(), "m");
        let ask = read(&body(", \"max_tokens\": 5, \"stop\": \"a\", \"user\": \"u\", \"temperature\": 0")).expect("a request");
        assert_eq!((ask.tokens_max, ask.choices, ask.calls, ask.stops.len()), (Some(5), 1, false, 1));
        let tools = ", \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]";
        assert!(read(&body(tools)).expect("a request").calls);
        assert!(read(&body(&format!("{tools}, \"tool_choice\": \"none\""))).expect("a request").conversation.tools.is_empty());
        for (text, status, what) in [
            ("{".to_owned(), 400, "no request"),
            (body("").replace("\"m\"", "\"other\""), 404, "there is no model `other`; this is `m`"),
            (body("").replace("user", "judge"), 400, "messages[0].role: `judge`"),
            (body(", \"temperature\": -1"), 400, "`temperature` is -1"),
            (body(", \"top_p\": 0"), 400, "`top_p` is 0"),
            (body(", \"n\": 0"), 400, "`n` is 0"),
            (body(", \"max_tokens\": 0"), 400, "`max_tokens` is 0"),
            (body(", \"stop\": [1]"), 400, "`stop` is neither"),
            (body(", \"logprobs\": true"), 400, "`logprobs` is not supported"),
            (body(&format!("{tools}, \"tool_choice\": \"required\"")), 400, "no call can be forced"),
        ] {
            let refusal = read(&text).expect_err(&text);
            assert_eq!(refusal.status, status);
            assert!(refusal.what.contains(what), "{}", refusal.what);
        }
    }
}
