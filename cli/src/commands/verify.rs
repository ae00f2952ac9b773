//! `wardian verify`

use crate::packs::PackSet;
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_env::{Mismatch, Runtime};
use wardian_format::Trajectory;

/// Re-executes trajectories from the packs alone and compares all digests.
///
/// Exit status 1 where a trajectory does not re-execute to what it says; the first call that differs is named
/// with both sides.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of trajectories (JSON lines), or folders of them
    #[arg(required = true)]
    trajectories: Vec<PathBuf>,
    /// Packs, or folders of packs
    #[arg(long, required = true, num_args = 1..)]
    packs: Vec<PathBuf>,
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

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = Runtime::new()?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    let outcome = verify(&files::expand(&args.trajectories, &["jsonl"])?, &packs, ui)?;
    ui.result(&outcome, || text(&outcome))?;
    Ok(if outcome.mismatches.is_empty() { Verdict::Well } else { Verdict::Negative })
}

/// Verifies every trajectory of `paths`, in parallel; the result is in the order of the files.
pub(crate) fn verify(paths: &[PathBuf], packs: &PackSet, ui: &Ui) -> Result<Outcome> {
    let mut outcome = Outcome { trajectories: 0, verified: 0, calls: 0, mismatches: Vec::new() };
    let bar = ui.bar("verify", paths.len());
    for path in paths {
        ui::check_interrupt()?;
        let trajectories: Vec<Trajectory> = files::read_jsonl(path)?;
        let results: Vec<Option<Mismatch>> = trajectories.par_iter().map(|t| replay(t, packs, path)).collect::<Result<_>>()?;
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

fn replay(trajectory: &Trajectory, packs: &PackSet, path: &Path) -> Result<Option<Mismatch>> {
    let who = format!("trajectory `{}` of `{}`", trajectory.id, path.display());
    let certificate = &trajectory.certificate;
    let pack = packs.get(&certificate.pack, certificate.pack_digest, &who)?;
    Ok(pack.replay(trajectory)?)
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
