//! A client for endpoints that speak OpenAI's chat completions and embeddings, and a cache of answers for any model.
//!
//! What it is: [`Client`] is a [`ChatModel`] with bounds on time, size, tries, concurrency, rate and budget; [`Cached`] wraps
//! any [`ChatModel`] and keeps its answers by the digest of the request, so that work with a model can be repeated and resumed.
//! What it is not: it reads no environment (keys are handed over by the caller), writes no log, and knows no task. The one exception
//! is [`Endpoint::system_proxy`], which lets the HTTP library look for a proxy.
//! May depend on: `wardian-format`, `wardian-model`, an HTTP client.
//!
//! Invariants: no key is in any error, record or `Debug` output, even where an endpoint repeats it; what an endpoint sends is bounded before
//! it is read, and cut and escaped before it is shown; a request is never sent to another address than the one it was made for.
//!
//! [`ChatModel`]: wardian_model::ChatModel

mod cache;
mod client;
mod clock;
mod embeddings;
mod endpoint;
mod send;
mod spent;
mod stream;
mod wire;

pub use cache::{CacheUse, Cached, request_digest};
pub use client::Client;
pub use clock::{Clock, TokioClock};
pub use endpoint::{Budget, Endpoint, EndpointError, Sampling, Secret, Structured};
pub use spent::{Prices, Spent};
