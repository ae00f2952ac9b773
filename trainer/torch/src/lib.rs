//! The decoder in libtorch: forward, loss, gradients, optimizer, the loop of a training, and answers to requests. The executable `wardian-trainer` is here too.
//!
//! Sequences are one long row of tokens with the bounds of their documents: there is no padding, and attention goes from document to
//! document. All of it is behind the feature `torch`, which links libtorch; without it the crate is empty, so that a workspace builds anywhere.
//! What it is not: it renders nothing and masks nothing; that is `wardian-trainer`, which the `wardian` executable has and this it has not.
//! May depend on: `wardian-trainer`, `wardian-format`, tch; the executable on its shell (clap, tokio, axum).
#![cfg(feature = "torch")]

mod adamw;
mod attention;
mod decoder;
pub mod device;
mod fault;
mod held_out;
mod lora;
mod loss;
mod native;
pub mod serve;
mod state;
mod train;
mod weights;

pub use adamw::{AdamW, AdamWOptions, Gradients};
pub use attention::Documents;
pub use decoder::{Decoder, Step};
pub use fault::{TorchFault, fault, guarded};
pub use held_out::examine;
pub use lora::Adapters;
pub use loss::Guess;
pub use train::{Metrics, PhaseData, TrainError, Training};
pub use weights::{load, new, save};
