//! From communities to domains of a useful size.

use crate::GraphOptions;
use crate::join::Nearest;
use crate::louvain::Network;
use std::collections::{BTreeMap, BTreeSet};

/// Attempts to split a community, each at a resolution half as high again.
const SPLITS_MAX: usize = 12;

/// Groups of tools, each ascending, sorted by their first tool. Tools that are like no other are in none.
pub(crate) fn partition(network: &Network, nearest: &Nearest, options: &GraphOptions) -> Vec<Vec<usize>> {
    let labels = options.algorithm.communities(network, options.resolution(network.len()), options.seed);
    let mut groups = Vec::new();
    for group in grouped(&labels) {
        split(network, group, options, &mut groups);
    }
    let mut groups = merge(groups, nearest, options);
    if !options.paper {
        settle(&mut groups, nearest, options);
    }
    groups.sort();
    groups
}

/// Labels for a partition; tools in no group get labels of their own.
pub(crate) fn labels(tools: usize, partition: &[Vec<usize>]) -> Vec<u32> {
    let mut labels = vec![u32::MAX; tools];
    for (label, group) in partition.iter().enumerate() {
        for &tool in group {
            labels[tool] = label as u32;
        }
    }
    let rest = labels.iter_mut().filter(|label| **label == u32::MAX);
    for (label, next) in rest.zip(partition.len() as u32..) {
        *label = next;
    }
    labels
}

fn grouped(labels: &[u32]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (tool, &label) in labels.iter().enumerate() {
        groups.entry(label).or_default().push(tool);
    }
    groups.into_values().collect()
}

/// Splits a group that is too large at rising resolutions; one that resists is cut in the order of its tools.
fn split(network: &Network, group: Vec<usize>, options: &GraphOptions, out: &mut Vec<Vec<usize>>) {
    if group.len() <= options.size_max {
        return out.push(group);
    }
    let inner = network.induced(&group);
    let mut resolution = u64::from(options.resolution_percent.unwrap_or(150).max(100));
    for _ in 0..SPLITS_MAX {
        let labels = options.algorithm.communities(&inner, resolution.min(u64::from(u32::MAX)) as u32, options.seed);
        let parts = grouped(&labels);
        if parts.len() > 1 {
            for part in parts {
                split(network, part.into_iter().map(|i| group[i]).collect(), options, out);
            }
            return;
        }
        resolution = resolution * 3 / 2;
    }
    out.extend(group.chunks(options.size_max.max(1)).map(<[usize]>::to_vec));
}

/// Merges groups below the least size, smallest first, into the group whose tools are their nearest neighbours and that has room.
/// A single tool follows the weighted vote of its neighbours. What is like nothing stays out.
fn merge(groups: Vec<Vec<usize>>, nearest: &Nearest, options: &GraphOptions) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<usize, Vec<usize>> = groups.into_iter().enumerate().collect();
    let mut home: Vec<usize> = vec![usize::MAX; nearest.len()];
    for (&label, group) in &groups {
        for &tool in group {
            home[tool] = label;
        }
    }
    let mut stuck: Vec<Vec<usize>> = Vec::new();
    let key = |label: usize, group: &[usize]| (group.len(), group[0], label);
    let mut small: BTreeSet<(usize, usize, usize)> =
        groups.iter().filter(|(_, group)| group.len() < options.size_min).map(|(&label, group)| key(label, group)).collect();
    while let Some((_, _, label)) = small.pop_first() {
        let group = groups.remove(&label).expect("only groups are in the set");
        match target(&group, &groups, nearest, &home, options) {
            Some(target) => {
                let into = groups.get_mut(&target).expect("targets are groups");
                for &tool in &group {
                    home[tool] = target;
                }
                small.remove(&key(target, into));
                into.extend(group);
                into.sort_unstable();
                if into.len() < options.size_min {
                    small.insert(key(target, into));
                }
            }
            None => stuck.push(group),
        }
    }
    let mut out: Vec<Vec<usize>> = groups.into_values().collect();
    // A small group that has edges of its own but no room elsewhere is still a domain; single tools are not.
    out.extend(stuck.into_iter().filter(|group| group.len() > 1));
    out
}

/// Moves tools that Louvain left with a group although their nearest neighbours, mutual or not, are mostly in another one: short
/// tools such as `delete_comment` are seldom among the neighbours of the tools they belong to.
fn settle(groups: &mut [Vec<usize>], nearest: &Nearest, options: &GraphOptions) {
    let mut home = vec![usize::MAX; nearest.len()];
    for (label, group) in groups.iter().enumerate() {
        for &tool in group {
            home[tool] = label;
        }
    }
    for tool in (0..nearest.len()).filter(|&tool| nearest[tool].len() > 1) {
        let mut votes: BTreeMap<usize, u64> = BTreeMap::new();
        for &(neighbour, weight) in &nearest[tool] {
            *votes.entry(home[neighbour as usize]).or_default() += u64::from(weight);
        }
        votes.remove(&usize::MAX);
        let own = votes.get(&home[tool]).copied().unwrap_or(0);
        let Some((&best, &weight)) = votes.iter().max_by_key(|&(label, votes)| (*votes, std::cmp::Reverse(*label))) else { continue };
        let leaves = home[tool] == usize::MAX || groups[home[tool]].len() > options.size_min;
        if best == home[tool] || !leaves || weight < 2 * own || groups[best].len() >= options.size_max {
            continue;
        }
        if home[tool] != usize::MAX {
            groups[home[tool]].retain(|&other| other != tool);
        }
        let at = groups[best].partition_point(|&other| other < tool);
        groups[best].insert(at, tool);
        home[tool] = best;
    }
}

fn target(
    group: &[usize],
    groups: &BTreeMap<usize, Vec<usize>>,
    nearest: &Nearest,
    home: &[usize],
    options: &GraphOptions,
) -> Option<usize> {
    let mut votes: BTreeMap<usize, u64> = BTreeMap::new();
    for &tool in group {
        for &(neighbour, weight) in &nearest[tool] {
            *votes.entry(home[neighbour as usize]).or_default() += u64::from(weight);
        }
    }
    let room = |label: &usize| groups.get(label).is_some_and(|other| other.len() + group.len() <= options.size_max);
    votes
        .into_iter()
        .filter(|(label, _)| room(label))
        .max_by_key(|&(label, votes)| (votes, std::cmp::Reverse(label)))
        .map(|(label, _)| label)
}
