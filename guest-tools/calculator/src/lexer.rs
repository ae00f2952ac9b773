//! From text to numbers, operators and parentheses, as Python's tokenizer cuts them.

use crate::{CalcError, Number};
use num_bigint::BigInt;

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
}

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Number(Number),
    Operator(Operator),
    Open,
    Close,
}

/// Cuts tokens off the front of an expression.
pub(crate) struct Lexer<'t> {
    text: &'t str,
    /// How far it has read, bytes.
    pub(crate) at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and where it begins; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(usize, Token)>, CalcError> {
        self.skip(|byte| byte == b' ');
        let start = self.at;
        let Some(first) = self.peek(0) else { return Ok(None) };
        let operator = |operator| Some((Token::Operator(operator), 1));
        let twice = self.peek(1) == Some(first);
        let token = match first {
            b'+' => operator(Operator::Add),
            b'-' => operator(Operator::Subtract),
            b'*' if twice => Some((Token::Operator(Operator::Power), 2)),
            b'*' => operator(Operator::Multiply),
            b'/' if twice => Some((Token::Operator(Operator::FloorDivide), 2)),
            b'/' => operator(Operator::Divide),
            b'%' => operator(Operator::Remainder),
            b'(' => Some((Token::Open, 1)),
            b')' => Some((Token::Close, 1)),
            _ => None,
        };
        if let Some((token, length)) = token {
            self.at += length;
            return Ok(Some((start, token)));
        }
        let number = self.number().ok_or(CalcError::Syntax(start))?;
        Ok(Some((start, Token::Number(number))))
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn skip(&mut self, take: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&take) {
            self.at += 1;
        }
    }

    /// An integer, or a number with a point or an exponent.
    fn number(&mut self) -> Option<Number> {
        let start = self.at;
        let whole = self.digits()?;
        let point = self.peek(0) == Some(b'.');
        let mut fraction = false;
        if point {
            self.at += 1;
            fraction = self.digits()?;
        }
        if !whole && !fraction {
            return None;
        }
        let exponent = matches!(self.peek(0), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(0), Some(b'+' | b'-')));
            if !self.digits()? {
                return None;
            }
        }
        let text: String = self.text[start..self.at].chars().filter(|&c| c != '_').collect();
        if point || exponent {
            return text.parse().ok().map(Number::Float);
        }
        let octal = text.starts_with('0') && text.bytes().any(|byte| byte != b'0');
        if octal { None } else { text.parse::<BigInt>().ok().map(Number::Integer) }
    }

    /// Reads digits with single underscores between them: were there any? `None` where an underscore stands elsewhere.
    fn digits(&mut self) -> Option<bool> {
        let start = self.at;
        self.skip(|byte| byte.is_ascii_digit() || byte == b'_');
        let read = &self.text[start..self.at];
        let misplaced = read.starts_with('_') || read.ends_with('_') || read.contains("__");
        (!misplaced).then_some(!read.is_empty())
    }
}
