//! Names of domains that a person recognises: whose tools they are, where most are of one API, and the nouns that set them apart.
//!
//! A tool's nouns are those of its name and of the collection in its path. A domain is titled with up to three of them: each must cover
//! tools that the ones before do not, and is worth what it covers times how rare it is elsewhere (class-based TF-IDF, in integers).

mod label;
mod spelling;
mod vocabulary;

use crate::depend::Deed;
use crate::features::log2_q8;
use crate::lexicon::{is_acronym, is_adjective, is_boilerplate, is_collection_too, is_filler, is_generic, is_noun_too, is_small, is_verb};
use label::{Label, Labels};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use spelling::{listed, plural, singular, spelled};
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Vocabulary;
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_format::names::words;

/// Nouns in a title.
const NOUNS_MAX: usize = 3;
/// Words in a noun.
const WORDS_MAX: usize = 3;
/// Letters of a noun's last word.
const NOUN_CHARS_MIN: usize = 3;
/// Terms of a domain.
const TERMS_MAX: usize = 8;
/// Verbs in a description.
const VERBS_MAX: usize = 5;
/// Phrases of a domain that may become its title, best first.
const CANDIDATES_MAX: usize = 60;
/// Share of a phrase that ends a noun; one that starts it has 1.
const HEAD_SHARE: u64 = 2;
/// What every phrase is worth where a label says whose tools they are, in 256ths of a bit.
const LABELLED_WORTH: u64 = 4 * 256;
/// Letters in a slug.
const SLUG_CHARS_MAX: usize = 40;
/// Characters in a title.
const TITLE_CHARS_MAX: usize = 60;

/// The noun of a tool's name: `create_issue_comment` gives `issue comment`, `list_issues_for_repo` gives `issue`.
pub(crate) fn noun(name: &str) -> Vec<String> {
    let parts = words(name);
    let mut out = Vec::new();
    for (i, word) in parts.iter().enumerate() {
        let verb = is_verb(word) && (i == 0 || (out.is_empty() && !is_noun_too(word)));
        let small = is_small(word);
        if small && !out.is_empty() {
            break;
        }
        if !verb && !small && !word.chars().all(|c| c.is_ascii_digit()) {
            out.push(singular(word));
        }
    }
    if out.is_empty() { parts.iter().skip(1).filter(|word| !is_small(word)).map(|word| singular(word)).collect() } else { out }
}

/// Names the groups of a partition. Sorted by name.
pub(crate) fn domains(tools: &[&CatalogTool], deeds: Vec<Deed>, partition: &[Vec<usize>]) -> Vec<Domain> {
    let labels = Labels::new(tools);
    let vocabulary = vocabulary(tools, &labels, &deeds);
    let corpus = Corpus::new(deeds, vocabulary);
    let named: Vec<Named> = partition.par_iter().map(|group| corpus.named(labels.of(group, &corpus.vocabulary), group)).collect();
    let mut order: Vec<usize> = (0..partition.len()).collect();
    // The largest domain chooses its name first.
    order.sort_by_key(|&at| (std::cmp::Reverse(partition[at].len()), partition[at].first().copied()));
    let mut taken = BTreeSet::new();
    let mut out: Vec<Domain> = order.into_iter().map(|at| corpus.domain(tools, &partition[at], &named[at], &mut taken)).collect();
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// What the descriptions say about the words of the nouns and the labels.
fn vocabulary(tools: &[&CatalogTool], labels: &Labels, deeds: &[Deed]) -> Vocabulary {
    let mut wanted: FxHashSet<String> = labels.words().collect();
    for word in deeds.iter().flat_map(|deed| &deed.nouns).flatten() {
        if !wanted.contains(word) {
            wanted.insert(word.clone());
        }
    }
    let texts: Vec<&str> = tools.iter().map(|tool| tool.description.as_str()).collect();
    Vocabulary::new(&texts, &wanted)
}

/// What a domain may be called.
struct Named {
    label: Option<Label>,
    /// Phrases, best first.
    ranked: Vec<Ranked>,
    /// Those of the title.
    chosen: Vec<u32>,
}

/// The phrases of all tools.
struct Corpus {
    /// Sorted.
    phrases: Vec<String>,
    /// For each phrase the tools that have it, and those where it ends a noun: `finding` in `malware finding`.
    counts: Vec<(u32, u32)>,
    /// For each tool its phrases, sorted, with their share in it: one that ends a noun counts twice as much as one that starts it.
    of: Vec<Vec<(u32, u64)>>,
    verbs: Vec<String>,
    vocabulary: Vocabulary,
}

/// A phrase of a domain.
struct Ranked {
    phrase: u32,
    /// Its shares in the domain's tools.
    count: u64,
    /// What one covered tool is worth.
    worth: u64,
}

impl Corpus {
    fn new(deeds: Vec<Deed>, vocabulary: Vocabulary) -> Self {
        let found: Vec<BTreeMap<String, bool>> = deeds.par_iter().map(|deed| phrases(deed, &vocabulary)).collect();
        let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for (phrase, &head) in found.iter().flatten() {
            let count = counts.entry(phrase).or_default();
            count.0 += 1;
            count.1 += u32::from(head);
        }
        let index: BTreeMap<&str, u32> = counts.keys().enumerate().map(|(i, &phrase)| (phrase, i as u32)).collect();
        let of = found
            .iter()
            .map(|phrases| phrases.iter().map(|(phrase, &head)| (index[phrase.as_str()], if head { HEAD_SHARE } else { 1 })).collect())
            .collect();
        let verbs = deeds.into_iter().map(|deed| deed.verb).collect();
        Self {
            phrases: counts.keys().map(|&phrase| phrase.to_owned()).collect(),
            counts: counts.values().copied().collect(),
            of,
            verbs,
            vocabulary,
        }
    }

    fn named(&self, label: Option<Label>, group: &[usize]) -> Named {
        // What a title says of an API holds for the tools of that API.
        let about = label.as_ref().map_or(group, |label| &label.members);
        let chosen = self.choose(about, &self.ranked(about, label.as_ref().is_some_and(|label| label.telling)), label.is_some());
        Named { ranked: self.ranked(group, false), chosen, label }
    }

    /// Phrases of a group, by how many of its tools they cover times what these are worth.
    fn ranked(&self, group: &[usize], labelled: bool) -> Vec<Ranked> {
        // For each phrase its shares, the tools that have it, and those where it ends a noun.
        let mut here: BTreeMap<u32, (u64, u32, u32)> = BTreeMap::new();
        for &(phrase, share) in group.iter().flat_map(|&tool| &self.of[tool]) {
            let counts = here.entry(phrase).or_default();
            *counts = (counts.0 + share, counts.1 + 1, counts.2 + u32::from(share == HEAD_SHARE));
        }
        let mut out: Vec<Ranked> = here
            .into_iter()
            .map(|(phrase, (count, all, heads))| Ranked { phrase, count, worth: self.worth(phrase, heads * 10 >= all * 3, labelled) })
            .filter(|one| one.worth > 0)
            .collect();
        out.sort_by(|a, b| (b.count * b.worth).cmp(&(a.count * a.worth)).then(a.phrase.cmp(&b.phrase)));
        out
    }

    /// Rarity of a phrase: the logarithm of the tools for each one that has it. Phrases of two words say more than one,
    /// generic words less; a word that seldom ends a noun (`primary`) is none. Where a label says whose tools they are, rarity counts
    /// half and generic words are telling: an API's `events` are its events.
    fn worth(&self, phrase: u32, ends: bool, labelled: bool) -> u64 {
        let (all, heads) = self.counts[phrase as usize];
        let text = &self.phrases[phrase as usize];
        let rarity = u64::from(log2_q8(1 + self.of.len() as u64, 1 + u64::from(all)));
        let parts = 1 + text.matches(' ').count();
        let last = text.rsplit(' ').next().unwrap_or_default();
        let generic = is_generic(last);
        if (last.len() < NOUN_CHARS_MIN && !is_acronym(last)) || is_adjective(last) || (heads * 10 < all * 3 && !(labelled && ends)) {
            return 0;
        }
        if labelled {
            let rarity = LABELLED_WORTH + rarity / 2;
            return match (parts, generic) {
                (1, true) => rarity * 70 / 100,
                (1 | 2, _) => rarity,
                _ => rarity * 80 / 100,
            };
        }
        match (parts, generic) {
            (1, true) => rarity * 30 / 100,
            (1, false) => rarity,
            (_, true) => rarity * 80 / 100,
            (2, false) => rarity * 103 / 100,
            (_, false) => rarity,
        }
    }

    /// The phrases of the title: each must cover tools that the ones before do not.
    fn choose(&self, group: &[usize], ranked: &[Ranked], labelled: bool) -> Vec<u32> {
        let mut left: BTreeSet<usize> = group.iter().copied().collect();
        let mut chosen: Vec<u32> = Vec::new();
        while chosen.len() < NOUNS_MAX && left.len() * 5 > group.len() {
            let share =
                |tool: usize, phrase: u32| self.of[tool].binary_search_by_key(&phrase, |one| one.0).map_or(0, |at| self.of[tool][at].1);
            let gain = |one: &Ranked| left.iter().map(|&tool| share(tool, one.phrase)).sum::<u64>();
            let fresh = |one: &&Ranked| !chosen.iter().any(|&known| self.overlap(known, one.phrase));
            let gains = ranked.iter().take(CANDIDATES_MAX).filter(fresh).map(|one| (gain(one), one));
            // Covering many counts twice: a title is about most of its tools.
            let best = gains.max_by(|a, b| (a.0 * a.0 * a.1.worth).cmp(&(b.0 * b.0 * b.1.worth)).then(b.1.phrase.cmp(&a.1.phrase)));
            let Some((gain, best)) = best.filter(|best| best.0 > 0) else { break };
            // Where they say little of an API yet, a smaller share will do.
            let little = labelled && left.len() * 2 > group.len();
            if !chosen.is_empty() && (gain < 4 || (!little && gain * 4 < group.len() as u64)) {
                break;
            }
            left.retain(|&tool| share(tool, best.phrase) == 0);
            chosen.push(best.phrase);
        }
        chosen
    }

    /// Whether two phrases share a word, or the start of one (a slip of the pen): both in one title would stutter.
    fn overlap(&self, a: u32, b: u32) -> bool {
        let (a, b) = (&self.phrases[a as usize], &self.phrases[b as usize]);
        let alike = |a: &str, b: &str| a == b || (a.len().min(b.len()) > 4 && (a.starts_with(b) || b.starts_with(a)));
        a.split(' ').any(|word| b.split(' ').any(|other| alike(word, other)))
    }

    fn domain(&self, tools: &[&CatalogTool], group: &[usize], named: &Named, taken: &mut BTreeSet<String>) -> Domain {
        let text = |phrase: u32| self.phrases[phrase as usize].as_str();
        let provider = tools[group[0]].origin.provider.as_str();
        let mut plurals: Vec<String> = Vec::new();
        for &phrase in &named.chosen {
            let noun = self.plural(named.label.as_ref().map_or(text(phrase), |label| without_label(text(phrase), label)));
            if !plurals.contains(&noun) {
                plurals.push(noun);
            }
        }
        if plurals.is_empty() && named.label.is_none() {
            plurals.push(label::brand(provider).unwrap_or_else(|| "tools".to_owned()));
        }
        let spelt: Vec<String> = plurals.iter().map(|noun| spelled(noun, &self.vocabulary)).collect();
        let further = named.ranked.iter().take(TERMS_MAX * 2).map(|one| self.plural(text(one.phrase)));
        let name = unique(named.label.as_ref(), &plurals, further, taken);
        let providers: BTreeSet<&str> = group.iter().map(|&i| tools[i].origin.provider.as_str()).collect();
        let from: Vec<String> = providers.iter().take(3).map(|provider| (*provider).to_owned()).collect();
        let things = if named.chosen.is_empty() { "what they offer".to_owned() } else { listed(&spelt) };
        let count = if group.len() == 1 { "1 tool".to_owned() } else { format!("{} tools", group.len()) };
        let description = format!("{} {things} ({count} from {}).", capital(&listed(&self.verbs(group))), listed(&from));
        Domain {
            name,
            title: title(named.label.as_ref(), &spelt),
            description,
            terms: named.ranked.iter().take(TERMS_MAX).map(|one| text(one.phrase).to_owned()).collect(),
            tools: group.iter().map(|&i| tools[i].id.clone()).collect(),
        }
    }

    /// The plural of a phrase. Those that hardly anybody writes are none: `compliance`, `messaging`.
    fn plural(&self, phrase: &str) -> String {
        let many = plural(phrase);
        let last = |text: &str| text.rsplit(' ').next().unwrap_or_default().to_owned();
        let abstracts = ["ing", "nce", "ity"].iter().any(|end| phrase.ends_with(end));
        if abstracts && !self.vocabulary.has_plural(&last(phrase), &last(&many)) { phrase.to_owned() } else { many }
    }

    /// The commonest verbs, in the order of a thing's life.
    fn verbs(&self, group: &[usize]) -> Vec<String> {
        const LIFE: [&str; 9] = ["create", "insert", "add", "get", "describe", "list", "update", "patch", "delete"];
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for &tool in group {
            *counts.entry(&self.verbs[tool]).or_default() += 1;
        }
        let mut common: Vec<(&str, usize)> = counts.into_iter().collect();
        common.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        common.truncate(VERBS_MAX);
        let life = |verb: &str| LIFE.iter().position(|known| *known == verb).unwrap_or(LIFE.len());
        common.sort_by_key(|&(verb, count)| (life(verb), std::cmp::Reverse(count)));
        common.into_iter().map(|(verb, _)| verb.to_owned()).collect()
    }
}

/// The phrases of a tool: starts and ends of its nouns; true for those that end one.
fn phrases(deed: &Deed, vocabulary: &Vocabulary) -> BTreeMap<String, bool> {
    let mut out = BTreeMap::new();
    for noun in &deed.nouns {
        let clean = clean(&noun.iter().flat_map(|word| vocabulary.apart(word)).collect::<Vec<_>>());
        for length in 1..=clean.len().min(WORDS_MAX) {
            out.insert(clean[clean.len() - length..].join(" "), true);
        }
        for length in 1..clean.len().min(WORDS_MAX) {
            out.entry(clean[..length].join(" ")).or_insert(false);
        }
    }
    out
}

/// A noun without boilerplate and without verbs at its ends.
fn clean(noun: &[String]) -> Vec<String> {
    let kept = |word: &&String| word.len() > 1 && word.len() <= 24 && !is_boilerplate(word) && !is_small(word) && !is_filler(word);
    let plain = |word: &String| if is_acronym(word) { word.clone() } else { singular(word.trim_end_matches(|c: char| c.is_ascii_digit())) };
    let mut words: Vec<String> =
        noun.iter().filter(kept).map(plain).filter(|word| is_acronym(word) || word.chars().all(char::is_alphabetic)).collect();
    words.dedup();
    let is_verb = |word: &str| is_verb(word) || word.strip_prefix("un").is_some_and(is_verb);
    let is_noun_too = |word: &str| is_noun_too(word) || is_collection_too(word);
    while words.last().is_some_and(|word| is_verb(word) && (words.len() > 1 || !is_noun_too(word))) {
        words.pop();
    }
    let start = words.iter().position(|word| !is_verb(word) || is_noun_too(word)).unwrap_or(words.len());
    words.split_off(start)
}

/// `Google Calendar: events, calendars and ACLs`; as many nouns as fit.
fn title(label: Option<&Label>, nouns: &[String]) -> String {
    let label = label.map(|label| label.text.as_str());
    let known = |noun: &String| label.is_some_and(|label| words_within(noun, label));
    // `Amazon Secrets Manager` needs no `: secrets`.
    let nouns = if nouns.len() == 1 && known(&nouns[0]) { &[] } else { nouns };
    let whole = |count: usize| match (&label, count) {
        (Some(label), 0) => (*label).to_owned(),
        (Some(label), _) => format!("{label}: {}", listed(&nouns[..count])),
        (None, _) => capital(&listed(&nouns[..count])),
    };
    let fits = (0..=nouns.len()).rev().map(whole).find(|title| title.chars().count() <= TITLE_CHARS_MAX);
    fits.filter(|title| !title.is_empty()).unwrap_or_else(|| whole(nouns.len().min(1)).chars().take(TITLE_CHARS_MAX).collect())
}

/// Whether all words of a noun are words of a label, however it writes them.
fn words_within(noun: &str, label: &str) -> bool {
    let run: Vec<String> = label.split(' ').map(|word| singular(&word.to_lowercase())).collect();
    let apart: Vec<String> = words(label).iter().map(|word| singular(word)).collect();
    let known = |word: &str| run.iter().chain(&apart).any(|known| *known == singular(word));
    let noun = noun.to_lowercase();
    known(&noun.replace(' ', "")) || noun.split(' ').all(known)
}

/// A noun without the words in front that the label ends with: `calendar event` of Google Calendar.
fn without_label<'a>(noun: &'a str, label: &Label) -> &'a str {
    let mut ends = noun.rmatch_indices(' ').filter(|&(at, _)| ends_with_words(&label.text, &noun[..at]));
    ends.next().map_or(noun, |(at, _)| &noun[at + 1..])
}

/// Whether a label's last words are these.
fn ends_with_words(label: &str, words: &str) -> bool {
    let ends: Vec<&str> = label.split(' ').collect();
    let count = 1 + words.matches(' ').count();
    ends.len() >= count && words_within(words, &ends[ends.len() - count..].join(" "))
}

/// A slug that no other domain has: the label and the first noun, or the second, or both, then the label with the brand, then one more term,
/// then a number.
fn unique(label: Option<&Label>, plurals: &[String], further: impl Iterator<Item = String>, taken: &mut BTreeSet<String>) -> String {
    let (short, full) = label.map_or((&[][..], &[][..]), |label| (&label.short[..], &label.full[..]));
    let slug = |label: &[String], nouns: &[String]| {
        let mut parts = slug_words(label);
        for noun in nouns {
            let noun = slug_words(std::slice::from_ref(noun));
            if !noun.iter().all(|word| parts.iter().any(|known| singular(known) == singular(word))) {
                parts.extend(noun);
            }
        }
        joined(&parts)
    };
    let nouns = |count: usize| &plurals[..count.min(plurals.len())];
    let base = slug(short, nouns(1));
    let second = plurals.get(1..2).map(|noun| slug(short, noun));
    let more = [(short, 2), (full, 1), (full, 2), (full, 3)].map(|(label, count)| slug(label, nouns(count)));
    let further = further.map(|term| slug(std::slice::from_ref(&base), &[term]));
    let stem = if base.is_empty() { "tools" } else { &base };
    let numbered = (2..).map(|n| format!("{}-{n}", cut(stem, SLUG_CHARS_MAX - 6)));
    let candidates = std::iter::once(base.clone()).chain(second).chain(more).chain(further).chain(numbered);
    let name = candidates.filter(|name| !name.is_empty()).find(|name| !taken.contains(name)).expect("numbers never run out");
    taken.insert(name.clone());
    name
}

/// The words of slugs in a text: lower case, ASCII.
fn slug_words(parts: &[String]) -> Vec<String> {
    let plain = |word: &String| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    parts.iter().flat_map(|part| part.split([' ', '-'])).map(|word| plain(&word.to_lowercase())).filter(|word| !word.is_empty()).collect()
}

/// As many words as a slug holds.
fn joined(words: &[String]) -> String {
    cut(&words.join("-"), SLUG_CHARS_MAX).to_owned()
}

/// The start of a slug, cut between words where it has several.
fn cut(slug: &str, chars_max: usize) -> &str {
    if slug.len() <= chars_max {
        return slug;
    }
    let whole = &slug[..chars_max];
    if slug.as_bytes()[chars_max] == b'-' { whole } else { whole.rsplit_once('-').map_or(whole, |(start, _)| start) }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
