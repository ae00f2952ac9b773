//! Relations and lists of names: adding, removing, replacing, showing.

use crate::columns::{Column, Shape};
use crate::entity::{Entity, Link, World};
use crate::fill;
use crate::listing;
use crate::operation::{Class, Does, Operation, Param};
use crate::output::{self, Shown};
use crate::people;
use crate::sql::{Body, picks};
use crate::tables::docs;
use crate::words::{flat, literal, plural, quoted};
use serde_json::json;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;

/// Writes a tool on a relation's table.
pub(crate) fn write(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let link = &world.links[operation.link.ok_or("there is no relation")?];
    require_end(world, link, operation, body, true);
    match operation.class {
        Class::ListRelated => return listing::related(world, tool, operation, link, body),
        Class::Add if names(operation).is_none() => add_one(world, link, operation, body),
        Class::Remove if names(operation).is_none() && far_bound(operation) => remove_one(world, link, operation, body)?,
        Class::Check => body.require(&exists(link, operation), "not_found", &absent(world, link, operation)),
        _ => change_many(world, link, operation, body)?,
    }
    result(world, tool, link, operation, body)
}

fn names(operation: &Operation) -> Option<&Param> {
    operation.params.iter().find(|p| p.does == Does::Names)
}

fn far_bound(operation: &Operation) -> bool {
    operation.params.iter().any(|p| matches!(p.does, Does::Far(_)))
}

/// Columns of the relation's table with the SQL of their values.
pub(crate) fn bound(link: &Link, operation: &Operation) -> BTreeMap<usize, String> {
    let _ = link;
    operation
        .params
        .iter()
        .filter_map(|p| match p.does {
            Does::Scope(c) | Does::Far(c) => Some((c, format!(":{}", p.name))),
            _ => None,
        })
        .collect()
}

fn on(link: &Link, operation: &Operation, alias: &str) -> String {
    let all: Vec<String> = bound(link, operation).iter().map(|(c, v)| format!("{alias}{} = {v}", quoted(&link.columns[*c].name))).collect();
    if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
}

fn exists(link: &Link, operation: &Operation) -> String {
    format!("EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&link.table), on(link, operation, ""))
}

fn absent(world: &World, link: &Link, operation: &Operation) -> String {
    let to = &world.entities[link.to];
    let far: Vec<String> = operation.params.iter().filter(|p| matches!(p.does, Does::Far(_))).map(|p| format!("{{{}}}", p.name)).collect();
    let word = link.place.rsplit('/').next().unwrap_or("").replace('_', " ");
    format!("{} {} is not among the {word}", to.noun, far.join("/"))
}

/// Refuses when the near (or far) end of the relation does not exist.
fn require_end(world: &World, link: &Link, operation: &Operation, body: &mut Body, near: bool) {
    let bound = bound(link, operation);
    let (entity, pick): (&Entity, &dyn Fn(usize) -> Option<usize>) = match (near, link.from) {
        (true, Some(from)) => (&world.entities[from], &|c| link.columns[c].from),
        (true, None) => return,
        (false, _) => (&world.entities[link.to], &|c| link.columns[c].to),
    };
    let pairs: Vec<(usize, &String)> = (0..link.columns.len()).filter_map(|c| Some((pick(c)?, bound.get(&c)?))).collect();
    if pairs.len() < entity.key.len() {
        return;
    }
    let on: Vec<String> = pairs.iter().map(|(k, v)| format!("{} = {v}", quoted(&entity.columns[*k].name))).collect();
    let named: Vec<String> =
        pairs.iter().filter(|(k, _)| entity.own.contains(k)).map(|(_, v)| format!("{{{}}}", v.trim_start_matches(':'))).collect();
    body.require(
        &format!("EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&entity.table), on.join(" AND ")),
        "not_found",
        &format!("{} {} was not found", entity.noun, named.join("/")),
    );
}

fn add_one(world: &World, link: &Link, operation: &Operation, body: &mut Body) {
    require_end(world, link, operation, body, false);
    let bound = bound(link, operation);
    let columns: Vec<String> = bound.keys().map(|&c| quoted(&link.columns[c].name)).collect();
    let values: Vec<&str> = bound.values().map(String::as_str).collect();
    body.statement(&format!(
        "INSERT INTO {} ({})\nVALUES ({})\nON CONFLICT DO NOTHING",
        quoted(&link.table),
        columns.join(", "),
        values.join(", ")
    ));
}

fn remove_one(world: &World, link: &Link, operation: &Operation, body: &mut Body) -> Result<(), String> {
    body.require(&exists(link, operation), "not_found", &absent(world, link, operation));
    body.statement(&format!("DELETE FROM {} WHERE {}", quoted(&link.table), on(link, operation, "")));
    Ok(())
}

/// The condition that every name in `param` is a row of the far end; the scope comes from `values`.
fn all_known(world: &World, link: &Link, param: &str, values: &BTreeMap<usize, String>) -> Option<String> {
    let to = &world.entities[link.to];
    let mut on = Vec::new();
    for &k in &to.key {
        let name = quoted(&to.columns[k].name);
        if to.own.contains(&k) {
            on.push(format!("d.{name} = j.value"));
        } else {
            let c = link.columns.iter().position(|c| c.to == Some(k))?;
            on.push(format!("d.{name} = {}", values.get(&c)?));
        }
    }
    let known = format!("EXISTS (SELECT 1 FROM {} AS d WHERE {})", quoted(&to.table), on.join(" AND "));
    Some(format!("NOT EXISTS (SELECT 1 FROM json_each(:{param}) AS j WHERE NOT {known})"))
}

fn change_many(world: &World, link: &Link, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let values = bound(link, operation);
    let near = on(link, operation, "");
    let far = link
        .columns
        .iter()
        .position(|c| c.to.is_some_and(|k| world.entities[link.to].own.contains(&k)))
        .ok_or("the relation has no far end")?;
    let far_name = quoted(&link.columns[far].name);
    let many = plural(&world.entities[link.to].noun);
    let Some(p) = names(operation) else {
        body.statement(&format!("DELETE FROM {} WHERE {near}", quoted(&link.table)));
        return Ok(());
    };
    if operation.class != Class::Remove {
        let known = all_known(world, link, &p.name, &values).ok_or("the relation's far end is not picked")?;
        body.require(&known, "invalid", &format!("one of the {many} was not found"));
    }
    match operation.class {
        Class::Remove => {
            body.require(
                &format!(
                    "EXISTS (SELECT 1 FROM {} WHERE {near} AND {far_name} IN (SELECT value FROM json_each(:{})))",
                    quoted(&link.table),
                    p.name
                ),
                "not_found",
                &format!("none of the {many} is there"),
            );
            body.statement(&format!(
                "DELETE FROM {} WHERE {near} AND {far_name} IN (SELECT value FROM json_each(:{}))",
                quoted(&link.table),
                p.name
            ));
        }
        class => {
            if class == Class::Set {
                body.statement(&format!("DELETE FROM {} WHERE {near}", quoted(&link.table)));
            }
            insert_names(link, far, &p.name, &values, body);
        }
    }
    Ok(())
}

fn insert_names(link: &Link, far: usize, param: &str, values: &BTreeMap<usize, String>, body: &mut Body) {
    let mut columns: Vec<String> = values.keys().filter(|c| **c != far).map(|&c| quoted(&link.columns[c].name)).collect();
    columns.push(quoted(&link.columns[far].name));
    let mut list: Vec<String> = values.iter().filter(|(c, _)| **c != far).map(|(_, v)| v.clone()).collect();
    list.push("j.value".to_owned());
    body.statement(&format!(
        "INSERT INTO {} ({})\nSELECT {} FROM json_each(:{param}) AS j WHERE true\nON CONFLICT DO NOTHING",
        quoted(&link.table),
        columns.join(", "),
        list.join(", ")
    ));
}

/// After a change of a relation: what is related now, or nothing.
fn result(world: &World, tool: &CatalogTool, link: &Link, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let to = &world.entities[link.to];
    let lists = crate::sketch::returns_list(tool);
    if !lists || operation.class == Class::Check {
        body.returns(Shown { sql: "jsonb('{}')".to_owned(), schema: json!({"type": "object"}), yields: Vec::new() }, "");
        return Ok(());
    }
    let near =
        Operation { params: operation.params.iter().filter(|p| matches!(p.does, Does::Scope(_))).cloned().collect(), ..operation.clone() };
    let shown = output::whole(world, to);
    body.note("@return list");
    let order: Vec<String> = to.own.iter().map(|&k| format!("t.{}", quoted(&to.columns[k].name))).collect();
    body.statement(&format!(
        "SELECT t.doc FROM {} AS l JOIN {} AS t ON {} WHERE {} ORDER BY {}",
        quoted(&link.table),
        quoted(&docs(to)),
        joined(to, link),
        on(link, &near, "l."),
        order.join(", ")
    ));
    body.schema = json!({"type": "array", "items": shown.schema});
    body.yields = shown.yields.into_iter().map(|(p, t, c)| (p.replacen('$', "$[*]", 1), t, c)).collect();
    Ok(())
}

/// `t.name = l.label_name AND …`
pub(crate) fn joined(to: &Entity, link: &Link) -> String {
    let on: Vec<String> =
        link.columns.iter().filter_map(|c| c.to.map(|k| format!("t.{} = l.{}", quoted(&to.columns[k].name), quoted(&c.name)))).collect();
    on.join(" AND ")
}

/// Columns of a relation's table that a new or changed row of its near end gives.
fn near_values(entity: &Entity, link: &Link, values: &BTreeMap<usize, String>) -> BTreeMap<usize, String> {
    let _ = entity;
    link.columns.iter().enumerate().filter_map(|(i, c)| Some((i, values.get(&c.from?)?.clone()))).collect()
}

/// Members named in a body must exist.
pub(crate) fn require_members(world: &World, entity: &Entity, operation: &Operation, body: &mut Body) {
    let bound = crate::sql::bound(operation).into_iter().map(|(c, n)| (c, format!(":{n}"))).collect();
    for p in &operation.params {
        let Does::Members(c) = p.does else { continue };
        let Some(link) = entity.columns[c].link.map(|l| &world.links[l]) else { continue };
        if let Some(known) = all_known(world, link, &p.name, &near_values(entity, link, &bound)) {
            body.require(
                &format!(":{} IS NULL OR {known}", p.name),
                "invalid",
                &format!("one of the {} was not found", plural(&world.entities[link.to].noun)),
            );
        }
    }
}

/// Stores the members named in a body.
pub(crate) fn set_members(
    world: &World,
    entity: &Entity,
    operation: &Operation,
    values: &BTreeMap<usize, String>,
    body: &mut Body,
    replace: bool,
) {
    for p in &operation.params {
        let Does::Members(c) = p.does else { continue };
        let Some(link) = entity.columns[c].link.map(|l| &world.links[l]) else { continue };
        let near = near_values(entity, link, values);
        let Some(far) = link.columns.iter().position(|c| c.to.is_some_and(|k| world.entities[link.to].own.contains(&k))) else { continue };
        body.note(&format!("@when :{} IS NOT NULL", p.name));
        if replace {
            let on: Vec<String> = near.iter().map(|(c, v)| format!("{} = {v}", quoted(&link.columns[*c].name))).collect();
            body.statement(&format!("DELETE FROM {} WHERE {}", quoted(&link.table), on.join(" AND ")));
        }
        insert_names(link, far, &p.name, &near, body);
        body.note("@end");
    }
}

/// `parent` of a task must be a task.
pub(crate) fn require_parent_of_own_kind(entity: &Entity, operation: &Operation, p: &Param, c: usize, body: &mut Body) {
    let column = &entity.columns[c];
    let own = match entity.own[..] {
        [own] => &entity.columns[own],
        _ => return,
    };
    if !matches!(flat(&column.field).as_str(), "parent" | "parentid")
        || column.kind != own.kind
        || column.shape != Shape::Plain
        || !column.nullable
    {
        return;
    }
    let scope: Vec<String> = operation
        .params
        .iter()
        .filter_map(|o| match o.does {
            Does::Key(k) | Does::Scope(k) if !entity.own.contains(&k) => {
                Some(format!(" AND {} = :{}", quoted(&entity.columns[k].name), o.name))
            }
            _ => None,
        })
        .collect();
    body.require(
        &format!(
            ":{0} IS NULL OR EXISTS (SELECT 1 FROM {1} WHERE {2} = :{0}{3})",
            p.name,
            quoted(&entity.table),
            quoted(&own.name),
            scope.concat()
        ),
        "invalid",
        &format!("{} {{{}}} was not found", entity.noun, p.name),
    );
}

/// Writes a tool that changes a list kept in a column.
pub(crate) fn list_column(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let column = &entity.columns[operation.list.ok_or("there is no list")?];
    let p = names(operation).ok_or("it does not say which members are meant")?;
    let shown = output::single(world, tool, operation)?;
    let condition = format!("EXISTS (SELECT 1 FROM {} AS t WHERE {})", quoted(&entity.table), picks(entity, operation, "t"));
    body.require(&condition, "not_found", &format!("{} was not found", crate::sql::called(entity, &crate::sql::bound(operation))));
    let name = quoted(&column.name);
    let value = new_list(column, operation.class, &name, &p.name);
    let mut sets = vec![format!("{name} = {value}")];
    let touching = Operation { class: Class::Move, params: Vec::new(), ..operation.clone() };
    sets.extend(fill::update(entity, &touching));
    body.statement(&format!("UPDATE {} SET\n    {}\nWHERE {}", quoted(&entity.table), sets.join(",\n    "), picks(entity, operation, "")));
    let from = if shown.sql.contains("t.") {
        format!(" FROM {} AS t WHERE {}", quoted(&docs(entity)), picks(entity, operation, "t"))
    } else {
        String::new()
    };
    body.returns(shown, &from);
    Ok(())
}

fn new_list(column: &Column, class: Class, name: &str, param: &str) -> String {
    let is_map = column.schema.get("additionalProperties").is_some();
    let pairs = column.schema["items"]["properties"].get("Key").is_some();
    match (class, is_map, pairs) {
        (Class::Remove, true, _) => format!(
            "(SELECT json_group_object(j.key, j.value ORDER BY j.key) FROM json_each(coalesce({name}, '{{}}')) AS j WHERE j.key NOT IN (SELECT value FROM json_each(:{param})))"
        ),
        (_, true, _) => format!("json_patch(coalesce({name}, '{{}}'), :{param})"),
        (Class::Remove, _, true) => format!(
            "(SELECT json_group_array(json(j.value) ORDER BY j.key) FROM json_each(coalesce({name}, '[]')) AS j WHERE j.value ->> 'Key' NOT IN (SELECT value FROM json_each(:{param})))"
        ),
        (_, _, true) => format!(
            "(SELECT json_group_array(json(a.value) ORDER BY a.place, a.key) FROM (SELECT 0 AS place, j.key, j.value FROM json_each(coalesce({name}, '[]')) AS j WHERE j.value ->> 'Key' NOT IN (SELECT n.value ->> 'Key' FROM json_each(:{param}) AS n) UNION ALL SELECT 1, n.key, n.value FROM json_each(:{param}) AS n) AS a)"
        ),
        (Class::Set, ..) => format!(":{param}"),
        (Class::Remove, ..) => format!(
            "(SELECT json_group_array(j.value ORDER BY j.key) FROM json_each(coalesce({name}, '[]')) AS j WHERE j.value NOT IN (SELECT value FROM json_each(:{param})))"
        ),
        _ => format!(
            "(SELECT json_group_array(a.value ORDER BY a.place, a.key) FROM (SELECT 0 AS place, j.key, j.value FROM json_each(coalesce({name}, '[]')) AS j UNION ALL SELECT 1, n.key, n.value FROM json_each(:{param}) AS n WHERE n.value NOT IN (SELECT value FROM json_each(coalesce({name}, '[]')))) AS a)"
        ),
    }
}

/// The authenticated user as SQL text, for messages.
pub(crate) fn me_literal() -> String {
    literal(people::PEOPLE[people::ME].login)
}
