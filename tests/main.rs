//! The integration tests: one binary, a module a subject. They drive the executable as a user does.

mod dependencies;
mod support;
