//! What every language must be able to do, in Rust. The same tools are in `../js` and `../python`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicI64, Ordering};
use wardian_guest::{Database, Error, ToolError, Value, params};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
struct Echo {
    value: Json,
}

#[derive(Deserialize, JsonSchema)]
struct Store {
    id: String,
    kind: String,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Fail {
    code: String,
    message: String,
}

#[derive(Deserialize, JsonSchema)]
struct Sql {
    sql: String,
}

#[derive(Deserialize, JsonSchema)]
struct Times {
    times: i64,
}

/// Memory that must not outlive a call.
static CALLS: AtomicI64 = AtomicI64::new(0);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).filter_map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Which kind of error a statement gives, if any.
fn kind(result: Result<u64, Error>) -> Option<&'static str> {
    match result {
        Ok(_) => None,
        Err(Error::Denied(_)) => Some("denied"),
        Err(Error::Constraint(_)) => Some("constraint"),
        Err(Error::Limit(_)) => Some("limit"),
        Err(Error::Other(_)) => Some("other"),
    }
}

fn echo(_: &Database, args: Echo) -> Result<Json, ToolError> {
    Ok(args.value)
}

fn values(db: &Database, _: Nothing) -> Result<Json, ToolError> {
    let sql = "SELECT NULL AS empty, 42 AS whole, -1.5 AS part, 'grüße 🌍' AS words, x'00ff10' AS bytes";
    let rows = db.query(sql, &[])?;
    let read = |value: &Value| match value {
        Value::Null => Json::Null,
        Value::Integer(value) => json!(value),
        Value::Real(value) => json!(value),
        Value::Text(value) => json!(value),
        Value::Blob(value) => json!(hex(value)),
    };
    let pairs = rows.columns.iter().zip(&rows.values[0]).map(|(name, value)| (name.clone(), read(value)));
    Ok(Json::Object(pairs.collect()))
}

fn store(db: &Database, args: Store) -> Result<Json, ToolError> {
    let value = match args.kind.as_str() {
        "null" => Value::Null,
        "integer" => Value::Integer(args.text.parse().map_err(|_| ToolError::invalid("no integer"))?),
        "real" => Value::Real(args.text.parse().map_err(|_| ToolError::invalid("no real"))?),
        "text" => Value::Text(args.text),
        "blob" => Value::Blob(unhex(&args.text)),
        _ => return Err(ToolError::invalid("no such kind")),
    };
    db.change("INSERT INTO stored VALUES (?1, ?2)", &[Value::from(&args.id), value])?;
    let row: Option<(String, String)> = db.first("SELECT typeof(value), quote(value) FROM stored WHERE id = ?1", params![&args.id])?;
    let (kind, sql) = row.ok_or_else(|| ToolError::other("it is gone"))?;
    Ok(json!({"type": kind, "sql": sql}))
}

fn fail(_: &Database, args: Fail) -> Result<Json, ToolError> {
    Err(match args.code.as_str() {
        "not_found" => ToolError::not_found(args.message),
        "invalid" => ToolError::invalid(args.message),
        "conflict" => ToolError::conflict(args.message),
        "forbidden" => ToolError::forbidden(args.message),
        _ => ToolError::other(args.message),
    })
}

fn attempt(db: &Database, args: Sql) -> Result<Json, ToolError> {
    let failed = kind(db.execute(&args.sql, &[]));
    // The call goes on.
    db.change("UPDATE counters SET n = n + 1 WHERE id = 'a'", params![])?;
    let n: Option<i64> = db.first("SELECT n FROM counters WHERE id = 'a'", params![])?;
    Ok(json!({"failed": failed, "n": n}))
}

fn uncaught(db: &Database, args: Sql) -> Result<Json, ToolError> {
    Ok(json!(db.change(&args.sql, params![])?))
}

fn many(db: &Database, args: Times) -> Result<Json, ToolError> {
    let mut sum = 0;
    for i in 0..args.times {
        db.change("INSERT INTO stored VALUES (?1, ?2)", params![format!("k{i}"), i])?;
        sum += db.first::<i64>("SELECT value FROM stored WHERE id = ?1", params![format!("k{i}")])?.unwrap_or(0);
        // A failed statement between two that succeed.
        let failed = kind(db.execute("INSERT INTO stored VALUES (?1, 0)", params![format!("k{i}")]));
        sum += i64::from(failed == Some("constraint"));
    }
    Ok(json!(sum))
}

fn many_then_fail(db: &Database, args: Times) -> Result<Json, ToolError> {
    many(db, args)?;
    Err(ToolError::conflict("after many statements"))
}

fn explode(db: &Database, _: Nothing) -> Result<Json, ToolError> {
    db.change("UPDATE counters SET n = 100 WHERE id = 'a'", params![])?;
    panic!("this is no tool error")
}

fn calls(_: &Database, _: Nothing) -> Result<Json, ToolError> {
    Ok(json!(CALLS.fetch_add(1, Ordering::Relaxed) + 1))
}

wardian_guest::tools! {
    guest "conformance";
    /// Gives back a value of JSON.
    read echo;
    /// Reads a value of each kind that SQLite has.
    read values;
    /// Writes a value of one kind and reads it back.
    write store;
    /// Fails with a code.
    read fail;
    /// Runs a statement, whose failure is no failure of the call.
    write attempt;
    /// Runs a statement, whose failure is that of the call.
    write uncaught;
    /// Runs many statements, every third of which fails.
    write many;
    /// Runs many statements and fails then.
    write many_then_fail;
    /// Writes, and ends in the way of its language that nobody expected.
    write explode;
    /// How often this memory was called.
    read calls;
}
