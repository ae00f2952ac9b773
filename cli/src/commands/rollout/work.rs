//! The work of a rollout: which episodes of which files are still to be played, playing them all at once, and writing each file when its
//! last episode has ended.

use super::journal::Journal;
use super::progress::Progress;
use super::{Cast, ForkArgs, RolloutArgs, Summary, refuse_equal_names};
use crate::packs::PackSet;
use crate::stage::Unit;
use crate::ui::Ui;
use crate::{files, network, ui};
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wardian_format::trajectory::EndReason;
use wardian_format::{Task, Trajectory};
use wardian_rollout::{Event, Play, Start, Stop, Tally};

/// So many episodes that the infrastructure ended, and none that it did not, end the run.
const FAILURES_MAX: usize = 40;

/// One file of tasks.
struct Work {
    target: PathBuf,
    unit: Unit,
    journal: Journal,
    /// Ids of its tasks, in their order.
    places: BTreeMap<String, usize>,
    /// Episodes that have not ended.
    left: usize,
    /// Episodes that the infrastructure ended. They are written, and not journaled: a second run plays them again.
    failed: Vec<Trajectory>,
}

/// Plays all tasks, or the forks that are asked for.
pub(super) fn all(tasks: &[PathBuf], packs: &PackSet, out: &Path, args: &RolloutArgs, fork: &ForkArgs, ui: &Ui) -> Result<Summary> {
    refuse_equal_names(tasks)?;
    let runtime = network::all_cores()?;
    let cast = runtime.block_on(async { args.players.cast(args.rollout_seed) })?;
    let starts = fork.starts()?;
    let mut count = Count::default();
    let (mut works, mut plays, mut done) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut of_task: BTreeMap<String, usize> = BTreeMap::new();
    let of_files: Vec<Vec<Play>> = tasks.iter().map(|path| plays_of(path, packs, starts.as_ref())).collect::<Result<_>>()?;
    let _alone = lock(out)?;
    for (path, of_file) in tasks.iter().zip(of_files) {
        ui::check_interrupt()?;
        let target = out.join(format!("{}.jsonl", files::stem(path)));
        let unit = unit(path, &target, &of_file, args, &cast, fork)?;
        if unit.is_done() {
            // Whoever wrote the file may have been killed before the journal was gone.
            Journal::discard(out, &files::stem(path), unit.key());
            let add = |trajectory: Trajectory| {
                count.add(&trajectory);
                Ok(())
            };
            count.resumed += files::read_jsonl_each(&target, add)?.len();
            continue;
        }
        let journal = Journal::open(out, &files::stem(path), unit.key())?;
        let places = of_file.iter().enumerate().map(|(place, play)| (play.task.id.clone(), place)).collect::<BTreeMap<_, _>>();
        for id in places.keys() {
            if of_task.insert(id.clone(), works.len()).is_some() {
                bail!("two files have a task `{id}`; play them into different folders");
            }
        }
        let episodes = of_file.len() * cast.agents.len() * args.trials as usize;
        count.resumed += journal.ids().len();
        done.extend(journal.ids().iter().cloned());
        let left = episodes.saturating_sub(journal.ids().len());
        works.push(Work { target, unit, journal, places, left, failed: Vec::new() });
        plays.extend(of_file);
    }
    let mut table = Table { works, of_task, progress: None, failures_in_a_row: 0, count };
    table.finish_what_is_complete()?;
    if table.works.iter().any(|work| work.left > 0) {
        let left = table.works.iter().map(|work| work.left).sum();
        table.progress = Some(Progress::new(left, cast.accounts.clone(), ui));
        let options = wardian_rollout::RunOptions { done, ..args.options(&cast) };
        runtime.block_on(play(&plays, &cast, &options, &mut table, ui))?;
    }
    // Whoever was interrupted goes on later.
    ui::check_interrupt()?;
    let Count { tally, episodes, calls, infrastructure, retried, resumed } = table.count;
    let spent = cast.accounts.iter().map(|account| account.bill()).collect();
    Ok(Summary { episodes, calls, infrastructure, retried, resumed, agents: tally.metrics(), spent })
}

/// Held while a process writes into the folder.
fn lock(out: &Path) -> Result<File> {
    let path = out.join(".stamps").join("lock");
    let what = || format!("cannot lock `{}`", path.display());
    std::fs::create_dir_all(out.join(".stamps")).with_context(what)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).with_context(what)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => bail!("another rollout is writing to `{}`", out.display()),
        Err(std::fs::TryLockError::Error(error)) => Err(error).with_context(what),
    }
}

fn unit(path: &Path, target: &Path, plays: &[Play], args: &RolloutArgs, cast: &Cast, fork: &ForkArgs) -> Result<Unit> {
    let mut inputs = vec![files::digest(path)?];
    inputs.extend(plays.iter().map(|play| play.pack.digest()).collect::<BTreeSet<_>>());
    let forks: Vec<_> = plays.iter().filter_map(Play::fork).collect();
    let options = serde_json::json!({"rollout": args.stamp(cast), "forks": forks, "source": fork.digests()?});
    Unit::new(target.parent().unwrap_or(Path::new(".")), &files::stem(path), &options, &inputs)
}

fn plays_of(path: &Path, packs: &PackSet, starts: Option<&Starts>) -> Result<Vec<Play>> {
    let tasks: Vec<Task> = files::read_jsonl(path)?;
    let mut ids = BTreeSet::new();
    let mut out = Vec::new();
    for task in tasks {
        let who = format!("task `{}` of `{}`", task.id, path.display());
        ensure!(ids.insert(task.id.clone()), "{who} comes twice");
        ensure!(
            task.format == wardian_format::task::TASK_FORMAT,
            "{who} has format {}, not {}",
            task.format,
            wardian_format::task::TASK_FORMAT
        );
        wardian_format::time::parse_utc(&task.now).with_context(|| format!("{who}: bad `now`"))?;
        let pack = packs.find(&task.pack, task.pack_digest, &who)?.clone();
        let play = Play::new(Arc::new(task), pack);
        match starts {
            None => out.push(play),
            Some(starts) => out.extend(starts.of(&play)?),
        }
    }
    Ok(out)
}

/// The trajectories to go on from, and where.
struct Starts {
    by_task: BTreeMap<String, Vec<Arc<Trajectory>>>,
    at_call: Option<usize>,
    at_message: Option<usize>,
}

impl ForkArgs {
    fn starts(&self) -> Result<Option<Starts>> {
        let Some(path) = &self.fork else { return Ok(None) };
        let mut by_task: BTreeMap<String, Vec<Arc<Trajectory>>> = BTreeMap::new();
        let mut missing: BTreeSet<&String> = self.ids.iter().collect();
        for file in files::expand(std::slice::from_ref(path), &["jsonl"])? {
            for trajectory in files::read_jsonl::<Trajectory>(&file)? {
                if self.ids.is_empty() || missing.remove(&trajectory.id) {
                    by_task.entry(trajectory.task.clone()).or_default().push(Arc::new(trajectory));
                }
            }
        }
        if let Some(id) = missing.first() {
            bail!("there is no trajectory `{id}` in `{}`", path.display());
        }
        Ok(Some(Starts { by_task, at_call: self.at_call, at_message: self.at_message }))
    }

    fn digests(&self) -> Result<Vec<wardian_format::Digest>> {
        let Some(path) = &self.fork else { return Ok(Vec::new()) };
        files::expand(std::slice::from_ref(path), &["jsonl"])?.iter().map(|file| files::digest(file)).collect()
    }
}

impl Starts {
    /// The forks of the task of `play`.
    fn of(&self, play: &Play) -> Result<Vec<Play>> {
        let Some(trajectories) = self.by_task.get(&play.task.id) else { return Ok(Vec::new()) };
        let pack = play.pack.load()?;
        let start = |trajectory: &Arc<Trajectory>| {
            let trajectory = Arc::clone(trajectory);
            let start = match (self.at_call, self.at_message) {
                (Some(calls), _) => Start::after_calls(trajectory, calls, &pack)?,
                (None, messages) => Start::after_messages(trajectory, messages.unwrap_or_default(), &pack)?,
            };
            Ok(Play { from: Some(Arc::new(start)), ..play.clone() })
        };
        trajectories.iter().map(start).collect()
    }
}

/// Figures of all episodes, those of earlier runs too.
#[derive(Default)]
struct Count {
    tally: Tally,
    episodes: usize,
    calls: usize,
    infrastructure: usize,
    retried: usize,
    resumed: usize,
}

impl Count {
    fn add(&mut self, trajectory: &Trajectory) {
        self.tally.add(trajectory);
        self.episodes += 1;
        self.calls += trajectory.calls.len();
        self.infrastructure += usize::from(is_failed(trajectory));
    }
}

fn is_failed(trajectory: &Trajectory) -> bool {
    matches!(trajectory.end, EndReason::Infrastructure { .. })
}

/// The work in progress.
struct Table {
    works: Vec<Work>,
    of_task: BTreeMap<String, usize>,
    progress: Option<Progress>,
    failures_in_a_row: usize,
    count: Count,
}

impl Table {
    fn finish_what_is_complete(&mut self) -> Result<()> {
        for index in 0..self.works.len() {
            if self.works[index].left == 0 {
                self.finish(index)?;
            }
        }
        Ok(())
    }

    /// Keeps an episode that has ended.
    fn keep(&mut self, trajectory: Trajectory) -> Result<()> {
        if let Some(progress) = &mut self.progress {
            progress.finished(&trajectory);
        }
        let index = *self.of_task.get(&trajectory.task).context("an episode of no task")?;
        let work = &mut self.works[index];
        work.left = work.left.saturating_sub(1);
        if let EndReason::Infrastructure { site, message } = &trajectory.end {
            self.failures_in_a_row += 1;
            let said = format!("{}: {message}", site.word());
            work.failed.push(trajectory);
            ensure!(
                self.failures_in_a_row < FAILURES_MAX,
                "the infrastructure ended {FAILURES_MAX} episodes in a row, the last time: {said}"
            );
        } else {
            self.failures_in_a_row = 0;
            work.journal.append(&trajectory)?;
        }
        if self.works[index].left == 0 { self.finish(index) } else { Ok(()) }
    }

    /// Writes the file of a work whose episodes have all ended.
    fn finish(&mut self, index: usize) -> Result<()> {
        let work = &mut self.works[index];
        let mut trajectories = work.journal.read()?;
        let complete = work.failed.is_empty();
        trajectories.append(&mut work.failed);
        trajectories.sort_by_cached_key(|t| (work.places.get(&t.task).copied(), t.agent.clone(), t.trial, t.id.clone()));
        files::write_jsonl(&work.target, &trajectories)?;
        trajectories.iter().for_each(|trajectory| self.count.add(trajectory));
        if complete {
            work.unit.done(std::slice::from_ref(&work.target))?;
            work.journal.clear();
        }
        Ok(())
    }
}

/// Plays what is not done.
async fn play(plays: &[Play], cast: &Cast, options: &wardian_rollout::RunOptions, table: &mut Table, ui: &Ui) -> Result<()> {
    let stop = Stop::default();
    let watcher = tokio::spawn(watch(stop.clone()));
    let (mut failure, mut told) = (None, false);
    let on_event = |event: Event<'_>| {
        if ui::interrupted() && !std::mem::replace(&mut told, true) {
            ui.note("finishing the episodes in progress; Ctrl-C again drops them");
        }
        let kept = match event {
            Event::Finished { trajectory } => table.keep(*trajectory),
            Event::Retried { .. } => {
                table.count.retried += 1;
                Ok(())
            }
            Event::Started { .. } => Ok(()),
        };
        if let Err(error) = kept {
            failure.get_or_insert(error);
            stop.now();
        }
    };
    let played = wardian_rollout::run_each(plays, &cast.agents, &cast.user, options, &stop, on_event).await;
    watcher.abort();
    failure.map_or(Ok(()), Err)?;
    Ok(played?)
}

/// Passes Ctrl-C on.
async fn watch(stop: Stop) {
    while !ui::interrupted() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.drain();
}
