//! `wardian grade`

use crate::commands::verify::read_tasks;
use crate::packs::PackSet;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::PathBuf;
use wardian_format::trajectory::EndReason;
use wardian_format::{Trajectory, names};
use wardian_rollout::explain::{Explanation, explain};
use wardian_rollout::regrade;

/// Longest explanation of one episode that is shown, characters.
const SHOWN_CHARS_MAX: usize = 20_000;

/// Grades trajectories by executing their calls again, and explains each verdict: which grade decides, what differs from the goal state
/// cell by cell, the first call that left the plan with its arguments side by side, which rule was broken.
///
/// What the trajectories say of themselves is not believed. Exit status 1 where one is not passed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of trajectories (JSON lines), or folders of them
    #[arg(required = true)]
    trajectories: Vec<PathBuf>,
    /// A pack, or a folder of packs; may be repeated
    #[arg(long, alias = "pack", required = true)]
    packs: Vec<PathBuf>,
    /// A file of tasks, or a folder of them; may be repeated
    #[arg(long, required = true)]
    tasks: Vec<PathBuf>,
    /// Only the trajectory of this id; may be repeated
    #[arg(long = "id", value_name = "ID")]
    ids: Vec<String>,
    /// Explain only what is not passed
    #[arg(long)]
    failed: bool,
}

/// What `grade --json` prints.
#[derive(Serialize)]
struct Graded {
    passed: usize,
    failed: usize,
    /// Ended by the infrastructure, and so without a grade.
    ungraded: usize,
    explanations: Vec<Explanation>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    let tasks = read_tasks(&files::expand(&args.tasks, &["jsonl"])?)?;
    let mut out = Graded { passed: 0, failed: 0, ungraded: 0, explanations: Vec::new() };
    let mut missing: std::collections::BTreeSet<&String> = args.ids.iter().collect();
    for path in files::expand(&args.trajectories, &["jsonl"])? {
        files::read_jsonl_each(&path, |trajectory: Trajectory| {
            ui::check_interrupt()?;
            if !args.ids.is_empty() && !missing.remove(&trajectory.id) {
                return Ok(());
            }
            let who = format!("trajectory `{}` of `{}`", trajectory.id, path.display());
            if matches!(trajectory.end, EndReason::Infrastructure { .. }) {
                out.ungraded += 1;
                return Ok(());
            }
            let Some(task) = tasks.get(&trajectory.task) else {
                bail!("{who}: its task `{}` is not among the tasks given", trajectory.task)
            };
            let pack = packs.get(&trajectory.certificate.pack, trajectory.certificate.pack_digest, &who)?;
            let verdict = regrade(task, &pack, &trajectory).with_context(|| who.clone())?;
            out.passed += usize::from(verdict.passed);
            out.failed += usize::from(!verdict.passed);
            if !args.failed || !verdict.passed {
                out.explanations.push(explain(task, &trajectory, &verdict));
            }
            Ok(())
        })?;
    }
    if let Some(id) = missing.first() {
        bail!("there is no trajectory `{id}` in the files given");
    }
    ui.result(&out, || text(&out))?;
    Ok(if out.failed == 0 { Verdict::Well } else { Verdict::Negative })
}

fn text(graded: &Graded) -> String {
    // Values come from models and tools: what would move the cursor is escaped, line by line.
    let shown = |explanation: &Explanation| {
        let lines: Vec<String> = explanation.to_string().lines().map(|line| names::untrusted(line, SHOWN_CHARS_MAX)).collect();
        format!("{}\n\n", lines.join("\n"))
    };
    let mut out: String = graded.explanations.iter().map(shown).collect();
    let Graded { passed, failed, ungraded, .. } = graded;
    out.push_str(&format!("{} passed, {} failed", ui::count(*passed), ui::count(*failed)));
    if *ungraded > 0 {
        out.push_str(&format!(", {} ended by the infrastructure and not graded", ui::count(*ungraded)));
    }
    out.push('\n');
    out
}
