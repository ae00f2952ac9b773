//! `schema.sql`: one table an entity or relation, and one view an entity that shows each row as the document that the API returns.

use crate::columns::{Column, Shape};
use crate::entity::{Entity, Link, World};
use crate::schema::Kind;
use crate::words::{literal, quoted};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Most members of another entity that a document shows of it.
const MEMBERS_SHOWN_MAX: usize = 6;

/// Entities in an order in which parents come first.
pub(crate) fn ordered(world: &World, used: &BTreeSet<usize>) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    let mut visit = |start: usize| {
        let mut chain = vec![start];
        while let Some((parent, _)) = world.entities[*chain.last().unwrap_or(&start)].parent.as_ref() {
            chain.push(*parent);
        }
        for &i in chain.iter().rev() {
            if !out.contains(&i) {
                out.push(i);
            }
        }
    };
    used.iter().for_each(|&i| visit(i));
    out
}

/// Entities that `start` needs: parents, both ends of relations that documents show, referenced ones, counted children.
pub(crate) fn closure(world: &World, start: &BTreeSet<usize>, links: &BTreeSet<usize>) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut used, mut used_links) = (start.clone(), links.clone());
    loop {
        let before = (used.len(), used_links.len());
        for i in used.clone() {
            let e = &world.entities[i];
            used.extend(e.parent.as_ref().map(|(p, _)| *p));
            used.extend(e.columns.iter().filter_map(|c| c.reference));
            used_links.extend(e.columns.iter().filter_map(|c| c.link));
            for c in e.columns.iter().filter_map(|c| c.sql.as_ref()) {
                used.extend((0..world.entities.len()).filter(|&k| c.contains(&format!("FROM {} AS n", quoted(&world.entities[k].table)))));
            }
        }
        for l in &used_links {
            used.insert(world.links[*l].to);
            used.extend(world.links[*l].from);
        }
        if (used.len(), used_links.len()) == before {
            return (used, used_links);
        }
    }
}

/// The text of `schema.sql` for these entities and relations.
pub(crate) fn schema_sql(world: &World, entities: &[usize], links: &BTreeSet<usize>) -> String {
    let mut out = String::new();
    for &i in entities {
        table(&mut out, world, &world.entities[i]);
    }
    for &l in links {
        link_table(&mut out, world, &world.links[l]);
    }
    for &i in entities {
        view(&mut out, world, &world.entities[i]);
    }
    out
}

fn type_of(c: &Column) -> &'static str {
    match c.kind {
        Kind::Integer | Kind::Boolean => "INTEGER",
        Kind::Real => "REAL",
        _ => "TEXT",
    }
}

fn table(out: &mut String, world: &World, e: &Entity) {
    let _ = writeln!(out, "-- {}", crate::words::capital(&crate::words::plural(&e.noun)));
    let _ = writeln!(out, "CREATE TABLE {} (", quoted(&e.table));
    for c in e.columns.iter().filter(|c| c.stored()) {
        let _ = write!(out, "    {} {}", quoted(&c.name), type_of(c));
        if !c.nullable {
            out.push_str(" NOT NULL");
        }
        if c.kind == Kind::Boolean {
            let _ = write!(out, " CHECK ({} IN (0, 1))", quoted(&c.name));
        } else if c.shape == Shape::Plain && !c.values.is_empty() && c.role == crate::columns::Role::Body {
            let values: Vec<String> = c.values.iter().map(|v| literal(v)).collect();
            let _ = write!(out, " CHECK ({} IN ({}))", quoted(&c.name), values.join(", "));
        }
        out.push_str(",\n");
    }
    let names =
        |columns: &mut dyn Iterator<Item = usize>, of: &Entity| columns.map(|c| quoted(&of.columns[c].name)).collect::<Vec<_>>().join(", ");
    let _ = write!(out, "    PRIMARY KEY ({})", names(&mut e.key.iter().copied(), e));
    if let Some((parent, pairs)) = &e.parent {
        let p = &world.entities[*parent];
        let (mine, theirs) = (names(&mut pairs.iter().map(|(mine, _)| *mine), e), names(&mut pairs.iter().map(|(_, theirs)| *theirs), p));
        foreign_key(out, &mine, &p.table, &theirs);
    }
    elders(out, world, e);
    let integer = e.key.len() == 1 && e.columns[e.key[0]].kind == Kind::Integer;
    let _ = writeln!(out, "\n) STRICT{};", if integer { "" } else { ", WITHOUT ROWID" });
    if let Some((_, pairs)) = &e.parent {
        let covered = pairs.iter().zip(&e.key).all(|((mine, _), key)| mine == key);
        if !covered {
            let _ = writeln!(
                out,
                "CREATE INDEX {} ON {} ({});",
                quoted(&format!("{}_by_parent", e.table)),
                quoted(&e.table),
                names(&mut pairs.iter().map(|(mine, _)| *mine), e)
            );
        }
    }
    out.push('\n');
}

/// A foreign key that follows its row; both lists of columns are quoted.
fn foreign_key(out: &mut String, own: &str, table: &str, theirs: &str) {
    let _ = write!(out, ",\n    FOREIGN KEY ({own}) REFERENCES {} ({theirs}) ON DELETE CASCADE ON UPDATE CASCADE", quoted(table));
}

/// Foreign keys to what the parent belongs to, where the row names it too: redundant, but they tell how tables join.
fn elders(out: &mut String, world: &World, e: &Entity) {
    let Some((parent, pairs)) = &e.parent else { return };
    let mut here = &world.entities[*parent];
    let mut mine: std::collections::BTreeMap<usize, usize> = pairs.iter().map(|(m, t)| (*t, *m)).collect();
    while let Some((next, up)) = &here.parent {
        let elder = &world.entities[*next];
        let through: std::collections::BTreeMap<usize, usize> = up.iter().filter_map(|(m, t)| Some((*t, *mine.get(m)?))).collect();
        if through.len() == elder.key.len() {
            let (own, theirs): (Vec<String>, Vec<String>) =
                through.iter().map(|(t, m)| (quoted(&e.columns[*m].name), quoted(&elder.columns[*t].name))).unzip();
            foreign_key(out, &own.join(", "), &elder.table, &theirs.join(", "));
        }
        (here, mine) = (elder, through);
    }
}

fn link_table(out: &mut String, world: &World, link: &Link) {
    let _ = writeln!(out, "CREATE TABLE {} (", quoted(&link.table));
    for column in &link.columns {
        let kind = match (column.from, link.from, column.to) {
            (Some(c), Some(from), _) => type_of(&world.entities[from].columns[c]),
            (_, _, Some(c)) => type_of(&world.entities[link.to].columns[c]),
            _ => "TEXT",
        };
        let _ = writeln!(out, "    {} {kind} NOT NULL,", quoted(&column.name));
    }
    let all: Vec<String> = link.columns.iter().map(|c| quoted(&c.name)).collect();
    let _ = write!(out, "    PRIMARY KEY ({})", all.join(", "));
    let mut foreign = |e: &Entity, pick: &dyn Fn(&crate::entity::LinkColumn) -> Option<usize>| {
        let pairs: Vec<(String, String)> = e
            .key
            .iter()
            .filter_map(|k| link.columns.iter().find(|c| pick(c) == Some(*k)).map(|c| (quoted(&c.name), quoted(&e.columns[*k].name))))
            .collect();
        if pairs.len() == e.key.len() {
            let (mine, theirs): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
            foreign_key(out, &mine.join(", "), &e.table, &theirs.join(", "));
        }
    };
    if let Some(from) = link.from {
        foreign(&world.entities[from], &|c| c.from);
    }
    foreign(&world.entities[link.to], &|c| c.to);
    out.push_str("\n) STRICT, WITHOUT ROWID;\n\n");
}

fn view(out: &mut String, world: &World, e: &Entity) {
    let _ =
        writeln!(out, "CREATE VIEW {} AS\nSELECT t.*, {} AS doc\nFROM {} AS t;\n", quoted(&docs(e)), document(world, e), quoted(&e.table));
}

/// Name of the view of an entity's documents.
pub(crate) fn docs(e: &Entity) -> String {
    format!("{}_docs", e.table)
}

/// JSONB of a row of alias `t` as the API shows it.
fn document(world: &World, e: &Entity) -> String {
    let members: Vec<String> =
        e.columns.iter().filter(|c| c.shown).map(|c| format!("{}, {}", literal(&c.field), value(world, e, c))).collect();
    object(e.omits_nulls, &members)
}

/// JSONB of an object with these members, each `'name', value`.
pub(crate) fn object(omits_nulls: bool, members: &[String]) -> String {
    let inner = format!("jsonb_object({})", members.join(",\n    "));
    if omits_nulls { format!("jsonb_patch('{{}}', {inner})") } else { inner }
}

/// SQL of a column of alias `t` as documents show it.
pub(crate) fn value(world: &World, e: &Entity, c: &Column) -> String {
    let name = format!("t.{}", quoted(&c.name));
    if let Some(sql) = &c.sql {
        return sql.clone();
    }
    if let Some(link) = c.link {
        return members(world, e, &world.links[link]);
    }
    if let Some(target) = c.reference {
        return referenced(world, e, &name, target);
    }
    match (&c.shape, c.kind) {
        (Shape::Plain, Kind::Boolean) => format!("CASE {name} WHEN 1 THEN jsonb('true') WHEN 0 THEN jsonb('false') END"),
        (Shape::Plain, _) => name,
        (Shape::Named(member), _) if c.nullable => {
            format!("CASE WHEN {name} IS NOT NULL THEN jsonb_object({}, {name}) END", literal(member))
        }
        (Shape::Named(member), _) => format!("jsonb_object({}, {name})", literal(member)),
        (Shape::NamedList(member), _) => {
            format!("(SELECT jsonb_group_array(jsonb_object({}, j.value) ORDER BY j.key) FROM json_each({name}) AS j)", literal(member))
        }
        (Shape::Json, _) => nested(e, c).unwrap_or_else(|| format!("jsonb({name})")),
    }
}

/// A member with the keys that it shows in it.
fn nested(e: &Entity, c: &Column) -> Option<String> {
    let inside: Vec<String> = e
        .nested
        .iter()
        .filter(|n| n.outer == c.field)
        .map(|n| format!("{}, t.{}", literal(&format!("$.{}", n.inner)), quoted(&e.columns[n.column].name)))
        .collect();
    (!inside.is_empty()).then(|| format!("jsonb_set(jsonb(coalesce(t.{}, '{{}}')), {})", quoted(&c.name), inside.join(", ")))
}

/// The few columns that stand for an entity inside the document of another.
fn brief(e: &Entity) -> Vec<&Column> {
    let plain = |c: &&Column| c.stored() && c.shown && c.shape == Shape::Plain;
    let own = e.own.iter().map(|&i| &e.columns[i]).filter(|c| c.shown);
    let rest = e
        .columns
        .iter()
        .enumerate()
        .filter(|(i, _)| !e.own.contains(i))
        .map(|(_, c)| c)
        .filter(plain)
        .filter(|c| c.role != crate::columns::Role::Scope);
    own.chain(rest.take(MEMBERS_SHOWN_MAX)).collect()
}

fn brief_object(e: &Entity, alias: &str) -> String {
    let part = |c: &Column| {
        let name = format!("{alias}.{}", quoted(&c.name));
        let value = match (&c.shape, c.kind) {
            (Shape::Named(member), _) => format!("jsonb_object({}, {name})", literal(member)),
            (_, Kind::Boolean) => format!("CASE {name} WHEN 1 THEN jsonb('true') WHEN 0 THEN jsonb('false') END"),
            _ => name,
        };
        format!("{}, {value}", literal(&c.field))
    };
    format!("jsonb_object({})", brief(e).into_iter().map(part).collect::<Vec<_>>().join(", "))
}

fn members(world: &World, e: &Entity, link: &Link) -> String {
    let to = &world.entities[link.to];
    let near: Vec<String> =
        link.columns.iter().filter_map(|c| c.from.map(|f| format!("l.{} = t.{}", quoted(&c.name), quoted(&e.columns[f].name)))).collect();
    let far: Vec<String> =
        link.columns.iter().filter_map(|c| c.to.map(|k| format!("d.{} = l.{}", quoted(&to.columns[k].name), quoted(&c.name)))).collect();
    let order: Vec<String> = to.own.iter().map(|&k| format!("d.{}", quoted(&to.columns[k].name))).collect();
    format!(
        "(SELECT jsonb_group_array({} ORDER BY {}) FROM {} AS l JOIN {} AS d ON {} WHERE {})",
        brief_object(to, "d"),
        order.join(", "),
        quoted(&link.table),
        quoted(&to.table),
        far.join(" AND "),
        near.join(" AND ")
    )
}

fn referenced(world: &World, e: &Entity, name: &str, target: usize) -> String {
    let to = &world.entities[target];
    let on = reference_on(e, to, name, "r", "t");
    format!("(SELECT {} FROM {} AS r WHERE {on})", brief_object(to, "r"), quoted(&to.table))
}

/// The condition that row `far` of `to` is what `value` in a row `near` of `e` refers to.
pub(crate) fn reference_on(e: &Entity, to: &Entity, value: &str, far: &str, near: &str) -> String {
    let parts = to.key.iter().map(|&k| {
        let column = &to.columns[k];
        if to.own.contains(&k) {
            format!("{far}.{} = {value}", quoted(&column.name))
        } else {
            let mine = e.columns.iter().find(|c| c.name == column.name).map_or(column.name.as_str(), |c| c.name.as_str());
            let near = if near.is_empty() { String::new() } else { format!("{near}.") };
            format!("{far}.{} = {near}{}", quoted(&column.name), quoted(mine))
        }
    });
    parts.collect::<Vec<_>>().join(" AND ")
}

/// Schema of an entity's document.
pub(crate) fn document_schema(world: &World, e: &Entity) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<String> = Vec::new();
    for c in e.columns.iter().filter(|c| c.shown) {
        let (schema, always) = member_schema(world, e, c);
        properties.insert(c.field.clone(), schema);
        if always {
            required.push(c.field.clone());
        }
    }
    required.sort();
    json!({"type": "object", "properties": properties, "required": required})
}

/// Schema of one member, and whether it is always there.
pub(crate) fn member_schema(world: &World, e: &Entity, c: &Column) -> (Value, bool) {
    let brief_schema = |to: &Entity| {
        let members: Map<String, Value> =
            brief(to).into_iter().map(|c| (c.field.clone(), if c.nullable { or_null(&c.schema) } else { c.schema.clone() })).collect();
        json!({"type": "object", "properties": members})
    };
    let inner = match (c.link, c.reference) {
        (Some(link), _) => json!({"type": "array", "items": brief_schema(&world.entities[world.links[link].to])}),
        (_, Some(target)) => brief_schema(&world.entities[target]),
        _ => c.schema.clone(),
    };
    let can_be_null = c.nullable && c.link.is_none() || c.reference.is_some();
    match (can_be_null, e.omits_nulls) {
        (false, _) => (inner, true),
        (true, true) => (inner, false),
        (true, false) => (or_null(&inner), true),
    }
}

/// `schema`, or null.
pub(crate) fn or_null(schema: &Value) -> Value {
    let mut out = schema.clone();
    if let Some(name) = schema["type"].as_str() {
        out["type"] = json!([name, "null"]);
    }
    if let Some(values) = out.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    out
}
