//! OpenEnv: sockets, errors, sessions over HTTP, lists of tasks.

use crate::support::{Running, Socket, TASKS, library};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use wardian_serve::Options;

#[tokio::test]
async fn gold_calls_are_rewarded_and_doing_nothing_is_not() {
    let running = Running::new().await;
    let mut socket = Socket::open(&running, "/ws").await;
    for task in &library().1 {
        let last = socket.play(task).await;
        assert_eq!((&last["reward"], &last["done"]), (&json!(1.0), &json!(true)), "{}: {last}", task.id);
        socket.reset(json!({"task": task.id})).await;
        let nothing = socket.call("wardian_finish", &json!({})).await;
        let expected = if task.gold.iter().any(|gold| gold.writes) || !task.facts.is_empty() { 0.0 } else { 1.0 };
        assert_eq!(nothing["reward"], json!(expected), "{}: {nothing}", task.id);
        if expected == 0.0 {
            assert!(!nothing["metadata"]["reasons"].as_array().expect("reasons").is_empty());
        }
    }
    socket.close().await;
    running.until_active(0).await;
}

#[tokio::test]
async fn an_episode_can_be_told_from_no_other_of_its_kind() {
    let running = Running::new().await;
    let task = &library().1[0];
    let mut seen: Vec<Vec<String>> = Vec::new();
    // One after the other on one socket, and beside each other on two.
    let mut first = Socket::open(&running, "/ws").await;
    for _ in 0..2 {
        seen.push(trace(&mut first, &task.id).await);
    }
    let mut second = Socket::open(&running, "/library/ws").await;
    let (a, b) = tokio::join!(trace(&mut first, &task.id), trace(&mut second, &task.id));
    seen.extend([a, b]);
    assert!(seen.iter().all(|trace| trace == &seen[0]), "{seen:#?}");
    assert!(seen[0].last().expect("a state").contains("\"digest\""));
}

async fn trace(socket: &mut Socket, task: &str) -> Vec<String> {
    let task = library().1.iter().find(|other| other.id == task).expect("it is there");
    let mut out = vec![socket.ask(json!({"type": "reset", "data": {"task": task.id, "episode_id": "e", "seed": 3}})).await.to_string()];
    for gold in &task.gold {
        out.push(socket.call(&gold.tool, &gold.arguments).await.to_string());
        out.push(socket.ask(json!({"type": "state"})).await.to_string());
    }
    out
}

#[tokio::test]
async fn tools_are_listed_before_the_first_reset_and_calls_are_not_made() {
    let running = Running::new().await;
    let mut socket = Socket::open(&running, "/ws").await;
    let listed = socket.ask(json!({"type": "step", "data": {"type": "list_tools"}})).await;
    let names: Vec<&str> = listed["data"]["observation"]["tools"]
        .as_array()
        .expect("tools")
        .iter()
        .map(|tool| tool["name"].as_str().expect("a name"))
        .collect();
    assert!(names.contains(&"find_member") && names.last() == Some(&"wardian_finish"), "{names:?}");
    assert_eq!(socket.ask(json!({"type": "state"})).await["data"], json!({"episode_id": null, "step_count": 0}));
    let refused = socket.ask(json!({"type": "step", "data": {"tool_name": "find_member", "arguments": {"email": "a"}}})).await;
    assert_eq!(refused["data"]["code"], "EXECUTION_ERROR");
    // The socket goes on.
    socket.reset(json!({"index": 1, "episode_id": "e-1"})).await;
    let step = json!({"type": "step", "data": {"tool_name": "find_member", "arguments": {"email": "nobody@example.org"}}});
    let failed = socket.ask(step).await;
    let error = &failed["data"]["observation"]["error"];
    assert_eq!(error["error_type"], "execution_error");
    assert!(error["message"].as_str().expect("words").contains("nobody@example.org"), "{failed}");
    let state = socket.ask(json!({"type": "state"})).await;
    assert_eq!((&state["data"]["episode_id"], &state["data"]["step_count"]), (&json!("e-1"), &json!(1)));
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_said_and_the_socket_goes_on() {
    let running = Running::new().await;
    let mut socket = Socket::open(&running, "/ws").await;
    let code = |answer: &Value| answer["data"]["code"].as_str().unwrap_or_default().to_owned();
    for (sent, expected) in [
        ("", "INVALID_JSON"),
        ("{", "INVALID_JSON"),
        (r#"{"type": "step", "data": {"tool_name": "\ud800"}}"#, "INVALID_JSON"),
        (r#"{"type": "bogus"}"#, "UNKNOWN_TYPE"),
        (r#"{"data": {}}"#, "UNKNOWN_TYPE"),
        (r#"{"type": "state", "data": {}}"#, "VALIDATION_ERROR"),
        (r#"{"type": "step"}"#, "VALIDATION_ERROR"),
        (r#"{"type": "step", "data": []}"#, "VALIDATION_ERROR"),
        (r#"{"type": "step", "data": {"type": "call_tool"}}"#, "VALIDATION_ERROR"),
        (r#"{"type": "step", "data": {"tool_name": "x", "arguments": "{}"}}"#, "VALIDATION_ERROR"),
        (r#"{"type": "step", "data": {"tool_name": "x", "more": 1}}"#, "VALIDATION_ERROR"),
        (r#"{"type": "reset", "data": {"task": "no-such-task"}}"#, "EXECUTION_ERROR"),
        (r#"{"type": "reset", "data": {"split": "nowhere"}}"#, "EXECUTION_ERROR"),
        (r#"{"type": "reset", "data": {"index": 4000}}"#, "EXECUTION_ERROR"),
        (r#"{"type": "reset", "data": {"seed": -1}}"#, "EXECUTION_ERROR"),
    ] {
        socket.send(sent).await;
        let answer = socket.next().await.expect("an answer");
        assert_eq!(code(&answer), expected, "{sent}: {answer}");
    }
    socket.reset(json!({"unknown_key": [1, 2], "task": null})).await;
    for (tool, arguments, kind) in [("nope", json!({}), "tool_not_found"), ("find_member", json!({"mail": 1}), "invalid_args")] {
        assert_eq!(socket.call(tool, &arguments).await["observation"]["error"]["error_type"], kind);
    }
    assert_eq!(socket.call("wardian_finish", &json!({"answer": 3})).await["observation"]["error"]["error_type"], "invalid_args");
    assert_eq!(socket.call("wardian_finish", &json!({"answer": "done"})).await["done"], json!(true));
    let over = socket.call("find_member", &json!({"email": "a@b.org"})).await;
    assert_eq!((&over["done"], &over["reward"]), (&json!(true), &json!(0.0)));
    // What is no message at all ends it, with a word.
    for message in [Message::text("[]"), Message::binary(vec![0])] {
        let mut socket = Socket::open(&running, "/ws").await;
        socket.send_raw(message).await;
        assert_eq!(code(&socket.next().await.expect("an answer")), "SESSION_ERROR");
        assert!(socket.next().await.is_none());
    }
}

#[tokio::test]
async fn a_place_is_free_when_its_socket_has_closed() {
    let running = Running::with(Options { sessions_max: 1, ..Options::default() }).await;
    for _ in 0..50 {
        let mut socket = Socket::open(&running, "/ws").await;
        socket.reset(json!({})).await;
        let mut refused = Socket::open(&running, "/ws").await;
        let words = refused.next().await.expect("a word");
        assert_eq!((&words["data"]["code"], &words["data"]["max_sessions"]), (&json!("CAPACITY_REACHED"), &json!(1)));
        assert!(refused.next().await.is_none());
        socket.close().await;
        running.until_active(0).await;
    }
    assert!(running.server.metrics().text().contains("wardian_refused_total{reason=\"sessions\"} 50"));
}

#[tokio::test]
async fn a_session_made_over_http_is_taken_up_by_a_socket() {
    let running = Running::new().await;
    let rpc = |method: &str, params: Value| json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let (status, created) = running.post("/mcp", &rpc("openenv/session/create", json!({}))).await;
    let id = created["result"]["session_id"].as_str().expect("an id").to_owned();
    assert_eq!((status, id.len()), (200, 32));
    let path = format!("/ws?session_id={id}");
    let mut socket = Socket::open(&running, &path).await;
    socket.reset(json!({"task": library().1[0].id})).await;
    let mut second = Socket::open(&running, &path).await;
    assert_eq!(second.next().await.expect("a word")["data"]["code"], "SESSION_ERROR");
    let listed = running.post("/mcp", &rpc("tools/list", json!({"session_id": id}))).await.1;
    assert!(listed["result"]["tools"].as_array().expect("tools").len() > 3, "{listed}");
    let call = json!({"name": "find_member", "arguments": {"email": "ADA.Brandt@example.org"}, "session_id": id});
    let called = running.post("/mcp", &rpc("tools/call", call)).await.1;
    assert_eq!(called["result"]["data"]["name"], "Ada Brandt", "{called}");
    // The call was a step of the episode that the socket plays.
    assert_eq!(socket.ask(json!({"type": "state"})).await["data"]["step_count"], 1);
    socket.close().await;
    assert_eq!(running.active(), 1);
    let closed = running.post("/mcp", &rpc("openenv/session/close", json!({"session_id": id}))).await.1;
    assert_eq!(closed["result"], json!({"session_id": id, "closed": true}));
    running.until_active(0).await;
    for (method, params, code) in [
        ("openenv/session/close", json!({"session_id": id}), -32602),
        ("tools/call", json!({"name": "find_member", "session_id": "0"}), -32602),
        ("tools/call", json!({}), -32602),
        ("tools/call", json!({"name": "nope"}), -32603),
        ("initialize", json!({}), -32601),
    ] {
        assert_eq!(running.post("/mcp", &rpc(method, params)).await.1["error"]["code"], code, "{method}");
    }
    assert_eq!(running.post("/mcp", &json!({})).await.1["error"]["code"], -32600);
}

#[tokio::test]
async fn tasks_are_listed_and_nothing_of_their_goals() {
    let running = Running::new().await;
    assert_eq!(running.get("/list_environments").await.1, json!(["library"]));
    assert_eq!(running.get("/LIBRARY/splits").await.1, json!([{"name": "train", "type": "train"}]));
    let train = json!({"split": "train"});
    assert_eq!(running.post("/library/num_tasks", &train).await.1, json!({"num_tasks": TASKS}));
    let all = running.post("/library/tasks", &train).await.1;
    assert_eq!(all["tasks"].as_array().expect("tasks").len(), TASKS);
    assert_eq!(all["tasks"][2], json!({"id": library().1[2].id, "split": "train", "index": 2}));
    let last = running.post("/library/task_range", &json!({"split": "train", "start": -2})).await.1;
    assert_eq!(last["tasks"].as_array().expect("tasks").len(), 2);
    assert_eq!(running.post("/library/task", &json!({"split": "train", "index": TASKS})).await.0, 400);
    assert_eq!(running.post("/library/tasks", &json!({"split": "test"})).await.0, 400);
    assert_eq!(running.post("/library/tasks", &json!({})).await.0, 422);
    assert_eq!(running.get("/nowhere/splits").await.0, 404);
    assert_eq!(running.get("/health").await, (200, json!({"status": "healthy"})));
    assert_eq!(running.get("/nowhere/health").await.0, 404);
    assert_eq!(running.get("/schema").await.1["action"]["title"], "CallToolAction");
    assert!(running.get("/openapi.json").await.1["paths"]["/reset"].is_object());
    let (status, reset) = running.post("/reset", &json!({"split": "train", "index": 0})).await;
    assert_eq!((status, &reset["done"]), (200, &json!(false)));
    let step = json!({"action": {"tool_name": "find_member", "arguments": {"email": "ada.brandt@example.org"}}});
    assert_eq!(running.post("/step", &step).await.1["observation"]["result"]["name"], "Ada Brandt");
    assert_eq!(running.post("/step", &json!({})).await.0, 422);
    running.until_active(0).await;
}
