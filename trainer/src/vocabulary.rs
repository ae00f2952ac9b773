//! A small tokenizer trained on the data itself, for models that are trained from scratch.
//!
//! Byte-level BPE over the texts that conversations make under `chatml-tools`, so that schemas and the syntax of calls are in it. Special tokens and tags are
//! tokens of their own, the first ones; every byte is a token; what follows are the merges that occur most often. The same data make the same bytes: merges
//! of the same count are ordered by their tokens.

use crate::conversation::Conversation;
use crate::data::{self, DataError};
use crate::gguf::QWEN2;
use crate::template::{CHATML_TOOLS, ChatTemplate, RenderOptions, TemplateError, TemplateSource};
use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::Trainer;
use tokenizers::{AddedToken, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, SplitDelimiterBehavior, Tokenizer};

/// Tokens that the tokenizer calls special: the end of a text and padding, the begin and the end of a turn.
pub const SPECIALS: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
/// Tags that are tokens, and text all the same.
pub const TAGS: [&str; 6] = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"];
/// The smallest vocabulary: these tokens and every byte.
pub const SIZE_MIN: usize = SPECIALS.len() + TAGS.len() + 256;
/// The largest.
pub const SIZE_MAX: usize = 1_000_000;
/// Bytes of text that are learned from: the trainer counts in 32 bits.
const TEXT_BYTES_MAX: usize = 1 << 30;
/// A merge that occurs once saves nothing.
const COUNT_MIN: u64 = 2;

/// Why there is no vocabulary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// The size is out of bounds.
    #[error(
        "a vocabulary of {size} tokens: at least {SIZE_MIN} are needed, one for each byte and each special token and tag, and at most {SIZE_MAX} are allowed"
    )]
    Size {
        /// What was asked for.
        size: usize,
    },
    /// There is nothing to learn from.
    #[error("the data have no conversation to learn a vocabulary from")]
    Empty,
    /// There is too much.
    #[error("the conversations have more than {TEXT_BYTES_MAX} bytes of text; a part of them does as well")]
    TooLarge,
    /// A file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A conversation has no text.
    #[error("`{path}`, row {row}: {source}")]
    Template {
        /// The file.
        path: PathBuf,
        /// From 1.
        row: usize,
        /// Why.
        source: TemplateError,
    },
    /// The trainer.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
}

/// A trained tokenizer.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    tokenizer: Tokenizer,
    /// What it comes to.
    pub counts: Counts,
}

/// What a vocabulary comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Conversations read.
    pub conversations: usize,
    /// Bytes of their texts.
    pub bytes: usize,
    /// Tokens of their texts.
    pub tokens: usize,
    /// Bytes that a token has of them.
    pub bytes_a_token: f64,
    /// Tokens of the vocabulary: fewer than asked for where nothing else occurs twice.
    pub size: usize,
}

impl Vocabulary {
    /// Learns `size` tokens from the conversations of files, `.jsonl` or `.parquet`. `look` is called for each conversation.
    ///
    /// # Errors
    /// Where the size is out of bounds, a file or a row is not readable, or there is nothing to learn from.
    pub fn train(paths: &[PathBuf], size: usize, look: impl FnMut()) -> Result<Self, VocabularyError> {
        if !(SIZE_MIN..=SIZE_MAX).contains(&size) {
            return Err(VocabularyError::Size { size });
        }
        let texts = texts(paths, look)?;
        let failed = |e: tokenizers::Error| VocabularyError::Tokenizer(e.to_string());
        let tokenizer = learn(&texts, size).map_err(failed)?;
        let lengths: Result<Vec<usize>, tokenizers::Error> =
            texts.par_iter().map(|text| Ok(tokenizer.encode_fast(text.as_str(), false)?.len())).collect();
        let tokens = lengths.map_err(failed)?.iter().sum();
        let bytes = texts.iter().map(String::len).sum();
        let counts = Counts {
            conversations: texts.len(),
            bytes,
            tokens,
            bytes_a_token: bytes as f64 / (tokens as f64).max(1.0),
            size: tokenizer.get_vocab_size(true),
        };
        Ok(Self { tokenizer, counts })
    }

    /// The tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The files of a Hugging Face folder, by name: what [`crate::chat::ChatTokenizer::open`] and transformers' `AutoTokenizer` read.
    ///
    /// # Errors
    /// Where the tokenizer cannot be written as JSON.
    pub fn files(&self) -> Result<Vec<(&'static str, String)>, VocabularyError> {
        let [end_of_text, _, end_of_turn] = SPECIALS;
        let tokenizer = self.tokenizer.to_string(true).map_err(|e| VocabularyError::Tokenizer(e.to_string()))?;
        let config = json!({
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": null,
            "eos_token": end_of_turn,
            "pad_token": end_of_text,
            "unk_token": null,
            "additional_special_tokens": SPECIALS,
            "clean_up_tokenization_spaces": false,
            "model_input_names": ["input_ids", "attention_mask"],
        });
        Ok(vec![
            ("tokenizer.json", tokenizer + "\n"),
            ("tokenizer_config.json", format!("{config:#}\n")),
            ("chat_template.jinja", CHATML_TOOLS.to_owned()),
        ])
    }
}

/// A tokenizer of `size` tokens at most.
fn learn(texts: &[String], size: usize) -> tokenizers::Result<Tokenizer> {
    let mut trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(size)
        .min_frequency(COUNT_MIN)
        .special_tokens(specials().chain(tags()).collect())
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let cut = cut()?;
    let words = |text: &str| {
        let mut pieces = PreTokenizedString::from(text);
        cut.pre_tokenize(&mut pieces)?;
        Ok(pieces.get_splits(OffsetReferential::Original, OffsetType::Byte).into_iter().map(|(word, _, _)| word.to_owned()).collect())
    };
    // Tokens of their own teach no merges.
    let own = AhoCorasick::new(SPECIALS.iter().chain(&TAGS))?;
    trainer.feed(texts.iter().flat_map(|text| between(&own, text)), words)?;
    let mut model = BPE::default();
    trainer.train(&mut model)?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(cut)).with_decoder(Some(ByteLevel::new(false, false, false)));
    tokenizer.add_special_tokens(specials())?;
    tokenizer.add_tokens(tags())?;
    Ok(tokenizer)
}

/// The texts of all conversations, without what a model is asked with.
fn texts(paths: &[PathBuf], mut look: impl FnMut()) -> Result<Vec<String>, VocabularyError> {
    let template = ChatTemplate::new(&TemplateSource::of(CHATML_TOOLS));
    let template = template.map_err(|e| VocabularyError::Tokenizer(e.to_string()))?;
    let mut out = Vec::new();
    let mut bytes = 0;
    for path in paths {
        for row in data::read(path)? {
            let (row, conversation) = row?;
            let text = text(&template, &conversation);
            let text = text.map_err(|source| VocabularyError::Template { path: path.clone(), row, source })?;
            bytes += text.len();
            if bytes > TEXT_BYTES_MAX {
                return Err(VocabularyError::TooLarge);
            }
            out.push(text);
            look();
        }
    }
    if bytes == 0 { Err(VocabularyError::Empty) } else { Ok(out) }
}

fn text(template: &ChatTemplate, conversation: &Conversation) -> Result<String, TemplateError> {
    let options = RenderOptions { variables: conversation.variables.clone(), ..RenderOptions::default() };
    template.render(&conversation.messages, &conversation.tools, &options).map(|text| text.text)
}

/// Their ids are the first.
fn specials() -> impl Iterator<Item = AddedToken> {
    SPECIALS.iter().map(|text| AddedToken::from(*text, true).normalized(false))
}

/// Their ids are the next.
fn tags() -> impl Iterator<Item = AddedToken> {
    TAGS.iter().map(|text| AddedToken::from(*text, false).normalized(false))
}

/// How text is cut before merging: as Qwen2 cuts it, which is GPT-4's way with single digits, so that numbers are read digit by digit.
/// Source: Qwen2's `tokenizer.json`; `cl100k_base` of OpenAI's tiktoken.
fn cut() -> tokenizers::Result<Sequence> {
    let split = Split::new(SplitPattern::Regex(QWEN2.to_owned()), SplitDelimiterBehavior::Isolated, false)?;
    Ok(Sequence::new(vec![split.into(), ByteLevel::new(false, false, false).into()]))
}

/// The pieces of `text` between tokens of their own.
fn between<'a>(own: &'a AhoCorasick, text: &'a str) -> impl Iterator<Item = &'a str> {
    let mut at = 0;
    let ends = own.find_iter(text).map(|found| found.range()).chain(std::iter::once(text.len()..text.len()));
    ends.map(move |range| {
        let piece = &text[at..range.start];
        at = range.end;
        piece
    })
}
