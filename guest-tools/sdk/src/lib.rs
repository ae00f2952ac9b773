//! Tools in Rust: what a guest needs to read its arguments, query the state and answer.
//!
//! A tool is a function from typed arguments and a borrowed [`Database`] to a serializable result:
//!
//! ```
//! use wardian_guest::{Database, ToolError, Value, run};
//!
//! #[derive(serde::Deserialize)]
//! struct Args {
//!     order_id: String,
//! }
//!
//! fn order_total(db: &Database, args: Args) -> Result<i64, ToolError> {
//!     let rows = db.query("SELECT total FROM orders WHERE order_id = ?1", &[Value::Text(args.order_id.clone())])?;
//!     match rows.values.first().and_then(|row| row.first()) {
//!         Some(Value::Integer(total)) => Ok(*total),
//!         _ => Err(ToolError::NotFound(format!("there is no order {}", args.order_id))),
//!     }
//! }
//!
//! // In a component: `fn call(db: &Database, args: String) -> Result<String, ToolError> { run(db, &args, order_total) }`
//! # let _ = |db: &Database| run(db, "{}", order_total);
//! ```
//!
//! What it is not: it is no part of the host; it is compiled to WebAssembly and linked into guests.
//! May depend on: wit-bindgen and serde.

use serde::{Serialize, de::DeserializeOwned};

/// The generated bindings of the world `tool`.
mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "tool", pub_export_macro: true, default_bindings_module: "wardian_guest::bindings" });
}

pub use bindings::wardian::env::state::{Database, Error, Rows, ToolError, Value};

impl From<Error> for ToolError {
    /// A constraint that does not hold is a conflict; the rest is for the host to judge.
    fn from(error: Error) -> Self {
        match error {
            Error::Constraint(message) => Self::Conflict(message),
            Error::Denied(message) | Error::Limit(message) | Error::Other(message) => Self::Other(message),
        }
    }
}

/// Parses the arguments, calls `tool` and serializes its result.
pub fn run<A: DeserializeOwned, R: Serialize>(
    db: &Database,
    args: &str,
    tool: impl FnOnce(&Database, A) -> Result<R, ToolError>,
) -> Result<String, ToolError> {
    let args = serde_json::from_str(args).map_err(|e| ToolError::Invalid(e.to_string()))?;
    let result = tool(db, args)?;
    serde_json::to_string(&result).map_err(|e| ToolError::Other(e.to_string()))
}
