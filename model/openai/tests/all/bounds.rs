//! Bounds on size, spending, and requests at once.

use crate::script::{Script, ask, course, good, http, says};
use futures_util::future::join_all;
use serde_json::json;
use wardian_model::{ChatModel, ModelError};
use wardian_openai::{Budget, Prices, Sampling, Spent};

#[tokio::test]
async fn huge_answers_are_not_read() {
    let text = "x".repeat(200_000);
    let told = says(&text);
    let untold = crate::script::Play::Bytes(format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{{\"x\": \"{text}").into_bytes());
    for play in [told, untold] {
        let (reply, seen, _) = course(vec![play], |endpoint| endpoint.answer_bytes_max = 100_000).await;
        assert_eq!(reply, Err(ModelError::TooLarge { bytes_max: 100_000 }));
        assert_eq!(seen.len(), 1);
    }
    let (reply, ..) = course(vec![says(&text)], |endpoint| endpoint.answer_bytes_max = 201_000).await;
    assert!(reply.is_ok());
}

#[tokio::test]
async fn budgets_end_requests() {
    let script = Script::start(vec![says("well")]).await;
    let mut endpoint = script.endpoint();
    endpoint.budget = Budget { requests_max: Some(2), tokens_max: None };
    let (client, _) = script.client(endpoint.clone());
    let other = client.with_sampling(Sampling { seed: Some(1), ..Sampling::default() }).expect("a client");
    assert!(client.chat(&ask("a")).await.is_ok() && other.chat(&ask("b")).await.is_ok());
    assert_eq!(client.chat(&ask("c")).await, Err(ModelError::BudgetUsedUp { unit: "requests", max: 2 }));
    let spent = Spent { requests: 2, retries: 0, prompt_tokens: 20, completion_tokens: 6, estimated_tokens: 0 };
    assert_eq!((client.spent(), other.spent()), (spent, spent));
    assert!((spent.cost(&Prices { prompt_per_million: 1.0, completion_per_million: 10.0 }) - 80e-6).abs() < 1e-12);
    endpoint.budget = Budget { requests_max: None, tokens_max: Some(26) };
    let (client, _) = script.client(endpoint);
    assert!(client.chat(&ask("a")).await.is_ok() && client.chat(&ask("b")).await.is_ok());
    assert_eq!(client.chat(&ask("c")).await, Err(ModelError::BudgetUsedUp { unit: "tokens", max: 26 }));
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test]
async fn tries_are_paid_from_the_budget_and_uncounted_tokens_are_estimated() {
    let script = Script::start(vec![http("500 Oops", &[], ""), good(&json!({"choices": [{"message": {"content": "well"}}]}))]).await;
    let mut endpoint = script.endpoint();
    endpoint.budget.requests_max = Some(2);
    let (client, _) = script.client(endpoint);
    let reply = client.chat(&ask("a")).await.expect("a reply");
    assert_eq!(reply.usage, None);
    let spent = client.spent();
    assert_eq!((spent.requests, spent.retries), (2, 1));
    assert!(spent.tokens() > 10 && spent.estimated_tokens == spent.tokens(), "{spent:?}");
    // A second failure may not be tried again.
    let script = Script::start(vec![http("500 Oops", &[], "")]).await;
    let mut endpoint = script.endpoint();
    endpoint.budget.requests_max = Some(2);
    assert_eq!(script.client(endpoint).0.chat(&ask("a")).await, Err(ModelError::BudgetUsedUp { unit: "requests", max: 2 }));
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn only_so_many_requests_at_once() {
    for (max, most) in [(1, 1), (3, 3)] {
        let script = Script::start(vec![says("well")]).await;
        let mut endpoint = script.endpoint();
        endpoint.concurrency_max = max;
        let (client, _) = script.client(endpoint);
        let requests: Vec<_> = (0..12).map(|i| ask(&i.to_string())).collect();
        let replies = join_all(requests.iter().map(|request| client.chat(request))).await;
        assert!(replies.iter().all(Result::is_ok));
        assert!(script.busy.lock().expect("no panic").1 <= most);
    }
}

#[tokio::test]
async fn requests_are_spread_over_the_minute() {
    let script = Script::start(vec![says("well")]).await;
    let mut endpoint = script.endpoint();
    endpoint.requests_per_minute_max = Some(60);
    let (client, pauses) = script.client(endpoint);
    for _ in 0..4 {
        client.chat(&ask("a")).await.expect("a reply");
    }
    // The clock of the test stands still.
    assert_eq!(pauses.ms(), [1_000, 2_000, 3_000]);
}
