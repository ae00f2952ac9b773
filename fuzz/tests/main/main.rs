//! The oracles on generated modules, on published test corpora, and for a short while on mutated inputs.

mod components;
mod smith;
mod spec;
mod targets;
