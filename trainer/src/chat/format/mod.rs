//! How a chat template writes calls and reasoning, learned from the template itself, and what a model generates read back by it.
//!
//! As for turns, small conversations are rendered and looked at ([`CallFormat::find`]). Two kinds of calls are understood: JSON objects, alone or in a
//! list, with or without marks around them (Hermes, Qwen, Llama 3.1, Mistral), and tags that have the name and each argument (Qwen3-Coder, GLM 4.5).
//! Whatever is found is tried on what the template writes before it is believed; a template that writes calls in another way is an error in words.
//!
//! **A malformed call is a call.** It comes back as a [`Call`] with a [`Fault`], whose `arguments` are the call as the model wrote it, marks
//! included: that is never a JSON object, so whoever passes on name and arguments alone, as servers of OpenAI's form do, passes on that it is none. Where no mark
//! stands before calls (Llama 3.1), JSON that is no call is content.
//!
//! The text is what the model wrote behind its prompt, with the special tokens among it (`[TOOL_CALLS]` is one) and without the token that ends the turn.

mod json;
mod probe;
mod stream;
mod tags;

pub use json::Keys;
pub use stream::{Delta, Stream};
pub use tags::Tags;

use crate::template::ChatTemplate;
use serde_json::Value;
use std::ops::Range;

pub(super) use probe::Hints;

/// How calls and reasoning are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFormat {
    /// The mark before a call or a list of calls, without blanks around it: `<tool_call>`. Empty where calls have none; the message is one then.
    pub open: String,
    /// The mark after it: `</tool_call>`. May be empty.
    pub close: String,
    /// Blanks between words and the first call.
    pub lead: String,
    /// What stands between the marks.
    pub syntax: Syntax,
    /// Whether the template writes several calls in a message.
    pub several: bool,
    /// Whether the template writes the words of a message that has calls.
    pub words: bool,
    /// How reasoning is written; none where the template and the tokenizer know none.
    pub reasoning: Option<Reasoning>,
    /// How a prompt ends without further variables: `<|im_start|>assistant\n`. It may begin the reasoning, or end it.
    pub prompt: String,
}

/// What a call looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON objects.
    Json(Keys),
    /// Tags for the name and for each argument.
    Tags(Tags),
}

/// How reasoning is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoning {
    /// The mark before it: `<think>`.
    pub open: String,
    /// Blanks after that.
    pub after_open: String,
    /// Blanks before the mark after it.
    pub before_close: String,
    /// The mark after it: `</think>`.
    pub close: String,
    /// Blanks after that.
    pub after_close: String,
}

/// What a prompt has already written of the reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Nothing: the model begins it, or does not reason.
    Nothing,
    /// Its beginning: what the model writes first is reasoning.
    Open,
    /// All of it, empty: the model is told not to reason.
    Closed,
}

/// What is known beside the text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// The prompt that the text continues, or its end; without it, that of a template without further variables.
    pub prompt: Option<&'a str>,
    /// The tools that the model was offered, in OpenAI's form: tags do not say which values are text.
    pub tools: &'a [Value],
}

/// What a model wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Its reasoning; none where there is none, or an empty block.
    pub reasoning: Option<String>,
    /// Whether the text ends within the reasoning.
    pub unfinished: bool,
    /// Its words, those before and after calls joined.
    pub content: String,
    /// Its calls, in order.
    pub calls: Vec<Call>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name; of a malformed call, what can be read of it, or nothing.
    pub name: String,
    /// JSON text of an object, as the model wrote it. Of a malformed call, all of it with its marks, which is no JSON object.
    pub arguments: String,
    /// What is wrong with it.
    pub fault: Option<Fault>,
    /// Bytes of the text, marks included; in a list, the first has the mark before it and the last what ends it.
    pub range: Range<usize>,
    /// Bytes of the name, without quotes; empty where none is found.
    pub name_range: Range<usize>,
    /// Bytes of the arguments: of the object; of the JSON text with its quotes; of all tags of arguments.
    pub arguments_range: Range<usize>,
}

/// Why a call is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No JSON, or tags in disorder.
    #[error("the call is not written in the model's syntax")]
    Syntax,
    /// The text ends within it.
    #[error("the call has no end")]
    Cut,
    /// Something stands between the call and its closing mark.
    #[error("something stands after the call, before its closing mark")]
    Trailing,
    /// There is no name, or it is no text.
    #[error("the call has no name")]
    Name,
    /// There are no arguments, or they are no object.
    #[error("the call's arguments are no object")]
    Arguments,
}

/// Why calls cannot be read back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// There are none.
    #[error("the chat template writes no calls: give another (`chatml-tools` is built in)")]
    NoCalls,
    /// The template refuses a small conversation with a call.
    #[error("the chat template refuses a conversation with a call: {0}")]
    Refused(String),
    /// They are written in a way that is not known.
    #[error("how the chat template writes calls or reasoning is not understood: {0}")]
    Unknown(&'static str),
}

impl CallFormat {
    /// Learns it from small conversations.
    ///
    /// # Errors
    /// Where the template writes no calls, or writes them or its reasoning in a way that is not understood.
    pub fn find(template: &ChatTemplate) -> Result<Self, FormatError> {
        probe::find(template, &Hints::default())
    }

    /// As [`Self::find`], with what a tokenizer knows.
    pub(super) fn find_with(template: &ChatTemplate, hints: &Hints) -> Result<Self, FormatError> {
        probe::find(template, hints)
    }

    /// Reads what a model wrote behind the template's usual prompt. Takes time in proportion to the text, whatever it says.
    #[must_use]
    pub fn parse(&self, text: &str) -> Parsed {
        self.parse_given(text, &Given::default())
    }

    /// Reads what a model wrote, knowing its prompt and its tools.
    #[must_use]
    pub fn parse_given(&self, text: &str, given: &Given<'_>) -> Parsed {
        let mut stream = self.stream(given);
        let mut deltas = stream.push(text);
        let unfinished = stream.end();
        deltas.append(&mut stream.take());
        let mut out = Parsed { unfinished, ..Parsed::default() };
        for delta in deltas {
            match delta {
                Delta::Reasoning(text) => out.reasoning.get_or_insert_default().push_str(&text),
                Delta::Content(text) => out.content.push_str(&text),
                Delta::Call(call) => out.calls.push(call),
            }
        }
        out
    }

    /// Reads what a model writes while it writes.
    #[must_use]
    pub fn stream(&self, given: &Given<'_>) -> Stream {
        Stream::new(self, given)
    }

    /// What `prompt` has already written of the reasoning.
    #[must_use]
    pub fn opened(&self, prompt: &str) -> Opened {
        let Some(reasoning) = &self.reasoning else { return Opened::Nothing };
        match trim_end(prompt) {
            end if end.ends_with(&reasoning.open) => Opened::Open,
            end if end.ends_with(&reasoning.close) => Opened::Closed,
            _ => Opened::Nothing,
        }
    }
}

/// Blanks that templates put around marks and that models leave out or add.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r')
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(is_blank)
}

/// How many bytes at the end of `text` are an end of `blanks`, at most.
fn ends_alike(text: &str, blanks: &str) -> usize {
    (0..=blanks.len()).rev().find(|length| text.ends_with(&blanks[blanks.len() - length..])).unwrap_or_default()
}

/// How many bytes at the beginning of `text` are a beginning of `blanks`, at most.
fn begins_alike(text: &str, blanks: &str) -> usize {
    text.bytes().zip(blanks.bytes()).take_while(|(a, b)| a == b).count()
}
