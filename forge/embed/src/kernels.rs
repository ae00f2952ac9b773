//! The arithmetic of a BERT encoder on rows of `f32`: products of matrices, layer norm, softmax, GELU.
//!
//! Everything but the products of matrices is written with a fixed order of operations that IEEE 754 rounds exactly.
#![expect(unsafe_code, reason = "matrixmultiply takes pointers; every call is behind checks of lengths")]

/// Lanes of a sum: independent chains that the compiler turns into vector instructions.
const LANES: usize = 16;

/// A matrix inside of a slice: `rows` × `columns` numbers, the first at `start`.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) start: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Distance from a number to the one below it.
    pub(crate) row_step: usize,
    /// Distance from a number to the one right of it.
    pub(crate) column_step: usize,
}

impl Shape {
    /// `rows` × `columns`, one row after another, `row_step` apart.
    pub(crate) fn rows(start: usize, rows: usize, columns: usize, row_step: usize) -> Self {
        Self { start, rows, columns, row_step, column_step: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row_step: self.column_step, column_step: self.row_step, ..self }
    }

    /// True where every number lies in a slice of `length`.
    fn fits(self, length: usize) -> bool {
        if self.rows == 0 || self.columns == 0 {
            return self.start <= length;
        }
        let down = (self.rows - 1).checked_mul(self.row_step);
        let right = (self.columns - 1).checked_mul(self.column_step);
        let last = down.zip(right).and_then(|(down, right)| self.start.checked_add(down)?.checked_add(right));
        last.is_some_and(|last| last < length && isize::try_from(last).is_ok())
    }
}

/// `out = alpha · a · b + beta · out`.
///
/// # Panics
/// Where the shapes do not fit each other or their slices.
pub(crate) fn multiply(
    alpha: f32,
    (a, a_shape): (&[f32], Shape),
    (b, b_shape): (&[f32], Shape),
    beta: f32,
    (out, shape): (&mut [f32], Shape),
) {
    assert!(a_shape.fits(a.len()) && b_shape.fits(b.len()) && shape.fits(out.len()), "a matrix reaches over its slice");
    assert!(a_shape.columns == b_shape.rows && a_shape.rows == shape.rows && b_shape.columns == shape.columns, "shapes differ");
    assert!(shape.column_step == 1 && shape.row_step >= shape.columns, "rows of the result overlap");
    // SAFETY: `fits` says that the first and the last number of each matrix, and so all between, lie in its slice; `out` is borrowed
    // mutably and so overlaps neither `a` nor `b`; its rows do not overlap.
    unsafe {
        matrixmultiply::sgemm(
            shape.rows,
            a_shape.columns,
            shape.columns,
            alpha,
            a.as_ptr().add(a_shape.start),
            a_shape.row_step as isize,
            a_shape.column_step as isize,
            b.as_ptr().add(b_shape.start),
            b_shape.row_step as isize,
            b_shape.column_step as isize,
            beta,
            out.as_mut_ptr().add(shape.start),
            shape.row_step as isize,
            shape.column_step as isize,
        );
    }
}

/// Sum in a fixed order: number `i` goes to lane `i % 16`, the lanes are then added in pairs.
pub(crate) fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += of(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += of(x);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
    }
    lanes[0]
}

/// Shifts and scales every row to mean 0 and variance 1, then to the learned scale and shift.
pub(crate) fn layer_norm(rows: &mut [f32], scale: &[f32], shift: &[f32], epsilon: f32) {
    let width = scale.len() as f32;
    for row in rows.chunks_exact_mut(scale.len()) {
        let mean = sum(row, |x| x) / width;
        let variance = sum(row, |x| (x - mean) * (x - mean)) / width;
        let inverse = 1.0 / (variance + epsilon).sqrt();
        for ((x, &scale), &shift) in row.iter_mut().zip(scale).zip(shift) {
            *x = (*x - mean) * inverse * scale + shift;
        }
    }
}

/// Makes every row of `width` positive with sum 1.
pub(crate) fn softmax(rows: &mut [f32], width: usize) {
    for row in rows.chunks_exact_mut(width) {
        let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for x in row.iter_mut() {
            *x = exp(*x - greatest);
        }
        let inverse = 1.0 / sum(row, |x| x);
        for x in row.iter_mut() {
            *x *= inverse;
        }
    }
}

/// `x · Φ(x)`, with Φ the normal distribution's cumulative function (the exact form, not the one with the hyperbolic tangent).
pub(crate) fn gelu(row: &mut [f32]) {
    for x in row.iter_mut() {
        *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2));
    }
}

/// The error function by Abramowitz and Stegun, formula 7.1.26: at most 1.5e-7 off.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let z = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    (1.0 - polynomial * exp(-z * z)).copysign(x)
}

/// The exponential function for `x` ≤ 88, with a relative error below 3e-7; 1.6e-38 for anything below -87.
///
/// `x` = n ln 2 + r with |r| ≤ ln 2 / 2; eʳ by its Taylor series, 2ⁿ by putting n into the exponent's bits. Adding and subtracting
/// 1.5 · 2²³ rounds to an integer without the rounding instruction that older processors lack.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const SHIFTER: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + SHIFTER;
    let n = shifted - SHIFTER;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (0.166_666_67 + r * (0.041_666_668 + r * (0.008_333_334 + r * 0.001_388_888_9)))));
    let power = f32::from_bits(shifted.to_bits().wrapping_sub(SHIFTER.to_bits()).wrapping_add(127) << 23);
    power * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_those_of_the_standard_library() {
        for i in -8600..=8700 {
            let x = i as f32 / 100.0;
            let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((got - want).abs() <= 3e-7 * want, "exp({x}) is {want}, not {got}");
        }
        assert!(exp(f32::NEG_INFINITY) < 2e-38);
    }

    #[test]
    fn error_function_at_known_places() {
        for (x, want) in [(0.0, 0.0), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (-1.0, -0.842_700_8), (2.0, 0.995_322_3), (9.0, 1.0)] {
            assert!((erf(x) - want).abs() < 4e-7, "erf({x}) is {want}, not {}", erf(x));
        }
    }

    #[test]
    fn products_of_transposed_parts() {
        // Columns 1 and 2 of a 3 × 4 matrix, times the transpose of themselves.
        let a: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let part = Shape::rows(1, 3, 2, 4);
        let mut out = vec![1.0; 9];
        multiply(2.0, (&a, part), (&a, part.transposed()), 1.0, (&mut out, Shape::rows(0, 3, 3, 3)));
        let want = |i: usize, j: usize| 1.0 + 2.0 * (a[4 * i + 1] * a[4 * j + 1] + a[4 * i + 2] * a[4 * j + 2]);
        assert_eq!(out, (0..9).map(|k| want(k / 3, k % 3)).collect::<Vec<_>>());
    }

    #[test]
    #[should_panic(expected = "reaches over its slice")]
    fn a_product_never_reads_past_the_end() {
        let a = [0.0; 5];
        multiply(1.0, (&a, Shape::rows(0, 2, 3, 3)), (&a, Shape::rows(0, 3, 1, 1)), 0.0, (&mut [0.0; 2], Shape::rows(0, 2, 1, 1)));
    }
}
