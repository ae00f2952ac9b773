//! The integration tests: one binary, a module a subject. They drive the executable as a user does.

mod bad_input;
mod compiling;
mod contents;
mod demo;
mod dependencies;
mod help;
mod hostile;
mod mutations;
mod packs;
mod registry;
mod signatures;
mod store;
mod support;
mod tools;
