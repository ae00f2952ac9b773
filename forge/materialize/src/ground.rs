//! Arguments for a tool that should make it succeed, from the seeded rows; and arguments that should not.

use crate::columns::Shape;
use crate::entity::{Entity, Link, World};
use crate::operation::{Class, Does, Operation, Param};
use crate::people;
use crate::schema::Kind;
use crate::seed::{Plan, Row, Rows, identifier};
use crate::seed_values::{self, Ask};
use crate::selection;
use crate::words::flat;
use serde_json::{Map, Value, json};
use wardian_format::{Rng, time};

/// Rows that are tried before a tool is given up.
const TRIES_MAX: usize = 24;

/// Rows of either end of a relation that are looked at.
const NEAR_ROWS_MAX: usize = 200;
const FAR_ROWS_MAX: usize = 40;

/// Arguments that may work, most promising first.
pub(crate) fn candidates(world: &World, operation: &Operation, rows: &Rows, plan: &Plan) -> Vec<Value> {
    let entity = &world.entities[operation.entity];
    let mut all = match (operation.link.map(|l| &world.links[l]), operation.class) {
        (Some(link), _) => of_link(world, link, operation, rows),
        (None, Class::Create) if !operation.copies => of_parents(world, entity, operation, rows, plan),
        _ => of_rows(world, entity, operation, rows, plan),
    };
    if operation.link.is_none() && operation.class == Class::Upsert {
        let last = all.len().min(1);
        all.rotate_left(last);
        all.extend(fresh_keys(entity, operation, &all, plan));
    }
    all.into_iter().take(TRIES_MAX).map(|arguments| Value::Object(operation.envelope.wrap(arguments))).collect()
}

/// Arguments without those that are there already, as long as more of them are wanted: what a row gives costs time, and few are tried.
#[derive(Default)]
struct Candidates(Vec<Arguments>);

impl Candidates {
    /// False where there are enough: one more than are tried, for the first may stand behind the others.
    fn add(&mut self, arguments: Option<Arguments>) -> bool {
        self.0.extend(arguments.filter(|new| !self.0.contains(new)));
        self.0.len() <= TRIES_MAX
    }
}

/// Arguments with an own key that no row has yet.
fn fresh_keys(entity: &Entity, operation: &Operation, all: &[Arguments], plan: &Plan) -> Vec<Arguments> {
    let own = operation.params.iter().rev().find(|p| matches!(p.does, Does::Key(c) if entity.own.contains(&c)) && p.kind == "text");
    let (Some(p), Some(base)) = (own, all.first()) else { return Vec::new() };
    let mut rng = Rng::of(plan.seed, &["fresh key", &entity.table]);
    let with = |value: String| {
        let mut arguments = base.clone();
        arguments.insert(p.name.clone(), json!(value));
        arguments
    };
    let logins = people::PEOPLE.iter().rev().take(3).map(|p| with(p.login.to_owned()));
    if crate::seed::person_entity(entity) { logins.collect() } else { vec![with(format!("new-{}", identifier(&mut rng).split_at(5).0))] }
}

type Arguments = Map<String, Value>;

fn table<'a>(rows: &'a Rows, e: &Entity) -> &'a [Row] {
    rows.get(&e.table).map_or(&[], Vec::as_slice)
}

/// A value in the form that a parameter of this kind takes.
fn as_argument(p: &Param, value: &Value) -> Value {
    match (p.kind.as_str(), value) {
        ("boolean", Value::Number(n)) => json!(n.as_i64() == Some(1)),
        ("text", Value::Number(n)) => json!(n.to_string()),
        _ => value.clone(),
    }
}

fn of_rows(world: &World, entity: &Entity, operation: &Operation, rows: &Rows, plan: &Plan) -> Vec<Arguments> {
    let mut out = Candidates::default();
    let all = table(rows, entity);
    for (n, row) in all.iter().enumerate() {
        let told =
            |p: &Param| operation.grounds.get(&p.name).map(|g| crate::functions::argument(world, operation.entity, g, Some(row), rows, n));
        let arguments = arguments_of(operation, |p| match p.does {
            _ if operation.grounds.contains_key(&p.name) => told(p).flatten(),
            Does::Key(c) | Does::Scope(c) => Some(as_argument(p, &row[&entity.columns[c].name])).filter(|v| !v.is_null()),
            Does::Via { entity: near, key, reference } => {
                via(world, rows, (near, key, reference), &row[&entity.columns[entity.own[0]].name]).map(|v| as_argument(p, &v))
            }
            Does::Destination(c) => destination(world, entity, rows, c, row).map(|v| as_argument(p, &v)),
            Does::Names => Some(names(entity, operation, p, row, n)),
            Does::Field(_) | Does::PartName(_) | Does::PartValue | Does::Event(..) | Does::Patches | Does::Merge | Does::Members(_) => {
                field(world, entity, operation, p, Some(row), rows, n, plan)
            }
            Does::Remark => p.required.then(|| json!("Agreed with the team on Tuesday.")),
            Does::Selects => selection::argument(entity, p).filter(|_| p.required),
            Does::Filter(_) if p.required => required_filter(entity, p, row),
            Does::Filter(_) | Does::Far(_) => None,
        });
        if !out.add(arguments) {
            break;
        }
    }
    let mut out = out.0;
    if let (true, [], Some((parent, pairs))) = (out.is_empty(), all, &entity.parent) {
        let p = &world.entities[*parent];
        for row in table(rows, p).iter().take(4) {
            let bound = |c: usize| pairs.iter().find(|(mine, _)| *mine == c).map(|(_, theirs)| row[&p.columns[*theirs].name].clone());
            let arguments: Option<Arguments> = operation
                .params
                .iter()
                .filter(|q| q.required)
                .map(|q| match q.does {
                    Does::Key(c) | Does::Scope(c) => Some((q.name.clone(), bound(c)?)),
                    _ => None,
                })
                .collect();
            out.extend(arguments);
        }
    }
    out
}

/// The arguments for which `value_of` has a value; `None` where a required one is missing.
fn arguments_of(operation: &Operation, value_of: impl Fn(&Param) -> Option<Value>) -> Option<Arguments> {
    let mut arguments = Arguments::new();
    for p in &operation.params {
        match value_of(p) {
            Some(value) => drop(arguments.insert(p.name.clone(), value)),
            None if p.required => return None,
            None => {}
        }
    }
    Some(arguments)
}

fn required_filter(entity: &Entity, p: &Param, row: &Row) -> Option<Value> {
    use crate::filters::Filter;
    let Does::Filter(f) = &p.does else { return None };
    match f {
        Filter::Equals(c) | Filter::EqualsOrAll(c) | Filter::Prefix(c) => {
            Some(as_argument(p, &row[&entity.columns[*c].name])).filter(|v| !v.is_null())
        }
        Filter::From(_) => Some(json!("2000-01-01T00:00:00Z")),
        Filter::Until(_) => Some(json!("2100-01-01T00:00:00Z")),
        Filter::Among(c) => Some(json!([row[&entity.columns[*c].name]])),
        Filter::Search(_) => Some(json!("a")),
        Filter::Limit(_) => Some(json!(10)),
        Filter::Shows(..) => Some(json!(true)),
        Filter::Only(_) => Some(json!(false)),
        Filter::Same(c) => row[&entity.columns[*c].name]
            .as_str()
            .map_or_else(|| Some(row[&entity.columns[*c].name].clone()), |t| serde_json::from_str(t).ok())
            .filter(|v| !v.is_null()),
        _ => p.default.clone(),
    }
}

/// The key of a row that refers to `value`.
fn via(world: &World, rows: &Rows, (near, key, reference): (usize, usize, usize), value: &Value) -> Option<Value> {
    let from = &world.entities[near];
    let (key, reference) = (&from.columns[key].name, &from.columns[reference].name);
    table(rows, from).iter().find(|r| r.get(reference) == Some(value)).map(|r| r[key].clone())
}

/// Another parent than the row's.
fn destination(world: &World, entity: &Entity, rows: &Rows, c: usize, row: &Row) -> Option<Value> {
    let (parent, pairs) = entity.parent.as_ref()?;
    let p = &world.entities[*parent];
    let (_, theirs) = pairs.iter().find(|(mine, _)| *mine == c)?;
    table(rows, p).iter().map(|r| &r[&p.columns[*theirs].name]).find(|v| **v != row[&entity.columns[c].name]).cloned()
}

/// Names to add to, or remove from, a list column.
fn names(entity: &Entity, operation: &Operation, p: &Param, row: &Row, n: usize) -> Value {
    let column = operation.list.map(|c| &entity.columns[c]);
    let held: Value = column
        .and_then(|c| row[&c.name].as_str().map_or_else(|| Some(row[&c.name].clone()), |t| serde_json::from_str(t).ok()))
        .unwrap_or(Value::Null);
    let pairs = column.is_some_and(|c| c.schema["items"]["properties"].get("Key").is_some());
    if p.kind == "json" {
        return if pairs { json!([{"Key": "reviewed", "Value": "yes"}]) } else { json!({"reviewed": "yes"}) };
    }
    if operation.class == Class::Remove {
        let first = match &held {
            Value::Object(map) => map.keys().next().cloned(),
            Value::Array(items) => items.first().and_then(|i| i.as_str().or_else(|| i["Key"].as_str())).map(str::to_owned),
            _ => None,
        };
        return json!([first.unwrap_or_else(|| people::PEOPLE[3].login.to_owned())]);
    }
    let taken = held.to_string();
    let free = people::PEOPLE.iter().map(|p| p.login).cycle().skip(n).take(people::PEOPLE.len()).find(|l| !taken.contains(l));
    json!([free.unwrap_or("mira-holt")])
}

/// A new value of a field, as the seed would choose it.
#[expect(clippy::too_many_arguments, reason = "what a value depends on")]
fn field(
    world: &World,
    entity: &Entity,
    operation: &Operation,
    p: &Param,
    row: Option<&Row>,
    rows: &Rows,
    n: usize,
    plan: &Plan,
) -> Option<Value> {
    let mut rng = Rng::of(plan.seed, &["argument", &entity.table, &p.name, &n.to_string()]);
    let Does::Field(c) = p.does else { return other_than_field(world, entity, p, row, rows) };
    let column = &entity.columns[c];
    if !p.required && column.inputs.is_empty() {
        return None;
    }
    if let Some(target) = column.reference {
        return referred(&world.entities[target], p, row, rows);
    }
    if crate::seed::is_parent(column) {
        return None;
    }
    let fresh = Ask {
        entity,
        column,
        n: n + 40,
        total: n + 1_000,
        person: crate::seed::person_entity(entity).then_some(17 + n % 7),
        created: plan.now_unix_s,
        updated: plan.now_unix_s,
        now: plan.now_unix_s,
        status: None,
    };
    if entity.own.contains(&c) && operation.class == Class::Update {
        return p.required.then(|| json!(format!("renamed-{}", identifier(&mut rng).split_at(5).0)));
    }
    if column.role == crate::columns::Role::Scope {
        return row.map(|r| as_argument(p, &r[&column.name]));
    }
    if let Some(value) = p.values.iter().find(|v| row.is_none_or(|r| r.get(&column.name) != Some(&json!(v)))) {
        return Some(json!(value));
    }
    let tells_apart = Some(c) == crate::fill::naming(entity) || entity.own.contains(&c) || crate::sql::is_unique_word(column);
    let named = tells_apart && column.shape == Shape::Plain;
    let value = if named && column.kind == Kind::Text {
        json!(format!("{}-{}", base_name(&fresh, &mut rng), identifier(&mut rng).split_at(4).0))
    } else {
        non_null(&fresh, &mut rng)
    };
    let mut value = shaped(p, column.shape == Shape::Json, &value);
    for nested in entity.nested.iter().filter(|n| n.outer == column.field) {
        if let Some(members) = value.as_object_mut() {
            members.shift_remove(&nested.inner);
            if operation.class == Class::Create && entity.own.contains(&nested.column) {
                members.insert(nested.inner.clone(), json!(format!("new-{}", identifier(&mut rng).split_at(6).0)));
            }
        }
    }
    Some(value)
}

/// The value of a parameter that is no field: parts of an attribute, an event, a list of changes or of members.
fn other_than_field(world: &World, entity: &Entity, p: &Param, row: Option<&Row>, rows: &Rows) -> Option<Value> {
    match p.does {
        Does::PartName(_) => Some(json!("DisplayName")),
        Does::PartValue => Some(json!("Updated")),
        Does::Event(c, ref pairs) => {
            let now = row.and_then(|r| r.get(&entity.columns[c].name)).and_then(Value::as_str);
            pairs.iter().find(|(_, status)| now != Some(status)).map(|(value, _)| json!(value))
        }
        Does::Patches => patches(entity),
        Does::Merge => merge(entity),
        Does::Members(c) => {
            let link = &world.links[entity.columns[c].link?];
            let far = &world.entities[link.to];
            let fits = |t: &&Row| {
                link.columns.iter().all(|l| match (l.from, l.to, row) {
                    (Some(f), Some(k), Some(row)) => row.get(&entity.columns[f].name).is_none_or(|v| *v == t[&far.columns[k].name]),
                    _ => true,
                })
            };
            let found = table(rows, far).iter().find(fits)?;
            Some(json!([found[&far.columns[far.own[0]].name]]))
        }
        _ => None,
    }
}

/// The key of a row of `to` that `row` can refer to: one that agrees with it in what both belong to.
fn referred(to: &Entity, p: &Param, row: Option<&Row>, rows: &Rows) -> Option<Value> {
    let shared = |t: &&Row| {
        to.key
            .iter()
            .filter(|k| !to.own.contains(k))
            .all(|k| row.is_none_or(|r| r.get(&to.columns[*k].name).is_none_or(|v| *v == t[&to.columns[*k].name])))
    };
    table(rows, to).iter().find(shared).map(|t| t[&to.columns[to.own[0]].name].clone()).map(|v| as_argument(p, &v))
}

/// A merge patch that changes something.
fn merge(entity: &Entity) -> Option<Value> {
    let all: Vec<_> = crate::fill::mergeable(entity).map(|(_, c)| c).collect();
    let text = |c: &&&crate::columns::Column| c.shape == Shape::Plain && c.kind == Kind::Text && c.values.is_empty() && c.format.is_empty();
    if let Some(c) = all.iter().find(|c| c.field == "metadata" && c.shape == Shape::Json) {
        return Some(json!({&c.field: {"labels": {"reviewed": "yes"}}}));
    }
    if let Some(c) = all.iter().find(text) {
        return Some(json!({&c.field: "Changed for the review"}));
    }
    let object = all.iter().find(|c| c.shape == Shape::Json && c.schema["type"] == "object")?;
    Some(json!({&object.field: {"reviewed": "yes"}}))
}

/// One change of an attribute, as `UpdateGroup` takes it.
fn patches(entity: &Entity) -> Option<Value> {
    let column = crate::sql::patched(entity).into_iter().next()?;
    Some(json!([{"AttributePath": column.field, "AttributeValue": "Changed for the review"}]))
}

fn base_name(ask: &Ask<'_>, rng: &mut Rng) -> String {
    let name = seed_values::unique_name(ask, rng);
    let name = name.as_str().unwrap_or("new");
    name.split(' ').next().unwrap_or(name).to_lowercase()
}

fn non_null(ask: &Ask<'_>, rng: &mut Rng) -> Value {
    (0..12).map(|_| seed_values::value(ask, rng)).find(|v| !v.is_null()).unwrap_or_else(|| json!("standard"))
}

fn shaped(p: &Param, json_column: bool, value: &Value) -> Value {
    match (p.kind.as_str(), value) {
        ("list(text)", Value::Array(items)) => Value::Array(items.iter().filter(|i| i.is_string()).cloned().collect()),
        ("list(text)", _) => json!([]),
        ("text", Value::Object(_) | Value::Array(_)) => json!(value.to_string()),
        ("json", _) if json_column => value.clone(),
        ("text", Value::Null) => json!("standard"),
        _ => as_argument(p, value),
    }
}

/// A parent's table, one of its rows, and how the child's columns follow from it.
type Context<'a> = (&'a Entity, &'a Row, &'a [(usize, usize)]);

fn of_parents(world: &World, entity: &Entity, operation: &Operation, rows: &Rows, plan: &Plan) -> Vec<Arguments> {
    let contexts: Vec<Option<Context<'_>>> = match &entity.parent {
        Some((parent, pairs)) => {
            table(rows, &world.entities[*parent]).iter().map(|r| Some((&world.entities[*parent], r, pairs.as_slice()))).collect()
        }
        None => vec![None, None, None],
    };
    let mut out = Candidates::default();
    for (n, context) in contexts.into_iter().enumerate() {
        let mut scope = Row::new();
        if let Some((p, row, pairs)) = context {
            for (mine, theirs) in pairs {
                scope.insert(entity.columns[*mine].name.clone(), row[&p.columns[*theirs].name].clone());
            }
            for c in entity.columns.iter().filter(|c| c.role == crate::columns::Role::Scope) {
                if let Some(v) = row.get(&c.name) {
                    scope.entry(c.name.clone()).or_insert_with(|| v.clone());
                }
            }
        }
        let sibling = table(rows, entity).get(n);
        let arguments = arguments_of(operation, |p| {
            let value = match p.does {
                _ if operation.grounds.contains_key(&p.name) => {
                    operation.grounds.get(&p.name).and_then(|g| crate::functions::argument(world, operation.entity, g, None, rows, n))
                }
                Does::Key(c) | Does::Scope(c) => scope
                    .get(&entity.columns[c].name)
                    .or_else(|| sibling.and_then(|s| s.get(&entity.columns[c].name)))
                    .map(|v| as_argument(p, v)),
                Does::Field(c) if !p.required && is_rare(&entity.columns[c].field) => None,
                Does::Field(_) | Does::Members(_) | Does::PartName(_) | Does::PartValue | Does::Event(..) | Does::Patches | Does::Merge => {
                    field(world, entity, operation, p, Some(&scope).filter(|s| !s.is_empty()), rows, n, plan)
                }
                _ => None,
            };
            value.filter(|v| !v.is_null())
        });
        if !out.add(arguments) {
            break;
        }
    }
    out.0
}

/// Optional fields that an example does without.
fn is_rare(field: &str) -> bool {
    let f = flat(field);
    f.contains("permission") || f.contains("restriction") || f.contains("metadata")
}

fn of_link(world: &World, link: &Link, operation: &Operation, rows: &Rows) -> Vec<Arguments> {
    let to = &world.entities[link.to];
    let held: &[Row] = rows.get(&link.table).map_or(&[], Vec::as_slice);
    let near: Vec<Option<&Row>> = match link.from {
        Some(from) => table(rows, &world.entities[from]).iter().take(NEAR_ROWS_MAX).map(Some).collect(),
        None => vec![None],
    };
    let mut out = Candidates::default();
    for row in near {
        for far in table(rows, to).iter().take(FAR_ROWS_MAX) {
            let value = |i: usize| {
                let c = &link.columns[i];
                match (c.from, link.from, row, c.to) {
                    (Some(f), Some(from), Some(row), _) => row[&world.entities[from].columns[f].name].clone(),
                    (_, _, _, Some(k)) => far[&to.columns[k].name].clone(),
                    _ => Value::Null,
                }
            };
            let consistent = link.columns.iter().all(|c| match (c.from, link.from, row, c.to) {
                (Some(f), Some(from), Some(row), Some(k)) => row[&world.entities[from].columns[f].name] == far[&to.columns[k].name],
                _ => true,
            });
            let is_held = held.iter().any(|h| link.columns.iter().enumerate().all(|(i, c)| h[&c.name] == value(i)));
            let wanted = match operation.class {
                Class::Add | Class::Set => !is_held,
                _ => is_held,
            };
            if !consistent || !wanted {
                continue;
            }
            let mut arguments = Arguments::new();
            for p in &operation.params {
                let given = match p.does {
                    Does::Scope(i) | Does::Far(i) => Some(value(i)),
                    Does::Names => Some(json!([far[&to.columns[to.own[0]].name]])),
                    _ => None,
                };
                if let Some(v) = given {
                    arguments.insert(p.name.clone(), as_argument(p, &v));
                }
            }
            if !out.add(Some(arguments)) {
                return out.0;
            }
        }
    }
    out.0
}

/// The same arguments with one key that no row has, for each parameter that names an existing row.
pub(crate) fn wrong_keys(operation: &Operation, good: &Value) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    for p in &operation.params {
        let names_row = matches!(p.does, Does::Key(_) | Does::Scope(_) | Does::Far(_) | Does::Destination(_) | Does::Via { .. })
            && p.relation.as_ref().is_some_and(|(k, ..)| *k == wardian_format::pack::RefKind::Existing);
        if !names_row || good.get(&p.name).is_none() {
            continue;
        }
        let mut bad = good.clone();
        bad[&p.name] = if p.kind == "integer" { json!(987_654_321_012_i64) } else { json!("no-such-thing-0000") };
        out.push((p.name.clone(), bad));
    }
    out
}

/// Unix seconds of the virtual now, or 0.
pub(crate) fn unix(now: &str) -> i64 {
    time::parse_utc(now).unwrap_or(0)
}
