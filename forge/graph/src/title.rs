//! Names of domains that a person recognises: from the nouns that set their tools apart.
//!
//! A tool's nouns are those of its name and of the collection in its path. A domain is titled with up to three of them: each must cover
//! tools that the ones before do not, and is worth what it covers times how rare it is elsewhere (class-based TF-IDF, in integers).

mod spelling;

use crate::depend::Deed;
use crate::features::log2_q8;
use crate::lexicon::{is_acronym, is_adjective, is_boilerplate, is_generic, is_noun_too, is_small, is_verb};
use rayon::prelude::*;
use spelling::{listed, plural, singular, spelled};
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_format::names::words;

/// Nouns in a title.
const NOUNS_MAX: usize = 3;
/// Words in a noun.
const WORDS_MAX: usize = 3;
/// Terms of a domain.
const TERMS_MAX: usize = 8;
/// Verbs in a description.
const VERBS_MAX: usize = 5;
/// Phrases of a domain that may become its title, best first.
const CANDIDATES_MAX: usize = 60;
/// Letters in a slug.
const SLUG_CHARS_MAX: usize = 60;

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
    let corpus = Corpus::new(deeds);
    let ranked: Vec<Vec<Ranked>> = partition.par_iter().map(|group| corpus.ranked(group)).collect();
    let chosen: Vec<Vec<u32>> = partition.par_iter().zip(&ranked).map(|(group, ranked)| corpus.choose(group, ranked)).collect();
    let mut order: Vec<usize> = (0..partition.len()).collect();
    // The largest domain chooses its name first.
    order.sort_by_key(|&at| (std::cmp::Reverse(partition[at].len()), partition[at].first().copied()));
    let mut taken = BTreeSet::new();
    let mut out: Vec<Domain> =
        order.into_iter().map(|at| corpus.domain(tools, &partition[at], &ranked[at], &chosen[at], &mut taken)).collect();
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
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
    fn new(deeds: Vec<Deed>) -> Self {
        let found: Vec<BTreeMap<String, bool>> = deeds.par_iter().map(phrases).collect();
        let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for (phrase, &head) in found.iter().flatten() {
            let count = counts.entry(phrase).or_default();
            count.0 += 1;
            count.1 += u32::from(head);
        }
        let index: BTreeMap<&str, u32> = counts.keys().enumerate().map(|(i, &phrase)| (phrase, i as u32)).collect();
        let of = found
            .iter()
            .map(|phrases| phrases.iter().map(|(phrase, &head)| (index[phrase.as_str()], 1 + u64::from(head))).collect())
            .collect();
        let verbs = deeds.into_iter().map(|deed| deed.verb).collect();
        Self { phrases: counts.keys().map(|&phrase| phrase.to_owned()).collect(), counts: counts.values().copied().collect(), of, verbs }
    }

    /// Phrases of a group, by how many of its tools they cover times what these are worth.
    fn ranked(&self, group: &[usize]) -> Vec<Ranked> {
        let mut here: BTreeMap<u32, u64> = BTreeMap::new();
        for &(phrase, share) in group.iter().flat_map(|&tool| &self.of[tool]) {
            *here.entry(phrase).or_default() += share;
        }
        let mut out: Vec<Ranked> = here
            .into_iter()
            .map(|(phrase, count)| Ranked { phrase, count, worth: self.worth(phrase) })
            .filter(|one| one.worth > 0)
            .collect();
        out.sort_by(|a, b| (b.count * b.worth).cmp(&(a.count * a.worth)).then(a.phrase.cmp(&b.phrase)));
        out
    }

    /// Rarity of a phrase: the logarithm of the tools for each one that has it. Phrases of two words say more than one,
    /// generic words less; a word that seldom ends a noun (`primary`) is none.
    fn worth(&self, phrase: u32) -> u64 {
        let (all, heads) = self.counts[phrase as usize];
        let text = &self.phrases[phrase as usize];
        let rarity = u64::from(log2_q8(1 + self.of.len() as u64, 1 + u64::from(all)));
        let parts = 1 + text.matches(' ').count();
        let generic = text.rsplit(' ').next().is_some_and(is_generic);
        match (parts, generic) {
            _ if text.rsplit(' ').next().is_some_and(is_adjective) => 0,
            _ if heads * 10 < all * 3 => 0,
            (1, true) => rarity * 30 / 100,
            (1, false) => rarity,
            (_, true) => rarity * 80 / 100,
            (2, false) => rarity * 103 / 100,
            (_, false) => rarity,
        }
    }

    /// The phrases of the title: each must cover tools that the ones before do not.
    fn choose(&self, group: &[usize], ranked: &[Ranked]) -> Vec<u32> {
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
            if !chosen.is_empty() && (gain < 4 || gain * 4 < group.len() as u64) {
                break;
            }
            left.retain(|&tool| share(tool, best.phrase) == 0);
            chosen.push(best.phrase);
        }
        chosen
    }

    /// Whether two phrases share a word: both in one title would stutter.
    fn overlap(&self, a: u32, b: u32) -> bool {
        let (a, b) = (&self.phrases[a as usize], &self.phrases[b as usize]);
        a.split(' ').any(|word| b.split(' ').any(|other| word == other))
    }

    fn domain(&self, tools: &[&CatalogTool], group: &[usize], ranked: &[Ranked], chosen: &[u32], taken: &mut BTreeSet<String>) -> Domain {
        let text = |phrase: u32| self.phrases[phrase as usize].as_str();
        let provider = tools[group[0]].origin.provider.as_str();
        let fallback = spelling::provider(provider);
        let nouns: Vec<&str> =
            if chosen.is_empty() { vec![fallback.as_str()] } else { chosen.iter().map(|&phrase| text(phrase)).collect() };
        let plurals: Vec<String> = if chosen.is_empty() { vec![fallback.clone()] } else { nouns.iter().map(|noun| plural(noun)).collect() };
        let spelt: Vec<String> = plurals.iter().map(|noun| spelled(noun)).collect();
        let further = ranked.iter().take(TERMS_MAX * 2).map(|one| plural(text(one.phrase)));
        let name = unique(&plurals, further, taken);
        let providers: BTreeSet<&str> = group.iter().map(|&i| tools[i].origin.provider.as_str()).collect();
        let from: Vec<String> = providers.iter().take(3).map(|provider| (*provider).to_owned()).collect();
        let things = if chosen.is_empty() { "what they offer".to_owned() } else { listed(&spelt) };
        let count = if group.len() == 1 { "1 tool".to_owned() } else { format!("{} tools", group.len()) };
        let description = format!("{} {things} ({count} from {}).", capital(&listed(&self.verbs(group))), listed(&from));
        Domain {
            name,
            title: capital(&listed(&spelt)),
            description,
            terms: ranked.iter().take(TERMS_MAX).map(|one| text(one.phrase).to_owned()).collect(),
            tools: group.iter().map(|&i| tools[i].id.clone()).collect(),
        }
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
fn phrases(deed: &Deed) -> BTreeMap<String, bool> {
    let mut out = BTreeMap::new();
    for noun in &deed.nouns {
        let clean = clean(noun);
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
    let kept = |word: &&String| word.len() > 1 && word.len() <= 24 && !is_boilerplate(word) && !is_small(word);
    let plain = |word: &String| if is_acronym(word) { word.clone() } else { singular(word.trim_end_matches(|c: char| c.is_ascii_digit())) };
    let mut words: Vec<String> =
        noun.iter().filter(kept).map(plain).filter(|word| is_acronym(word) || word.chars().all(char::is_alphabetic)).collect();
    words.dedup();
    let is_verb = |word: &str| is_verb(word) || word.strip_prefix("un").is_some_and(is_verb);
    while words.last().is_some_and(|word| is_verb(word) && (words.len() > 1 || !is_noun_too(word))) {
        words.pop();
    }
    let start = words.iter().position(|word| !is_verb(word) || is_noun_too(word)).unwrap_or(words.len());
    words.split_off(start)
}

/// A slug that no other domain has: the first noun, then more of them, then one more term, then a number.
fn unique(plurals: &[String], further: impl Iterator<Item = String>, taken: &mut BTreeSet<String>) -> String {
    let slug = |parts: &[String]| {
        let text = words(&parts.join(" ")).join("-");
        text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>()
    };
    let base = Some(slug(&plurals[..1])).filter(|base| !base.is_empty()).unwrap_or_else(|| "tools".to_owned());
    let more = (2..=plurals.len()).map(|count| slug(&plurals[..count]));
    let known = |word: &&str| base.split('-').any(|known| singular(known) == singular(word));
    let apart = |term: String| term.split(' ').filter(|word| !known(word)).collect::<Vec<_>>().join(" ");
    let further = further.map(apart).filter(|term| !term.is_empty()).map(|term| format!("{base}-{}", slug(&[term])));
    let numbered = (2..).map(|n| format!("{base}-{n}"));
    let candidates = std::iter::once(base.clone()).chain(more).chain(further).chain(numbered);
    let bounded = candidates.map(|name| name.chars().take(SLUG_CHARS_MAX).collect::<String>().trim_matches('-').to_owned());
    let name = bounded.filter(|name| !name.is_empty()).find(|name| !taken.contains(name)).expect("numbers never run out");
    taken.insert(name.clone());
    name
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
