//! Bounded stand-ins for built-in functions that take more than linear time within one operation of the virtual
//! machine, where no budget of operations reaches them: `rtrim` of 900 KB by a set of 60 KB runs for minutes.
//!
//! They give the same results for text that is UTF-8, take linear time (LIKE and GLOB: within a bound on the product
//! of both lengths), and charge their work to the budget of operations.
#![expect(unsafe_code, reason = "functions of SQLite's C interface, to convert values as SQLite does")]

use crate::guard::Shared;
use memchr::memmem;
use rusqlite::{Connection, ffi};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Arc;
use wardian_format::limits::FIXED;

/// Bytes of work that count as one operation.
const BYTES_PER_OP: usize = 64;
/// Longest pattern of LIKE and GLOB, bytes.
const PATTERN_MAX: usize = FIXED.pattern_bytes_max as usize;
/// Largest product of the lengths of pattern and text in LIKE and GLOB.
const PRODUCT_MAX: usize = wardian_format::limits::FIXED.pattern_product_max;

type Function = unsafe extern "C" fn(*mut ffi::sqlite3_context, c_int, *mut *mut ffi::sqlite3_value);

/// Registers the functions on `connection`.
pub(crate) fn install(connection: &Connection, shared: &Arc<Shared>) -> Result<(), rusqlite::Error> {
    let functions: [(&CStr, c_int, Function); 12] = [
        (c"trim", 1, trim::<true, true>),
        (c"trim", 2, trim::<true, true>),
        (c"ltrim", 1, trim::<true, false>),
        (c"ltrim", 2, trim::<true, false>),
        (c"rtrim", 1, trim::<false, true>),
        (c"rtrim", 2, trim::<false, true>),
        (c"replace", 3, replace),
        (c"instr", 2, instr),
        (c"like", 2, like),
        (c"like", 3, like),
        (c"glob", 2, glob),
        (c"unhex", 2, refuse),
    ];
    for (name, arguments, function) in functions {
        let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS;
        let data = Arc::into_raw(Arc::clone(shared)).cast_mut().cast::<c_void>();
        // SAFETY: the handle is open; the data is a counted reference that SQLite gives back through `release`, also
        // when registration fails.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                connection.handle(),
                name.as_ptr(),
                arguments,
                flags,
                data,
                Some(function),
                None,
                None,
                Some(release),
            )
        };
        if code != ffi::SQLITE_OK {
            return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        }
    }
    Ok(())
}

unsafe extern "C" fn release(data: *mut c_void) {
    // SAFETY: the pointer came from `Arc::into_raw` and SQLite calls this once for each.
    drop(unsafe { Arc::from_raw(data.cast::<Shared>()) });
}

/// A call of one of the functions.
struct Call<'a> {
    context: *mut ffi::sqlite3_context,
    arguments: &'a [*mut ffi::sqlite3_value],
}

// SAFETY of the methods: a call exists only inside of the callback that SQLite made it for.
impl<'a> Call<'a> {
    /// SAFETY: the arguments are those of a running callback.
    unsafe fn new(context: *mut ffi::sqlite3_context, n: c_int, arguments: *mut *mut ffi::sqlite3_value) -> Self {
        // SAFETY: as the caller promises; every function here takes at least one argument.
        Self { context, arguments: unsafe { std::slice::from_raw_parts(arguments, n as usize) } }
    }

    fn is_blob(&self, i: usize) -> bool {
        // SAFETY: see above.
        unsafe { ffi::sqlite3_value_type(self.arguments[i]) == ffi::SQLITE_BLOB }
    }

    /// The argument as text, converted as SQLite does; `None` for NULL.
    fn bytes(&self, i: usize) -> Option<&'a [u8]> {
        let value = self.arguments[i];
        // SAFETY: see above; the text lives as long as the call and is not converted again.
        unsafe {
            let start = ffi::sqlite3_value_text(value);
            if start.is_null() {
                return None;
            }
            Some(std::slice::from_raw_parts(start, ffi::sqlite3_value_bytes(value) as usize))
        }
    }

    fn text(&self, i: usize) -> Option<Cow<'a, str>> {
        self.bytes(i).map(String::from_utf8_lossy)
    }

    /// Charges `bytes` of work; false if the budget does not have it, and then the call has failed.
    fn charge(&self, bytes: usize) -> bool {
        // SAFETY: the data of every function is a reference to `Shared`.
        let shared = unsafe { &*ffi::sqlite3_user_data(self.context).cast::<Shared>() };
        let within = shared.charge((bytes / BYTES_PER_OP) as u64);
        if !within {
            // SAFETY: see above.
            unsafe { ffi::sqlite3_result_error_code(self.context, ffi::SQLITE_INTERRUPT) };
        }
        within
    }

    fn give_text(&self, text: &str) {
        // SAFETY: see above; SQLite copies the text.
        unsafe {
            let start = text.as_ptr().cast::<c_char>();
            ffi::sqlite3_result_text64(self.context, start, text.len() as u64, ffi::SQLITE_TRANSIENT(), ffi::SQLITE_UTF8 as u8);
        }
    }

    fn give_integer(&self, value: i64) {
        // SAFETY: see above.
        unsafe { ffi::sqlite3_result_int64(self.context, value) };
    }

    fn fail(&self, message: &CStr) {
        // SAFETY: see above; SQLite copies the message.
        unsafe { ffi::sqlite3_result_error(self.context, message.as_ptr(), -1) };
    }

    fn too_big(&self) {
        // SAFETY: see above.
        unsafe { ffi::sqlite3_result_error_toobig(self.context) };
    }

    /// Longest value that the connection allows.
    fn length_max(&self) -> usize {
        // SAFETY: see above; -1 only asks.
        let limit = unsafe { ffi::sqlite3_limit(ffi::sqlite3_context_db_handle(self.context), ffi::SQLITE_LIMIT_LENGTH, -1) };
        usize::try_from(limit).unwrap_or(0)
    }
}

unsafe extern "C" fn trim<const LEFT: bool, const RIGHT: bool>(
    context: *mut ffi::sqlite3_context,
    n: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: this is the callback.
    let call = unsafe { Call::new(context, n, arguments) };
    let Some(text) = call.text(0) else { return };
    let set = if n == 2 { call.text(1) } else { Some(Cow::Borrowed(" ")) };
    let Some(set) = set else { return };
    if !call.charge(text.len() + set.len()) {
        return;
    }
    // SQLite reads the set as a C string.
    let set: BTreeSet<char> = set.chars().take_while(|c| *c != '\0').collect();
    let mut rest = &*text;
    if LEFT {
        rest = rest.trim_start_matches(|c| set.contains(&c));
    }
    if RIGHT {
        rest = rest.trim_end_matches(|c| set.contains(&c));
    }
    call.give_text(rest);
}

unsafe extern "C" fn replace(context: *mut ffi::sqlite3_context, n: c_int, arguments: *mut *mut ffi::sqlite3_value) {
    // SAFETY: this is the callback.
    let call = unsafe { Call::new(context, n, arguments) };
    let (Some(text), Some(from)) = (call.text(0), call.text(1)) else { return };
    if from.is_empty() || from.starts_with('\0') {
        return call.give_text(&text);
    }
    let Some(to) = call.text(2) else { return };
    let found = memmem::find_iter(text.as_bytes(), from.as_bytes()).count();
    let length = text.len() - found * from.len() + found * to.len();
    if !call.charge(text.len() + from.len() + to.len() + length) {
        return;
    }
    if length > call.length_max() {
        return call.too_big();
    }
    call.give_text(&text.replace(&*from, &to));
}

unsafe extern "C" fn instr(context: *mut ffi::sqlite3_context, n: c_int, arguments: *mut *mut ffi::sqlite3_value) {
    // SAFETY: this is the callback.
    let call = unsafe { Call::new(context, n, arguments) };
    let binary = call.is_blob(0) && call.is_blob(1);
    let (Some(hay), Some(needle)) = (call.bytes(0), call.bytes(1)) else { return };
    if !call.charge(hay.len() + needle.len()) {
        return;
    }
    let place = memmem::find(hay, needle).map_or(0, |at| {
        // Characters are counted by the bytes that start one.
        let before = &hay[..at];
        1 + if binary { at } else { before.iter().filter(|b| **b & 0xc0 != 0x80).count() }
    });
    call.give_integer(place as i64);
}

unsafe extern "C" fn like(context: *mut ffi::sqlite3_context, n: c_int, arguments: *mut *mut ffi::sqlite3_value) {
    // SAFETY: this is the callback.
    let call = unsafe { Call::new(context, n, arguments) };
    let mut escape = 0;
    if n == 3 {
        let Some(text) = call.text(2) else { return };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some('%' | '_'), None) => return call.fail(c"the ESCAPE character of LIKE must not be % or _"),
            (Some(c), None) => escape = u32::from(c),
            _ => return call.fail(c"ESCAPE expression must be a single character"),
        }
    }
    // SAFETY: both are C strings.
    call.matches(|pattern, text| unsafe { ffi::sqlite3_strlike(pattern, text, escape) });
}

unsafe extern "C" fn glob(context: *mut ffi::sqlite3_context, n: c_int, arguments: *mut *mut ffi::sqlite3_value) {
    // SAFETY: this is the callback.
    let call = unsafe { Call::new(context, n, arguments) };
    // SAFETY: both are C strings.
    call.matches(|pattern, text| unsafe { ffi::sqlite3_strglob(pattern, text) });
}

impl Call<'_> {
    fn matches(&self, compare: impl FnOnce(*const c_char, *const c_char) -> c_int) {
        let (Some(pattern), Some(text)) = (self.bytes(0), self.bytes(1)) else { return };
        if pattern.len() > PATTERN_MAX {
            return self.fail(c"LIKE or GLOB pattern too complex");
        }
        let product = pattern.len().saturating_mul(text.len());
        if product > PRODUCT_MAX {
            return self.too_big();
        }
        if self.charge(product) {
            // The texts of SQLite values end in a zero byte.
            self.give_integer(i64::from(compare(pattern.as_ptr().cast(), text.as_ptr().cast()) == 0));
        }
    }
}

unsafe extern "C" fn refuse(context: *mut ffi::sqlite3_context, n: c_int, arguments: *mut *mut ffi::sqlite3_value) {
    // SAFETY: this is the callback.
    let call = unsafe { Call::new(context, n, arguments) };
    call.fail(c"this function takes quadratic time and is not available");
}
