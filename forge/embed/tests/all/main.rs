//! Tests of sentence embeddings.

mod cache;
mod minilm;
mod model;
mod text;
mod tiny;
