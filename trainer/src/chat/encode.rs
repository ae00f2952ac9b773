//! Tokens and their mask.

use super::{ChatError, ChatTokenizer, Rendered};
use std::ops::Range;
use tokenizers::Tokenizer;

/// A conversation as tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids.
    pub ids: Vec<u32>,
    /// `true` where the loss counts; as long as `ids`.
    pub learned: Vec<bool>,
    /// Bytes of the text that each token covers; tokens that share a character share its bytes.
    pub ranges: Vec<Range<usize>>,
    /// One past the last token of each turn of the agent, learned or not.
    pub turn_ends: Vec<usize>,
    /// Tokens that would have covered both sides of a turn's border, and were split there.
    pub split: usize,
}

impl Encoded {
    /// Learned tokens.
    #[must_use]
    pub fn learned_count(&self) -> usize {
        self.learned.iter().filter(|learned| **learned).count()
    }
}

/// Text between control tokens is encoded piece by piece, as tokenizers do it by themselves; control tokens are given by their place, and words
/// that look like them are pieces of their own.
pub(super) fn encode(chat: &ChatTokenizer, rendered: &Rendered) -> Result<Encoded, ChatError> {
    let mut out = Encoded::default();
    let mut at = 0;
    let mut mentions = rendered.mentions.iter().peekable();
    let mut text = |until: usize, at: &mut usize, out: &mut Encoded| {
        while let Some(mention) = mentions.next_if(|mention| mention.start < until) {
            piece(&chat.tokenizer, rendered, *at..mention.start, out)?;
            mentioned(chat, rendered, mention.clone(), out)?;
            *at = mention.end;
        }
        piece(&chat.tokenizer, rendered, *at..until, out)
    };
    for (range, id) in &rendered.controls {
        text(range.start, &mut at, &mut out)?;
        out.ids.push(*id);
        out.ranges.push(range.clone());
        at = range.end;
    }
    text(rendered.text.len(), &mut at, &mut out)?;
    mark(rendered, &mut out);
    Ok(out)
}

/// Encodes words that look like a control token.
fn mentioned(chat: &ChatTokenizer, rendered: &Rendered, range: Range<usize>, out: &mut Encoded) -> Result<(), ChatError> {
    let first = out.ids.len();
    piece(chat.bare.get_or_init(|| bare(&chat.tokenizer)), rendered, range.clone(), out)?;
    let words = &rendered.text[range];
    if chat.controls.id(words).is_some_and(|id| out.ids[first..].contains(&id)) {
        return Err(ChatError::Unavoidable(words.to_owned()));
    }
    Ok(())
}

/// The tokenizer without its added tokens.
fn bare(tokenizer: &Tokenizer) -> Tokenizer {
    let mut out = Tokenizer::new(tokenizer.get_model().clone());
    let _ = out.with_normalizer(tokenizer.get_normalizer().cloned());
    let _ = out.with_pre_tokenizer(tokenizer.get_pre_tokenizer().cloned());
    out
}

/// Encodes the text `range`. A token across the border of a turn is split there: the model is asked to write from that border on, and never writes
/// a token that begins before it.
fn piece(tokenizer: &Tokenizer, rendered: &Rendered, range: Range<usize>, out: &mut Encoded) -> Result<(), ChatError> {
    if range.is_empty() {
        return Ok(());
    }
    let encoding = tokenizer.encode(&rendered.text[range.clone()], false).map_err(|e| ChatError::Tokenizer(e.to_string()))?;
    let ranges: Vec<Range<usize>> = encoding.get_offsets().iter().map(|(start, end)| range.start + start..range.start + end).collect();
    let borders = rendered.turns.iter().flat_map(|turn| [turn.range.start, turn.range.end]);
    let crossed = borders.filter(|border| range.start < *border && *border < range.end).find(|border| {
        let after = ranges.partition_point(|token| token.end <= *border);
        ranges.get(after).is_some_and(|token| token.start < *border)
    });
    if let Some(border) = crossed {
        out.split += 1;
        piece(tokenizer, rendered, range.start..border, out)?;
        return piece(tokenizer, rendered, border..range.end, out);
    }
    out.ids.extend(encoding.get_ids());
    out.ranges.extend(ranges);
    Ok(())
}

/// A token is learned where it lies in a learned turn. No token lies across a border.
fn mark(rendered: &Rendered, out: &mut Encoded) {
    out.learned = vec![false; out.ids.len()];
    for turn in &rendered.turns {
        let first = out.ranges.partition_point(|token| token.start < turn.range.start);
        let end = out.ranges.partition_point(|token| token.start < turn.range.end);
        out.learned[first..end].fill(turn.learned);
        out.turn_ends.push(end);
    }
}

/// Checks that encoding piece by piece gives what the tokenizer gives for a whole text.
pub(super) fn check_pieces(chat: &ChatTokenizer) -> Result<(), ChatError> {
    let Some(control) = chat.controls.first() else { return Err(ChatError::Tokenizer("there is no special token".to_owned())) };
    let text = format!("a b{control}user\nc{control}\n d\n\ne{control}");
    let whole = chat.tokenizer.encode(text.as_str(), false).map_err(|e| ChatError::Tokenizer(e.to_string()))?;
    let rendered = Rendered { controls: chat.controls.find(&text).collect(), text, mentions: Vec::new(), turns: Vec::new() };
    if encode(chat, &rendered)?.ids != whole.get_ids() {
        let what =
            "it encodes text after a special token otherwise than by itself, so that mentions of special tokens cannot be told from them";
        return Err(ChatError::Tokenizer(what.to_owned()));
    }
    Ok(())
}
