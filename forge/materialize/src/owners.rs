//! Columns that no document shows but that calls speak of: `GET /groups/{group_id}/memberships` says that a membership belongs to a group, and
//! a list with a required `folder_id` that its things belong to folders.

use crate::columns::{Role, free_name, plain};
use crate::entity::{Entity, Place, World, api_of, parent_place, reference_name, steps_of};
use crate::filters;
use crate::operation::find_column;
use crate::schema::{is_required, properties};
use crate::sketch::{Sketch, Verb};
use crate::words::flat;
use wardian_format::CatalogTool;

/// Most such columns of one table.
const OWNERS_MAX: usize = 6;

/// One column to add: whose, under what parameter, and the entity that it refers to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    entity: usize,
    param: String,
    target: usize,
}

/// Adds the columns that second doors and required filters of an API speak of.
pub(crate) fn add(world: &mut World, tools: &[CatalogTool], api: &str, sketches: &[Sketch]) {
    let mut wanted: Vec<Owner> =
        sketches.iter().flat_map(|s| door(world, api, s).into_iter().chain(required(world, &tools[s.tool], api, s))).collect();
    wanted.sort();
    wanted.dedup_by(|a, b| a.entity == b.entity && a.param == b.param);
    let mut counts = vec![0; world.entities.len()];
    for Owner { entity, param, target } in wanted {
        counts[entity] += 1;
        if counts[entity] > OWNERS_MAX {
            continue;
        }
        let to = &world.entities[target];
        let (key, name) = (to.columns[to.own[0]].kind, reference_name(to, to.own[0]));
        let e = &mut world.entities[entity];
        let mut column = plain(&free_name(e, &name), &name, key, Role::Body);
        column.shown = false;
        column.nullable = true;
        column.inputs = vec![flat(&param)];
        column.reference = Some(target);
        e.columns.push(column);
    }
}

/// What a thing belongs to by the second door that shows or makes it.
fn door(world: &World, api: &str, sketch: &Sketch) -> Option<Owner> {
    let Some(Place::Alias(entity)) = world.place(api, sketch) else { return None };
    if sketch.on_item() || !matches!(sketch.verb, Verb::List | Verb::Create) {
        return None;
    }
    let keyed = sketch.groups.iter().rev().find(|g| !g.params.is_empty())?;
    let [param] = &keyed.params[..] else { return None };
    let target = parent_place(world, api, &steps_of(sketch))?;
    let tail = keyed.literal.rsplit('/').next().unwrap_or("");
    let known = filters::door_column(&world.entities[*entity], tail, param).is_some_and(|c| {
        let e = &world.entities[*entity];
        let is_owner = flat(&e.columns[c].field) != flat(param);
        // An `owner` is a person, unless it is part of the key.
        !is_owner || e.key.contains(&c) || e.columns[c].reference == Some(target) || crate::seed::person_entity(&world.entities[target])
    });
    (target != *entity && !known && is_plain(&world.entities[target])).then(|| Owner { entity: *entity, param: param.clone(), target })
}

/// What a thing belongs to by a parameter that its list requires: the key of another thing.
fn required(world: &World, tool: &CatalogTool, api: &str, sketch: &Sketch) -> Vec<Owner> {
    let Some(Place::Home(entity) | Place::Alias(entity)) = world.place(api, sketch) else { return Vec::new() };
    if sketch.verb != Verb::List || api_of(tool) != api {
        return Vec::new();
    }
    let (e, chain) = (&world.entities[*entity], sketch.params());
    let asked = properties(&tool.parameters).map(|(n, _)| n).filter(|n| is_required(&tool.parameters, n) && !chain.contains(n));
    asked
        .filter(|n| find_column(e, n).is_none_or(|c| !e.columns[c].stored() || e.columns[c].shape == crate::columns::Shape::Json))
        .filter_map(|n| {
            let target = (0..world.entities.len())
                .find(|&t| t != *entity && world.entities[t].api == e.api && names_key_of(&world.entities[t], n))?;
            Some(Owner { entity: *entity, param: n.clone(), target })
        })
        .collect()
}

/// True where `param` is the key of `e`: `folder_id`, or the parameter by which its own path picks one.
fn names_key_of(e: &Entity, param: &str) -> bool {
    if !is_plain(e) || e.implicit {
        return false;
    }
    let (f, noun) = (flat(param), flat(&e.noun));
    let picks = e.steps.last().is_some_and(|(s, _)| s.params.iter().any(|p| flat(p) == f));
    let vague = matches!(f.as_str(), "id" | "name" | "key" | "type" | "slug" | "uuid");
    f == format!("{noun}id") || f == format!("{noun}key") || f == noun || picks && !vague
}

/// One key of its own and none of others.
fn is_plain(e: &Entity) -> bool {
    e.own.len() == 1 && e.key.len() == 1
}
