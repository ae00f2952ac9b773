//! Which samples a phase sees, in which order, and which of them share a sequence: a function of the seed alone.

use crate::pack::pack;
use wardian_format::Rng;

/// Samples of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    /// Tokens of each sample.
    pub lengths: Vec<usize>,
    /// How often each is seen in an epoch; of a broken part, as many samples as it says.
    pub weight: f64,
}

/// A sample: source and place in it.
pub type At = (usize, usize);

/// The sequences of a phase, each a list of samples, in the order of training.
///
/// Every epoch draws its samples and their order anew. A last epoch that is not whole has so many of its samples. `name` is the phase's, so that two
/// phases with the same data differ.
#[must_use]
pub fn sequences(sources: &[Weighted], tokens_max: usize, epochs: f64, seed: u64, name: &str) -> Vec<Vec<At>> {
    let mut out = Vec::new();
    let mut epoch = 0_u32;
    let mut left = epochs;
    while left > 1e-9 {
        let mut rng = Rng::of(seed, &["order", name, &epoch.to_string()]);
        let mut samples = drawn(sources, &mut rng);
        rng.shuffle(&mut samples);
        if left < 1.0 {
            samples.truncate((samples.len() as f64 * left).round() as usize);
        }
        let lengths: Vec<usize> = samples.iter().map(|(source, at)| sources[*source].lengths[*at]).collect();
        let mut packed: Vec<Vec<At>> =
            pack(&lengths, tokens_max).into_iter().map(|bin| bin.into_iter().map(|i| samples[i]).collect()).collect();
        // Packing puts the longest first.
        rng.shuffle(&mut packed);
        out.append(&mut packed);
        epoch += 1;
        left -= 1.0;
    }
    out
}

/// The samples of an epoch, source by source.
fn drawn(sources: &[Weighted], rng: &mut Rng) -> Vec<At> {
    let mut out = Vec::new();
    for (source, Weighted { lengths, weight }) in sources.iter().enumerate() {
        let whole = weight.floor() as usize;
        out.extend((0..whole).flat_map(|_| (0..lengths.len()).map(move |at| (source, at))));
        let mut rest: Vec<usize> = (0..lengths.len()).collect();
        rng.shuffle(&mut rest);
        rest.truncate(((weight - weight.floor()) * lengths.len() as f64).round() as usize);
        out.extend(rest.into_iter().map(|at| (source, at)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn counted(sequences: &[Vec<At>]) -> BTreeMap<At, usize> {
        let mut out = BTreeMap::new();
        sequences.iter().flatten().for_each(|at| *out.entry(*at).or_default() += 1);
        out
    }

    #[test]
    fn weights_and_epochs_say_how_often_a_sample_is_seen() {
        let sources = [Weighted { lengths: vec![5; 100], weight: 1.0 }, Weighted { lengths: vec![9; 40], weight: 2.5 }];
        let two = sequences(&sources, 16, 2.0, 1, "a");
        let seen = counted(&two);
        assert!((0..100).all(|at| seen[&(0, at)] == 2));
        // Twice an epoch, and every other one a third time.
        assert!((0..40).all(|at| (4..=6).contains(&seen[&(1, at)])));
        assert_eq!(seen.iter().filter(|((source, _), _)| *source == 1).map(|(_, n)| n).sum::<usize>(), 200);
        assert!(two.iter().all(|sequence| sequence.iter().map(|(source, at)| sources[*source].lengths[*at]).sum::<usize>() <= 16));
        let part = counted(&sequences(&sources, 16, 0.25, 1, "a"));
        assert_eq!(part.values().sum::<usize>(), 50);
    }

    #[test]
    fn the_order_follows_from_the_seed() {
        let sources = [Weighted { lengths: (1..200).collect(), weight: 1.0 }];
        let order = |seed, name| sequences(&sources, 256, 2.0, seed, name);
        assert_eq!(order(1, "a"), order(1, "a"));
        assert_ne!(order(1, "a"), order(2, "a"));
        assert_ne!(order(1, "a"), order(1, "b"));
        let both = order(1, "a");
        let (first, second) = both.split_at(both.len() / 2);
        assert_ne!(first, second, "epochs differ");
    }
}
