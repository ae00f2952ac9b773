//! An MCP server behind an address: every message is one POST; the answer is JSON, or a stream of events that holds it.

use super::{Listed, MESSAGE_BYTES_MAX, PROTOCOL, Wire, result_of};
use crate::{network, ui};
use anyhow::{Context, Result, bail, ensure};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;
use std::time::{Duration, Instant};
use wardian_format::names::untrusted;

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
/// Characters of an error's body that are shown.
const SHOWN_CHARS_MAX: usize = 200;
/// How long the end of a session may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// How often Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Lists the tools of the server at `url`, within `limit`. `headers` are `Name: value`.
pub(crate) fn list(url: &str, headers: &[String], limit: Duration) -> Result<Listed> {
    // Before the client, which needs the provider of TLS that this sets.
    let runtime = network::runtime()?;
    let url = Url::parse(url).context("that is no address")?;
    ensure!(matches!(url.scheme(), "http" | "https"), "an address starts with `https://` or `http://`");
    // A redirection would carry the headers to somebody else.
    let client = Client::builder()
        .user_agent(concat!("wardian/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .build()
        .context("cannot set up HTTP")?;
    let headers = parsed(headers)?;
    let mut server = Server { runtime, client, url, headers, session: None, deadline: Instant::now() + limit };
    let listed = super::list(&mut server);
    server.leave();
    listed
}

fn parsed(headers: &[String]) -> Result<HeaderMap> {
    let mut out = HeaderMap::new();
    for header in headers {
        let (name, value) = header.split_once(':').context("a header is `Name: value`")?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).context("a header has a wrong name")?;
        // The value is not shown: it may be a secret.
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| anyhow::anyhow!("header `{name}` has a wrong value"))?;
        value.set_sensitive(true);
        out.append(name, value);
    }
    Ok(out)
}

struct Server {
    runtime: tokio::runtime::Runtime,
    client: Client,
    url: Url,
    headers: HeaderMap,
    session: Option<HeaderValue>,
    deadline: Instant,
}

impl Server {
    fn post(&self, message: &Value) -> reqwest::RequestBuilder {
        let mut request = self.client.post(self.url.clone()).headers(self.headers.clone());
        request = request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "application/json, text/event-stream");
        if let Some(session) = &self.session {
            request = request.header(SESSION, session.clone());
        }
        request.body(message.to_string())
    }

    /// Ends the session, if the server gave one; what it says to that does not matter.
    fn leave(&mut self) {
        let Some(session) = self.session.take() else { return };
        let request = self.client.delete(self.url.clone()).headers(self.headers.clone()).header(SESSION, session);
        let _ = self.runtime.block_on(async { tokio::time::timeout(GOODBYE, request.send()).await.map(drop) });
    }
}

impl Wire for Server {
    fn send(&mut self, message: &Value) -> Result<Value> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let request = self.post(message);
        let id = message.get("id").cloned();
        let work = async {
            tokio::select! {
                done = tokio::time::timeout(left, exchange(request, id.as_ref())) => done.context("it takes too long")?,
                () = interrupted() => Err(ui::Interrupted.into()),
            }
        };
        let (session, result) = self.runtime.block_on(work)?;
        self.session = session.or(self.session.take());
        Ok(result)
    }

    fn agreed(&mut self, version: &str) {
        let value = HeaderValue::from_str(version).unwrap_or(HeaderValue::from_static(PROTOCOL));
        self.headers.insert(VERSION, value);
    }
}

async fn interrupted() {
    while !ui::interrupted() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Sends one message; the session that the server starts, and the answer to the request `id`.
async fn exchange(request: reqwest::RequestBuilder, id: Option<&Value>) -> Result<(Option<HeaderValue>, Value)> {
    let response = request.send().await.context("it cannot be reached")?;
    let status = response.status();
    if !status.is_success() {
        let body = read(response).await.unwrap_or_default();
        let hint = if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) { " (see `--mcp-header`)" } else { "" };
        bail!("it answers {status}{hint}: {}", untrusted(&String::from_utf8_lossy(&body), SHOWN_CHARS_MAX));
    }
    let session = response.headers().get(SESSION).cloned();
    let Some(id) = id else { return Ok((session, Value::Null)) };
    let media = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if media.starts_with("text/event-stream") {
        return Ok((session, from_events(response, id).await?));
    }
    ensure!(media.starts_with("application/json"), "it answers with `{}`, not with JSON", untrusted(&media, 60));
    let message: Value = serde_json::from_slice(&read(response).await?).context("its answer is no JSON")?;
    let result = result_of(&message, id).context("its answer is to something else")??;
    Ok((session, result))
}

async fn read(mut response: Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.context("it broke off")? {
        ensure!(body.len() + chunk.len() <= MESSAGE_BYTES_MAX, "it sends more than {MESSAGE_BYTES_MAX} bytes");
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The answer to `id` out of server-sent events. All events together are bounded as one message is.
async fn from_events(mut response: Response, id: &Value) -> Result<Value> {
    let mut events = Events::default();
    let mut total = 0;
    while let Some(chunk) = response.chunk().await.context("it broke off")? {
        total += chunk.len();
        ensure!(total <= MESSAGE_BYTES_MAX, "it sends more than {MESSAGE_BYTES_MAX} bytes");
        for data in events.push(&chunk) {
            let Ok(message) = serde_json::from_slice::<Value>(&data) else { continue };
            if let Some(result) = result_of(&message, id) {
                return result;
            }
        }
    }
    bail!("its stream ends without an answer")
}

/// Splits a stream into the data of its events.
#[derive(Default)]
struct Events {
    line: Vec<u8>,
    data: Vec<u8>,
    /// The last byte was a carriage return, whose line feed is still to come.
    returned: bool,
}

impl Events {
    /// The events that `chunk` completes.
    fn push(&mut self, chunk: &[u8]) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        for &byte in chunk {
            let second = byte == b'\n' && self.returned;
            self.returned = byte == b'\r';
            match byte {
                _ if second => {}
                b'\n' | b'\r' => self.end_line(&mut out),
                _ => self.line.push(byte),
            }
        }
        out
    }

    fn end_line(&mut self, out: &mut Vec<Vec<u8>>) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            if !self.data.is_empty() {
                out.push(std::mem::take(&mut self.data));
            }
        } else if let Some(data) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_any_pieces() {
        let stream = b": hello\r\nevent: message\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata:2\n\n\ndata: unfinished";
        for size in 1..stream.len() {
            let mut events = Events::default();
            let found: Vec<Vec<u8>> = stream.chunks(size).flat_map(|chunk| events.push(chunk)).collect();
            assert_eq!(found, [b"{\"a\":\n1}".to_vec(), b"2".to_vec()], "pieces of {size}");
        }
    }

    #[test]
    fn headers_are_checked_and_secret() {
        let headers = parsed(&["Authorization: Bearer x".to_owned()]).expect("a header");
        assert!(headers["authorization"].is_sensitive());
        assert!(parsed(&["nothing".to_owned()]).is_err());
        let error = parsed(&["X-Key: a\nb".to_owned()]).expect_err("a line feed").to_string();
        assert!(error.contains("x-key") && !error.contains("a\nb"), "{error}");
    }
}
