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
    Row { name: Name, optional: bool, otherwise: Option<Failure> },
    Reject { code: ToolErrorCode },
    Table { name: Name },
    Exec { some: bool, otherwise: Option<Failure> },
    Return { list: bool, otherwise: Option<Failure> },
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
        if known.is_some() && cursor.peek().is_some() {
            cursor.skip_space();
            self.report.error(self.span(cursor.pos, end), format!("unexpected text after `@{word}`"), None);
        }
    }

    fn owner_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        let Some(name) = self.tool_name(cursor) else {
            self.report.error(span, format!("`@{word}` needs a name"), None);
            self.open_owner(Owner::None, span);
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
        let param = if word == "param" { Some(self.param(cursor, span)?) } else { None };
        let yields = if word == "yields" { Some(self.yields(cursor, span)?) } else { None };
        let text = free_text(cursor);
        let roles = if word == "role" { self.roles(&text, span)? } else { Vec::new() };
        let returns = match word {
            "returns" => match serde_json::from_str(&text) {
                Ok(schema) => Some(schema),
                Err(error) => return self.fail(span, &format!("`@returns` takes a JSON Schema: {error}")),
            },
            _ => None,
        };
        let Owner::Tool(tool) = &mut self.owner else {
            return self.fail(span, &format!("`@{word}` stands outside a tool"));
        };
        if word == "doc" {
            let separator = if tool.doc.is_empty() { "" } else { "\n" };
            tool.doc.push_str(separator);
            tool.doc.push_str(&text);
        }
        tool.params.extend(param);
        tool.yields.extend(yields);
        match (&mut tool.follows, roles.as_slice()) {
            (_, []) => {}
            (Some(follows), roles) => follows.roles.extend_from_slice(roles),
            (None, [role]) => tool.role = *role,
            (None, _) => return self.fail(span, "a tool has one role"),
        }
        tool.returns = returns.or(tool.returns.take());
        if word == "catalog" {
            tool.catalog = Some(text);
        }
        Some(())
    }

    /// Roles, with commas or blanks between them.
    fn roles(&mut self, text: &str, span: Span) -> Option<Vec<Role>> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        let roles: Option<Vec<Role>> = words.map(role).collect();
        match roles {
            Some(roles) if !roles.is_empty() => Some(roles),
            _ => self.fail(span, "a role is `agent`, `user`, `setup` or `assert`"),
        }
    }

    /// Annotations that say where a tool's code is, what it may do, and which calls an `@after` follows.
    fn code_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        let mut names = Vec::new();
        let text = if matches!(word, "guest" | "tools") {
            while let Some(name) = self.tool_name(cursor) {
                let text = name.text.trim_end_matches(',').to_owned();
                names.push(Name { text, ..name });
                cursor.skip_space();
            }
            if names.is_empty() {
                return self.fail(span, &format!("`@{word}` needs a name"));
            }
            String::new()
        } else {
            free_text(cursor)
        };
        let schema = if word == "params" { Some((self.json(word, &text, span)?, span)) } else { None };
        let effect = match (word, text.as_str()) {
            ("effect", "read") => Some((Effect::Read, span)),
            ("effect", "write") => Some((Effect::Write, span)),
            ("effect", _) => return self.fail(span, "an effect is `read` or `write`"),
            _ => None,
        };
        let Owner::Tool(tool) = &mut self.owner else {
            return self.fail(span, &format!("`@{word}` stands outside a tool"));
        };
        tool.schema = schema.or(tool.schema.take());
        tool.effect = effect.or(tool.effect.take());
        match (word, &mut tool.follows) {
            ("guest", None) if names.len() == 1 && tool.guest.is_none() => tool.guest = names.pop(),
            ("guest", None) => return self.fail(span, "a tool has one guest"),
            ("tools", Some(follows)) => follows.tools.extend(names),
            ("tools", None) => return self.fail(span, "`@tools` belongs to an `@after`"),
            ("params" | "guest" | "effect", Some(_)) => return self.fail(span, &format!("an `@after` takes no `@{word}`")),
            _ => {}
        }
        Some(())
    }

    /// `text` as JSON.
    pub(super) fn json(&mut self, word: &str, text: &str, span: Span) -> Option<Value> {
        match wardian_format::json::parse(text) {
            Ok(value) => Some(value),
            Err(error) => self.fail(span, &format!("`@{word}` takes JSON: {error}")),
        }
    }

    fn block_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        if self.frames.is_empty() {
            return self.fail(span, &format!("`@{word}` stands outside a tool"));
        }
        let block = match word {
            "when" => Block::When { condition: self.expression(cursor, span)? },
            "each" => {
                let name = self.name(cursor, span)?;
                if !cursor.next().is_some_and(|t| t.is(self.text, "in")) {
                    return self.fail(span, "write `@each x in table`");
                }
                Block::Each { name, table: self.name(cursor, span)? }
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
        };
        self.push(Step { span: frame.span, kind });
        Some(())
    }

    fn step_annotation(&mut self, word: &str, cursor: &mut Cursor<'a>, span: Span) -> Option<()> {
        let pending = match word {
            "let" => {
                let name = self.name(cursor, span)?;
                if !cursor.next().is_some_and(|t| t.is_punct(self.text, "=")) {
                    return self.fail(span, "write `@let name = expression`");
                }
                let expr = self.expression(cursor, span)?;
                self.push(Step { span, kind: StepKind::Let { name, expr } });
                return Some(());
            }
            "use" => {
                let Some(name) = self.tool_name(cursor) else { return self.fail(span, "`@use` needs the name of a `@steps`") };
                self.push(Step { span, kind: StepKind::Use { name } });
                return Some(());
            }
            "id" => {
                let kind = self.id(cursor, span)?;
                self.push(Step { span, kind });
                return Some(());
            }
            "return" if cursor.peek().is_some_and(|t| t.is_punct(self.text, "=")) => {
                cursor.next();
                let expr = self.expression(cursor, span)?;
                self.push(Step { span, kind: StepKind::Give { expr } });
                return Some(());
            }
            "require" => {
                let expr = self.expression(cursor, span)?;
                let Some(otherwise) = self.failure(cursor)? else {
                    return self.fail(span, "`@require` needs `else \"message\"`");
                };
                self.push(Step { span, kind: StepKind::Require { expr, otherwise } });
                return Some(());
            }
            "row" => {
                let name = self.name(cursor, span)?;
                let optional = cursor.rest().starts_with('?');
                cursor.pos += usize::from(optional);
                Pending::Row { name, optional, otherwise: self.failure(cursor)? }
            }
            "reject" => Pending::Reject { code: self.code(cursor)?.unwrap_or(ToolErrorCode::Other) },
            "table" => Pending::Table { name: self.name(cursor, span)? },
            "exec" => Pending::Exec { some: self.flag(cursor, "some"), otherwise: self.failure(cursor)? },
            _ => Pending::Return { list: self.flag(cursor, "list"), otherwise: self.failure(cursor)? },
        };
        self.pending = Some((pending, span));
        Some(())
    }

    /// `name in table.column`, and where the id comes from.
    fn id(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<StepKind> {
        let name = self.name(cursor, span)?;
        if !self.flag(cursor, "in") {
            return self.fail(span, "write `@id name in table.column`");
        }
        let (table, column) = self.column(cursor, span)?;
        let from = if self.punct(cursor, "=") {
            IdSource::Expr(self.expression(cursor, span)?)
        } else if self.flag(cursor, "from") {
            let (table, column) = self.column(cursor, span)?;
            IdSource::Pool { table, column }
        } else {
            IdSource::Hash
        };
        let otherwise = self.failure(cursor)?;
        if otherwise.is_some() && !matches!(from, IdSource::Pool { .. }) {
            return self.fail(span, "only an id from a pool can be missing: `else` goes with `from`");
        }
        Some(StepKind::Id { name, table, column, from, otherwise })
    }

    /// `table.column`
    fn column(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<(Name, Name)> {
        let table = self.name(cursor, span)?;
        self.expect(cursor, ".", span)?;
        Some((table, self.name(cursor, span)?))
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
    fn expression(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Sql> {
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
            return self.fail(span, "an expression is missing");
        };
        if let Some(semicolon) = tokens.iter().find(|t| t.is_punct(self.text, ";")) {
            return self.fail(self.token_span(*semicolon), "an expression in an annotation has no `;`");
        }
        let span = self.token_span(*first).to(self.token_span(*last));
        self.sql(span, tokens)
    }

    /// `else [code] "message"`, if it comes next. The outer `None` is a mistake that was reported.
    fn failure(&mut self, cursor: &mut Cursor<'a>) -> Option<Option<Failure>> {
        if !self.flag(cursor, "else") {
            return Some(None);
        }
        let code = self.code(cursor)?;
        cursor.skip_space();
        if !cursor.rest().starts_with('"') {
            let place = self.span(cursor.pos, cursor.end);
            return self.fail(place, "after `else` comes a message in double quotes, or a code and a message");
        }
        let message = self.message(cursor)?;
        Some(Some(Failure { code, message }))
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
        let text = free_text(cursor);
        let mut words = text.split_whitespace();
        let key = words.next().and_then(|w| w.split_once('.'));
        match (key, words.next(), words.next()) {
            (Some((table, column)), Some(path), None) if is_path(path) => {
                Some(Yields { table: table.to_owned(), column: column.to_owned(), path: path.to_owned(), span })
            }
            _ => {
                let hint = Some("for example `@yields orders.order_id $.items[*].order_id`");
                self.report.error(span, "`@yields` takes a column and a path", hint);
                None
            }
        }
    }

    /// A variable's name.
    pub(super) fn name(&mut self, cursor: &mut Cursor<'a>, span: Span) -> Option<Name> {
        match cursor.peek() {
            Some(token) if token.kind == Kind::Word && token.text(self.text).is_ascii() => {
                cursor.next();
                Some(Name { text: token.text(self.text).to_owned(), span: self.token_span(token) })
            }
            _ => self.fail(span, "a name of ASCII letters, digits and underscores is missing"),
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
    let text = cursor.rest();
    cursor.pos = cursor.end;
    let lines = text.split('\n').enumerate().map(|(i, line)| {
        let line = line.trim();
        if i == 0 { line } else { line.strip_prefix("--").unwrap_or(line).trim() }
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
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
