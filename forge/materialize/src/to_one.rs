//! Doors to the one thing that another refers to: `GET /cards/{id}/board` shows the board of a card.

use crate::columns::{Role, Shape, free_name, plain};
use crate::entity::{Entity, Place, World, parent_place, steps_of};
use crate::filters;
use crate::operation::{Class, Does, Operation, key_param};
use crate::sketch::{Sketch, Verb};
use crate::words::{flat, quoted, words};
use wardian_format::names;

/// Most columns that doors add to one table.
const DOORS_MAX: usize = 8;

/// A door: the entity before it, the entity that it shows, and its last word.
fn door_of(world: &World, api: &str, sketch: &Sketch) -> Option<(usize, usize, String)> {
    let Some(Place::Alias(target)) = world.place(api, sketch) else { return None };
    if sketch.verb != Verb::Get || sketch.on_item() || sketch.aspect.is_some() {
        return None;
    }
    let near = parent_place(world, api, &steps_of(sketch)).filter(|near| near != target)?;
    let (to, from) = (&world.entities[*target], &world.entities[near]);
    let picked = from.bind(sketch).len() == from.key.len() && sketch.params().len() == from.key.len();
    let literal = &sketch.groups.last()?.literal;
    // `…/commits/{sha}/pulls/latest` says more than whose it is.
    let direct = !literal.contains('/') && to.own.len() == 1 && to.key.len() == 1;
    (picked && direct).then(|| (near, *target, literal.clone()))
}

/// The column of `from` that holds the key of `to` under the name that a door has.
fn column_of(from: &Entity, to: usize, target: &Entity, tail: &str) -> Option<usize> {
    let word = flat(tail);
    let named = |f: &str| f == word || f == format!("{word}id") || f == format!("id{word}") || f == format!("{word}key");
    let fits = |c: &crate::columns::Column| {
        c.stored() && matches!(c.shape, Shape::Plain | Shape::Named(_)) && c.kind == target.columns[target.own[0]].kind
    };
    let by_name = from
        .columns
        .iter()
        .position(|c| fits(c) && c.reference.is_none_or(|r| r == to) && (named(&flat(&c.field)) || named(&flat(&c.name))));
    let mut referring =
        (0..from.columns.len()).filter(|&i| fits(&from.columns[i]) && from.columns[i].shown && from.columns[i].reference == Some(to));
    by_name.or_else(|| {
        let only = referring.next()?;
        let speaks = words(tail).iter().any(|w| flat(&target.noun).contains(w.as_str()));
        (referring.next().is_none() && speaks && words(tail).len() == 1).then_some(only)
    })
}

/// Adds what doors of this API speak of and no document shows.
pub(crate) fn add(world: &mut World, api: &str, sketches: &[Sketch]) {
    let mut counts = vec![0; world.entities.len()];
    for sketch in sketches {
        let Some((near, target, tail)) = door_of(world, api, sketch) else { continue };
        let explained = {
            let mut operation = Operation::new(sketch.tool, Class::Get, target);
            filters::second_door(world, &world.entities[target], sketch, &mut operation).is_ok()
        };
        if explained {
            continue;
        }
        let to = &world.entities[target];
        let kind = to.columns[to.own[0]].kind;
        if let Some(c) = column_of(&world.entities[near], target, to, &tail) {
            let settable = matches!(world.entities[near].columns[c].role, Role::Body | Role::Server);
            let column = &mut world.entities[near].columns[c];
            if column.reference.is_none() && settable {
                column.reference = Some(target);
            }
            continue;
        }
        counts[near] += 1;
        if counts[near] > DOORS_MAX {
            continue;
        }
        let e = &mut world.entities[near];
        let wanted = format!("{}_{}", names::snake(&tail), "id");
        let mut column = plain(&free_name(e, &wanted), &wanted, kind, Role::Body);
        column.shown = false;
        column.nullable = true;
        column.inputs = vec![format!("{}id", flat(&tail)), format!("id{}", flat(&tail))];
        column.reference = Some(target);
        e.columns.push(column);
    }
}

/// Binds a tool that shows the one thing to which the thing before it refers.
pub(crate) fn bind(world: &World, api: &str, sketch: &Sketch, index: usize) -> Option<Operation> {
    let (near, _, tail) = door_of(world, api, sketch)?;
    let (from, to) = (&world.entities[near], &world.entities[index]);
    let column = column_of(from, index, to, &tail).filter(|&c| from.columns[c].reference == Some(index))?;
    let mut operation = Operation::new(sketch.tool, Class::Get, index);
    let mut on = Vec::new();
    let mut called = Vec::new();
    for (name, c) in from.bind(sketch) {
        on.push(format!("r.{} = :{name}", quoted(&from.columns[c].name)));
        called.push(format!("{{{name}}}"));
        operation.params.push(key_param(from, &name, c, Does::Via { entity: near, key: c, reference: column }));
    }
    let picked = format!("FROM {} AS r WHERE {}", quoted(&from.table), on.join(" AND "));
    operation.known.push((format!("EXISTS (SELECT 1 {picked})"), format!("{} {} was not found", from.noun, called.join("/"))));
    operation.fixed.push(format!("t.{} = (SELECT r.{} {picked})", quoted(&to.columns[to.own[0]].name), quoted(&from.columns[column].name)));
    operation.needs.push(near);
    Some(operation)
}
