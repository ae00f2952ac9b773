//! Training against TRL's SFTTrainer, at a size that a CPU has done in a minute: `bench/train`, whose driver is `bench/rivals/train.py`.
//! `bench/train --device cuda --shape 0.6b` measures what people train.
//!
//! The driver prepares data and weights, runs both sides one after the other, and fails where they did not do the same work. What it is not: figures are
//! by the clock, not CPU time, and both sides have all cores; it is to be run with nothing else running.

use crate::clock::Plan;
use crate::figure::Figure;
use crate::world::root;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(crate) const NAME: &str = "train";

/// Each run is minutes.
const RUNS_MAX: usize = 3;

/// What the driver prints.
#[derive(Deserialize)]
struct Report {
    what: String,
    sides: Vec<Side>,
}

/// One side, a sample a run; ours is the first.
#[derive(Deserialize)]
struct Side {
    name: String,
    tokens_per_second: Vec<f64>,
    peak_mib: Vec<f64>,
}

/// All figures; none, with a word on stderr, where our executable or TRL's Python is not there.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    if plan.quick {
        eprintln!("bench: `{NAME}` is minutes of two trainers, and left out of the self-check");
        return Ok(Vec::new());
    }
    let Some(trainer) = trainer()? else { return Ok(Vec::new()) };
    let python = Command::new(root().join("bench/rivals/trl.sh")).output()?;
    if !python.status.success() {
        eprintln!("bench: no rival for `{NAME}`: {}", String::from_utf8_lossy(&python.stderr).trim());
        return Ok(Vec::new());
    }
    let mut command = Command::new(String::from_utf8(python.stdout)?.trim());
    command.arg(root().join("bench/rivals/train.py")).args(["--json", "--runs", &plan.runs.min(RUNS_MAX).to_string()]);
    let output = command.env("WARDIAN_TRAINER", trainer).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("the sides of `{NAME}` did not do the same work");
    }
    figures(&serde_json::from_slice(&output.stdout).context("`bench/rivals/train.py` printed no report")?)
}

/// Our executable, which needs libtorch and is not built with the others: `WARDIAN_TRAINER`, or beside this one.
fn trainer() -> Result<Option<PathBuf>> {
    let path = match std::env::var_os("WARDIAN_TRAINER") {
        Some(path) => PathBuf::from(path),
        None => std::env::current_exe()?.with_file_name("wardian-trainer"),
    };
    if path.exists() {
        return Ok(Some(path));
    }
    eprintln!("bench: no `{NAME}`: `{}` is not there; build it (docs/trainer.md), or name it in WARDIAN_TRAINER", path.display());
    Ok(None)
}

fn figures(report: &Report) -> Result<Vec<Figure>> {
    let (ours, rivals) = report.sides.split_first().context("the report has no side")?;
    let mut figures = Vec::new();
    for rival in rivals {
        let what = format!("{}, rival {}", report.what, rival.name);
        figures.push(Figure::more(NAME, format!("{what}: tokens"), "1/s", &ours.tokens_per_second, Some(&rival.tokens_per_second)));
        figures.push(Figure::against(NAME, format!("{what}: most memory"), "MiB", &ours.peak_mib, Some(&rival.peak_mib)));
    }
    Ok(figures)
}
