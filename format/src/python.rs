//! Texts as Python's `json.dumps` writes them. Numbers: [`crate::number::real_text`].

/// Appends `text` in quotes, escaped as CPython's `json/encoder.py` does it. `ascii` is Python's `ensure_ascii`: what is no printable ASCII is
/// escaped in UTF-16. Without it, only control characters below U+0020 are.
pub fn quote(text: &str, ascii: bool, out: &mut String) {
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
            ' '..='~' => out.push(c),
            c if c >= ' ' && !ascii => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with CPython 3.11: `json.dumps(text)` and `json.dumps(text, ensure_ascii=False)`.
    #[test]
    fn as_python_writes_it() {
        let text = "a\"\\\n\r\t\u{8}\u{c}\u{1}\u{7f}ä🎈\u{2028}";
        let mut out = String::new();
        quote(text, true, &mut out);
        assert_eq!(out, r#""a\"\\\n\r\t\b\f\u0001\u007f\u00e4\ud83c\udf88\u2028""#);
        out.clear();
        quote(text, false, &mut out);
        assert_eq!(out, format!(r#""a\"\\\n\r\t\b\f\u0001{}""#, "\u{7f}ä🎈\u{2028}"));
    }
}
