//! The episodes that a report lets one step through, with what each call changed.

use crate::files;
use crate::packs::PackSet;
use crate::run::Run;
use anyhow::Result;
use std::collections::BTreeMap;
use wardian_env::EpisodeContext;
use wardian_format::pack::Role;
use wardian_format::verdict::Decision;
use wardian_format::{Diff, Task, Trajectory};
use wardian_report::{EPISODES_MAX, EpisodeInfo, select};

/// Chooses episodes of every kind and replays them call by call.
pub(super) fn choose(run: &Run, packs: &PackSet, trajectories: &[Trajectory], decisions: &[Decision]) -> Result<Vec<EpisodeInfo>> {
    let mut tasks: BTreeMap<String, Task> = BTreeMap::new();
    for path in files::list(&run.tasks(), &["jsonl"])? {
        tasks.extend(files::read_jsonl::<Task>(&path)?.into_iter().map(|task| (task.id.clone(), task)));
    }
    let episode = |index: usize| {
        let trajectory = &trajectories[index];
        Ok(EpisodeInfo {
            task: tasks.get(&trajectory.task).cloned(),
            decision: decisions.iter().find(|d| d.trajectory == trajectory.id).cloned(),
            diffs: diffs(trajectory, packs)?.into_iter().map(Some).collect(),
            trajectory: trajectory.clone(),
        })
    };
    select(trajectories, decisions, EPISODES_MAX).into_iter().map(episode).collect()
}

/// What each call of `trajectory` changes when it is executed again.
pub(crate) fn diffs(trajectory: &Trajectory, packs: &PackSet) -> Result<Vec<Diff>> {
    let certificate = &trajectory.certificate;
    let pack = packs.get(&certificate.pack, certificate.pack_digest, &format!("trajectory `{}`", trajectory.id))?;
    let mut env = pack.env(&EpisodeContext { seed: certificate.seed, now: certificate.now.clone() })?;
    let mut out = Vec::with_capacity(trajectory.calls.len());
    for call in &trajectory.calls {
        let mut before = env.clone();
        env.call(Role::Agent, &call.tool, &call.arguments)?;
        out.push(before.diff(&mut env)?);
    }
    Ok(out)
}
