//! The map of a graph: every domain is a disc with its tools inside, and domains that have much to do with each other lie together.
//!
//! Pairs of domains that are joined best become one, again and again, until there are few: the regions. The domains of a region
//! are packed around its middle, and the regions like large discs around the middle of the map: what is joined pulls, all falls to the
//! middle, and nothing may
//! overlap. Only `+ - * /` and square roots are used, which are exact everywhere: the same graph gives the same map on any machine.

use crate::indexed::Indexed;
use std::collections::{BTreeMap, VecDeque};
use wardian_format::graph::EdgeKind;

/// Distance of two tools in a disc, in units of the map.
pub(crate) const SPACING: f64 = 10.0;
/// Room around the tools of a disc.
const MARGIN: f64 = 7.0;
/// Room between two discs.
const GAP: f64 = 3.0;
/// Room between two discs of different regions, as a share of the mean radius of a region.
const REGION_GAP: f64 = 0.22;
/// How much wider than high the map is.
const ASPECT: f64 = 1.6;
/// Domains from which on there are regions; then there are as many as the root of the number of domains, or this many.
const REGIONS_MIN: usize = 24;
/// Rounds of forces, and of parting discs at the end.
const ROUNDS: (usize, usize) = (140, 400);
/// Cosine and sine of the golden angle, 137.5°.
const GOLDEN: (f64, f64) = (-0.737_368_878_078_319_9, 0.675_490_294_261_523_7);
/// 1/√π: with it, n points of a sunflower have n squares of room.
const DENSITY: f64 = 0.564_189_583_547_756_3;

/// Where everything is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    /// Width and height.
    pub(crate) size: (i32, i32),
    /// Middle and radius of each domain's disc.
    pub(crate) discs: Vec<(i32, i32, i32)>,
    /// The region of each domain: domains of one region are joined and lie together.
    pub(crate) regions: Vec<usize>,
    /// The tools of each domain in the order of their places, from the middle outwards: see [`seats`].
    pub(crate) order: Vec<Vec<usize>>,
}

/// The map of `groups`, lists of tools; tools in none are not on it.
pub(crate) fn map(graph: &Indexed<'_>, groups: &[Vec<usize>]) -> Map {
    let mut place = vec![None; graph.tools.len()];
    for (g, group) in groups.iter().enumerate() {
        group.iter().enumerate().for_each(|(i, &tool)| place[tool] = Some((g, i)));
    }
    let mut inner: Vec<Vec<(usize, usize, f64)>> = vec![Vec::new(); groups.len()];
    let mut outer: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for link in &graph.links {
        let (Some((ga, a)), Some((gb, b))) = (place[link.from], place[link.to]) else { continue };
        let weight = f64::from(link.edge.weight.min(1_000_000)) / 1e6 * if link.edge.kind == EdgeKind::Dependency { 2.0 } else { 1.0 };
        if ga == gb {
            inner[ga].push((a, b, weight));
        } else {
            *outer.entry((ga.min(gb), ga.max(gb))).or_default() += weight;
        }
    }
    let order = groups.iter().zip(&inner).map(|(group, edges)| seated(group, edges)).collect();
    let radii: Vec<f64> = groups.iter().map(|g| SPACING * DENSITY * (g.len() as f64).sqrt() + MARGIN).collect();
    let (centers, regions) = packed(&radii, &outer);
    frame(&radii, &centers, regions, order)
}

/// The first `count` places of a sunflower's head around the origin.
pub(crate) fn seats(count: usize) -> Vec<(f64, f64)> {
    let mut turn = (1.0, 0.0);
    let place = |k: usize| {
        let radius = SPACING * DENSITY * (k as f64 + 0.5).sqrt();
        let seat = (turn.0 * radius, turn.1 * radius);
        turn = (turn.0 * GOLDEN.0 - turn.1 * GOLDEN.1, turn.0 * GOLDEN.1 + turn.1 * GOLDEN.0);
        seat
    };
    (0..count).map(place).collect()
}

/// The members of a disc in the order of their seats: joined ones near each other, the best joined in the middle.
fn seated(group: &[usize], edges: &[(usize, usize, f64)]) -> Vec<usize> {
    let mut near: Vec<Vec<(usize, f64)>> = vec![Vec::new(); group.len()];
    for &(a, b, weight) in edges.iter().filter(|e| e.0 != e.1) {
        near[a].push((b, weight));
        near[b].push((a, weight));
    }
    let strength: Vec<f64> = near.iter().map(|n| n.iter().map(|e| e.1).sum()).collect();
    let mut by_strength: Vec<usize> = (0..group.len()).collect();
    by_strength.sort_by(|&a, &b| strength[b].total_cmp(&strength[a]).then(a.cmp(&b)));
    let (mut order, mut seen) = (Vec::with_capacity(group.len()), vec![false; group.len()]);
    for start in by_strength {
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            order.push(at);
            let mut next: Vec<usize> = near[at].iter().map(|n| n.0).filter(|n| !seen[*n]).collect();
            next.sort_by(|&a, &b| strength[b].total_cmp(&strength[a]).then(a.cmp(&b)));
            queue.extend(next);
        }
    }
    swap_nearer(&mut order, &near);
    order.into_iter().map(|i| group[i]).collect()
}

/// Swaps members while that shortens the lines between joined ones; a bounded number of times.
fn swap_nearer(order: &mut [usize], near: &[Vec<(usize, f64)>]) {
    const SWEEPS: usize = 3;
    const MEMBERS_MAX: usize = 400;
    if order.len() > MEMBERS_MAX {
        return;
    }
    let seats = seats(order.len());
    let mut seat_of = vec![0; order.len()];
    order.iter().enumerate().for_each(|(seat, &member)| seat_of[member] = seat);
    let cost = |member: usize, seat: usize, other: usize, seat_of: &[usize]| -> f64 {
        let lines = near[member].iter().filter(|(to, _)| *to != other);
        lines.map(|&(to, weight)| weight * distance(seats[seat], seats[seat_of[to]])).sum()
    };
    for _ in 0..SWEEPS {
        let mut moved = false;
        for i in 0..order.len() {
            for j in i + 1..order.len() {
                let (a, b) = (order[i], order[j]);
                let now = cost(a, i, b, &seat_of) + cost(b, j, a, &seat_of);
                let then = cost(a, j, b, &seat_of) + cost(b, i, a, &seat_of);
                if then + 1e-9 < now {
                    order.swap(i, j);
                    (seat_of[a], seat_of[b]) = (j, i);
                    moved = true;
                }
            }
        }
        if !moved {
            break;
        }
    }
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// Discs and what joins them.
struct Scale {
    radii: Vec<f64>,
    joins: Vec<(usize, usize, f64)>,
}

/// Middles of discs with `radii`, joined by `joins`, and the region of each.
fn packed(radii: &[f64], joins: &BTreeMap<(usize, usize), f64>) -> (Vec<(f64, f64)>, Vec<usize>) {
    let discs = Scale { radii: radii.to_vec(), joins: relative(radii, joins) };
    let few = REGIONS_MIN.max((radii.len() as f64).sqrt() as usize);
    let mut region: Vec<usize> = (0..radii.len()).collect();
    let mut coarse = Scale { radii: discs.radii.clone(), joins: discs.joins.clone() };
    while coarse.radii.len() > few {
        let (coarser, parent) = paired(&coarse);
        region.iter_mut().for_each(|r| *r = parent[*r]);
        coarse = coarser;
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); coarse.radii.len()];
    region.iter().enumerate().for_each(|(disc, r)| members[*r].push(disc));
    let inner: Vec<Vec<(f64, f64)>> = members.iter().map(|m| settled(&part_of(&discs, m), GAP, 1.0)).collect();
    let reach =
        |(m, at): (&Vec<usize>, &Vec<(f64, f64)>)| m.iter().zip(at).map(|(d, c)| distance(*c, (0.0, 0.0)) + radii[*d]).fold(0.0, f64::max);
    coarse.radii = members.iter().zip(&inner).map(reach).collect();
    let gap = GAP.max(REGION_GAP * coarse.radii.iter().sum::<f64>() / coarse.radii.len().max(1) as f64);
    let outer = settled(&coarse, gap, ASPECT);
    let mut centers = vec![(0.0, 0.0); radii.len()];
    for ((m, at), middle) in members.iter().zip(&inner).zip(&outer) {
        m.iter().zip(at).for_each(|(&disc, c)| centers[disc] = (middle.0 + c.0, middle.1 + c.1));
    }
    (centers, region)
}

/// Some discs of a scale, and what joins them to one another.
fn part_of(scale: &Scale, members: &[usize]) -> Scale {
    let mut place = BTreeMap::new();
    members.iter().enumerate().for_each(|(i, &m)| {
        place.insert(m, i);
    });
    let both = |&(a, b, weight): &(usize, usize, f64)| Some((*place.get(&a)?, *place.get(&b)?, weight));
    Scale { radii: members.iter().map(|m| scale.radii[*m]).collect(), joins: scale.joins.iter().filter_map(both).collect() }
}

/// Weights in relation to the sizes of what they join: a large disc has more of everything.
fn relative(radii: &[f64], joins: &BTreeMap<(usize, usize), f64>) -> Vec<(usize, usize, f64)> {
    joins.iter().map(|(&(a, b), weight)| (a, b, weight / (radii[a] * radii[b]))).collect()
}

/// Half as many discs: each with the free neighbour that it is joined to best, small ones first.
fn paired(scale: &Scale) -> (Scale, Vec<usize>) {
    let count = scale.radii.len();
    let mut near: Vec<Vec<(f64, usize)>> = vec![Vec::new(); count];
    for &(a, b, weight) in &scale.joins {
        near[a].push((weight, b));
        near[b].push((weight, a));
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| scale.radii[a].total_cmp(&scale.radii[b]).then(a.cmp(&b)));
    let mut parent = vec![usize::MAX; count];
    let (mut parents, mut single) = (0, None);
    for at in order {
        if parent[at] != usize::MAX {
            continue;
        }
        let free = near[at].iter().filter(|(_, other)| parent[*other] == usize::MAX && *other != at);
        let best = free.max_by(|x, y| x.0.total_cmp(&y.0).then(y.1.cmp(&x.1))).map(|(_, other)| *other);
        // Discs without a free neighbour pair with one another, so that every round halves.
        let partner = best.or_else(|| single.take().filter(|s: &usize| parent[*s] == usize::MAX));
        match partner {
            Some(other) => {
                (parent[at], parent[other]) = (parents, parents);
                parents += 1;
            }
            None => single = Some(at),
        }
    }
    for free in parent.iter_mut().filter(|p| **p == usize::MAX) {
        *free = parents;
        parents += 1;
    }
    let mut squares = vec![0.0; parents];
    parent.iter().zip(&scale.radii).for_each(|(p, r)| squares[*p] += r * r);
    let mut joins: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for &(a, b, weight) in scale.joins.iter().filter(|(a, b, _)| parent[*a] != parent[*b]) {
        let absolute = weight * scale.radii[a] * scale.radii[b];
        *joins.entry((parent[a].min(parent[b]), parent[a].max(parent[b]))).or_default() += absolute;
    }
    let radii: Vec<f64> = squares.into_iter().map(f64::sqrt).collect();
    (Scale { joins: relative(&radii, &joins), radii }, parent)
}

/// Largest in the middle.
fn first_places(radii: &[f64], aspect: f64) -> Vec<(f64, f64)> {
    let mut order: Vec<usize> = (0..radii.len()).collect();
    order.sort_by(|&a, &b| radii[b].total_cmp(&radii[a]).then(a.cmp(&b)));
    let mean = radii.iter().sum::<f64>() / radii.len().max(1) as f64;
    let mut out = vec![(0.0, 0.0); radii.len()];
    for (at, seat) in order.into_iter().zip(seats(radii.len())) {
        let stretch = 2.0 * mean / SPACING;
        out[at] = (seat.0 * stretch * aspect.sqrt(), seat.1 * stretch / aspect.sqrt());
    }
    out
}

/// Middles around the origin: rounds of pulling, falling and parting, ever weaker; at the end no disc overlaps another.
fn settled(scale: &Scale, gap: f64, aspect: f64) -> Vec<(f64, f64)> {
    let mut centers = first_places(&scale.radii, aspect);
    let strongest = scale.joins.iter().map(|j| j.2).fold(0.0, f64::max);
    for round in 0..ROUNDS.0 {
        let heat = 1.0 - round as f64 / ROUNDS.0 as f64;
        for &(a, b, weight) in &scale.joins {
            let (dx, dy) = (centers[a].0 - centers[b].0, centers[a].1 - centers[b].1);
            let far = (dx * dx + dy * dy).sqrt();
            let slack = far - scale.radii[a] - scale.radii[b];
            if slack > 0.0 {
                let pull = 0.3 * heat * (weight / strongest).sqrt() * slack / far;
                let share = scale.radii[b] * scale.radii[b] / (scale.radii[a] * scale.radii[a] + scale.radii[b] * scale.radii[b]);
                centers[a] = (centers[a].0 - dx * pull * share, centers[a].1 - dy * pull * share);
                centers[b] = (centers[b].0 + dx * pull * (1.0 - share), centers[b].1 + dy * pull * (1.0 - share));
            }
        }
        let fall = 0.02 + 0.03 * heat;
        for center in centers.iter_mut() {
            *center = (center.0 * (1.0 - fall / aspect), center.1 * (1.0 - fall * aspect));
        }
        for _ in 0..3 {
            part(&scale.radii, gap, &mut centers);
        }
    }
    let overlapping = (0..ROUNDS.1).all(|_| part(&scale.radii, gap, &mut centers));
    if overlapping {
        spread(scale, gap, &mut centers);
    }
    centers
}

/// Moves all discs outwards until none overlaps: what parting could not do in its rounds.
fn spread(scale: &Scale, gap: f64, centers: &mut [(f64, f64)]) {
    let mut largest: f64 = 1.0;
    for a in 0..centers.len() {
        for b in 0..a {
            let wanted = scale.radii[a] + scale.radii[b] + 0.5 * gap;
            largest = largest.max(wanted / distance(centers[a], centers[b]).max(0.1 * wanted));
        }
    }
    centers.iter_mut().for_each(|c| *c = (c.0 * largest, c.1 * largest));
}

/// Pushes discs apart that are too close, the smaller one farther; says whether any were.
fn part(radii: &[f64], gap: f64, centers: &mut [(f64, f64)]) -> bool {
    let largest = radii.iter().copied().fold(1.0, f64::max);
    let cell = 2.0 * largest + gap;
    let cell_of = |c: (f64, f64)| ((c.0 / cell).floor() as i64, (c.1 / cell).floor() as i64);
    let mut grid: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    centers.iter().enumerate().for_each(|(i, c)| grid.entry(cell_of(*c)).or_default().push(i));
    let mut any = false;
    for (&(x, y), here) in &grid {
        for (dx, dy) in [(0, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
            let Some(there) = grid.get(&(x + dx, y + dy)) else { continue };
            for (i, &a) in here.iter().enumerate() {
                let first = if (dx, dy) == (0, 0) { i + 1 } else { 0 };
                for &b in &there[first..] {
                    any |= push(a, b, radii, gap, centers);
                }
            }
        }
    }
    any
}

fn push(a: usize, b: usize, radii: &[f64], gap: f64, centers: &mut [(f64, f64)]) -> bool {
    let wanted = radii[a] + radii[b] + gap;
    let (dx, dy) = (centers[a].0 - centers[b].0, centers[a].1 - centers[b].1);
    let square = dx * dx + dy * dy;
    if square >= (wanted - 0.01) * (wanted - 0.01) {
        return false;
    }
    let far = square.sqrt();
    // Two discs in one place part along a line of their own.
    let unit = if far > 1e-6 { (dx / far, dy / far) } else { (GOLDEN.0, if (a + b).is_multiple_of(2) { GOLDEN.1 } else { -GOLDEN.1 }) };
    let (heavy_a, heavy_b) = (radii[a] * radii[a], radii[b] * radii[b]);
    let (overlap, share) = (wanted - far, heavy_b / (heavy_a + heavy_b));
    centers[a] = (centers[a].0 + unit.0 * overlap * share, centers[a].1 + unit.1 * overlap * share);
    centers[b] = (centers[b].0 - unit.0 * overlap * (1.0 - share), centers[b].1 - unit.1 * overlap * (1.0 - share));
    true
}

fn frame(radii: &[f64], centers: &[(f64, f64)], regions: Vec<usize>, order: Vec<Vec<usize>>) -> Map {
    let both = || centers.iter().zip(radii);
    let left = both().map(|(c, r)| c.0 - r).fold(f64::INFINITY, f64::min) - MARGIN;
    let top = both().map(|(c, r)| c.1 - r).fold(f64::INFINITY, f64::min) - MARGIN;
    let discs: Vec<(i32, i32, i32)> =
        both().map(|(c, r)| ((c.0 - left).round() as i32, (c.1 - top).round() as i32, r.round() as i32)).collect();
    let width = discs.iter().map(|d| d.0 + d.2).max().unwrap_or(0) + MARGIN as i32;
    let height = discs.iter().map(|d| d.1 + d.2).max().unwrap_or(0) + MARGIN as i32;
    Map { size: (width, height), discs, regions, order }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_do_not_overlap_and_joined_ones_are_near() {
        // Five rings of forty discs; a ring is joined, rings are not.
        let radii: Vec<f64> = (0..200).map(|i| 6.0 + f64::from(i % 7) * 3.0).collect();
        let ring = |i: usize| (i / 40) * 40 + (i + 1) % 40;
        let joins: BTreeMap<(usize, usize), f64> = (0..200).map(|i| ((i.min(ring(i)), i.max(ring(i))), 1.0)).collect();
        let (centers, regions) = packed(&radii, &joins);
        let mut apart = (0.0, 0);
        for a in 0..200 {
            for b in 0..a {
                let far = distance(centers[a], centers[b]);
                assert!(far + 0.05 >= radii[a] + radii[b], "discs {a} and {b} overlap");
                apart = (apart.0 + far, apart.1 + 1);
            }
        }
        let joined: f64 = joins.keys().map(|&(a, b)| distance(centers[a], centers[b])).sum::<f64>() / 200.0;
        assert!(joined * 2.5 < apart.0 / f64::from(apart.1), "joined {joined}, all {}", apart.0 / f64::from(apart.1));
        assert_eq!((centers, regions), packed(&radii, &joins));
    }

    #[test]
    fn seats_have_room() {
        let seats = seats(300);
        for (i, a) in seats.iter().enumerate() {
            for b in &seats[..i] {
                assert!(distance(*a, *b) > 0.6 * SPACING);
            }
        }
        assert!(seats.iter().all(|s| distance(*s, (0.0, 0.0)) < SPACING * DENSITY * 300_f64.sqrt()));
    }

    #[test]
    fn few_or_no_discs() {
        assert!(packed(&[], &BTreeMap::new()).0.is_empty());
        assert_eq!(packed(&[5.0], &BTreeMap::new()).0.len(), 1);
        let (two, _) = packed(&[5.0, 5.0], &BTreeMap::from([((0, 1), 1.0)]));
        assert!(distance(two[0], two[1]) >= 10.0);
    }

    #[test]
    fn a_chain_sits_in_order() {
        let edges: Vec<(usize, usize, f64)> = (0..29).map(|i| (i * 7 % 30, (i + 1) * 7 % 30, 1.0)).collect();
        let order = seated(&(0..30).collect::<Vec<_>>(), &edges);
        let seats = seats(30);
        let seat_of = |member: usize| seats[order.iter().position(|o| *o == member).expect("everyone sits")];
        let mean: f64 = edges.iter().map(|e| distance(seat_of(e.0), seat_of(e.1))).sum::<f64>() / 29.0;
        assert!(mean < 2.2 * SPACING, "{mean}");
    }
}
