//! Packing: several samples in one sequence, each a document of its own.
//!
//! Documents do not see each other: attention, positions and the loss begin anew with each. Best fit, longest first: each sample goes where the
//! least is left over. For lengths up to a sequence's this wastes at most 2/9 of the sequences beyond the best packing (Johnson 1974), and far less in
//! practice.

use crate::fit::Sample;
use std::collections::BTreeMap;

/// A label that is not learned: what PyTorch's cross-entropy ignores by default.
pub const IGNORED: i64 = -100;

/// A sequence of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// Token ids of all documents, one behind the other.
    pub ids: Vec<u32>,
    /// The id to be predicted *from* each token, [`IGNORED`] where nothing is learned: shifted by one, and never across documents.
    pub labels: Vec<i64>,
    /// The place of each token in its document.
    pub positions: Vec<u32>,
    /// Where documents begin, and the end of the last: `[0, 5, 9]` for two of 5 and 4 tokens.
    pub bounds: Vec<u32>,
}

impl Sequence {
    /// These samples, one behind the other.
    #[must_use]
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let mut out = Self { bounds: vec![0], ..Self::default() };
        for sample in samples {
            let count = sample.ids.len();
            out.ids.extend(&sample.ids);
            let label = |i: usize| if i < count && sample.learned[i] { i64::from(sample.ids[i]) } else { IGNORED };
            out.labels.extend((1..=count).map(label));
            out.positions.extend(0..u32::try_from(count).expect("a sequence has fewer than 2³² tokens"));
            out.bounds.push(u32::try_from(out.ids.len()).expect("a sequence has fewer than 2³² tokens"));
        }
        out
    }

    /// Tokens that are predicted and learned.
    #[must_use]
    pub fn learned_count(&self) -> usize {
        self.labels.iter().filter(|label| **label != IGNORED).count()
    }
}

/// Indices of `lengths` that go into one sequence each; every length is at most `tokens_max`. Sequences are in the order of their first sample, and
/// samples within one in their own order, so that equal input gives equal output.
///
/// # Panics
/// Where a length exceeds `tokens_max`.
#[must_use]
pub fn pack(lengths: &[usize], tokens_max: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(lengths[*i]), *i));
    let mut bins: Vec<Vec<usize>> = Vec::new();
    // Tokens left → bins with as many left.
    let mut left: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in order {
        let length = lengths[i];
        assert!(length <= tokens_max, "sample {i} has {length} tokens, and a sequence {tokens_max}");
        let found = left.range(length..).next().map(|(room, _)| *room);
        let (bin, room) = match found {
            Some(room) => {
                let same = left.get_mut(&room).expect("just found");
                let bin = same.pop().expect("no empty lists are kept");
                if same.is_empty() {
                    left.remove(&room);
                }
                (bin, room)
            }
            None => {
                bins.push(Vec::new());
                (bins.len() - 1, tokens_max)
            }
        };
        bins[bin].push(i);
        left.entry(room - length).or_default().push(bin);
    }
    for bin in &mut bins {
        bin.sort_unstable();
    }
    bins.sort_unstable();
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_shifted_within_documents() {
        let a = Sample { ids: vec![10, 11, 12], learned: vec![true, false, true] };
        let b = Sample { ids: vec![20, 21], learned: vec![true, true] };
        let sequence = Sequence::of([&a, &b]);
        assert_eq!(sequence.ids, [10, 11, 12, 20, 21]);
        // Nothing predicts the first token of a document.
        assert_eq!(sequence.labels, [IGNORED, 12, IGNORED, 21, IGNORED]);
        assert_eq!(sequence.positions, [0, 1, 2, 0, 1]);
        assert_eq!(sequence.bounds, [0, 3, 5]);
    }

    #[test]
    fn every_sample_is_packed_once_and_no_sequence_overflows() {
        let mut draw = wardian_format::Rng::of(7, &["lengths"]);
        let lengths: Vec<usize> = (0..5_000).map(|_| 1 + draw.below(2_048)).collect();
        let bins = pack(&lengths, 2_048);
        let mut seen: Vec<usize> = bins.concat();
        seen.sort_unstable();
        assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
        assert!(bins.iter().all(|bin| bin.iter().map(|i| lengths[*i]).sum::<usize>() <= 2_048));
        let least = lengths.iter().sum::<usize>().div_ceil(2_048);
        assert!(bins.len() * 50 <= least * 51, "{} sequences, and {least} at least", bins.len());
        assert_eq!(bins, pack(&lengths, 2_048));
    }
}
