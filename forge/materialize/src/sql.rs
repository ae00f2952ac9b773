//! `tools.sql`: one annotated tool an operation.

use crate::columns::{Column, Role, Shape};
use crate::entity::{Entity, World};
use crate::fill;
use crate::functions::{self, Told};
use crate::listing;
use crate::operation::{Class, Does, Operation, Param};
use crate::output::{self, Shown};
use crate::relation;
use crate::schema::{Kind, one_line};
use crate::tables::{docs, reference_on};
use crate::words::{literal, plural, quoted, spaced, with_article};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use wardian_format::CatalogTool;
use wardian_format::pack::RefKind;

/// Longest tool description, in characters.
const DOC_CHARS_MAX: usize = 500;

/// The steps of a tool under construction, and what it returns.
#[derive(Default)]
pub(crate) struct Body {
    /// Statements and annotations, one a line or more.
    pub(crate) text: String,
    pub(crate) schema: Value,
    pub(crate) yields: Vec<(String, String, String)>,
    /// The member of the result that holds the document.
    pub(crate) envelope: Option<String>,
}

impl Body {
    /// `@require condition else code "message"`
    pub(crate) fn require(&mut self, condition: &str, code: &str, message: &str) {
        let _ = writeln!(self.text, "-- @require {condition} else {code} \"{}\"", message.replace('"', "'"));
    }

    /// A statement.
    pub(crate) fn statement(&mut self, sql: &str) {
        let _ = writeln!(self.text, "{sql};");
    }

    /// An annotation.
    pub(crate) fn note(&mut self, text: &str) {
        let _ = writeln!(self.text, "-- {text}");
    }

    /// The result of one row.
    pub(crate) fn returns(&mut self, shown: Shown, from: &str) {
        self.returns_as("@return", shown, from);
    }

    /// The result of one row, after this annotation.
    fn returns_as(&mut self, note: &str, shown: Shown, from: &str) {
        let shown = match &self.envelope {
            Some(name) => output::wrap(name, &shown),
            None => shown,
        };
        self.note(note);
        self.statement(&format!("SELECT {}{from}", shown.sql));
        self.schema = shown.schema;
        self.yields = shown.yields;
    }
}

/// The text of one tool, or why it cannot be written.
pub(crate) fn tool_sql(world: &World, tool: &CatalogTool, name: &str, operation: &Operation) -> Result<String, String> {
    let entity = &world.entities[operation.entity];
    for p in &operation.params {
        let plain = p.name.starts_with(|c: char| c.is_ascii_alphabetic()) && p.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain || matches!(p.name.as_str(), "args" | "now") {
            return Err(format!("parameter `{}` has a name that SQL cannot bind", p.name));
        }
    }
    let mut body = Body { envelope: operation.envelope.result.clone(), ..Body::default() };
    open_body(operation, &mut body);
    for (condition, message) in &operation.known {
        body.require(condition, "not_found", message);
    }
    match operation.class {
        _ if operation.link.is_some() => relation::write(world, tool, operation, &mut body)?,
        Class::List => listing::write(world, tool, operation, &mut body)?,
        Class::Get | Class::GetPart => get(world, tool, operation, &mut body)?,
        Class::Check => check(world, entity, operation, &mut body),
        Class::Create if operation.copies => copy(world, tool, operation, &mut body)?,
        Class::Create => create(world, tool, operation, &mut body)?,
        Class::Update | Class::Action => update(world, tool, operation, &mut body)?,
        Class::Upsert => upsert(world, tool, operation, &mut body)?,
        Class::Delete => delete(world, tool, operation, &mut body)?,
        Class::Move => moved(world, tool, operation, &mut body)?,
        Class::Clear => clear(world, entity, operation, &mut body)?,
        Class::Add | Class::Remove | Class::Set => relation::list_column(world, tool, operation, &mut body)?,
        Class::Pure => pure(world, operation, &mut body),
        Class::ListRelated => return Err("it shows a relation that is not there".to_owned()),
    }
    let mut text = body.text.clone();
    // Whether a parameter was given is asked of the parameter; of a member, whether it is there.
    for (outer, name) in operation.envelope.body.iter().flat_map(|b| b.members.iter().map(move |m| (&b.param, m))) {
        text = text.replace(&format!(":{name}?"), &format!("json_type(:{outer}, '$.\"{name}\"') IS NOT NULL"));
    }
    Ok(head(tool, name, operation, &body) + &text)
}

/// Names the members of a body that lies in one parameter, so that the rest can speak of them as parameters.
fn open_body(operation: &Operation, body: &mut Body) {
    let Some(outer) = &operation.envelope.body else { return };
    for p in operation.params.iter().filter(|p| outer.members.contains(&p.name)) {
        let arrow = if matches!(p.kind.as_str(), "json" | "list(text)") { "->" } else { "->>" };
        body.note(&format!("@let {} = :{} {arrow} {}", p.name, outer.param, literal(&format!("$.\"{}\"", p.name))));
    }
}

/// The parameter that holds the body, declared with what the tool reads of it.
fn outer_param(operation: &Operation, outer: &crate::prepare::Body, tool: &CatalogTool) -> String {
    let mut members = serde_json::Map::new();
    let mut required: Vec<&str> = Vec::new();
    for p in operation.params.iter().filter(|p| outer.members.contains(&p.name)) {
        let mut schema = crate::schema::reduced(&tool.parameters["properties"][&p.name], 12, 3).unwrap_or_else(|| serde_json::json!({}));
        if !p.values.is_empty() && p.kind == "text" {
            schema["enum"] = serde_json::json!(p.values);
        }
        if !p.description.is_empty() {
            schema["description"] = serde_json::json!(p.description);
        }
        if p.required {
            required.push(&p.name);
        } else {
            schema = crate::tables::or_null(&schema);
        }
        members.insert(p.name.clone(), schema);
    }
    let schema = serde_json::json!({"type": "object", "properties": members, "required": required});
    let mark = if outer.required || !required.is_empty() { "" } else { "?" };
    format!("{} json{mark} schema({schema}) {}", outer.param, outer.description).trim_end().to_owned()
}

fn head(tool: &CatalogTool, name: &str, operation: &Operation, body: &Body) -> String {
    let mut out = format!("-- @tool {name}\n");
    let doc = one_line(&tool.description, DOC_CHARS_MAX);
    let _ = writeln!(out, "-- @doc {}", if doc.is_empty() { crate::words::capital(&spaced(&tool.name)) } else { doc });
    let inside = |p: &&Param| operation.envelope.body.as_ref().is_some_and(|b| b.members.contains(&p.name));
    for p in operation.params.iter().filter(|p| !inside(p)) {
        let _ = writeln!(out, "-- @param {}", param(p, tool));
    }
    if let Some(outer) = &operation.envelope.body {
        let _ = writeln!(out, "-- @param {}", outer_param(operation, outer, tool));
    }
    let _ = writeln!(out, "-- @catalog {}", tool.id);
    for (path, table, column) in &body.yields {
        let _ = writeln!(out, "-- @yields {table}.{column} {path}");
    }
    let _ = writeln!(out, "-- @returns {}", body.schema);
    out
}

fn param(p: &Param, tool: &CatalogTool) -> String {
    let mut out = format!("{} {}", p.name, p.kind);
    let declared = &tool.parameters["properties"][&p.name];
    let can_be_null = matches!(p.does, Does::Field(_)) && !p.required && crate::schema::nullable(declared);
    if can_be_null {
        out.push_str("|null");
    }
    match &p.default {
        Some(default) => {
            let _ = write!(out, " = {}", sql_literal(default));
        }
        None if !p.required => out.push('?'),
        None => {}
    }
    if !p.values.is_empty() && p.kind == "text" {
        let values: Vec<String> = p.values.iter().map(|v| literal(v)).collect();
        let _ = write!(out, " enum({})", values.join(","));
    }
    if let Some((kind, table, column)) = &p.relation {
        let word = match kind {
            RefKind::Existing => "ref",
            RefKind::New => "new",
            RefKind::Value => "of",
        };
        let _ = write!(out, " {word}({table}.{column})");
    }
    if p.kind == "json"
        && let Some(schema) = crate::schema::reduced(declared, 12, 3)
    {
        let _ = write!(out, " schema({schema})");
    }
    let description = p.description.trim_start_matches(['(', '=', '?', '|']);
    if !description.is_empty() {
        let _ = write!(out, " {description}");
    }
    out
}

fn sql_literal(value: &Value) -> String {
    match value {
        Value::String(s) => literal(s),
        other => other.to_string(),
    }
}

/// `t.owner = :owner AND t.number = :issue_number` over the parameters that pick a row.
pub(crate) fn picks(entity: &Entity, operation: &Operation, alias: &str) -> String {
    let prefix = if alias.is_empty() { String::new() } else { format!("{alias}.") };
    let keys = operation.params.iter().filter_map(|p| match p.does {
        Does::Key(c) if operation.any_case && is_name(&entity.columns[c]) && !entity.own.contains(&c) => {
            Some(format!("lower({prefix}{}) = lower(:{})", quoted(&entity.columns[c].name), p.name))
        }
        Does::Key(c) | Does::Scope(c) => Some(format!("{prefix}{} = :{}", quoted(&entity.columns[c].name), p.name)),
        _ => None,
    });
    let fixed = operation.fixed.iter().map(|f| f.replace("t.", &prefix));
    let all: Vec<String> = keys.chain(fixed).collect();
    if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
}

/// What people write in any case: names and e-mail addresses.
fn is_name(c: &Column) -> bool {
    let f = crate::words::flat(&c.field);
    c.kind == Kind::Text && (f.ends_with("name") || f.contains("email"))
}

/// `issue {issue_number}`, `repository {owner}/{repo}`.
pub(crate) fn called(entity: &Entity, bound: &BTreeMap<usize, String>) -> String {
    let own: Vec<String> = entity.own.iter().filter_map(|c| bound.get(c).map(|p| format!("{{{p}}}"))).collect();
    if own.is_empty() {
        let scope: Vec<String> = bound.values().map(|p| format!("{{{p}}}")).collect();
        return if scope.is_empty() { entity.noun.clone() } else { format!("{} of {}", entity.noun, scope.join("/")) };
    }
    format!("{} {}", entity.noun, own.join("/"))
}

/// Columns that parameters bind, with the parameters' names.
pub(crate) fn bound(operation: &Operation) -> BTreeMap<usize, String> {
    operation
        .params
        .iter()
        .filter_map(|p| match p.does {
            Does::Key(c) | Does::Scope(c) => Some((c, p.name.clone())),
            _ => None,
        })
        .collect()
}

/// Refuses when the nearest ancestor that the parameters pick does not exist.
pub(crate) fn require_parent(world: &World, entity: &Entity, bound: &BTreeMap<usize, String>, body: &mut Body) {
    let mut here = entity;
    let mut bound = bound.clone();
    while let Some((parent, pairs)) = &here.parent {
        let p = &world.entities[*parent];
        let known: BTreeMap<usize, String> =
            pairs.iter().filter_map(|(mine, theirs)| bound.get(mine).map(|n| (*theirs, n.clone()))).collect();
        if known.len() == pairs.len() {
            let on: Vec<String> = known.iter().map(|(c, n)| format!("{} = :{n}", quoted(&p.columns[*c].name))).collect();
            body.require(
                &format!("EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&p.table), on.join(" AND ")),
                "not_found",
                &format!("{} was not found", called(p, &known)),
            );
            return;
        }
        bound = known;
        here = p;
    }
}

fn require_row(entity: &Entity, operation: &Operation, body: &mut Body) {
    let condition = format!("EXISTS (SELECT 1 FROM {} AS t WHERE {})", quoted(&entity.table), picks(entity, operation, "t"));
    body.require(&condition, "not_found", &format!("{} was not found", called(entity, &bound(operation))));
}

fn from_docs(entity: &Entity, conditions: &str) -> String {
    format!(" FROM {} AS t WHERE {conditions}", quoted(&docs(entity)))
}

fn get(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let shown = output::single(world, tool, operation)?;
    require_parent(world, entity, &bound(operation), body);
    let order = if operation.newest {
        let created = entity.columns.iter().find(|c| c.role == Role::Created).ok_or("nothing says which is the newest")?;
        let own: Vec<String> = entity.own.iter().map(|&c| format!("t.{} DESC", quoted(&entity.columns[c].name))).collect();
        format!(" ORDER BY t.{} DESC, {} LIMIT 1", quoted(&created.name), own.join(", "))
    } else if unique_pick(entity, operation) {
        String::new()
    } else {
        let key: Vec<String> = entity.key.iter().map(|&c| format!("t.{}", quoted(&entity.columns[c].name))).collect();
        format!(" ORDER BY {} LIMIT 1", key.join(", "))
    };
    let note = format!("@return else not_found \"{} was not found\"", called_any(entity, operation));
    body.returns_as(&note, shown, &format!("{}{order}", from_docs(entity, &picks(entity, operation, "t"))));
    Ok(())
}

/// As [`called`], also where the row is picked by something other than its key.
fn called_any(entity: &Entity, operation: &Operation) -> String {
    let bound = bound(operation);
    if entity.own.iter().any(|c| bound.contains_key(c)) || entity.own.is_empty() {
        return called(entity, &bound);
    }
    let last = operation.params.iter().rev().find(|p| matches!(p.does, Does::Key(_)));
    last.map_or_else(|| entity.noun.clone(), |p| format!("{} {{{}}}", entity.noun, p.name))
}

fn unique_pick(entity: &Entity, operation: &Operation) -> bool {
    let bound = bound(operation);
    entity.key.iter().all(|k| bound.contains_key(k))
}

fn check(world: &World, entity: &Entity, operation: &Operation, body: &mut Body) {
    let bound = bound(operation);
    if operation.fixed.is_empty() {
        require_parent(world, entity, &bound, body);
    } else {
        let plain = Operation { fixed: Vec::new(), ..operation.clone() };
        require_row(entity, &plain, body);
    }
    let flag = operation.fixed.first().and_then(|f| entity.columns.iter().find(|c| f.starts_with(&format!("t.{} ", quoted(&c.name)))));
    let message = match flag {
        Some(c) => format!("{} is not {}", called(entity, &bound), spaced(&c.field)),
        None => format!("{} was not found", called(entity, &bound)),
    };
    body.require(
        &format!("EXISTS (SELECT 1 FROM {} AS t WHERE {})", quoted(&entity.table), picks(entity, operation, "t")),
        "not_found",
        &message,
    );
    body.returns(Shown { sql: "jsonb('{}')".to_owned(), schema: serde_json::json!({"type": "object"}), yields: Vec::new() }, "");
}

fn create(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let shown = output::single(world, tool, operation)?;
    require_parent(world, entity, &bound(operation), body);
    require_fields(world, entity, operation, body);
    require_bounds(entity, tool, operation, body);
    let values = fill::insert(world, entity, operation, body)?;
    let key: Vec<(String, String)> = entity.key.iter().map(|&k| (quoted(&entity.columns[k].name), values[&k].clone())).collect();
    let same: Vec<String> = key.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let message = taken_message(entity, operation);
    body.require(&format!("NOT EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&entity.table), same.join(" AND ")), "conflict", &message);
    let columns: Vec<String> = values.keys().map(|&c| quoted(&entity.columns[c].name)).collect();
    let list: Vec<&String> = values.values().collect();
    body.statement(&format!(
        "INSERT INTO {} ({})\nVALUES ({})",
        quoted(&entity.table),
        columns.join(", "),
        list.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ")
    ));
    relation::set_members(world, entity, operation, &values, body, false);
    let key: Vec<String> = key.iter().map(|(name, value)| format!("t.{name} = {value}")).collect();
    let from = if shown.sql.contains("t.") { from_docs(entity, &key.join(" AND ")) } else { String::new() };
    body.returns(shown, &from);
    Ok(())
}

/// A new row that begins as a copy of the one that is picked.
fn copy(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let shown = output::single(world, tool, operation)?;
    require_row(entity, operation, body);
    require_fields(world, entity, operation, body);
    require_bounds(entity, tool, operation, body);
    let own = *entity.own.first().ok_or("what is copied has no key")?;
    let scope: BTreeMap<usize, String> =
        bound(operation).into_iter().filter(|(c, _)| *c != own).map(|(c, name)| (c, format!(":{name}"))).collect();
    let made = format!("w_{}", entity.columns[own].name);
    body.note(&format!("@let {made} = {}", fill::generated(entity, own, operation, &scope)?));
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for (i, c) in entity.columns.iter().enumerate().filter(|(_, c)| c.stored()) {
        let name = quoted(&c.name);
        let given = operation.params.iter().find(|p| p.does == Does::Field(i));
        values.push(match (given, c.role) {
            _ if i == own => format!(":{made}"),
            (Some(p), _) => format!("coalesce(:{}, t.{name})", p.name),
            (None, Role::Created | Role::Updated) => ":now".to_owned(),
            (None, _) => format!("t.{name}"),
        });
        columns.push(name);
    }
    let table = quoted(&entity.table);
    body.statement(&format!(
        "INSERT INTO {table} ({})\nSELECT {} FROM {table} AS t WHERE {}",
        columns.join(", "),
        values.join(", "),
        picks(entity, operation, "t")
    ));
    let key: Vec<String> = entity
        .key
        .iter()
        .map(|k| {
            let value = if *k == own { format!(":{made}") } else { scope.get(k).cloned().unwrap_or_default() };
            format!("t.{} = {value}", quoted(&entity.columns[*k].name))
        })
        .collect();
    if key.iter().any(|part| part.ends_with("= ")) {
        return Err("a part of the copy's key is not known".to_owned());
    }
    let from = if shown.sql.contains("t.") { from_docs(entity, &key.join(" AND ")) } else { String::new() };
    body.returns(shown, &from);
    Ok(())
}

fn taken_message(entity: &Entity, operation: &Operation) -> String {
    let own = operation.params.iter().find(|p| matches!(p.does, Does::Field(c) if entity.own.contains(&c)));
    let named =
        own.or_else(|| operation.params.iter().find(|p| matches!(p.does, Does::Field(c) if entity.columns[c].name.ends_with("name"))));
    match named {
        Some(p) => format!("{} with {} {{{}}} already exists", with_article(&entity.noun), spaced(&p.name), p.name),
        None => format!("the {} already exists", entity.noun),
    }
}

/// Values must be acceptable: names not empty, references to things that exist.
fn require_fields(world: &World, entity: &Entity, operation: &Operation, body: &mut Body) {
    for p in &operation.params {
        let Does::Field(c) = p.does else { continue };
        let column = &entity.columns[c];
        let naming = matches!(crate::words::flat(&column.field).as_str(), "title" | "name" | "summary" | "displayname");
        if naming && column.kind == Kind::Text && !column.nullable {
            let missing = if p.required { String::new() } else { format!(":{} IS NULL OR ", p.name) };
            body.require(&format!("{missing}:{} <> ''", p.name), "invalid", &format!("{} must not be empty", spaced(&p.name)));
        }
        if let Some(target) = column.reference {
            let to = &world.entities[target];
            let on = reference_by_params(entity, to, operation, &format!(":{}", p.name));
            body.require(
                &format!(":{} IS NULL OR EXISTS (SELECT 1 FROM {} AS r WHERE {on})", p.name, quoted(&to.table)),
                "invalid",
                &format!("{} {{{}}} was not found", to.noun, p.name),
            );
        }
        relation::require_parent_of_own_kind(entity, operation, p, c, body);
    }
    relation::require_members(world, entity, operation, body);
}

/// Words that tell things apart wherever they are used.
pub(crate) fn is_unique_word(c: &Column) -> bool {
    matches!(crate::words::flat(&c.field).as_str(), "slug" | "handle" | "sku")
}

/// Numbers within their declared bounds, and what must be unique is free.
fn require_bounds(entity: &Entity, tool: &CatalogTool, operation: &Operation, body: &mut Body) {
    for p in operation.params.iter().filter(|p| matches!(p.does, Does::Field(_)) && matches!(p.kind.as_str(), "integer" | "real")) {
        let schema = crate::schema::resolve(&tool.parameters["properties"][&p.name], crate::schema::Side::Input);
        for (word, sign, said) in [("minimum", ">=", "at least"), ("maximum", "<=", "at most")] {
            if let Some(bound) = schema[word].as_f64().filter(|n| n.abs() < 1e15) {
                body.require(
                    &format!(":{0} IS NULL OR :{0} {sign} {bound}", p.name),
                    "invalid",
                    &format!("{} must be {said} {bound}", p.name),
                );
            }
        }
    }
    if operation.class != Class::Create {
        return;
    }
    for p in &operation.params {
        let Does::Field(c) = p.does else { continue };
        let column = &entity.columns[c];
        let is_word = is_unique_word(column);
        let says = fill::naming(entity) == Some(c)
            && column.description.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| word == "unique");
        let free = (is_word || says)
            && column.kind == Kind::Text
            && column.shape == Shape::Plain
            && column.reference.is_none()
            && !entity.own.contains(&c);
        if free && column.values.is_empty() {
            let name = quoted(&column.name);
            let taken = format!(":{0} IS NULL OR NOT EXISTS (SELECT 1 FROM {1} WHERE {name} = :{0})", p.name, quoted(&entity.table));
            body.require(
                &taken,
                "conflict",
                &format!("{} with {} {{{}}} already exists", with_article(&entity.noun), spaced(&p.name), p.name),
            );
        }
    }
}

/// The condition that row `r` of `to` is what `value` refers to, with the scope from the parameters.
fn reference_by_params(entity: &Entity, to: &Entity, operation: &Operation, value: &str) -> String {
    let mut on = reference_on(entity, to, value, "r", "");
    let bound = bound(operation);
    for (c, name) in &bound {
        let column = quoted(&entity.columns[*c].name);
        on = on.replace(&format!("r.{column} = {column}"), &format!("r.{column} = :{name}"));
    }
    on
}

fn update(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let shown = output::single(world, tool, operation)?;
    require_row(entity, operation, body);
    for effect in &operation.effects {
        if let Some((condition, message)) = &effect.guard {
            let held =
                format!("EXISTS (SELECT 1 FROM {} AS t WHERE {} AND {condition})", quoted(&entity.table), picks(entity, operation, "t"));
            body.require(&held, "conflict", message);
        }
    }
    for guard in &operation.guards {
        let held = format!(
            "EXISTS (SELECT 1 FROM {} AS t WHERE {} AND {})",
            quoted(&entity.table),
            picks(entity, operation, "t"),
            guard.condition
        );
        body.require(&held, guard.code, &guard.message);
    }
    require_fields(world, entity, operation, body);
    require_bounds(entity, tool, operation, body);
    require_patches(entity, operation, body);
    let renamed = rename_guard(entity, operation, body);
    let sets = fill::update(entity, operation);
    if sets.is_empty() && !operation.params.iter().any(|p| matches!(p.does, Does::Members(_))) {
        return Err("it changes nothing that is kept".to_owned());
    }
    let values =
        operation.params.iter().filter_map(|p| if let Does::Key(c) = p.does { Some((c, format!(":{}", p.name))) } else { None }).collect();
    relation::set_members(world, entity, operation, &values, body, true);
    if !sets.is_empty() {
        body.statement(&format!(
            "UPDATE {} SET\n    {}\nWHERE {}",
            quoted(&entity.table),
            sets.join(",\n    "),
            picks(entity, operation, "")
        ));
    }
    let mut key = picks(entity, operation, "t");
    for (column, new, old) in renamed {
        key = key.replace(&format!("t.{column} = :{old}"), &format!("t.{column} = coalesce(:{new}, :{old})"));
    }
    let from = if shown.sql.contains("t.") { from_docs(entity, &key) } else { String::new() };
    body.returns(shown, &from);
    Ok(())
}

/// For a parameter that changes the key: the new key must be free. Returns (column, new, old) names.
fn rename_guard(entity: &Entity, operation: &Operation, body: &mut Body) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    for p in &operation.params {
        let Does::Field(c) = p.does else { continue };
        if !entity.own.contains(&c) {
            continue;
        }
        let Some(old) = operation.params.iter().find(|o| o.does == Does::Key(c)) else { continue };
        let others: Vec<String> = operation
            .params
            .iter()
            .filter_map(|o| match o.does {
                Does::Key(k) if k != c => Some(format!(" AND {} = :{}", quoted(&entity.columns[k].name), o.name)),
                _ => None,
            })
            .collect();
        let name = quoted(&entity.columns[c].name);
        let free = format!(
            ":{0} IS NULL OR :{0} = :{1} OR NOT EXISTS (SELECT 1 FROM {2} WHERE {name} = :{0}{3})",
            p.name,
            old.name,
            quoted(&entity.table),
            others.concat()
        );
        body.require(&free, "conflict", &format!("{} called {{{}}} already exists", with_article(&entity.noun), p.name));
        out.push((name, p.name.clone(), old.name.clone()));
    }
    out
}

fn upsert(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let shown = output::single(world, tool, operation)?;
    require_parent(world, entity, &bound(operation), body);
    require_fields(world, entity, operation, body);
    require_bounds(entity, tool, operation, body);
    let values = fill::insert(world, entity, operation, body)?;
    let columns: Vec<String> = values.keys().map(|&c| quoted(&entity.columns[c].name)).collect();
    let list: Vec<&str> = values.values().map(String::as_str).collect();
    let sets = fill::update(entity, operation);
    let key: Vec<String> = entity.key.iter().map(|&k| quoted(&entity.columns[k].name)).collect();
    let action = if sets.is_empty() { "DO NOTHING".to_owned() } else { format!("DO UPDATE SET\n    {}", sets.join(",\n    ")) };
    body.statement(&format!(
        "INSERT INTO {} ({})\nVALUES ({})\nON CONFLICT ({}) {action}",
        quoted(&entity.table),
        columns.join(", "),
        list.join(", "),
        key.join(", ")
    ));
    relation::set_members(world, entity, operation, &values, body, true);
    let from = if shown.sql.contains("t.") { from_docs(entity, &picks(entity, operation, "t")) } else { String::new() };
    body.returns(shown, &from);
    Ok(())
}

fn delete(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    require_row(entity, operation, body);
    if tool.description.to_lowercase().contains("must be empty") || tool.description.to_lowercase().contains("non-empty") {
        refuse_children(world, operation, body);
    }
    let shown = output::single(world, tool, operation)?;
    let keeps = shown.sql.contains("t.");
    if keeps {
        body.note(&format!(
            "@let w_before = (SELECT json({}){})",
            shown.sql.replace('\n', " "),
            from_docs(entity, &picks(entity, operation, "t"))
        ));
    }
    for other in &world.entities {
        for c in other.columns.iter().filter(|c| c.reference == Some(operation.entity)) {
            forget(entity, other, c, operation, body);
        }
    }
    body.statement(&format!("DELETE FROM {} WHERE {}", quoted(&entity.table), picks(entity, operation, "")));
    let sql = if keeps { "jsonb(:w_before)".to_owned() } else { "jsonb('{}')".to_owned() };
    let schema = if keeps { shown.schema } else { serde_json::json!({"type": "object"}) };
    body.returns(Shown { sql, schema, yields: Vec::new() }, "");
    Ok(())
}

fn refuse_children(world: &World, operation: &Operation, body: &mut Body) {
    let bound = bound(operation);
    for (_, child) in world.children(operation.entity) {
        let Some((_, pairs)) = &child.parent else { continue };
        let on: Option<Vec<String>> = pairs
            .iter()
            .map(|(mine, theirs)| bound.get(theirs).map(|p| format!("{} = :{p}", quoted(&child.columns[*mine].name))))
            .collect();
        if let Some(on) = on {
            let message = format!("the {} still has {}", world.entities[operation.entity].noun, plural(&child.noun));
            body.require(&format!("NOT EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&child.table), on.join(" AND ")), "conflict", &message);
        }
    }
}

/// Rows that refer to a deleted one lose the reference.
fn forget(entity: &Entity, other: &Entity, c: &Column, operation: &Operation, body: &mut Body) {
    let bound = bound(operation);
    let own = entity.own.first().and_then(|o| bound.get(o));
    let scope: Option<Vec<String>> = entity
        .key
        .iter()
        .filter(|k| !entity.own.contains(k))
        .map(|k| bound.get(k).map(|p| format!(" AND {} = :{p}", quoted(&entity.columns[*k].name))))
        .collect();
    if let (Some(own), Some(scope), true) = (own, scope, c.nullable) {
        body.statement(&format!(
            "UPDATE {} SET {name} = NULL WHERE {name} = :{own}{}",
            quoted(&other.table),
            scope.concat(),
            name = quoted(&c.name)
        ));
    }
}

fn moved(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let shown = output::single(world, tool, operation)?;
    let to = operation.params.iter().find(|p| matches!(p.does, Does::Destination(_))).ok_or("it does not say where to")?;
    let Does::Destination(column) = to.does else { return Err("it does not say where to".to_owned()) };
    require_row(entity, operation, body);
    let (parent, pairs) = entity.parent.as_ref().ok_or("it has no parent")?;
    let p = &world.entities[*parent];
    let bound = bound(operation);
    let on: Vec<String> = pairs
        .iter()
        .filter_map(|(mine, theirs)| {
            let name = if *mine == column { &to.name } else { bound.get(mine)? };
            Some(format!("{} = :{name}", quoted(&p.columns[*theirs].name)))
        })
        .collect();
    let missing = if to.required { String::new() } else { format!(":{} IS NULL OR ", to.name) };
    body.require(
        &format!("{missing}EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&p.table), on.join(" AND ")),
        "not_found",
        &format!("{} {{{}}} was not found", p.noun, to.name),
    );
    require_fields(world, entity, operation, body);
    require_bounds(entity, tool, operation, body);
    let name = quoted(&entity.columns[column].name);
    let mut sets = fill::update(entity, operation);
    sets.push(format!("{name} = coalesce(:{}, {name})", to.name));
    body.statement(&format!("UPDATE {} SET\n    {}\nWHERE {}", quoted(&entity.table), sets.join(",\n    "), picks(entity, operation, "")));
    let old = bound.get(&column).cloned().unwrap_or_default();
    let key = picks(entity, operation, "t").replace(&format!("t.{name} = :{old}"), &format!("t.{name} = coalesce(:{}, :{old})", to.name));
    body.returns(shown, &from_docs(entity, &key));
    Ok(())
}

fn clear(world: &World, entity: &Entity, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let (child, only) = operation.clears.as_ref().ok_or("it is unclear what it clears")?;
    if *child == operation.entity {
        require_parent(world, entity, &bound(operation), body);
        body.statement(&format!("DELETE FROM {} WHERE {}", quoted(&entity.table), picks(entity, operation, "")));
        body.returns(Shown { sql: "jsonb('{}')".to_owned(), schema: serde_json::json!({"type": "object"}), yields: Vec::new() }, "");
        return Ok(());
    }
    let child = &world.entities[*child];
    require_row(entity, operation, body);
    let bound = bound(operation);
    let (_, pairs) = child.parent.as_ref().ok_or("what it clears has no parent")?;
    let on: Vec<String> = pairs
        .iter()
        .filter_map(|(mine, theirs)| bound.get(theirs).map(|p| format!("{} = :{p}", quoted(&child.columns[*mine].name))))
        .collect();
    let only = only.as_ref().map(|o| format!(" AND {}", o.replace("n.", ""))).unwrap_or_default();
    body.statement(&format!("DELETE FROM {} WHERE {}{only}", quoted(&child.table), on.join(" AND ")));
    body.returns(Shown { sql: "jsonb('{}')".to_owned(), schema: serde_json::json!({"type": "object"}), yields: Vec::new() }, "");
    Ok(())
}

/// What uses no rows: the value of an arithmetic expression, or nothing.
fn pure(world: &World, operation: &Operation, body: &mut Body) {
    let Some(Some(Told::Arithmetic(name))) = world.functions.told.get(operation.tool) else {
        body.returns(Shown { sql: "jsonb('{}')".to_owned(), schema: serde_json::json!({"type": "object"}), yields: Vec::new() }, "");
        return;
    };
    let most = functions::EXPRESSION_CHARS_MAX;
    body.require(&format!("length(:{name}) <= {most}"), "invalid", &format!("{name} is longer than {most} characters"));
    body.note(&format!("@let w_found = {}", functions::evaluate(&format!(":{name}"))));
    body.require("(:w_found ->> '$[0]') IS NOT 'it divides by zero'", "invalid", &format!("{name} divides by zero"));
    body.require("(:w_found ->> '$[0]') IS NULL", "invalid", &format!("{name} is no arithmetic expression"));
    body.note("@return = (:w_found ->> '$[1]')");
    body.schema = serde_json::json!({"type": "number"});
}

/// Columns that a list of `{AttributePath, AttributeValue}` can change.
pub(crate) fn patched(entity: &Entity) -> Vec<&Column> {
    entity
        .columns
        .iter()
        .filter(|c| c.role == Role::Body && c.kind == Kind::Text && c.shape == Shape::Plain && c.shown && c.values.is_empty())
        .collect()
}

/// Refuses attribute paths that are no column.
fn require_patches(entity: &Entity, operation: &Operation, body: &mut Body) {
    let Some(p) = operation.params.iter().find(|p| p.does == Does::Patches) else { return };
    let known: Vec<String> = patched(entity).iter().map(|c| literal(&c.field.to_lowercase())).collect();
    let all = format!(
        "NOT EXISTS (SELECT 1 FROM json_each(:{}) AS j WHERE coalesce(lower(j.value ->> 'AttributePath') NOT IN ({}), true))",
        p.name,
        known.join(", ")
    );
    body.require(&all, "invalid", &format!("an attribute path is not one of a {}", entity.noun));
}

/// True where the shape holds a list of names as JSON.
pub(crate) fn is_list(c: &Column) -> bool {
    matches!(c.shape, Shape::NamedList(_)) || c.shape == Shape::Json && c.schema["type"] == "array"
}
