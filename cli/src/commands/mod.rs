//! The commands, a file each: `struct Args` and `fn run`.

pub(crate) mod cache;
pub(crate) mod catalog;
pub(crate) mod compare;
pub(crate) mod conformance;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod filter;
pub(crate) mod grade;
pub(crate) mod graph;
pub(crate) mod limits;
pub(crate) mod materialize;
pub(crate) mod pack;
pub(crate) mod play;
pub(crate) mod report;
pub(crate) mod rollout;
pub(crate) mod score;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod tasks;
pub(crate) mod tool;
pub(crate) mod train;
pub(crate) mod verify;
