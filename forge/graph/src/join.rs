//! Exact cosines of sparse vectors through an inverted index.

use crate::Explanation;
use crate::features::Space;
use rayon::prelude::*;

/// Neighbours of each tool with the cosine in millionths, most alike first.
pub(crate) type Nearest = Vec<Vec<(u32, u32)>>;

/// Tools in a unit of parallel work.
const CHUNK: usize = 64;

/// The `count` nearest neighbours of every tool with a cosine of at least `least` millionths. Ties go to the smaller index.
pub(crate) fn nearest(space: &Space, count: usize, least: u32) -> Nearest {
    scan(space, least.max(1), count)
}

/// All pairs whose cosine is above `least` millionths.
pub(crate) fn above(space: &Space, least: u32) -> Nearest {
    scan(space, least + 1, usize::MAX)
}

fn scan(space: &Space, least: u32, count: usize) -> Nearest {
    let postings = postings(space);
    let lengths: Vec<f64> = (0..space.vectors.len()).map(|i| (space.square(i) as f64).sqrt()).collect();
    let tools: Vec<usize> = (0..space.vectors.len()).collect();
    let chunks: Vec<Nearest> = tools.par_chunks(CHUNK).map(|chunk| scan_chunk(space, &postings, &lengths, chunk, least, count)).collect();
    chunks.into_iter().flatten().collect()
}

/// For each feature the tools that have it, ascending, with their weights.
fn postings(space: &Space) -> Vec<Vec<(u32, u32)>> {
    let mut out = vec![Vec::new(); space.vocabulary.len()];
    for (tool, vector) in space.vectors.iter().enumerate() {
        for &(feature, weight) in vector {
            out[feature as usize].push((tool as u32, weight));
        }
    }
    out
}

fn scan_chunk(space: &Space, postings: &[Vec<(u32, u32)>], lengths: &[f64], chunk: &[usize], least: u32, count: usize) -> Nearest {
    let mut sums = vec![0u64; space.vectors.len()];
    let mut touched: Vec<u32> = Vec::new();
    let mut out = Vec::with_capacity(chunk.len());
    for &i in chunk {
        for &(feature, weight) in &space.vectors[i] {
            for &(j, other) in &postings[feature as usize] {
                let sum = &mut sums[j as usize];
                if *sum == 0 {
                    touched.push(j);
                }
                *sum += u64::from(weight) * u64::from(other);
            }
        }
        let mut found: Vec<(u32, u32)> = Vec::new();
        for j in touched.drain(..) {
            let dot = std::mem::take(&mut sums[j as usize]);
            let cosine = millionths(dot, lengths[i], lengths[j as usize]);
            if j as usize != i && cosine >= least {
                found.push((j, cosine));
            }
        }
        let order = |a: &(u32, u32), b: &(u32, u32)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
        if found.len() > count {
            found.select_nth_unstable_by(count, order);
            found.truncate(count);
        }
        found.sort_unstable_by(order);
        out.push(found);
    }
    out
}

/// The cosine in millionths. Division and multiplication are rounded exactly by IEEE 754, so this is the same everywhere.
fn millionths(dot: u64, length_a: f64, length_b: f64) -> u32 {
    let product = length_a * length_b;
    if product == 0.0 { 0 } else { (dot as f64 / product * 1e6).round() as u32 }
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
    let product = (space.square(a) as f64).sqrt() * (space.square(b) as f64).sqrt();
    let (left, right) = (&space.vectors[a], &space.vectors[b]);
    let (mut i, mut j) = (0, 0);
    let mut dot = 0;
    let mut shares = Vec::new();
    while i < left.len() && j < right.len() {
        match left[i].0.cmp(&right[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                let part = u64::from(left[i].1) * u64::from(right[j].1);
                dot += part;
                shares.push((space.vocabulary[left[i].0 as usize].clone(), (part as f64 / product * 1e6) as u32));
                i += 1;
                j += 1;
            }
        }
    }
    shares.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let weight = if product == 0.0 { 0 } else { (dot as f64 / product * 1e6).round() as u32 };
    Explanation { weight, shares }
}
