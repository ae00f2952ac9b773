//! Identifying fields of results, and the things that they identify.

use super::operation::Operation;
use super::stems;
use crate::lexicon::{Class, Kind, is_label, is_no_entity, is_qualifier, is_wrapper, kind_of};
use serde_json::{Map, Value};
use wardian_format::CatalogTool;

/// Levels of returned objects that are searched.
const DEPTH_MAX: usize = 3;

/// Members of the largest object that is taken for the state of a job, not for its object.
const JOB_MEMBERS_MAX: usize = 10;

/// A scalar in a result that may identify something.
#[derive(Debug)]
pub(super) struct Field {
    /// Words of the name without spaces.
    pub(super) plain: String,
    /// The thing that the name itself mentions; empty in `id`.
    pub(super) entity: Vec<String>,
    /// What it identifies with, if it does.
    pub(super) kind: Option<Kind>,
    /// The things whose field it is.
    pub(super) owners: Vec<Vec<String>>,
    /// From the root of the result, with dots, through lists.
    pub(super) path: String,
    pub(super) letter: char,
    pub(super) depth: usize,
    /// Whether it belongs to the thing that the tool is about.
    pub(super) item: bool,
    /// Whether it names a running operation rather than its object.
    pub(super) running: bool,
}

impl Field {
    /// Whether the name says nothing but the kind.
    pub(super) fn is_bare(&self) -> bool {
        self.entity.is_empty()
    }
}

/// The fields of a tool's result, nearest to the root first.
pub(super) fn fields(tool: &CatalogTool, operation: &Operation) -> Vec<Field> {
    let Some(returns) = &tool.returns else { return Vec::new() };
    let mut walk = Walk { operation, path: String::new(), out: Vec::new() };
    let several = returns.get("items").is_some();
    let owners = walk.thing();
    walk.object(returns, &Place { owners, item: true, envelope: !several, inner: false, depth: 0 });
    let mut out = walk.out;
    // A login identifies; a name beside it may be a person's.
    out.sort_by_key(|field| (field.depth, !matches!(field.plain.as_str(), "login" | "username")));
    out
}

/// Where an object lies.
struct Place {
    owners: Vec<Vec<String>>,
    item: bool,
    /// Whether the object may be a wrapper around the thing.
    envelope: bool,
    /// Whether one of its members is the thing by name.
    inner: bool,
    depth: usize,
}

struct Walk<'a> {
    operation: &'a Operation,
    path: String,
    out: Vec<Field>,
}

impl Walk<'_> {
    /// Names of the tool's own thing.
    fn thing(&self) -> Vec<Vec<String>> {
        let mut names = vec![self.operation.noun.clone()];
        names.extend(self.operation.qualified.clone());
        names.extend(self.operation.alias.clone());
        names
    }

    fn object(&mut self, schema: &Value, place: &Place) {
        if let Some(items) = schema.get("items") {
            return self.object(items, place);
        }
        let Some(members) = schema["properties"].as_object() else { return };
        let running = is_running(members, &self.operation.noun);
        let mut owners = place.owners.clone();
        if let Some(title) = schema["title"].as_str().filter(|_| !running) {
            let title: Vec<String> = stems(title).into_iter().filter(|word| !is_wrapper(word)).collect();
            if !title.is_empty() && !owners.contains(&title) {
                owners.push(title);
            }
        }
        let main = if place.envelope { self.main(members) } else { None };
        let listing = main.is_some_and(|name| holds_objects(&members[name]) && members[name].get("items").is_some());
        let item = place.item && !(listing && self.operation.class == Class::List);
        // Beside the thing itself no other member is transparent: `{finding: …, resource: …}`.
        let inner = members.iter().any(|(name, member)| holds_objects(member) && stems(name) == self.operation.noun);
        for (name, member) in members {
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            if !holds_objects(member) {
                self.scalar(name, member, &owners, place, item, running);
            } else if !is_aside(name) {
                self.nested(name, member, main == Some(name.as_str()), &Place { owners: owners.clone(), item, inner, ..*place });
            }
            self.path.truncate(length);
        }
    }

    /// The member of an envelope that holds the thing or things.
    fn main<'m>(&self, members: &'m Map<String, Value>) -> Option<&'m str> {
        let inner = || members.iter().filter(|(name, member)| holds_objects(member) && !is_aside(name));
        let named = inner().find(|(name, _)| {
            same_thing(&stems(name), &self.operation.noun) && (!members.contains_key("id") || holds_list(&members[name.as_str()]))
        });
        let wrapped = || inner().find(|(name, _)| stems(name).iter().all(|word| is_wrapper(word)));
        let only = || {
            let mut lists = inner().filter(|(_, member)| member.get("items").is_some());
            lists.next().filter(|_| lists.next().is_none() && self.operation.class == Class::List)
        };
        named.or_else(wrapped).or_else(only).map(|(name, _)| name.as_str())
    }

    fn nested(&mut self, name: &str, member: &Value, main: bool, place: &Place) {
        let parent: Vec<String> = stems(name).into_iter().collect();
        let named = parent == self.operation.noun;
        let transparent = if place.inner { named } else { parent.iter().all(|word| is_wrapper(word)) };
        if main {
            let mut owners = self.thing();
            if !transparent && !owners.contains(&parent) {
                owners.push(parent);
            }
            let envelope = member.get("items").is_none() && place.depth == 0;
            return self.object(member, &Place { owners, item: true, envelope, inner: false, depth: place.depth + usize::from(!envelope) });
        }
        if place.depth + 1 >= DEPTH_MAX {
            return;
        }
        let list = member.get("items").is_some();
        let next = if transparent && !list {
            Place { owners: place.owners.clone(), item: place.item, envelope: false, inner: false, depth: place.depth + 1 }
        } else {
            Place { owners: vec![parent], item: false, envelope: false, inner: false, depth: place.depth + 1 }
        };
        self.object(member, &next);
    }

    fn scalar(&mut self, name: &str, schema: &Value, owners: &[Vec<String>], place: &Place, item: bool, running: bool) {
        let list = schema["type"] == "array" || schema.get("items").is_some();
        let parts = stems(name);
        if parts.is_empty()
            || name.starts_with('@')
            || schema["type"] == "boolean"
            || schema["type"] == "object"
            || (list && place.depth > 0)
        {
            return;
        }
        let (entity, kind) = identity(&parts);
        if kind.is_none() && (!item || list) {
            return;
        }
        let operation = || vec![vec!["operation".to_owned()]];
        self.out.push(Field {
            plain: parts.concat(),
            entity: entity.to_vec(),
            kind,
            owners: if running { operation() } else { owners.to_vec() },
            path: self.path.clone(),
            letter: super::letter(schema),
            depth: place.depth,
            item: item && !running,
            running,
        });
    }
}

/// The thing that a name mentions, and how it identifies it.
pub(super) fn identity(parts: &[String]) -> (&[String], Option<Kind>) {
    let Some((last, entity)) = parts.split_last() else { return (&[], None) };
    // `idBoard` is a board's id.
    if parts[0] == "id" && parts.len() > 1 && kind_of(last).is_none() {
        return (&parts[1..], Some(Kind::Id));
    }
    // The second of a kind: `event-id1`.
    let Some(kind) = kind_of(last.trim_end_matches(|c: char| c.is_ascii_digit())) else { return (parts, None) };
    let denied =
        entity.first().is_some_and(|word| is_no_entity(word)) || (kind == Kind::Name && entity.last().is_some_and(|word| is_label(word)));
    if denied || (entity.is_empty() && !kind.stands_alone()) { (parts, None) } else { (entity, Some(kind)) }
}

/// The entity without a word that says which of several: `source account` is an account.
pub(super) fn unqualified(entity: &[String]) -> Option<&[String]> {
    (entity.len() > 1 && is_qualifier(&entity[0])).then(|| &entity[1..])
}

/// Whether one phrase is the other, or its end.
pub(super) fn same_thing(a: &[String], b: &[String]) -> bool {
    !a.is_empty() && !b.is_empty() && (a.ends_with(b) || b.ends_with(a))
}

fn holds_list(schema: &Value) -> bool {
    schema.get("items").is_some()
}

fn holds_objects(schema: &Value) -> bool {
    schema.get("properties").is_some() || schema.get("items").is_some_and(holds_objects)
}

/// Members that tell about the answer, not about the thing.
fn is_aside(name: &str) -> bool {
    matches!(
        name.trim_start_matches('_').to_ascii_lowercase().as_str(),
        "error"
            | "errors"
            | "fault"
            | "links"
            | "meta"
            | "page"
            | "pagination"
            | "paging"
            | "problems"
            | "responsemetadata"
            | "warning"
            | "warnings"
    )
}

/// Things that run themselves.
fn is_activity(word: &str) -> bool {
    matches!(
        word,
        "backup"
            | "build"
            | "deployment"
            | "event"
            | "execution"
            | "export"
            | "import"
            | "job"
            | "operation"
            | "process"
            | "query"
            | "run"
            | "scan"
            | "session"
            | "task"
            | "test"
            | "workflow"
    )
}

/// Whether an object is a long-running operation, whose name is not that of the thing that it works on.
fn is_running(members: &Map<String, Value>, noun: &[String]) -> bool {
    let has = |name: &str| members.contains_key(name);
    let timed = (has("startTime") && has("endTime")) || has("percentComplete") || has("progress");
    let state = (has("id") || has("operationId")) && has("status") && timed && !has("name") && members.len() <= JOB_MEMBERS_MAX;
    let job = state && !noun.last().is_some_and(|word| is_activity(word));
    let named = (has("done") && (has("response") || has("metadata"))) || (has("operationType") && (has("progress") || has("targetLink")));
    let named = named && noun.last().is_none_or(|word| word != "operation");
    job || (named && has("name"))
}
