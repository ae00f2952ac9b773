//! ORS: sessions by header, calls by streams, answers that can be had again.

use crate::support::{Running, answer, http, library, told};
use serde_json::{Value, json};
use wardian_format::Task;

struct Client<'a> {
    running: &'a Running,
    id: String,
}

/// Events of a stream: name and data, in pieces as they came.
async fn events(request: reqwest::RequestBuilder) -> Vec<(String, String)> {
    let response = request.header("Accept", "text/event-stream").send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().expect("text").starts_with("text/event-stream"));
    let text = response.text().await.expect("a body");
    let event = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim_start().to_owned();
        (field("event:"), field("data:"))
    };
    text.split("\n\n").filter(|block| !block.trim().is_empty() && !block.starts_with(':')).map(event).collect()
}

/// The answer that the events of a call are, and the call's id.
fn joined(events: &[(String, String)]) -> (String, Value) {
    assert_eq!((events[0].0.as_str(), events.last().map(|event| event.0.as_str())), ("task_id", Some("end")), "{events:?}");
    let text: String = events[1..].iter().map(|(_, data)| data.as_str()).collect();
    (events[0].1.clone(), serde_json::from_str(&text).expect("JSON"))
}

impl<'a> Client<'a> {
    async fn create(running: &'a Running, prefix: &str, body: &Value) -> (Self, u16, Value) {
        let made = events(http().post(running.url("/create_session"))).await;
        let id = joined(&made).0;
        let client = Self { running, id };
        let (status, body) = answer(client.request(&format!("{prefix}/create")).json(body)).await;
        (client, status, body)
    }

    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        http().post(self.running.url(path)).header("X-Session-ID", &self.id)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(http().get(self.running.url(path)).header("X-Session-ID", &self.id)).await
    }

    async fn call(&self, tool: &str, input: &Value) -> (String, Value) {
        joined(&events(self.request("/library/call").json(&json!({"name": tool, "input": input}))).await)
    }

    async fn play(&self, task: &Task) -> Value {
        for gold in &task.gold {
            let output = self.call(&gold.tool, &gold.arguments).await.1;
            assert_eq!((&output["ok"], &output["output"]["reward"]), (&json!(true), &json!(0.0)), "{output}");
        }
        self.call("wardian_finish", &json!({"answer": told(task)})).await.1["output"].clone()
    }
}

#[tokio::test]
async fn gold_calls_are_rewarded_and_doing_nothing_is_not() {
    let running = Running::new().await;
    for task in &library().1 {
        let (client, status, _) = Client::create(&running, "", &json!({"task_spec": {"id": task.id}, "env_name": "library"})).await;
        assert_eq!(status, 200);
        let messages = client.get("/library/messages").await.1;
        assert!(messages[1]["blocks"][0]["text"].as_str().expect("words").contains(&task.user.goal), "{messages}");
        assert_eq!(client.get("/prompt").await.1.as_array().expect("blocks").len(), 4);
        let last = client.play(task).await;
        assert_eq!((&last["reward"], &last["finished"]), (&json!(1.0), &json!(true)), "{}: {last}", task.id);
        let after = client.call("find_member", &json!({"email": "x"})).await.1;
        assert_eq!(after["reason"], "episode_finished");
        assert_eq!(answer(client.request("/delete")).await.0, 200);
        let (client, _, _) = Client::create(&running, "", &json!({"task_spec": {"id": task.id}})).await;
        let nothing = client.call("wardian_finish", &json!({})).await.1;
        let expected = if task.gold.iter().any(|gold| gold.writes) || !task.facts.is_empty() { 0.0 } else { 1.0 };
        assert_eq!(nothing["output"]["reward"], json!(expected), "{}", task.id);
        assert_eq!(answer(client.request("/delete")).await.0, 200);
    }
    running.until_active(0).await;
}

#[tokio::test]
async fn a_call_is_made_once_and_its_answer_can_be_had_again() {
    let running = Running::new().await;
    let (client, _, _) = Client::create(&running, "", &json!({"split": "train", "index": "-1"})).await;
    let (call, first) = client.call("find_member", &json!({"email": "ADA.Brandt@example.org"})).await;
    assert!(first["output"]["blocks"][0]["text"].as_str().expect("words").contains("Ada Brandt"), "{first}");
    let again = |id: &str| events(client.request("/call").json(&json!({"name": "find_member", "input": {}, "task_id": id})));
    assert_eq!(joined(&again(&call).await), (call.clone(), first));
    let unknown = again("0").await;
    assert_eq!(unknown[1], ("error".to_owned(), "unknown task_id".to_owned()));
    // Somebody else's session has not made it.
    let (other, _, _) = Client::create(&running, "", &json!({"task_spec": {}})).await;
    let stolen = events(other.request("/call").json(&json!({"name": "x", "task_id": call}))).await;
    assert_eq!(stolen[1].0, "error");
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let running = Running::new().await;
    for (body, expected) in [
        (json!({"task_spec": {"id": "no-such-task"}}), 400),
        (json!({"task_spec": {"answer": 42}}), 400),
        (json!({"split": "test", "index": 0}), 400),
        (json!({"split": "train", "index": 4000}), 400),
        (json!({"split": "train"}), 422),
        (json!({}), 422),
        (json!({"task_spec": {}, "split": "train", "index": 0}), 422),
        (json!({"task_spec": {}, "env_name": "zzz"}), 404),
        (json!([]), 422),
    ] {
        assert_eq!(Client::create(&running, "", &body).await.1, expected, "{body}");
    }
    running.until_active(0).await;
    let (client, _, _) = Client::create(&running, "", &json!({"split": "train", "index": 0})).await;
    assert_eq!(answer(client.request("/create").json(&json!({"split": "train", "index": 0}))).await.0, 400);
    assert_eq!(client.call("nope", &json!({})).await.1["reason"], "not_found");
    assert_eq!(client.call("find_member", &json!({"mail": 3})).await.1["reason"], "input_validation");
    assert_eq!(client.call("wardian_finish", &json!({"answer": 3})).await.1["reason"], "input_validation");
    assert_eq!(answer(client.request("/call").json(&json!({"name": "x", "input": 3}))).await.0, 422);
    assert_eq!(answer(client.request("/ping")).await, (200, json!({"status": "ok"})));
    assert_eq!(answer(client.request("/delete_session")).await.1, json!({"sid": client.id}));
    answer(client.request("/delete")).await;
    assert_eq!(answer(client.request("/ping")).await.0, 404);
    assert_eq!(answer(client.request("/delete")).await.0, 200);
    let client = http();
    assert_eq!(answer(client.post(running.url("/ping"))).await.0, 400);
    assert_eq!(answer(client.post(running.url("/ping")).header("X-Session-ID", "guessed")).await.0, 404);
    let tools = running.get("/tools").await.1;
    let tool = tools["tools"][0].as_object().expect("a tool");
    assert_eq!(tool.keys().collect::<Vec<_>>(), ["name", "description", "input_schema"]);
    assert_eq!(running.get("/nowhere/tools").await.0, 404);
}
