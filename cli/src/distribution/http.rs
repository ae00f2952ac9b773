//! Fetching from a server that is not trusted: every answer is bounded before it is read.

use super::credentials::Credentials;
use anyhow::{Context, Result, bail, ensure};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use std::time::Duration;
use wardian_format::limits::FIXED;
use wardian_format::names::untrusted;

/// Longest piece of an error's body that is shown, characters.
const SHOWN_CHARS_MAX: usize = 200;

/// How to reach a registry.
pub(crate) struct Reach {
    /// Speak HTTP without TLS.
    pub(crate) plain: bool,
    /// The registry is on this machine: no proxy is asked.
    pub(crate) loopback: bool,
    /// Who we are to it.
    pub(crate) credentials: Option<Credentials>,
}

/// One registry, and what it has told us to send along.
pub(crate) struct Http {
    client: Client,
    credentials: Option<Credentials>,
    plain: bool,
    authorization: Option<HeaderValue>,
}

/// An answer that was read whole.
pub(crate) struct Answer {
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

/// What a server answers to a request for a token.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Http {
    /// A client with bounds on silence and on redirections.
    pub(crate) fn new(reach: Reach) -> Result<Self> {
        let silence = Duration::from_millis(FIXED.registry_silence_ms_max);
        let mut builder = Client::builder()
            .user_agent(concat!("wardian/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(silence)
            .read_timeout(silence)
            .redirect(Policy::custom(redirect));
        if reach.loopback {
            builder = builder.no_proxy();
        }
        let client = builder.build().context("cannot set up HTTP")?;
        Ok(Self { client, credentials: reach.credentials, plain: reach.plain, authorization: None })
    }

    /// Fetches `url`: `None` where the server says that it is not there.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or sends more than `bytes_max` bytes.
    pub(crate) async fn get(&mut self, url: &Url, accept: &str, bytes_max: usize) -> Result<Option<Answer>> {
        let mut response = self.send(url, accept).await?;
        if response.status() == StatusCode::UNAUTHORIZED && self.authorization.is_none() {
            self.authorize(response.headers()).await.context("the registry asks who we are")?;
            response = self.send(url, accept).await?;
        }
        let what = response.url().clone();
        match response.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            status if status.is_success() => {}
            status => {
                let body = read(response, FIXED.registry_document_bytes_max).await.unwrap_or_default();
                bail!("`{what}` answers {status}: {}", untrusted(&String::from_utf8_lossy(&body), SHOWN_CHARS_MAX));
            }
        }
        let headers = response.headers().clone();
        let body = read(response, bytes_max).await.with_context(|| format!("cannot fetch `{what}`"))?;
        Ok(Some(Answer { headers, body }))
    }

    async fn send(&self, url: &Url, accept: &str) -> Result<Response> {
        let mut request = self.client.get(url.clone()).header(ACCEPT, accept);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        request.send().await.with_context(|| format!("cannot fetch `{url}`"))
    }

    /// Answers a challenge: with the password itself, or with a token that the password buys.
    async fn authorize(&mut self, headers: &HeaderMap) -> Result<()> {
        let challenge = headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let value = match Challenge::parse(challenge) {
            Some(challenge) => format!("Bearer {}", self.token(&challenge).await?),
            None => return self.basic(),
        };
        self.authorization = Some(secret(&value)?);
        Ok(())
    }

    fn basic(&mut self) -> Result<()> {
        let Some(credentials) = &self.credentials else {
            bail!("set WARDIAN_REGISTRY_USER and WARDIAN_REGISTRY_PASSWORD");
        };
        let request = self.client.get("http://localhost/").basic_auth(&credentials.user, Some(&credentials.password)).build()?;
        self.authorization = request.headers().get(AUTHORIZATION).cloned();
        Ok(())
    }

    async fn token(&self, challenge: &Challenge) -> Result<String> {
        let realm = Url::parse(&challenge.realm).with_context(|| format!("`{}` is no address", untrusted(&challenge.realm, 200)))?;
        ensure!(realm.scheme() == "https" || self.plain, "it wants the password at `{realm}`, without TLS");
        let mut request: RequestBuilder = self.client.get(realm.clone());
        for (name, value) in [("service", &challenge.service), ("scope", &challenge.scope)] {
            if let Some(value) = value {
                request = request.query(&[(name, value)]);
            }
        }
        if let Some(credentials) = &self.credentials {
            request = request.basic_auth(&credentials.user, Some(&credentials.password));
        }
        let response = request.send().await.with_context(|| format!("cannot fetch a token from `{realm}`"))?;
        ensure!(response.status().is_success(), "`{realm}` answers {}", response.status());
        let body = read(response, FIXED.registry_document_bytes_max).await?;
        // What is wrong with it is not shown: it may hold the token.
        let token: Token = serde_json::from_slice(&body).map_err(|_| anyhow::anyhow!("`{realm}` answers with no token"))?;
        token.token.or(token.access_token).with_context(|| format!("`{realm}` answers with no token"))
    }
}

impl Answer {
    /// The media type that the server names, without parameters.
    pub(crate) fn media_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

/// A header whose value no log shows.
fn secret(value: &str) -> Result<HeaderValue> {
    let mut header = HeaderValue::from_str(value).map_err(|_| anyhow::anyhow!("the token is no value of a header"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// A registry may send us to where its blobs lie, but not for ever, and not out of TLS.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    if attempt.previous().len() > FIXED.registry_redirects_max {
        return attempt.error(format!("it redirects more than {} times", FIXED.registry_redirects_max));
    }
    let was_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if was_secure && attempt.url().scheme() != "https" {
        return attempt.error("it redirects to an address without TLS");
    }
    attempt.follow()
}

/// Reads a body of at most `bytes_max` bytes, whatever length it was announced with.
async fn read(mut response: Response, bytes_max: usize) -> Result<Vec<u8>> {
    if let Some(length) = response.content_length().filter(|length| *length > bytes_max as u64) {
        bail!("it says that it has {length} bytes; the limit is {bytes_max}");
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.context("it broke off")? {
        crate::ui::check_interrupt()?;
        ensure!(body.len() + chunk.len() <= bytes_max, "it sends more than {bytes_max} bytes");
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `WWW-Authenticate: Bearer realm="…",service="…",scope="…"`.
#[derive(Debug, PartialEq, Eq)]
struct Challenge {
    realm: String,
    service: Option<String>,
    scope: Option<String>,
}

impl Challenge {
    /// `None` where a password is asked for, or anything else.
    fn parse(text: &str) -> Option<Self> {
        let rest = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).map(|_| &text[7..])?;
        let mut challenge = Self { realm: String::new(), service: None, scope: None };
        // Values are quoted, and a scope has commas.
        for part in rest.split_inclusive('"').collect::<Vec<_>>().chunks(2) {
            let [name, value] = part else { continue };
            let name = name.trim_matches([',', ' ', '=', '"']);
            let value = value.trim_end_matches('"').to_owned();
            match name {
                "realm" => challenge.realm = value,
                "service" => challenge.service = Some(value),
                "scope" => challenge.scope = Some(value),
                _ => {}
            }
        }
        (!challenge.realm.is_empty()).then_some(challenge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let text = r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#;
        let challenge = Challenge::parse(text).expect("a challenge");
        assert_eq!(challenge.realm, "https://auth.example/token");
        assert_eq!(challenge.service.as_deref(), Some("registry.example"));
        assert_eq!(challenge.scope.as_deref(), Some("repository:a/b:pull,push"));
        for other in ["", "Basic realm=\"x\"", "Bearer", "Bearer ", "Bearer realm", "Béarer realm=\"x\"", "Bearer service=\"x\""] {
            assert_eq!(Challenge::parse(other), None, "{other}");
        }
    }

    #[test]
    fn headers_with_secrets_are_not_shown() {
        let header = secret("Bearer abc").expect("a header");
        assert!(!format!("{header:?}").contains("abc"));
        assert!(!format!("{:#}", secret("Bearer a\nbc").expect_err("refused")).contains("bc"));
    }
}
