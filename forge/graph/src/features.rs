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

/// The vectors of all tools over one vocabulary.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    /// Features, sorted.
    pub(crate) vocabulary: Vec<String>,
    /// For each tool its features, by index, with weights above 0.
    pub(crate) vectors: Vec<Vec<(u32, u32)>>,
}

impl Space {
    /// The square of a vector's length.
    pub(crate) fn square(&self, tool: usize) -> u64 {
        self.vectors[tool].iter().map(|&(_, weight)| u64::from(weight) * u64::from(weight)).sum()
    }
}

/// TF-IDF vectors of the default graph.
pub(crate) fn space(tools: &[&CatalogTool]) -> Space {
    let bags: Vec<BTreeMap<String, u32>> = tools.par_iter().map(|tool| bag(tool)).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in bags.iter().flat_map(BTreeMap::keys) {
        *counts.entry(name).or_default() += 1;
    }
    let hub = if tools.len() < HUB_TOOLS_MIN { usize::MAX } else { tools.len() / HUB_SHARE };
    // A feature of one tool meets nothing, but it belongs to the tool's length.
    let kept: Vec<(&str, usize)> = counts.into_iter().filter(|&(_, count)| count <= hub).collect();
    let index: BTreeMap<&str, (u32, u32)> =
        kept.iter().enumerate().map(|(i, &(name, count))| (name, (i as u32, log2_q8(1 + tools.len() as u64, 1 + count as u64)))).collect();
    let vector = |bag: &BTreeMap<String, u32>| {
        let weigh = |(name, &hundredths): (&String, &u32)| {
            let &(i, rarity) = index.get(name.as_str())?;
            let weight = (log2_q8(100 + u64::from(hundredths), 100) * rarity) >> 6;
            (weight > 0).then_some((i, weight))
        };
        bag.iter().filter_map(weigh).collect()
    };
    let vectors = bags.par_iter().map(vector).collect();
    Space { vocabulary: kept.into_iter().map(|(name, _)| name.to_owned()).collect(), vectors }
}

/// The paper's vectors: the set of parameter names, unweighted.
pub(crate) fn paper_space(tools: &[&CatalogTool]) -> Space {
    let bags: Vec<BTreeSet<String>> = tools.par_iter().map(|tool| parameters(tool).map(|(name, _)| snake(name)).collect()).collect();
    let vocabulary: Vec<String> = bags.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let index: BTreeMap<&str, u32> = vocabulary.iter().enumerate().map(|(i, name)| (name.as_str(), i as u32)).collect();
    let vectors = bags.iter().map(|bag| bag.iter().map(|name| (index[name.as_str()], 1)).collect()).collect();
    Space { vocabulary, vectors }
}

fn snake(name: &str) -> String {
    words(name).join("_")
}

fn parameters(tool: &CatalogTool) -> impl Iterator<Item = (&str, &Value)> {
    tool.parameters["properties"].as_object().into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
}

/// Features of one tool with their weights in hundredths.
fn bag(tool: &CatalogTool) -> BTreeMap<String, u32> {
    let mut bag = BTreeMap::new();
    for (name, schema) in parameters(tool) {
        identifier(&mut bag, name, PARAMETER);
        prose(&mut bag, schema["description"].as_str().unwrap_or_default(), "", PARAMETER_TEXT);
    }
    if let Some(returns) = &tool.returns {
        returned(&mut bag, returns, 0);
    }
    name(&mut bag, &tool.name);
    // What a tool does to its things (`sets`, `deletes`) does not tell what they are.
    let verb = words(&tool.name).into_iter().next().unwrap_or_default();
    prose(&mut bag, &tool.description, &verb, TEXT);
    bag
}

/// A name counts whole, and word by word.
fn identifier(bag: &mut BTreeMap<String, u32>, name: &str, weight: u32) {
    let parts: Vec<String> = words(name).iter().filter(|word| !is_number(word)).map(|word| singular(word)).collect();
    if parts.len() > 1 {
        *bag.entry(parts.join("_")).or_default() += weight;
    }
    let each = if parts.len() > 1 { weight * 7 / 10 } else { weight };
    for part in parts.into_iter().filter(|part| !STOP.contains(&part.as_str())) {
        *bag.entry(part).or_default() += each;
    }
}

/// The nouns of a tool's name, as features of their own: `label` in a name is rarer, and says more, than `label` anywhere.
fn name(bag: &mut BTreeMap<String, u32>, tool: &str) {
    let noun = noun(tool);
    if noun.len() > 1 {
        *bag.entry(format!("name:{}", noun.join("_"))).or_default() += NAME;
    }
    for part in noun {
        *bag.entry(format!("name:{part}")).or_default() += NAME;
    }
}

fn prose(bag: &mut BTreeMap<String, u32>, text: &str, without: &str, weight: u32) {
    for word in words(text) {
        if word.len() > 1 && !is_number(&word) && !STOP.contains(&word.as_str()) {
            let word = singular(&word);
            if word != without {
                *bag.entry(word).or_default() += weight;
            }
        }
    }
}

fn returned(bag: &mut BTreeMap<String, u32>, schema: &Value, depth: usize) {
    if let Some(items) = schema.get("items") {
        returned(bag, items, depth);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        identifier(bag, name, RETURNED >> depth);
        if depth + 1 < RETURNED_DEPTH_MAX {
            returned(bag, member, depth + 1);
        }
    }
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

/// log2(numerator / denominator) in 256ths, rounded down; 0 where the quotient is below 1. Integers only, so the same everywhere.
fn log2_q8(numerator: u64, denominator: u64) -> u32 {
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
    fn logarithm_agrees_with_the_float_one() {
        for (a, b) in [(1, 1), (3, 2), (10, 1), (30_001, 7), (u64::from(u32::MAX), 3)] {
            let expected = ((a as f64 / b as f64).log2() * 256.0).floor() as i64;
            assert!((i64::from(log2_q8(a, b)) - expected).abs() <= 1, "{a}/{b}");
        }
        assert_eq!(log2_q8(1, 2), 0);
    }
}
