//! Terms of a server: who may ask, how much, and for how long.

use crate::support::{Running, Socket, answer, http};
use serde_json::json;
use std::num::NonZeroU32;
use std::time::Duration;
use wardian_serve::{Options, Token};

#[tokio::test]
async fn who_has_no_token_is_turned_away() {
    let running = Running::with(Options { tokens: vec![Token::new("right")], ..Options::default() }).await;
    let client = http();
    let url = running.url("/schema");
    assert_eq!(answer(client.get(&url)).await.0, 401);
    assert_eq!(answer(client.get(&url).bearer_auth("wrong")).await.0, 401);
    assert_eq!(answer(client.get(&url).bearer_auth("right")).await.0, 200);
    assert_eq!(answer(client.get(&url).header("X-API-Key", "right")).await.0, 200);
    assert_eq!(running.get("/health").await.0, 200);
    assert_eq!(running.get("/metrics").await.0, 401);
}

#[tokio::test]
async fn pages_of_others_and_other_names_are_turned_away() {
    let options =
        Options { hosts: vec!["worlds.example.org".to_owned()], origins: vec!["https://lab.example.org".to_owned()], ..Options::default() };
    let running = Running::with(options).await;
    let client = http();
    for (header, value, status) in [
        ("Origin", "https://evil.example.org", 403),
        ("Origin", "null", 403),
        ("Origin", "http://localhost.example.org", 403),
        ("Origin", "http://localhost:3000", 200),
        ("Origin", "https://lab.example.org", 200),
        ("Host", "evil.example.org", 403),
        ("Host", "127.0.0.1.example.org:80", 403),
        ("Host", "worlds.example.org", 200),
        ("Host", "WORLDS.example.org:8000", 200),
        ("Host", "[::1]:8000", 200),
        ("Host", "localhost", 200),
    ] {
        assert_eq!(answer(client.get(running.url("/schema")).header(header, value)).await.0, status, "{header}: {value}");
    }
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let running = Running::with(Options { rate_max: NonZeroU32::new(5), ..Options::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(running.get("/health").await.0);
    }
    assert_eq!(statuses[..5], [200; 5]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let running = Running::with(Options { body_bytes_max: 1000, ..Options::default() }).await;
    let (status, _) = running.post("/reset", &json!({"text": "x".repeat(2000)})).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn idle_sessions_are_closed_and_sockets_are_not() {
    let running = Running::with(Options { session_idle: Duration::from_millis(300), ..Options::default() }).await;
    let create = json!({"jsonrpc": "2.0", "id": 1, "method": "openenv/session/create"});
    running.post("/mcp", &create).await;
    let mut socket = Socket::open(&running, "/ws").await;
    socket.reset(json!({})).await;
    assert_eq!(running.active(), 2);
    running.until_active(1).await;
    assert_eq!(socket.ask(json!({"type": "state"})).await["type"], "state");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_closes_its_sockets() {
    let mut running = Running::new().await;
    let mut socket = Socket::open(&running, "/ws").await;
    socket.reset(json!({})).await;
    tokio::time::timeout(Duration::from_secs(5), running.stop()).await.expect("it ends soon");
    assert_eq!(running.active(), 0);
}
