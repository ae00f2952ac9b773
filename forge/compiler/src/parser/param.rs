//! `@param name type[|null][?] [= default] [enum(…)] [ref(t.c)] [new(t.c)] [of(t.c)] [schema({…})] description`

use super::Parser;
use super::annotation::free_text;
use crate::ast::{Member, Options, Param, Ref, Scalar, Type};
use crate::diagnostic::{Span, nearest};
use crate::lexer::{Cursor, Kind};
use serde_json::Value;
use wardian_format::pack::RefKind;

impl<'a> Parser<'_, 'a> {
    pub(super) fn param(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Param> {
        let name = self.name(cursor, span)?;
        let ty = self.ty(cursor, span)?;
        let nullable = self.punct(cursor, "|");
        if nullable && !cursor.next().is_some_and(|t| t.is(self.text, "null")) {
            return self.fail(span, "after `|` comes `null`");
        }
        let mut optional = mark(cursor);
        let default = if self.punct(cursor, "=") { Some(self.literal(cursor, span)?) } else { None };
        optional |= default.is_some();
        let options = self.options(cursor, span)?;
        Some(Param { name, ty, nullable, optional, default, options, doc: free_text(cursor) })
    }

    fn ty(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Type> {
        let is_list = cursor.peek().is_some_and(|t| t.is(self.text, "list"));
        if !is_list {
            return self.scalar(cursor, span).map(Type::Scalar);
        }
        cursor.next();
        self.expect(cursor, "(", span)?;
        let mut probe = cursor.clone();
        probe.next();
        if probe.next().is_some_and(|t| t.is_punct(self.text, ")")) {
            let inner = self.scalar(cursor, span)?;
            self.expect(cursor, ")", span)?;
            return Some(Type::List(inner));
        }
        let mut members: Vec<Member> = Vec::new();
        loop {
            let name = self.name(cursor, span)?;
            if members.iter().any(|m| m.name == name.text) || name.text == "pos" {
                return self.fail(name.span, "a column of this name is there already");
            }
            let ty = self.scalar(cursor, span)?;
            let optional = mark(cursor);
            let options = self.options(cursor, span)?;
            members.push(Member { name: name.text, ty, optional, options });
            if !self.punct(cursor, ",") {
                break;
            }
        }
        self.expect(cursor, ")", span)?;
        Some(Type::Rows(members))
    }

    fn scalar(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Scalar> {
        let name = self.name(cursor, span)?;
        match name.text.as_str() {
            "text" => Some(Scalar::Text),
            "integer" => Some(Scalar::Integer),
            "real" => Some(Scalar::Real),
            "boolean" => Some(Scalar::Boolean),
            "json" => Some(Scalar::Json),
            other => {
                let near = nearest(other, ["text", "integer", "real", "boolean", "json", "list"]);
                let hint = near.map_or_else(
                    || "types are `text`, `integer`, `real`, `boolean`, `json`, `list(type)`, `list(column type, …)`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.report.error(name.span, format!("unknown type `{other}`"), Some(&hint));
                None
            }
        }
    }

    /// `enum(…)`, `ref(t.c)`, `new(t.c)`, `of(t.c)`, `schema({…})`: words directly followed by a bracket.
    fn options(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Options> {
        let mut options = Options::default();
        while let Some(word) = cursor.peek().filter(|t| t.kind == Kind::Word && self.text[t.end..].starts_with('(')) {
            let kind = match word.text(self.text) {
                "enum" | "schema" => None,
                "ref" => Some(RefKind::Existing),
                "new" => Some(RefKind::New),
                "of" => Some(RefKind::Value),
                _ => break,
            };
            cursor.next();
            cursor.next();
            if let Some(kind) = kind {
                let table = self.name(cursor, span)?;
                self.expect(cursor, ".", span)?;
                let column = self.name(cursor, span)?;
                let span = table.span.to(column.span);
                options.refs.push(Ref { kind, table: table.text, column: column.text, span });
                self.expect(cursor, ")", span)?;
            } else if word.text(self.text) == "enum" {
                options.choices = Some(self.choices(cursor, span)?);
            } else {
                options.schema = Some(self.literal(cursor, span)?);
                self.expect(cursor, ")", span)?;
            }
        }
        Some(options)
    }

    fn choices(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Vec<Value>> {
        let mut choices = Vec::new();
        loop {
            choices.push(self.literal(cursor, span)?);
            if !self.punct(cursor, ",") {
                self.expect(cursor, ")", span)?;
                return Some(choices);
            }
        }
    }

    /// A JSON literal, or a text in single quotes as in SQL.
    fn literal(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Value> {
        cursor.skip_space();
        if cursor.rest().starts_with('\'') {
            let token = cursor.next().filter(|t| t.kind == Kind::Text)?;
            let text = token.text(self.text);
            return Some(Value::from(text[1..text.len() - 1].replace("''", "'")));
        }
        let next = cursor.peek();
        let minus = next.is_some_and(|t| t.is_punct(self.text, "-"));
        if minus || next.is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Number)) {
            return self.plain_literal(cursor, minus);
        }
        let mut stream = serde_json::Deserializer::from_str(cursor.rest()).into_iter::<Value>();
        match stream.next() {
            Some(Ok(value)) => {
                cursor.pos += stream.byte_offset();
                Some(value)
            }
            _ => {
                let place = self.span(cursor.pos, self.line_end(cursor.pos).min(cursor.end));
                let place = if place.start == place.end { span } else { place };
                self.report.error(place, "a literal is missing", Some("write it as JSON (`30`, `true`, `\"open\"`) or in single quotes"));
                None
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn plain_literal(&mut self, cursor: &mut Cursor<'a>, minus: bool) -> Option<Value> {
        let first = cursor.next()?;
        let last = if minus { cursor.next()? } else { first };
        let value = serde_json::from_str(&self.text[first.start..last.end]).ok();
        if value.is_none() {
            let hint = Some("write it as JSON (`30`, `true`, `\"open\"`) or in single quotes");
            self.report.error(self.token_span(first).to(self.token_span(last)), "this is no literal", hint);
        }
        value
    }

    fn punct(&mut self, cursor: &mut Cursor<'a>, text: &str) -> bool {
        let found = cursor.peek().is_some_and(|t| t.is_punct(self.text, text));
        if found {
            cursor.next();
        }
        found
    }

    fn expect(&mut self, cursor: &mut Cursor<'a>, text: &str, span: Span) -> Option<()> {
        if self.punct(cursor, text) {
            return Some(());
        }
        let place = cursor.peek().map_or(span, |t| self.token_span(t));
        self.fail(place, &format!("expected `{text}`"))
    }
}

/// `?` right after a type.
fn mark(cursor: &mut Cursor<'_>) -> bool {
    let found = cursor.rest().starts_with('?');
    cursor.pos += usize::from(found);
    found
}
