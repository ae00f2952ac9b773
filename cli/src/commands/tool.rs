//! `wardian tool new | build | check | compile | test | fmt | wit`

mod build;
mod examples;
mod fmt;
mod new;
mod rewrite;
mod test;
mod watch;

use crate::packs::sources::read_sources;
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::PathBuf;
use wardian_compiler::{CompileError, Diagnostic, Severity, Validation, check, compile_tool, declare};

/// Commands on tools.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Write a small pack to start from
    New(new::Args),
    /// Build the guests of a pack: tools in Rust, JavaScript or Python
    Build(build::Args),
    /// Check the sources of a pack and print what is wrong
    Check(CheckArgs),
    /// Compile one tool as a component of its own
    Compile(CompileArgs),
    /// Run the examples in the sources of a pack
    Test(test::Args),
    /// Lay out the tools files of a pack
    Fmt(fmt::Args),
    /// Print the WIT world of a pack, or of one of its guests
    Wit(WitArgs),
}

/// Exit status 1 where the sources have errors.
#[derive(clap::Args)]
pub(crate) struct CheckArgs {
    /// Folder of sources
    folder: PathBuf,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
    /// Check again whenever a source changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
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

/// For whoever writes a guest: its tools as exports, each with its description and schema. Guests need not be built yet.
#[derive(clap::Args)]
pub(crate) struct WitArgs {
    /// Folder of sources
    folder: PathBuf,
    /// Only the tools of this guest
    #[arg(long)]
    guest: Option<String>,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::New(args) => new::run(args, ui),
        Command::Build(args) => build::run(args, ui),
        Command::Check(args) if args.watch => watch::watch(&args.folder, ui, || run_check(args, ui)),
        Command::Check(args) => run_check(args, ui),
        Command::Compile(args) => run_compile(args, ui),
        Command::Test(args) => test::run(args, ui),
        Command::Fmt(args) => fmt::run(args, ui),
        Command::Wit(args) => run_wit(args, ui),
    }
}

fn run_check(args: &CheckArgs, ui: &Ui) -> Result<Verdict> {
    let (tools, strict, found) = match check(&read_sources(&args.folder)?) {
        Ok(checked) => (checked.specs.len(), args.strict && checked.has_warnings(), checked.warnings),
        Err(CompileError::Sources(list)) => (0, false, list),
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
    Ok(if errors == 0 && !strict { Verdict::Well } else { Verdict::Negative })
}

fn diagnostic(found: &Diagnostic) -> Value {
    let severity = if found.severity == Severity::Error { "error" } else { "warning" };
    json!({"severity": severity, "file": found.file, "line": found.line, "column": found.column, "message": found.message, "hint": found.hint, "tool": found.tool})
}

fn run_compile(args: &CompileArgs, ui: &Ui) -> Result<Verdict> {
    let bytes = compile_tool(&read_sources(&args.folder)?, &args.tool, Validation::Checked)
        .with_context(|| format!("cannot compile `{}` of `{}`", args.tool, args.folder.display()))?;
    files::write(&args.out, &bytes)?;
    let digest = wardian_format::Digest::of(&bytes);
    let document = json!({"bytes": bytes.len(), "digest": digest});
    ui.result(&document, || format!("{} → {}\n{digest}\n", ui::bytes(bytes.len()), args.out.display()))?;
    Ok(Verdict::Well)
}

fn run_wit(args: &WitArgs, ui: &Ui) -> Result<Verdict> {
    let failed = || format!("cannot make the world of `{}`", args.folder.display());
    let checked = declare(&read_sources(&args.folder)?).with_context(failed)?;
    if let Some(guest) = &args.guest
        && !checked.specs.iter().any(|spec| spec.guest.as_ref() == Some(guest))
    {
        anyhow::bail!("no tool of `{}` says `@guest {guest}`", args.folder.display());
    }
    let wit = wardian_compiler::wit(&checked, args.guest.as_deref()).with_context(failed)?;
    ui.result(&json!({"wit": wit}), || wit.clone())?;
    Ok(Verdict::Well)
}
