//! Who may ask: tokens, names of the server, origins of pages, rates.

use crate::{Options, Refused, Server};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// Addresses whose rates are kept at once. Who comes when there are more shares a bucket with everybody else who does.
const ADDRESSES_MAX: usize = 4096;

/// A bearer token. Only its digest is kept, so that comparing takes the same time for every guess and logs cannot show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// The token `text`.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Turns away whom the terms turn away; `/health` is for everybody.
pub(crate) async fn guard(State((server, rates)): State<(Arc<Server>, Arc<Rates>)>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let refused = check(server.options(), request.headers(), request.uri().path())
        .or_else(|| (!rates.take(peer)).then_some((Refused::Rate, StatusCode::TOO_MANY_REQUESTS, "too many requests in too little time")));
    let Some((why, status, words)) = refused else { return next.run(request).await };
    server.metrics().refused(why);
    let mut response = (status, axum::Json(json!({"detail": words}))).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}

type Refusal = (Refused, StatusCode, &'static str);

fn check(options: &Options, headers: &HeaderMap, path: &str) -> Option<Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if !text("host").is_none_or(|host| is_known(host, &options.hosts)) {
        let words = "the server is not known under the name in `Host`; whoever runs it can add it (`--host-name`)";
        return Some((Refused::Origin, StatusCode::FORBIDDEN, words));
    }
    if !text("origin").is_none_or(|origin| is_allowed(origin, &options.origins)) {
        return Some((Refused::Origin, StatusCode::FORBIDDEN, "pages of this origin may not ask (`--origin`)"));
    }
    let is_open = options.tokens.is_empty() || path == "/health";
    // Clients of ORS have no other way than the latter.
    let given = || text("authorization").and_then(|value| value.strip_prefix("Bearer ")).or_else(|| text("x-api-key"));
    if !is_open && !given().is_some_and(|given| options.tokens.contains(&Token::new(given))) {
        return Some((Refused::Token, StatusCode::UNAUTHORIZED, "a bearer token is needed"));
    }
    None
}

/// True for the loopback names and for `hosts`. A name of somebody else's that leads here is a page's trick to reach this machine.
fn is_known(host: &str, hosts: &[String]) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(host, |(name, _)| name);
    let is_here = |name: &str| {
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    };
    is_here(name) || hosts.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(name))
}

fn is_allowed(origin: &str, origins: &[String]) -> bool {
    let local = origin.split_once("://").is_some_and(|(scheme, host)| matches!(scheme, "http" | "https") && is_known(host, &[]));
    local || origins.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(origin))
}

/// Buckets of tokens, one an address: each fills at the rate, and holds a second's worth.
pub(crate) struct Rates {
    rate: Option<NonZeroU32>,
    buckets: Mutex<BTreeMap<Option<IpAddr>, Bucket>>,
}

struct Bucket {
    left: f64,
    filled: Instant,
}

impl Rates {
    pub(crate) fn new(rate: Option<NonZeroU32>) -> Arc<Self> {
        Arc::new(Self { rate, buckets: Mutex::default() })
    }

    /// Takes one token of `peer`'s; false where there is none.
    pub(crate) fn take(&self, peer: Option<IpAddr>) -> bool {
        let Some(rate) = self.rate.map(|rate| f64::from(rate.get())) else { return true };
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES_MAX && !buckets.contains_key(&peer) {
            // A full bucket says nothing that an absent one does not.
            buckets.retain(|_, bucket| bucket.left + bucket.filled.elapsed().as_secs_f64() * rate < rate);
        }
        let key = if buckets.len() >= ADDRESSES_MAX && !buckets.contains_key(&peer) { None } else { peer };
        let bucket = buckets.entry(key).or_insert(Bucket { left: rate, filled: now });
        bucket.left = (bucket.left + now.duration_since(bucket.filled).as_secs_f64() * rate).min(rate);
        bucket.filled = now;
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
    }
}
