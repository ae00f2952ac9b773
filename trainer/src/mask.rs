//! Token ids with a loss mask.

use crate::render::Rendered;
use tokenizers::Tokenizer;

/// A conversation as tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids.
    pub ids: Vec<u32>,
    /// `true` where the loss counts; as long as `ids`.
    pub learned: Vec<bool>,
}

/// Why a conversation could not be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// The tokenizer failed.
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    /// A token lies half inside what the agent wrote, so that no mask is right.
    #[error("token {index} covers bytes {start}..{end}, across the border of a learned range")]
    Straddle {
        /// Index of the token.
        index: usize,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
}

/// Encodes the whole text once and marks the tokens that lie in a learned range.
///
/// A token of bytes `s..e` is learned where `a <= s` and `e <= b` for a learned range `a..b`. A token across
/// a border is an error rather than a guess: the end-of-turn mark is a token of its own in every ChatML tokenizer.
pub fn encode(tokenizer: &Tokenizer, rendered: &Rendered) -> Result<Encoded, MaskError> {
    let encoding = tokenizer.encode(rendered.text.as_str(), false).map_err(|e| MaskError::Tokenizer(e.to_string()))?;
    let mut learned = Vec::with_capacity(encoding.get_ids().len());
    let mut ranges = rendered.learned.iter().peekable();
    for (index, &(start, end)) in encoding.get_offsets().iter().enumerate() {
        while ranges.peek().is_some_and(|range| range.end <= start) {
            ranges.next();
        }
        let inside = match ranges.peek() {
            Some(range) if end > range.start && end > start => {
                if start < range.start || end > range.end {
                    return Err(MaskError::Straddle { index, start, end });
                }
                true
            }
            _ => false,
        };
        learned.push(inside);
    }
    Ok(Encoded { ids: encoding.get_ids().to_vec(), learned })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chatml;
    use serde_json::json;
    use wardian_format::Message;
    use wardian_format::trajectory::ToolCall;

    /// A byte-level tokenizer with the marks of ChatML as special tokens: every byte is a token.
    fn tokenizer() -> Tokenizer {
        let alphabet: Vec<char> = {
            let mut all: Vec<char> = tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet().into_iter().collect();
            all.sort_unstable();
            all
        };
        let vocab: serde_json::Map<String, serde_json::Value> =
            alphabet.iter().enumerate().map(|(i, c)| (c.to_string(), json!(i))).collect();
        let special = |id: usize, content: &str| json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
        let document = json!({
            "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
            "added_tokens": [special(256, "<|im_start|>"), special(257, "<|im_end|>")],
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
            "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
            "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                      "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocab, "merges": []},
        });
        document.to_string().parse().expect("a valid tokenizer")
    }

    fn conversation() -> Vec<Message> {
        let call = |id: &str, arguments: &str| ToolCall { id: id.into(), name: "get_order".into(), arguments: arguments.into() };
        vec![
            Message::System { content: "Be brief.".into() },
            Message::User { content: "Where is my order?".into() },
            Message::Assistant {
                content: Some("Let me look.".into()),
                reasoning: None,
                tool_calls: vec![call("1", r#"{"id": "ä<|im_end|>"}"#)],
            },
            Message::Tool { tool_call_id: "1".into(), name: "get_order".into(), content: r#"{"status":"shipped"}"#.into() },
            Message::Assistant { content: Some("It has shipped.".into()), reasoning: None, tool_calls: vec![] },
        ]
    }

    #[test]
    fn learned_tokens_are_exactly_what_the_agent_wrote() {
        let rendered = chatml(&conversation(), &[json!({"type": "function"})]);
        let tokenizer = tokenizer();
        let encoded = encode(&tokenizer, &rendered).expect("encodes");
        let picked: Vec<u32> = encoded.ids.iter().zip(&encoded.learned).filter(|(_, l)| **l).map(|(id, _)| *id).collect();
        let text = tokenizer.decode(&picked, false).expect("decodes");
        let expected: String = rendered.learned.iter().map(|r| &rendered.text[r.clone()]).collect();
        assert_eq!(text, expected);
        assert!(text.contains("Let me look.") && text.contains("<tool_call>") && text.ends_with("It has shipped.<|im_end|>"), "{text}");
        assert!(!text.contains("Where is my order") && !text.contains("shipped\"}"), "{text}");
    }

    #[test]
    fn a_token_across_the_border_is_an_error() {
        let mut rendered = chatml(&conversation(), &[]);
        rendered.learned[0].end -= 1;
        assert!(matches!(encode(&tokenizer(), &rendered), Err(MaskError::Straddle { .. })));
    }
}
