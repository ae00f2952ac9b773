//! `@id`: a value that is not taken yet.

use super::Lowerer;
use crate::ast::{Failure, IdSource, Name, Sql};
use crate::diagnostic::nearest;
use crate::ir::{Condition, Op, Param};
use crate::lexer::Kind;
use crate::scope::{Scope, Variable};
use crate::text::{Text, quote, quote_name};
use wardian_format::ToolErrorCode;
use wardian_state::Table;

/// Attempts at an id that is made by an expression. After that the clash shows where the id is used.
const ATTEMPTS_MAX: u32 = 1000;

/// What counts the attempts, in the statement that this module writes.
const COUNTER: &str = "_c.n";

impl<'w> Lowerer<'_, 'w, '_> {
    pub(super) fn id(
        &mut self,
        name: &Name,
        (table, column): (&Name, &Name),
        from: &IdSource,
        otherwise: Option<&Failure>,
        scope: &mut Scope,
        ops: &mut Vec<Op>,
    ) {
        let text = self.id_text(table, column, from, scope);
        let text = text.filter(|text| self.prepare(text, name.span).is_some());
        let slot = text.map(|text| self.query(text, ops));
        if let (Some(slot), IdSource::Pool { .. }) = (slot, from) {
            let words = format!("no {} is left", name.text.replace('_', " "));
            let then = self.failure(otherwise, ToolErrorCode::Conflict, &words, scope);
            ops.push(Op::If { condition: Condition::Empty(slot), then, otherwise: Vec::new() });
        }
        self.watch(name, "@id");
        let variable = slot.map_or(Variable::Broken, |slot| Variable::Let(Param::Cell(slot, 0)));
        self.declare(name, variable, scope);
    }

    /// The query that yields the id.
    fn id_text(&mut self, table: &Name, column: &Name, from: &IdSource, scope: &Scope) -> Option<Text> {
        let (found, ty) = self.find_column(table, column)?;
        let taken = format!("SELECT 1 FROM {} WHERE {} = ", quote_name(&found.name), quote_name(&column.text));
        let mut text = Text::default();
        match from {
            IdSource::Hash => {
                let function = if ty == "INTEGER" { "wardian_id_int" } else { "wardian_id" };
                self.attempts(&mut text, &taken, |_, text| {
                    text.constant(&format!("{function}({}, {COUNTER}, ", quote(&found.name))).arguments().constant(")");
                    Some(())
                })?;
            }
            IdSource::Expr(expr) => {
                let inner = self.counted(expr, scope)?;
                self.attempts(&mut text, &taken, |lowerer, text| lowerer.author(text, expr, &inner))?;
                self.check_order(expr);
            }
            IdSource::Pool { table, column } => {
                let (pool, _) = self.find_column(table, column)?;
                let (value, source) = (quote_name(&column.text), quote_name(&pool.name));
                let order: Vec<String> = pool.primary_key.iter().map(|c| format!("p.{}", quote_name(c))).collect();
                text.constant(&format!(
                    "SELECT p.{value} FROM {source} AS p WHERE NOT EXISTS ({taken}p.{value}) ORDER BY {} LIMIT 1",
                    order.join(", ")
                ));
            }
        }
        Some(text)
    }

    /// A query that tries an expression with 0, 1, 2, … until no row has the value. `write` writes the expression.
    fn attempts(&mut self, text: &mut Text, taken: &str, write: impl Fn(&mut Self, &mut Text) -> Option<()>) -> Option<()> {
        text.constant(&format!(
            "WITH RECURSIVE _c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM _c WHERE n < {} AND EXISTS ({taken}(",
            ATTEMPTS_MAX - 1
        ));
        write(self, text)?;
        text.constant("))) SELECT (");
        write(self, text)?;
        text.constant(") FROM _c ORDER BY n DESC LIMIT 1");
        Some(())
    }

    /// The scope of the expression: `:n` counts the attempts, and must be used.
    fn counted(&mut self, expr: &Sql, scope: &Scope) -> Option<Scope> {
        let mut inner = scope.clone();
        if !inner.add("n", Variable::Sql(COUNTER.to_owned())) {
            self.report.error(
                expr.span,
                "`:n` counts the attempts of `@id`, and is a variable already",
                Some("give the other one another name"),
            );
            return None;
        }
        let file = self.report.text(expr.span.file);
        if !expr.tokens.iter().any(|t| t.kind == Kind::Variable && t.text(file) == ":n") {
            let hint = Some("`:n` is 0 at first and grows with every clash, as in `'P-' || wardian_id('payments', :n, :args)`");
            self.report.error(expr.span, "the expression gives the same id each time: it does not use `:n`", hint);
            return None;
        }
        Some(inner)
    }

    /// A table and the type of a column of it.
    fn find_column(&mut self, table: &Name, column: &Name) -> Option<(&'w Table, &'w str)> {
        let schema = self.world.db.schema();
        let Some(found) = schema.tables.iter().find(|t| t.name == table.text) else {
            let near = nearest(&table.text, schema.tables.iter().map(|t| t.name.as_str())).map(|near| format!("did you mean `{near}`?"));
            self.report.error(table.span, format!("no such table: {}", table.text), near.as_deref());
            return None;
        };
        let Some(known) = found.columns.iter().find(|c| c.name == column.text) else {
            let near = nearest(&column.text, found.columns.iter().map(|c| c.name.as_str())).map(|near| format!("did you mean `{near}`?"));
            self.report.error(column.span, format!("no such column: {}.{}", table.text, column.text), near.as_deref());
            return None;
        };
        Some((found, &known.type_name))
    }
}
