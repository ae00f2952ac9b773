//! Arguments that make a call succeed: rows first, then for each value where a person or an agent has it from.

use crate::needs::{Need, Shape, kind, shape};
use crate::rows::{self, Cells, Instance, from_json};
use crate::step::{Leaf, Purpose, Source, Stop};
use crate::values::{Wish, invent};
use crate::walk::Walk;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_env::EnvError;
use wardian_format::SqlValue;
use wardian_format::pack::{ParamRef, RefKind, ToolSpec};
use wardian_format::task::argument_mut;

/// Read tools tried to find one value.
const PRODUCERS_MAX: usize = 3;

/// What the arguments should agree with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    /// A parameter that must have this value.
    pub(crate) forced: Option<(String, Value)>,
    /// Cells around the thing that is looked up.
    pub(crate) cells: BTreeMap<(String, String), SqlValue>,
    /// How many look-ups may be nested below this call.
    pub(crate) depth: usize,
}

/// Arguments and the origin of each value.
#[derive(Clone, Debug)]
pub(crate) struct Grounded {
    pub(crate) arguments: Value,
    pub(crate) leaves: Vec<Leaf>,
}

/// The rows chosen for the references of a call.
struct Chosen {
    instances: Vec<Instance>,
    /// Need → (instance, column).
    slots: BTreeMap<usize, (usize, String)>,
    rows: Vec<Cells>,
}

/// Finds arguments for `tool`. Look-ups that this takes are executed and appended to the walk.
pub(crate) fn ground(walk: &mut Walk<'_>, tool: &ToolSpec, hints: &Hints) -> Result<Grounded, Stop> {
    let Shape { template, needs } = shape(tool, hints.forced.as_ref().map(|(path, _)| path.as_str()), &mut walk.rng);
    let chosen = choose_rows(walk, tool, &needs, hints)?;
    let mut arguments = template;
    let mut leaves = Vec::new();
    for (index, need) in needs.iter().enumerate() {
        let slot = chosen.slots.get(&index);
        let no_value = || Stop::miss("no_value", format!("no plausible value for `{}` of `{}`", need.path, tool.name));
        let mut reference = need.reference.clone();
        let (value, source) = match slot {
            None if is_search(need) => {
                let (value, column) = search_text(walk, tool, hints)?.ok_or_else(no_value)?;
                reference = Some(ParamRef { param: need.path.clone(), ..column });
                (value, Source::Known)
            }
            Some((instance, column)) => {
                let cell = &chosen.rows[*instance][column];
                let value = rows::to_json(cell, &need.schema).ok_or_else(no_value)?;
                let source =
                    origin(walk, tool, (need, cell, &value), (&chosen.instances[*instance].table, &chosen.rows[*instance]), hints)?;
                (value, source)
            }
            None => (plain(walk, need, &chosen, hints)?.ok_or_else(no_value)?, Source::Known),
        };
        if let Some(place) = argument_mut(&mut arguments, &need.path) {
            *place = value.clone();
        }
        leaves.push(Leaf { path: need.path.clone(), value, reference, source });
    }
    Ok(Grounded { leaves: merge_lists(&arguments, leaves), arguments })
}

/// Lists whose elements the user knows all become one value: nobody spells them one by one.
fn merge_lists(arguments: &Value, leaves: Vec<Leaf>) -> Vec<Leaf> {
    let list_of = |path: &str| path.rsplit_once('.').filter(|(_, last)| last.parse::<usize>().is_ok()).map(|(list, _)| list.to_owned());
    let mixed: BTreeSet<String> = leaves.iter().filter(|l| l.source != Source::Known).filter_map(|l| list_of(&l.path)).collect();
    let mut out: Vec<Leaf> = Vec::new();
    for leaf in leaves {
        let list = list_of(&leaf.path).filter(|list| !mixed.contains(list));
        let whole = list.and_then(|list| Some((wardian_format::task::argument(arguments, &list)?.clone(), list)));
        match whole {
            None => out.push(leaf),
            Some((_, list)) if out.iter().any(|l| l.path == list) => {}
            Some((value, list)) => out.push(Leaf { path: list, value, ..leaf }),
        }
    }
    out
}

fn choose_rows(walk: &mut Walk<'_>, tool: &ToolSpec, needs: &[Need], hints: &Hints) -> Result<Chosen, Stop> {
    let (mut instances, slots) = instances(needs);
    for (index, (instance, column)) in &slots {
        let reference = needs[*index].reference.as_ref().expect("a slot has a reference");
        let forced = hints.forced.as_ref().filter(|(path, _)| *path == crate::needs::without_indexes(&needs[*index].path));
        let hinted = hints.cells.get(&(reference.table.clone(), column.clone())).cloned();
        if let Some(value) = forced.and_then(|(_, value)| from_json(value)).or(hinted) {
            instances[*instance].anchors.push((column.clone(), value));
        }
    }
    let mut rows = vec![Cells::new(); instances.len()];
    for group in rows::components(walk.domain, &instances) {
        let members: Vec<Instance> = group.iter().map(|i| instances[*i].clone()).collect();
        let found = fitting(walk, members)?;
        let picked = walk.rng.pick(&found).cloned();
        let picked = picked.ok_or_else(|| Stop::miss("no_rows", format!("no rows for the references of `{}`", tool.name)))?;
        for (instance, cells) in group.into_iter().zip(picked) {
            rows[instance] = cells;
        }
    }
    Ok(Chosen { instances, slots, rows })
}

/// Combinations of rows for `members`, about what the walk speaks of already if that is possible.
fn fitting(walk: &mut Walk<'_>, members: Vec<Instance>) -> Result<Vec<Vec<Cells>>, EnvError> {
    let anchored = members.iter().any(|m| !m.anchors.is_empty());
    if !anchored && walk.rng.chance(85) {
        let topics: Vec<(usize, String, SqlValue)> = members.iter().enumerate().flat_map(|(i, m)| topics(walk, i, m)).collect();
        if let Some((member, column, value)) = walk.rng.pick(&topics).cloned() {
            let mut members = members.clone();
            members[member].anchors.push((column, value));
            let found = rows::combinations(walk.domain, &mut walk.env, &members)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    rows::combinations(walk.domain, &mut walk.env, &members)
}

/// Values that earlier calls showed or used for the columns of `member`.
fn topics(walk: &Walk<'_>, index: usize, member: &Instance) -> Vec<(usize, String, SqlValue)> {
    let used = walk.steps.iter().flat_map(|step| &step.leaves).filter_map(|leaf| leaf.key().map(|key| (key, &leaf.value)));
    let shown = walk.available.iter().map(|a| ((a.table.as_str(), a.column.as_str()), &a.value));
    let fits = |((table, column), value): ((&str, &str), &Value)| {
        let wanted = table == member.table && member.wanted.iter().any(|w| w == column);
        if wanted { Some((index, column.to_owned(), from_json(value)?)) } else { None }
    };
    used.chain(shown).filter_map(fits).collect()
}

/// One instance per use of a table; a second use of the same column takes another row.
fn instances(needs: &[Need]) -> (Vec<Instance>, BTreeMap<usize, (usize, String)>) {
    let mut instances: Vec<Instance> = Vec::new();
    let mut slots = BTreeMap::new();
    for (index, need) in needs.iter().enumerate() {
        let Some(r) = need.reference.as_ref().filter(|r| r.kind == RefKind::Existing) else { continue };
        let free = instances.iter().position(|i| i.table == r.table && !i.wanted.contains(&r.column));
        let at = free.unwrap_or(instances.len());
        if at == instances.len() {
            instances.push(Instance { table: r.table.clone(), anchors: Vec::new(), wanted: Vec::new() });
        }
        instances[at].wanted.push(r.column.clone());
        slots.insert(index, (at, r.column.clone()));
    }
    (instances, slots)
}

/// Where an agent has an existing value from.
fn origin(
    walk: &mut Walk<'_>,
    tool: &ToolSpec,
    (need, cell, value): (&Need, &SqlValue, &Value),
    (table, row): (&str, &Cells),
    hints: &Hints,
) -> Result<Source, Stop> {
    let reference = need.reference.as_ref().expect("an existing value has a reference");
    let key = (reference.table.as_str(), reference.column.as_str());
    let known = |leaf: &Leaf| leaf.source == Source::Known && leaf.key() == Some(key) && leaf.value == *value;
    if walk.steps.iter().flat_map(|step| &step.leaves).any(known) {
        return Ok(Source::Known);
    }
    let same =
        |a: &&crate::step::Available| (a.table.as_str(), a.column.as_str()) == key && rows::shows(&a.value, cell) && a.value == *value;
    if let Some(a) = walk.available.iter().rev().find(same) {
        return Ok(Source::Result { call: a.call, pointer: a.pointer.clone() });
    }
    let opaque = crate::facts::is_opaque(value);
    let looks_up = opaque || (is_id(&reference.column) && walk.rng.chance(60));
    if looks_up && hints.depth > 0 {
        let cells = rows::neighbourhood(walk.domain, &mut walk.env, table, row)?;
        if let Some(source) = look_up(walk, tool, key, (cell, value), cells, hints.depth - 1)? {
            return Ok(source);
        }
    }
    Ok(Source::Known)
}

fn is_id(column: &str) -> bool {
    column == "id" || column.ends_with("_id") || column.ends_with("Id")
}

/// Finds a read call whose result shows `cell`, and appends it to the walk.
fn look_up(
    walk: &mut Walk<'_>,
    consumer: &ToolSpec,
    (table, column): (&str, &str),
    (cell, value): (&SqlValue, &Value),
    cells: BTreeMap<(String, String), SqlValue>,
    depth: usize,
) -> Result<Option<Source>, Stop> {
    let mut producers = walk.domain.producers(table, column);
    producers.retain(|tool| tool.name != consumer.name);
    walk.rng.shuffle(&mut producers);
    for producer in producers.into_iter().take(PRODUCERS_MAX) {
        let mark = walk.mark();
        let needs_it = crate::domain::existing(producer).any(|r| r.table == table && r.column == column);
        if needs_it || walk.is_full() {
            continue;
        }
        let hints = Hints { forced: None, cells: cells.clone(), depth };
        let made = ground(walk, producer, &hints).and_then(|grounded| walk.execute(producer, grounded, Purpose::LookUp));
        match made {
            Ok(()) => {
                let call = walk.steps.len() - 1;
                let shown = |a: &&crate::step::Available| {
                    a.call == call && a.table == table && a.column == column && rows::shows(&a.value, cell) && a.value == *value
                };
                if let Some(found) = walk.available.iter().find(shown) {
                    return Ok(Some(Source::Result { call, pointer: found.pointer.clone() }));
                }
            }
            Err(Stop::Miss(_)) => {}
            Err(stop) => return Err(stop),
        }
        walk.back_to(mark);
    }
    Ok(None)
}

/// A value that is not a reference.
fn plain(walk: &mut Walk<'_>, need: &Need, chosen: &Chosen, hints: &Hints) -> Result<Option<Value>, Stop> {
    let reference = need.reference.as_ref();
    let hinted = reference.and_then(|r| hints.cells.get(&(r.table.clone(), r.column.clone())));
    if let Some(value) = hinted.and_then(|cell| rows::to_json(cell, &need.schema)) {
        return Ok(Some(value));
    }
    let (samples, rows) = match reference {
        Some(r) => walk.column(&r.table, &r.column)?,
        None => (Vec::new(), 0),
    };
    let row = reference.and_then(|r| chosen.instances.iter().position(|i| i.table == r.table).map(|i| (i, r)));
    let current = row.and_then(|(i, r)| chosen.rows[i].get(&r.column));
    let generic = crate::needs::without_indexes(&need.path);
    let wish = Wish {
        name: generic.rsplit('.').next().unwrap_or(&generic),
        schema: &need.schema,
        samples: &samples,
        rows,
        current: current.filter(|c| **c != SqlValue::Null),
        new: reference.is_some_and(|r| r.kind == RefKind::New),
        now: &walk.domain.pack.manifest().now,
    };
    if kind(&need.schema) == "any" && samples.is_empty() && need.schema.get("enum").is_none() && reference.is_none() {
        return Ok(None);
    }
    Ok(invent(&wish, &mut walk.rng))
}

fn is_search(need: &Need) -> bool {
    need.reference.is_none() && crate::needs::is_search(&need.path) && need.schema.get("enum").is_none()
}

/// Words that a search for something `tool` finds would use: the name of a thing that is there, and its column.
fn search_text(walk: &mut Walk<'_>, tool: &ToolSpec, hints: &Hints) -> Result<Option<(Value, ParamRef)>, Stop> {
    let tables: BTreeSet<&str> = tool.yields.iter().map(|y| y.table.as_str()).collect();
    for table in tables {
        let has = |name: &str| walk.domain.table(table).is_some_and(|t| t.columns.iter().any(|c| c.name == name));
        let Some(naming) = crate::facts::NAMING.iter().find(|name| has(name)).copied() else { continue };
        let cell = match hints.cells.get(&(table.to_owned(), naming.to_owned())) {
            Some(cell) => Some(cell.clone()),
            None => {
                let (samples, _) = walk.column(table, naming)?;
                walk.rng.pick(&samples).cloned()
            }
        };
        if let Some(SqlValue::Text(text)) = cell {
            let column = ParamRef { param: String::new(), kind: RefKind::Value, table: table.to_owned(), column: naming.to_owned() };
            return Ok(Some((Value::from(text), column)));
        }
    }
    Ok(None)
}
