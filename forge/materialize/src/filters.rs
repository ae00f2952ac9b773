//! Parameters of lists: filters, search, order and pages; and lists that stand at a second place.

use crate::columns::{Role, Shape};
use crate::entity::{Entity, World};
use crate::operation::{Class, Does, Operation, Param, Reason, find_column, key_param};
use crate::schema::{Kind, Side, kind_of, resolve, values_of};
use crate::sketch::Sketch;
use crate::words::{flat, literal, participle, plural, quoted, singular, words};
use serde_json::{Value, json};
use wardian_format::CatalogTool;

/// What a parameter of a list does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    /// The column equals it.
    Equals(usize),
    /// As `Equals`, but the value `all` means no filter.
    EqualsOrAll(usize),
    /// The column is among its members.
    Among(usize),
    /// The column is not before it.
    From(usize),
    /// The column is before it.
    Until(usize),
    /// The column starts with it.
    Prefix(usize),
    /// One of the columns contains it.
    Search(Vec<usize>),
    /// Rows in which the column says `value` show only where it is true (`showCompleted`, `showDeleted`).
    Shows(usize, String),
    /// The list of names (relation or list column) has all of its comma-separated names.
    Named(usize),
    /// Where it is true, only rows in which the column is.
    Only(usize),
    /// The JSON column equals it.
    Same(usize),
    /// Which column orders the list: pairs of value and column.
    Sort(Vec<(String, usize)>),
    /// `asc` or `desc`.
    Direction,
    /// At most so many; the number is the default.
    Limit(i64),
    /// Which page, from 1.
    Page,
    /// Rows to skip.
    Offset,
    /// The token of the next page.
    Token,
}

/// What the list parameter `name` does, if it means anything here.
pub(crate) fn filter(entity: &Entity, tool: &CatalogTool, name: &str, schema: &Value) -> Option<Param> {
    let resolved = resolve(schema, Side::Input);
    let kind = kind_of(&resolved);
    let filter = paging(name, kind, &resolved).or_else(|| order(entity, name, &resolved)).or_else(|| meaning(entity, tool, name, kind))?;
    let mut p = Param { required: false, ..key_param(entity, name, 0, Does::Filter(filter.clone())) };
    p.values = values_of(&resolved);
    p.kind = match (&filter, kind) {
        (Filter::Limit(_) | Filter::Page | Filter::Offset, _) | (_, Kind::Integer) => "integer",
        (Filter::Same(_), _) => "json",
        (Filter::Shows(..) | Filter::Only(_), _) | (_, Kind::Boolean) => "boolean",
        (Filter::Among(_), Kind::Array) => "list(text)",
        (_, Kind::Real) => "real",
        _ => "text",
    }
    .to_owned();
    if p.kind == "list(text)" {
        p.values = Vec::new();
    }
    p.default = match (&filter, resolved.get("default")) {
        (Filter::Limit(n), _) => Some(json!(n)),
        (Filter::Page, _) => Some(json!(1)),
        (Filter::Offset, _) => Some(json!(0)),
        (Filter::EqualsOrAll(_) | Filter::Sort(_) | Filter::Direction, Some(d)) if d.is_string() => Some(d.clone()),
        (Filter::Shows(..), Some(d)) if d.is_boolean() => Some(d.clone()),
        _ => None,
    };
    Some(p)
}

fn paging(name: &str, kind: Kind, schema: &Value) -> Option<Filter> {
    let f = flat(name);
    let limit =
        ["perpage", "pagesize", "maxresults", "limit", "count", "maxitems", "top", "size", "first", "maxnumberofmessages", "maxrecords"];
    let default = schema["default"].as_i64().filter(|n| (1..=100).contains(n)).unwrap_or(30);
    match f.as_str() {
        _ if limit.contains(&f.as_str()) && kind != Kind::Boolean => {
            Some(Filter::Limit(if f == "maxnumberofmessages" { 1 } else { default }))
        }
        "page" | "pagenumber" if kind == Kind::Integer || kind == Kind::Any => Some(Filter::Page),
        "offset" | "skip" | "startindex" if kind == Kind::Integer => Some(Filter::Offset),
        "pagetoken" | "nexttoken" | "cursor" | "marker" | "continuationtoken" | "startingtoken" if kind == Kind::Text => {
            Some(Filter::Token)
        }
        _ => None,
    }
}

fn order(entity: &Entity, name: &str, schema: &Value) -> Option<Filter> {
    let f = flat(name);
    let values = values_of(schema);
    if matches!(f.as_str(), "direction" | "order" | "sortorder" | "sortdirection" | "dir")
        && values.iter().any(|v| v.eq_ignore_ascii_case("asc"))
    {
        return Some(Filter::Direction);
    }
    if !matches!(f.as_str(), "sort" | "sortby" | "orderby") {
        return None;
    }
    let pairs: Vec<(String, usize)> = values.iter().filter_map(|v| sort_column(entity, v).map(|c| (v.clone(), c))).collect();
    (!pairs.is_empty() && pairs.len() == values.len()).then_some(Filter::Sort(pairs))
}

fn sort_column(entity: &Entity, value: &str) -> Option<usize> {
    let f = flat(value);
    let tries =
        [f.clone(), format!("{f}at"), format!("{f}on"), format!("{f}date"), format!("{f}time"), format!("{f}count"), f.replace("name", "")];
    let by_name = tries
        .iter()
        .filter(|t| !t.is_empty())
        .find_map(|t| entity.columns.iter().position(|c| flat(&c.field) == *t && c.shape == Shape::Plain));
    by_name.or_else(|| {
        let role = match f.as_str() {
            "created" | "newest" | "oldest" => Role::Created,
            "updated" | "updatedmin" => Role::Updated,
            _ => return None,
        };
        entity.columns.iter().position(|c| c.role == role)
    })
}

fn meaning(entity: &Entity, tool: &CatalogTool, name: &str, kind: Kind) -> Option<Filter> {
    let f = flat(name);
    let role = |r: Role| entity.columns.iter().position(|c| c.role == r && c.stored());
    let time_like = |stem: &str| {
        entity.columns.iter().position(|c| {
            c.stored()
                && c.is_time()
                && (flat(&c.field) == stem || flat(&c.field) == format!("{stem}at") || flat(&c.field) == format!("{stem}time"))
        })
    };
    if matches!(f.as_str(), "since" | "updatedmin" | "updatedsince" | "updatedafter" | "modifiedsince" | "startmodifiedtime") {
        return role(Role::Updated).map(Filter::From);
    }
    let own = entity.columns.iter().any(|c| c.inputs.contains(&f) || flat(&c.field) == f);
    if let (true, Some(after)) = (kind == Kind::Text && !own, range_end(&f)) {
        let told = || entity.columns.iter().position(|c| c.stored() && c.is_time() && c.kind == Kind::Text && c.shape == Shape::Plain);
        let column = role(Role::Created).filter(|c| entity.columns[*c].kind == Kind::Text).or_else(told);
        return column.map(if after { Filter::From } else { Filter::Until });
    }
    if let Some(stem) = f.strip_suffix("min").or_else(|| f.strip_suffix("after"))
        && let Some(c) = time_like(stem)
    {
        return Some(Filter::From(c));
    }
    if let Some(stem) = f.strip_suffix("max").or_else(|| f.strip_suffix("before"))
        && let Some(c) = time_like(stem)
    {
        return Some(Filter::Until(c));
    }
    if matches!(f.as_str(), "q" | "query" | "search" | "searchtext" | "keyword" | "text") && kind == Kind::Text {
        let columns = search_columns(entity);
        let syntax = tool.parameters["properties"][name]["description"].as_str().unwrap_or("").to_lowercase().contains("syntax")
            || f == "q" && entity.service == "drive";
        return (!columns.is_empty() && !syntax).then_some(Filter::Search(columns));
    }
    if let Some(stem) = f.strip_suffix("prefix") {
        return find_column(entity, stem).or_else(|| name_column(entity)).filter(|c| entity.columns[*c].stored()).map(Filter::Prefix);
    }
    if let Some(rest) = f.strip_prefix("show").or_else(|| f.strip_prefix("include")).filter(|_| kind == Kind::Boolean) {
        return shown(entity, rest);
    }
    if let Some(c) = f
        .strip_prefix("mustbe")
        .and_then(|rest| entity.column_like(&format!("is{rest}")))
        .filter(|c| entity.columns[*c].kind == Kind::Boolean)
    {
        return Some(Filter::Only(c));
    }
    let column = find_column(entity, name).or_else(|| find_column(entity, &singular(name))).or_else(|| plural_of(entity, &f))?;
    let c = &entity.columns[column];
    if c.link.is_some() || matches!(c.shape, Shape::NamedList(_)) {
        return (kind == Kind::Text).then_some(Filter::Named(column));
    }
    if c.stored() && c.shape == Shape::Json && kind == Kind::Object {
        return Some(Filter::Same(column));
    }
    if !c.stored() || c.shape == Shape::Json {
        return None;
    }
    let values = values_of(&resolve(&tool.parameters["properties"][name], Side::Input));
    match kind {
        Kind::Array => Some(Filter::Among(column)),
        _ if values.iter().any(|v| v == "all") => Some(Filter::EqualsOrAll(column)),
        Kind::Text if c.kind == Kind::Text => Some(Filter::Equals(column)),
        k if k == c.kind => Some(Filter::Equals(column)),
        Kind::Text if matches!(c.shape, Shape::Named(_)) && c.kind == Kind::Integer => None,
        _ => None,
    }
}

/// Whether a parameter is the beginning of a span of time (true) or its end.
fn range_end(name: &str) -> Option<bool> {
    match name {
        "from" | "fromdate" | "datefrom" | "start" | "startdate" | "starttime" | "startdatetime" | "startat" | "mindate" | "after" => {
            Some(true)
        }
        "to" | "todate" | "dateto" | "end" | "enddate" | "endtime" | "enddatetime" | "endat" | "maxdate" | "before" | "until" => {
            Some(false)
        }
        _ => None,
    }
}

/// `courseStates` filters `courseState`, `states` the `state`, `AssignmentStatuses` the `AssignmentStatus`.
fn plural_of(entity: &Entity, name: &str) -> Option<usize> {
    entity.columns.iter().position(|c| c.stored() && c.shape == Shape::Plain && flat(&plural(&c.name)) == name).or_else(|| {
        entity.columns.iter().position(|c| {
            c.stored()
                && c.shape == Shape::Plain
                && name.ends_with(&flat(&plural(&c.name)))
                && matches!(c.name.as_str(), "state" | "status")
        })
    })
}

fn shown(entity: &Entity, what: &str) -> Option<Filter> {
    if let Some(c) = entity.columns.iter().position(|c| c.kind == Kind::Boolean && c.stored() && flat(&c.field) == what) {
        return Some(Filter::Shows(c, "1".to_owned()));
    }
    let (i, value) = entity
        .columns
        .iter()
        .enumerate()
        .filter(|(_, c)| crate::actions::is_status(c) && c.stored())
        .find_map(|(i, c)| crate::actions::statuses(c).into_iter().find(|v| flat(v) == what).map(|v| (i, v)))?;
    Some(Filter::Shows(i, literal(&value)))
}

/// Columns worth searching: titles and texts.
pub(crate) fn search_columns(entity: &Entity) -> Vec<usize> {
    let telling =
        ["title", "name", "summary", "description", "body", "content", "displayname", "subject", "text", "notes", "location", "keywords"];
    (0..entity.columns.len())
        .filter(|&i| {
            entity.columns[i].stored()
                && entity.columns[i].shape == Shape::Plain
                && telling.contains(&flat(&entity.columns[i].field).as_str())
        })
        .collect()
}

/// The column that people call it by.
pub(crate) fn name_column(entity: &Entity) -> Option<usize> {
    let tries = ["title", "name", "summary", "displayname", "subject", "login", "label"];
    let noun = flat(&entity.noun);
    let exact = tries.iter().find_map(|t| {
        entity.columns.iter().position(|c| {
            c.shape == Shape::Plain && c.kind == Kind::Text && (flat(&c.field) == *t || flat(&c.field) == format!("{noun}{t}"))
        })
    });
    exact.filter(|c| entity.columns[*c].stored())
}

/// Binds a tool that shows or makes the entity at another place than its home: by an owner, a flag, another field, or the newest.
pub(crate) fn second_door(world: &World, entity: &Entity, sketch: &Sketch, operation: &mut Operation) -> Result<(), Reason> {
    let many = plural(&entity.noun);
    for group in &sketch.groups {
        let is_last = std::ptr::eq(group, sketch.groups.last().expect("a sketch has groups"));
        let tail = group.literal.rsplit('/').next().unwrap_or("").to_owned();
        for param in &group.params {
            let own = || own_key(entity, &tail, param).filter(|_| is_last && group.params.len() == 1);
            let column = door_column(entity, &tail, param).or_else(own);
            let column = column.ok_or_else(|| format!("no field of {many} corresponds to `{param}`"))?;
            let does = match operation.class {
                Class::Create => Does::Scope(column),
                _ => Does::Key(column),
            };
            operation.params.push(key_param(entity, param, column, does));
            owner_known(world, entity, &tail, param, column, operation);
        }
        if is_last && group.params.is_empty() && tail == "user" && sketch.groups.len() == 1 {
            of_me(entity, operation)?;
        } else if is_last && group.params.is_empty() {
            tail_word(world, entity, &tail, sketch, operation)?;
        }
    }
    if operation.class == Class::Create {
        return own_by_me(entity, operation);
    }
    if operation.class == Class::Get
        && !operation.newest
        && operation.fixed.is_empty()
        && operation.params.len() < sketch.params().len().max(1)
    {
        return Err(format!("no parameter picks one {}", entity.noun));
    }
    Ok(())
}

/// `/user` is the authenticated user.
fn of_me(entity: &Entity, operation: &mut Operation) -> Result<(), Reason> {
    let text = |c: &&crate::columns::Column| c.stored() && c.shape == Shape::Plain && c.kind == Kind::Text;
    let named = |name: &str| entity.columns.iter().filter(text).find(|c| flat(&c.field) == name);
    if let Some(login) = named("login").or_else(|| named("username")) {
        operation.fixed.push(format!("t.{} = {}", quoted(&login.name), crate::relation::me_literal()));
        return Ok(());
    }
    let told = ["email", "emailaddress", "displayname", "fullname", "name"].into_iter().find_map(named);
    let told = told.filter(|_| crate::seed::person_entity(entity)).ok_or("nothing says who is signed in")?;
    let me = crate::people::told_as(crate::people::ME, &told.field, &told.format);
    operation.fixed.push(format!("t.{} = {}", quoted(&told.name), literal(&me)));
    Ok(())
}

/// The organization or user of `/orgs/{org}/repos` must be known: to its own table, or as the owner of something.
fn owner_known(world: &World, entity: &Entity, literal: &str, param: &str, column: usize, operation: &mut Operation) {
    let place = world.places.get(&(entity.api.clone(), literal.to_owned()));
    let owner = match place {
        Some(crate::entity::Place::Home(i)) => Some(*i).filter(|i| !world.entities[*i].implicit && world.entities[*i].own.len() == 1),
        _ => None,
    };
    let known = match owner.map(|i| &world.entities[i]) {
        Some(owner) => among(&owner.table, &owner.columns[owner.own[0]].name, &owner.noun, param),
        None => among(&entity.table, &entity.columns[column].name, &singular(literal), param),
    };
    operation.known.push(known);
    operation.needs.extend(owner);
}

fn among(table: &str, column: &str, noun: &str, param: &str) -> (String, String) {
    let noun = if noun == "org" { "organization" } else { noun };
    (format!("EXISTS (SELECT 1 FROM {} WHERE {} = :{param})", quoted(table), quoted(column)), format!("{noun} {{{param}}} was not found"))
}

/// The column of `entity` that a parameter of a second door speaks of.
pub(crate) fn door_column(entity: &Entity, literal: &str, param: &str) -> Option<usize> {
    let hidden = entity.columns.iter().position(|c| !c.shown && c.reference.is_some() && c.inputs.contains(&flat(param)));
    if hidden.is_some() {
        return hidden;
    }
    let scalar = |c: &usize| entity.columns[*c].stored() && entity.columns[*c].shape != Shape::Json;
    let is_owner = matches!(singular(&flat(literal)).as_str(), "org" | "organization" | "user" | "team" | "member" | "account");
    if is_owner {
        let owners = ["owner", "user", "creator", "author", "account", "organization"];
        return owners.iter().find_map(|o| entity.columns.iter().position(|c| flat(&c.field) == *o)).filter(scalar);
    }
    let bound_by_home = entity.steps.iter().any(|(s, cs)| s.params.iter().any(|p| p == param) && cs.iter().any(|c| entity.own.contains(c)));
    if bound_by_home && entity.own.len() == 1 {
        return None;
    }
    find_column(entity, param).filter(scalar).or_else(|| {
        let p = flat(param);
        entity.columns.iter().position(|c| flat(&c.field) == format!("{p}name") && c.shape == Shape::Plain && c.stored())
    })
}

/// The own key, where a second door picks one by it: `/balance/history/{id}`.
fn own_key(entity: &Entity, tail: &str, param: &str) -> Option<usize> {
    let [own] = entity.own[..] else { return None };
    let (f, tail) = (flat(param), singular(&flat(tail)));
    let at_home = entity.steps.iter().any(|(s, cs)| cs.contains(&own) && s.params.iter().any(|p| flat(p) == f));
    let named = f == "id" || f == tail || f == format!("{tail}id") || f == format!("{}id", flat(&entity.noun)) || at_home;
    (named && entity.key.len() == 1).then_some(own)
}

/// True for the last word of a path that shows the caller: `/users/me`.
pub(crate) fn is_me(tail: &str) -> bool {
    matches!(flat(tail).as_str(), "me" | "myself" | "self" | "currentuser" | "whoami")
}

fn tail_word(world: &World, entity: &Entity, tail: &str, sketch: &Sketch, operation: &mut Operation) -> Result<(), Reason> {
    let home = entity.place.rsplit('/').next().unwrap_or("");
    let one = singular(&flat(tail));
    let same = flat(tail) == flat(home)
        || one == flat(&entity.noun)
        || flat(tail) == flat(&plural(&entity.noun))
        || one.len() > 4 && one != flat(tail) && flat(&entity.noun).ends_with(&one);
    let _ = (world, sketch);
    if same {
        return Ok(());
    }
    // Another way to list them all.
    if matches!(tail, "search" | "find" | "query" | "all" | "list" | "paginated") && operation.class == Class::List {
        return Ok(());
    }
    if matches!(tail, "latest" | "newest" | "current") && operation.class == Class::Get {
        operation.newest = true;
        return Ok(());
    }
    if is_me(tail) && operation.class == Class::Get {
        return of_me(entity, operation);
    }
    let word = flat(tail);
    let flag = entity
        .columns
        .iter()
        .find(|c| c.kind == Kind::Boolean && c.stored() && (flat(&c.field) == word || flat(&c.field) == flat(&participle(&word))));
    if let Some(c) = flag {
        operation.fixed.push(format!("t.{} = 1", quoted(&c.name)));
        return Ok(());
    }
    let last = words(tail).pop().unwrap_or_default();
    Err(format!("no field of {} says which are `{last}`", plural(&entity.noun)))
}

/// A thing made at `/user/…` belongs to the authenticated user.
fn own_by_me(entity: &Entity, operation: &mut Operation) -> Result<(), Reason> {
    let bound: Vec<usize> = operation.params.iter().filter_map(|p| if let Does::Scope(c) = p.does { Some(c) } else { None }).collect();
    for (i, column) in entity.columns.iter().enumerate() {
        let required =
            column.role == Role::Scope || entity.own.contains(&i) && !crate::columns::caller_gives(entity, i) && entity.own.len() > 1;
        if !required || bound.contains(&i) {
            continue;
        }
        if matches!(flat(&column.field).as_str(), "owner" | "user" | "username" | "login") {
            operation.values_at_creation.push((i, "@me".to_owned()));
        } else {
            return Err(format!("nothing says which `{}` the new {} belongs to", column.field, entity.noun));
        }
    }
    Ok(())
}
