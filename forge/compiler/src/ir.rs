//! The intermediate representation: control flow over constant SQL. What is left of a tool once names, types
//! and messages are compiled into the statements.

use std::fmt;
use wardian_format::ToolErrorCode;

/// A compiled tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolIr {
    /// Name that agents use.
    pub name: String,
    /// Name of the component's export.
    pub export: String,
    /// The statements, in order of first use, each once.
    pub sql: Vec<String>,
    /// How many results are kept at once.
    pub slots: u32,
    /// How many loops there are.
    pub loops: u32,
    /// What it does.
    pub body: Vec<Op>,
}

/// The place that holds the result of a query.
pub type Slot = u32;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Runs statement `sql` and keeps its rows in `slot`.
    Query {
        /// Index in [`ToolIr::sql`].
        sql: u32,
        /// Values of `?1`, `?2`, …
        params: Vec<Param>,
        /// Where the rows go.
        slot: Slot,
    },
    /// Runs statement `sql` for its effect.
    Execute {
        /// Index in [`ToolIr::sql`].
        sql: u32,
        /// Values of `?1`, `?2`, …
        params: Vec<Param>,
        /// What to do when a constraint of the schema does not hold; nothing here means: fail with `conflict`
        /// and the words of the database.
        on_constraint: Vec<Op>,
        /// What to do when no row changed.
        on_none: Vec<Op>,
    },
    /// Branches.
    If {
        /// On what.
        condition: Condition,
        /// Where it holds.
        then: Vec<Op>,
        /// Where it does not.
        otherwise: Vec<Op>,
    },
    /// Runs `body` once for each row of `slot`, in order.
    Each {
        /// The rows.
        slot: Slot,
        /// Number of the loop, for [`Param::Item`].
        item: u32,
        /// What to do.
        body: Vec<Op>,
    },
    /// Ends the call with a tool error.
    Fail {
        /// Its code; `None` where the first character of the text is the code's number.
        code: Option<ToolErrorCode>,
        /// Its text.
        text: Text,
    },
    /// Ends the call with a result: JSON text.
    Return {
        /// The result.
        text: Text,
    },
}

/// A condition on a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It has no row.
    Empty(Slot),
    /// It has a row.
    Found(Slot),
    /// It has more than one row.
    Many(Slot),
    /// Its first cell is an integer other than 0.
    True(Slot),
    /// It has a row, and its first cell is not NULL.
    Some(Slot),
}

/// A text to end with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// This one.
    Constant(String),
    /// The first cell of a result.
    Cell(Slot),
}

/// The value of a parameter of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// The argument document.
    Args,
    /// A cell of the first row of a result; NULL where there is no row.
    Cell(Slot, u32),
    /// 1 where a result has a row, else 0.
    Found(Slot),
    /// A cell of the row that a loop is at.
    Item(u32, u32),
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Args => f.write_str("args"),
            Self::Cell(slot, column) => write!(f, "s{slot}.{column}"),
            Self::Found(slot) => write!(f, "s{slot}?"),
            Self::Item(item, column) => write!(f, "i{item}.{column}"),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(text) => write!(f, "{text:?}"),
            Self::Cell(slot) => write!(f, "s{slot}"),
        }
    }
}

impl fmt::Display for ToolIr {
    /// One operation a line, blocks indented: for golden tests and for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "tool {} as {}", self.name, self.export)?;
        write_ops(f, self, &self.body, 1)
    }
}

fn write_ops(f: &mut fmt::Formatter<'_>, tool: &ToolIr, ops: &[Op], depth: usize) -> fmt::Result {
    ops.iter().try_for_each(|op| write_op(f, tool, op, depth))
}

fn write_op(f: &mut fmt::Formatter<'_>, tool: &ToolIr, op: &Op, depth: usize) -> fmt::Result {
    let pad = "  ".repeat(depth);
    let statement = |sql: &u32, params: &[Param]| {
        let params: Vec<String> = params.iter().map(ToString::to_string).collect();
        format!("({}) {}", params.join(", "), tool.sql[*sql as usize])
    };
    match op {
        Op::Query { sql, params, slot } => writeln!(f, "{pad}s{slot} = query {}", statement(sql, params)),
        Op::Execute { sql, params, on_constraint, on_none } => {
            writeln!(f, "{pad}execute {}", statement(sql, params))?;
            for (label, ops) in [("constraint", on_constraint), ("none", on_none)] {
                if !ops.is_empty() {
                    writeln!(f, "{pad}on {label}")?;
                    write_ops(f, tool, ops, depth + 1)?;
                }
            }
            Ok(())
        }
        Op::If { condition, then, otherwise } => {
            let shown = match condition {
                Condition::Empty(slot) => format!("s{slot} is empty"),
                Condition::Found(slot) => format!("s{slot} has a row"),
                Condition::Many(slot) => format!("s{slot} has many rows"),
                Condition::True(slot) => format!("s{slot} is true"),
                Condition::Some(slot) => format!("s{slot} is some"),
            };
            writeln!(f, "{pad}if {shown}")?;
            write_ops(f, tool, then, depth + 1)?;
            if !otherwise.is_empty() {
                writeln!(f, "{pad}else")?;
                write_ops(f, tool, otherwise, depth + 1)?;
            }
            Ok(())
        }
        Op::Each { slot, item, body } => {
            writeln!(f, "{pad}for i{item} in s{slot}")?;
            write_ops(f, tool, body, depth + 1)
        }
        Op::Fail { code, text } => writeln!(f, "{pad}fail {} {text}", code.map_or("coded", ToolErrorCode::word)),
        Op::Return { text } => writeln!(f, "{pad}return {text}"),
    }
}
