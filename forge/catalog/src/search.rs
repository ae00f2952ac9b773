//! Finding tools by words (BM25 over name, description and parameters) and by almost their id.

use crate::store;
use std::collections::BTreeSet;
use std::io::Read;
use wardian_format::CatalogTool;
use wardian_format::jsonl::LineError;
use wardian_format::names;

/// Words of a query that count.
const WORDS_MAX: usize = 32;
/// Words that say nothing, unless a query has no others.
const STOP_WORDS: [&str; 14] = ["a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"];
/// How often a word of the name counts.
const NAME_WEIGHT: u32 = 3;
/// Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009: saturation of repeated words, and weight of the length.
const SATURATION: f64 = 1.2;
const LENGTH_WEIGHT: f64 = 0.75;

/// A tool that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Higher is better; comparable within one search only.
    pub score: f64,
    /// The tool.
    pub tool: CatalogTool,
}

/// The `limit` tools of a catalogue that fit `query` best, best first; equal scores in the order of their ids.
///
/// A tool fits where at least one word of the query is in its name, service, description or parameters' names, in singular or plural.
pub fn search(reader: impl Read + Send, name: &str, query: &[String], limit: usize) -> Result<Vec<Hit>, LineError> {
    let mut words: Vec<String> = query.iter().flat_map(|text| names::words(text)).map(|word| names::singular(&word)).collect();
    if words.iter().any(|word| !STOP_WORDS.contains(&word.as_str())) {
        words.retain(|word| !STOP_WORDS.contains(&word.as_str()));
    }
    words.sort();
    words.dedup();
    words.truncate(WORDS_MAX);
    let pieces = store::map(reader, name, |tools| Piece::of(tools, &words))?;
    let tools: usize = pieces.iter().map(|piece| piece.tools).sum();
    let length: u64 = pieces.iter().map(|piece| piece.length).sum();
    let mean = length as f64 / tools.max(1) as f64;
    let matches: Vec<Match> = pieces.into_iter().flat_map(|piece| piece.matches).collect();
    let rarity: Vec<f64> = (0..words.len())
        .map(|i| {
            let with = matches.iter().filter(|m| m.counts[i] > 0).count() as f64;
            (1.0 + (tools as f64 - with + 0.5) / (with + 0.5)).ln()
        })
        .collect();
    let mut hits: Vec<Hit> = matches.into_iter().map(|m| Hit { score: m.score(&rarity, mean), tool: m.tool }).collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.tool.id.cmp(&b.tool.id)));
    hits.truncate(limit);
    Ok(hits)
}

/// What one piece of a catalogue says to a query.
struct Piece {
    tools: usize,
    /// Words of all tools together.
    length: u64,
    matches: Vec<Match>,
}

struct Match {
    tool: CatalogTool,
    length: u32,
    /// In step with the words of the query.
    counts: Vec<u32>,
}

impl Piece {
    fn of(tools: Vec<CatalogTool>, words: &[String]) -> Self {
        let mut out = Self { tools: tools.len(), length: 0, matches: Vec::new() };
        for tool in tools {
            let (length, counts) = count(&tool, words);
            out.length += u64::from(length);
            if counts.iter().any(|count| *count > 0) {
                out.matches.push(Match { tool, length, counts });
            }
        }
        out
    }
}

impl Match {
    fn score(&self, rarity: &[f64], mean: f64) -> f64 {
        let norm = SATURATION * (1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * f64::from(self.length) / mean.max(1.0));
        let part = |(count, rarity): (&u32, &f64)| {
            let count = f64::from(*count);
            rarity * count * (SATURATION + 1.0) / (count + norm)
        };
        self.counts.iter().zip(rarity).map(part).sum()
    }
}

/// How many words a tool has, and how often each of `words` is among them.
fn count(tool: &CatalogTool, words: &[String]) -> (u32, Vec<u32>) {
    let mut length = 0;
    let mut counts = vec![0; words.len()];
    let mut add = |text: &str, weight: u32| {
        for word in names::words(text) {
            length += weight;
            let word = names::singular(&word);
            if let Ok(i) = words.binary_search(&word) {
                counts[i] += weight;
            }
        }
    };
    add(&tool.name, NAME_WEIGHT);
    add(&tool.origin.service, 1);
    add(&tool.description, 1);
    // The tree of the parameters is built only where a word can be in it.
    let text = tool.parameters.text().to_ascii_lowercase();
    if words.iter().any(|word| text.contains(word.as_str())) {
        for name in tool.parameters.to_value()["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
            add(name, 1);
        }
    }
    (length, counts)
}

/// What a look for one id found.
#[derive(Clone, Debug)]
pub enum Found {
    /// The tool of this id, or the only one of this name.
    Tool(Box<CatalogTool>),
    /// Ids that look alike, best first.
    Near(Vec<String>),
}

/// Looks for the tool with the id (or else the only one with the name) `wanted`; failing that, for `near_max` ids that look like it.
pub fn find(reader: impl Read + Send, name: &str, wanted: &str, near_max: usize) -> Result<Found, LineError> {
    let grams = grams(wanted);
    let best = |tools: Vec<CatalogTool>| {
        let mut exact = Vec::new();
        let mut near: Vec<(u64, String)> = Vec::new();
        for tool in tools {
            near.push((likeness(&grams, &tool, wanted), tool.id.clone()));
            if tool.id == wanted || tool.name == wanted {
                exact.push(tool);
            }
        }
        (exact, top(near, near_max))
    };
    let pieces = store::map(reader, name, best)?;
    let (exact, near): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
    let exact: Vec<CatalogTool> = exact.into_iter().flatten().collect();
    if let Some(tool) = exact.iter().find(|tool| tool.id == wanted).or(exact.first().filter(|_| exact.len() == 1)) {
        return Ok(Found::Tool(Box::new(tool.clone())));
    }
    let near = top(near.into_iter().flatten().collect(), near_max);
    Ok(Found::Near(near.into_iter().filter(|(likeness, _)| *likeness > 0).map(|(_, id)| id).collect()))
}

fn top(mut near: Vec<(u64, String)>, count: usize) -> Vec<(u64, String)> {
    near.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.truncate(count);
    near
}

fn grams(text: &str) -> BTreeSet<[char; 3]> {
    let chars: Vec<char> = format!("/{}/", text.to_lowercase()).chars().collect();
    chars.windows(3).map(|window| [window[0], window[1], window[2]]).collect()
}

/// Shared runs of three characters, against all (Dice), in thousandths; the better of id and name.
fn likeness(wanted: &BTreeSet<[char; 3]>, tool: &CatalogTool, text: &str) -> u64 {
    if tool.name == text {
        return 1001;
    }
    let dice = |other: &str| {
        let other = grams(other);
        let shared = other.intersection(wanted).count() as u64;
        2000 * shared / (other.len() + wanted.len()).max(1) as u64
    };
    let likeness = dice(&tool.id).max(dice(&tool.name));
    if likeness >= 200 { likeness } else { 0 }
}
