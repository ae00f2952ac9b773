//! A small model that this machine serves, behind a real inference server.

use crate::support::{is_full, root};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// SmolLM2-135M behind llama.cpp, as long as this lives.
pub(crate) struct Local {
    server: Child,
    pub(crate) url: String,
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A small model on this machine, or `None` with a printed reason.
pub(crate) fn local() -> Option<Local> {
    if !is_full() {
        println!("SKIPPED: a local model answers under `./test --full`");
        return None;
    }
    let found = Command::new(root().join("tests/local-model")).output().expect("bash runs");
    if !found.status.success() {
        println!("SKIPPED: no local model: {}", String::from_utf8_lossy(&found.stderr));
        return None;
    }
    let python = String::from_utf8(found.stdout).expect("a path");
    let mut server = Command::new(python.trim())
        .arg(root().join("tests/serve-model.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(server.stdout.take().expect("it is piped")).lines();
    let url =
        lines.map_while(Result::ok).find_map(|line| line.strip_prefix("URL ").map(str::to_owned)).expect("the server says where it is");
    Some(Local { server, url })
}
