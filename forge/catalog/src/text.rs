//! Descriptions as one clean line of bounded length.

/// `text` without HTML tags, link targets and line breaks, at most `chars_max` characters, ending at a sentence where one fits.
pub(crate) fn clean(text: &str, chars_max: usize) -> String {
    let plain = collapse(&strip_links(&strip_tags(text)));
    if plain.chars().count() <= chars_max {
        return plain;
    }
    let head: String = plain.chars().take(chars_max).collect();
    if let Some(end) = head.rfind(". ").filter(|&end| end * 3 >= head.len()) {
        return head[..=end].to_owned();
    }
    let end = head.rfind(' ').unwrap_or(head.len());
    format!("{}…", head[..end].trim_end_matches([',', ';', ':', ' ']))
}

/// Removes `<tag …>` where the bracket is followed by a letter or a slash, and decodes the five XML entities.
fn strip_tags(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tail) = rest.split_at(start);
        out.push_str(before);
        let is_tag = tail[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match tail.find('>').filter(|_| is_tag) {
            Some(end) => {
                out.push(' ');
                rest = &tail[end + 1..];
            }
            None => {
                out.push('<');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// `[label](target)` becomes `label`.
fn strip_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let (Some(open), Some(close)) = (rest[..middle].rfind('['), rest[middle..].find(')')) else {
            out.push_str(&rest[..middle + 2]);
            rest = &rest[middle + 2..];
            continue;
        };
        out.push_str(&rest[..open]);
        out.push_str(&rest[open + 1..middle]);
        rest = &rest[middle + close + 1..];
    }
    out.push_str(rest);
    out
}

/// White space runs become one space; control characters go; a space before a full stop goes.
fn collapse(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").replace(" .", ".").replace(" ,", ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes() {
        assert_eq!(clean("<p>Deletes a <code>Secret</code>.</p>\n", 99), "Deletes a Secret.");
        assert_eq!(clean("See [labels](https://x/y) if a < b &amp; c", 99), "See labels if a < b & c");
        assert_eq!(clean("](x) [open", 99), "](x) [open");
    }

    #[test]
    fn length_is_bounded_at_a_sentence_or_a_word() {
        assert_eq!(clean("One two. Three four five", 18), "One two.");
        assert_eq!(clean("One two, three", 11), "One two…");
        assert_eq!(clean("日本語日本語", 3), "日本語…");
    }
}
