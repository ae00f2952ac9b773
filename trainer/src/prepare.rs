//! Files of conversations become samples and sequences.

use crate::chat::{ChatError, ChatTokenizer, Encoded, Rendered};
use crate::conversation::Conversation;
use crate::data::{self, DataError};
use crate::fit::{Fit, OverLong, Sample, TooLong, fit};
use crate::pack::pack;
use crate::stats::Stats;
use crate::template::RenderOptions;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Conversations that are encoded at once.
const BATCH: usize = 512;

/// How conversations become samples.
#[derive(Clone, Debug)]
pub struct PrepareOptions {
    /// Tokens of a sequence.
    pub tokens_max: usize,
    /// What becomes of longer conversations.
    pub over_long: OverLong,
    /// What the template is given.
    pub render: RenderOptions,
}

/// Why data could not be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// A file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A conversation has no tokens.
    #[error("`{path}`, row {row}: {source}")]
    Chat {
        /// The file.
        path: PathBuf,
        /// From 1.
        row: usize,
        /// Why.
        source: ChatError,
    },
    /// A conversation is too long, and nothing else is to become of it.
    #[error("`{path}`, row {row}: {source}")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// From 1.
        row: usize,
        /// How long.
        source: TooLong,
    },
    /// There is nothing to learn.
    #[error("nothing is left to train on: {0}")]
    Empty(String),
}

/// What is trained on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    /// In the order of the files.
    pub samples: Vec<Sample>,
    /// Indices of `samples`, one list a sequence.
    pub sequences: Vec<Vec<usize>>,
    /// Counts.
    pub stats: Stats,
}

/// One conversation on its way.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The file.
    pub path: &'a Path,
    /// From 1.
    pub row: usize,
    /// Its text.
    pub rendered: &'a Rendered,
    /// Its tokens.
    pub encoded: &'a Encoded,
    /// What becomes of it.
    pub fit: &'a Fit,
}

/// Reads files, encodes their conversations on all cores, fits and packs them. `look` sees each conversation, in order.
///
/// # Errors
/// With the first conversation that cannot be used, by file and row; and where nothing is left.
pub fn prepare(
    paths: &[PathBuf],
    chat: &ChatTokenizer,
    options: &PrepareOptions,
    mut look: impl FnMut(Seen<'_>),
) -> Result<Prepared, PrepareError> {
    let mut out = Prepared::default();
    for path in paths {
        let mut rows = data::read(path)?;
        loop {
            let batch: Vec<(usize, Conversation)> = rows.by_ref().take(BATCH).collect::<Result<_, _>>()?;
            if batch.is_empty() {
                break;
            }
            let done: Vec<_> = batch.par_iter().map(|(row, conversation)| one(path, *row, conversation, chat, options)).collect();
            for ((row, _), result) in batch.iter().zip(done) {
                let (rendered, encoded, fit) = result?;
                out.stats.add(&encoded, &fit);
                look(Seen { path, row: *row, rendered: &rendered, encoded: &encoded, fit: &fit });
                if let Fit::Whole(sample) | Fit::Cut(sample, _) = fit {
                    out.samples.push(sample);
                }
            }
        }
    }
    let lengths: Vec<usize> = out.samples.iter().map(|sample| sample.ids.len()).collect();
    out.sequences = pack(&lengths, options.tokens_max);
    out.stats.packed(&lengths, out.sequences.len(), options.tokens_max);
    if out.samples.is_empty() {
        let reasons: Vec<String> = out.stats.rows().into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        return Err(PrepareError::Empty(reasons.join("; ")));
    }
    Ok(out)
}

fn one(
    path: &Path,
    row: usize,
    conversation: &Conversation,
    chat: &ChatTokenizer,
    options: &PrepareOptions,
) -> Result<(Rendered, Encoded, Fit), PrepareError> {
    let chat_error = |source| PrepareError::Chat { path: path.to_owned(), row, source };
    let calls = || conversation.messages.iter().any(|message| message["role"] == "tool" || message.get("tool_calls").is_some());
    if !chat.template().knows_tools() && (!conversation.tools.is_empty() || calls()) {
        return Err(chat_error(ChatError::NoTools));
    }
    let rendered = chat.render(conversation, &options.render).map_err(chat_error)?;
    let encoded = chat.encode_rendered(&rendered).map_err(chat_error)?;
    let fit = fit(&encoded, options.tokens_max, options.over_long).map_err(|source| PrepareError::TooLong {
        path: path.to_owned(),
        row,
        source,
    })?;
    Ok((rendered, encoded, fit))
}
