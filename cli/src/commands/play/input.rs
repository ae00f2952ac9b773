//! Lines from a person at a terminal, or from a pipe.

use crate::ui;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, IsTerminal, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Longest line, bytes.
const LINE_BYTES_MAX: usize = 1 << 20;

/// How often it is looked whether the user pressed Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(50);

/// Where lines come from.
pub(super) enum Input {
    /// Whatever standard input is. Another thread reads it, so that Ctrl-C is heard meanwhile.
    Plain { lines: Receiver<Result<String>>, is_prompted: bool },
    /// A terminal, with history and completion.
    #[cfg(feature = "editor")]
    Terminal(Box<super::editor::Editor>),
}

impl Input {
    /// Standard input; on a terminal, `words` are completed.
    pub(super) fn new(words: Vec<String>) -> Result<Self> {
        let is_terminal = std::io::stdin().is_terminal();
        #[cfg(feature = "editor")]
        if is_terminal {
            return Ok(Self::Terminal(Box::new(super::editor::Editor::new(words)?)));
        }
        drop(words);
        let (sender, lines) = sync_channel(1);
        std::thread::spawn(move || {
            let mut input = std::io::stdin().lock();
            while let Some(line) = line(&mut input).transpose() {
                let is_last = line.is_err();
                // Nobody listens where the session is over.
                if sender.send(line).is_err() || is_last {
                    break;
                }
            }
        });
        Ok(Self::Plain { lines, is_prompted: is_terminal })
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// [`ui::Abandoned`] where the user pressed Ctrl-C.
    pub(super) fn next(&mut self, prompt: &str) -> Result<Option<String>> {
        match self {
            Self::Plain { lines, is_prompted } => {
                if *is_prompted {
                    let mut err = std::io::stderr();
                    let _ = write!(err, "{prompt}").and_then(|()| err.flush());
                }
                wait(lines)
            }
            #[cfg(feature = "editor")]
            Self::Terminal(editor) => editor.next(prompt),
        }
    }
}

fn wait(lines: &Receiver<Result<String>>) -> Result<Option<String>> {
    loop {
        if ui::interrupted() {
            return Err(ui::Abandoned.into());
        }
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => return line.map(Some),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

/// One line of standard input without its line feed; `None` at the end.
fn line(input: &mut impl BufRead) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    input.take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut bytes).context("cannot read standard input")?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() > LINE_BYTES_MAX {
        bail!("a line of standard input has more than {LINE_BYTES_MAX} bytes");
    }
    let text = String::from_utf8(bytes).context("a line of standard input is not UTF-8")?;
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
}
