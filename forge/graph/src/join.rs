//! Exact cosines of sparse vectors through an inverted index.

use crate::features::{Space, UNIT};
use crate::{Explanation, Meaning};
use rayon::prelude::*;

/// Neighbours of each tool with the cosine in millionths, most alike first.
pub(crate) type Nearest = Vec<Vec<(u32, u32)>>;

/// Features by the number of tools that have them: at most so many on each level; the last level has all others.
const LEVELS: [usize; 7] = [50, 100, 200, 400, 800, 1600, 3200];
const LEVELS_COUNT: usize = LEVELS.len() + 1;

/// Neighbours share a feature that at most one tool in so many has, or [`TELLING_TOOLS_MIN`] tools: words that many tools use, such as `id`,
/// `name` and `page`, say how near two tools are, but make no two of them neighbours.
const TELLING_SHARE: usize = 64;
const TELLING_TOOLS_MIN: usize = 400;

/// Additions of a level that cost as much as looking at one candidate again.
const CANDIDATE_WORK: usize = 8;

/// The square of a vector's length.
const SQUARE: u64 = (UNIT as u64) * (UNIT as u64);

/// The `count` nearest neighbours of every tool with a cosine of at least `least` millionths. Ties go to the smaller index.
pub(crate) fn nearest(space: &Space, count: usize, least: u32) -> Nearest {
    scan(space, least.max(1), count, telling_levels(space.len()))
}

/// All pairs whose cosine is above `least` millionths.
pub(crate) fn above(space: &Space, least: u32) -> Nearest {
    scan(space, least + 1, usize::MAX, LEVELS_COUNT)
}

/// The `count` nearest neighbours where sentence embeddings have a share in the similarity. Those by words and those by meaning are weighed
/// together.
pub(crate) fn blended(space: &Space, count: usize, least: u32, meaning: &Meaning<'_>) -> Nearest {
    let words = nearest(space, count.saturating_mul(BLENDED_FACTOR), 1);
    let share = u64::from(meaning.settings.share_percent.min(100));
    let around = |tool: usize| {
        let mut others: Vec<u32> = words[tool].iter().chain(&meaning.nearest[tool]).map(|&(other, _)| other).collect();
        others.sort_unstable();
        others.dedup();
        let weigh = |&other: &u32| {
            let (words, meaning) = (cosine(space, tool, other as usize), (meaning.cosine)(tool as u32, other));
            (other, ((u64::from(words) * (100 - share) + u64::from(meaning) * share) / 100) as u32)
        };
        let mut found: Vec<(u32, u32)> = others.iter().map(weigh).filter(|&(_, weight)| weight >= least.max(1)).collect();
        found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(count);
        found
    };
    (0..space.len()).into_par_iter().map(around).collect()
}

/// Neighbours by words that are weighed for each one that is sought.
const BLENDED_FACTOR: usize = 3;

/// Levels by which tools are found in a catalogue of so many.
fn telling_levels(tools: usize) -> usize {
    LEVELS.partition_point(|&most| most < (tools / TELLING_SHARE).max(TELLING_TOOLS_MIN)) + 1
}

fn scan(space: &Space, least: u32, count: usize, levels: usize) -> Nearest {
    let index = Index::new(space, levels);
    let sought = Sought { least, count };
    (0..space.len()).into_par_iter().map_init(|| Scratch::new(&index), |scratch, tool| index.around(tool, sought, scratch)).collect()
}

/// What is looked for around each tool.
#[derive(Clone, Copy)]
struct Sought {
    least: u32,
    count: usize,
}

/// Vectors with their features in the order of levels, rare ones first.
///
/// The neighbours of a tool are first looked for by its rare features alone. What two tools can gain from the levels that are left is at most
/// the product of the lengths of those parts (Cauchy and Schwarz), so levels are added until nothing new can be among the
/// nearest, and then only the tools that still can are looked at again.
struct Index {
    tools: usize,
    /// Levels by which tools are found.
    levels: usize,
    vocabulary: usize,
    postings: Postings,
    /// Where the levels of each tool start in `entries`, with the end.
    starts: Vec<[u32; LEVELS_COUNT + 1]>,
    /// Features with their weights.
    entries: Vec<(u32, u32)>,
    /// Length of what each tool has from each level on, rounded up.
    lengths: Vec<[f32; LEVELS_COUNT + 1]>,
    /// The greatest of them.
    lengths_max: [f32; LEVELS_COUNT + 1],
}

/// For each feature the tools that have it, ascending, with their weights.
#[derive(Default)]
struct Postings {
    starts: Vec<usize>,
    entries: Vec<(u32, u32)>,
}

/// Sums that one thread keeps.
struct Scratch {
    /// Dot product with each tool so far.
    sums: Vec<u32>,
    touched: Vec<u32>,
    /// Weights of the current tool's features.
    dense: Vec<u32>,
    found: Vec<(u32, u32)>,
}

impl Scratch {
    fn new(index: &Index) -> Self {
        Self { sums: vec![0; index.tools], touched: Vec::new(), dense: vec![0; index.vocabulary], found: Vec::new() }
    }
}

impl Postings {
    fn new(space: &Space) -> Self {
        let mut starts = vec![0; space.vocabulary.len() + 1];
        let entries =
            || (0..space.len()).flat_map(|tool| space.vector(tool).iter().map(move |&(feature, weight)| (tool, feature as usize, weight)));
        entries().for_each(|(_, feature, _)| starts[feature + 1] += 1);
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut free = starts.clone();
        let mut out = vec![(0, 0); starts[space.vocabulary.len()]];
        for (tool, feature, weight) in entries() {
            out[free[feature]] = (tool as u32, weight);
            free[feature] += 1;
        }
        Self { starts, entries: out }
    }

    fn of(&self, feature: u32) -> &[(u32, u32)] {
        &self.entries[self.starts[feature as usize]..self.starts[feature as usize + 1]]
    }
}

impl Index {
    fn new(space: &Space, levels: usize) -> Self {
        let postings = Postings::new(space);
        let level = |feature: u32| LEVELS.partition_point(|&tools| tools < postings.of(feature).len());
        let mut index = Self {
            tools: space.len(),
            levels,
            vocabulary: space.vocabulary.len(),
            starts: Vec::with_capacity(space.len()),
            entries: Vec::new(),
            lengths: Vec::with_capacity(space.len()),
            lengths_max: [0.0; LEVELS_COUNT + 1],
            postings: Postings::default(),
        };
        for tool in 0..space.len() {
            let mut vector: Vec<(usize, u32, u32)> =
                space.vector(tool).iter().map(|&(feature, weight)| (level(feature), feature, weight)).collect();
            vector.sort_unstable();
            let (mut starts, mut lengths) = ([0; LEVELS_COUNT + 1], [0.0; LEVELS_COUNT + 1]);
            for from in 0..=LEVELS_COUNT {
                let skipped = vector.partition_point(|&(level, _, _)| level < from);
                starts[from] = (index.entries.len() + skipped) as u32;
                let square: u64 = vector[skipped..].iter().map(|&(_, _, weight)| u64::from(weight) * u64::from(weight)).sum();
                // A hair longer, so that no rounding makes a bound too low.
                lengths[from] = (square as f32).sqrt() * 1.000_001;
                index.lengths_max[from] = index.lengths_max[from].max(lengths[from]);
            }
            index.starts.push(starts);
            index.lengths.push(lengths);
            index.entries.extend(vector.into_iter().map(|(_, feature, weight)| (feature, weight)));
        }
        index.postings = postings;
        index
    }

    /// Features of a tool from level `from` up to, and without, level `to`.
    fn vector(&self, tool: usize, from: usize, to: usize) -> &[(u32, u32)] {
        &self.entries[self.starts[tool][from] as usize..self.starts[tool][to] as usize]
    }

    /// Neighbours of `tool`, most alike first.
    fn around(&self, tool: usize, sought: Sought, scratch: &mut Scratch) -> Vec<(u32, u32)> {
        let mut level = 0;
        let mut floor = 0;
        while level < self.levels {
            self.add(tool, level, scratch);
            level += 1;
            // Looking for the floor costs a pass over what was touched.
            if level < self.levels && self.work(tool, level) < scratch.touched.len() {
                continue;
            }
            floor = floor_of(tool, sought, floor, scratch);
            let reach = self.lengths[tool][level] * self.lengths_max[level];
            if reach < floor as f32 && self.work(tool, level) > CANDIDATE_WORK * self.candidates(tool, level, floor, scratch) {
                break;
            }
        }
        self.complete(tool, level, floor, sought, scratch);
        for other in scratch.touched.drain(..) {
            scratch.sums[other as usize] = 0;
        }
        best(sought, &mut scratch.found)
    }

    /// Additions that the next level costs.
    fn work(&self, tool: usize, level: usize) -> usize {
        if level == self.levels {
            return usize::MAX;
        }
        self.vector(tool, level, level + 1).iter().map(|&(feature, _)| self.postings.of(feature).len()).sum()
    }

    /// Puts the tools that can still reach `floor` by what is left from `level` on into `found`, and says how many they are.
    fn candidates(&self, tool: usize, level: usize, floor: u32, scratch: &mut Scratch) -> usize {
        let own = self.lengths[tool][level];
        let Scratch { sums, touched, found, .. } = scratch;
        let sum = |other: u32| sums[other as usize];
        let reaches = |&&other: &&u32| bound(sum(other), own * self.lengths[other as usize][level]) >= floor as f32;
        found.clear();
        found.extend(touched.iter().filter(|&&other| other as usize != tool).filter(reaches).map(|&other| (other, sum(other))));
        found.len()
    }

    /// Adds what the features of one level give.
    fn add(&self, tool: usize, level: usize, scratch: &mut Scratch) {
        for &(feature, weight) in self.vector(tool, level, level + 1) {
            for &(other, also) in self.postings.of(feature) {
                let sum = &mut scratch.sums[other as usize];
                if *sum == 0 {
                    scratch.touched.push(other);
                }
                *sum += weight * also;
            }
        }
    }

    /// Leaves in `found` the tools that reach `floor`, with their whole dot products; what is left from `level` on is added. The likeliest come
    /// first, which lifts the floor for the others.
    fn complete(&self, tool: usize, level: usize, floor: u32, sought: Sought, scratch: &mut Scratch) {
        self.candidates(tool, level, floor, scratch);
        self.vector(tool, level, LEVELS_COUNT).iter().for_each(|&(feature, weight)| scratch.dense[feature as usize] = weight);
        let Scratch { found, dense, .. } = scratch;
        let first = sought.count.min(found.len());
        if first < found.len() {
            found.select_nth_unstable_by(first, |a, b| b.1.cmp(&a.1));
        }
        let mut kept = 0;
        let mut floor = floor;
        for at in 0..found.len() {
            let (other, sum) = found[at];
            if let Some(whole) = self.whole(tool, other, sum, level, floor, dense) {
                found[kept] = (other, whole);
                kept += 1;
            }
            if at + 1 == first && kept == first {
                floor = floor.max(found[..kept].iter().map(|&(_, dot)| dot).min().unwrap_or(0));
            }
        }
        found.truncate(kept);
        self.vector(tool, level, LEVELS_COUNT).iter().for_each(|&(feature, _)| dense[feature as usize] = 0);
    }

    /// The whole dot product with `other`, of which `sum` is known, unless it cannot reach `floor`.
    fn whole(&self, tool: usize, other: u32, mut sum: u32, level: usize, floor: u32, dense: &[u32]) -> Option<u32> {
        for from in level..LEVELS_COUNT {
            if bound(sum, self.lengths[tool][from] * self.lengths[other as usize][from]) < floor as f32 {
                return None;
            }
            sum +=
                self.vector(other as usize, from, from + 1).iter().map(|&(feature, weight)| dense[feature as usize] * weight).sum::<u32>();
        }
        (sum >= floor).then_some(sum)
    }
}

/// What a dot product can come to, a hair high, so that no rounding makes it too low.
fn bound(sum: u32, more: f32) -> f32 {
    (sum as f32 + more) * 1.000_001
}

/// A dot product that a neighbour has at least, where as many tools as are sought have it already; `known` is such a one from before.
fn floor_of(tool: usize, sought: Sought, known: u32, scratch: &mut Scratch) -> u32 {
    // One below what rounds to `least`.
    let least = (u64::from(sought.least) * SQUARE / 1_000_000).saturating_sub(SQUARE / 1_000_000) as u32;
    let known = known.max(least);
    let Scratch { sums, touched, found, .. } = scratch;
    found.clear();
    let above = |&(other, sum): &(u32, u32)| sum > known && other as usize != tool;
    found.extend(touched.iter().map(|&other| (other, sums[other as usize])).filter(above));
    if found.len() < sought.count {
        return known;
    }
    let (_, last, _) = found.select_nth_unstable_by(sought.count - 1, |a, b| b.1.cmp(&a.1));
    last.1
}

/// The sought ones among `found` (tool, dot product), most alike first, with their cosines.
fn best(sought: Sought, found: &mut Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    found.retain(|&(_, dot)| millionths(dot) >= sought.least);
    let order = |a: &(u32, u32), b: &(u32, u32)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
    if found.len() > sought.count {
        found.select_nth_unstable_by(sought.count, order);
        found.truncate(sought.count);
    }
    found.sort_unstable_by(order);
    found.iter().map(|&(other, dot)| (other, millionths(dot))).collect()
}

/// The cosine in millionths. Rounding can make a vector a hair too long.
fn millionths(dot: u32) -> u32 {
    ((u64::from(dot) * 1_000_000 + SQUARE / 2) / SQUARE).min(1_000_000) as u32
}

/// Pairs (smaller, greater, cosine) that have each other among their neighbours, sorted.
pub(crate) fn mutual(nearest: &Nearest) -> Vec<(u32, u32, u32)> {
    let mut pairs: Vec<(u32, u32, u32)> = upper(nearest)
        .into_iter()
        .filter(|&(a, b, _)| nearest[b as usize].iter().any(|&(back, _)| back == a) && nearest[a as usize].iter().any(|&(to, _)| to == b))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Every neighbour pair once as (smaller, greater, cosine), sorted.
pub(crate) fn upper(nearest: &Nearest) -> Vec<(u32, u32, u32)> {
    let mut pairs = Vec::new();
    for (i, neighbours) in nearest.iter().enumerate() {
        pairs.extend(neighbours.iter().map(|&(j, weight)| ((i as u32).min(j), (i as u32).max(j), weight)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Cosine of two tools and the features behind it.
pub(crate) fn explain(space: &Space, a: usize, b: usize) -> Explanation {
    let mut shares: Vec<(u32, u32)> = Vec::new();
    let dot = shared(space, a, b, |feature, part| shares.push((feature, part)));
    let named = |&(feature, part): &(u32, u32)| (space.vocabulary[feature as usize].clone(), (u64::from(part) * 1_000_000 / SQUARE) as u32);
    // Features are numbered in the order of their names.
    shares.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    Explanation { weight: millionths(dot), shares: shares.iter().map(named).collect() }
}

/// Cosine of two tools in millionths.
pub(crate) fn cosine(space: &Space, a: usize, b: usize) -> u32 {
    millionths(shared(space, a, b, |_, _| ()))
}

/// Names of the `count` features that say most of why two tools are alike, heaviest first.
pub(crate) fn reasons(space: &Space, a: usize, b: usize, count: usize) -> Vec<String> {
    let mut shares: Vec<(u32, u32)> = Vec::new();
    shared(space, a, b, |feature, part| shares.push((feature, part)));
    shares.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    shares.iter().take(count).map(|&(feature, _)| space.vocabulary[feature as usize].clone()).collect()
}

/// Calls `each` with every shared feature and its part of the dot product, which is returned.
fn shared(space: &Space, a: usize, b: usize, mut each: impl FnMut(u32, u32)) -> u32 {
    let (left, right) = (space.vector(a), space.vector(b));
    let (mut i, mut j, mut dot) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        match left[i].0.cmp(&right[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                let part = left[i].1 * right[j].1;
                dot += part;
                each(left[i].0, part);
                i += 1;
                j += 1;
            }
        }
    }
    dot
}
