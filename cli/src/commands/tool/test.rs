//! `wardian tool test`

use super::examples::{self, Tried};
use super::{rewrite, watch};
use crate::packs::sources::{origin, read_sources};
use crate::{Verdict, engine, files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::PathBuf;
use wardian_compiler::{Validation, check, compile_pack};

/// Runs each `@example` on a fresh state of the pack, in the sandbox, and compares result, tool error and changes with what it
/// says. Exit status 1 where one differs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of sources
    folder: PathBuf,
    /// Only the examples of these tools
    tools: Vec<String>,
    /// Write what the calls came to into the examples that differ
    #[arg(long)]
    write: bool,
    /// Run again whenever a source changes, until Ctrl-C
    #[arg(long, conflicts_with = "write")]
    watch: bool,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    if args.watch {
        return watch::watch(&args.folder, ui, || once(args, ui));
    }
    once(args, ui)
}

fn once(args: &Args, ui: &Ui) -> Result<Verdict> {
    let tried = try_all(args, ui)?;
    let failed = tried.iter().filter(|tried| !tried.problems.is_empty()).count();
    if args.write && failed > 0 {
        write(args, &tried, ui)?;
    }
    ui.result(&json!({"examples": tried, "failed": failed}), || text(&tried, failed))?;
    Ok(if failed == 0 || args.write { Verdict::Well } else { Verdict::Negative })
}

fn try_all(args: &Args, ui: &Ui) -> Result<Vec<Tried>> {
    let sources = read_sources(&args.folder)?;
    let failed = || format!("cannot build `{}`", args.folder.display());
    let examples = check(&sources).with_context(failed)?.examples;
    let compiled = compile_pack(&sources, Validation::Checked).with_context(failed)?;
    if let Some(unknown) = args.tools.iter().find(|name| compiled.parts.manifest.tool(name).is_none()) {
        bail!("`{}` has no tool `{unknown}`", args.folder.display());
    }
    let runtime = engine::runtime(ui)?;
    let pack = runtime.load_own(wardian_pack::write(&compiled.parts)?, &args.folder.display().to_string())?;
    let wanted = examples.iter().filter(|example| args.tools.is_empty() || args.tools.contains(&example.tool));
    wanted.map(|example| examples::run(example, &pack)).collect()
}

/// Rewrites the examples that differ, the last one of a file first so that the lines of the others stay where they are.
fn write(args: &Args, tried: &[Tried], ui: &Ui) -> Result<()> {
    for tried in tried.iter().rev().filter(|tried| !tried.problems.is_empty()) {
        let Some(actual) = &tried.actual else { continue };
        if !actual.ending.starts_with("gives") && !actual.ending.starts_with("fails") {
            ui.warn(&format!("{}:{}: not written, since it {}", tried.file, tried.line, actual.ending));
            continue;
        }
        let path = origin(&args.folder, &tried.file)?;
        let text = rewrite::example(&files::read_text(&path)?, tried.line, actual);
        files::write(&path, text.as_bytes())?;
    }
    Ok(())
}

fn text(tried: &[Tried], failed: usize) -> String {
    let width = tried.iter().map(|tried| tried.tool.len()).max().unwrap_or(0);
    let mut out = String::new();
    for tried in tried {
        let verdict = if tried.problems.is_empty() { "ok  " } else { "FAIL" };
        out.push_str(&format!("{verdict}  {:<width$}  {}  ({}:{})\n", tried.tool, tried.title, tried.file, tried.line));
        for line in tried.problems.iter().flat_map(|problem| problem.lines()) {
            out.push_str(&format!("      {line}\n"));
        }
    }
    let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    out.push_str(&format!("{} examples{failed}\n", tried.len()));
    out
}
