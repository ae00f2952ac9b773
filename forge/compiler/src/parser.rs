//! From the text of a tools file to its tree. Goes on after a mistake, so that all are found at once.

mod annotation;
mod example;
mod param;

use crate::ast::{Follows, Group, Name, Options, Param, Scalar, Sql, Step, StepKind, Tool, Type, Unit};
use crate::diagnostic::{FileId, Report, Span};
use crate::lexer::{Cursor, Kind, Token};
use annotation::Pending;
use wardian_format::pack::Role;

/// Reads one tools file into `unit`.
pub(crate) fn parse(file: FileId, unit: &mut Unit, report: &mut Report<'_>) {
    let text = report.text(file);
    let mut parser =
        Parser { file, text, pos: 0, report, unit, owner: Owner::None, frames: Vec::new(), pending: None, errors: 0, broken: Vec::new() };
    parser.run();
}

struct Parser<'p, 'a> {
    file: FileId,
    text: &'a str,
    pos: usize,
    report: &'p mut Report<'a>,
    unit: &'p mut Unit,
    owner: Owner,
    /// Open blocks, outermost first; the first is the body of the owner.
    frames: Vec<Frame>,
    /// An annotation that waits for its statement.
    pending: Option<(Pending, Span)>,
    /// How many errors there were when the owner started.
    errors: usize,
    /// Names of variables of the owner whose annotations could not be read.
    broken: Vec<String>,
}

/// What steps belong to.
enum Owner {
    None,
    /// A tool or group without a name, which is reported.
    Broken,
    Tool(Box<Tool>),
    Group(Name),
}

/// An open block.
struct Frame {
    span: Span,
    steps: Vec<Step>,
    block: Block,
}

enum Block {
    Body,
    When {
        condition: Sql,
    },
    Else {
        condition: Sql,
        then: Vec<Step>,
    },
    Each {
        name: Name,
        table: Name,
    },
    /// One whose annotation could not be read. Its steps are read and dropped.
    Broken,
}

impl<'a> Parser<'_, 'a> {
    fn run(&mut self) {
        while self.pos < self.text.len() {
            let line_end = self.line_end(self.pos);
            let line = &self.text[self.pos..line_end];
            let trimmed = line.trim_start();
            let indent = line.len() - trimmed.len();
            if let Some(comment) = trimmed.strip_prefix("--") {
                let word = comment.trim_start_matches([' ', '\t']);
                if let Some(rest) = word.strip_prefix('@') {
                    self.annotation(line_end - rest.len());
                } else {
                    self.pos = line_end + 1;
                }
            } else if trimmed.is_empty() {
                self.pos = line_end + 1;
            } else if trimmed.starts_with("/*") {
                let from = self.pos + indent;
                self.pos = self.text[from..].find("*/").map_or(self.text.len(), |i| from + i + 2);
            } else {
                self.pos += indent;
                self.statement();
            }
        }
        self.close_owner();
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..].find('\n').map_or(self.text.len(), |i| from + i)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn token_span(&self, token: Token) -> Span {
        self.span(token.start, token.end)
    }

    /// An annotation whose word starts at `at`.
    fn annotation(&mut self, at: usize) {
        let mut end = self.line_end(at);
        while let Some(next) = self.continuation(end) {
            end = next;
        }
        self.pos = end + 1;
        let word_end = at + self.text[at..end].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(end - at);
        self.annotated(at, word_end, end, self.span(at - 1, word_end));
    }

    /// The end of the line after `end`, if it goes on an annotation: `--` and at least two blanks.
    fn continuation(&self, end: usize) -> Option<usize> {
        let next = end + 1;
        if next >= self.text.len() {
            return None;
        }
        let line = self.text[next..self.line_end(next)].trim_start().strip_prefix("--")?;
        let text = line.trim_start();
        (line.len() - text.len() >= 2 && !text.is_empty() && !text.starts_with('@')).then(|| self.line_end(next))
    }

    /// A statement that starts at `pos`, up to its semicolon.
    fn statement(&mut self) {
        let mut cursor = Cursor::new(self.text, self.pos, self.text.len(), false);
        let mut tokens = Vec::new();
        let mut ended = false;
        while let Some(token) = cursor.next() {
            if let Some(at) = cursor.swallowed {
                // Before the first token the cursor cannot meet an annotation: `run` takes those.
                let hint = Some("end the statement before it with `;`");
                self.report.error(self.span(at, self.line_end(at)), "an annotation stands inside a statement", hint);
                self.pos = at;
                self.pending = None;
                return;
            }
            if token.is_punct(self.text, ";") {
                ended = true;
                break;
            }
            tokens.push(token);
        }
        self.pos = cursor.pos;
        let (Some(first), Some(last)) = (tokens.first().copied(), tokens.last().copied()) else { return };
        let span = self.span(first.start, last.end);
        if !ended {
            if last.kind == Kind::Broken {
                self.sql(span, vec![last]);
            } else {
                self.report.error(self.token_span(last), "the statement has no `;`", None);
            }
            self.pos = self.text.len();
            self.pending = None;
            return;
        }
        if let Some(sql) = self.sql(span, tokens) {
            self.complete(sql);
        } else {
            self.pending = None;
        }
    }

    /// Checks the tokens of a statement or expression one by one.
    fn sql(&mut self, span: Span, tokens: Vec<Token>) -> Option<Sql> {
        let mut good = true;
        for &token in &tokens {
            let (message, hint) = match token.kind {
                Kind::Broken => ("a literal does not end", "close the quote; inside it, a quote is doubled"),
                Kind::Foreign => ("a parameter of this spelling is not allowed", "write `:name` for a parameter or variable of the tool"),
                _ => continue,
            };
            let end = self.line_end(token.start).min(token.end);
            self.report.error(self.span(token.start, end), message, Some(hint));
            good = false;
        }
        good.then_some(Sql { span, tokens })
    }

    /// Gives `sql` to the annotation that waits for it, or takes it as a plain statement.
    fn complete(&mut self, sql: Sql) {
        let (pending, span) = self.pending.take().unwrap_or((Pending::Exec { some: false, otherwise: None }, sql.span));
        let kind = match pending {
            Pending::Row { name, optional, otherwise } => StepKind::Row { name, optional, otherwise, sql },
            Pending::Reject { code } => StepKind::Reject { code, sql },
            Pending::Table { name } => StepKind::Table { name, sql },
            Pending::Exec { some, otherwise } => StepKind::Exec { some, otherwise, sql },
            Pending::Return { list, otherwise } => StepKind::Return { list, otherwise, sql },
            Pending::Broken => return,
        };
        self.push(Step { span, kind });
    }

    fn push(&mut self, step: Step) {
        match self.frames.last_mut() {
            Some(frame) => frame.steps.push(step),
            None => {
                let hint = Some("start a tool with `-- @tool name`");
                self.report.error(step.span, "a step stands outside a tool", hint);
            }
        }
    }

    /// Starts a tool or a group of steps.
    fn open_owner(&mut self, owner: Owner, span: Span) {
        self.close_owner();
        self.errors = self.report.errors();
        self.owner = owner;
        self.frames.push(Frame { span, steps: Vec::new(), block: Block::Body });
    }

    fn close_owner(&mut self) {
        self.no_pending();
        while self.frames.len() > 1 {
            let frame = self.frames.pop().expect("there is one");
            self.report.error(frame.span, "the block has no `@end`", None);
        }
        let steps = self.frames.pop().map(|frame| frame.steps).unwrap_or_default();
        let broken = std::mem::take(&mut self.broken);
        match std::mem::replace(&mut self.owner, Owner::None) {
            Owner::None | Owner::Broken => {}
            Owner::Tool(mut tool) => {
                tool.steps = steps;
                tool.broken = broken;
                tool.is_flawed = self.report.errors() > self.errors;
                self.unit.tools.push(*tool);
            }
            Owner::Group(name) => self.unit.groups.push(Group { name, broken, steps }),
        }
    }

    fn no_pending(&mut self) {
        if let Some((pending, span)) = self.pending.take()
            && !matches!(pending, Pending::Broken)
        {
            self.report.error(span, "the annotation has no statement", Some("a SELECT that ends with `;` must follow it"));
        }
    }
}

/// What an `@after` knows of the call that it follows.
fn after_params(name: &Name) -> Vec<Param> {
    let param = |(text, scalar): (&str, Scalar)| Param {
        name: Name { text: text.to_owned(), span: name.span },
        ty: Type::Scalar(scalar),
        nullable: false,
        optional: false,
        default: None,
        options: Options::default(),
        doc: String::new(),
    };
    [("tool", Scalar::Text), ("arguments", Scalar::Json), ("result", Scalar::Json)].map(param).into()
}

fn new_tool(name: Name, follows: Option<Follows>) -> Tool {
    Tool {
        params: if follows.is_some() { after_params(&name) } else { Vec::new() },
        name,
        doc: String::new(),
        schema: None,
        role: if follows.is_some() { Role::After } else { Role::Agent },
        catalog: None,
        yields: Vec::new(),
        returns: None,
        is_flawed: false,
        broken: Vec::new(),
        effect: None,
        guest: None,
        follows,
        examples: Vec::new(),
        steps: Vec::new(),
    }
}
