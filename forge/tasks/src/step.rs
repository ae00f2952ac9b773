//! What a walk is made of.

use crate::facts::Found;
use serde_json::Value;
use wardian_env::EnvError;
use wardian_format::pack::{ParamRef, RefKind};
use wardian_format::{CallRecord, Outcome};

/// One executed call of a walk.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) tool: String,
    pub(crate) record: CallRecord,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) purpose: Purpose,
    /// What the user wants to hear of the result.
    pub(crate) facts: Vec<Found>,
}

/// One value of an argument document, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) path: String,
    pub(crate) value: Value,
    pub(crate) reference: Option<ParamRef>,
    pub(crate) source: Source,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The user knows it.
    Known,
    /// An earlier result has it.
    Result { call: usize, pointer: String },
}

/// Why a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To find a value that a later call needs.
    LookUp,
    /// The user wants to know something.
    Ask,
    /// The user wants something changed.
    Change,
    /// The user wants something that must not come about; the call is no part of the plan.
    Refused,
}

/// A value of a column that an earlier result showed.
#[derive(Clone, Debug)]
pub(crate) struct Available {
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) value: Value,
    pub(crate) call: usize,
    pub(crate) pointer: String,
}

/// Why a step or a walk came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Miss {
    /// A word for counting.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) detail: String,
}

/// What ends an attempt: a miss, which is counted, or a failure of the environment.
#[derive(Debug)]
pub(crate) enum Stop {
    Miss(Miss),
    Env(EnvError),
}

impl From<EnvError> for Stop {
    fn from(error: EnvError) -> Self {
        Self::Env(error)
    }
}

impl Stop {
    pub(crate) fn miss(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Miss(Miss { code, detail: detail.into() })
    }
}

impl Step {
    /// What the call returned.
    pub(crate) fn result(&self) -> &Value {
        match &self.record.outcome {
            Outcome::Ok { result } => result,
            _ => &Value::Null,
        }
    }
}

impl Leaf {
    /// The column that an existing value belongs to.
    pub(crate) fn key(&self) -> Option<(&str, &str)> {
        let reference = self.reference.as_ref().filter(|r| r.kind == RefKind::Existing)?;
        Some((&reference.table, &reference.column))
    }
}
