//! The integration tests: one binary, a module a subject. They drive the executable as a user does.

mod bad_input;
mod both_ways;
mod catalog;
mod compiling;
mod contents;
mod demo;
mod dependencies;
mod endpoint;
mod graph_models;
mod guests;
mod help;
mod hostile;
mod materialize;
mod materialize_bad;
mod mutations;
mod packs;
mod random;
mod registry;
mod reproducible;
mod signatures;
mod store;
mod support;
mod tau2;
mod tools;
mod unchanged;
mod walks;
