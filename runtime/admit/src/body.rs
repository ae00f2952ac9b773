//! Bounds on one function body.

use crate::{AdmitError, within};
use wardian_format::limits::AdmissionLimits;
use wasmparser::{FunctionBody, Operator};

/// Checks size, locals, number and nesting of blocks. `index` counts the bodies of the whole file.
pub(crate) fn check(body: &FunctionBody<'_>, index: u32, limits: &AdmissionLimits) -> Result<(), AdmitError> {
    let range = body.range();
    let place = || format!("function body {index}, byte {}", range.start);
    if range.len() > limits.body_bytes_max {
        within("function body in bytes", place(), range.len() as u64, limits.body_bytes_max as u64)?;
    }
    let mut locals = 0u64;
    for group in body.get_locals_reader()? {
        locals += u64::from(group?.0);
    }
    if locals > u64::from(limits.locals_max) {
        within("locals of a function", place(), locals, u64::from(limits.locals_max))?;
    }
    let (mut blocks, mut depth) = (0u32, 0u32);
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                (blocks, depth) = (blocks + 1, depth + 1);
                if blocks > limits.blocks_max {
                    within("blocks of a function", place(), u64::from(blocks), u64::from(limits.blocks_max))?;
                }
                if depth > limits.depth_max {
                    within("nesting of blocks", place(), u64::from(depth), u64::from(limits.depth_max))?;
                }
            }
            // The last `end` closes the function itself.
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}
