//! Lists: conditions, order, pages, envelopes.

use crate::columns::{Column, Role, Shape};
use crate::entity::{Entity, Link, World};
use crate::filters::Filter;
use crate::operation::{Does, Operation, Param};
use crate::output::{self, Listed, Part};
use crate::schema::Kind;
use crate::sql::{Body, bound, picks, require_parent};
use crate::tables::docs;
use crate::words::{literal, quoted};
use serde_json::Value;
use wardian_format::CatalogTool;

/// What a page token starts with.
const TOKEN: &str = "CAo";
/// Most rows of a page, whatever is asked for.
const PAGE_MAX: i64 = 100;

/// Where the rows come from, and which.
struct Source {
    from: String,
    conditions: Vec<String>,
}

/// Writes a list of an entity.
pub(crate) fn write(world: &World, tool: &CatalogTool, operation: &Operation, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[operation.entity];
    let listed = output::list(world, tool, operation)?;
    require_parent(world, entity, &bound(operation), body);
    let mut conditions: Vec<String> = Some(picks(entity, operation, "t")).filter(|c| c != "true").into_iter().collect();
    conditions.extend(filters(world, entity, operation));
    let source = Source { from: format!("{} AS t", quoted(&docs(entity))), conditions };
    pages(entity, operation, listed, &source, body);
    Ok(())
}

/// Writes a list of what a relation's near end is related to.
pub(crate) fn related(world: &World, tool: &CatalogTool, operation: &Operation, link: &Link, body: &mut Body) -> Result<(), String> {
    let entity = &world.entities[link.to];
    let listed = output::list(world, tool, operation)?;
    let mut conditions: Vec<String> =
        crate::relation::bound(link, operation).iter().map(|(c, v)| format!("l.{} = {v}", quoted(&link.columns[*c].name))).collect();
    conditions.extend(filters(world, entity, operation));
    let from = format!("{} AS l JOIN {} AS t ON {}", quoted(&link.table), quoted(&docs(entity)), crate::relation::joined(entity, link));
    pages(entity, operation, listed, &Source { from, conditions }, body);
    Ok(())
}

fn of_filter(operation: &Operation, want: impl Fn(&Filter) -> bool) -> Option<&Param> {
    operation.params.iter().find(|p| matches!(&p.does, Does::Filter(f) if want(f)))
}

fn pages(entity: &Entity, operation: &Operation, listed: Listed, source: &Source, body: &mut Body) {
    let limit = of_filter(operation, |f| matches!(f, Filter::Limit(_)));
    let token = of_filter(operation, |f| *f == Filter::Token);
    let page = of_filter(operation, |f| *f == Filter::Page);
    let offset = of_filter(operation, |f| *f == Filter::Offset);
    let size = limit.map_or_else(|| PAGE_MAX.to_string(), |p| format!("max(1, min(:{}, {PAGE_MAX}))", p.name));
    let start = match (token, page, offset) {
        (Some(p), _, _) => {
            let form = format!(
                ":{0} IS NULL OR substr(:{0}, 1, {1}) = '{TOKEN}' AND CAST(substr(:{0}, {2}) AS INTEGER) > 0",
                p.name,
                TOKEN.len(),
                TOKEN.len() + 1
            );
            body.require(&form, "invalid", "the page token is not valid");
            format!("coalesce(CAST(substr(:{}, {}) AS INTEGER), 0)", p.name, TOKEN.len() + 1)
        }
        (_, Some(p), _) => format!("(max(1, :{}) - 1) * :w_size", p.name),
        (_, _, Some(p)) => format!("max(0, :{})", p.name),
        _ => "0".to_owned(),
    };
    let (schema, yields) = output::list_schema(&listed);
    body.schema = schema;
    body.yields = yields;
    let conditions = if source.conditions.is_empty() { "true".to_owned() } else { source.conditions.join("\n    AND ") };
    let order = order(entity, operation);
    let rows = format!("FROM {}\nWHERE {conditions}", source.from);
    let window = format!("ORDER BY {order}\nLIMIT :w_size OFFSET :w_start");
    body.note(&format!("@let w_size = {size}"));
    body.note(&format!("@let w_start = {start}"));
    let Some(parts) = &listed.envelope else {
        body.note("@return list");
        body.statement(&format!("SELECT {}\n{rows}\n{window}", listed.item.sql));
        return;
    };
    if parts.iter().any(|(_, p)| is_counted(p)) {
        body.note(&format!("@let w_total = (SELECT count(*) {})", rows.replace('\n', " ")));
    }
    let members: Vec<String> =
        parts.iter().map(|(name, part)| format!("{}, {}", literal(name), member(part, &listed, &rows, &order))).collect();
    let sql = crate::tables::object(true, &members);
    let (schema, yields) = (std::mem::take(&mut body.schema), std::mem::take(&mut body.yields));
    body.returns(output::Shown { sql, schema, yields }, "");
}

/// True where it needs the number of all rows.
fn is_counted(part: &Part) -> bool {
    match part {
        Part::Token | Part::Total | Part::More | Part::IsLast | Part::Count => true,
        Part::Nested(parts) => parts.iter().any(|(_, part)| is_counted(part)),
        _ => false,
    }
}

fn member(part: &Part, listed: &Listed, rows: &str, order: &str) -> String {
    match part {
        Part::Items => {
            let page = format!(
                "SELECT {} AS item, row_number() OVER (ORDER BY {order}) AS place {rows} ORDER BY {order} LIMIT :w_size OFFSET :w_start",
                listed.item.sql
            );
            format!("(SELECT jsonb_group_array(p.item ORDER BY p.place) FROM ({}) AS p)", page.replace('\n', " "))
        }
        Part::Token => format!("CASE WHEN :w_start + :w_size < :w_total THEN '{TOKEN}' || (:w_start + :w_size) END"),
        Part::Total => ":w_total".to_owned(),
        Part::IsLast => "CASE WHEN :w_start + :w_size < :w_total THEN jsonb('false') ELSE jsonb('true') END".to_owned(),
        Part::Page(first) => format!(":w_start / :w_size + {first}"),
        Part::Size => ":w_size".to_owned(),
        Part::Start => ":w_start".to_owned(),
        Part::Count => "max(0, min(:w_size, :w_total - :w_start))".to_owned(),
        Part::Echo(param) => format!(":{param}"),
        Part::Nested(parts) => {
            let members: Vec<String> =
                parts.iter().map(|(name, part)| format!("{}, {}", literal(name), member(part, listed, rows, order))).collect();
            crate::tables::object(true, &members)
        }
        Part::More => "CASE WHEN :w_start + :w_size < :w_total THEN jsonb('true') ELSE jsonb('false') END".to_owned(),
        Part::Constant(Value::Bool(b)) => format!("jsonb('{b}')"),
        Part::Constant(value) => literal(value.as_str().unwrap_or("")),
    }
}

/// The order of a list: as asked, else newest first where times of creation are kept, then by key.
fn order(entity: &Entity, operation: &Operation) -> String {
    let key: Vec<String> = entity.key.iter().map(|&c| format!("t.{}", quoted(&entity.columns[c].name))).collect();
    let sort = of_filter(operation, |f| matches!(f, Filter::Sort(_)));
    let direction = of_filter(operation, |f| *f == Filter::Direction);
    let created = entity.columns.iter().find(|c| c.role == Role::Created && c.stored());
    let by = match sort.map(|p| (&p.name, &p.does)) {
        Some((name, Does::Filter(Filter::Sort(pairs)))) => {
            let cases: Vec<String> =
                pairs.iter().map(|(value, c)| format!("WHEN {} THEN {}", literal(value), sortable(entity, &entity.columns[*c]))).collect();
            let other = created.map(|c| format!(" ELSE t.{}", quoted(&c.name))).unwrap_or_default();
            Some(format!("CASE :{name} {}{other} END", cases.join(" ")))
        }
        _ => created.map(|c| format!("t.{}", quoted(&c.name))),
    };
    let key = key.join(", ");
    match (by, direction) {
        (Some(by), Some(p)) => format!(
            "CASE WHEN lower(:{0}) = 'asc' THEN {by} END ASC, CASE WHEN :{0} IS NULL OR lower(:{0}) <> 'asc' THEN {by} END DESC, {key}",
            p.name
        ),
        (Some(by), None) => format!("{by} DESC, {key}"),
        (None, _) => key,
    }
}

fn sortable(entity: &Entity, c: &Column) -> String {
    let _ = entity;
    c.sql.clone().unwrap_or_else(|| format!("t.{}", quoted(&c.name)))
}

fn filters(world: &World, entity: &Entity, operation: &Operation) -> Vec<String> {
    let mut out = Vec::new();
    for p in &operation.params {
        let Does::Filter(f) = &p.does else { continue };
        let name = |c: usize| format!("t.{}", quoted(&entity.columns[c].name));
        let absent = format!(":{} IS NULL OR ", p.name);
        let absent = if p.required { "" } else { absent.as_str() };
        out.push(match f {
            Filter::Equals(c) => format!("({absent}{} = :{})", name(*c), p.name),
            Filter::EqualsOrAll(c) => format!("({absent}:{0} = 'all' OR {1} = :{0})", p.name, name(*c)),
            Filter::Among(c) => format!("({absent}{} IN (SELECT value FROM json_each(:{})))", name(*c), p.name),
            Filter::From(c) => format!("({absent}{} >= :{})", name(*c), p.name),
            Filter::Until(c) => format!("({absent}{} < :{})", name(*c), p.name),
            Filter::Prefix(c) => format!("({absent}substr({0}, 1, length(:{1})) = :{1})", name(*c), p.name),
            Filter::Search(columns) => {
                let any: Vec<String> =
                    columns.iter().map(|c| format!("instr(lower(coalesce({}, '')), lower(:{})) > 0", name(*c), p.name)).collect();
                format!("({absent}{})", any.join(" OR "))
            }
            Filter::Shows(c, value) => {
                let default = i64::from(p.default.as_ref().and_then(Value::as_bool).unwrap_or_else(|| shown_unless_told(p)));
                format!("(coalesce(:{}, {default}) OR {} IS NOT {value})", p.name, name(*c))
            }
            Filter::Named(c) => named(world, entity, &entity.columns[*c], p),
            Filter::Only(c) => format!("(NOT coalesce(:{}, 0) OR {} = 1)", p.name, name(*c)),
            Filter::Same(c) => format!("({absent}json({}) = json(:{}))", name(*c), p.name),
            Filter::Sort(_) | Filter::Direction | Filter::Limit(_) | Filter::Page | Filter::Offset | Filter::Token => continue,
        });
    }
    out
}

/// `showCompleted`: "The default is True."
fn shown_unless_told(p: &Param) -> bool {
    let text = p.description.to_lowercase();
    text.contains("default is true") || text.contains("defaults to true")
}

/// All of the comma-separated names are in the list.
fn named(world: &World, entity: &Entity, c: &Column, p: &Param) -> String {
    let each = format!("json_each('[' || replace(json_quote(:{}), ',', '\",\"') || ']') AS w", p.name);
    let inside = match (c.link, &c.shape) {
        (Some(link), _) => {
            let link = &world.links[link];
            let near: Vec<String> = link
                .columns
                .iter()
                .filter_map(|l| l.from.map(|f| format!("l.{} = t.{}", quoted(&l.name), quoted(&entity.columns[f].name))))
                .collect();
            let far = link
                .columns
                .iter()
                .find(|l| l.to.is_some_and(|k| world.entities[link.to].own.contains(&k)))
                .map_or("", |l| l.name.as_str());
            format!("EXISTS (SELECT 1 FROM {} AS l WHERE {} AND l.{} = w.value)", quoted(&link.table), near.join(" AND "), quoted(far))
        }
        _ => format!("w.value IN (SELECT value FROM json_each(t.{}))", quoted(&c.name)),
    };
    let _ = (Kind::Text, Shape::Plain);
    format!("(:{} IS NULL OR NOT EXISTS (SELECT 1 FROM {each} WHERE NOT {inside}))", p.name)
}
