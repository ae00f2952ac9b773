//! JSON as Python's `json.dumps(value, sort_keys=True)` writes it, and the hash that upstream takes of that.
//!
//! Upstream's hash of a database is the SHA-256 of this text (`tau2/utils/utils.py`, `get_dict_hash`). Members are sorted by code
//! point, separators are `, ` and `: `, everything beyond ASCII is escaped in UTF-16, and reals are Python's `repr`.

use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use wardian_format::number::real_text;
use wardian_format::python::quote;

/// `json.dumps(value, sort_keys=True)`.
pub fn dumps(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// SHA-256 of [`dumps`], in hexadecimal.
pub fn hash(value: &Value) -> String {
    hash_of_text(&dumps(value))
}

/// SHA-256 of a text, in hexadecimal.
pub(crate) fn hash_of_text(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&digits(number)),
        Value::String(text) => quote(text, true, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            out.push('{');
            for (i, name) in names.into_iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                quote(name, true, out);
                out.push_str(": ");
                write(&members[name], out);
            }
            out.push('}');
        }
    }
}

fn digits(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => real_text(value),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Made with CPython 3.11: `json.dumps(value, sort_keys=True)`.
    #[test]
    fn as_python_writes_it() {
        let value = json!({"b": [1, 1.0, -0.0, 1e16, 1e15, 0.0001, 0.00001, 23.029999999999973, 5e-324, 1.5e300], "a": "é\u{1f600}\"\\\n\u{7f}", "Z": {}, "c": [null, true]});
        assert_eq!(
            dumps(&value),
            "{\"Z\": {}, \"a\": \"\\u00e9\\ud83d\\ude00\\\"\\\\\\n\\u007f\", \"b\": [1, 1.0, -0.0, 1e+16, 1000000000000000.0, 0.0001, 1e-05, \
             23.029999999999973, 5e-324, 1.5e+300], \"c\": [null, true]}"
        );
        assert_eq!(hash(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
