//! Every bound of the calculator.

/// Longest expression, bytes.
pub const EXPRESSION_BYTES_MAX: usize = 4_096;

/// Parentheses inside each other; as many as Python allows.
pub const DEPTH_MAX: usize = 200;

/// Largest integer of any step, bits: some 4,900 digits. `9**9**9` would have 370 million.
pub const INTEGER_BITS_MAX: u64 = 16_384;

/// Decimal places of a result.
pub const PLACES: usize = 2;
