//! `wardian pack build | inspect | diff | unpack | call | verify | keygen | sign | push | pull`

mod build;
mod call;
mod diff;
mod inspect;
mod keygen;
mod pull;
mod push;
mod sign;
mod unpack;
mod verify;

use crate::{Verdict, ui::Ui};
use anyhow::Result;

/// Commands on packs.
///
/// Where a command takes a pack it takes the name of a file, or what the local store calls it: a tag, `sha256:PREFIX`, or
/// `NAME@sha256:PREFIX`. A file of that name comes first.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Build a pack from a folder of sources
    Build(build::Args),
    /// Show what is in a pack
    Inspect(inspect::Args),
    /// Show what differs between two packs
    Diff(diff::Args),
    /// Write the sources of a pack to a folder
    Unpack(unpack::Args),
    /// Call a tool of a pack on a fresh state
    Call(call::Args),
    /// Check a pack: its signature, structure, digests, and its sources compiled again
    Verify(verify::Args),
    /// Make a pair of keys to sign packs with
    Keygen(keygen::Args),
    /// Sign a pack
    Sign(sign::Args),
    /// Send a pack to a registry
    Push(push::Args),
    /// Fetch a pack from a registry
    Pull(pull::Args),
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Build(args) => build::run(args, ui),
        Command::Inspect(args) => inspect::run(args, ui),
        Command::Diff(args) => diff::run(args, ui),
        Command::Unpack(args) => unpack::run(args, ui),
        Command::Call(args) => call::run(args, ui),
        Command::Verify(args) => verify::run(args, ui),
        Command::Keygen(args) => keygen::run(args, ui),
        Command::Sign(args) => sign::run(args, ui),
        Command::Push(args) => push::run(args, ui),
        Command::Pull(args) => pull::run(args, ui),
    }
}
