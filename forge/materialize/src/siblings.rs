//! Tools outside of a domain that explain the ones inside: those that show or make the same things, or the things these belong to.

use crate::called;
use crate::dotted;
use crate::entity::api_of;
use crate::sketch::{groups_of, path_of};
use crate::words::{flat, plural, singular, words};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use wardian_format::CatalogTool;

/// Most siblings taken from one place of an API.
const PLACE_MAX: usize = 24;
/// Most siblings of a domain.
const SIBLINGS_MAX: usize = 600;

/// Finds siblings in a catalogue.
#[derive(Debug, Default)]
pub struct Siblings {
    /// Indices of tools by API and place, or by API and noun.
    places: FxHashMap<(String, String), Vec<usize>>,
}

impl Siblings {
    /// Looks at all tools of a catalogue once.
    pub fn new(tools: &[CatalogTool]) -> Self {
        let mut siblings = Self::default();
        tools.iter().enumerate().for_each(|(i, tool)| siblings.add(i, tool));
        siblings
    }

    /// Looks at one more tool; the indices must ascend. For catalogues that are not held in memory.
    pub fn add(&mut self, index: usize, tool: &CatalogTool) {
        for place in homes(tool) {
            self.places.entry((api_of(tool), place)).or_default().push(index);
        }
    }

    /// Indices of the tools of the catalogue that explain `mine`, sorted. Some may be `mine` themselves.
    pub fn of(&self, mine: &[&CatalogTool]) -> Vec<usize> {
        let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
        for tool in mine {
            let api = api_of(tool);
            wanted.extend(chain(tool).into_iter().map(|place| (api.clone(), place)));
        }
        let found: BTreeSet<usize> =
            wanted.iter().filter_map(|key| self.places.get(key)).flat_map(|tools| tools.iter().take(PLACE_MAX).copied()).collect();
        found.into_iter().take(SIBLINGS_MAX).collect()
    }
}

/// The places at which a tool says what lives there.
fn homes(tool: &CatalogTool) -> Vec<String> {
    if let Some(place) = dotted::place_of(tool) {
        return vec![place.join("/")];
    }
    match path(tool) {
        Some(path) => vec![path_of(&groups_of(path).0)],
        None => noun(tool).into_iter().collect(),
    }
}

/// The places that a tool addresses: its own, and the ones that it goes through.
fn chain(tool: &CatalogTool) -> Vec<String> {
    if let Some(place) = dotted::place_of(tool) {
        return (1..=place.len()).map(|depth| place[..depth].join("/")).collect();
    }
    let Some(path) = path(tool) else {
        let required = tool.parameters["required"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
        let keys = required.filter_map(stem);
        return noun(tool).into_iter().chain(keys).collect();
    };
    let (groups, _) = groups_of(path);
    let mut places: Vec<String> = (1..=groups.len()).map(|depth| path_of(&groups[..depth])).collect();
    // `issues/lock` and `issues/{n}/lock` are about issues.
    places.extend(places.last().and_then(|place| place.rsplit_once('/')).map(|(before, _)| before.to_owned()));
    // `POST tasks/{id}/addTag` adds to what `tasks/{id}/tags` shows.
    let said =
        groups.last().map(|g| words(&g.literal)).filter(|w| w.len() > 1 && ["add", "remove", "attach", "detach"].contains(&w[0].as_str()));
    if let (Some(said), Some(before)) = (said, places.last().and_then(|p| p.rsplit_once('/')).map(|(b, _)| b.to_owned())) {
        let many = plural(&singular(&said[1..].join(" ")));
        let spelled = [many.replace(' ', "_"), many.replace(' ', "-")];
        places.extend(spelled.iter().map(|word| format!("{before}/{word}")));
        places.extend(spelled);
    }
    // `cards/{id}/board` shows one of the `boards`.
    let door = groups.last().filter(|g| groups.len() > 1 && g.params.is_empty() && !g.literal.contains('/'));
    places.extend(door.and_then(|g| words(&g.literal).into_iter().next()).map(|word| plural(&singular(&word))));
    places
}

fn path(tool: &CatalogTool) -> Option<&str> {
    called::path_of(tool).filter(|path| called::action_of(path).is_none())
}

/// What a tool is about by its name, in the plural: the words after the first.
fn noun(tool: &CatalogTool) -> Option<String> {
    let all = words(&tool.name);
    let end = all.iter().skip(2).position(|word| matches!(word.as_str(), "by" | "for" | "with" | "from" | "to" | "in" | "on"));
    let rest = all.get(1..end.map_or(all.len(), |at| at + 2))?;
    (!rest.is_empty()).then(|| plural(&singular(&rest.join(" "))))
}

/// What a key parameter identifies: `QueueUrl` → `queues`.
fn stem(name: &str) -> Option<String> {
    let mut all = words(name);
    let is_key = all.len() > 1 && matches!(flat(all.last()?).as_str(), "id" | "arn" | "url" | "name" | "identifier" | "key" | "handle");
    all.pop();
    is_key.then(|| plural(&singular(&all.join(" "))))
}
