//! Building an image from a schema and rows.

use crate::base::Base;
use crate::connection::host_settings;
use crate::error::StateError;
use crate::expansion::{self, ViewCosts};
use crate::schema::{ForeignKey, Schema, Table, quote};
use crate::sqlite::{Failure, Statement, value_ref};
use crate::store::Store;
use crate::vfs;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::Value;
use rusqlite::{Connection, ffi};
use wardian_format::{SqlValue, names};

/// Longest schema text, bytes.
const SCHEMA_BYTES_MAX: usize = wardian_format::limits::FIXED.schema_bytes_max;

/// Rows for one table: its name, the names of columns, and the values of each row in their order.
pub type TableRows = (String, Vec<String>, Vec<Vec<SqlValue>>);

/// Builds a SQLite image from a schema and rows, reproducibly: the same input gives the same bytes with the same
/// version of SQLite. `rows` are (table, column names, values), inserted in this order inside one transaction. Parents
/// need not come before children: foreign keys are checked at the end. Triggers do not run.
pub fn build_image(schema_sql: &str, rows: &[TableRows]) -> Result<Vec<u8>, StateError> {
    let connection = create(schema_sql)?;
    let schema = Schema::inspect(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN")?;
    let mut counts = std::collections::BTreeMap::new();
    for (table, columns, values) in rows {
        let first = counts.entry(table.as_str()).or_insert(0);
        insert(&connection, &schema, table, columns, values, *first)?;
        *first += values.len();
    }
    check_references(&connection, &schema)?;
    connection.execute_batch("COMMIT")?;
    let image = finish(&connection)?;
    Base::open(image.clone(), &[])?;
    Ok(image)
}

/// An in-memory database with the schema and no rows.
pub(crate) fn create(schema_sql: &str) -> Result<Connection, StateError> {
    if schema_sql.len() > SCHEMA_BYTES_MAX {
        return Err(StateError::Schema(format!("the schema has `{}` bytes; at most `{SCHEMA_BYTES_MAX}` are allowed", schema_sql.len())));
    }
    if expansion::makes_table_from_query(schema_sql) || !expansion::is_bounded(schema_sql, &ViewCosts::new()) {
        return Err(StateError::Schema("the schema makes a table from a query, or expands to too many copies of one".to_owned()));
    }
    let mut connection = vfs::open(Store::empty())?;
    host_settings(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Makes the file exist also for an empty schema, and fixes what the header says.
    connection.execute_batch("PRAGMA encoding = 'UTF-8'; PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE; BEGIN")?;
    connection.authorizer(Some(authorize))?;
    let created = connection.execute_batch(schema_sql);
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    created.map_err(|error| StateError::Schema(describe(&error)))?;
    connection.execute_batch("COMMIT")?;
    Ok(connection)
}

/// A schema makes tables, indexes, views and triggers, and does nothing else.
fn authorize(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::CreateTable { .. }
        | AuthAction::CreateIndex { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::Reindex { .. }
        | AuthAction::Select
        | AuthAction::Recursive
        | AuthAction::Function { .. }
        | AuthAction::Read { .. } => true,
        AuthAction::Insert { table_name } | AuthAction::Update { table_name, .. } | AuthAction::Delete { table_name } => {
            matches!(table_name, "sqlite_master" | "sqlite_schema")
        }
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

fn describe(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, sql, offset, .. } => {
            let at = usize::try_from(*offset).unwrap_or(0).min(sql.len());
            let rest = sql.get(at..).unwrap_or_default();
            format!("{msg} at `{}`", names::untrusted(rest, 60))
        }
        rusqlite::Error::SqliteFailure(code, message) if code.code == rusqlite::ErrorCode::AuthorizationForStatementDenied => {
            let message = message.as_deref().unwrap_or("not authorized");
            format!("{message}; a schema may only create tables, indexes, views and triggers")
        }
        other => other.to_string(),
    }
}

fn insert(
    connection: &Connection,
    schema: &Schema,
    table: &str,
    columns: &[String],
    values: &[Vec<SqlValue>],
    first: usize,
) -> Result<(), StateError> {
    let failed = |row: usize, message: String| StateError::Row { table: table.to_owned(), row, message };
    let Some(known) = schema.table(table) else {
        return Err(failed(first, "no such table in the schema".to_owned()));
    };
    let refused = |row: usize, failure: Failure| {
        // SQLite does not name the column here: it is the key that names the row.
        let mismatch = failure.code & 0xff == ffi::SQLITE_MISMATCH;
        let message = || format!("cannot store this value in INTEGER column {table}.{}", known.primary_key.join(", "));
        failed(row, if mismatch { message() } else { failure.message })
    };
    let names = columns.iter().map(|c| quote(c)).collect::<Vec<_>>().join(", ");
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO {} ({names}) VALUES ({marks})", quote(table));
    let mut statement = Statement::prepare_host(connection, &sql).map_err(|f| failed(first, f.message))?;
    for (row, values) in (first..).zip(values) {
        if values.len() != columns.len() {
            return Err(failed(row, format!("has {} values for {} columns", values.len(), columns.len())));
        }
        let mut run = statement.run(values.iter().map(value_ref)).map_err(|f| failed(row, f.message))?;
        run.step().map_err(|f| refused(row, f))?;
    }
    Ok(())
}

fn check_references(connection: &Connection, schema: &Schema) -> Result<(), StateError> {
    let violation: Option<(String, i64)> =
        match connection.query_row("SELECT \"table\", fkid FROM pragma_foreign_key_check LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?))) {
            Ok(found) => Some(found),
            Err(rusqlite::Error::QueryReturnedNoRows) => None,
            Err(error) => return Err(StateError::Schema(format!("the foreign keys cannot be checked: {error}"))),
        };
    let Some((name, _)) = violation else { return Ok(()) };
    let Some(table) = schema.table(&name) else {
        return Err(StateError::Schema(format!("a foreign key of table `{name}` does not hold")));
    };
    for key in &table.foreign_keys {
        if let Some(message) = dangling(connection, table, key)? {
            return Err(StateError::Schema(message));
        }
    }
    Err(StateError::Schema(format!("a foreign key of table `{name}` does not hold")))
}

/// Names a row whose foreign key points nowhere.
fn dangling(connection: &Connection, table: &Table, key: &ForeignKey) -> Result<Option<String>, StateError> {
    let list = |names: &[String]| names.iter().map(|n| format!("c.{}", quote(n))).collect::<Vec<_>>().join(", ");
    let present = key.columns.iter().map(|n| format!("c.{} IS NOT NULL", quote(n))).collect::<Vec<_>>().join(" AND ");
    let matches: Vec<String> =
        key.columns.iter().zip(&key.references).map(|(from, to)| format!("p.{} = c.{}", quote(to), quote(from))).collect();
    let sql = format!(
        "SELECT {}, {} FROM {} c WHERE {present} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {}) LIMIT 1",
        list(&table.primary_key),
        list(&key.columns),
        quote(&table.name),
        quote(&key.table),
        matches.join(" AND ")
    );
    let (k, n) = (table.primary_key.len(), key.columns.len());
    let shown = |row: &rusqlite::Row<'_>, range: std::ops::Range<usize>| -> Result<String, rusqlite::Error> {
        let values: Result<Vec<String>, _> = range.map(|i| row.get::<_, Value>(i).map(|v| show(&v))).collect();
        Ok(values?.join(", "))
    };
    let found = connection.query_row(&sql, [], |row| Ok((shown(row, 0..k)?, shown(row, k..k + n)?)));
    match found {
        Ok((row, value)) => Ok(Some(format!(
            "row `{}[{row}]`: column `{}` is {value}, and table `{}` has no such `{}`",
            table.name,
            key.columns.join(", "),
            key.table,
            key.references.join(", ")
        ))),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(i) => i.to_string(),
        Value::Real(r) => format!("{r:?}"),
        Value::Text(t) => format!("\"{}\"", names::untrusted(t, 60)),
        Value::Blob(b) => format!("{} bytes", b.len()),
    }
}

/// The file, packed, with the counters of its history made constant.
pub(crate) fn finish(connection: &Connection) -> Result<Vec<u8>, StateError> {
    connection.execute_batch("VACUUM")?;
    let mut image = vfs::store_of(connection).to_bytes();
    // File change counter and version-valid-for (SQLite file format, 1.3): equal and constant.
    for at in [24, 92] {
        if let Some(field) = image.get_mut(at..at + 4) {
            field.copy_from_slice(&1_u32.to_be_bytes());
        }
    }
    Ok(image)
}
