//! The rows of a pack: `data/<table>.jsonl`, one JSON object a line.

use crate::diagnostic::{FileId, Report, Span, json_error, nearest};
use crate::lexer::{Cursor, Token};
use crate::source::Sources;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use wardian_format::SqlValue;
use wardian_state::{Schema, Table};

/// Rows of one table that name the same columns, as `wardian_state::build_image` takes them.
pub(crate) type Rows = (String, Vec<String>, Vec<Vec<SqlValue>>);

/// All rows of a pack, and where each stands.
#[derive(Default)]
pub(crate) struct Seed {
    pub(crate) rows: Vec<Rows>,
    /// The lines of each table's rows, in order.
    places: BTreeMap<String, Vec<Span>>,
}

impl Seed {
    /// Where row `row` of `table`, counted from 0, stands.
    pub(crate) fn place(&self, table: &str, row: usize) -> Option<Span> {
        self.places.get(table)?.get(row).copied()
    }

    /// Where the row stands that a message of the form `` row `TABLE[…]`: column `C` is V, `` is about.
    pub(crate) fn named(&self, message: &str) -> Option<Span> {
        let (table, rest) = message.strip_prefix("row `")?.split_once('[')?;
        let (column, rest) = rest.split_once("]`: column `")?.1.split_once("` is ")?;
        let mut at = 0;
        for (_, columns, rows) in self.rows.iter().filter(|(name, _, _)| name == table) {
            let index = columns.iter().position(|name| name == column);
            let is_meant = |row: &Vec<SqlValue>| index.is_some_and(|i| rest.starts_with(&format!("{}, ", row[i])));
            if let Some(row) = rows.iter().position(is_meant) {
                return self.place(table, at + row);
            }
            at += rows.len();
        }
        None
    }
}

/// Reads all rows, tables in the order of `schema.sql`.
pub(crate) fn read(sources: &Sources, schema_path: &str, schema: &Schema, report: &mut Report<'_>) -> Seed {
    let order = tables_in_order(sources.get(schema_path).unwrap_or_default());
    let mut files: Vec<(usize, &str, &str)> = Vec::new();
    for path in sources.texts.keys() {
        let Some(table) = path.strip_prefix("data/").and_then(|p| p.strip_suffix(".jsonl")) else { continue };
        if schema.table(table).is_none() {
            let near = nearest(table, schema.tables.iter().map(|t| t.name.as_str()));
            let hint = near.map(|near| format!("did you mean `data/{near}.jsonl`?"));
            report.error_of_file(path, format!("the schema has no table `{table}`"), hint.as_deref());
            continue;
        }
        let place = order.iter().position(|name| name == table).unwrap_or(usize::MAX);
        files.push((place, table, path));
    }
    files.sort_unstable();
    let mut seed = Seed::default();
    for (_, name, path) in files {
        if let Some(table) = schema.table(name) {
            read_table(table, report.file(path), report, &mut seed);
        }
    }
    seed
}

/// Names of the tables that `schema_sql` creates, in order.
fn tables_in_order(schema_sql: &str) -> Vec<String> {
    let tokens: Vec<Token> = Cursor::new(schema_sql, 0, schema_sql.len(), false).collect();
    let mut names = Vec::new();
    for (i, pair) in tokens.windows(2).enumerate() {
        if pair[0].is(schema_sql, "create") && pair[1].is(schema_sql, "table") {
            let mut rest = tokens[i + 2..].iter();
            let named = rest.find(|t| !["if", "not", "exists"].iter().any(|word| t.is(schema_sql, word)));
            names.extend(named.map(|t| t.text(schema_sql).trim_matches(['"', '`', '[', ']']).to_owned()));
        }
    }
    names
}

fn read_table(table: &Table, file: FileId, report: &mut Report<'_>, seed: &mut Seed) {
    let text = report.text(file);
    let mut places = Vec::new();
    let mut at = 0;
    for line in text.split('\n') {
        let span = Span::new(file, at, at + line.len());
        at += line.len() + 1;
        if line.trim().is_empty() {
            continue;
        }
        match row(table, line) {
            Ok((columns, values)) => {
                places.push(span);
                match seed.rows.last_mut().filter(|(name, last, _)| *name == table.name && *last == columns) {
                    Some((_, _, rows)) => rows.push(values),
                    None => seed.rows.push((table.name.clone(), columns, vec![values])),
                }
            }
            Err(wrong) => {
                let start = span.start + wrong.at.as_ref().map_or(0, |at| at.start);
                let end = wrong.at.as_ref().map_or(span.end, |at| span.start + at.end);
                report.error(Span::new(file, start, end), wrong.message, wrong.hint.as_deref());
            }
        }
    }
    seed.places.insert(table.name.clone(), places);
}

/// A mistake in a line.
struct Wrong {
    message: String,
    hint: Option<String>,
    /// The bytes of the line that are wrong; none: all.
    at: Option<Range<usize>>,
}

/// Where the member `name` starts in a line that holds an object.
fn member(line: &str, name: &str) -> Option<Range<usize>> {
    let quoted = Value::from(name).to_string();
    let is_name = |at: &usize| line[at + quoted.len()..].trim_start().starts_with(':');
    line.match_indices(&quoted).map(|(at, _)| at).find(is_name).map(|at| at..at + quoted.len())
}

fn row(table: &Table, line: &str) -> Result<(Vec<String>, Vec<SqlValue>), Wrong> {
    let value = wardian_format::json::parse(line).map_err(|error| {
        let (reason, at) = json_error(&error, line);
        let at = at.map(|at| at..(at + 1).min(line.len()));
        Wrong { message: format!("this line is not JSON: {reason}"), hint: None, at }
    })?;
    let Value::Object(object) = value else {
        return Err(Wrong { message: "a row is a JSON object".to_owned(), hint: None, at: None });
    };
    let mut columns = Vec::with_capacity(object.len());
    let mut values = Vec::with_capacity(object.len());
    for (name, value) in object {
        let Some(column) = table.columns.iter().find(|c| c.name == name) else {
            let near = nearest(&name, table.columns.iter().map(|c| c.name.as_str()));
            let message = format!("table `{}` has no column `{name}`", table.name);
            return Err(Wrong { message, hint: near.map(|near| format!("did you mean `{near}`?")), at: member(line, &name) });
        };
        values.push(cell(&column.type_name, value).map_err(|kind| {
            let message = format!("column `{}.{name}` is {} and takes no {kind}", table.name, column.type_name);
            Wrong { message, hint: None, at: member(line, &name) }
        })?);
        columns.push(name);
    }
    Ok((columns, values))
}

/// A value for a column of that type. Objects and arrays become JSON text, booleans 0 and 1.
fn cell(type_name: &str, value: Value) -> Result<SqlValue, &'static str> {
    let text = matches!(type_name, "TEXT" | "ANY");
    match value {
        Value::Null => Ok(SqlValue::Null),
        Value::Bool(b) if matches!(type_name, "INTEGER" | "ANY") => Ok(SqlValue::Integer(i64::from(b))),
        Value::Bool(_) => Err("boolean"),
        Value::Number(n) => match (type_name, n.as_i64(), n.as_f64()) {
            ("INTEGER" | "ANY", Some(i), _) => Ok(SqlValue::Integer(i)),
            ("REAL", _, Some(r)) | ("ANY", None, Some(r)) => Ok(SqlValue::Real(r)),
            ("INTEGER", None, _) => Err("fraction"),
            _ => Err("number"),
        },
        Value::String(s) if text => Ok(SqlValue::Text(s)),
        Value::String(_) => Err("text"),
        other if text => Ok(SqlValue::Text(other.to_string())),
        _ => Err("object or array"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_follow_the_column() {
        assert_eq!(cell("INTEGER", json!(true)), Ok(SqlValue::Integer(1)));
        assert_eq!(cell("TEXT", json!({"b": [1, null], "a": 2})), Ok(SqlValue::Text(r#"{"b":[1,null],"a":2}"#.to_owned())));
        assert_eq!(cell("REAL", json!(3)), Ok(SqlValue::Real(3.0)));
        assert_eq!(cell("INTEGER", json!(3.5)), Err("fraction"));
        assert_eq!(cell("TEXT", json!(3)), Err("number"));
        assert_eq!(cell("INTEGER", json!("3")), Err("text"));
    }

    #[test]
    fn order_of_tables() {
        let sql = "CREATE TABLE b (x) STRICT; create table if not exists \"a\" (y); CREATE INDEX i ON b(x);";
        assert_eq!(tables_in_order(sql), ["b", "a"]);
    }
}
