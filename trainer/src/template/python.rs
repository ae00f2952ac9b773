//! What Python writes: `json.dumps`, `repr` and `str` of values that come from JSON.
//!
//! Sources: CPython 3.11, `json/encoder.py`, `Objects/floatobject.c` (`repr` of a float: the shortest digits, an exponent below 1e-4 and from
//! 1e16), `Objects/unicodeobject.c`.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

/// How `json.dumps` is asked to write.
#[derive(Clone, Debug)]
pub(super) struct Dump {
    /// Spaces a level, or the text of a level; without it: one line.
    pub(super) indent: Option<String>,
    /// Between members.
    pub(super) item: String,
    /// Between a key and its value.
    pub(super) key: String,
    /// Whether characters outside ASCII are escaped.
    pub(super) ascii: bool,
    /// Whether keys are sorted.
    pub(super) sort: bool,
}

impl Default for Dump {
    fn default() -> Self {
        Self { indent: None, item: ", ".to_owned(), key: ": ".to_owned(), ascii: false, sort: false }
    }
}

/// `json.dumps(value)`.
pub(super) fn dumps(value: &Value, how: &Dump) -> Result<String, Error> {
    let mut out = String::new();
    dump(value, how, 0, &mut out)?;
    Ok(out)
}

fn dump(value: &Value, how: &Dump, level: usize, out: &mut String) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => out.push_str(&number(value)),
        ValueKind::String => quote(value.as_str().unwrap_or_default(), how.ascii, out),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<Value> = value.try_iter()?.collect();
            list(&items, ('[', ']'), how, level, out, |item, out| dump(item, how, level + 1, out))?;
        }
        ValueKind::Map => {
            let mut keys: Vec<Value> = value.try_iter()?.collect();
            if how.sort {
                keys.sort();
            }
            list(&keys, ('{', '}'), how, level, out, |key, out| {
                quote(&str_of(key)?, how.ascii, out);
                out.push_str(&how.key);
                dump(&value.get_item(key)?, how, level + 1, out)
            })?;
        }
        other => return Err(Error::new(ErrorKind::InvalidOperation, format!("{other} is not JSON serializable"))),
    }
    Ok(())
}

fn list(
    items: &[Value],
    (open, close): (char, char),
    how: &Dump,
    level: usize,
    out: &mut String,
    mut one: impl FnMut(&Value, &mut String) -> Result<(), Error>,
) -> Result<(), Error> {
    out.push(open);
    for (i, item) in items.iter().enumerate() {
        out.push_str(if i > 0 { &how.item } else { "" });
        if let Some(indent) = &how.indent {
            out.push('\n');
            out.push_str(&indent.repeat(level + 1));
        }
        one(item, out)?;
    }
    if let (Some(indent), false) = (&how.indent, items.is_empty()) {
        out.push('\n');
        out.push_str(&indent.repeat(level));
    }
    out.push(close);
    Ok(())
}

fn quote(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `repr` of an integer or a float.
fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    f64::try_from(value.clone()).map_or_else(|_| value.to_string(), float)
}

/// `repr` of a float.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let shortest = format!("{value:e}");
    let (digits, exponent) = shortest.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes a whole exponent");
    if value != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = value.to_string();
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

/// `str(value)`.
pub(super) fn str_of(value: &Value) -> Result<String, Error> {
    Ok(match value.kind() {
        ValueKind::String => value.as_str().unwrap_or_default().to_owned(),
        ValueKind::Undefined => String::new(),
        _ => repr(value)?,
    })
}

/// `repr(value)`.
fn repr(value: &Value) -> Result<String, Error> {
    Ok(match value.kind() {
        ValueKind::None | ValueKind::Undefined => "None".to_owned(),
        ValueKind::Bool => if value.is_true() { "True" } else { "False" }.to_owned(),
        ValueKind::Number => number(value),
        ValueKind::String => repr_str(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<String> = value.try_iter()?.map(|item| repr(&item)).collect::<Result<_, _>>()?;
            format!("[{}]", items.join(", "))
        }
        ValueKind::Map => {
            let one = |key: Value| Ok::<_, Error>(format!("{}: {}", repr(&key)?, repr(&value.get_item(&key)?)?));
            let items: Vec<String> = value.try_iter()?.map(one).collect::<Result<_, _>>()?;
            format!("{{{}}}", items.join(", "))
        }
        _ => value.to_string(),
    })
}

fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if u32::from(c) < 0x20 || u32::from(c) == 0x7f => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        // Left: `repr` of CPython 3.11.
        for (python, value) in [
            ("0.0", 0.0),
            ("-0.0", -0.0),
            ("1.0", 1.0),
            ("0.1", 0.1),
            ("1e-05", 0.00001),
            ("0.0001", 0.0001),
            ("1e+16", 1e16),
            ("1234567890123456.0", 1_234_567_890_123_456.0),
            ("1.5e+300", 1.5e300),
            ("5e-324", 5e-324),
            ("0.049999999999999996", 0.049_999_999_999_999_996),
        ] {
            assert_eq!(float(value), python);
        }
    }
}
