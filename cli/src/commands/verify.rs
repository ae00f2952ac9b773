//! `wardian verify`

use crate::packs::PackSet;
use crate::{engine, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_env::{Codegen, Mismatch};
use wardian_format::names::untrusted;
use wardian_format::{Task, Trajectory, Verdict};
use wardian_rollout::regrade;

/// Re-executes trajectories from the packs alone and compares all digests.
///
/// Exit status 1 where a trajectory does not re-execute to what it says; the first call that differs is named
/// with both sides.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of trajectories (JSON lines), or folders of them
    #[arg(required = true)]
    trajectories: Vec<PathBuf>,
    /// A pack, or a folder of packs; may be repeated
    #[arg(long, required = true)]
    packs: Vec<PathBuf>,
    /// A file of tasks, or a folder of them, may be repeated: also grade again and compare the verdicts
    #[arg(long)]
    tasks: Vec<PathBuf>,
    /// How machine code is made; `plain` checks that nothing in a certificate depends on that
    #[arg(long, value_enum, default_value_t = Code::Speed)]
    codegen: Code,
}

/// Ways to make machine code.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Code {
    /// Optimised, as everywhere else
    Speed,
    /// As it comes
    Plain,
}

/// What `verify --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// Trajectories read.
    pub(crate) trajectories: usize,
    /// Those that re-executed to the same digests.
    pub(crate) verified: usize,
    /// Calls made.
    pub(crate) calls: usize,
    /// Those that differ.
    pub(crate) mismatches: Vec<Difference>,
}

/// A trajectory that differs.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    file: String,
    trajectory: String,
    #[serde(flatten)]
    mismatch: Mismatch,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<crate::Verdict> {
    let codegen = match args.codegen {
        Code::Speed => Codegen::Speed,
        Code::Plain => Codegen::Plain,
    };
    let runtime = engine::runtime_with(codegen, ui)?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    let tasks = if args.tasks.is_empty() { BTreeMap::new() } else { read_tasks(&files::expand(&args.tasks, &["jsonl"])?)? };
    let outcome = verify(&files::expand(&args.trajectories, &["jsonl"])?, &packs, &tasks, ui)?;
    if outcome.trajectories == 0 {
        bail!("there is no trajectory to verify");
    }
    ui.result(&outcome, || text(&outcome))?;
    Ok(if outcome.mismatches.is_empty() { crate::Verdict::Well } else { crate::Verdict::Negative })
}

/// Verifies every trajectory of `paths`, in parallel; the result is in the order of the files.
pub(crate) fn verify(paths: &[PathBuf], packs: &PackSet, tasks: &BTreeMap<String, Task>, ui: &Ui) -> Result<Outcome> {
    let mut outcome = Outcome { trajectories: 0, verified: 0, calls: 0, mismatches: Vec::new() };
    let bar = ui.bar("verify", paths.len());
    for path in paths {
        ui::check_interrupt()?;
        let trajectories: Vec<Trajectory> = files::read_jsonl(path)?;
        let results: Vec<Option<Mismatch>> = trajectories.par_iter().map(|t| replay(t, packs, tasks, path)).collect::<Result<_>>()?;
        for (trajectory, result) in trajectories.iter().zip(results) {
            outcome.trajectories += 1;
            outcome.calls += trajectory.calls.len();
            match result {
                None => outcome.verified += 1,
                Some(mismatch) => {
                    outcome.mismatches.push(Difference { file: path.display().to_string(), trajectory: trajectory.id.clone(), mismatch })
                }
            }
        }
        bar.step(&files::stem(path));
    }
    Ok(outcome)
}

/// Reads tasks by id.
pub(crate) fn read_tasks(paths: &[PathBuf]) -> Result<BTreeMap<String, Task>> {
    let mut tasks = BTreeMap::new();
    for path in paths {
        tasks.extend(files::read_jsonl::<Task>(path)?.into_iter().map(|task| (task.id.clone(), task)));
    }
    Ok(tasks)
}

fn replay(trajectory: &Trajectory, packs: &PackSet, tasks: &BTreeMap<String, Task>, path: &Path) -> Result<Option<Mismatch>> {
    let who = format!("trajectory `{}` of `{}`", trajectory.id, path.display());
    let certificate = &trajectory.certificate;
    let pack = packs.get(&certificate.pack, certificate.pack_digest, &who)?;
    if let Some(mismatch) = pack.replay(trajectory).with_context(|| who.clone())? {
        return Ok(Some(mismatch));
    }
    let differs = |what: &str, expected: String, actual: String| Some(Mismatch { call: None, what: what.to_owned(), expected, actual });
    let id = Trajectory::id_of(&trajectory.task, trajectory.fork.as_ref(), &trajectory.agent, trajectory.trial);
    if id != trajectory.id {
        return Ok(differs("id", trajectory.id.clone(), id));
    }
    let Some(task) = tasks.get(&trajectory.task) else {
        anyhow::ensure!(tasks.is_empty(), "{who}: its task `{}` is not among the tasks given", trajectory.task);
        return Ok(None);
    };
    let Some(said) = &trajectory.verdict else { return Ok(None) };
    // What a judge in words said cannot be computed again.
    let graded = Verdict { judged: said.judged.clone(), ..regrade(task, &pack, trajectory).with_context(|| who)? };
    let show = |verdict: &Verdict| {
        let word = if verdict.passed { "passed" } else { "failed" };
        format!("{word}: {}", untrusted(&verdict.reasons.join("; "), 200))
    };
    Ok(if graded == *said { None } else { differs("verdict", show(said), show(&graded)) })
}

fn text(outcome: &Outcome) -> String {
    let mut out = String::new();
    for difference in &outcome.mismatches {
        let Mismatch { call, what, expected, actual } = &difference.mismatch;
        let place = call.map_or_else(|| "the episode".to_owned(), |index| format!("call {}", index + 1));
        out.push_str(&format!("{}: trajectory `{}`: {place}: {what} differs\n", difference.file, difference.trajectory));
        out.push_str(&format!("  expected {expected}\n  actual   {actual}\n"));
    }
    let (all, good, calls) = (ui::count(outcome.trajectories), ui::count(outcome.verified), ui::count(outcome.calls));
    out.push_str(&format!("{good} of {all} trajectories re-executed to the same digests ({calls} calls)\n"));
    out
}
