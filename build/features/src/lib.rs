//! Nothing but dependencies: see Cargo.toml. Every crate gets it through `wardian-format`, so that all builds of
//! the workspace share one wasmtime.
