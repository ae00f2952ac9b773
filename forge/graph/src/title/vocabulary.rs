//! How the descriptions of a catalogue write the words of its names: apart (`matchedoffers`: matched offers), in capitals (`BigQuery`).

use super::spelling::singular;
use crate::features::log2_q8;
use crate::lexicon::is_acronym;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Characters of a description that count.
const TEXT_CHARS_MAX: usize = 320;
/// Words that a name may run together.
const WORDS_MAX: usize = 4;
/// Letters of the shortest word that is looked at as several.
const RUN_CHARS_MIN: usize = 7;
/// Letters of the longest word that is looked at as several.
const RUN_CHARS_MAX: usize = 40;
/// Letters of the shortest word inside of a run of words.
const PIECE_CHARS_MIN: usize = 3;
/// Letters of an acronym that may be a word too.
const ACRONYM_CHARS_MAX: usize = 3;
/// Letters of a word that is seldom part of another by chance.
const LONG_CHARS_MIN: usize = 5;
/// What one more word in a run costs, in 256ths of a bit.
const PIECE_COST: u32 = 4 * 256;
/// Descriptions per part of the work.
const CHUNK: usize = 1024;

/// What the descriptions say about words.
pub(super) struct Vocabulary {
    descriptions: usize,
    /// Descriptions that have a word.
    words: FxHashMap<String, u32>,
    /// For each word that names have, how often it is written in each way.
    forms: FxHashMap<String, BTreeMap<String, u32>>,
}

impl Vocabulary {
    /// Reads the start of each text; `wanted` are the words of the names, in lower case.
    pub(super) fn new(texts: &[&str], wanted: &FxHashSet<String>) -> Self {
        let parts: Vec<Self> = texts.par_chunks(CHUNK).map(|chunk| Self::of_chunk(chunk, wanted)).collect();
        let mut out = Self { descriptions: texts.len(), words: FxHashMap::default(), forms: FxHashMap::default() };
        for part in parts {
            part.words.into_iter().for_each(|(word, count)| *out.words.entry(word).or_default() += count);
            for (word, forms) in part.forms {
                let known = out.forms.entry(word).or_default();
                forms.into_iter().for_each(|(form, count)| *known.entry(form).or_default() += count);
            }
        }
        out
    }

    fn of_chunk(texts: &[&str], wanted: &FxHashSet<String>) -> Self {
        let mut out = Self { descriptions: texts.len(), words: FxHashMap::default(), forms: FxHashMap::default() };
        for text in texts {
            let text = text.char_indices().nth(TEXT_CHARS_MAX).map_or(*text, |(end, _)| &text[..end]);
            out.read(text, wanted);
        }
        out
    }

    fn read(&mut self, text: &str, wanted: &FxHashSet<String>) {
        let found: Vec<(usize, usize)> = runs(text);
        let mut seen: Vec<String> = found.iter().map(|&(from, to)| text[from..to].to_ascii_lowercase()).collect();
        let mut joined = String::new();
        for first in 0..found.len() {
            joined.clear();
            for last in first..found.len().min(first + WORDS_MAX) {
                // Only a space or a hyphen lies between words of one term.
                if last > first && !matches!(&text[found[last - 1].1..found[last].0], " " | "-") {
                    break;
                }
                joined.push_str(&seen[last]);
                if joined.len() > RUN_CHARS_MAX {
                    break;
                }
                let form = || text[found[first].0..found[last].1].replace('-', " ");
                if wanted.contains(&joined) {
                    *self.forms.entry(joined.clone()).or_default().entry(form()).or_default() += 1;
                }
                if last > first && joined.ends_with('s') {
                    let one = singular(&joined);
                    if one != joined && wanted.contains(&one) {
                        *self.forms.entry(one).or_default().entry(form()).or_default() += 1;
                    }
                }
            }
        }
        // Parts of hosts and paths are not words of a sentence.
        let mut at = 0;
        seen.retain(|_| {
            at += 1;
            !within_name(text, found[at - 1])
        });
        seen.sort_unstable();
        seen.dedup();
        seen.into_iter().for_each(|word| *self.words.entry(word).or_default() += 1);
    }

    /// A word as the words that it runs together, singular, in lower case; the word itself where it is one.
    pub(super) fn apart(&self, word: &str) -> Vec<String> {
        if !(RUN_CHARS_MIN..=RUN_CHARS_MAX).contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return vec![word.to_owned()];
        }
        let mut apart: BTreeMap<Vec<String>, u32> = BTreeMap::new();
        for (form, count) in self.forms.get(word).into_iter().flatten().filter(|(form, _)| form.contains(' ')) {
            let mut parts: Vec<String> = form.to_ascii_lowercase().split(' ').map(str::to_owned).collect();
            if let Some(last) = parts.last_mut() {
                *last = singular(last);
            }
            if parts.iter().all(|part| part.len() > 1) {
                *apart.entry(parts).or_default() += count;
            }
        }
        let whole = self.count(word);
        match apart.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))) {
            Some((parts, count)) if count > whole => parts,
            _ if whole > 1 => vec![word.to_owned()],
            _ => self.cut(word),
        }
    }

    /// Descriptions that have a word, in either number.
    fn count(&self, word: &str) -> u32 {
        let of = |word: &str| self.words.get(word).copied().unwrap_or_default();
        of(word) + of(&format!("{word}s"))
    }

    /// The likeliest common words that make up a word that no description has.
    fn cut(&self, word: &str) -> Vec<String> {
        let least = |piece: &str| if piece.len() >= LONG_CHARS_MIN { 2 } else { 3 + self.descriptions as u32 / 10_000 };
        let price = |piece: &str| {
            let count = self.words.get(piece).copied().unwrap_or_default();
            let long = piece.len() >= PIECE_CHARS_MIN || is_acronym(piece) || ["ad", "my"].contains(&piece);
            (long && count >= least(piece)).then(|| PIECE_COST + log2_q8(self.descriptions as u64 + 1, u64::from(count)))
        };
        let mut best: Vec<Option<(u32, usize)>> = vec![None; word.len() + 1];
        best[0] = Some((0, 0));
        for end in 1..=word.len() {
            let ways = (0..end).filter_map(|start| Some((best[start]?.0 + price(&word[start..end])?, start)));
            best[end] = ways.min();
        }
        let mut parts = Vec::new();
        let mut end = word.len();
        while let Some((_, start)) = best[end].filter(|_| end > 0) {
            parts.push(word[start..end].to_owned());
            end = start;
        }
        if end > 0 || parts.len() > WORDS_MAX {
            return vec![word.to_owned()];
        }
        parts.reverse();
        parts
    }

    /// The word as descriptions write it where every word of it has a capital: `BigQuery`, `Secrets Manager`.
    pub(super) fn capitals(&self, word: &str) -> Option<&str> {
        let capital = |part: &str| part.contains(|c: char| c.is_ascii_uppercase());
        // `TESTING` is shouted, `AD` is not.
        let loud = |form: &str| form.len() > ACRONYM_CHARS_MAX && form.bytes().all(|b| !b.is_ascii_lowercase()) && !self.is_acronym(word);
        let written = self.forms.get(word)?.iter().filter(|(form, _)| form.split(' ').all(capital) && !loud(form));
        written.max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))).map(|(form, _)| form.as_str())
    }

    /// Whether most descriptions that have the word have it in capitals: `HIT`.
    pub(super) fn is_acronym(&self, word: &str) -> bool {
        let forms = || self.forms.get(word).into_iter().flatten().filter(|(form, _)| form.len() == word.len());
        let upper: u32 = forms().filter(|(form, _)| form.bytes().all(|b| b.is_ascii_uppercase())).map(|(_, count)| count).sum();
        word.len() > 1 && upper * 2 > forms().map(|(_, count)| count).sum()
    }

    /// Whether more than one description has the word.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.count(word) > 1
    }

    /// Whether the plural is as good as never written: `compliance`.
    pub(super) fn has_plural(&self, word: &str, plural: &str) -> bool {
        let of = |word: &str| self.words.get(word).copied().unwrap_or_default();
        of(plural) * 20 > of(word)
    }
}

/// Where the words of a text start and end.
fn runs(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte.is_ascii_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                out.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    out.extend(start.map(|from| (from, text.len())));
    out
}

/// Whether a word is part of something like `api.example.com/users`.
fn within_name(text: &str, (from, to): (usize, usize)) -> bool {
    let bytes = text.as_bytes();
    let joins = |at: usize| matches!(bytes.get(at), Some(b'.' | b'/' | b'_'));
    let word = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    (joins(to) && word(to + 1)) || (from > 1 && joins(from - 1) && word(from - 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(texts: &[&str], wanted: &[&str]) -> Vocabulary {
        Vocabulary::new(texts, &wanted.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn words_that_run_together() {
        let texts = ["Lists matched offers.", "A data set.", "A dataset.", "The dataset of the user", "the user saving"];
        let known = vocabulary(&texts, &["matchedoffer", "dataset", "usersaving"]);
        assert_eq!(known.apart("matchedoffer"), ["matched", "offer"]);
        assert_eq!(known.apart("dataset"), ["dataset"], "most write it so");
        assert_eq!(known.apart("usersaving"), ["user", "saving"]);
        assert_eq!(known.apart("unheardof"), ["unheardof"]);
    }

    #[test]
    fn common_words_are_cut_out_of_a_run() {
        let texts = vec!["the account of the user has one site and sites"; 5];
        let known = vocabulary(&texts, &[]);
        assert_eq!(known.apart("useraccount"), ["user", "account"]);
        assert_eq!(known.apart("useraccounting"), ["useraccounting"]);
        assert_eq!(known.apart("account"), ["account"]);
    }

    #[test]
    fn capitals_are_those_of_the_descriptions() {
        let known = vocabulary(
            &["In BigQuery.", "a BigQuery table", "BIGQUERY", "a bigquery é", "Secrets Manager has secrets"],
            &["bigquery", "table", "secretsmanager"],
        );
        assert_eq!(known.capitals("bigquery"), Some("BigQuery"));
        assert_eq!(known.capitals("secretsmanager"), Some("Secrets Manager"));
        assert_eq!(known.capitals("table"), None);
    }
}
