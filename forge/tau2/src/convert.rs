//! From upstream's documents to the rows of a pack, by the pack's own `convert.sql`.

use crate::Tau2Error;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Statement};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// Runs `convert_sql` on an empty database with `schema_sql`, where `:name` stands for the text of the document of that name
/// (`:db`, `:user_db`). Gives the rows of each table as JSON lines, in order of the key, by path: `data/<table>.jsonl`. NULL is left out.
///
/// # Errors
/// When a statement fails; the message has the statement.
pub fn convert(schema_sql: &str, convert_sql: &str, documents: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Tau2Error> {
    wardian_state::initialize().map_err(|error| wrong("schema.sql", &error))?;
    let connection = Connection::open_in_memory().map_err(|error| wrong("schema.sql", &error))?;
    connection.execute_batch(schema_sql).map_err(|error| wrong("schema.sql", &error))?;
    run(&connection, convert_sql, documents).map_err(|error| wrong("convert.sql", &error))?;
    let made = tables(&connection).map_err(|error| wrong("convert.sql", &error))?;
    match documents.iter().find(|(_, text)| text.trim() == "{}") {
        Some((name, _)) => Err(Tau2Error::File { file: format!("{name}.json"), reason: "the database is empty".to_owned() }),
        None => Ok(made),
    }
}

fn wrong(file: &str, error: &dyn std::error::Error) -> Tau2Error {
    Tau2Error::File { file: file.to_owned(), reason: error.to_string() }
}

fn run(connection: &Connection, sql: &str, documents: &BTreeMap<String, String>) -> rusqlite::Result<()> {
    let mut batch = Batch::new(connection, sql);
    while let Some(mut statement) = batch.next()? {
        bind(&mut statement, documents)?;
        statement.raw_execute()?;
    }
    let broken: Option<String> = connection
        .prepare("SELECT \"table\" || ' → ' || parent FROM pragma_foreign_key_check LIMIT 1")?
        .query_map([], |row| row.get(0))?
        .next()
        .transpose()?;
    match broken {
        Some(reference) => Err(rusqlite::Error::InvalidParameterName(format!("a reference leads nowhere: {reference}"))),
        None => Ok(()),
    }
}

fn bind(statement: &mut Statement<'_>, documents: &BTreeMap<String, String>) -> rusqlite::Result<()> {
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or_default().trim_start_matches(':').to_owned();
        let text = documents.get(&name).ok_or_else(|| rusqlite::Error::InvalidParameterName(format!("no document `{name}` was given")))?;
        statement.raw_bind_parameter(index, text)?;
    }
    Ok(())
}

fn tables(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut names = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut out = BTreeMap::new();
    for name in names {
        let text = rows(connection, &name)?;
        if !text.is_empty() {
            out.insert(format!("data/{name}.jsonl"), text);
        }
    }
    Ok(out)
}

fn rows(connection: &Connection, table: &str) -> rusqlite::Result<String> {
    let mut keys =
        connection.prepare("SELECT '\"' || replace(name, '\"', '\"\"') || '\"' FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
    let keys: Vec<String> = keys.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{}\" ORDER BY {}", table.replace('"', "\"\""), keys.join(", ")))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut text = String::new();
    while let Some(row) = rows.next()? {
        let mut line = Map::new();
        for (i, column) in columns.iter().enumerate() {
            if let Some(value) = json(row.get_ref(i)?) {
                line.insert(column.clone(), value);
            }
        }
        text.push_str(&Value::Object(line).to_string());
        text.push('\n');
    }
    Ok(text)
}

/// Tables of packs are strict; a blob has no form in their data files.
fn json(value: ValueRef<'_>) -> Option<Value> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(value) => Some(Value::from(value)),
        ValueRef::Real(value) => Number::from_f64(value).map(Value::Number),
        ValueRef::Text(text) => Some(Value::from(String::from_utf8_lossy(text))),
    }
}
