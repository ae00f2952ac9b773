//! The columns of an entity: which members of its documents and bodies a table keeps, with what types, and which are computed.

use crate::entity::{Entity, Step, World, parent_place};
use crate::keys;
use crate::schema::{Kind, Side, description_of, is_required, kind_of, list_items, nullable, properties, reduced, resolve, values_of};
use crate::seed_values::Prepared;
use crate::sketch::{Sketch, Verb};
use crate::words::{self, flat, plural, singular, spaced};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};
use wardian_format::catalog::Place as At;
use wardian_format::{CatalogTool, names};

/// Most columns beside the key.
pub(crate) const COLUMNS_MAX: usize = 24;

/// The states of a code review, which GitHub's description does not enumerate.
const REVIEW_STATES: [&str; 5] = ["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"];

/// How a column's value looks in documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As it is.
    Plain,
    /// An object with this one member: `{"login": "mira"}`.
    Named(String),
    /// JSON array of texts, shown as objects with this one member.
    NamedList(String),
    /// Stored as JSON text.
    Json,
}

/// Who gives a column its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Part of the chain above: identifies the parent.
    Scope,
    /// The entity's own key.
    Own,
    /// The caller, in a body.
    Body,
    /// The time of creation.
    Created,
    /// The time of the last change.
    Updated,
    /// The authenticated user, at creation.
    Me,
    /// The service.
    Server,
}

/// One column, or one computed member.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// In SQL.
    pub(crate) name: String,
    /// In documents.
    pub(crate) field: String,
    /// True where documents show it.
    pub(crate) shown: bool,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
    /// Of the value as documents show it, never null.
    pub(crate) schema: Value,
    pub(crate) values: Vec<String>,
    pub(crate) format: String,
    pub(crate) description: String,
    pub(crate) nullable: bool,
    /// True where creation requires it of the caller.
    pub(crate) demanded: bool,
    pub(crate) role: Role,
    /// Names of parameters that carry it, flattened.
    pub(crate) inputs: Vec<String>,
    pub(crate) default: Option<Value>,
    /// SQL over alias `t`, where it is computed and not stored.
    pub(crate) sql: Option<String>,
    /// Index of the relation that holds its members, where it is a list of other entities.
    pub(crate) link: Option<usize>,
    /// The entity whose own key it holds.
    pub(crate) reference: Option<usize>,
    /// The resolved schema that the API gives; null where it gives none.
    pub(crate) source: Value,
    /// How its seeded values are made, once that is asked.
    pub(crate) recipe: OnceLock<Arc<Prepared>>,
}

impl Column {
    /// True where the table has it.
    pub(crate) fn stored(&self) -> bool {
        self.sql.is_none() && self.link.is_none()
    }

    /// True for times.
    pub(crate) fn is_time(&self) -> bool {
        self.kind == Kind::Text && matches!(self.format.as_str(), "date-time" | "google-datetime" | "timestamp")
    }
}

/// A member under consideration.
#[derive(Default)]
pub(crate) struct Candidate {
    pub(crate) field: String,
    pub(crate) out: Option<Value>,
    pub(crate) input: Option<Value>,
    pub(crate) inputs: Vec<String>,
    pub(crate) required_out: bool,
    pub(crate) required_in: bool,
    pub(crate) filtered: bool,
}

/// Builds the entity at home in `place`.
pub(crate) fn entity(
    world: &World,
    tools: &[CatalogTool],
    api: &str,
    place: &str,
    steps: &[Step],
    sketches: &[&Sketch],
    family: Option<String>,
) -> Entity {
    let literal = steps.last().map(|s| s.literal.clone()).unwrap_or_default();
    let implicit = family.is_none();
    let mut noun = family.unwrap_or_else(|| spaced(&singular(&words::spaced(&literal))));
    if noun == "repo" {
        noun = "repository".to_owned();
    }
    if implicit && singular(&flat(&literal)) == flat(&literal) && literal.ends_with("ed") {
        noun = format!("{noun} {}", steps.last().and_then(|s| s.params.last()).map_or_else(|| "item".to_owned(), |p| spaced(p)));
    }
    let (provider, service) = api.split_once('/').unwrap_or((api, ""));
    let source = sketches.first().map_or("", |s| tools[s.tool].origin.source.as_str());
    let mut entity = Entity {
        api: api.to_owned(),
        provider: provider.to_owned(),
        service: service.to_owned(),
        place: place.to_owned(),
        table: match names::snake(&plural(&noun)) {
            // `CREATE TABLE "as"` is refused as a table made of a query.
            table if table == "as" => "as_rows".to_owned(),
            table => table,
        },
        noun,
        columns: Vec::new(),
        key: Vec::new(),
        own: Vec::new(),
        parent: None,
        steps: steps.iter().map(|s| (s.clone(), Vec::new())).collect(),
        nested: Vec::new(),
        implicit,
        omits_nulls: source == "google" || source == "aws",
    };
    let mut candidates = candidates_of(&entity, tools, sketches);
    scope_columns(world, api, steps, &mut entity, &mut candidates);
    let first = entity.columns.len();
    keys::own_columns(tools, steps, sketches, &mut entity, &mut candidates);
    keys::nest(&mut entity, first, &candidates);
    other_columns(&mut entity, candidates);
    keys::key_of(steps, sketches, &mut entity);
    entity.parent = keys::parent_of(world, api, steps, &entity);
    entity
}

/// The document schema that a tool shows of the entity: bare, listed, or wrapped in a member named like it.
pub(crate) fn shown_schema(tool: &CatalogTool, noun: &str, verb: &Verb) -> Option<Value> {
    let returns = resolve(tool.returns.as_ref()?, Side::Output);
    if *verb == Verb::List {
        return list_items(&returns).map(|(_, items)| items).filter(|i| kind_of(i) == Kind::Object);
    }
    if kind_of(&returns) != Kind::Object {
        return None;
    }
    let noun = flat(noun);
    let inner = properties(&returns).map(|(n, s)| (n, resolve(s, Side::Output))).find(|(n, s)| {
        kind_of(s) == Kind::Object && (flat(n) == noun || flat(n) == format!("{noun}description")) && properties(s).count() > 1
    });
    Some(inner.map_or(returns.clone(), |(_, s)| s))
}

fn candidates_of(entity: &Entity, tools: &[CatalogTool], sketches: &[&Sketch]) -> IndexMap<String, Candidate> {
    let mut out: IndexMap<String, Candidate> = IndexMap::new();
    let rank =
        |s: &&&Sketch| (s.aspect.is_some(), ["get", "create", "update", "list"].iter().position(|w| *w == kind_word(&s.verb)).unwrap_or(9));
    let mut ordered: Vec<&&Sketch> = sketches.iter().collect();
    ordered.sort_by_key(rank);
    for s in &ordered {
        if matches!(s.verb, Verb::Act(_) | Verb::Unact(_) | Verb::Check) && s.aspect.is_none() {
            continue;
        }
        let Some(schema) = shown_schema(&tools[s.tool], &entity.noun, &s.verb) else { continue };
        for (name, member) in properties(&schema).filter(|(n, _)| !is_noise(n)) {
            let c = out.entry(flat(name)).or_insert_with(|| Candidate { field: name.clone(), ..Candidate::default() });
            c.required_out |= is_required(&schema, name);
            c.out.get_or_insert_with(|| member.clone());
        }
    }
    for s in &ordered {
        for (name, member) in body_of(&tools[s.tool], s) {
            let key = input_key(&flat(name), &flat(&entity.noun), &out);
            let c = out.entry(key).or_insert_with(|| Candidate { field: name.clone(), ..Candidate::default() });
            c.required_in |= s.verb == Verb::Create && is_required(&tools[s.tool].parameters, name);
            c.inputs.push(flat(name));
            c.input.get_or_insert_with(|| member.clone());
        }
        if s.verb == Verb::List {
            for (name, _) in properties(&tools[s.tool].parameters) {
                if let Some(c) = out.get_mut(&flat(name)).or(None) {
                    c.filtered = true;
                }
            }
        }
    }
    out
}

fn kind_word(verb: &Verb) -> &'static str {
    match verb {
        Verb::Get => "get",
        Verb::Create => "create",
        Verb::Update | Verb::Replace => "update",
        Verb::List => "list",
        _ => "",
    }
}

/// `MessageBody` of a message is the `Body` that its documents show, `new_name` its `name`.
fn input_key(input: &str, noun: &str, known: &IndexMap<String, Candidate>) -> String {
    if known.contains_key(input) {
        return input.to_owned();
    }
    let bare = input.strip_prefix(noun).or_else(|| input.strip_prefix("new"));
    let longer = format!("{noun}{input}");
    match bare {
        Some(bare) if known.contains_key(bare) => bare.to_owned(),
        _ if known.contains_key(&longer) => longer,
        _ => input.to_owned(),
    }
}

/// The parameters that carry members of the entity.
pub(crate) fn body_of<'a>(tool: &'a CatalogTool, s: &Sketch) -> Vec<(&'a String, &'a Value)> {
    if !matches!(s.verb, Verb::Create | Verb::Update | Verb::Replace) {
        return Vec::new();
    }
    let chain = s.params();
    let in_body = |name: &str| tool.origin.locations.iter().find(|l| l.name == name).is_none_or(|l| l.place == At::Body);
    properties(&tool.parameters).filter(|(n, _)| !chain.contains(n) && in_body(n) && !is_call_option(n)).collect()
}

/// Parameters about the call, not the thing.
pub(crate) fn is_call_option(name: &str) -> bool {
    let f = flat(name);
    let known = [
        "clientrequesttoken",
        "uniquerequesttoken",
        "clienttoken",
        "idempotencytoken",
        "requestid",
        "dryrun",
        "sendnotifications",
        "sendupdates",
        "supportsattachments",
        "conferencedataversion",
        "updatemask",
        "fields",
        "prettyprint",
        "alt",
        "maxattendees",
        "messagestructure",
        "supportsalldrives",
        "usedomainadminaccess",
        "sendnotificationemail",
        "emailmessage",
        "revision",
        "etag",
        "kind",
        "selflink",
        "rotationtoken",
        "returnsubscriptionarn",
        "colorrgbformat",
        "generatereleasenotes",
        "forceoverwritereplicasecret",
        "autoinit",
        "nexttoken",
        "maxresults",
        "pagetoken",
        "pagesize",
    ];
    known.contains(&f.as_str())
}

/// Members that say nothing to an agent.
fn is_noise(name: &str) -> bool {
    let f = flat(name);
    let url = (name.ends_with("_url") && name != "html_url" && name != "avatar_url") || name == "url" || name == "_links" || name == "URI";
    url || f.ends_with("etag")
        || matches!(
            f.as_str(),
            "nodeid"
                | "gravatarid"
                | "selflink"
                | "kind"
                | "bodyhtml"
                | "bodytext"
                | "tempclonetoken"
                | "nextpagetoken"
                | "nexttoken"
                | "reactions"
        )
        || f.ends_with("metadata") && f.starts_with("response")
}

fn scope_columns(world: &World, api: &str, steps: &[Step], entity: &mut Entity, candidates: &mut IndexMap<String, Candidate>) {
    for i in 0..steps.len().saturating_sub(1) {
        for (k, param) in steps[i].params.iter().enumerate() {
            let shown = candidates.shift_remove(&flat(param));
            let place = steps[..=i].iter().map(|s| s.literal.as_str()).collect::<Vec<_>>().join("/");
            let owner =
                parent_place(world, api, &[steps[..=i].to_vec(), vec![Step { literal: String::new(), params: Vec::new() }]].concat())
                    .map(|p| &world.entities[p]);
            let target =
                owner.filter(|e| e.place == place).and_then(|e| e.steps.get(i).and_then(|(_, cs)| cs.get(k)).map(|&c| &e.columns[c]));
            let snake = names::snake(param);
            let vague = matches!(snake.as_str(), "id" | "name" | "key" | "number" | "slug" | "uid");
            let name = if vague { format!("{}_{snake}", names::snake(&singular(&words::spaced(&steps[i].literal)))) } else { snake };
            let mut column = plain(
                &name,
                shown.as_ref().map_or(param.as_str(), |c| c.field.as_str()),
                target.map_or(Kind::Text, |c| c.kind),
                Role::Scope,
            );
            column.shown = shown.is_some();
            column.inputs = vec![flat(param)];
            entity.steps[i].1.push(entity.columns.len());
            entity.columns.push(column);
        }
    }
}

pub(crate) fn plain(name: &str, field: &str, kind: Kind, role: Role) -> Column {
    let type_name = match kind {
        Kind::Integer => "integer",
        Kind::Real => "number",
        Kind::Boolean => "boolean",
        _ => "string",
    };
    Column {
        name: name.to_owned(),
        field: field.to_owned(),
        shown: true,
        kind,
        shape: Shape::Plain,
        schema: json!({ "type": type_name }),
        values: Vec::new(),
        format: String::new(),
        description: String::new(),
        nullable: false,
        demanded: false,
        role,
        inputs: Vec::new(),
        default: None,
        sql: None,
        link: None,
        reference: None,
        source: Value::Null,
        recipe: OnceLock::new(),
    }
}

pub(crate) fn free_name(entity: &Entity, wanted: &str) -> String {
    let wanted = match wanted {
        "doc" => "doc_text",
        "rowid" | "oid" => "row_number",
        other => other,
    };
    let taken = |n: &str| entity.columns.iter().any(|c| c.name == n);
    if !taken(wanted) {
        return wanted.to_owned();
    }
    (2..).map(|i| format!("{wanted}_{i}")).find(|n| !taken(n)).unwrap_or_else(|| wanted.to_owned())
}

fn other_columns(entity: &mut Entity, candidates: IndexMap<String, Candidate>) {
    let mut scored: Vec<(i64, usize, Column)> = Vec::new();
    for (i, c) in candidates.values().enumerate() {
        if let Some(column) = column_of(c, &entity.noun) {
            scored.push((score(c, &column), i, column));
        }
    }
    scored.sort_by_key(|(score, i, _)| (std::cmp::Reverse(*score), *i));
    scored.truncate(COLUMNS_MAX);
    scored.sort_by_key(|(_, i, _)| *i);
    for (_, _, mut column) in scored {
        if column.values.is_empty() && column.field == "state" && entity.noun.ends_with("review") {
            column.values = REVIEW_STATES.map(str::to_owned).to_vec();
        }
        // `ok: true` says of the call that it succeeded; a call that fails says so by failing.
        if column.kind == Kind::Boolean && column.shown && column.role == Role::Server && matches!(column.field.as_str(), "ok" | "success")
        {
            column.sql = Some("jsonb('true')".to_owned());
        }
        column.name = free_name(entity, &column.name);
        entity.columns.push(column);
    }
}

fn score(c: &Candidate, column: &Column) -> i64 {
    let telling = [
        "id",
        "name",
        "title",
        "summary",
        "state",
        "status",
        "description",
        "body",
        "email",
        "due",
        "type",
        "role",
        "content",
        "displayname",
        "start",
        "end",
        "labels",
        "assignees",
        "requestedreviewers",
    ];
    let mut score = 0;
    score += if c.required_in { 100 } else { 0 };
    score += if c.input.is_some() { 30 } else { 0 };
    score += if c.required_out { 8 } else { 0 };
    score += if c.filtered { 25 } else { 0 };
    score += if telling.contains(&flat(&c.field).as_str()) { 60 } else { 0 };
    score += if matches!(column.role, Role::Created | Role::Updated | Role::Me) { 40 } else { 0 };
    score += if column.values.is_empty() { 0 } else { 12 };
    score += match column.shape {
        Shape::Plain => 15,
        Shape::Named(_) | Shape::NamedList(_) => 12,
        Shape::Json => 0,
    };
    score -= if c.field.ends_with("url") || c.field.contains("permission") { 10 } else { 0 };
    score
}

pub(crate) fn column_of(c: &Candidate, noun: &str) -> Option<Column> {
    let out = c.out.as_ref().map(|s| resolve(s, Side::Output));
    let input = c.input.as_ref().map(|s| resolve(s, Side::Input));
    let seen = out.as_ref().filter(|s| kind_of(s) != Kind::Any).or(input.as_ref())?;
    let (kind, shape, schema) = match kind_of(seen) {
        k @ (Kind::Text | Kind::Integer | Kind::Real | Kind::Boolean) => (k, Shape::Plain, reduced(seen, 8, 1)?),
        Kind::Array => list_column(seen, input.as_ref())?,
        Kind::Object => object_column(seen, c.input.as_ref())?,
        Kind::Any => return None,
    };
    let description = [out.as_ref(), input.as_ref()].into_iter().flatten().map(description_of).find(|d| !d.is_empty()).unwrap_or_default();
    let (created, updated) = time_roles(&c.field);
    let format = seen["format"].as_str().unwrap_or("").to_owned();
    let role = match () {
        () if created && kind == Kind::Text => Role::Created,
        () if updated && kind == Kind::Text => Role::Updated,
        () if is_me(&c.field) && kind == Kind::Text && !c.inputs.contains(&flat(noun)) && c.required_in => Role::Body,
        () if is_me(&c.field) && kind == Kind::Text => Role::Me,
        () if c.input.is_some() && !is_server_only(&description) => Role::Body,
        () => Role::Server,
    };
    let format = if matches!(role, Role::Created | Role::Updated) && format.is_empty() { "date-time".to_owned() } else { format };
    Some(Column {
        name: names::snake(&c.field),
        field: c.field.clone(),
        shown: c.out.is_some(),
        kind,
        shape,
        values: values_of(seen),
        schema,
        format,
        description,
        nullable: !(c.required_in || c.required_out && out.as_ref().is_some_and(|_| !c.out.as_ref().is_some_and(nullable))),
        demanded: c.required_in,
        role,
        inputs: c.inputs.clone(),
        default: input
            .as_ref()
            .and_then(|s| s.get("default"))
            .or_else(|| seen.get("default"))
            .filter(|d| !d.is_null() && !d.is_object() && !d.is_array())
            .cloned(),
        sql: None,
        link: None,
        reference: None,
        source: seen.clone(),
        recipe: OnceLock::new(),
    })
}

fn is_server_only(description: &str) -> bool {
    let lower = description.to_lowercase();
    lower.contains("read-only") || lower.contains("read only") || lower.starts_with("output only") || lower.contains("output only.")
}

fn list_column(seen: &Value, input: Option<&Value>) -> Option<(Kind, Shape, Value)> {
    let items = resolve(&seen["items"], Side::Output);
    let takes_texts = input.is_none_or(|s| kind_of(&resolve(&s["items"], Side::Input)) == Kind::Text);
    let named = ["login", "name", "slug"].iter().find(|n| kind_of(&resolve(&items["properties"][**n], Side::Output)) == Kind::Text);
    if let Some(name) = named.filter(|n| kind_of(&items) == Kind::Object && takes_texts && (input.is_some() || **n == "login")) {
        let schema = json!({"type": "array", "items": {"type": "object", "properties": {*name: {"type": "string"}}}});
        return Some((Kind::Text, Shape::NamedList((*name).to_owned()), schema));
    }
    Some((Kind::Text, Shape::Json, reduced(seen, 8, 2)?))
}

fn object_column(seen: &Value, input: Option<&Value>) -> Option<(Kind, Shape, Value)> {
    let member = |n: &str| kind_of(&resolve(&seen["properties"][n], Side::Output));
    let named = |name: &str, kind: Kind| {
        let type_name = if kind == Kind::Integer { "integer" } else { "string" };
        Some((kind, Shape::Named(name.to_owned()), json!({"type": "object", "properties": {name: {"type": type_name}}})))
    };
    let takes_integer = input.is_some_and(|s| s.to_string().contains("\"integer\""));
    if takes_integer && member("number") == Kind::Integer {
        return named("number", Kind::Integer);
    }
    let input_kind = input.map(|s| kind_of(&resolve(s, Side::Input)));
    if input_kind != Some(Kind::Object) && member("login") == Kind::Text {
        return named("login", Kind::Text);
    }
    if input_kind == Some(Kind::Text) {
        for name in ["name", "ref", "slug", "key", "id"] {
            if member(name) == Kind::Text {
                return named(name, Kind::Text);
            }
        }
    }
    Some((Kind::Text, Shape::Json, reduced(seen, 8, 2)?))
}

fn time_roles(field: &str) -> (bool, bool) {
    let f = flat(field);
    let created = [
        "createdat",
        "created",
        "creationtime",
        "createtime",
        "createdtime",
        "createddate",
        "creationdate",
        "datecreated",
        "timecreated",
        "granttime",
        "createdon",
        "submittime",
    ];
    let updated = [
        "updatedat",
        "updated",
        "updatetime",
        "updatedtime",
        "modifiedtime",
        "modifiedat",
        "lastmodified",
        "lastmodifiedtime",
        "lastchangeddate",
        "lastupdated",
        "lastupdatedat",
        "updateddate",
        "modified",
        "lastmodifieddate",
        "updatedon",
    ];
    (created.contains(&f.as_str()), updated.contains(&f.as_str()))
}

fn is_me(field: &str) -> bool {
    let f = flat(field);
    [
        "user",
        "creator",
        "author",
        "owner",
        "sender",
        "organizer",
        "uploader",
        "createdby",
        "owneremail",
        "creatoruserid",
        "ownerid",
        "createdbyuser",
        "dataowner",
        "updatedby",
        "senderemail",
    ]
    .contains(&f.as_str())
}

/// True where the caller chooses this own key at creation: a required member of the body, or a name.
pub(crate) fn caller_gives(entity: &Entity, column: usize) -> bool {
    let c = &entity.columns[column];
    let f = flat(&c.field);
    let from_body = c.inputs.iter().any(|i| *i == f || *i == format!("{}{f}", flat(&entity.noun)));
    let server = matches!(f.as_str(), "id" | "uid" | "uuid" | "number" | "arn" | "slug") || f.ends_with("url") || f.ends_with("arn");
    from_body && (c.demanded || !server)
}
