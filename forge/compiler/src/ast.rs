//! What the parser makes of tools files. Names and types are not checked yet.

use crate::diagnostic::Span;
use crate::lexer::Token;
use serde_json::Value;
use wardian_format::ToolErrorCode;
use wardian_format::pack::{RefKind, Role};

/// All tools files of a pack together.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    pub(crate) tools: Vec<Tool>,
    pub(crate) groups: Vec<Group>,
}

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `@tool`.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: Name,
    pub(crate) doc: String,
    pub(crate) params: Vec<Param>,
    pub(crate) role: Role,
    pub(crate) catalog: Option<String>,
    pub(crate) yields: Vec<Yields>,
    pub(crate) returns: Option<Value>,
    pub(crate) steps: Vec<Step>,
}

/// `@steps`: steps that tools share.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Name,
    pub(crate) steps: Vec<Step>,
}

/// `@param`.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
    pub(crate) optional: bool,
    pub(crate) default: Option<Value>,
    pub(crate) options: Options,
    pub(crate) doc: String,
}

/// What may follow the type of a parameter or of a member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) choices: Option<Vec<Value>>,
    pub(crate) schema: Option<Value>,
    pub(crate) refs: Vec<Ref>,
}

/// `ref(t.c)`, `new(t.c)` or `of(t.c)`.
#[derive(Clone, Debug)]
pub(crate) struct Ref {
    pub(crate) kind: RefKind,
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) span: Span,
}

/// Types of a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Scalar(Scalar),
    /// `list(type)`
    List(Scalar),
    /// `list(column type, …)`
    Rows(Vec<Member>),
}

/// A column of `list(column type, …)`.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) ty: Scalar,
    pub(crate) optional: bool,
    pub(crate) options: Options,
}

/// Types of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text,
    Integer,
    Real,
    Boolean,
    Json,
}

/// `@yields`.
#[derive(Clone, Debug)]
pub(crate) struct Yields {
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) path: String,
    pub(crate) span: Span,
}

/// A step, with the place of its annotation or statement.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) span: Span,
    pub(crate) kind: StepKind,
}

/// Kinds of step.
#[derive(Debug)]
pub(crate) enum StepKind {
    Let {
        name: Name,
        expr: Sql,
    },
    Row {
        name: Name,
        optional: bool,
        otherwise: Option<Failure>,
        sql: Sql,
    },
    Require {
        expr: Sql,
        otherwise: Failure,
    },
    Reject {
        code: ToolErrorCode,
        sql: Sql,
    },
    When {
        condition: Sql,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    Table {
        name: Name,
        sql: Sql,
    },
    Each {
        name: Name,
        table: Name,
        body: Vec<Step>,
    },
    Use {
        name: Name,
    },
    /// An INSERT, UPDATE or DELETE; `some` asks that it changes a row.
    Exec {
        some: bool,
        otherwise: Option<Failure>,
        sql: Sql,
    },
    Return {
        list: bool,
        otherwise: Option<Failure>,
        sql: Sql,
    },
}

/// A statement or an expression.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    pub(crate) span: Span,
    pub(crate) tokens: Vec<Token>,
}

/// `else [code] "message"`.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// `None`: the default of the construct.
    pub(crate) code: Option<ToolErrorCode>,
    pub(crate) message: Vec<Part>,
}

/// Pieces of a message.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    /// `{x}` or `{r.c}`; the token reads like a variable without its colon.
    Variable {
        name: String,
        column: Option<String>,
        span: Span,
    },
}
