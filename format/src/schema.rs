//! JSON Schemas of a catalogue, kept as text until somebody looks.
//!
//! A catalogue of a hundred thousand tools is 300 MB of JSON; as trees of values it is several gigabytes. A [`Schema`] holds the
//! compact text and reads like the [`Value`] it spells: the tree is built on the first look and lives as long as the schema. Work
//! over a whole catalogue reads [`Schema::to_value`] (or a clone, whose tree dies with it), so that one tool is open at a time.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

/// Nesting up to which a text is taken without building its tree; `serde_json` refuses 128.
const DEPTH_PLAIN_MAX: usize = 100;
/// Characters of a number up to which it is taken without reading it.
const NUMBER_PLAIN_CHARS_MAX: usize = 15;

/// A JSON value as compact text, and as a tree once it was looked at. Dereferences to [`Value`]: `schema["properties"]`.
///
/// Two schemas are equal where their values are. A clone copies the text alone.
pub struct Schema {
    /// One line, without white space between tokens; reading it cannot fail (see [`is_plain`]).
    text: Box<str>,
    tree: OnceLock<Box<Value>>,
}

impl Schema {
    /// The compact JSON text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value, read anew and kept by nobody but the caller.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(&self.text).expect("the text of a schema was checked when it was made")
    }

    fn of_text(text: impl Into<Box<str>>) -> Self {
        Self { text: text.into(), tree: OnceLock::new() }
    }
}

impl Deref for Schema {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.tree.get_or_init(|| Box::new(self.to_value()))
    }
}

impl From<Value> for Schema {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl From<&Value> for Schema {
    fn from(value: &Value) -> Self {
        Self::of_text(value.to_string())
    }
}

impl Clone for Schema {
    fn clone(&self) -> Self {
        Self::of_text(self.text.clone())
    }
}

impl Default for Schema {
    /// `null`.
    fn default() -> Self {
        Self::of_text("null")
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || self.to_value() == other.to_value()
    }
}

impl PartialEq<Value> for Schema {
    fn eq(&self, other: &Value) -> bool {
        **self == *other
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.text).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if is_plain(raw.get()) {
            return Ok(Self::of_text(Box::<str>::from(raw)));
        }
        // White space, deep nesting, and numbers and escapes that may be out of range: the parser decides.
        let value: Value = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(Self::from(value))
    }
}

/// Whether valid JSON is compact and certain to become a value: nothing nests deep, no number can overflow, no escape can be half of
/// a surrogate pair.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut depth, mut digits, mut i) = (0_usize, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(i) {
        i += 1;
        digits = if matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+') { digits + 1 } else { 0 };
        match byte {
            b'"' => match string_end(bytes, i) {
                Some(end) => i = end,
                None => return false,
            },
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' | b'E' => return false,
            // The `e` of `true` and `false` follows a letter, that of a number a digit.
            b'e' if i >= 2 && bytes[i - 2].is_ascii_digit() => return false,
            _ => {}
        }
        if depth > DEPTH_PLAIN_MAX || digits > NUMBER_PLAIN_CHARS_MAX {
            return false;
        }
    }
    true
}

/// The place after the closing quote of a string that opened before `from`; `None` where it holds an escape by number.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut i = from;
    loop {
        let at = i + bytes.get(i..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        match (bytes[at], bytes.get(at + 1)) {
            (b'"', _) => return Some(at + 1),
            (_, Some(b'u') | None) => return None,
            _ => i = at + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Schema, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn reads_like_its_value_and_writes_its_text() {
        let value = json!({"type": "object", "properties": {"q\"\\": {"type": "string", "maximum": 1.5, "default": true}}});
        let schema = Schema::from(&value);
        assert_eq!(schema["properties"]["q\"\\"]["type"], "string");
        assert_eq!(serde_json::to_string(&schema).expect("writes"), value.to_string());
        assert_eq!(serde_json::to_value(&schema).expect("a value"), value);
        assert_eq!(serde_json::from_value::<Schema>(value.clone()).expect("reads"), value);
        assert_eq!(read(&value.to_string()).expect("reads").clone(), schema);
    }

    #[test]
    fn white_space_goes_so_that_a_line_stays_a_line() {
        let schema = read("{\n \"a b\": [1 , true],\t\"e\": 12\r\n}").expect("reads");
        assert_eq!(schema.text(), "{\"a b\":[1,true],\"e\":12}");
    }

    /// What a look would fail on is refused when it is read: looking never fails.
    #[test]
    fn whatever_is_taken_can_be_looked_at() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        for bad in ["1e999", "[1E999]", "\"\\ud800\"", "{\"a\":\"\\udc00x\"}", &"9".repeat(400), &deep(5000), "[1,", "{\"a\" 1}", ""] {
            let seen = read(bad);
            assert!(seen.as_ref().is_err() || seen.as_ref().is_ok_and(|s| s.to_value().is_number()), "{bad}");
        }
        for good in ["\"\\u00e9\\n\"", "-1.25e3", "12345678901234567890", "null", "\"a\\\\\"", &deep(99), &deep(110)] {
            let value: Value = serde_json::from_str(good).expect("JSON");
            assert_eq!(*read(good).expect("taken"), value, "{good}");
        }
    }
}
