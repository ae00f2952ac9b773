//! Intervals for means over units that were sampled independently: tasks, or packs with all their tasks.
//!
//! Trials of a task are not independent, so no interval here counts them as such: a unit brings one sum, whatever it is made of.

use super::special::{normal_cdf, normal_quantile, student_two_sided};
use serde::Serialize;
use wardian_format::Rng;

/// Fewer units, and the bootstrap has nothing to choose from; [`Method::Wilson`] takes its place.
pub const BOOTSTRAP_UNITS_MIN: usize = 10;

/// More units, and the two methods agree to three digits; [`Method::Wilson`] takes the bootstrap's place.
pub const BOOTSTRAP_UNITS_MAX: usize = 2_000;

/// Samples of the bootstrap.
pub const BOOTSTRAP_SAMPLES: usize = 10_000;

/// Sums that differ by less, in units of the range of a value, count as equal.
const EQUAL: f64 = 1e-9;

/// How an interval is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Wilson's score interval with the effective number of units. Where the values are only 0 and 1 it is Wilson's own.
    Wilson,
    /// The bootstrap over units, bias-corrected and accelerated (BCa).
    Bca,
}

/// What is sampled independently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cluster {
    /// Each task by itself.
    Task,
    /// Each pack with all its tasks: for statements about packs that were not played.
    Pack,
}

/// How intervals are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalOptions {
    /// The share of intervals that shall hold the truth, inside (0, 1).
    pub level: f64,
    /// What is sampled.
    pub cluster: Cluster,
    /// The way.
    pub method: Method,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for IntervalOptions {
    fn default() -> Self {
        Self { level: 0.95, cluster: Cluster::Task, method: Method::Wilson, seed: 0 }
    }
}

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end, to six decimals.
    pub low: f64,
    /// Upper end, to six decimals.
    pub high: f64,
    /// How the ends were computed.
    pub method: Method,
}

/// The range that a value can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

/// Ranges of chances.
pub const CHANCE: Range = Range { low: 0.0, high: 1.0 };

/// Ranges of differences of chances.
pub const DIFFERENCE: Range = Range { low: -1.0, high: 1.0 };

/// Sampled units. The estimate is the sum of all sums divided by the sum of all weights, so the mean over tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Units {
    sums: Vec<f64>,
    weights: Vec<f64>,
}

impl Units {
    /// A unit of `weight` tasks whose values sum to `sum`.
    pub fn push(&mut self, sum: f64, weight: usize) {
        self.sums.push(sum);
        self.weights.push(weight as f64);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// The sums.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// The mean over tasks; `NaN` without any.
    pub fn mean(&self) -> f64 {
        self.sums.iter().sum::<f64>() / self.weight()
    }

    fn weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Σ (sum − mean · weight)²: 0 where all units have one mean.
    fn squares(&self) -> f64 {
        let mean = self.mean();
        self.sums.iter().zip(&self.weights).map(|(y, w)| square(y - mean * w)).sum()
    }

    /// How many units of equal weight would weigh as much (Kish, Survey Sampling, 1965).
    fn equal_units(&self) -> f64 {
        square(self.weight()) / self.weights.iter().map(|w| w * w).sum::<f64>()
    }

    fn are_equal(&self, range: Range) -> bool {
        self.squares() <= square(EQUAL * (range.high - range.low) * self.weight())
    }
}

/// The interval for the mean of `units` (at least one), whose values lie in `range`. `trials_max` bounds what the units can be worth in
/// independent trials; `f64::INFINITY` where nothing does.
pub fn interval(units: &Units, range: Range, trials_max: f64, options: &IntervalOptions) -> Interval {
    let fits = (BOOTSTRAP_UNITS_MIN..=BOOTSTRAP_UNITS_MAX).contains(&units.len()) && !units.are_equal(range);
    let method = if fits { options.method } else { Method::Wilson };
    let (low, high) = match method {
        Method::Wilson => effective(units, range, trials_max, options.level),
        Method::Bca => bca(units, options.level, options.seed),
    };
    let six = |x: f64| (x.clamp(range.low, range.high) * 1e6).round() / 1e6;
    Interval { value: units.mean(), low: six(low), high: six(high), method }
}

/// Wilson's interval for a share of `p` among `n`. Wilson, Probable inference, 1927.
pub fn wilson(p: f64, n: f64, level: f64) -> (f64, f64) {
    let z2 = square(normal_quantile(0.5 + level / 2.0));
    let (middle, scale) = (p + z2 / (2.0 * n), 1.0 + z2 / n);
    let half = (z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n))).max(0.0).sqrt();
    ((middle - half) / scale, (middle + half) / scale)
}

/// Wilson's interval with the number of trials that would have the variance seen between units: Korn and Graubard, Confidence intervals
/// for proportions with small expected number of positive counts, 1998; Franco, Little, Louis and Slud, Comparative study of confidence
/// intervals for proportions in complex sample surveys, 2019.
fn effective(units: &Units, range: Range, trials_max: f64, level: f64) -> (f64, f64) {
    let (mean, span, equal_units) = (units.mean(), range.high - range.low, units.equal_units());
    if units.are_equal(range) {
        // All that is known of units with another mean is how rare they must be for none to be seen.
        let (_, rare) = wilson(0.0, equal_units, level);
        return (mean - rare * (mean - range.low), mean + rare * (range.high - mean));
    }
    let count = units.len() as f64;
    let variance = units.squares() / square(units.weight() * span) * count / (count - 1.0);
    let p = (mean - range.low) / span;
    let wider = normal_quantile(0.5 + level / 2.0) / student_two_sided(level, units.len() - 1);
    let trials = p * (1.0 - p) / variance * square(wider);
    // A value between the ends of its range varies less than one that is always at an end: a unit is worth a trial at least.
    let (low, high) = wilson(p, trials.min(trials_max).max(equal_units), level);
    (range.low + low * span, range.low + high * span)
}

/// Efron, Better bootstrap confidence intervals, 1987; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 14.
fn bca(units: &Units, level: f64, seed: u64) -> (f64, f64) {
    let means = samples(units, seed);
    let mean = units.mean();
    let count = |is: &dyn Fn(f64) -> bool| means.iter().filter(|&&x| is(x)).count() as f64;
    let lower = count(&|x| x < mean - EQUAL) + 0.5 * count(&|x| (x - mean).abs() <= EQUAL);
    let all = means.len() as f64;
    let bias = normal_quantile((lower / all).clamp(0.5 / all, 1.0 - 0.5 / all));
    let acceleration = acceleration(units);
    let share = |z: f64| {
        // Beyond the pole of the correction there is nothing but the last sample.
        let scale = 1.0 - acceleration * (bias + z);
        if scale > 0.0 { normal_cdf(bias + (bias + z) / scale) } else { f64::from(u8::from(bias + z > 0.0)) }
    };
    let z = normal_quantile(0.5 + level / 2.0);
    let at = |place: f64| means[(place as usize).clamp(1, means.len()) - 1];
    (at((share(-z) * (all + 1.0)).floor()), at((share(z) * (all + 1.0)).ceil()))
}

/// Means of samples of the units, drawn with replacement; sorted.
fn samples(units: &Units, seed: u64) -> Vec<f64> {
    let mut rng = Rng::of(seed, &["bootstrap"]);
    let pairs: Vec<(f64, f64)> = units.sums.iter().copied().zip(units.weights.iter().copied()).collect();
    let mut means: Vec<f64> = (0..BOOTSTRAP_SAMPLES)
        .map(|_| {
            let (mut sum, mut weight) = (0.0, 0.0);
            for _ in 0..pairs.len() {
                let (y, w) = pairs[rng.below(pairs.len())];
                sum += y;
                weight += w;
            }
            sum / weight
        })
        .collect();
    means.sort_by(f64::total_cmp);
    means
}

/// From the means without one unit each.
fn acceleration(units: &Units) -> f64 {
    let (sum, weight): (f64, f64) = (units.sums.iter().sum(), units.weight());
    let without: Vec<f64> = units.sums.iter().zip(&units.weights).map(|(y, w)| (sum - y) / (weight - w)).collect();
    let middle = without.iter().sum::<f64>() / without.len() as f64;
    let squares: f64 = without.iter().map(|x| square(middle - x)).sum();
    let cubes: f64 = without.iter().map(|x| square(middle - x) * (middle - x)).sum();
    if squares > 0.0 { cubes / (6.0 * squares * squares.sqrt()) } else { 0.0 }
}

/// Not `powi`, whose last bits are the machine's own.
fn square(x: f64) -> f64 {
    x * x
}
