//! Required parameters that identify something.

use super::operation::Operation;
use super::output::{identity, same_thing, unqualified};
use super::path::Path;
use super::{letter, stems};
use crate::lexicon::{Class, Kind};
use serde_json::Value;
use wardian_format::CatalogTool;
use wardian_format::catalog::Place;

/// A parameter that another tool's result can fill.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) parameter: String,
    /// Words of the name without spaces.
    pub(super) plain: String,
    /// What it identifies with; `None` where the name says only what: `{tasklist}`.
    pub(super) kind: Option<Kind>,
    /// What it identifies, most telling first.
    pub(super) entities: Vec<Vec<String>>,
    /// The thing, in the words of a key.
    pub(super) label: String,
    pub(super) letter: char,
    pub(super) slot: Option<Slot>,
    /// The field that the description names, as OData does: `key: id of device`.
    pub(super) field: Option<String>,
    /// Whether the description speaks of a name rather than an id.
    pub(super) says_name: bool,
}

/// A path parameter's place.
#[derive(Debug)]
pub(super) struct Slot {
    /// The path before it.
    pub(super) collection: String,
    /// The same without versions.
    pub(super) timeless: String,
    /// The noun of that path.
    pub(super) noun: Vec<String>,
    /// Whether it holds a whole resource name (`projects/a/clusters/b`), which only `name` gives.
    pub(super) whole: bool,
    /// Whether names, not ids, identify the members of this collection: Azure's resources.
    pub(super) by_name: bool,
    /// Whether the parameter's own words name the same thing as the path.
    pub(super) agrees: bool,
    /// Whether the path names nothing before the thing: it belongs to no other.
    pub(super) top: bool,
}

/// The inputs of a tool, and the things that it is told, as entity and kind: what it returns of these is nothing new.
pub(super) fn inputs(tool: &CatalogTool, operation: &Operation) -> (Vec<Input>, Vec<(Vec<String>, Kind)>) {
    let required: Vec<&str> = tool.parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let covering = operation.path.as_ref().and_then(|path| covering(tool, path, &required));
    let (mut inputs, mut told) = (Vec::new(), Vec::new());
    for (name, schema) in tool.parameters["properties"].as_object().into_iter().flatten() {
        let needed = required.contains(&name.as_str());
        if !needed && matches!(operation.class, Class::Create | Class::List) {
            continue;
        }
        let slot = slot(operation, name, covering.filter(|(covering, _)| covering == name));
        let chosen = operation.last_is_chosen
            && slot.as_ref().is_some_and(|(end, _)| operation.path.as_ref().is_some_and(|path| end + 1 == path.len()));
        let Some(input) = input(tool, operation, name, schema, slot.map(|(_, slot)| slot)) else { continue };
        let kind = input.kind.unwrap_or(Kind::Id);
        told.extend(input.entities.iter().map(|entity| (entity.clone(), kind)));
        if needed && !chosen && !is_new(&input, operation) {
            inputs.push(input);
        }
    }
    // Where an id or an ARN says which, a name beside it is a value.
    let has_id = |entity: &[String], inputs: &[Input]| {
        inputs
            .iter()
            .any(|other| matches!(other.kind, Some(Kind::Id | Kind::Arn)) && other.entities.iter().any(|of| same_thing(of, entity)))
    };
    let value: Vec<bool> = inputs
        .iter()
        .map(|input| input.kind == Some(Kind::Name) && input.slot.is_none() && input.entities.iter().any(|entity| has_id(entity, &inputs)))
        .collect();
    let mut value = value.into_iter();
    inputs.retain(|_| !value.next().unwrap_or_default());
    (inputs, told)
}

/// Whether the caller makes the value up: the id or name of the thing that the tool creates, names in bodies.
fn is_new(input: &Input, operation: &Operation) -> bool {
    if input.slot.is_some() {
        return false;
    }
    let own = input.entities.iter().any(|entity| same_thing(entity, &operation.noun));
    let body = operation.path.is_some() && operation.class != Class::List && operation.class != Class::Get;
    (operation.class == Class::Create && own)
        || (body && matches!(input.kind, Some(Kind::Name | Kind::Slug | Kind::Number | Kind::Url | Kind::Key)))
}

fn input(tool: &CatalogTool, operation: &Operation, name: &str, schema: &Value, slot: Option<Slot>) -> Option<Input> {
    let parts = stems(name);
    // A login alone is a user's.
    let parts = if matches!(parts.as_slice(), [one] if one == "login" || one == "username") {
        vec!["user".to_owned(), "name".to_owned()]
    } else {
        parts
    };
    let (entity, kind) = identity(&parts);
    let mut slot = slot;
    let silent = entity.is_empty() || entity == ["parent"] || slot.as_ref().is_some_and(|slot| slot.whole);
    let described = schema["description"].as_str().unwrap_or_default().to_lowercase();
    if let Some(slot) = &mut slot {
        slot.agrees = silent || same_thing(entity, &slot.noun);
    }
    let entities = match (&slot, kind) {
        (Some(slot), _) => placed_entities(operation, name, slot, entity, silent)?,
        (None, Some(_)) => free_entities(operation, entity)?,
        (None, None) => return None,
    };
    let entities = each_once(entities);
    let field = described.strip_prefix("key: ").and_then(|rest| rest.split_once(" of ")).map(|(name, _)| name.to_owned());
    let field = field.or_else(|| described.contains("relative path").then(|| "path".to_owned()));
    let label = match (&slot, entities.first()) {
        (Some(slot), _) if silent && !slot.noun.is_empty() => slot.noun.join(" "),
        (Some(_), _) if !silent => entity.join(" "),
        (_, Some(first)) => first.join(" "),
        _ => parts.concat(),
    };
    let placed = slot.is_some() || !located(tool, name, Place::Header);
    let says_name = described.contains("name") && !described.contains(" id ") && !described.contains("identifier");
    placed.then(|| Input {
        parameter: name.to_owned(),
        plain: parts.concat(),
        kind,
        entities,
        label,
        letter: letter(schema),
        slot,
        field,
        says_name,
    })
}

/// What a parameter with a place in the path may identify, most telling first.
fn placed_entities(operation: &Operation, name: &str, slot: &Slot, entity: &[String], silent: bool) -> Option<Vec<Vec<String>>> {
    let mut entities = Vec::new();
    if slot.agrees {
        let path = operation.path.as_ref()?;
        let end = path.place(name).unwrap_or(path.len());
        if let (Some(noun), Some(before)) = path.nouns(end)
            && noun == slot.noun
        {
            entities.push([before, noun].concat());
        }
    }
    if !silent {
        entities.push(entity.to_vec());
    }
    if slot.agrees && !slot.noun.is_empty() {
        entities.push(slot.noun.clone());
    }
    Some(entities)
}

/// What a parameter elsewhere may identify, most telling first; `None` where its bare name says nothing.
fn free_entities(operation: &Operation, entity: &[String]) -> Option<Vec<Vec<String>>> {
    if entity.is_empty() {
        let creates = operation.path.is_some() && operation.class == Class::Create;
        return (!creates).then(|| vec![operation.noun.clone()]);
    }
    let whole = operation.noun.ends_with(entity).then(|| operation.noun.clone());
    Some(whole.into_iter().chain([entity.to_vec()]).collect())
}

/// The entities, and the last without a word that says which of several; each once, none empty.
fn each_once(mut entities: Vec<Vec<String>>) -> Vec<Vec<String>> {
    if let Some(rest) = entities.last().and_then(|entity| unqualified(entity)) {
        let rest = rest.to_vec();
        entities.push(rest);
    }
    let mut out: Vec<Vec<String>> = Vec::new();
    for entity in entities {
        if !entity.is_empty() && !out.contains(&entity) {
            out.push(entity);
        }
    }
    out
}

fn located(tool: &CatalogTool, name: &str, place: Place) -> bool {
    tool.origin.locations.iter().any(|location| location.name == name && location.place == place)
}

/// The place of a path parameter, with its index.
fn slot(operation: &Operation, name: &str, covering: Option<(&str, usize)>) -> Option<(usize, Slot)> {
    let path = operation.path.as_ref()?;
    let end = covering.map(|(_, end)| end).or_else(|| path.place(name))?;
    let noun = path.segment_before(end).map(<[String]>::to_vec).unwrap_or_default();
    let by_name = path.namespace().is_some();
    let top = path.nouns(end).1.is_none();
    let named = identity(&stems(name)).1 == Some(Kind::Id);
    let whole = covering.is_some() && !named;
    Some((end, Slot { collection: path.key(end), timeless: path.timeless(end), noun, whole, by_name, agrees: true, top }))
}

/// The parameter that stands for several placeholders at once, as Google's `name` and `parent` do, with the index of the last.
fn covering<'a>(tool: &CatalogTool, path: &Path, required: &[&'a str]) -> Option<(&'a str, usize)> {
    let properties = &tool.parameters["properties"];
    let (end, place) = path.places().rfind(|(_, place)| properties.get(place).is_none())?;
    let free = |name: &&str| path.place(name).is_none() && letter(&properties[*name]) == 's';
    let stem = |name: &str| stems(name).into_iter().filter(|word| word != "id").collect::<String>();
    let candidates: Vec<&str> = required.iter().copied().filter(free).collect();
    let plain = candidates.iter().find(|name| matches!(**name, "name" | "parent" | "resource" | "resourceName" | "parentName"));
    let named = || candidates.iter().find(|name| stem(name) == stem(place) || located(tool, name, Place::Path));
    plain.or_else(named).map(|name| (*name, end))
}
