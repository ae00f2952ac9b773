//! One measured figure.

use anyhow::{Result, ensure};
use serde::Serialize;
use std::fmt;

/// A figure, as printed with `--json`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// Name of the benchmark.
    pub(crate) bench: &'static str,
    /// What was measured.
    pub(crate) figure: String,
    /// Unit of `ours` and `rival`.
    pub(crate) unit: &'static str,
    /// Median of ours.
    pub(crate) ours: f64,
    /// Median of the rival's, where there is one.
    pub(crate) rival: Option<f64>,
    /// Rival ÷ ours; ours ÷ rival where more is better. So more than 1 is better.
    pub(crate) ratio: Option<f64>,
    /// Runs behind each median; where the rival had fewer, its own.
    pub(crate) runs: usize,
}

impl Figure {
    /// A figure without a rival.
    pub(crate) fn alone(bench: &'static str, figure: impl Into<String>, unit: &'static str, samples: &[f64]) -> Self {
        Self { bench, figure: figure.into(), unit, ours: median(samples), rival: None, ratio: None, runs: samples.len() }
    }

    /// A figure of something that costs (less is better) with the rival's samples, where there are any.
    pub(crate) fn against(bench: &'static str, figure: impl Into<String>, unit: &'static str, ours: &[f64], rival: Option<&[f64]>) -> Self {
        let alone = Self::alone(bench, figure, unit, ours);
        let runs = rival.map_or(alone.runs, |rival| rival.len().min(alone.runs));
        let rival = rival.map(median);
        Self { rival, ratio: rival.map(|rival| rival / alone.ours), runs, ..alone }
    }

    /// As [`Figure::against`], of something of which more is better.
    pub(crate) fn more(bench: &'static str, figure: impl Into<String>, unit: &'static str, ours: &[f64], rival: Option<&[f64]>) -> Self {
        let cost = Self::against(bench, figure, unit, ours, rival);
        Self { ratio: cost.ratio.map(f64::recip), ..cost }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Partitions differ in the fourth place of their modularity.
        let places = if self.unit == "Q" { (5, 4) } else { (4, 1) };
        write!(f, "{:<8} {:<64} {:>12.*} {:<7}", self.bench, self.figure, places.0, self.ours, self.unit)?;
        if let (Some(rival), Some(ratio)) = (self.rival, self.ratio) {
            write!(f, " rival {rival:>12.*}  ratio {ratio:>9.*}×", places.0, places.1)?;
        }
        write!(f, "  ({} runs)", self.runs)
    }
}

/// The middle of `samples`, or the mean of the two in the middle. NaN for none.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// A benchmark must give at least one figure, each a finite number that is not negative.
pub(crate) fn check(bench: &str, figures: &[Figure]) -> Result<()> {
    ensure!(!figures.is_empty(), "benchmark `{bench}` gave no figure");
    for figure in figures {
        ensure!(figure.ours.is_finite() && figure.ours >= 0.0, "benchmark `{bench}`: `{}` is {}", figure.figure, figure.ours);
        let rival = figure.rival.unwrap_or_default();
        ensure!(rival.is_finite() && rival >= 0.0, "benchmark `{bench}`: the rival's `{}` is {rival}", figure.figure);
    }
    Ok(())
}
