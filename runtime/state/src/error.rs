//! Errors of the host, and failures of a guest's statements.

use crate::sqlite::Failure;
use rusqlite::ffi;
use wardian_format::names::untrusted;
use wardian_format::outcome::LimitKind;

/// Longest message of SQLite in an error, characters.
pub(crate) const MESSAGE_CHARS_MAX: usize = wardian_format::limits::FIXED.sql_error_chars_max;

/// What went wrong in the host. A guest's fault is never one of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The image or schema breaks a rule of the state contract.
    #[error("schema not acceptable: {0}")]
    Schema(String),
    /// A row does not fit its table.
    #[error("table `{table}`, row {row}: {message}")]
    Row {
        /// The table.
        table: String,
        /// Position among the rows given for the table, from 0.
        row: usize,
        /// What SQLite or the check said; names the column.
        message: String,
    },
    /// The SQLite library that this program links lacks something the engine needs.
    #[error("the linked SQLite is not usable: {0}")]
    Library(String),
    /// SQLite failed where it should not.
    #[error("SQLite failed: {}", escaped(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// Two states of different bases were compared.
    #[error("the states belong to different bases")]
    ForeignState,
}

/// SQLite quotes what it does not understand, and that may be out of a hostile image.
fn escaped(error: &rusqlite::Error) -> String {
    untrusted(&error.to_string(), MESSAGE_CHARS_MAX)
}

impl From<Failure> for StateError {
    fn from(failure: Failure) -> Self {
        Self::Sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(failure.code), Some(failure.message)))
    }
}

/// Why a statement of a guest failed. Mirrors `error` of the WIT contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// Outside the allow-list, or not one of the tool's statements.
    #[error("denied: {0}")]
    Denied(String),
    /// A constraint does not hold.
    #[error("constraint: {0}")]
    Constraint(String),
    /// A budget is spent.
    #[error("limit `{0:?}` reached")]
    Limit(LimitKind),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<Failure> for SqlError {
    fn from(failure: Failure) -> Self {
        match failure.code & 0xff {
            ffi::SQLITE_CONSTRAINT => Self::Constraint(failure.message),
            ffi::SQLITE_TOOBIG => Self::Limit(LimitKind::ValueBytes),
            ffi::SQLITE_FULL => Self::Limit(LimitKind::GrowthPages),
            ffi::SQLITE_INTERRUPT => Self::Limit(LimitKind::VmOps),
            ffi::SQLITE_NOMEM => Self::Limit(LimitKind::Memory),
            ffi::SQLITE_AUTH => Self::Denied(failure.message),
            _ => Self::Other(failure.message),
        }
    }
}
