//! The steps but for `@return`.

use super::Lowerer;
use crate::ast::{Failure, Name, Sql, Step, StepKind};
use crate::diagnostic::Span;
use crate::ir::{Condition, Op, Param, Slot, Text as EndText};
use crate::lexer::{Kind, Token};
use crate::scope::{Scope, Variable};
use crate::text::{Text, quote};
use wardian_format::ToolErrorCode;

impl Lowerer<'_, '_, '_> {
    /// `@require`, and those that follow directly: one query that yields the first message that applies.
    pub(super) fn requires(&mut self, steps: &[Step], scope: &Scope, ops: &mut Vec<Op>) -> usize {
        let guards: Vec<(&Sql, &Failure)> = steps.iter().map_while(guard).collect();
        let code = |failure: &Failure| failure.code.unwrap_or(ToolErrorCode::Other);
        let first = guards.first().map(|(_, failure)| code(failure));
        let same = guards.iter().all(|(_, failure)| Some(code(failure)) == first);
        let mut text = Text::default();
        text.constant("SELECT CASE");
        let mut good = true;
        for (expr, failure) in &guards {
            text.constant(" WHEN (");
            good &= self.author(&mut text, expr, scope).is_some();
            text.constant(") IS NOT TRUE THEN ");
            if !same {
                text.constant(&quote(&(code(failure) as u8).to_string())).constant(" || ");
            }
            good &= text.message(&failure.message, scope, self.report).is_some();
        }
        text.constant(" END");
        if good && let (Some((first, _)), Some((last, _))) = (guards.first(), guards.last()) {
            for (expr, _) in &guards {
                self.check_order(expr);
            }
            if self.prepare(&text, first.span.to(last.span)).is_some() {
                let slot = self.query(text, ops);
                let fail = Op::Fail { code: same.then(|| code(guards[0].1)), text: EndText::Cell(slot) };
                ops.push(Op::If { condition: Condition::Some(slot), then: vec![fail], otherwise: Vec::new() });
            }
        }
        guards.len()
    }

    /// `@let`, and those that follow directly without needing it: one query.
    pub(super) fn lets(&mut self, steps: &[Step], scope: &mut Scope, ops: &mut Vec<Op>) -> usize {
        let mut names: Vec<&Name> = Vec::new();
        let mut text = Text::default();
        text.constant("SELECT ");
        let mut good = true;
        let mut span: Option<Span> = None;
        for step in steps {
            let StepKind::Let { name, expr } = &step.kind else { break };
            if self.mentions(expr, &names) {
                break;
            }
            text.constant(if names.is_empty() { "(" } else { ", (" });
            good &= self.author(&mut text, expr, scope).is_some();
            text.constant(")");
            self.check_order(expr);
            span = Some(span.map_or(expr.span, |span| span.to(expr.span)));
            names.push(name);
        }
        // The variables exist even after a mistake, so that it is reported once.
        let good = good && self.prepare(&text, span.unwrap_or(steps[0].span)).is_some();
        let slot = if good { self.query(text, ops) } else { 0 };
        for (column, name) in names.iter().enumerate() {
            let cell = Param::Cell(slot, u32::try_from(column).expect("fewer than 2^32 columns"));
            self.watch(name, "@let");
            self.declare(name, Variable::Let(cell), scope);
        }
        names.len()
    }

    /// True where `expr` names one of `names`.
    fn mentions(&self, expr: &Sql, names: &[&Name]) -> bool {
        let file = self.report.text(expr.span.file);
        let of = |token: &Token| token.kind == Kind::Variable && names.iter().any(|name| token.text(file)[1..] == name.text);
        expr.tokens.iter().any(of)
    }

    pub(super) fn declare(&mut self, name: &Name, variable: Variable, scope: &mut Scope) {
        if !scope.add(&name.text, variable) {
            self.report.error(name.span, format!("the name `{}` is taken", name.text), Some("a variable is set once"));
        }
    }

    pub(super) fn row(
        &mut self,
        name: &Name,
        optional: bool,
        otherwise: Option<&Failure>,
        sql: &Sql,
        scope: &mut Scope,
        ops: &mut Vec<Op>,
    ) {
        let single = self.check_order(sql).single;
        let Some((text, prepared)) = self.select(sql, scope) else {
            // Any column of it will be taken for one that exists nowhere; one mistake is enough.
            self.declare(name, Variable::Broken, scope);
            return;
        };
        let slot = self.query(text, ops);
        if !optional {
            let words = format!("{} not found", name.text.replace('_', " "));
            let then = self.failure(otherwise, ToolErrorCode::NotFound, &words, scope);
            ops.push(Op::If { condition: Condition::Empty(slot), then, otherwise: Vec::new() });
        } else {
            self.watch(name, "@row");
        }
        if let Some(failure) = otherwise.filter(|_| optional) {
            self.report.error(failure.span, "`@row` with `?` takes no `else`", Some("no row leaves all its columns NULL"));
        }
        if !single {
            ops.push(many(slot, &format!("@row {}", name.text)));
        }
        self.declare(name, Variable::Row { slot, columns: prepared.columns, optional }, scope);
    }

    pub(super) fn reject(&mut self, code: ToolErrorCode, sql: &Sql, scope: &Scope, ops: &mut Vec<Op>) -> Option<()> {
        self.need_order(sql, "`@reject` takes the first text, and the rows come in no stated order");
        let (inner, prepared) = self.select(sql, scope)?;
        if prepared.columns.len() != 1 {
            let second = self.column_span(sql, 1);
            self.report.error(second, "the SELECT of `@reject` has one column: the message", None);
            return None;
        }
        let text = inner.wrap("WITH _w(_0) AS (", ") SELECT CAST(_0 AS TEXT) FROM _w WHERE _0 IS NOT NULL LIMIT 1");
        self.prepare(&text, sql.span)?;
        let slot = self.query(text, ops);
        let fail = Op::Fail { code: Some(code), text: EndText::Cell(slot) };
        ops.push(Op::If { condition: Condition::Some(slot), then: vec![fail], otherwise: Vec::new() });
        Some(())
    }

    pub(super) fn exec(&mut self, some: bool, otherwise: Option<&Failure>, sql: &Sql, scope: &Scope, ops: &mut Vec<Op>) -> Option<()> {
        let file = self.report.text(sql.span.file);
        let first = sql.tokens.first()?;
        if ["select", "values"].iter().any(|word| first.is(file, word)) {
            let hint = Some("put `@row`, `@table`, `@reject` or `@return` before it");
            self.report.error(sql.first(), "the result of this SELECT goes nowhere", hint);
            return None;
        }
        if !["insert", "update", "delete", "replace", "with"].iter().any(|word| first.is(file, word)) {
            self.report.error(sql.first(), "a tool may only SELECT, INSERT, UPDATE and DELETE", None);
            return None;
        }
        let pairs = sql.tokens.windows(2);
        if let Some(pair) = pairs.into_iter().find(|p| p[0].is(file, "or") && ["rollback", "fail"].iter().any(|w| p[1].is(file, w))) {
            let span = Span::new(sql.span.file, pair[0].start, pair[1].end);
            self.report.error(span, "this conflict clause would leave the call half done", Some("a failed call is undone as a whole"));
            return None;
        }
        self.check_order(sql);
        let mut text = Text::default();
        self.author(&mut text, sql, scope)?;
        let prepared = self.prepare(&text, sql.span)?;
        if !prepared.columns.is_empty() {
            self.report.error(sql.word(file, "returning"), "RETURNING is not supported", Some("read the row back with `@row`"));
            return None;
        }
        self.writes |= !prepared.read_only;
        self.written.add(&prepared);
        let ending = match otherwise {
            Some(failure) => self.failure(Some(failure), if some { ToolErrorCode::NotFound } else { ToolErrorCode::Conflict }, "", scope),
            None if some => self.failure(None, ToolErrorCode::NotFound, "nothing to change", scope),
            None => Vec::new(),
        };
        let (on_constraint, on_none) = if some { (Vec::new(), ending) } else { (ending, Vec::new()) };
        self.args |= text.whole_args;
        let statement = self.intern(text.sql);
        ops.push(Op::Execute { sql: statement, params: text.params, on_constraint, on_none });
        Some(())
    }

    pub(super) fn when(&mut self, condition: &Sql, then: &[Step], otherwise: &[Step], scope: &Scope, ops: &mut Vec<Op>) -> bool {
        if let Some(slot) = self.optional_row(condition, scope) {
            // Whether a row was found needs no query.
            let (then, then_ends) = self.steps(then, &mut scope.clone());
            let (otherwise, otherwise_ends) = self.steps(otherwise, &mut scope.clone());
            ops.push(Op::If { condition: Condition::Found(slot), then, otherwise });
            return then_ends && otherwise_ends;
        }
        let mut text = Text::default();
        text.constant("SELECT (");
        let good = self.author(&mut text, condition, scope).is_some();
        text.constant(") IS TRUE");
        self.check_order(condition);
        let good = good && self.prepare(&text, condition.span).is_some();
        let slot = if good { self.query(text, ops) } else { 0 };
        let (then, then_ends) = self.steps(then, &mut scope.clone());
        let (otherwise, otherwise_ends) = self.steps(otherwise, &mut scope.clone());
        ops.push(Op::If { condition: Condition::True(slot), then, otherwise });
        then_ends && otherwise_ends
    }

    /// The slot of `r`, where the condition is just `:r?`.
    fn optional_row(&self, condition: &Sql, scope: &Scope) -> Option<Slot> {
        let [token] = condition.tokens.as_slice() else { return None };
        let file = self.report.text(condition.span.file);
        let name = token.text(file).strip_prefix(':')?.strip_suffix('?')?;
        match *scope.get(name)? {
            Variable::Row { slot, optional: true, .. } => Some(slot),
            _ => None,
        }
    }

    pub(super) fn each(&mut self, name: &Name, table: &Name, body: &[Step], scope: &Scope, ops: &mut Vec<Op>) {
        let mut inner = scope.clone();
        let mut text = Text::default();
        text.constant("SELECT * FROM ");
        let good = text.table(table, scope, self.report).is_some();
        text.constant(" ORDER BY pos");
        let prepared = if good { self.prepare(&text, table.span) } else { None };
        let Some(prepared) = prepared else {
            self.declare(name, Variable::Broken, &mut inner);
            self.steps(body, &mut inner);
            return;
        };
        let slot = self.query(text, ops);
        let item = self.ir.loops;
        self.ir.loops += 1;
        self.declare(name, Variable::Item { item, columns: prepared.columns }, &mut inner);
        let (body, _) = self.steps(body, &mut inner);
        ops.push(Op::Each { slot, item, body });
    }

    pub(super) fn expand(&mut self, name: &Name, scope: &mut Scope, ops: &mut Vec<Op>) -> bool {
        let Some((key, group)) = self.world.groups.get_key_value(name.text.as_str()).map(|(k, g)| (*k, *g)) else {
            let near = crate::diagnostic::nearest(&name.text, self.world.groups.keys().copied());
            let hint = near.map(|near| format!("did you mean `@use {near}`?"));
            self.report.error(name.span, format!("there is no `@steps {}`", name.text), hint.as_deref());
            return false;
        };
        if self.using.contains(&name.text) {
            self.report.error(name.span, format!("`@steps {}` uses itself", name.text), None);
            return false;
        }
        self.world.used.insert(key);
        self.using.push(name.text.clone());
        scope.add_broken(&group.broken);
        let (inner, ended) = self.steps(&group.steps, scope);
        self.using.pop();
        ops.extend(inner);
        ended
    }
}

fn guard(step: &Step) -> Option<(&Sql, &Failure)> {
    match &step.kind {
        StepKind::Require { expr, otherwise } => Some((expr, otherwise)),
        _ => None,
    }
}

/// Fails where a result that must be a single row has more.
pub(super) fn many(slot: u32, what: &str) -> Op {
    let text = EndText::Constant(format!("`{what}` found more than one row"));
    let then = vec![Op::Fail { code: Some(ToolErrorCode::Other), text }];
    Op::If { condition: Condition::Many(slot), then, otherwise: Vec::new() }
}
