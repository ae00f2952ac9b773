//! An MCP server as a child process: one JSON message a line, over its standard input and output.

use super::{Listed, MESSAGE_BYTES_MAX, MESSAGES_MAX, Wire, refusal, result_of};
use crate::ui;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use wardian_format::names::untrusted;

/// Bytes at the end of what a server writes to its standard error that messages show.
const ERRORS_BYTES_MAX: usize = 2000;
/// How often Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Starts `command` (words as a shell splits them; no shell runs), lists its tools and ends it. All within `limit`.
pub(crate) fn list(command: &str, limit: Duration) -> Result<Listed> {
    let mut server = Server::start(command, Instant::now() + limit)?;
    super::list(&mut server).map_err(|error| match server.errors() {
        text if text.is_empty() => error,
        text => error.context(format!("it wrote: {text}")),
    })
}

/// A running server; dropping it ends it.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Result<Vec<u8>>>,
    errors: Arc<Mutex<Vec<u8>>>,
    /// Ends with the server's standard error.
    tail: Option<JoinHandle<()>>,
    deadline: Instant,
}

impl Server {
    fn start(command: &str, deadline: Instant) -> Result<Self> {
        let words = shlex::split(command).context("its quotes are not closed")?;
        let (program, arguments) = words.split_first().context("it is empty")?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{program}`"))?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (sender, lines) = sync_channel(16);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let mut tail = None;
        if let (Some(output), Some(errors)) = (output, errors) {
            let kept = Arc::clone(&kept);
            std::thread::spawn(move || read_lines(output, &sender));
            tail = Some(std::thread::spawn(move || keep_tail(errors, &kept)));
        }
        Ok(Self { child, input, lines, errors: kept, tail, deadline })
    }

    fn write(&mut self, message: &Value) -> Result<()> {
        let mut text = message.to_string();
        text.push('\n');
        let input = self.input.as_mut().context("its input is closed")?;
        // Not as its source: a pipe that is closed to us is no success of ours.
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).map_err(|error| anyhow!("it does not take what is sent: {error}"))
    }

    /// The next line, until the deadline.
    fn line(&self) -> Result<Vec<u8>> {
        loop {
            ui::check_interrupt()?;
            if Instant::now() >= self.deadline {
                bail!("it takes too long");
            }
            match self.lines.recv_timeout(LOOK) {
                Ok(line) => return line,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("it ended"),
            }
        }
    }

    /// The last that it said on standard error. One that has just ended may still be heard.
    fn errors(&self) -> String {
        for _ in 0..10 {
            if self.tail.as_ref().is_none_or(JoinHandle::is_finished) {
                break;
            }
            std::thread::sleep(LOOK / 2);
        }
        let bytes = self.errors.lock().map(|bytes| bytes.clone()).unwrap_or_default();
        untrusted(String::from_utf8_lossy(&bytes).trim(), ERRORS_BYTES_MAX)
    }
}

impl Wire for Server {
    fn send(&mut self, message: &Value) -> Result<Value> {
        self.write(message)?;
        let Some(id) = message.get("id") else { return Ok(Value::Null) };
        for _ in 0..MESSAGES_MAX {
            let line = self.line()?;
            // Servers that log to their standard output are wrong, and common.
            let Ok(answer) = serde_json::from_slice::<Value>(&line) else { continue };
            if let Some(result) = result_of(&answer, id) {
                return result;
            }
            if let Some(refusal) = refusal(&answer) {
                self.write(&refusal)?;
            }
        }
        bail!("it sends more than {MESSAGES_MAX} messages and no answer")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server ends when its input closes; one that does not is ended.
        self.input = None;
        for _ in 0..10 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(LOOK / 2);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(output: ChildStdout, sender: &SyncSender<Result<Vec<u8>>>) {
    let mut reader = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let item = match reader.by_ref().take(MESSAGE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(n) if n > MESSAGE_BYTES_MAX => Err(anyhow::anyhow!("it sends a message of more than {MESSAGE_BYTES_MAX} bytes")),
            Ok(_) => Ok(line),
            Err(error) => Err(error.into()),
        };
        let failed = item.is_err();
        if sender.send(item).is_err() || failed {
            return;
        }
    }
}

fn keep_tail(mut errors: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = errors.read(&mut buffer) {
        let Ok(mut kept) = kept.lock() else { return };
        kept.extend_from_slice(&buffer[..n]);
        let excess = kept.len().saturating_sub(ERRORS_BYTES_MAX);
        kept.drain(..excess);
    }
}
