//! References between rows: foreign keys, elders of the same kind, members of relations. Each hits some rows far more often than others.

use super::number::skewed;
use super::{Plan, Row, Rows, is_parent};
use crate::columns::{Column, Shape};
use crate::entity::{Entity, Link, LinkColumn, World};
use crate::schema::Kind;
use crate::words::{flat, singular, words};
use rustc_hash::FxHashMap;
use serde_json::Value;
use wardian_format::Rng;

/// Most members of a relation for one row of its near end.
const RELATED_MAX: usize = 3;

/// Most rows of a relation without a near end: what one person starred, follows or blocked.
const OF_ONE_MAX: usize = 500;

/// Most rows among which the parent of a row of the same kind is looked for.
const ELDERS_MAX: usize = 64;

/// Rows by the text of what they have in common with others. Only looked up, never walked through.
type Groups = FxHashMap<String, Vec<usize>>;

fn shared_text<'a>(row: &Row, names: impl Iterator<Item = &'a str>) -> String {
    names.map(|n| row.get(n).map_or_else(String::new, Value::to_string)).collect::<Vec<_>>().join("\u{1f}")
}

fn grouped(rows: &[Row], names: &[&str]) -> Groups {
    let mut out = Groups::default();
    for (i, row) in rows.iter().enumerate() {
        out.entry(shared_text(row, names.iter().copied())).or_default().push(i);
    }
    out
}

/// Fills references between entities, once all rows are there.
pub(super) fn refer(world: &World, i: usize, entities: &[usize], out: &mut Rows, plan: &Plan) {
    let e = &world.entities[i];
    for c in e.columns.iter().filter(|c| c.stored()) {
        if let Some(target) = c.reference {
            refer_to(e, c, &world.entities[target], false, out, plan);
        } else if let Some(target) = mentioned(world, i, c, entities) {
            refer_to(e, c, target, true, out, plan);
        }
    }
    if e.own.len() == 1 {
        parents_of_own_kind(e, out, plan);
    }
}

/// The table that a column means by its name: `cluster_id` where there are clusters of the same API, each with one key of its type.
fn mentioned<'a>(world: &'a World, from: usize, c: &Column, entities: &[usize]) -> Option<&'a Entity> {
    let e = &world.entities[from];
    let plain = c.shape == Shape::Plain && c.values.is_empty() && c.format.is_empty();
    if !plain
        || e.key.iter().any(|&k| e.columns[k].name == c.name)
        || !matches!(c.role, crate::columns::Role::Body | crate::columns::Role::Server)
    {
        return None;
    }
    let all = words(&c.field);
    let (last, noun) = all.split_last()?;
    let noun = singular(&noun.join(" "));
    if noun.is_empty() || noun == e.noun || !matches!(last.as_str(), "id" | "name" | "arn" | "key" | "uuid" | "slug") {
        return None;
    }
    entities.iter().filter(|&&t| t != from).map(|&t| &world.entities[t]).find(|t| {
        let same_thing = t.api == e.api && (t.noun == noun || t.noun.ends_with(&format!(" {noun}")));
        let [own] = t.own.as_slice() else { return false };
        let key = &t.columns[*own];
        let kind_of_key = words(&key.field).last().cloned().unwrap_or_default();
        same_thing && key.kind == c.kind && c.kind != Kind::Boolean && kind_of_key == *last
    })
}

fn refer_to(e: &Entity, c: &Column, target: &Entity, only_filled: bool, out: &mut Rows, plan: &Plan) {
    if target.own.is_empty() {
        return;
    }
    let own = target.columns[target.own[0]].name.clone();
    let shared: Vec<&str> = target.key.iter().filter(|k| !target.own.contains(k)).map(|k| target.columns[*k].name.as_str()).collect();
    let Some(targets) = out.get(&target.table) else { return };
    let groups = grouped(targets, &shared);
    let keys: Vec<Value> = targets.iter().map(|t| t[&own].clone()).collect();
    for (n, row) in out.get_mut(&e.table).into_iter().flatten().enumerate() {
        if only_filled && row[&c.name].is_null() {
            continue;
        }
        let mut rng = Rng::of(plan.seed, &["reference", &e.table, &c.name, &n.to_string()]);
        let Some(fitting) = groups.get(&shared_text(row, shared.iter().copied())) else { continue };
        let found = fitting[skewed(fitting.len(), &mut rng)];
        if only_filled || n % 3 != 2 || !c.nullable {
            row.insert(c.name.clone(), keys[found].clone());
        }
    }
}

/// A few rows get a `parent` among their older siblings.
fn parents_of_own_kind(e: &Entity, out: &mut Rows, plan: &Plan) {
    let own = &e.columns[e.own[0]];
    let Some(c) = e.columns.iter().find(|c| is_parent(c) && c.kind == own.kind && c.nullable && c.shape == Shape::Plain && c.stored())
    else {
        return;
    };
    let shared: Vec<&str> = e.key.iter().filter(|k| !e.own.contains(k)).map(|k| e.columns[*k].name.as_str()).collect();
    let mut elders: FxHashMap<String, Vec<Value>> = FxHashMap::default();
    for (n, row) in out.get_mut(&e.table).into_iter().flatten().enumerate() {
        let mut rng = Rng::of(plan.seed, &["own kind", &e.table, &n.to_string()]);
        let among = elders.entry(shared_text(row, shared.iter().copied())).or_default();
        let chosen = if n % 5 == 4 { rng.pick(among).cloned() } else { None };
        if chosen.is_none() && among.len() < ELDERS_MAX {
            among.push(row[&own.name].clone());
        }
        row.insert(c.name.clone(), chosen.unwrap_or(Value::Null));
    }
}

/// The rows of a relation.
pub(super) fn of_link(world: &World, link: &Link, done: &Rows, plan: &Plan) -> Vec<Row> {
    let to = &world.entities[link.to];
    let empty = Vec::new();
    let far = done.get(&to.table).unwrap_or(&empty);
    let near: Vec<Option<(&Entity, &Row)>> = match link.from {
        Some(from) => done.get(&world.entities[from].table).into_iter().flatten().map(|r| Some((&world.entities[from], r))).collect(),
        None => vec![None],
    };
    let both: Vec<(usize, usize)> = link.columns.iter().filter_map(|c| Some((c.from?, c.to?))).collect();
    let far_names: Vec<&str> = both.iter().map(|(_, k)| to.columns[*k].name.as_str()).collect();
    let groups = grouped(far, &far_names);
    let everywhere: Vec<usize> = (0..far.len()).collect();
    let mut out: Vec<Row> = Vec::new();
    for (n, near) in near.iter().enumerate() {
        let mut rng = Rng::of(plan.seed, &["link", &link.table, &n.to_string()]);
        let fitting = match near {
            Some((e, row)) if !both.is_empty() => {
                groups.get(&shared_text(row, both.iter().map(|(f, _)| e.columns[*f].name.as_str()))).map_or(&[][..], Vec::as_slice)
            }
            _ => everywhere.as_slice(),
        };
        let most = if near.is_none() { (fitting.len() / 2).clamp(1, OF_ONE_MAX) } else { rng.below(RELATED_MAX + 1) };
        for at in chosen(fitting, most, &mut rng) {
            let value = |c: &LinkColumn| match (near, c.from, c.to) {
                (Some((e, row)), Some(f), _) => row[&e.columns[f].name].clone(),
                (_, _, Some(k)) => far[at][&to.columns[k].name].clone(),
                _ => Value::Null,
            };
            out.push(link.columns.iter().map(|c| (c.name.clone(), value(c))).collect());
        }
    }
    out
}

/// At most `most` of `all`, each once; where few of many are wanted, the first ones come more often.
fn chosen(all: &[usize], most: usize, rng: &mut Rng) -> Vec<usize> {
    if all.len() <= 64 || most > all.len() / 4 {
        let mut order = all.to_vec();
        rng.shuffle(&mut order);
        order.truncate(most);
        return order;
    }
    let mut out: Vec<usize> = Vec::new();
    while out.len() < most {
        let at = all[skewed(all.len(), rng)];
        if !out.contains(&at) {
            out.push(at);
        }
    }
    out
}

/// True where a column counts the rows of `child`: `comments_count`, `commentCount`, `number_of_comments`.
pub(super) fn counts_rows_of(c: &Column, child: &Entity) -> bool {
    if c.kind != Kind::Integer || c.shape != Shape::Plain || !c.stored() {
        return false;
    }
    let f = flat(&c.field);
    let one = flat(&child.noun);
    let many = flat(&crate::words::plural(&child.noun));
    [
        format!("{one}count"),
        format!("{many}count"),
        format!("numberof{many}"),
        format!("num{many}"),
        format!("total{many}"),
        format!("{many}total"),
    ]
    .contains(&f)
}

/// Counters of a row's children tell how many there are.
pub(super) fn count_children(world: &World, i: usize, entities: &[usize], out: &mut Rows) {
    let e = &world.entities[i];
    for (_, child) in world.children(i).filter(|(c, _)| entities.contains(c)) {
        let Some((_, pairs)) = &child.parent else { continue };
        let Some(c) = e.columns.iter().find(|c| counts_rows_of(c, child)) else { continue };
        let mine: Vec<&str> = pairs.iter().map(|(_, theirs)| e.columns[*theirs].name.as_str()).collect();
        let theirs: Vec<&str> = pairs.iter().map(|(mine, _)| child.columns[*mine].name.as_str()).collect();
        let groups = out.get(&child.table).map(|rows| grouped(rows, &theirs)).unwrap_or_default();
        for row in out.get_mut(&e.table).into_iter().flatten() {
            let count = groups.get(&shared_text(row, mine.iter().copied())).map_or(0, Vec::len);
            row.insert(c.name.clone(), Value::from(count));
        }
    }
}
