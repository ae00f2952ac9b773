//! What a set of conversations comes to: tokens, learned tokens, lengths, what was cut, how full sequences are.

use crate::chat::Encoded;
use crate::fit::{Fit, LeftOut};
use serde::Serialize;
use std::collections::BTreeMap;
use wardian_format::number::grouped as count;

/// Counts of a data set. `tokens` and `learned` are of what is trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Conversations read.
    pub conversations: usize,
    /// Conversations that are trained on.
    pub samples: usize,
    /// Tokens of samples.
    pub tokens: usize,
    /// Of them, learned.
    pub learned: usize,
    /// Turns of the agent.
    pub turns: usize,
    /// Tokens that were split at the border of a turn.
    pub split: usize,
    /// Conversations that were cut.
    pub cut: usize,
    /// Tokens that were lost by it.
    pub cut_tokens: usize,
    /// Conversations left out, by reason.
    pub left_out: BTreeMap<LeftOut, usize>,
    /// Tokens of a sample: the shortest, the quarters, the longest.
    pub lengths: Option<Lengths>,
    /// Sequences after packing.
    pub sequences: usize,
    /// Share of the tokens of sequences that samples fill, 0 to 1.
    pub filled: f64,
}

/// Lengths in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lengths {
    /// Shortest.
    pub min: usize,
    /// A quarter is at most so long.
    pub p25: usize,
    /// Half are at most so long.
    pub p50: usize,
    /// Three quarters are at most so long.
    pub p75: usize,
    /// Nineteen in twenty are at most so long.
    pub p95: usize,
    /// Longest.
    pub max: usize,
}

impl Stats {
    /// Counts a conversation.
    pub fn add(&mut self, encoded: &Encoded, fit: &Fit) {
        self.conversations += 1;
        let sample = match fit {
            Fit::Whole(sample) => sample,
            Fit::Cut(sample, lost) => {
                self.cut += 1;
                self.cut_tokens += lost;
                sample
            }
            Fit::Out(why) => {
                *self.left_out.entry(*why).or_default() += 1;
                return;
            }
        };
        self.samples += 1;
        self.tokens += sample.ids.len();
        self.learned += sample.learned_count();
        self.turns += encoded.turn_ends.iter().filter(|end| **end <= sample.ids.len()).count();
        self.split += encoded.split;
    }

    /// Counts the sequences that samples of `lengths` were packed into.
    pub fn packed(&mut self, lengths: &[usize], sequences: usize, tokens_max: usize) {
        self.sequences = sequences;
        let room = sequences * tokens_max;
        self.filled = if room == 0 { 0.0 } else { lengths.iter().sum::<usize>() as f64 / room as f64 };
        self.lengths = Lengths::of(lengths);
    }

    /// Names and values of the statistics, for people.
    #[must_use]
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let share = |part: usize, all: usize| if all == 0 { 0.0 } else { part as f64 * 100.0 / all as f64 };
        let mut out = vec![
            ("conversations", format!("{}, {} trained on", count(self.conversations), count(self.samples))),
            ("tokens", format!("{}, {} learned ({:.1} %)", count(self.tokens), count(self.learned), share(self.learned, self.tokens))),
            ("turns of the agent", count(self.turns)),
        ];
        if let Some(lengths) = self.lengths {
            let Lengths { min, p25, p50, p75, p95, max } = lengths;
            out.push(("length", {
                let [min, p25, p50, p75, p95, max] = [min, p25, p50, p75, p95, max].map(count);
                format!("{min} to {max}; quarters {p25}, {p50}, {p75}; 95 % up to {p95}")
            }));
            out.push(("sequences", format!("{}, {:.1} % full", count(self.sequences), self.filled * 100.0)));
        }
        if self.cut > 0 {
            out.push(("cut", format!("{}, {} tokens lost", count(self.cut), count(self.cut_tokens))));
        }
        for (why, number) in &self.left_out {
            let why = match why {
                LeftOut::NothingLearned => "left out: nothing learned",
                LeftOut::TooLong => "left out: too long",
            };
            out.push((why, count(*number)));
        }
        if self.split > 0 {
            out.push(("tokens split at a turn’s border", count(self.split)));
        }
        out
    }
}

impl Lengths {
    /// Nearest ranks; none of nothing.
    #[must_use]
    pub fn of(lengths: &[usize]) -> Option<Self> {
        let mut sorted = lengths.to_vec();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let at = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).saturating_sub(1).min(last)];
        Some(Self { min: sorted[0], p25: at(25), p50: at(50), p75: at(75), p95: at(95), max: sorted[last] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_nearest_ranks() {
        assert_eq!(Lengths::of(&[]), None);
        let hundred: Vec<usize> = (1..=100).rev().collect();
        assert_eq!(Lengths::of(&hundred), Some(Lengths { min: 1, p25: 25, p50: 50, p75: 75, p95: 95, max: 100 }));
        assert_eq!(Lengths::of(&[7]), Some(Lengths { min: 7, p25: 7, p50: 7, p75: 7, p95: 7, max: 7 }));
    }
}
