//! What a call came to: what the guest returned, unless the host knows better.

use crate::contract::{Call, ToolError};
use wardian_format::limits::Limits;
use wardian_format::outcome::{LimitKind, Outcome, ToolErrorCode};
use wardian_format::{Digest, json, names};
use wasmtime::Trap;

/// Longest message of a tool error, characters; the rest is cut off.
pub const TOOL_ERROR_CHARS_MAX: usize = wardian_format::limits::FIXED.tool_error_chars_max;

/// Longest message of a trap, characters.
const TRAP_CHARS_MAX: usize = 200;

/// What wasmtime says when more is copied between guest and host than `hostcall_fuel` allows; its type is private.
const COPIED_TOO_MUCH: &str = "too much data is being copied between the host and the guest";

/// What the guest returned, as it came out of wasmtime.
pub(crate) type Returned = wasmtime::Result<Result<String, ToolError>>;

/// The outcome of a call, and the digest of the canonical result where it is `Ok`.
///
/// The host's own counters come first: a certifiable limit that was reached, or something forbidden that was
/// asked for, is the outcome whatever the guest made of it. Then memory that was refused, traps, and last the
/// guest's own answer.
pub(crate) fn outcome(call: &Call, returned: Returned, limits: &Limits) -> (Outcome, Option<Digest>) {
    let tx = call.tx.as_ref();
    if let Some(limit) = tx.and_then(|tx| tx.stopped_by()) {
        return (Outcome::Limit { limit }, None);
    }
    if let Some(what) = tx.and_then(|tx| tx.denied()) {
        return (Outcome::Denied { what: names::untrusted(what, TRAP_CHARS_MAX) }, None);
    }
    if call.limiter.refused {
        return (Outcome::Limit { limit: LimitKind::Memory }, None);
    }
    match returned {
        Ok(Ok(text)) => result(&text, limits),
        Ok(Err(error)) => (tool_error(error), None),
        Err(error) => (trap(&error), None),
    }
}

fn result(text: &str, limits: &Limits) -> (Outcome, Option<Digest>) {
    if text.len() > limits.result_bytes_max {
        return (Outcome::Limit { limit: LimitKind::ResultBytes }, None);
    }
    let parsed = json::parse(text).and_then(|value| Ok((json::digest(&value)?, value)));
    match parsed {
        Ok((digest, result)) => (Outcome::Ok { result }, Some(digest)),
        Err(error) => (Outcome::Malformed { message: names::untrusted(&error.to_string(), TRAP_CHARS_MAX) }, None),
    }
}

fn tool_error(error: ToolError) -> Outcome {
    let (code, message) = match error {
        ToolError::NotFound(message) => (ToolErrorCode::NotFound, message),
        ToolError::Invalid(message) => (ToolErrorCode::Invalid, message),
        ToolError::Conflict(message) => (ToolErrorCode::Conflict, message),
        ToolError::Forbidden(message) => (ToolErrorCode::Forbidden, message),
        ToolError::Other(message) => (ToolErrorCode::Other, message),
    };
    Outcome::ToolError { code, message: names::untrusted(&message, TOOL_ERROR_CHARS_MAX) }
}

/// The outcome that a failure inside wasmtime stands for.
pub(crate) fn trap(error: &wasmtime::Error) -> Outcome {
    let limit = |limit| Outcome::Limit { limit };
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => limit(LimitKind::Fuel),
        Some(Trap::Interrupt) => limit(LimitKind::WallTime),
        Some(Trap::StackOverflow) => limit(LimitKind::Stack),
        Some(Trap::AllocationTooLarge) => limit(LimitKind::Memory),
        Some(trap) => Outcome::Trap { message: trap.to_string().trim_start_matches("wasm trap: ").to_owned() },
        None => {
            let message = error.root_cause().to_string();
            if message.starts_with(COPIED_TOO_MUCH) {
                return limit(LimitKind::ValueBytes);
            }
            Outcome::Trap { message: names::untrusted(&message, TRAP_CHARS_MAX) }
        }
    }
}
