//! Names: snake_case for tools, kebab-case for component exports, slugs for files.

/// Longest tool name that chat APIs accept, in characters.
pub const TOOL_NAME_MAX: usize = 64;

/// Splits an identifier into lowercase words: `listIssuesForRepo`, `list-issues_for repo` and
/// `ListIssuesForRepo` all give `list issues for repo`. Acronyms stay together (`getURLById` gives
/// `get url by id`), digits stay with the word before them.
pub fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            flush(&mut out, &mut word);
            continue;
        }
        if c.is_uppercase() && !word.is_empty() {
            let after_lower = chars[i - 1].is_lowercase() || chars[i - 1].is_numeric();
            // `ListHITs` ends in a plural acronym, not in a word `Ts`.
            let plural = chars.get(i + 1) == Some(&'s') && !chars.get(i + 2).is_some_and(|n| n.is_lowercase());
            let starts_word = chars[i - 1].is_uppercase() && chars.get(i + 1).is_some_and(|n| n.is_lowercase()) && !plural;
            if after_lower || starts_word {
                flush(&mut out, &mut word);
            }
        }
        word.extend(c.to_lowercase());
    }
    flush(&mut out, &mut word);
    out
}

fn flush(out: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        out.push(std::mem::take(word));
    }
}

/// `text` as a snake_case identifier of ASCII letters, digits and underscores that starts with a letter.
/// Empty input gives `x`.
pub fn snake(text: &str) -> String {
    join(text, '_')
}

/// `text` as a kebab-case label that the component model accepts: words of ASCII letters and digits, each
/// starting with a letter, joined by `-`.
pub fn kebab(text: &str) -> String {
    let mut out = String::new();
    for word in ascii_words(text) {
        let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
        if out.is_empty() {
            if starts_with_digit {
                out.push('x');
            }
        } else if !starts_with_digit {
            // A word that starts with a digit is glued to the one before: kebab words start with a letter.
            out.push('-');
        }
        out.push_str(&word);
    }
    if out.is_empty() { "x".to_owned() } else { out }
}

fn join(text: &str, separator: char) -> String {
    let mut out = String::new();
    for word in ascii_words(text) {
        if out.is_empty() {
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                out.push('x');
            }
        } else {
            out.push(separator);
        }
        out.push_str(&word);
    }
    if out.is_empty() { "x".to_owned() } else { out }
}

fn ascii_words(text: &str) -> impl Iterator<Item = String> {
    words(text).into_iter().map(|w| w.chars().filter(char::is_ascii_alphanumeric).collect::<String>()).filter(|w| !w.is_empty())
}

/// The singular of an English plural, as far as endings tell.
pub fn singular(word: &str) -> String {
    let lower = word.to_lowercase();
    let cut = |n: usize| word[..word.len() - n].to_owned();
    if !word.is_ascii() || word.len() < 4 || lower.ends_with("ss") || lower.ends_with("us") || lower.ends_with("is") {
        return word.to_owned();
    }
    if lower.ends_with("ies") {
        return format!("{}y", cut(3));
    }
    if lower.ends_with("sses") || lower.ends_with("xes") || lower.ends_with("ches") || lower.ends_with("shes") {
        return cut(2);
    }
    if lower.ends_with('s') { cut(1) } else { word.to_owned() }
}

/// Cuts text that a guest, a model or a document wrote for display: control characters become escapes,
/// at most `chars_max` characters stay.
pub fn untrusted(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == chars_max {
            out.push('…');
            break;
        }
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_identifiers() {
        for text in ["listIssuesForRepo", "list-issues_for repo", "ListIssuesForRepo"] {
            assert_eq!(words(text).join(" "), "list issues for repo", "{text}");
        }
        assert_eq!(words("getURLById").join(" "), "get url by id");
        assert_eq!(words("S3Object").join(" "), "s3 object");
        assert_eq!(words("ListHITsForURLs").join(" "), "list hits for urls");
    }

    #[test]
    fn singulars_by_their_endings() {
        for (many, one) in [("issues", "issue"), ("replies", "reply"), ("branches", "branch"), ("status", "status"), ("access", "access")] {
            assert_eq!(singular(many), one);
        }
    }

    #[test]
    fn kebab_words_start_with_a_letter() {
        assert_eq!(kebab("get_2fa_code"), "get2fa-code");
        assert_eq!(kebab("3d-print"), "x3d-print");
        assert_eq!(kebab("日本"), "x");
    }
}
