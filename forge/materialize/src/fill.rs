//! The values of a new row, and the changes of an old one.

use crate::actions::{is_status, statuses};
use crate::columns::{Column, Role, Shape};
use crate::entity::{Entity, World};
use crate::operation::{Class, Does, Operation};
use crate::people;
use crate::schema::Kind;
use crate::sql::{Body, bound, is_list};
use crate::words::{flat, literal, quoted};
use serde_json::Value;
use std::collections::BTreeMap;

/// SQL of every stored column of a new row. Adds the `@let` steps that generated keys need.
pub(crate) fn insert(world: &World, entity: &Entity, operation: &Operation, body: &mut Body) -> Result<BTreeMap<usize, String>, String> {
    let mut values: BTreeMap<usize, String> = BTreeMap::new();
    for p in &operation.params {
        match p.does {
            Does::Key(c) | Does::Scope(c) => {
                values.insert(c, format!(":{}", p.name));
            }
            Does::Field(c) => {
                let column = &entity.columns[c];
                values.insert(c, given(column, &p.name, p.required));
            }
            _ => {}
        }
    }
    for p in &operation.params {
        if let Does::Event(c, pairs) = &p.does {
            let fallback = opening(&entity.columns[*c]).map_or_else(|| "''".to_owned(), |s| literal(&s));
            values.insert(*c, event(&p.name, pairs, &fallback));
        }
    }
    for (c, sql) in &operation.values_at_creation {
        values.entry(*c).or_insert_with(|| me(&entity.columns[*c], sql));
    }
    from_new_parent(world, entity, operation, &mut values);
    named_inside(entity, operation, &mut values, body);
    for &c in &entity.own {
        if !values.contains_key(&c) {
            let sql = generated(entity, c, operation, &values)?;
            body.note(&format!("@let w_{} = {sql}", entity.columns[c].name));
            values.insert(c, format!(":w_{}", entity.columns[c].name));
        }
    }
    for (i, column) in entity.columns.iter().enumerate() {
        if column.stored() && !values.contains_key(&i) {
            let sql = initial(entity, column, &values);
            values.insert(i, sql);
        }
    }
    Ok(values)
}

/// Keys that the caller gives inside of a member: `metadata.name`.
fn named_inside(entity: &Entity, operation: &Operation, values: &mut BTreeMap<usize, String>, body: &mut Body) {
    for nested in entity.nested.iter().filter(|n| entity.own.contains(&n.column)) {
        let outer = operation.params.iter().find(|p| matches!(p.does, Does::Field(c) if entity.columns[c].field == nested.outer));
        let Some(outer) = outer.filter(|_| !values.contains_key(&nested.column)) else { continue };
        let value = format!("(:{} ->> {})", outer.name, literal(&format!("$.{}", nested.inner)));
        body.require(&format!("coalesce({value}, '') <> ''"), "invalid", &format!("{}.{} is required", outer.name, nested.inner));
        values.insert(nested.column, value);
    }
}

/// Scope columns that no parameter gives, where the parent's row is known by a longer chain than its key.
fn from_new_parent(world: &World, entity: &Entity, operation: &Operation, values: &mut BTreeMap<usize, String>) {
    let Some((parent, pairs)) = &entity.parent else { return };
    let p = &world.entities[*parent];
    let bound = bound(operation);
    let on: Option<Vec<String>> =
        pairs.iter().map(|(mine, theirs)| bound.get(mine).map(|n| format!("{} = :{n}", quoted(&p.columns[*theirs].name)))).collect();
    let Some(on) = on else { return };
    for (i, column) in entity.columns.iter().enumerate() {
        if column.role == Role::Scope && !values.contains_key(&i) && p.columns.iter().any(|c| c.name == column.name && c.stored()) {
            values.insert(i, format!("(SELECT {} FROM {} WHERE {})", quoted(&column.name), quoted(&p.table), on.join(" AND ")));
        }
    }
}

fn given(c: &Column, param: &str, required: bool) -> String {
    let default = c.default.as_ref().and_then(default_sql).filter(|_| c.kind != Kind::Any);
    let fallback = if let Some(sql) = default {
        Some(sql)
    } else if c.nullable || required {
        None
    } else if is_status(c) {
        opening(c).map(|s| literal(&s))
    } else {
        Some(neutral(c))
    };
    match fallback {
        Some(sql) if !required => format!("coalesce(:{param}, {sql})"),
        _ => format!(":{param}"),
    }
}

/// The status that an event leads to.
fn event(param: &str, pairs: &[(String, String)], fallback: &str) -> String {
    let cases: Vec<String> = pairs.iter().map(|(value, status)| format!("WHEN {} THEN {}", literal(value), literal(status))).collect();
    format!("CASE :{param} {} ELSE {fallback} END", cases.join(" "))
}

fn default_sql(value: &Value) -> Option<String> {
    match value {
        Value::Bool(b) => Some(i64::from(*b).to_string()),
        Value::Number(n) => Some(n.to_string()),
        Value::String(s) => Some(literal(s)),
        _ => None,
    }
}

/// The authenticated user in the form that the column has, where `sql` asks for it.
pub(crate) fn me(c: &Column, sql: &str) -> String {
    if sql == "@me" { person(c) } else { sql.to_owned() }
}

fn person(c: &Column) -> String {
    match &c.shape {
        Shape::Json => literal(&people::document(people::ME, &c.schema).to_string()),
        _ => literal(&people::told_as(people::ME, &c.field, &c.format)),
    }
}

/// A key that the service makes: the next number of its parent, an address made of the name, or a generated id.
pub(crate) fn generated(entity: &Entity, c: usize, operation: &Operation, values: &BTreeMap<usize, String>) -> Result<String, String> {
    let column = &entity.columns[c];
    let table = quoted(&entity.table);
    let name = quoted(&column.name);
    let scope: Vec<String> = entity
        .key
        .iter()
        .filter(|k| !entity.own.contains(k))
        .filter_map(|k| values.get(k).map(|v| format!("{} = {v}", quoted(&entity.columns[*k].name))))
        .collect();
    let within = if scope.is_empty() { String::new() } else { format!(" WHERE {}", scope.join(" AND ")) };
    let f = flat(&column.field);
    if column.kind == Kind::Integer && matches!(f.as_str(), "number" | "iid" | "index" | "position" | "sequence") {
        return Ok(format!("(SELECT coalesce(max({name}), 0) + 1 FROM {table}{within})"));
    }
    if let Some(sql) = derived(entity, c, values) {
        return Ok(sql);
    }
    let _ = operation;
    let id = if column.kind == Kind::Integer { "wardian_id_int" } else { "wardian_id" };
    let tail = if scope.is_empty() { String::new() } else { format!(" AND {}", scope.join(" AND ")) };
    let id_of = |n: &str| format!("{id}({}, {n}, :args)", literal(&entity.table));
    Ok(format!(
        "(WITH RECURSIVE c(n, id) AS (SELECT 0, {} UNION ALL SELECT n + 1, {} FROM c WHERE EXISTS (SELECT 1 FROM {table} WHERE {name} = c.id{tail})) SELECT id FROM c ORDER BY n DESC LIMIT 1)",
        id_of("0"),
        id_of("n + 1")
    ))
}

/// Addresses, resource names and slugs follow from the name that the caller gives.
pub(crate) fn derived(entity: &Entity, c: usize, values: &BTreeMap<usize, String>) -> Option<String> {
    let column = &entity.columns[c];
    let f = flat(&column.field);
    let named = naming(entity).filter(|n| *n != c).and_then(|n| values.get(&n));
    if f == "slug" {
        return named.map(|n| format!("lower(replace({n}, ' ', '-'))"));
    }
    let stem = pattern(entity, column)?;
    let id = entity
        .columns
        .iter()
        .enumerate()
        .find(|(i, o)| entity.own.contains(i) && *i != c && o.kind == Kind::Text)
        .and_then(|(i, _)| values.get(&i));
    let scope = entity
        .columns
        .iter()
        .enumerate()
        .find(|(i, o)| o.role == Role::Scope && flat(&o.field).ends_with("arn") && values.contains_key(i))
        .map(|(i, _)| i);
    if let Some(scope) = scope.filter(|_| f.ends_with("arn")) {
        return Some(format!(
            "{} || ':' || wardian_id({}, (SELECT count(*) FROM {}), :args)",
            values[&scope],
            literal(&entity.table),
            quoted(&entity.table)
        ));
    }
    Some(format!("{} || {}", literal(&stem), named.or(id)?))
}

/// The column whose value names the thing: `QueueName`, `Name`, `display_name`.
pub(crate) fn naming(entity: &Entity) -> Option<usize> {
    let noun = flat(&entity.noun);
    let tries = ["name".to_owned(), format!("{noun}name"), "displayname".to_owned(), "title".to_owned()];
    tries.iter().find_map(|t| {
        entity.columns.iter().position(|c| flat(&c.field) == *t && c.kind == Kind::Text && c.shape == Shape::Plain && c.stored())
    })
}

/// What stands before the name in an AWS resource name or a queue's address.
pub(crate) fn pattern(entity: &Entity, c: &Column) -> Option<String> {
    let f = flat(&c.field);
    if entity.provider != "amazonaws.com" {
        return None;
    }
    if f.ends_with("url") && f.starts_with(&flat(&entity.noun)) {
        return Some(format!("https://{}.us-east-1.amazonaws.com/{}/", entity.service, people::ACCOUNT));
    }
    let bare = matches!(entity.service.as_str(), "sns" | "sqs");
    let kind = if bare { String::new() } else { format!("{}:", entity.noun.replace(' ', "-")) };
    (f == "arn" || f == format!("{}arn", flat(&entity.noun)))
        .then(|| format!("arn:aws:{}:us-east-1:{}:{kind}", entity.service, people::ACCOUNT))
}

/// The value of a column that the caller did not give.
fn initial(entity: &Entity, c: &Column, values: &BTreeMap<usize, String>) -> String {
    let index = entity.columns.iter().position(|o| o.name == c.name).unwrap_or(0);
    match c.role {
        Role::Created | Role::Updated => return ":now".to_owned(),
        Role::Me => return person(c),
        _ => {}
    }
    if let Some(sql) = derived(entity, index, values) {
        return sql;
    }
    if let Some(default) = c.default.as_ref().and_then(default_sql) {
        return default;
    }
    if is_status(c)
        && let Some(first) = opening(c)
    {
        return literal(&first);
    }
    let f = flat(&c.field);
    if c.kind == Kind::Integer && c.role == Role::Server && f == "id" {
        return format!(
            "wardian_id_int({}, (SELECT count(*) FROM {}), :args)",
            literal(&format!("{}.id", entity.table)),
            quoted(&entity.table)
        );
    }
    let id_like =
        f == "id" || f.ends_with("sha") || f == "versionid" || f == format!("{}id", flat(&entity.noun)) || f == "uid" || f == "icaluid";
    if c.kind == Kind::Text && c.role == Role::Server && id_like && c.shape == Shape::Plain && !c.nullable {
        return format!(
            "wardian_id({}, (SELECT count(*) FROM {}), :args)",
            literal(&format!("{}.{}", entity.table, c.name)),
            quoted(&entity.table)
        );
    }
    if c.nullable { "NULL".to_owned() } else { neutral(c) }
}

/// The status that a new thing has.
pub(crate) fn opening(c: &Column) -> Option<String> {
    let values = statuses(c);
    let first = [
        "open",
        "active",
        "enabled",
        "needsaction",
        "confirmed",
        "new",
        "created",
        "pending",
        "submitted",
        "assignable",
        "draft",
        "available",
        "accepted",
        "provisioned",
        "running",
    ];
    first.iter().find_map(|f| values.iter().find(|v| flat(v) == *f)).or(values.first()).cloned()
}

/// The opening value of the entity's status.
pub(crate) fn opening_of(entity: &Entity) -> Option<String> {
    entity.columns.iter().find(|c| is_status(c)).and_then(opening)
}

/// A value that says nothing yet.
fn neutral(c: &Column) -> String {
    match (c.kind, &c.shape) {
        (_, Shape::NamedList(_)) => "'[]'".to_owned(),
        (_, Shape::Json) => if is_list(c) { "'[]'" } else { "'{}'" }.to_owned(),
        (Kind::Integer | Kind::Boolean, _) => "0".to_owned(),
        (Kind::Real, _) => "0.0".to_owned(),
        _ if !c.values.is_empty() => literal(&c.values[0]),
        _ if c.is_time() => ":now".to_owned(),
        _ => "''".to_owned(),
    }
}

/// `SET` items of a change.
pub(crate) fn update(entity: &Entity, operation: &Operation) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut touched: Vec<usize> = Vec::new();
    for p in &operation.params {
        let Does::Field(c) = p.does else { continue };
        let column = &entity.columns[c];
        let name = quoted(&column.name);
        touched.push(c);
        let merges = column.shape == Shape::Json && column.schema.get("additionalProperties").is_some();
        out.push(if merges {
            format!("{name} = json_patch(coalesce({name}, '{{}}'), coalesce(:{}, '{{}}'))", p.name)
        } else if column.nullable && !p.required {
            format!("{name} = iif(:{0}?, :{0}, {name})", p.name)
        } else {
            format!("{name} = coalesce(:{}, {name})", p.name)
        });
        if is_status(column) && column.role == Role::Body {
            out.extend(moments(entity, column, &p.name, &mut touched));
        }
    }
    if let Some((c, sql)) = part(operation) {
        let column = quoted(&entity.columns[c].name);
        touched.push(c);
        out.push(format!("{column} = json_patch(coalesce({column}, '{{}}'), {sql})"));
    }
    if let Some(p) = operation.params.iter().find(|p| p.does == Does::Patches) {
        for c in crate::sql::patched(entity) {
            let name = quoted(&c.name);
            let path = format!("lower(j.value ->> 'AttributePath') = {}", literal(&c.field.to_lowercase()));
            out.push(format!("{name} = coalesce((SELECT j.value ->> 'AttributeValue' FROM json_each(:{}) AS j WHERE {path} ORDER BY j.key DESC LIMIT 1), {name})", p.name));
        }
    }
    if let Some(p) = operation.params.iter().find(|p| p.does == Does::Merge) {
        out.extend(mergeable(entity).map(|(c, column)| {
            touched.push(c);
            merged(column, &p.name)
        }));
    }
    for p in &operation.params {
        if let Does::Event(c, pairs) = &p.does
            && !touched.contains(c)
        {
            let name = quoted(&entity.columns[*c].name);
            touched.push(*c);
            out.push(format!("{name} = {}", event(&p.name, pairs, &name)));
        }
    }
    for e in &operation.effects {
        if !touched.contains(&e.column) {
            touched.push(e.column);
            let column = &entity.columns[e.column];
            out.push(format!("{} = {}", quoted(&column.name), me(column, &e.sql)));
        }
    }
    let changes =
        !out.is_empty() || matches!(operation.class, Class::Move) || operation.params.iter().any(|p| matches!(p.does, Does::Members(_)));
    for (i, c) in entity.columns.iter().enumerate() {
        if changes && c.role == Role::Updated && c.stored() && !touched.contains(&i) {
            out.push(format!("{} = :now", quoted(&c.name)));
        }
    }
    out
}

/// Columns that a merge patch can change.
pub(crate) fn mergeable(entity: &Entity) -> impl Iterator<Item = (usize, &Column)> {
    let can = |(i, c): &(usize, &Column)| {
        c.stored() && c.shown && c.role == Role::Body && !entity.key.contains(i) && matches!(c.shape, Shape::Plain | Shape::Json)
    };
    entity.columns.iter().enumerate().filter(can)
}

/// One column's part of a merge patch: members replace, objects merge, null removes what may be absent.
fn merged(c: &Column, param: &str) -> String {
    let name = quoted(&c.name);
    let path = literal(&format!("$.\"{}\"", c.field));
    let given = if c.shape == Shape::Json && is_list(c) {
        format!(":{param} -> {path}")
    } else if c.shape == Shape::Json {
        format!("json_patch(coalesce({name}, '{{}}'), :{param} -> {path})")
    } else {
        format!(":{param} ->> {path}")
    };
    let kept = if c.nullable { given } else { format!("coalesce({given}, {name})") };
    let removed = if c.nullable { format!(" WHEN json_type(:{param}, {path}) = 'null' THEN NULL") } else { String::new() };
    format!("{name} = CASE WHEN json_type(:{param}, {path}) IS NULL THEN {name}{removed} ELSE {kept} END")
}

/// The one member of a JSON column that two parameters name and give.
fn part(operation: &Operation) -> Option<(usize, String)> {
    let (column, key) = operation.params.iter().find_map(|p| if let Does::PartName(c) = p.does { Some((c, &p.name)) } else { None })?;
    let value = operation.params.iter().find(|p| p.does == Does::PartValue)?;
    Some((column, format!("json_object(:{key}, coalesce(:{}, ''))", value.name)))
}

/// `closed_at` follows `state`: set when it becomes `closed`, emptied when it becomes anything else.
fn moments(entity: &Entity, status: &Column, param: &str, touched: &mut Vec<usize>) -> Vec<String> {
    let mut out = Vec::new();
    for value in statuses(status) {
        let v = flat(&value);
        let names = [v.clone(), format!("{v}at"), format!("{v}time"), format!("{v}date"), format!("{v}on")];
        for (i, c) in entity.columns.iter().enumerate() {
            let follows = c.stored()
                && c.nullable
                && c.kind == Kind::Text
                && c.shape == Shape::Plain
                && names.contains(&flat(&c.field))
                && c.name != status.name;
            if follows && !touched.contains(&i) && (c.is_time() || c.format.is_empty()) {
                touched.push(i);
                let (name, value) = (quoted(&c.name), literal(&value));
                out.push(format!(
                    "{name} = CASE WHEN :{param} = {value} THEN coalesce({name}, :now) WHEN :{param} IS NULL THEN {name} END"
                ));
            }
        }
    }
    out
}
