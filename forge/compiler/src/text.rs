//! Builds the constant SQL of a statement: variables become expressions over `?1`, `?2`, …

use crate::ast::{self, Part, Scalar, Sql, Type};
use crate::diagnostic::{Report, Span, listed, nearest};
use crate::ir;
use crate::lexer::{Kind, Token};
use crate::scope::{Scope, Variable};

/// A statement under construction.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) sql: String,
    pub(crate) params: Vec<ir::Param>,
    /// `:args` is used.
    pub(crate) whole_args: bool,
    /// A variable stands here whose own definition has a mistake.
    broken: bool,
    /// (offset in `sql`, place in the source), ascending.
    map: Vec<(usize, Span)>,
}

/// Where a variable stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After FROM or JOIN.
    Table,
    /// After IN.
    In,
    /// Anywhere else.
    Value,
}

impl Text {
    /// Adds constant SQL.
    pub(crate) fn constant(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds the whole argument document.
    pub(crate) fn arguments(&mut self) -> &mut Self {
        self.built_in("args");
        self
    }

    /// Puts constant SQL around what is there.
    pub(crate) fn wrap(mut self, head: &str, tail: &str) -> Self {
        self.sql = format!("{head}{}{tail}", self.sql);
        self.map.iter_mut().for_each(|(at, _)| *at += head.len());
        self
    }

    /// Adds the author's SQL; `None` after a mistake, which was reported.
    pub(crate) fn author(&mut self, sql: &Sql, scope: &Scope, report: &mut Report<'_>) -> Option<&mut Self> {
        let file = report.text(sql.span.file);
        let before = report.errors();
        let mut previous: Option<Token> = None;
        for &token in &sql.tokens {
            // What stands for a variable may start with a letter, which must not touch the word before.
            let variable = token.kind == Kind::Variable;
            if previous.is_some() && (token.spaced || variable) && !self.sql.ends_with([' ', '(']) {
                self.sql.push(' ');
            }
            let span = Span::new(sql.span.file, token.start, token.end);
            self.map.push((self.sql.len(), span));
            if variable {
                self.variable(token.text(file), place(file, previous), span, scope, report);
            } else {
                self.sql.push_str(token.text(file));
            }
            previous = Some(token);
        }
        (report.errors() == before && !self.broken).then_some(self)
    }

    /// Adds an expression for a message: text, never NULL.
    pub(crate) fn message(&mut self, parts: &[Part], scope: &Scope, report: &mut Report<'_>) -> Option<&mut Self> {
        let before = report.errors();
        if !matches!(parts.first(), Some(Part::Text(_))) {
            self.sql.push_str("''");
        }
        for (i, part) in parts.iter().enumerate() {
            if i > 0 || !matches!(part, Part::Text(_)) {
                self.sql.push_str(" || ");
            }
            match part {
                Part::Text(text) => self.sql.push_str(&quote(text)),
                Part::Variable { name, column, span } => {
                    self.sql.push_str("coalesce(");
                    self.map.push((self.sql.len(), *span));
                    let spelled = column.as_ref().map_or_else(|| format!(":{name}"), |column| format!(":{name}.{column}"));
                    self.variable(&spelled, Place::Value, *span, scope, report);
                    self.sql.push_str(", 'null')");
                }
            }
        }
        (report.errors() == before).then_some(self)
    }

    /// The place in the source that made the SQL at `offset`.
    pub(crate) fn origin(&self, offset: usize) -> Option<Span> {
        let after = self.map.partition_point(|(at, _)| *at <= offset);
        after.checked_sub(1).map(|i| self.map[i].1)
    }

    /// The last place in the source.
    pub(crate) fn last(&self) -> Option<Span> {
        self.map.last().map(|(_, span)| *span)
    }

    /// The first place in the source that spells `word`.
    pub(crate) fn spelled(&self, word: &str, report: &Report<'_>) -> Option<Span> {
        let is = |span: &Span| report.text(span.file)[span.start..span.end].trim_matches('"').eq_ignore_ascii_case(word);
        self.map.iter().map(|(_, span)| *span).find(is)
    }

    /// A table expression for `name`, which is a list or a table.
    pub(crate) fn table(&mut self, name: &ast::Name, scope: &Scope, report: &mut Report<'_>) -> Option<&mut Self> {
        let before = report.errors();
        self.map.push((self.sql.len(), name.span));
        self.variable(&format!(":{}", name.text), Place::Table, name.span, scope, report);
        (report.errors() == before).then_some(self)
    }

    fn number(&mut self, param: ir::Param) -> usize {
        let index = self.params.iter().position(|p| *p == param).unwrap_or_else(|| {
            self.params.push(param);
            self.params.len() - 1
        });
        index + 1
    }

    /// Adds what stands for a variable that is spelled `:name`, `:name.column` or `:name?`.
    fn variable(&mut self, spelled: &str, place: Place, span: Span, scope: &Scope, report: &mut Report<'_>) {
        let bare = &spelled[1..];
        let asked = bare.ends_with('?');
        let (name, column) = bare.trim_end_matches('?').split_once('.').map_or((bare.trim_end_matches('?'), None), |(n, c)| (n, Some(c)));
        if column.is_none() && !asked && place == Place::Value && self.built_in(name) {
            return;
        }
        let Some(variable) = scope.get(name) else {
            report.error(span, format!("unknown variable `:{name}`"), Some(&scope.hint(name)));
            return;
        };
        if let Variable::Broken = *variable {
            // Its own mistake is reported; NULL keeps the statement whole.
            self.sql.push_str("NULL");
            self.broken = true;
        } else if let Err((message, hint)) = self.expression(&variable, name, column, asked, place) {
            report.error(span, message, hint.as_deref());
        }
    }

    fn built_in(&mut self, name: &str) -> bool {
        match name {
            "now" => self.sql.push_str("wardian_now()"),
            "args" => {
                self.whole_args = true;
                let n = self.number(ir::Param::Args);
                self.sql.push_str(&format!("?{n}"));
            }
            _ => return false,
        }
        true
    }

    fn expression(&mut self, variable: &Variable, name: &str, column: Option<&str>, asked: bool, place: Place) -> Result<(), Wrong> {
        if let Variable::Param(param) = variable {
            let sql = self.argument(param, column, asked, place)?;
            self.sql.push_str(&sql);
            return Ok(());
        }
        let sql = match (variable, column, asked, place) {
            (Variable::Sql(sql), None, false, Place::Value) => sql.clone(),
            (Variable::Let(param), None, false, Place::Value | Place::In) => format!("?{}", self.number(*param)),
            (Variable::Table { slot, columns }, None, false, Place::Table) => {
                let n = self.number(ir::Param::Cell(*slot, 0));
                table_expression(n, columns)
            }
            (Variable::Row { slot, optional: true, .. }, None, true, Place::Value) => format!("?{}", self.number(ir::Param::Found(*slot))),
            (Variable::Row { slot, columns, .. }, Some(column), false, Place::Value | Place::In) => {
                let index = column_index(name, column, columns)?;
                format!("?{}", self.number(ir::Param::Cell(*slot, index)))
            }
            (Variable::Item { item, columns }, Some(column), false, Place::Value | Place::In) => {
                let index = column_index(name, column, columns)?;
                format!("?{}", self.number(ir::Param::Item(*item, index)))
            }
            _ => return Err(misuse(variable, name, column, asked, place)),
        };
        self.sql.push_str(&sql);
        Ok(())
    }

    /// A parameter, or a member of one.
    fn argument(&mut self, param: &ast::Param, members: Option<&str>, asked: bool, place: Place) -> Result<String, Wrong> {
        let (ty, path) = member_of(param, members)?;
        let n = self.number(ir::Param::Args);
        match (asked, place) {
            (false, Place::Table) => list(n, ty, &path),
            (false, Place::In) if matches!(ty, Type::List(_)) => Ok(format!("(SELECT value FROM {})", list(n, ty, &path)?)),
            (false, _) => Ok(match ty {
                Type::Scalar(Scalar::Real) => format!("CAST(?{n} ->> '$.{path}' AS REAL)"),
                Type::Scalar(Scalar::Json) => format!("nullif(?{n} -> '$.{path}', 'null')"),
                _ => format!("(?{n} ->> '$.{path}')"),
            }),
            (true, Place::Value) => Ok(format!("(json_type(?{n}, '$.{path}') IS NOT NULL)")),
            (true, _) => Err((format!("`:{path}?` is a condition and cannot stand here"), None)),
        }
    }
}

/// The type of a parameter, or of a member of it, and its path in the argument document.
fn member_of<'p>(param: &'p ast::Param, members: Option<&str>) -> Result<(&'p Type, String), Wrong> {
    let mut path = param.name.text.clone();
    let mut ty = &param.ty;
    for name in members.into_iter().flat_map(|members| members.split('.')) {
        let Type::Object(known) = ty else {
            return Err((format!("`:{path}` is no object and has no members"), Some("its type would be `object(…)`".to_owned())));
        };
        let Some(member) = known.iter().find(|m| m.name.text == name) else {
            let names: Vec<String> = known.iter().map(|m| m.name.text.clone()).collect();
            let near = nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean `:{path}.{near}`?"));
            let hint = near.unwrap_or_else(|| format!("its members are {}", list_names(&names)));
            return Err((format!("`:{path}` has no member `{name}`"), Some(hint)));
        };
        ty = &member.ty;
        path = format!("{path}.{name}");
    }
    Ok((ty, path))
}

/// A list as a table. JSON null gives no rows, as absence does.
fn list(n: usize, ty: &Type, path: &str) -> Result<String, Wrong> {
    let columns = match ty {
        Type::Scalar(_) | Type::Object(_) => {
            return Err((
                format!("`:{path}` is not a list"),
                Some("after FROM and JOIN stands a table, a list parameter or a `@table`".to_owned()),
            ));
        }
        Type::List(inner) => match **inner {
            Type::Scalar(Scalar::Real) => "CAST(value AS REAL) AS value".to_owned(),
            Type::Scalar(Scalar::Json) => format!("nullif(?{n} -> fullkey, 'null') AS value"),
            _ => "value".to_owned(),
        },
        Type::Rows(members) => members.iter().map(member).collect::<Vec<_>>().join(", "),
    };
    Ok(format!("(SELECT key AS pos, {columns} FROM json_each(?{n}, '$.{path}') WHERE key IS NOT NULL)"))
}

/// Message and hint of a mistake.
type Wrong = (String, Option<String>);

fn member(member: &ast::Member) -> String {
    let name = &member.name.text;
    match member.ty {
        Type::Scalar(Scalar::Real) => format!("CAST(value ->> '$.{name}' AS REAL) AS \"{name}\""),
        Type::Scalar(Scalar::Json) => format!("nullif(value -> '$.{name}', 'null') AS \"{name}\""),
        _ => format!("(value ->> '$.{name}') AS \"{name}\""),
    }
}

fn table_expression(n: usize, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().enumerate().map(|(i, name)| format!("(value ->> {i}) AS {}", quote_name(name))).collect();
    format!("(SELECT key AS pos, {} FROM json_each(?{n}))", columns.join(", "))
}

fn column_index(name: &str, column: &str, columns: &[String]) -> Result<u32, Wrong> {
    match columns.iter().position(|c| c == column) {
        Some(index) => Ok(u32::try_from(index).expect("fewer than 2^32 columns")),
        None => {
            let near = nearest(column, columns.iter().map(String::as_str));
            let hint =
                near.map_or_else(|| format!("its columns are {}", list_names(columns)), |near| format!("did you mean `:{name}.{near}`?"));
            Err((format!("`:{name}` has no column `{column}`"), Some(hint)))
        }
    }
}

fn list_names(names: &[String]) -> String {
    listed(names.iter().map(String::as_str), "")
}

fn misuse(variable: &Variable, name: &str, column: Option<&str>, asked: bool, place: Place) -> Wrong {
    let is = match variable {
        Variable::Param(_) => "a parameter",
        Variable::Let(_) => "a single value",
        Variable::Row { .. } => "a row",
        Variable::Table { .. } => "a table",
        Variable::Item { .. } => "a row of a table",
        Variable::Sql(_) => "a number",
        Variable::Broken => "in error",
    };
    let message = match (place, column, asked) {
        (Place::Table, _, _) => format!("`:{name}` is {is} and cannot stand after FROM or JOIN"),
        (_, Some(_), _) => format!("`:{name}` is {is} and has no columns"),
        (_, _, true) => format!("`:{name}` is {is}: `?` asks whether an argument is given, or a `@row {name}?` was found"),
        _ => format!("`:{name}` is {is} and cannot stand here by itself"),
    };
    let hint = match variable {
        Variable::Row { columns, .. } | Variable::Item { columns, .. } => {
            Some(format!("write `:{name}.column`; its columns are {}", list_names(columns)))
        }
        Variable::Table { .. } => Some(format!("write `FROM :{name}`")),
        _ => None,
    };
    (message, hint)
}

/// Judges by the word before it where a variable stands.
fn place(file: &str, previous: Option<Token>) -> Place {
    match previous {
        Some(token) if token.is(file, "from") || token.is(file, "join") => Place::Table,
        Some(token) if token.is(file, "in") => Place::In,
        _ => Place::Value,
    }
}

/// `text` as an SQL literal.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `name` as an SQL identifier.
pub(crate) fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
