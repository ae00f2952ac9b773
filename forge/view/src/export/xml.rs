//! Text in XML.

/// `text` as the content of an element or of an attribute in double quotes. Characters that XML 1.0 cannot hold become U+FFFD; line
/// breaks and tabs are references, so that readers do not make spaces of them.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_markup_and_nothing_forbidden_is_left() {
        assert_eq!(
            xml("]]></a><b c=\"1\" d='2'>&\n\u{0}\u{1b}\u{fffe}ä"),
            "]]&gt;&lt;/a&gt;&lt;b c=&quot;1&quot; d=&apos;2&apos;&gt;&amp;&#10;���ä"
        );
    }
}
