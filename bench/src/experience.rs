//! Tasks and episodes: how many tasks a minute, what the environment adds to an episode with a slow model, what two thousand episodes at
//! once hold.

use crate::child;
use crate::clock::{Plan, once_s, status_kib};
use crate::figure::Figure;
use crate::world::{library, pack};
use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wardian_env::{LoadedPack, Runtime};
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};
use wardian_rollout::scripted::{Manner, player, user};
use wardian_rollout::{Play, Player, RunOptions, Stop, grade, run as play};
use wardian_tasks::{TaskOptions, generate};

const EXPERIENCE: &str = "experience";
/// How long the slow model takes for a turn.
const TURN: Duration = Duration::from_millis(50);
/// Episodes at once in the measurement of memory.
const AT_ONCE: usize = 2_000;

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let pack = Runtime::new()?.load_own(pack(&library()?)?, "library")?;
    let mut figures = tasks(&pack, plan)?;
    figures.extend(episodes(&pack, plan)?);
    figures.extend(overhead(&pack, plan)?);
    let numbers = child::spawn("episodes", "library", plan)?;
    let count = if plan.quick { 50 } else { AT_ONCE };
    let of = |name: &str| numbers.get(name).copied().with_context(|| format!("the measurement has no `{name}`"));
    let figure =
        |what: &str, unit, value: f64| Figure::alone(EXPERIENCE, format!("{count} episodes at once, 50 ms a turn: {what}"), unit, &[value]);
    figures.push(figure("resident memory of the process at its peak", "MiB", of("peak_mib")?));
    figures.push(figure("episodes a second", "1/s", of("rate")?));
    figures.push(figure("CPU time of an episode", "ms", of("cpu_ms")?));
    Ok(figures)
}

/// Tasks a minute on one core, by the processor's time.
fn tasks(pack: &Arc<LoadedPack>, plan: Plan) -> Result<Vec<Figure>> {
    let count = plan.times(500) as usize;
    let mut rates = Vec::new();
    for seed in 0..plan.runs as u64 {
        let (made, cpu_s) = once_s(|| Ok(generate(pack, &TaskOptions { seed, count, ..TaskOptions::default() })?.tasks.len()))?;
        ensure!(made > 0, "no tasks");
        rates.push(made as f64 / cpu_s * 60.0);
    }
    let mut figures = vec![Figure::alone(EXPERIENCE, "library: tasks a minute, one core", "1/min", &rates)];
    let long =
        TaskOptions { seed: 1, count: plan.times(40) as usize, ..TaskOptions::default().of_level(wardian_format::task::Level::Long) };
    let (made, cpu_s) = once_s(|| Ok(generate(pack, &long)?.tasks))?;
    let rate = made.len() as f64 / cpu_s * 60.0;
    let calls = made.iter().map(|task| task.gold.len()).sum::<usize>() as f64 / made.len().max(1) as f64;
    figures.push(Figure::alone(EXPERIENCE, format!("library: long tasks ({calls:.0} calls) a minute, one core"), "1/min", &[rate]));
    Ok(figures)
}

/// Scripted episodes a second of processor time, and grades.
fn episodes(pack: &Arc<LoadedPack>, plan: Plan) -> Result<Vec<Figure>> {
    let plays = plays(pack, plan.times(200) as usize)?;
    let runtime = scheduler()?;
    let (mut rates, mut grades) = (Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        let agents = [player(Manner::Recover)];
        let all = || Ok(runtime.block_on(play(&plays, &agents, &user(), &RunOptions::default(), &Stop::default()))?);
        let (played, cpu_s) = once_s(all)?;
        rates.push(played.len() as f64 / cpu_s);
        let regrade = || {
            played.iter().try_for_each(|trajectory| {
                let task = plays.iter().find(|play| play.task.id == trajectory.task).context("a task")?;
                ensure!(grade::regrade(&task.task, pack, trajectory)?.passed, "an episode that recovers does not pass");
                Ok(())
            })
        };
        let ((), cpu_s) = once_s(regrade)?;
        grades.push(played.len() as f64 / cpu_s);
    }
    Ok(vec![
        Figure::alone(EXPERIENCE, "library: scripted episodes a second of CPU time", "1/s", &rates),
        Figure::alone(EXPERIENCE, "library: trajectories executed and graded again, a second of CPU time", "1/s", &grades),
    ])
}

/// What is not the model's time, in an episode whose model takes 50 ms for a turn.
fn overhead(pack: &Arc<LoadedPack>, plan: Plan) -> Result<Vec<Figure>> {
    let plays = plays(pack, if plan.quick { 1 } else { 12 })?;
    let runtime = scheduler()?;
    let mut shares = Vec::new();
    for play_ in &plays {
        let waited = Arc::new(AtomicU64::new(0));
        let started = Instant::now();
        let agents = [slow(Manner::Plan, &waited)];
        runtime.block_on(play(std::slice::from_ref(play_), &agents, &user(), &RunOptions::default(), &Stop::default()))?;
        let (wall, model) = (started.elapsed().as_secs_f64(), waited.load(Ordering::Relaxed) as f64 / 1e9);
        shares.push(100.0 * (wall - model) / wall);
    }
    Ok(vec![Figure::alone(EXPERIENCE, "library: wall time of an episode that is not its 50 ms model's", "%", &shares)])
}

/// The other side of the measurement of memory: a process of its own.
pub(crate) fn at_once(plan: Plan) -> Result<child::Numbers> {
    let pack = Runtime::new()?.load_own(pack(&library()?)?, "library")?;
    let count = if plan.quick { 50 } else { AT_ONCE };
    let tasks = plays(&pack, if plan.quick { 10 } else { 200 })?;
    let trials = u32::try_from(count / tasks.len()).context("few episodes")?;
    let options = RunOptions { concurrency: count, trials, ..RunOptions::default() };
    let waited = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut ended = 0_usize;
    let stop = Stop::default();
    let agents = [slow(Manner::Plan, &waited)];
    let users = user();
    let played = wardian_rollout::run_each(&tasks, &agents, &users, &options, &stop, |event| {
        ended += usize::from(matches!(event, wardian_rollout::Event::Finished { .. }));
    });
    let ((), cpu) = once_s(|| Ok(scheduler()?.block_on(played)?))?;
    ensure!(ended == tasks.len() * trials as usize, "{ended} episodes ended");
    let wall = started.elapsed().as_secs_f64();
    Ok([
        ("peak_mib".to_owned(), status_kib("VmHWM")? / 1024.0),
        ("rate".to_owned(), ended as f64 / wall),
        ("cpu_ms".to_owned(), cpu * 1e3 / ended as f64),
    ]
    .into())
}

fn plays(pack: &Arc<LoadedPack>, count: usize) -> Result<Vec<Play>> {
    let tasks = generate(pack, &TaskOptions { seed: 7, count, ..TaskOptions::default() })?.tasks;
    ensure!(!tasks.is_empty(), "no tasks");
    Ok(tasks.into_iter().map(|task| Play::new(Arc::new(task), Arc::clone(pack).into())).collect())
}

fn scheduler() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// A scripted agent that thinks for 50 ms, and adds the time that it truly took to `waited`.
fn slow(manner: Manner, waited: &Arc<AtomicU64>) -> Player {
    let (inner, waited) = (player(manner), Arc::clone(waited));
    let name = inner.name().to_owned();
    Player::new(&name, move |part| {
        let model: Arc<dyn ChatModel> = Arc::new(Slow { inner: inner.cast(part), waited: Arc::clone(&waited) });
        model
    })
}

struct Slow {
    inner: Arc<dyn ChatModel>,
    waited: Arc<AtomicU64>,
}

impl ChatModel for Slow {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        Box::pin(async move {
            let started = Instant::now();
            tokio::time::sleep(TURN).await;
            let reply = self.inner.chat(request).await;
            let ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.waited.fetch_add(ns, Ordering::Relaxed);
            reply
        })
    }
}
