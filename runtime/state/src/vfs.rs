//! SQLite's file layer: a main database file is a [`Store`], and there are no other files.
//!
//! Reads hand out pointers into the pages (`xFetch`), writes go to the overlay. A warm connection serves many
//! states: [`swap`] exchanges the store behind it. The layer also is the only clock that SQLite sees.
#![expect(unsafe_code, reason = "SQLite's file layer is a table of C callbacks")]

use crate::error::StateError;
use crate::heap;
use crate::store::{PAGE_BYTES, Page, Store};
use rusqlite::{Connection, OpenFlags, ffi};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::{Arc, OnceLock};

/// Milliseconds from the Julian epoch to 1970-01-01T00:00:00Z.
const UNIX_EPOCH_JULIAN_MS: i64 = 210_866_760_000_000;
const NAME: &CStr = c"wardian";

thread_local! {
    /// Hands a store to `xOpen`, which SQLite calls inside `sqlite3_open_v2`.
    static OPENING: RefCell<Option<Store>> = const { RefCell::new(None) };
    /// Time that SQLite sees on this thread, Julian milliseconds; `None` outside of [`with_clock`].
    static CLOCK: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Opens a connection on `store`.
pub(crate) fn open(store: Store) -> Result<Connection, StateError> {
    register()?;
    OPENING.with(|slot| slot.borrow_mut().replace(store));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let opened = Connection::open_with_flags_and_vfs("state", flags, NAME);
    OPENING.with(|slot| slot.borrow_mut().take());
    Ok(opened?)
}

/// Exchanges the store behind `connection` with `store`. No transaction and no statement may be open.
pub(crate) fn swap(connection: &Connection, store: &mut Store) {
    assert!(connection.is_autocommit(), "stores are exchanged outside of transactions");
    with_main_file(connection, |open| {
        assert_eq!(open.fetched, 0, "stores are exchanged while no statement points into pages");
        std::mem::swap(&mut open.store, store);
    });
    // SAFETY: the handle is open; this control takes no argument and drops the cached pages of the old store.
    let rc =
        unsafe { ffi::sqlite3_file_control(connection.handle(), c"main".as_ptr(), ffi::SQLITE_FCNTL_RESET_CACHE, std::ptr::null_mut()) };
    assert_eq!(rc, ffi::SQLITE_OK, "SQLite drops its page cache on request");
}

/// A copy (a fork) of the store behind `connection`.
pub(crate) fn store_of(connection: &Connection) -> Store {
    with_main_file(connection, |open| open.store.clone())
}

/// Runs `f` with SQLite's clock of this thread at `unix_s`.
pub(crate) fn with_clock<R>(unix_s: i64, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<i64>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CLOCK.with(|clock| clock.set(self.0));
        }
    }
    let julian_ms = unix_s.saturating_mul(1000).saturating_add(UNIX_EPOCH_JULIAN_MS);
    let _restore = Restore(CLOCK.with(|clock| clock.replace(Some(julian_ms))));
    f()
}

fn with_main_file<R>(connection: &Connection, f: impl FnOnce(&mut Open) -> R) -> R {
    let mut file: *mut ffi::sqlite3_file = std::ptr::null_mut();
    // SAFETY: the handle is open, and this control writes one pointer to where its argument points.
    let rc = unsafe {
        ffi::sqlite3_file_control(connection.handle(), c"main".as_ptr(), ffi::SQLITE_FCNTL_FILE_POINTER, (&raw mut file).cast::<c_void>())
    };
    assert_eq!(rc, ffi::SQLITE_OK, "the connection has a main file");
    // SAFETY: every connection of this crate is opened by `open`, so its main file is a `File` of ours. The
    // callers' closures do not reach SQLite, so no callback takes a second reference.
    f(unsafe { open_file(file) })
}

/// What SQLite allocates for an open file.
#[repr(C)]
struct File {
    methods: ffi::sqlite3_file,
    open: *mut Open,
}

struct Open {
    store: Store,
    /// Pages handed out and not yet given back.
    fetched: u32,
    /// Pages that were replaced while pointers into them were out.
    retired: Vec<Arc<Page>>,
}

/// SAFETY: `file` is an open file of this layer, and no other reference to its `Open` is in use.
unsafe fn open_file<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Open {
    // SAFETY: `x_open` set the pointer, `x_close` ends its life, and SQLite serialises calls on one file.
    unsafe { &mut *(*file.cast::<File>()).open }
}

/// Sets SQLite up, once a process.
pub(crate) fn register() -> Result<(), StateError> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| check_library().and_then(|()| heap::install()).and_then(|()| register_once())).clone().map_err(StateError::Library)
}

fn check_library() -> Result<(), String> {
    // SAFETY: takes nothing, returns a number fixed at compile time.
    if unsafe { ffi::sqlite3_threadsafe() } == 0 {
        return Err("it was built with `SQLITE_THREADSAFE=0`".to_owned());
    }
    for option in [c"ENABLE_PREUPDATE_HOOK", c"DQS=0", c"TEMP_STORE=3", c"OMIT_LOAD_EXTENSION"] {
        // SAFETY: the name is a C string; the function only compares it.
        if unsafe { ffi::sqlite3_compileoption_used(option.as_ptr()) } == 0 {
            return Err(format!("it was built without `SQLITE_{}`", option.to_string_lossy()));
        }
    }
    Ok(())
}

fn register_once() -> Result<(), String> {
    let vfs = Box::new(ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<File>() as c_int,
        mxPathname: 64,
        pNext: std::ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: std::ptr::null_mut(),
        xOpen: Some(x_open),
        xDelete: Some(x_delete),
        xAccess: Some(x_access),
        xFullPathname: Some(x_full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(x_randomness),
        xSleep: Some(x_sleep),
        xCurrentTime: Some(x_current_time),
        xGetLastError: Some(x_last_error),
        xCurrentTimeInt64: Some(x_current_time_ms),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    });
    // SAFETY: the structure is complete and leaked, so it lives as long as the process.
    let rc = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(vfs), 0) };
    if rc != ffi::SQLITE_OK {
        return Err(format!("it refused the file layer with code {rc}"));
    }
    // SAFETY: control 2 of this test hook takes a function of exactly this type.
    let rc = unsafe { ffi::sqlite3_test_control(ffi::SQLITE_TESTCTRL_LOCALTIME_FAULT, 2 as c_int, local_time as LocalTime) };
    if rc != ffi::SQLITE_OK {
        return Err("it was built with `SQLITE_UNTESTABLE`, so local time cannot be shut off".to_owned());
    }
    Ok(())
}

type LocalTime = unsafe extern "C" fn(*const c_void, *mut c_void) -> c_int;

/// Local time fails wherever this engine runs SQL, and works as before for other users of SQLite in the process.
unsafe extern "C" fn local_time(time: *const c_void, out: *mut c_void) -> c_int {
    if CLOCK.with(Cell::get).is_some() {
        return 1;
    }
    // SAFETY: SQLite passes a `time_t` to read and a `struct tm` to fill.
    let filled = unsafe { libc::localtime_r(time.cast(), out.cast()) };
    c_int::from(filled.is_null())
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_lock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: Some(x_fetch),
    xUnfetch: Some(x_unfetch),
};

// SAFETY of the callbacks below: SQLite calls them with the file that `x_open` prepared, with buffers of the
// lengths it states, and never two at a time for one file.

unsafe extern "C" fn x_open(
    _: *mut ffi::sqlite3_vfs,
    _: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file = file.cast::<File>();
    // SAFETY: SQLite allocated `szOsFile` bytes for this file.
    unsafe { (*file).methods.pMethods = std::ptr::null() };
    if flags & ffi::SQLITE_OPEN_MAIN_DB == 0 {
        return ffi::SQLITE_CANTOPEN;
    }
    let Some(store) = OPENING.with(|slot| slot.borrow_mut().take()) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let open = Box::into_raw(Box::new(Open { store, fetched: 0, retired: Vec::new() }));
    // SAFETY: as above; `out_flags` may be null.
    unsafe {
        (*file).open = open;
        (*file).methods.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the pointer came from `Box::into_raw` in `x_open`, and SQLite closes a file once.
    unsafe {
        let file = file.cast::<File>();
        drop(Box::from_raw((*file).open));
        (*file).open = std::ptr::null_mut();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_read(file: *mut ffi::sqlite3_file, buffer: *mut c_void, bytes: c_int, offset: i64) -> c_int {
    // SAFETY: see above; the buffer has `bytes` bytes.
    let (open, out) = unsafe { (open_file(file), std::slice::from_raw_parts_mut(buffer.cast::<u8>(), bytes as usize)) };
    let mut done = 0;
    while done < out.len() {
        let at = offset as usize + done;
        let (number, start) = ((at / PAGE_BYTES) as u32, at % PAGE_BYTES);
        if number >= open.store.pages() {
            out[done..].fill(0);
            return ffi::SQLITE_IOERR_SHORT_READ;
        }
        let n = (PAGE_BYTES - start).min(out.len() - done);
        match open.store.get(number) {
            Some(page) => out[done..done + n].copy_from_slice(&page[start..start + n]),
            None => out[done..done + n].fill(0),
        }
        done += n;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_write(file: *mut ffi::sqlite3_file, buffer: *const c_void, bytes: c_int, offset: i64) -> c_int {
    // SAFETY: see above; the buffer has `bytes` bytes.
    let (open, data) = unsafe { (open_file(file), std::slice::from_raw_parts(buffer.cast::<u8>(), bytes as usize)) };
    if !(offset as usize).is_multiple_of(PAGE_BYTES) {
        return ffi::SQLITE_IOERR_WRITE;
    }
    let (pages, rest) = data.as_chunks::<PAGE_BYTES>();
    if !rest.is_empty() {
        return ffi::SQLITE_IOERR_WRITE;
    }
    let first = (offset as usize / PAGE_BYTES) as u32;
    for (number, page) in (first..).zip(pages) {
        let old = open.store.put(number, page, open.fetched == 0);
        if open.fetched > 0 {
            open.retired.extend(old);
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_truncate(file: *mut ffi::sqlite3_file, bytes: i64) -> c_int {
    // SAFETY: see above.
    let open = unsafe { open_file(file) };
    let cut = open.store.truncate((bytes as usize).div_ceil(PAGE_BYTES) as u32);
    if open.fetched > 0 {
        open.retired.extend(cut);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_sync(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: see above; `out` is a valid pointer.
    unsafe { *out = i64::from(open_file(file).store.pages()) * PAGE_BYTES as i64 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_check_reserved_lock(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: `out` is a valid pointer.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_file_control(_: *mut ffi::sqlite3_file, op: c_int, argument: *mut c_void) -> c_int {
    if op == ffi::SQLITE_FCNTL_HAS_MOVED {
        // SAFETY: this control passes a pointer to an integer.
        unsafe { *argument.cast::<c_int>() = 0 };
        return ffi::SQLITE_OK;
    }
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn x_sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    PAGE_BYTES as c_int
}

unsafe extern "C" fn x_device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_ATOMIC | ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SAFE_APPEND | ffi::SQLITE_IOCAP_SEQUENTIAL
}

unsafe extern "C" fn x_fetch(file: *mut ffi::sqlite3_file, offset: i64, bytes: c_int, out: *mut *mut c_void) -> c_int {
    // SAFETY: see above; `out` is a valid pointer.
    let open = unsafe { open_file(file) };
    let whole = bytes as usize == PAGE_BYTES && (offset as usize).is_multiple_of(PAGE_BYTES);
    let page = if whole { open.store.get((offset as usize / PAGE_BYTES) as u32) } else { None };
    // A null pointer makes SQLite read instead. It never writes through a fetched page.
    let pointer = page.map_or(std::ptr::null_mut(), |page| page.as_ptr().cast_mut().cast::<c_void>());
    open.fetched += u32::from(!pointer.is_null());
    // SAFETY: see above.
    unsafe { *out = pointer };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_unfetch(file: *mut ffi::sqlite3_file, _: i64, page: *mut c_void) -> c_int {
    // SAFETY: see above.
    let open = unsafe { open_file(file) };
    if !page.is_null() {
        open.fetched -= 1;
    }
    if open.fetched == 0 {
        open.retired.clear();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_delete(_: *mut ffi::sqlite3_vfs, _: *const c_char, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_access(_: *mut ffi::sqlite3_vfs, _: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    // SAFETY: `out` is a valid pointer.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_full_pathname(_: *mut ffi::sqlite3_vfs, name: *const c_char, bytes: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `name` is a C string and `out` has room for `bytes` bytes.
    unsafe {
        let name = CStr::from_ptr(name).to_bytes_with_nul();
        if name.len() > bytes as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(name.as_ptr().cast::<c_char>(), out, name.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_randomness(_: *mut ffi::sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `out` has room for `bytes` bytes. Nothing that a guest sees depends on them.
    unsafe { std::ptr::write_bytes(out, 0x5a, bytes as usize) };
    bytes
}

unsafe extern "C" fn x_sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn x_current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: `out` is a valid pointer.
    unsafe { *out = now_julian_ms() as f64 / 86_400_000.0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_current_time_ms(_: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: `out` is a valid pointer.
    unsafe { *out = now_julian_ms() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

/// Outside of an episode the time is 1970: never the machine's.
fn now_julian_ms() -> i64 {
    CLOCK.with(Cell::get).unwrap_or(UNIX_EPOCH_JULIAN_MS)
}
