//! State of an environment on SQLite: an immutable base image shared by every episode of a pack, cheap
//! forks, transactions under guard, canonical digests and cell-level differences.
//!
//! What it is not: it knows no WebAssembly, no packs and no tools.
//! May depend on: `wardian-format`, SQLite, hashing.
//!
//! The way through it: [`build_image`] makes an image from a schema and rows, [`Base::open`] checks it,
//! [`Base::state`] starts an episode, [`State::begin`] opens a transaction for one call of a tool, and
//! [`State::digests`] and [`State::diff`] say what came of it. [`SchemaDb`] answers a compiler's questions about
//! single statements.

mod base;
mod builtins;
mod cache;
mod check;
mod connection;
mod diff;
mod digest;
mod error;
mod expansion;
mod export;
mod functions;
mod guard;
mod heap;
mod hook;
mod image;
mod pool;
mod schema;
mod sqlite;
mod state;
mod store;
mod tx;
mod vfs;

pub use base::{Base, Context};
pub use check::{SchemaDb, StatementError, StatementInfo};
pub use digest::DIGEST_VERSION;
pub use error::{SqlError, StateError};
pub use export::PlainFile;
pub use image::{TableRows, build_image};
pub use schema::{Column, ForeignKey, Schema, Table};
pub use state::{Rows, State};
pub use tx::{Interrupter, Tx};

/// Sets SQLite up for this process: its allocator, which keeps the heap budgets, and the file layer. Opening the
/// first base does the same. A program that also uses SQLite by itself must call this before it does.
///
/// # Errors
/// When the linked SQLite lacks something, or was used before.
pub fn initialize() -> Result<(), StateError> {
    vfs::register()
}

/// Version of the SQLite that is linked, such as `3.54.1`.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}
