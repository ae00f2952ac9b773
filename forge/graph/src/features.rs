//! Features of tools, and their sparse integer vectors (TF-IDF).

use crate::title::noun;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::names::{singular, words};

/// Weights of the places where a word occurs, in hundredths.
const PARAMETER: u32 = 200;
const PARAMETER_TEXT: u32 = 50;
const RETURNED: u32 = 50;
const NAME: u32 = 150;
const TEXT: u32 = 70;

/// A feature of more than one tool in this many says nothing, once there are [`HUB_TOOLS_MIN`] tools.
const HUB_SHARE: usize = 4;
const HUB_TOOLS_MIN: usize = 64;

/// Levels of returned fields that count.
const RETURNED_DEPTH_MAX: usize = 3;

/// Words without meaning in descriptions of tools.
const STOP: [&str; 64] = [
    "a",
    "about",
    "all",
    "also",
    "an",
    "and",
    "any",
    "api",
    "are",
    "as",
    "at",
    "be",
    "by",
    "can",
    "does",
    "each",
    "for",
    "from",
    "has",
    "have",
    "how",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "may",
    "more",
    "must",
    "no",
    "not",
    "note",
    "of",
    "on",
    "one",
    "only",
    "operation",
    "or",
    "other",
    "request",
    "return",
    "see",
    "should",
    "such",
    "than",
    "that",
    "the",
    "their",
    "then",
    "these",
    "they",
    "this",
    "to",
    "use",
    "used",
    "using",
    "was",
    "when",
    "where",
    "which",
    "will",
    "with",
    "you",
];

/// Length of a vector: its weights are integers, rounded once, so that every sum is exact.
pub(crate) const UNIT: u32 = 1 << 14;

/// Tools whose words are looked up in one table.
pub(crate) const CHUNK: usize = 512;

/// Names that are remembered with their table, not by a random order.
type Table<K, V> = indexmap::IndexMap<K, V, rustc_hash::FxBuildHasher>;

/// The vectors of all tools over one vocabulary, each of length [`UNIT`].
#[derive(Clone, Debug)]
pub(crate) struct Space {
    /// Features, sorted.
    pub(crate) vocabulary: Vec<String>,
    starts: Vec<usize>,
    /// For each tool its features, by index, ascending, with weights above 0.
    entries: Vec<(u32, u32)>,
}

impl Space {
    /// A space of vectors whose weights are not yet scaled to [`UNIT`].
    fn new(vocabulary: Vec<String>, vectors: Vec<Vec<(u32, u32)>>) -> Self {
        let mut space = Self { vocabulary, starts: vec![0], entries: Vec::with_capacity(vectors.iter().map(Vec::len).sum()) };
        for vector in vectors {
            let length = (vector.iter().map(|&(_, weight)| u64::from(weight) * u64::from(weight)).sum::<u64>() as f64).sqrt();
            // Square root, product and quotient are rounded exactly by IEEE 754, so this is the same everywhere.
            let scaled = |weight: u32| (f64::from(weight) * f64::from(UNIT) / length + 0.5) as u32;
            space.entries.extend(vector.into_iter().map(|(feature, weight)| (feature, scaled(weight))).filter(|&(_, weight)| weight > 0));
            space.starts.push(space.entries.len());
        }
        space
    }

    /// Number of tools.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Features of a tool, ascending, with their weights.
    pub(crate) fn vector(&self, tool: usize) -> &[(u32, u32)] {
        &self.entries[self.starts[tool]..self.starts[tool + 1]]
    }
}

/// TF-IDF vectors of the tools of all parts.
pub(crate) fn space(parts: &[Part]) -> Space {
    let tools: usize = parts.iter().map(|part| part.bags.len()).sum();
    let (names, counts) = vocabulary(parts);
    let hub = if tools < HUB_TOOLS_MIN { usize::MAX } else { tools / HUB_SHARE };
    // A feature of one tool meets nothing, but it belongs to the tool's length.
    let kept: Vec<usize> = (0..names.len()).filter(|&i| counts[i] <= hub).collect();
    let index: Table<&str, (u32, u32)> =
        kept.iter().enumerate().map(|(at, &i)| (names[i], (at as u32, log2_q8(1 + tools as u64, 1 + counts[i] as u64)))).collect();
    let vectors: Vec<Vec<(u32, u32)>> = parts
        .par_iter()
        .flat_map_iter(|part| {
            let index: Vec<Option<(u32, u32)>> = part.names.keys().map(|name| index.get(name.as_str()).copied()).collect();
            part.bags.iter().map(move |bag| {
                let weigh = |&(name, hundredths): &(u32, u32)| {
                    let (feature, rarity) = index[name as usize]?;
                    let weight = (log2_q8(100 + u64::from(hundredths), 100) * rarity) >> 6;
                    (weight > 0).then_some((feature, weight))
                };
                let mut vector: Vec<(u32, u32)> = bag.iter().filter_map(weigh).collect();
                vector.sort_unstable();
                vector
            })
        })
        .collect();
    Space::new(kept.iter().map(|&i| names[i].to_owned()).collect(), vectors)
}

/// The paper's vectors: the set of parameter names, unweighted.
pub(crate) fn paper_space(tools: &[&CatalogTool]) -> Space {
    let bags: Vec<BTreeSet<String>> =
        tools.par_iter().map(|&tool| parameters(&tool.clone()).map(|(name, _)| snake(name)).collect::<BTreeSet<String>>()).collect();
    let vocabulary: Vec<String> = bags.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let index: BTreeMap<&str, u32> = vocabulary.iter().enumerate().map(|(i, name)| (name.as_str(), i as u32)).collect();
    let vectors = bags.iter().map(|bag| bag.iter().map(|name| (index[name.as_str()], 1)).collect()).collect();
    Space::new(vocabulary, vectors)
}

/// All names of the parts, sorted, with the number of tools that have each.
fn vocabulary(parts: &[Part]) -> (Vec<&str>, Vec<usize>) {
    let mut all: Vec<(&str, usize)> = parts.iter().flat_map(Part::counts).collect();
    all.par_sort_unstable();
    let (mut names, mut counts): (Vec<&str>, Vec<usize>) = (Vec::new(), Vec::new());
    for (name, count) in all {
        if names.last() == Some(&name) {
            *counts.last_mut().expect("as long as the names") += count;
        } else {
            names.push(name);
            counts.push(count);
        }
    }
    (names, counts)
}

fn snake(name: &str) -> String {
    words(name).join("_")
}

fn parameters(tool: &CatalogTool) -> impl Iterator<Item = (&str, &Value)> {
    tool.parameters["properties"].as_object().into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
}

/// The bags of some tools, over names of their own. What a name or a word comes to is looked up once.
pub(crate) struct Part {
    names: Table<String, ()>,
    /// For each tool its features with their weights in hundredths, in no order.
    bags: Vec<Vec<(u32, u32)>>,
}

/// What has been looked up, and the bag that is being filled.
#[derive(Default)]
pub(crate) struct Reader {
    names: Table<String, ()>,
    /// Features of an identifier: the whole, if it has several words, and each of its words.
    identifiers: Table<String, (Option<u32>, Vec<u32>)>,
    /// Features of a run of letters and digits in prose.
    runs: Table<String, Vec<u32>>,
    /// Weight of each feature in the current bag.
    weights: Vec<u32>,
    touched: Vec<u32>,
    bags: Vec<Vec<(u32, u32)>>,
}

impl Part {
    /// Number of tools for each name.
    fn counts(&self) -> Vec<(&str, usize)> {
        let mut counts = vec![0; self.names.len()];
        for &(name, _) in self.bags.iter().flatten() {
            counts[name as usize] += 1;
        }
        self.names.keys().map(String::as_str).zip(counts).collect()
    }
}

impl Reader {
    /// The part, with the bags that were read.
    pub(crate) fn finish(self) -> Part {
        Part { names: self.names, bags: self.bags }
    }

    /// Reads the features of one tool, with their weights in hundredths.
    pub(crate) fn read(&mut self, tool: &CatalogTool) {
        for (name, schema) in parameters(tool) {
            self.identifier(name, PARAMETER);
            self.prose(schema["description"].as_str().unwrap_or_default(), "", PARAMETER_TEXT);
        }
        if let Some(returns) = &tool.returns {
            self.returned(returns, 0);
        }
        self.name(&tool.name);
        // What a tool does to its things (`sets`, `deletes`) does not tell what they are.
        let verb = words(&tool.name).into_iter().next().unwrap_or_default();
        self.prose(&tool.description, &verb, TEXT);
        let weights = &mut self.weights;
        self.bags.push(self.touched.drain(..).map(|name| (name, std::mem::take(&mut weights[name as usize]))).collect());
    }

    /// The number of a feature.
    fn feature(&mut self, name: String) -> u32 {
        let (index, _) = self.names.insert_full(name, ());
        if index == self.weights.len() {
            self.weights.push(0);
        }
        index as u32
    }

    fn add(&mut self, feature: u32, weight: u32) {
        let sum = &mut self.weights[feature as usize];
        if *sum == 0 {
            self.touched.push(feature);
        }
        *sum += weight;
    }

    /// A name counts whole, and word by word.
    fn identifier(&mut self, name: &str, weight: u32) {
        let known = match self.identifiers.get_index_of(name) {
            Some(known) => known,
            None => {
                let parts: Vec<String> = words(name).iter().filter(|word| !is_number(word)).map(|word| singular(word)).collect();
                let whole = (parts.len() > 1).then(|| self.feature(parts.join("_")));
                let telling = parts.into_iter().filter(|part| STOP.binary_search(&part.as_str()).is_err());
                let each = telling.map(|part| self.feature(part)).collect();
                self.identifiers.insert_full(name.to_owned(), (whole, each)).0
            }
        };
        let (whole, each) = std::mem::take(&mut self.identifiers[known]);
        if let Some(whole) = whole {
            self.add(whole, weight);
        }
        let share = if whole.is_some() { weight * 7 / 10 } else { weight };
        each.iter().for_each(|&part| self.add(part, share));
        self.identifiers[known] = (whole, each);
    }

    /// The nouns of a tool's name, as features of their own: `label` in a name is rarer, and says more, than `label` anywhere.
    fn name(&mut self, tool: &str) {
        let noun = noun(tool);
        if noun.len() > 1 {
            let whole = self.feature(format!("name:{}", noun.join("_")));
            self.add(whole, NAME);
        }
        for part in noun {
            let part = self.feature(format!("name:{part}"));
            self.add(part, NAME);
        }
    }

    fn prose(&mut self, text: &str, without: &str, weight: u32) {
        let without = self.names.get_index_of(without).map(|index| index as u32);
        for run in text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
            let known = match self.runs.get_index_of(run) {
                Some(known) => known,
                None => {
                    let telling = |word: &String| word.len() > 1 && !is_number(word) && STOP.binary_search(&word.as_str()).is_err();
                    let each = words(run).into_iter().filter(telling).map(|word| self.feature(singular(&word))).collect();
                    self.runs.insert_full(run.to_owned(), each).0
                }
            };
            let each = std::mem::take(&mut self.runs[known]);
            each.iter().filter(|&&word| Some(word) != without).for_each(|&word| self.add(word, weight));
            self.runs[known] = each;
        }
    }

    fn returned(&mut self, schema: &Value, depth: usize) {
        if let Some(items) = schema.get("items") {
            self.returned(items, depth);
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            self.identifier(name, RETURNED >> depth);
            if depth + 1 < RETURNED_DEPTH_MAX {
                self.returned(member, depth + 1);
            }
        }
    }
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

/// log2(numerator / denominator) in 256ths, rounded down; 0 where the quotient is below 1. Integers only, so the same everywhere.
pub(crate) fn log2_q8(numerator: u64, denominator: u64) -> u32 {
    let quotient = (u128::from(numerator) << 32) / u128::from(denominator.max(1));
    if quotient < 1 << 32 {
        return 0;
    }
    let whole = quotient.ilog2() - 32;
    let mut mantissa = quotient >> whole;
    let mut out = whole;
    for _ in 0..8 {
        mantissa = (mantissa * mantissa) >> 32;
        out <<= 1;
        if mantissa >= 2 << 32 {
            mantissa >>= 1;
            out |= 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_looked_up_are_sorted() {
        assert!(STOP.is_sorted());
    }

    #[test]
    fn logarithm_agrees_with_the_float_one() {
        for (a, b) in [(1, 1), (3, 2), (10, 1), (30_001, 7), (u64::from(u32::MAX), 3)] {
            let expected = ((a as f64 / b as f64).log2() * 256.0).floor() as i64;
            assert!((i64::from(log2_q8(a, b)) - expected).abs() <= 1, "{a}/{b}");
        }
        assert_eq!(log2_q8(1, 2), 0);
    }
}
