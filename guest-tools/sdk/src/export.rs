//! The canonical ABI of a tool's export, by hand: wit-bindgen wants the names of a world's exports before it sees the tools.
#![expect(unsafe_code, reason = "the canonical ABI passes addresses")]

use crate::{Database, ToolError, run};
use serde::{Serialize, de::DeserializeOwned};

/// `result<string, tool-error>` as it lies in memory: each case's first word, then address and length of its text.
#[repr(C)]
pub struct Answer {
    /// 0 for a result, 1 for an error.
    is_error: u8,
    /// A result's address, or which error.
    first: usize,
    /// A result's length, or an error's address.
    second: usize,
    /// An error's length.
    third: usize,
}

/// Runs `tool` as an export.
///
/// # Safety
/// `db` is a borrowed handle that the caller gives up; `args` is UTF-8 of `length` bytes that `cabi_realloc` made room for.
pub unsafe fn call<A: DeserializeOwned, R: Serialize>(
    db: u32,
    args: *mut u8,
    length: usize,
    tool: impl FnOnce(&Database, A) -> Result<R, ToolError>,
) -> *mut Answer {
    // SAFETY: this is the only owner of the handle. It is dropped on every way out of this function, which the
    // contract asks for: a call that returns while it is still borrowed traps.
    let db = unsafe { Database::from_handle(db) };
    // SAFETY: the host wrote UTF-8 of this length to memory of this size.
    let args = unsafe { String::from_utf8_unchecked(Vec::from_raw_parts(args, length, length)) };
    Box::into_raw(Box::new(match run(&db, &args, tool) {
        Ok(text) => {
            let (address, length) = leak(text);
            Answer { is_error: 0, first: address, second: length, third: 0 }
        }
        Err(error) => {
            let (case, text) = numbered(error);
            let (address, length) = leak(text);
            Answer { is_error: 1, first: case, second: address, third: length }
        }
    }))
}

/// Gives back what [`call`] returned.
///
/// # Safety
/// `answer` came from [`call`] and is given back once.
pub unsafe fn free(answer: *mut Answer) {
    // SAFETY: it was a box, and its text a boxed slice.
    unsafe {
        let Answer { is_error, first, second, third } = *Box::from_raw(answer);
        let (address, length) = if is_error == 0 { (first, second) } else { (second, third) };
        drop(Vec::from_raw_parts(address as *mut u8, length, length));
    }
}

/// The error's number in the contract, and its text.
fn numbered(error: ToolError) -> (usize, String) {
    match error {
        ToolError::NotFound(text) => (0, text),
        ToolError::Invalid(text) => (1, text),
        ToolError::Conflict(text) => (2, text),
        ToolError::Forbidden(text) => (3, text),
        ToolError::Other(text) => (4, text),
    }
}

fn leak(text: String) -> (usize, usize) {
    let bytes = Box::leak(text.into_boxed_str());
    (bytes.as_mut_ptr() as usize, bytes.len())
}
