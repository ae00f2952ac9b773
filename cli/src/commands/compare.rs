//! `wardian compare`

use crate::commands::score::table::{Align, chance, counted, decimals, interval, name, plus, signed, table, units};
use crate::commands::score::{CommonArgs, Intervals, read};
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_rollout::stats::compare::{Changed, Outcome, RateKind, Side};
use wardian_rollout::stats::significance::{Counting, PATTERNS};
use wardian_rollout::stats::{CompareOptions, Comparison, Tally, compare};

/// Compares two agents, or two runs, task by task: differences with paired intervals and tests.
///
/// Only tasks that have a scored episode on both sides are compared. All differences are B minus A. The exit status says nothing of the
/// result. docs/evaluation.md has the formulas.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file of trajectories (JSON lines), or a folder of them
    a: PathBuf,
    /// Another; for two agents of one run, the same again
    b: PathBuf,
    #[command(flatten)]
    common: CommonArgs,
    /// The agent of A, where there are several
    #[arg(long)]
    agent_a: Option<String>,
    /// The agent of B, where there are several
    #[arg(long)]
    agent_b: Option<String>,
    /// Beside pass^1 also pass^k and pass@k for this k
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    k: u16,
    /// How many of the tasks that changed most to name
    #[arg(long, default_value_t = 10)]
    changed: usize,
}

/// What `compare --json` prints.
#[derive(Debug, Serialize)]
struct Document {
    #[serde(flatten)]
    intervals: Intervals,
    #[serde(flatten)]
    comparison: Comparison,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let tasks = read::tasks(&args.common.tasks)?;
    let read = |path: &PathBuf| read::tally(&files::expand(std::slice::from_ref(path), &["jsonl"])?, &tasks, ui);
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    let agent_a = agent(&a, &args.a, args.agent_a.as_deref(), "--agent-a")?;
    let agent_b = agent(&b, &args.b, args.agent_b.as_deref(), "--agent-b")?;
    let options = CompareOptions { k: args.k.into(), changed_max: args.changed, intervals: args.common.intervals() };
    let comparison = compare(Side { tally: &a, agent: &agent_a }, Side { tally: &b, agent: &agent_b }, &options)
        .with_context(|| format!("no task has a scored episode both in `{}` and in `{}`", args.a.display(), args.b.display()))?;
    let document = Document { intervals: Intervals::of(&options.intervals), comparison };
    ui.result(&document, || text(&document.comparison, args, &options))?;
    Ok(Verdict::Well)
}

/// The agent that is meant.
fn agent(tally: &Tally<'_>, path: &Path, wanted: Option<&str>, option: &str) -> Result<String> {
    let agents: Vec<&str> = tally.agents().collect();
    let known = || agents.iter().map(|agent| format!("`{}`", name(agent))).collect::<Vec<_>>().join(", ");
    match (wanted, agents.as_slice()) {
        (_, []) => bail!("there is no trajectory in `{}`", path.display()),
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => bail!("`{}` has several agents; choose one of {} with {option}", path.display(), known()),
        (Some(wanted), _) if agents.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), _) => bail!("`{}` has no agent `{wanted}`; there are {}", path.display(), known()),
    }
}

fn text(comparison: &Comparison, args: &Args, options: &CompareOptions) -> String {
    let mut out = sides(comparison, args);
    out.push_str(&format!(
        "  {} of {} compared{}{}\n",
        counted(comparison.tasks, "task"),
        counted(comparison.packs, "pack"),
        left_out(&comparison.only_a, "A"),
        left_out(&comparison.only_b, "B"),
    ));
    out.push_str(&format!("\n{}", rates(comparison)));
    if let Some(test) = &comparison.mcnemar {
        let (a, b, p) = (counted(test.only_a, "task"), ui::count(test.only_b), chance(test.p));
        out.push_str(&format!("\n  McNemar's exact test: only A passed {a}, only B {b}; p {p}\n"));
    }
    let [better, worse, equal, tasks] = [comparison.better, comparison.worse, comparison.equal, comparison.tasks].map(ui::count);
    out.push_str(&format!("\n  B is better on {better} of {tasks} tasks, worse on {worse}, equal on {equal}\n"));
    if !comparison.changed.is_empty() {
        out.push_str(&format!("\n{}", changed(&comparison.changed)));
        let more = comparison.better + comparison.worse - comparison.changed.len();
        if more > 0 {
            out.push_str(&format!("  and {} more\n", ui::count(more)));
        }
    }
    out.push_str(&format!("\nintervals at {}, {}; {}\n", options.intervals.level, units(options.intervals.cluster), counting(comparison)));
    out
}

fn sides(comparison: &Comparison, args: &Args) -> String {
    let row = |letter: &str, path: &Path, side: &wardian_rollout::stats::compare::SideCounts| {
        let counts = side.counts;
        let mut episodes = format!("{} of {} scored trials passed", ui::count(counts.passed), ui::count(counts.scored));
        for (count, what) in [(counts.infrastructure, "ended by the infrastructure"), (counts.ungraded, "without a verdict")] {
            if count > 0 {
                episodes.push_str(&format!(", {} {what}", ui::count(count)));
            }
        }
        vec![letter.to_owned(), name(&side.agent), path.display().to_string(), episodes]
    };
    table(&[row("A", &args.a, &comparison.a), row("B", &args.b, &comparison.b)], &[Align::Left; 4])
}

/// `; 3 scored on A alone (x/0001, x/0002, …)`
fn left_out(ids: &[String], side: &str) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = ids.iter().take(3).map(|id| name(id)).collect();
    if ids.len() > names.len() {
        names.push("…".to_owned());
    }
    format!("; {} scored on {side} alone ({})", ui::count(ids.len()), names.join(", "))
}

fn rates(comparison: &Comparison) -> String {
    let mut rows = vec![["", "A", "B", "B − A", "p", "tasks"].map(str::to_owned).to_vec()];
    let decimals = decimals(comparison.rates.iter().flat_map(|row| [&row.a, &row.b, &row.difference]));
    for row in &comparison.rates {
        let rate = match row.rate {
            RateKind::PassHat => format!("pass^{}", row.k),
            RateKind::PassAt => format!("pass@{}", row.k),
        };
        rows.push(vec![
            rate,
            interval(&row.a, decimals),
            interval(&row.b, decimals),
            signed(&row.difference, decimals),
            chance(row.test.p),
            ui::count(row.tasks),
        ]);
    }
    table(&rows, &[Align::Left, Align::Left, Align::Left, Align::Left, Align::Left, Align::Right])
}

fn changed(changed: &[Changed]) -> String {
    let share = |of: Outcome| format!("{}/{}", of.passed, of.scored);
    let mut rows = vec![["changed most", "A", "B", "B − A"].map(str::to_owned).to_vec()];
    rows.extend(changed.iter().map(|task| vec![name(&task.task), share(task.a), share(task.b), plus(task.difference, 2)]));
    table(&rows, &[Align::Left, Align::Right, Align::Right, Align::Right])
}

fn counting(comparison: &Comparison) -> String {
    let exact = |row: &wardian_rollout::stats::compare::RateDifference| row.test.counting == Counting::Exact;
    let how = if comparison.rates.iter().all(exact) { "all".to_owned() } else { ui::count(PATTERNS) };
    format!("p of the sign-flip test by {how} patterns")
}
