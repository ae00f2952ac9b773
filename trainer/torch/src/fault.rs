//! libtorch's errors. They are C++ exceptions, which tch turns into panics; here they become values.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What libtorch says where it cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TorchFault {
    /// Memory is short.
    #[error("memory is short: lower `at-once`, then `length`; let `recompute` be true; train `[lora]` matrices, or a smaller model ({0})")]
    Memory(String),
    /// Anything else.
    #[error("libtorch: {0}")]
    Other(String),
}

/// What libtorch says where memory is short.
const MEMORY: [&str; 4] = ["out of memory", "can't allocate memory", "not enough memory", "Storage size calculation overflowed"];

/// Gives what `work` gives, or libtorch's error. What `work` changed is of no further use then. Panics that are not libtorch's go on.
///
/// # Errors
/// libtorch's.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, TorchFault> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| fault(panic.as_ref()).unwrap_or_else(|| resume_unwind(panic)))
}

/// libtorch's error in a panic; none where it is another.
#[must_use]
pub fn fault(panic: &(dyn Any + Send)) -> Option<TorchFault> {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied())?;
    let start = text.find("Internal torch error: ").or_else(|| text.find("Torch(\""))?;
    // What follows the first line is C++'s stack.
    let words = text[start..].trim_start_matches("Internal torch error: ").trim_start_matches("Torch(\"");
    let words = words.split("\\n").next().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
    Some(if MEMORY.iter().any(|part| text.contains(part)) { TorchFault::Memory(words) } else { TorchFault::Other(words) })
}
