//! From the tree of a tool to its intermediate representation. Every statement is prepared against the schema
//! on the way, and the tool is classified as reading or writing.

mod id;
mod result;
mod step;

use crate::ast::{self, Failure, Group, Part, Sql, Step, StepKind};
use crate::diagnostic::{Report, Span};
use crate::ir::{Op, Slot, Text as EndText, ToolIr};
use crate::schema::Checker;
use crate::scope::{Scope, Variable};
use crate::text::Text;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::ToolErrorCode;
use wardian_format::pack::Effect;
use wardian_state::StatementInfo;

/// A tool after lowering.
pub(crate) struct Lowered {
    pub(crate) ir: ToolIr,
    pub(crate) effect: Effect,
    pub(crate) written: Written,
}

/// What statements write: tables, with the columns where only some are named.
#[derive(Debug, Default)]
pub(crate) struct Written(BTreeMap<String, Option<BTreeSet<String>>>);

impl Written {
    fn add(&mut self, statement: &StatementInfo) {
        for (table, columns) in &statement.tables_written {
            let whole = columns.is_empty() || statement.tables_inserted.contains(table) || statement.tables_deleted.contains(table);
            match self.0.entry(table.clone()).or_insert_with(|| Some(BTreeSet::new())) {
                Some(known) if !whole => known.extend(columns.iter().cloned()),
                entry => *entry = None,
            }
        }
    }

    /// True where something is written, and none of it is graded.
    pub(crate) fn is_ungraded(&self, ungraded: &[String]) -> bool {
        let has = |name: &str| ungraded.iter().any(|u| u == name);
        let column = |table: &str, column: &String| has(&format!("{table}.{column}"));
        let hidden = |(table, columns): (&String, &Option<BTreeSet<String>>)| {
            has(table) || columns.as_ref().is_some_and(|columns| columns.iter().all(|c| column(table, c)))
        };
        !self.0.is_empty() && self.0.iter().all(hidden)
    }
}

/// What all tools of a pack share.
pub(crate) struct World<'w> {
    pub(crate) db: &'w Checker,
    pub(crate) groups: BTreeMap<&'w str, &'w Group>,
    /// Names of the groups that some tool uses.
    pub(crate) used: BTreeSet<&'w str>,
}

impl<'w> World<'w> {
    pub(crate) fn new(db: &'w Checker, groups: &'w [Group], report: &mut Report<'_>) -> Self {
        let mut world = Self { db, groups: BTreeMap::new(), used: BTreeSet::new() };
        for group in groups {
            if world.groups.insert(&group.name.text, group).is_some() {
                report.error(group.name.span, format!("there are two `@steps {}`", group.name.text), Some("rename one of them"));
            }
        }
        world
    }
}

/// Lowers one tool. Mistakes go to `report`; what is returned then is incomplete.
pub(crate) fn lower<'w>(tool: &ast::Tool, export: String, world: &mut World<'w>, report: &mut Report<'_>) -> Lowered {
    if let Some(guest) = &tool.guest {
        return of_guest(tool, guest, export, report);
    }
    let errors = report.errors();
    let mut scope = Scope::default();
    for param in &tool.params {
        if !scope.add(&param.name.text, Variable::Param(Box::new(param.clone()))) {
            let built_in = crate::scope::BUILT_IN.contains(&param.name.text.as_str());
            let hint = if built_in { "every tool has `:args` and `:now`" } else { "a variable is set once" };
            report.error(param.name.span, format!("the name `{}` is taken", param.name.text), Some(hint));
        }
    }
    scope.add_broken(&tool.broken);
    let ir = ToolIr { name: tool.name.text.clone(), export, sql: Vec::new(), slots: 0, loops: 0, body: Vec::new() };
    let mut lowerer = Lowerer {
        world,
        report,
        ir,
        writes: false,
        written: Written::default(),
        using: Vec::new(),
        args: false,
        is_after: tool.follows.is_some(),
        declared: Vec::new(),
    };
    let (mut body, ended) = lowerer.steps(&tool.steps, &mut scope);
    if !ended {
        body.push(Op::Return { text: EndText::Constant("null".to_owned()) });
    }
    let Lowerer { mut ir, writes, written, args, declared, is_after, .. } = lowerer;
    ir.body = body;
    // After a mistake, what would have used a variable may be missing.
    let whole = report.errors() == errors && !tool.is_flawed;
    for param in tool.params.iter().filter(|p| whole && !args && !is_after && !p.options.unused && !scope.is_used(&p.name.text)) {
        report.warning(
            param.name.span,
            format!("parameter `{}` is never used", param.name.text),
            Some("write `unused()` after its type if that is meant"),
        );
    }
    for (name, what) in declared.iter().filter(|(name, _)| whole && !scope.is_used(&name.text)) {
        report.warning(name.span, format!("`{what} {}` is never used", name.text), None);
    }
    let effect = if writes { Effect::Write } else { Effect::Read };
    Lowered { ir, effect, written }
}

/// A tool whose code is elsewhere: nothing is compiled.
fn of_guest(tool: &ast::Tool, guest: &ast::Name, export: String, report: &mut Report<'_>) -> Lowered {
    if let Some(step) = tool.steps.first() {
        let message = format!("the code of `{}` is in the guest `{}`", tool.name.text, guest.text);
        report.error(step.span, message, Some("a tool has steps or a `@guest`, not both"));
    }
    let ir = ToolIr { name: tool.name.text.clone(), export, sql: Vec::new(), slots: 0, loops: 0, body: Vec::new() };
    let effect = tool.effect.map_or(Effect::Write, |(effect, _)| effect);
    Lowered { ir, effect, written: Written::default() }
}

struct Lowerer<'l, 'w, 'a> {
    world: &'l mut World<'w>,
    report: &'l mut Report<'a>,
    ir: ToolIr,
    writes: bool,
    written: Written,
    /// Groups that are being expanded.
    using: Vec<String>,
    /// The whole argument document is used.
    args: bool,
    /// It is an `@after`, which has no result.
    is_after: bool,
    /// What is set for later steps, with the annotation that set it.
    declared: Vec<(ast::Name, &'static str)>,
}

/// Operations, and whether they always end the call.
type Block = (Vec<Op>, bool);

impl<'w> Lowerer<'_, 'w, '_> {
    fn steps(&mut self, steps: &[Step], scope: &mut Scope) -> Block {
        let mut ops = Vec::new();
        let mut rest = steps;
        while let Some(step) = rest.first() {
            let taken = match &step.kind {
                StepKind::Require { .. } => self.requires(rest, scope, &mut ops),
                StepKind::Let { .. } => self.lets(rest, scope, &mut ops),
                _ => 1,
            };
            let ended = match &step.kind {
                StepKind::Require { .. } | StepKind::Let { .. } => false,
                _ => self.step(step, scope, &mut ops),
            };
            rest = &rest[taken..];
            if ended {
                if let Some(next) = rest.first() {
                    self.report.error(next.span, "this step is never reached", Some("the call has always returned before it"));
                }
                return (ops, true);
            }
        }
        (ops, false)
    }

    fn step(&mut self, step: &Step, scope: &mut Scope, ops: &mut Vec<Op>) -> bool {
        match &step.kind {
            StepKind::Let { .. } | StepKind::Require { .. } => {}
            StepKind::Row { name, optional, otherwise, sql } => {
                self.row(name, *optional, otherwise.as_ref(), sql, scope, ops);
            }
            StepKind::Reject { code, sql } => {
                self.reject(*code, sql, scope, ops);
            }
            StepKind::Table { name, sql } => {
                self.table(name, sql, scope, ops);
            }
            StepKind::Exec { some, otherwise, sql } => {
                self.exec(*some, otherwise.as_ref(), sql, scope, ops);
            }
            StepKind::When { condition, then, otherwise } => return self.when(condition, then, otherwise, scope, ops),
            StepKind::Each { name, table, body } => self.each(name, table, body, scope, ops),
            StepKind::Use { name } => return self.expand(name, scope, ops),
            StepKind::Id { name, table, column, from, otherwise } => {
                self.id(name, (table, column), from, otherwise.as_ref(), scope, ops);
            }
            StepKind::Return { .. } | StepKind::Give { .. } if self.is_after => {
                self.report.error(step.span, "an `@after` has no result", Some("the result is that of the tool it follows"));
            }
            StepKind::Return { list, otherwise, sql } => {
                self.result(*list, otherwise.as_ref(), sql, scope, ops);
                return true;
            }
            StepKind::Give { expr } => {
                self.give(expr, scope, ops);
                return true;
            }
        }
        false
    }

    /// Adds the author's SQL to `text`; `None` after a mistake, which was reported.
    fn author(&mut self, text: &mut Text, sql: &Sql, scope: &Scope) -> Option<()> {
        crate::types::check_zones(sql, self.report);
        crate::types::check(sql, scope, self.world.db.schema(), self.report);
        text.author(sql, scope, self.report).map(|_| ())
    }

    /// Warns, in the end, where nothing uses `name`. Steps that tools share may set more than one tool needs.
    fn watch(&mut self, name: &ast::Name, annotation: &'static str) {
        if self.using.is_empty() {
            self.declared.push((name.clone(), annotation));
        }
    }

    fn slot(&mut self) -> Slot {
        self.ir.slots += 1;
        self.ir.slots - 1
    }

    /// The index of a statement text.
    fn intern(&mut self, sql: String) -> u32 {
        let index = self.ir.sql.iter().position(|s| *s == sql).unwrap_or_else(|| {
            self.ir.sql.push(sql);
            self.ir.sql.len() - 1
        });
        u32::try_from(index).expect("fewer than 2^32 statements")
    }

    /// Prepares `text`; what is wrong is shown at the source that made it, or at `span`.
    fn prepare(&mut self, text: &Text, span: Span) -> Option<StatementInfo> {
        match self.world.db.prepare(&text.sql) {
            Ok(prepared) => Some(prepared),
            Err(fault) => {
                // Where SQLite gives no place, a word of its message is often one of the statement, most often the last.
                let words = fault
                    .message
                    .rsplit([' ', '.', '`'])
                    .filter(|word| word.starts_with(char::is_alphabetic) && !["values", "is", "in"].contains(word));
                let named = || words.clone().find_map(|word| text.spelled(word, self.report));
                let origin = fault.offset.and_then(|offset| text.origin(offset)).or_else(named);
                let origin = origin.or_else(|| text.last().filter(|_| fault.message == "incomplete input")).unwrap_or(span);
                let hint = self.world.db.hint(&fault);
                self.report.error(origin, fault.message, hint.as_deref());
                None
            }
        }
    }

    /// Adds a query whose text is complete; returns its slot.
    fn query(&mut self, text: Text, ops: &mut Vec<Op>) -> Slot {
        self.args |= text.whole_args;
        let slot = self.slot();
        let sql = self.intern(text.sql);
        ops.push(Op::Query { sql, params: text.params, slot });
        slot
    }

    /// The author's SELECT, as constant SQL. It must read only.
    fn select(&mut self, sql: &Sql, scope: &Scope) -> Option<(Text, StatementInfo)> {
        let file = self.report.text(sql.span.file);
        let first = sql.tokens.first()?;
        if !["select", "with", "values"].iter().any(|word| first.is(file, word)) {
            let hint = Some("a statement that writes stands alone, without an annotation or after `@exec`");
            self.report.error(sql.first(), "a SELECT is expected here", hint);
            return None;
        }
        let mut text = Text::default();
        self.author(&mut text, sql, scope)?;
        let prepared = self.prepare(&text, sql.span)?;
        if !prepared.read_only {
            let word = sql.tokens.iter().find(|t| ["insert", "update", "delete", "replace"].iter().any(|word| t.is(file, word)));
            let place = word.map_or(sql.span, |token| Span::new(sql.span.file, token.start, token.end));
            self.report.error(place, "a SELECT is expected here, and this statement writes", None);
            return None;
        }
        Some((text, prepared))
    }

    /// Operations that end the call with the author's message, or with the default.
    fn failure(&mut self, failure: Option<&Failure>, code: ToolErrorCode, words: &str, scope: &Scope) -> Vec<Op> {
        let Some(failure) = failure else {
            return vec![Op::Fail { code: Some(code), text: EndText::Constant(words.to_owned()) }];
        };
        let code = Some(failure.code.unwrap_or(code));
        if let Some(text) = constant_message(&failure.message) {
            return vec![Op::Fail { code, text: EndText::Constant(text) }];
        }
        let mut ops = Vec::new();
        let mut text = Text::default();
        if text.constant("SELECT ").message(&failure.message, scope, self.report).is_some() {
            let slot = self.query(text, &mut ops);
            ops.push(Op::Fail { code, text: EndText::Cell(slot) });
        }
        ops
    }
}

/// The text of a message without variables.
fn constant_message(parts: &[Part]) -> Option<String> {
    let text = |part: &Part| match part {
        Part::Text(text) => Some(text.clone()),
        Part::Variable { .. } => None,
    };
    parts.iter().map(text).collect()
}
