//! `wardian convert`

use crate::packs::sources::read_sources;
use crate::{Verdict, files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use wardian_compiler::switched;
use wardian_format::jsonl;

/// Turn the data of other environments into sources of packs.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// A domain of τ²-bench: its database, tasks and policy
    Tau2(Tau2Args),
}

/// Runs the pack's `convert.sql` on upstream's `db.json` (and `user_db.json`) and writes `data/`, `tasks.jsonl` and `policy.md`.
#[derive(clap::Args)]
pub(crate) struct Tau2Args {
    /// Upstream's folder of the domain
    data: PathBuf,
    /// Folder of the pack's sources, with schema.sql and convert.sql
    pack: PathBuf,
    /// Only tasks in this split of upstream's, and only this one's name; may be repeated
    #[arg(long)]
    split: Vec<String>,
    /// Write nothing; exit status 1 where a file would change
    #[arg(long)]
    check: bool,
}

/// What `convert tau2 --json` prints.
#[derive(Serialize)]
struct Summary {
    written: Vec<String>,
    unchanged: usize,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    let Command::Tau2(args) = command;
    let sources = switched(&read_sources(&args.pack)?)?;
    let text = |path: &str| match sources.get(path) {
        Some(text) => Ok(text),
        None => bail!("`{}` has no {path}", args.pack.display()),
    };
    let mut made = wardian_tau2::convert(text("schema.sql")?, text("convert.sql")?, &documents(args)?)
        .with_context(|| format!("cannot convert `{}` for `{}`", args.data.display(), args.pack.display()))?;
    made.extend(others(args)?);
    let (unchanged, written): (Vec<_>, Vec<_>) = made.iter().partition(|(path, text)| sources.get(path) == Some(text));
    if !args.check {
        for (path, text) in &written {
            files::write(&args.pack.join(path), text.as_bytes())?;
        }
    }
    let summary = Summary { written: written.iter().map(|(path, _)| (*path).clone()).collect(), unchanged: unchanged.len() };
    ui.result(&summary, || {
        let verb = if args.check { "would write" } else { "wrote" };
        let lines: String = summary.written.iter().map(|path| format!("{verb} {path}\n")).collect();
        format!("{lines}{} files are as they should be\n", summary.unchanged)
    })?;
    Ok(if args.check && !summary.written.is_empty() { Verdict::Negative } else { Verdict::Well })
}

/// Upstream's documents by name.
fn documents(args: &Tau2Args) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::from([("db".to_owned(), files::read_text(&args.data.join("db.json"))?)]);
    let user = args.data.join("user_db.json");
    if user.is_file() {
        out.insert("user_db".to_owned(), files::read_text(&user)?);
    }
    Ok(out)
}

/// The policy, and the tasks where they are at hand, in the splits of `split_tasks.json` that were asked for.
fn others(args: &Tau2Args) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::from([("policy.md".to_owned(), files::read_text(&args.data.join("policy.md"))?)]);
    let (tasks, splits) = (args.data.join("tasks.json"), args.data.join("split_tasks.json"));
    if tasks.is_file() {
        let splits: Option<BTreeMap<String, Vec<String>>> = if splits.is_file() { Some(files::read_json(&splits)?) } else { None };
        let wanted =
            splits.map(|splits| splits.into_iter().filter(|(name, _)| args.split.is_empty() || args.split.contains(name)).collect());
        let sources = wardian_tau2::task_sources(&tasks.display().to_string(), &files::read_text(&tasks)?, wanted.as_ref())?;
        out.insert("tasks.jsonl".to_owned(), sources.iter().map(jsonl::line).collect());
    }
    Ok(out)
}
