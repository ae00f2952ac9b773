//! `wardian pack build | inspect | call | verify`

mod build;
mod call;
mod inspect;
mod verify;

use crate::{Verdict, ui::Ui};
use anyhow::Result;

/// Commands on packs.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Build a pack from a folder of sources
    Build(build::Args),
    /// Show what is in a pack
    Inspect(inspect::Args),
    /// Call a tool of a pack on a fresh state
    Call(call::Args),
    /// Check a pack: structure, digests, and its sources compiled again
    Verify(verify::Args),
}

pub(crate) use build::read_sources;

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Build(args) => build::run(args, ui),
        Command::Inspect(args) => inspect::run(args, ui),
        Command::Call(args) => call::run(args, ui),
        Command::Verify(args) => verify::run(args, ui),
    }
}
