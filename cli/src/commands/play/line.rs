//! What a person types: words, calls, commands.

use serde_json::{Map, Value};
use std::path::PathBuf;
use wardian_format::json;
use wardian_format::names::untrusted;
use wardian_model::ToolDefinition;

/// Rows of a table that `/state` shows.
const ROWS_SHOWN: usize = 20;

/// One line, understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Line {
    /// Words to the other side.
    Say(String),
    /// A call: tool, and arguments as text.
    Call(String, String),
    /// The tools, or one of them.
    Tools(Option<String>),
    /// The rules for the agent.
    Policy,
    /// What the user wants.
    Task,
    /// The calls made so far.
    Calls,
    /// The tables, or so many rows of one.
    State(Option<(String, usize)>),
    /// What changed since the beginning.
    Diff,
    /// The grade of what was done so far.
    Grade,
    /// One step back.
    Undo,
    /// Writes the trajectory.
    Save(PathBuf),
    /// The user's last words.
    Done(String),
    /// The commands.
    Help,
    /// The end.
    Quit,
}

/// Words of commands, for completion.
pub(super) const COMMANDS: &[&str] =
    &["/call", "/calls", "/diff", "/done", "/grade", "/help", "/policy", "/quit", "/save", "/say", "/state", "/task", "/tools", "/undo"];

/// Reads one line, or says what is wrong with it. Blank lines are nothing. A line that begins with the name of a tool and goes on as a call
/// does is one.
pub(super) fn read(line: &str, tools: &[&ToolDefinition]) -> Result<Option<Line>, String> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(None);
    }
    let (first, rest) = split(line);
    let Some(command) = first.strip_prefix('/') else {
        let tool = tools.iter().find(|tool| tool.name == first);
        let is_call = |rest: &str| rest.is_empty() || rest.starts_with('{') || name_of(rest).is_some();
        return match tool.filter(|_| is_call(rest)) {
            Some(tool) => Ok(Some(Line::Call(first.to_owned(), arguments(rest, &tool.parameters)?))),
            None => Ok(Some(Line::Say(line.to_owned()))),
        };
    };
    let nothing_more = |found: Line| {
        if rest.is_empty() { Ok(Some(found)) } else { Err(format!("`/{command}` takes nothing more, and not `{}`", untrusted(rest, 60))) }
    };
    match command {
        "say" if rest.is_empty() => Err("say what? `/say WORDS`".to_owned()),
        "say" => Ok(Some(Line::Say(rest.to_owned()))),
        "call" => call(rest, tools).map(Some),
        "tools" => Ok(Some(Line::Tools((!rest.is_empty()).then(|| rest.to_owned())))),
        "state" => table(rest).map(|table| Some(Line::State(table))),
        "save" if rest.is_empty() => Err("where to? `/save FILE`".to_owned()),
        "save" => Ok(Some(Line::Save(rest.into()))),
        "done" => Ok(Some(Line::Done(rest.to_owned()))),
        "policy" => nothing_more(Line::Policy),
        "task" => nothing_more(Line::Task),
        "calls" => nothing_more(Line::Calls),
        "diff" => nothing_more(Line::Diff),
        "grade" => nothing_more(Line::Grade),
        "undo" => nothing_more(Line::Undo),
        "help" => nothing_more(Line::Help),
        "quit" | "exit" => nothing_more(Line::Quit),
        _ => Err(format!("there is no command `/{}`; `/help` lists them", untrusted(command, 40))),
    }
}

fn split(line: &str) -> (&str, &str) {
    line.split_once(char::is_whitespace).map_or((line, ""), |(first, rest)| (first, rest.trim_start()))
}

fn call(rest: &str, tools: &[&ToolDefinition]) -> Result<Line, String> {
    let (name, rest) = split(rest);
    if name.is_empty() {
        return Err("call what? `/call TOOL {\"name\": value}` or `/call TOOL name=value`".to_owned());
    }
    // A tool that is not there is called all the same, as a model may: the environment says so.
    let nothing = Value::Null;
    let parameters = tools.iter().find(|tool| tool.name == name).map_or(&nothing, |tool| &tool.parameters);
    Ok(Line::Call(name.to_owned(), arguments(rest, parameters)?))
}

fn table(rest: &str) -> Result<Option<(String, usize)>, String> {
    let (name, rows) = split(rest);
    let count = match rows {
        "" => ROWS_SHOWN,
        rows => rows.parse().map_err(|_| format!("`/state TABLE ROWS` takes a number, and not `{}`", untrusted(rows, 40)))?,
    };
    Ok((!name.is_empty()).then(|| (name.to_owned(), count)))
}

/// The arguments of a call as JSON: as they are where they begin as an object does, and otherwise made of `name=value`, where
/// `parameters` says what kind of value each is.
fn arguments(rest: &str, parameters: &Value) -> Result<String, String> {
    if rest.starts_with('{') {
        return Ok(rest.to_owned());
    }
    let mut members = Map::new();
    let mut rest = rest;
    while !rest.is_empty() {
        let (name, after) = name_of(rest).ok_or_else(|| format!("expected `name=value`, and not `{}`", untrusted(rest, 60)))?;
        let (value, after) = value_of(after, &parameters["properties"][name])?;
        if members.insert(name.to_owned(), value).is_some() {
            return Err(format!("`{name}` comes twice"));
        }
        rest = after.trim_start();
    }
    Ok(Value::Object(members).to_string())
}

/// The name before `=`, and what comes after that.
fn name_of(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    (!name.is_empty() && name.chars().all(fits)).then_some((name, rest))
}

/// The value at the start of `text`, and what comes after it. A value in JSON may have blanks in it; so may one in quotes.
fn value_of<'a>(text: &'a str, schema: &Value) -> Result<(Value, &'a str), String> {
    if text.starts_with(['{', '[', '"']) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let value = values.next().and_then(Result::ok).ok_or_else(|| format!("`{}` begins like JSON and is none", untrusted(text, 60)))?;
        return Ok((value, &text[values.byte_offset()..]));
    }
    if let Some(quoted) = text.strip_prefix('\'') {
        let (word, rest) = quoted.split_once('\'').ok_or_else(|| format!("the quote before `{}` is not closed", untrusted(quoted, 60)))?;
        return Ok((typed(word, schema), rest));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    Ok((typed(&text[..end], schema), &text[end..]))
}

/// `word` as the kind of value that `schema` asks for. What does not fit stays text: whoever checks arguments says so.
fn typed(word: &str, schema: &Value) -> Value {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &str| kinds.contains(&kind);
    let parsed = json::parse(word).ok();
    let fits = match &parsed {
        Some(Value::Null) => is("null") || kinds.is_empty(),
        Some(Value::String(_)) | None => false,
        Some(_) => !is("string"),
    };
    match parsed.filter(|_| fits) {
        Some(value) => value,
        None if is("array") => word.split(',').map(|item| typed(item, &schema["items"])).collect(),
        None => Value::from(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tool() -> ToolDefinition {
        let parameters = json!({"type": "object", "properties": {
            "id": {"type": "string"}, "count": {"type": "integer"}, "note": {"type": ["string", "null"]}, "flag": {"type": "boolean"},
            "ids": {"type": "array", "items": {"type": "string"}}, "any": {}, "inner": {"type": "object"}
        }});
        ToolDefinition { name: "get_it".to_owned(), description: String::new(), parameters }
    }

    fn read_one(line: &str) -> Result<Option<Line>, String> {
        read(line, &[&tool()])
    }

    fn called(line: &str) -> Value {
        match read_one(line) {
            Ok(Some(Line::Call(name, text))) if name == "get_it" => serde_json::from_str(&text).expect("JSON"),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn values_have_the_kind_that_the_tool_asks_for() {
        for (line, arguments) in [
            ("get_it", json!({})),
            ("/call get_it", json!({})),
            ("get_it id=17 count=17 flag=true", json!({"id": "17", "count": 17, "flag": true})),
            ("get_it id=#W1 note=null", json!({"id": "#W1", "note": null})),
            ("get_it note='two words' id=\"three \\\" more\"", json!({"note": "two words", "id": "three \" more"})),
            ("get_it ids=1,2", json!({"ids": ["1", "2"]})),
            ("get_it ids=[\"1\", \"2 3\"] count=x", json!({"ids": ["1", "2 3"], "count": "x"})),
            ("get_it any=1.5 inner={\"a\": [1]}", json!({"any": 1.5, "inner": {"a": [1]}})),
            ("/call get_it {\"id\": \"a=b\"}", json!({"id": "a=b"})),
        ] {
            assert_eq!(called(line), arguments, "{line}");
        }
    }

    #[test]
    fn words_are_no_calls() {
        for words in ["hello there", "get_it is a tool", "get it id=1", "not get_it id=1"] {
            assert_eq!(read_one(words), Ok(Some(Line::Say(words.to_owned()))));
        }
        assert_eq!(read_one("/say get_it id=1"), Ok(Some(Line::Say("get_it id=1".to_owned()))));
        assert_eq!(read_one("   "), Ok(None));
        assert_eq!(read_one("/call other x=1"), Ok(Some(Line::Call("other".to_owned(), "{\"x\":1}".to_owned()))));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, reason) in [
            ("/frobnicate", "no command `/frobnicate`"),
            ("/undo twice", "takes nothing more"),
            ("/call", "call what?"),
            ("/call get_it id", "expected `name=value`"),
            ("get_it id=1 id=2", "comes twice"),
            ("get_it ids=[1", "begins like JSON and is none"),
            ("get_it id='x", "not closed"),
            ("/state books many", "takes a number"),
        ] {
            let said = read_one(line).expect_err(line);
            assert!(said.contains(reason), "{line}: {said}");
        }
    }
}
