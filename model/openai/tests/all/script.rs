//! An endpoint on this machine that answers each request with the next of its scripted answers, byte for byte, and keeps what it was sent.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wardian_format::Message;
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};
use wardian_openai::{Client, Clock, Endpoint, Secret};

/// The key of all clients here; it must never be seen again.
pub(crate) const KEY: &str = "sk-hush-hush-0123456789";

/// What is done with one request.
#[derive(Clone, Debug)]
pub(crate) enum Play {
    /// These bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// Nothing, ever.
    Silence,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Request line and headers, in lower case but for the values.
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// A running endpoint.
pub(crate) struct Script {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Requests under way, and the most there were at once.
    pub(crate) busy: Arc<Mutex<(usize, usize)>>,
}

/// An answer with status, headers and body; the length is told.
pub(crate) fn http(status: &str, headers: &[&str], body: &str) -> Play {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    Play::Bytes(format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into_bytes())
}

/// A good answer with this JSON.
pub(crate) fn good(body: &Value) -> Play {
    http("200 OK", &["content-type: application/json"], &body.to_string())
}

/// A completion that says `text`.
pub(crate) fn says(text: &str) -> Play {
    good(&json!({
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 3}
    }))
}

impl Script {
    /// Plays `plays` in order; the last is repeated.
    pub(crate) async fn start(plays: Vec<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let busy = Arc::new(Mutex::new((0, 0)));
        let script = Self { address, seen: Arc::clone(&seen), busy: Arc::clone(&busy) };
        tokio::spawn(async move {
            let mut count = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let play = plays[count.min(plays.len() - 1)].clone();
                count += 1;
                tokio::spawn(serve(stream, play, Arc::clone(&seen), Arc::clone(&busy)));
            }
        });
        script
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// An endpoint with the key, short pauses and a short time.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint {
            key: Some(Secret::new(KEY)),
            retries_max: 2,
            backoff_ms: 1_000,
            timeout_ms: 20_000,
            ..Endpoint::new(&self.address, "tiny")
        }
    }

    /// A client whose pauses are written down instead of waited.
    pub(crate) fn client(&self, endpoint: Endpoint) -> (Client, Arc<Pauses>) {
        let pauses = Arc::new(Pauses::default());
        let clock: Arc<dyn Clock> = pauses.clone();
        (Client::with_clock(endpoint, clock).expect("a client"), pauses)
    }
}

async fn serve(mut stream: TcpStream, play: Play, seen: Arc<Mutex<Vec<Seen>>>, busy: Arc<Mutex<(usize, usize)>>) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.expect("a request");
        assert!(count > 0, "the client hangs up within a request");
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        if body.len() == length.parse::<usize>().expect("a number") {
            break (head.to_owned(), serde_json::from_str(body).expect("a body in JSON"));
        }
    };
    {
        let mut busy = busy.lock().expect("no panic");
        busy.0 += 1;
        busy.1 = busy.1.max(busy.0);
    }
    seen.lock().expect("no panic").push(Seen { head, body });
    // Lets other requests come in, if the client lets them.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    match play {
        Play::Bytes(bytes) => {
            busy.lock().expect("no panic").0 -= 1;
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Play::Silence => std::future::pending().await,
    }
}

/// A clock that stands still but for the pauses that are asked of it.
#[derive(Default)]
pub(crate) struct Pauses {
    asked: Mutex<Vec<Duration>>,
}

impl Pauses {
    pub(crate) fn ms(&self) -> Vec<u64> {
        self.asked.lock().expect("no panic").iter().map(|pause| pause.as_millis() as u64).collect()
    }
}

impl Clock for Pauses {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn pause(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.asked.lock().expect("no panic").push(time);
        Box::pin(std::future::ready(()))
    }
}

/// A request of one message.
pub(crate) fn ask(text: &str) -> ChatRequest {
    ChatRequest { messages: vec![Message::User { content: text.to_owned() }], ..ChatRequest::default() }
}

/// What a client makes of one scripted course: the answer, the requests that came in, and the pauses.
pub(crate) async fn course(plays: Vec<Play>, change: impl Fn(&mut Endpoint)) -> (Result<ChatReply, ModelError>, Vec<Seen>, Vec<u64>) {
    let script = Script::start(plays).await;
    let mut endpoint = script.endpoint();
    change(&mut endpoint);
    let (client, pauses) = script.client(endpoint);
    let reply = client.chat(&ask("hello")).await;
    if let Err(error) = &reply {
        assert!(!format!("{error} {error:?} {client:?}").contains(KEY), "the key is shown: {error}");
    }
    (reply, script.seen(), pauses.ms())
}
