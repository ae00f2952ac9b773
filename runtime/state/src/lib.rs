//! State of an environment on SQLite: an immutable base image shared by every episode of a pack, cheap
//! forks, transactions under guard, canonical digests and cell-level differences.
//!
//! What it is not: it knows no WebAssembly, no packs and no tools.
//! May depend on: `wardian-format`, SQLite, hashing.

use std::sync::Arc;
use wardian_format::{Diff, Digest, Digests, Limits, SqlValue, outcome::LimitKind};

/// Version of the digest scheme; hashed into every digest and named in certificates.
pub const DIGEST_VERSION: u32 = 1;

/// What went wrong in the host. A guest's fault is never one of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The image or schema breaks a rule of the state contract.
    #[error("schema not acceptable: {0}")]
    Schema(String),
    /// SQLite failed where it should not.
    #[error("SQLite failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Two states of different bases were compared.
    #[error("the states belong to different bases")]
    ForeignState,
}

/// Clock and seed of an episode: constant within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Seed of generated ids.
    pub seed: u64,
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub now_unix_s: i64,
}

/// An immutable database image with its schema. Shared by every state made from it.
pub struct Base {}

/// A parsed and checked schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Digest over sorted tables, columns, types and keys; not over DDL text or indexes.
    pub id: Digest,
    /// Tables in order of name.
    pub tables: Vec<Table>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Columns in declared order.
    pub columns: Vec<Column>,
    /// Names of the key's columns, in the order of the key.
    pub primary_key: Vec<String>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: String,
    /// `TEXT`, `INTEGER`, `REAL`, `BLOB` or `ANY`.
    pub type_name: String,
    /// NOT NULL.
    pub not_null: bool,
}

/// A foreign key.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// Columns of this table.
    pub columns: Vec<String>,
    /// Table referred to.
    pub table: String,
    /// Its columns.
    pub references: Vec<String>,
}

/// The state of one episode. `Clone` is a fork and a checkpoint.
#[derive(Clone)]
pub struct State {}

/// An open transaction on a state: one call of a tool. Owns the state until it ends; dropping it rolls back.
pub struct Tx {}

/// The rows of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub values: Vec<Vec<SqlValue>>,
}

/// Why a statement of a guest failed. Mirrors `error` of the WIT contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlError {
    /// Outside the allow-list, or not one of the tool's statements.
    Denied(String),
    /// A constraint does not hold.
    Constraint(String),
    /// A budget is spent.
    Limit(LimitKind),
    /// Anything else.
    Other(String),
}

impl Base {
    /// Opens a SQLite image. `ungraded` lists `table` or `table.column` that the graded digest leaves out.
    pub fn open(image: Vec<u8>, ungraded: &[String]) -> Result<Arc<Self>, StateError> {
        let _ = (image, ungraded);
        unimplemented!()
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        unimplemented!()
    }

    /// The initial state.
    pub fn state(self: &Arc<Self>, context: Context) -> State {
        let _ = context;
        unimplemented!()
    }
}

impl State {
    /// What it was made from.
    pub fn base(&self) -> &Arc<Base> {
        unimplemented!()
    }

    /// Starts a transaction. `statements` is the closed set of a tool, or `None` for the allow-list alone.
    pub fn begin(self, limits: &Limits, statements: Option<Arc<[String]>>) -> Result<Tx, StateError> {
        let _ = (limits, statements);
        unimplemented!()
    }

    /// The digests; costs what changed since the last call.
    pub fn digests(&mut self) -> Result<Digests, StateError> {
        unimplemented!()
    }

    /// What differs from `self` (before) to `other` (after).
    pub fn diff(&mut self, other: &mut Self) -> Result<Diff, StateError> {
        let _ = other;
        unimplemented!()
    }

    /// Runs a trusted, read-only query of the host (a grader, a task generator).
    pub fn read(&mut self, sql: &str, params: &[SqlValue]) -> Result<Rows, StateError> {
        let _ = (sql, params);
        unimplemented!()
    }

    /// The state as a plain SQLite file.
    pub fn to_bytes(&self) -> Vec<u8> {
        unimplemented!()
    }
}

impl Tx {
    /// Runs a statement that returns rows.
    pub fn query(&mut self, sql: &str, params: &[SqlValue]) -> Result<Rows, SqlError> {
        let _ = (sql, params);
        unimplemented!()
    }

    /// Runs a statement that changes rows; returns how many.
    pub fn execute(&mut self, sql: &str, params: &[SqlValue]) -> Result<u64, SqlError> {
        let _ = (sql, params);
        unimplemented!()
    }

    /// The first limit that stopped a statement of this transaction.
    pub fn stopped_by(&self) -> Option<LimitKind> {
        unimplemented!()
    }

    /// What the guest asked for outside its authority, first time.
    pub fn denied(&self) -> Option<&str> {
        unimplemented!()
    }

    /// Keeps the changes. Deferred constraints are checked here: on `Err` the state is as before the call.
    pub fn commit(self) -> (State, Result<(), SqlError>) {
        unimplemented!()
    }

    /// Undoes the changes.
    pub fn rollback(self) -> State {
        unimplemented!()
    }
}

/// Builds a SQLite image from a schema and rows, reproducibly: the same input gives the same bytes.
/// `rows` are (table, column names, values), inserted in this order inside one transaction; foreign keys are
/// checked at the end.
pub fn build_image(schema_sql: &str, rows: &[(String, Vec<String>, Vec<Vec<SqlValue>>)]) -> Result<Vec<u8>, StateError> {
    let _ = (schema_sql, rows);
    unimplemented!()
}
