//! Samples of bounded length: what is too long is cut between turns, never within a call.

use crate::chat::Encoded;
use serde::{Deserialize, Serialize};

/// What becomes of a conversation that is longer than a sequence may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverLong {
    /// It ends after the last turn of the agent that fits.
    #[default]
    Cut,
    /// It is left out.
    LeaveOut,
    /// It is an error.
    Refuse,
}

/// Tokens to train on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Token ids.
    pub ids: Vec<u32>,
    /// Whether the loss counts where the token is to be predicted; as long as `ids`. The first token is never predicted.
    pub learned: Vec<bool>,
}

impl Sample {
    /// Learned tokens.
    #[must_use]
    pub fn learned_count(&self) -> usize {
        self.learned.iter().filter(|learned| **learned).count()
    }

    /// The same tokens, all of them learned but the first, which nothing precedes.
    #[must_use]
    pub fn with_all_learned(self) -> Self {
        let learned = (0..self.ids.len()).map(|at| at > 0).collect();
        Self { learned, ..self }
    }
}

/// What became of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It fits as it is.
    Whole(Sample),
    /// It was cut; so many tokens are lost.
    Cut(Sample, usize),
    /// It is left out.
    Out(LeftOut),
}

/// Why a conversation is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Nothing in it is learned.
    NothingLearned,
    /// Nothing that is learned fits into a sequence.
    TooLong,
}

/// An over-long conversation under [`OverLong::Refuse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{tokens} tokens, and a sequence has at most {tokens_max}; raise `length` or let over-long conversations be cut or left out (`over-long`)"
)]
pub struct TooLong {
    /// Tokens of the conversation.
    pub tokens: usize,
    /// Tokens of a sequence.
    pub tokens_max: usize,
}

/// Fits a conversation into `tokens_max`.
///
/// # Errors
/// Under [`OverLong::Refuse`], where it does not fit.
pub fn fit(encoded: &Encoded, tokens_max: usize, over_long: OverLong) -> Result<Fit, TooLong> {
    let tokens = encoded.ids.len();
    if encoded.learned_count() == 0 {
        return Ok(Fit::Out(LeftOut::NothingLearned));
    }
    // What stands behind the last learned token teaches nothing.
    let end = encoded.learned.iter().rposition(|learned| *learned).map_or(0, |last| last + 1);
    if end <= tokens_max {
        return Ok(Fit::Whole(sample(encoded, end)));
    }
    match over_long {
        OverLong::Refuse => Err(TooLong { tokens, tokens_max }),
        OverLong::LeaveOut => Ok(Fit::Out(LeftOut::TooLong)),
        OverLong::Cut => {
            let end = encoded.turn_ends.iter().copied().filter(|end| *end <= tokens_max).max().unwrap_or(0);
            let end = encoded.learned[..end].iter().rposition(|learned| *learned).map_or(0, |last| last + 1);
            Ok(if end == 0 { Fit::Out(LeftOut::TooLong) } else { Fit::Cut(sample(encoded, end), tokens - end) })
        }
    }
}

fn sample(encoded: &Encoded, end: usize) -> Sample {
    Sample { ids: encoded.ids[..end].to_vec(), learned: encoded.learned[..end].to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `u` is not learned, `a` is, `|` ends a turn of the agent and is learned, `-` one that is masked.
    fn encoded(text: &str) -> Encoded {
        let mut out = Encoded::default();
        for (i, c) in text.chars().enumerate() {
            out.ids.push(u32::from(c));
            out.learned.push(matches!(c, 'a' | '|'));
            out.ranges.push(i..i + 1);
            if matches!(c, '|' | '-') {
                out.turn_ends.push(i + 1);
            }
        }
        out
    }

    fn show(fit: &Fit) -> String {
        let text = |sample: &Sample| sample.ids.iter().filter_map(|id| char::from_u32(*id)).collect::<String>();
        match fit {
            Fit::Whole(sample) => text(sample),
            Fit::Cut(sample, lost) => format!("{}~{lost}", text(sample)),
            Fit::Out(why) => format!("{why:?}"),
        }
    }

    #[test]
    fn conversations_are_cut_between_turns() {
        let cases = [
            ("uuaa|uu", 7, "uuaa|"),
            ("uuaa|uu", 5, "uuaa|"),
            ("uuaa|uuaaa|", 10, "uuaa|~6"),
            ("uuaa|uuaaa|", 11, "uuaa|uuaaa|"),
            ("uuaa|", 4, "TooLong"),
            ("uuuu", 9, "NothingLearned"),
            // A masked turn at the end of what fits teaches nothing.
            ("ua|uu-uua|", 8, "ua|~7"),
            ("uu-uua|", 6, "TooLong"),
        ];
        for (text, tokens_max, expected) in cases {
            assert_eq!(show(&fit(&encoded(text), tokens_max, OverLong::Cut).expect("cut")), expected, "{text} to {tokens_max}");
        }
        assert_eq!(fit(&encoded("uuaa|uuaaa|"), 10, OverLong::LeaveOut), Ok(Fit::Out(LeftOut::TooLong)));
        assert_eq!(fit(&encoded("uuaa|uuaaa|"), 10, OverLong::Refuse), Err(TooLong { tokens: 11, tokens_max: 10 }));
    }
}
