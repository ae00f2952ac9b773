//! Versioned types for everything Wardian writes to disk or puts on the wire: catalogue, graph, pack
//! manifest, task, trajectory, verdict.
//!
//! What it is: plain data with serde, canonical JSON, digests, and line-numbered reading of JSON lines.
//! What it is not: there is no SQLite, no WebAssembly, no file system and no clock here.
//! May depend on: serde and small pure libraries only.
//!
//! Every top-level record carries a `format` number, rejects unknown fields, and is documented field by
//! field in `docs/formats.md`.

pub mod advice;
pub mod catalog;
pub mod digest;
pub mod errors;
pub mod graph;
pub mod json;
pub mod jsonl;
pub mod limits;
pub mod names;
pub mod number;
pub mod order;
pub mod outcome;
pub mod pack;
pub mod python;
pub mod rng;
pub mod saved;
pub mod schema;
pub mod speech;
pub mod state;
pub mod task;
pub mod time;
pub mod trajectory;
pub mod verdict;

pub use catalog::CatalogTool;
pub use digest::{Digest, Digests};
pub use limits::Limits;
pub use order::OrderRule;
pub use outcome::{Outcome, ToolErrorCode};
pub use pack::{Manifest, ToolSpec};
pub use rng::Rng;
pub use saved::SavedState;
pub use schema::Schema;
pub use state::{Diff, SqlValue};
pub use task::Task;
pub use trajectory::{CallRecord, Message, Trajectory};
pub use verdict::Verdict;
