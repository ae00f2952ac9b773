//! What Python writes: `json.dumps`, `repr` and `str` of values that come from JSON.
//!
//! Source: CPython 3.11, `json/encoder.py` and `Objects/unicodeobject.c`. Strings and floats are written by `wardian-format`.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};
use wardian_format::number::real_text;
use wardian_format::python::quote;

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

/// `repr` of an integer or a float.
fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    f64::try_from(value.clone()).map_or_else(|_| value.to_string(), real_text)
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
