//! The terminal.

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Options that every command has.
#[derive(clap::Args)]
pub(crate) struct UiArgs {
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
    /// No progress on standard error
    #[arg(long, short, global = true)]
    quiet: bool,
}

/// Printer of one command.
pub(crate) struct Ui {
    json: bool,
    quiet: bool,
}

/// The user pressed Ctrl-C.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Panics that are libtorch's errors become errors in words elsewhere; they are not printed twice.
pub(crate) fn hush() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>().map_or("", String::as_str);
        if !text.contains("Internal torch error: ") && !text.contains("Torch(\"") {
            usual(info);
        }
    }));
}

/// The first Ctrl-C asks the training to stop after its step; the second kills.
pub(crate) fn watch() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    // Where no handler can be installed Ctrl-C kills, and the last checkpoint is whole.
    let _ = ctrlc::set_handler(handler);
}

/// True once the user pressed Ctrl-C.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

impl Ui {
    pub(crate) fn new(args: &UiArgs) -> Self {
        Self { json: args.json, quiet: args.quiet }
    }

    /// A word to people.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// A bar of `len` steps; hidden where nobody looks.
    pub(crate) fn bar(&self, len: usize, done: usize) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(len as u64).with_position(done as u64);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}, {eta} left").expect("a template of ours");
        bar.with_style(style)
    }

    /// Prints `value` as JSON, or `text()` without `--json`.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(value)?)?
        } else {
            out.write_all(text().as_bytes())?
        }
        out.flush().map_err(Into::into)
    }
}
