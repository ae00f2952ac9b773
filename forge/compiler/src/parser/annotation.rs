//! The annotations, one by one.

use super::{Block, Frame, Owner, Parser, new_tool};
use crate::ast::{Failure, Follows, IdSource, Name, Part, Sql, Step, StepKind, Yields};
use crate::diagnostic::{Span, nearest};
use crate::lexer::{Cursor, Kind, Token, is_word_start};
use serde_json::Value;
use wardian_format::ToolErrorCode;
use wardian_format::pack::{Effect, Role};

/// Annotations that a statement follows.
pub(super) enum Pending {
    Row {
        name: Name,
        optional: bool,
        otherwise: Option<Failure>,
    },
    Reject {
        code: ToolErrorCode,
    },
    Table {
        name: Name,
    },
    Exec {
        some: bool,
        otherwise: Option<Failure>,
    },
    Return {
        list: bool,
        otherwise: Option<Failure>,
    },
    /// One that could not be read: its statement belongs to nothing.
    Broken,
}

const WORDS: [&str; 32] = [
    "tool", "steps", "after", "doc", "param", "params", "role", "tools", "catalog", "yields", "returns", "guest", "effect", "let", "row",
    "require", "reject", "when", "else", "end", "table", "each", "use", "id", "exec", "return", "example", "given", "call", "gives",
    "fails", "changes",
];

impl<'a> Parser<'_, 'a> {
    /// The annotation `@word`, whose word is `at..word_end` and whose argument ends at `end`.
    pub(super) fn annotated(&mut self, at: usize, word_end: usize, end: usize, span: Span) {
        self.no_pending();
        let word = &self.text[at..word_end];
        let mut cursor = Cursor::new(self.text, word_end, end, true);
        let first = cursor.peek();
        let known = match word {
            "tool" | "steps" | "after" => self.owner_annotation(word, &mut cursor, span),
            "doc" | "param" | "role" | "catalog" | "yields" | "returns" => self.head_annotation(word, &mut cursor, span),
            "params" | "tools" | "guest" | "effect" => self.code_annotation(word, &mut cursor, span),
            "example" | "given" | "call" | "gives" | "fails" | "changes" => self.example_annotation(word, &mut cursor, span),
            "when" | "else" | "end" | "each" => self.block_annotation(word, &mut cursor, span),
            "let" | "row" | "require" | "reject" | "table" | "use" | "id" | "exec" | "return" => {
                self.step_annotation(word, &mut cursor, span)
            }
            _ => {
                let hint = nearest(word, WORDS).map(|w| format!("did you mean `@{w}`?"));
                let place = self.span(at.saturating_sub(1), word_end);
                self.report.error(place, format!("unknown annotation `@{word}`"), hint.as_deref());
                return;
            }
        };
        if known.is_none() {
            self.broken_annotation(word, first, span);
        } else if cursor.peek().is_some() {
            cursor.skip_space();
            self.report.error(self.span(cursor.pos, end), format!("unexpected text after `@{word}`"), None);
        }
    }

    /// Goes on after an annotation that could not be read, so that what belongs to it is not called wrong as well.
    fn broken_annotation(&mut self, word: &str, first: Option<Token>, span: Span) {
        let named = first.filter(|token| token.kind == Kind::Word).map(|token| token.text(self.text).to_owned());
        match word {
            "param" | "let" | "id" => self.broken.extend(named),
            "row" | "table" => {
                self.broken.extend(named);
                self.pending = Some((Pending::Broken, span));
            }
            "reject" | "exec" | "return" => self.pending = Some((Pending::Broken, span)),
            "when" | "each" if !self.frames.is_empty() => self.frames.push(Frame { span, steps: Vec::new(), block: Block::Broken }),
            _ => {}
        }
    }

    fn owner_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        let Some(name) = self.tool_name(cursor) else {
            self.open_owner(Owner::Broken, span);
            self.report.error(span, format!("`@{word}` needs a name"), None);
            return None;
        };
        let owner = match word {
            "tool" => Owner::Tool(Box::new(new_tool(name, None))),
            "after" => Owner::Tool(Box::new(new_tool(name, Some(Follows::default())))),
            _ => Owner::Group(name),
        };
        self.open_owner(owner, span);
        Some(())
    }

    /// Annotations that describe the tool as a whole. They take all of the cursor.
    fn head_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        let param = if word == "param" { Some(self.param(cursor)?) } else { None };
        let yields = if word == "yields" { Some(self.yields(cursor, span)?) } else { None };
        let roles = if word == "role" { self.roles(cursor)? } else { Vec::new() };
        let returns = if word == "returns" { Some(self.json(word, cursor)?) } else { None };
        let text = free_text(cursor);
        let Owner::Tool(tool) = &mut self.owner else { return self.outside(word, span) };
        if word == "doc" {
            let separator = if tool.doc.is_empty() { "" } else { "\n" };
            tool.doc.push_str(separator);
            tool.doc.push_str(&text);
        }
        tool.params.extend(param);
        tool.yields.extend(yields);
        match (&mut tool.follows, roles.as_slice()) {
            (_, []) => {}
            (Some(follows), roles) => follows.roles.extend(roles.iter().map(|(role, _)| *role)),
            (None, [(role, _)]) => tool.role = *role,
            (None, [_, (_, second), ..]) => {
                let place = *second;
                return self.fail(place, "a tool has one role");
            }
        }
        tool.returns = returns.or(tool.returns.take());
        if word == "catalog" {
            tool.catalog = Some(text);
        }
        Some(())
    }

    /// What belongs to a tool and stands elsewhere. Where the tool has no name, that is reported already.
    fn outside(&mut self, word: &str, span: Span) -> Option<()> {
        if let Owner::Broken = self.owner {
            return Some(());
        }
        self.fail(span, &format!("`@{word}` stands outside a tool"))
    }

    /// Roles, with commas or blanks between them.
    fn roles(&mut self, cursor: &mut Cursor<'a>) -> Option<Vec<(Role, Span)>> {
        let mut roles = Vec::new();
        while roles.is_empty() || cursor.peek().is_some() {
            let place = self.here(cursor);
            let found = cursor.next().and_then(|token| role(token.text(self.text)));
            let Some(role) = found else { return self.fail(place, "a role is `agent`, `user`, `setup` or `assert`") };
            roles.push((role, place));
            self.punct(cursor, ",");
        }
        Some(roles)
    }

    /// Annotations that say where a tool's code is, what it may do, and which calls an `@after` follows.
    fn code_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        let mut names = Vec::new();
        if matches!(word, "guest" | "tools") {
            while let Some(name) = self.tool_name(cursor) {
                let text = name.text.trim_end_matches(',').to_owned();
                let span = self.span(name.span.start, name.span.start + text.len());
                names.push(Name { text, span });
                cursor.skip_space();
            }
            if names.is_empty() {
                return self.fail(span, &format!("`@{word}` needs a name"));
            }
        }
        let schema = if word == "params" { Some((self.json(word, cursor)?, span)) } else { None };
        let effect = if word == "effect" { Some(self.effect(cursor)?) } else { None };
        let Owner::Tool(tool) = &mut self.owner else { return self.outside(word, span) };
        match (word, &mut tool.follows) {
            ("guest", None) if tool.guest.is_none() && names.len() == 1 => tool.guest = names.pop(),
            ("guest", None) => {
                let place = names.last().map_or(span, |name| name.span);
                return self.fail(place, "a tool has one guest");
            }
            ("tools", Some(follows)) => follows.tools.extend(names),
            ("tools", None) => return self.fail(span, "`@tools` belongs to an `@after`"),
            (_, Some(_)) => return self.fail(span, &format!("an `@after` takes no `@{word}`")),
            _ => {
                tool.schema = schema.or(tool.schema.take());
                tool.effect = effect.or(tool.effect.take());
            }
        }
        Some(())
    }

    fn effect(&mut self, cursor: &mut Cursor<'a>) -> Option<(Effect, Span)> {
        let place = self.here(cursor);
        match cursor.next().map(|token| token.text(self.text)) {
            Some("read") => Some((Effect::Read, place)),
            Some("write") => Some((Effect::Write, place)),
            _ => self.fail(place, "an effect is `read` or `write`"),
        }
    }

    /// What is left, as JSON.
    pub(super) fn json(&mut self, word: &str, cursor: &mut Cursor<'a>) -> Option<Value> {
        let missing = self.here(cursor);
        let rest = Rest::take(cursor);
        let error = match wardian_format::json::parse(&rest.text) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let (reason, at) = crate::diagnostic::json_error(&error, &rest.text);
        let place = match at {
            Some(at) if at < rest.text.len() => self.span(rest.origin(at), rest.origin(at) + 1),
            Some(_) if !rest.text.is_empty() => self.span(cursor.end, cursor.end),
            _ => missing,
        };
        self.fail(place, &format!("`@{word}` takes JSON: {reason}"))
    }

    fn block_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        if self.frames.is_empty() {
            return self.outside(word, span);
        }
        let block = match word {
            "when" => Block::When { condition: self.expression(cursor)? },
            "each" => {
                let name = self.name(cursor)?;
                if !self.flag(cursor, "in") {
                    return self.fail(self.here(cursor), "write `@each x in table`");
                }
                Block::Each { name, table: self.name(cursor)? }
            }
            "else" => return self.otherwise(span),
            _ => return self.end_block(span),
        };
        self.frames.push(Frame { span, steps: Vec::new(), block });
        Some(())
    }

    fn otherwise(&mut self, span: Span) -> Option<()> {
        match self.frames.pop() {
            Some(Frame { span: opened, steps, block: Block::When { condition } }) => {
                let block = Block::Else { condition, then: steps };
                self.frames.push(Frame { span: opened, steps: Vec::new(), block });
                Some(())
            }
            Some(frame @ Frame { block: Block::Broken, .. }) => {
                self.frames.push(frame);
                Some(())
            }
            other => {
                self.frames.extend(other);
                self.fail(span, "`@else` belongs to a `@when`")
            }
        }
    }

    fn end_block(&mut self, span: Span) -> Option<()> {
        let frame = self.frames.pop()?;
        let kind = match frame.block {
            Block::Body => {
                self.frames.push(frame);
                return self.fail(span, "`@end` closes no block");
            }
            Block::When { condition } => StepKind::When { condition, then: frame.steps, otherwise: Vec::new() },
            Block::Else { condition, then } => StepKind::When { condition, then, otherwise: frame.steps },
            Block::Each { name, table } => StepKind::Each { name, table, body: frame.steps },
            Block::Broken => return Some(()),
        };
        self.push(Step { span: frame.span, kind });
        Some(())
    }

    fn step_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        let pending = match word {
            "let" => {
                let name = self.name(cursor)?;
                if !self.punct(cursor, "=") {
                    return self.fail(self.here(cursor), "write `@let name = expression`");
                }
                let expr = self.expression(cursor)?;
                self.push(Step { span, kind: StepKind::Let { name, expr } });
                return Some(());
            }
            "use" => {
                let Some(name) = self.tool_name(cursor) else { return self.fail(span, "`@use` needs the name of a `@steps`") };
                self.push(Step { span, kind: StepKind::Use { name } });
                return Some(());
            }
            "id" => {
                let kind = self.id(cursor)?;
                self.push(Step { span, kind });
                return Some(());
            }
            "return" if cursor.peek().is_some_and(|t| t.is_punct(self.text, "=")) => {
                cursor.next();
                let expr = self.expression(cursor)?;
                self.push(Step { span, kind: StepKind::Give { expr } });
                return Some(());
            }
            "require" => {
                let expr = self.expression(cursor)?;
                let Some(otherwise) = self.failure(cursor)? else {
                    return self.fail(self.here(cursor), "`@require` needs `else \"message\"`");
                };
                self.push(Step { span, kind: StepKind::Require { expr, otherwise } });
                return Some(());
            }
            "row" => {
                let name = self.name(cursor)?;
                let optional = cursor.rest().starts_with('?');
                cursor.pos += usize::from(optional);
                Pending::Row { name, optional, otherwise: self.failure(cursor)? }
            }
            "reject" => Pending::Reject { code: self.code(cursor)?.unwrap_or(ToolErrorCode::Other) },
            "table" => Pending::Table { name: self.name(cursor)? },
            "exec" => Pending::Exec { some: self.flag(cursor, "some"), otherwise: self.failure(cursor)? },
            _ => Pending::Return { list: self.flag(cursor, "list"), otherwise: self.failure(cursor)? },
        };
        self.pending = Some((pending, span));
        Some(())
    }

    /// `name in table.column`, and where the id comes from.
    fn id(&mut self, cursor: &mut Cursor<'a>) -> Option<StepKind> {
        let name = self.name(cursor)?;
        if !self.flag(cursor, "in") {
            return self.fail(self.here(cursor), "write `@id name in table.column`");
        }
        let (table, column) = self.column(cursor)?;
        let from = if self.punct(cursor, "=") {
            IdSource::Expr(self.expression(cursor)?)
        } else if self.flag(cursor, "from") {
            let (table, column) = self.column(cursor)?;
            IdSource::Pool { table, column }
        } else {
            IdSource::Hash
        };
        let otherwise = self.failure(cursor)?;
        if let (Some(failure), IdSource::Hash | IdSource::Expr(_)) = (&otherwise, &from) {
            return self.fail(failure.span, "only an id from a pool can be missing: `else` goes with `from`");
        }
        Some(StepKind::Id { name, table, column, from, otherwise })
    }

    /// `table.column`
    fn column(&mut self, cursor: &mut Cursor<'a>) -> Option<(Name, Name)> {
        let table = self.name(cursor)?;
        self.expect(cursor, ".")?;
        Some((table, self.name(cursor)?))
    }

    /// `word`, if it comes next.
    fn flag(&mut self, cursor: &mut Cursor<'a>, word: &str) -> bool {
        let found = cursor.peek().is_some_and(|t| t.is(self.text, word));
        if found {
            cursor.next();
        }
        found
    }

    /// An expression, up to an `else` of its own level or to the end.
    fn expression(&mut self, cursor: &mut Cursor<'a>) -> Option<Sql> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut depth = 0i32;
        while let Some(token) = cursor.peek() {
            if depth == 0 && token.is(self.text, "else") {
                break;
            }
            cursor.next();
            if token.is_punct(self.text, "(") || token.is(self.text, "case") {
                depth += 1;
            } else if token.is_punct(self.text, ")") || token.is(self.text, "end") {
                depth -= 1;
            }
            tokens.push(token);
        }
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return self.fail(self.here(cursor), "an expression is missing");
        };
        if let Some(semicolon) = tokens.iter().find(|t| t.is_punct(self.text, ";")) {
            return self.fail(self.token_span(*semicolon), "an expression in an annotation has no `;`");
        }
        let span = self.token_span(*first).to(self.token_span(*last));
        self.sql(span, tokens)
    }

    /// `else [code] "message"`, if it comes next. The outer `None` is a mistake that was reported.
    fn failure(&mut self, cursor: &mut Cursor<'a>) -> Option<Option<Failure>> {
        let opened = self.here(cursor);
        if !self.flag(cursor, "else") {
            return Some(None);
        }
        let code = self.code(cursor)?;
        cursor.skip_space();
        if !cursor.rest().starts_with('"') {
            let place = self.here(cursor);
            return self.fail(place, "after `else` comes a message in double quotes, or a code and a message");
        }
        let message = self.message(cursor)?;
        Some(Some(Failure { code, message, span: self.span(opened.start, cursor.pos) }))
    }

    /// A code of tool errors, if a word comes next.
    pub(super) fn code(&mut self, cursor: &mut Cursor<'a>) -> Option<Option<ToolErrorCode>> {
        let Some(token) = cursor.peek().filter(|t| t.kind == Kind::Word) else { return Some(None) };
        cursor.next();
        let word = token.text(self.text);
        match ToolErrorCode::ALL.into_iter().find(|code| code.word() == word) {
            Some(code) => Some(Some(code)),
            None => {
                let hint = Some("codes are `not_found`, `invalid`, `conflict`, `forbidden`, `other`");
                self.report.error(self.token_span(token), format!("`{word}` is no code of a tool error"), hint);
                None
            }
        }
    }

    /// A message at the cursor, which stands before its opening quote.
    pub(super) fn message(&mut self, cursor: &mut Cursor<'a>) -> Option<Vec<Part>> {
        let opened = cursor.pos;
        let mut parts: Vec<Part> = Vec::new();
        let mut text = String::new();
        let mut at = opened + 1;
        while let Some(c) = self.text[at..cursor.end].chars().next() {
            let next = self.text[at + c.len_utf8()..cursor.end].chars().next();
            at += c.len_utf8();
            match (c, next) {
                ('"', _) => {
                    cursor.pos = at;
                    flush(&mut parts, &mut text);
                    return Some(parts);
                }
                ('\\', Some(escaped)) => {
                    at += escaped.len_utf8();
                    text.push(if escaped == 'n' { '\n' } else { escaped });
                }
                ('{', Some('{')) | ('}', Some('}')) => {
                    at += 1;
                    text.push(c);
                }
                ('{', _) => {
                    flush(&mut parts, &mut text);
                    let (part, end) = self.interpolation(at, cursor.end)?;
                    parts.push(part);
                    at = end;
                }
                ('\n', _) => {
                    // A message that goes on in the next line: the break and its `--` are one blank.
                    at += self.text[at..cursor.end].find("--").map_or(0, |i| i + 2);
                    at += self.text[at..cursor.end].len() - self.text[at..cursor.end].trim_start().len();
                    text.push(' ');
                }
                _ => text.push(c),
            }
        }
        let place = self.span(opened, self.line_end(opened).min(cursor.end));
        self.fail(place, "the message does not end")
    }

    /// `x}` or `r.c}` at `at`; returns the part and where it ends.
    fn interpolation(&mut self, at: usize, end: usize) -> Option<(Part, usize)> {
        let close = self.text[at..end].find('}').map(|i| at + i);
        let inner = close.map_or("", |close| self.text[at..close].trim());
        let (name, column) = inner.split_once('.').map_or((inner, None), |(n, c)| (n, Some(c)));
        let is_name = |n: &str| n.starts_with(is_word_start) && n.chars().all(|c| c.is_alphanumeric() || c == '_');
        match close {
            Some(close) if is_name(name) && column.is_none_or(|column| column.split('.').all(is_name)) => {
                let span = self.span(at, close);
                Some((Part::Variable { name: name.to_owned(), column: column.map(str::to_owned), span }, close + 1))
            }
            _ => {
                let place = self.span(at - 1, self.line_end(at).min(end));
                let hint = Some("inside braces stands the name of a variable; `{{` stands for a brace");
                self.report.error(place, "braces in a message hold no variable", hint);
                None
            }
        }
    }

    /// `table.column $.path`
    fn yields(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Yields> {
        let place = self.tool_name(&mut cursor.clone()).map_or(span, |word| word.span);
        let text = free_text(cursor);
        let mut words = text.split_whitespace();
        let key = words.next().and_then(|w| w.split_once('.'));
        match (key, words.next(), words.next()) {
            (Some((table, column)), Some(path), None) if is_path(path) => {
                Some(Yields { table: table.to_owned(), column: column.to_owned(), path: path.to_owned(), span: place })
            }
            _ => {
                let hint = Some("for example `@yields orders.order_id $.items[*].order_id`");
                self.report.error(place, "`@yields` takes a column and a path", hint);
                None
            }
        }
    }

    /// A variable's name.
    pub(super) fn name(&mut self, cursor: &mut Cursor<'a>) -> Option<Name> {
        let place = self.here(cursor);
        match cursor.peek() {
            Some(token) if token.kind == Kind::Word && token.text(self.text).is_ascii() => {
                cursor.next();
                Some(Name { text: token.text(self.text).to_owned(), span: self.token_span(token) })
            }
            _ => {
                self.report.error(place, "a name is expected here", Some("names are of ASCII letters, digits and underscores"));
                None
            }
        }
    }

    /// Where the next token stands, or what is there ends.
    pub(super) fn here(&self, cursor: &Cursor<'a>) -> Span {
        match cursor.peek() {
            Some(token) => self.span(token.start, token.end.min(self.line_end(token.start)).max(token.start + 1)),
            None => {
                let end = cursor.pos - (self.text[..cursor.pos].len() - self.text[..cursor.pos].trim_end().len());
                self.span(end, end)
            }
        }
    }

    /// The name of a tool: words, digits and hyphens up to white space.
    pub(super) fn tool_name(&mut self, cursor: &mut Cursor<'a>) -> Option<Name> {
        cursor.skip_space();
        let len = cursor.rest().find(char::is_whitespace).unwrap_or(cursor.rest().len());
        let (start, text) = (cursor.pos, cursor.rest()[..len].to_owned());
        cursor.pos += len;
        (len > 0).then(|| Name { text, span: self.span(start, start + len) })
    }

    pub(super) fn fail<T>(&mut self, span: Span, message: &str) -> Option<T> {
        self.report.error(span, message, None);
        None
    }
}

fn role(word: &str) -> Option<Role> {
    match word {
        "agent" => Some(Role::Agent),
        "user" => Some(Role::User),
        "setup" => Some(Role::Setup),
        "assert" => Some(Role::Assert),
        _ => None,
    }
}

fn flush(parts: &mut Vec<Part>, text: &mut String) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

/// Takes what is left as text: lines joined by blanks.
pub(super) fn free_text(cursor: &mut Cursor<'_>) -> String {
    Rest::take(cursor).text
}

/// What is left of an annotation, as text in one line, and where its lines stand in the file.
pub(super) struct Rest {
    pub(super) text: String,
    /// Offsets in the text and in the file, ascending.
    lines: Vec<(usize, usize)>,
}

impl Rest {
    pub(super) fn take(cursor: &mut Cursor<'_>) -> Self {
        let mut rest = Self { text: String::new(), lines: Vec::new() };
        let mut at = cursor.pos;
        for (i, whole) in cursor.rest().split('\n').enumerate() {
            let line = whole.trim();
            let line = if i == 0 { line } else { line.strip_prefix("--").unwrap_or(line).trim() };
            if !line.is_empty() {
                let separator = if rest.text.is_empty() { "" } else { " " };
                rest.text.push_str(separator);
                rest.lines.push((rest.text.len(), at + whole.find(line).unwrap_or_default()));
                rest.text.push_str(line);
            }
            at += whole.len() + 1;
        }
        cursor.pos = cursor.end;
        rest
    }

    /// Where in the file byte `offset` of the text stands.
    pub(super) fn origin(&self, offset: usize) -> usize {
        let before = self.lines.partition_point(|(start, _)| *start <= offset);
        before.checked_sub(1).map_or(0, |i| self.lines[i].1 + offset - self.lines[i].0)
    }
}

/// True for `$`, `$.a.b`, `$[*].a`, `$.a[*].b`.
fn is_path(path: &str) -> bool {
    let Some(mut rest) = path.strip_prefix('$') else { return false };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let len = after.find(['.', '[']).unwrap_or(after.len());
            if len == 0 {
                return false;
            }
            rest = &after[len..];
        } else {
            return false;
        }
    }
    true
}
