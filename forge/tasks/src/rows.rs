//! Rows that make a call succeed: one query joins the tables that a call's references speak of, along their
//! foreign keys, so that an issue belongs to the repository named beside it.

use crate::domain::Domain;
use crate::walk::Walk;
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_env::{Env, EnvError};
use wardian_format::SqlValue;
use wardian_format::limits::FIXED;

/// Rows looked at for one choice.
const ROWS_MAX: usize = 200;

/// Tables that SQLite joins.
const JOIN_MAX: usize = 64;

/// One use of a table in a call.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) table: String,
    /// Cells that must have these values.
    pub(crate) anchors: Vec<(String, SqlValue)>,
    /// Columns that must not be NULL.
    pub(crate) wanted: Vec<String>,
}

/// A row of one instance: column → value.
pub(crate) type Cells = BTreeMap<String, SqlValue>;

/// Combinations of rows, one per instance, that fit together; in order of their keys, at most [`ROWS_MAX`].
pub(crate) fn combinations(domain: &Domain<'_>, env: &mut Env, instances: &[Instance]) -> Result<Vec<Vec<Cells>>, EnvError> {
    let Some(query) = query(domain, instances) else { return Ok(Vec::new()) };
    let rows = env.read(&query.sql, &query.params)?;
    let split = |row: Vec<SqlValue>| {
        let mut values = row.into_iter();
        let cells = |columns: &Vec<String>| columns.iter().cloned().zip(values.by_ref()).collect();
        query.columns.iter().map(cells).collect()
    };
    Ok(rows.values.into_iter().map(split).collect())
}

/// Groups of indexes of `instances` that foreign keys connect.
pub(crate) fn components(domain: &Domain<'_>, instances: &[Instance]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..instances.len()).collect();
    for (i, j, _) in joins(domain, instances) {
        let (from, to) = (group[i].max(group[j]), group[i].min(group[j]));
        group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
    }
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, root) in group.into_iter().enumerate() {
        out.entry(root).or_default().push(index);
    }
    out.into_values().collect()
}

/// Cells of `row` and of the rows that its foreign keys lead to, as (table, column) → value.
pub(crate) fn neighbourhood(
    domain: &Domain<'_>,
    env: &mut Env,
    table: &str,
    row: &Cells,
) -> Result<BTreeMap<(String, String), SqlValue>, EnvError> {
    let mut out = BTreeMap::new();
    let mut queue = vec![(table.to_owned(), row.clone())];
    let mut hops_left = 6;
    while let Some((table, row)) = queue.pop() {
        for key in domain.table(&table).into_iter().flat_map(|t| &t.foreign_keys) {
            let anchors: Option<Vec<(String, SqlValue)>> =
                key.references.iter().zip(&key.columns).map(|(to, from)| Some((to.clone(), row.get(from)?.clone()))).collect();
            let Some(anchors) = anchors.filter(|a| hops_left > 0 && a.iter().all(|(_, v)| *v != SqlValue::Null)) else { continue };
            hops_left -= 1;
            let parent = Instance { table: key.table.clone(), anchors, wanted: Vec::new() };
            if let Some(found) = combinations(domain, env, &[parent])?.into_iter().next() {
                queue.extend(found.into_iter().map(|cells| (key.table.clone(), cells)));
            }
        }
        for (column, value) in row {
            out.entry((table.clone(), column)).or_insert(value);
        }
    }
    Ok(out)
}

/// Cells of the row of `table` whose `column` has `value`, and of the rows that it refers to.
pub(crate) fn around(
    walk: &mut Walk<'_>,
    table: &str,
    column: &str,
    value: &Value,
) -> Result<BTreeMap<(String, String), SqlValue>, EnvError> {
    let Some(value) = from_json(value) else { return Ok(BTreeMap::new()) };
    let instance = Instance { table: table.to_owned(), anchors: vec![(column.to_owned(), value)], wanted: Vec::new() };
    let found = combinations(walk.domain, &mut walk.env, &[instance])?.into_iter().next().and_then(|rows| rows.into_iter().next());
    found.map_or_else(|| Ok(BTreeMap::new()), |row| neighbourhood(walk.domain, &mut walk.env, table, &row))
}

/// A scalar as SQLite holds it.
pub(crate) fn from_json(value: &Value) -> Option<SqlValue> {
    match value {
        Value::String(text) => Some(SqlValue::Text(text.clone())),
        Value::Bool(b) => Some(SqlValue::Integer(i64::from(*b))),
        Value::Number(n) => n.as_i64().map(SqlValue::Integer).or_else(|| n.as_f64().map(SqlValue::Real)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `value` as an argument of a parameter with `schema`; `None` where it cannot be one.
pub(crate) fn to_json(value: &SqlValue, schema: &Value) -> Option<Value> {
    let kind = crate::needs::kind(schema);
    match (value, kind) {
        (SqlValue::Integer(0 | 1), "boolean") => Some(Value::Bool(*value == SqlValue::Integer(1))),
        (SqlValue::Integer(i), "string") => Some(Value::from(i.to_string())),
        (SqlValue::Integer(i), _) => (i.unsigned_abs() <= 1 << 53).then(|| Value::from(*i)),
        (SqlValue::Real(r), "string") => Some(Value::from(r.to_string())),
        (SqlValue::Real(r), _) => serde_json::Number::from_f64(*r).map(Value::Number),
        (SqlValue::Text(t), "integer" | "number") => t.parse::<i64>().ok().map(Value::from),
        (SqlValue::Text(t), "array" | "object") => serde_json::from_str(t).ok(),
        (SqlValue::Text(t), _) => Some(Value::from(t.as_str())),
        (SqlValue::Null | SqlValue::Blob(_), _) => None,
    }
}

/// True where `json` is how a result shows `value`.
pub(crate) fn shows(json: &Value, value: &SqlValue) -> bool {
    match value {
        SqlValue::Integer(i) => json.as_i64() == Some(*i) || json.as_str().is_some_and(|t| *t == i.to_string()),
        SqlValue::Real(r) => json.as_f64() == Some(*r),
        SqlValue::Text(t) => json.as_str() == Some(t),
        SqlValue::Null | SqlValue::Blob(_) => false,
    }
}

/// `name` as an SQL identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

struct Query {
    sql: String,
    params: Vec<SqlValue>,
    /// Columns of each instance, in the order of the result.
    columns: Vec<Vec<String>>,
}

fn query(domain: &Domain<'_>, instances: &[Instance]) -> Option<Query> {
    let tables: Vec<_> = instances.iter().map(|i| domain.table(&i.table)).collect::<Option<_>>()?;
    let columns: Vec<Vec<String>> = tables.iter().map(|t| t.columns.iter().map(|c| c.name.clone()).collect()).collect();
    if tables.len() > JOIN_MAX || columns.iter().map(Vec::len).sum::<usize>() > FIXED.columns_max as usize {
        return None;
    }
    let cell = |i: usize, column: &str| format!("i{i}.{}", quoted(column));
    let list = |names: &dyn Fn(usize) -> Vec<String>| {
        let all = (0..instances.len()).flat_map(|i| names(i).iter().map(|c| cell(i, c)).collect::<Vec<_>>());
        all.collect::<Vec<_>>().join(", ")
    };
    let from: Vec<String> = instances.iter().enumerate().map(|(i, x)| format!("{} AS i{i}", quoted(&x.table))).collect();
    let mut conditions: Vec<String> = joins(domain, instances).into_iter().map(|(_, _, condition)| condition).collect();
    let mut params = Vec::new();
    for (i, instance) in instances.iter().enumerate() {
        conditions.extend(instance.wanted.iter().map(|c| format!("{} IS NOT NULL", cell(i, c))));
        for (column, value) in &instance.anchors {
            params.push(value.clone());
            conditions.push(format!("{} = ?{}", cell(i, column), params.len()));
        }
    }
    let wheres = all_of(&conditions);
    let sql = format!(
        "SELECT {} FROM {} WHERE {wheres} ORDER BY {} LIMIT {ROWS_MAX}",
        list(&|i| columns[i].clone()),
        from.join(", "),
        list(&|i| tables[i].primary_key.clone())
    );
    Some(Query { sql, params, columns })
}

/// All of `conditions`, nested by halves: one behind the other, a hundred of them are deeper than a statement may be.
fn all_of(conditions: &[String]) -> String {
    match conditions {
        [] => "1".to_owned(),
        [one] => one.clone(),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            format!("({} AND {})", all_of(left), all_of(right))
        }
    }
}

/// (child, parent, condition) for each foreign key between two instances; a key joins one parent only.
fn joins(domain: &Domain<'_>, instances: &[Instance]) -> Vec<(usize, usize, String)> {
    let mut out = Vec::new();
    for (i, child) in instances.iter().enumerate() {
        for key in domain.table(&child.table).into_iter().flat_map(|t| &t.foreign_keys) {
            let parent = instances.iter().enumerate().position(|(j, p)| j != i && p.table == key.table && p.table != child.table);
            let Some(j) = parent else { continue };
            let pairs = key.columns.iter().zip(&key.references);
            let condition: Vec<String> = pairs.map(|(a, b)| format!("i{i}.{} = i{j}.{}", quoted(a), quoted(b))).collect();
            out.push((i, j, all_of(&condition)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_conditions_are_no_deep_expression() {
        assert_eq!(all_of(&[]), "1");
        let conditions: Vec<String> = (0..1_000).map(|i| format!("c{i}")).collect();
        let text = all_of(&conditions);
        let (mut depth, mut deepest) = (0_u32, 0);
        for c in text.chars() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        assert!(deepest <= 10, "{deepest}");
        let plain: String = text.replace(['(', ')'], "");
        assert_eq!(plain, conditions.join(" AND "));
    }
}
