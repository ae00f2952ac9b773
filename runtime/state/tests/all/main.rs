//! Tests of the state engine through its public interface, one module per subject.

mod builtins;
mod digest;
mod engine;
mod export;
mod hostile;
mod limits;
mod random_rows;
mod random_sql;
mod reference;
mod schema;
mod support;
