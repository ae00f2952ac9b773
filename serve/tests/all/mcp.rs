//! MCP: both eras over HTTP, and standard input.

use crate::support::{Running, http, library, told};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use wardian_format::Task;
use wardian_serve::Options;

/// Status, headers by name, and JSON of the answer to one message.
async fn send(running: &Running, path: &str, headers: &[(&str, &str)], message: &Value) -> (u16, BTreeMap<String, String>, Value) {
    let mut request = http().post(running.url(path)).header("Accept", "application/json, text/event-stream").json(message);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let told = response.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned())).collect();
    let text = response.text().await.expect("a body");
    (status, told, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// A client of the session era.
struct Client<'a> {
    running: &'a Running,
    session: String,
}

impl<'a> Client<'a> {
    async fn new(running: &'a Running, version: &str) -> Self {
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}});
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        let (status, headers, answer) = send(running, "/library/mcp", &[], &hello).await;
        assert_eq!((status, &answer["result"]["protocolVersion"]), (200, &json!(version)), "{answer}");
        assert_eq!(answer["result"]["serverInfo"]["name"], "wardian");
        let client = Self { running, session: headers["mcp-session-id"].clone() };
        let (status, _, _) = client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        assert_eq!(status, 202);
        client
    }

    async fn send(&self, message: &Value) -> (u16, BTreeMap<String, String>, Value) {
        send(self.running, "/library/mcp", &[("Mcp-Session-Id", &self.session), ("MCP-Protocol-Version", "2025-11-25")], message).await
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let (status, _, answer) = self.send(&json!({"jsonrpc": "2.0", "id": 2, "method": method, "params": params})).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn call(&self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await["result"].clone()
    }

    async fn play(&self, task: &Task) {
        let begun = self.call("wardian_reset", json!({"task": task.id})).await;
        assert_eq!(begun["structuredContent"]["prompt"], json!(task.user.goal));
        for gold in &task.gold {
            let answer = self.call(&gold.tool, gold.arguments.clone()).await;
            assert_eq!(answer["isError"] == true, gold.failed, "{answer}");
        }
    }
}

#[tokio::test]
async fn a_session_has_a_world() {
    let running = Running::new().await;
    let client = Client::new(&running, "2025-06-18").await;
    let other = Client::new(&running, "2025-11-25").await;
    let listed = client.ask("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().expect("tools");
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().expect("a name")).collect();
    assert!(names.contains(&"find_member") && names.contains(&"wardian_grade") && !names.contains(&"wardian_open"), "{names:?}");
    assert!(tools[0]["inputSchema"]["properties"].get("world").is_none());
    for task in &library().1 {
        client.play(task).await;
        let verdict = client.call("wardian_grade", json!({"answer": told(task)})).await;
        assert_eq!(
            (&verdict["structuredContent"]["passed"], &verdict["structuredContent"]["reward"]),
            (&json!(true), &json!(1.0)),
            "{verdict}"
        );
        let diff = client.call("wardian_diff", json!({})).await;
        let rows = diff["structuredContent"]["rows"].as_array().expect("rows").len();
        assert_eq!(rows > 0, task.gold.iter().any(|gold| gold.writes), "{diff}");
        other.call("wardian_reset", json!({"task": task.id})).await;
        let verdict = other.call("wardian_grade", json!({})).await;
        let expected = task.gold.iter().all(|gold| !gold.writes) && task.facts.is_empty();
        assert_eq!(verdict["structuredContent"]["passed"], json!(expected), "{verdict}");
    }
    let removed = http().delete(running.url("/library/mcp")).header("Mcp-Session-Id", &client.session).send().await.expect("an answer");
    assert_eq!(removed.status(), 204);
    let (status, _, answer) = client.send(&json!({"jsonrpc": "2.0", "id": 3, "method": "tools/list"})).await;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!(-32001)));
    running.until_active(1).await;
}

#[tokio::test]
async fn a_fork_keeps_what_was_and_a_world_can_go_back_to_it() {
    let running = Running::new().await;
    let client = Client::new(&running, "2025-11-25").await;
    let task = library().1.iter().find(|task| task.gold.iter().any(|gold| gold.writes)).expect("a task that writes");
    client.call("wardian_reset", json!({"task": task.id})).await;
    let before = client.call("wardian_digest", json!({})).await["structuredContent"].clone();
    let fork = client.call("wardian_fork", json!({})).await["structuredContent"]["world"].as_str().expect("a handle").to_owned();
    for gold in &task.gold {
        client.call(&gold.tool, gold.arguments.clone()).await;
    }
    let after = client.call("wardian_digest", json!({})).await["structuredContent"].clone();
    assert_ne!(before, after);
    client.call("wardian_reset", json!({"fork": fork})).await;
    assert_eq!(client.call("wardian_digest", json!({})).await["structuredContent"], before);
    let guessed = client.call("wardian_reset", json!({"fork": "0123456789abcdef0123456789abcdef"})).await;
    assert_eq!(guessed["isError"], true);
}

#[tokio::test]
async fn without_sessions_a_handle_is_passed() {
    let running = Running::new().await;
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}});
    let ask = async |method: &str, mut params: Value| {
        params["_meta"] = meta.clone();
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let mut headers = vec![("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method)];
        if !name.is_empty() {
            headers.push(("Mcp-Name", &name));
        }
        let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let (status, headers, answer) = send(&running, "/mcp", &headers, &message).await;
        assert!(!headers.contains_key("mcp-session-id"));
        (status, answer)
    };
    let call =
        async |tool: &str, arguments: Value| ask("tools/call", json!({"name": tool, "arguments": arguments})).await.1["result"].clone();
    let discovered = ask("server/discover", json!({})).await.1["result"].clone();
    assert_eq!(discovered["supportedVersions"], json!(["2025-06-18", "2025-11-25", "2026-07-28"]));
    let listed = ask("tools/list", json!({})).await.1["result"].clone();
    assert_eq!((&listed["resultType"], listed["ttlMs"].is_u64()), (&json!("complete"), true), "{listed}");
    let find = listed["tools"].as_array().expect("tools").iter().find(|tool| tool["name"] == "find_member").expect("it is there");
    assert_eq!(find["inputSchema"]["required"], json!(["world", "email"]));
    let task = &library().1[0];
    let opened = call("wardian_open", json!({"task": task.id})).await;
    let world = opened["structuredContent"]["world"].as_str().expect("a handle").to_owned();
    for gold in &task.gold {
        let mut arguments = gold.arguments.clone();
        arguments["world"] = json!(world);
        assert_eq!(call(&gold.tool, arguments).await["isError"] == true, gold.failed);
    }
    let verdict = call("wardian_grade", json!({"world": world, "answer": told(task)})).await;
    assert_eq!(verdict["structuredContent"]["passed"], true, "{verdict}");
    let mut without = task.gold[0].arguments.clone();
    assert_eq!(call(&task.gold[0].tool, without.clone()).await["isError"], true);
    without["world"] = json!("0123456789abcdef0123456789abcdef");
    assert_eq!(call(&task.gold[0].tool, without).await["isError"], true);
    assert_eq!(call("wardian_close", json!({"world": world})).await["structuredContent"], json!({"closed": true}));
    running.until_active(0).await;
    let (status, answer) = ask("tools/call", json!({"name": "nope", "arguments": {}})).await;
    assert_eq!((status, &answer["error"]["code"]), (200, &json!(-32602)));
    for gone in ["ping", "initialize"] {
        let (status, answer) = ask(gone, json!({})).await;
        assert_eq!((status, &answer["error"]["code"]), (404, &json!(-32601)), "{gone}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let running = Running::with(Options { sessions_max: 2, ..Options::default() }).await;
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(send(&running, "/mcp", &[], &list).await.0, 400);
    assert_eq!(send(&running, "/mcp", &[("Mcp-Session-Id", "guessed")], &list).await.0, 404);
    assert_eq!(send(&running, "/nowhere/mcp", &[], &list).await.0, 404);
    assert_eq!(send(&running, "/mcp", &[], &json!([list])).await.2["error"]["code"], -32600);
    assert_eq!(http().get(running.url("/mcp")).header("Accept", "text/event-stream").send().await.expect("an answer").status(), 405);
    let first = Client::new(&running, "2025-11-25").await;
    let unknown = first.ask("tools/call", json!({"name": "nope", "arguments": {}})).await;
    assert_eq!(unknown["error"]["code"], -32602);
    assert_eq!(first.ask("tools/call", json!({"arguments": 3})).await["error"]["code"], -32602);
    assert_eq!(first.ask("no/such/method", json!({})).await["error"]["code"], -32601);
    let bad = first.call("find_member", json!({"mail": 1})).await;
    assert!(bad["isError"] == true && bad["content"][0]["text"].as_str().expect("words").contains("email"), "{bad}");
    let _second = Client::new(&running, "2025-11-25").await;
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
    assert_eq!(send(&running, "/mcp", &[], &hello).await.0, 503);
}

#[tokio::test]
async fn policies_and_tasks_are_prompts_and_resources() {
    let running = Running::new().await;
    let client = Client::new(&running, "2025-11-25").await;
    let read = client.ask("resources/read", json!({"uri": "wardian://library/policy"})).await;
    let policy = read["result"]["contents"][0]["text"].as_str().expect("text").to_owned();
    let prompt = client.ask("prompts/get", json!({"name": "policy"})).await;
    assert_eq!(prompt["result"]["messages"][0]["content"]["text"], json!(policy));
    let task = &library().1[3];
    let prompt = client.ask("prompts/get", json!({"name": "task", "arguments": {"id": task.id}})).await;
    assert_eq!(prompt["result"]["messages"][0]["content"]["text"], json!(task.user.goal));
    assert_eq!(client.ask("prompts/get", json!({"name": "task"})).await["error"]["code"], -32602);
    assert_eq!(client.ask("resources/read", json!({"uri": "wardian://library/none"})).await["error"]["code"], -32002);
    assert_eq!(client.ask("resources/list", json!({})).await["result"]["resources"].as_array().expect("resources").len(), 2);
}

#[tokio::test]
async fn one_client_speaks_over_standard_input() {
    let running = Running::new().await;
    let ((theirs, input), (output, answers)) = (tokio::io::duplex(1 << 16), tokio::io::duplex(1 << 16));
    let server = running.server.clone();
    let serving = tokio::spawn(async move { server.stdio(server.worlds().first(), input, output).await });
    let mut theirs = theirs;
    let mut answers = BufReader::new(answers).lines();
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}});
    for message in [
        // One that would end a careless server.
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "find_member", "arguments": {"email": "ada.brandt@example.org"}}}),
    ] {
        theirs.write_all(format!("{message}\n").as_bytes()).await.expect("it is read");
    }
    let mut seen: Vec<Value> = Vec::new();
    while seen.len() < 2 {
        let line = answers.next_line().await.expect("a line").expect("an answer");
        seen.push(serde_json::from_str(&line).expect("JSON"));
    }
    assert_eq!(seen[0]["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(seen[1]["result"]["structuredContent"]["name"], "Ada Brandt", "{seen:?}");
    drop(theirs);
    serving.await.expect("it ends").expect("without an error");
    running.until_active(0).await;
}
