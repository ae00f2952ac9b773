//! `wardian pack verify`

use crate::distribution::{signature, store::signature_path};
use crate::{Verdict, engine, files, packs, ui::Ui};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_compiler::COMPILER;
use wardian_compiler::verify::{Basis, Difference, VerifyError};
use wardian_format::Digest;
use wardian_format::names::untrusted;
use wardian_pack::Parts;

/// Checks a pack: its structure, its digests, and its sources compiled again; with `--key` its signature first.
///
/// Exit status 1 where the signature is not of this file and key, where the pack is refused, or where its sources give other
/// bytes. A pack made by another version of the compiler is compared in what its tools say and its state holds, not byte by
/// byte, and that is said.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// A public key of minisign, as a file or as itself: nothing but its owner's signature will do
    #[arg(long)]
    key: Option<PathBuf>,
    /// The signature [default: the pack's name with `.minisig`]
    #[arg(long, requires = "key")]
    signature: Option<PathBuf>,
}

/// Longest text of a pack that a line quotes, characters.
const SHOWN_CHARS_MAX: usize = 120;

/// Characters of a public key.
const KEY_CHARS: usize = 56;

/// What `pack verify --json` prints.
#[derive(Serialize)]
struct Report {
    digest: Digest,
    checks: Vec<String>,
    /// Why it is not what it says; empty when all is well.
    problems: Vec<String>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let path = packs::locate(&args.pack)?;
    let bytes = files::read(&path)?;
    let mut report = Report { digest: Digest::of(&bytes), checks: Vec::new(), problems: Vec::new() };
    if let Some(key) = &args.key {
        let signature = args.signature.clone().unwrap_or_else(|| signature_path(&path));
        check_signature(&bytes, key, &signature, &mut report)?;
    }
    // What is signed by somebody else is not even looked at.
    if report.problems.is_empty() {
        match engine::open_pack(&bytes, &args.pack.display().to_string(), ui)? {
            Ok(opened) => {
                report.checks.extend(opened.checks.iter().map(|check| (*check).to_owned()));
                recompile(&opened.parts, &bytes, &mut report);
            }
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    ui.result(&report, || {
        let checks = report.checks.iter().map(|check| format!("ok      {check}\n"));
        let problems = report.problems.iter().map(|problem| format!("PROBLEM {problem}\n"));
        format!("{}\n{}", report.digest, checks.chain(problems).collect::<String>())
    })?;
    Ok(if report.problems.is_empty() { Verdict::Well } else { Verdict::Negative })
}

fn check_signature(bytes: &[u8], key: &Path, signature: &Path, report: &mut Report) -> Result<()> {
    let text = match key.to_str() {
        Some(text) if !key.exists() && text.len() == KEY_CHARS => text.to_owned(),
        _ => String::from_utf8(signature::read_small(key)?).with_context(|| format!("`{}` is not UTF-8", key.display()))?,
    };
    let key = signature::public_key(&text).with_context(|| format!("cannot read `{}`", key.display()))?;
    match signature::verify(bytes, &signature::read_small(signature)?, &key) {
        Ok(signed) => report.checks.push(format!("the file is signed with key {}: {}", signed.key_id, signed.comment)),
        Err(reason) => report.problems.push(format!("signature `{}`: {reason}", signature.display())),
    }
    Ok(())
}

/// Compiles the sources again and compares, as far as the compiler can promise to give the same.
fn recompile(parts: &Parts, bytes: &[u8], report: &mut Report) {
    let made_by = untrusted(&parts.manifest.provenance.compiler, SHOWN_CHARS_MAX);
    let found = match wardian_compiler::verify(parts) {
        Ok(found) => found,
        Err(VerifyError::NoSources) => return report.checks.push("structure only: the pack carries no sources".to_owned()),
        Err(VerifyError::Sources(_)) if made_by != COMPILER => {
            return report.checks.push(format!("structure only: made by {made_by}, and its sources do not compile with {COMPILER}"));
        }
        Err(error) => return report.problems.push(chain(&error)),
    };
    if found.basis == Basis::Structure {
        let (made_by, checked_by) = (untrusted(&found.made_by, SHOWN_CHARS_MAX), &found.checked_by);
        report.checks.push(format!("meaning only, not bytes: made by {made_by}, this is {checked_by}"));
    }
    report.checks.extend(found.agreed.iter().map(|what| format!("{what}: the sources give the same")));
    for Difference { what, expected, actual } in &found.differences {
        report.problems.push(format!("{what}: the sources give another: {expected}, and the pack has {actual}"));
    }
    let is_exact = report.problems.is_empty() && found.basis == Basis::Bytes;
    if is_exact && !wardian_pack::write(parts).is_ok_and(|again| again == bytes) {
        report.problems.push("file: writing the same parts gives other bytes".to_owned());
    }
}

/// An error with its causes, on one line.
fn chain(error: &VerifyError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
