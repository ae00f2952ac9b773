//! Leiden communities (Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities", 2019) with a
//! resolution, in integers throughout. The refinement takes the best merge, not a random one of the good.

use crate::louvain::{Moves, Network, gain, improve, renumber, rounds};
use wardian_format::Rng;

/// Runs over the original nodes; each starts from the last result.
const ROUNDS_MAX: usize = 10;

/// Communities of `network` as labels 0.. in order of first appearance. Communities are connected; a node without edges is its own.
pub fn leiden(network: &Network, resolution_percent: u32, seed: u64) -> Vec<u32> {
    rounds(network, &mut Rng::of(seed, &["leiden"]), ROUNDS_MAX, |rng, labels| run(network, resolution_percent, rng, labels))
}

/// Local moves, a refinement of their communities, then the same on the network of the refined parts.
fn run(network: &Network, resolution_percent: u32, rng: &mut Rng, labels: &mut [u32]) {
    let mut level = network.clone();
    let mut current: Vec<u32> = labels.to_vec();
    renumber(&mut current);
    // Node of the current level that each original node is in.
    let mut place: Vec<u32> = (0..network.len() as u32).collect();
    loop {
        improve(&level, resolution_percent, rng, &mut current, Moves::AlsoAlone);
        let count = renumber(&mut current);
        for (label, &at) in labels.iter_mut().zip(&place) {
            *label = current[at as usize];
        }
        if count == level.len() {
            return;
        }
        let mut parts = refine(&level, resolution_percent, rng, &current);
        let mut parts_count = renumber(&mut parts);
        if parts_count == level.len() {
            // Nothing could be merged inside of a community: go on with the communities themselves.
            (parts, parts_count) = (current.clone(), count);
        }
        let mut communities = vec![0; parts_count];
        for (&part, &community) in parts.iter().zip(&current) {
            communities[part as usize] = community;
        }
        level = level.aggregated(&parts, parts_count);
        place.iter_mut().for_each(|at| *at = parts[*at as usize]);
        current = communities;
    }
}

/// Sums of the refinement, by part. A part is called by the node that it started with.
struct Parts {
    labels: Vec<u32>,
    sizes: Vec<u32>,
    strengths: Vec<u64>,
    /// Weight between a part and the rest of its community.
    outward: Vec<u64>,
}

/// Splits each community into parts that are well connected: starting alone, nodes join the part of their community that gains most.
fn refine(network: &Network, resolution_percent: u32, rng: &mut Rng, communities: &[u32]) -> Vec<u32> {
    let nodes = network.len();
    let mut whole = vec![0u64; nodes];
    let mut own = vec![0u64; nodes];
    for node in 0..nodes {
        whole[communities[node] as usize] += network.strength(node);
        let inside = network.around(node).iter().filter(|edge| communities[edge.0 as usize] == communities[node]);
        own[node] = inside.map(|edge| edge.1).sum();
    }
    let mut parts = Parts {
        labels: (0..nodes as u32).collect(),
        sizes: vec![1; nodes],
        strengths: (0..nodes).map(|node| network.strength(node)).collect(),
        outward: own.clone(),
    };
    let mut order: Vec<u32> = (0..nodes as u32).collect();
    rng.shuffle(&mut order);
    let mut towards = vec![0u64; nodes];
    let mut touched: Vec<u32> = Vec::new();
    for node in order.into_iter().map(|node| node as usize) {
        let community = whole[communities[node] as usize];
        let connected = |outward, strength| gain_of(network, resolution_percent, strength, outward, community - strength) >= 0;
        if parts.sizes[parts.labels[node] as usize] != 1 || !connected(own[node], network.strength(node)) {
            continue;
        }
        for &(target, weight) in network.around(node).iter().filter(|edge| communities[edge.0 as usize] == communities[node]) {
            let part = parts.labels[target as usize];
            if towards[part as usize] == 0 {
                touched.push(part);
            }
            towards[part as usize] += weight;
        }
        let mut best: Option<(i128, u32)> = None;
        for &part in touched.iter().filter(|&&part| part as usize != node) {
            let (outward, strength) = (parts.outward[part as usize], parts.strengths[part as usize]);
            let gain = gain(network, resolution_percent, node, towards[part as usize], strength);
            let better = best.is_none_or(|(most, label)| gain > most || (gain == most && part < label));
            if gain > 0 && better && connected(outward, strength) {
                best = Some((gain, part));
            }
        }
        if let Some((_, part)) = best {
            parts.join(network, node, part as usize, own[node], towards[part as usize]);
        }
        touched.drain(..).for_each(|part| towards[part as usize] = 0);
    }
    parts.labels
}

impl Parts {
    /// Moves a node that is alone to `part`, with which it shares `weight` of the weight `own` that it has in its community.
    fn join(&mut self, network: &Network, node: usize, part: usize, own: u64, weight: u64) {
        self.labels[node] = part as u32;
        self.sizes[node] -= 1;
        self.sizes[part] += 1;
        self.strengths[node] -= network.strength(node);
        self.strengths[part] += network.strength(node);
        self.outward[part] = self.outward[part] + own - 2 * weight;
    }
}

/// What a set of nodes of `strength`, with `weight` to others of strength `rest`, gains from being with them.
fn gain_of(network: &Network, resolution_percent: u32, strength: u64, weight: u64, rest: u64) -> i128 {
    100 * i128::from(weight) * i128::from(network.total()) - i128::from(resolution_percent) * i128::from(strength) * i128::from(rest)
}
