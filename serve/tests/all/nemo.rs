//! NeMo Gym: episodes by cookie, verification with and without them.

use crate::support::{Running, TASKS, answer, http, library, told};
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use wardian_format::Task;

/// A client that keeps the cookie as the agents there do, beside one of its own.
struct Client<'a> {
    running: &'a Running,
    cookie: String,
    made: Vec<Value>,
}

impl<'a> Client<'a> {
    async fn seed(running: &'a Running, prefix: &str, row: &Value) -> Self {
        let response = http().post(running.url(&format!("{prefix}/seed_session"))).json(row).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let cookie = response.headers()[SET_COOKIE].to_str().expect("text").to_owned();
        let (pair, attributes) = cookie.split_once(';').expect("attributes");
        assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax");
        Self { running, cookie: format!("SimpleAgent___a=eyJ9; {pair}"), made: Vec::new() }
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(http().post(self.running.url(path)).header(COOKIE, &self.cookie).json(body)).await
    }

    async fn call(&mut self, tool: &str, arguments: &Value) -> (u16, Value) {
        let (status, body) = self.post(&format!("/{tool}"), arguments).await;
        let id = format!("call_{}", self.made.len());
        self.made.push(json!({"type": "function_call", "call_id": id, "name": tool, "arguments": arguments.to_string()}));
        self.made.push(json!({"type": "function_call_output", "call_id": id, "output": body.to_string()}));
        (status, body)
    }

    /// The record of the rollout, with these last words.
    fn record(&self, row: &Value, words: &str) -> Value {
        let mut output = self.made.clone();
        output
            .push(json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": words, "annotations": []}]}));
        let mut record = row.clone();
        record["response"] = json!({"id": "r", "output": output});
        record
    }
}

fn row(task: &Task) -> Value {
    json!({"responses_create_params": {"input": [{"role": "user", "content": task.user.goal}]}, "task": task.id, "_ng_task_index": 0})
}

async fn played<'a>(running: &'a Running, task: &Task) -> Client<'a> {
    let mut client = Client::seed(running, "", &row(task)).await;
    for gold in &task.gold {
        let (status, body) = client.call(&gold.tool, &gold.arguments).await;
        assert_eq!(status == 200, !gold.failed, "{body}");
    }
    client
}

#[tokio::test]
async fn gold_calls_are_rewarded_with_their_session_and_from_their_record() {
    let running = Running::new().await;
    for task in &library().1 {
        let client = played(&running, task).await;
        let record = client.record(&row(task), &told(task));
        let (status, verdict) = client.post("/verify", &record).await;
        assert_eq!((status, &verdict["reward"], &verdict["mask_sample"]), (200, &json!(1.0), &json!(false)), "{}: {verdict}", task.id);
        assert_eq!((&verdict["response"], &verdict["failure_kind"]), (&record["response"], &Value::Null));
        // The same request may come again, and it may come without its session.
        assert_eq!(client.post("/verify", &record).await.1, verdict);
        assert_eq!(running.post("/verify", &record).await.1, verdict);
        let nothing = Client::seed(&running, "", &row(task)).await;
        let verdict = nothing.post("/verify", &nothing.record(&row(task), "")).await.1;
        if task.gold.iter().any(|gold| gold.writes) {
            assert_eq!((&verdict["reward"], &verdict["failure_kind"]), (&json!(0.0), &json!("wardian:state")), "{verdict}");
            assert_eq!(verdict["mask_sample"], false);
        }
    }
    assert_eq!(running.get("/reverify_mode").await, (200, json!("stateless")));
}

#[tokio::test]
async fn what_cannot_be_graded_is_masked_and_never_an_error() {
    let running = Running::new().await;
    let other = json!({"responses_create_params": {"input": []}, "task": "no-such-task"});
    let client = Client::seed(&running, "", &other).await;
    for (status, verdict) in [
        client.post("/verify", &client.record(&other, "x")).await,
        running.post("/verify", &json!({})).await,
        running.post("/verify", &json!({"response": {"output": 3}, "task": 5})).await,
    ] {
        assert_eq!((status, &verdict["mask_sample"], &verdict["failure_kind"]), (200, &json!(true), &json!("verifier_error")));
        assert!(verdict["responses_create_params"].is_object() && verdict["reward"] == 0.0);
    }
    let calls = |path: &str, body: &'static str| {
        let request = http().post(running.url(path)).header(COOKIE, &client.cookie).body(body);
        answer(request)
    };
    assert_eq!(calls("/nope", "{}").await.0, 404);
    assert_eq!(calls("/find_member", "[]").await.0, 422);
    assert_eq!(calls("/find_member", "").await.0, 422);
    assert_eq!(calls("/find_member", "{").await.0, 422);
    assert_eq!(calls("/find_member", r#"{"email": "nobody@example.org"}"#).await.0, 404);
    assert_eq!(running.post("/find_member", &json!({"email": "a"})).await.0, 400);
}

#[tokio::test]
async fn an_environment_server_opens_and_closes_once() {
    let running = Running::new().await;
    let seed = |id: &str, attempt: u32| {
        json!({
            "resources_session_id": id, "episode_id": {"rollout_id": "e", "attempt": attempt},
            "task_id": {"taskset": "t", "task_id": "x"}, "task_data": {"task": library().1[0].id},
        })
    };
    let close = |id: &str| json!({"resources_session_id": id, "episode_id": {"rollout_id": "e", "attempt": 0}});
    let first = Client::seed(&running, "/ng-rollout/e-0", &seed("a", 0)).await;
    let again = Client::seed(&running, "", &seed("a", 0)).await;
    assert_eq!(first.cookie, again.cookie);
    let told = running.post("/seed_session", &seed("a", 0)).await;
    assert_eq!(told.1, json!({"resources_session_id": "a", "resources_tools": null, "sandbox_access": null}));
    assert_eq!(running.post("/seed_session", &seed("a", 1)).await.0, 409);
    assert_eq!(running.active(), 1);
    for _ in 0..2 {
        assert_eq!(first.post("/ng-rollout/e-0/close_session", &close("a")).await, (200, json!({"resources_session_id": "a"})));
    }
    running.until_active(0).await;
    assert_eq!(running.post("/seed_session", &seed("a", 0)).await.0, 409);
    assert_eq!(running.post("/close_session", &close("b")).await.0, 200);
    assert_eq!(running.post("/seed_session", &seed("b", 0)).await.0, 409);
}

#[tokio::test]
async fn rewards_are_summed_up_without_those_that_are_masked() {
    let running = Running::new().await;
    let row = |task: u64, reward: f64, masked: bool| json!({"_ng_task_index": task, "reward": reward, "mask_sample": masked});
    let rows =
        json!({"verify_responses": [row(0, 1.0, false), row(0, 0.0, false), row(1, 1.0, false), row(1, 1.0, false), row(2, 1.0, true)]});
    let summed = running.post("/aggregate_metrics", &rows).await.1;
    let key = &summed["key_metrics"];
    assert_eq!((&key["mean/reward"], &key["pass^1"], &key["pass^2"]), (&json!(0.75), &json!(0.75), &json!(0.5)), "{summed}");
    assert_eq!((&key["coverage/masked_rollouts"], &key["coverage/fully_masked_tasks"]), (&json!(1), &json!(1)));
    assert_eq!(summed["group_level_metrics"][0]["std/reward"], json!(0.5_f64.sqrt()));
    assert_eq!(running.post("/aggregate_metrics", &json!({})).await.0, 200);
    assert_eq!(running.get("/").await, (200, json!({"status": "ok"})));
    assert_eq!(library().1.len(), TASKS);
}
