//! The host side of `wardian:env/state@0.1.0`.
//!
//! Written against the linker instead of generated, because a call must charge fuel in the store that it runs
//! in, and because a statement's text need not be copied out of the guest. That these types are those of
//! `wit/state.wit` is checked by wasmtime whenever a component made from that file is linked, and so by the tests.

use crate::limiter::Limiter;
use crate::wasi::Wasi;
use std::sync::Arc;
use wardian_format::{SqlValue, names, pack};
use wardian_state::{SqlError, Tx};
use wasmtime::component::{ComponentType, Lift, Linker, Lower, Resource, ResourceType, WasmStr};
use wasmtime::{StoreContextMut, Trap};

/// Fuel that every statement costs beside the bytes and rows that it moves and the operations that SQLite runs for it, one each.
const STATEMENT_FUEL: u64 = 1_000;

/// Fuel of one row.
const ROW_FUEL: u64 = 50;

/// Longest message of SQLite that a guest gets to see, characters.
const MESSAGE_CHARS_MAX: usize = wardian_format::limits::FIXED.sql_error_chars_max;

/// What a store holds: the transaction of the call that runs, and the limits.
#[derive(Default)]
pub(crate) struct Call {
    pub(crate) tx: Option<Tx>,
    pub(crate) limiter: Limiter,
    /// What the compatibility profile sees of WASI.
    pub(crate) wasi: Option<Box<Wasi>>,
}

impl Call {
    pub(crate) fn wasi(&mut self) -> &mut Wasi {
        self.wasi.as_mut().expect("only the linker of the compatibility profile asks, whose stores have it")
    }
}

/// The one resource of the contract. A store has one database, so a handle carries nothing.
pub(crate) struct Database;

/// `variant value`.
#[derive(ComponentType, Lift, Lower, Clone, Debug)]
#[component(variant)]
enum Value {
    #[component(name = "null")]
    Null,
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "real")]
    Real(f64),
    #[component(name = "text")]
    Text(String),
    #[component(name = "blob")]
    Blob(Vec<u8>),
}

/// `record rows`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Rows {
    columns: Arc<[String]>,
    values: Vec<Vec<Value>>,
}

/// `record cells`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Cells {
    rows: u32,
    values: Vec<Value>,
}

/// `variant error`.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "denied")]
    Denied(String),
    #[component(name = "constraint")]
    Constraint(String),
    #[component(name = "limit")]
    Limit(String),
    #[component(name = "other")]
    Other(String),
}

/// `variant tool-error`, as a guest returns it.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum ToolError {
    #[component(name = "not-found")]
    NotFound(String),
    #[component(name = "invalid")]
    Invalid(String),
    #[component(name = "conflict")]
    Conflict(String),
    #[component(name = "forbidden")]
    Forbidden(String),
    #[component(name = "other")]
    Other(String),
}

/// A linker with the state and nothing else.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Call>> {
    let mut linker = Linker::new(engine);
    let mut state = linker.instance(pack::STATE_IMPORT)?;
    state.resource("database", ResourceType::host::<Database>(), |_, _| Ok(()))?;
    state.func_wrap("[method]database.query", query)?;
    state.func_wrap("[method]database.cells", cells)?;
    state.func_wrap("[method]database.execute", execute)?;
    Ok(linker)
}

type Params = (Resource<Database>, WasmStr, Vec<Value>);

fn query(mut store: StoreContextMut<'_, Call>, (_, sql, params): Params) -> wasmtime::Result<(Result<Rows, Error>,)> {
    let answer = statement(&mut store, &sql, params, |tx, sql, params| tx.query(sql, params))?;
    let rows = answer.map(|rows| Rows {
        columns: rows.columns,
        values: rows.values.into_iter().map(|row| row.into_iter().map(Value::from).collect()).collect(),
    });
    if let Ok(rows) = &rows {
        let bytes: u64 = rows.values.iter().flatten().map(Value::bytes).sum();
        charge(&mut store, bytes + ROW_FUEL * rows.values.len() as u64)?;
    }
    Ok((rows.map_err(Error::from),))
}

fn cells(mut store: StoreContextMut<'_, Call>, (_, sql, params): Params) -> wasmtime::Result<(Result<Cells, Error>,)> {
    let answer = statement(&mut store, &sql, params, |tx, sql, params| tx.cells(sql, params))?;
    let cells = answer.map(|(rows, values)| Cells { rows, values: values.into_iter().map(Value::from).collect() });
    if let Ok(cells) = &cells {
        let bytes: u64 = cells.values.iter().map(Value::bytes).sum();
        charge(&mut store, bytes + ROW_FUEL * u64::from(cells.rows))?;
    }
    Ok((cells.map_err(Error::from),))
}

fn execute(mut store: StoreContextMut<'_, Call>, (_, sql, params): Params) -> wasmtime::Result<(Result<u64, Error>,)> {
    let answer = statement(&mut store, &sql, params, |tx, sql, params| tx.execute(sql, params))?;
    Ok((answer.map_err(Error::from),))
}

/// Runs one statement with the transaction of the call, and charges for what goes in.
fn statement<R>(
    store: &mut StoreContextMut<'_, Call>,
    sql: &WasmStr,
    params: Vec<Value>,
    run: impl FnOnce(&mut Tx, &str, &[SqlValue]) -> Result<R, SqlError>,
) -> wasmtime::Result<Result<R, SqlError>> {
    let bytes: u64 = params.iter().map(Value::bytes).sum();
    let params: Vec<SqlValue> = params.into_iter().map(SqlValue::from).collect();
    // The text is borrowed from the store while the statement runs, so the transaction leaves the store for it.
    let Some(mut tx) = store.data_mut().tx.take() else {
        return Err(wasmtime::Error::msg("a statement outside a call"));
    };
    let ops_left = tx.ops_left();
    let answer = sql.to_str(&*store).map(|sql| (sql.len() as u64, run(&mut tx, &sql, &params)));
    let ops = ops_left - tx.ops_left();
    store.data_mut().tx = Some(tx);
    let (sql_bytes, answer) = answer?;
    charge(store, STATEMENT_FUEL + bytes + sql_bytes + ops)?;
    Ok(answer)
}

/// Takes `fuel` from the store; too little left is a trap.
fn charge(store: &mut StoreContextMut<'_, Call>, fuel: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?.checked_sub(fuel).ok_or(Trap::OutOfFuel)?;
    store.set_fuel(left)
}

impl Value {
    /// How much is copied for it.
    fn bytes(&self) -> u64 {
        16 + match self {
            Self::Text(text) => text.len() as u64,
            Self::Blob(bytes) => bytes.len() as u64,
            _ => 0,
        }
    }
}

impl From<Value> for SqlValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(integer) => Self::Integer(integer),
            Value::Real(real) if !real.is_nan() => Self::Real(real),
            Value::Null | Value::Real(_) => Self::Null,
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl From<SqlValue> for Value {
    fn from(value: SqlValue) -> Self {
        match value {
            SqlValue::Null => Self::Null,
            SqlValue::Integer(integer) => Self::Integer(integer),
            SqlValue::Real(real) => Self::Real(real),
            SqlValue::Text(text) => Self::Text(text),
            SqlValue::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        let cut = |text: String| if text.len() > MESSAGE_CHARS_MAX { names::untrusted(&text, MESSAGE_CHARS_MAX) } else { text };
        match error {
            SqlError::Denied(text) => Self::Denied(cut(text)),
            SqlError::Constraint(text) => Self::Constraint(cut(text)),
            SqlError::Limit(limit) => Self::Limit(format!("{limit:?}")),
            SqlError::Other(text) => Self::Other(cut(text)),
        }
    }
}
