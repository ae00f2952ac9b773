//! Exact nearest neighbours.

use crate::dot::{BLOCK, LANES, Matrix};
use crate::vectors::{Embeddings, millionths};
use rayon::prelude::*;
use std::cmp::Ordering;

/// The `count` vectors most alike to each vector with a cosine of at least `least` millionths (and above 0), as (index, cosine in
/// millionths), most alike first; ties go to the smaller index. A vector is no neighbour of itself.
///
/// Every pair is looked at: n² · dimensions multiplications, on rayon's current pool. The same result on every machine.
pub fn nearest(embeddings: &Embeddings, count: usize, least: u32) -> Vec<Vec<(u32, u32)>> {
    search(embeddings, &Matrix::new(embeddings), count, least)
}

fn search(embeddings: &Embeddings, matrix: &Matrix, count: usize, least: u32) -> Vec<Vec<(u32, u32)>> {
    if count == 0 || embeddings.is_empty() {
        return vec![Vec::new(); embeddings.len()];
    }
    let lengths: Vec<f64> = (0..embeddings.len()).map(|i| embeddings.length(i)).collect();
    let candidates = Candidates::new(&lengths);
    let blocks: Vec<usize> = (0..embeddings.len()).step_by(BLOCK).collect();
    let found: Vec<Vec<Vec<(u32, u32)>>> =
        blocks.par_iter().map(|&first| search_block(matrix, &candidates, first, count, least.max(1))).collect();
    found.into_iter().flatten().collect()
}

/// Lengths of the vectors, and their inverses by panel.
struct Candidates<'a> {
    lengths: &'a [f64],
    inverses: Vec<[f32; LANES]>,
}

impl<'a> Candidates<'a> {
    fn new(lengths: &'a [f64]) -> Self {
        let inverse = |length: &f64| if *length == 0.0 { 0.0 } else { (1.0 / length) as f32 };
        let panel = |chunk: &[f64]| std::array::from_fn(|lane| chunk.get(lane).map_or(0.0, inverse));
        Self { lengths, inverses: lengths.chunks(LANES).map(panel).collect() }
    }
}

fn search_block(matrix: &Matrix, candidates: &Candidates, first: usize, count: usize, least: u32) -> Vec<Vec<(u32, u32)>> {
    let last = (first + BLOCK).min(candidates.lengths.len());
    let mut best: Vec<Best> = (first..last).map(|i| Best::new(i, candidates.lengths[i], count, least)).collect();
    let mut dots = [[0; LANES]; BLOCK];
    for (panel, inverses) in candidates.inverses.iter().enumerate() {
        matrix.dots(first, panel, &mut dots);
        for (best, dots) in best.iter_mut().zip(&dots) {
            if promising(dots, inverses, best.bound) {
                best.offer(dots, panel * LANES, candidates.lengths);
            }
        }
    }
    best.into_iter().map(Best::finish).collect()
}

/// True where one of the dot products may belong to a neighbour: a quick test that never says no to one.
fn promising(dots: &[i32; LANES], inverses: &[f32; LANES], bound: f32) -> bool {
    let mut any = 0u32;
    for (&dot, &inverse) in dots.iter().zip(inverses) {
        any |= u32::from(dot as f32 * inverse >= bound);
    }
    any != 0
}

/// The best neighbours of one vector so far.
struct Best {
    index: usize,
    length: f64,
    count: usize,
    /// Least cosine of a new neighbour, in millionths.
    least: u32,
    /// Least dot product with a vector of length 1, with room for rounding.
    bound: f32,
    found: Vec<(u32, u32)>,
}

impl Best {
    fn new(index: usize, length: f64, count: usize, least: u32) -> Self {
        let mut best = Self { index, length, count, least, bound: 0.0, found: Vec::new() };
        best.raise(least);
        best
    }

    /// Floats of 24 bits are off by less than one millionth here; two are taken off, and a half for the rounding of cosines.
    fn raise(&mut self, least: u32) {
        self.least = least;
        self.bound = (self.length * (f64::from(least) - 2.5) / 1e6) as f32;
    }

    fn offer(&mut self, dots: &[i32; LANES], start: usize, lengths: &[f64]) {
        for ((&dot, &length), j) in dots.iter().zip(&lengths[start..]).zip(start..) {
            let cosine = millionths(dot, self.length, length);
            if cosine >= self.least && j != self.index {
                self.found.push((j as u32, cosine));
            }
        }
        if self.found.len() >= self.count.saturating_mul(2).max(64) {
            self.prune();
        }
    }

    /// Keeps the best `count`. Candidates come by ascending index, so a later one must be strictly more alike than the last of them.
    fn prune(&mut self) {
        if self.found.len() <= self.count {
            return;
        }
        self.found.select_nth_unstable_by(self.count - 1, order);
        self.found.truncate(self.count);
        let last = self.found[self.count - 1].1;
        self.raise(last + 1);
    }

    fn finish(mut self) -> Vec<(u32, u32)> {
        self.prune();
        self.found.sort_unstable_by(order);
        self.found
    }
}

fn order(a: &(u32, u32), b: &(u32, u32)) -> Ordering {
    b.1.cmp(&a.1).then(a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dot::Path;

    /// Few different small numbers, so that ties and zero vectors are common.
    fn random(seed: u64, rows: usize, dimensions: usize, greatest: i64) -> Embeddings {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (((state >> 33) as i64) % (2 * greatest + 1) - greatest) as i8
        };
        let rows = (0..rows * dimensions).map(|_| next()).collect();
        Embeddings::new("random", dimensions, rows).expect("whole rows")
    }

    /// Every pair by its definition.
    fn naive(embeddings: &Embeddings, count: usize, least: u32) -> Vec<Vec<(u32, u32)>> {
        let all = |i: usize| {
            let mut row: Vec<(u32, u32)> =
                (0..embeddings.len()).filter(|&j| j != i).map(|j| (j as u32, embeddings.cosine_millionths(i, j))).collect();
            row.retain(|&(_, cosine)| cosine >= least.max(1));
            row.sort_by_key(|&(j, cosine)| (std::cmp::Reverse(cosine), j));
            row.truncate(count);
            row
        };
        (0..embeddings.len()).map(all).collect()
    }

    #[test]
    fn every_path_equals_the_naive_search() {
        let paths = Path::available();
        for seed in 0..60 {
            let rows = [0, 1, 2, 15, 16, 17, 47, 48, 49, 200][seed as usize % 10];
            let dimensions = [1, 2, 3, 4, 5, 7, 31, 64, 97, 384][(seed / 3) as usize % 10];
            let greatest = [1, 2, 127][seed as usize % 3];
            let embeddings = random(seed, rows, dimensions, greatest);
            let (count, least) = ([0, 1, 3, 10, usize::MAX][seed as usize % 5], [0, 1, 200_000, 999_999][seed as usize % 4]);
            let want = naive(&embeddings, count, least);
            for &path in &paths {
                let got = search(&embeddings, &Matrix::with(&embeddings, path), count, least);
                assert_eq!(got, want, "{path:?}, seed {seed}: {rows} × {dimensions}, {count} neighbours from {least}");
            }
        }
    }

    #[test]
    fn the_greatest_numbers_do_not_overflow() {
        let dimensions = crate::DIMENSIONS_MAX;
        for value in [127i8, -127, -128] {
            let mut rows = vec![value; 2 * dimensions];
            rows.extend(vec![-127; dimensions]);
            let embeddings = Embeddings::new("extreme", dimensions, rows).expect("whole rows");
            for path in Path::available() {
                let got = search(&embeddings, &Matrix::with(&embeddings, path), 5, 0);
                assert_eq!(got, naive(&embeddings, 5, 0), "{path:?}, {value}");
            }
        }
    }
}
