//! What a domain's tools are tools of: the provider, and the service or the part that its services share, where most are of one.
//!
//! Labels name domains; they are never a reason to think that tools are alike.

use super::spelling::listed;
use super::vocabulary::Vocabulary;
use crate::lexicon::{is_acronym, is_boilerplate, is_generic, is_version};
use rayon::prelude::*;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::names::words;

/// Characters of a label.
const CHARS_MAX: usize = 40;
/// A label says more than the nouns where it is one of at most so many tools, or of one in [`TELLING_SHARE`].
const TELLING_TOOLS_MAX: usize = 400;
const TELLING_SHARE: usize = 64;
/// Labels of a host under which others are registered: `example.co.uk`.
const REGISTRIES: [&str; 11] = ["ac", "co", "com", "edu", "gob", "gouv", "gov", "govt", "net", "or", "org"];
/// What hosts append to a brand.
const ENDINGS: [&str; 5] = ["aws", "apis", "api", "app", "apps"];
/// Letters of the longest word that is an abbreviation where descriptions do not know it.
const ABBREVIATION_CHARS_MAX: usize = 3;
/// Letters of the shortest brand that may be several words, and of the shortest word with a number that is a version.
const BRAND_RUN_CHARS_MIN: usize = 10;
const NUMBERED_CHARS_MIN: usize = 7;

/// Whose tools the tools of a domain are.
#[derive(Debug)]
pub(super) struct Label {
    /// For people: `Google Calendar`.
    pub(super) text: String,
    /// Without the brand: `Calendar`.
    pub(super) service: String,
    /// For slugs: the service's words, where they say something; else the brand's.
    pub(super) short: Vec<String>,
    /// For slugs: the brand's words and the service's.
    pub(super) full: Vec<String>,
    /// The tools of the domain that it is the label of.
    pub(super) members: Vec<usize>,
    /// Whether it is of so few tools that it says more than a noun.
    pub(super) telling: bool,
}

/// The provider of each tool, then the parts of the name of its service.
pub(super) struct Labels {
    chains: Vec<Vec<String>>,
    /// Tools below each start of a chain.
    counts: BTreeMap<Vec<String>, usize>,
}

impl Labels {
    pub(super) fn new(tools: &[&CatalogTool]) -> Self {
        let chains: Vec<Vec<String>> = tools.par_iter().map(|tool| chain(tool)).collect();
        let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for chain in &chains {
            for length in 1..=chain.len() {
                match counts.get_mut(&chain[..length]) {
                    Some(count) => *count += 1,
                    None => drop(counts.insert(chain[..length].to_vec(), 1)),
                }
            }
        }
        Self { chains, counts }
    }

    /// Their words, in lower case.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        self.counts.keys().filter_map(|chain| chain.split_last()).flat_map(|(last, before)| match before {
            [] => brand(last).iter().flat_map(|brand| brand.split(' ')).map(str::to_owned).collect::<Vec<_>>(),
            _ => last.split(' ').map(|word| unnumbered(word).to_owned()).chain([last.replace(' ', "")]).collect(),
        })
    }

    /// The label of a group of tools: that of more than half of them, or of two parts that are two thirds and a fifth each at least.
    pub(super) fn of(&self, group: &[usize], vocabulary: &Vocabulary) -> Option<Label> {
        let shared = self.shared(group, group.len() / 2 + 1);
        let pair = if shared.len() < 2 { self.pair(group, shared.len(), vocabulary) } else { None };
        pair.or_else(|| self.label(group, &shared, vocabulary)).filter(|label| !label.text.is_empty())
    }

    /// The label of the two commonest parts behind `depth` shared ones, if it is short.
    fn pair(&self, group: &[usize], depth: usize, vocabulary: &Vocabulary) -> Option<Label> {
        let top = self.commonest(group, depth);
        let [first, second] = top.get(..2)? else { return None };
        if second.1 * 5 < group.len() || (first.1 + second.1) * 3 < group.len() * 2 {
            return None;
        }
        let part = |(name, count): &(&String, usize)| {
            let of: Vec<usize> = group.iter().filter(|&&tool| self.chains[tool].get(depth) == Some(name)).copied().collect();
            self.label(&of, &self.shared(&of, (count * 4).div_ceil(5)), vocabulary)
        };
        let (first, second) = (part(first)?, part(second)?);
        // Two brands that have half of the catalogue say nothing.
        if depth == 0 && !(first.telling && second.telling) {
            return None;
        }
        let mut members = [first.members.as_slice(), &second.members].concat();
        members.sort_unstable();
        // `Google BigQuery Connection and BigQuery` is `Google BigQuery`.
        let within = |a: &Label, b: &Label| a.short.iter().all(|word| b.full.contains(word));
        if within(&first, &second) || within(&second, &first) {
            return Some(Label { members, ..if within(&first, &second) { first } else { second } });
        }
        // `Google Chat and Meet`: the brand once.
        let other = if depth > 0 { &second.service } else { &second.text };
        let text = listed(&[first.text.clone(), other.clone()]);
        if other.is_empty() || text.chars().count() > CHARS_MAX {
            return None;
        }
        let more = second.short.iter().filter(|word| !first.short.contains(word));
        let short = if depth > 0 { first.short.iter().chain(more).cloned().collect() } else { Vec::new() };
        let telling = first.telling && second.telling;
        Some(Label { text, service: first.service, short, full: [first.full, second.short].concat(), members, telling })
    }

    /// The label that the start of a chain says.
    fn label(&self, group: &[usize], chain: &[String], vocabulary: &Vocabulary) -> Option<Label> {
        let (provider, parts) = chain.split_first()?;
        let brand = brand(provider);
        let brand = brand.iter().flat_map(|brand| brand.split(' '));
        let named: Vec<String> = brand.flat_map(|word| spelt(word, word.len() >= BRAND_RUN_CHARS_MIN, vocabulary)).collect();
        let mut service: Vec<String> = Vec::new();
        for word in parts.iter().flat_map(|part| spelt_part(part, vocabulary)) {
            if !named.contains(&word) && !service.contains(&word) && !["API", "Api", "Service", "Services"].contains(&word.as_str()) {
                service.push(word);
            }
        }
        let all = [named, service.clone()].concat();
        let text = (1..=all.len()).rev().map(|count| all[..count].join(" ")).find(|text| text.chars().count() <= CHARS_MAX)?;
        let lower = |words: &[String]| words.iter().map(|word| word.to_lowercase()).collect::<Vec<_>>();
        let (short, full) = (lower(&service), lower(&all));
        let says = short.iter().any(|word| !is_generic(word));
        let tools = self.counts.get(chain).copied().unwrap_or_default();
        Some(Label {
            text,
            service: service.join(" "),
            short: if says { short } else { full.clone() },
            full,
            members: group.iter().filter(|&&tool| self.chains[tool].starts_with(chain)).copied().collect(),
            telling: tools <= TELLING_TOOLS_MAX.max(self.chains.len() / TELLING_SHARE),
        })
    }

    /// The longest start that at least so many chains of a group share.
    fn shared(&self, group: &[usize], least: usize) -> Vec<String> {
        let mut shared: Vec<String> = Vec::new();
        let mut left = group.to_vec();
        while let Some(&(part, _)) = self.commonest(&left, shared.len()).first().filter(|(_, count)| *count >= least) {
            shared.push(part.clone());
            left.retain(|&tool| self.chains[tool].get(shared.len() - 1) == shared.last());
        }
        shared
    }

    /// The parts at a place of the chains of a group with their counts, commonest first.
    fn commonest(&self, group: &[usize], at: usize) -> Vec<(&String, usize)> {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for part in group.iter().filter_map(|&tool| self.chains[tool].get(at)) {
            *counts.entry(part).or_default() += 1;
        }
        let mut out: Vec<(&String, usize)> = counts.into_iter().collect();
        out.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        out
    }
}

/// The provider, then the parts of the service's name: words in lower case, with spaces between.
fn chain(tool: &CatalogTool) -> Vec<String> {
    let provider = tool.origin.provider.to_lowercase();
    let name = tool.origin.service.as_str();
    let brand = brand(&provider).unwrap_or_default().replace(' ', "");
    let same = name.eq_ignore_ascii_case(&provider);
    let mut chain = vec![provider];
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !same && !part.is_empty());
    for part in parts.filter(|part| !is_version(&part.to_lowercase())) {
        let words = words(part).join(" ");
        let key = |text: &str| text.replace(' ', "");
        if is_boilerplate(&words) || key(&words) == brand {
            continue;
        }
        // The same again: `containerinstance-containerInstance`.
        match chain.iter_mut().skip(1).find(|known| key(known) == key(&words)) {
            Some(known) if known.len() < words.len() => *known = words,
            Some(_) => {}
            None => chain.push(words),
        }
    }
    chain
}

/// The words that a provider is known by: `example` for `api.example.co.uk`. A name that is no host is a collection's, not a provider's.
pub(super) fn brand(provider: &str) -> Option<String> {
    let labels: Vec<&str> = provider.split('.').collect();
    let mut rest = labels.iter().rev().skip(1).skip_while(|label| labels.len() > 2 && REGISTRIES.contains(label));
    let label = rest.next()?.to_lowercase();
    let cut = ENDINGS.iter().find_map(|ending| label.strip_suffix(ending).filter(|rest| rest.len() > 3)).unwrap_or(&label);
    let words = cut.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    Some(words.collect::<Vec<_>>().join(" ")).filter(|words| !words.is_empty())
}

/// A word without the number of its version: `adexchangebuyer2`.
fn unnumbered(word: &str) -> &str {
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if bare.len() < NUMBERED_CHARS_MIN || bare == word { word } else { bare.strip_suffix('v').unwrap_or(bare) }
}

/// A part of a service's name as it is written, as one word if descriptions have it so: `QnAMaker`.
fn spelt_part(part: &str, vocabulary: &Vocabulary) -> Vec<String> {
    let joined = part.replace(' ', "");
    match vocabulary.capitals(&joined) {
        Some(written) if joined != part => written.split(' ').map(str::to_owned).collect(),
        _ => part.split(' ').flat_map(|word| spelt(unnumbered(word), true, vocabulary)).collect(),
    }
}

/// A word of a label as it is written; several where it may and descriptions write it so.
fn spelt(word: &str, several: bool, vocabulary: &Vocabulary) -> Vec<String> {
    let plain = |word: &str| match word {
        _ if is_acronym(word) || !word.contains(|c| "aeiouy".contains(c)) => word.to_uppercase(),
        _ if word.len() < ABBREVIATION_CHARS_MAX => word.to_uppercase(),
        _ if word.len() == ABBREVIATION_CHARS_MAX && !vocabulary.knows(word) => word.to_uppercase(),
        _ => super::capital(word),
    };
    if is_acronym(word) {
        return vec![word.to_uppercase()];
    }
    match vocabulary.capitals(word) {
        Some(written) if several || !written.contains(' ') => written.split(' ').map(str::to_owned).collect(),
        _ if several => {
            let mut parts = vocabulary.apart(word);
            if let Some(last) = parts.last_mut().filter(|last| word.ends_with('s') && !last.ends_with('s')) {
                last.push('s');
            }
            let one = parts.len() == 1;
            // A piece in capitals is not another word's acronym: `ad` of `adexchange`.
            let fits = |form: &&str| !form.contains(' ') && (one || form.contains(|c: char| c.is_ascii_lowercase()));
            let written = |part: &String| vocabulary.capitals(part).filter(fits).map(str::to_owned);
            parts
                .iter()
                .map(|part| written(part).unwrap_or_else(|| if one || is_acronym(part) { plain(part) } else { super::capital(part) }))
                .collect()
        }
        _ => vec![plain(word)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustc_hash::FxHashSet;
    use wardian_format::Schema;
    use wardian_format::catalog::Origin;

    fn tool(provider: &str, service: &str) -> CatalogTool {
        let origin = Origin { provider: provider.to_owned(), service: service.to_owned(), ..Origin::default() };
        CatalogTool {
            id: format!("{provider}/{service}/x"),
            name: "x".to_owned(),
            description: String::new(),
            parameters: Schema::default(),
            returns: None,
            origin,
        }
    }

    fn said(services: &[(&str, &str)], texts: &[&str]) -> Option<String> {
        let tools: Vec<CatalogTool> = services.iter().map(|(provider, service)| tool(provider, service)).collect();
        let labels = Labels::new(&tools.iter().collect::<Vec<_>>());
        let vocabulary = Vocabulary::new(texts, &labels.words().collect::<FxHashSet<String>>());
        let group: Vec<usize> = (0..tools.len()).collect();
        labels.of(&group, &vocabulary).map(|label| label.text)
    }

    #[test]
    fn labels_as_people_say_them() {
        for (provider, service, expected) in [
            ("googleapis.com", "calendar", "Google Calendar"),
            ("amazonaws.com", "sqs", "Amazon SQS"),
            ("github.com", "rest", "Github"),
            ("twilio.com", "twilio_video_v1", "Twilio Video"),
            ("gitea.io", "gitea.io", "Gitea"),
            ("azure.com", "containerinstance-containerInstance", "Azure Container Instance"),
            ("britbox.co.uk", "britbox.co.uk", "Britbox"),
            ("collection", "yahoo_finance", "Yahoo Finance"),
            ("amazonaws.com", "greengrassv2", "Amazon Greengrass"),
        ] {
            assert_eq!(said(&[(provider, service)], &[]).as_deref(), Some(expected));
        }
        assert_eq!(said(&[("github.com", "rest")], &["In GitHub."]).as_deref(), Some("GitHub"));
        assert_eq!(said(&[("azure.com", "mixedreality-anchors")], &["Mixed reality is"]).as_deref(), Some("Azure Mixed Reality Anchors"));
        assert_eq!(said(&[("local", "local")], &[]), None);
    }

    #[test]
    fn most_tools_are_of_it() {
        let of = |services: &[(&str, &str)]| said(services, &[]);
        let (alerts, tasks, other) = (("a.com", "security-alerts"), ("a.com", "security-tasks"), ("b.com", "x"));
        assert_eq!(of(&[alerts, alerts, alerts, tasks, other]).as_deref(), Some("A Security Alerts"));
        assert_eq!(of(&[alerts, tasks, ("a.com", "security"), other, other]).as_deref(), Some("A Security"));
        assert_eq!(of(&[alerts, tasks, other, other]).as_deref(), Some("A Security and B X"));
        assert_eq!(of(&[alerts, alerts, other, ("c.com", "y"), ("d.com", "z")]), None);
        assert_eq!(of(&[alerts, alerts, ("a.com", "mail"), ("a.com", "mail")]).as_deref(), Some("A Mail and Security Alerts"));
        assert_eq!(of(&[("a.com", "query"), ("a.com", "query"), ("a.com", "links-query")]).as_deref(), Some("A Query"));
    }
}
