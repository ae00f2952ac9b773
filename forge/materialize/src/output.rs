//! What a tool returns: the declared shape, filled from the tables. Schema, SQL and the places of keys in it.

use crate::columns::{Column, Shape};
use crate::entity::{Entity, World};
use crate::filters::Filter;
use crate::operation::{Class, Does, Operation};
use crate::schema::{Kind, Side, kind_of, list_items, properties, resolve, values_of};
use crate::selection;
use crate::tables::{document_schema, member_schema, object, value};
use crate::words::{capital, family, flat, literal, participle, quoted, singular, spaced};
use serde_json::{Map, Value, json};
use wardian_format::CatalogTool;

/// A result under construction: SQL over alias `t` of the documents' view.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) sql: String,
    pub(crate) schema: Value,
    /// (path, table, column)
    pub(crate) yields: Vec<(String, String, String)>,
}

/// A list's result.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) item: Shown,
    /// Members of the envelope; `None` for a bare array.
    pub(crate) envelope: Option<Vec<(String, Part)>>,
}

/// One member of a list's envelope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Items,
    Token,
    Total,
    /// True where more pages follow.
    More,
    /// True where no more pages follow.
    IsLast,
    /// Number of the page, from this.
    Page(i64),
    /// Most rows of a page.
    Size,
    /// Rows before the page.
    Start,
    /// Rows of the page.
    Count,
    /// The argument of this name.
    Echo(String),
    /// Members that say where the page stands.
    Nested(Vec<(String, Part)>),
    Constant(Value),
}

/// The result of a tool that shows one row.
pub(crate) fn single(world: &World, tool: &CatalogTool, operation: &Operation) -> Result<Shown, String> {
    let entity = &world.entities[operation.entity];
    let reads = matches!(operation.class, Class::Get | Class::GetPart);
    let document = || selection::chosen(whole(world, entity), entity, operation);
    let Some(returns) = tool.returns.as_ref().map(|r| resolve(r, Side::Output)) else {
        return if operation.class == Class::Get && !entity.implicit { Ok(document()) } else { Ok(nothing()) };
    };
    let same = tool.origin.returns_schema.as_deref().is_some_and(|n| family(n) == entity.noun) && tool.origin.source != "aws";
    if same && kind_of(&returns) == Kind::Object && !tool.origin.returns_list {
        return Ok(document());
    }
    if kind_of(&returns) != Kind::Object {
        return if reads { Err("its result is not an object".to_owned()) } else { Ok(nothing()) };
    }
    if let Some((name, _)) = wrapped(entity, &returns) {
        return Ok(wrap(name, &document()));
    }
    match projection(world, entity, &returns, Some(operation)) {
        Some(shown) => Ok(selection::chosen(shown, entity, operation)),
        None if reads && properties(&returns).count() > 0 => {
            Err(format!("nothing of its result is a field of {}", crate::words::plural(&entity.noun)))
        }
        None => Ok(nothing()),
    }
}

/// The member of a result that holds the whole document: `{"issue": {…}}`.
pub(crate) fn wrapped<'a>(entity: &Entity, returns: &'a Value) -> Option<(&'a String, &'a Value)> {
    properties(returns).find(|(n, s)| {
        let s = resolve(s, Side::Output);
        kind_of(&s) == Kind::Object && (flat(n) == flat(&entity.noun) || flat(n) == format!("{}description", flat(&entity.noun)))
    })
}

/// The column that a member of a declared document shows: its own name, or without the noun (`IssueId` is the `Id`).
pub(crate) fn member_column(entity: &Entity, name: &str) -> Option<usize> {
    let bare = || entity.column_like(flat(name).strip_prefix(&flat(&entity.noun)).filter(|r| !r.is_empty())?);
    entity.column_like(name).or_else(bare)
}

/// The column that the items of a list are, where they are no documents. `member` holds them.
pub(crate) fn scalar_column(entity: &Entity, member: Option<&str>) -> Option<usize> {
    let named = member.map(|m| singular(&spaced(m)));
    let by_name = named.and_then(|n| entity.column_like(&n)).filter(|c| entity.columns[*c].stored());
    by_name.or(entity.own.last().copied())
}

fn nothing() -> Shown {
    Shown { sql: "jsonb('{}')".to_owned(), schema: json!({"type": "object"}), yields: Vec::new() }
}

/// A document as the member `name` of an object.
pub(crate) fn wrap(name: &str, inner: &Shown) -> Shown {
    Shown {
        sql: format!("jsonb_object({}, {})", literal(name), inner.sql),
        schema: json!({"type": "object", "properties": {name: inner.schema}, "required": [name]}),
        yields: inner.yields.iter().map(|(p, t, c)| (p.replacen('$', &format!("$.{name}"), 1), t.clone(), c.clone())).collect(),
    }
}

/// The whole document.
pub(crate) fn whole(world: &World, entity: &Entity) -> Shown {
    let mut yields = Vec::new();
    for (i, c) in entity.columns.iter().enumerate().filter(|(_, c)| c.shown) {
        yields.extend(yield_of(world, entity, i, c, "$"));
    }
    Shown { sql: "t.doc".to_owned(), schema: document_schema(world, entity), yields }
}

/// Where a column shows a key: its own, a parent's, or a referenced entity's.
fn yield_of(world: &World, entity: &Entity, index: usize, c: &Column, base: &str) -> Vec<(String, String, String)> {
    let field = if is_word(&c.field) { &c.field } else { return Vec::new() };
    if entity.own.contains(&index) && c.stored() {
        let path = match &c.shape {
            Shape::Named(member) => format!("{base}.{field}.{member}"),
            _ => format!("{base}.{field}"),
        };
        return vec![(path, entity.table.clone(), c.name.clone())];
    }
    if let Some(target) = c.reference {
        let to = &world.entities[target];
        let own = &to.columns[to.own[0]];
        return if own.shown { vec![(format!("{base}.{field}.{}", own.field), to.table.clone(), own.name.clone())] } else { Vec::new() };
    }
    if let Some(link) = c.link {
        let to = &world.entities[world.links[link].to];
        let shown = to.own.iter().map(|&k| &to.columns[k]).filter(|o| o.shown && o.shape == Shape::Plain);
        return shown.map(|o| (format!("{base}.{field}[*].{}", o.field), to.table.clone(), o.name.clone())).collect();
    }
    if let Some((parent, pairs)) = &entity.parent
        && let Some((_, theirs)) = pairs.iter().find(|(mine, _)| *mine == index)
    {
        let p = &world.entities[*parent];
        if p.own.contains(theirs) {
            return vec![(format!("{base}.{field}"), p.table.clone(), p.columns[*theirs].name.clone())];
        }
    }
    Vec::new()
}

fn is_word(field: &str) -> bool {
    !field.is_empty() && field.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// An object of those declared members that are columns.
pub(crate) fn projection(world: &World, entity: &Entity, schema: &Value, operation: Option<&Operation>) -> Option<Shown> {
    let (mut members, mut shown, mut required, mut yields) = (Vec::new(), Map::new(), Vec::new(), Vec::new());
    for (name, member) in properties(schema) {
        let found = member_column(entity, name);
        let kind = kind_of(&resolve(member, Side::Output));
        if let Some(index) = found {
            let c = &entity.columns[index];
            let shown_kind = kind_of(&c.schema);
            if kind != shown_kind && kind != Kind::Any && !(kind == Kind::Real && shown_kind == Kind::Integer) {
                continue;
            }
            members.push(format!("{}, {}", literal(name), value(world, entity, c)));
            let (schema, always) = member_schema(world, entity, c);
            shown.insert(name.clone(), schema);
            if always {
                required.push(name.clone());
            }
            let renamed = Column { field: name.clone(), ..c.clone() };
            yields.extend(yield_of(world, entity, index, &renamed, "$"));
        } else if let Some(op) = operation.filter(|o| name == "message" && kind == Kind::Text && !o.effects.is_empty()) {
            let text = said(entity, op);
            members.push(format!("'message', {}", literal(&text)));
            shown.insert(name.clone(), json!({"type": "string"}));
            required.push(name.clone());
        }
    }
    if members.is_empty() {
        return None;
    }
    required.sort();
    let schema = json!({"type": "object", "properties": shown, "required": required});
    Some(Shown { sql: object(entity.omits_nulls, &members), schema, yields })
}

fn said(entity: &Entity, operation: &Operation) -> String {
    let status = operation.effects.iter().map(|e| &entity.columns[e.column]).find(|c| c.kind == Kind::Boolean).map(|c| spaced(&c.field));
    format!("{} {}", capital(&entity.noun), status.unwrap_or_else(|| participle("update")))
}

/// The result of a tool that shows many rows of `entity`.
pub(crate) fn list(world: &World, tool: &CatalogTool, operation: &Operation) -> Result<Listed, String> {
    let entity = &world.entities[operation.entity];
    let returns = tool.returns.as_ref().map(|r| resolve(r, Side::Output));
    let Some((member, items)) = returns.as_ref().and_then(list_items) else {
        return Ok(Listed { item: selection::chosen(whole(world, entity), entity, operation), envelope: None });
    };
    let item = match kind_of(&items) {
        Kind::Text | Kind::Integer => {
            let index = scalar_column(entity, member.as_deref()).ok_or("its items are no field of the data")?;
            let c = &entity.columns[index];
            let yields =
                if entity.own.contains(&index) { vec![("$".to_owned(), entity.table.clone(), c.name.clone())] } else { Vec::new() };
            Shown { sql: format!("t.{}", quoted(&c.name)), schema: c.schema.clone(), yields }
        }
        _ if tool.origin.source == "aws" || !looks_like(entity, &items) => projection(world, entity, &items, None)
            .map(|shown| selection::chosen(shown, entity, operation))
            .ok_or_else(|| format!("its items show no field of {}", crate::words::plural(&entity.noun)))?,
        _ => selection::chosen(whole(world, entity), entity, operation),
    };
    let envelope = member.zip(returns.as_ref()).map(|(member, returns)| parts(tool, operation, returns, &member));
    Ok(Listed { item, envelope })
}

/// True where most members of `items` are of the entity's documents.
fn looks_like(entity: &Entity, items: &Value) -> bool {
    let all = properties(items).count();
    let known = properties(items).filter(|(n, _)| entity.column_like(n).is_some()).count();
    all == 0 || known * 4 >= all
}

fn parts(tool: &CatalogTool, operation: &Operation, returns: &Value, member: &str) -> Vec<(String, Part)> {
    properties(returns)
        .filter_map(|(name, schema)| {
            let schema = resolve(schema, Side::Output);
            let part = if name == member { Part::Items } else { page_part(tool, operation, name, &schema, true)? };
            Some((name.clone(), part))
        })
        .collect()
}

/// What a member of a page's envelope says.
fn page_part(tool: &CatalogTool, operation: &Operation, name: &str, schema: &Value, outer: bool) -> Option<Part> {
    let f = flat(name);
    let pages = operation.params.iter().any(|p| matches!(p.does, Does::Filter(Filter::Page)));
    Some(match (f.as_str(), kind_of(schema)) {
        ("nextpagetoken" | "nexttoken" | "nextcursor" | "nextmarker", Kind::Text) => Part::Token,
        ("totalcount" | "total" | "totalsize" | "totalitems" | "totalresults" | "totalrecords" | "totalentries", Kind::Integer) => {
            Part::Total
        }
        ("hasmore", Kind::Boolean) => Part::More,
        ("islast", Kind::Boolean) => Part::IsLast,
        ("incompleteresults", Kind::Boolean) => Part::Constant(json!(false)),
        ("success" | "ok", Kind::Boolean) => Part::Constant(json!(true)),
        ("page" | "pagenumber", Kind::Integer) if pages => Part::Page(1),
        ("pagesize" | "perpage" | "limit" | "maxresults" | "pagelen", Kind::Integer) => Part::Size,
        ("offset" | "startat", Kind::Integer) => Part::Start,
        ("count", Kind::Integer) => Part::Count,
        ("kind", Kind::Text) => Part::Constant(json!(kind_constant(schema)?)),
        ("object", Kind::Text) => match &values_of(schema)[..] {
            [only] => Part::Constant(json!(only)),
            _ => return None,
        },
        ("meta" | "metadata" | "pagination" | "paging" | "pageinfo" | "responsemetadata", Kind::Object) if outer => {
            let inner: Vec<(String, Part)> = properties(schema)
                .filter_map(|(n, s)| Some((n.clone(), page_part(tool, operation, n, &resolve(s, Side::Output), false)?)))
                .collect();
            if inner.is_empty() {
                return None;
            }
            Part::Nested(inner)
        }
        _ => {
            let given =
                operation.params.iter().find(|p| p.name == name && p.required && matches!(p.does, Does::Key(_) | Does::Scope(_)))?;
            let same = kind_of(&resolve(&tool.parameters["properties"][name], Side::Input)) == kind_of(schema);
            if !same {
                return None;
            }
            Part::Echo(given.name.clone())
        }
    })
}

/// The value of a `kind` member: its default, or the quoted word of its description.
fn kind_constant(schema: &Value) -> Option<String> {
    if let Some(text) = schema["default"].as_str() {
        return Some(text.to_owned());
    }
    let text = schema["description"].as_str()?;
    let quote = if text.contains('"') { '"' } else { '`' };
    text.split(quote).nth(1).filter(|w| w.contains('#')).map(str::to_owned)
}

/// Schema and yields of the whole list.
pub(crate) fn list_schema(listed: &Listed) -> (Value, Vec<(String, String, String)>) {
    let array = json!({"type": "array", "items": listed.item.schema});
    let moved = |base: &str| -> Vec<(String, String, String)> {
        listed.item.yields.iter().map(|(p, t, c)| (p.replacen('$', base, 1), t.clone(), c.clone())).collect()
    };
    let Some(parts) = &listed.envelope else { return (array, moved("$[*]")) };
    let mut members = Map::new();
    let mut required = Vec::new();
    let mut base = "$[*]".to_owned();
    for (name, part) in parts {
        if *part == Part::Items {
            base = format!("$.{name}[*]");
        }
        members.insert(name.clone(), part_schema(part, &array));
        if *part != Part::Token {
            required.push(name.clone());
        }
    }
    required.sort();
    (json!({"type": "object", "properties": members, "required": required}), moved(&base))
}

fn part_schema(part: &Part, array: &Value) -> Value {
    match part {
        Part::Items => array.clone(),
        Part::Token | Part::Constant(Value::String(_)) => json!({"type": "string"}),
        Part::Echo(_) => json!({"type": ["string", "integer"]}),
        Part::Total | Part::Page(_) | Part::Size | Part::Start | Part::Count => json!({"type": "integer"}),
        Part::More | Part::IsLast | Part::Constant(_) => json!({"type": "boolean"}),
        Part::Nested(parts) => {
            let members: Map<String, Value> = parts.iter().map(|(name, part)| (name.clone(), part_schema(part, array))).collect();
            json!({"type": "object", "properties": members})
        }
    }
}
