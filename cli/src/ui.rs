//! The terminal: data to standard output, everything else to standard error.

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(crate) use wardian_format::number::grouped as count;

/// Options that every command has.
#[derive(clap::Args)]
pub(crate) struct UiArgs {
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
    /// No progress on standard error
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Where a file of JSON lines is damaged, keep what stands before the damage; the file as it was is kept as NAME.damaged
    #[arg(long, global = true)]
    repair: bool,
}

/// Printer of one command.
pub(crate) struct Ui {
    json: bool,
    quiet: bool,
    live: bool,
}

/// The user pressed Ctrl-C; what was finished is on disk.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The user pressed Ctrl-C in the middle of something that cannot be taken up again.
#[derive(Debug)]
pub(crate) struct Abandoned;

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Abandoned {}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static REPAIRS: AtomicBool = AtomicBool::new(false);

/// True where the user asked for damaged files to be repaired.
pub(crate) fn repairs() -> bool {
    REPAIRS.load(Ordering::Relaxed)
}

/// A warning; printed even when quiet.
pub(crate) fn warn(text: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let _ = writeln!(anstream::stderr(), "{style}warning{style:#}: {}", visible(text));
}

/// The first Ctrl-C asks every loop to stop at its next unit; the second kills at once.
pub(crate) fn watch_interrupt() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    // Where no handler can be installed Ctrl-C kills, and atomic writes keep the files whole.
    let _ = ctrlc::set_handler(handler);
}

/// True once the user pressed Ctrl-C.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// `Err(Interrupted)` once the user pressed Ctrl-C. Called between units of work.
pub(crate) fn check_interrupt() -> anyhow::Result<()> {
    if interrupted() { Err(Interrupted.into()) } else { Ok(()) }
}

/// A reader such as `head` closed our output: that is not an error.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
}

impl Ui {
    pub(crate) fn new(args: &UiArgs) -> Self {
        REPAIRS.store(args.repair, Ordering::Relaxed);
        let live = std::io::stderr().is_terminal() && !args.quiet;
        Self { json: args.json, quiet: args.quiet, live }
    }

    /// The options that ask another executable of ours for the same.
    pub(crate) fn flags(&self) -> impl Iterator<Item = &'static str> {
        [(self.json, "--json"), (self.quiet, "--quiet")].into_iter().filter_map(|(on, flag)| on.then_some(flag))
    }

    /// Prints `value` as JSON, or `text()` without `--json`.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(value)?)?;
        } else {
            let text = text();
            out.write_all(text.as_bytes())?;
            if !text.ends_with('\n') && !text.is_empty() {
                writeln!(out)?;
            }
        }
        out.flush()?;
        Ok(())
    }

    /// One of many results that come one after the other: `value` as JSON on one line, or `text()` without `--json`.
    pub(crate) fn line<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let text = if self.json { serde_json::to_string(value)? } else { text() };
        let text = text.trim_end_matches('\n');
        if !text.is_empty() {
            writeln!(out, "{text}")?;
        }
        out.flush()?;
        Ok(())
    }

    /// A line of progress.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// A warning; printed even when quiet.
    pub(crate) fn warn(&self, text: &str) {
        warn(text);
    }

    /// An error with its causes.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let mut err = anstream::stderr();
        let _ = writeln!(err, "{style}error{style:#}: {}", visible(&error.to_string()));
        for cause in error.chain().skip(1) {
            let _ = writeln!(err, "  cause: {}", visible(&cause.to_string()));
        }
    }

    /// A bar for `total` units; invisible where standard error is no terminal.
    pub(crate) fn bar(&self, what: &str, total: usize) -> Bar {
        let bar = ProgressBar::with_draw_target(Some(total as u64), self.target());
        let style = ProgressStyle::with_template("{spinner} {prefix:<24} {bar:30} {pos}/{len} {per_sec:.dim} {msg}")
            .expect("the template is constant");
        bar.set_style(style);
        bar.set_prefix(what.to_owned());
        if self.live {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Bar(bar)
    }

    /// As [`Self::bar`], where nobody knows how many units there are.
    pub(crate) fn spinner(&self, what: &str) -> Bar {
        let bar = ProgressBar::with_draw_target(None, self.target());
        bar.set_style(ProgressStyle::with_template("{spinner} {prefix:<24} {pos}").expect("the template is constant"));
        bar.set_prefix(what.to_owned());
        if self.live {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Bar(bar)
    }

    fn target(&self) -> ProgressDrawTarget {
        if self.live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
    }
}

/// Text for a terminal: what would move its cursor or change its colours is shown instead. Lines stay lines.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && !matches!(c, '\n' | '\t') { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// A progress bar that disappears when dropped.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// One unit more, with a word on it.
    pub(crate) fn step(&self, message: &str) {
        self.steps(1, message);
    }

    /// `units` more at once, with a word on them.
    pub(crate) fn steps(&self, units: usize, message: &str) {
        self.0.set_message(wardian_format::names::untrusted(message, 40));
        self.0.inc(units as u64);
    }

    /// `done` units of `all`.
    pub(crate) fn set(&self, done: usize, all: usize) {
        self.0.set_length(all as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// `1.2 KiB`
pub(crate) fn bytes(n: usize) -> String {
    match n {
        0..1024 => format!("{n} B"),
        1024..1_048_576 => format!("{:.1} KiB", n as f64 / 1024.0),
        _ => format!("{:.1} MiB", n as f64 / 1_048_576.0),
    }
}
