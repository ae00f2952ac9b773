//! `wardian rollout`

mod journal;

use crate::commands::tasks::bind_all;
use crate::packs::PackSet;
use crate::stage::Unit;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use journal::Journal;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wardian_format::{Task, Trajectory};
use wardian_rollout::scripted;
use wardian_rollout::{AgentMetrics, Event, Play, Player, RunOptions, Stop, metrics};

/// Plays tasks: a simulated user, an agent, and the environment of the task's pack.
///
/// Writes one file of trajectories for each file of tasks. Without files of tasks, those that travel with the packs are bound and
/// written to `tasks` in the folder. Finished episodes are journaled as they end, so that an
/// interrupted run goes on where it stopped.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of tasks, or folders of them
    tasks: Vec<PathBuf>,
    /// A pack, or a folder of packs; may be repeated
    #[arg(long, alias = "pack", required = true)]
    packs: Vec<PathBuf>,
    /// Of the tasks that travel with the packs, those of this split
    #[arg(long, conflicts_with = "tasks")]
    split: Option<String>,
    /// The folder to write
    #[arg(long, short, default_value = "rollout")]
    out: PathBuf,
    #[command(flatten)]
    rollout: RolloutArgs,
}

/// Options of a rollout.
#[derive(Clone, Debug, Serialize, clap::Args)]
pub(crate) struct RolloutArgs {
    /// Who plays the agent; may be repeated
    #[arg(long = "agent", default_values_t = ["scripted:plan".to_owned(), "scripted:recover".to_owned(), "scripted:fail".to_owned()])]
    pub(crate) agents: Vec<String>,
    /// Episodes for each task and agent
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) trials: u32,
    /// Seed of the wording and of the scripted mistakes
    #[arg(long, default_value_t = 0)]
    pub(crate) rollout_seed: u64,
    /// Episodes in progress at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    #[serde(skip)]
    pub(crate) concurrency: u32,
}

/// What `rollout --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) episodes: usize,
    pub(crate) calls: usize,
    pub(crate) agents: Vec<AgentMetrics>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    players(&args.rollout.agents)?;
    let tasks = match args.tasks.as_slice() {
        [] => bind_all(&packs, args.split.as_deref(), &args.out.join("tasks"), ui)?.into_iter().map(|bound| bound.file).collect(),
        tasks => files::expand(tasks, &["jsonl"])?,
    };
    let summary = stage(&tasks, &packs, &args.out, &args.rollout, ui)?;
    ui.result(&summary, || text(&summary, &args.out))?;
    Ok(Verdict::Well)
}

fn players(names: &[String]) -> Result<Vec<Player>> {
    let player = |name: &String| match scripted::agent(name) {
        Some(player) => Ok(player),
        None => {
            let known: Vec<String> = scripted::names().collect();
            bail!("there is no agent `{name}`; there are {}", known.join(", "))
        }
    };
    names.iter().map(player).collect()
}

/// Plays the tasks of every file of `tasks` into the folder `out`.
pub(crate) fn stage(tasks: &[PathBuf], packs: &PackSet, out: &Path, args: &RolloutArgs, ui: &Ui) -> Result<Summary> {
    let agents = players(&args.agents)?;
    refuse_equal_names(tasks)?;
    let bar = ui.bar("rollout", tasks.len());
    let mut all = Vec::new();
    for path in tasks {
        ui::check_interrupt()?;
        all.extend(one_file(path, packs, &agents, out, args)?);
        bar.step(&files::stem(path));
    }
    let calls = all.iter().map(|t: &Trajectory| t.calls.len()).sum();
    Ok(Summary { episodes: all.len(), calls, agents: metrics(&all) })
}

/// Two files of one name would be written to one file.
fn refuse_equal_names(tasks: &[PathBuf]) -> Result<()> {
    let mut names: BTreeMap<String, &PathBuf> = BTreeMap::new();
    for path in tasks {
        if let Some(earlier) = names.insert(files::stem(path), path) {
            bail!("`{}` and `{}` have the same name, and so would their trajectories", earlier.display(), path.display());
        }
    }
    Ok(())
}

fn one_file(path: &Path, packs: &PackSet, agents: &[Player], out: &Path, args: &RolloutArgs) -> Result<Vec<Trajectory>> {
    let name = files::stem(path);
    let target = out.join(format!("{name}.jsonl"));
    let plays = plays(path, packs)?;
    let mut inputs = vec![files::digest(path)?];
    inputs.extend(plays.iter().map(|play| play.pack.digest()).collect::<BTreeSet<_>>());
    let unit = Unit::new(out, &name, args, &inputs)?;
    if !unit.is_done() {
        let mut journal = Journal::open(out, &name, unit.key())?;
        let (mut trajectories, finished) = play(&plays, agents, args, &mut journal)?;
        trajectories.append(&mut journal.take());
        if !finished {
            return Err(ui::Interrupted.into());
        }
        let place = |t: &Trajectory| plays.iter().position(|play| play.task.id == t.task);
        trajectories.sort_by_cached_key(|t| (place(t), t.agent.clone(), t.trial));
        files::write_jsonl(&target, &trajectories)?;
        unit.done(std::slice::from_ref(&target))?;
        journal.remove();
    }
    files::read_jsonl(&target)
}

fn plays(path: &Path, packs: &PackSet) -> Result<Vec<Play>> {
    let tasks: Vec<Task> = files::read_jsonl(path)?;
    let mut ids = BTreeSet::new();
    let play = |task: Task| {
        let who = format!("task `{}` of `{}`", task.id, path.display());
        anyhow::ensure!(ids.insert(task.id.clone()), "{who} comes twice");
        wardian_format::time::parse_utc(&task.now).with_context(|| format!("{who}: bad `now`"))?;
        let pack = packs.find(&task.pack, task.pack_digest, &who)?.clone();
        Ok(Play::new(Arc::new(task), pack))
    };
    tasks.into_iter().map(play).collect()
}

/// Plays what the journal does not have. The flag is false where the user interrupted.
fn play(plays: &[Play], agents: &[Player], args: &RolloutArgs, journal: &mut Journal) -> Result<(Vec<Trajectory>, bool)> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let options = RunOptions {
        seed: args.rollout_seed,
        trials: args.trials,
        concurrency: args.concurrency as usize,
        workers,
        done: journal.ids(),
        ..RunOptions::default()
    };
    let stop = Stop::default();
    let mut failure = None;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the scheduler")?;
    let trajectories = runtime.block_on(async {
        tokio::spawn(watch(stop.clone()));
        let on_event = |event: Event<'_>| {
            if let Event::Finished { trajectory } = event
                && let Err(error) = journal.append(trajectory)
            {
                failure.get_or_insert(error);
                stop.now();
            }
        };
        wardian_rollout::run(plays, agents, &scripted::user(), &options, &stop, on_event).await
    })?;
    match failure {
        Some(error) => Err(error),
        None => Ok((trajectories, !stop.is_asked())),
    }
}

/// Passes Ctrl-C on.
async fn watch(stop: Stop) {
    while !ui::interrupted() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.now();
}

fn text(summary: &Summary, out: &Path) -> String {
    let mut lines = format!("{:<24}{:>9}{:>9}{:>9}{:>9}  ends\n", "agent", "episodes", "passed", "state", "pass^1");
    for agent in &summary.agents {
        let ends: Vec<String> = agent.ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
        let pass = agent.pass_hat.first().copied().unwrap_or(0.0);
        let row =
            format!("{:<24}{:>9}{:>9}{:>9}{pass:>9.3}  {}\n", agent.agent, agent.episodes, agent.passed, agent.state, ends.join(", "));
        lines.push_str(&row);
    }
    format!("{lines}{} episodes, {} calls → {}\n", ui::count(summary.episodes), ui::count(summary.calls), out.display())
}
