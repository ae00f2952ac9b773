//! How questions are put and answers are read.

use crate::world::{only_kinds, world};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Mutex;
use wardian_format::Message;
use wardian_graph::advise::{AdviceError, Answer, advise, answer};
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, Finish, ModelError};

/// Says its lines in order, and keeps what it was asked.
struct Lines {
    lines: Mutex<Vec<Result<ChatReply, ModelError>>>,
    asked: Mutex<Vec<ChatRequest>>,
}

impl Lines {
    fn new(lines: Vec<Result<ChatReply, ModelError>>) -> Self {
        Self { lines: Mutex::new(lines.into_iter().rev().collect()), asked: Mutex::default() }
    }
}

impl ChatModel for Lines {
    fn name(&self) -> &str {
        "lines"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        self.asked.lock().expect("no panic").push(request.clone());
        let line = self.lines.lock().expect("no panic").pop().expect("a line is left");
        Box::pin(std::future::ready(line))
    }
}

fn says(text: &str) -> Result<ChatReply, ModelError> {
    Ok(ChatReply { content: Some(text.to_owned()), ..ChatReply::default() })
}

const GOOD: &str = r#"{"title": "T", "slug": "t", "description": "D.", "parts": []}"#;

async fn told(lines: Vec<Result<ChatReply, ModelError>>) -> (Result<Answer, AdviceError>, Vec<ChatRequest>) {
    let question = world().questions(&only_kinds()).asked.remove(0);
    let model = Lines::new(lines);
    let answer = answer(&question, &model).await;
    let asked = model.asked.into_inner().expect("no panic");
    assert_eq!(asked[0], question.request);
    (answer, asked)
}

#[tokio::test]
async fn an_object_is_found_among_words() {
    let good = Answer(serde_json::from_str(GOOD).expect("JSON"));
    for text in [GOOD.to_owned(), format!("```json\n{GOOD}\n```"), format!("Sure! Here it is:\n{GOOD}\nAnything else?")] {
        let (answer, asked) = told(vec![says(&text)]).await;
        assert_eq!((answer, asked.len()), (Ok(good.clone()), 1), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_asked_for_once_more() {
    let good = Answer(serde_json::from_str(GOOD).expect("JSON"));
    let cut = Ok(ChatReply { content: Some(GOOD[..20].to_owned()), finish: Some(Finish::Length), ..ChatReply::default() });
    for (first, reason) in [
        (says("I cannot."), "there is no JSON object in it"),
        (says("{\"title\": \"T\", \"slug\"}"), "it is no JSON: expected `:`"),
        (says("{\"title\": \"T\", \"title\": \"U\"}"), "duplicate member name `title`"),
        (says("{\"title\": \"T\", \"slug\": \"t\", \"description\": \"D\"}"), "there is no list `parts`"),
        (says("{\"title\": 3, \"slug\": \"t\", \"description\": \"D\", \"parts\": []}"), "there is no text `title`"),
        (cut, "it was cut off by the limit on tokens"),
        (says(""), "it is empty"),
    ] {
        let (answer, asked) = told(vec![first, says(GOOD)]).await;
        assert_eq!((answer, asked.len()), (Ok(good.clone()), 2), "{reason}");
        let [Message::Assistant { .. }, Message::User { content }] = &asked[1].messages[2..] else { panic!("{asked:?}") };
        assert!(content.contains(reason), "{reason}: {content}");
    }
}

#[tokio::test]
async fn of_an_answer_that_stays_spoilt_the_object_counts() {
    let partial = "{\"title\": \"T\"}";
    let expected = Ok(Answer(json!({"title": "T"})));
    assert_eq!(told(vec![says(partial), says("no")]).await.0, expected);
    assert_eq!(told(vec![says("no"), says(partial)]).await.0, expected);
    assert_eq!(told(vec![says(partial), Err(ModelError::Failed("gone".to_owned()))]).await.0, expected);
}

#[tokio::test]
async fn no_answer_is_an_error() {
    let (answer, asked) = told(vec![Err(ModelError::Failed("gone".to_owned()))]).await;
    assert_eq!((answer, asked.len()), (Err(AdviceError::Model(ModelError::Failed("gone".to_owned()))), 1));
    let (answer, _) = told(vec![says(&format!("\u{1b}[31m{}", "no ".repeat(10_000))), says("no")]).await;
    let error = answer.expect_err("no object");
    assert!(matches!(&error, AdviceError::Form { said, .. } if said.starts_with("\\u{1b}[31m") && said.chars().count() < 220), "{error}");
    let (_, asked) = told(vec![says(&"no ".repeat(10_000)), says("no")]).await;
    let Message::Assistant { content: Some(again), .. } = &asked[1].messages[2] else { panic!("{asked:?}") };
    assert_eq!(again.chars().count(), 4_000, "a long answer is not sent back whole");
}

/// Answers by the domain that is asked about, the later questions first.
struct Slow {
    turns: Mutex<BTreeMap<String, usize>>,
}

impl ChatModel for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        let Message::User { content } = &request.messages[1] else { panic!("{request:?}") };
        let slug = if content.contains("\"slug\":\"mixed\"") { "mixed" } else { "other" };
        let wait = if slug == "mixed" { 50 } else { 0 };
        Box::pin(async move {
            for _ in 0..wait {
                tokio::task::yield_now().await;
            }
            let turn = self.turns.lock().expect("no panic").len();
            self.turns.lock().expect("no panic").insert(slug.to_owned(), turn);
            says(&GOOD.replace("\"t\"", &format!("\"{slug}-new\"")))
        })
    }
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_questions() {
    let asked = world().questions(&only_kinds()).asked;
    for (concurrency, first) in [(0, "mixed"), (1, "mixed"), (4, "other")] {
        let model = Slow { turns: Mutex::default() };
        let heard = Mutex::new(Vec::new());
        let answers = advise(&asked, &model, concurrency, &|question, answer| {
            heard.lock().expect("no panic").push((question.id.clone(), answer.is_ok()));
        })
        .await;
        let slugs: Vec<_> = answers.into_iter().map(|answer| answer.expect("an answer").0["slug"].clone()).collect();
        assert_eq!(slugs, ["mixed-new", "other-new"]);
        assert_eq!(model.turns.lock().expect("no panic")[first], 0, "{concurrency}");
        assert_eq!(heard.lock().expect("no panic").len(), 2);
    }
}
