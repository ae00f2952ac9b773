//! Integers and floats, and the operators on them, with Python's rules.

use crate::lexer::Operator;
use crate::{CalcError, float, limits};
use num_bigint::{BigInt, BigUint};
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A number as Python has them.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// Exact, of at most [`limits::INTEGER_BITS_MAX`] bits.
    Integer(BigInt),
    /// A double, infinities included.
    Float(f64),
}

impl Number {
    /// As a float, rounded to the nearest.
    ///
    /// # Errors
    /// `Overflow` where no float is that large.
    pub fn to_float(&self) -> Result<f64, CalcError> {
        match self {
            Self::Float(value) => Ok(*value),
            Self::Integer(value) => signed(value.is_negative(), float::of_scaled(value.magnitude(), 0)),
        }
    }

    pub(crate) fn negate(self) -> Self {
        match self {
            Self::Integer(value) => Self::Integer(-value),
            Self::Float(value) => Self::Float(-value),
        }
    }

    /// `self operator right`.
    pub(crate) fn combine(self, operator: Operator, right: Self) -> Result<Self, CalcError> {
        match (self, right) {
            (Self::Integer(left), Self::Integer(right)) => integers(&left, operator, &right),
            (left, right) => floats(left.to_float()?, operator, right.to_float()?).map(Self::Float),
        }
    }
}

fn integers(left: &BigInt, operator: Operator, right: &BigInt) -> Result<Number, CalcError> {
    match operator {
        Operator::Add => bounded(left + right),
        Operator::Subtract => bounded(left - right),
        // Before it is made: a product has at most as many bits as its factors together.
        Operator::Multiply if left.bits() + right.bits() > limits::INTEGER_BITS_MAX + 1 => Err(CalcError::TooLarge),
        Operator::Multiply => bounded(left * right),
        Operator::Divide => divide(left, right).map(Number::Float),
        Operator::FloorDivide => floor_divide(left, right).map(|(quotient, _)| Number::Integer(quotient)),
        Operator::Remainder => floor_divide(left, right).map(|(_, remainder)| Number::Integer(remainder)),
        Operator::Power if right.is_negative() => {
            let (left, right) = (Number::Integer(left.clone()).to_float()?, Number::Integer(right.clone()).to_float()?);
            float::power(left, right).map(Number::Float)
        }
        Operator::Power => power(left, right).and_then(bounded),
    }
}

fn bounded(value: BigInt) -> Result<Number, CalcError> {
    if value.bits() > limits::INTEGER_BITS_MAX { Err(CalcError::TooLarge) } else { Ok(Number::Integer(value)) }
}

/// The quotient, rounded correctly even where neither operand is a float.
fn divide(left: &BigInt, right: &BigInt) -> Result<f64, CalcError> {
    if right.is_zero() {
        return Err(CalcError::DivisionByZero);
    }
    // A zero gets a sign as well: `0 / -1` is -0.0.
    let negative = left.is_negative() != right.is_negative();
    signed(negative, float::of_ratio(left.magnitude(), right.magnitude()))
}

/// Quotient and remainder, where the remainder has the divisor's sign.
fn floor_divide(left: &BigInt, right: &BigInt) -> Result<(BigInt, BigInt), CalcError> {
    if right.is_zero() {
        return Err(CalcError::DivisionByZero);
    }
    let (quotient, remainder) = (left / right, left % right);
    if !remainder.is_zero() && remainder.is_negative() != right.is_negative() {
        return Ok((quotient - 1, remainder + right));
    }
    Ok((quotient, remainder))
}

/// A power with an exponent that is not negative.
fn power(base: &BigInt, exponent: &BigInt) -> Result<BigInt, CalcError> {
    if base.magnitude() <= &BigUint::one() {
        let even = !exponent.bit(0);
        return Ok(match () {
            () if exponent.is_zero() => BigInt::one(),
            () if even => base * base,
            () => base.clone(),
        });
    }
    // The power has more than (bits - 1) times exponent bits.
    let least_bits = exponent.to_u64().and_then(|exponent| exponent.checked_mul(base.bits() - 1));
    match (least_bits, exponent.to_u32()) {
        (Some(bits), Some(exponent)) if bits <= limits::INTEGER_BITS_MAX => Ok(base.pow(exponent)),
        _ => Err(CalcError::TooLarge),
    }
}

fn floats(left: f64, operator: Operator, right: f64) -> Result<f64, CalcError> {
    if right == 0.0 && matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Remainder) {
        return Err(CalcError::DivisionByZero);
    }
    match operator {
        Operator::Add => Ok(left + right),
        Operator::Subtract => Ok(left - right),
        Operator::Multiply => Ok(left * right),
        Operator::Divide => Ok(left / right),
        Operator::FloorDivide => Ok(float::floor_divide(left, right).0),
        Operator::Remainder => Ok(float::floor_divide(left, right).1),
        Operator::Power => float::power(left, right),
    }
}

fn signed(negative: bool, magnitude: Option<f64>) -> Result<f64, CalcError> {
    let magnitude = magnitude.ok_or(CalcError::Overflow)?;
    Ok(if negative { -magnitude } else { magnitude })
}
