//! What a user may ask of a result, and how one thing among several is named.

use crate::paths::{element, last_name};
use crate::phrases;
use crate::step::Source;
use crate::walk::Walk;
use serde_json::Value;
use wardian_format::pack::ToolSpec;

/// Longest text that a person would want to hear, in characters.
const TEXT_CHARS: std::ops::RangeInclusive<usize> = 3..=60;
/// Elements of a list that can be pointed at by position.
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
/// Names of members by which people tell things apart, best first.
pub(crate) const NAMING: &[&str] =
    &["title", "name", "full_name", "display_name", "subject", "summary", "login", "username", "email", "label", "slug", "description"];

/// A fact: where it is and what it is called.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) pointer: String,
}

/// How one element of a list is told from the others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Naming {
    /// By a member whose value no other element has.
    Member { name: String, value: Value },
    /// By its place.
    Place(&'static str),
    /// There is only this one.
    Only,
}

/// One or two facts of the last result of `walk`.
pub(crate) fn choose(walk: &mut Walk<'_>, tool: &ToolSpec) -> Vec<Found> {
    let step = walk.steps.last().expect("there is a last step");
    let known: Vec<&Value> = walk.steps.iter().flat_map(|s| &s.leaves).filter(|l| l.source == Source::Known).map(|l| &l.value).collect();
    let mut found: Vec<Found> = Vec::new();
    collect(tool, step.result(), String::new(), &mut found, step.result());
    found.retain(|f| !known.iter().any(|k| text_of(k).is_some_and(|k| k.contains(&f.value) || f.value.contains(&k))));
    let told: Vec<&str> = walk.steps.iter().flat_map(|s| &s.facts).map(|f| f.value.as_str()).collect();
    found.retain(|f| !told.contains(&f.value.as_str()));
    let Some(first) = walk.rng.pick(&found).cloned() else { return Vec::new() };
    let group = element(walk.steps.last().expect("as above").result(), &first.pointer).map(|(list, index, _)| format!("{list}/{index}/"));
    let beside = |f: &&Found| {
        f.pointer != first.pointer
            && f.label != first.label
            && f.value != first.value
            && group.as_ref().is_none_or(|g| f.pointer.starts_with(g))
    };
    let others: Vec<Found> = found.iter().filter(beside).cloned().collect();
    let second = if walk.rng.chance(35) { walk.rng.pick(&others).cloned() } else { None };
    std::iter::once(first).chain(second).collect()
}

/// How the element on the way to `pointer` is told from the others; `None` where it cannot be.
pub(crate) fn naming(document: &Value, pointer: &str) -> Option<Naming> {
    let Some((list, index, _)) = element(document, pointer) else { return Some(Naming::Only) };
    let items = document.pointer(&list)?.as_array()?;
    if items.len() == 1 {
        return Some(Naming::Only);
    }
    let unique = |name: &&&str| {
        let value = items[index].get(**name).filter(|v| v.as_str().is_some_and(|t| !t.is_empty() && t.len() <= 80 && !is_opaque(v)));
        value.is_some_and(|v| items.iter().filter(|item| item.get(**name) == Some(v)).count() == 1)
    };
    if let Some(name) = NAMING.iter().find(unique) {
        return Some(Naming::Member { name: (*name).to_owned(), value: items[index][*name].clone() });
    }
    ORDINALS.get(index).copied().map(Naming::Place)
}

/// True where a person can say which place of the result is meant.
pub(crate) fn can_be_named(document: &Value, pointer: &str) -> bool {
    naming(document, pointer).is_some()
}

/// True for values that nobody knows by heart: hashes, UUIDs, generated ids, long numbers.
pub(crate) fn is_opaque(value: &Value) -> bool {
    match value {
        Value::Number(n) => n.as_i64().is_some_and(|i| i.unsigned_abs() >= 10_000_000),
        Value::String(text) => is_opaque_text(text),
        _ => false,
    }
}

/// A scalar as the text that an agent would say; `None` for what is not worth saying.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        // Canonical, as results are shown to agents: 1.0 is `1`.
        Value::Number(_) => wardian_format::json::canonical(value).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_opaque_text(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '/' | '=' | '+' | '.'));
    if !plain || text.len() < 12 || crate::dates::days_of(text).is_some() {
        return false;
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let base32 = text.len() == 20 && text.chars().all(|c| c.is_ascii_lowercase() || ('2'..='7').contains(&c));
    let letters: Vec<char> = text.chars().filter(char::is_ascii_alphabetic).collect();
    let vowels = letters.iter().filter(|c| "aeiouAEIOU".contains(**c)).count();
    base32 || (digits >= 4 && !text.contains('.')) || (text.len() >= 20 && letters.len() > 8 && vowels * 6 < letters.len())
}

fn collect(tool: &ToolSpec, value: &Value, pointer: String, out: &mut Vec<Found>, document: &Value) {
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                collect(tool, member, format!("{pointer}/{}", crate::paths::escape(name)), out, document);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate().take(30) {
                collect(tool, item, format!("{pointer}/{i}"), out, document);
            }
        }
        _ => out.extend(fact(tool, value, pointer, document)),
    }
}

fn fact(tool: &ToolSpec, value: &Value, pointer: String, document: &Value) -> Option<Found> {
    let text = text_of(value).filter(|t| !t.contains('\n') && !t.contains("://"))?;
    let name = last_name(&pointer);
    let long_enough = if value.is_number() { text.len() >= 2 } else { TEXT_CHARS.contains(&text.chars().count()) };
    let ends_in_index = pointer.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok());
    let dull = ["id", "url", "uri", "node", "etag", "kind", "token", "sha", "self"];
    let words = wardian_format::names::words(&name);
    let is_dull = words.last().is_some_and(|w| dull.contains(&w.as_str())) || words.is_empty();
    if !long_enough || is_opaque(value) || is_dull || ends_in_index {
        return None;
    }
    let which = match naming(document, &pointer)? {
        Naming::Only => String::new(),
        Naming::Place(ordinal) => format!(" that is {ordinal} in the list"),
        Naming::Member { name: by, .. } if by == name => return None,
        Naming::Member { name: by, value } => format!(" whose {} is {}", phrases::field_words(&by), wardian_format::speech::say(&value)),
    };
    let label = format!("{}{which}", phrases::of_entity(&phrases::field_words(&name), &phrases::entity_at(tool, &pointer)));
    Some(Found { label, value: text, pointer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn opaque_values() {
        for text in ["b7qk2x5mz3n4p6aacdef", "550e8400-e29b-41d4-a716-446655440000", "i-0abcd1234ef567890", "MDEwOlJlcG9zaXRvcnkxMjk2MjY5"]
        {
            assert!(is_opaque(&json!(text)), "{text}");
        }
        for text in
            ["octo-org", "hello-world-documentation", "#W2378156", "ana.silva@example.org", "2026-03-01T10:00:00Z", "BK-0012", "Dune"]
        {
            assert!(!is_opaque(&json!(text)), "{text}");
        }
        assert!(is_opaque(&json!(731_552_019)) && !is_opaque(&json!(42)));
    }

    #[test]
    fn elements_are_named_by_what_is_theirs_alone() {
        let document = json!([{"id": 1, "title": "A", "state": "open"}, {"id": 2, "title": "B"}, {"id": 3, "title": "B"}]);
        assert_eq!(naming(&document, "/0/id"), Some(Naming::Member { name: "title".into(), value: json!("A") }));
        assert_eq!(naming(&document, "/2/id"), Some(Naming::Place("third")));
        assert_eq!(naming(&json!({"items": [{"id": 1}]}), "/items/0/id"), Some(Naming::Only));
        assert_eq!(naming(&json!({"id": 1}), "/id"), Some(Naming::Only));
    }
}
