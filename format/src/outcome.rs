//! What a call came to. A guest's fault is data, not an error of the host.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The outcome of one call of a tool. Every outcome but `Ok` leaves the state exactly as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// The tool returned a JSON document.
    Ok {
        /// That document.
        result: Value,
    },
    /// The tool refused, in words that the agent may read.
    ToolError {
        /// Class of the refusal.
        code: ToolErrorCode,
        /// The tool's own words.
        message: String,
    },
    /// The arguments do not fit the tool's JSON Schema; the tool was not called.
    InvalidArguments {
        /// What does not fit, with the place as a JSON pointer.
        message: String,
    },
    /// The pack has no tool of that name (for this role); nothing was called.
    UnknownTool,
    /// The guest trapped.
    Trap {
        /// What wasmtime said, bounded. Not certifiable when it was the stack.
        message: String,
    },
    /// A limit stopped the call.
    Limit {
        /// Which one.
        limit: LimitKind,
    },
    /// The guest asked for something outside its authority.
    Denied {
        /// What it asked for, bounded and escaped.
        what: String,
    },
    /// What came back is not JSON, or not the kind of JSON that can be digested.
    Malformed {
        /// What was wrong with it.
        message: String,
    },
}

/// Classes of tool error: the cases of `tool-error` in the WIT contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolErrorCode {
    /// What was named does not exist (HTTP 404).
    NotFound,
    /// An argument is well-formed but unacceptable (HTTP 400, 422).
    Invalid,
    /// It exists already, or the state does not allow it (HTTP 409).
    Conflict,
    /// The caller may not (HTTP 403).
    Forbidden,
    /// Anything else.
    Other,
}

impl ToolErrorCode {
    /// All codes, in the order of the WIT variant.
    pub const ALL: [Self; 5] = [Self::NotFound, Self::Invalid, Self::Conflict, Self::Forbidden, Self::Other];

    /// The word used in files and in the tool language: `not_found`, `invalid`, …
    pub fn word(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Forbidden => "forbidden",
            Self::Other => "other",
        }
    }
}

/// The limits that can stop a call; the values are fields of [`crate::Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// `arguments_bytes_max`
    ArgumentsBytes,
    /// `result_bytes_max`
    ResultBytes,
    /// `statements_max`
    Statements,
    /// `vm_ops_max`
    VmOps,
    /// `rows_max`
    Rows,
    /// `row_bytes_max`
    RowBytes,
    /// `value_bytes_max`
    ValueBytes,
    /// `sql_bytes_max`
    SqlBytes,
    /// `growth_pages_max`
    GrowthPages,
    /// `fuel_max`
    Fuel,
    /// `memory_bytes_max`, `table_elements_max`, `heap_bytes_max` or `heap_total_bytes_max`
    Memory,
    /// `stack_bytes_max`
    Stack,
    /// `wall_ms_max`
    WallTime,
}

impl LimitKind {
    /// True where the same call trips the limit on any machine.
    pub fn is_certifiable(self) -> bool {
        !matches!(self, Self::Fuel | Self::Memory | Self::Stack | Self::WallTime)
    }
}

impl Outcome {
    /// True for `Ok`.
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok { .. })
    }

    /// True where a replay on any machine gives the same outcome.
    pub fn is_certifiable(&self) -> bool {
        match self {
            Self::Limit { limit } => limit.is_certifiable(),
            _ => true,
        }
    }

    /// What the agent is shown: the result, or `{"error": {"code": …, "message": …}}`.
    pub fn observation(&self) -> Value {
        let error = |code: &str, message: &str| json!({"error": {"code": code, "message": message}});
        match self {
            Self::Ok { result } => result.clone(),
            Self::ToolError { code, message } => error(code.word(), message),
            Self::InvalidArguments { message } => error("invalid_arguments", message),
            Self::UnknownTool => error("unknown_tool", "there is no tool of that name"),
            Self::Trap { .. } => error("tool_failed", "the tool failed"),
            Self::Limit { .. } => error("limit", "the call exceeded a limit"),
            Self::Denied { .. } => error("denied", "the tool asked for something it may not do"),
            Self::Malformed { .. } => error("tool_failed", "the tool returned something unusable"),
        }
    }

    /// One word for tables and counts: `ok`, `tool_error`, `invalid_arguments`, …
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ok { .. } => "ok",
            Self::ToolError { .. } => "tool_error",
            Self::InvalidArguments { .. } => "invalid_arguments",
            Self::UnknownTool => "unknown_tool",
            Self::Trap { .. } => "trap",
            Self::Limit { .. } => "limit",
            Self::Denied { .. } => "denied",
            Self::Malformed { .. } => "malformed",
        }
    }
}
