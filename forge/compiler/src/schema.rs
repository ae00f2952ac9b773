//! The schema of a pack, against which every statement is prepared.

use crate::diagnostic::nearest;
use wardian_state::{Schema, SchemaDb, StatementError, StatementInfo};

/// An empty database with the pack's schema, and what statements may read.
pub(crate) struct Checker {
    db: SchemaDb,
}

impl Checker {
    pub(crate) fn open(schema_sql: &str) -> Result<Self, wardian_state::StateError> {
        SchemaDb::new(schema_sql).map(|db| Self { db })
    }

    pub(crate) fn schema(&self) -> &Schema {
        self.db.schema()
    }

    /// Prepares a statement under the rules that hold for tools.
    pub(crate) fn prepare(&self, sql: &str) -> Result<StatementInfo, StatementError> {
        self.db.check_statement(sql)
    }

    /// A way out, where the message names a table or a column that is nearly one of the schema's.
    pub(crate) fn hint(&self, error: &StatementError) -> Option<String> {
        let (_, missing) = error.message.split_once("no such ")?;
        let (kind, name) = missing.split_once(": ")?;
        let word = name.split_whitespace().next()?.rsplit('.').next()?;
        let schema = self.schema();
        let tables = schema.tables.iter().map(|t| t.name.as_str()).chain(schema.views.iter().map(String::as_str));
        let columns = schema.tables.iter().flat_map(|t| &t.columns).map(|c| c.name.as_str());
        let near = if kind == "table" { nearest(word, tables) } else { nearest(word, columns) };
        near.map(|near| format!("did you mean `{near}`?"))
    }
}
