//! Control tokens: where they stand in a text, and what stands for those that a message merely mentions.
//!
//! They are the special tokens of the tokenizer, and those of its other added tokens that the chat template writes (`<tool_call>`), as
//! transformers 5.23 has it for `sanitize_control_tokens`.

use super::ChatError;
use aho_corasick::{AhoCorasick, MatchKind};
use std::fmt;
use std::ops::Range;
use tokenizers::Tokenizer;

/// The control tokens of a tokenizer and a template, by text.
#[derive(Clone)]
pub(super) struct Controls {
    /// In the order of the stand-ins.
    tokens: Vec<Token>,
    finder: AhoCorasick,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Token {
    text: String,
    id: u32,
    special: bool,
}

/// Which control tokens are kept apart from words that look like them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    All,
    /// Those that the tokenizer calls special.
    Special,
}

/// Stand-ins are characters of the private planes, from here on.
const PLANES: [u32; 2] = [0x000f_0000, 0x0010_0000];
/// Characters of a plane that we use at most.
const STAND_INS_MAX: usize = 0xf000;

impl fmt::Debug for Controls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.tokens.iter().map(|token| &token.text)).finish()
    }
}

impl Controls {
    /// Those that `tokenizer` calls special, and those that it adds and `written` has, the source of the template.
    pub(super) fn of(tokenizer: &Tokenizer, written: &str) -> Result<Self, ChatError> {
        let mut tokens: Vec<Token> = Vec::new();
        for (id, token) in tokenizer.get_added_tokens_decoder() {
            let control = token.special || (written.contains(&token.content) && !token.content.trim().is_empty());
            if !control || token.content.is_empty() {
                continue;
            }
            if token.lstrip || token.rstrip || token.single_word {
                return Err(ChatError::Tokenizer(format!("the token `{}` takes spaces or words beside it", token.content)));
            }
            tokens.push(Token { text: token.content.clone(), id, special: token.special });
        }
        tokens.sort();
        if tokens.len() > STAND_INS_MAX {
            return Err(ChatError::Tokenizer(format!("{} control tokens; at most {STAND_INS_MAX} are allowed", tokens.len())));
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(tokens.iter().map(|token| &token.text))
            .map_err(|e| ChatError::Tokenizer(e.to_string()))?;
        Ok(Self { tokens, finder })
    }

    /// The text of one of them.
    pub(super) fn first(&self) -> Option<&str> {
        self.tokens.first().map(|token| token.text.as_str())
    }

    /// The id of the control token that is `text`.
    pub(super) fn id(&self, text: &str) -> Option<u32> {
        self.tokens.iter().find(|token| token.text == text).map(|token| token.id)
    }

    /// Control tokens in `text`, from left to right: byte range and id.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Range<usize>, u32)> + 'a {
        self.finder.find_iter(text).map(|found| (found.range(), self.tokens[found.pattern().as_usize()].id))
    }

    /// Whether `text` mentions one.
    pub(super) fn mentioned(&self, text: &str) -> bool {
        self.finder.is_match(text)
    }

    /// `text` with a stand-in for each control token that it mentions.
    pub(super) fn stand_in(&self, text: &str, plane: u32, which: Which) -> String {
        let mut out = String::with_capacity(text.len());
        self.finder.replace_all_with(text, &mut out, |found, words, out| {
            if which == Which::Special && !self.tokens[found.pattern().as_usize()].special {
                out.push_str(words);
                return true;
            }
            let index = u32::try_from(found.pattern().as_usize()).expect("bounded by STAND_INS_MAX");
            out.push(char::from_u32(plane + index).expect("a character of a private plane"));
            true
        });
        out
    }

    /// The text that a stand-in of `plane` stands for.
    pub(super) fn stands_for(&self, c: char, plane: u32) -> Option<&str> {
        let index = u32::from(c).checked_sub(plane)?;
        self.tokens.get(usize::try_from(index).ok()?).map(|token| token.text.as_str())
    }

    /// A plane of stand-ins that occur in none of `texts`.
    pub(super) fn free_plane<'a>(&self, texts: impl Iterator<Item = &'a str> + Clone) -> Result<u32, ChatError> {
        let taken = |plane: u32| texts.clone().any(|text| text.chars().any(|c| self.stands_for(c, plane).is_some()));
        PLANES.into_iter().find(|plane| !taken(*plane)).ok_or(ChatError::PrivateCharacters)
    }
}
