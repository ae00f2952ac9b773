//! Questions of a compiler about single statements.

use crate::base::Base;
use crate::connection::prepare_guest;
use crate::error::{SqlError, StateError};
use crate::guard::{Mode, Uses};
use crate::image::build_image;
use crate::pool::{self, Order};
use crate::schema::Schema;
use crate::sqlite::Statement;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A database with a schema and no rows, to check statements against.
#[derive(Debug)]
pub struct SchemaDb {
    base: Arc<Base>,
}

/// What a statement is and uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementInfo {
    /// Names of the columns it returns; empty where it returns no rows.
    pub columns: Vec<String>,
    /// True where it changes nothing.
    pub read_only: bool,
    /// How many parameters it takes: the largest number of a parameter.
    pub parameter_count: usize,
    /// Names of the parameters with their first character (`:id`, `?3`); `None` for a bare `?` and for numbers unused.
    pub parameters: Vec<Option<String>>,
    /// Tables and views that it reads, directly or through views and triggers, with the columns named.
    pub tables_read: BTreeMap<String, BTreeSet<String>>,
    /// Tables that it writes, directly or through triggers, with the columns that an UPDATE names. Cascades of foreign
    /// keys are not here.
    pub tables_written: BTreeMap<String, BTreeSet<String>>,
    /// Tables that it inserts into, directly or through triggers.
    pub tables_inserted: BTreeSet<String>,
    /// Tables that it deletes from, directly or through triggers.
    pub tables_deleted: BTreeSet<String>,
}

/// Why a statement does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StatementError {
    /// SQLite's message, or what was denied.
    pub message: String,
    /// Byte of the statement that it concerns, where SQLite knows.
    pub offset: Option<usize>,
    /// True where the statement asks for something that no tool may have.
    pub denied: bool,
}

impl SchemaDb {
    /// Opens a database with this schema.
    pub fn new(schema_sql: &str) -> Result<Self, StateError> {
        Ok(Self { base: Base::open(build_image(schema_sql, &[])?, &[])? })
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        self.base.schema()
    }

    /// Compiles one statement under the rules that hold for tools, without running it.
    pub fn check_statement(&self, sql: &str) -> Result<StatementInfo, StatementError> {
        let host = |error: StateError| StatementError { message: error.to_string(), offset: None, denied: false };
        let mut lease = pool::lease(&self.base, Order::Usual).map_err(host)?;
        let mut root = self.base.root.clone();
        let (result, uses) = lease.with_store(&mut root, |warm| {
            warm.shared.set_mode(Mode::Guest);
            let result = warm.shared.record_uses(|| prepare_guest(&warm.connection, &warm.shared, sql));
            warm.shared.set_mode(Mode::Host);
            result
        });
        let statement = result.map_err(|(error, offset)| error_of(error, offset))?;
        Ok(info(&statement, uses))
    }
}

fn error_of(error: SqlError, offset: Option<usize>) -> StatementError {
    let denied = matches!(error, SqlError::Denied(_));
    let message = match error {
        SqlError::Denied(what) => format!("{what} is not allowed in a tool"),
        SqlError::Constraint(message) | SqlError::Other(message) => message,
        SqlError::Limit(kind) => format!("the statement exceeds limit `{kind:?}`"),
    };
    StatementError { message, offset, denied }
}

fn info(statement: &Statement, uses: Uses) -> StatementInfo {
    let mut written = uses.updates;
    for table in uses.inserts.iter().chain(&uses.deletes) {
        written.entry(table.clone()).or_default();
    }
    StatementInfo {
        columns: statement.columns().to_vec(),
        read_only: statement.read_only(),
        parameter_count: statement.parameters(),
        parameters: statement.parameter_names(),
        tables_read: uses.reads,
        tables_written: written,
        tables_inserted: uses.inserts,
        tables_deleted: uses.deletes,
    }
}
