//! Is the result of a SELECT the same whatever order SQLite visits rows in? Judged on tokens, per bracket:
//! a little stricter than needed, and never silent.

use crate::ast::Sql;
use crate::diagnostic::Span;
use crate::lexer::{Kind, Token};

/// Aggregates whose result depends on the order of rows.
const ORDERED: [&str; 6] =
    ["group_concat", "string_agg", "json_group_array", "jsonb_group_array", "json_group_object", "jsonb_group_object"];

/// Aggregates whose result does not.
const UNORDERED: [&str; 6] = ["count", "sum", "total", "avg", "min", "max"];

/// A place where order matters and is not given.
pub(crate) struct Unordered {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) hint: &'static str,
}

/// What stands in one pair of brackets, or outside all.
#[derive(Default)]
struct Level {
    opened: Option<usize>,
    order: bool,
    group: bool,
    from: bool,
    compound: bool,
    aggregate: bool,
    limit: Option<(usize, bool)>,
}

/// What is known of a statement as a whole.
pub(crate) struct Shape {
    /// It says ORDER BY.
    pub(crate) ordered: bool,
    /// It cannot return two rows.
    pub(crate) single: bool,
}

/// Looks for ordered aggregates without ORDER BY and for LIMIT without ORDER BY.
pub(crate) fn check(file: &str, sql: &Sql) -> (Shape, Vec<Unordered>) {
    let tokens = &sql.tokens;
    let mut found = Vec::new();
    let mut stack = vec![Level::default()];
    for (i, token) in tokens.iter().enumerate() {
        if token.is_punct(file, "(") {
            stack.push(Level { opened: Some(i), ..Level::default() });
        } else if token.is_punct(file, ")") && stack.len() > 1 {
            let level = stack.pop().expect("more than one");
            close(file, sql, &level, i, &mut found);
            if let Some(outer) = stack.last_mut() {
                outer.aggregate |= is_aggregate(file, tokens, &level, i);
            }
        } else if token.kind == Kind::Word
            && let Some(level) = stack.last_mut()
        {
            word(file, tokens, i, level);
        }
    }
    let top = stack.swap_remove(0);
    close(file, sql, &top, tokens.len(), &mut found);
    let one = matches!(top.limit, Some((_, true)));
    let single = one || (!top.compound && (!top.from || (top.aggregate && !top.group)));
    (Shape { ordered: top.order, single }, found)
}

fn word(file: &str, tokens: &[Token], i: usize, level: &mut Level) {
    let next = |word: &str| tokens.get(i + 1).is_some_and(|t| t.is(file, word));
    let text = tokens[i].text(file).to_ascii_lowercase();
    match text.as_str() {
        "order" if next("by") => level.order = true,
        "group" if next("by") => level.group = true,
        "from" => level.from = true,
        "union" | "except" | "intersect" => level.compound = true,
        // Of VALUES with several rows nothing is known to be single.
        "values" => level.compound = true,
        "limit" => {
            let one = tokens.get(i + 1).is_some_and(|t| t.text(file) == "1") && !tokens.get(i + 2).is_some_and(|t| t.is_punct(file, ","));
            level.limit = Some((i, one));
        }
        _ => {}
    }
}

/// The word before the bracket that `level` is in.
fn before<'a>(file: &'a str, tokens: &[Token], level: &Level) -> Option<(Token, &'a str)> {
    let token = *tokens.get(level.opened?.checked_sub(1)?)?;
    (token.kind == Kind::Word).then(|| (token, token.text(file)))
}

fn is_aggregate(file: &str, tokens: &[Token], level: &Level, end: usize) -> bool {
    let Some((_, name)) = before(file, tokens, level) else { return false };
    let inner = &tokens[level.opened.map_or(end, |i| i + 1)..end];
    // `min` and `max` of several arguments are scalar functions.
    let many = inner.iter().any(|t| t.is_punct(file, ","));
    let scalar = many && (name.eq_ignore_ascii_case("min") || name.eq_ignore_ascii_case("max"));
    let window = tokens.get(end + 1).is_some_and(|t| t.is(file, "over"));
    let listed = ORDERED.iter().chain(&UNORDERED).any(|a| name.eq_ignore_ascii_case(a));
    listed && !scalar && !window
}

fn close(file: &str, sql: &Sql, level: &Level, end: usize, found: &mut Vec<Unordered>) {
    let tokens = &sql.tokens;
    let name = before(file, tokens, level);
    let at = |token: Token| Span::new(sql.span.file, token.start, token.end);
    if let Some((token, name)) = name
        && ORDERED.iter().any(|a| name.eq_ignore_ascii_case(a))
        && !level.order
        && !tokens.get(end + 1).is_some_and(|t| t.is(file, "over"))
    {
        found.push(Unordered {
            span: at(token),
            message: format!("`{name}` gathers rows in no stated order"),
            hint: "write ORDER BY inside its brackets, after the argument",
        });
    }
    let exists = name.is_some_and(|(_, name)| name.eq_ignore_ascii_case("exists"));
    let aggregate = level.aggregate && !level.group;
    if let Some((i, _)) = level.limit
        && !level.order
        && !exists
        && !aggregate
        && level.from
    {
        found.push(Unordered {
            span: at(tokens[i]),
            message: "LIMIT without ORDER BY takes rows in no stated order".to_owned(),
            hint: "add ORDER BY with a key that no two rows share",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Report;
    use crate::lexer::Cursor;
    use crate::source::Sources;

    fn shape(text: &str) -> (bool, bool, usize) {
        let sources = Sources::new();
        let file = Report::new(&sources).file("x");
        let tokens = Cursor::new(text, 0, text.len(), false).collect();
        let (shape, found) = check(text, &Sql { span: Span::new(file, 0, text.len()), tokens });
        (shape.ordered, shape.single, found.len())
    }

    #[test]
    fn shapes() {
        for (sql, expected) in [
            ("SELECT a FROM t", (false, false, 0)),
            ("SELECT a FROM t ORDER BY a", (true, false, 0)),
            ("SELECT (SELECT x FROM u ORDER BY x LIMIT 1)", (false, true, 0)),
            ("SELECT count(*) FROM t", (false, true, 0)),
            ("SELECT count(*) FROM t GROUP BY a", (false, false, 0)),
            ("SELECT max(a, 1) FROM t", (false, false, 0)),
            ("SELECT sum(a) OVER (ORDER BY b) FROM t", (false, false, 0)),
            ("SELECT a FROM t LIMIT 1", (false, true, 1)),
            ("SELECT 1 UNION SELECT 2", (false, false, 0)),
            ("SELECT json_group_array(a) FROM t", (false, true, 1)),
            ("SELECT jsonb_group_array(a ORDER BY b) FROM t", (false, true, 0)),
            ("SELECT EXISTS (SELECT 1 FROM t LIMIT 1)", (false, true, 0)),
        ] {
            assert_eq!(shape(sql), expected, "{sql}");
        }
    }
}
