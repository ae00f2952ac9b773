//! An endpoint on this machine that answers by rule: what a model, or an embedding service, is in these tests.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Status and body for a path and the body of a request.
type Rule = dyn Fn(&str, &Value) -> (u16, Value) + Send + Sync;

/// A server that lives as long as the test.
pub(crate) struct Endpoint {
    /// `http://127.0.0.1:PORT/v1`
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Endpoint {
    /// Answers every request by `rule`.
    pub(crate) fn start(rule: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let (heads, rule): (_, Arc<Rule>) = (Arc::new(Mutex::new(Vec::new())), Arc::new(rule));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (rule, seen) = (Arc::clone(&rule), Arc::clone(&seen));
                std::thread::spawn(move || serve(&stream, rule.as_ref(), &seen));
            }
        });
        Self { url, heads }
    }

    /// The heads of the requests so far, in lower case.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").clone()
    }
}

fn serve(mut stream: &TcpStream, rule: &Rule, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).ok()? > 2 {}
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    seen.lock().ok()?.push(head);
    let (status, answer) = rule(&path, &serde_json::from_slice(&body).ok()?);
    let answer = answer.to_string();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(answer.as_bytes()).ok()
}

/// A chat completion that says `text`.
pub(crate) fn completion(text: &str) -> Value {
    let message = json!({"role": "assistant", "content": text});
    json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 100, "completion_tokens": 10}})
}
