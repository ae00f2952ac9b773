//! One request until it is answered: tries, pauses, bounds.

use crate::clock::Clock;
use crate::endpoint::{Endpoint, EndpointError};
use crate::spent::Account;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, Url};
use serde_json::Value;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use wardian_format::{Rng, names};
use wardian_model::ModelError;

/// Longest piece of what an endpoint said that is shown, characters.
const SHOWN_CHARS_MAX: usize = 300;
/// What is read of the body of an error, bytes.
const ERROR_BYTES_MAX: usize = 64 << 10;
/// Shorter secrets are not looked for in what an endpoint says: they are in every text.
const SECRET_CHARS_MIN: usize = 6;

/// What all clones of a client share.
pub(crate) struct Sender {
    pub(crate) endpoint: Endpoint,
    pub(crate) account: Account,
    pub(crate) base: Url,
    http: reqwest::Client,
    permits: Semaphore,
    next_start: Mutex<Duration>,
    clock: Arc<dyn Clock>,
}

/// An answer with a good status, read whole.
pub(crate) struct Received {
    pub(crate) body: Vec<u8>,
    pub(crate) media_type: String,
}

/// Why a try came to nothing.
pub(crate) enum Fault {
    /// Another try would end the same way.
    Final(ModelError),
    /// Another try may do better.
    Passing { kind: Kind, wait: Option<Duration> },
}

/// Faults that pass.
pub(crate) enum Kind {
    Rate,
    TimedOut,
    Other(String),
}

impl Fault {
    pub(crate) fn other(text: String) -> Self {
        Self::Passing { kind: Kind::Other(text), wait: None }
    }
}

impl Sender {
    /// # Errors
    /// Where the endpoint cannot be asked as it is described.
    pub(crate) fn new(endpoint: Endpoint, clock: Arc<dyn Clock>) -> Result<Self, EndpointError> {
        let checked = endpoint.check()?;
        // Only the first of a process counts; it may be there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.extend(checked.headers);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("wardian/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .timeout(Duration::from_millis(endpoint.timeout_ms))
            .connect_timeout(Duration::from_millis(endpoint.connect_timeout_ms))
            // A request belongs to one address, and so does the key.
            .redirect(Policy::none())
            // Tries are counted here.
            .retry(reqwest::retry::never());
        if checked.is_loopback || !endpoint.system_proxy {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(EndpointError::Http)?;
        Ok(Self {
            account: Account::new(endpoint.budget),
            base: checked.url,
            http,
            permits: Semaphore::new(endpoint.concurrency_max.min(Semaphore::MAX_PERMITS)),
            next_start: Mutex::default(),
            clock,
            endpoint,
        })
    }

    /// Sends `body` to `url` until `read` makes something of the answer.
    ///
    /// # Errors
    /// After the last try, at once where another would not help, and where the budget is used up.
    pub(crate) async fn send<T>(&self, url: &Url, body: &[u8], read: impl Fn(Received) -> Result<T, Fault>) -> Result<T, ModelError> {
        let _permit = self.permits.acquire().await.map_err(|_| ModelError::Failed("the client is closed".to_owned()))?;
        let mut random = Rng::of(self.endpoint.seed, &["backoff", &wardian_format::Digest::of(body).to_string()]);
        let mut tries = 0;
        loop {
            self.account.request(tries > 0)?;
            self.slot().await;
            tries += 1;
            let (kind, wait) = match self.attempt(url, body).await.and_then(&read) {
                Ok(answer) => return Ok(answer),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Passing { kind, wait }) => (kind, wait),
            };
            let is_too_long = wait.is_some_and(|wait| wait > Duration::from_millis(self.endpoint.retry_after_ms_max));
            if tries > self.endpoint.retries_max || is_too_long {
                return Err(self.given_up(kind, wait, tries));
            }
            self.clock.pause(self.pause(tries, wait, &mut random)).await;
        }
    }

    /// What `text` of the endpoint may be shown: bounded, escaped, without the key.
    pub(crate) fn shown(&self, text: &str) -> String {
        let key = self.endpoint.key.iter();
        let secrets = key.chain(self.endpoint.headers.iter().map(|(_, value)| value)).map(|secret| secret.reveal());
        let query: Vec<String> = self.base.query_pairs().map(|(_, value)| value.into_owned()).collect();
        // Cut after the search, so that no half of a secret is left at the cut.
        let mut text = text.to_owned();
        for secret in secrets.chain(query.iter().map(String::as_str)).filter(|secret| secret.chars().count() >= SECRET_CHARS_MIN) {
            text = text.replace(secret, "[secret]");
        }
        names::untrusted(&text, SHOWN_CHARS_MAX)
    }

    fn given_up(&self, kind: Kind, wait: Option<Duration>, tries: u32) -> ModelError {
        match kind {
            Kind::Rate => ModelError::RateLimited { tries, wait_s: wait.map(|wait| wait.as_millis().div_ceil(1000) as u64) },
            Kind::TimedOut => ModelError::TimedOut { tries, timeout_ms: self.endpoint.timeout_ms },
            Kind::Other(last) => ModelError::Unavailable { tries, last },
        }
    }

    /// The pause after `tries` tries: at least what the endpoint asks for, else one that doubles; a part of it is random, so that
    /// requests that failed together do not come back together.
    fn pause(&self, tries: u32, wait: Option<Duration>, random: &mut Rng) -> Duration {
        let doubled = self.endpoint.backoff_ms.saturating_mul(1 << (tries - 1).min(20)).min(self.endpoint.backoff_ms_max);
        let half = (doubled / 2) as i64;
        let jitter = Duration::from_millis(random.between(0, half) as u64);
        match wait {
            Some(wait) => wait + jitter,
            None => Duration::from_millis(doubled - doubled / 2) + jitter,
        }
    }

    /// Waits until the rate allows another request.
    async fn slot(&self) {
        let Some(rate) = self.endpoint.requests_per_minute_max else { return };
        let now = self.clock.now();
        let start = {
            let mut next = self.next_start.lock().unwrap_or_else(PoisonError::into_inner);
            let start = now.max(*next);
            *next = start + Duration::from_secs(60) / rate;
            start
        };
        if start > now {
            self.clock.pause(start - now).await;
        }
    }

    async fn attempt(&self, url: &Url, body: &[u8]) -> Result<Received, Fault> {
        let request = self.http.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body.to_vec());
        let response = request.send().await.map_err(|error| self.broken(error))?;
        let status = response.status();
        let media_type = media_type(response.headers());
        if !status.is_success() {
            let wait = retry_after(response.headers());
            let body = self.read(response, ERROR_BYTES_MAX, true).await.unwrap_or_default();
            return Err(self.refused(status, &body, wait));
        }
        let body = self.read(response, self.endpoint.answer_bytes_max, false).await?;
        Ok(Received { body, media_type })
    }

    /// Reads a body of at most `bytes_max` bytes, whatever length it was announced with; a longer one is cut where `cut` says so.
    async fn read(&self, mut response: Response, bytes_max: usize, cut: bool) -> Result<Vec<u8>, Fault> {
        let too_large = || Fault::Final(ModelError::TooLarge { bytes_max });
        if !cut && response.content_length().is_some_and(|length| length > bytes_max as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(error))? {
            let room = bytes_max - body.len();
            if chunk.len() > room && !cut {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                break;
            }
        }
        Ok(body)
    }

    /// A request or an answer that broke off.
    fn broken(&self, error: reqwest::Error) -> Fault {
        if error.is_timeout() && !error.is_connect() {
            return Fault::Passing { kind: Kind::TimedOut, wait: None };
        }
        let is_ours = error.is_builder();
        // The address may hold secrets in its query.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        let text = self.shown(&text);
        if is_ours { Fault::Final(ModelError::Failed(text)) } else { Fault::other(text) }
    }

    /// What to make of an answer that is none.
    pub(crate) fn refused(&self, status: StatusCode, body: &[u8], wait: Option<Duration>) -> Fault {
        let body = String::from_utf8_lossy(body);
        let told = serde_json::from_str::<Value>(&body).ok().and_then(|value| crate::wire::error(&value));
        let said = self.shown(&told.map_or_else(|| body.trim().to_owned(), |told| told.said));
        let is_out_of_money = said.contains("insufficient_quota");
        match status.as_u16() {
            429 if !is_out_of_money => Fault::Passing { kind: Kind::Rate, wait },
            501 | 505 => Fault::Final(ModelError::Refused { status: status.as_u16(), said }),
            408 | 425 | 500.. => Fault::Passing { kind: Kind::Other(format!("status {}: {said}", status.as_u16())), wait },
            code => Fault::Final(ModelError::Refused { status: code, said }),
        }
    }

    /// The answer as JSON; errors in its place are faults.
    pub(crate) fn json(&self, received: &Received) -> Result<Value, Fault> {
        let malformed = |reason: String, body: &str| Fault::Final(ModelError::Malformed { reason, said: self.shown(body) });
        let body = std::str::from_utf8(&received.body)
            .map_err(|error| malformed(format!("not UTF-8: {error}"), &String::from_utf8_lossy(&received.body)))?;
        let value = if received.media_type == "text/event-stream" {
            crate::stream::completion(body).map_err(|broken| match broken {
                crate::stream::Broken::CutOff => Fault::other("the stream ends before the answer does".to_owned()),
                crate::stream::Broken::Malformed(reason) => malformed(reason, body),
            })?
        } else {
            serde_json::from_str(body).map_err(|error| match error.is_eof() {
                true => Fault::other(format!("the answer is cut off after {} bytes", body.len())),
                false => malformed(format!("`{}` that is no JSON: {error}", self.shown(&received.media_type)), body),
            })?
        };
        match crate::wire::error(&value) {
            None => Ok(value),
            Some(told) => {
                let status = told.status.and_then(|status| StatusCode::from_u16(status).ok());
                Err(self.refused(status.unwrap_or(StatusCode::OK), body.as_bytes(), None))
            }
        }
    }
}

/// The media type without parameters, in lower case.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The pause that the endpoint asks for: milliseconds, seconds, or a date, which is read against the endpoint's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |value: Option<&HeaderValue>| Some(value?.to_str().ok()?.trim().to_owned());
    let seconds = |text: String, unit: f64| text.parse::<f64>().ok().and_then(|n| Duration::try_from_secs_f64(n * unit).ok());
    if let Some(wait) = text(headers.get("retry-after-ms")).and_then(|text| seconds(text, 1e-3)) {
        return Some(wait);
    }
    let after = text(headers.get(RETRY_AFTER))?;
    if let Some(wait) = seconds(after.clone(), 1.0) {
        return Some(wait);
    }
    let until = httpdate::parse_http_date(&after).ok()?;
    let now = httpdate::parse_http_date(&text(headers.get(DATE))?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_that_an_endpoint_asks_for() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            retry_after(&pairs.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value))).collect())
        };
        assert_eq!(of(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(of(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(of(&[("retry-after", "9"), ("retry-after-ms", "20")]), Some(Duration::from_millis(20)));
        let (early, late) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(of(&[("date", early), ("retry-after", late)]), Some(Duration::from_secs(30)));
        assert_eq!(of(&[("date", late), ("retry-after", early)]), Some(Duration::ZERO));
        for nothing in [&[][..], &[("retry-after", late)], &[("retry-after", "-1")], &[("retry-after", "NaN")], &[("retry-after", "soon")]]
        {
            assert_eq!(of(nothing), None, "{nothing:?}");
        }
    }
}
