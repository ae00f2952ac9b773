//! Which rows a connection touched: SQLite's preupdate hook, recording keys and nothing else.
//!
//! A row that is named here need not have changed, because an aborted statement undoes rows without an event; a
//! row that changed is always named. That is what the incremental digest needs, and all that it may assume.
#![expect(unsafe_code, reason = "the preupdate hook is a C callback")]

use crate::digest::encode_value;
use crate::heap;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ffi};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::NonNull;
use std::sync::Arc;

/// Key of a row within its table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Key of a table whose key names the row.
    Row(i64),
    /// The key's values, encoded as in a row.
    Values(Box<[u8]>),
}

/// A row: number of the table in the schema's order, and key.
pub(crate) type RowId = (u16, Key);

/// A set of rows to which others are added often and which is read seldom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    rows: Vec<RowId>,
    /// How many there were when last sorted.
    sorted: usize,
}

impl Touched {
    /// Adds rows. A row that comes again and again is kept a bounded number of times.
    pub(crate) fn extend(&mut self, rows: Vec<RowId>) {
        if self.rows.is_empty() {
            self.rows = rows;
        } else {
            self.rows.extend(rows);
        }
        if self.rows.len() > 2 * self.sorted + 64 {
            self.sort();
        }
    }

    /// The rows in order, each once.
    pub(crate) fn sorted(&mut self) -> &[RowId] {
        self.sort();
        &self.rows
    }

    /// Adds one row, if it is not the one that was added last.
    fn push(&mut self, row: RowId) {
        if self.rows.last() == Some(&row) {
            return;
        }
        // SQLite's own memory is accounted for where it asks for it; a guest may touch millions of rows.
        heap::charge(size_of::<RowId>() + if let Key::Values(values) = &row.1 { values.len() } else { 0 });
        self.rows.push(row);
        if self.rows.len() > 2 * self.sorted + 4_096 {
            self.sort();
        }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.sorted = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn sort(&mut self) {
        if self.rows.len() > 1 {
            self.rows.sort_unstable();
            self.rows.dedup();
        }
        self.sorted = self.rows.len();
    }
}

/// What the hook needs to know of a table.
#[derive(Clone, Debug)]
pub(crate) struct HookTable {
    /// Name.
    pub(crate) name: String,
    /// Columns of the key as (place in the table, is REAL); `None` where the key names the row.
    pub(crate) key: Option<Vec<(c_int, bool)>>,
}

/// The hook of one connection. Drop it after the connection.
pub(crate) struct Hook(NonNull<Recorder>);

// SAFETY: the recorder is reached through this owner and through the connection that it was installed on; both
// travel together and are used by one thread at a time.
unsafe impl Send for Hook {}

struct Recorder {
    tables: Arc<[HookTable]>,
    /// The table of the last event: events come in runs.
    last: usize,
    touched: Touched,
    /// An event that could not be recorded; the transaction must not be kept.
    lost: bool,
}

impl Hook {
    /// Installs the hook. No statement may have been prepared on `connection` for guests yet.
    pub(crate) fn install(connection: &Connection, tables: Arc<[HookTable]>) -> Self {
        let recorder = Box::new(Recorder { tables, last: 0, touched: Touched::default(), lost: false });
        let raw = NonNull::from(Box::leak(recorder));
        // SAFETY: the handle is open, and the recorder lives until `Hook` is dropped, after the connection.
        unsafe { ffi::sqlite3_preupdate_hook(connection.handle(), Some(preupdate), raw.as_ptr().cast::<c_void>()) };
        Self(raw)
    }

    /// Forgets what was recorded.
    pub(crate) fn clear(&mut self) {
        let recorder = self.recorder();
        recorder.touched.clear();
        recorder.lost = false;
    }

    /// The rows touched since the last call. `None` if an event was lost.
    pub(crate) fn take(&mut self) -> Option<Vec<RowId>> {
        let recorder = self.recorder();
        if std::mem::take(&mut recorder.lost) {
            recorder.touched.clear();
            return None;
        }
        Some(std::mem::take(&mut recorder.touched).rows)
    }

    fn recorder(&mut self) -> &mut Recorder {
        // SAFETY: the pointer is live, and no statement runs while the owner is borrowed here.
        unsafe { self.0.as_mut() }
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box; the connection that had it is closed.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

unsafe extern "C" fn preupdate(
    context: *mut c_void,
    db: *mut ffi::sqlite3,
    op: c_int,
    _: *const c_char,
    table: *const c_char,
    old_rowid: i64,
    new_rowid: i64,
) {
    // SAFETY: the context is the recorder given at installation; the name is a C string.
    let (recorder, name) = unsafe { (&mut *context.cast::<Recorder>(), CStr::from_ptr(table)) };
    let Some(i) = recorder.table(name.to_bytes()) else {
        recorder.lost = true;
        return;
    };
    let (old, new) = (op != ffi::SQLITE_INSERT, op != ffi::SQLITE_DELETE);
    let tables = Arc::clone(&recorder.tables);
    let Some(columns) = &tables[i].key else {
        if old {
            recorder.touch(i, Key::Row(old_rowid));
        }
        if new && !(old && old_rowid == new_rowid) {
            recorder.touch(i, Key::Row(new_rowid));
        }
        return;
    };
    for (wanted, read) in [(old, ffi::sqlite3_preupdate_old as Preupdate), (new, ffi::sqlite3_preupdate_new as Preupdate)] {
        if !wanted {
            continue;
        }
        // SAFETY: this is the callback, for an operation that has this side of the row.
        match unsafe { key(db, read, columns) } {
            Some(key) => recorder.touch(i, key),
            None => recorder.lost = true,
        }
    }
}

type Preupdate = unsafe extern "C" fn(*mut ffi::sqlite3, c_int, *mut *mut ffi::sqlite3_value) -> c_int;

/// SAFETY: called inside of a preupdate callback of `db` that has the side which `read` reads.
unsafe fn key(db: *mut ffi::sqlite3, read: Preupdate, columns: &[(c_int, bool)]) -> Option<Key> {
    let mut out = Vec::with_capacity(32);
    for &(column, real) in columns {
        let mut value = std::ptr::null_mut();
        // SAFETY: as the caller promises.
        if unsafe { read(db, column, &raw mut value) } != ffi::SQLITE_OK || value.is_null() {
            return None;
        }
        // SAFETY: SQLite gave the value, which lives until the callback returns.
        encode_value(
            &mut out,
            match unsafe { value_of(value) } {
                // A whole number in a REAL column is stored as an integer.
                ValueRef::Integer(i) if real => ValueRef::Real(i as f64),
                value => value,
            },
        );
    }
    Some(Key::Values(out.into_boxed_slice()))
}

/// SAFETY: `value` is live for `'a` and protected.
unsafe fn value_of<'a>(value: *mut ffi::sqlite3_value) -> ValueRef<'a> {
    // SAFETY: as the caller promises; lengths are asked for after the pointers, as SQLite demands.
    unsafe {
        match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => ValueRef::Integer(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => ValueRef::Real(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => {
                let start = ffi::sqlite3_value_text(value);
                ValueRef::Text(bytes_of(start, ffi::sqlite3_value_bytes(value)))
            }
            ffi::SQLITE_BLOB => {
                let start = ffi::sqlite3_value_blob(value).cast::<u8>();
                ValueRef::Blob(bytes_of(start, ffi::sqlite3_value_bytes(value)))
            }
            _ => ValueRef::Null,
        }
    }
}

/// SAFETY: `start` points to `length` bytes that live for `'a`, or is null.
unsafe fn bytes_of<'a>(start: *const u8, length: c_int) -> &'a [u8] {
    if start.is_null() || length <= 0 {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(start, length as usize) }
}

impl Recorder {
    fn table(&mut self, name: &[u8]) -> Option<usize> {
        if self.tables.get(self.last).is_some_and(|t| t.name.as_bytes() == name) {
            return Some(self.last);
        }
        self.last = self.tables.binary_search_by(|t| t.name.as_bytes().cmp(name)).ok()?;
        Some(self.last)
    }

    fn touch(&mut self, table: usize, key: Key) {
        self.touched.push((table as u16, key));
    }
}
