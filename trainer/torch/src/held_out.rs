//! The loss on conversations that are never trained on, and how many of their calls the model would have written.

use super::attention::Documents;
use super::decoder::{Decoder, Step};
use tch::Tensor;
use wardian_trainer::curves::HeldOut;
use wardian_trainer::held_out::{CallCounts, HeldOutSample};
use wardian_trainer::pack::{Sequence, pack};

/// Looks at `samples`, packed into sequences of `length`. `step` is the training's, for the line.
#[must_use]
pub fn examine(decoder: &Decoder, samples: &[HeldOutSample], length: usize, step: usize) -> HeldOut {
    let device = decoder.device();
    let lengths: Vec<usize> = samples.iter().map(|one| one.sample.ids.len()).collect();
    let mut counts = CallCounts::default();
    let (mut loss, mut tokens) = (0.0, 0);
    for bin in pack(&lengths, length) {
        let sequence = Sequence::of(bin.iter().map(|at| &samples[*at].sample));
        let ids: Vec<i64> = sequence.ids.iter().map(|id| i64::from(*id)).collect();
        let (ids, labels) = (Tensor::from_slice(&ids).to_device(device), Tensor::from_slice(&sequence.labels).to_device(device));
        let guesses = decoder.guesses(&ids, &labels, &Documents::of(&[sequence], device), Step::default());
        loss += guesses.iter().map(|guess| f64::from(guess.loss)).sum::<f64>();
        tokens += guesses.len();
        let mut rest = &guesses[..];
        for at in bin {
            let one = &samples[at];
            let learned = one.sample.learned.iter().skip(1).filter(|learned| **learned).count();
            let (mine, others) = rest.split_at(learned);
            rest = others;
            counts.add(one, &mine.iter().map(|guess| guess.right).collect::<Vec<_>>());
        }
    }
    HeldOut { step, loss: loss / tokens.max(1) as f64, tokens, calls: counts.accuracy() }
}
