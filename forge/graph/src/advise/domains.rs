//! Advice on names and kinds.

use super::apply::Desk;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::advice::{Renamed, Split};
use wardian_format::graph::Domain;
use wardian_format::names::words;

/// Longest title, characters.
const TITLE_CHARS_MAX: usize = 80;
/// Longest description, characters.
const DESCRIPTION_CHARS_MAX: usize = 240;
/// Longest slug, characters.
const SLUG_CHARS_MAX: usize = 60;

/// The domains while advice is followed.
pub(super) struct Domains {
    domains: BTreeMap<String, Domain>,
    /// Slugs that are, or were, a domain's: a slug never comes to mean something else.
    taken: BTreeSet<String>,
}

/// What an answer calls a domain or a part, as far as it can be used.
struct Called {
    title: Option<String>,
    slug: Option<String>,
    description: Option<String>,
}

impl Domains {
    pub(super) fn new(domains: Vec<Domain>) -> Self {
        let taken = domains.iter().map(|domain| domain.name.clone()).collect();
        Self { domains: domains.into_iter().map(|domain| (domain.name.clone(), domain)).collect(), taken }
    }

    pub(super) fn finish(self) -> Vec<Domain> {
        self.domains.into_values().collect()
    }

    /// Follows `answer` about the domain `name`, of which `shown` were shown.
    pub(super) fn follow(&mut self, name: &str, shown: &[String], answer: &Value, desk: &mut Desk<'_>) {
        let Some(domain) = self.domains.get(name).cloned() else {
            return desk.refuse(super::ADVICE, "the graph has no such domain");
        };
        if let Some(parts) = wanted_parts(answer, desk) {
            match division(parts, shown, &domain, desk.options.part_tools_min.max(1)) {
                Ok(division) => return self.split(&domain, parts, &division, desk),
                Err(reason) => desk.refuse("parts", reason),
            }
        }
        if desk.options.rename {
            self.rename(domain, answer, desk);
        }
    }

    fn rename(&mut self, old: Domain, answer: &Value, desk: &mut Desk<'_>) {
        let called = self.called(answer, "", &old.name, desk);
        let mut new = old.clone();
        new.name = called.slug.unwrap_or(new.name);
        new.title = called.title.unwrap_or(new.title);
        new.description = called.description.unwrap_or(new.description);
        if new == old {
            return;
        }
        desk.report.renamed.push(Renamed {
            from: old.name.clone(),
            to: new.name.clone(),
            title_from: old.title,
            title_to: new.title.clone(),
        });
        self.domains.remove(&old.name);
        self.taken.insert(new.name.clone());
        self.domains.insert(new.name.clone(), new);
    }

    fn split(&mut self, domain: &Domain, parts: &[Value], division: &[Vec<String>], desk: &mut Desk<'_>) {
        self.domains.remove(&domain.name);
        let mut slugs = Vec::new();
        for (index, (part, ids)) in parts.iter().zip(division).enumerate() {
            // One part may keep the slug of the whole.
            let own = if slugs.contains(&domain.name) { "" } else { domain.name.as_str() };
            let called = self.called(part, &format!("parts[{index}]."), own, desk);
            let title = called.title.unwrap_or_else(|| format!("{} {}", domain.title, index + 1));
            let slug = called.slug.unwrap_or_else(|| self.free(&title, &domain.name));
            let description = called.description.unwrap_or_else(|| format!("Part of: {}", domain.title));
            self.taken.insert(slug.clone());
            slugs.push(slug.clone());
            let terms = domain.terms.iter().filter(|term| is_of(term, ids, desk.tools)).cloned().collect();
            self.domains.insert(slug.clone(), Domain { name: slug, title, description, terms, tools: ids.clone() });
        }
        desk.report.split.push(Split { domain: domain.name.clone(), parts: slugs });
    }

    /// A slug from `title`, or else from the name of the domain that is split.
    fn free(&self, title: &str, name: &str) -> String {
        let from_title: String =
            words(title).join("-").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(SLUG_CHARS_MAX).collect();
        let stem: String = name.chars().take(SLUG_CHARS_MAX - 8).collect();
        let numbered = (2..).map(|n| format!("{}-{n}", stem.trim_end_matches('-')));
        let mut candidates = [from_title.trim_matches('-').to_owned()].into_iter().chain(numbered);
        candidates.find(|slug| check_slug(slug).is_ok() && !self.taken.contains(slug)).expect("numbers never run out")
    }

    /// What `value` calls a domain. `own` is a slug that may be used although it is taken.
    fn called(&self, value: &Value, place: &str, own: &str, desk: &mut Desk<'_>) -> Called {
        let mut line = |name: &str, chars_max: usize| match check_line(&value[name], chars_max) {
            Ok(text) => Some(text),
            Err(reason) => {
                desk.refuse(format!("{place}{name}"), reason);
                None
            }
        };
        let (title, description) = (line("title", TITLE_CHARS_MAX), line("description", DESCRIPTION_CHARS_MAX));
        let slug = line("slug", SLUG_CHARS_MAX).and_then(|slug| {
            let is_free = slug == own || !self.taken.contains(&slug);
            let checked = check_slug(&slug).and(if is_free { Ok(()) } else { Err("another domain has, or had, this slug") });
            match checked {
                Ok(()) => Some(slug),
                Err(reason) => {
                    desk.refuse(format!("{place}slug"), format!("`{slug}`: {reason}"));
                    None
                }
            }
        });
        Called { title, slug, description }
    }
}

/// The parts that an answer has, if they are to be followed.
fn wanted_parts<'a>(answer: &'a Value, desk: &mut Desk<'_>) -> Option<&'a [Value]> {
    match &answer["parts"] {
        Value::Null => None,
        Value::Array(parts) if parts.is_empty() => None,
        Value::Array(_) if !desk.options.split => {
            desk.refuse("parts", "no division was wanted");
            None
        }
        Value::Array(parts) => Some(parts),
        _ => {
            desk.refuse("parts", "it is no list");
            None
        }
    }
}

/// The tools of the parts, if these are a division of what was shown, and what was shown is the domain as it is.
fn division(parts: &[Value], shown: &[String], domain: &Domain, least: usize) -> Result<Vec<Vec<String>>, String> {
    if shown.iter().collect::<BTreeSet<_>>() != domain.tools.iter().collect::<BTreeSet<_>>() {
        return Err("the domain has other tools than the question showed".to_owned());
    }
    if parts.len() < 2 {
        return Err("a division has at least two parts".to_owned());
    }
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut out = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let list = part["tools"].as_array().ok_or_else(|| format!("part {number} has no list `tools`"))?;
        let mut ids = Vec::new();
        for index in list {
            let index = index.as_u64().map(|index| index as usize).filter(|index| *index < shown.len());
            let index = index.ok_or_else(|| format!("part {number} names a tool that was not shown"))?;
            if !seen.insert(index) {
                return Err(format!("tool {index} is named twice"));
            }
            ids.push(shown[index].clone());
        }
        if ids.len() < least {
            return Err(format!("part {number} has {} tools, fewer than {least}", ids.len()));
        }
        ids.sort();
        out.push(ids);
    }
    if seen.len() < shown.len() {
        let lost = (0..shown.len()).find(|index| !seen.contains(index)).unwrap_or_default();
        return Err(format!("{} tools are in no part, such as {lost}", shown.len() - seen.len()));
    }
    Ok(out)
}

/// Whether a term of the domain says something of these tools.
fn is_of(term: &str, ids: &[String], tools: &BTreeMap<&str, &CatalogTool>) -> bool {
    let stem = |word: &str| wardian_format::names::singular(word);
    let wanted: Vec<String> = words(term).iter().map(|word| stem(word)).collect();
    ids.iter().filter_map(|id| tools.get(id.as_str())).any(|tool| {
        let name: BTreeSet<String> = words(&tool.name).iter().map(|word| stem(word)).collect();
        wanted.iter().all(|word| name.contains(word))
    })
}

/// One line of text that shows what it says.
fn check_line(value: &Value, chars_max: usize) -> Result<String, String> {
    let Some(text) = value.as_str().map(str::trim) else { return Err("there is no such text".to_owned()) };
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.chars().count() > chars_max {
        return Err(format!("it has more than {chars_max} characters"));
    }
    let hides =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if text.chars().any(hides) {
        return Err("it has control characters, or ones that cannot be seen".to_owned());
    }
    Ok(text.to_owned())
}

/// `issue-tracking`: words of ASCII letters and digits that begin with a letter, joined by single hyphens.
fn check_slug(slug: &str) -> Result<(), &'static str> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_slug = slug.starts_with(|c: char| c.is_ascii_lowercase()) && slug.split('-').all(is_word) && slug.len() <= SLUG_CHARS_MAX;
    if is_slug { Ok(()) } else { Err("a slug is lower-case ASCII words joined by single hyphens") }
}
