//! `@param name type[|null][?] [= default] [options] description`, and the types and literals of it.

use super::Parser;
use super::annotation::free_text;
use crate::ast::{Constraint, Member, Options, Param, Ref, Scalar, Type};
use crate::diagnostic::{Span, nearest};
use crate::lexer::{Cursor, Kind, Token};
use serde_json::Value;
use wardian_format::pack::RefKind;

/// Options of a parameter. They are words directly followed by a bracket.
const OPTIONS: [&str; 14] =
    ["enum", "schema", "ref", "new", "of", "min", "max", "above", "below", "length", "items", "unique", "pattern", "format"];

/// How deep types may be nested.
const TYPE_DEPTH_MAX: usize = 8;

impl<'a> Parser<'_, 'a> {
    pub(super) fn param(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Param> {
        let name = self.name(cursor, span)?;
        let ty = self.ty(cursor, span, 0)?;
        let nullable = self.or_null(cursor, span)?;
        let mut optional = mark(cursor);
        let default = if self.punct(cursor, "=") { Some(self.literal(cursor, span)?) } else { None };
        optional |= default.is_some();
        let options = self.options(cursor, span)?;
        Some(Param { name, ty, nullable, optional, default, options, doc: free_text(cursor) })
    }

    /// `|null`
    fn or_null(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<bool> {
        let nullable = self.punct(cursor, "|");
        if nullable && !cursor.next().is_some_and(|t| t.is(self.text, "null")) {
            return self.fail(span, "after `|` comes `null`");
        }
        Some(nullable)
    }

    fn ty(&mut self, cursor: &mut Cursor<'a>, span: Span, depth: usize) -> Option<Type> {
        let word = cursor.peek().map_or("", |t| t.text(self.text));
        let kind = if word.eq_ignore_ascii_case("list") {
            "list"
        } else if word.eq_ignore_ascii_case("object") {
            "object"
        } else {
            return self.scalar(cursor, span).map(Type::Scalar);
        };
        if depth == TYPE_DEPTH_MAX {
            return self.fail(span, &format!("types are nested deeper than {TYPE_DEPTH_MAX}"));
        }
        cursor.next();
        self.expect(cursor, "(", span)?;
        if kind == "object" {
            return self.members(cursor, span, depth, "").map(Type::Object);
        }
        if self.is_type(cursor) {
            let inner = self.ty(cursor, span, depth + 1)?;
            self.expect(cursor, ")", span)?;
            // A list of objects is a table, however it is written.
            return Some(match inner {
                Type::Object(members) => Type::Rows(members),
                inner => Type::List(Box::new(inner)),
            });
        }
        self.members(cursor, span, depth, "pos").map(Type::Rows)
    }

    /// True where a type comes next, and not the name of a member.
    fn is_type(&self, cursor: &Cursor<'a>) -> bool {
        let mut probe = cursor.clone();
        probe.next();
        probe.next().is_some_and(|t| t.is_punct(self.text, ")") || t.is_punct(self.text, "("))
    }

    /// `name type[|null][?] [options], …)`
    fn members(&mut self, cursor: &mut Cursor<'a>, span: Span, depth: usize, reserved: &str) -> Option<Vec<Member>> {
        let mut members: Vec<Member> = Vec::new();
        loop {
            let name = self.name(cursor, span)?;
            if members.iter().any(|m| m.name.text == name.text) || name.text == reserved {
                return self.fail(name.span, "a column of this name is there already");
            }
            let ty = self.ty(cursor, span, depth + 1)?;
            let nullable = self.or_null(cursor, span)?;
            let optional = mark(cursor);
            let options = self.options(cursor, span)?;
            members.push(Member { name, ty, nullable, optional, options });
            if !self.punct(cursor, ",") {
                break;
            }
        }
        self.expect(cursor, ")", span)?;
        Some(members)
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
                let near = nearest(other, ["text", "integer", "real", "boolean", "json", "list", "object"]);
                let hint = near.map_or_else(
                    || "types are `text`, `integer`, `real`, `boolean`, `json`, `list(type)`, `list(column type, …)`, `object(member type, …)`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.report.error(name.span, format!("unknown type `{other}`"), Some(&hint));
                None
            }
        }
    }

    /// The options that come next: words directly followed by a bracket.
    fn options(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Options> {
        let mut options = Options::default();
        while let Some(word) = cursor.peek().filter(|t| t.kind == Kind::Word && self.text[t.end..].starts_with('(')) {
            let name = word.text(self.text);
            if !OPTIONS.contains(&name) {
                break;
            }
            cursor.next();
            cursor.next();
            match name {
                "enum" => options.choices = Some(self.choices(cursor, span)?),
                "schema" => options.schema = Some(self.literal(cursor, span)?),
                "ref" => options.refs.push(self.reference(cursor, span, RefKind::Existing)?),
                "new" => options.refs.push(self.reference(cursor, span, RefKind::New)?),
                "of" => options.refs.push(self.reference(cursor, span, RefKind::Value)?),
                _ => self.constraint(name, word, cursor, &mut options.constraints)?,
            }
            self.expect(cursor, ")", span)?;
        }
        Some(options)
    }

    /// `table.column`
    fn reference(&mut self, cursor: &mut Cursor<'a>, span: Span, kind: RefKind) -> Option<Ref> {
        let table = self.name(cursor, span)?;
        self.expect(cursor, ".", span)?;
        let column = self.name(cursor, span)?;
        let span = table.span.to(column.span);
        Some(Ref { kind, table: table.text, column: column.text, span })
    }

    /// What stands in the brackets of a constraint, as keywords of JSON Schema.
    fn constraint(&mut self, name: &str, word: Token, cursor: &mut Cursor<'a>, out: &mut Vec<Constraint>) -> Option<()> {
        let span = self.token_span(word);
        let mut push = |keyword, value| out.push(Constraint { keyword, value, span });
        match name {
            "unique" => push("uniqueItems", Value::Bool(true)),
            "length" | "items" => {
                let (least, most) = self.range(cursor, span)?;
                let keywords = if name == "length" { ["minLength", "maxLength"] } else { ["minItems", "maxItems"] };
                least.into_iter().for_each(|n| push(keywords[0], Value::from(n)));
                most.into_iter().for_each(|n| push(keywords[1], Value::from(n)));
            }
            _ => {
                let value = self.literal(cursor, span)?;
                let (keyword, fits) = match name {
                    "min" => ("minimum", value.is_number()),
                    "max" => ("maximum", value.is_number()),
                    "above" => ("exclusiveMinimum", value.is_number()),
                    "below" => ("exclusiveMaximum", value.is_number()),
                    "pattern" => ("pattern", value.is_string()),
                    _ => ("format", value.is_string()),
                };
                if !fits {
                    let takes = if matches!(name, "pattern" | "format") { "a text" } else { "a number" };
                    return self.fail(span, &format!("`{name}(…)` takes {takes}"));
                }
                push(keyword, value);
            }
        }
        Some(())
    }

    /// `n`, `least..most`, `least..` or `..most`.
    fn range(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<(Option<u64>, Option<u64>)> {
        cursor.skip_space();
        let len = cursor.rest().find(')').unwrap_or(0);
        let text = &cursor.rest()[..len];
        let number = |text: &str| text.trim().parse::<u64>().map(Some);
        let side = |text: &str| if text.trim().is_empty() { Ok(None) } else { number(text) };
        let parsed = match text.split_once("..") {
            Some((least, most)) if !text.trim_matches(['.', ' ']).is_empty() => side(least).and_then(|least| Ok((least, side(most)?))),
            _ => number(text).map(|n| (n, n)),
        };
        let Ok((least, most)) = parsed else {
            return self.fail(span, "a range is `3`, `1..5`, `1..` or `..5`");
        };
        if least.zip(most).is_some_and(|(least, most)| least > most) {
            return self.fail(span, "the range is empty");
        }
        cursor.pos += len;
        Some((least, most))
    }

    fn choices(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Vec<Value>> {
        let mut choices = Vec::new();
        loop {
            choices.push(self.literal(cursor, span)?);
            if !self.punct(cursor, ",") {
                return Some(choices);
            }
        }
    }

    /// A JSON literal, or a text in single quotes as in SQL.
    pub(super) fn literal(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Value> {
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

    pub(super) fn punct(&mut self, cursor: &mut Cursor<'a>, text: &str) -> bool {
        let found = cursor.peek().is_some_and(|t| t.is_punct(self.text, text));
        if found {
            cursor.next();
        }
        found
    }

    pub(super) fn expect(&mut self, cursor: &mut Cursor<'a>, text: &str, span: Span) -> Option<()> {
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
