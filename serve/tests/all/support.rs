//! A server on a free port, and what is needed to play its tasks.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wardian_compiler::{Validation, compile_pack};
use wardian_env::{LoadedPack, Runtime};
use wardian_format::Task;
use wardian_format::task::Split;
use wardian_serve::{About, Options, Server, Worlds};
use wardian_tasks::{SplitRule, TaskOptions, generate};

/// Tasks of the library that the servers of the tests have.
pub(crate) const TASKS: usize = 12;

/// The example pack, and tasks for it.
pub(crate) fn library() -> &'static (Arc<LoadedPack>, Vec<Task>) {
    static LIBRARY: OnceLock<(Arc<LoadedPack>, Vec<Task>)> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let sources = wardian_packs::sources("library").expect("it ships");
        let compiled = compile_pack(&sources, Validation::Trusted).expect("it compiles");
        let runtime = Runtime::new().expect("an engine");
        let pack = runtime.load_own(wardian_pack::write(&compiled.parts).expect("a pack"), "library.wasm").expect("it loads");
        let options = TaskOptions { seed: 7, count: TASKS, split: SplitRule::All(Split::Train), ..TaskOptions::default() };
        let tasks = generate(&pack, &options).expect("tasks").tasks;
        assert_eq!(tasks.len(), TASKS);
        (pack, tasks)
    })
}

/// A client of HTTP.
pub(crate) fn http() -> reqwest::Client {
    // Whoever comes first sets what a second would set as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// A server that ends with this.
pub(crate) struct Running {
    pub(crate) server: Arc<Server>,
    pub(crate) at: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

impl Running {
    /// A server of the library on these terms.
    pub(crate) async fn with(options: Options) -> Self {
        let (pack, tasks) = library();
        let worlds = Worlds::new(vec![(Arc::clone(pack).into(), About::of(pack))], tasks.clone()).expect("worlds");
        let server = Server::new(worlds, options);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let running = Arc::clone(&server);
        let task = tokio::spawn(async move { running.run(listener, async { drop(stopped.await) }).await });
        Self { server, at, stop: Some(stop), task: Some(task) }
    }

    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }

    /// Stops it, and waits until it has ended.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        self.task.take().expect("it was not stopped before").await.expect("it ends").expect("without an error");
    }

    pub(crate) fn active(&self) -> usize {
        self.server.sessions().active().0
    }

    /// Waits until so many sessions are active.
    pub(crate) async fn until_active(&self, wanted: usize) {
        let waiting = async {
            while self.active() != wanted {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let limit = std::time::Duration::from_secs(20);
        assert!(tokio::time::timeout(limit, waiting).await.is_ok(), "{} sessions are active, not {wanted}", self.active());
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer(http().get(self.url(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(http().post(self.url(path)).json(body)).await
    }
}

/// Status and JSON of an answer; text where it is none.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// A socket of OpenEnv's.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(running: &Running, path: &str) -> Self {
        Self(connect_async(format!("ws://{}{path}", running.at)).await.expect("a socket").0)
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("it is sent");
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        self.0.send(message).await.expect("it is sent");
    }

    /// The next text; none where the socket was closed in good order.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("JSON")),
                Ok(Message::Close(frame)) => {
                    assert_eq!(frame.map(|frame| u16::from(frame.code)), Some(1000));
                    return None;
                }
                Ok(_) => {}
                Err(error) => panic!("the socket broke: {error}"),
            }
        }
    }

    pub(crate) async fn ask(&mut self, message: Value) -> Value {
        self.send(&message.to_string()).await;
        self.next().await.expect("an answer")
    }

    /// Data of the observation that a reset gives.
    pub(crate) async fn reset(&mut self, data: Value) -> Value {
        observation(self.ask(json!({"type": "reset", "data": data})).await)
    }

    pub(crate) async fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let action = json!({"type": "call_tool", "tool_name": tool, "arguments": arguments});
        observation(self.ask(json!({"type": "step", "data": action})).await)
    }

    /// Plays the gold calls of `task` and ends the episode; the last observation.
    pub(crate) async fn play(&mut self, task: &Task) -> Value {
        self.reset(json!({"task": task.id})).await;
        for gold in &task.gold {
            let answer = self.call(&gold.tool, &gold.arguments).await;
            assert_eq!((&answer["reward"], &answer["done"]), (&json!(0.0), &json!(false)), "{answer}");
            assert!(answer["observation"]["error"].is_null() != gold.failed, "{answer}");
        }
        self.call("wardian_finish", &json!({"answer": told(task)})).await
    }

    pub(crate) async fn close(mut self) {
        self.send(r#"{"type": "close"}"#).await;
        assert!(self.next().await.is_none());
    }
}

fn observation(answer: Value) -> Value {
    assert_eq!(answer["type"], "observation", "{answer}");
    answer["data"].clone()
}

/// Words in which all facts of `task` are told.
pub(crate) fn told(task: &Task) -> String {
    task.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)).collect::<Vec<_>>().join("; ")
}
