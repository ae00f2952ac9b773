//! English for titles: plurals, acronyms, lists.

use crate::lexicon::{irregular, is_acronym, is_uncountable};
use wardian_format::names;

/// The singular of a word.
pub(crate) fn singular(word: &str) -> String {
    if let Some((one, _)) = irregular(word) {
        return one.to_owned();
    }
    if is_uncountable(word) || is_acronym(word) {
        return word.to_owned();
    }
    match word {
        _ if word.len() > 4 && word.ends_with("aches") => word[..word.len() - 1].to_owned(),
        _ if word.ends_with("ias") || word.ends_with("nvas") => word.to_owned(),
        _ => names::singular(word),
    }
}

/// The plural of a phrase, by its last word.
pub(super) fn plural(phrase: &str) -> String {
    let (head, last) = phrase.rsplit_once(' ').map_or(("", phrase), |(head, last)| (head, last));
    let many = plural_of_word(last);
    if head.is_empty() { many } else { format!("{head} {many}") }
}

fn plural_of_word(word: &str) -> String {
    if is_uncountable(word) {
        return word.to_owned();
    }
    if let Some((_, many)) = irregular(word) {
        return many.to_owned();
    }
    let vowel = |c: char| "aeiou".contains(c);
    let before_last = word.chars().rev().nth(1);
    match word {
        _ if is_acronym(word) => format!("{word}s"),
        _ if word.ends_with('y') && !before_last.is_some_and(vowel) => format!("{}ies", &word[..word.len() - 1]),
        _ if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

/// A plural phrase as it is written: acronyms in capitals (`ACLs`).
pub(super) fn spelled(phrase: &str) -> String {
    let word = |word: &str| match word.strip_suffix('s') {
        _ if is_acronym(word) => word.to_uppercase(),
        Some(one) if is_acronym(one) => format!("{}s", one.to_uppercase()),
        _ => word.to_owned(),
    };
    phrase.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A provider in words, for domains whose tools have no noun: `api.example.com` is `example`.
pub(super) fn provider(name: &str) -> String {
    let labels: Vec<&str> = name.split('.').collect();
    let label = labels.iter().rev().nth(1).or(labels.last()).copied().unwrap_or_default();
    let word: String = label.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    if word.is_empty() { "tools".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_as_people_write_them() {
        for (one, many) in [
            ("issue", "issues"),
            ("policy", "policies"),
            ("gateway", "gateways"),
            ("alias", "aliases"),
            ("access", "access"),
            ("branch", "branches"),
            ("cache", "caches"),
            ("sku", "skus"),
            ("status", "statuses"),
            ("series", "series"),
            ("child", "children"),
            ("address", "addresses"),
        ] {
            assert_eq!((plural(one).as_str(), singular(many).as_str()), (many, one));
        }
        assert_eq!(plural("network acl"), "network acls");
    }

    #[test]
    fn acronyms_are_capitals() {
        assert_eq!(spelled("network acls"), "network ACLs");
        assert_eq!(spelled("dns zones"), "DNS zones");
        assert_eq!(spelled("issues"), "issues");
    }

    #[test]
    fn providers_in_a_word() {
        assert_eq!(provider("api.example.com"), "example");
        assert_eq!(provider("local"), "local");
        assert_eq!(provider("日本"), "tools");
    }
}
