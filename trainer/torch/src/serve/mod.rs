//! Answering: keys and values are kept, and requests are computed together.

mod cache;
mod engine;
mod sampling;

pub use cache::{Cache, Part, extend};
pub use engine::{EngineLimits, Event, Request, Sink, serve};
pub use sampling::{Sampler, Sampling};
