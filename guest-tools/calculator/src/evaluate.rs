//! Evaluation with two stacks: nothing is recursive, so no expression can exhaust the guest's stack.

use crate::lexer::{Lexer, Operator, Token};
use crate::{CalcError, Number, limits};

/// What waits for its right operand, or for a parenthesis to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Binary(Operator),
    /// A sign.
    Minus,
    Plus,
    Open,
}

#[derive(Default)]
struct Stacks {
    values: Vec<Number>,
    waiting: Vec<Waiting>,
    depth: usize,
}

/// The value of `expression`: integers, floats, `+ - * / // % **`, signs and parentheses, as in Python.
///
/// # Errors
/// See [`CalcError`].
pub fn evaluate(expression: &str) -> Result<Number, CalcError> {
    if expression.len() > limits::EXPRESSION_BYTES_MAX {
        return Err(CalcError::TooComplex(format!("the expression is longer than {} characters", limits::EXPRESSION_BYTES_MAX)));
    }
    let mut lexer = Lexer::new(expression);
    let mut stacks = Stacks::default();
    // True where a number, a sign or `(` must come next, and not an operator or `)`.
    let mut operand = true;
    while let Some((at, token)) = lexer.next()? {
        operand = match (operand, token) {
            (true, Token::Number(value)) => stacks.value(value),
            (true, Token::Operator(Operator::Subtract)) => stacks.wait(Waiting::Minus),
            (true, Token::Operator(Operator::Add)) => stacks.wait(Waiting::Plus),
            (true, Token::Open) => stacks.open()?,
            (false, Token::Operator(operator)) => stacks.operator(operator)?,
            (false, Token::Close) => stacks.close(at)?,
            _ => return Err(CalcError::Syntax(at)),
        };
    }
    if operand || stacks.depth > 0 {
        return Err(CalcError::Syntax(lexer.at));
    }
    stacks.settle(0)?;
    Ok(stacks.pop())
}

/// How tightly it binds. A sign binds less than the power on its right: `-2 ** 2` is -4.
fn strength(waiting: Waiting) -> u8 {
    match waiting {
        Waiting::Open => 0,
        Waiting::Binary(Operator::Add | Operator::Subtract) => 1,
        Waiting::Binary(Operator::Multiply | Operator::Divide | Operator::FloorDivide | Operator::Remainder) => 2,
        Waiting::Minus | Waiting::Plus => 3,
        Waiting::Binary(Operator::Power) => 4,
    }
}

/// Each step says whether an operand must come next.
impl Stacks {
    fn value(&mut self, value: Number) -> bool {
        self.values.push(value);
        false
    }

    fn wait(&mut self, waiting: Waiting) -> bool {
        self.waiting.push(waiting);
        true
    }

    fn open(&mut self) -> Result<bool, CalcError> {
        self.depth += 1;
        if self.depth > limits::DEPTH_MAX {
            return Err(CalcError::TooComplex(format!("more than {} parentheses inside each other", limits::DEPTH_MAX)));
        }
        Ok(self.wait(Waiting::Open))
    }

    fn operator(&mut self, operator: Operator) -> Result<bool, CalcError> {
        let waiting = Waiting::Binary(operator);
        // Powers group from the right, all others from the left.
        self.settle(strength(waiting) + u8::from(operator == Operator::Power))?;
        Ok(self.wait(waiting))
    }

    fn close(&mut self, at: usize) -> Result<bool, CalcError> {
        self.settle(1)?;
        // What is left on top is the parenthesis, if there was one.
        self.waiting.pop().ok_or(CalcError::Syntax(at))?;
        self.depth -= 1;
        Ok(false)
    }

    /// Does what waits and binds at least as tightly as `least`.
    fn settle(&mut self, least: u8) -> Result<(), CalcError> {
        while let Some(waiting) = self.waiting.pop_if(|waiting| strength(*waiting) >= least) {
            let right = self.pop();
            let value = match waiting {
                Waiting::Binary(operator) => self.pop().combine(operator, right)?,
                Waiting::Minus => right.negate(),
                Waiting::Plus | Waiting::Open => right,
            };
            self.values.push(value);
        }
        Ok(())
    }

    fn pop(&mut self) -> Number {
        self.values.pop().expect("every operator has its operands when it is settled")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculate_text;

    fn integer(expression: &str) -> i64 {
        match evaluate(expression) {
            Ok(Number::Integer(value)) => i64::try_from(value).expect("a small integer"),
            other => panic!("`{expression}` gives {other:?}"),
        }
    }

    #[test]
    fn precedence() {
        let cases = [
            ("2 + 3 * 4", 14),
            ("(2 + 3) * 4", 20),
            ("-2 ** 2", -4),
            ("(-2) ** 2", 4),
            ("2 ** 3 ** 2", 512),
            ("10 - 4 - 3", 3),
            ("--+-3", -3),
            ("2 * -3", -6),
            ("7 // 2 * 2", 6),
            ("-7 // 2", -4),
            ("7 // -2", -4),
            ("-7 % 3", 2),
            ("7 % -3", -2),
            ("1_000 + 00", 1000),
            ("0 ** 0", 1),
            ("-1 ** 2 * -3 - -4", 7),
        ];
        for (expression, value) in cases {
            assert_eq!(integer(expression), value, "{expression}");
        }
    }

    #[test]
    fn what_the_tool_says() {
        let cases = [
            ("1 + 1", "2.0"),
            ("2 ** -3 ** 2", "0.0"),
            ("10 / 3", "3.33"),
            ("0.1 + 0.2", "0.3"),
            ("1.", "1.0"),
            (".5 * 3", "1.5"),
            ("0.125", "0.12"),
            ("2.675", "2.67"),
            ("-0.001", "-0.0"),
            ("10 ** 15", "1000000000000000.0"),
            ("10 ** 16", "1e+16"),
            ("2 ** 100", "1.2676506002282294e+30"),
            ("-7.5 // 2", "-4.0"),
            ("2 ** 0.5", "1.41"),
            ("(2 ** 16000) / (2 ** 15999)", "2.0"),
        ];
        for (expression, text) in cases {
            assert_eq!(calculate_text(expression).as_deref(), Ok(text), "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression() {
        let cases = ["", "  ", "1 2", "007", "1 +", "* 2", "(1", "1)", "()", "(1)(2)", "1..2", ".", "1.5.2", "2 // // 3", "1 * * 2", "..."];
        for expression in cases {
            assert!(matches!(calculate_text(expression), Err(CalcError::Syntax(_))), "{expression}");
        }
        for expression in ["1_", "1__0", "_1", "1e", "1e+", "1._5", "1 % % 2", "0x10", "1,2"] {
            assert!(matches!(evaluate(expression), Err(CalcError::Syntax(_))), "{expression}");
        }
        for expression in ["2 % 3", "1e5", "abs(1)", "1_000", "1\t+ 1", "１"] {
            assert_eq!(calculate_text(expression), Err(CalcError::Characters), "{expression}");
        }
    }

    #[test]
    fn no_bombs() {
        let long = format!("1{}", "+1".repeat(limits::EXPRESSION_BYTES_MAX / 2));
        let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        let signs = format!("{}1", "-".repeat(limits::EXPRESSION_BYTES_MAX - 1));
        let product = vec!["9".repeat(130); 30].join("*");
        let cases = [
            ("9 ** 9 ** 9", CalcError::TooLarge),
            ("9 ** 9 ** 9 ** 9 ** 9", CalcError::TooLarge),
            ("2 ** 16384", CalcError::TooLarge),
            ("10 ** 400", CalcError::Overflow),
            ("9.9 ** 999", CalcError::Overflow),
            ("10 ** 400 * 1.0", CalcError::Overflow),
            ("10 ** 400 / 3", CalcError::Overflow),
            ("1 / 0", CalcError::DivisionByZero),
            ("1 // 0", CalcError::DivisionByZero),
            ("0 ** -1", CalcError::DivisionByZero),
            ("1 / 0.0", CalcError::DivisionByZero),
            ("1 // 0.0", CalcError::DivisionByZero),
            ("(-8) ** 0.5", CalcError::Complex),
            (product.as_str(), CalcError::Overflow),
        ];
        for (expression, error) in cases {
            assert_eq!(calculate_text(expression), Err(error), "{expression}");
        }
        assert!(matches!(calculate_text(&long), Err(CalcError::TooComplex(_))));
        assert!(matches!(calculate_text(&nested(limits::DEPTH_MAX + 1)), Err(CalcError::TooComplex(_))));
        assert_eq!(calculate_text(&nested(limits::DEPTH_MAX)).as_deref(), Ok("1.0"));
        assert_eq!(calculate_text(&signs).as_deref(), Ok("-1.0"));
    }
}
