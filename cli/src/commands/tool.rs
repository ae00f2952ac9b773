//! `wardian tool check | compile`

use super::pack::read_sources;
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::PathBuf;
use wardian_compiler::{CompileError, Diagnostic, Severity, Validation, check, compile_tool};

/// Commands on tools.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Check the sources of a pack and print what is wrong
    Check(CheckArgs),
    /// Compile one tool as a component of its own
    Compile(CompileArgs),
}

/// Exit status 1 where the sources have errors.
#[derive(clap::Args)]
pub(crate) struct CheckArgs {
    /// Folder of sources
    folder: PathBuf,
}

/// Writes one tool as a component.
#[derive(clap::Args)]
pub(crate) struct CompileArgs {
    /// Folder of sources
    folder: PathBuf,
    /// Name of the tool
    tool: String,
    /// The component to write
    #[arg(long, short)]
    out: PathBuf,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Check(args) => run_check(args, ui),
        Command::Compile(args) => {
            let bytes = compile_tool(&read_sources(&args.folder)?, &args.tool, Validation::Checked)
                .with_context(|| format!("cannot compile `{}` of `{}`", args.tool, args.folder.display()))?;
            files::write(&args.out, &bytes)?;
            let digest = wardian_format::Digest::of(&bytes);
            let document = json!({"bytes": bytes.len(), "digest": digest});
            ui.result(&document, || format!("{} → {}\n{digest}\n", ui::bytes(bytes.len()), args.out.display()))?;
            Ok(Verdict::Well)
        }
    }
}

fn run_check(args: &CheckArgs, ui: &Ui) -> Result<Verdict> {
    let (tools, found) = match check(&read_sources(&args.folder)?) {
        Ok(checked) => (checked.tools.len(), checked.warnings),
        Err(CompileError::Sources(list)) => (0, list),
        Err(other) => return Err(other.into()),
    };
    let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
    let document = json!({"tools": tools, "errors": errors, "diagnostics": found.iter().map(diagnostic).collect::<Vec<_>>()});
    ui.result(&document, || {
        let mut out = wardian_compiler::diagnostic::render(&found);
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let warnings = found.len() - errors;
        out.push_str(&if errors == 0 {
            format!("{tools} tools, {warnings} warnings")
        } else {
            format!("{errors} errors, {warnings} warnings")
        });
        out
    })?;
    Ok(if errors == 0 { Verdict::Well } else { Verdict::Negative })
}

fn diagnostic(found: &Diagnostic) -> Value {
    let severity = if found.severity == Severity::Error { "error" } else { "warning" };
    json!({"severity": severity, "file": found.file, "line": found.line, "column": found.column, "message": found.message, "hint": found.hint, "tool": found.tool})
}
