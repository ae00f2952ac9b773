//! What identifies an entity: its own key, the keys of the chain above it, and its parent.

use crate::columns::{Candidate, Column, Role, column_of, free_name, plain};
use crate::entity::{Entity, Step, World, parent_place};
use crate::schema::{Kind, Side, description_of, kind_of, resolve};
use crate::sketch::{Sketch, Verb};
use crate::words::{self, flat};
use indexmap::IndexMap;
use serde_json::json;
use wardian_format::{CatalogTool, names};

/// Adds the columns of the own key.
pub(crate) fn own_columns(
    tools: &[CatalogTool],
    steps: &[Step],
    sketches: &[&Sketch],
    entity: &mut Entity,
    candidates: &mut IndexMap<String, Candidate>,
) {
    let last = steps.len() - 1;
    let params = steps[last].params.clone();
    for param in &params {
        let schema = sketches
            .iter()
            .find_map(|s| tools[s.tool].parameters["properties"].get(param))
            .cloned()
            .unwrap_or_else(|| json!({"type": "string"}));
        let kind = match kind_of(&resolve(&schema, Side::Input)) {
            Kind::Integer => Kind::Integer,
            _ => Kind::Text,
        };
        let found = key_field(param, kind, &entity.noun, candidates);
        // Paths are text, so many descriptions call an integer id a string there; what documents show decides.
        let number = || key_field(param, Kind::Integer, &entity.noun, candidates).filter(|f| f.ends_with("id"));
        let is_number = found.is_none() && kind == Kind::Text && flat(param).ends_with("id");
        let (found, kind) = match is_number.then(number).flatten() {
            Some(field) => (Some(field), Kind::Integer),
            None => (found, kind),
        };
        let column = match found.and_then(|f| candidates.shift_remove(&f)) {
            Some(c) => {
                let mut column = column_of(&c, &entity.noun).unwrap_or_else(|| plain(&names::snake(&c.field), &c.field, kind, Role::Own));
                column.kind = kind;
                column.role = Role::Own;
                column.nullable = false;
                column.values.clear();
                column.inputs.push(flat(param));
                column
            }
            None => {
                let mut column = plain(&names::snake(param), param, kind, Role::Own);
                column.shown = entity.implicit;
                column.description = description_of(&schema);
                column.values = crate::schema::values_of(&resolve(&schema, Side::Input));
                column.inputs.push(flat(param));
                column
            }
        };
        push_own(entity, last, column);
    }
    let singleton =
        sketches.iter().any(|s| matches!(s.verb, Verb::Get | Verb::Replace | Verb::Delete) && !s.on_item() && s.aspect.is_none())
            && !sketches.iter().any(|s| s.verb == Verb::List);
    if params.is_empty() && !singleton {
        let natural = natural_key(&entity.noun, candidates);
        let column = match natural.and_then(|f| candidates.shift_remove(&f)) {
            Some(c) => {
                let mut column =
                    column_of(&c, &entity.noun).unwrap_or_else(|| plain(&names::snake(&c.field), &c.field, Kind::Text, Role::Own));
                column.role = Role::Own;
                column.nullable = false;
                column
            }
            None => {
                let mut column = plain("id", "id", Kind::Text, Role::Own);
                column.shown = false;
                column
            }
        };
        push_own(entity, last, column);
    }
}

/// Finds keys that documents show inside of another member: the `{name}` of a pod is its `metadata.name`. The columns from `first` on are the
/// entity's own.
pub(crate) fn nest(entity: &mut Entity, first: usize, candidates: &IndexMap<String, Candidate>) {
    let hidden = |c: &Column| !c.shown && c.kind == Kind::Text;
    let holder = candidates.values().find(|c| {
        let known = |s: &serde_json::Value| {
            let s = resolve(s, Side::Output);
            kind_of(&s) == Kind::Object
                && entity.columns[first..].iter().any(|own| hidden(own) && s["properties"].get(&own.field).is_some())
        };
        matches!(flat(&c.field).as_str(), "metadata" | "meta" | "properties" | "attributes") && c.input.as_ref().is_some_and(known)
    });
    let Some(holder) = holder else { return };
    let schema = holder.input.as_ref().map(|s| resolve(s, Side::Output)).unwrap_or_default();
    for (column, c) in entity.columns.iter().enumerate().filter(|(_, c)| hidden(c)) {
        // The key of a namespace is its `name`, whatever the paths call it.
        let is_own = entity.own.as_slice() == [column] && schema["properties"].get("name").is_some();
        let inner = if is_own { "name" } else { c.field.as_str() };
        if schema["properties"].get(inner).is_some() {
            entity.nested.push(crate::entity::Nested { column, outer: holder.field.clone(), inner: inner.to_owned() });
        }
    }
}

fn push_own(entity: &mut Entity, last: usize, mut column: Column) {
    column.name = free_name(entity, &column.name);
    entity.own.push(entity.columns.len());
    entity.steps[last].1.push(entity.columns.len());
    entity.columns.push(column);
}

/// The member of documents that a key parameter picks: `issue_number` is `number`, `calendarId` is `id`, `repo` is `name`.
fn key_field(param: &str, kind: Kind, noun: &str, candidates: &IndexMap<String, Candidate>) -> Option<String> {
    let fits = |name: &str| {
        let c = candidates.get(name)?;
        let out = c.out.as_ref().map(|s| resolve(s, Side::Output));
        let ok = match out.as_ref().map(kind_of) {
            Some(Kind::Object) => kind == Kind::Text && out.as_ref().is_some_and(|o| o["properties"].get("login").is_some()),
            Some(k) => k == kind || k == Kind::Any,
            None => c.input.as_ref().is_some_and(|s| kind_of(&resolve(s, Side::Input)) == kind),
        };
        ok.then(|| name.to_owned())
    };
    let (p, n) = (flat(param), flat(noun));
    let mut tries = vec![p.clone()];
    let rest = words::words(param).into_iter().filter(|w| !words::words(noun).contains(w)).collect::<String>();
    tries.push(rest.clone());
    tries.push(format!("{n}{p}"));
    let id_like =
        rest.is_empty() || matches!(rest.as_str(), "id" | "identifier" | "uid") || n.starts_with(&p) || p == n || param == "username";
    if id_like || words::words(noun).iter().any(|w| words::words(param).contains(w)) {
        let by_name = !p.ends_with("id");
        let order: &[&str] = if by_name {
            &["login", "slug", "id", "key", "name", "number", "title"]
        } else {
            &["id", "uid", "uuid", "key", "name", "arn", "number", "login"]
        };
        tries.extend(order.iter().map(|s| (*s).to_owned()));
    }
    if words::words(param).last().is_some_and(|w| w == "id") {
        tries.extend(["id".to_owned(), "name".to_owned()]);
    }
    tries.iter().filter(|t| !t.is_empty()).find_map(|t| fits(t))
}

fn natural_key(noun: &str, candidates: &IndexMap<String, Candidate>) -> Option<String> {
    let n = flat(noun);
    let mut tries = vec!["login".to_owned(), format!("{n}id"), "id".to_owned(), format!("{n}arn"), format!("{n}url")];
    tries.extend(["number", "slug", "key", "sha", "name", "email", "version", "arn", "url", "title"].map(str::to_owned));
    let scalar = |c: &Candidate| {
        c.out.as_ref().or(c.input.as_ref()).is_some_and(|s| matches!(kind_of(&resolve(s, Side::Output)), Kind::Text | Kind::Integer))
    };
    tries.into_iter().find(|t| candidates.get(t).is_some_and(scalar))
}

pub(crate) fn key_of(steps: &[Step], sketches: &[&Sketch], entity: &mut Entity) {
    let items: Vec<&&Sketch> = sketches.iter().filter(|s| s.on_item() && s.path() == entity.place).collect();
    let mut key = Vec::new();
    for (i, step) in steps[..steps.len().saturating_sub(1)].iter().enumerate() {
        if step.params.is_empty() || items.iter().all(|s| binds_step(s, i)) {
            key.extend(entity.steps[i].1.iter().copied());
        }
    }
    key.extend(entity.own.iter().copied());
    if key.is_empty() {
        let mut column = plain(&free_name(entity, "id"), "id", Kind::Text, Role::Own);
        column.shown = false;
        entity.own.push(entity.columns.len());
        key.push(entity.columns.len());
        entity.columns.push(column);
    }
    entity.key = key;
}

fn binds_step(s: &Sketch, step: usize) -> bool {
    let mut at = 0;
    s.groups.iter().any(|g| {
        at += g.literal.split('/').count();
        at == step + 1 && !g.params.is_empty()
    })
}

pub(crate) fn parent_of(world: &World, api: &str, steps: &[Step], entity: &Entity) -> Option<(usize, Vec<(usize, usize)>)> {
    let parent = parent_place(world, api, steps)?;
    let p = &world.entities[parent];
    let mut pairs = Vec::new();
    for &key in &p.key {
        let at = p.steps.iter().position(|(_, cs)| cs.contains(&key))?;
        let k = p.steps[at].1.iter().position(|&c| c == key)?;
        let mine = *entity.steps.get(at)?.1.get(k)?;
        pairs.push((mine, key));
    }
    Some((parent, pairs))
}
