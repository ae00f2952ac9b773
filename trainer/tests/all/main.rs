//! The data path on real tokenizers and templates. Where a script cannot fetch them, the tests that need them are left out, loudly.

mod calls;
mod curves;
mod gguf;
mod golden;
mod masks;
mod models;
mod vocabulary;
