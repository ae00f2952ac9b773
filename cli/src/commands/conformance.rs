//! `wardian conformance`

mod derived;

use crate::{Verdict, engine, files, packs, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_compiler::{Validation, compile_pack};
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_tau2::{Case, CaseReport, Documents, Traces, conform, documents, read_fuzz, read_traces};

/// Compare packs with the worlds that they are ports of.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// The ports of τ²-bench, against calls that upstream's own Python recorded
    Tau2(Tau2Args),
    /// Worlds made of τ²-bench's tools alone, without their code, beside the ports: do calls agree in kind?
    Derived(derived::DerivedArgs),
}

/// Makes every recorded call in the port of its domain. Exit status 1 where an observation, an error flag, a difference or a hash
/// is not upstream's.
///
/// DIR has a folder a domain (retail, airline, telecom) with `traces.json` (gold actions of tasks) and `fuzz.json` (random
/// sequences), or one of them. Calls that upstream fails after mutating, and its random ids, are out of conformance and listed.
#[derive(clap::Args)]
pub(crate) struct Tau2Args {
    /// The folder of recorded calls
    #[arg(long)]
    data: PathBuf,
    /// Only this domain; may be repeated
    #[arg(long)]
    domain: Vec<String>,
    /// Take the sources of `tau2-DOMAIN` from this folder, instead of those that ship with Wardian
    #[arg(long)]
    packs: Option<PathBuf>,
    /// Show every disagreement, not only the first of each case
    #[arg(long)]
    all: bool,
}

/// What `conformance tau2 --json` prints.
#[derive(Serialize)]
struct Summary {
    agree: bool,
    domains: Vec<Domain>,
}

#[derive(Serialize)]
struct Domain {
    domain: String,
    pack: String,
    /// Gold actions of tasks, and random sequences.
    cases: usize,
    agreeing: usize,
    calls: usize,
    /// Hashes before anything happens.
    initial: bool,
    failed: Vec<CaseReport>,
    skipped: Vec<CaseReport>,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    let args = match command {
        Command::Tau2(args) => args,
        Command::Derived(args) => return derived::run(args, ui),
    };
    let runtime = engine::runtime(ui)?;
    let domains = domains(&args.data, &args.domain)?;
    let domains = domains.iter().map(|domain| one(domain, args, &runtime)).collect::<Result<Vec<_>>>()?;
    let agree = domains.iter().all(|domain| domain.initial && domain.failed.is_empty());
    let summary = Summary { agree, domains };
    ui.result(&summary, || text(&summary, args.all))?;
    Ok(if agree { Verdict::Well } else { Verdict::Negative })
}

/// The domains to compare: those asked for, or all that have a folder.
fn domains(data: &Path, asked: &[String]) -> Result<Vec<String>> {
    let recorded = |domain: &str| ["traces.json", "fuzz.json"].iter().any(|file| data.join(domain).join(file).is_file());
    if let Some(missing) = asked.iter().find(|domain| !recorded(domain)) {
        bail!("`{}` has neither traces.json nor fuzz.json", data.join(missing).display());
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let folders = files::folders(data)?;
    let names = folders.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let found: Vec<String> = names.filter(|name| recorded(name)).collect();
    if found.is_empty() {
        bail!("no folder in `{}` has a traces.json or a fuzz.json", data.display());
    }
    Ok(found)
}

fn one(domain: &str, args: &Tau2Args, runtime: &Runtime) -> Result<Domain> {
    let name = format!("tau2-{domain}");
    let pack = port(&name, args.packs.as_deref(), runtime)?;
    let initial = documents(&mut pack.env(&EpisodeContext { seed: 0, now: pack.manifest().now.clone() })?)?;
    let folder = args.data.join(domain);
    let (traces, mut cases) = (traces(&folder)?, fuzz(&folder)?);
    let mut failed = Vec::new();
    let initial_agrees = traces.as_ref().is_none_or(|traces| agrees(&initial, traces));
    if let Some(traces) = traces {
        cases.splice(0..0, traces.cases);
    }
    let (mut skipped, mut agreeing, mut calls) = (Vec::new(), 0, 0);
    for case in &cases {
        ui::check_interrupt()?;
        let report = conform(&pack, &initial, case)?;
        calls += report.calls;
        match (&report.skipped, report.disagreements.is_empty()) {
            (_, false) => failed.push(report),
            (Some(_), true) => skipped.push(report),
            (None, true) => agreeing += 1,
        }
    }
    Ok(Domain { domain: domain.to_owned(), pack: name, cases: cases.len(), agreeing, calls, initial: initial_agrees, failed, skipped })
}

fn agrees(initial: &Documents, traces: &Traces) -> bool {
    let user = traces.initial_user_hash.as_ref();
    initial.hash("db").as_ref() == Some(&traces.initial_hash) && user.is_none_or(|hash| initial.hash("user_db").as_ref() == Some(hash))
}

fn traces(folder: &Path) -> Result<Option<Traces>> {
    let path = folder.join("traces.json");
    if !path.is_file() {
        return Ok(None);
    }
    Ok(Some(read_traces(&path.display().to_string(), &files::read_text(&path)?)?))
}

fn fuzz(folder: &Path) -> Result<Vec<Case>> {
    let path = folder.join("fuzz.json");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    Ok(read_fuzz(&path.display().to_string(), &files::read_text(&path)?)?)
}

/// The port, built from its sources.
fn port(name: &str, folder: Option<&Path>, runtime: &Runtime) -> Result<Arc<LoadedPack>> {
    let sources = match folder {
        Some(folder) => packs::sources::read_sources(&folder.join(name))?,
        None => wardian_packs::sources(name).with_context(|| format!("no pack `{name}` ships with Wardian"))?,
    };
    let compiled = compile_pack(&sources, Validation::Trusted).with_context(|| format!("cannot build `{name}`"))?;
    Ok(runtime.load_own(wardian_pack::write(&compiled.parts)?, name)?)
}

fn text(summary: &Summary, all: bool) -> String {
    let mut out = format!("{:<10}{:>7}{:>9}{:>9}{:>10}{:>9}\n", "domain", "cases", "agree", "differ", "skipped", "calls");
    for d in &summary.domains {
        let row = [d.cases, d.agreeing, d.failed.len(), d.skipped.len(), d.calls];
        out.push_str(&format!("{:<10}{:>7}{:>9}{:>9}{:>10}{:>9}\n", d.domain, row[0], row[1], row[2], row[3], row[4]));
    }
    for d in &summary.domains {
        if !d.initial {
            out.push_str(&format!("\n{}: the initial state has another hash than upstream's\n", d.domain));
        }
        for case in &d.failed {
            out.push_str(&format!("\n{} {}\n", d.domain, case.id));
            for found in case.disagreements.iter().take(if all { usize::MAX } else { 1 }) {
                out.push_str(&format!("  {}\n    upstream: {}\n    ours:     {}\n", found.place, found.upstream, found.ours));
            }
        }
    }
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for skipped in summary.domains.iter().flat_map(|d| &d.skipped).filter_map(|case| case.skipped.as_ref()) {
        *reasons.entry((&skipped.tool, &skipped.reason)).or_default() += 1;
    }
    for ((tool, reason), count) in reasons {
        out.push_str(&format!("\nout of conformance: `{tool}` {reason}, {count} cases; compared up to there\n"));
    }
    out
}
