//! One server for many protocols: MCP, OpenEnv, NeMo Gym and ORS over the same packs, tasks and sessions.
//!
//! A [`Server`] is made of [`Worlds`] and [`Options`]; [`Server::router`] is an axum service, [`Server::run`] answers on a listener until it is
//! told to stop. Every protocol answers at the root for the first pack, and under `/PACK/` for each.
//!
//! What it is not: it makes no packs or tasks, knows no model, reads no file and no environment. TLS is left to a proxy.
//! May depend on: `wardian-env`, `wardian-format`, `wardian-rollout` (grading), `wardian-model` (what a tool is).

mod episode;
mod guard;
mod listen;
mod listing;
mod mcp;
mod metrics;
mod nemo;
mod openenv;
mod ors;
mod refusal;
mod reward;
mod routes;
mod server;
mod sessions;
pub mod tools;
mod worlds;

pub use episode::{Begin, Called, Episode, EpisodeError, FREE_CALLS_MAX, KEPT_BYTES_MAX};
pub use guard::Token;
pub use mcp::StdioError;
pub use metrics::{Metrics, Refused};
pub use reward::{Reward, parts};
pub use server::{Options, Server};
pub use sessions::{Full, Protocol, Session, Sessions, WorkError, new_id};
pub use worlds::{About, World, WorldError, Worlds};
