//! Many episodes at once.

use super::dialogue::{Setting, on_worker, play};
use super::{Event, Play, Player, RunOptions, Stop};
use crate::RolloutError;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use wardian_format::Trajectory;
use wardian_format::trajectory::{EndReason, Fork};

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
    let (news_in, mut news) = mpsc::unbounded_channel();
    let mut queue = episodes(plays, agents, options).into_iter();
    let mut running: JoinSet<Result<Trajectory, RolloutError>> = JoinSet::new();
    let mut finished = Vec::new();
    loop {
        while running.len() < options.concurrency.max(1) && !stop.is_asked() {
            let Some(episode) = queue.next() else { break };
            running.spawn(one(episode, user.clone(), options.clone(), Arc::clone(&workers), news_in.clone()));
        }
        let joined = tokio::select! {
            joined = running.join_next() => joined,
            () = stop.asked() => break,
        };
        let Some(joined) = joined else { break };
        while let Ok(News { id, failed }) = news.try_recv() {
            on_event(match &failed {
                None => Event::Started { id: &id },
                Some(end) => Event::Retried { id: &id, end },
            });
        }
        let trajectory = joined.map_err(|e| RolloutError::Worker(e.to_string()))??;
        on_event(Event::Finished { trajectory: &trajectory });
        finished.push(trajectory);
    }
    running.abort_all();
    finished.sort_by(|a, b| (&a.task, &a.agent, a.trial, &a.id).cmp(&(&b.task, &b.agent, b.trial, &b.id)));
    Ok(finished)
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

fn episodes(plays: &[Play], agents: &[Player], options: &RunOptions) -> Vec<Episode> {
    let mut out = Vec::new();
    for play in plays {
        for agent in agents {
            for trial in 0..options.trials.max(1) {
                let fork = play.from.as_ref().map(|start| Fork { from: start.trajectory.id.clone(), messages: start.messages });
                let id = Trajectory::id_of(&play.task.id, fork.as_ref(), agent.name(), trial);
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
    news: mpsc::UnboundedSender<News>,
) -> Result<Trajectory, RolloutError> {
    // The receiver lives as long as the run; without it nobody listens.
    let _ = news.send(News { id: episode.id.clone(), failed: None });
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
    let mut left = options.retries_max;
    loop {
        let trajectory = play(&setting).await;
        if left == 0 || !matches!(trajectory.end, EndReason::Infrastructure { .. }) {
            return Ok(trajectory);
        }
        left -= 1;
        let _ = news.send(News { id: episode.id.clone(), failed: Some(trajectory.end) });
    }
}
