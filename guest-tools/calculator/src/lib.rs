//! The arithmetic calculator that packs use: a guest with one tool, `calculate`, and the arithmetic behind it.
//!
//! It gives what Python's `str(round(float(eval(expression)), 2))` gives: integers are exact, `/` is rounded correctly, floor
//! division and remainder follow the divisor's sign, and so on. What Python would work on for minutes is refused
//! instead; [`limits`] has every bound.
//!
//! What it is not: an interpreter. There are numbers, operators and parentheses, and no names.
//! May depend on: `wardian-guest`, num-bigint.

pub mod limits;

mod evaluate;
mod float;
mod lexer;
mod number;

pub use evaluate::evaluate;
pub use number::Number;

use wardian_guest::{Database, ToolError};

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CalcError {
    /// A character that `calculate` does not take.
    Characters,
    /// What is written is no expression; the byte where that shows.
    Syntax(usize),
    /// Longer or nested deeper than [`limits`] allow.
    TooComplex(String),
    /// An integer would need more bits than [`limits`] allow.
    TooLarge,
    /// `x / 0`, `x // 0`, `x % 0` or `0 ** -1`.
    DivisionByZero,
    /// Too large for a floating-point number.
    Overflow,
    /// A negative number to the power of a fraction.
    Complex,
}

impl std::fmt::Display for CalcError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // Word for word what agents have read from this tool elsewhere.
            Self::Characters => f.write_str("Invalid characters in expression"),
            Self::Syntax(at) => write!(f, "invalid syntax at character {}", at + 1),
            Self::TooComplex(what) => f.write_str(what),
            Self::TooLarge => write!(f, "the result of a step has more than {} bits", limits::INTEGER_BITS_MAX),
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::Overflow => f.write_str("the result is too large for a floating-point number"),
            Self::Complex => f.write_str("a negative number has no real power of a fraction"),
        }
    }
}

impl std::error::Error for CalcError {}

/// What the tool says for `expression`: its value as Python prints it, rounded to [`limits::PLACES`] decimal places.
///
/// # Errors
/// When a character other than digits, `+-*/().` and blanks occurs, or [`evaluate`] fails.
pub fn calculate_text(expression: &str) -> Result<String, CalcError> {
    if !expression.bytes().all(|byte| byte.is_ascii_digit() || b"+-*/(). ".contains(&byte)) {
        return Err(CalcError::Characters);
    }
    let value = evaluate(expression)?.to_float()?;
    Ok(float::repr(float::round(value, limits::PLACES)))
}

/// The arguments of `calculate`.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Calculate {
    /// The expression, such as `2 * (3 + 4)`: numbers, the operators + - * / // **, parentheses and spaces.
    expression: String,
}

fn calculate(_: &Database, args: Calculate) -> Result<String, ToolError> {
    calculate_text(&args.expression).map_err(|error| ToolError::invalid(error.to_string()))
}

wardian_guest::tools! {
    guest "calculator";
    /// Calculate the value of an arithmetic expression, rounded to two decimal places.
    ///
    /// @example a sum
    /// @call {"expression": "1 + 1"}
    /// @gives "2.0"
    /// @example powers before signs, and a fraction
    /// @call {"expression": "-2 ** 2 + 10 / 3"}
    /// @gives "-0.67"
    /// @example no names
    /// @call {"expression": "abs(1)"}
    /// @fails invalid "Invalid characters in expression"
    read calculate;
}
