//! What single sentences of descriptions say: choices, examples, states.

use crate::words::flat;

/// Longest word in quotes that counts.
const QUOTED_CHARS_MAX: usize = 40;

/// Texts in quotes, in order. An apostrophe inside of a word quotes nothing.
pub(super) fn quoted(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let quote = chars[i];
        let opens = matches!(quote, '\'' | '"' | '`') && (i == 0 || !chars[i - 1].is_alphanumeric());
        let end = |from: usize| {
            (from..chars.len().min(from + QUOTED_CHARS_MAX))
                .find(|&k| chars[k] == quote && chars.get(k + 1).is_none_or(|next| !next.is_alphanumeric()))
        };
        match opens.then(|| end(i + 1)).flatten() {
            Some(close) => {
                out.push(chars[i + 1..close].iter().collect());
                i = close + 1;
            }
            None => i += 1,
        }
    }
    out.retain(|word: &String| !word.is_empty());
    out
}

/// The text from the end of `phrase` to the end of its sentence, in lower case only where it is compared.
fn after<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    let at = text.to_ascii_lowercase().find(phrase)? + phrase.len();
    let rest = text.get(at..)?;
    Some(&rest[..sentence_end(rest)])
}

fn sentence_end(text: &str) -> usize {
    let ends = |(i, c): (usize, char)| match c {
        '\n' | ';' => Some(i),
        '.' => text[i + 1..].chars().next().is_none_or(char::is_whitespace).then_some(i),
        _ => None,
    };
    text.char_indices().find_map(ends).unwrap_or(text.len())
}

/// The allowed values that a description enumerates: "either 'a' or 'b'", "must be one of 'a', 'b'".
pub(super) fn choices(description: &str) -> Vec<String> {
    let found = ["either ", "one of", "allowed values", "possible values", "valid values", "must be "]
        .iter()
        .filter_map(|phrase| after(description, phrase))
        .map(quoted)
        .find(|words| words.len() > 1);
    found.unwrap_or_default()
}

/// Examples that a description gives.
pub(super) fn examples(description: &str) -> Vec<String> {
    let found = ["such as", "e.g.", "for example", "example:", "like "].iter().filter_map(|phrase| after(description, phrase)).map(quoted);
    found.into_iter().find(|words| !words.is_empty()).unwrap_or_default()
}

/// A pattern that a key like `example` matches, where enough of it can vary: `#W0000000` is `#W` and seven digits.
pub(super) fn pattern(example: &str) -> Option<String> {
    let is_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let chars: Vec<char> = example.chars().collect();
    let turns = chars.windows(2).filter(|w| w[0].is_ascii_digit() != w[1].is_ascii_digit()).count();
    if chars.len() >= 5 && turns >= 2 && chars.iter().all(|c| is_code(*c)) {
        return Some(format!("^[A-Z0-9]{{{}}}$", chars.len()));
    }
    let digits = chars.iter().rev().take_while(|c| c.is_ascii_digit()).count();
    let head: String = chars[..chars.len() - digits].iter().collect();
    let plain = head.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '#' | '_' | '-' | ' '));
    (digits >= 3 && plain).then(|| format!("^{head}[0-9]{{{digits}}}$"))
}

/// The states that "status must be X or Y" demands.
pub(super) fn needed_states(description: &str) -> Vec<String> {
    let Some(rest) = after(description, "status must be ") else { return Vec::new() };
    let rest = rest.split([',', '(']).next().unwrap_or(rest);
    rest.split(" or ").map(state_word).filter(|word| !word.is_empty()).collect()
}

/// The state that "status will be changed to X" leads to, with the word before "status".
pub(super) fn target_state(description: &str) -> Option<(String, String)> {
    let lower = description.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find("status") {
        let at = from + found;
        from = at + "status".len();
        let Some(rest) = description.get(from..) else { break };
        let sentence = &rest[..sentence_end(rest)];
        let says = ["changed to", "set to", "updated to", "becomes"].iter().find_map(|words| after(sentence, words));
        let sets = lower[..at].split_whitespace().rev().take(3).any(|word| flat(word).starts_with("set"));
        let bare = || sentence.strip_prefix(" to ").filter(|_| sets);
        if let Some(value) = says.or_else(bare) {
            let word = quoted(value).into_iter().next().unwrap_or_else(|| state_word(value.split([',', '(']).next().unwrap_or(value)));
            let before = lower[..at].split_whitespace().next_back().unwrap_or("").to_owned();
            return (!word.is_empty()).then_some((before, word));
        }
    }
    None
}

/// A state without quotes: words that begin with a capital, or one word.
fn state_word(text: &str) -> String {
    if let Some(word) = quoted(text).into_iter().next() {
        return word;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let capital = |word: &&&str| word.starts_with(|c: char| c.is_ascii_uppercase());
    let run: Vec<&str> = words.iter().take_while(capital).copied().collect();
    let found = if run.is_empty() { words.iter().take(1).copied().collect::<Vec<_>>() } else { run };
    found.join(" ").trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// True where the description says that it works one time.
pub(super) fn only_once(description: &str) -> bool {
    let lower = description.to_ascii_lowercase();
    ["only be called once", "can only be done once", "only be used once", "only once", "be only done once"]
        .iter()
        .any(|p| lower.contains(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        assert_eq!(quoted("the user's 'a b' or \"c\", isn't `d`"), ["a b", "c", "d"]);
        assert_eq!(
            choices("Which should be either 'no longer needed' or 'ordered by mistake'."),
            ["no longer needed", "ordered by mistake"]
        );
        assert!(choices("The id, such as 'x' or 'y'.").is_empty());
        assert_eq!(examples("The order id, such as '#W0000000'. Mind the '#'."), ["#W0000000"]);
        assert_eq!(
            needed_states("Checks: Line status must be Suspended or Pending Activation. Then."),
            ["Suspended", "Pending Activation"]
        );
        assert_eq!(target_state("Sets bill status to AWAITING_PAYMENT and notifies."), Some(("bill".into(), "AWAITING_PAYMENT".into())));
        assert_eq!(
            target_state("The order status will be changed to 'return requested'. More."),
            Some(("order".into(), "return requested".into()))
        );
        assert_eq!(target_state("Get the status of an order. Sent to you."), None);
    }

    #[test]
    fn patterns() {
        assert_eq!(pattern("#W0000000").as_deref(), Some("^#W[0-9]{7}$"));
        assert_eq!(pattern("ZFA04Y").as_deref(), Some("^[A-Z0-9]{6}$"));
        assert_eq!(pattern("HAT001").as_deref(), Some("^HAT[0-9]{3}$"));
        assert_eq!(pattern("Apt 1"), None);
    }
}
