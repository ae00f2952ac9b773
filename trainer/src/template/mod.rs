//! Chat templates of Hugging Face folders, rendered as transformers renders them.
//!
//! The templates are jinja2; minijinja runs them with what transformers gives them: trimmed blocks, loop controls, `tojson` as Python's
//! `json.dumps`, `raise_exception`, `strftime_now`, `{% generation %}` blocks and the methods of Python's strings and dicts. Source:
//! transformers 5.23, `utils/chat_template_utils.py`.

mod date;
mod folder;
mod generation;
mod python;

pub use date::Date;
pub use folder::TemplateSource;

use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, Error, ErrorKind, State, Value};
use python::Dump;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::ops::Range;

/// Steps of the template engine that one rendering may take: a conversation of ten thousand messages takes a few millions.
const FUEL_MAX: u64 = 20_000_000;
/// Bytes of a template.
const SOURCE_BYTES_MAX: usize = 1 << 20;

/// Why a template or a rendering failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A file could not be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file says nothing useful.
    #[error("`{path}`: {what}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// No template anywhere in the folder.
    #[error("`{folder}` has no chat template: no `chat_template.jinja`, and no `chat_template` in `tokenizer_config.json`")]
    None {
        /// The folder.
        folder: String,
    },
    /// It is no jinja2 that we know.
    #[error("the chat template is not understood: {what}")]
    Syntax {
        /// The engine's words, with the line.
        what: String,
    },
    /// The template refused the conversation by `raise_exception`.
    #[error("the chat template refuses the conversation: {0}")]
    Raised(String),
    /// The template writes today's date, and none was given.
    #[error("the chat template writes today's date; say which (`date`), so that the same data give the same tokens")]
    NoDate,
    /// Another error while rendering.
    #[error("the chat template failed: {0}")]
    Render(String),
    /// Text that stands for our own marks.
    #[error("the conversation has the characters U+10FFF0 or U+10FFF1, which mark generation blocks while rendering")]
    Reserved,
}

/// What is given to a template beside the messages and the tools.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderOptions {
    /// Whether the text ends with the beginning of the agent's turn.
    pub add_generation_prompt: bool,
    /// Further variables, such as `enable_thinking`.
    pub variables: Map<String, Json>,
    /// What `strftime_now` writes.
    pub date: Option<Date>,
}

/// A chat template with the special tokens that it may write.
#[derive(Clone, Debug)]
pub struct ChatTemplate {
    env: Environment<'static>,
    has_tools: bool,
    knows_tools: bool,
    has_blocks: bool,
    specials: BTreeMap<String, String>,
}

/// ChatML with tools, for models whose own template has none: calls in `<tool_call>`, results in `<tool_response>`.
pub const CHATML_TOOLS: &str = include_str!("../../templates/chatml-tools.jinja");

/// A rendered text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Byte ranges of `{% generation %}` blocks, in order.
    pub generated: Vec<Range<usize>>,
}

/// `raise_exception`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Raised(String);

/// `strftime_now` without a date.
#[derive(Debug, thiserror::Error)]
#[error("no date is given")]
struct Undated;

const DEFAULT: &str = "default";
const TOOL_USE: &str = "tool_use";

impl ChatTemplate {
    /// Compiles a template.
    ///
    /// # Errors
    /// Where it is no jinja2 that the engine knows.
    pub fn new(source: &TemplateSource) -> Result<Self, TemplateError> {
        let mut env = environment();
        let mut has_blocks = false;
        for (name, text) in [(DEFAULT, Some(&source.default)), (TOOL_USE, source.tool_use.as_ref())] {
            let Some(text) = text else { continue };
            if text.len() > SOURCE_BYTES_MAX || generation::has_mark(text) {
                return Err(TemplateError::Syntax { what: format!("`{name}` is larger than {SOURCE_BYTES_MAX} bytes or has U+10FFF0") });
            }
            let (text, blocks) = generation::with_marks(text);
            has_blocks |= blocks;
            env.add_template_owned(name, text.into_owned()).map_err(|e| TemplateError::Syntax { what: words(&e) })?;
        }
        let has_tools = source.tool_use.is_some();
        let knows_tools = has_tools || (source.default.contains("tools") && source.default.contains("tool_calls"));
        Ok(Self { env, has_tools, knows_tools, has_blocks, specials: source.specials.clone() })
    }

    /// Whether the template writes tools and calls at all.
    #[must_use]
    pub fn knows_tools(&self) -> bool {
        self.knows_tools
    }

    /// Whether the template marks by `{% generation %}` what the model writes.
    #[must_use]
    pub fn has_generation_blocks(&self) -> bool {
        self.has_blocks
    }

    /// The text of a special token by its name in the folder: `eos_token`, `bos_token`, …
    #[must_use]
    pub fn special(&self, name: &str) -> Option<&str> {
        self.specials.get(name).map(String::as_str)
    }

    /// Renders `messages` and `tools`, both in the form that transformers takes.
    ///
    /// # Errors
    /// Where the template refuses the conversation, or fails.
    pub fn render(&self, messages: &[Json], tools: &[Json], options: &RenderOptions) -> Result<Text, TemplateError> {
        let name = if self.has_tools && !tools.is_empty() { TOOL_USE } else { DEFAULT };
        let template = self.env.get_template(name).map_err(|e| TemplateError::Syntax { what: words(&e) })?;
        let mut context: BTreeMap<&str, Value> = BTreeMap::new();
        context.extend(self.specials.iter().map(|(name, text)| (name.as_str(), Value::from(text.as_str()))));
        context.extend(options.variables.iter().map(|(name, value)| (name.as_str(), Value::from(Serde(value)))));
        let messages: Vec<Json> = messages.iter().map(message).collect();
        context.insert("messages", Value::from(Serde(&messages)));
        context.insert("tools", if tools.is_empty() { Value::from(()) } else { Value::from(Serde(tools)) });
        context.insert("documents", Value::from(()));
        context.insert("add_generation_prompt", Value::from(options.add_generation_prompt));
        if let Some(date) = options.date {
            context.insert(date::VARIABLE, Value::from(Serde(date)));
        }
        let output = template.render(Value::from_pairs(context)).map_err(|e| error(&e))?;
        if !self.has_blocks {
            return Ok(Text { text: output, generated: Vec::new() });
        }
        let (text, generated) = generation::take_marks(&output);
        Ok(Text { text, generated })
    }
}

/// Names of an agent's reasoning; the first is what templates read, the second is gpt-oss's.
const REASONING: [&str; 3] = ["reasoning_content", "thinking", "reasoning"];

/// The message as transformers gives it to templates: without members that are null, and with its reasoning under both names.
fn message(message: &Json) -> Json {
    let Json::Object(members) = message else { return message.clone() };
    let mut out: Map<String, Json> =
        members.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())).collect();
    if let Some(reasoning) = REASONING.iter().find_map(|name| out.get(*name)).cloned() {
        out.entry(REASONING[1]).or_insert_with(|| reasoning.clone());
        out.insert(REASONING[0].to_owned(), reasoning);
    }
    Json::Object(out)
}

/// Whether a text may not be rendered, since it has the marks of generation blocks.
pub(crate) fn reserved(text: &str) -> bool {
    generation::has_mark(text)
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    let syntax = env.syntax().to_builder().trim_blocks(true).lstrip_blocks(true).build();
    env.set_syntax(syntax.expect("the usual delimiters"));
    env.set_fuel(Some(FUEL_MAX));
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    env.set_formatter(|out, _, value| Ok(out.write_str(&python::str_of(value)?)?));
    env.add_filter("tojson", tojson);
    env.add_filter("string", |value: &Value| python::str_of(value));
    env.add_function("raise_exception", |what: String| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, "raise_exception").with_source(Raised(what)))
    });
    env.add_function("strftime_now", |state: &State<'_, '_>, format: &str| -> Result<String, Error> {
        let date = state.lookup(date::VARIABLE).filter(|date| !date.is_undefined());
        let date = date.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "strftime_now").with_source(Undated))?;
        date::strftime(&date, format)
    });
    env
}

/// `json.dumps(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)`.
fn tojson(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let mut how = Dump::default();
    if let Some(indent) = options.get::<Option<Value>>("indent")?.filter(|indent| !indent.is_none()) {
        how.indent = Some(match indent.as_str() {
            Some(text) => text.to_owned(),
            None => " ".repeat(usize::try_from(indent)?.min(64)),
        });
        how.item = ",".to_owned();
    }
    if let Some(separators) = options.get::<Option<Value>>("separators")?.filter(|separators| !separators.is_none()) {
        how.item = python::str_of(&separators.get_item_by_index(0)?)?;
        how.key = python::str_of(&separators.get_item_by_index(1)?)?;
    }
    how.ascii = options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false);
    how.sort = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    options.assert_all_used()?;
    Ok(Value::from(python::dumps(value, &how)?))
}

fn error(error: &Error) -> TemplateError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = source {
        if let Some(Raised(what)) = one.downcast_ref() {
            return TemplateError::Raised(what.clone());
        }
        if one.is::<Undated>() {
            return TemplateError::NoDate;
        }
        source = one.source();
    }
    TemplateError::Render(words(error))
}

/// The engine's words, with the line and without its dump of the source.
fn words(error: &Error) -> String {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    error.line().map_or_else(|| detail.clone(), |line| format!("{detail} (line {line})"))
}
