//! Distributions. Built on the `libm` crate, which computes the same bits on every machine; the standard library's functions do not.

use std::f64::consts::{LN_2, PI, SQRT_2};

/// Halvings of an interval that holds a quantile: more than a double has bits.
const HALVINGS: usize = 64;

/// Above so many degrees of freedom Student's quantile comes from its expansion, which is then right to nine digits.
const DEGREES_EXACT_MAX: usize = 200;

/// P(Z ≤ z) of the standard normal distribution.
pub(super) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The z with P(Z ≤ z) = `p`, for `p` inside (0, 1).
pub(super) fn normal_quantile(p: f64) -> f64 {
    halve(-38.0, 38.0, |z| normal_cdf(z) < p)
}

/// The t with P(|T| ≤ t) = `level`, of Student's distribution with `degrees` (at least 1) degrees of freedom.
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4; above 200 degrees 26.7.5.
pub(super) fn student_two_sided(level: f64, degrees: usize) -> f64 {
    let root = (degrees as f64).sqrt();
    if degrees > DEGREES_EXACT_MAX {
        return expanded(normal_quantile(0.5 + level / 2.0), degrees as f64);
    }
    root * libm::tan(halve(0.0, PI / 2.0, |theta| student_between(theta, degrees) < level))
}

/// P(X ≤ `k`) for X the number of heads in `n` throws of a fair coin, `k` at most n / 2.
pub(super) fn coin_tail(n: usize, k: usize) -> f64 {
    let of = |x: usize| libm::lgamma(x as f64 + 1.0);
    let mut term = libm::exp(of(n) - of(k) - of(n - k) - n as f64 * LN_2);
    let mut sum = term;
    for i in (1..=k).rev() {
        term *= i as f64 / (n - i + 1) as f64;
        sum += term;
        if term < sum * 1e-18 {
            break;
        }
    }
    sum
}

/// P(|T| ≤ √degrees · tan θ): a finite series in cos θ.
fn student_between(theta: f64, degrees: usize) -> f64 {
    let (sin, cos) = (libm::sin(theta), libm::cos(theta));
    let odd = degrees % 2 == 1;
    // The powers of the cosine begin at 1 or 0 and go in steps of two; each factor is (j − 1) / j.
    let (mut term, mut sum) = if odd { (cos, if degrees > 1 { cos } else { 0.0 }) } else { (1.0, 1.0) };
    let mut j = if odd { 3 } else { 2 };
    while j + 2 <= degrees {
        term *= (j - 1) as f64 / j as f64 * cos * cos;
        sum += term;
        j += 2;
    }
    if odd { 2.0 / PI * (theta + sin * sum) } else { sin * sum }
}

/// Student's quantile from the normal one, `x`, in powers of 1 / `v`.
fn expanded(x: f64, v: f64) -> f64 {
    let square = x * x;
    let g1 = x * (square + 1.0) / 4.0;
    let g2 = x * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let g3 = x * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    x + (g1 + (g2 + g3 / v) / v) / v
}

/// The place between `low` and `high` where `is_below` turns false.
fn halve(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if is_below(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_as_in_the_tables() {
        for (p, z) in [(0.975, 1.959_963_984_540), (0.95, 1.644_853_626_951), (0.995, 2.575_829_303_549), (0.5, 0.0)] {
            assert!((normal_quantile(p) - z).abs() < 1e-11, "{p}: {}", normal_quantile(p));
            assert!((normal_cdf(z) - p).abs() < 1e-12 && (normal_cdf(-z) - (1.0 - p)).abs() < 1e-12);
        }
    }

    /// Fisher and Yates, Statistical Tables, table III.
    #[test]
    fn students_distribution_as_in_the_tables() {
        for (degrees, level, t) in [
            (1, 0.95, 12.706),
            (2, 0.95, 4.303),
            (3, 0.95, 3.182),
            (4, 0.99, 4.604),
            (5, 0.95, 2.571),
            (9, 0.95, 2.262),
            (10, 0.9, 1.812),
            (29, 0.95, 2.045),
            (30, 0.99, 2.750),
            (60, 0.95, 2.000),
            (120, 0.95, 1.980),
            (1_000_000, 0.95, 1.960),
        ] {
            let got = student_two_sided(level, degrees);
            assert!((got - t).abs() < 6e-4, "{degrees} degrees at {level}: {got}");
        }
    }

    #[test]
    fn the_expansion_takes_over_without_a_step() {
        let of = |degrees: usize| expanded(normal_quantile(0.975), degrees as f64);
        for degrees in [DEGREES_EXACT_MAX - 1, DEGREES_EXACT_MAX] {
            assert!((student_two_sided(0.95, degrees) - of(degrees)).abs() < 1e-8, "{degrees}");
        }
    }

    #[test]
    fn coins_as_counted() {
        for n in 0..=16usize {
            for k in 0..=n / 2 {
                let counted = (0u32..1 << n).filter(|bits| bits.count_ones() as usize <= k).count();
                let expected = counted as f64 / f64::from(1u32 << n);
                assert!((coin_tail(n, k) - expected).abs() < 1e-13, "{n} {k}");
            }
        }
        // Φ((499,000.5 − 500,000) / 500) is 0.0228 to four digits.
        assert!((coin_tail(1_000_000, 499_000) - 0.022_804).abs() < 1e-5, "{}", coin_tail(1_000_000, 499_000));
    }
}
