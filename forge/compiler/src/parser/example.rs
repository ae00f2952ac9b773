//! `@example` and what belongs to it: a call on the pack's initial state, and what is expected of it.

use super::annotation::free_text;
use super::{Owner, Parser};
use crate::ast::{Example, Expected, Name};
use crate::diagnostic::Span;
use crate::lexer::Cursor;
use serde_json::Value;
use wardian_format::ToolErrorCode;

/// One annotation of an example, read.
enum Part {
    Given(Name, Value),
    Call(Value),
    Expected(Expected),
    Changes(Vec<String>),
}

impl<'a> Parser<'_, 'a> {
    pub(super) fn example_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        if word == "example" {
            let title = free_text(cursor);
            return match &mut self.owner {
                Owner::Tool(tool) if tool.follows.is_none() => {
                    tool.examples.push(Example { title, span, given: Vec::new(), call: None, expected: None, changes: None });
                    Some(())
                }
                _ => self.fail(span, "`@example` stands outside a tool"),
            };
        }
        let part = self.part(word, cursor);
        if let (None, "call", Owner::Tool(tool)) = (&part, word, &mut self.owner) {
            // What is wrong with it is said; it is not missing as well.
            tool.examples.iter_mut().next_back().into_iter().for_each(|example| example.call = Some(Value::Null));
        }
        let part = part?;
        let example = match &mut self.owner {
            Owner::Tool(tool) => tool.examples.last_mut(),
            _ => None,
        };
        let Some(example) = example else {
            return self.fail(span, &format!("`@{word}` stands outside an example: start it with `@example title`"));
        };
        let is_free = match part {
            Part::Given(tool, arguments) => {
                example.given.push((tool, arguments));
                true
            }
            Part::Call(arguments) => example.call.replace(arguments).is_none(),
            Part::Expected(expected) => example.expected.replace(expected).is_none(),
            Part::Changes(lines) => example.changes.replace(lines).is_none(),
        };
        if is_free { Some(()) } else { self.fail(span, &format!("the example has a `@{word}` or its like already")) }
    }

    fn part(&mut self, word: &str, cursor: &mut Cursor<'a>) -> Option<Part> {
        match word {
            "given" => {
                let Some(name) = self.tool_name(cursor) else { return self.fail(self.here(cursor), "write `@given tool {arguments}`") };
                Some(Part::Given(name, self.arguments(word, cursor)?))
            }
            "call" => Some(Part::Call(self.arguments(word, cursor)?)),
            "gives" => Some(Part::Expected(Expected::Result(self.json(word, cursor)?))),
            "fails" => {
                let code = self.code(cursor)?.unwrap_or(ToolErrorCode::Other);
                let place = self.here(cursor);
                let text = free_text(cursor);
                let message = match text.is_empty() {
                    true => None,
                    false => match serde_json::from_str(&text) {
                        Ok(message) => Some(message),
                        Err(_) => return self.fail(place, "`@fails` takes a code and a text in double quotes, as JSON writes it"),
                    },
                };
                Some(Part::Expected(Expected::Failure { code, message }))
            }
            _ => Some(Part::Changes(lines(cursor))),
        }
    }

    /// A JSON object; nothing stands for `{}`.
    fn arguments(&mut self, word: &str, cursor: &mut Cursor<'a>) -> Option<Value> {
        let place = self.here(cursor);
        let value = if cursor.peek().is_none() { Value::Object(serde_json::Map::new()) } else { self.json(word, cursor)? };
        if value.is_object() { Some(value) } else { self.fail(place, "arguments are a JSON object") }
    }
}

/// The lines that are left, without their `--`; `nothing` stands for none.
fn lines(cursor: &mut Cursor<'_>) -> Vec<String> {
    let text = cursor.rest();
    cursor.pos = cursor.end;
    let plain = |(i, line): (usize, &str)| {
        let line = line.trim();
        let line = if i == 0 { line } else { line.strip_prefix("--").unwrap_or(line).trim() };
        line.to_owned()
    };
    text.split('\n').enumerate().map(plain).filter(|line| !line.is_empty() && line != "nothing").collect()
}
