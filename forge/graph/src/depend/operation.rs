//! What a tool does, and to what.

use super::path::{Path, verb_of};
use crate::lexicon::{Class, class_of, is_small, is_verb};
use crate::title::noun;
use serde_json::Value;
use wardian_format::CatalogTool;
use wardian_format::names::words;

/// Names of this length may have lost their end.
const NAME_CHARS_WHOLE: usize = 60;

/// A tool's deed and its object.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) class: Class,
    /// The verb of its name, if it has one.
    pub(super) verb: Option<String>,
    /// Words of the thing, singular.
    pub(super) noun: Vec<String>,
    /// The thing and what it belongs to: `issue comment`.
    pub(super) qualified: Option<Vec<String>>,
    /// The thing in the words of the tool's name, where these start with a verb.
    pub(super) alias: Option<Vec<String>>,
    pub(super) path: Option<Path>,
    /// Whether the caller chooses the last name of the path (`PUT …/accounts/{accountName}` that creates).
    pub(super) last_is_chosen: bool,
}

pub(super) fn operation(tool: &CatalogTool) -> Operation {
    let path = tool.origin.path.as_deref().map(Path::parse).filter(|path| path.len() > 0);
    let verb = name_verb(&tool.name);
    let Some(path) = path else {
        let class = verb.as_deref().and_then(class_of).unwrap_or(match tool.origin.method.as_deref() {
            Some("GET") => Class::Get,
            Some("DELETE") => Class::Delete,
            _ => Class::Change,
        });
        let class = if class == Class::Get && gives_several(tool) { Class::List } else { class };
        return Operation { class, verb, noun: noun(&tool.name), qualified: None, alias: None, path: None, last_is_chosen: false };
    };
    let class = class_of_path(tool, &path, verb.as_deref());
    let (own, before) = path.nouns(path.len());
    let clear = tool.name.len() < NAME_CHARS_WHOLE && words(&tool.name).first().is_some_and(|word| is_verb(word));
    let alias = Some(noun(&tool.name)).filter(|alias| clear && !alias.is_empty());
    // `/user/starred` lists what the tool's name says, not users.
    let own =
        own.filter(|_| alias.is_none() || !(path.cut || path.ends_in_verb())).or_else(|| alias.clone()).unwrap_or_else(|| noun(&tool.name));
    let alias = alias.filter(|alias| *alias != own);
    let qualified = before.filter(|before| !own.starts_with(before)).map(|before| [before, own.clone()].concat());
    let put = tool.origin.method.as_deref() == Some("PUT") && path.is_item();
    Operation { class, verb, noun: own, qualified, alias, last_is_chosen: put && class == Class::Create, path: Some(path) }
}

fn class_of_path(tool: &CatalogTool, path: &Path, verb: Option<&str>) -> Class {
    let named = verb.and_then(class_of);
    let segment = path.custom.as_deref().or_else(|| path.last_fixed()).and_then(verb_of);
    let acted = segment.as_deref().and_then(class_of);
    match tool.origin.method.as_deref() {
        Some("GET") if named == Some(Class::List) || (!path.is_item() && gives_several(tool)) => Class::List,
        Some("GET") => Class::Get,
        Some("DELETE") => Class::Delete,
        Some("PUT") if named == Some(Class::Create) => Class::Create,
        Some("POST") => match (acted, named) {
            // `POST /apps/{id}/publish` acts on the app.
            (Some(Class::Create), _) if path.acts() => Class::Change,
            // `POST /orders/search`, `POST /orders/{id}/cancel`, `POST …:undelete`.
            (Some(Class::Create), _) if path.custom.is_none() => Class::Create,
            (Some(Class::List | Class::Get), _) if gives_several(tool) => Class::List,
            (Some(Class::Get), _) => Class::Get,
            (Some(Class::Delete), _) => Class::Delete,
            (Some(_), _) => Class::Change,
            _ if path.custom.is_some() || path.is_item() => Class::Change,
            (None, Some(Class::List)) => Class::List,
            (None, Some(Class::Get)) => {
                if gives_several(tool) {
                    Class::List
                } else {
                    Class::Get
                }
            }
            (None, Some(Class::Delete)) => Class::Delete,
            (None, Some(Class::Create)) => Class::Create,
            (None, Some(Class::Change)) => Class::Change,
            (None, None) => {
                let plural = path.last_fixed().is_some_and(|text| wardian_format::names::singular(text) != text);
                if plural { Class::Create } else { Class::Change }
            }
        },
        _ => Class::Change,
    }
}

/// Whether the result is a list, or an envelope that holds one.
fn gives_several(tool: &CatalogTool) -> bool {
    let objects =
        |schema: &Value| schema.get("items").is_some_and(|items| items.get("properties").is_some() || items.get("title").is_some());
    let Some(returns) = &tool.returns else { return false };
    if returns.get("items").is_some() {
        return true;
    }
    let mut members = returns["properties"].as_object().into_iter().flatten();
    members.any(|(name, member)| {
        let inner = member["properties"].as_object();
        let wrapped = super::stems(name).iter().all(|word| crate::lexicon::is_wrapper(word));
        objects(member) || (wrapped && inner.is_some_and(|inner| inner.values().any(objects)))
    })
}

/// The verb of a name: its first word, or the first of its last part (`Accounts_CreateOrUpdate`), or its last word (`trackers_create`).
fn name_verb(name: &str) -> Option<String> {
    let parts = words(name);
    let first = parts.first()?;
    if is_verb(first) {
        return Some(first.clone());
    }
    if name.len() >= NAME_CHARS_WHOLE {
        return None;
    }
    let tail = words(name.rsplit(['_', '.', '-']).next().unwrap_or(name));
    let tail_verb = tail.first().filter(|word| is_verb(word)).cloned();
    tail_verb.or_else(|| parts.iter().rev().find(|word| is_verb(word) && !is_small(word) && is_plain(word)).cloned())
}

/// Verbs that are hardly ever nouns.
fn is_plain(word: &str) -> bool {
    matches!(
        word,
        "create" | "delete" | "describe" | "fetch" | "find" | "get" | "insert" | "list" | "remove" | "retrieve" | "search" | "update"
    )
}
