//! Tests of the hypothesis that two sides do not differ.

use super::special::coin_tail;
use serde::Serialize;
use wardian_format::Rng;

/// Up to so many differences all 2^n patterns of signs are counted; above, patterns are drawn.
pub const EXACT_MAX: usize = 20;

/// Patterns of signs that are drawn.
pub const PATTERNS: usize = 100_000;

/// How a p-value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Every pattern was counted.
    Exact,
    /// [`PATTERNS`] patterns were drawn.
    MonteCarlo,
}

/// The sign-flip permutation test: were the sides exchangeable, every difference could as well have the other sign.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SignFlip {
    /// Two-sided.
    pub p: f64,
    /// How.
    pub counting: Counting,
    /// Differences that are not zero; the others say nothing.
    pub differences: usize,
}

/// McNemar's exact test of tasks with one trial a side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// Tasks that only A passed.
    pub only_a: usize,
    /// Tasks that only B passed.
    pub only_b: usize,
    /// Two-sided.
    pub p: f64,
}

/// Tests whether the sum of `differences` could be chance.
pub fn sign_flip(differences: &[f64], seed: u64) -> SignFlip {
    let mut sizes: Vec<f64> = differences.iter().map(|d| d.abs()).filter(|d| *d > 1e-12).collect();
    let seen = differences.iter().sum::<f64>().abs();
    // Sums of the same differences in another order are not the same bits.
    let least = seen - 1e-9 * sizes.iter().sum::<f64>();
    let count = sizes.len();
    if count <= EXACT_MAX {
        let (extreme, all) = sizes.split_first().map_or((1, 1), |(first, rest)| (extreme(*first, rest, least), 1_usize << rest.len()));
        return SignFlip { p: extreme as f64 / all as f64, counting: Counting::Exact, differences: count };
    }
    sizes.sort_by(f64::total_cmp);
    let extreme = drawn(&runs(&sizes), least, seed);
    // The pattern seen is one of them: Phipson and Smyth, Permutation p-values should never be zero, 2010.
    let p = (1 + extreme) as f64 / (1 + PATTERNS) as f64;
    SignFlip { p, counting: Counting::MonteCarlo, differences: count }
}

/// Tests tasks with one trial a side: `only_a` of them passed on A alone, `only_b` on B alone.
pub fn mcnemar(only_a: usize, only_b: usize) -> McNemar {
    McNemar { only_a, only_b, p: (2.0 * coin_tail(only_a + only_b, only_a.min(only_b))).min(1.0) }
}

/// Patterns of signs of `rest` for which `sum` and they reach `least`, above or below. The first sign is fixed: the test has two sides.
fn extreme(sum: f64, rest: &[f64], least: f64) -> usize {
    match rest.split_first() {
        None => usize::from(sum.abs() >= least),
        Some((first, rest)) => extreme(sum + first, rest, least) + extreme(sum - first, rest, least),
    }
}

/// (value, how often) of sorted values.
fn runs(sorted: &[f64]) -> Vec<(f64, usize)> {
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for &value in sorted {
        match runs.last_mut() {
            Some((last, count)) if value - *last <= 1e-12 => *count += 1,
            _ => runs.push((value, 1)),
        }
    }
    runs
}

/// Of [`PATTERNS`] drawn ones, those that reach `least`. A random bit is a sign, so equal differences are counted 64 at a time.
fn drawn(runs: &[(f64, usize)], least: f64, seed: u64) -> usize {
    let mut rng = Rng::of(seed, &["sign flip"]);
    let mut pattern = || {
        let mut sum = 0.0;
        for &(value, count) in runs {
            let mut positive = 0;
            for _ in 0..count / 64 {
                positive += rng.next_u64().count_ones();
            }
            if count % 64 > 0 {
                positive += (rng.next_u64() >> (64 - count % 64)).count_ones();
            }
            sum += value * (2.0 * f64::from(positive) - count as f64);
        }
        sum
    };
    (0..PATTERNS).filter(|_| pattern().abs() >= least).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All patterns one by one, as integers.
    fn brute(differences: &[i64]) -> f64 {
        let seen = differences.iter().sum::<i64>().abs();
        let reach = |bits: &u32| {
            let signed = differences.iter().enumerate().map(|(i, d)| if bits >> i & 1 == 1 { *d } else { -d });
            signed.sum::<i64>().abs() >= seen
        };
        (0u32..1 << differences.len()).filter(reach).count() as f64 / f64::from(1u32 << differences.len())
    }

    #[test]
    fn exact_is_brute_force() {
        for seed in 0..300 {
            let mut rng = Rng::of(seed, &["differences"]);
            let differences: Vec<i64> = (0..rng.below(11)).map(|_| rng.between(-4, 5)).collect();
            let got = sign_flip(&differences.iter().map(|d| *d as f64 / 12.0).collect::<Vec<_>>(), 0);
            assert_eq!(got.counting, Counting::Exact);
            assert!((got.p - brute(&differences)).abs() < 1e-12, "seed {seed}: {differences:?}: {} {}", got.p, brute(&differences));
        }
    }

    #[test]
    fn drawn_patterns_agree_with_all_patterns() {
        for seed in 0..6 {
            let mut rng = Rng::of(seed, &["differences"]);
            let differences: Vec<i64> = (0..21).map(|_| if rng.chance(70) { rng.between(1, 4) } else { -rng.between(1, 4) }).collect();
            let got = sign_flip(&differences.iter().map(|d| *d as f64 / 4.0).collect::<Vec<_>>(), seed);
            let p = brute(&differences);
            let error = 4.0 * (p * (1.0 - p) / PATTERNS as f64).sqrt() + 2.0 / PATTERNS as f64;
            assert_eq!(got.counting, Counting::MonteCarlo);
            assert!((got.p - p).abs() < error, "seed {seed}: {} and exactly {p}", got.p);
        }
    }

    /// Heights of 15 pairs of plants, in eighths of an inch: Darwin's, as in Fisher, The Design of Experiments, 1935, section 21. Fisher
    /// counts 863 of 32,768 patterns at or beyond the sum of 314 on one side, 1,726 on both.
    #[test]
    fn fishers_own_example() {
        let differences = [49.0, -67.0, 8.0, 16.0, 6.0, 23.0, 28.0, 41.0, 14.0, 29.0, 56.0, 24.0, 75.0, 60.0, -48.0];
        let got = sign_flip(&differences, 0);
        assert!((got.p - 1726.0 / 32768.0).abs() < 1e-12, "{}", got.p * 32768.0);
    }

    #[test]
    fn many_differences_never_give_zero() {
        let got = sign_flip(&vec![1.0; 200], 3);
        assert_eq!((got.differences, got.p), (200, 1.0 / (1.0 + PATTERNS as f64)));
        assert_eq!(sign_flip(&[], 0).p, 1.0);
        assert_eq!(sign_flip(&[0.0; 50], 0), SignFlip { p: 1.0, counting: Counting::Exact, differences: 0 });
    }

    /// Where every difference is 1 or −1 the two tests are one.
    #[test]
    fn mcnemar_is_the_sign_flip_of_single_trials() {
        for (a, b) in [(0, 0), (0, 1), (1, 1), (0, 6), (2, 8), (7, 9), (3, 12), (10, 10)] {
            let differences: Vec<f64> = std::iter::repeat_n(-1.0, a).chain(std::iter::repeat_n(1.0, b)).collect();
            assert!((mcnemar(a, b).p - sign_flip(&differences, 0).p).abs() < 1e-12, "{a} {b}");
        }
    }

    /// The sign test of textbooks: 8 of 10 heads have p = 0.109375, 9 of 10 p = 0.021484375, 6 of 6 p = 0.03125.
    #[test]
    fn mcnemar_as_in_the_tables() {
        for (a, b, p) in [(2, 8, 0.109_375), (1, 9, 0.021_484_375), (6, 0, 0.031_25), (5, 15, 0.041_389_465_332)] {
            assert!((mcnemar(a, b).p - p).abs() < 1e-11, "{a} {b}: {}", mcnemar(a, b).p);
        }
    }
}
