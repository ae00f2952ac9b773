//! Many episodes at once.

use super::dialogue::{Setting, on_worker, play};
use super::{Event, Limits, Play, Player, RunOptions, Stop};
use crate::RolloutError;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use wardian_format::Trajectory;
use wardian_format::trajectory::EndReason;

/// As [`run_each`], and returns all trajectories, sorted by task, agent and trial, whatever the scheduling was.
///
/// # Errors
/// As [`run_each`].
pub async fn run(
    plays: &[Play],
    agents: &[Player],
    user: &Player,
    options: &RunOptions,
    stop: &Stop,
) -> Result<Vec<Trajectory>, RolloutError> {
    let mut finished: Vec<Trajectory> = Vec::new();
    let keep = |event: Event<'_>| {
        if let Event::Finished { trajectory } = event {
            finished.push(*trajectory);
        }
    };
    run_each(plays, agents, user, options, stop, keep).await?;
    finished.sort_by(|a, b| (&a.task, &a.agent, a.trial, &a.id).cmp(&(&b.task, &b.agent, b.trial, &b.id)));
    Ok(finished)
}

/// Plays every task with every agent, `trials` times each. `on_event` is called as things happen, always from the
/// task that awaits this, and is handed what was played. When `stop` is asked for, no further episode begins.
///
/// # Errors
/// When a pack does not load, or a worker ends unexpectedly.
pub async fn run_each(
    plays: &[Play],
    agents: &[Player],
    user: &Player,
    options: &RunOptions,
    stop: &Stop,
    mut on_event: impl FnMut(Event<'_>),
) -> Result<(), RolloutError> {
    let (news_in, mut news) = mpsc::unbounded_channel();
    let run = Arc::new(Run {
        user: user.clone(),
        seed: options.seed,
        limits: options.limits,
        judge: options.judge.clone(),
        retries_max: options.retries_max,
        workers: Arc::new(Semaphore::new(options.workers.max(1))),
        news: news_in,
    });
    let mut queue = episodes(plays, agents, options);
    let mut running: JoinSet<Result<Trajectory, RolloutError>> = JoinSet::new();
    loop {
        while running.len() < options.concurrency.max(1) && !stop.is_asked() {
            let Some(episode) = queue.next() else { break };
            running.spawn(one(episode, Arc::clone(&run)));
        }
        let joined = tokio::select! {
            joined = running.join_next() => joined,
            () = stop.asked_now() => break,
        };
        let Some(joined) = joined else { break };
        while let Ok(News { id, failed }) = news.try_recv() {
            on_event(match &failed {
                None => Event::Started { id: &id },
                Some(end) => Event::Retried { id: &id, end },
            });
        }
        let trajectory = joined.map_err(|e| RolloutError::Worker(e.to_string()))??;
        on_event(Event::Finished { trajectory: Box::new(trajectory) });
    }
    running.abort_all();
    Ok(())
}

/// An episode began, or failed and begins anew.
struct News {
    id: String,
    failed: Option<EndReason>,
}

struct Episode {
    play: Play,
    agent: Player,
    trial: u32,
    id: String,
}

/// What all episodes of a run share.
struct Run {
    user: Player,
    seed: u64,
    limits: Limits,
    judge: Option<Player>,
    retries_max: u32,
    workers: Arc<Semaphore>,
    news: mpsc::UnboundedSender<News>,
}

/// The episodes to play, one by one: a run may have millions.
fn episodes<'a>(plays: &'a [Play], agents: &'a [Player], options: &'a RunOptions) -> impl Iterator<Item = Episode> + 'a {
    let of_play = move |play: &'a Play| agents.iter().map(move |agent| (play, agent));
    let of_trial = move |(play, agent): (&'a Play, &'a Player)| (0..options.trials.max(1)).map(move |trial| (play, agent, trial));
    plays.iter().flat_map(of_play).flat_map(of_trial).filter_map(|(play, agent, trial)| {
        let id = Trajectory::id_of(&play.task.id, play.fork().as_ref(), agent.name(), trial);
        (!options.done.contains(&id)).then(|| Episode { play: play.clone(), agent: agent.clone(), trial, id })
    })
}

async fn one(episode: Episode, run: Arc<Run>) -> Result<Trajectory, RolloutError> {
    // The receiver lives as long as the run; without it nobody listens.
    let _ = run.news.send(News { id: episode.id.clone(), failed: None });
    let reference = episode.play.pack.clone();
    let pack = on_worker(&run.workers, move || reference.load()).await.map_err(RolloutError::Worker)??;
    let setting = Setting {
        play: &episode.play,
        pack: &pack,
        agent: &episode.agent,
        user: &run.user,
        trial: episode.trial,
        seed: run.seed,
        limits: run.limits,
        judge: run.judge.as_ref(),
        workers: Arc::clone(&run.workers),
    };
    let mut left = run.retries_max;
    loop {
        let trajectory = play(&setting).await;
        if left == 0 || !matches!(trajectory.end, EndReason::Infrastructure { .. }) {
            return Ok(trajectory);
        }
        left -= 1;
        let _ = run.news.send(News { id: episode.id.clone(), failed: Some(trajectory.end) });
    }
}
