//! Seeded rows and arguments of what functions alone tell: lists of keys, what is drawn from them, and records that are empty before.

use super::plan::{Grounds, Holds};
use crate::entity::World;
use crate::seed::{Plan, Row, Rows};
use crate::words::quoted;
use serde_json::{Value, json};
use wardian_format::Rng;

/// Most members of a list of keys.
const MEMBERS_MAX: usize = 3;

/// Fills what functions alone tell of into seeded rows.
pub(crate) fn fill(world: &World, rows: &mut Rows, plan: &Plan) {
    let functions = &world.functions;
    for holds in &functions.holds {
        lists(world, holds, rows, plan);
    }
    for drawn in &functions.drawn {
        let (owner, e) = (&world.entities[drawn.owner], &world.entities[drawn.entity]);
        let owners = rows.get(&owner.table).cloned().unwrap_or_default();
        for row in rows.get_mut(&e.table).into_iter().flatten() {
            let via = &row[&e.columns[drawn.via].name];
            let found = owners.iter().find(|o| o[&owner.columns[owner.own[0]].name] == *via);
            let first = found.map(|o| members(&o[&owner.columns[drawn.list].name])).and_then(|all| all.first().cloned());
            row.insert(e.columns[drawn.column].name.clone(), first.unwrap_or(Value::Null));
        }
    }
    for &(entity, column) in &functions.empty {
        let e = &world.entities[entity];
        for row in rows.get_mut(&e.table).into_iter().flatten() {
            row.insert(e.columns[column].name.clone(), Value::Null);
        }
    }
}

fn lists(world: &World, holds: &Holds, rows: &mut Rows, plan: &Plan) {
    let e = &world.entities[holds.entity];
    let name = e.columns[holds.column].name.clone();
    let keys: Vec<Value> = holds.item.map_or_else(Vec::new, |item| {
        let to = &world.entities[item];
        rows.get(&to.table).into_iter().flatten().map(|r| r[&to.columns[to.own[0]].name].clone()).collect()
    });
    for (n, row) in rows.get_mut(&e.table).into_iter().flatten().enumerate() {
        let mut rng = Rng::of(plan.seed, &["list", &e.table, &name, &n.to_string()]);
        let count = 1 + rng.below(MEMBERS_MAX);
        let mut all: Vec<Value> = Vec::new();
        for k in 0..count {
            let key = if keys.is_empty() { invented(&holds.examples, k, &mut rng) } else { keys[rng.below(keys.len())].clone() };
            if !all.contains(&key) {
                all.push(key);
            }
        }
        row.insert(name.clone(), Value::Array(all));
    }
}

/// A key like the examples: their digits vary.
fn invented(examples: &[String], k: usize, rng: &mut Rng) -> Value {
    let like = examples.get(k % examples.len().max(1)).map_or("key_000000", String::as_str);
    let text: String =
        like.chars().map(|c| if c.is_ascii_digit() { char::from(b'0' + u8::try_from(rng.below(10)).unwrap_or(0)) } else { c }).collect();
    json!(text)
}

fn members(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all.clone(),
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The value of a parameter with these grounds that should make the call on `row` succeed.
pub(crate) fn argument(world: &World, entity: usize, grounds: &Grounds, row: Option<&Row>, rows: &Rows, n: usize) -> Option<Value> {
    let e = &world.entities[entity];
    match grounds {
        Grounds::Text(text) => Some(json!(text)),
        Grounds::Key(target) => {
            let to = &world.entities[*target];
            let all = rows.get(&to.table).filter(|all| !all.is_empty())?;
            Some(all[n % all.len()][&to.columns[to.own[0]].name].clone())
        }
        Grounds::OfList(list) => Some(json!([members(&row?[&e.columns[*list].name]).first()?])),
        Grounds::Instead { list, item, shared } => {
            let first = members(&row?[&e.columns[*list].name]).first()?.clone();
            let to = &world.entities[*item];
            let key = &to.columns[to.own[0]].name;
            let all = rows.get(&to.table)?;
            let old = all.iter().find(|r| r[key] == first)?;
            let alike = |r: &&Row| shared.is_none_or(|c| r[&to.columns[c].name] == old[&to.columns[c].name]);
            Some(json!([all.iter().filter(|r| r[key] != first).find(alike)?[key]]))
        }
        Grounds::OfOwner { owner, list, via, not } => {
            let (o, row) = (&world.entities[*owner], row?);
            let held = rows.get(&o.table)?.iter().find(|r| r[&o.columns[o.own[0]].name] == row[&e.columns[*via].name])?;
            let current = not.map(|c| &row[&e.columns[c].name]);
            members(&held[&o.columns[*list].name]).into_iter().find(|v| Some(v) != current)
        }
    }
}

/// SQL of the keys of the rows that belong to row `t`.
pub(super) fn belongings(world: &World, owner: usize, child: usize, via: usize) -> String {
    let (o, c) = (&world.entities[owner], &world.entities[child]);
    let key = quoted(&c.columns[c.own[0]].name);
    format!(
        "(SELECT jsonb_group_array(n.{key} ORDER BY n.{key}) FROM {} AS n WHERE n.{} = t.{})",
        quoted(&c.table),
        quoted(&c.columns[via].name),
        quoted(&o.columns[o.own[0]].name)
    )
}
