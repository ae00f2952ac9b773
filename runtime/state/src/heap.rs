//! Memory that SQLite may hold for one transaction of a guest: a sorter, a page cache, a value of many megabytes.
//!
//! SQLite asks for memory process-wide, so its allocator is replaced once, before its first use, by one that asks
//! the system's as before and, while a guest's statement is compiled or run on this thread, keeps an account. What is
//! refused comes back from SQLite as out of memory, which it is made to survive.
//!
//! What is held depends on what a pooled connection held before, so these budgets stop a call and are not certifiable.
#![expect(unsafe_code, reason = "SQLite's allocator is a table of C callbacks")]

use rusqlite::ffi;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

/// An allocation of at least so many bytes is work by itself, and counts against the total.
const LARGE_BYTES: i64 = 8 << 10;

/// The account of the transaction that runs on this thread.
#[derive(Clone, Copy)]
struct Account {
    /// Bytes held now. Negative where memory of an earlier transaction was given back.
    held: i64,
    held_max: i64,
    /// Bytes of large allocations, given back or not.
    total: i64,
    total_max: i64,
}

thread_local! {
    /// Set while a guest's statement is compiled or run.
    static ACCOUNT: Cell<Option<Account>> = const { Cell::new(None) };
}

/// What a transaction has used, and may use.
pub(crate) struct Heap(Account);

impl Heap {
    /// A budget of bytes held at once, and of bytes in large allocations over the whole transaction.
    pub(crate) fn new(held_max: usize, total_max: usize) -> Self {
        let max = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        Self(Account { held: 0, held_max: max(held_max), total: 0, total_max: max(total_max) })
    }

    /// Runs `f`, which compiles or runs a guest's statement, on this account.
    pub(crate) fn during<R>(&mut self, f: impl FnOnce() -> R) -> R {
        struct Settle<'a>(&'a mut Account);
        impl Drop for Settle<'_> {
            fn drop(&mut self) {
                if let Some(account) = ACCOUNT.take() {
                    *self.0 = account;
                }
            }
        }
        ACCOUNT.set(Some(self.0));
        let _settle = Settle(&mut self.0);
        f()
    }
}

/// Counts `bytes` that the host holds for the guest's statement. SQLite's next allocation is refused if that is too much.
pub(crate) fn charge(bytes: usize) {
    if let Some(mut account) = ACCOUNT.get() {
        account.held = account.held.saturating_add(i64::try_from(bytes).unwrap_or(i64::MAX));
        ACCOUNT.set(Some(account));
    }
}

/// Replaces SQLite's allocator. It must be called before anything else of SQLite is.
pub(crate) fn install() -> Result<(), String> {
    // SAFETY: the option fills a table of methods, for which all zeros are a valid value.
    let (got, methods) = unsafe {
        let mut methods = std::mem::zeroed::<ffi::sqlite3_mem_methods>();
        (ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &raw mut methods), methods)
    };
    if got != ffi::SQLITE_OK {
        return Err(USED_BEFORE.to_owned());
    }
    let system = System::of(&methods).ok_or("its allocator lacks a method")?;
    SYSTEM.set(system).map_err(|_| "its allocator was replaced twice".to_owned())?;
    let ours = ffi::sqlite3_mem_methods { xMalloc: Some(malloc), xRealloc: Some(realloc), xFree: Some(free), ..methods };
    // SAFETY: the option copies a table of methods.
    let set = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const ours) };
    // A page cache otherwise takes 20 pages at its first page and gives them back with its last: in every transaction
    // that writes. Pages that are only read never enter it.
    // SAFETY: the option takes a pointer, which may be null, and two numbers.
    unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_PAGECACHE, std::ptr::null_mut::<c_void>(), 0 as c_int, 0 as c_int) };
    if set == ffi::SQLITE_OK { Ok(()) } else { Err(USED_BEFORE.to_owned()) }
}

const USED_BEFORE: &str = "this process used SQLite before Wardian set up its heap budgets; call `wardian_state::initialize` before \
                           anything else opens a database";

/// The allocator that SQLite came with.
struct System {
    malloc: unsafe extern "C" fn(c_int) -> *mut c_void,
    realloc: unsafe extern "C" fn(*mut c_void, c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    size: unsafe extern "C" fn(*mut c_void) -> c_int,
}

static SYSTEM: OnceLock<System> = OnceLock::new();

impl System {
    fn of(methods: &ffi::sqlite3_mem_methods) -> Option<Self> {
        Some(Self { malloc: methods.xMalloc?, realloc: methods.xRealloc?, free: methods.xFree?, size: methods.xSize? })
    }

    fn get() -> &'static Self {
        SYSTEM.get().expect("the callbacks are registered after the allocator that they stand for")
    }
}

impl Account {
    /// Takes `bytes` more, of which `fresh` are a new piece of memory; false where that is too much.
    fn grow(&mut self, bytes: i64, fresh: i64) -> bool {
        let held = self.held.saturating_add(bytes);
        let total = if fresh >= LARGE_BYTES { self.total.saturating_add(fresh) } else { self.total };
        let granted = held <= self.held_max && total <= self.total_max;
        if granted {
            (self.held, self.total) = (held, total);
        }
        granted
    }
}

/// Keeps the account of this thread, if there is one; false refuses.
fn grow(bytes: i64, fresh: i64) -> bool {
    let Some(mut account) = ACCOUNT.get() else { return true };
    let granted = account.grow(bytes, fresh);
    ACCOUNT.set(Some(account));
    granted
}

unsafe extern "C" fn malloc(bytes: c_int) -> *mut c_void {
    if !grow(i64::from(bytes), i64::from(bytes)) {
        return std::ptr::null_mut();
    }
    // SAFETY: SQLite's own request, passed on.
    unsafe { (System::get().malloc)(bytes) }
}

unsafe extern "C" fn realloc(memory: *mut c_void, bytes: c_int) -> *mut c_void {
    let system = System::get();
    // SAFETY: SQLite passes what this allocator gave it.
    let more = i64::from(bytes) - i64::from(unsafe { (system.size)(memory) });
    if !grow(more, i64::from(bytes)) {
        return std::ptr::null_mut();
    }
    // SAFETY: SQLite's own request, passed on.
    unsafe { (system.realloc)(memory, bytes) }
}

unsafe extern "C" fn free(memory: *mut c_void) {
    let system = System::get();
    if let Some(mut account) = ACCOUNT.get() {
        // SAFETY: SQLite passes what this allocator gave it.
        account.held = account.held.saturating_sub(i64::from(unsafe { (system.size)(memory) }));
        ACCOUNT.set(Some(account));
    }
    // SAFETY: SQLite's own request, passed on.
    unsafe { (system.free)(memory) };
}
