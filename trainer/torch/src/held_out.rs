//! The loss on conversations that are never trained on, and how many of their calls the model would have written.

use super::attention::Documents;
use super::decoder::{Decoder, Step};
use tch::Tensor;
use wardian_trainer::held_out::{HeldOutSample, Seen};
use wardian_trainer::pack::{Sequence, pack};

/// Looks at `samples`, packed into sequences of `length`: what each came to, in their order.
#[must_use]
pub fn examine(decoder: &Decoder, samples: &[HeldOutSample], length: usize) -> Vec<Seen> {
    let device = decoder.device();
    let lengths: Vec<usize> = samples.iter().map(|one| one.sample.ids.len()).collect();
    let mut out = vec![Seen::default(); samples.len()];
    for bin in pack(&lengths, length) {
        let sequence = Sequence::of(bin.iter().map(|at| &samples[*at].sample));
        let ids: Vec<i64> = sequence.ids.iter().map(|id| i64::from(*id)).collect();
        let (ids, labels) = (Tensor::from_slice(&ids).to_device(device), Tensor::from_slice(&sequence.labels).to_device(device));
        let guesses = decoder.guesses(&ids, &labels, &Documents::of(&[sequence], device), Step::default());
        let mut rest = &guesses[..];
        for at in bin {
            let one = &samples[at];
            let learned = one.sample.learned.iter().skip(1).filter(|learned| **learned).count();
            let (mine, others) = rest.split_at(learned);
            rest = others;
            let seen = &mut out[at];
            seen.tokens = learned;
            seen.loss = mine.iter().map(|guess| f64::from(guess.loss)).sum();
            seen.calls.add(one, &mine.iter().map(|guess| guess.right).collect::<Vec<_>>());
        }
    }
    out
}
