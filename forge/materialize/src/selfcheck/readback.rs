//! Read after write: what a tool wrote is looked for through every reader that can show it (docs/materializer.md).

use super::{Checker, Depth, said};
use crate::columns::{Column, Shape};
use crate::entity::{Entity, World};
use crate::filters::Filter;
use crate::operation::{Class, Does, Operation, Param};
use crate::output;
use crate::schema::{Kind, properties};
use crate::sources::Written;
use crate::tables::docs;
use crate::words::quoted;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wardian_env::{Env, EnvError};
use wardian_format::outcome::ToolErrorCode;
use wardian_format::pack::Role;
use wardian_format::state::{Change, RowChange};
use wardian_format::{Outcome, SqlValue};

/// Rows of a page: the most that a list gives.
const PAGE_ROWS: usize = 100;
/// Most pages that are turned in search of a row.
const PAGES_MAX: usize = 40;

/// One tool that writes with one that reads the same thing.
pub(crate) struct Pair {
    /// Place of the reader among the tools.
    pub(crate) reader: usize,
    /// Why it does not hold.
    pub(crate) held: Result<(), String>,
}

/// What was seen of one write.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) pairs: Vec<Pair>,
    /// Readers of the same thing that cannot show the row or what was written.
    pub(crate) blind: usize,
}

/// A row that was written.
struct Subject {
    entity: usize,
    /// By column of the entity: all that are stored; of a relation, the far end's key.
    values: BTreeMap<usize, SqlValue>,
    /// By column of the relation's table, where it is a row of one.
    related: Option<BTreeMap<usize, SqlValue>>,
    /// Columns that were written, with the value that must be shown.
    written: BTreeMap<usize, Value>,
    change: Change,
}

/// What a reader gave.
enum Look {
    Absent,
    Row(Value),
    /// It shows another row, or does not say which.
    Unclear,
    Failed(String),
}

/// How a reader's result is laid out.
struct Layout {
    /// The member that holds the document or the items.
    inside: Option<String>,
    /// Members of a document, and the columns behind them.
    members: Vec<(String, usize)>,
    /// The column that the items are, where they are no documents.
    scalar: Option<usize>,
}

/// Looks for what `w` wrote through every reader. `None` where its own table did not change.
pub(super) fn seen(checker: &Checker<'_>, w: &Written<'_>, arguments: &Value, after: &mut Env) -> Result<Option<Seen>, EnvError> {
    let arguments = &w.operation.envelope.flat(arguments);
    let Some(subject) = subject(checker, w.operation, arguments, after)? else { return Ok(None) };
    let mut seen = Seen::default();
    for (reader, r) in checker.written.iter().enumerate() {
        let o = r.operation;
        let reads = matches!(o.class, Class::Get | Class::GetPart | Class::List | Class::Check | Class::ListRelated);
        let is_asked = checker.depth == Depth::Full || o.class == Class::Get;
        if !reads || !is_asked || o.newest || o.entity != subject.entity || o.link != w.operation.link {
            continue;
        }
        match pair(checker, r, &subject, after)? {
            Some(held) => seen.pairs.push(Pair { reader, held }),
            None => seen.blind += 1,
        }
    }
    Ok(Some(seen))
}

/// The row that a call wrote: the one that its arguments pick, where there are several.
fn subject(checker: &Checker<'_>, o: &Operation, arguments: &Value, after: &mut Env) -> Result<Option<Subject>, EnvError> {
    let world = checker.world;
    let cleared = o.clears.as_ref().map(|(child, _)| *child);
    let index = cleared.unwrap_or(o.entity);
    let entity = &world.entities[index];
    let link = o.link.map(|l| &world.links[l]);
    let table = link.map_or(&entity.table, |l| &l.table);
    let takes = matches!(o.class, Class::Delete | Class::Clear) || link.is_some() && o.class == Class::Remove;
    let diff = checker.base.clone().diff(after)?;
    let rows = || diff.rows.iter().filter(|r| r.table == *table);
    let fits = |r: &&RowChange| (r.change == Change::Deleted) == takes;
    let picked = |r: &&RowChange| {
        o.params.iter().all(|p| match p.does {
            Does::Key(c) if link.is_none() && cleared.is_none() => {
                entity.key.iter().position(|k| *k == c).is_none_or(|at| arguments.get(&p.name).is_some_and(|v| same(v, &plain(&r.key[at]))))
            }
            _ => true,
        })
    };
    let found = rows().filter(fits).find(picked).or_else(|| rows().find(fits));
    let found = found.or_else(|| rows().next().filter(|_| link.is_some() && o.class == Class::Set));
    let Some(change) = found else { return Ok(None) };
    let gone = change.change == Change::Deleted;
    if let Some(link) = link {
        let row: BTreeMap<usize, SqlValue> = change.key.iter().cloned().enumerate().collect();
        let far = link.columns.iter().enumerate().filter_map(|(i, c)| Some((c.to?, row.get(&i)?.clone()))).collect();
        return Ok(Some(Subject { entity: index, values: far, related: Some(row), written: BTreeMap::new(), change: change.change }));
    }
    let values = stored(entity, &change.key, if gone { &checker.base } else { after })?;
    let cells: BTreeSet<&str> = change.cells.iter().map(|c| c.column.as_str()).collect();
    let mut written = BTreeMap::new();
    for (i, c) in entity.columns.iter().enumerate().filter(|(_, c)| c.shown && !gone) {
        let sent =
            o.params.iter().find(|p| matches!(p.does, Does::Field(f) | Does::Members(f) if f == i)).and_then(|p| arguments.get(&p.name));
        let is_new = change.change == Change::Inserted || cells.contains(c.name.as_str());
        let now = values.get(&i).filter(|_| is_new && c.stored()).map(|v| of_cell(c, v));
        if let Some(value) = sent.cloned().or(now) {
            written.insert(i, value);
        }
    }
    Ok(Some(Subject { entity: index, values, related: None, written, change: change.change }))
}

/// The cells of a row by column.
fn stored(entity: &Entity, key: &[SqlValue], env: &Env) -> Result<BTreeMap<usize, SqlValue>, EnvError> {
    let columns: Vec<usize> = (0..entity.columns.len()).filter(|&c| entity.columns[c].stored()).collect();
    let list: Vec<String> = columns.iter().map(|&c| quoted(&entity.columns[c].name)).collect();
    let on: Vec<String> = entity.key.iter().zip(1..).map(|(&k, n)| format!("{} = ?{n}", quoted(&entity.columns[k].name))).collect();
    let sql = format!("SELECT {} FROM {} WHERE {}", list.join(", "), quoted(&entity.table), on.join(" AND "));
    let rows = env.clone().read(&sql, key)?;
    Ok(rows.values.into_iter().next().map(|row| columns.into_iter().zip(row).collect()).unwrap_or_default())
}

/// Whether the reader shows what was written; `None` where it cannot.
fn pair(checker: &Checker<'_>, r: &Written<'_>, subject: &Subject, after: &mut Env) -> Result<Option<Result<(), String>>, EnvError> {
    let world = checker.world;
    let Some(query) = aim(world, r.operation, subject) else { return Ok(None) };
    let Some(spec) = checker.pack.manifest().tool(&r.name) else { return Ok(None) };
    let layout = layout(world, r.operation, spec.returns.as_ref().unwrap_or(&Value::Null));
    let is_check = r.operation.class == Class::Check;
    let common: Vec<&(String, usize)> = layout.members.iter().filter(|(_, c)| subject.written.contains_key(c)).collect();
    let gone = subject.change == Change::Deleted;
    let fits = satisfies(world, r.operation, subject, if gone { &checker.base } else { after });
    let tells =
        if is_check && !r.operation.fixed.is_empty() { !gone } else { fits && (subject.change != Change::Updated || !common.is_empty()) };
    if !tells {
        return Ok(None);
    }
    let look = |env: &mut Env| find(world, r, &layout, subject, &query, env);
    if gone {
        let before = look(&mut checker.base.clone())?;
        return Ok(match (before, look(after)?) {
            (Look::Unclear, _) => None,
            (Look::Row(_), Look::Absent | Look::Unclear) => Some(Ok(())),
            (Look::Row(_), Look::Row(_)) => Some(Err(format!("what it deleted is still shown by `{}`", r.name))),
            (Look::Absent, _) => Some(Err(format!("`{}` does not show what there is before it", r.name))),
            (Look::Failed(why), _) | (_, Look::Failed(why)) => Some(Err(format!("`{}` fails after it: {why}", r.name))),
        });
    }
    Ok(match look(after)? {
        Look::Unclear => None,
        Look::Absent if is_check && !fits => Some(Ok(())),
        Look::Row(_) if is_check && !fits => Some(Err(format!("`{}` does not show that it is over", r.name))),
        Look::Absent => Some(Err(format!("`{}` does not find what it wrote", r.name))),
        Look::Failed(why) => Some(Err(format!("`{}` fails after it: {why}", r.name))),
        Look::Row(document) => {
            let entity = &world.entities[subject.entity];
            let wrong = common.iter().find(|(name, c)| !shows(world, entity, *c, document.get(name), &subject.written[c]));
            Some(wrong.map_or(Ok(()), |(name, _)| Err(format!("`{}` does not show the new `{name}`", r.name))))
        }
    })
}

/// True where the fixed conditions of a reader hold for the row.
fn satisfies(world: &World, o: &Operation, subject: &Subject, env: &Env) -> bool {
    if o.fixed.is_empty() {
        return true;
    }
    let entity = &world.entities[subject.entity];
    let on: Vec<String> = entity.key.iter().zip(1..).map(|(&k, n)| format!("t.{} = ?{n}", quoted(&entity.columns[k].name))).collect();
    let key: Vec<SqlValue> = entity.key.iter().filter_map(|k| subject.values.get(k).cloned()).collect();
    let sql =
        format!("SELECT EXISTS (SELECT 1 FROM {} AS t WHERE {} AND {})", quoted(&docs(entity)), on.join(" AND "), o.fixed.join(" AND "));
    let found = env.clone().read(&sql, &key);
    found.is_ok_and(|rows| rows.values.first().and_then(|row| row.first()) == Some(&SqlValue::Integer(1)))
}

/// The arguments with which a reader can show the row; `None` where nothing in the row says what to ask for.
fn aim(world: &World, o: &Operation, subject: &Subject) -> Option<Map<String, Value>> {
    let mut query = Map::new();
    for p in &o.params {
        let value = match (&p.does, &subject.related) {
            (Does::Scope(i) | Does::Far(i), Some(row)) => Some(argument(row.get(i)?, p)?),
            (Does::Key(c) | Does::Scope(c), None) => Some(argument(subject.values.get(c)?, p)?),
            (Does::Filter(f), _) => wide(world, p, f, subject)?,
            _ if p.required => return None,
            _ => None,
        };
        if let Some(value) = value {
            query.insert(p.name.clone(), value);
        }
    }
    Some(query)
}

/// The value of a filter that does not keep the row out: `Some(None)` where it is best left out, `None` where there is none.
fn wide(world: &World, p: &Param, f: &Filter, subject: &Subject) -> Option<Option<Value>> {
    let entity = &world.entities[subject.entity];
    let cell = |c: &usize| subject.values.get(c).and_then(|v| argument(v, p));
    let narrows = p.required || p.default.is_some();
    match f {
        Filter::Limit(_) => Some(Some(json!(PAGE_ROWS))),
        Filter::Shows(..) => Some(Some(json!(true))),
        Filter::Sort(_) | Filter::Direction | Filter::Page | Filter::Offset | Filter::Token if !p.required => Some(None),
        Filter::Page => Some(Some(json!(1))),
        Filter::Offset => Some(Some(json!(0))),
        Filter::Sort(pairs) => Some(pairs.first().map(|(name, _)| json!(name))),
        Filter::Direction => Some(Some(json!("asc"))),
        _ if !narrows => Some(None),
        Filter::EqualsOrAll(_) => Some(Some(json!("all"))),
        Filter::Only(_) => Some(Some(json!(false))),
        Filter::Equals(c) | Filter::Prefix(c) | Filter::From(c) => cell(c).map(Some),
        Filter::Among(c) => cell(c).map(|v| Some(json!([v]))),
        Filter::Same(c) => subject.values.get(c).map(|v| Some(of_cell(&entity.columns[*c], v))),
        Filter::Search(columns) => columns.iter().find_map(cell).map(Some),
        Filter::Until(_) | Filter::Named(_) | Filter::Token => None,
    }
}

/// Calls the reader and picks the row out of what it shows, on whatever page.
fn find(
    world: &World,
    r: &Written<'_>,
    layout: &Layout,
    subject: &Subject,
    query: &Map<String, Value>,
    env: &mut Env,
) -> Result<Look, EnvError> {
    let o = r.operation;
    let many = matches!(o.class, Class::List | Class::ListRelated);
    let mut query = query.clone();
    let mut met: Vec<Value> = Vec::new();
    for page in 0..PAGES_MAX {
        let record = env.clone().call(Role::Agent, &r.name, &Value::Object(o.envelope.wrap(query.clone())))?;
        let result = match record.outcome {
            Outcome::Ok { result } => result,
            // The repositories of a user, and the owner is an organization.
            Outcome::ToolError { code: ToolErrorCode::NotFound, .. } if !o.known.is_empty() => return Ok(Look::Unclear),
            // A list of what belongs to something that is gone is as good as empty.
            Outcome::ToolError { code: ToolErrorCode::NotFound, .. } => return Ok(Look::Absent),
            other => return Ok(Look::Failed(said(&other))),
        };
        let result = o.envelope.inner(&result);
        let inner = layout.inside.as_ref().map_or(result, |name| &result[name]);
        if !many {
            let unclear = o.class != Class::Check && !identified(world, o, layout, subject, inner);
            return Ok(if unclear { Look::Unclear } else { Look::Row(inner.clone()) });
        }
        let items = inner.as_array().map_or(&[][..], Vec::as_slice);
        if let Some(item) = items.iter().find(|item| identified(world, o, layout, subject, item)) {
            return Ok(Look::Row(item.clone()));
        }
        if !can_identify(world, o, layout, subject) {
            return Ok(Look::Unclear);
        }
        if items.is_empty() || met == items || !turn(o, &mut query, result, page) {
            break;
        }
        met = items.to_vec();
    }
    Ok(Look::Absent)
}

/// Asks for the next page; false where there is none.
fn turn(o: &Operation, query: &mut Map<String, Value>, result: &Value, page: usize) -> bool {
    for p in &o.params {
        let next = match &p.does {
            Does::Filter(Filter::Page) => Some(json!(page + 2)),
            Does::Filter(Filter::Offset) => Some(json!((page + 1) * PAGE_ROWS)),
            Does::Filter(Filter::Token) => {
                let tokens = ["nextpagetoken", "nexttoken", "nextcursor", "nextmarker"];
                let found = result.as_object().into_iter().flatten().find(|(name, _)| tokens.contains(&crate::words::flat(name).as_str()));
                found.map(|(_, token)| token.clone()).filter(|token| !token.is_null())
            }
            _ => None,
        };
        if let Some(next) = next {
            query.insert(p.name.clone(), next);
            return true;
        }
    }
    false
}

/// Key columns of the row that the reader's parameters bind.
fn bound(world: &World, o: &Operation) -> BTreeSet<usize> {
    let link = o.link.map(|l| &world.links[l]);
    let columns = o.params.iter().filter_map(|p| match (&p.does, link) {
        (Does::Scope(i) | Does::Far(i), Some(link)) => link.columns[*i].to,
        (Does::Key(c) | Does::Scope(c), None) => Some(*c),
        _ => None,
    });
    columns.collect()
}

/// True where every key column is bound or shown.
fn can_identify(world: &World, o: &Operation, layout: &Layout, subject: &Subject) -> bool {
    let bound = bound(world, o);
    let shown = |k: &usize| layout.scalar == Some(*k) || layout.members.iter().any(|(_, c)| c == k);
    world.entities[subject.entity].key.iter().all(|k| bound.contains(k) || shown(k))
}

/// True where `item` is the subject's row for certain.
fn identified(world: &World, o: &Operation, layout: &Layout, subject: &Subject, item: &Value) -> bool {
    let entity = &world.entities[subject.entity];
    let bound = bound(world, o);
    let agrees = |k: &usize| {
        let Some(wanted) = subject.values.get(k).map(|v| of_cell(&entity.columns[*k], v)) else { return false };
        if layout.scalar == Some(*k) {
            return same(item, &wanted);
        }
        match layout.members.iter().find(|(_, c)| c == k).and_then(|(name, _)| item.get(name)) {
            Some(shown) => shows(world, entity, *k, Some(shown), &wanted),
            None => bound.contains(k),
        }
    };
    entity.key.iter().all(agrees)
}

fn layout(world: &World, o: &Operation, schema: &Value) -> Layout {
    let entity = &world.entities[o.entity];
    let many = matches!(o.class, Class::List | Class::ListRelated);
    let schema = o.envelope.result.as_ref().map_or(schema, |name| &schema["properties"][name]);
    let (inside, document) = if many {
        let listed = properties(schema).find(|(_, s)| s["type"] == "array");
        match listed.filter(|_| schema["type"] != "array") {
            Some((name, s)) => (Some(name.clone()), &s["items"]),
            None => (None, &schema["items"]),
        }
    } else {
        match output::wrapped(entity, schema).filter(|_| properties(schema).count() == 1) {
            Some((name, s)) => (Some(name.clone()), s),
            None => (None, schema),
        }
    };
    let scalar = (many && properties(document).count() == 0).then(|| output::scalar_column(entity, inside.as_deref())).flatten();
    let members = properties(document).filter_map(|(name, _)| Some((name.clone(), output::member_column(entity, name)?))).collect();
    Layout { inside, members, scalar }
}

/// True where `shown`, a member of a document, says `wanted`.
fn shows(world: &World, entity: &Entity, column: usize, shown: Option<&Value>, wanted: &Value) -> bool {
    let c = &entity.columns[column];
    let shown = shown.unwrap_or(&Value::Null);
    let each = |name: &str| Value::Array(shown.as_array().into_iter().flatten().map(|item| item[name].clone()).collect());
    let far = |target: usize| world.entities[target].own.first().map(|&k| &world.entities[target].columns[k]);
    let told = match (&c.shape, c.link, c.reference) {
        (_, Some(link), _) => far(world.links[link].to).map_or(Value::Null, |k| each(&k.field)),
        (_, _, Some(target)) if shown.is_object() || shown.is_null() => far(target).map_or(Value::Null, |k| match &k.shape {
            Shape::Named(member) => shown[&k.field][member].clone(),
            _ => shown[&k.field].clone(),
        }),
        (Shape::Named(member), ..) => shown[member].clone(),
        (Shape::NamedList(member), ..) => each(member),
        _ => shown.clone(),
    };
    let set = |v: &Value| v.as_array().map(|items| items.iter().map(Value::to_string).collect::<BTreeSet<_>>());
    // Where the document of another thing does not show its key, nothing can be compared.
    if c.reference.and_then(far).is_some_and(|k| !k.shown) {
        return true;
    }
    if matches!(c.shape, Shape::NamedList(_)) && wanted.is_null() {
        return told == json!([]);
    }
    if c.link.is_some() {
        return set(&told) == set(wanted);
    }
    // What is sent of a map is added to what it holds; null takes a member out. A member that shows keys shows more than was sent.
    let adds = c.schema.get("additionalProperties").is_some() || entity.nested.iter().any(|n| n.outer == c.field);
    if let (true, Value::Object(sent), Value::Object(now)) = (adds, wanted, &told) {
        return sent.iter().all(|(name, v)| now.get(name).map_or(v.is_null(), |shown| same(shown, v)));
    }
    if entity.omits_nulls { same(&without_nulls(&told), &without_nulls(wanted)) } else { same(&told, wanted) }
}

/// A cell as a document shows it, without what the shape adds.
fn of_cell(c: &Column, value: &SqlValue) -> Value {
    match (value, &c.shape, c.kind) {
        (SqlValue::Integer(i), _, Kind::Boolean) => json!(*i == 1),
        (SqlValue::Text(t), Shape::Json | Shape::NamedList(_), _) => serde_json::from_str(t).unwrap_or(Value::Null),
        _ => plain(value),
    }
}

/// A cell in the form that a parameter takes; `None` for NULL.
fn argument(value: &SqlValue, p: &Param) -> Option<Value> {
    Some(match (value, p.kind.as_str()) {
        (SqlValue::Null, _) => return None,
        (SqlValue::Integer(i), "boolean") => json!(*i == 1),
        (SqlValue::Integer(i), "text") => json!(i.to_string()),
        _ => plain(value),
    })
}

fn plain(value: &SqlValue) -> Value {
    match value {
        SqlValue::Integer(i) => json!(i),
        SqlValue::Real(r) => json!(r),
        SqlValue::Text(t) => json!(t),
        SqlValue::Null | SqlValue::Blob(_) => Value::Null,
    }
}

/// Equal by value: 1 and 1.0 are one number, and a number is its text.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Number(n), Value::String(s)) | (Value::String(s), Value::Number(n)) => n.to_string() == *s,
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => x.len() == y.len() && x.iter().all(|(k, x)| y.get(k).is_some_and(|y| same(x, y))),
        _ => a == b,
    }
}

/// As the documents of APIs that leave null members out.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), without_nulls(v))).collect(),
        other => other.clone(),
    }
}
