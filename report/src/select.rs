//! Choosing the few episodes that a page shows out of the many that were played.

use std::collections::BTreeMap;
use wardian_format::Trajectory;
use wardian_format::verdict::{Decision, Stage};

/// Calls that make an episode good to step through: enough for a story, few enough to follow.
const CALLS_BEST: usize = 5;

/// Indexes into `trajectories` of at most `max` episodes, in the order in which a page shows them.
///
/// Every group (recovered, clean, each stage and code of a drop) gets its turn, and within a group every pack, before
/// any gets a second; episodes of about five calls come first. Trajectories without a decision form a last group.
/// The choice depends on the contents only, not on the order of the inputs.
pub fn select(trajectories: &[Trajectory], decisions: &[Decision], max: usize) -> Vec<usize> {
    let decisions: BTreeMap<&str, &Decision> = decisions.iter().map(|d| (d.trajectory.as_str(), d)).collect();
    let mut groups: BTreeMap<GroupKey, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for (index, trajectory) in trajectories.iter().enumerate() {
        let key = group_key(decisions.get(trajectory.id.as_str()).copied());
        groups.entry(key).or_default().entry(&trajectory.certificate.pack).or_default().push(index);
    }
    let rank = |index: &usize| {
        let trajectory = &trajectories[*index];
        (trajectory.calls.len().abs_diff(CALLS_BEST), trajectory.id.clone())
    };
    let lists: Vec<Vec<usize>> = groups
        .into_values()
        .map(|packs| {
            let mut packs: Vec<Vec<usize>> = packs.into_values().collect();
            packs.iter_mut().for_each(|list| list.sort_by_cached_key(rank));
            // The pack with the best episode opens; ties go by the pack's name.
            packs.sort_by_cached_key(|list| rank(&list[0]).0);
            in_turns(packs, usize::MAX)
        })
        .collect();
    let taken = in_turns(lists.clone(), max);
    lists.concat().into_iter().filter(|index| taken.contains(index)).collect()
}

/// Groups in the order of a page: recovered, clean, otherwise kept, dropped by stage from the last to the first, undecided.
type GroupKey = (u8, String);

fn group_key(decision: Option<&Decision>) -> GroupKey {
    let Some(decision) = decision else { return (9, String::new()) };
    let place = match (decision.kept, decision.stage) {
        (true, _) if decision.code == "recovered" => 0,
        (true, _) => 1,
        (false, Some(Stage::Calls)) => 2,
        (false, Some(Stage::State)) => 3,
        (false, _) => 4,
    };
    (place, decision.code.clone())
}

/// One of each list in turn, until `max` are taken or all are.
fn in_turns(lists: Vec<Vec<usize>>, max: usize) -> Vec<usize> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let rounds = (0..longest).flat_map(|round| lists.iter().filter_map(move |list| list.get(round).copied()));
    rounds.take(max).collect()
}
