//! Learning a template's calls and reasoning by rendering small conversations with words that occur nowhere else.

use super::json::Keys;
use super::tags::Tags;
use super::{CallFormat, FormatError, Given, Reasoning, Syntax, trim, trim_end, trim_start};
use crate::template::{ChatTemplate, Date, RenderOptions};
use serde_json::{Value, json};
use std::ops::Range;

/// What a tokenizer knows and a template does not show.
#[derive(Clone, Debug, Default)]
pub(in crate::chat) struct Hints {
    /// Tokens that end a turn.
    pub(in crate::chat) ends: Vec<String>,
    /// Whether `<think>` and `</think>` are tokens.
    pub(in crate::chat) think: bool,
}

const WORDS: &str = "Qzж";
const THOUGHT: &str = "Rzж";
const NAMES: [&str; 2] = ["qz_name", "qz_other"];
const THINK: [&str; 2] = ["<think>", "</think>"];

/// Renders what is looked at.
struct Probe<'a> {
    template: &'a ChatTemplate,
    hints: &'a Hints,
    /// A tool: some templates write calls only where there are tools, or fail where there are none; others know none.
    tools: Vec<Value>,
    /// The text before the agent's turn.
    asked: String,
    /// What a prompt adds to it.
    prompt: String,
    /// What the template writes after the agent's words.
    end: String,
}

/// What the agent's message becomes.
struct Turn {
    /// What a prompt would have begun it with.
    prompt: String,
    /// What the model would have written, without what ends the turn.
    text: String,
}

pub(super) fn find(template: &ChatTemplate, hints: &Hints) -> Result<CallFormat, FormatError> {
    let probe = Probe::new(template, hints)?;
    let reasoning = probe.reasoning()?;
    let arguments = json!({"qz_key": "qz_value", "qz_second": "qz_last"});
    let call = |name: &str, arguments: &Value| call(name, arguments);
    let alone = probe.turn(&agent("", &[call(NAMES[0], &arguments)]))?;
    if !alone.text.contains(NAMES[0]) {
        return Err(FormatError::NoCalls);
    }
    let with_words = probe.turn(&agent(WORDS, &[call(NAMES[0], &arguments)]))?;
    let words = with_words.text.split_once(NAMES[0]).is_some_and(|(before, _)| before.contains(WORDS));
    let after_words = if words { after(&with_words.text, WORDS) } else { without_reasoning(&with_words.text, reasoning.as_ref()) };
    let two = probe.turn(&agent(WORDS, &[call(NAMES[0], &arguments), call(NAMES[1], &arguments)])).ok();
    let mut format = match value_with(after_words, NAMES[0]) {
        Some((at, value)) => json_format(after_words, at, &value, &arguments)?,
        None => {
            let none = probe.turn(&agent("", &[call(NAMES[0], &json!({}))]))?;
            tags_format(after_words, &none.text)?
        }
    };
    format.lead = if words { after_words[..after_words.len() - trim_start(after_words).len()].to_owned() } else { String::new() };
    format.words = words;
    format.several = two.is_some_and(|two| two.text.contains(NAMES[1]));
    format.reasoning = reasoning;
    format.prompt = probe.prompt.clone();
    if format.open.is_empty() && (format.words || !format.close.is_empty()) {
        return Err(FormatError::Unknown("nothing marks where a call begins among words"));
    }
    if !format.close.is_empty() && (format.open.contains(&format.close) || format.close.contains(&format.open)) {
        return Err(FormatError::Unknown("the marks before and after a call cannot be told apart"));
    }
    check(&probe, &format)?;
    Ok(format)
}

fn agent(content: &str, calls: &[Value]) -> Value {
    // Some templates want ids of nine letters.
    let calls: Vec<Value> =
        calls.iter().zip(["qzabcdefg", "qzhijklmn"]).map(|(call, id)| json!({"id": id, "type": "function", "function": call})).collect();
    json!({"role": "assistant", "content": content, "tool_calls": calls})
}

fn call(name: &str, arguments: &Value) -> Value {
    json!({"name": name, "arguments": arguments})
}

/// What follows `words`.
fn after<'a>(text: &'a str, words: &str) -> &'a str {
    text.split_once(words).map_or(text, |(_, rest)| rest)
}

/// `text` without a block of reasoning, which some templates write though there is none.
fn without_reasoning<'a>(text: &'a str, reasoning: Option<&Reasoning>) -> &'a str {
    let end = reasoning.and_then(|reasoning| text.find(&reasoning.close).map(|at| at + reasoning.close.len()));
    end.map_or(text, |end| &text[end..])
}

/// The first JSON object or list around `name`.
fn value_with(text: &str, name: &str) -> Option<(Range<usize>, Value)> {
    let until = text.find(name)?;
    text[..until].match_indices(['{', '[']).find_map(|(start, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        let value = values.next()?.ok()?;
        let end = start + values.byte_offset();
        (end > until).then_some((start..end, value))
    })
}

impl<'a> Probe<'a> {
    fn new(template: &'a ChatTemplate, hints: &'a Hints) -> Result<Self, FormatError> {
        let tool = json!({"name": NAMES[0], "description": "a", "parameters": {"type": "object", "properties": {}}});
        let tools = vec![json!({"type": "function", "function": tool})];
        let mut out = Self { template, hints, tools, asked: String::new(), prompt: String::new(), end: String::new() };
        out.asked = out.render(&[], false).or_else(|_| {
            out.tools.clear();
            out.render(&[], false)
        })?;
        out.prompt = out.added(&[], true)?;
        let plain = out.added(&[json!({"role": "assistant", "content": WORDS})], false)?;
        out.end = plain.rsplit_once(WORDS).map_or(String::new(), |(_, end)| end.to_owned());
        Ok(out)
    }

    fn render(&self, messages: &[Value], prompt: bool) -> Result<String, FormatError> {
        // Any day does.
        let date = Date::try_from("2000-01-01".to_owned()).ok();
        let options = RenderOptions { add_generation_prompt: prompt, date, ..RenderOptions::default() };
        let mut all = vec![json!({"role": "user", "content": "a"})];
        all.extend_from_slice(messages);
        self.template.render(&all, &self.tools, &options).map(|text| text.text).map_err(|e| FormatError::Refused(e.to_string()))
    }

    /// What `messages` or a prompt add to the question.
    fn added(&self, messages: &[Value], prompt: bool) -> Result<String, FormatError> {
        let text = self.render(messages, prompt)?;
        let added = text.strip_prefix(&self.asked).ok_or(FormatError::Unknown("the agent's turn changes what stands before it"))?;
        Ok(added.to_owned())
    }

    fn turn(&self, message: &Value) -> Result<Turn, FormatError> {
        let added = self.added(std::slice::from_ref(message), false)?;
        let start = common_prefix(&self.prompt, &added).len();
        let mut text = &added[start..];
        text = text.strip_suffix(&self.end).unwrap_or(text);
        for end in &self.hints.ends {
            // A call may end with another token than words.
            text = trim_end(text).strip_suffix(end).unwrap_or(text);
        }
        Ok(Turn { prompt: added[..start].to_owned(), text: text.to_owned() })
    }

    fn reasoning(&self) -> Result<Option<Reasoning>, FormatError> {
        let thought = json!({"role": "assistant", "content": WORDS, "reasoning_content": THOUGHT});
        let added = self.added(&[thought], false)?;
        let between = added.split_once(THOUGHT).and_then(|(before, rest)| Some((before, rest.split_once(WORDS)?.0)));
        let Some((before, close)) = between else {
            let opens = trim_end(&self.prompt).ends_with(THINK[0]);
            let usual = || Reasoning {
                open: THINK[0].to_owned(),
                after_open: "\n".to_owned(),
                before_close: "\n".to_owned(),
                close: THINK[1].to_owned(),
                after_close: "\n\n".to_owned(),
            };
            return Ok((self.hints.think || opens).then(usual));
        };
        let open = self.reasoning_open(before)?;
        let [open, close] = [open, close].map(|mark| (mark, trim(mark)));
        if open.1.is_empty() || close.1.is_empty() {
            return Err(FormatError::Unknown("no marks stand around the agent's reasoning"));
        }
        let blanks = |(whole, mark): (&str, &str)| whole.split_once(mark).map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap_or_default();
        let (before_close, after_close) = blanks(close);
        let after_open = blanks(open).1;
        Ok(Some(Reasoning { open: open.1.to_owned(), after_open, before_close, close: close.1.to_owned(), after_close }))
    }

    /// The mark at the end of `before`, which stands before the agent's reasoning and begins with the header of its turn. The header is what turns with
    /// and without reasoning have in common; where all of them reason, it is told by its form.
    fn reasoning_open<'b>(&self, before: &'b str) -> Result<&'b str, FormatError> {
        let plain = json!({"role": "assistant", "content": WORDS});
        let earlier = self.added(&[plain.clone(), json!({"role": "user", "content": "b"}), plain.clone()], false)?;
        let last = self.added(&[plain], false)?;
        let header = [&earlier, &last, &self.prompt].iter().fold(before, |header, text| common_prefix(header, text));
        let open = &before[header.len()..];
        if !trim(open).is_empty() {
            return Ok(open);
        }
        let start =
            before.rfind(['<', '[']).ok_or(FormatError::Unknown("where the agent's reasoning begins cannot be told from its turn"))?;
        Ok(&before[start..])
    }
}

fn common_prefix<'a>(a: &'a str, b: &str) -> &'a str {
    let end = a.char_indices().zip(b.chars()).find(|((_, x), y)| x != y).map_or_else(|| a.len().min(b.len()), |((at, _), _)| at);
    &a[..end]
}

fn common_suffix<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum::<usize>();
    &a[a.len() - same..]
}

/// A format without what [`find`] adds.
fn format(open: &str, close: &str, syntax: Syntax) -> CallFormat {
    let (open, close) = (open.to_owned(), close.to_owned());
    CallFormat { open, close, lead: String::new(), syntax, several: false, words: false, reasoning: None, prompt: String::new() }
}

fn json_format(text: &str, at: Range<usize>, value: &Value, arguments: &Value) -> Result<CallFormat, FormatError> {
    let list = value.is_array();
    let object = if list { &value[0] } else { value };
    let name = path(object, &|value| value == NAMES[0]).ok_or(FormatError::Unknown("the name is not in the JSON of the call"))?;
    let same = |value: &Value| value == arguments;
    let as_text = |value: &Value| value.as_str().is_some_and(|text| serde_json::from_str::<Value>(text).is_ok_and(|value| same(&value)));
    let found = path(object, &same).map(|path| (path, false)).or_else(|| path(object, &as_text).map(|path| (path, true)));
    let (arguments, text_of_json) = found.ok_or(FormatError::Unknown("the arguments are not in the JSON of the call"))?;
    let keys = Keys { name, arguments, text: text_of_json, list };
    Ok(format(trim(&text[..at.start]), trim(&text[at.end..]), Syntax::Json(keys)))
}

/// The keys that lead to the value that is wanted, at most three.
fn path(object: &Value, wanted: &dyn Fn(&Value) -> bool) -> Option<Vec<String>> {
    fn go(value: &Value, depth: usize, wanted: &dyn Fn(&Value) -> bool) -> Option<Vec<String>> {
        let members = value.as_object().filter(|_| depth > 0)?;
        let here = members.iter().find(|(_, value)| wanted(value)).map(|(key, _)| vec![key.clone()]);
        here.or_else(|| {
            members.iter().find_map(|(key, value)| {
                let mut rest = go(value, depth - 1, wanted)?;
                rest.insert(0, key.clone());
                Some(rest)
            })
        })
    }
    go(object, 3, wanted)
}

/// `text` is a call with two arguments, `none` the same call without any.
fn tags_format(text: &str, none: &str) -> Result<CallFormat, FormatError> {
    const WHAT: FormatError = FormatError::Unknown("its calls are neither JSON objects nor tags around name and arguments");
    let mut rest = text;
    let mut pieces = Vec::new();
    for word in [NAMES[0], "qz_key", "qz_value", "qz_second", "qz_last"] {
        let (before, after) = rest.split_once(word).ok_or(WHAT)?;
        pieces.push(before);
        rest = after;
    }
    let [before, after_name, after_key, between, after_second] = pieces[..] else { return Err(WHAT) };
    // What both have in common may begin within the tag before.
    let common = common_suffix(after_name, between);
    let key_open = common.rfind(['<', '[']).map_or("", |start| &common[start..]);
    let name_close = trim(after_name.strip_suffix(key_open).ok_or(WHAT)?);
    let value_close = trim_end(between.strip_suffix(key_open).ok_or(WHAT)?);
    let end = rest.strip_prefix(value_close).ok_or(WHAT)?;
    let is_tag = |text: &str| text.contains(['<', '[']) && text.contains(['>', ']', '=']);
    let tags = is_tag(key_open) && is_tag(value_close) && !trim(after_key).is_empty() && after_key == after_second;
    if !tags || !none.contains(NAMES[0]) {
        return Err(WHAT);
    }
    let (open, name_open) = trim(before).split_once(super::is_blank).unwrap_or((trim(before), ""));
    let (end, close) = trim(end).rsplit_once(super::is_blank).unwrap_or(("", trim(end)));
    if open.is_empty() || close.is_empty() {
        return Err(WHAT);
    }
    let mark = trim_start(value_close);
    Ok(format(
        open,
        close,
        Syntax::Tags(Tags {
            name_open: trim(name_open).to_owned(),
            name_close: name_close.to_owned(),
            key_open: key_open.to_owned(),
            key_close: trim_end(after_key).to_owned(),
            before_value: after_key[trim_end(after_key).len()..].to_owned(),
            after_value: value_close[..value_close.len() - mark.len()].to_owned(),
            value_close: mark.to_owned(),
            end: trim(end).to_owned(),
        }),
    ))
}

/// What the template writes must be read back as it was meant.
fn check(probe: &Probe<'_>, format: &CallFormat) -> Result<(), FormatError> {
    let hard = match &format.syntax {
        Syntax::Json(_) => {
            json!({"a b": "\"}]\\ \n é </x> {", "n": -12.5, "o": {"l": [true, null, "", {}]}, "z": format!("{}{}", format.close, format.open)})
        }
        // Tags escape nothing.
        Syntax::Tags(_) => json!({"a_b": "é {\n\n x", "n": -12.5, "o": {"l": [true, null, "", {}]}, "t": true}),
    };
    let arguments = [json!({}), json!({"a": "b"}), hard];
    for content in ["", WORDS] {
        for first in &arguments {
            let mut calls = vec![call(NAMES[0], first)];
            for _ in 0..=usize::from(format.several) {
                let turn = probe.turn(&agent(content, &calls))?;
                let parsed = format.parse_given(&turn.text, &Given { prompt: Some(&turn.prompt), tools: &[] });
                let wanted = if format.words { content } else { "" };
                let read: Option<Vec<Value>> = parsed
                    .calls
                    .iter()
                    .map(|call_read| {
                        Some(call(
                            &call_read.name,
                            &serde_json::from_str::<Value>(&call_read.arguments).ok().filter(|_| call_read.fault.is_none())?,
                        ))
                    })
                    .collect();
                if read.as_ref() != Some(&calls) || parsed.content != wanted || parsed.reasoning.is_some() {
                    return Err(FormatError::Unknown("what it writes is not read back as it was meant"));
                }
                calls.push(call(NAMES[1], &arguments[1]));
            }
        }
    }
    Ok(())
}
