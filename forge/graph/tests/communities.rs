//! Louvain and Leiden against known optima and against brute force.

use wardian_format::Rng;
use wardian_graph::{Algorithm, Network, leiden, louvain, modularity};

/// Zachary, "An information flow model for conflict and fission in small groups", 1977: 34 members, 78 ties.
const KARATE: [(u32, u32); 78] = [
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 4),
    (0, 5),
    (0, 6),
    (0, 7),
    (0, 8),
    (0, 10),
    (0, 11),
    (0, 12),
    (0, 13),
    (0, 17),
    (0, 19),
    (0, 21),
    (0, 31),
    (1, 2),
    (1, 3),
    (1, 7),
    (1, 13),
    (1, 17),
    (1, 19),
    (1, 21),
    (1, 30),
    (2, 3),
    (2, 7),
    (2, 8),
    (2, 9),
    (2, 13),
    (2, 27),
    (2, 28),
    (2, 32),
    (3, 7),
    (3, 12),
    (3, 13),
    (4, 6),
    (4, 10),
    (5, 6),
    (5, 10),
    (5, 16),
    (6, 16),
    (8, 30),
    (8, 32),
    (8, 33),
    (9, 33),
    (13, 33),
    (14, 32),
    (14, 33),
    (15, 32),
    (15, 33),
    (18, 32),
    (18, 33),
    (19, 33),
    (20, 32),
    (20, 33),
    (22, 32),
    (22, 33),
    (23, 25),
    (23, 27),
    (23, 29),
    (23, 32),
    (23, 33),
    (24, 25),
    (24, 27),
    (24, 31),
    (25, 31),
    (26, 29),
    (26, 33),
    (27, 33),
    (28, 31),
    (28, 33),
    (29, 32),
    (29, 33),
    (30, 32),
    (30, 33),
    (31, 32),
    (31, 33),
    (32, 33),
];

/// Modularity by its definition: the sum over all pairs of nodes.
fn by_definition(nodes: usize, edges: &[(u32, u32, u32)], labels: &[u32], resolution: f64) -> f64 {
    let mut matrix = vec![vec![0.0; nodes]; nodes];
    for &(a, b, weight) in edges {
        matrix[a as usize][b as usize] += f64::from(weight);
        matrix[b as usize][a as usize] += f64::from(weight);
    }
    let strength: Vec<f64> = matrix.iter().map(|row| row.iter().sum()).collect();
    let total: f64 = strength.iter().sum();
    let mut sum = 0.0;
    for i in 0..nodes {
        for j in 0..nodes {
            if labels[i] == labels[j] {
                sum += matrix[i][j] / total - resolution * strength[i] * strength[j] / (total * total);
            }
        }
    }
    sum
}

/// The best modularity of any partition, by trying them all.
fn optimum(network: &Network, labels: &mut Vec<u32>, count: u32) -> f64 {
    if labels.len() == network.len() {
        return modularity(network, labels, 100);
    }
    let mut best = f64::NEG_INFINITY;
    for label in 0..=count {
        labels.push(label);
        best = best.max(optimum(network, labels, count.max(label + 1)));
        labels.pop();
    }
    best
}

fn random(nodes: u32, rng: &mut Rng) -> Vec<(u32, u32, u32)> {
    let mut edges = Vec::new();
    for a in 0..nodes {
        for b in a + 1..nodes {
            if rng.chance(45) {
                edges.push((a, b, 1 + rng.below(9) as u32));
            }
        }
    }
    edges
}

const BOTH: [Algorithm; 2] = [Algorithm::Louvain, Algorithm::Leiden];

#[test]
fn karate_club_reaches_the_known_optimum() {
    let network = Network::new(34, &KARATE.map(|(a, b)| (a, b, 1)));
    for algorithm in BOTH {
        let found = || (0..10).map(|seed| modularity(&network, &algorithm.communities(&network, 100, seed), 100));
        let (best, worst) = (found().fold(0.0, f64::max), found().fold(1.0, f64::min));
        assert!((0.4197..=0.4199).contains(&best), "{algorithm:?} {best}"); // the optimum is 0.41979
        assert!(worst >= 0.41, "{algorithm:?} {worst}");
    }
}

#[test]
fn modularity_agrees_with_its_definition() {
    for seed in 0..50 {
        let mut rng = Rng::of(seed, &["modularity"]);
        let edges = random(9, &mut rng);
        let labels: Vec<u32> = (0..9).map(|_| rng.below(4) as u32).collect();
        for percent in [50, 100, 250] {
            let expected = by_definition(9, &edges, &labels, f64::from(percent) / 100.0);
            let actual = modularity(&Network::new(9, &edges), &labels, percent);
            assert!((actual - expected).abs() < 1e-12, "seed {seed}: {actual} {expected}");
        }
    }
}

#[test]
fn small_networks_come_close_to_the_brute_force_optimum() {
    let (mut reached, mut shortfall) = ([0, 0], 0.0f64);
    for seed in 0..40 {
        let network = Network::new(8, &random(8, &mut Rng::of(seed, &["small"])));
        let best = optimum(&network, &mut Vec::new(), 0);
        for (algorithm, reached) in BOTH.iter().zip(&mut reached) {
            let found = modularity(&network, &algorithm.communities(&network, 100, 1), 100);
            assert!(found <= best + 1e-12, "seed {seed}: better than the best");
            *reached += usize::from(found > best - 1e-12);
            shortfall = shortfall.max(best - found);
        }
    }
    assert!(reached.iter().all(|&reached| reached >= 30) && shortfall < 0.05, "{reached:?} of 40, worst shortfall {shortfall}");
}

#[test]
fn communities_are_connected_and_labels_dense() {
    for seed in 0..30 {
        let mut rng = Rng::of(seed, &["connected"]);
        let edges: Vec<(u32, u32, u32)> = random(60, &mut rng).into_iter().filter(|_| rng.chance(8)).collect();
        let network = Network::new(60, &edges);
        let labels = BOTH[seed as usize % 2].communities(&network, 100, seed);
        let count = labels.iter().max().map_or(0, |&label| label + 1);
        for label in 0..count {
            let members: Vec<u32> = (0..60).filter(|&node| labels[node as usize] == label).collect();
            let mut seen = vec![*members.first().expect("labels are dense")];
            let mut at = 0;
            while at < seen.len() {
                for &(a, b, _) in &edges {
                    for (from, to) in [(a, b), (b, a)] {
                        if from == seen[at] && labels[to as usize] == label && !seen.contains(&to) {
                            seen.push(to);
                        }
                    }
                }
                at += 1;
            }
            assert_eq!(seen.len(), members.len(), "seed {seed}, community {label}");
        }
    }
}

#[test]
fn no_edges_no_communities() {
    let network = Network::new(3, &[]);
    assert_eq!(louvain(&network, 100, 1), [0, 1, 2]);
    assert_eq!(leiden(&network, 100, 1), [0, 1, 2]);
    assert_eq!(modularity(&network, &[0, 1, 2], 100), 0.0);
    assert_eq!(louvain(&Network::new(0, &[]), 100, 1), [0u32; 0]);
}

#[test]
fn more_resolution_gives_more_communities() {
    let network = Network::new(34, &KARATE.map(|(a, b)| (a, b, 1)));
    for algorithm in BOTH {
        let count = |percent| algorithm.communities(&network, percent, 1).into_iter().max().expect("has nodes");
        assert!(count(20) < count(100) && count(100) < count(400), "{algorithm:?}");
    }
}
