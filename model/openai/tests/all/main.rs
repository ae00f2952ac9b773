//! The client against an endpoint that plays scripts.
#![expect(clippy::disallowed_methods, reason = "these tests look into the files of the cache, and spoil them")]

mod bounds;
mod cache;
mod chat;
mod embeddings;
mod faults;
mod script;
