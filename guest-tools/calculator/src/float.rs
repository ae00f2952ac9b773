//! Floats: correct rounding of exact values, powers, and Python's way of writing them.
//!
//! Powers are computed to some 190 bits in integers and rounded once, so that they are the nearest float on every
//! machine. The C library that Python asks comes within a fraction of a unit more than that, and so differs now and
//! then in the last of 53 bits.

use crate::CalcError;
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, ToPrimitive, Zero};

/// Bits behind the point in [`power`].
const FRACTION_BITS: u64 = 256;

/// Bits of a power that are believed. Where these say that it lies halfway between two floats, it does.
const SURE_BITS: u64 = 128;

/// `mantissa * 2^exponent` as the nearest float, ties to even; `None` where it is too large.
pub(crate) fn of_scaled(mantissa: &BigUint, exponent: i64) -> Option<f64> {
    let bits = mantissa.bits() as i64;
    if bits == 0 {
        return Some(0.0);
    }
    // The value is at least 2^(top - 1) and less than 2^top. Below 2^-1022 floats have fewer bits.
    let top = bits + exponent;
    if top > 1_024 {
        return None;
    }
    let kept = (top + 1_074).min(53);
    if kept < 0 {
        return Some(0.0);
    }
    let (rounded, exponent) = match u64::try_from(bits - kept) {
        Ok(dropped) if dropped > 0 => (round_off(mantissa, dropped), exponent + dropped as i64),
        _ => (mantissa.clone(), exponent),
    };
    let value = rounded.to_u64().expect("at most 53 bits are kept") as f64 * power_of_two(exponent);
    value.is_finite().then_some(value)
}

/// `numerator / denominator` as the nearest float, ties to even; `None` where it is too large.
pub(crate) fn of_ratio(numerator: &BigUint, denominator: &BigUint) -> Option<f64> {
    // Enough bits in front of the point for every rounding; one more stands for all that follow.
    let shift = 64 + denominator.bits() as i64 - numerator.bits() as i64;
    let scaled = if shift >= 0 { numerator << shift as u64 } else { numerator.clone() };
    let divisor = if shift >= 0 { denominator.clone() } else { denominator << shift.unsigned_abs() };
    let (quotient, remainder) = (&scaled / &divisor, &scaled % &divisor);
    let sticky = u32::from(!remainder.is_zero());
    of_scaled(&((quotient << 1_u32) + sticky), -shift - 1)
}

/// `value` without its last `dropped` bits, rounded to the nearest, ties to even.
fn round_off(value: &BigUint, dropped: u64) -> BigUint {
    let kept = value >> dropped;
    let rest = value - (&kept << dropped);
    let half = BigUint::one() << (dropped - 1);
    let up = rest > half || (rest == half && kept.bit(0));
    kept + u32::from(up)
}

/// `2^exponent` for an exponent that floats have, from -1074 to 1023. One more gives infinity.
fn power_of_two(exponent: i64) -> f64 {
    match exponent {
        -1_074..=-1_023 => f64::from_bits(1 << (exponent + 1_074)),
        -1_022..=1_023 => f64::from_bits(((exponent + 1_023) as u64) << 52),
        _ => f64::INFINITY,
    }
}

/// Quotient and remainder of Python's `divmod` for floats; `right` is not zero.
pub(crate) fn floor_divide(left: f64, right: f64) -> (f64, f64) {
    let mut remainder = left % right;
    let mut quotient = (left - remainder) / right;
    if remainder == 0.0 {
        remainder = 0.0_f64.copysign(right);
    } else if (right < 0.0) != (remainder < 0.0) {
        remainder += right;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(left / right), remainder);
    }
    let floor = quotient.floor();
    // The division above may have been off by a rounding.
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder)
}

/// `base ** exponent`.
///
/// # Errors
/// As Python: a negative power of zero, a fractional power of a negative number, too large a result.
pub(crate) fn power(base: f64, exponent: f64) -> Result<f64, CalcError> {
    let odd = exponent % 2.0 == 1.0 || exponent % 2.0 == -1.0;
    if exponent == 0.0 || base == 1.0 {
        return Ok(1.0);
    }
    if base.is_nan() || exponent.is_nan() {
        return Ok(f64::NAN);
    }
    if exponent.is_infinite() {
        let grows = (exponent > 0.0) == (base.abs() > 1.0);
        return Ok(if base == -1.0 {
            1.0
        } else if grows {
            f64::INFINITY
        } else {
            0.0
        });
    }
    if base.is_infinite() {
        let magnitude = if exponent > 0.0 { f64::INFINITY } else { 0.0 };
        return Ok(if odd { magnitude.copysign(base) } else { magnitude });
    }
    if base == 0.0 {
        return if exponent < 0.0 { Err(CalcError::DivisionByZero) } else { Ok(if odd { base } else { 0.0 }) };
    }
    if base < 0.0 && exponent.fract() != 0.0 {
        return Err(CalcError::Complex);
    }
    let magnitude = positive_power(base.abs(), exponent)?;
    Ok(if base < 0.0 && odd { -magnitude } else { magnitude })
}

/// `e^(exponent * ln base)`, for a finite positive base that may be 1.
fn positive_power(base: f64, exponent: f64) -> Result<f64, CalcError> {
    let rough = exponent * base.ln();
    if rough > 800.0 {
        return Err(CalcError::Overflow);
    }
    if rough < -800.0 {
        return Ok(0.0);
    }
    let ln_two = ln_of_ratio(&BigInt::from(2), &BigInt::one());
    let (mantissa, scale) = split(exponent.abs());
    let product = ln(base, &ln_two) * mantissa;
    let product = if scale >= 0 { product << scale as u64 } else { product >> scale.unsigned_abs() };
    let logarithm = if exponent < 0.0 { -product } else { product };
    // e^logarithm = 2^twos * e^rest
    let twos: BigInt = (&logarithm + (&ln_two >> 1_u32)) / &ln_two;
    let rest = logarithm - &twos * &ln_two;
    let twos = twos.to_i64().expect("a logarithm below 800 has few twos");
    let value = exp(&rest);
    let surplus = value.bits().saturating_sub(SURE_BITS);
    let sure = if surplus == 0 { value } else { round_off(&value, surplus) };
    of_scaled(&sure, twos - FRACTION_BITS as i64 + surplus as i64).ok_or(CalcError::Overflow)
}

/// A finite positive float as `mantissa * 2^exponent`.
fn split(value: f64) -> (BigInt, i64) {
    let bits = value.to_bits();
    let (exponent, fraction) = ((bits >> 52) as i64, bits & ((1 << 52) - 1));
    if exponent == 0 { (fraction.into(), -1_074) } else { ((fraction | 1 << 52).into(), exponent - 1_075) }
}

/// The natural logarithm as a fixed-point number.
fn ln(value: f64, ln_two: &BigInt) -> BigInt {
    let (mantissa, exponent) = split(value);
    // value = ratio * 2^twos with a ratio from 2/3 to 4/3, where the series is short.
    let bits = mantissa.bits();
    let high = &mantissa * 3_u32 > BigInt::one() << (bits + 1);
    let one_bits = if high { bits } else { bits - 1 };
    let twos = exponent + one_bits as i64;
    ln_of_ratio(&mantissa, &(BigInt::one() << one_bits)) + ln_two * twos
}

/// `ln(p / q)` as twice the area tangent of `(p - q) / (p + q)`.
fn ln_of_ratio(p: &BigInt, q: &BigInt) -> BigInt {
    let z = ((p - q) << FRACTION_BITS) / (p + q);
    let square: BigInt = (&z * &z) >> FRACTION_BITS;
    let (mut term, mut sum, mut n) = (z, BigInt::zero(), 1_u32);
    while !term.is_zero() && term != BigInt::from(-1) {
        sum += &term / n;
        term = (term * &square) >> FRACTION_BITS;
        n += 2;
    }
    sum << 1_u32
}

/// `e^x` for a small fixed-point `x`.
fn exp(x: &BigInt) -> BigUint {
    let one = BigInt::one() << FRACTION_BITS;
    let (mut term, mut sum, mut n) = (one.clone(), BigInt::zero(), 1_u32);
    while !term.is_zero() && term != BigInt::from(-1) {
        sum += &term;
        term = ((term * x) >> FRACTION_BITS) / n;
        n += 1;
    }
    debug_assert!(sum.sign() == Sign::Plus, "a power of e is positive");
    sum.magnitude().clone()
}

/// Rounded to `places` decimal places, ties to even on the exact binary value.
pub(crate) fn round(value: f64, places: usize) -> f64 {
    if !value.is_finite() {
        return value;
    }
    format!("{value:.places$}").parse().expect("a formatted float is a float")
}

/// As Python's `repr` writes it.
pub(crate) fn repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = shortest(value);
    let (digits, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes a whole exponent");
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let significant = digits.bytes().filter(u8::is_ascii_digit).count() as i32;
    let places = usize::try_from(significant - 1 - exponent).unwrap_or(0).max(1);
    format!("{value:.places$}")
}

/// The fewest digits that read back as `value`. Of several it takes those nearest to `value`, and of two as near the even ones,
/// where Rust's own formatting takes the larger.
fn shortest(value: f64) -> String {
    let scientific = format!("{value:e}");
    let digits = scientific.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit).count();
    let nearest = format!("{value:.*e}", digits - 1);
    if nearest.parse() == Ok(value) { nearest } else { scientific }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_rounded_correctly() {
        let cases = [(2.0, 0.5, 2.0_f64.sqrt()), (10.0, -2.0, 0.01), (4.0, 1.5, 8.0), (1.5, 2.0, 2.25), (2.0, -1_074.0, f64::from_bits(1))];
        for (base, exponent, expected) in cases {
            assert_eq!(power(base, exponent), Ok(expected), "{base} ** {exponent}");
        }
        // 262,143 cubed has 54 bits and lies halfway between two floats.
        let tie = power(262_143.0 * 262_143.0, 1.5);
        let exact = BigUint::from(262_143_u32).pow(3);
        assert_eq!(exact.bits(), 54);
        assert_eq!(tie.ok(), of_scaled(&exact, 0));
        assert_eq!(power(2.0, -1_075.0), Ok(0.0));
        assert_eq!(power(5e-324, 0.5), Ok(2.2227587494850775e-162));
        assert_eq!(power(f64::MAX, 1.0), Ok(f64::MAX));
    }

    #[test]
    fn rounding_at_the_edges() {
        let power_of_two = |bits: u32| BigUint::one() << bits;
        assert_eq!(of_scaled(&power_of_two(1_024), 0), None);
        assert_eq!(of_scaled(&(power_of_two(1_024) - 1_u32), 0), None);
        assert_eq!(of_scaled(&(power_of_two(1_024) - power_of_two(970) - 1_u32), 0), Some(f64::MAX));
        assert_eq!(of_scaled(&BigUint::one(), -1_075), Some(0.0));
        assert_eq!(of_scaled(&BigUint::from(3_u32), -1_076), Some(f64::from_bits(1)));
        assert_eq!(of_scaled(&(power_of_two(53) + 1_u32), 0), Some(9_007_199_254_740_992.0));
        assert_eq!(of_ratio(&BigUint::one(), &power_of_two(1_074)), Some(f64::from_bits(1)));
        assert_eq!(of_ratio(&BigUint::one(), &BigUint::from(3_u32)), Some(1.0 / 3.0));
    }

    #[test]
    fn as_python_writes_them() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1e16, "1e+16"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (9999999999999998.0, "9999999999999998.0"),
            (759_104_540_985_593.0 + 0.25, "759104540985593.2"),
            (1234.5, "1234.5"),
            (1e15, "1000000000000000.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e100, "1e+100"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in cases {
            assert_eq!(repr(value), text);
        }
    }
}
