//! Learning rates over the steps of a phase.

use serde::{Deserialize, Serialize};

/// How the rate falls after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// Along half a cosine.
    #[default]
    Cosine,
    /// In a straight line.
    Linear,
    /// Not at all.
    Constant,
}

/// The learning rates of a phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Rate after the warm-up.
    pub peak: f64,
    /// Share of `peak` that is left at the end.
    pub floor: f64,
    /// Steps of the warm-up, in which the rate rises from `peak / warmup` in a straight line.
    pub warmup: usize,
    /// Steps of the phase.
    pub steps: usize,
    /// How it falls.
    pub decay: Decay,
}

impl Schedule {
    /// The rate of step `step`, from 0.
    #[must_use]
    pub fn rate(&self, step: usize) -> f64 {
        if step < self.warmup {
            return self.peak * (step + 1) as f64 / self.warmup as f64;
        }
        let after = self.steps.saturating_sub(self.warmup).max(1) as f64;
        let done = ((step - self.warmup) as f64 / after).min(1.0);
        let left = match self.decay {
            Decay::Cosine => (1.0 + (std::f64::consts::PI * done).cos()) / 2.0,
            Decay::Linear => 1.0 - done,
            Decay::Constant => 1.0,
        };
        self.peak * (self.floor + (1.0 - self.floor) * left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_rise_and_fall() {
        let schedule = Schedule { peak: 1.0, floor: 0.1, warmup: 4, steps: 14, decay: Decay::Cosine };
        let rates: Vec<f64> = (0..16).map(|step| schedule.rate(step)).collect();
        assert_eq!(rates[..4], [0.25, 0.5, 0.75, 1.0]);
        assert_eq!(rates[4], 1.0);
        assert!((rates[9] - 0.55).abs() < 1e-12, "half-way: {}", rates[9]);
        assert!((rates[14] - 0.1).abs() < 1e-12 && rates[15] == rates[14]);
        let linear = Schedule { decay: Decay::Linear, floor: 0.0, ..schedule };
        assert!((linear.rate(9) - 0.5).abs() < 1e-12);
        assert_eq!(Schedule { decay: Decay::Constant, ..schedule }.rate(13), 1.0);
        assert_eq!(Schedule { warmup: 0, steps: 0, ..schedule }.rate(0), 1.0);
    }
}
