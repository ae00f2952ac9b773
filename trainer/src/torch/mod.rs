//! The decoder in libtorch: forward, loss, gradients, optimizer.
//!
//! Sequences are one long row of tokens with the bounds of their documents: there is no padding, and attention goes from document to document.

mod adamw;
mod attention;
mod decoder;
mod loss;
mod state;
mod train;
mod weights;

pub use adamw::{AdamW, AdamWOptions};
pub use attention::Documents;
pub use decoder::{Decoder, Step};
pub use train::{Metrics, PhaseData, TrainError, Training};
pub use weights::{load, save};
