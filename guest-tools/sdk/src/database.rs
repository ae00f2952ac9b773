//! Queries whose rows become values of Rust.

use crate::value::{Failed, Row};
use crate::{Database, ToolError, Value};
use serde::de::DeserializeOwned;

impl Database {
    /// All rows of a query, each as a `T`: a struct by the names of the columns, a tuple by their order, or one column as it is.
    ///
    /// # Errors
    /// When the statement fails ([`ToolError::from`]) or a row is no `T` (`other`).
    pub fn rows<T: DeserializeOwned>(&self, sql: &str, params: &[Value]) -> Result<Vec<T>, ToolError> {
        let rows = self.query(sql, params)?;
        let columns = &rows.columns;
        let typed = rows.values.into_iter().map(|values| T::deserialize(Row { columns, values }));
        typed.collect::<Result<_, Failed>>().map_err(|error| ToolError::other(format!("a row of `{sql}`: {error}")))
    }

    /// The first row of a query as a `T`; see [`Database::rows`].
    ///
    /// # Errors
    /// As [`Database::rows`].
    pub fn first<T: DeserializeOwned>(&self, sql: &str, params: &[Value]) -> Result<Option<T>, ToolError> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// Runs a statement that changes rows; returns how many.
    ///
    /// # Errors
    /// When the statement fails ([`ToolError::from`]). What it did is undone; the call may go on.
    pub fn change(&self, sql: &str, params: &[Value]) -> Result<u64, ToolError> {
        Ok(self.execute(sql, params)?)
    }
}
