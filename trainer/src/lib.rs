//! Training on trajectories: conversations as tokens, and which of them are learned.
//!
//! This is the part that needs no libtorch: chat templates, loss masks, packing, statistics, checkpoints on disk, plans. The decoder and the optimizer
//! are `wardian-torch`.
//! What it is not: it never sees the sandbox, a pack or a state.
//! May depend on: `wardian-format`, tokenizers, minijinja.

pub mod chat;
pub mod checkpoint;
pub mod conversation;
pub mod curves;
pub mod data;
pub mod fit;
pub mod gguf;
pub mod held_out;
pub mod inspect;
pub mod order;
pub mod pack;
pub mod plan;
pub mod prepare;
pub mod schedule;
pub mod stats;
pub mod template;
pub mod vocabulary;
