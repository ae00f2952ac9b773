//! English for titles: plurals, acronyms, lists.

use super::vocabulary::Vocabulary;
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
        _ if word.strip_suffix('s').is_some_and(is_acronym) => word.to_owned(),
        _ if word.ends_with('y') && !before_last.is_some_and(vowel) => format!("{}ies", &word[..word.len() - 1]),
        _ if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

/// A plural phrase as it is written: acronyms in capitals (`ACLs`), and what the descriptions write so.
pub(super) fn spelled(phrase: &str, vocabulary: &Vocabulary) -> String {
    let capitals = |word: &str| is_acronym(word) || vocabulary.is_acronym(word);
    let word = |word: &str| match word.strip_suffix('s') {
        _ if capitals(word) => word.to_uppercase(),
        Some(one) if capitals(one) => format!("{}s", one.to_uppercase()),
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
            ("ips", "ips"),
        ] {
            assert_eq!((plural(one).as_str(), singular(many).as_str()), (many, one));
        }
        assert_eq!(plural("network acl"), "network acls");
    }

    #[test]
    fn acronyms_are_capitals() {
        let known = Vocabulary::new(&["A HIT is a task.", "Issue"], &["hit".to_owned(), "issue".to_owned()].into_iter().collect());
        for (phrase, expected) in [("network acls", "network ACLs"), ("dns zones", "DNS zones"), ("issues", "issues"), ("hits", "HITs")] {
            assert_eq!(spelled(phrase, &known), expected);
        }
    }
}
