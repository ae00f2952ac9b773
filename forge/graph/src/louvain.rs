//! Louvain communities (Blondel, Guillaume, Lambiotte, Lefebvre, "Fast unfolding of communities in large networks", 2008) with a
//! resolution (Reichardt and Bornholdt, 2006), in integers throughout.

use std::collections::VecDeque;
use wardian_format::Rng;

/// Passes over the original nodes after the first run; each starts from the last result.
const ROUNDS_MAX: usize = 4;

/// An undirected weighted network in compressed rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    starts: Vec<usize>,
    targets: Vec<(u32, u64)>,
    /// Weight of the loop at each node, counted once.
    loops: Vec<u64>,
    /// Sum of the weights at each node; a loop counts twice.
    strengths: Vec<u64>,
    /// Twice the weight of all edges.
    total: u64,
}

impl Network {
    /// A network of `nodes` nodes from edges (a, b, weight). An edge must be listed once; loops are allowed.
    pub fn new(nodes: usize, edges: &[(u32, u32, u32)]) -> Self {
        let wide: Vec<(u32, u32, u64)> = edges.iter().map(|&(a, b, weight)| (a, b, u64::from(weight))).collect();
        Self::wide(nodes, &wide)
    }

    fn wide(nodes: usize, edges: &[(u32, u32, u64)]) -> Self {
        let mut starts = vec![0; nodes + 1];
        let mut loops = vec![0; nodes];
        for &(a, b, weight) in edges {
            if a == b {
                loops[a as usize] += weight;
            } else {
                starts[a as usize + 1] += 1;
                starts[b as usize + 1] += 1;
            }
        }
        for i in 0..nodes {
            starts[i + 1] += starts[i];
        }
        let mut free = starts.clone();
        let mut targets = vec![(0, 0); starts[nodes]];
        for &(a, b, weight) in edges.iter().filter(|(a, b, _)| a != b) {
            for (from, to) in [(a, b), (b, a)] {
                targets[free[from as usize]] = (to, weight);
                free[from as usize] += 1;
            }
        }
        let mut network = Self { starts, targets, loops, strengths: Vec::new(), total: 0 };
        network.strengths = (0..nodes).map(|i| 2 * network.loops[i] + network.around(i).iter().map(|edge| edge.1).sum::<u64>()).collect();
        network.total = network.strengths.iter().sum();
        network
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.loops.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.loops.is_empty()
    }

    /// Sum of the weights at `node`; a loop counts twice.
    pub(crate) fn strength(&self, node: usize) -> u64 {
        self.strengths[node]
    }

    /// Twice the weight of all edges.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Neighbours of `node` with weights, without loops.
    pub(crate) fn around(&self, node: usize) -> &[(u32, u64)] {
        &self.targets[self.starts[node]..self.starts[node + 1]]
    }

    /// The network among `members` only; node i of it is `members[i]`, which must be ascending.
    pub(crate) fn induced(&self, members: &[usize]) -> Self {
        let mut edges = Vec::new();
        for (i, &node) in members.iter().enumerate() {
            if self.loops[node] > 0 {
                edges.push((i as u32, i as u32, self.loops[node]));
            }
            for &(target, weight) in self.around(node).iter().filter(|(target, _)| *target as usize > node) {
                if let Ok(j) = members.binary_search(&(target as usize)) {
                    edges.push((i as u32, j as u32, weight));
                }
            }
        }
        Self::wide(members.len(), &edges)
    }

    /// One node for each of `count` communities.
    pub(crate) fn aggregated(&self, labels: &[u32], count: usize) -> Self {
        let mut loops = vec![0u64; count];
        let mut edges = Vec::new();
        for node in 0..self.len() {
            let a = labels[node];
            loops[a as usize] += self.loops[node];
            for &(target, weight) in self.around(node).iter().filter(|(target, _)| *target as usize > node) {
                match labels[target as usize] {
                    // Most edges are inside: what is not sorted costs no time.
                    b if b == a => loops[a as usize] += weight,
                    b => edges.push((a.min(b), a.max(b), weight)),
                }
            }
        }
        edges.sort_unstable_by_key(|&(a, b, _)| (a, b));
        let mut merged: Vec<(u32, u32, u64)> =
            (0..).zip(loops).filter(|&(_, weight)| weight > 0).map(|(a, weight)| (a, a, weight)).collect();
        for (a, b, weight) in edges {
            match merged.last_mut() {
                Some(last) if (last.0, last.1) == (a, b) => last.2 += weight,
                _ => merged.push((a, b, weight)),
            }
        }
        Self::wide(count, &merged)
    }
}

/// Modularity of a partition at a resolution in hundredths; 0 for a network without edges.
pub fn modularity(network: &Network, labels: &[u32], resolution_percent: u32) -> f64 {
    if network.total == 0 {
        return 0.0;
    }
    let count = labels.iter().max().map_or(0, |&label| label as usize + 1);
    let mut inside = vec![0u64; count];
    let mut strength = vec![0u64; count];
    for node in 0..network.len() {
        let label = labels[node] as usize;
        strength[label] += network.strengths[node];
        inside[label] += 2 * network.loops[node];
        let own = network.around(node).iter().filter(|(target, _)| labels[*target as usize] as usize == label);
        inside[label] += own.map(|edge| edge.1).sum::<u64>();
    }
    let total = network.total as f64;
    let resolution = f64::from(resolution_percent) / 100.0;
    inside.iter().zip(&strength).map(|(&i, &s)| i as f64 / total - resolution * (s as f64 / total) * (s as f64 / total)).sum()
}

/// Communities of `network` as labels 0.. in order of first appearance. Communities are connected; a node without edges is its own.
pub fn louvain(network: &Network, resolution_percent: u32, seed: u64) -> Vec<u32> {
    rounds(network, &mut Rng::of(seed, &["louvain"]), ROUNDS_MAX, |rng, labels| run(network, resolution_percent, rng, labels))
}

/// Labels after runs that each start from the last result, until one changes nothing. Disconnected parts of a community are separated.
pub(crate) fn rounds(network: &Network, rng: &mut Rng, rounds_max: usize, run: impl Fn(&mut Rng, &mut [u32])) -> Vec<u32> {
    let mut labels: Vec<u32> = (0..network.len() as u32).collect();
    for _ in 0..rounds_max {
        let before = labels.clone();
        run(rng, &mut labels);
        split_disconnected(network, &mut labels);
        renumber(&mut labels);
        if labels == before {
            break;
        }
    }
    labels
}

/// Local moves, then the same on the network of communities, until nothing moves.
fn run(network: &Network, resolution_percent: u32, rng: &mut Rng, labels: &mut [u32]) {
    let mut level = network.clone();
    let mut current: Vec<u32> = labels.to_vec();
    renumber(&mut current);
    let mut place: Vec<u32> = (0..network.len() as u32).collect();
    loop {
        let moved = improve(&level, resolution_percent, rng, &mut current, Moves::ToNeighbours);
        let count = renumber(&mut current);
        for (label, at) in labels.iter_mut().zip(place.iter_mut()) {
            *at = current[*at as usize];
            *label = *at;
        }
        if count == level.len() || (!moved && count == level.len()) {
            break;
        }
        level = level.aggregated(&current, count);
        current = (0..count as u32).collect();
    }
}

/// Where a node may move.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moves {
    /// To communities of its neighbours.
    ToNeighbours,
    /// There, or out of a community that it is not well in, to be alone.
    AlsoAlone,
}

/// Moves nodes to the community of greatest gain until no move gains. Returns whether any node moved.
pub(crate) fn improve(network: &Network, resolution_percent: u32, rng: &mut Rng, labels: &mut [u32], moves: Moves) -> bool {
    let nodes = network.len();
    let mut strength = vec![0u64; nodes];
    let mut members = vec![0u32; nodes];
    for node in 0..nodes {
        strength[labels[node] as usize] += network.strengths[node];
        members[labels[node] as usize] += 1;
    }
    let mut empty: Vec<u32> = (0..nodes as u32).rev().filter(|&label| members[label as usize] == 0).collect();
    let mut order: Vec<u32> = (0..nodes as u32).collect();
    rng.shuffle(&mut order);
    let mut queue: VecDeque<u32> = order.into();
    let mut queued = vec![true; nodes];
    let mut towards = vec![0u64; nodes];
    let mut touched: Vec<u32> = Vec::new();
    let mut any = false;
    while let Some(node) = queue.pop_front() {
        let node = node as usize;
        queued[node] = false;
        let own = labels[node];
        for &(target, weight) in network.around(node) {
            let label = labels[target as usize];
            if towards[label as usize] == 0 {
                touched.push(label);
            }
            towards[label as usize] += weight;
        }
        strength[own as usize] -= network.strengths[node];
        let gain = |label: u32| gain(network, resolution_percent, node, towards[label as usize], strength[label as usize]);
        let mut best = (gain(own), own);
        for &label in touched.iter().filter(|&&label| label != own) {
            let candidate = (gain(label), label);
            if candidate.0 > best.0 || (candidate.0 == best.0 && best.1 != own && label < best.1) {
                best = candidate;
            }
        }
        if best.0 < 0
            && moves == Moves::AlsoAlone
            && members[own as usize] > 1
            && let Some(&label) = empty.last()
        {
            best = (0, label);
        }
        for label in touched.drain(..) {
            towards[label as usize] = 0;
        }
        strength[best.1 as usize] += network.strengths[node];
        if best.1 != own {
            any = true;
            if empty.last() == Some(&best.1) {
                empty.pop();
            }
            members[own as usize] -= 1;
            members[best.1 as usize] += 1;
            if members[own as usize] == 0 {
                empty.push(own);
            }
            labels[node] = best.1;
            for &(target, _) in network.around(node) {
                if !queued[target as usize] && labels[target as usize] != best.1 {
                    queued[target as usize] = true;
                    queue.push_back(target);
                }
            }
        }
    }
    any
}

/// What a node adds to the modularity of a community, scaled to an integer: 100 w m − γ k s, with γ in hundredths.
pub(crate) fn gain(network: &Network, resolution_percent: u32, node: usize, weight: u64, strength: u64) -> i128 {
    let attraction = 100 * i128::from(weight) * i128::from(network.total);
    attraction - i128::from(resolution_percent) * i128::from(network.strengths[node]) * i128::from(strength)
}

/// Gives each connected part of a community its own label: that never lowers modularity.
fn split_disconnected(network: &Network, labels: &mut [u32]) {
    let mut fresh = vec![u32::MAX; labels.len()];
    let mut next = 0;
    let mut stack = Vec::new();
    for start in 0..labels.len() {
        if fresh[start] != u32::MAX {
            continue;
        }
        fresh[start] = next;
        stack.push(start);
        while let Some(node) = stack.pop() {
            for &(target, _) in network.around(node) {
                let target = target as usize;
                if fresh[target] == u32::MAX && labels[target] == labels[node] {
                    fresh[target] = next;
                    stack.push(target);
                }
            }
        }
        next += 1;
    }
    labels.copy_from_slice(&fresh);
}

/// Labels 0.. in order of first appearance; returns how many.
pub(crate) fn renumber(labels: &mut [u32]) -> usize {
    let mut names = vec![u32::MAX; labels.iter().max().map_or(0, |&label| label as usize + 1)];
    let mut count = 0;
    for label in labels.iter_mut() {
        let name = &mut names[*label as usize];
        if *name == u32::MAX {
            *name = count;
            count += 1;
        }
        *label = *name;
    }
    count as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modularity of communities is that of their network with each one alone: the slow way sums over the original nodes.
    #[test]
    fn an_aggregated_network_keeps_modularity_and_strength() {
        for seed in 0..40 {
            let mut rng = Rng::of(seed, &["aggregated"]);
            let mut edges = Vec::new();
            for a in 0..30 {
                for b in a..30 {
                    if rng.chance(20) {
                        edges.push((a, b, 1 + rng.below(9) as u32));
                    }
                }
            }
            let network = Network::new(30, &edges);
            let mut labels: Vec<u32> = (0..30).map(|_| rng.below(8) as u32).collect();
            let count = renumber(&mut labels);
            let level = network.aggregated(&labels, count);
            let alone: Vec<u32> = (0..count as u32).collect();
            assert!((modularity(&network, &labels, 150) - modularity(&level, &alone, 150)).abs() < 1e-12, "seed {seed}");
            for label in 0..count {
                let strength: u64 = (0..30).filter(|&node| labels[node] as usize == label).map(|node| network.strength(node)).sum();
                assert_eq!(level.strength(label), strength, "seed {seed}, community {label}");
                assert!(level.around(label).is_sorted_by(|a, b| a.0 < b.0), "seed {seed}: neighbours are listed once, in order");
            }
        }
    }
}
