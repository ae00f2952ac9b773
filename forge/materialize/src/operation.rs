//! Which class of behaviour each tool has, what each of its parameters does, and why a tool is left out.

use crate::actions::{self, Effect};
use crate::columns::{self, Role, Shape, is_call_option};
use crate::entity::{Entity, Place, World, api_of};
use crate::filters::{self, Filter};
use crate::functions::{self, Grounds};
use crate::prepare::Envelope;
use crate::schema::{Kind, Side, description_of, is_required, kind_of, one_line, properties, resolve, values_of};
use crate::selection;
use crate::sketch::{Sketch, Verb};
use crate::to_one;
use crate::words::{flat, singular};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::catalog::Place as At;
use wardian_format::pack::RefKind;

/// What a tool does, in the terms of the materializer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Shows many rows, filtered and paged.
    List,
    /// Shows one row.
    Get,
    /// Shows a part of one row.
    GetPart,
    /// Says whether a row, relation or flag is there.
    Check,
    /// Inserts a row.
    Create,
    /// Changes the given fields of a row.
    Update,
    /// Sets a row, inserting it where it is missing.
    Upsert,
    /// Deletes a row and what belongs to it.
    Delete,
    /// Changes the status of a row, as its guards allow.
    Action,
    /// Moves a row to another parent.
    Move,
    /// Deletes what belongs to a row.
    Clear,
    /// Adds to a relation or list.
    Add,
    /// Removes from a relation or list.
    Remove,
    /// Replaces a relation or list.
    Set,
    /// Shows a relation.
    ListRelated,
    /// Uses no rows: computes from its arguments alone, or speaks to somebody outside of the data.
    Pure,
}

/// One tool with honest semantics.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) tool: usize,
    pub(crate) class: Class,
    /// The entity that is read or written; for relations, the one at the far end.
    pub(crate) entity: usize,
    pub(crate) link: Option<usize>,
    pub(crate) params: Vec<Param>,
    pub(crate) effects: Vec<Effect>,
    /// Conditions that hold for every row the tool may touch: SQL over alias `t`.
    pub(crate) fixed: Vec<String>,
    /// For [`Class::Clear`]: the child entity, and a condition on it.
    pub(crate) clears: Option<(usize, Option<String>)>,
    /// For [`Class::Add`] and the like on a list column.
    pub(crate) list: Option<usize>,
    /// What must hold before anything else: SQL and the refusal.
    pub(crate) known: Vec<(String, String)>,
    /// Entities that the conditions speak of.
    pub(crate) needs: Vec<usize>,
    /// For [`Class::Create`]: the new row begins as a copy of the one that the key picks.
    pub(crate) copies: bool,
    /// The newest row only.
    pub(crate) newest: bool,
    /// Names and addresses that pick the row count whatever their case.
    pub(crate) any_case: bool,
    /// What its arguments and result lie in.
    pub(crate) envelope: Envelope,
    pub(crate) values_at_creation: Vec<(usize, String)>,
    /// What must hold of the row that is changed, in this order.
    pub(crate) guards: Vec<Guard>,
    /// How good arguments are found for parameters of these names.
    pub(crate) grounds: BTreeMap<String, Grounds>,
}

/// A condition on the row that is changed: SQL over alias `t`.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) condition: String,
    /// Code of the refusal.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Guard {
    pub(crate) fn new(condition: String, code: &'static str, message: String) -> Self {
        Self { condition, code, message }
    }

    pub(crate) fn conflict(condition: String, message: String) -> Self {
        Self::new(condition, "conflict", message)
    }
}

/// One parameter that the materialized tool takes.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    /// In the tool language: `text`, `list(text)`, …
    pub(crate) kind: String,
    pub(crate) required: bool,
    pub(crate) values: Vec<String>,
    pub(crate) default: Option<Value>,
    pub(crate) description: String,
    pub(crate) does: Does,
    pub(crate) relation: Option<(RefKind, String, String)>,
}

/// What a parameter does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Does {
    /// Picks the row: equals this column.
    Key(usize),
    /// Picks the parent: equals this scope column.
    Scope(usize),
    /// Gives this column its value.
    Field(usize),
    /// Names the members of the relation behind this column.
    Members(usize),
    /// Narrows the list.
    Filter(Filter),
    /// A relation's far key: (column of the relation's table).
    Far(usize),
    /// A list of names: what to add, remove or set.
    Names,
    /// Name of the member of a JSON column to set, and its value.
    PartName(usize),
    PartValue,
    /// A word to those concerned, of which the data keep nothing.
    Remark,
    /// Names the members of the document that are shown.
    Selects,
    /// Decides the status: pairs of value and status.
    Event(usize, Vec<(String, String)>),
    /// A JSON merge patch (RFC 7396) of the document.
    Merge,
    /// A list of `{AttributePath, AttributeValue}`.
    Patches,
    /// Where to move to: equals this scope column from now on.
    Destination(usize),
    /// Picks a row of another entity by its key; that row's reference says which row is meant.
    Via {
        entity: usize,
        key: usize,
        reference: usize,
    },
}

/// Why a tool is left out.
pub(crate) type Reason = String;

/// Classifies the first `own` tools; a tool without honest semantics gives its reason.
pub(crate) fn classify(world: &World, tools: &[CatalogTool], own: usize) -> Vec<Result<Operation, Reason>> {
    tools[..own].iter().enumerate().map(|(i, tool)| classified(world, tools, tool, i)).collect()
}

fn classified(world: &World, tools: &[CatalogTool], tool: &CatalogTool, index: usize) -> Result<Operation, Reason> {
    let sketch = world.sketches.iter().find(|s| s.tool == index);
    let mut operation = match (functions::operation(world, tool, index, sketch), sketch) {
        (Some(told), _) => told?,
        (None, Some(sketch)) => {
            let envelope = world.envelopes.get(index).cloned().unwrap_or_default();
            Operation { envelope, ..one(world, tools, tool, sketch)? }
        }
        (None, None) => return Err("its name and path tell neither a resource nor a verb".to_owned()),
    };
    functions::refer(world, &mut operation);
    Ok(operation)
}

fn one(world: &World, tools: &[CatalogTool], tool: &CatalogTool, sketch: &Sketch) -> Result<Operation, Reason> {
    let api = api_of(tool);
    if let Some(flagged) = flag_check(world, &api, sketch) {
        return flagged;
    }
    let place = world.place(&api, sketch);
    let mut operation = match place {
        Some(Place::Link(link)) => related(world, tool, sketch, *link)?,
        Some(Place::Home(entity)) => at_home(world, tools, tool, sketch, *entity)?,
        Some(Place::Alias(entity)) => elsewhere(world, &api, sketch, *entity)?,
        None => actions::on_list(world, &api, tool, sketch)?,
    };
    complete(world, tool, sketch, &mut operation)?;
    Ok(operation)
}

fn empty(tool: usize, class: Class, entity: usize) -> Operation {
    Operation {
        tool,
        class,
        entity,
        link: None,
        params: Vec::new(),
        effects: Vec::new(),
        fixed: Vec::new(),
        clears: None,
        list: None,
        known: Vec::new(),
        needs: Vec::new(),
        copies: false,
        newest: false,
        any_case: false,
        envelope: Envelope::default(),
        values_at_creation: Vec::new(),
        guards: Vec::new(),
        grounds: BTreeMap::new(),
    }
}

impl Operation {
    pub(crate) fn new(tool: usize, class: Class, entity: usize) -> Self {
        empty(tool, class, entity)
    }
}

/// `GET …/star` after `PUT …/star`: is the flag set?
fn flag_check(world: &World, api: &str, sketch: &Sketch) -> Option<Result<Operation, Reason>> {
    if sketch.verb != Verb::Check || sketch.on_item() {
        return None;
    }
    let (groups, word) = actions::without_tail(&sketch.groups)?;
    let bare = Sketch { groups, ..sketch.clone() };
    let Some(Place::Home(index)) = world.place(api, &bare) else { return None };
    let entity = &world.entities[*index];
    let effect = actions::flag_of(entity, &word)?;
    let mut operation = empty(sketch.tool, Class::Check, *index);
    operation.fixed.push(effect);
    push_chain(entity, &bare, &mut operation);
    Some(Ok(operation))
}

fn at_home(world: &World, tools: &[CatalogTool], tool: &CatalogTool, sketch: &Sketch, index: usize) -> Result<Operation, Reason> {
    let entity = &world.entities[index];
    let singleton = entity.own.is_empty() || entity.steps.last().is_some_and(|(s, _)| s.params.is_empty()) && !has_list(world, entity);
    let class = match &sketch.verb {
        Verb::List => Class::List,
        Verb::Get if sketch.aspect.is_some() => Class::GetPart,
        Verb::Get => Class::Get,
        Verb::Check if sketch.on_item() => Class::Check,
        Verb::Create => Class::Create,
        Verb::Update => Class::Update,
        Verb::Replace => Class::Upsert,
        Verb::Delete => Class::Delete,
        Verb::Act(word) | Verb::Unact(word) => return actions::plan(world, tools, tool, sketch, index, word),
        Verb::RemoveAll => return remove_all(entity, tool, sketch, index),
        Verb::Check | Verb::SetAll => return Err("it works on a whole collection at once".to_owned()),
    };
    let mut operation = empty(sketch.tool, class, index);
    push_chain(entity, sketch, &mut operation);
    let bound = operation.params.len();
    if bound < sketch.params().len() {
        return Err(format!("its path has keys that {} do not have", crate::words::plural(&entity.noun)));
    }
    let picks_one = matches!(class, Class::Get | Class::GetPart | Class::Update | Class::Upsert | Class::Delete | Class::Check);
    if picks_one && !sketch.on_item() && !singleton {
        return pick_by_other(entity, tool, sketch, operation);
    }
    if class == Class::Create {
        place_new(entity, &mut operation)?;
    }
    Ok(operation)
}

/// `DELETE /namespaces/{namespace}/pods` deletes all of them, or those that a list of keys names.
fn remove_all(entity: &Entity, tool: &CatalogTool, sketch: &Sketch, index: usize) -> Result<Operation, Reason> {
    let mut operation = empty(sketch.tool, Class::Clear, index);
    push_chain(entity, sketch, &mut operation);
    if operation.params.len() < sketch.params().len() {
        return Err(format!("its path has keys that {} do not have", crate::words::plural(&entity.noun)));
    }
    // What the body or a filter would choose must not be taken for all.
    let chooses = |name: &str| {
        let f = flat(name);
        f.ends_with("ids") || f.ends_with("keys") || f.ends_with("names") || f == crate::words::plural(&flat(&entity.noun))
    };
    if let Some((name, _)) = properties(&tool.parameters).find(|(n, _)| chooses(n)) {
        return Err(format!("`{name}` chooses among a whole collection"));
    }
    operation.clears = Some((index, None));
    Ok(operation)
}

fn has_list(world: &World, entity: &Entity) -> bool {
    world.sketches.iter().any(|s| s.verb == Verb::List && s.path() == entity.place)
}

/// `GetQueueUrl(QueueName)` picks a row by something other than its key.
fn pick_by_other(entity: &Entity, tool: &CatalogTool, sketch: &Sketch, mut operation: Operation) -> Result<Operation, Reason> {
    if !matches!(operation.class, Class::Get | Class::GetPart) {
        return Err(format!("no parameter picks one {}", entity.noun));
    }
    let chain = sketch.params();
    let required = properties(&tool.parameters).filter(|(n, _)| is_required(&tool.parameters, n) && !chain.contains(n));
    for (name, _) in required {
        let column = find_column(entity, name).filter(|c| entity.columns[*c].stored() && entity.columns[*c].shape == Shape::Plain);
        let Some(column) = column else { return Err(format!("no field of {} is `{name}`", crate::words::plural(&entity.noun))) };
        operation.params.push(key_param(entity, name, column, Does::Key(column)));
    }
    if operation.params.len() == chain.len() {
        return Err(format!("no parameter picks one {}", entity.noun));
    }
    Ok(operation)
}

/// The column that a parameter speaks of.
pub(crate) fn find_column(entity: &Entity, name: &str) -> Option<usize> {
    let f = flat(name);
    let by_input = entity.columns.iter().position(|c| c.inputs.contains(&f));
    let bare = || entity.column_like(f.strip_prefix(&flat(&entity.noun)).or_else(|| f.strip_prefix("new"))?);
    // `ExpireAt` is the `Expiration`.
    let moment = || {
        let stem = f.strip_suffix("at").filter(|s| s.len() >= 5).map(|s| &s[..s.len() - 1])?;
        entity.columns.iter().position(|c| c.is_time() && c.stored() && flat(&c.field).starts_with(stem))
    };
    by_input.or_else(|| entity.column_like(name)).or_else(bare).or_else(moment)
}

/// Parameters of the chain that bind columns of the entity.
fn push_chain(entity: &Entity, sketch: &Sketch, operation: &mut Operation) {
    for (name, column) in entity.bind(sketch) {
        let own = entity.own.contains(&column) || entity.key.contains(&column);
        let does = if own && sketch.on_item() { Does::Key(column) } else { Does::Scope(column) };
        operation.params.push(key_param(entity, &name, column, does));
    }
}

/// A parameter that equals a key column; kind, description and relation are filled in by [`complete`].
pub(crate) fn key_param(entity: &Entity, name: &str, column: usize, does: Does) -> Param {
    Param {
        name: name.to_owned(),
        kind: kind_word(entity.columns[column].kind).to_owned(),
        required: true,
        values: Vec::new(),
        default: None,
        description: String::new(),
        does,
        relation: None,
    }
}

pub(crate) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "integer",
        Kind::Real => "real",
        Kind::Boolean => "boolean",
        _ => "text",
    }
}

/// Every scope column of a new row must come from the chain, or be the authenticated user's.
fn place_new(entity: &Entity, operation: &mut Operation) -> Result<(), Reason> {
    let bound: Vec<usize> = operation
        .params
        .iter()
        .filter_map(|p| match p.does {
            Does::Scope(c) | Does::Key(c) => Some(c),
            _ => None,
        })
        .collect();
    for (step, columns) in &entity.steps[..entity.steps.len() - 1] {
        for (i, column) in columns.iter().enumerate() {
            if !bound.contains(column) {
                return Err(format!("nothing says which `{}` the new {} belongs to", step.params[i], entity.noun));
            }
        }
    }
    Ok(())
}

/// A list, or a way to make or find one, at another place than the entity's home.
fn elsewhere(world: &World, api: &str, sketch: &Sketch, index: usize) -> Result<Operation, Reason> {
    let entity = &world.entities[index];
    let class = match sketch.verb {
        Verb::List => Class::List,
        Verb::Get => Class::Get,
        Verb::Create => Class::Create,
        Verb::Update if sketch.path() == "user" => Class::Update,
        Verb::Act(_) | Verb::Unact(_) => {
            return Err(format!("it acts on {} in a way that no field shows", crate::words::plural(&entity.noun)));
        }
        _ => return Err(format!("it treats {} in a second place, and which is meant is unclear", crate::words::plural(&entity.noun))),
    };
    let mut operation = empty(sketch.tool, class, index);
    filters::second_door(world, entity, sketch, &mut operation)
        .map(|()| operation)
        .or_else(|reason| to_one::bind(world, api, sketch, index).ok_or(reason))
}

fn related(world: &World, tool: &CatalogTool, sketch: &Sketch, index: usize) -> Result<Operation, Reason> {
    let link = &world.links[index];
    let class = match (&sketch.verb, sketch.on_item()) {
        (Verb::List, _) => Class::ListRelated,
        (Verb::Create, _) => Class::Add,
        (Verb::Replace | Verb::Update, true) => Class::Add,
        (Verb::Delete, true) => Class::Remove,
        (Verb::Check | Verb::Get, true) => Class::Check,
        (Verb::SetAll, _) => Class::Set,
        (Verb::RemoveAll, _) => Class::Remove,
        _ => return Err("it treats a relation in an unknown way".to_owned()),
    };
    let mut operation = empty(sketch.tool, class, link.to);
    operation.link = Some(index);
    let to = &world.entities[link.to];
    let mut near: Vec<usize> = (0..link.columns.len()).filter(|&c| link.columns[c].from.is_some()).collect();
    let mut far: Vec<usize> = (0..link.columns.len()).filter(|&c| link.columns[c].to.is_some_and(|t| to.own.contains(&t))).collect();
    let params = sketch.params();
    let wanted = near.len() + if sketch.on_item() { far.len() } else { 0 };
    if params.len() != wanted {
        return Err("its path has keys that the relation does not have".to_owned());
    }
    let far_params = if sketch.on_item() { far.len() } else { 0 };
    let split = params.len() - far_params;
    for (i, name) in params.iter().enumerate() {
        let column = if i < split { near.remove(0) } else { far.remove(0) };
        let l = &link.columns[column];
        let (entity, c) = match (l.from, link.from) {
            (Some(c), Some(from)) if i < split => (&world.entities[from], c),
            _ => (to, l.to.unwrap_or(0)),
        };
        operation.params.push(key_param(entity, name, c, Does::Far(column)));
        if i < split {
            operation.params[i].does = Does::Scope(column);
        }
    }
    if matches!(class, Class::Add | Class::Set | Class::Remove) && !sketch.on_item() {
        let names = properties(&tool.parameters).find(|(n, s)| !params.contains(n) && kind_of(&resolve(s, Side::Input)) == Kind::Array);
        match names {
            Some((name, _)) if to.own.len() == 1 && to.columns[to.own[0]].kind == Kind::Text => {
                let mut p = key_param(to, name, to.own[0], Does::Names);
                p.kind = "list(text)".to_owned();
                operation.params.push(p);
            }
            None if class == Class::Remove => {}
            _ => return Err("it does not say which members are meant".to_owned()),
        }
    }
    Ok(operation)
}

/// Adds the remaining parameters, drops those without meaning, and fills in kinds and descriptions.
fn complete(world: &World, tool: &CatalogTool, sketch: &Sketch, operation: &mut Operation) -> Result<(), Reason> {
    let entity = &world.entities[operation.entity];
    let writes_fields = matches!(operation.class, Class::Create | Class::Update | Class::Upsert | Class::Action | Class::Move);
    for (name, schema) in properties(&tool.parameters) {
        if operation.params.iter().any(|p| p.name == *name) {
            continue;
        }
        let at = tool.origin.locations.iter().find(|l| l.name == *name).map(|l| l.place);
        let in_body = at.is_none_or(|p| p == At::Body);
        let required = is_required(&tool.parameters, name);
        let selects = selection::param(entity, tool, operation.class, name, schema);
        let found = match operation.class {
            _ if selects.is_some() && !operation.params.iter().any(|p| p.does == Does::Selects) => selects,
            _ if at == Some(At::Header) || is_call_option(name) && !matches!(operation.class, Class::List | Class::ListRelated) => None,
            Class::List | Class::ListRelated => filters::filter(entity, tool, name, schema),
            Class::Update if in_body && name == "body" && kind_of(&resolve(schema, Side::Input)) == Kind::Object => {
                Some(Param { kind: "json".to_owned(), ..key_param(entity, name, 0, Does::Merge) })
            }
            Class::Action if in_body && find_column(entity, name).is_none() && is_remark(name) => {
                Some(Param { kind: "text".to_owned(), required: false, ..key_param(entity, name, 0, Does::Remark) })
            }
            _ if writes_fields && in_body => field_param(world, entity, sketch, operation, name, schema),
            Class::Create => chosen_key(entity, name, schema).or_else(|| query_field(entity, name, schema)),
            _ if writes_fields => query_field(entity, name, schema),
            _ => None,
        };
        match found {
            Some(param) => operation.params.push(Param { required: required || param.required, ..param }),
            None if required && !is_call_option(name) && !is_settled(name, schema) && at != Some(At::Header) => {
                return Err(format!("parameter `{name}` is required, and nothing in the data corresponds to it"));
            }
            None => {}
        }
    }
    for param in &mut operation.params {
        let schema = tool.parameters["properties"].get(&param.name).cloned().unwrap_or(Value::Null);
        if param.description.is_empty() {
            param.description = one_line(&description_of(&schema), 200);
        }
    }
    // In the order of the description.
    let order: Vec<&String> = properties(&tool.parameters).map(|(n, _)| n).collect();
    operation.params.sort_by_key(|p| order.iter().position(|n| **n == p.name).unwrap_or(usize::MAX));
    relate(world, operation);
    enough(world, operation)
}

/// A required parameter that leaves nothing to say: one value is allowed, or it names the version or the caller's credentials.
fn is_settled(name: &str, schema: &Value) -> bool {
    let schema = resolve(schema, Side::Input);
    let one = schema["enum"].as_array().is_some_and(|values| values.len() == 1) || schema.get("const").is_some();
    let f = flat(name);
    let credential = ["apikey", "accesstoken", "apitoken", "authtoken", "authorization"].iter().any(|word| f.starts_with(word));
    one || credential || matches!(f.as_str(), "apiversion" | "odatatype")
}

/// `message` of a dismissal.
fn is_remark(name: &str) -> bool {
    matches!(flat(name).as_str(), "message" | "reason" | "comment" | "note" | "feedback" | "remark")
}

/// A body parameter that sets a column.
fn field_param(world: &World, entity: &Entity, sketch: &Sketch, operation: &Operation, name: &str, schema: &Value) -> Option<Param> {
    if let Some(p) = part_of_json(entity, name) {
        return Some(p);
    }
    if let Some((column, pairs)) = actions::event_of(entity, name, schema) {
        let values = pairs.iter().map(|(value, _)| value.clone()).collect();
        return Some(Param { values, required: false, ..key_param(entity, name, column, Does::Event(column, pairs)) });
    }
    let items = resolve(&resolve(schema, Side::Input)["items"], Side::Input);
    if items["properties"].get("AttributePath").is_some() && !crate::sql::patched(entity).is_empty() {
        return Some(Param { kind: "json".to_owned(), ..key_param(entity, name, 0, Does::Patches) });
    }
    let column = find_column(entity, name)?;
    let c = &entity.columns[column];
    let own = entity.own.contains(&column);
    let renames = own && flat(name).starts_with("new");
    let create = operation.class == Class::Create || operation.class == Class::Upsert && !own;
    let settable = match c.role {
        Role::Body | Role::Me => true,
        Role::Own => (create && given_key(entity, column, sketch)) || renames || operation.class == Class::Update && c.name == "name",
        Role::Scope => operation.class == Class::Create && !operation.params.iter().any(|p| p.does == Does::Scope(column)),
        Role::Created | Role::Updated => false,
        Role::Server => operation.class == Class::Action || sketch.aspect.is_some(),
    };
    let unknown_number = matches!(c.shape, Shape::Named(_)) && c.kind == Kind::Integer && c.reference.is_none();
    if !settable || c.sql.is_some() || unknown_number {
        return None;
    }
    let resolved = resolve(schema, Side::Input);
    let mut p = key_param(entity, name, column, Does::Field(column));
    p.required = operation.class == Class::Create && entity.nested.iter().any(|n| n.outer == c.field && entity.own.contains(&n.column));
    p.values = if c.shape == Shape::Plain { values_of(&resolved) } else { Vec::new() };
    if let Some(link) = c.link {
        let far = &world.entities[world.links[link].to];
        if far.own.len() != 1 || kind_of(&resolve(&resolved["items"], Side::Input)) != Kind::Text {
            return None;
        }
        p.kind = "list(text)".to_owned();
        p.does = Does::Members(column);
        return Some(p);
    }
    p.kind = match c.shape {
        Shape::Plain | Shape::Named(_) => kind_word(c.kind).to_owned(),
        Shape::NamedList(_) => "list(text)".to_owned(),
        Shape::Json => match kind_of(&resolved) {
            Kind::Array if matches!(kind_of(&resolve(&resolved["items"], Side::Input)), Kind::Text) => "list(text)".to_owned(),
            Kind::Text => return None,
            _ => "json".to_owned(),
        },
    };
    Some(p)
}

/// `AttributeName` and `AttributeValue` set one member of `attributes`.
fn part_of_json(entity: &Entity, name: &str) -> Option<Param> {
    let f = flat(name);
    let stem = f.strip_suffix("name").or_else(|| f.strip_suffix("value"))?;
    let column = entity
        .columns
        .iter()
        .position(|c| c.shape == Shape::Json && c.stored() && about(&c.field) == stem && c.schema.get("additionalProperties").is_some())?;
    let does = if f.ends_with("name") { Does::PartName(column) } else { Does::PartValue };
    Some(key_param(entity, name, column, does))
}

/// True where the caller chooses the key: it is a required member of the body, or a name.
pub(crate) fn given_key(entity: &Entity, column: usize, _sketch: &Sketch) -> bool {
    columns::caller_gives(entity, column)
}

/// A query parameter by which the caller chooses the key of what is made: `databaseId` of a new database.
fn chosen_key(entity: &Entity, name: &str, schema: &Value) -> Option<Param> {
    let [own] = entity.own[..] else { return None };
    let is_id = flat(name).strip_prefix(&flat(entity.noun.rsplit(' ').next().unwrap_or(""))) == Some("id")
        || flat(name) == format!("{}id", flat(&entity.noun));
    let text = kind_of(&resolve(schema, Side::Input)) == Kind::Text && entity.columns[own].kind == Kind::Text;
    (is_id && text).then(|| Param { required: false, ..key_param(entity, name, own, Does::Field(own)) })
}

/// A query parameter of a writing tool that stands for a field (`parent` of a new task).
fn query_field(entity: &Entity, name: &str, schema: &Value) -> Option<Param> {
    let column = entity.column_like(name)?;
    let c = &entity.columns[column];
    let resolved = resolve(schema, Side::Input);
    let scalar = c.shape == Shape::Plain && c.stored() && kind_of(&resolved) == c.kind && matches!(c.role, Role::Body | Role::Server);
    scalar.then(|| Param { required: false, values: values_of(&resolved), ..key_param(entity, name, column, Does::Field(column)) })
}

/// Says what each parameter means in terms of the schema.
pub(crate) fn relate(world: &World, operation: &mut Operation) {
    let entity = &world.entities[operation.entity];
    let link = operation.link.map(|l| &world.links[l]);
    let class = operation.class;
    for param in &mut operation.params {
        param.relation = match (&param.does, link) {
            (Does::Key(c), None) if entity.columns[*c].role == Role::Scope => Some(owner_of(world, entity, *c)),
            (Does::Key(c), None) => Some((
                if class == Class::Upsert && entity.own.contains(c) { RefKind::Value } else { RefKind::Existing },
                entity.table.clone(),
                entity.columns[*c].name.clone(),
            )),
            (Does::Scope(c) | Does::Destination(c), None) => Some(owner_of(world, entity, *c)),
            (Does::Via { entity, key, .. }, None) => {
                let from = &world.entities[*entity];
                match from.own.contains(key) {
                    true => Some((RefKind::Existing, from.table.clone(), from.columns[*key].name.clone())),
                    false => Some(owner_of(world, from, *key)),
                }
            }
            (Does::Far(c) | Does::Scope(c), Some(link)) => {
                let l = &link.columns[*c];
                match (l.from, link.from, l.to) {
                    (Some(column), Some(from), _) => {
                        Some((RefKind::Existing, world.entities[from].table.clone(), world.entities[from].columns[column].name.clone()))
                    }
                    (_, _, Some(column)) => Some((
                        RefKind::Existing,
                        world.entities[link.to].table.clone(),
                        world.entities[link.to].columns[column].name.clone(),
                    )),
                    _ => None,
                }
            }
            (Does::Field(c), _) if entity.own.contains(c) => Some((RefKind::New, entity.table.clone(), entity.columns[*c].name.clone())),
            (Does::Field(c), _) => match entity.columns[*c].reference {
                Some(target) => {
                    let t = &world.entities[target];
                    Some((RefKind::Existing, t.table.clone(), t.columns[t.own[0]].name.clone()))
                }
                None => Some((RefKind::Value, entity.table.clone(), entity.columns[*c].name.clone())),
            },
            (Does::Members(c), _) => entity.columns[*c].link.map(|l| {
                let t = &world.entities[world.links[l].to];
                (RefKind::Value, t.table.clone(), t.columns[t.own[0]].name.clone())
            }),
            (Does::Names, Some(link)) => {
                let t = &world.entities[link.to];
                Some((RefKind::Value, t.table.clone(), t.columns[t.own[0]].name.clone()))
            }
            (Does::Filter(Filter::Equals(c)), _) if entity.columns[*c].stored() => {
                Some((RefKind::Value, entity.table.clone(), entity.columns[*c].name.clone()))
            }
            _ => None,
        };
    }
}

/// The parent's column behind a scope column, or the column itself where no table stands behind it.
fn owner_of(world: &World, entity: &Entity, column: usize) -> (RefKind, String, String) {
    let mut here = (entity, column);
    while let Some((parent, pairs)) = &here.0.parent {
        let Some((_, theirs)) = pairs.iter().find(|(mine, _)| *mine == here.1) else { break };
        here = (&world.entities[*parent], *theirs);
        if here.0.own.contains(&here.1) {
            break;
        }
    }
    (RefKind::Existing, here.0.table.clone(), here.0.columns[here.1].name.clone())
}

/// A tool must have something to do.
fn enough(world: &World, operation: &Operation) -> Result<(), Reason> {
    let entity = &world.entities[operation.entity];
    let sets = operation
        .params
        .iter()
        .any(|p| matches!(p.does, Does::Field(_) | Does::Members(_) | Does::PartName(_) | Does::Patches | Does::Merge | Does::Event(..)));
    match operation.class {
        Class::Update if !sets => Err(format!("none of its parameters is a field of {}", crate::words::plural(&entity.noun))),
        Class::Get | Class::List if entity.columns.iter().filter(|c| c.shown).count() == 0 => {
            Err(format!("nothing is known of {} but their keys", crate::words::plural(&entity.noun)))
        }
        _ => Ok(()),
    }
}

/// The singular of a member's name, flattened.
pub(crate) fn about(name: &str) -> String {
    flat(&singular(name))
}
