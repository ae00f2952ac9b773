//! Tasks that are much the same: what they call, with which values, and what they say.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::Task;
use wardian_format::speech::say;

/// Words of a shingle.
const SHINGLE: usize = 3;

/// The tasks kept so far. Only tasks of the same tools are compared.
#[derive(Default)]
pub(crate) struct Seen {
    by_tools: BTreeMap<Vec<String>, Vec<Traits>>,
}

/// What a task is compared by.
struct Traits {
    number: usize,
    /// Arguments and facts, each with its place.
    values: BTreeSet<String>,
    /// Shingles of what the user says.
    words: BTreeSet<String>,
}

/// An earlier task that is much the same.
pub(crate) struct Alike {
    /// Its number among the tasks kept, from 0.
    pub(crate) number: usize,
    /// How much they share, in percent.
    pub(crate) percent: usize,
}

impl Seen {
    /// Keeps `task` as number `number`, unless an earlier one shares `percent` or more with it.
    pub(crate) fn keep(&mut self, task: &Task, number: usize, percent: u8) -> Result<(), Alike> {
        let traits = Traits::of(task, number);
        let mut tools: Vec<String> = task.gold.iter().map(|call| call.tool.clone()).collect();
        tools.extend(task.forbidden.as_ref().map(|forbidden| format!("not {}", forbidden.tool)));
        tools.sort();
        let earlier = self.by_tools.entry(tools).or_default();
        let likest = earlier.iter().map(|other| Alike { number: other.number, percent: traits.likeness(other) }).max_by_key(|a| a.percent);
        match likest {
            Some(alike) if alike.percent >= usize::from(percent) => Err(alike),
            _ => {
                earlier.push(traits);
                Ok(())
            }
        }
    }
}

impl Traits {
    fn of(task: &Task, number: usize) -> Self {
        let mut values = BTreeSet::new();
        for call in &task.gold {
            leaves(&call.arguments, &call.tool, &mut values);
        }
        if let Some(forbidden) = &task.forbidden {
            leaves(&forbidden.arguments, &forbidden.tool, &mut values);
        }
        values.extend(task.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)));
        let known = task.user.known.iter().map(|known| say(&known.value));
        let said: Vec<String> = task.user.requests.iter().cloned().chain(known).collect();
        let said = said.join(" ").to_lowercase();
        let words: Vec<&str> = said.split_whitespace().collect();
        let words = words.windows(SHINGLE.min(words.len().max(1))).map(|shingle| shingle.join(" ")).collect();
        Self { number, values, words }
    }

    fn likeness(&self, other: &Self) -> usize {
        shared(&self.values, &other.values).max(shared(&self.words, &other.words))
    }
}

/// The Jaccard index of two sets, in percent; 100 for two empty ones.
fn shared(a: &BTreeSet<String>, b: &BTreeSet<String>) -> usize {
    let common = a.intersection(b).count();
    (100 * common).checked_div(a.len() + b.len() - common).unwrap_or(100)
}

fn leaves(value: &Value, place: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, member)| leaves(member, &format!("{place}.{name}"), out)),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, place, out)),
        other => {
            out.insert(format!("{place} = {other}"));
        }
    }
}
