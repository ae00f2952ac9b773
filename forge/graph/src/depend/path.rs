//! Path templates: collections, the things in them, and who names them.

use super::stems;
use crate::lexicon::{is_noun_too, is_route, is_verb, is_version};
use wardian_format::names::words;

/// Ends of segments that name a format.
const SUFFIXES: [&str; 7] = [".json", ".xml", ".atom", ".csv", ".rss", ".html", "()"];

/// A path template in parts.
#[derive(Debug, Default)]
pub(super) struct Path {
    segments: Vec<Segment>,
    /// Segments before the first placeholder.
    leading: usize,
    /// Whether the end was cut off.
    pub(super) cut: bool,
    /// The verb after a colon: `…/{job}:cancel`.
    pub(super) custom: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    /// In lower case.
    Fixed(String, Vec<String>),
    Place(String),
}

impl Path {
    /// Reads a template; a part that was cut off in the middle of a placeholder is left out.
    pub(super) fn parse(text: &str) -> Self {
        let mut path = Self::default();
        let text = text.split(['?', '#']).next().unwrap_or_default();
        for segment in text.split('/').filter(|segment| !segment.is_empty()) {
            path.push(segment);
        }
        let first = path.segments.iter().position(|segment| matches!(segment, Segment::Place(_)));
        path.leading = first.unwrap_or(path.len());
        path
    }

    fn push(&mut self, segment: &str) {
        let whole = |text: &str| text.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}'])).map(bare);
        let suffixed = std::iter::once(&"").chain(&SUFFIXES).find_map(|suffix| whole(segment.strip_suffix(suffix)?));
        if let Some(name) = suffixed {
            self.segments.push(Segment::Place(name));
        } else if let Some((head, name)) = segment.strip_suffix(')').and_then(|rest| rest.split_once('('))
            && let Some(name) = whole(name.trim_matches('\''))
        {
            // OData: `Products({id})`.
            self.fixed(head);
            self.segments.push(Segment::Place(name));
        } else if let Some((head, verb)) = segment.rsplit_once(':')
            && !verb.contains(['{', '}'])
            && !verb.is_empty()
        {
            self.custom = Some(verb.to_owned());
            if !head.is_empty() {
                self.push(head);
            }
        } else if segment.matches('{').count() == segment.matches('}').count() {
            self.fixed(segment);
        } else {
            self.cut = true;
        }
    }

    fn fixed(&mut self, segment: &str) {
        let ending = |suffix: &&&str| segment.ends_with(**suffix);
        let plain = SUFFIXES.iter().find(ending).map_or(segment, |suffix| &segment[..segment.len() - suffix.len()]);
        self.segments.push(Segment::Fixed(plain.to_lowercase(), stems(plain.rsplit("microsoft.graph.").next().unwrap_or(plain))));
    }

    /// The first `end` segments with anonymous placeholders, for comparison.
    pub(super) fn key(&self, end: usize) -> String {
        self.written(end, |_| true)
    }

    /// The same without versions: `/v1/users` and `/v2/users` hold the same things.
    pub(super) fn timeless(&self, end: usize) -> String {
        self.written(end, |text| !is_version(text))
    }

    fn written(&self, end: usize, keep: impl Fn(&str) -> bool) -> String {
        let mut out = String::new();
        for segment in &self.segments[..end] {
            match segment {
                Segment::Fixed(text, _) if !keep(text) => {}
                Segment::Fixed(text, _) => out.extend(["/", text]),
                Segment::Place(_) => out.push_str("/{}"),
            }
        }
        out
    }

    /// Segments.
    pub(super) fn len(&self) -> usize {
        self.segments.len()
    }

    /// Index of the placeholder `name`.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.segments.iter().position(|segment| matches!(segment, Segment::Place(place) if place == name))
    }

    /// Placeholders with their indexes.
    pub(super) fn places(&self) -> impl DoubleEndedIterator<Item = (usize, &str)> {
        self.segments.iter().enumerate().filter_map(|(i, segment)| match segment {
            Segment::Place(name) => Some((i, name.as_str())),
            Segment::Fixed(..) => None,
        })
    }

    /// Whether the path ends in a placeholder: one thing, not a collection.
    pub(super) fn is_item(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Place(_)))
    }

    /// Whether the path ends in one verb after a placeholder.
    pub(super) fn acts(&self) -> bool {
        matches!(self.segments.as_slice(), [.., Segment::Place(_), Segment::Fixed(text, words)] if words.len() == 1 && is_verb(text))
    }

    /// Whether the last segment is fixed and holds no noun.
    pub(super) fn ends_in_verb(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Fixed(text, words)) if !is_route(text, false) && noun_of(text, words).is_none())
    }

    /// Words of the fixed segment just before `end`.
    pub(super) fn segment_before(&self, end: usize) -> Option<&[String]> {
        self.collection(end.checked_sub(1)?)
    }

    /// Words of the segment at `at`, where it may name a collection.
    fn collection(&self, at: usize) -> Option<&[String]> {
        match self.segments.get(at)? {
            Segment::Fixed(text, words) if !words.is_empty() && !is_route(text, at < self.leading) && !self.is_namespace(at) => Some(words),
            _ => None,
        }
    }

    fn noun_at(&self, at: usize) -> Option<Vec<String>> {
        match &self.segments[at] {
            Segment::Fixed(text, _) => noun_of(text, self.collection(at)?),
            Segment::Place(_) => None,
        }
    }

    /// The last fixed segment as it is written, in lower case, if the path ends in one.
    pub(super) fn last_fixed(&self) -> Option<&str> {
        match self.segments.last() {
            Some(Segment::Fixed(text, _)) => Some(text),
            _ => None,
        }
    }

    /// The noun that the first `end` segments lead to, and the one before it: `…/issues/{n}/comments` gives `comment`, `issue`.
    pub(super) fn nouns(&self, end: usize) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let mut found = (0..end).rev().filter_map(|at| self.noun_at(at));
        (found.next(), found.next())
    }

    fn is_namespace(&self, at: usize) -> bool {
        let after = |at: usize| matches!(self.segments.get(at), Some(Segment::Fixed(text, _)) if text == "providers");
        after(at) || at.checked_sub(1).is_some_and(after)
    }

    /// The namespace after `providers`, as in `/providers/Microsoft.Web/sites`.
    pub(super) fn namespace(&self) -> Option<&str> {
        let at = self.segments.iter().position(|segment| matches!(segment, Segment::Fixed(text, _) if text == "providers"))?;
        match self.segments.get(at + 1)? {
            Segment::Fixed(text, _) if text.contains('.') => Some(text),
            _ => None,
        }
    }
}

/// A placeholder's name without operators: `{+name}`, `{name=projects/*}`, `{path*}`, `{id:int}`.
fn bare(name: &str) -> String {
    name.trim_start_matches(['+', '*']).split(['=', ':']).next().unwrap_or_default().trim_end_matches('*').to_owned()
}

/// The noun of a segment: without verbs at either end (`createRole`, `users.list`), nothing where only verbs are left.
fn noun_of(text: &str, segment: &[String]) -> Option<Vec<String>> {
    let mut rest = segment;
    if segment.len() > 1 && is_verb(&rest[0]) {
        rest = &rest[1..];
    }
    if let [most @ .., last] = rest
        && is_verb(last)
        && if most.is_empty() { !is_noun_too(last) && text.ends_with(last.as_str()) } else { text.contains('.') }
    {
        rest = most;
    }
    let end = rest.iter().position(|word| crate::lexicon::is_small(word)).unwrap_or(rest.len());
    (end > 0).then(|| rest[..end].to_vec())
}

/// First word of a segment, where it is a verb.
pub(super) fn verb_of(segment: &str) -> Option<String> {
    let parts = words(segment);
    let first = parts.first().filter(|word| is_verb(word)).cloned();
    first.or_else(|| parts.last().filter(|word| parts.len() > 1 && is_verb(word)).cloned())
}
