//! `@return` and `@table`: rows become JSON inside SQLite.

use super::Lowerer;
use super::step::many;
use crate::ast::{Failure, Name, Sql};
use crate::diagnostic::Span;
use crate::ir::{Condition, Op, Text as EndText};
use crate::order::{self, Shape};
use crate::scope::{Scope, Variable};
use crate::text::{Text, quote};
use wardian_format::ToolErrorCode;

impl Lowerer<'_, '_, '_> {
    /// The author's SELECT is wrapped so that SQLite writes the JSON. The inner LIMIT keeps SQLite from merging
    /// it into the outer SELECT: merged, a column that is used twice would be computed twice, and JSON text would
    /// or would not be taken for JSON depending on the plan.
    pub(super) fn result(&mut self, list: bool, otherwise: Option<&Failure>, sql: &Sql, scope: &Scope, ops: &mut Vec<Op>) -> Option<()> {
        let single = if list {
            self.need_order(sql, "`@return list` needs an order of rows");
            true
        } else {
            self.check_order(sql).single
        };
        if let Some(failure) = otherwise.filter(|_| list) {
            self.report.error(failure.span, "`@return list` takes no `else`", Some("no rows are an empty list"));
        }
        let (inner, prepared) = self.select(sql, scope)?;
        self.check_json_text(sql);
        self.check_columns(&prepared.columns, sql)?;
        let text = as_json(inner, list, &prepared.columns);
        self.prepare(&text, sql.span)?;
        let slot = self.query(text, ops);
        if !list {
            let then = self.failure(otherwise, ToolErrorCode::NotFound, "not found", scope);
            ops.push(Op::If { condition: Condition::Empty(slot), then, otherwise: Vec::new() });
        }
        if !single {
            ops.push(many(slot, "@return"));
        }
        ops.push(Op::Return { text: EndText::Cell(slot) });
        Some(())
    }

    /// `@return = expr`: one value.
    pub(super) fn give(&mut self, expr: &Sql, scope: &Scope, ops: &mut Vec<Op>) -> Option<()> {
        self.check_order(expr);
        self.check_json_text(expr);
        let mut inner = Text::default();
        inner.constant("SELECT (");
        self.author(&mut inner, expr, scope)?;
        inner.constant(")");
        self.prepare(&inner, expr.span)?;
        let text = as_json(inner, false, &["value".to_owned()]);
        self.prepare(&text, expr.span)?;
        let slot = self.query(text, ops);
        ops.push(Op::Return { text: EndText::Cell(slot) });
        Some(())
    }

    pub(super) fn table(&mut self, name: &Name, sql: &Sql, scope: &mut Scope, ops: &mut Vec<Op>) {
        self.need_order(sql, "`@table` needs an order of rows");
        let Some((inner, prepared)) = self.select(sql, scope) else {
            self.declare(name, Variable::Broken, scope);
            return;
        };
        let columns = prepared.columns;
        self.check_columns(&columns, sql);
        if let Some(i) = columns.iter().position(|column| column == "pos") {
            let place = self.column_span(sql, i);
            self.report.error(place, "a `@table` has a column `pos` of its own", Some("give yours another name"));
        }
        let cells: Vec<String> = (0..columns.len()).map(cell).collect();
        let head = format!("WITH _w({}) AS (", names(columns.len()));
        let tail = format!(") SELECT json_group_array(json_array({})) FROM (SELECT * FROM _w LIMIT -1)", cells.join(", "));
        let text = inner.wrap(&head, &tail);
        self.prepare(&text, sql.span);
        let slot = self.query(text, ops);
        self.watch(name, "@table");
        self.declare(name, Variable::Table { slot, columns }, scope);
    }

    /// Reports where order matters inside a statement.
    pub(super) fn check_order(&mut self, sql: &Sql) -> Shape {
        let (shape, found) = order::check(self.report.text(sql.span.file), sql);
        for unordered in found {
            self.report.error(unordered.span, unordered.message, Some(unordered.hint));
        }
        shape
    }

    /// As [`Self::check_order`], for a statement whose rows are all used.
    pub(super) fn need_order(&mut self, sql: &Sql, message: &str) {
        let shape = self.check_order(sql);
        if !shape.ordered && !shape.single {
            self.report.error(sql.first(), message, Some("add ORDER BY with a key that no two rows share"));
        }
    }

    /// Several columns become members of an object: each needs a name of its own.
    fn check_columns(&mut self, columns: &[String], sql: &Sql) -> Option<()> {
        if columns.len() < 2 {
            return Some(());
        }
        let is_name = |c: &str| !c.is_empty() && !c.contains(|c: char| c.is_whitespace() || "()'\",?:".contains(c));
        let nameless = columns.iter().position(|c| !is_name(c));
        let double = columns.iter().enumerate().position(|(i, c)| columns[..i].contains(c));
        match (nameless, double) {
            (Some(i), _) => {
                let place = self.column_span(sql, i);
                self.report.error(place, format!("column {} of the result has no name", i + 1), Some("write `AS name` after it"));
                None
            }
            (None, Some(i)) => {
                let place = self.column_span(sql, i);
                let hint = Some("write `AS name` after one of them");
                self.report.error(place, format!("two columns of the result are called `{}`", columns[i]), hint);
                None
            }
            (None, None) => Some(()),
        }
    }

    /// Column `wanted`, counted from 0, of a SELECT; its first word where a `*` or a WITH makes that unclear.
    pub(super) fn column_span(&self, sql: &Sql, wanted: usize) -> Span {
        let file = self.report.text(sql.span.file);
        let (mut depth, mut column) = (0, 0);
        let mut found: Option<Span> = None;
        if !sql.tokens.first().is_some_and(|t| t.is(file, "select")) {
            return sql.first();
        }
        let mut starts = true;
        for token in sql.tokens.iter().skip(1) {
            let all = token.text(file) == "*" && std::mem::replace(&mut starts, false);
            match token.text(file) {
                _ if all && depth == 0 => return sql.first(),
                "(" => depth += 1,
                ")" => depth -= 1,
                "." => starts = true,
                "," if depth == 0 => {
                    (column, starts) = (column + 1, true);
                    continue;
                }
                _ if depth == 0 && ["from", "union", "order", "limit", "where"].iter().any(|word| token.is(file, word)) => break,
                _ => {}
            }
            if column == wanted && !token.is(file, "distinct") {
                let span = Span::new(sql.span.file, token.start, token.end);
                found = Some(found.map_or(span, |first| first.to(span)));
            }
        }
        found.unwrap_or(sql.first())
    }

    /// A top-level `json_object(…)` would be returned as a string: TEXT is a JSON string.
    fn check_json_text(&mut self, sql: &Sql) {
        let file = self.report.text(sql.span.file);
        let mut depth = 0;
        // An expression of its own starts where a column may start.
        let mut head = !sql.tokens.first().is_some_and(|t| ["select", "with", "values"].iter().any(|word| t.is(file, word)));
        for (i, token) in sql.tokens.iter().enumerate() {
            let name = token.text(file).to_ascii_lowercase();
            let opens = sql.tokens.get(i + 1).is_some_and(|t| t.is_punct(file, "("));
            let makes_text = matches!(name.as_str(), "json" | "json_object" | "json_array" | "json_group_array" | "json_group_object");
            if depth == 0 && head && opens && makes_text {
                let span = Span::new(sql.span.file, token.start, token.end);
                let binary = name.replacen("json", "jsonb", 1);
                self.report.error(span, format!("`{name}` makes text, which is returned as a string"), Some(&format!("write `{binary}`")));
            }
            match name.as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            head = depth == 0 && (token.is(file, "select") || token.is(file, "distinct") || name == ",");
            if depth == 0 && token.is(file, "from") {
                break;
            }
        }
    }
}

/// The rows of `inner` as JSON text: all of them as an array, or one as a value or an object.
fn as_json(inner: Text, list: bool, columns: &[String]) -> Text {
    let head = format!("WITH _w({}) AS (", names(columns.len()));
    let row = if columns.len() == 1 { cell(0) } else { object(columns) };
    let tail = match (list, columns.len()) {
        (true, _) => format!(") SELECT json_group_array({row}) FROM (SELECT * FROM _w LIMIT -1)"),
        (false, 1) => format!(") SELECT json_quote({row}) FROM (SELECT * FROM _w LIMIT 2) LIMIT 2"),
        (false, _) => format!(") SELECT {row} FROM (SELECT * FROM _w LIMIT 2) LIMIT 2"),
    };
    inner.wrap(&head, &tail)
}

fn names(count: usize) -> String {
    (0..count).map(|i| format!("_{i}")).collect::<Vec<_>>().join(", ")
}

/// Column `i` as a JSON value: a BLOB is JSONB, a TEXT is a string whatever made it.
fn cell(i: usize) -> String {
    format!("iif(typeof(_{i}) = 'text', _{i} || '', _{i})")
}

fn object(columns: &[String]) -> String {
    let members: Vec<String> = columns.iter().enumerate().map(|(i, name)| format!("{}, {}", quote(name), cell(i))).collect();
    format!("json_object({})", members.join(", "))
}
