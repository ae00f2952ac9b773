//! Types of parameters against types of columns, as far as a statement shows them: a lone variable that is put into a
//! column, or compared with one.
//!
//! This looks at tokens, not at a tree of the statement: it finds what is plainly wrong and says nothing of the rest.

use crate::ast::{Scalar, Sql, Type};
use crate::diagnostic::{Report, Severity, Span};
use crate::lexer::{Kind, Token};
use crate::scope::{Scope, Variable};
use wardian_state::{Column, Schema, Table};

impl Scalar {
    /// As it is written.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Boolean => "boolean",
            Self::Json => "json",
        }
    }
}

/// True where some value of `scalar` can stand in a column of this type.
pub(crate) fn suits(scalar: Scalar, column: &str) -> bool {
    match scalar {
        Scalar::Text => matches!(column, "TEXT" | "ANY"),
        Scalar::Integer => matches!(column, "INTEGER" | "REAL" | "ANY"),
        Scalar::Real => matches!(column, "REAL" | "INTEGER" | "ANY"),
        Scalar::Boolean => matches!(column, "INTEGER" | "ANY"),
        Scalar::Json => true,
    }
}

/// Functions whose modifiers may ask for the time zone of the host, which no tool has.
const TIME: [&str; 6] = ["date", "time", "datetime", "julianday", "unixepoch", "strftime"];

/// Looks for the modifiers `localtime` and `utc`: SQLite prepares them, and the host refuses them when they run.
pub(crate) fn check_zones(sql: &Sql, report: &mut Report<'_>) {
    let file = report.text(sql.span.file);
    let mut functions: Vec<&str> = Vec::new();
    for (i, token) in sql.tokens.iter().enumerate() {
        let text = token.text(file);
        match text {
            "(" => functions.push(i.checked_sub(1).map_or("", |i| sql.tokens[i].text(file))),
            ")" => drop(functions.pop()),
            _ if token.kind == Kind::Text && ["'localtime'", "'utc'"].iter().any(|zone| text.eq_ignore_ascii_case(zone)) => {
                let function = functions.last().copied().unwrap_or_default();
                if TIME.iter().any(|name| name.eq_ignore_ascii_case(function)) {
                    let span = Span::new(sql.span.file, token.start, token.end);
                    let hint = Some("times are UTC; shift them by hours: `datetime(:now, '+2 hours')`");
                    report.error(span, format!("{text} asks for the time zone of the host, which no tool knows"), hint);
                }
            }
            _ => {}
        }
    }
}

/// Looks for parameters in places that cannot hold them.
pub(crate) fn check(sql: &Sql, scope: &Scope, schema: &Schema, report: &mut Report<'_>) {
    let file = report.text(sql.span.file);
    let look = Look { file, tokens: &sql.tokens, scope, schema };
    let starts = |word: &str| word == "," || word.eq_ignore_ascii_case("set");
    let assigned = |at: usize| at >= 3 && at < look.assignments_end() && starts(look.text(at - 3));
    for (at, column) in look.compared() {
        let severity = if assigned(at) { Severity::Error } else { Severity::Warning };
        look.complain(severity, at, column, sql, report);
    }
    for (at, column) in look.inserted() {
        look.complain(Severity::Error, at, column, sql, report);
    }
}

struct Look<'l> {
    file: &'l str,
    tokens: &'l [Token],
    scope: &'l Scope,
    schema: &'l Schema,
}

impl<'l> Look<'l> {
    fn text(&self, i: usize) -> &'l str {
        self.tokens.get(i).map_or("", |t| t.text(self.file))
    }

    fn is_name(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Name))
    }

    /// The type of a lone scalar parameter at token `i`.
    fn scalar(&self, i: usize) -> Option<Scalar> {
        let token = self.tokens.get(i).filter(|t| t.kind == Kind::Variable)?;
        let name = token.text(self.file).strip_prefix(':')?;
        match self.scope.peek(name)? {
            Variable::Param(param) => match param.ty {
                Type::Scalar(scalar) => Some(scalar),
                _ => None,
            },
            _ => None,
        }
    }

    /// Where the SET of an UPDATE is over; 0 in any other statement. What is put into a column must fit it, while a comparison of
    /// two kinds is only suspicious: a name may stand for something else than the column of that name.
    fn assignments_end(&self) -> usize {
        if !self.text(0).eq_ignore_ascii_case("update") {
            return 0;
        }
        let mut depth = 0;
        for i in 0..self.tokens.len() {
            match self.text(i) {
                "(" => depth += 1,
                ")" => depth -= 1,
                word if depth == 0 && ["where", "from"].iter().any(|end| word.eq_ignore_ascii_case(end)) => return i,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// `column = :p` and `:p = column`, in conditions and in SET.
    fn compared(&self) -> Vec<(usize, &'l Column)> {
        let equals = (0..self.tokens.len()).filter(|i| matches!(self.text(*i), "=" | "==" | "<>" | "!="));
        equals
            .flat_map(|i| [(i.wrapping_sub(1), i + 1, true), (i + 1, i.wrapping_sub(1), false)])
            .filter_map(|side| self.side(side))
            .collect()
    }

    /// A column at `column` whose other side is the lone parameter at `param`.
    fn side(&self, (column, param, before): (usize, usize, bool)) -> Option<(usize, &'l Column)> {
        self.scalar(param)?;
        // An operator next to the parameter makes an expression of it.
        let beyond = if before { param + 1 } else { param.wrapping_sub(1) };
        let operator = ["+", "-", "*", "/", "%", "||", "->", "->>", "&", "|", "<<", ">>", "."];
        if operator.contains(&self.text(beyond)) || !self.is_name(column) {
            return None;
        }
        let column_side = if before { column.wrapping_sub(1) } else { column + 1 };
        if operator[..12].contains(&self.text(column_side)) || self.text(column_side) == "(" && !before {
            return None;
        }
        // For `t.c` the name that counts is the last one.
        let last = if !before && self.text(column + 1) == "." { column + 2 } else { column };
        self.column(self.text(last)).map(|found| (param, found))
    }

    /// The column called `name`, where all tables that the statement names and that have one agree on its type.
    fn column(&self, name: &str) -> Option<&'l Column> {
        let name = name.trim_matches(['"', '`', '[', ']']);
        let named = |table: &&'l Table| self.tokens.iter().any(|t| t.text(self.file).trim_matches('"').eq_ignore_ascii_case(&table.name));
        let columns = self.schema.tables.iter().filter(named).flat_map(|t| &t.columns).filter(|c| c.name.eq_ignore_ascii_case(name));
        let found: Vec<&Column> = columns.collect();
        let first = *found.first()?;
        found.iter().all(|column| column.type_name == first.type_name).then_some(first)
    }

    /// `INSERT INTO t (a, b) VALUES (:p, …)`: the lone parameters with their columns.
    fn inserted(&self) -> Vec<(usize, &'l Column)> {
        let Some(into) = (0..self.tokens.len()).find(|i| self.text(*i).eq_ignore_ascii_case("into")) else { return Vec::new() };
        let Some(table) = self.schema.tables.iter().find(|t| t.name == self.text(into + 1).trim_matches('"')) else { return Vec::new() };
        let mut at = into + 2;
        let names: Vec<&str> = if self.text(at) == "(" {
            let end = (at..self.tokens.len()).find(|i| self.text(*i) == ")").unwrap_or(at);
            let names = (at + 1..end).filter(|i| self.is_name(*i)).map(|i| self.text(i).trim_matches('"')).collect();
            at = end + 1;
            names
        } else {
            table.columns.iter().filter(|c| !c.generated).map(|c| c.name.as_str()).collect()
        };
        if !self.text(at).eq_ignore_ascii_case("values") {
            return Vec::new();
        }
        self.values(at + 1, &names, table)
    }

    /// The rows of VALUES from token `at` on.
    fn values(&self, at: usize, names: &[&str], table: &'l Table) -> Vec<(usize, &'l Column)> {
        let (mut depth, mut place, mut out) = (0, 0, Vec::new());
        for i in at..self.tokens.len() {
            match self.text(i) {
                "(" => {
                    depth += 1;
                    place = if depth == 1 { 0 } else { place };
                }
                ")" => depth -= 1,
                "," if depth == 1 => place += 1,
                "," => {}
                // The rows are over: what follows is a clause, such as ON CONFLICT.
                _ if depth == 0 => break,
                _ => {
                    let lone = depth == 1 && matches!(self.text(i - 1), "(" | ",") && matches!(self.text(i + 1), ")" | ",");
                    let column = names.get(place).and_then(|name| table.columns.iter().find(|c| c.name == *name));
                    if let (true, Some(column), Some(_)) = (lone, column, self.scalar(i)) {
                        out.push((i, column));
                    }
                }
            }
        }
        out
    }

    fn complain(&self, severity: Severity, at: usize, column: &Column, sql: &Sql, report: &mut Report<'_>) {
        let Some(scalar) = self.scalar(at).filter(|scalar| !suits(*scalar, &column.type_name)) else { return };
        let token = self.tokens[at];
        let span = Span::new(sql.span.file, token.start, token.end);
        let message = format!("`{}` is {}, and the column `{}` is {}", token.text(self.file), scalar.word(), column.name, column.type_name);
        let hint = format!(
            "declare the parameter with the column's type, or convert it: `CAST({} AS {})`",
            token.text(self.file),
            column.type_name
        );
        match severity {
            Severity::Error => report.error(span, message, Some(&hint)),
            Severity::Warning => report.warning(span, message, Some(&hint)),
        }
    }
}
