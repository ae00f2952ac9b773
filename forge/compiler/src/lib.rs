//! The tool compiler: annotated SQL (docs/tool-language.md) becomes a checked intermediate representation, and
//! that a WebAssembly component, one for a whole pack or one for a single tool. The sources of a pack become
//! the parts of its file.
//!
//! What it is not: it reads no files, runs no tool and knows no language model. Everything here is a pure
//! function of its arguments: equal sources give equal bytes.
//! May depend on: `wardian-format`, `wardian-state` (to check statements, to build the image), `wardian-pack`
//! (for [`wardian_pack::Parts`]), and the wasm-tools crates.
//!
//! ```text
//! Sources → parser → ast → lower (order, scope, text, schema) → ir → emit → component
//!                                                      seed → image ─┴→ Parts
//! ```

mod ast;
mod compose;
pub mod diagnostic;
pub mod emit;
mod errors;
pub mod example;
mod export;
mod format;
pub mod ir;
mod lexer;
mod lower;
mod order;
mod pack;
mod parser;
mod schema;
mod scope;
mod seed;
pub mod source;
mod spec;
mod switch;
mod tasks;
mod text;
mod types;
pub mod verify;

pub use compose::ComposeError;
pub use diagnostic::{Diagnostic, Severity};
pub use emit::{Emitter, Validation};
pub use example::Example;
pub use format::format;
pub use pack::{COMPILER, Checked, CompileError, Compiled, check, compile_pack, compile_tool, declare, wit};
pub use source::{PackConfig, Sources};
pub use switch::switched;
pub use verify::{Verification, VerifyError, verify};
