//! Which token comes next.

use wardian_format::Rng;

/// How tokens are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// What logits are divided by; 0 is greedy.
    pub temperature: f64,
    /// The likeliest tokens that have this share together are drawn from.
    pub top_p: f64,
    /// So many of the likeliest are drawn from; 0 is all.
    pub top_k: usize,
    /// The seed of the draws.
    pub seed: u64,
}

/// Draws the tokens of one answer.
#[derive(Debug)]
pub struct Sampler {
    sampling: Sampling,
    rng: Rng,
}

impl Sampler {
    /// `choice` tells the answers to one request apart.
    #[must_use]
    pub fn new(sampling: Sampling, choice: usize) -> Self {
        Self { sampling, rng: Rng::of(sampling.seed, &["sample", &choice.to_string()]) }
    }

    /// The next token. Of equal logits, the first.
    pub fn next(&mut self, logits: &[f32]) -> u32 {
        let Sampling { temperature, top_p, top_k, .. } = self.sampling;
        let best = best(logits);
        if temperature <= 0.0 {
            return best as u32;
        }
        let most = f64::from(logits[best]);
        let mut shares: Vec<(f64, u32)> =
            logits.iter().enumerate().map(|(id, logit)| (((f64::from(*logit) - most) / temperature).exp(), id as u32)).collect();
        if top_k > 0 || top_p < 1.0 {
            shares.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            if top_k > 0 {
                shares.truncate(top_k);
            }
            let all: f64 = shares.iter().map(|(share, _)| share).sum();
            let mut sum = 0.0;
            let enough = shares.iter().position(|(share, _)| {
                sum += share;
                sum >= top_p * all
            });
            shares.truncate(enough.map_or(shares.len(), |at| at + 1));
        }
        let all: f64 = shares.iter().map(|(share, _)| share).sum();
        // 53 bits, as many as a number has.
        let mut left = (self.rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 * all;
        for (share, id) in &shares {
            left -= share;
            if left < 0.0 {
                return *id;
            }
        }
        shares.last().map_or(best as u32, |(_, id)| *id)
    }
}

/// The place of the largest; of equal ones, the first. What is no number is the smallest.
fn best(logits: &[f32]) -> usize {
    let mut best = 0;
    for (at, logit) in logits.iter().enumerate() {
        if *logit > logits[best] || logits[best].is_nan() {
            best = at;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(sampling: Sampling, logits: &[f32]) -> Vec<usize> {
        let mut sampler = Sampler::new(sampling, 0);
        let mut out = vec![0; logits.len()];
        (0..20_000).for_each(|_| out[sampler.next(logits) as usize] += 1);
        out
    }

    #[test]
    fn tokens_are_drawn_as_often_as_their_shares_say() {
        let logits: Vec<f32> = [0.5_f32, 0.25, 0.125, 0.125].iter().map(|share| share.ln()).collect();
        let sampling = Sampling { temperature: 1.0, top_p: 1.0, top_k: 0, seed: 7 };
        let near = |found: &[usize], shares: &[f64]| {
            for (n, share) in found.iter().zip(shares) {
                // Four deviations of a binomial count.
                let off = (20_000.0 * share * (1.0 - share)).sqrt() * 4.0;
                assert!((*n as f64 - 20_000.0 * share).abs() <= off, "{found:?}, and {shares:?} was expected");
            }
        };
        near(&counts(sampling, &logits), &[0.5, 0.25, 0.125, 0.125]);
        near(&counts(Sampling { top_k: 2, ..sampling }, &logits), &[2.0 / 3.0, 1.0 / 3.0, 0.0, 0.0]);
        near(&counts(Sampling { top_p: 0.7, ..sampling }, &logits), &[2.0 / 3.0, 1.0 / 3.0, 0.0, 0.0]);
        near(&counts(Sampling { temperature: 0.5, ..sampling }, &logits), &[8.0 / 11.0, 2.0 / 11.0, 0.5 / 11.0, 0.5 / 11.0]);
        assert_eq!(counts(Sampling { temperature: 0.0, ..sampling }, &[1.0, 3.0, 3.0, f32::NAN])[1], 20_000);
        assert_eq!(counts(sampling, &logits), counts(sampling, &logits));
        assert_ne!(counts(sampling, &logits), counts(Sampling { seed: 8, ..sampling }, &logits));
    }
}
