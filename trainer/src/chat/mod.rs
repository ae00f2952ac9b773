//! A checkpoint's tokenizer with its chat template: conversations become tokens, each learned or not.
//!
//! The conversation is rendered once, as transformers renders it. What the agent wrote is found in that text as byte ranges, and the ranges
//! become a mask over tokens. Control tokens that a message merely mentions stay text: a tool result with `<|im_end|>` in it ends no turn.

mod controls;
mod encode;
pub mod format;
mod render;
mod turn;

pub use encode::Encoded;
pub use render::{AgentTurn, Rendered};
pub use turn::Turn;

use crate::conversation::Conversation;
use crate::gguf::{self, Gguf};
use crate::template::{ChatTemplate, RenderOptions, TemplateError, TemplateSource};

use controls::Controls;
use format::{CallFormat, FormatError, Hints};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokenizers::Tokenizer;

/// Why a conversation has no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChatError {
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The tokenizer's file or the tokenizer.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// Where the agent's turn begins cannot be told from the template.
    #[error(
        "the chat template does not say where the agent's turn begins and ends: {what}; add `{{% generation %}}` blocks around what the model writes"
    )]
    NoTurn {
        /// What was tried.
        what: &'static str,
    },
    /// Tools or calls would be lost.
    #[error("the conversation has tools, and the model's chat template writes none: give another template (`chatml-tools` is built in)")]
    NoTools,
    /// A turn has no end.
    #[error("the agent's turn {index} has no end-of-turn token")]
    OpenTurn {
        /// Which one, from 0.
        index: usize,
    },
    /// Turns in the text and messages of the agent do not match.
    #[error("the agent has {messages} messages, and the template writes {turns} turns of it; which of them is learned cannot be told")]
    Turns {
        /// Messages of the agent.
        messages: usize,
        /// Turns in the text.
        turns: usize,
    },
    /// The template treats its own tokens in messages specially.
    #[error("a message mentions a control token, and the template would write the conversation differently without it")]
    Mentions,
    /// Words become the token that they look like, whatever is done.
    #[error("a message mentions `{0}`, and the tokenizer makes that very token of plain text")]
    Unavoidable(String),
    /// No stand-ins are left.
    #[error("the conversation has characters of both private planes, which stand for control tokens while rendering")]
    PrivateCharacters,
}

/// Tokenizer and chat template of a checkpoint.
#[derive(Clone)]
pub struct ChatTokenizer {
    tokenizer: Tokenizer,
    template: ChatTemplate,
    source: TemplateSource,
    controls: Controls,
    /// The same without added tokens, for words that look like them.
    bare: Arc<OnceLock<Tokenizer>>,
    turn: Option<Turn>,
    calls: Arc<OnceLock<Result<CallFormat, FormatError>>>,
}

impl fmt::Debug for ChatTokenizer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ChatTokenizer").field("controls", &self.controls).field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl ChatTokenizer {
    /// From a Hugging Face folder (`tokenizer.json`, and the chat template of [`TemplateSource::read`]) or a GGUF file, with `template` instead of
    /// the model's own where one is given.
    ///
    /// # Errors
    /// Where a file is missing or says what we cannot follow.
    pub fn open(model: &Path, template: Option<&str>) -> Result<Self, ChatError> {
        if model.extension().is_some_and(|extension| extension == "gguf") {
            let file = Gguf::open(model).map_err(|e| ChatError::Tokenizer(e.to_string()))?;
            return gguf::chat_tokenizer(&file, template);
        }
        let path = model.join("tokenizer.json");
        let tokenizer = Tokenizer::from_file(&path).map_err(|e| ChatError::Tokenizer(format!("cannot read `{}`: {e}", path.display())))?;
        let source = match template {
            None => TemplateSource::read(model)?,
            Some(template) => TemplateSource { default: template.to_owned(), tool_use: None, specials: TemplateSource::specials(model)? },
        };
        Self::new(tokenizer, &source)
    }

    /// Of these parts.
    ///
    /// # Errors
    /// Where the template is no template, or hides where the agent's turn begins.
    pub fn new(mut tokenizer: Tokenizer, source: &TemplateSource) -> Result<Self, ChatError> {
        tokenizer.with_truncation(None).map_err(|e| ChatError::Tokenizer(e.to_string()))?;
        tokenizer.with_padding(None);
        let written = format!("{}\n{}", source.default, source.tool_use.as_deref().unwrap_or_default());
        let controls = Controls::of(&tokenizer, &written)?;
        let template = ChatTemplate::new(source)?;
        let turn = if template.has_generation_blocks() { None } else { Some(Turn::find(&template, &controls)?) };
        let out = Self { tokenizer, template, source: source.clone(), controls, bare: Arc::default(), turn, calls: Arc::default() };
        encode::check_pieces(&out)?;
        Ok(out)
    }

    /// The conversation as text.
    ///
    /// # Errors
    /// Where the template refuses it, or its turns cannot be told apart.
    pub fn render(&self, conversation: &Conversation, options: &RenderOptions) -> Result<Rendered, ChatError> {
        render::render(self, conversation, options)
    }

    /// The conversation as tokens with a mask.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn encode(&self, conversation: &Conversation, options: &RenderOptions) -> Result<Encoded, ChatError> {
        encode::encode(self, &self.render(conversation, options)?)
    }

    /// A rendered conversation as tokens with a mask.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn encode_rendered(&self, rendered: &Rendered) -> Result<Encoded, ChatError> {
        encode::encode(self, rendered)
    }

    /// The tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The chat template.
    #[must_use]
    pub fn template(&self) -> &ChatTemplate {
        &self.template
    }

    /// The text of the chat template, and the special tokens that it may write.
    #[must_use]
    pub fn source(&self) -> &TemplateSource {
        &self.source
    }

    /// What surrounds the agent's turns; none where the template has `{% generation %}` blocks.
    #[must_use]
    pub fn turn(&self) -> Option<&Turn> {
        self.turn.as_ref()
    }

    /// How the template writes calls and reasoning, to read back what a model generates.
    ///
    /// # Errors
    /// Where the template writes no calls, or in a way that is not understood.
    pub fn calls(&self) -> Result<&CallFormat, &FormatError> {
        let find = || {
            let ends = self.turn.iter().flat_map(|turn| &turn.ends).filter_map(|id| self.tokenizer.id_to_token(*id)).collect();
            let think = ["<think>", "</think>"].iter().all(|mark| self.tokenizer.token_to_id(mark).is_some());
            CallFormat::find_with(&self.template, &Hints { ends, think })
        };
        self.calls.get_or_init(find).as_ref()
    }
}
