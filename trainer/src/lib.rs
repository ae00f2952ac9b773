//! Training on trajectories: the conversation as text, and which tokens of it are learned.
//!
//! This is the part that needs no libtorch: rendering and loss masks. The decoder, the optimizer and serving
//! come behind a feature, in an executable of their own.
//! What it is not: it never sees the sandbox, a pack or a state.
//! May depend on: `wardian-format`, tokenizers.

mod mask;
mod render;

pub use mask::{Encoded, MaskError, encode};
pub use render::{Rendered, chatml};
