//! Many episodes at once.

use super::dialogue::{Setting, on_worker, play};
use super::{Event, Play, Player, RunOptions, Stop, trajectory_id};
use crate::RolloutError;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use wardian_format::Trajectory;

/// Plays every task with every agent, `trials` times each. `on_event` is called as things happen, always from the
/// task that awaits this; results come back sorted by task, agent and trial, whatever the scheduling was. When
/// `stop` is asked, episodes in progress are dropped and those that finished are returned.
pub async fn run(
    plays: &[Play],
    agents: &[Player],
    user: &Player,
    options: &RunOptions,
    stop: &Stop,
    mut on_event: impl FnMut(Event<'_>),
) -> Result<Vec<Trajectory>, RolloutError> {
    let workers = Arc::new(Semaphore::new(options.workers.max(1)));
    let (started_in, mut started) = mpsc::unbounded_channel();
    let mut queue = episodes(plays, agents, options).into_iter();
    let mut running: JoinSet<Result<Trajectory, RolloutError>> = JoinSet::new();
    let mut finished = Vec::new();
    loop {
        while running.len() < options.concurrency.max(1) && !stop.is_asked() {
            let Some(episode) = queue.next() else { break };
            running.spawn(one(episode, user.clone(), options.clone(), Arc::clone(&workers), started_in.clone()));
        }
        let joined = tokio::select! {
            joined = running.join_next() => joined,
            () = stop.asked() => break,
        };
        let Some(joined) = joined else { break };
        while let Ok(id) = started.try_recv() {
            let id: String = id;
            on_event(Event::Started { id: &id });
        }
        let trajectory = joined.map_err(|e| RolloutError::Worker(e.to_string()))??;
        on_event(Event::Finished { trajectory: &trajectory });
        finished.push(trajectory);
    }
    running.abort_all();
    finished.sort_by(|a, b| (&a.task, &a.agent, a.trial).cmp(&(&b.task, &b.agent, b.trial)));
    Ok(finished)
}

struct Episode {
    play: Play,
    agent: Player,
    trial: u32,
    id: String,
}

fn episodes(plays: &[Play], agents: &[Player], options: &RunOptions) -> Vec<Episode> {
    let mut out = Vec::new();
    for play in plays {
        for agent in agents {
            for trial in 0..options.trials.max(1) {
                let id = trajectory_id(&play.task.id, agent.name(), trial);
                if !options.done.contains(&id) {
                    out.push(Episode { play: play.clone(), agent: agent.clone(), trial, id });
                }
            }
        }
    }
    out
}

async fn one(
    episode: Episode,
    user: Player,
    options: RunOptions,
    workers: Arc<Semaphore>,
    started: mpsc::UnboundedSender<String>,
) -> Result<Trajectory, RolloutError> {
    // The receiver lives as long as the run; without it nobody listens.
    let _ = started.send(episode.id);
    let reference = episode.play.pack.clone();
    let pack = on_worker(&workers, move || reference.load()).await.map_err(RolloutError::Worker)??;
    let setting = Setting {
        play: &episode.play,
        pack: &pack,
        agent: &episode.agent,
        user: &user,
        trial: episode.trial,
        seed: options.seed,
        limits: options.limits,
        judge: options.judge.as_ref(),
        workers,
    };
    Ok(play(&setting).await)
}
