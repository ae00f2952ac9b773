//! Axes: which values they span, and which of them have a tick.

use wardian_format::number::grouped;

/// An axis from `low` to `high`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    /// Values with a tick, and what is written at it.
    pub(super) ticks: Vec<(f64, String)>,
}

/// Values whose quotient is larger are plotted by their logarithm where that is possible.
const LINEAR_QUOTIENT_MAX: f64 = 30.0;

impl Axis {
    /// An axis of steps from `first` to `last`; it begins with 0 where they begin with 1.
    pub(super) fn steps(first: usize, last: usize) -> Self {
        let low = if first <= 1 { 0 } else { first };
        let (low, high) = (low as f64, last.max(low + 1) as f64);
        let mut ticks = Ticks::new(low, high, 10);
        if ticks.step() < 1.0 {
            ticks = Ticks { digit: 1, exponent: 0 };
        }
        Self { low, high, logarithmic: false, ticks: ticks.labelled(low, high) }
    }

    /// From 0 to 100 %, of shares.
    pub(super) fn percent() -> Self {
        let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{} %", share * 100.0)));
        Self { low: 0.0, high: 1.0, logarithmic: false, ticks: ticks.to_vec() }
    }

    /// An axis that `values` fit on, from 0 where that wastes less than half of it.
    pub(super) fn linear(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = range(values);
        if high - low <= high.abs().max(low.abs()) * 1e-9 {
            // One value all along lies in the middle.
            let half = if high == 0.0 { 1.0 } else { high.abs() / 2.0 };
            (low, high) = (low - half, high + half);
        } else if low > 0.0 && low < high / 2.0 {
            low = 0.0;
        }
        let ticks = Ticks::new(low, high, 5);
        let step = ticks.step();
        // 1.9 is a multiple of 0.05, though not to the last bit.
        let (low, high) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
        Self { low, high, logarithmic: false, ticks: ticks.labelled(low, high) }
    }

    /// As [`Axis::linear`], but logarithmic where positive values lie far apart.
    pub(super) fn wide(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (low, high) = range(values.clone());
        if low <= 0.0 || high / low <= LINEAR_QUOTIENT_MAX {
            return Self::linear(values);
        }
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        // Text is the one way to powers of ten that are exact.
        let all: Vec<(u32, f64)> =
            (first..=last).flat_map(|e| [1, 2, 5].into_iter().filter_map(move |d| Some((d, format!("{d}e{e}").parse().ok()?)))).collect();
        let from = all.iter().rposition(|(_, tick)| *tick <= low).unwrap_or(0);
        let to = all.iter().position(|(_, tick)| *tick >= high).unwrap_or(all.len() - 1);
        let plain = low >= 1e-4 && high < 1e7;
        let label = |tick: f64| match plain {
            true if tick >= 1.0 => grouped(tick as usize),
            true => tick.to_string(),
            false => format!("{tick:e}"),
        };
        // Beyond three decades, 2 and 5 would stand too close.
        let shown = all[from..=to].iter().filter(|(digit, _)| *digit == 1 || last - first <= 3);
        let ticks = shown.map(|(_, tick)| (*tick, label(*tick))).collect();
        Self { low: all[from].1, high: all[to].1, logarithmic: true, ticks }
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub(super) fn share(&self, value: f64) -> f64 {
        if self.logarithmic {
            return (value / self.low).log10() / (self.high / self.low).log10();
        }
        (value - self.low) / (self.high - self.low)
    }

    /// `value` as far as it lies on the axis.
    pub(super) fn clamp(&self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }
}

/// The least and the greatest; 0 and 0 of nothing.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.map(|value| (value, value)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0.0, 0.0))
}

/// Ticks at the multiples of 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ticks {
    digit: u32,
    exponent: i32,
}

impl Ticks {
    /// The closest ones of which not more than about `count` lie between `low` and `high`.
    fn new(low: f64, high: f64, count: usize) -> Self {
        let least = ((high - low) / count as f64).max(f64::MIN_POSITIVE);
        let exponent = least.log10().floor() as i32;
        let candidates = [1, 2, 5].map(|digit| Self { digit, exponent });
        // A little less than `least` is as good: 0.1 has no exact half, fifth, ….
        let close = candidates.into_iter().find(|ticks| ticks.step() >= least * (1.0 - 1e-9));
        close.unwrap_or(Self { digit: 1, exponent: exponent + 1 })
    }

    fn step(self) -> f64 {
        f64::from(self.digit) * 10_f64.powi(self.exponent)
    }

    /// Those from `low` to `high`, with labels that have as many digits as tell them apart.
    fn labelled(self, low: f64, high: f64) -> Vec<(f64, String)> {
        let step = self.step();
        let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
        let value = |multiple: i64| multiple as f64 * step;
        let large = low.abs().max(high.abs());
        let (tiny, huge) = (large < 1e-2, large >= 1e7);
        let label = |value: f64| match usize::try_from(-self.exponent) {
            _ if value == 0.0 => "0".to_owned(),
            _ if tiny || huge => {
                let digits = (value.abs().log10() + 1e-9).floor() as i32 - self.exponent;
                let rounded = format!("{value:.*e}", usize::try_from(digits).unwrap_or(0));
                // Once more, for 1e-4 and not 1.0e-4.
                rounded.parse().map_or(rounded, |value: f64| format!("{value:e}"))
            }
            Ok(decimals) if decimals > 0 => format!("{value:.decimals$}"),
            _ => format!("{}{}", if value < 0.0 { "-" } else { "" }, grouped(value.abs().round() as usize)),
        };
        (first..=last).map(|multiple| (value(multiple), label(value(multiple)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        for (values, expected) in [
            (vec![0.43, 2.1], vec!["0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
            (vec![1.9, 2.1], vec!["1.90", "1.95", "2.00", "2.05", "2.10"]),
            (vec![0.1, 0.3], vec!["0", "0.1", "0.2", "0.3"]),
            (vec![1e-6, 1.8e-4], vec!["0", "5e-5", "1e-4", "1.5e-4", "2e-4"]),
            (vec![-4.0, 4.0], vec!["-4", "-2", "0", "2", "4"]),
            (vec![0.0, 98_000.0], vec!["0", "20,000", "40,000", "60,000", "80,000", "100,000"]),
        ] {
            let axis = Axis::linear(values.iter().copied());
            assert_eq!(labels(&axis), expected, "{values:?}");
            assert!(values.iter().all(|value| (-1e-6..=1.000_001).contains(&axis.share(*value))), "{values:?}");
        }
    }

    #[test]
    fn one_value_all_along_lies_in_the_middle() {
        for value in [3.0, 2e-5, -7.0, 0.0] {
            let axis = Axis::linear([value; 3].into_iter());
            assert!((axis.share(value) - 0.5).abs() < 0.11, "{value}: {axis:?}");
            assert!((2..=8).contains(&axis.ticks.len()), "{value}: {axis:?}");
        }
        assert!(Axis::linear(std::iter::empty()).share(0.0).is_finite());
    }

    #[test]
    fn steps_have_whole_ticks() {
        assert_eq!(labels(&Axis::steps(1, 1)), ["0", "1"]);
        assert_eq!(labels(&Axis::steps(1, 3)), ["0", "1", "2", "3"]);
        assert_eq!(labels(&Axis::steps(0, 2_400))[..3], ["0", "500", "1,000"]);
        assert_eq!(labels(&Axis::steps(7, 7)), ["7", "8"]);
    }

    #[test]
    fn values_far_apart_are_logarithmic() {
        let axis = Axis::wide([0.3, 45.0].into_iter());
        assert_eq!(labels(&axis), ["0.2", "0.5", "1", "2", "5", "10", "20", "50"]);
        assert!((axis.share(0.2), axis.share(50.0)) == (0.0, 1.0));
        assert_eq!(labels(&Axis::wide([3e-9, 45.0].into_iter()))[..2], ["1e-8", "1e-7"]);
        assert_eq!(labels(&Axis::wide([0.6, 3_000.0].into_iter())), ["1", "10", "100", "1,000"]);
        assert_eq!(Axis::wide([0.0, 45.0].into_iter()), Axis::linear([0.0, 45.0].into_iter()));
    }
}
