//! Numbers as text.

/// The fewest digits that read back as `value`, always with a point or an exponent, which begins at 1e16 and below 1e-4: what
/// Python's `repr` of a float gives.
pub fn real_text(value: f64) -> String {
    if !value.is_finite() {
        let word = if value.is_nan() { "NaN" } else { "Infinity" };
        return format!("{}{word}", if value < 0.0 { "-" } else { "" });
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0.0");
    }
    // Of two shortest texts that are equally near, ECMAScript takes the even one, as Python does. Rust's own takes the other.
    let mut buffer = ryu_js::Buffer::new();
    let (digits, exponent) = scientific(buffer.format_finite(value.abs()));
    if !(-4..16).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    match usize::try_from(exponent) {
        Ok(exponent) => {
            let padded = format!("{digits:0<width$}", width = exponent + 1);
            let (whole, fraction) = padded.split_at(exponent + 1);
            format!("{sign}{whole}.{}", if fraction.is_empty() { "0" } else { fraction })
        }
        Err(_) => format!("{sign}0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
    }
}

/// `1234567` as `1,234,567`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The significant digits of a positive number in ECMAScript's form, and the power of ten of the first.
fn scientific(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("an exponent is an integer");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let first = whole.len() as i32 - 1 - leading as i32 + exponent;
    (all.trim_matches('0').to_owned(), first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"]);
    }

    /// Made with CPython 3.11: `repr(value)`.
    #[test]
    fn as_python_writes_it() {
        for (value, text) in [
            (2.0, "2.0"),
            (-0.0, "-0.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (23.029_999_999_999_973, "23.029999999999973"),
            (1e15, "1000000000000000.0"),
            (1e15 + 22.25, "1000000000000022.2"),
            (1e15 + 1.75, "1000000000000001.8"),
            (123_456.0, "123456.0"),
            (-0.001_25, "-0.00125"),
            (2_f64.powi(70), "1.1805916207174113e+21"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (5e-324, "5e-324"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(real_text(value), text);
        }
    }
}
