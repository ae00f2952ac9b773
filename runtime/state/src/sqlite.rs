//! Prepared statements that a connection keeps without borrowing from it.
#![expect(unsafe_code, reason = "statements of SQLite's C interface")]

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ffi};
use std::ffi::{CStr, c_char, c_int};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;
use wardian_format::SqlValue;

/// An error of SQLite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Extended result code.
    pub(crate) code: c_int,
    /// SQLite's message.
    pub(crate) message: String,
    /// Byte of the statement that it concerns.
    pub(crate) offset: Option<usize>,
}

/// A prepared statement. Whoever owns it drops it before the connection that made it.
pub(crate) struct Statement {
    raw: NonNull<ffi::sqlite3_stmt>,
    columns: Arc<[String]>,
    parameters: usize,
    read_only: bool,
}

// SAFETY: the connection is opened without a mutex by a library that is safe for several threads, which allows any
// thread to use it as long as one does at a time. A statement travels only together with its connection.
unsafe impl Send for Statement {}

/// What a text was found to be.
pub(crate) enum Prepared {
    /// One statement.
    Statement(Statement),
    /// Nothing but white space and comments.
    Empty,
    /// Text follows the first statement.
    Several,
    /// An `EXPLAIN`.
    Explain,
}

impl Statement {
    /// Prepares one statement.
    pub(crate) fn prepare(connection: &Connection, sql: &str) -> Result<Prepared, Failure> {
        let (raw, rest) = prepare_first(connection, sql)?;
        let Some(raw) = raw else { return Ok(Prepared::Empty) };
        let statement = Self::describe(raw);
        // SAFETY: the statement is live.
        if unsafe { ffi::sqlite3_stmt_isexplain(raw.as_ptr()) } != 0 {
            return Ok(Prepared::Explain);
        }
        if !rest.trim_ascii().is_empty() {
            let (next, _) = prepare_first(connection, rest)?;
            if let Some(next) = next {
                drop(Self::describe(next));
                return Ok(Prepared::Several);
            }
        }
        Ok(Prepared::Statement(statement))
    }

    /// Prepares a statement of the host, which is known to be one.
    pub(crate) fn prepare_host(connection: &Connection, sql: &str) -> Result<Self, Failure> {
        match Self::prepare(connection, sql)? {
            Prepared::Statement(statement) => Ok(statement),
            _ => Err(Failure { code: ffi::SQLITE_MISUSE, message: format!("`{sql}` is not one statement"), offset: None }),
        }
    }

    fn describe(raw: NonNull<ffi::sqlite3_stmt>) -> Self {
        let p = raw.as_ptr();
        // SAFETY: the statement is live; names stay valid until it is prepared again or finalized.
        unsafe {
            let name = |i| text_of(ffi::sqlite3_column_name(p, i));
            Self {
                raw,
                columns: (0..ffi::sqlite3_column_count(p)).map(name).collect(),
                parameters: ffi::sqlite3_bind_parameter_count(p) as usize,
                read_only: ffi::sqlite3_stmt_readonly(p) != 0,
            }
        }
    }

    /// Names of the columns it returns.
    pub(crate) fn columns(&self) -> &Arc<[String]> {
        &self.columns
    }

    /// How many parameters it has.
    pub(crate) fn parameters(&self) -> usize {
        self.parameters
    }

    /// Names of the parameters, with their first character; `None` for `?` and unused numbers.
    pub(crate) fn parameter_names(&self) -> Vec<Option<String>> {
        let name = |i| {
            // SAFETY: the statement is live; the name stays valid while it is.
            let name = unsafe { ffi::sqlite3_bind_parameter_name(self.raw.as_ptr(), i) };
            (!name.is_null()).then(|| text_of(name))
        };
        (1..=self.parameters as c_int).map(name).collect()
    }

    /// True where it changes nothing.
    pub(crate) fn read_only(&self) -> bool {
        self.read_only
    }

    /// Starts a run with `parameters`, which stay borrowed until the run is dropped.
    pub(crate) fn run<'a>(&'a mut self, parameters: impl IntoIterator<Item = ValueRef<'a>>) -> Result<Run<'a>, Failure> {
        let run = Run { statement: self, _parameters: PhantomData };
        for (i, value) in (1..).zip(parameters) {
            run.bind(i, value)?;
        }
        Ok(run)
    }

    /// Runs it to its end, for statements without rows.
    pub(crate) fn execute(&mut self) -> Result<(), Failure> {
        let mut run = self.run([])?;
        while run.step()? {}
        Ok(())
    }

    /// Virtual-machine operations since the last call.
    pub(crate) fn take_ops(&mut self) -> u64 {
        // SAFETY: the statement is live.
        let ops = unsafe { ffi::sqlite3_stmt_status(self.raw.as_ptr(), ffi::SQLITE_STMTSTATUS_VM_STEP, 1) };
        u64::from(ops as u32)
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement is live and never used again.
        unsafe { ffi::sqlite3_finalize(self.raw.as_ptr()) };
    }
}

/// A run of a statement. Dropping it resets the statement and forgets its parameters.
pub(crate) struct Run<'a> {
    statement: &'a mut Statement,
    _parameters: PhantomData<&'a [u8]>,
}

impl Run<'_> {
    /// Goes to the next row; false after the last.
    pub(crate) fn step(&mut self) -> Result<bool, Failure> {
        // SAFETY: the statement is live.
        match unsafe { ffi::sqlite3_step(self.raw()) } {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            code => Err(self.failure(code)),
        }
    }

    /// Value of column `i` of the current row.
    pub(crate) fn column(&self, i: usize) -> ValueRef<'_> {
        let (p, i) = (self.raw(), i as c_int);
        // SAFETY: the statement is at a row (or SQLite answers NULL); the bytes stay valid until the next step,
        // which needs the run mutably, and are asked for after the pointer, as SQLite demands.
        unsafe {
            match ffi::sqlite3_column_type(p, i) {
                ffi::SQLITE_INTEGER => ValueRef::Integer(ffi::sqlite3_column_int64(p, i)),
                ffi::SQLITE_FLOAT => ValueRef::Real(ffi::sqlite3_column_double(p, i)),
                ffi::SQLITE_TEXT => {
                    let start = ffi::sqlite3_column_text(p, i);
                    ValueRef::Text(bytes_of(start, ffi::sqlite3_column_bytes(p, i)))
                }
                ffi::SQLITE_BLOB => {
                    let start = ffi::sqlite3_column_blob(p, i).cast::<u8>();
                    ValueRef::Blob(bytes_of(start, ffi::sqlite3_column_bytes(p, i)))
                }
                _ => ValueRef::Null,
            }
        }
    }

    fn bind(&self, i: c_int, value: ValueRef<'_>) -> Result<(), Failure> {
        let p = self.raw();
        // SAFETY: the statement is live. Bytes are bound without a copy: they outlive the run, whose end clears
        // the bindings. Lengths travel as 64 bits.
        let code = unsafe {
            match value {
                ValueRef::Null => ffi::sqlite3_bind_null(p, i),
                ValueRef::Integer(v) => ffi::sqlite3_bind_int64(p, i, v),
                ValueRef::Real(v) => ffi::sqlite3_bind_double(p, i, v),
                ValueRef::Text(t) => ffi::sqlite3_bind_text64(
                    p,
                    i,
                    t.as_ptr().cast::<c_char>(),
                    t.len() as u64,
                    ffi::SQLITE_STATIC(),
                    ffi::SQLITE_UTF8 as u8,
                ),
                ValueRef::Blob([]) => ffi::sqlite3_bind_zeroblob(p, i, 0),
                ValueRef::Blob(b) => ffi::sqlite3_bind_blob64(p, i, b.as_ptr().cast(), b.len() as u64, ffi::SQLITE_STATIC()),
            }
        };
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(self.failure(code)) }
    }

    fn raw(&self) -> *mut ffi::sqlite3_stmt {
        self.statement.raw.as_ptr()
    }

    fn failure(&self, code: c_int) -> Failure {
        // SAFETY: a live statement has a live connection.
        unsafe { failure_of(ffi::sqlite3_db_handle(self.raw()), code) }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        // SAFETY: the statement is live.
        unsafe {
            ffi::sqlite3_reset(self.raw());
            ffi::sqlite3_clear_bindings(self.raw());
        }
    }
}

/// A parameter as SQLite takes it.
pub(crate) fn value_ref(value: &SqlValue) -> ValueRef<'_> {
    match value {
        SqlValue::Null => ValueRef::Null,
        SqlValue::Integer(v) => ValueRef::Integer(*v),
        SqlValue::Real(v) => ValueRef::Real(*v),
        SqlValue::Text(t) => ValueRef::Text(t.as_bytes()),
        SqlValue::Blob(b) => ValueRef::Blob(b),
    }
}

/// A value as this crate's users get it. Text that is not UTF-8 comes as bytes.
pub(crate) fn owned(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(v) => SqlValue::Integer(v),
        ValueRef::Real(v) => SqlValue::Real(v),
        ValueRef::Text(t) => std::str::from_utf8(t).map_or_else(|_| SqlValue::Blob(t.to_vec()), |t| SqlValue::Text(t.to_owned())),
        ValueRef::Blob(b) => SqlValue::Blob(b.to_vec()),
    }
}

fn prepare_first<'s>(connection: &Connection, sql: &'s str) -> Result<(Option<NonNull<ffi::sqlite3_stmt>>, &'s str), Failure> {
    let length = c_int::try_from(sql.len()).map_err(|_| Failure {
        code: ffi::SQLITE_TOOBIG,
        message: "the statement is too long".to_owned(),
        offset: None,
    })?;
    let mut raw = std::ptr::null_mut();
    let mut tail = std::ptr::null();
    // SAFETY: the handle is open; the text is passed with its length; both outputs are valid pointers.
    let (code, db) = unsafe {
        let db = connection.handle();
        let flags = ffi::SQLITE_PREPARE_PERSISTENT;
        (ffi::sqlite3_prepare_v3(db, sql.as_ptr().cast::<c_char>(), length, flags, &raw mut raw, &raw mut tail), db)
    };
    if code != ffi::SQLITE_OK {
        // SAFETY: the handle is open.
        return Err(unsafe { failure_of(db, code) });
    }
    let used = if tail.is_null() { sql.len() } else { tail.addr() - sql.as_ptr().addr() };
    Ok((NonNull::new(raw), sql.get(used..).unwrap_or_default()))
}

/// SAFETY: `db` is an open handle.
unsafe fn failure_of(db: *mut ffi::sqlite3, code: c_int) -> Failure {
    // SAFETY: the message is a C string that stays valid until the next call on the handle.
    let (message, offset) = unsafe { (text_of(ffi::sqlite3_errmsg(db)), ffi::sqlite3_error_offset(db)) };
    Failure { code, message, offset: usize::try_from(offset).ok() }
}

fn text_of(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: callers pass C strings of SQLite that are valid now.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// SAFETY: `start` points to `length` bytes that live for `'a`, or is null.
unsafe fn bytes_of<'a>(start: *const u8, length: c_int) -> &'a [u8] {
    if start.is_null() || length <= 0 {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(start, length as usize) }
}
