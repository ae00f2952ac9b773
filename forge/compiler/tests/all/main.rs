//! The compiler from outside: compiled tools under the real sandbox, golden files, diagnostics.

mod cases;
mod constructs;
mod diagnostics;
mod errors;
mod features;
mod golden;
mod guests;
mod language;
mod library;
mod order;
mod scale;
mod shapes;
mod support;
mod verify;
