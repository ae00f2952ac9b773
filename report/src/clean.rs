//! Text that someone else wrote, made fit for people and for HTML.
//!
//! Three steps, each its own function: [`visible`] bounds a text and makes control characters visible; [`escape`]
//! makes a text safe as HTML content and as an attribute value in double quotes; [`script_json`] makes a JSON value
//! safe inside a `<script type="application/json">` element.

use serde_json::Value;

/// `text` with at most `chars_max` characters, then `… (+N)` where N more were cut; control characters, bidirectional
/// controls, line separators and noncharacters are written as `‹U+202E›`. Line feeds and tabs stay.
pub fn visible(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(4 * chars_max));
    let mut chars = text.chars();
    for c in chars.by_ref().take(chars_max) {
        if is_hidden(c) {
            out.push_str(&format!("‹U+{:04X}›", c as u32));
        } else {
            out.push(c);
        }
    }
    let rest = chars.count();
    if rest > 0 {
        out.push_str(&format!("… (+{rest})"));
    }
    out
}

/// As [`visible`], on one line: runs of white space become one space.
pub fn one_line(text: &str, chars_max: usize) -> String {
    // Only so much is looked at as could be shown, so that a huge text costs no more than a long one.
    let head: String = text.chars().take(4 * chars_max + 64).collect();
    let joined = head.split_whitespace().collect::<Vec<_>>().join(" ");
    if head.len() == text.len() {
        return visible(&joined, chars_max);
    }
    let shown: String = joined.chars().take(chars_max).collect();
    format!("{}…", visible(&shown, chars_max))
}

/// `text` as HTML: `&`, `<`, `>`, `"` and `'` become entities. Safe as content and in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// `value` as JSON for a script element: no `<`, `>` or `&`, and no U+2028 or U+2029, occurs in it.
pub fn script_json(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            _ => out.push(c),
        }
    }
    out
}

/// `value` as indented JSON in which arrays and objects that fit `width` characters stay on one line; at most
/// `chars_max` characters, as in [`visible`].
pub fn pretty(value: &Value, width: usize, chars_max: usize) -> String {
    let mut out = String::new();
    write_pretty(&mut out, value, 0, width, chars_max);
    visible(&out, chars_max)
}

fn write_pretty(out: &mut String, value: &Value, indent: usize, width: usize, chars_max: usize) {
    // Every character has at most four bytes: what follows would be cut, and the reader is told so by the cut.
    if out.len() > 4 * chars_max {
        return;
    }
    match value {
        Value::Array(items) if !items.is_empty() && !fits(value, width.saturating_sub(indent)) => {
            write_members(out, ('[', ']'), indent, items.iter(), |out, item, indent| {
                write_pretty(out, item, indent, width, chars_max);
            });
        }
        Value::Object(map) if !map.is_empty() && !fits(value, width.saturating_sub(indent)) => {
            write_members(out, ('{', '}'), indent, map.iter(), |out, (name, item), indent| {
                out.push_str(&format!("{}: ", Value::from(name.as_str())));
                write_pretty(out, item, indent, width, chars_max);
            });
        }
        _ => write_flat(out, value),
    }
}

fn write_members<T>(
    out: &mut String,
    (open, close): (char, char),
    indent: usize,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T, usize),
) {
    out.push(open);
    for (i, item) in items.enumerate() {
        out.push_str(if i > 0 { ",\n" } else { "\n" });
        out.push_str(&" ".repeat(indent + 2));
        write(out, item, indent + 2);
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(close);
}

/// On one line with a space after `:` and `,`.
pub(crate) fn flat(value: &Value, chars_max: usize) -> String {
    let mut out = String::new();
    write_flat(&mut out, value);
    visible(&out, chars_max)
}

fn write_flat(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_flat(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (i, (name, item)) in map.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                out.push_str(&format!("{}: ", Value::from(name.as_str())));
                write_flat(out, item);
            }
            out.push('}');
        }
        _ => out.push_str(&value.to_string()),
    }
}

/// Does the flat form of `value` have at most `width` bytes? Looks at no more than it must.
fn fits(value: &Value, width: usize) -> bool {
    room(value, width as isize) >= 0
}

fn room(value: &Value, mut left: isize) -> isize {
    match value {
        _ if left < 0 => left,
        Value::Array(items) => {
            left -= 2;
            for item in items {
                left = room(item, left - 2);
                if left < 0 {
                    break;
                }
            }
            left
        }
        Value::Object(map) => {
            left -= 2;
            for (name, item) in map {
                left = room(item, left - name.len() as isize - 6);
                if left < 0 {
                    break;
                }
            }
            left
        }
        Value::String(text) => left - text.len() as isize - 2,
        other => left - other.to_string().len() as isize,
    }
}

/// Characters that change what a reader sees without being seen.
fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{feff}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control() || (c as u32) & 0xfffe == 0xfffe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(visible("a\u{202e}b\u{0}c\u{1b}[31m\n\td\r", 99), "a‹U+202E›b‹U+0000›c‹U+001B›[31m\n\td‹U+000D›");
        assert_eq!(visible("שלום", 99), "שלום", "right-to-left letters are text like any other");
    }

    #[test]
    fn cuts_say_how_much() {
        assert_eq!(visible("äöüß", 3), "äöü… (+1)");
        assert_eq!(one_line("  a \n b\t", 9), "a b");
        assert_eq!(one_line(&"ab ".repeat(1000), 5), "ab ab…");
    }

    #[test]
    fn html_has_no_markup_left() {
        assert_eq!(escape(r#"</script><b a="1" c='2'>&"#), "&lt;/script&gt;&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    }

    #[test]
    fn script_json_reads_back() {
        let value = json!({"</script><!--": "\u{2028}&\u{2029}<"});
        let text = script_json(&value);
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("still JSON"), value);
    }

    #[test]
    fn pretty_keeps_short_things_together() {
        let value = json!({"id": 1, "labels": ["bug", "ui"], "owner": {"login": "ada", "site": "https://example.org/ada"}});
        let expected = "{\n  \"id\": 1,\n  \"labels\": [\"bug\", \"ui\"],\n  \"owner\": {\n    \"login\": \"ada\",\n    \"site\": \"https://example.org/ada\"\n  }\n}";
        assert_eq!(pretty(&value, 40, 1000), expected);
        assert_eq!(pretty(&json!([1, {"a": null}]), 40, 1000), "[1, {\"a\": null}]");
        assert!(pretty(&json!(vec![json!({"k": "v"}); 9999]), 40, 100).chars().count() < 120);
    }
}
