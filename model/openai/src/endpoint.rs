//! Where an endpoint is, how it is asked, and what it may cost.

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use std::fmt;
use std::net::IpAddr;

/// Members of a request that [`Sampling::extra`] may not set.
const RESERVED: [&str; 6] = ["input", "messages", "model", "response_format", "stream", "tools"];

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` without white space around it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An endpoint, and the bounds on asking it. Make one with [`Endpoint::new`] and change what differs. `Debug` shows nothing that may be
/// secret.
#[derive(Clone)]
pub struct Endpoint {
    /// What `/chat/completions` and `/embeddings` are appended to: `https://api.openai.com/v1`, `http://localhost:8000/v1`. A query
    /// (`?api-version=…`) is kept.
    pub base_url: String,
    /// The model, as the endpoint calls it.
    pub model: String,
    /// The key, sent as `Authorization: Bearer`.
    pub key: Option<Secret>,
    /// More headers, such as `api-key`. Their values count as secrets.
    pub headers: Vec<(String, Secret)>,
    /// Send key and headers without TLS to hosts that are neither this machine nor in a private network. Default no.
    pub key_without_tls: bool,
    /// Use the proxy that the system names, but for this machine itself. Default no.
    pub system_proxy: bool,
    /// What decides an answer besides the request.
    pub sampling: Sampling,
    /// How answers in JSON are asked for.
    pub structured: Structured,
    /// Ask for the answer as a stream of events: for endpoints behind gateways that cut long silences. The same reply comes out.
    pub stream: bool,
    /// Send the reasoning of earlier turns back, as `reasoning_content`. Some models need it, some endpoints refuse it. Default no.
    pub send_reasoning: bool,
    /// Time of one try, from connecting to the last byte. Default 5 minutes.
    pub timeout_ms: u64,
    /// Time to connect. Default 10 seconds.
    pub connect_timeout_ms: u64,
    /// Tries after the first. Default 5.
    pub retries_max: u32,
    /// First pause before another try; doubles each time, and half of it is random. Default half a second.
    pub backoff_ms: u64,
    /// Longest pause of ours. Default 30 seconds.
    pub backoff_ms_max: u64,
    /// Longest pause that the endpoint may ask for with `Retry-After`; where it wants more, the request fails. Default 2 minutes.
    pub retry_after_ms_max: u64,
    /// Seed of the random part of pauses.
    pub seed: u64,
    /// Requests under way at once. A request that pauses keeps its place, so an overloaded endpoint gets fewer. Default 8.
    pub concurrency_max: usize,
    /// Requests that start in a minute, evenly spaced.
    pub requests_per_minute_max: Option<u32>,
    /// Bytes of an answer. Default 16 MiB.
    pub answer_bytes_max: usize,
    /// What may be spent in all.
    pub budget: Budget,
    /// Texts in one request for embeddings. Default 128.
    pub embedding_batch: usize,
    /// Length of embeddings, where the endpoint lets one choose.
    pub embedding_dimensions: Option<usize>,
}

impl Endpoint {
    /// The model `model` at `base_url`, with the defaults that the fields name, no key and no budget.
    pub fn new(base_url: &str, model: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            model: model.to_owned(),
            key: None,
            headers: Vec::new(),
            key_without_tls: false,
            system_proxy: false,
            sampling: Sampling::default(),
            structured: Structured::Schema,
            stream: false,
            send_reasoning: false,
            timeout_ms: 300_000,
            connect_timeout_ms: 10_000,
            retries_max: 5,
            backoff_ms: 500,
            backoff_ms_max: 30_000,
            retry_after_ms_max: 120_000,
            seed: 0,
            concurrency_max: 8,
            requests_per_minute_max: None,
            answer_bytes_max: 16 << 20,
            budget: Budget::default(),
            embedding_batch: 128,
            embedding_dimensions: None,
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base_url = shown(&self.base_url);
        f.debug_struct("Endpoint").field("base_url", &base_url).field("model", &self.model).finish_non_exhaustive()
    }
}

/// What decides an answer besides the request. What is `None` is not sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// 0 for the likeliest answer.
    pub temperature: Option<f64>,
    /// Share of the probability that is sampled from.
    pub top_p: Option<f64>,
    /// Longest answer in tokens, sent as `max_tokens`. Endpoints that want `max_completion_tokens` get it by `extra`.
    pub tokens_max: Option<u64>,
    /// For endpoints that can repeat an answer; also tells apart the cached answers of several trials.
    pub seed: Option<i64>,
    /// More members of the request, such as `{"reasoning_effort": "low"}`. They may not replace the dialogue, the tools or the model.
    pub extra: Map<String, Value>,
}

impl Sampling {
    /// The members of a request.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let known = [
            ("temperature", self.temperature.map(Value::from)),
            ("top_p", self.top_p.map(Value::from)),
            ("max_tokens", self.tokens_max.map(Value::from)),
            ("seed", self.seed.map(Value::from)),
        ];
        let mut members: Map<String, Value> =
            known.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))).collect();
        members.extend(self.extra.clone());
        members
    }

    /// # Errors
    /// Where `extra` replaces what is not its own.
    pub(crate) fn check(&self) -> Result<(), EndpointError> {
        let reserved = self.extra.keys().find(|name| RESERVED.contains(&name.as_str()));
        reserved.map_or(Ok(()), |name| Err(EndpointError::Reserved(name.clone())))
    }
}

/// How an endpoint is asked for an answer in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structured {
    /// With the schema: `response_format` of type `json_schema`.
    Schema,
    /// As some JSON object: `json_object`.
    Object,
    /// In the words of the request alone, for endpoints that know no `response_format`.
    Words,
}

impl Structured {
    /// For records.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Object => "object",
            Self::Words => "words",
        }
    }
}

/// What may be spent in all; `None` is no bound. Requests under way when the bound is reached are finished, so tokens can exceed it by
/// what [`Endpoint::concurrency_max`] requests cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Requests, repeated ones too.
    pub requests_max: Option<u64>,
    /// Tokens read and written. Where the endpoint does not count, four bytes are taken for a token.
    pub tokens_max: Option<u64>,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The base URL is none.
    #[error("`{url}` is no base URL of an endpoint: {reason}")]
    BaseUrl {
        /// As given, without what may be secret.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The key would travel in the clear.
    #[error("the key would travel to `{0}` without TLS")]
    KeyWithoutTls(String),
    /// The key is empty or has characters that no header can carry. It is not shown.
    #[error("the key is empty or has characters that a header cannot carry")]
    Key,
    /// A header has a name that is none, or a value that no header can carry.
    #[error("`{0}` is no name of a header, or its value cannot be sent")]
    Header(String),
    /// A member of the request that is not a parameter of sampling.
    #[error("`{0}` cannot be set among the extra parameters")]
    Reserved(String),
    /// A bound that allows nothing.
    #[error("`{0}` must be at least 1")]
    Zero(&'static str),
    /// HTTP cannot be set up.
    #[error("cannot set up HTTP")]
    Http(#[source] reqwest::Error),
}

/// The parts of an endpoint that were checked.
pub(crate) struct Checked {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) is_loopback: bool,
}

impl Endpoint {
    /// What can be said of it before any request is sent.
    pub(crate) fn check(&self) -> Result<Checked, EndpointError> {
        let bounds = [
            ("timeout_ms", self.timeout_ms),
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("concurrency_max", self.concurrency_max as u64),
            ("requests_per_minute_max", u64::from(self.requests_per_minute_max.unwrap_or(1))),
            ("answer_bytes_max", self.answer_bytes_max as u64),
            ("embedding_batch", self.embedding_batch as u64),
            ("embedding_dimensions", self.embedding_dimensions.unwrap_or(1) as u64),
        ];
        if let Some((name, _)) = bounds.iter().find(|(_, bound)| *bound == 0) {
            return Err(EndpointError::Zero(name));
        }
        self.sampling.check()?;
        let url = base_url(&self.base_url)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let headers = self.header_values()?;
        if !headers.is_empty() && url.scheme() == "http" && !is_near(&host) && !self.key_without_tls {
            return Err(EndpointError::KeyWithoutTls(host));
        }
        let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        Ok(Checked { url, headers, is_loopback })
    }

    fn header_values(&self) -> Result<Vec<(HeaderName, HeaderValue)>, EndpointError> {
        let mut out = Vec::new();
        if let Some(key) = &self.key {
            let usable = !key.reveal().is_empty();
            let value = usable.then(|| hidden(&format!("Bearer {}", key.reveal()))).flatten();
            out.push((reqwest::header::AUTHORIZATION, value.ok_or(EndpointError::Key)?));
        }
        for (name, value) in &self.headers {
            let bad = || EndpointError::Header(wardian_format::names::untrusted(name, 100));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            out.push((name, hidden(value.reveal()).ok_or_else(bad)?));
        }
        Ok(out)
    }

    /// What decides an answer besides name and request.
    pub(crate) fn parameters(&self, sampling: &Sampling) -> Value {
        json!({"sampling": sampling.members(), "structured": self.structured.word(), "send_reasoning": self.send_reasoning})
    }
}

fn hidden(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A base URL without its query, which may hold a key, and without what is before an `@`.
fn shown(base_url: &str) -> String {
    let plain = base_url.split(['?', '#']).next().unwrap_or_default();
    let plain = plain.rfind('@').map_or(plain, |at| &plain[at + 1..]);
    wardian_format::names::untrusted(plain, 200)
}

fn base_url(text: &str) -> Result<Url, EndpointError> {
    let bad = |reason: &str| EndpointError::BaseUrl { url: shown(text), reason: reason.to_owned() };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    match url.scheme() {
        "http" | "https" => {}
        _ => return Err(bad("it must start with http:// or https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it has a user or a password; use the key or a header"));
    }
    if url.fragment().is_some() {
        return Err(bad("it has a `#`"));
    }
    Ok(url)
}

/// True for hosts on this machine or in a network of the user's own.
fn is_near(host: &str) -> bool {
    let private = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(private)
}

/// The address of `path` below a base URL.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_below_the_base() {
        for (base, made) in [
            ("https://api.example/v1", "https://api.example/v1/chat/completions"),
            ("https://api.example/v1/", "https://api.example/v1/chat/completions"),
            ("http://localhost:8000", "http://localhost:8000/chat/completions"),
            ("https://a.example/openai/x?api-version=1", "https://a.example/openai/x/chat/completions?api-version=1"),
        ] {
            assert_eq!(below(&base_url(base).expect("a base"), "chat/completions").as_str(), made);
        }
    }

    #[test]
    fn addresses_that_are_none_are_refused_without_their_secrets() {
        for (base, reason) in [
            ("api.example/v1?key=hush", "relative URL"),
            ("ftp://api.example", "http://"),
            ("https://me:hush@api.example/v1", "a user or a password"),
            ("https://api.example/v1#hush", "a `#`"),
            ("https://", "empty host"),
        ] {
            let error = base_url(base).expect_err(base).to_string();
            assert!(error.contains(reason) && !error.contains("hush"), "{base}: {error}");
        }
    }

    #[test]
    fn keys_do_not_travel_in_the_clear() {
        let with_key = |url: &str| Endpoint { key: Some(Secret::new("hush-hush")), ..Endpoint::new(url, "m") };
        for url in ["http://localhost:1/v1", "http://127.0.0.1/v1", "http://[::1]:8000/v1", "http://10.1.2.3/v1", "https://api.example/v1"]
        {
            assert!(with_key(url).check().is_ok(), "{url}");
        }
        assert!(matches!(with_key("http://api.example/v1").check(), Err(EndpointError::KeyWithoutTls(host)) if host == "api.example"));
        assert!(Endpoint { key_without_tls: true, ..with_key("http://api.example/v1") }.check().is_ok());
        assert!(Endpoint::new("http://api.example/v1", "m").check().is_ok(), "nothing to hide");
    }

    #[test]
    fn bad_settings_are_refused_without_the_key() {
        let good = Endpoint::new("https://api.example/v1", "m");
        for key in ["", "  ", "hush\nhush"] {
            let error = Endpoint { key: Some(Secret::new(key)), ..good.clone() }.check().err().expect("refused");
            assert!(matches!(error, EndpointError::Key) && !format!("{error:?} {error}").contains("hush"));
        }
        let extra = Map::from_iter([("messages".to_owned(), Value::Null)]);
        let sampling = Sampling { extra, ..Sampling::default() };
        assert!(matches!(Endpoint { sampling, ..good.clone() }.check(), Err(EndpointError::Reserved(name)) if name == "messages"));
        assert!(matches!(Endpoint { concurrency_max: 0, ..good.clone() }.check(), Err(EndpointError::Zero("concurrency_max"))));
        let headers = vec![("not a name".to_owned(), Secret::new("hush"))];
        let error = Endpoint { headers, ..good.clone() }.check().err().expect("refused");
        assert!(error.to_string().contains("`not a name`") && !format!("{error:?}").contains("hush"));
        let base_url = "https://api.example/v1?key=hush".to_owned();
        let shown = format!("{:?}", Endpoint { key: Some(Secret::new("hush-hush")), base_url, ..good });
        assert!(shown.contains("api.example") && !shown.contains("hush"), "{shown}");
        assert_eq!(format!("{:?}", Secret::new("hush")), "Secret(…)");
    }
}
