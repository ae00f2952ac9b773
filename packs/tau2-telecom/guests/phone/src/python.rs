//! How Python writes and rounds floating-point numbers, as far as the phone shows some.

/// `repr(x)`: the shortest digits that give `x` back; a power of ten below 1e-4 and from 1e16.
pub(crate) fn repr(x: f64) -> String {
    let short = format!("{x:e}");
    let Some((digits, exponent)) = short.split_once('e') else { return short };
    match exponent.parse::<i32>() {
        Ok(power) if !(-4..16).contains(&power) => format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs()),
        _ => format!("{x:?}"),
    }
}

/// `round(x, 2)`: the exact binary value decides, and a tie goes to the even digit. So does Rust's own formatting.
pub(crate) fn round2(x: f64) -> f64 {
    format!("{x:.2}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_writes() {
        let cases = [(65.0, "65.0"), (0.1 + 0.2, "0.30000000000000004"), (0.0, "0.0"), (1e15, "1000000000000000.0"), (1e16, "1e+16")];
        let small = [(0.0001, "0.0001"), (0.00001, "1e-05"), (-2.5e-7, "-2.5e-07"), (1.25e100, "1.25e+100")];
        for (x, text) in cases.into_iter().chain(small) {
            assert_eq!(repr(x), text);
        }
    }

    #[test]
    fn as_python_rounds() {
        for (x, rounded) in [(0.125, 0.12), (0.375, 0.38), (2.675, 2.67), (0.005, 0.01), (27.5, 27.5), (0.025, 0.03)] {
            assert_eq!(round2(x), rounded);
        }
    }
}
