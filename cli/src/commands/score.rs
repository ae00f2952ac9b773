//! `wardian score`

pub(crate) mod read;
pub(crate) mod table;

use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Result, bail};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use table::{Align, counted, decimals, interval, name, table, units};
use wardian_rollout::stats::score::{Figures, Group, Rate};
use wardian_rollout::stats::{AgentScore, Axis, Bins, By, Cluster, Interval, IntervalOptions, Method, ScoreOptions, Tasks, score};

/// Prints pass^k and pass@k of each agent with confidence intervals, over all tasks and for groups of them.
///
/// Tasks are the units of the intervals; trials of a task are not independent. Episodes that the infrastructure ended are counted apart
/// and never scored. docs/evaluation.md has the formulas.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of trajectories (JSON lines), or folders of them
    #[arg(required = true)]
    trajectories: Vec<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
    /// Also tables of groups, by `pack`, `length` (gold calls), `tools` (that the agent is offered), `writes`, `split` or `kind`
    /// (change, read, refusal); two of them joined by `+` make one table [default: kind, where there are several]
    #[arg(long, value_delimiter = ',', value_name = "BY")]
    by: Vec<By>,
    /// Bins of `length`, `tools` or `writes`, by the first count of each: `length=1,3,5,8`; may be repeated
    #[arg(long, value_name = "BINS")]
    bins: Vec<String>,
    /// Largest k; tasks with fewer scored trials do not count for it [default: the fewest trials that a task has]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    k: Option<u16>,
}

/// Options that `score` and `compare` share.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CommonArgs {
    /// A file of tasks, or a folder of them: those that were played; may be repeated
    #[arg(long, required = true)]
    pub(crate) tasks: Vec<PathBuf>,
    /// Share of intervals that shall hold the truth
    #[arg(long, default_value_t = 0.95, value_parser = level)]
    level: f64,
    /// What is sampled independently: tasks, or packs with all their tasks, for statements about new packs
    #[arg(long, value_enum, default_value_t = ClusterArg::Task)]
    cluster: ClusterArg,
    /// How intervals are computed: Wilson's score interval with the effective number of units, or the bootstrap over units (BCa)
    #[arg(long, value_enum, default_value_t = MethodArg::Wilson)]
    interval: MethodArg,
    /// Seed of what is drawn: samples of the bootstrap, patterns of the permutation test
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ClusterArg {
    Task,
    Pack,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum MethodArg {
    Wilson,
    Bca,
}

impl CommonArgs {
    /// The library's form of them.
    pub(crate) fn intervals(&self) -> IntervalOptions {
        let cluster = match self.cluster {
            ClusterArg::Task => Cluster::Task,
            ClusterArg::Pack => Cluster::Pack,
        };
        let method = match self.interval {
            MethodArg::Wilson => Method::Wilson,
            MethodArg::Bca => Method::Bca,
        };
        IntervalOptions { level: self.level, cluster, method, seed: self.seed }
    }
}

/// What the intervals of a document mean.
#[derive(Debug, Serialize)]
pub(crate) struct Intervals {
    level: f64,
    cluster: Cluster,
    interval: Method,
    seed: u64,
}

impl Intervals {
    pub(crate) fn of(options: &IntervalOptions) -> Self {
        Self { level: options.level, cluster: options.cluster, interval: options.method, seed: options.seed }
    }
}

/// What `score --json` prints.
#[derive(Debug, Serialize)]
struct Document {
    #[serde(flatten)]
    intervals: Intervals,
    agents: Vec<AgentScore>,
}

impl Args {
    /// The tables of groups. Who passes only refusals may have done nothing, so kinds are told apart unasked.
    fn by(&self, tasks: &Tasks) -> Vec<By> {
        let kinds: BTreeSet<&str> = tasks.values().map(|task| task.kind).collect();
        if self.by.is_empty() && kinds.len() > 1 { vec![By::of(Axis::Kind)] } else { self.by.clone() }
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let mut bins = Bins::default();
    for text in &args.bins {
        bins.set(text).map_err(|reason| anyhow::anyhow!("--bins: {reason}"))?;
    }
    let tasks = read::tasks(&args.common.tasks)?;
    let options = ScoreOptions { k_max: args.k.map(usize::from), by: args.by(&tasks), bins, intervals: args.common.intervals() };
    let tally = read::tally(&files::expand(&args.trajectories, &["jsonl"])?, &tasks, ui)?;
    let agents = score(&tally, &options);
    if agents.is_empty() {
        bail!("there is no trajectory to score");
    }
    let document = Document { intervals: Intervals::of(&options.intervals), agents };
    ui.result(&document, || text(&document.agents, &options))?;
    Ok(Verdict::Well)
}

fn level(text: &str) -> Result<f64, String> {
    let level: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.5..=0.9999).contains(&level) { Ok(level) } else { Err("a level lies between 0.5 and 0.9999".to_owned()) }
}

fn text(agents: &[AgentScore], options: &ScoreOptions) -> String {
    let mut out = String::new();
    for agent in agents {
        out.push_str(&format!("{}\n{}", name(&agent.agent), summary(&agent.figures, agent.tasks_unplayed)));
        out.push_str(&format!("\n{}", rates(&agent.figures)));
        for by in &options.by {
            let groups: Vec<&Group> = agent.groups.iter().filter(|group| group.by == by.axes()).collect();
            out.push_str(&format!("\n{}", groups_table(by, &groups)));
        }
        out.push('\n');
    }
    format!("{out}intervals at {}, {}\n", options.intervals.level, units(options.intervals.cluster))
}

/// The counts, in a few lines.
fn summary(figures: &Figures, unplayed: usize) -> String {
    let (counts, trials) = (figures.counts, figures.trials);
    let least = if trials.min == trials.max { String::new() } else { format!("{} to ", trials.min) };
    let (packs, trials) = (counted(figures.packs, "pack"), counted(trials.max, "scored trial"));
    let mut out = format!("  tasks     {} of {packs}, {least}{trials} each\n", ui::count(figures.tasks));
    out.push_str(&format!(
        "  episodes  {}, {} of them scored: {} passed, {} with the goal state, {} with the gold calls\n",
        ui::count(figures.episodes),
        ui::count(counts.scored),
        ui::count(counts.passed),
        ui::count(counts.state),
        ui::count(counts.calls),
    ));
    let mut left_out = Vec::new();
    let mut note = |count: usize, what: &str| {
        if count > 0 {
            left_out.push(format!("{} {what}", ui::count(count)));
        }
    };
    note(counts.infrastructure, "ended by the infrastructure");
    note(counts.ungraded, "without a verdict");
    note(figures.tasks_unscored, "tasks without a scored episode");
    note(unplayed, "tasks not played");
    if !left_out.is_empty() {
        out.push_str(&format!("  left out  {}\n", left_out.join(", ")));
    }
    out
}

fn rates(figures: &Figures) -> String {
    let mut rows = vec![["k", "pass^k", "pass@k", "tasks"].map(str::to_owned).to_vec()];
    let decimals = decimals_of(figures.rates.iter());
    for rate in &figures.rates {
        let cells = [&rate.pass_hat, &rate.pass_at].map(|of| interval(of, decimals));
        rows.push([&[rate.k.to_string()], &cells[..], &[ui::count(rate.tasks)]].concat());
    }
    if figures.rates.is_empty() {
        return "  no scored trials\n".to_owned();
    }
    table(&rows, &[Align::Right, Align::Left, Align::Left, Align::Right])
}

fn decimals_of<'a>(rates: impl Iterator<Item = &'a Rate>) -> usize {
    decimals(rates.flat_map(|rate| [&rate.pass_hat, &rate.pass_at]))
}

/// pass^1 of each group, and for the largest k of all groups pass^k and pass@k.
fn groups_table(by: &By, groups: &[&Group]) -> String {
    let k = groups.iter().flat_map(|group| &group.figures.rates).map(|rate| rate.k).max().unwrap_or(1);
    let mut head: Vec<String> = by.axes().iter().map(|axis| axis.word().to_owned()).collect();
    let mut aligns = vec![Align::Left; head.len()];
    head.extend(["tasks", "episodes", "passed", "pass^1"].map(str::to_owned));
    aligns.extend([Align::Right, Align::Right, Align::Right, Align::Left]);
    if k > 1 {
        head.extend([format!("pass^{k}"), format!("pass@{k}")]);
        aligns.extend([Align::Left, Align::Left]);
    }
    let decimals = decimals_of(groups.iter().flat_map(|group| &group.figures.rates));
    let mut rows = vec![head];
    for group in groups {
        let figures = &group.figures;
        let mut row: Vec<String> = group.key.iter().map(|key| name(key)).collect();
        row.extend([figures.tasks, figures.episodes, figures.counts.passed].map(ui::count));
        let rate = |k: usize| figures.rates.iter().find(|rate| rate.k == k);
        let cell = |found: Option<&Interval>| found.map_or_else(|| "–".to_owned(), |of| interval(of, decimals));
        row.push(cell(rate(1).map(|rate| &rate.pass_hat)));
        if k > 1 {
            row.extend([cell(rate(k).map(|rate| &rate.pass_hat)), cell(rate(k).map(|rate| &rate.pass_at))]);
        }
        rows.push(row);
    }
    table(&rows, &aligns)
}
