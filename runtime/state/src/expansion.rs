//! How much a statement grows when SQLite expands the views and common table expressions in it.
//!
//! SQLite copies a view or expression at each place that names it, inside of others too, and nothing can interrupt it
//! meanwhile: forty lines in which each names the one before twice take days. So the copies are counted first, from
//! the words of the text. The count is never too small; where names are used for several things it may be too large.

use std::collections::BTreeMap;

/// Most copies that a statement may need.
const COPIES_MAX: u64 = wardian_format::limits::FIXED.view_copies_max;

/// Deepest nesting of definitions.
const DEPTH_MAX: usize = wardian_format::limits::FIXED.view_depth_max;

/// Views by name in lowercase, with the copies that naming one costs.
pub(crate) type ViewCosts = BTreeMap<String, u64>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name or keyword, in lowercase.
    Word(String),
    Open,
    Close,
    Other,
}

/// What naming each of these views costs. `Err` names a view that costs too much or refers to itself.
pub(crate) fn view_costs(views: &[(String, String)]) -> Result<ViewCosts, String> {
    let mut bodies = Bodies::default();
    for (name, sql) in views {
        let tokens = tokens(sql);
        bodies.collect(&tokens);
        // The text names the view itself, which does not count.
        bodies.add(&name.to_lowercase(), &tokens);
    }
    let mut costs = ViewCosts::new();
    for (name, _) in views {
        let cost = bodies.cost(&name.to_lowercase(), &ViewCosts::new(), &mut Vec::new()).filter(|cost| *cost <= COPIES_MAX);
        costs.insert(name.to_lowercase(), cost.ok_or_else(|| name.clone())?);
    }
    Ok(costs)
}

/// True where the statement may be given to SQLite.
pub(crate) fn is_bounded(sql: &str, views: &ViewCosts) -> bool {
    let tokens = tokens(sql);
    let mut bodies = Bodies::default();
    bodies.collect(&tokens);
    let mut total: u64 = 0;
    for token in &tokens {
        if let Token::Word(word) = token {
            let Some(cost) = bodies.cost(word, views, &mut Vec::new()) else { return false };
            total = total.saturating_add(cost);
        }
    }
    total <= COPIES_MAX
}

/// True where a text makes a table from a query, which would be expanded at once.
pub(crate) fn makes_table_from_query(sql: &str) -> bool {
    let tokens = tokens(sql);
    let is = |token: &Token, words: &[&str]| matches!(token, Token::Word(w) if words.contains(&w.as_str()));
    (1..tokens.len()).any(|i| {
        let starts = is(&tokens[i - 1], &["create", "temp", "temporary"]) && is(&tokens[i], &["table"]);
        starts && tokens[i + 1..].iter().take_while(|t| **t != Token::Open).take(8).any(|t| is(t, &["as"]))
    })
}

/// The words that stand in the definitions of each name.
#[derive(Default)]
struct Bodies {
    words: BTreeMap<String, Vec<String>>,
    known: std::cell::RefCell<BTreeMap<String, u64>>,
}

impl Bodies {
    fn add(&mut self, name: &str, body: &[Token]) {
        let words = body.iter().filter_map(|token| match token {
            Token::Word(word) if word != name => Some(word.clone()),
            _ => None,
        });
        self.words.entry(name.to_owned()).or_default().extend(words);
    }

    /// Takes up each `name AS (…)` and `name (…) AS (…)`.
    fn collect(&mut self, tokens: &[Token]) {
        for (i, token) in tokens.iter().enumerate() {
            let Token::Word(name) = token else { continue };
            let mut at = i + 1;
            if tokens.get(at) == Some(&Token::Open) {
                at = close(tokens, at) + 1;
            }
            if tokens.get(at) != Some(&Token::Word("as".to_owned())) {
                continue;
            }
            at += 1;
            while matches!(tokens.get(at), Some(Token::Word(w)) if w == "not" || w == "materialized") {
                at += 1;
            }
            if tokens.get(at) == Some(&Token::Open) {
                self.add(name, &tokens[at..close(tokens, at)]);
            }
        }
    }

    /// Copies that naming `name` costs; 0 for what is not defined. `None` where definitions go in a circle or too deep.
    fn cost(&self, name: &str, views: &ViewCosts, open: &mut Vec<String>) -> Option<u64> {
        let outside = views.get(name).copied().unwrap_or(0);
        let Some(words) = self.words.get(name) else { return Some(outside) };
        if let Some(cost) = self.known.borrow().get(name) {
            return Some(*cost);
        }
        if open.len() == DEPTH_MAX || open.iter().any(|n| n == name) {
            return None;
        }
        open.push(name.to_owned());
        let mut total = outside.saturating_add(1);
        for word in words {
            total = total.saturating_add(self.cost(word, views, open)?);
        }
        open.pop();
        self.known.borrow_mut().insert(name.to_owned(), total);
        Some(total)
    }
}

/// Place of the parenthesis that closes the one at `open`, or the end.
fn close(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len()
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' | '`' => quoted(rest, c),
            '[' => rest.find(']').map_or(rest.len(), |i| i + 1),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |i| i + 4),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (text, tail) = rest.split_at(length);
        match c {
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            // SQLite takes a string for a name where it needs one.
            '\'' | '"' | '`' | '[' => out.push(Token::Word(unquoted(text, c))),
            c if is_word(c) => out.push(Token::Word(text.to_lowercase())),
            c if c.is_whitespace() || text.len() > 1 => {}
            _ => out.push(Token::Other),
        }
        rest = tail;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// Length of a quoted text in which a doubled quote stands for one.
fn quoted(text: &str, quote: char) -> usize {
    let mut from = 1;
    while let Some(i) = text[from..].find(quote) {
        from += i + 1;
        if !text[from..].starts_with(quote) {
            return from;
        }
        from += 1;
    }
    text.len()
}

fn unquoted(text: &str, open: char) -> String {
    let close = if open == '[' { ']' } else { open };
    let inner = text.strip_prefix(open).unwrap_or(text);
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    inner.replace(&format!("{close}{close}"), &close.to_string()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_statements_pass() {
        for sql in [
            "SELECT 1",
            "WITH RECURSIVE c(n, id) AS (SELECT 0, f('t', 0, :args) UNION ALL SELECT n + 1, f('t', n + 1, :args) FROM c WHERE EXISTS
             (SELECT 1 FROM t WHERE id = c.id)) SELECT id FROM c ORDER BY n DESC LIMIT 1",
            "WITH a AS (SELECT 1 AS x), b AS MATERIALIZED (SELECT * FROM a), \"c\" (y) AS NOT MATERIALIZED (SELECT x FROM b JOIN a USING (x))
             SELECT * FROM c -- WITH d AS (SELECT * FROM d)",
            "SELECT sum(x) OVER w FROM t WINDOW w AS (ORDER BY y)",
            "INSERT INTO t VALUES ('it''s AS (x)')",
        ] {
            assert!(is_bounded(sql, &ViewCosts::new()), "{sql}");
        }
    }

    #[test]
    fn tables_from_queries() {
        assert!(makes_table_from_query("CREATE TABLE a AS SELECT 1"));
        assert!(makes_table_from_query("create temp table if not exists main.a as select 1"));
        assert!(!makes_table_from_query("CREATE TABLE a (\"table\" TEXT GENERATED ALWAYS AS (x) STORED, x TEXT PRIMARY KEY) STRICT"));
        assert!(!makes_table_from_query("CREATE TABLE a (x TEXT PRIMARY KEY, \"table\" TEXT AS (x) STORED) STRICT"));
    }

    #[test]
    fn doubling_does_not() {
        for quote in ["", "\"", "'"] {
            let mut sql = "WITH c0 AS (SELECT 1 AS x)".to_owned();
            for i in 1..40 {
                let before = format!("{quote}c{}{quote}", i - 1);
                sql += &format!(", c{i} AS (SELECT a.x FROM {before} a, {before} b)");
            }
            assert!(!is_bounded(&(sql + " SELECT * FROM c39"), &ViewCosts::new()));
        }
        assert!(!is_bounded("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a", &ViewCosts::new()));
        let views: Vec<(String, String)> =
            (1..40).map(|i| (format!("V{i}"), format!("CREATE VIEW V{i} AS SELECT * FROM v{0}, [v{0}]", i - 1))).collect();
        assert!(view_costs(&views).is_err());
        let costs = view_costs(&views[..10]).expect("few levels");
        assert_eq!(costs.get("v10"), Some(&1023));
        assert!(is_bounded("SELECT * FROM v10", &costs));
        assert!(!is_bounded("WITH c AS (SELECT * FROM v10, v10, v10, v10) SELECT * FROM c, c, c, c, c, c", &costs));
    }
}
