//! Strict JSON in, canonical JSON out.
//!
//! Arguments and results are digested in the form of RFC 8785 (JSON Canonicalization Scheme): members
//! sorted by UTF-16 code units, shortest round-trip numbers, no white space. Input is I-JSON (RFC 7493):
//! duplicate member names and lone surrogates are refused.

use crate::digest::Digest;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};
use std::fmt;

/// Why a text is not acceptable JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON, or a duplicate member name; the message has line and column.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// A number that canonical JSON cannot carry without loss.
    #[error("number `{0}` is outside the range that canonical JSON keeps exactly (integers up to 2^53)")]
    Number(String),
}

/// Largest integer that an IEEE 754 double holds exactly together with all smaller ones.
pub const INTEGER_MAX: i64 = 1 << 53;

/// Parses `text`, refusing duplicate member names, lone surrogates and trailing characters.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut de = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut de)?;
    de.end()?;
    Ok(value)
}

/// The RFC 8785 form of `value`.
pub fn canonical(value: &Value) -> Result<String, JsonError> {
    let mut out = String::with_capacity(256);
    write_value(&mut out, value)?;
    Ok(out)
}

/// SHA-256 of the canonical form.
pub fn digest(value: &Value) -> Result<Digest, JsonError> {
    Ok(Digest::of(canonical(value)?.as_bytes()))
}

fn write_value(out: &mut String, value: &Value) -> Result<(), JsonError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => write_number(out, n)?,
        Value::String(s) => write_string(out, s),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item)?;
            }
            out.push(']');
        }
        Value::Object(map) => write_object(out, map)?,
    }
    Ok(())
}

fn write_object(out: &mut String, map: &Map<String, Value>) -> Result<(), JsonError> {
    let mut members: Vec<(&String, &Value)> = map.iter().collect();
    // By UTF-16 code units; for ASCII that is the order of the bytes.
    let order = |a: &str, b: &str| if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) };
    members.sort_by(|a, b| order(a.0, b.0));
    out.push('{');
    for (i, (name, value)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(out, name);
        out.push(':');
        write_value(out, value)?;
    }
    out.push('}');
    Ok(())
}

fn write_number(out: &mut String, n: &Number) -> Result<(), JsonError> {
    let inexact = || JsonError::Number(n.to_string());
    if let Some(i) = n.as_i64() {
        if i.unsigned_abs() > INTEGER_MAX as u64 {
            return Err(inexact());
        }
        out.push_str(&i.to_string());
        return Ok(());
    }
    if n.is_u64() {
        return Err(inexact());
    }
    let f = n.as_f64().filter(|f| f.is_finite()).ok_or_else(inexact)?;
    out.push_str(ryu_js::Buffer::new().format_finite(f));
    Ok(())
}

/// True for the bytes that do not stand for themselves in a string.
fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    // Without a branch in the loop, which lets the compiler look at many bytes at once.
    if text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
        write_escaped(out, text);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn write_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{08}' => out.push_str("\\b"),
            '\u{0c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
}

/// Builds a `Value` and refuses a member name that comes twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, i: i64) -> Result<Value, E> {
        Ok(Value::from(i))
    }

    fn visit_u64<E>(self, u: u64) -> Result<Value, E> {
        Ok(Value::from(u))
    }

    fn visit_f64<E>(self, f: f64) -> Result<Value, E> {
        Ok(Value::from(f))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            match map.entry(name) {
                Entry::Vacant(place) => place.insert(access.next_value_seed(Strict)?),
                Entry::Occupied(place) => return Err(serde::de::Error::custom(format_args!("duplicate member name `{}`", place.key()))),
            };
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canon(text: &str) -> String {
        canonical(&parse(text).expect("parses")).expect("canonical")
    }

    #[test]
    fn numbers_are_shortest_round_trip() {
        assert_eq!(
            canon("[0.049999999999999996, 1e21, 1.0, -0.0, 333333333.33333329, 1e-7]"),
            "[0.049999999999999996,1e+21,1,0,333333333.3333333,1e-7]"
        );
    }

    #[test]
    fn members_sort_by_utf16() {
        // The example of RFC 8785, section 3.2.3: U+1F600 sorts before U+FB33 by UTF-16 code units.
        assert_eq!(canon("{\"\u{fb33}\":1,\"\u{1f600}\":2,\"a\":3}"), "{\"a\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn refusals() {
        assert!(parse(r#"{"a":1,"a":2}"#).expect_err("duplicate").to_string().contains("duplicate member name `a`"));
        assert!(parse(r#""\ud800""#).is_err(), "lone surrogate");
        assert!(parse("1 2").is_err(), "trailing characters");
        assert!(canonical(&Value::from(i64::MAX)).is_err(), "integer above 2^53");
    }
}
