//! Answers that are kept.

use crate::script::{Script, ask, http, says};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use wardian_model::{ChatModel, ChatRequest, ModelError, ReplyForm};
use wardian_openai::{CacheUse, Cached, Client, Endpoint, Sampling, request_digest};

fn file(folder: &tempfile::TempDir, model: &dyn ChatModel, request: &ChatRequest) -> PathBuf {
    let name = request_digest(model, request).to_string();
    folder.path().join(&name[..2]).join(format!("{name}.json"))
}

#[tokio::test]
async fn a_request_is_sent_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = Script::start(vec![says("one"), says("two")]).await;
    let (client, _) = script.client(script.endpoint());
    let shared: Arc<dyn ChatModel> = Arc::new(client);
    let first = Cached::new(shared, folder.path(), CacheUse::Fill);
    let said = first.chat(&ask("a")).await.expect("a reply");
    assert_eq!(first.chat(&ask("a")).await, Ok(said.clone()));
    assert_eq!((first.found(), first.asked(), script.seen().len()), (1, 1, 1));
    // Another run, without the network: another machine may have no key.
    let elsewhere = Client::new(Endpoint::new("https://other.example/v1", "tiny")).expect("a client");
    let offline = Cached::new(elsewhere, folder.path(), CacheUse::Only);
    assert_eq!(offline.chat(&ask("a")).await, Ok(said));
    let digest = request_digest(&offline, &ask("b")).to_string();
    assert_eq!(offline.chat(&ask("b")).await, Err(ModelError::NotCached { digest }));
    assert_eq!(first.chat(&ask("b")).await.expect("a reply").content.as_deref(), Some("two"));
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn what_decides_an_answer_decides_where_it_is_kept() {
    let client = Client::new(Endpoint::new("https://one.example/v1", "tiny")).expect("a client");
    let digest = |client: &Client, request: &ChatRequest| request_digest(client, request);
    let usual = digest(&client, &ask("a"));
    assert_eq!(usual, digest(&Client::new(Endpoint::new("https://two.example/v1", "tiny")).expect("a client"), &ask("a")));
    let others = [
        digest(&client, &ask("b")),
        digest(&client, &ChatRequest { form: ReplyForm::Json, ..ask("a") }),
        digest(&client.with_sampling(Sampling { seed: Some(1), ..Sampling::default() }).expect("a client"), &ask("a")),
        digest(&Client::new(Endpoint::new("https://one.example/v1", "big")).expect("a client"), &ask("a")),
    ];
    assert!(others.iter().all(|other| *other != usual));
}

#[tokio::test]
async fn errors_are_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = Script::start(vec![http("400 Bad Request", &[], "no"), says("yes")]).await;
    let model = Cached::new(script.client(script.endpoint()).0, folder.path(), CacheUse::Fill);
    assert!(model.chat(&ask("a")).await.is_err());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    assert!(model.chat(&ask("a")).await.is_ok());
}

#[tokio::test]
async fn damaged_answers_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = Script::start(vec![says("one")]).await;
    let model = Cached::new(script.client(script.endpoint()).0, folder.path(), CacheUse::Fill);
    model.chat(&ask("a")).await.expect("a reply");
    let path = file(&folder, &model, &ask("a"));
    let text = fs::read_to_string(&path).expect("the file");
    assert!(!text.contains("sk-hush") && text.ends_with("}\n"));
    let other = serde_json::from_str::<Value>(&text).map(|mut value| {
        value["request"] = Value::from("0".repeat(64));
        value.to_string()
    });
    let cases = [
        (text[..text.len() / 2].to_owned(), "remove it to ask again"),
        (text.replace("\"format\":1", "\"format\":2"), "it has format 2"),
        (text.replace("\"format\"", "\"fromat\""), "unknown field `fromat`"),
        (other.expect("JSON"), "it answers another request"),
    ];
    for (damaged, reason) in cases {
        fs::write(&path, damaged).expect("written");
        let error = model.chat(&ask("a")).await.expect_err(reason).to_string();
        assert!(error.contains(reason) && error.contains(&path.display().to_string()), "{reason}: {error}");
    }
    assert_eq!(script.seen().len(), 1, "a damaged file is no reason to ask");
}
