//! Conversations that are never trained on, and where the calls in them are: what a model would have called, had it been asked there.

use crate::chat::format::Given;
use crate::chat::{ChatTokenizer, Encoded, Rendered};
use crate::curves::{CallAccuracy, HeldOut};
use crate::fit::Sample;
use serde::Serialize;
use std::iter::Sum;
use std::ops::Range;

/// A conversation that is looked at and not trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldOutSample {
    /// Its tokens.
    pub sample: Sample,
    /// Calls of the agent that are learned, in order.
    pub calls: Vec<CallTokens>,
}

/// Tokens of a call, by their place in the sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallTokens {
    /// All of it, with the marks around it.
    pub whole: Range<usize>,
    /// The name.
    pub name: Range<usize>,
    /// The arguments.
    pub arguments: Range<usize>,
}

/// The calls of a conversation. None where how the template writes calls is not understood.
#[must_use]
pub fn calls(chat: &ChatTokenizer, rendered: &Rendered, encoded: &Encoded, kept: usize) -> Vec<CallTokens> {
    let Ok(format) = chat.calls() else { return Vec::new() };
    let mut out = Vec::new();
    for turn in rendered.turns.iter().filter(|turn| turn.learned) {
        let prompt = &rendered.text[..turn.range.start];
        let parsed = format.parse_given(&rendered.text[turn.range.clone()], &Given { prompt: Some(prompt), tools: &[] });
        for call in parsed.calls {
            let tokens = |bytes: &Range<usize>| tokens(encoded, bytes.start + turn.range.start..bytes.end + turn.range.start);
            let one = CallTokens { whole: tokens(&call.range), name: tokens(&call.name_range), arguments: tokens(&call.arguments_range) };
            if one.whole.end <= kept {
                out.push(one);
            }
        }
    }
    out
}

/// Tokens that have a part of `bytes`.
fn tokens(encoded: &Encoded, bytes: Range<usize>) -> Range<usize> {
    let first = encoded.ranges.partition_point(|range| range.end <= bytes.start);
    let end = encoded.ranges.partition_point(|range| range.start < bytes.end);
    first..end.max(first)
}

/// Counts calls that a model would have written to the letter, given all that precedes each: its likeliest token is the right one at every place, which is
/// what greedy decoding would have written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallCounts {
    /// Calls looked at.
    pub calls: usize,
    /// Those whose name and arguments are all right.
    pub right: usize,
    /// Those whose name is right.
    pub names: usize,
    /// Those whose arguments are right.
    pub arguments: usize,
}

impl CallCounts {
    /// Counts the calls of a conversation. `right` has an entry a learned token but the first of the conversation, in order.
    pub fn add(&mut self, one: &HeldOutSample, right: &[bool]) {
        // The place of each learned token in `right`.
        let mut places = vec![None; one.sample.ids.len()];
        let learned = (1..one.sample.ids.len()).filter(|at| one.sample.learned[*at]);
        learned.enumerate().for_each(|(place, at)| places[at] = Some(place));
        let all = |range: &Range<usize>| range.clone().all(|at| places[at].is_some_and(|place| right[place]));
        for call in &one.calls {
            self.calls += 1;
            self.right += usize::from(all(&call.whole));
            self.names += usize::from(all(&call.name));
            self.arguments += usize::from(all(&call.arguments));
        }
    }

    /// Shares; none without a call.
    #[must_use]
    pub fn accuracy(&self) -> Option<CallAccuracy> {
        let share = |part: usize| part as f64 / self.calls as f64;
        let Self { calls, right, names, arguments } = *self;
        (calls > 0).then(|| CallAccuracy { calls, right: share(right), names: share(names), arguments: share(arguments) })
    }
}

/// What a look at conversations came to. Sums, so that looks add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Seen {
    /// Learned tokens.
    pub tokens: usize,
    /// Their losses together, in nats.
    pub loss: f64,
    /// Their calls.
    #[serde(flatten)]
    pub calls: CallCounts,
}

impl Seen {
    /// As a line of the curves, after `step` steps.
    #[must_use]
    pub fn line(&self, step: usize) -> HeldOut {
        HeldOut { step, loss: self.loss / self.tokens.max(1) as f64, tokens: self.tokens, calls: self.calls.accuracy() }
    }
}

impl Sum for Seen {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| {
            let (one, other) = (a.calls, b.calls);
            let calls = CallCounts {
                calls: one.calls + other.calls,
                right: one.right + other.right,
                names: one.names + other.names,
                arguments: one.arguments + other.arguments,
            };
            Self { tokens: a.tokens + b.tokens, loss: a.loss + b.loss, calls }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_right_where_every_token_is() {
        let sample = Sample { ids: vec![0; 8], learned: vec![false, false, true, true, true, false, true, true] };
        let call = |whole: Range<usize>, name, arguments| CallTokens { whole, name, arguments };
        let one = HeldOutSample { sample, calls: vec![call(2..5, 3..4, 4..5), call(6..8, 6..7, 7..8)] };
        let mut counts = CallCounts::default();
        assert_eq!(counts.accuracy(), None);
        // Learned tokens 2, 3, 4, 6, 7.
        counts.add(&one, &[true, true, true, false, true]);
        let found = counts.accuracy().expect("two calls");
        assert_eq!((found.calls, found.right, found.names, found.arguments), (2, 0.5, 0.5, 1.0));
    }

    #[test]
    fn looks_add_up() {
        let calls = CallCounts { calls: 2, right: 1, names: 2, arguments: 1 };
        let looks = [Seen { tokens: 3, loss: 6.0, calls }, Seen { tokens: 1, loss: 0.5, calls: CallCounts::default() }];
        let line = looks.into_iter().sum::<Seen>().line(7);
        assert_eq!((line.step, line.loss, line.tokens), (7, 1.625, 4));
        assert_eq!(line.calls, calls.accuracy());
    }
}
