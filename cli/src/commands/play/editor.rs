//! A terminal whose lines can be edited, with a history and completion of words.

use crate::ui;
use anyhow::{Context as _, Result};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Behavior, CompletionType, Config, Context, Helper};

/// Lines that the history keeps.
const HISTORY_MAX: usize = 1_000;

/// A terminal.
pub(super) struct Editor(rustyline::Editor<Words, MemHistory>);

/// The words that are completed.
struct Words(Vec<String>);

impl Editor {
    pub(super) fn new(words: Vec<String>) -> Result<Self> {
        // What is asked and typed goes to the terminal itself: standard output carries data only.
        let config = Config::builder().behavior(Behavior::PreferTerm).completion_type(CompletionType::List).max_history_size(HISTORY_MAX);
        let config = config.context("cannot set up the terminal")?.auto_add_history(true).build();
        let history = MemHistory::with_config(&config);
        let mut editor = rustyline::Editor::with_history(config, history).context("cannot use the terminal")?;
        editor.set_helper(Some(Words(words)));
        Ok(Self(editor))
    }

    /// The next line; `None` after Ctrl-D.
    pub(super) fn next(&mut self, prompt: &str) -> Result<Option<String>> {
        match self.0.readline(prompt) {
            Ok(line) => Ok(Some(line)),
            Err(ReadlineError::Eof) => Ok(None),
            Err(ReadlineError::Interrupted) => Err(ui::Abandoned.into()),
            Err(error) => Err(error).context("cannot read from the terminal"),
        }
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let start = line[..at].char_indices().rfind(|(_, c)| c.is_whitespace()).map_or(0, |(space, c)| space + c.len_utf8());
        let begun = &line[start..at];
        Ok((start, self.0.iter().filter(|word| word.starts_with(begun)).cloned().collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Validator for Words {}

impl Helper for Words {}
