//! `@param name type[|null][?] [= default] [options] description`, and the types and literals of it.

use super::Parser;
use super::annotation::free_text;
use crate::ast::{Constraint, Literal, Member, Options, Param, Ref, Scalar, Type};
use crate::diagnostic::nearest;
use crate::lexer::{Cursor, Kind, Token};
use serde_json::Value;
use wardian_format::pack::RefKind;

/// Options of a parameter. They are words directly followed by a bracket.
const OPTIONS: [&str; 16] = [
    "enum", "schema", "ref", "new", "of", "min", "max", "above", "below", "length", "items", "unique", "pattern", "format", "open",
    "unused",
];

/// Words that a type starts with.
const TYPES: [&str; 7] = ["text", "integer", "real", "boolean", "json", "list", "object"];

/// How deep types may be nested.
const TYPE_DEPTH_MAX: usize = 8;

impl<'a> Parser<'_, 'a> {
    pub(super) fn param(&mut self, cursor: &mut Cursor<'a>) -> Option<Param> {
        let name = self.name(cursor)?;
        let ty = self.ty(cursor, 0)?;
        let nullable = self.or_null(cursor)?;
        let mut optional = mark(cursor);
        let default = if self.punct(cursor, "=") { Some(self.literal(cursor)?) } else { None };
        optional |= default.is_some();
        let options = self.options(cursor)?;
        Some(Param { name, ty, nullable, optional, default, options, doc: free_text(cursor) })
    }

    /// `|null`
    fn or_null(&mut self, cursor: &mut Cursor<'a>) -> Option<bool> {
        let nullable = self.punct(cursor, "|");
        let place = self.here(cursor);
        if nullable && !cursor.next().is_some_and(|t| t.is(self.text, "null")) {
            return self.fail(place, "after `|` comes `null`");
        }
        Some(nullable)
    }

    fn ty(&mut self, cursor: &mut Cursor<'a>, depth: usize) -> Option<Type> {
        let word = cursor.peek().map_or("", |t| t.text(self.text));
        let kind = if word.eq_ignore_ascii_case("list") {
            "list"
        } else if word.eq_ignore_ascii_case("object") {
            "object"
        } else {
            return self.scalar(cursor).map(Type::Scalar);
        };
        if depth == TYPE_DEPTH_MAX {
            let message = format!("types are nested deeper than {TYPE_DEPTH_MAX}");
            return self.fail(self.here(cursor), &message);
        }
        cursor.next();
        self.expect(cursor, "(")?;
        if kind == "object" {
            return self.members(cursor, depth, "").map(Type::Object);
        }
        if self.is_type(cursor) {
            let inner = self.ty(cursor, depth + 1)?;
            self.expect(cursor, ")")?;
            // A list of objects is a table, however it is written.
            return Some(match inner {
                Type::Object(members) => Type::Rows(members),
                inner => Type::List(Box::new(inner)),
            });
        }
        self.members(cursor, depth, "pos").map(Type::Rows)
    }

    /// True where a type comes next, and not the name of a member.
    fn is_type(&self, cursor: &Cursor<'a>) -> bool {
        let mut probe = cursor.clone();
        let first = probe.next().map_or("", |t| t.text(self.text));
        match probe.next() {
            Some(second) => second.is_punct(self.text, ")") || second.is_punct(self.text, "("),
            None => TYPES.contains(&first),
        }
    }

    /// `name type[|null][?] [options], …)`
    fn members(&mut self, cursor: &mut Cursor<'a>, depth: usize, reserved: &str) -> Option<Vec<Member>> {
        let mut members: Vec<Member> = Vec::new();
        loop {
            let name = self.name(cursor)?;
            if name.text == reserved {
                self.report.error(name.span, format!("a list has a column `{reserved}` of its own"), Some("give yours another name"));
                return None;
            }
            if members.iter().any(|m| m.name.text == name.text) {
                return self.fail(name.span, &format!("there are two called `{}`", name.text));
            }
            let ty = self.ty(cursor, depth + 1)?;
            let nullable = self.or_null(cursor)?;
            let optional = mark(cursor);
            let options = self.options(cursor)?;
            members.push(Member { name, ty, nullable, optional, options });
            if !self.punct(cursor, ",") {
                break;
            }
        }
        self.expect(cursor, ")")?;
        Some(members)
    }

    fn scalar(&mut self, cursor: &mut Cursor<'a>) -> Option<Scalar> {
        let place = self.here(cursor);
        match cursor.next().filter(|t| t.kind == Kind::Word).map_or("", |t| t.text(self.text)) {
            "text" => Some(Scalar::Text),
            "integer" => Some(Scalar::Integer),
            "real" => Some(Scalar::Real),
            "boolean" => Some(Scalar::Boolean),
            "json" => Some(Scalar::Json),
            other => {
                let near = nearest(other, TYPES);
                let hint = near.map_or_else(
                    || "types are `text`, `integer`, `real`, `boolean`, `json`, `list(type)`, `list(column type, …)`, `object(member type, …)`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = if other.is_empty() { "a type is expected here".to_owned() } else { format!("unknown type `{other}`") };
                self.report.error(place, message, Some(&hint));
                None
            }
        }
    }

    /// The options that come next: words directly followed by a bracket.
    fn options(&mut self, cursor: &mut Cursor<'a>) -> Option<Options> {
        let mut options = Options::default();
        while let Some(word) = cursor.peek().filter(|t| t.kind == Kind::Word && self.text[t.end..].starts_with('(')) {
            let name = word.text(self.text);
            if !OPTIONS.contains(&name) {
                break;
            }
            cursor.next();
            cursor.next();
            match name {
                "enum" => options.choices = Some(self.choices(cursor)?),
                "schema" => options.schema = Some(self.literal(cursor)?),
                "ref" => options.refs.push(self.reference(cursor, RefKind::Existing)?),
                "new" => options.refs.push(self.reference(cursor, RefKind::New)?),
                "of" => options.refs.push(self.reference(cursor, RefKind::Value)?),
                "open" => options.open = Some(self.token_span(word)),
                "unused" => options.unused = true,
                _ => self.constraint(name, word, cursor, &mut options.constraints)?,
            }
            self.expect(cursor, ")")?;
        }
        Some(options)
    }

    /// `table.column`
    fn reference(&mut self, cursor: &mut Cursor<'a>, kind: RefKind) -> Option<Ref> {
        let table = self.name(cursor)?;
        self.expect(cursor, ".")?;
        let column = self.name(cursor)?;
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
                let (least, most) = self.range(cursor)?;
                let keywords = if name == "length" { ["minLength", "maxLength"] } else { ["minItems", "maxItems"] };
                least.into_iter().for_each(|n| push(keywords[0], Value::from(n)));
                most.into_iter().for_each(|n| push(keywords[1], Value::from(n)));
            }
            _ => {
                let Literal { value, span: place } = self.literal(cursor)?;
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
                    return self.fail(place, &format!("`{name}(…)` takes {takes}"));
                }
                push(keyword, value);
            }
        }
        Some(())
    }

    /// `n`, `least..most`, `least..` or `..most`.
    fn range(&mut self, cursor: &mut Cursor<'a>) -> Option<(Option<u64>, Option<u64>)> {
        cursor.skip_space();
        let len = cursor.rest().find(')').unwrap_or(0);
        let text = &cursor.rest()[..len];
        let number = |text: &str| text.trim().parse::<u64>().map(Some);
        let side = |text: &str| if text.trim().is_empty() { Ok(None) } else { number(text) };
        let parsed = match text.split_once("..") {
            Some((least, most)) if !text.trim_matches(['.', ' ']).is_empty() => side(least).and_then(|least| Ok((least, side(most)?))),
            _ => number(text).map(|n| (n, n)),
        };
        let place = self.span(cursor.pos, cursor.pos + text.trim_end().len());
        let Ok((least, most)) = parsed else {
            return self.fail(place, "a range is `3`, `1..5`, `1..` or `..5`");
        };
        if least.zip(most).is_some_and(|(least, most)| least > most) {
            return self.fail(place, "the range is empty");
        }
        cursor.pos += len;
        Some((least, most))
    }

    fn choices(&mut self, cursor: &mut Cursor<'a>) -> Option<Vec<Literal>> {
        let mut choices = Vec::new();
        loop {
            choices.push(self.literal(cursor)?);
            if !self.punct(cursor, ",") {
                return Some(choices);
            }
        }
    }

    /// A JSON literal, or a text in single quotes as in SQL.
    fn literal(&mut self, cursor: &mut Cursor<'a>) -> Option<Literal> {
        cursor.skip_space();
        let start = cursor.pos;
        let mut place = self.here(cursor);
        if ["{", "[", "\""].iter().any(|open| cursor.rest().starts_with(open)) {
            place = self.span(start, self.line_end(start).min(cursor.end));
        }
        let value = self.literal_value(cursor);
        if value.is_none() {
            let message = if place.start == place.end { "a literal is missing" } else { "this is no literal" };
            self.report.error(place, message, Some("write it as JSON (`30`, `true`, `\"open\"`) or in single quotes"));
        }
        Some(Literal { value: value?, span: self.span(start, cursor.pos) })
    }

    fn literal_value(&self, cursor: &mut Cursor<'a>) -> Option<Value> {
        let next = cursor.peek()?;
        let text = next.text(self.text);
        match next.kind {
            Kind::Text => {
                cursor.next();
                text.strip_prefix('\'').map(|text| Value::from(text[..text.len() - 1].replace("''", "'")))
            }
            Kind::Word | Kind::Number => {
                cursor.next();
                serde_json::from_str(text).ok()
            }
            Kind::Punct if text == "-" => {
                cursor.next();
                let number = cursor.next()?;
                serde_json::from_str(&self.text[next.start..number.end]).ok()
            }
            _ => {
                let mut stream = serde_json::Deserializer::from_str(cursor.rest()).into_iter::<Value>();
                let value = stream.next()?.ok()?;
                cursor.pos += stream.byte_offset();
                Some(value)
            }
        }
    }

    pub(super) fn punct(&mut self, cursor: &mut Cursor<'a>, text: &str) -> bool {
        let found = cursor.peek().is_some_and(|t| t.is_punct(self.text, text));
        if found {
            cursor.next();
        }
        found
    }

    pub(super) fn expect(&mut self, cursor: &mut Cursor<'a>, text: &str) -> Option<()> {
        if self.punct(cursor, text) {
            return Some(());
        }
        self.fail(self.here(cursor), &format!("expected `{text}`"))
    }
}

/// `?` right after a type.
fn mark(cursor: &mut Cursor<'_>) -> bool {
    let found = cursor.rest().starts_with('?');
    cursor.pos += usize::from(found);
    found
}
