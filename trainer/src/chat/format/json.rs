//! Calls that are JSON objects: where they end, while they are written, and where name and arguments stand in them.

use super::Fault;
use serde_json::Value;
use std::ops::Range;

/// Where name and arguments stand in the object of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Keys from the outside in: `name`, or `function`, `name`.
    pub name: Vec<String>,
    /// Keys from the outside in: `arguments`, or `parameters`.
    pub arguments: Vec<String>,
    /// Whether the arguments are JSON text instead of an object.
    pub text: bool,
    /// Whether all calls of a message stand in one list.
    pub list: bool,
}

/// A call as it is written: name, arguments as JSON text, and where they and all of it stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) range: Range<usize>,
    pub(super) name_range: Range<usize>,
    pub(super) arguments_range: Range<usize>,
}

/// As serde_json has it.
const DEPTH_MAX: usize = 127;

impl Keys {
    /// The calls in `text[value]`, an object or a list of them.
    pub(super) fn read(&self, text: &str, value: Range<usize>) -> Result<Vec<Written>, Fault> {
        let whole = &text[value.clone()];
        serde_json::from_str::<Value>(whole).map_err(|_| Fault::Syntax)?;
        let calls = if whole.starts_with('[') { items(text, value) } else { vec![value] };
        if calls.is_empty() {
            return Err(Fault::Name);
        }
        calls.into_iter().map(|call| self.one(text, call)).collect()
    }

    fn one(&self, text: &str, range: Range<usize>) -> Result<Written, Fault> {
        let name_range = member(text, range.clone(), &self.name).ok_or(Fault::Name)?;
        let name = string(&text[name_range.clone()]).ok_or(Fault::Name)?;
        let arguments_range = member(text, range.clone(), &self.arguments).ok_or(Fault::Arguments)?;
        let written = &text[arguments_range.clone()];
        let arguments = if self.text { string(written).ok_or(Fault::Arguments)? } else { written.to_owned() };
        if !arguments.trim_start().starts_with('{') || self.text && serde_json::from_str::<Value>(&arguments).is_err() {
            return Err(Fault::Arguments);
        }
        Ok(Written { name, arguments, range, name_range: name_range.start + 1..name_range.end - 1, arguments_range })
    }

    /// The name in the beginning of a call that is broken further on, with its place.
    pub(super) fn name_in(&self, text: &str, range: Range<usize>) -> Option<(String, Range<usize>)> {
        let start = range.start + text[range.clone()].find('{')?;
        let found = member(text, start..range.end, &self.name)?;
        Some((string(&text[found.clone()])?, found.start + 1..found.end - 1))
    }

    /// Whether the object that `text` begins with has its name first: broken or not, it is meant as a call.
    pub(super) fn is_meant(&self, text: &str) -> bool {
        members(text, 0..text.len()).first().is_some_and(|(key, _)| self.name.first() == Some(key))
    }
}

fn string(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// The value at the end of `path`. Of members with the same key it is the last, as in all parsers that take such objects.
fn member(text: &str, object: Range<usize>, path: &[String]) -> Option<Range<usize>> {
    path.iter().try_fold(object, |object, key| members(text, object).into_iter().rfind(|(found, _)| found == key).map(|(_, value)| value))
}

/// The members of the object that begins at `range.start`, with their values; up to where it is broken. The last may be without end.
fn members(text: &str, range: Range<usize>) -> Vec<(String, Range<usize>)> {
    let mut out = Vec::new();
    let bytes = &text.as_bytes()[..range.end];
    let mut at = range.start;
    loop {
        // The brace, or a comma.
        let expected = if out.is_empty() { b'{' } else { b',' };
        at = blanks(bytes, at);
        if bytes.get(at) != Some(&expected) {
            return out;
        }
        at = blanks(bytes, at + 1);
        let Some(end) = value_end(bytes, at).filter(|_| bytes[at] == b'"') else { return out };
        let Some(key) = string(&text[at..end]) else { return out };
        at = blanks(bytes, end);
        if bytes.get(at) != Some(&b':') {
            return out;
        }
        at = blanks(bytes, at + 1);
        let end = value_end(bytes, at);
        if at < bytes.len() {
            out.push((key, at..end.unwrap_or(bytes.len())));
        }
        let Some(end) = end else { return out };
        at = end;
    }
}

/// The elements of the list that begins at `range.start`, which is valid JSON.
fn items(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let bytes = &text.as_bytes()[..range.end];
    let mut at = range.start;
    loop {
        let start = blanks(bytes, at + 1);
        let Some(end) = value_end(bytes, start) else { return out };
        out.push(start..end);
        at = blanks(bytes, end);
        if bytes.get(at) != Some(&b',') {
            return out;
        }
    }
}

fn blanks(bytes: &[u8], from: usize) -> usize {
    from + bytes[from.min(bytes.len())..].iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\t' | b'\r')).count()
}

/// One past the value that begins at `from`.
fn value_end(bytes: &[u8], from: usize) -> Option<usize> {
    // As if within a list, so that it may be of any kind.
    let mut scan = Scan { open: vec![b'['], state: State::Value };
    for (i, byte) in bytes.iter().enumerate().skip(from) {
        if scan.open.len() == 1 && scan.state == State::Number && !is_number(*byte) {
            return Some(i);
        }
        if scan.step(*byte) != Step::More {
            return None;
        }
        if scan.open.len() == 1 && scan.state == State::After {
            return Some(i + 1);
        }
    }
    None
}

/// Finds where an object or a list ends, byte after byte. It stops at the first byte that JSON cannot have there, within strings aside: so of two
/// attempts that begin at different places, both stop before long, and reading takes linear time.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// `{` and `[` that are open.
    open: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A value.
    Value,
    /// A value, or the end of the list.
    First,
    /// A key, or the end of the object.
    FirstKey,
    /// A key.
    Key,
    /// Within a string; whether it is a key.
    String(bool),
    /// After a backslash.
    Escape(bool),
    Number,
    /// Within `true`, `false` or `null`: what is left of it.
    Word(&'static [u8]),
    Colon,
    /// After a value.
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    More,
    End,
    Broken,
}

/// How far a text was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// All of it, and there is more to come.
    More,
    /// The value ends after so many bytes.
    End(usize),
    /// This byte cannot stand there.
    Broken(usize),
}

fn is_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

impl Scan {
    pub(super) fn new() -> Self {
        Self { open: Vec::new(), state: State::Value }
    }

    /// Goes on with `bytes`.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Scanned {
        for (i, byte) in bytes.iter().enumerate() {
            match self.step(*byte) {
                Step::More => {}
                Step::End => return Scanned::End(i + 1),
                Step::Broken => return Scanned::Broken(i),
            }
        }
        Scanned::More
    }

    fn step(&mut self, byte: u8) -> Step {
        if self.state == State::Number && !is_number(byte) {
            self.state = State::After;
        }
        let next = match (self.state, byte) {
            (State::String(key), b'"') => Some(if key { State::Colon } else { State::After }),
            (State::String(key), b'\\') => Some(State::Escape(key)),
            (State::String(key) | State::Escape(key), _) => Some(State::String(key)),
            (State::Number, _) => Some(State::Number),
            (State::Word([first, rest @ ..]), _) if *first == byte => Some(if rest.is_empty() { State::After } else { State::Word(rest) }),
            (State::Word(_), _) => None,
            (state, b' ' | b'\n' | b'\t' | b'\r') => Some(state),
            (State::First, b']') | (State::FirstKey, b'}') => return self.close(byte),
            (State::Value | State::First, _) => self.begin(byte),
            (State::FirstKey | State::Key, b'"') => Some(State::String(true)),
            (State::Colon, b':') => Some(State::Value),
            (State::After, b'}' | b']') => return self.close(byte),
            (State::After, b',') => self.open.last().map(|open| if *open == b'{' { State::Key } else { State::Value }),
            _ => None,
        };
        let Some(next) = next else { return Step::Broken };
        self.state = next;
        Step::More
    }

    fn begin(&mut self, byte: u8) -> Option<State> {
        Some(match byte {
            b'{' | b'[' if self.open.len() < DEPTH_MAX => {
                self.open.push(byte);
                if byte == b'{' { State::FirstKey } else { State::First }
            }
            b'"' => State::String(false),
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            b'-' | b'0'..=b'9' => State::Number,
            _ => return None,
        })
    }

    fn close(&mut self, byte: u8) -> Step {
        let fits = matches!((self.open.pop(), byte), (Some(b'{'), b'}') | (Some(b'['), b']'));
        self.state = State::After;
        match (fits, self.open.is_empty()) {
            (false, _) => Step::Broken,
            (true, true) => Step::End,
            (true, false) => Step::More,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Scanned {
        Scan::new().scan(text.as_bytes())
    }

    #[test]
    fn the_end_of_a_value_is_found() {
        for value in [r#"{}"#, "[]", r#"{"a":[1,-2.5e3,{"b":"}]\"\\"}],"c":true,"d":null}"#, "[ { } , [ ] ]", "{\"a\":\"é\n\"}"] {
            assert_eq!(scan(&format!("{value}]}}")), Scanned::End(value.len()), "{value}");
            for (cut, _) in value.char_indices() {
                assert_eq!(scan(&value[..cut]), Scanned::More, "{value} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_json_cannot_have_ends_the_scan() {
        let cases = [
            ("{a", 1),
            ("{\"a\" 1", 5),
            ("[1 2", 3),
            ("[1}", 2),
            ("[,", 1),
            ("[1,]", 3),
            ("{\"a\":tru}", 8),
            ("{<", 1),
            ("[é", 1),
            ("{\"a\":1,}", 7),
        ];
        for (text, at) in cases {
            assert_eq!(scan(text), Scanned::Broken(at), "{text}");
        }
        assert_eq!(scan(&"[".repeat(1000)), Scanned::Broken(DEPTH_MAX));
    }

    /// serde_json is the oracle: a value ends where serde_json says that it ends, and no more than that is taken.
    #[test]
    fn values_end_where_serde_json_ends_them() {
        let pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\", "a", "1", "-", "true", "null", " ", "\"k\":", "\"v\"", "é", "{}", "[]"];
        let mut draw = wardian_format::Rng::of(1, &["json"]);
        let mut ends = 0;
        for _ in 0..50_000 {
            let start = if draw.below(2) == 0 { "{" } else { "[" };
            let text: String = std::iter::once(start).chain((0..draw.below(12)).map(|_| *draw.pick(&pieces).expect("some"))).collect();
            let mut stream = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
            if let Some(Ok(_)) = stream.next() {
                assert_eq!(scan(&text), Scanned::End(stream.byte_offset()), "{text}");
                ends += 1;
            }
        }
        assert!(ends > 1000, "{ends}");
    }

    #[test]
    fn name_and_arguments_are_found_in_their_place() {
        let keys = |path: &[&str]| path.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let nested = Keys { name: keys(&["function", "name"]), arguments: keys(&["function", "arguments"]), text: true, list: false };
        let text = r#" {"id": 1, "function": {"arguments": "{\"a\": 1}", "name": "f\u0067"}}"#;
        let read = nested.read(text, 1..text.len()).expect("a call");
        assert_eq!((read[0].name.as_str(), read[0].arguments.as_str()), ("fg", r#"{"a": 1}"#));
        assert_eq!(&text[read[0].name_range.clone()], "f\\u0067");
        let flat = Keys { name: keys(&["name"]), arguments: keys(&["arguments"]), text: false, list: false };
        for (text, fault) in [
            (r#"{"arguments": {}}"#, Fault::Name),
            (r#"{"name": 1, "arguments": {}}"#, Fault::Name),
            (r#"{"name": "f"}"#, Fault::Arguments),
            (r#"{"name": "f", "arguments": "{}"}"#, Fault::Arguments),
            (r#"{"name": "f", "arguments": {"a": 1e999}}"#, Fault::Syntax),
            ("[]", Fault::Name),
            ("[1]", Fault::Name),
        ] {
            assert_eq!(flat.read(text, 0..text.len()), Err(fault), "{text}");
        }
        let broken = r#"{"name": "f", "arguments": {"a"#;
        assert_eq!(flat.name_in(broken, 0..broken.len()), Some(("f".to_owned(), 10..11)));
    }
}
