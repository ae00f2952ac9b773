//! `{% generation %}` blocks, with which a template marks what the model writes (transformers' `return_assistant_tokens_mask`).
//!
//! The blocks become a pair of marks in the output, which are taken out again; whitespace around the tags is as jinja2 has it.

use std::borrow::Cow;
use std::ops::Range;

/// Begin and end of a block, in the output.
const BEGIN: char = '\u{10fff0}';
const END: char = '\u{10fff1}';

/// The template with marks in place of the blocks' tags; whether there are any.
pub(super) fn with_marks(source: &str) -> (Cow<'_, str>, bool) {
    if !source.contains("endgeneration") {
        return (Cow::Borrowed(source), false);
    }
    let mut out = String::with_capacity(source.len() + 64);
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        let Some(end) = rest[at..].find("%}").map(|end| at + end + 2) else { break };
        out.push_str(&rest[..at]);
        let tag = &rest[at..end];
        let (open, word, close) = parts(tag);
        match word {
            // The first tag keeps what the original did to the left of it, the last one what it did to the right.
            "generation" => out.push_str(&format!("{open} if true %}}{{{{ '{BEGIN}' }}}}{{% if true {close}")),
            "endgeneration" => out.push_str(&format!("{open} endif %}}{{{{ '{END}' }}}}{{% endif {close}")),
            _ => out.push_str(tag),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    (Cow::Owned(out), true)
}

/// `{%-`, the words of the tag, `-%}`.
fn parts(tag: &str) -> (&str, &str, &str) {
    let open = if tag[2..].starts_with(['-', '+']) { 3 } else { 2 };
    let close = if tag[..tag.len() - 2].ends_with(['-', '+']) && tag.len() - 3 >= open { 3 } else { 2 };
    (&tag[..open], tag[open..tag.len() - close].trim(), &tag[tag.len() - close..])
}

/// The output without marks, and the byte ranges that they enclosed.
pub(super) fn take_marks(output: &str) -> (String, Vec<Range<usize>>) {
    let mut text = String::with_capacity(output.len());
    let mut ranges = Vec::new();
    let mut start = None;
    for c in output.chars() {
        match c {
            BEGIN => start = Some(text.len()),
            END => ranges.extend(start.take().map(|start| start..text.len())),
            c => text.push(c),
        }
    }
    ranges.retain(|range| !range.is_empty());
    (text, ranges)
}

/// Whether `text` could be mistaken for a mark.
pub(super) fn has_mark(text: &str) -> bool {
    text.contains([BEGIN, END])
}
