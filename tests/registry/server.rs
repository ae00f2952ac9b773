//! Registries that run on this machine, for one test each.

use container_registry::ContainerRegistry;
use container_registry::auth::{Anonymous, AuthProvider, Permissions, Unverified};
use serde::de::DeserializeOwned;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// The crate `container-registry` in a thread of its own. It ends with the test.
pub(super) struct Registry {
    address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
    _storage: tempfile::TempDir,
}

impl Registry {
    /// Anybody may read and write.
    pub(super) fn open() -> Self {
        Self::start(Arc::new(Anonymous::new(Permissions::ReadWrite, Permissions::ReadWrite)))
    }

    /// Whoever knows the password may.
    pub(super) fn with_password(password: &str) -> Self {
        // The crate does not name the type of a password that it takes, but it can be read from JSON.
        fn secret<T: DeserializeOwned>(_: fn(T) -> Unverified, text: &str) -> T {
            serde_json::from_value(text.into()).expect("a secret")
        }
        let secret = secret(|password| Unverified::UsernameAndPassword { username: String::new(), password }, password);
        Self::start(Arc::new(secret))
    }

    fn start(auth: Arc<dyn AuthProvider>) -> Self {
        let storage = tempfile::tempdir().expect("a folder");
        let registry = ContainerRegistry::builder().auth_provider(auth).storage(storage.path()).build().expect("a registry");
        let limit = axum::extract::DefaultBodyLimit::max(64 << 20);
        let app = axum::Router::new().merge(registry.make_router()).layer(limit);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { address, runtime: Some(runtime), _storage: storage }
    }

    /// `127.0.0.1:PORT`
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The body of an answer, by the plainest client that there is.
    pub(super) fn get(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        write!(stream, "GET {path} HTTP/1.0\r\nHost: registry\r\n\r\n").expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let text = String::from_utf8_lossy(&answer).into_owned();
        assert!(text.starts_with("HTTP/1.0 200") || text.starts_with("HTTP/1.1 200"), "{path}: {text}");
        let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
        answer.split_off(head + 4)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A registry that is a process.
pub(super) struct Process {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Process {
    /// Starts Debian's `docker-registry` on a free port, and waits until it listens.
    pub(super) fn start(mut command: Command) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let config = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n",
            folder.path().join("data").display()
        );
        let path = folder.path().join("config.yml");
        std::fs::write(&path, config).expect("can write");
        let child = command.arg("serve").arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut process = Self { child, port, _folder: folder };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(process.child.try_wait().expect("a process").is_none(), "docker-registry ended at once");
            std::thread::yield_now();
        }
        process
    }

    /// `127.0.0.1:PORT`
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
