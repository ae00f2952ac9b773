//! What is wrong with the sources, with file, line, column and the offending text underlined.

use crate::source::Sources;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::collections::BTreeSet;
use std::fmt;
use wardian_format::json::JsonError;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack is not built.
    Error,
    /// The pack is built.
    Warning,
}

/// One finding. [`Display`](fmt::Display) shows it in full, without colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as in [`Sources`].
    pub file: String,
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// Column in characters, from 1; 0 where the file as a whole is meant.
    pub column: usize,
    /// What is wrong: lowercase, no full stop.
    pub message: String,
    /// A way out.
    pub hint: Option<String>,
    /// Name of the tool that was being compiled, if any.
    pub tool: Option<String>,
    rendered: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered)
    }
}

/// Shows all of `list`, separated by empty lines.
pub fn render(list: &[Diagnostic]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}

/// A place in a file: bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) file: FileId,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Index of a file in [`Sources`], in order of path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId(u32);

impl Span {
    pub(crate) fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start, end: end.max(start) }
    }

    /// From the start of `self` to the end of `other`.
    pub(crate) fn to(self, other: Self) -> Self {
        Self::new(self.file, self.start, other.end)
    }
}

/// Collects diagnostics; knows the texts that spans point into.
pub(crate) struct Report<'a> {
    files: Vec<(&'a str, &'a str)>,
    list: Vec<Diagnostic>,
    errors: usize,
    tool: Option<String>,
    /// Findings beyond [`FINDINGS_MAX`], and the file of the last of them.
    omitted: (usize, String),
}

/// Most findings that are shown. Generated sources can have one mistake in each of a million lines.
const FINDINGS_MAX: usize = 1_000;

impl<'a> Report<'a> {
    pub(crate) fn new(sources: &'a Sources) -> Self {
        let files = sources.texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        Self { files, list: Vec::new(), errors: 0, tool: None, omitted: (0, String::new()) }
    }

    /// Names the tool that later findings belong to.
    pub(crate) fn enter(&mut self, tool: Option<&str>) {
        self.tool = tool.map(str::to_owned);
    }

    /// The file at `path`; the first one where there is none.
    pub(crate) fn file(&self, path: &str) -> FileId {
        let index = self.files.binary_search_by(|(p, _)| (*p).cmp(path)).unwrap_or(0);
        FileId(u32::try_from(index).expect("fewer than 2^32 files"))
    }

    pub(crate) fn text(&self, file: FileId) -> &'a str {
        self.files.get(file.0 as usize).map_or("", |(_, text)| text)
    }

    /// File and line, from 1, where `span` starts.
    pub(crate) fn place(&self, span: Span) -> (String, usize) {
        let (path, text) = self.files.get(span.file.0 as usize).copied().unwrap_or(("", ""));
        (path.to_owned(), text[..floor(text, span.start)].matches('\n').count() + 1)
    }

    /// How many errors there are so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>, hint: Option<&str>) {
        self.push(Severity::Error, span, message.into(), hint);
    }

    pub(crate) fn warning(&mut self, span: Span, message: impl Into<String>, hint: Option<&str>) {
        self.push(Severity::Warning, span, message.into(), hint);
    }

    /// An error about a file as a whole, which may be absent.
    pub(crate) fn error_of_file(&mut self, path: &str, message: impl Into<String>, hint: Option<&str>) {
        self.errors += 1;
        self.of_file(Severity::Error, path, message.into(), hint);
    }

    /// A warning about a file as a whole.
    pub(crate) fn warning_of_file(&mut self, path: &str, message: impl Into<String>, hint: Option<&str>) {
        self.of_file(Severity::Warning, path, message.into(), hint);
    }

    fn of_file(&mut self, severity: Severity, path: &str, message: String, hint: Option<&str>) {
        let level = if severity == Severity::Error { Level::ERROR } else { Level::WARNING };
        let group = level.primary_title(message.as_str()).element(annotate_snippets::Origin::path(path));
        let rendered = finish(group, hint);
        self.list.push(Diagnostic {
            severity,
            file: path.to_owned(),
            line: 0,
            column: 0,
            message,
            hint: hint.map(str::to_owned),
            tool: self.tool.clone(),
            rendered,
        });
    }

    /// The findings, errors first, each kind in the order in which it was found.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        let (omitted, file) = std::mem::take(&mut self.omitted);
        if omitted > 0 {
            self.of_file(Severity::Error, &file, format!("{omitted} more mistakes are not shown"), None);
        }
        // Steps that several tools share are checked for each of them.
        let mut seen = BTreeSet::new();
        self.list.retain(|d| seen.insert(d.rendered.clone()));
        self.list.sort_by_key(|d| d.severity);
        self.list
    }

    fn push(&mut self, severity: Severity, span: Span, message: String, hint: Option<&str>) {
        let (path, text) = self.files.get(span.file.0 as usize).copied().unwrap_or(("", ""));
        self.errors += usize::from(severity == Severity::Error);
        if self.list.len() >= FINDINGS_MAX {
            self.omitted = (self.omitted.0 + 1, path.to_owned());
            return;
        }
        let start = floor(text, span.start);
        // A finding shows one line: what goes on beyond it is seen by its beginning.
        let end = floor(text, span.end).max(start);
        let end = text[start..end].find('\n').map_or(end, |i| start + text[start..start + i].trim_end().len().max(1));
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        // Rendering looks only at the lines that the span covers, so that a large data file costs nothing.
        let line_end = text[end..].find('\n').map_or(text.len(), |i| end + i);
        let line = text[..start].matches('\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;
        let level = if severity == Severity::Error { Level::ERROR } else { Level::WARNING };
        let annotation = AnnotationKind::Primary.span(start - line_start..end - line_start);
        let snippet = Snippet::source(&text[line_start..line_end]).line_start(line).path(path).annotation(annotation);
        let rendered = finish(level.primary_title(message.as_str()).element(snippet), hint);
        let hint = hint.map(str::to_owned);
        self.list.push(Diagnostic { severity, file: path.to_owned(), line, column, message, hint, tool: self.tool.clone(), rendered });
    }
}

fn finish(group: annotate_snippets::Group<'_>, hint: Option<&str>) -> String {
    let group = match hint {
        Some(hint) => group.element(Level::HELP.message(hint)),
        None => group,
    };
    Renderer::plain().render(&[group])
}

/// What is wrong with a JSON text of one line, and at which byte.
pub(crate) fn json_error(error: &JsonError, text: &str) -> (String, Option<usize>) {
    let message = error.to_string();
    let JsonError::Syntax(syntax) = error else { return (message, text.find(|c: char| !c.is_whitespace())) };
    // serde_json counts bytes from 1, and in whole lines where it stops between values.
    let at = syntax.column().checked_sub(1).map(|at| floor(text, at));
    let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
    (reason.to_owned(), if syntax.is_eof() { Some(text.len()) } else { at })
}

/// The largest character boundary of `text` that is at most `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Most names that a hint lists.
const LISTED_MAX: usize = 12;

/// Most candidates that are compared with a word that is not known.
const CANDIDATES_MAX: usize = 500;

/// `names` in a row, for a hint.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, mark: &str) -> String {
    let mut names = names.into_iter();
    let first: Vec<String> = names.by_ref().take(LISTED_MAX).map(|name| format!("`{mark}{name}`")).collect();
    let more = names.count();
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{end}", first.join(", "))
}

/// The candidate nearest to `word`, if one is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |c: &&str| distance(word, c) <= 1 + word.len() / 4;
    candidates.into_iter().take(CANDIDATES_MAX).filter(near).min_by_key(|c| distance(word, c))
}

/// Levenshtein distance over bytes, ignoring ASCII case.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(!x.eq_ignore_ascii_case(&y));
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_word() {
        assert_eq!(nearest("ordr_id", ["order_id", "user_id"]), Some("order_id"));
        assert_eq!(nearest("x", ["order_id"]), None);
    }

    #[test]
    fn a_finding_is_underlined() {
        let mut sources = Sources::new();
        sources.insert("tools.sql", "-- first\nSELECT é, :wrong;\n");
        let mut report = Report::new(&sources);
        let start = sources.texts["tools.sql"].find(":wrong").expect("is there");
        report.error(Span::new(report.file("tools.sql"), start, start + 6), "unknown variable `:wrong`", Some("parameters are none"));
        let list = report.finish();
        assert_eq!((list[0].line, list[0].column), (2, 11));
        let expected = "error: unknown variable `:wrong`\n --> tools.sql:2:11\n  |\n2 | SELECT é, :wrong;\n  |           ^^^^^^\n  |\n  = help: parameters are none";
        assert_eq!(render(&list), expected);
    }
}
