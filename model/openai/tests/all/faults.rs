//! Endpoints that fail.

use crate::script::{KEY, Play, Script, ask, course, good, http, says};
use serde_json::json;
use wardian_model::{ChatModel, ModelError};

fn refusal(status: &str, headers: &[&str], text: &str) -> Play {
    http(status, headers, &json!({"error": {"message": text, "code": null}}).to_string())
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"choices\": [".to_vec();
    let passing = [
        refusal("429 Too Many Requests", &[], "slow down"),
        refusal("500 Internal Server Error", &[], "oops"),
        http("503 Service Unavailable", &["content-type: text/html"], "<html>busy</html>"),
        http("408 Request Timeout", &[], ""),
        // Half an answer, of the length that it told or not; no answer at all.
        Play::Bytes(cut),
        http("200 OK", &["content-type: application/json"], "{\"choices\": [{\"mess"),
        Play::Bytes(Vec::new()),
        Play::Bytes(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        good(&json!({"error": {"message": "upstream is busy", "code": 502}})),
        http("200 OK", &["content-type: text/event-stream"], "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n"),
        http("200 OK", &["content-type: text/event-stream"], "data: {\"choices\":[{\"delta\":{\"con"),
    ];
    for play in passing {
        let (reply, seen, pauses) = course(vec![play.clone(), says("well")], |_| ()).await;
        assert_eq!(reply.unwrap_or_else(|error| panic!("{play:?}: {error}")).content.as_deref(), Some("well"));
        assert_eq!((seen.len(), pauses.len()), (2, 1), "{play:?}");
    }
}

#[tokio::test]
async fn tries_are_counted_and_pauses_double() {
    let (reply, seen, pauses) = course(vec![refusal("500 Internal Server Error", &[], "oops")], |endpoint| endpoint.retries_max = 4).await;
    assert_eq!(reply, Err(ModelError::Unavailable { tries: 5, last: "status 500: oops".to_owned() }));
    assert_eq!(seen.len(), 5);
    for (pause, full) in pauses.iter().zip([1_000, 2_000, 4_000, 8_000]) {
        assert!((full / 2..=full).contains(pause), "{pauses:?}");
    }
    let busy = || refusal("429 Too Many Requests", &[], "slow down");
    let (reply, ..) = course(vec![busy()], |endpoint| endpoint.backoff_ms_max = 0).await;
    assert_eq!(reply, Err(ModelError::RateLimited { tries: 3, wait_s: None }));
    assert!(reply.expect_err("an error").is_passing());
    // The same seed pauses the same, another one not.
    let paused = async |seed| course(vec![busy()], |endpoint| endpoint.seed = seed).await.2;
    assert_eq!(paused(1).await, paused(1).await);
    assert_ne!(paused(1).await, paused(2).await);
}

#[tokio::test]
async fn pauses_that_the_endpoint_asks_for_are_kept_or_refused() {
    let busy = |wait: &str| refusal("429 Too Many Requests", &[&format!("retry-after: {wait}")], "slow down");
    let (reply, _, pauses) = course(vec![busy("7"), says("well")], |_| ()).await;
    assert!(reply.is_ok() && (7_000..=7_500).contains(&pauses[0]), "{pauses:?}");
    let (reply, seen, pauses) = course(vec![busy("3600"), says("well")], |_| ()).await;
    assert_eq!(reply, Err(ModelError::RateLimited { tries: 1, wait_s: Some(3600) }));
    assert_eq!((seen.len(), pauses.len()), (1, 0));
}

#[tokio::test]
async fn what_does_not_pass_is_not_tried_again() {
    let gone = http("301 Moved Permanently", &["location: http://127.0.0.1:9/v1/steal"], "");
    let broke = json!({"error": {"message": "pay first", "code": "insufficient_quota"}}).to_string();
    for (play, status, text) in [
        (refusal("400 Bad Request", &[], "context is too long"), 400, "context is too long"),
        (refusal("401 Unauthorized", &[], &format!("Incorrect API key provided: {KEY}.")), 401, "provided: [secret]."),
        (http("404 Not Found", &[], "no such model"), 404, "no such model"),
        (gone, 301, ""),
        (http("429 Too Many Requests", &[], &broke), 429, "pay first"),
        (good(&json!({"error": "no such model"})), 200, "no such model"),
        (http("400 Bad Request", &[], &"x".repeat(100_000)), 400, "…"),
        (http("400 Bad Request", &[], "\u{1b}[31mred"), 400, "\\u{1b}[31mred"),
    ] {
        let (reply, seen, _) = course(vec![play], |_| ()).await;
        let Err(ModelError::Refused { status: got, said }) = reply else { panic!("{text}: {reply:?}") };
        assert!(got == status && said.contains(text) && said.chars().count() <= 301, "{status} {text}: {got} {said}");
        assert_eq!(seen.len(), 1, "{text}");
    }
}

#[tokio::test]
async fn answers_that_are_none_are_said_to_be() {
    let html = http("200 OK", &["content-type: text/html"], &format!("<html>{KEY}</html>"));
    for (play, reason, said) in [
        (html, "`text/html` that is no JSON", "<html>[secret]"),
        (good(&json!({"choices": []})), "there is no `choices[0]`", "{\"choices\""),
        (good(&json!({"choices": [{"text": "old"}]})), "no `choices[0].message`", "old"),
        (good(&json!({"choices": [{"message": {"content": 3}}]})), "`choices[0].message.content` is", "3"),
        (good(&json!({"choices": [{"message": {"tool_calls": {}}}]})), "`choices[0].message.tool_calls` is no list", ""),
        (good(&json!([])), "there is no `choices[0]`", "[]"),
        (http("200 OK", &["content-type: text/event-stream"], "data: [DONE"), "an event is no JSON", "data"),
        (http("200 OK", &["content-type: text/event-stream"], "\u{0}\u{1}garbage\n\n"), "no event in the stream", "\\u{0}\\u{1}garbage"),
        (Play::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe".to_vec()), "not UTF-8", ""),
    ] {
        let (reply, seen, _) = course(vec![play], |_| ()).await;
        let Err(ModelError::Malformed { reason: got, said: shown }) = reply else { panic!("{reason}: {reply:?}") };
        assert!(got.contains(reason) && shown.contains(said), "{reason}: {got} / {shown}");
        assert_eq!(seen.len(), 1, "{reason}");
    }
}

#[tokio::test]
async fn silence_ends() {
    let (reply, seen, _) = course(vec![Play::Silence], |endpoint| {
        endpoint.timeout_ms = 50;
        endpoint.retries_max = 1;
    })
    .await;
    assert_eq!(reply, Err(ModelError::TimedOut { tries: 2, timeout_ms: 50 }));
    assert!(seen.len() <= 2);
}

#[tokio::test]
async fn nobody_there() {
    let script = Script::start(vec![says("well")]).await;
    let mut endpoint = script.endpoint();
    // A port that was free a moment ago.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    endpoint.base_url = format!("http://{free}/v1?key=query-secret");
    let error = script.client(endpoint).0.chat(&ask("hello")).await.expect_err("nobody");
    assert!(matches!(&error, ModelError::Unavailable { tries: 3, .. }), "{error:?}");
    assert!(!error.to_string().contains("query-secret"), "{error}");
}
