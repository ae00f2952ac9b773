//! Compilation of components outside of this process, and the cache of what came out.
//!
//! A compiler is not a sandbox, and neither is a parser of database images. [`Child`] starts a helper executable for
//! each hostile input, which limits its own CPU time and memory before it reads a byte of it; the helper is any
//! executable whose `main` calls [`serve_child`]. [`Cached`] keeps the native code that came back in a private folder, and loads
//! only what it wrote itself: every entry is authenticated with a key that never leaves that folder.
//!
//! What it is not: a boundary against bugs of the compiler. Whoever takes over the helper chooses the code that this
//! process runs; what the helper bounds is what compiling costs.
//! May depend on: `wardian-format`, `wardian-admit`, `wardian-state`, `wardian-sandbox`.

mod cache;
mod child;
mod entry;
mod folder;
mod frame;
mod serve;

pub use cache::{Cached, Counts};
pub use child::Child;
pub use folder::{CacheError, CacheOptions, Folder, Usage};
pub use serve::serve_child;
