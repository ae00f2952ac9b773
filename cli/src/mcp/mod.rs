//! A client of the Model Context Protocol that asks a server one thing: which tools it has.
//!
//! A server is not trusted: what it says is bounded in bytes, pages, tools and time, and nothing of it is run here. It speaks over the
//! pipes of a process ([`stdio`]) or over streamable HTTP ([`http`]).

pub(crate) mod http;
pub(crate) mod stdio;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use wardian_format::names::{self, untrusted};

/// The version of the protocol that is offered; `tools/list` is the same in all others.
pub(crate) const PROTOCOL: &str = "2025-06-18";
/// Bytes of one message of a server.
pub(crate) const MESSAGE_BYTES_MAX: usize = 32 << 20;
/// Messages that a server may send before it answers.
pub(crate) const MESSAGES_MAX: usize = 10_000;
/// Pages of tools.
const PAGES_MAX: usize = 1000;
/// Tools of one server.
const TOOLS_MAX: usize = 100_000;

/// What a server has.
pub(crate) struct Listed {
    /// Its name, as an identifier.
    pub(crate) server: String,
    /// Its tools, as it describes them.
    pub(crate) tools: Vec<Value>,
}

/// A way to talk to a server.
pub(crate) trait Wire {
    /// Sends `message`, and for a request (one with an id) returns the answer's `result`.
    fn send(&mut self, message: &Value) -> Result<Value>;
    /// Notes the version of the protocol that the server chose.
    fn agreed(&mut self, _version: &str) {}
}

/// Greets the server and lists its tools, page by page.
pub(crate) fn list(wire: &mut impl Wire) -> Result<Listed> {
    let client = json!({"name": "wardian", "version": env!("CARGO_PKG_VERSION")});
    let greeting = json!({"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client});
    let welcome = wire.send(&request(0, "initialize", greeting)).context("it does not answer `initialize`")?;
    let version = welcome["protocolVersion"].as_str().context("its answer to `initialize` names no `protocolVersion`")?;
    wire.agreed(version);
    wire.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
    let mut out = Listed { server: server_name(&welcome), tools: Vec::new() };
    let mut cursor: Option<String> = None;
    for page in 0..PAGES_MAX {
        let parameters = cursor.as_ref().map_or_else(|| json!({}), |cursor| json!({"cursor": cursor}));
        let mut answer = wire.send(&request(page + 1, "tools/list", parameters)).context("it does not answer `tools/list`")?;
        let Value::Array(tools) = answer["tools"].take() else { bail!("its answer to `tools/list` has no array `tools`") };
        out.tools.extend(tools);
        ensure!(out.tools.len() <= TOOLS_MAX, "it lists more than {TOOLS_MAX} tools");
        let next = answer["nextCursor"].as_str().filter(|next| !next.is_empty()).map(str::to_owned);
        if next.is_none() {
            return Ok(out);
        }
        ensure!(next != cursor, "its pages lead in a circle");
        cursor = next;
    }
    bail!("it lists its tools on more than {PAGES_MAX} pages")
}

fn request(id: usize, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

fn server_name(welcome: &Value) -> String {
    let stated = welcome["serverInfo"]["name"].as_str().unwrap_or("server");
    let mut name = names::snake(stated);
    name.truncate(names::TOOL_NAME_MAX);
    name
}

/// The result in `message`, if it answers the request `id`; an error of the server is an error.
pub(crate) fn result_of(message: &Value, id: &Value) -> Option<Result<Value>> {
    if message.get("method").is_some() || message.get("id") != Some(id) {
        return None;
    }
    if let Some(error) = message.get("error") {
        let text = error["message"].as_str().unwrap_or("no message");
        return Some(Err(anyhow::anyhow!("it answers error {}: {}", error["code"], untrusted(text, 200))));
    }
    Some(message.get("result").cloned().context("its answer has neither `result` nor `error`"))
}

/// What a client without any abilities answers to a request of the server.
pub(crate) fn refusal(message: &Value) -> Option<Value> {
    let (id, method) = (message.get("id")?, message["method"].as_str()?);
    Some(match method {
        "ping" => json!({"jsonrpc": "2.0", "id": id, "result": {}}),
        _ => json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "this client only lists tools"}}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers from a list, and keeps what it was sent.
    struct Script {
        answers: Vec<Value>,
        sent: Vec<Value>,
    }

    impl Wire for Script {
        fn send(&mut self, message: &Value) -> Result<Value> {
            self.sent.push(message.clone());
            if message.get("id").is_none() {
                return Ok(Value::Null);
            }
            ensure!(!self.answers.is_empty(), "silence");
            Ok(self.answers.remove(0))
        }
    }

    fn played(answers: &[Value]) -> (Result<Listed>, Vec<Value>) {
        let mut wire = Script { answers: answers.to_vec(), sent: Vec::new() };
        let listed = list(&mut wire);
        (listed, wire.sent)
    }

    #[test]
    fn pages_are_followed_by_their_cursor() {
        let welcome = json!({"protocolVersion": "2024-11-05", "serverInfo": {"name": "My Files"}});
        let pages = [welcome, json!({"tools": [{"name": "a"}], "nextCursor": "p2"}), json!({"tools": [{"name": "b"}]})];
        let (listed, sent) = played(&pages);
        let listed = listed.expect("listed");
        assert_eq!((listed.server.as_str(), listed.tools.len()), ("my_files", 2));
        let methods: Vec<&str> = sent.iter().filter_map(|message| message["method"].as_str()).collect();
        assert_eq!(methods, ["initialize", "notifications/initialized", "tools/list", "tools/list"]);
        assert_eq!(sent[3]["params"], json!({"cursor": "p2"}));
    }

    #[test]
    fn bad_servers_are_described() {
        let welcome = json!({"protocolVersion": PROTOCOL});
        let page = json!({"tools": [], "nextCursor": "x"});
        for (answers, reason) in [
            (vec![], "does not answer `initialize`"),
            (vec![json!({})], "names no `protocolVersion`"),
            (vec![welcome.clone(), json!({"tools": 5})], "no array `tools`"),
            (vec![welcome, page.clone(), page], "in a circle"),
        ] {
            let error = played(&answers).0.err().expect("an error");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn only_the_answer_counts() {
        let id = json!(3);
        assert!(result_of(&json!({"id": 3, "method": "ping"}), &id).is_none());
        assert!(result_of(&json!({"method": "notifications/message"}), &id).is_none());
        assert!(result_of(&json!({"id": 4, "result": 1}), &id).is_none());
        assert_eq!(result_of(&json!({"id": 3, "result": 1}), &id).expect("it").expect("well"), json!(1));
        let error = json!({"id": 3, "error": {"code": -1, "message": "no\u{1b}[2J"}});
        let text = result_of(&error, &id).expect("it").expect_err("an error").to_string();
        assert!(text.contains("error -1: no") && !text.contains('\u{1b}'), "{text}");
        assert_eq!(refusal(&json!({"id": 9, "method": "ping"})), Some(json!({"jsonrpc": "2.0", "id": 9, "result": {}})));
        assert!(refusal(&json!({"method": "notifications/x"})).is_none());
    }
}
