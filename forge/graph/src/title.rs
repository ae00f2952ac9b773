//! Names of domains that a person recognises: from the nouns of their tools.

use crate::lexicon::{is_noun_too, is_small, is_verb};
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_format::names::{singular, words};

/// Nouns in a title.
const NOUNS_MAX: usize = 3;
/// Terms of a domain.
const TERMS_MAX: usize = 8;
/// Verbs in a description.
const VERBS_MAX: usize = 5;

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
pub(crate) fn domains(tools: &[&CatalogTool], partition: &[Vec<usize>]) -> Vec<Domain> {
    let nouns: Vec<Vec<String>> = tools.iter().map(|tool| noun(&tool.name)).collect();
    let mut everywhere: BTreeMap<String, usize> = BTreeMap::new();
    for phrase in nouns.iter().flat_map(|noun| phrases(noun)) {
        *everywhere.entry(phrase).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut order: Vec<&Vec<usize>> = partition.iter().collect();
    // The largest domain chooses its name first.
    order.sort_by_key(|group| (std::cmp::Reverse(group.len()), group.first().copied()));
    let mut out: Vec<Domain> = order.into_iter().map(|group| domain(tools, &nouns, &everywhere, group, &mut taken)).collect();
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// Single words and the whole noun.
fn phrases(noun: &[String]) -> BTreeSet<String> {
    let mut out: BTreeSet<String> = noun.iter().cloned().collect();
    out.insert(noun.join(" "));
    out.extend(noun.windows(2).map(|pair| pair.join(" ")));
    out.remove("");
    out
}

fn domain(
    tools: &[&CatalogTool],
    nouns: &[Vec<String>],
    everywhere: &BTreeMap<String, usize>,
    group: &[usize],
    taken: &mut BTreeSet<String>,
) -> Domain {
    let ranked = ranked(nouns, everywhere, group);
    let chosen = choose(&ranked, nouns, group);
    let plurals: Vec<String> = chosen.iter().map(|phrase| plural(phrase)).collect();
    let name = unique(&plurals, &ranked, taken);
    let title = if plurals.is_empty() { name.clone() } else { capital(&listed(&plurals)) };
    let providers: BTreeSet<&str> = group.iter().map(|&i| tools[i].origin.provider.as_str()).collect();
    let verbs = verbs(tools, group);
    let things = if plurals.is_empty() { "things".to_owned() } else { listed(&plurals) };
    let from: Vec<String> = providers.iter().take(3).map(|provider| (*provider).to_owned()).collect();
    let description = format!("{} {things} ({} tools from {}).", capital(&listed(&verbs)), group.len(), listed(&from));
    Domain {
        name,
        title,
        description,
        terms: ranked.into_iter().take(TERMS_MAX).map(|(phrase, _)| phrase).collect(),
        tools: group.iter().map(|&i| tools[i].id.clone()).collect(),
    }
}

/// Phrases by how much they set the group apart: tools of the group that have it, times the share of its tools that are here.
fn ranked(nouns: &[Vec<String>], everywhere: &BTreeMap<String, usize>, group: &[usize]) -> Vec<(String, u64)> {
    let mut here: BTreeMap<String, u64> = BTreeMap::new();
    for &i in group {
        for phrase in phrases(&nouns[i]) {
            *here.entry(phrase).or_default() += 1;
        }
    }
    let mut out: Vec<(String, u64)> = here
        .into_iter()
        .map(|(phrase, count)| {
            let all = everywhere.get(&phrase).copied().unwrap_or(1).max(1) as u64;
            // Two words say more than one, where they cover as much.
            let bonus = if phrase.contains(' ') { 105 } else { 100 };
            let score = count * count * bonus / all;
            (phrase, score)
        })
        .collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    out
}

/// The phrases of the title: each must cover tools that the ones before do not.
fn choose(ranked: &[(String, u64)], nouns: &[Vec<String>], group: &[usize]) -> Vec<String> {
    let mut covered: BTreeSet<usize> = BTreeSet::new();
    let mut chosen: Vec<String> = Vec::new();
    let enough = |covered: usize| covered * 10 >= group.len() * 9;
    let mut remaining: Vec<&(String, u64)> = ranked.iter().collect();
    while chosen.len() < NOUNS_MAX && !enough(covered.len()) {
        let gain = |phrase: &str| group.iter().filter(|i| !covered.contains(i) && phrases(&nouns[**i]).contains(phrase)).count() as u64;
        let Some((at, best)) = remaining
            .iter()
            .enumerate()
            .map(|(at, (phrase, score))| (at, gain(phrase) * score))
            .max_by_key(|&(at, value)| (value, std::cmp::Reverse(at)))
        else {
            break;
        };
        let phrase = &remaining.remove(at).0;
        let small = !chosen.is_empty() && gain(phrase) * 12 < group.len() as u64;
        if best == 0 || small {
            break;
        }
        covered.extend(group.iter().copied().filter(|&i| phrases(&nouns[i]).contains(phrase)));
        chosen.push(phrase.clone());
    }
    chosen
}

/// A slug that no other domain has: the first nouns, then one more term, then a number.
fn unique(plurals: &[String], ranked: &[(String, u64)], taken: &mut BTreeSet<String>) -> String {
    let slug =
        |parts: &[String]| words(&parts.join(" ")).join("-").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>();
    let two = slug(&plurals[..plurals.len().min(2)]);
    let base = match slug(&plurals[..plurals.len().min(1)]) {
        empty if empty.is_empty() => "tools".to_owned(),
        one => one,
    };
    let more = ranked.iter().map(|(phrase, _)| format!("{base}-{}", slug(&[plural(phrase)])));
    let numbered = (2..).map(|n| format!("{base}-{n}"));
    let candidates = [base.clone(), two].into_iter().chain(more.take(3)).chain(numbered);
    let bounded = candidates.map(|name| name.chars().take(60).collect::<String>().trim_matches('-').to_owned());
    let name = bounded.filter(|name| !name.is_empty()).find(|name| !taken.contains(name)).expect("numbers never run out");
    taken.insert(name.clone());
    name
}

/// The commonest first words, in the order of a thing's life.
fn verbs(tools: &[&CatalogTool], group: &[usize]) -> Vec<String> {
    const LIFE: [&str; 9] = ["create", "insert", "add", "get", "describe", "list", "update", "patch", "delete"];
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for &i in group {
        if let Some(verb) = words(&tools[i].name).into_iter().next() {
            *counts.entry(verb).or_default() += 1;
        }
    }
    let mut common: Vec<(String, usize)> = counts.into_iter().collect();
    common.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    common.truncate(VERBS_MAX);
    let life = |verb: &str| LIFE.iter().position(|known| *known == verb).unwrap_or(LIFE.len());
    common.sort_by_key(|(verb, count)| (life(verb), std::cmp::Reverse(*count)));
    common.into_iter().map(|(verb, _)| verb).collect()
}

fn plural(phrase: &str) -> String {
    match phrase {
        _ if singular(phrase) != phrase || phrase.ends_with("work") => phrase.to_owned(),
        "acl" => "ACLs".to_owned(),
        _ if phrase.ends_with('y') && !phrase.ends_with("ay") && !phrase.ends_with("ey") => format!("{}ies", &phrase[..phrase.len() - 1]),
        _ if phrase.ends_with('s') || phrase.ends_with('x') || phrase.ends_with("ch") => format!("{phrase}es"),
        _ => format!("{phrase}s"),
    }
}

fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
