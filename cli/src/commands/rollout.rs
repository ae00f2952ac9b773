//! `wardian rollout`

mod journal;
mod players;
mod progress;
mod work;

use crate::commands::tasks::bind_all;
use crate::packs::PackSet;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Result, bail};
pub(crate) use players::{Bill, Cast, EndpointArgs, PlayerArgs};
pub(crate) use progress::spent;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_rollout::{AgentMetrics, Limits, RunOptions};

/// Plays tasks: a simulated user, an agent, and the environment of the task's pack.
///
/// Writes one file of trajectories for each file of tasks. Without files of tasks, those that travel with the packs are bound and
/// written to `tasks` in the folder. Finished episodes are journaled as they end, so that an interrupted run goes on where it stopped.
/// Ctrl-C begins no further episode and waits for those in progress; a second one drops them.
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
    fork: ForkArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
}

/// Where episodes are taken up that were begun before.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Forks")]
pub(crate) struct ForkArgs {
    /// Goes on from the trajectories in this file or folder instead of playing the tasks from the beginning
    #[arg(long, value_name = "FILE", requires = "place")]
    fork: Option<PathBuf>,
    /// After the answer to this call of the agent; 0: before the first message
    #[arg(long, value_name = "N", group = "place", requires = "fork")]
    at_call: Option<usize>,
    /// After this many messages, the system message among them
    #[arg(long, value_name = "N", group = "place", requires = "fork")]
    at_message: Option<usize>,
    /// Only from the trajectory of this id; may be repeated
    #[arg(long = "id", value_name = "ID", requires = "fork")]
    ids: Vec<String>,
}

/// Options of a rollout.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RolloutArgs {
    #[command(flatten)]
    pub(crate) players: PlayerArgs,
    /// Episodes for each task and agent
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) trials: u32,
    /// Seed of the wording and of the scripted mistakes
    #[arg(long, default_value_t = 0)]
    pub(crate) rollout_seed: u64,
    /// Episodes in progress at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: u32,
    /// How often an episode that the infrastructure ended is played anew
    #[arg(long, value_name = "N", default_value_t = 2)]
    episode_retries: u32,
    /// Most turns of the agent in an episode [default: 40, and 4 for each gold call]
    #[arg(long, value_name = "N")]
    turns_max: Option<usize>,
    /// Most calls in an episode [default: 30, and 2 for each gold call]
    #[arg(long, value_name = "N")]
    calls_max: Option<usize>,
    /// Most tokens that the agent may read and write in an episode
    #[arg(long, value_name = "N")]
    episode_tokens_max: Option<u64>,
    /// Most seconds that an episode may take
    #[arg(long, value_name = "S")]
    episode_s_max: Option<u64>,
}

/// What `rollout --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) episodes: usize,
    pub(crate) calls: usize,
    /// Episodes that the infrastructure ended, all tries of them. They are not scored, and a second run plays them again.
    pub(crate) infrastructure: usize,
    /// Tries that the infrastructure ended and that were made again.
    pub(crate) retried: usize,
    /// Episodes that an earlier run had played.
    pub(crate) resumed: usize,
    pub(crate) agents: Vec<AgentMetrics>,
    /// What the endpoints were asked for by this run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) spent: Vec<Bill>,
}

impl RolloutArgs {
    /// Scripted agents alone, with the defaults.
    pub(crate) fn scripted(agents: &[&str], seed: u64) -> Self {
        Self {
            players: PlayerArgs::scripted(agents),
            trials: 1,
            rollout_seed: seed,
            concurrency: 64,
            episode_retries: 2,
            turns_max: None,
            calls_max: None,
            episode_tokens_max: None,
            episode_s_max: None,
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            turns_max: self.turns_max,
            calls_max: self.calls_max,
            tokens_max: self.episode_tokens_max.unwrap_or(u64::MAX),
            wall_ms_max: self.episode_s_max.map(|seconds| seconds.saturating_mul(1000)),
        }
    }

    /// Everything that decides what is played, for the stamp.
    fn stamp(&self, cast: &Cast) -> Value {
        json!({
            "agents": cast.agents.iter().map(wardian_rollout::Player::name).collect::<Vec<_>>(),
            "user": cast.user.name(),
            "judge": cast.judge.as_ref().map(wardian_rollout::Player::name),
            "models": cast.parameters,
            "trials": self.trials,
            "seed": self.rollout_seed,
            "turns_max": self.turns_max,
            "calls_max": self.calls_max,
            "tokens_max": self.episode_tokens_max,
            "seconds_max": self.episode_s_max,
        })
    }

    fn options(&self, cast: &Cast) -> RunOptions {
        RunOptions {
            seed: self.rollout_seed,
            trials: self.trials,
            concurrency: self.concurrency as usize,
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            retries_max: self.episode_retries,
            limits: self.limits(),
            judge: cast.judge.clone(),
            ..RunOptions::default()
        }
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    let tasks = match args.tasks.as_slice() {
        [] => bind_all(&packs, args.split.as_deref(), &args.out.join("tasks"), ui)?.into_iter().map(|bound| bound.file).collect(),
        tasks => files::expand(tasks, &["jsonl"])?,
    };
    let summary = work::all(&tasks, &packs, &args.out, &args.rollout, &args.fork, ui)?;
    ui.result(&summary, || text(&summary, &args.out))?;
    if summary.episodes > 0 && summary.infrastructure == summary.episodes {
        bail!("the infrastructure ended every episode; nothing was scored");
    }
    Ok(Verdict::Well)
}

/// Plays the tasks of every file of `tasks` into the folder `out`.
pub(crate) fn stage(tasks: &[PathBuf], packs: &PackSet, out: &Path, args: &RolloutArgs, ui: &Ui) -> Result<Summary> {
    work::all(tasks, packs, out, args, &ForkArgs::default(), ui)
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

fn text(summary: &Summary, out: &Path) -> String {
    let mut lines = format!("{:<24}{:>9}{:>9}{:>9}{:>9}  ends\n", "agent", "episodes", "passed", "state", "pass^1");
    for agent in &summary.agents {
        let ends: Vec<String> = agent.ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
        let pass = agent.pass_hat.first().copied().unwrap_or(0.0);
        let name = wardian_format::names::untrusted(&agent.agent, 40);
        lines.push_str(&format!("{name:<24}{:>9}{:>9}{:>9}{pass:>9.3}  {}\n", agent.episodes, agent.passed, agent.state, ends.join(", ")));
    }
    for bill in &summary.spent {
        lines.push_str(&format!("{}\n", progress::spent(bill)));
    }
    if summary.infrastructure > 0 {
        let failed = ui::count(summary.infrastructure);
        lines.push_str(&format!("{failed} episodes were ended by the infrastructure; the same command plays them again\n"));
    }
    format!("{lines}{} episodes, {} calls → {}\n", ui::count(summary.episodes), ui::count(summary.calls), out.display())
}
