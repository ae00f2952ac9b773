//! What the parser makes of tools files. Names and types are not checked yet.

use crate::diagnostic::Span;
use crate::lexer::Token;
use serde_json::Value;
use wardian_format::ToolErrorCode;
use wardian_format::pack::{Effect, RefKind, Role};

/// All tools files of a pack together.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// `@tool` and `@after`, in order.
    pub(crate) tools: Vec<Tool>,
    pub(crate) groups: Vec<Group>,
}

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `@tool`, or `@after`, which is a tool that the host calls.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: Name,
    pub(crate) doc: String,
    pub(crate) params: Vec<Param>,
    /// `@params`: the schema of all arguments, instead of `params`.
    pub(crate) schema: Option<(Value, Span)>,
    /// Its one role. Of an `@after`: [`Role::After`].
    pub(crate) role: Role,
    pub(crate) catalog: Option<String>,
    pub(crate) yields: Vec<Yields>,
    pub(crate) returns: Option<Value>,
    /// Something in it could not be read: what it leaves unused says nothing.
    pub(crate) is_flawed: bool,
    /// Names of variables whose annotations could not be read.
    pub(crate) broken: Vec<String>,
    /// `@effect`
    pub(crate) effect: Option<(Effect, Span)>,
    /// `@guest`: the component that holds its code.
    pub(crate) guest: Option<Name>,
    /// What an `@after` follows.
    pub(crate) follows: Option<Follows>,
    pub(crate) examples: Vec<Example>,
    pub(crate) steps: Vec<Step>,
}

/// Which calls an `@after` runs after.
#[derive(Clone, Debug, Default)]
pub(crate) struct Follows {
    /// Roles of the tools; none named: every role but `assert`.
    pub(crate) roles: Vec<Role>,
    /// Names of the tools; none named: all.
    pub(crate) tools: Vec<Name>,
}

/// `@example`: a call on the pack's initial state and what is expected of it.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    /// What it shows.
    pub(crate) title: String,
    /// Where `@example` stands.
    pub(crate) span: Span,
    /// `@given`: calls that come before, with the tool's name.
    pub(crate) given: Vec<(Name, Value)>,
    /// `@call`: the arguments.
    pub(crate) call: Option<Value>,
    /// `@gives` or `@fails`.
    pub(crate) expected: Option<Expected>,
    /// `@changes`: lines of the difference; an empty list where nothing may change.
    pub(crate) changes: Option<Vec<String>>,
}

/// What an example's call should come to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expected {
    /// `@gives`: this result.
    Result(Value),
    /// `@fails`: a tool error, with this text where it is given.
    Failure { code: ToolErrorCode, message: Option<String> },
}

/// `@steps`: steps that tools share.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Name,
    /// Names of variables whose annotations could not be read.
    pub(crate) broken: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// A JSON value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// `@param`.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
    pub(crate) optional: bool,
    pub(crate) default: Option<Literal>,
    pub(crate) options: Options,
    pub(crate) doc: String,
}

/// What may follow the type of a parameter or of a member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) choices: Option<Vec<Literal>>,
    pub(crate) schema: Option<Literal>,
    /// Keywords of JSON Schema, in the order in which they were written: `minimum`, `maxLength`, `pattern`, …
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) refs: Vec<Ref>,
    /// `open()`: members besides those named are accepted, and ignored.
    pub(crate) open: Option<Span>,
    /// `unused()`: the tool takes it and does nothing with it.
    pub(crate) unused: bool,
}

/// `min(…)`, `length(…)`, `pattern(…)` and their like: one keyword of JSON Schema.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    pub(crate) keyword: &'static str,
    pub(crate) value: Value,
    pub(crate) span: Span,
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
    List(Box<Type>),
    /// `list(column type, …)`
    Rows(Vec<Member>),
    /// `object(member type, …)`
    Object(Vec<Member>),
}

/// A column of `list(column type, …)`, or a member of `object(member type, …)`.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
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
    /// `@id`: a value that no row of `table` has in `column` yet.
    Id {
        name: Name,
        table: Name,
        column: Name,
        from: IdSource,
        otherwise: Option<Failure>,
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
    /// `@return = expr`
    Give {
        expr: Sql,
    },
}

/// Where a new id comes from.
#[derive(Debug)]
pub(crate) enum IdSource {
    /// Nothing is said: the keyed hash that fits the column's type.
    Hash,
    /// `= expr`, in which `:n` counts the attempts.
    Expr(Sql),
    /// `from table.column`: the first value of a pool, in the order of its key, that is not taken.
    Pool { table: Name, column: Name },
}

/// A statement or an expression.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    pub(crate) span: Span,
    pub(crate) tokens: Vec<Token>,
}

impl Sql {
    /// Its first word.
    pub(crate) fn first(&self) -> Span {
        self.tokens.first().map_or(self.span, |token| Span::new(self.span.file, token.start, token.end))
    }

    /// Where it says `word`, outside of brackets at the latest; its first word where it does not.
    pub(crate) fn word(&self, file: &str, word: &str) -> Span {
        let found = self.tokens.iter().rev().find(|token| token.is(file, word));
        found.map_or(self.first(), |token| Span::new(self.span.file, token.start, token.end))
    }
}

/// `else [code] "message"`.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// `None`: the default of the construct.
    pub(crate) code: Option<ToolErrorCode>,
    pub(crate) message: Vec<Part>,
    /// From `else` to the end of the message.
    pub(crate) span: Span,
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
