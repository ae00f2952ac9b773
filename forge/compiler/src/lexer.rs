//! Tokens of SQL, and the lines of a tools file that are annotations.

/// Kinds of token. White space and comments are not tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a bare identifier.
    Word,
    /// `'text'`, or a blob literal `x'00'`.
    Text,
    /// `"name"`, `` `name` `` or `[name]`.
    Name,
    /// A numeric literal.
    Number,
    /// `:name`, `:name.column`, `:name.member.member`, `:name?`.
    Variable,
    /// A parameter in one of SQLite's own spellings: `?`, `?1`, `@x`, `$x`, `#1`.
    Foreign,
    /// An operator or a bracket; operators of several characters are one token.
    Punct,
    /// A literal that does not end.
    Broken,
}

/// A token: bytes `start..end` of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// White space or a comment comes before it.
    pub(crate) spaced: bool,
}

impl Token {
    pub(crate) fn text<'a>(&self, file: &'a str) -> &'a str {
        &file[self.start..self.end]
    }

    /// True for the keyword `word`, in any case.
    pub(crate) fn is(&self, file: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(file).eq_ignore_ascii_case(word)
    }

    /// True for the operator or bracket `text`.
    pub(crate) fn is_punct(&self, file: &str, text: &str) -> bool {
        self.kind == Kind::Punct && self.text(file) == text
    }
}

/// Reads tokens from `pos` to `end` of a file.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) file: &'a str,
    pub(crate) pos: usize,
    pub(crate) end: usize,
    /// Inside an annotation: a line break with the `--` that follows it is white space.
    pub(crate) annotation: bool,
    /// Start of the first comment that looked like an annotation and was skipped as white space.
    pub(crate) swallowed: Option<usize>,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(file: &'a str, pos: usize, end: usize, annotation: bool) -> Self {
        Self { file, pos, end, annotation, swallowed: None }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.file[self.pos..self.end]
    }

    /// Skips white space and comments; true if there was any.
    pub(crate) fn skip_space(&mut self) -> bool {
        let from = self.pos;
        loop {
            let rest = self.rest();
            if self.annotation
                && let Some(after) = rest.strip_prefix('\n').map(str::trim_start).and_then(|r| r.strip_prefix("--"))
            {
                self.pos = self.end - after.len();
            } else if rest.starts_with(char::is_whitespace) {
                self.pos += rest.chars().next().map_or(0, char::len_utf8);
            } else if let Some(comment) = rest.strip_prefix("--") {
                if comment.trim_start_matches([' ', '\t']).starts_with('@') {
                    self.swallowed = self.swallowed.or(Some(self.pos));
                }
                self.pos += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.pos += rest.find("*/").map_or(rest.len(), |i| i + 2);
            } else {
                return self.pos > from;
            }
        }
    }

    /// The next token, if there is one.
    pub(crate) fn next(&mut self) -> Option<Token> {
        let spaced = self.skip_space();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, len) = token(rest, first);
        let start = self.pos;
        self.pos += len;
        Some(Token { kind, start, end: self.pos, spaced })
    }

    /// The next token, without taking it.
    pub(crate) fn peek(&self) -> Option<Token> {
        self.clone().next()
    }

    /// All that is left.
    pub(crate) fn collect(mut self) -> Vec<Token> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    match first {
        '\'' => quoted(rest, 0, '\'', Kind::Text),
        'x' | 'X' if rest[1..].starts_with('\'') => quoted(rest, 1, '\'', Kind::Text),
        '"' => quoted(rest, 0, '"', Kind::Name),
        '`' => quoted(rest, 0, '`', Kind::Name),
        '[' => rest.find(']').map_or((Kind::Broken, rest.len()), |i| (Kind::Name, i + 1)),
        ':' if rest[1..].starts_with(is_word_start) => (Kind::Variable, variable(rest)),
        '?' | '@' | '$' | '#' => (Kind::Foreign, 1 + word_len(&rest[1..])),
        c if is_word_start(c) => (Kind::Word, word_len(rest)),
        c if c.is_ascii_digit() => (Kind::Number, number(rest)),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => (Kind::Number, number(rest)),
        _ => {
            let long = ["->>", "->", "||", "<=", ">=", "<>", "!=", "==", "<<", ">>"].iter().find(|op| rest.starts_with(**op));
            (Kind::Punct, long.map_or(first.len_utf8(), |op| op.len()))
        }
    }
}

/// A literal whose quote is doubled to stand for itself; `open` is the index of the opening quote.
fn quoted(rest: &str, open: usize, quote: char, kind: Kind) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let mut at = open + 1;
    while let Some(found) = rest[at..].find(quote) {
        at += found + 1;
        if bytes.get(at) != Some(&(quote as u8)) {
            return (kind, at);
        }
        at += 1;
    }
    (Kind::Broken, rest.len())
}

/// Length of `:name`, `:name.column`, `:name.member.member`, each also with `?` at its end.
fn variable(rest: &str) -> usize {
    let mut len = 1 + word_len(&rest[1..]);
    while let Some(member) = rest[len..].strip_prefix('.').filter(|member| member.starts_with(is_word_start)) {
        len += 1 + word_len(member);
    }
    len + usize::from(rest[len..].starts_with('?'))
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut len = 0;
    while let Some(&b) = bytes.get(len) {
        let exponent_sign =
            matches!(b, b'+' | b'-') && matches!(bytes.get(len.wrapping_sub(1)), Some(b'e' | b'E')) && !rest.starts_with("0x");
        if !(b.is_ascii_alphanumeric() || b == b'.' || b == b'_' || exponent_sign) {
            break;
        }
        len += 1;
    }
    len
}

pub(crate) fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn word_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(sql: &str) -> Vec<(Kind, &str)> {
        Cursor::new(sql, 0, sql.len(), false).collect().into_iter().map(|t| (t.kind, t.text(sql))).collect()
    }

    #[test]
    fn tokens() {
        use Kind::*;
        let sql = "SELECT a->>'$.x''y', \"b\" FROM t -- :no\n WHERE :r.col = 1.5e-3 AND :p? /* :no */ OR x'00' <> ?1";
        let expected = [
            (Word, "SELECT"),
            (Word, "a"),
            (Punct, "->>"),
            (Text, "'$.x''y'"),
            (Punct, ","),
            (Name, "\"b\""),
            (Word, "FROM"),
            (Word, "t"),
            (Word, "WHERE"),
            (Variable, ":r.col"),
            (Punct, "="),
            (Number, "1.5e-3"),
            (Word, "AND"),
            (Variable, ":p?"),
            (Word, "OR"),
            (Text, "x'00'"),
            (Punct, "<>"),
            (Foreign, "?1"),
        ];
        assert_eq!(kinds(sql), expected);
    }

    #[test]
    fn literals_that_do_not_end() {
        assert_eq!(kinds("'abc''"), [(Kind::Broken, "'abc''")]);
        assert_eq!(kinds("[abc"), [(Kind::Broken, "[abc")]);
    }

    #[test]
    fn an_annotation_goes_on_over_lines() {
        let text = "a +\n  --   b";
        let words: Vec<_> = Cursor::new(text, 0, text.len(), true).collect().into_iter().map(|t| t.text(text)).collect();
        assert_eq!(words, ["a", "+", "b"]);
    }
}
