//! Custom verbs as state changes that a field shows: flags, statuses, lists of names, tags, moving and clearing.

use crate::columns::{Column, Role, Shape};
use crate::entity::{Entity, Place, World};
use crate::operation::{Class, Does, Operation, Reason, about, key_param};
use crate::schema::{Kind, Side, is_required, kind_of, properties, resolve};
use crate::sketch::{Group, Sketch, Verb};
use crate::words::{flat, literal, participle, plural, quoted, spaced, undone, with_article};
use wardian_format::CatalogTool;

/// A column that a custom verb sets.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) column: usize,
    /// SQL of the new value.
    pub(crate) sql: String,
    /// SQL over alias `t` that must hold before, and what the refusal says.
    pub(crate) guard: Option<(String, String)>,
}

/// The groups without their last literal, and that literal.
pub(crate) fn without_tail(groups: &[Group]) -> Option<(Vec<Group>, String)> {
    let mut groups = groups.to_vec();
    let last = groups.last_mut().filter(|g| g.params.is_empty())?;
    let word = match last.literal.rsplit_once('/').map(|(h, t)| (h.to_owned(), t.to_owned())) {
        Some((head, tail)) => {
            last.literal = head;
            tail
        }
        None => groups.pop()?.literal,
    };
    (!groups.is_empty()).then_some((groups, flat(&word)))
}

/// The condition that a flag named by `word` is set: `star` → `t.starred = 1`.
pub(crate) fn flag_of(entity: &Entity, word: &str) -> Option<String> {
    flag_column(entity, word).map(|c| format!("t.{} = 1", quoted(&entity.columns[c].name)))
}

fn flag_column(entity: &Entity, word: &str) -> Option<usize> {
    let done = participle(word);
    let named = [flat(&done), format!("is{}", flat(&done)), flat(word)];
    let stem = word.trim_end_matches('e');
    let enabled = |c: &Column| stem.len() >= 4 && flat(&c.field).starts_with(stem) && flat(&c.field).ends_with("enabled");
    let flags = || entity.columns.iter().enumerate().filter(|(_, c)| c.kind == Kind::Boolean && c.stored());
    flags().find(|(_, c)| named.contains(&flat(&c.field))).or_else(|| flags().find(|(_, c)| enabled(c))).map(|(i, _)| i)
}

/// Plans a custom verb on the entity at `index`.
pub(crate) fn plan(
    world: &World,
    tools: &[CatalogTool],
    tool: &CatalogTool,
    sketch: &Sketch,
    index: usize,
    word: &str,
) -> Result<Operation, Reason> {
    let entity = &world.entities[index];
    let undo = matches!(sketch.verb, Verb::Unact(_));
    let mut base = Operation::new(sketch.tool, Class::Action, index);
    for (name, column) in entity.bind(sketch) {
        base.params.push(key_param(entity, &name, column, Does::Key(column)));
    }
    if base.params.len() < sketch.params().len() {
        return Err(format!("its path has keys that {} do not have", plural(&entity.noun)));
    }
    if base.params.iter().filter(|p| matches!(p.does, Does::Key(c) if entity.key.contains(&c))).count() < entity.key.len() {
        return Err(format!("`{word}` is a custom verb on a whole collection"));
    }
    if let Some(column) = list_column(entity, word) {
        return list_change(tool, base, column, if undo { Class::Remove } else { Class::Add });
    }
    match word {
        "tag" | "untag" => return tags(entity, tool, base, word == "untag"),
        "move" => return moved(world, entity, tool, base),
        "copy" | "duplicate" | "clone" => return copied(entity, base, word),
        "rename" => {
            base.class = Class::Update;
            return Ok(base);
        }
        "clear" | "purge" | "empty" => return cleared(world, index, tool, base),
        _ => {}
    }
    let _ = tools;
    if let Some(operation) = adds_or_removes(world, entity, tool, sketch, &base) {
        return Ok(operation);
    }
    if let Some(operation) = sets_fields(entity, tool, sketch, &base, word) {
        return Ok(operation);
    }
    let verb = word.strip_suffix("als").or_else(|| word.strip_suffix("al")).filter(|v| v.len() > 4).unwrap_or(word);
    base.effects = effects(entity, verb, undo)
        .ok_or_else(|| format!("no field of {} shows the effect of `{}`", plural(&entity.noun), spaced(word)))?;
    Ok(base)
}

/// `POST /tasks/{id}/addTag` with a `tag` adds to the relation that `GET /tasks/{id}/tags` shows.
fn adds_or_removes(world: &World, entity: &Entity, tool: &CatalogTool, sketch: &Sketch, base: &Operation) -> Option<Operation> {
    let tail = tool.origin.path.as_deref()?.rsplit('/').next()?;
    let said = crate::words::words(tail);
    let (verb, what) = said.split_first().filter(|(_, what)| !what.is_empty())?;
    let class = match verb.as_str() {
        "add" | "attach" | "assign" => Class::Add,
        "remove" | "detach" | "unassign" => Class::Remove,
        _ => return None,
    };
    let what = flat(&what.concat());
    let many = plural(&crate::words::singular(&what));
    let place = |literal: &str| flat(literal) == many || flat(literal) == what;
    let index = world.places.iter().find_map(|((api, path), place_of)| {
        let (head, last) = path.rsplit_once('/')?;
        let Place::Link(index) = place_of else { return None };
        (*api == entity.api && head == entity.place && place(last)).then_some(*index)
    })?;
    let link = &world.links[index];
    let to = &world.entities[link.to];
    let [far_key] = to.own[..] else { return None };
    let far = link.columns.iter().position(|c| c.to == Some(far_key))?;
    let near: Vec<usize> = (0..link.columns.len()).filter(|&c| link.columns[c].from.is_some()).collect();
    if near.len() != base.params.len() || near.len() + 1 != link.columns.len() {
        return None;
    }
    let mut operation = Operation { class, entity: link.to, link: Some(index), ..base.clone() };
    for (p, column) in operation.params.iter_mut().zip(&near) {
        p.does = Does::Scope(*column);
    }
    let chain = sketch.params();
    let named = |n: &str| {
        let f = flat(n);
        f == what
            || f == many
            || [what.as_str(), many.as_str()]
                .iter()
                .any(|w| f.strip_prefix(w).is_some_and(|rest| rest == "id" || rest == "gid" || rest == "ids"))
    };
    let (name, schema) = properties(&tool.parameters).find(|(n, _)| !chain.contains(n) && named(n))?;
    let takes = kind_of(&resolve(schema, Side::Input));
    let mut p = key_param(to, name, far_key, if takes == Kind::Array { Does::Names } else { Does::Far(far) });
    if takes == Kind::Array {
        p.kind = "list(text)".to_owned();
    }
    operation.params.push(p);
    (takes == Kind::Array || takes == to.columns[far_key].kind).then_some(operation)
}

/// Verbs after which come the fields that they change: `POST /droplets/{id}/resize` with `size`.
const CHANGES: [&str; 14] = [
    "set",
    "change",
    "update",
    "edit",
    "modify",
    "resize",
    "migrate",
    "upgrade",
    "transfer",
    "assign",
    "switch",
    "configure",
    "schedule",
    "reschedule",
];

/// `PUT /cards/{id}/due` with a `value`, `PUT /filters/{id}/owner` with an `accountId`, `POST /clusters/{id}/resize` with `size`: an update of
/// the fields that the word or the parameters name.
fn sets_fields(entity: &Entity, tool: &CatalogTool, sketch: &Sketch, base: &Operation, word: &str) -> Option<Operation> {
    let settable = |c: &Column| c.stored() && matches!(c.role, Role::Body | Role::Me | Role::Server) && c.reference.is_none();
    let chain = sketch.params();
    let others: Vec<&String> =
        properties(&tool.parameters).map(|(n, _)| n).filter(|n| !chain.contains(n) && !crate::columns::is_call_option(n)).collect();
    let mut operation = Operation { class: Class::Update, ..base.clone() };
    let written = matches!(tool.origin.method.as_deref(), Some("PUT" | "PATCH"));
    if let (true, [only], Some(column)) = (written, &others[..], entity.column_like(word)) {
        let c = &entity.columns[column];
        let takes = kind_of(&resolve(&tool.parameters["properties"][*only], Side::Input));
        let fits = c.shape == Shape::Plain && (takes == c.kind || takes == Kind::Any);
        if settable(c) && fits && !entity.key.contains(&column) {
            operation.params.push(key_param(entity, only, column, Does::Field(column)));
            return Some(operation);
        }
    }
    let says_change = written || CHANGES.iter().any(|verb| word.starts_with(verb));
    let known = |n: &&&String| crate::operation::find_column(entity, n).is_some_and(|c| entity.columns[c].role == Role::Body);
    let required = others.iter().filter(|n| is_required(&tool.parameters, n));
    (says_change && others.iter().any(|n| known(&n)) && required.clone().all(|n| known(&n))).then_some(operation)
}

/// What `word` sets: a flag, a status, or the time when it happened.
pub(crate) fn effects(entity: &Entity, word: &str, undo: bool) -> Option<Vec<Effect>> {
    let noun = &entity.noun;
    let mut out = Vec::new();
    let base = undone(word);
    let (flag, value) = match (flag_column(entity, word), base.as_ref().and_then(|b| flag_column(entity, b))) {
        (Some(c), _) => (Some(c), !undo),
        (None, Some(c)) => (Some(c), undo),
        (None, None) => (None, true),
    };
    if let Some(c) = flag {
        let name = format!("t.{}", quoted(&entity.columns[c].name));
        let shown = spaced(&entity.columns[c].field);
        let (guard, message) = if value {
            (format!("coalesce({name}, 0) = 0"), format!("the {noun} is already {shown}"))
        } else {
            (format!("coalesce({name}, 0) = 1"), format!("the {noun} is not {shown}"))
        };
        // What is enabled may be done again: `RotateSecret`.
        let again = value && flat(&entity.columns[c].field).ends_with("enabled");
        out.push(Effect { column: c, sql: i64::from(value).to_string(), guard: Some((guard, message)).filter(|_| !again) });
    }
    if !undo && let Some((c, target)) = status(entity, word) {
        let name = format!("t.{}", quoted(&entity.columns[c].name));
        let guard = format!("{name} IS NOT {}", literal(&target));
        let message = format!("the {noun} is already {}", spaced(&target));
        out.push(Effect { column: c, sql: literal(&target), guard: Some((guard, message)) });
        out.extend(settled(entity, c, &target, word));
    }
    if let Some((c, closed)) = status(entity, "close").filter(|_| word == "merge" && !out.is_empty()) {
        let name = format!("t.{}", quoted(&entity.columns[c].name));
        out.push(Effect {
            column: c,
            sql: literal(&closed),
            guard: Some((format!("{name} IS NOT {}", literal(&closed)), format!("the {noun} is closed"))),
        });
    }
    if out.is_empty() {
        return None;
    }
    for (i, c) in entity.columns.iter().enumerate() {
        let done = participle(word);
        let moment = [
            format!("last{}date", flat(&done)),
            format!("last{}at", flat(&done)),
            format!("{}at", flat(&done)),
            format!("{}time", flat(&done)),
            format!("{}date", flat(&done)),
            format!("{}on", flat(&done)),
        ];
        if c.stored() && c.is_time() && moment.contains(&flat(&c.field)) && out.iter().all(|e| e.column != i) {
            out.push(Effect { column: i, sql: if undo { "NULL".to_owned() } else { ":now".to_owned() }, guard: None });
        }
        if word == "merge" && c.stored() && c.is_time() && flat(&c.field) == "closedat" {
            out.push(Effect { column: i, sql: ":now".to_owned(), guard: None });
        }
        if c.stored() && c.kind == Kind::Text && c.shape != Shape::Json && flat(&c.field) == format!("{}by", flat(&done)) {
            out.push(Effect { column: i, sql: "@me".to_owned(), guard: None });
        }
    }
    Some(out)
}

/// `POST /files/{id}/copy` makes another one like it.
fn copied(entity: &Entity, mut operation: Operation, word: &str) -> Result<Operation, Reason> {
    let [own] = entity.own[..] else { return Err(format!("what `{word}` makes has no key of its own")) };
    if crate::columns::caller_gives(entity, own) || !entity.columns[own].stored() {
        return Err(format!("nothing names what `{word}` makes"));
    }
    operation.class = Class::Create;
    operation.copies = true;
    Ok(operation)
}

/// What is over stays over: a void invoice is not paid, and a paid one is not voided. Verbs that open again are free to.
fn settled(entity: &Entity, column: usize, target: &str, word: &str) -> Option<Effect> {
    const OVER: [&str; 10] =
        ["canceled", "cancelled", "void", "voided", "deleted", "terminated", "expired", "rejected", "declined", "refunded"];
    const DONE: [&str; 11] =
        ["completed", "complete", "done", "finished", "delivered", "paid", "succeeded", "fulfilled", "captured", "shipped", "merged"];
    let opens =
        ["reopen", "open", "restore", "undelete", "activate", "enable", "resume", "renew", "reactivate", "uncancel", "delete", "archive"];
    if opens.contains(&word) || word.starts_with("un") {
        return None;
    }
    let stops = ["cancel", "void", "abort", "reject", "decline", "expire"].contains(&word);
    let c = &entity.columns[column];
    let is_final = |v: &&String| OVER.contains(&flat(v).as_str()) || stops && DONE.contains(&flat(v).as_str());
    let values: Vec<String> = statuses(c).iter().filter(|v| *v != target).filter(is_final).map(|v| literal(v)).collect();
    let name = format!("t.{}", quoted(&c.name));
    (!values.is_empty()).then(|| Effect {
        column,
        sql: literal(target),
        guard: Some((
            format!("coalesce({name} NOT IN ({}), true)", values.join(", ")),
            format!("the {} can no longer be {}: it is over", entity.noun, spaced(&participle(word))),
        )),
    })
}

/// The status column and its value for `word`: `approve` → `Approved`, `return` → `RETURNED`.
fn status(entity: &Entity, word: &str) -> Option<(usize, String)> {
    let done = flat(&participle(word));
    let mut columns: Vec<(usize, &Column)> = entity.columns.iter().enumerate().filter(|(_, c)| c.stored() && is_status(c)).collect();
    columns.sort_by_key(|(_, c)| c.values.is_empty());
    for (i, c) in columns {
        let values = statuses(c);
        let exact = values.iter().find(|v| flat(v) == done);
        let stem = &word[..word.len().min(7)];
        let near = values
            .iter()
            .find(|v| word.len() >= 4 && flat(v).starts_with(stem))
            .or_else(|| values.iter().find(|v| reverse(word).contains(&flat(v).as_str())));
        if let Some(v) = exact.or(near) {
            return Some((i, v.clone()));
        }
    }
    None
}

fn reverse(word: &str) -> &'static [&'static str] {
    match word {
        "reopen" | "open" => &["open", "opened"],
        "restore" | "undelete" | "activate" | "enable" | "resume" | "unpause" => &["active", "enabled", "running"],
        "disable" | "deactivate" => &["inactive", "disabled"],
        "complete" | "finish" => &["completed", "done", "finished"],
        "start" | "run" => &["running", "started", "inprogress"],
        "stop" => &["stopped"],
        "submit" => &["pending", "submitted"],
        _ => &[],
    }
}

/// True for `state`, `status`, `assignmentStatus`.
pub(crate) fn is_status(c: &Column) -> bool {
    let f = flat(&c.field);
    c.kind == Kind::Text && c.shape == Shape::Plain && (f == "state" || f == "status" || f.ends_with("status") || f.ends_with("state"))
}

/// The values of a status column: its enumeration, or the quoted words of its description (``either `open` or `closed` ``).
pub(crate) fn statuses(c: &Column) -> Vec<String> {
    if !c.values.is_empty() {
        return c.values.clone();
    }
    let text = &c.description;
    let mut out: Vec<String> = Vec::new();
    for quote in ['`', '\'', '"'] {
        let parts: Vec<&str> = text.split(quote).collect();
        out.extend(
            parts
                .iter()
                .skip(1)
                .step_by(2)
                .filter(|p| !p.is_empty() && p.len() < 24 && p.chars().all(|ch| ch.is_alphanumeric() || ch == '_'))
                .map(|p| (*p).to_owned()),
        );
        if out.len() > 1 {
            return out;
        }
        out.clear();
    }
    if flat(&c.field) == "state" { vec!["open".to_owned(), "closed".to_owned()] } else { Vec::new() }
}

/// `event` with `APPROVE` sets the state `APPROVED`: the status column, and which value leads to which status.
pub(crate) fn event_of(entity: &Entity, name: &str, schema: &serde_json::Value) -> Option<(usize, Vec<(String, String)>)> {
    if !matches!(flat(name).as_str(), "event" | "action" | "decision") {
        return None;
    }
    let values = crate::schema::values_of(&resolve(schema, Side::Input));
    let found: Vec<(usize, String, String)> =
        values.iter().filter_map(|v| known_event(entity, v).map(|(c, s)| (c, v.clone(), s))).collect();
    let column = found.first()?.0;
    (found.len() == values.len()).then(|| (column, found.into_iter().map(|(_, v, s)| (v, s)).collect()))
}

fn known_event(entity: &Entity, value: &str) -> Option<(usize, String)> {
    let words = crate::words::words(value);
    let verb = words.first()?;
    status(entity, verb).or_else(|| {
        let (i, c) = entity.columns.iter().enumerate().find(|(_, c)| c.stored() && is_status(c))?;
        // `REQUEST_CHANGES` leads to `CHANGES_REQUESTED`.
        let all = |v: &String| words.iter().all(|w| flat(v).contains(w.as_str()));
        statuses(c).into_iter().find(all).map(|v| (i, v))
    })
}

/// A column that holds a list of names and is called like `word`.
fn list_column(entity: &Entity, word: &str) -> Option<usize> {
    entity.columns.iter().position(|c| {
        matches!(c.shape, Shape::NamedList(_)) && c.stored() && (flat(&c.field) == flat(word) || about(&c.field) == about(word))
    })
}

fn list_change(tool: &CatalogTool, mut operation: Operation, column: usize, class: Class) -> Result<Operation, Reason> {
    let taken: Vec<String> = operation.params.iter().map(|p| p.name.clone()).collect();
    let names = properties(&tool.parameters).find(|(n, s)| {
        !taken.contains(n) && kind_of(&resolve(s, Side::Input)) == Kind::Array && kind_of(&resolve(&s["items"], Side::Input)) == Kind::Text
    });
    let (name, _) = names.ok_or("it does not say which members are meant")?;
    operation.class = class;
    operation.list = Some(column);
    operation.params.push(crate::operation::Param {
        name: name.clone(),
        kind: "list(text)".to_owned(),
        required: true,
        values: Vec::new(),
        default: None,
        description: String::new(),
        does: Does::Names,
        relation: None,
    });
    Ok(operation)
}

/// A tool at a place that is no entity: adding to, or removing from, a list of names of the entity before it.
pub(crate) fn on_list(world: &World, api: &str, tool: &CatalogTool, sketch: &Sketch) -> Result<Operation, Reason> {
    let nothing = || format!("`{}` names no resource that the other tools define", sketch.path());
    let (groups, word) = without_tail(&sketch.groups).ok_or_else(nothing)?;
    let bare = Sketch { groups, ..sketch.clone() };
    let Some(Place::Home(index)) = world.place(api, &bare) else { return Err(nothing()) };
    let entity = &world.entities[*index];
    let class = match sketch.verb {
        Verb::Create | Verb::Act(_) => Class::Add,
        Verb::Delete | Verb::RemoveAll | Verb::Unact(_) => Class::Remove,
        Verb::Replace | Verb::SetAll => Class::Set,
        _ => return Err(nothing()),
    };
    if word == "events" {
        let mut operation = Operation::new(sketch.tool, Class::Update, *index);
        for (name, c) in entity.bind(&bare) {
            operation.params.push(key_param(entity, &name, c, Does::Key(c)));
        }
        return Ok(operation);
    }
    if let Verb::Act(inner) = &sketch.verb {
        let mut base = Operation::new(sketch.tool, Class::Action, *index);
        base.params = entity.bind(&bare).into_iter().map(|(name, c)| key_param(entity, &name, c, Does::Key(c))).collect();
        if let Some(operation) = sets_fields(entity, tool, &bare, &base, &format!("{word}{inner}")) {
            return Ok(operation);
        }
    }
    let Some(column) = list_column(entity, &word) else {
        return Err(format!("no field of {} holds its `{}`", plural(&entity.noun), spaced(&word)));
    };
    let mut operation = Operation::new(sketch.tool, class, *index);
    for (name, c) in entity.bind(&bare) {
        operation.params.push(key_param(entity, &name, c, Does::Key(c)));
    }
    list_change(tool, operation, column, class)
}

/// `TagQueue(Tags)` merges into the `tags`; `UntagQueue(TagKeys)` takes names away.
fn tags(entity: &Entity, tool: &CatalogTool, mut operation: Operation, remove: bool) -> Result<Operation, Reason> {
    let column = entity
        .columns
        .iter()
        .position(|c| flat(&c.field) == "tags" && c.shape == Shape::Json)
        .ok_or_else(|| format!("no field of {} holds tags", plural(&entity.noun)))?;
    let taken: Vec<String> = operation.params.iter().map(|p| p.name.clone()).collect();
    let (name, _) = properties(&tool.parameters)
        .find(|(n, _)| !taken.contains(n) && is_required(&tool.parameters, n))
        .ok_or("it does not say which tags are meant")?;
    operation.list = Some(column);
    operation.class = if remove { Class::Remove } else { Class::Add };
    let mut p = key_param(entity, name, column, Does::Names);
    p.kind = if remove { "list(text)" } else { "json" }.to_owned();
    operation.params.push(p);
    Ok(operation)
}

/// Another parent: `destination`, `destinationTasklist`.
fn moved(world: &World, entity: &Entity, tool: &CatalogTool, mut operation: Operation) -> Result<Operation, Reason> {
    let to = properties(&tool.parameters).map(|(n, _)| n).find(|n| {
        let f = flat(n);
        f.starts_with("destination") || f.starts_with("target") || f.starts_with("newparent")
    });
    let parent = entity.parent.as_ref().ok_or_else(|| format!("{} have no parent to move to", plural(&entity.noun)))?;
    let inner = parent.1.last().map(|(mine, _)| *mine).ok_or("the parent has no key")?;
    let name = to.ok_or("it does not say where to move to")?;
    let _ = world;
    let mut p = key_param(entity, name, inner, Does::Destination(inner));
    p.required = is_required(&tool.parameters, name);
    operation.class = Class::Move;
    operation.params.push(p);
    Ok(operation)
}

/// `calendars.clear` deletes the events, `tasks.clear` the completed tasks, `PurgeQueue` the messages.
fn cleared(world: &World, index: usize, tool: &CatalogTool, mut operation: Operation) -> Result<Operation, Reason> {
    let entity = &world.entities[index];
    let told = tool.description.to_lowercase();
    let names = |o: &Entity| told.contains(&plural(&o.noun)) || told.contains(&plural(o.noun.rsplit(' ').next().unwrap_or("")));
    let children: Vec<(usize, &Entity)> = world.children(index).filter(|(_, o)| !o.implicit && names(o)).collect();
    // Where the description names nothing, what is cleared is the contents, not who may see them.
    let side = |o: &Entity| ["rule", "permission", "setting", "member", "subscription", "tag"].iter().any(|w| o.noun.contains(w));
    let contents = || world.children(index).filter(|(_, o)| !o.implicit && !side(o)).collect::<Vec<_>>();
    let children = if children.is_empty() { contents() } else { children };
    let [(child, o)] = children[..] else { return Err(format!("it is unclear what it clears of {}", with_article(&entity.noun))) };
    let status = o.columns.iter().find(|c| is_status(c) && c.stored());
    let only = status.and_then(|c| {
        statuses(c)
            .into_iter()
            .find(|v| told.contains(&format!("{} {}", spaced(v), plural(&o.noun))))
            .map(|v| format!("n.{} = {}", quoted(&c.name), literal(&v)))
    });
    operation.class = Class::Clear;
    operation.clears = Some((child, only));
    Ok(operation)
}

/// Verbs that put a thing into a state, or take it out of one, and do nothing else that a caller could see.
const STATES: [&str; 44] = [
    "accept",
    "acknowledge",
    "activate",
    "approve",
    "archive",
    "ban",
    "block",
    "cancel",
    "close",
    "complete",
    "confirm",
    "delete",
    "deprecate",
    "dismiss",
    "enable",
    "expire",
    "favorite",
    "feature",
    "finalize",
    "finish",
    "flag",
    "follow",
    "freeze",
    "hide",
    "ignore",
    "like",
    "lock",
    "mute",
    "pause",
    "pin",
    "publish",
    "reject",
    "release",
    "resolve",
    "revoke",
    "star",
    "start",
    "subscribe",
    "suspend",
    "terminate",
    "trash",
    "verify",
    "void",
    "watch",
];

/// True for verbs that put a thing into a state.
pub(crate) fn names_state(verb: &str) -> bool {
    STATES.contains(&verb)
}

/// Adds hidden flags for custom verbs that nothing else shows: pairs such as `PUT …/star` with `DELETE …/star`, and verbs that name a state.
pub(crate) fn add_flags(world: &mut World, apis: &[String]) {
    let mut wanted: Vec<(usize, String)> = Vec::new();
    for (s, api) in world.sketches.iter().zip(apis) {
        let Some(Place::Home(index)) = world.place(api, s) else { continue };
        let entity = &world.entities[*index];
        let word = match &s.verb {
            Verb::Unact(word) if world.sketches.iter().any(|o| o.verb == Verb::Act(word.clone()) && o.path() == s.path()) => word.clone(),
            Verb::Act(word) if s.on_item() => match undone(word) {
                Some(base) if STATES.contains(&base.as_str()) => base,
                _ if STATES.contains(&word.as_str()) => word.clone(),
                _ => continue,
            },
            _ => continue,
        };
        if effects(entity, &word, true).or_else(|| effects(entity, &word, false)).is_none() && list_column(entity, &word).is_none() {
            wanted.push((*index, word));
        }
    }
    wanted.sort();
    wanted.dedup();
    for (index, word) in wanted {
        let field = participle(&word).replace(' ', "_");
        let name = crate::columns::free_name(&world.entities[index], &field);
        let hidden = crate::columns::plain(&name, &field, Kind::Boolean, Role::Server);
        world.entities[index].columns.push(Column { shown: false, ..hidden });
    }
}
