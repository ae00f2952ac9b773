//! Columns and operations of what functions alone tell: guards of states, lists of keys, flags, records.

use super::{Held, Read, Thing, Told, Write, lore, seeds};
use crate::actions::Effect;
use crate::columns::{Candidate, Shape, column_of, free_name};
use crate::entity::{Entity, Place, World, api_of};
use crate::operation::{Class, Does, Guard, Operation, Reason, find_column, key_param, kind_word};
use crate::schema::{Kind, Side, is_required, kind_of, properties, resolve, values_of};
use crate::sketch::Sketch;
use crate::words::{literal, plural, quoted, spaced};
use wardian_format::CatalogTool;

/// What is kept of bare functions beside the entities.
#[derive(Clone, Debug, Default)]
pub(crate) struct Functions {
    pub(crate) told: Vec<Option<Told>>,
    pub(crate) holds: Vec<Holds>,
    pub(crate) drawn: Vec<Drawn>,
    /// Columns (entity, column) that are empty in seeded rows.
    pub(crate) empty: Vec<(usize, usize)>,
    /// Columns that hold a key: entity, column, the entity that it is of.
    pub(crate) keys: Vec<(usize, usize, usize)>,
}

/// A column that holds a list of keys.
#[derive(Clone, Debug)]
pub(crate) struct Holds {
    pub(crate) entity: usize,
    pub(crate) column: usize,
    /// Whose keys, where that is a table.
    pub(crate) item: Option<usize>,
    pub(crate) examples: Vec<String>,
}

/// A column that holds one member of its owner's list.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) entity: usize,
    pub(crate) column: usize,
    pub(crate) owner: usize,
    pub(crate) list: usize,
    /// The column that holds the owner's key.
    pub(crate) via: usize,
}

/// How a good argument is found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Grounds {
    /// This text.
    Text(String),
    /// The key of a row of this entity.
    Key(usize),
    /// A member of the row's list.
    OfList(usize),
    /// Another item than the first of the row's list, alike in a column.
    Instead { list: usize, item: usize, shared: Option<usize> },
    /// A member of the owner's list, other than the row's column `not`.
    OfOwner { owner: usize, list: usize, via: usize, not: Option<usize> },
}

/// Adds the columns that no reading function shows, and what lies beside the entities.
pub(crate) fn shape(world: &mut World, read: Read) {
    let mut functions = Functions { told: read.told, ..Functions::default() };
    let homes: Vec<Option<usize>> = read.things.iter().map(|(api, thing)| home(world, api, &thing.noun)).collect();
    for ((_, thing), home) in read.things.iter().zip(&homes) {
        if let Some(index) = home {
            add_columns(&mut world.entities[*index], thing);
        }
    }
    for ((api, thing), entity) in read.things.iter().zip(&homes) {
        let Some(entity) = *entity else { continue };
        for (member, noun) in &thing.belongings {
            belonging(world, api, entity, member, noun);
        }
        let e = &world.entities[entity];
        for (member, Held { noun, examples }) in &thing.lists {
            let Some(column) = e.column_like(member) else { continue };
            functions.holds.push(Holds { entity, column, item: home(world, api, noun), examples: examples.clone() });
        }
        functions.empty.extend(thing.records.iter().filter_map(|m| Some((entity, e.column_like(m)?))));
        for (column, c) in e.columns.iter().enumerate().filter(|(i, c)| c.stored() && !e.own.contains(i)) {
            let target = read.things.iter().zip(&homes).find(|((a, t), _)| a == api && t.key == c.field && t.noun != thing.noun);
            functions.keys.extend(target.and_then(|(_, home)| Some((entity, column, (*home)?))));
        }
    }
    functions.drawn = drawn(world, &functions);
    world.functions = functions;
}

fn home(world: &World, api: &str, noun: &str) -> Option<usize> {
    match world.places.get(&(api.to_owned(), plural(noun).replace(' ', "_"))) {
        Some(Place::Home(index)) => Some(*index).filter(|&i| world.entities[i].own.len() == 1 && world.entities[i].key.len() == 1),
        _ => None,
    }
}

fn add_columns(e: &mut Entity, thing: &Thing) {
    let document = lore::schemas(thing);
    for (name, schema) in properties(&document) {
        if e.column_like(name).is_some() || *name == thing.key {
            continue;
        }
        let candidate = Candidate {
            field: name.clone(),
            out: Some(schema.clone()),
            required_out: is_required(&document, name),
            ..Candidate::default()
        };
        if let Some(mut column) = column_of(&candidate, &e.noun) {
            column.name = free_name(e, &column.name);
            e.columns.push(column);
        }
    }
    for &own in &e.own {
        e.columns[own].shown = true;
    }
    e.implicit = false;
}

/// A member that lists the keys of what belongs to a row is computed.
fn belonging(world: &mut World, api: &str, owner: usize, member: &str, noun: &str) {
    let Some(child) = home(world, api, noun) else { return };
    let o = &world.entities[owner];
    let key = o.columns[o.own[0]].field.clone();
    let (Some(column), Some(via)) = (o.column_like(member), world.entities[child].column_like(&key)) else { return };
    let sql = seeds::belongings(world, owner, child, via);
    world.entities[owner].columns[column].sql = Some(sql);
}

/// Columns called like one member of a list of the row's owner.
fn drawn(world: &World, functions: &Functions) -> Vec<Drawn> {
    let mut out = Vec::new();
    for holds in &functions.holds {
        let (owner, list) = (holds.entity, holds.column);
        let member = world.entities[owner].columns[list].field.clone();
        for &(entity, via, target) in &functions.keys {
            let e = &world.entities[entity];
            let column = e.columns.iter().position(|c| c.stored() && format!("{}s", c.field) == member);
            out.extend(column.filter(|_| target == owner).map(|column| Drawn { entity, column, owner, list, via }));
        }
    }
    out.retain(|d| !functions.empty.contains(&(d.entity, d.column)));
    out
}

/// Keys that a new or changed row refers to must be those of rows; a person is found by name or address in any case.
pub(crate) fn refer(world: &World, operation: &mut Operation) {
    let is_bare = matches!(world.functions.told.get(operation.tool), Some(Some(Told::Path)));
    operation.any_case = is_bare && operation.class == Class::Get;
    for i in 0..operation.params.len() {
        let Does::Field(column) = operation.params[i].does else { continue };
        let key = world.functions.keys.iter().find(|(e, c, _)| *e == operation.entity && *c == column);
        let Some(&(_, _, target)) = key else { continue };
        let to = &world.entities[target];
        let name = operation.params[i].name.clone();
        let found = format!("EXISTS (SELECT 1 FROM {} AS r WHERE r.{} = :{name})", quoted(&to.table), quoted(&to.columns[to.own[0]].name));
        let absent = if operation.params[i].required { String::new() } else { format!(":{name} IS NULL OR ") };
        operation.known.push((format!("{absent}{found}"), format!("{} {{{name}}} was not found", to.noun)));
        operation.needs.push(target);
        operation.grounds.insert(name, Grounds::Key(target));
    }
}

/// The operation of a tool that is told of beside its path; `None` where its path says all.
pub(crate) fn operation(world: &World, tool: &CatalogTool, index: usize, sketch: Option<&Sketch>) -> Option<Result<Operation, Reason>> {
    match world.functions.told.get(index)?.as_ref()? {
        Told::Path => None,
        Told::Unclear(reason) => Some(Err(reason.clone())),
        Told::Speech => Some(alone(world, tool, index, "Agreed with the customer on Tuesday.")),
        Told::Arithmetic(_) => Some(alone(world, tool, index, "(12.5 + 3) * 2")),
        Told::Write(write) => Some(writes(world, tool, sketch?, write)),
    }
}

/// A tool that uses no rows.
fn alone(world: &World, tool: &CatalogTool, index: usize, example: &str) -> Result<Operation, Reason> {
    let api = api_of(tool);
    let known = world.entities.iter().enumerate().filter(|(_, e)| e.api == api && e.own.len() == 1);
    let (at, entity) = known.max_by_key(|(_, e)| e.columns.len()).ok_or("its name and path tell neither a resource nor a verb")?;
    let mut operation = Operation::new(index, Class::Pure, at);
    for (name, schema) in properties(&tool.parameters) {
        let schema = resolve(schema, Side::Input);
        let mut p = key_param(entity, name, 0, Does::Remark);
        p.kind = match kind_of(&schema) {
            Kind::Text => "text".to_owned(),
            Kind::Array if kind_of(&resolve(&schema["items"], Side::Input)) == Kind::Text => "list(text)".to_owned(),
            _ => "json".to_owned(),
        };
        p.required = is_required(&tool.parameters, name);
        p.description = crate::schema::one_line(&crate::schema::description_of(&schema), 200);
        if p.kind == "text" {
            operation.grounds.insert(name.clone(), Grounds::Text(example.to_owned()));
        }
        operation.params.push(p);
    }
    Ok(operation)
}

/// A change of one row.
fn writes(world: &World, tool: &CatalogTool, sketch: &Sketch, write: &Write) -> Result<Operation, Reason> {
    let api = api_of(tool);
    let Some(Place::Home(index)) = world.place(&api, sketch) else {
        return Err(format!("`{}` names no resource that the other tools define", sketch.path()));
    };
    let entity = &world.entities[*index];
    let acts = write.target.is_some() || write.flag.is_some();
    let mut operation = Operation::new(sketch.tool, if acts { Class::Action } else { Class::Update }, *index);
    let known = |name: &str| find_column(entity, name).ok_or_else(|| format!("no field of {} is `{name}`", plural(&entity.noun)));
    for (name, member) in &write.picks {
        let column = if sketch.params().contains(name) { entity.own[0] } else { known(member)? };
        operation.params.push(key_param(entity, name, column, Does::Key(column)));
    }
    for (name, member) in &write.fields {
        operation.params.push(field(entity, tool, name, known(member)?));
    }
    states(entity, write, &mut operation)?;
    lists(world, entity, write, &mut operation)?;
    owners(world, entity, &api, write, &mut operation)?;
    if operation.effects.is_empty() && write.fields.is_empty() {
        return Err(format!("no field of {} shows the effect of `{}`", plural(&entity.noun), spaced(&tool.name)));
    }
    finish(world, tool, &mut operation);
    Ok(operation)
}

/// A parameter that sets a column.
fn field(entity: &Entity, tool: &CatalogTool, name: &str, column: usize) -> crate::operation::Param {
    let c = &entity.columns[column];
    let schema = resolve(&tool.parameters["properties"][name], Side::Input);
    let mut p = key_param(entity, name, column, Does::Field(column));
    p.required = is_required(&tool.parameters, name);
    p.kind = match c.shape {
        Shape::Json if kind_of(&resolve(&schema["items"], Side::Input)) == Kind::Text => "list(text)".to_owned(),
        Shape::Json => "json".to_owned(),
        _ => kind_word(c.kind).to_owned(),
    };
    p.values = values_of(&schema);
    p
}

/// Order, descriptions and relations of the parameters.
fn finish(world: &World, tool: &CatalogTool, operation: &mut Operation) {
    for p in &mut operation.params {
        let schema = &tool.parameters["properties"][&p.name];
        p.description = crate::schema::one_line(&crate::schema::description_of(schema), 200);
    }
    let order: Vec<&String> = properties(&tool.parameters).map(|(n, _)| n).collect();
    operation.params.sort_by_key(|p| order.iter().position(|n| **n == p.name).unwrap_or(usize::MAX));
    crate::operation::relate(world, operation);
}

/// States that are needed and led to, flags.
fn states(entity: &Entity, write: &Write, operation: &mut Operation) -> Result<(), Reason> {
    let noun = &entity.noun;
    let column = |name: &str| entity.column_like(name).ok_or_else(|| format!("no field of {} is `{name}`", plural(noun)));
    if !write.needs.is_empty() {
        let name = format!("t.{}", quoted(&entity.columns[column("status")?].name));
        let values: Vec<String> = write.needs.iter().map(|s| literal(s)).collect();
        let said = write.needs.iter().map(|s| spaced(s)).collect::<Vec<_>>().join(" or ");
        operation.guards.push(Guard::conflict(format!("{name} IN ({})", values.join(", ")), format!("the {noun} is not {said}")));
    }
    if let Some(target) = &write.target {
        let status = column("status")?;
        let name = format!("t.{}", quoted(&entity.columns[status].name));
        let guard = (format!("{name} IS NOT {}", literal(target)), format!("the {noun} is already {}", spaced(target)));
        operation.effects.push(Effect { column: status, sql: literal(target), guard: Some(guard) });
    }
    if let Some((name, on)) = &write.flag {
        let flag = column(name)?;
        let held = format!("coalesce(t.{}, 0) = {}", quoted(&entity.columns[flag].name), i64::from(!on));
        let said = format!("the {noun} has `{}` {} already", spaced(name), if *on { "set" } else { "cleared" });
        operation.effects.push(Effect { column: flag, sql: i64::from(*on).to_string(), guard: Some((held, said)) });
    }
    if let Some(name) = &write.once {
        let flag = column(name)?;
        let held = format!("coalesce(t.{}, 0) = 0", quoted(&entity.columns[flag].name));
        let guard = (held, format!("this can be done once for {}", crate::words::with_article(noun)));
        operation.effects.push(Effect { column: flag, sql: "1".to_owned(), guard: Some(guard) });
    }
    for (name, member) in &write.records {
        operation.effects.push(Effect { column: column(member)?, sql: format!(":{name}"), guard: None });
    }
    Ok(())
}

/// Members of the row's list, and what replaces them.
fn lists(world: &World, entity: &Entity, write: &Write, operation: &mut Operation) -> Result<(), Reason> {
    let Some((name, member)) = &write.of_list else { return Ok(()) };
    let list = entity.column_like(member).ok_or_else(|| format!("no field of {} is `{member}`", plural(&entity.noun)))?;
    let held = quoted(&entity.columns[list].name);
    let many = spaced(name);
    let mut param = key_param(entity, name, list, Does::Remark);
    param.kind = "list(text)".to_owned();
    operation.params.push(param.clone());
    operation.grounds.insert(name.clone(), Grounds::OfList(list));
    let count = |list: &str, of: &str| format!("(SELECT count(*) FROM json_each({list}) AS n WHERE n.value = {of})");
    let enough = format!(
        "NOT EXISTS (SELECT 1 FROM json_each(:{name}) AS j WHERE {} > {})",
        count(&format!(":{name}"), "j.value"),
        count(&format!("t.{held}"), "j.value")
    );
    operation.guards.push(Guard::new(enough, "not_found", format!("the {} has not all of these {many}", entity.noun)));
    let Some((by, shared)) = &write.by else { return Ok(()) };
    operation.params.push(crate::operation::Param { name: by.clone(), ..param });
    let same_length = format!("json_array_length(:{by}) = json_array_length(:{name})");
    operation.guards.push(Guard::new(same_length, "invalid", format!("as many {} as {many} are needed", spaced(by))));
    let pairs = format!("json_each(:{by}) AS j JOIN json_each(:{name}) AS k ON k.key = j.key");
    let item = world.functions.holds.iter().find(|h| h.entity == operation.entity && h.column == list).and_then(|h| h.item);
    if let Some(item) = item {
        let to = &world.entities[item];
        let (table, key) = (quoted(&to.table), quoted(&to.columns[to.own[0]].name));
        let known = format!(
            "NOT EXISTS (SELECT 1 FROM json_each(:{by}) AS j WHERE NOT EXISTS (SELECT 1 FROM {table} AS r WHERE r.{key} = j.value))"
        );
        operation.guards.push(Guard::new(known, "not_found", format!("not all of the {} were found", spaced(by))));
        let column = shared.as_ref().and_then(|s| to.column_like(s));
        if let Some(column) = column {
            let c = quoted(&to.columns[column].name);
            let alike = format!(
                "NOT EXISTS (SELECT 1 FROM {pairs} JOIN {table} AS a ON a.{key} = j.value JOIN {table} AS b ON b.{key} = k.value WHERE a.{c} IS NOT b.{c})"
            );
            operation.guards.push(Guard::new(alike, "invalid", format!("the {} differ in `{}`", spaced(by), to.columns[column].field)));
        }
        operation.needs.push(item);
        operation.grounds.insert(by.clone(), Grounds::Instead { list, item, shared: column });
    }
    let others = format!("NOT EXISTS (SELECT 1 FROM {pairs} WHERE j.value = k.value)");
    operation.guards.push(Guard::new(others, "invalid", format!("the {} must be others than before", spaced(by))));
    if write.replaces {
        let table = quoted(&entity.table);
        let before = |list: &str, each: &str| {
            format!("(SELECT count(*) FROM json_each({list}) AS n WHERE n.value = {each}.value AND n.key <= {each}.key)")
        };
        let sql = format!(
            "(SELECT json_group_array(coalesce((SELECT j.value FROM {pairs} WHERE k.value = m.value AND {} = {}), m.value) ORDER BY m.key) FROM json_each({table}.{held}) AS m)",
            before(&format!(":{name}"), "k"),
            before(&format!("{table}.{held}"), "m")
        );
        operation.effects.push(Effect { column: list, sql, guard: None });
    }
    Ok(())
}

/// Parameters that must be in a list of the row's owner.
fn owners(world: &World, entity: &Entity, api: &str, write: &Write, operation: &mut Operation) -> Result<(), Reason> {
    for (name, noun, member) in &write.of_owner {
        let Some(owner) = home(world, api, noun) else { continue };
        let o = &world.entities[owner];
        let key = &o.columns[o.own[0]];
        let (Some(list), Some(via)) = (o.column_like(member), entity.column_like(&key.field)) else { continue };
        let found = format!(
            "EXISTS (SELECT 1 FROM {} AS h JOIN json_each(h.{}) AS m WHERE h.{} = t.{} AND m.value = :{name})",
            quoted(&o.table),
            quoted(&o.columns[list].name),
            quoted(&key.name),
            quoted(&entity.columns[via].name)
        );
        let what = spaced(name);
        operation.guards.push(Guard::new(found, "not_found", format!("the {noun} has no {what} {{{name}}}")));
        let set =
            operation.params.iter().find_map(|p| if let (Does::Field(c), true) = (&p.does, p.name == *name) { Some(*c) } else { None });
        if let Some(column) = set.filter(|_| write.other) {
            let c = quoted(&entity.columns[column].name);
            operation.guards.push(Guard::conflict(format!("t.{c} IS NOT :{name}"), format!("the {} has this {what} already", entity.noun)));
        }
        operation.needs.push(owner);
        operation.grounds.insert(name.clone(), Grounds::OfOwner { owner, list, via, not: set });
    }
    Ok(())
}
