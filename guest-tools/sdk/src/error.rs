//! Tool errors, and what becomes of a failed statement.

use crate::{Error, ToolError};

impl ToolError {
    /// What was named does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::NotFound(message.into())
    }

    /// An argument is unacceptable.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// It exists already, or the state does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict(message.into())
    }

    /// The caller may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden(message.into())
    }

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Self {
        Self::Other(message.into())
    }
}

impl From<Error> for ToolError {
    /// A constraint that does not hold is a conflict; the rest is for the host to judge.
    fn from(error: Error) -> Self {
        match error {
            Error::Constraint(message) => Self::Conflict(message),
            Error::Denied(message) | Error::Limit(message) | Error::Other(message) => Self::Other(message),
        }
    }
}
