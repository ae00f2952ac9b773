//! The `wardian` command: from API descriptions to verified trajectories.
//!
//! The only crate that prints, opens files, reads the clock and knows the terminal. Standard output carries
//! data; progress and errors go to standard error. Exit status: 0 well, 1 the verdict is negative, 2 usage
//! or host error, 130 interrupted.
//! May depend on: every room, but not libtorch.

mod commands;
mod distribution;
mod engine;
mod files;
mod mcp;
mod model;
mod network;
mod packs;
mod record;
mod run;
mod stage;
mod states;
mod ui;
mod usage;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Sealed worlds for tool-using language models.
///
/// Wardian turns API descriptions into simulated domains whose tools are WebAssembly over SQLite, plays tasks
/// in them, and keeps the trajectories that re-execute to the same digests.
#[derive(Parser)]
#[command(name = "wardian", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    ui: ui::UiArgs,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Start with `wardian demo`. Each stage reads files and writes files; a run is a folder.\n\
Exit status: 0 well, 1 the verdict is negative, 2 usage or host error, 130 interrupted.";

#[derive(Subcommand)]
enum Command {
    /// The whole road on the catalogue that ships with Wardian, offline
    Demo(commands::demo::Args),
    /// Import API descriptions into a catalogue
    #[command(subcommand)]
    Catalog(commands::catalog::Command),
    /// Build the tool graph and partition it into domains
    #[command(subcommand)]
    Graph(commands::graph::Command),
    /// Make packs of API descriptions: worlds whose tools read and write related data, each tool checked
    ///
    /// Every tool is called in the sandbox before it counts; what cannot be given honest semantics is left out with the reason
    /// (docs/materializer.md). An interrupted run goes on where it stopped.
    ///
    /// INPUT is a folder of `wardian graph build`, a catalogue (the graph is then built first, into OUT/graph), or an API description:
    /// OpenAPI, an AWS service model, Google discovery, an MCP tools/list, function JSON, or an archive of them. Where OUT ends in
    /// `.wasm`, all tools of the one API go into one pack, and the report lies beside it as `NAME.report.json`.
    Materialize(Box<commands::materialize::Args>),
    /// Build, inspect, compare, call, verify, sign and ship packs
    #[command(subcommand)]
    Pack(commands::pack::Command),
    /// Check and compile single tools
    #[command(subcommand)]
    Tool(commands::tool::Command),
    /// Generate and check tasks
    #[command(subcommand)]
    Tasks(commands::tasks::Command),
    /// Compare packs with the worlds that they are ports of
    #[command(subcommand)]
    Conformance(commands::conformance::Command),
    /// Turn the data of other environments into sources of packs
    #[command(subcommand)]
    Convert(commands::convert::Command),
    /// Export, compare and digest states of packs
    #[command(subcommand)]
    State(commands::state::Command),
    /// Play the agent or the user in the terminal
    Play(Box<commands::play::Args>),
    /// Play tasks with a user and an agent
    Rollout(Box<commands::rollout::Args>),
    /// Grade trajectories again and explain each verdict
    Grade(commands::grade::Args),
    /// Keep the trajectories that pass three stages
    Filter(commands::filter::Args),
    /// Write a training set
    Export(commands::export::Args),
    /// Re-execute trajectories from the packs alone and compare all digests
    Verify(commands::verify::Args),
    /// Print pass^k and pass@k of each agent with confidence intervals
    Score(commands::score::Args),
    /// Compare two agents or two runs, task by task
    Compare(commands::compare::Args),
    /// Write the HTML report of a run
    Report(commands::report::Args),
    /// Look at training sets, train models, serve them
    #[command(subcommand)]
    Train(commands::train::Command),
    /// Print every limit in force
    Limits(commands::limits::Args),
    /// Keep packs by their digest, and by names
    #[command(subcommand)]
    Store(commands::store::Command),
    /// Show or empty the cache of compiled tools
    #[command(subcommand)]
    Cache(commands::cache::Command),
    /// Serve one request of the compiler: what `wardian` starts itself as, for every component that it compiles
    #[command(name = engine::HELPER_COMMAND, hide = true)]
    CompileChild,
}

/// What a command that ran to its end says: the exit status.
pub(crate) enum Verdict {
    /// 0
    Well,
    /// 1
    Negative,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::CompileChild = cli.command {
        // Before any thread is started or file opened: it limits the whole process.
        return wardian_compile::serve_child();
    }
    let ui = ui::Ui::new(&cli.ui);
    ui::watch_interrupt();
    match dispatch(cli.command, &ui) {
        Ok(Verdict::Well) => ExitCode::SUCCESS,
        Ok(Verdict::Negative) => ExitCode::from(1),
        Err(error) if ui::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<ui::Interrupted>() => {
            ui.note("interrupted; run the same command again to go on");
            ExitCode::from(130)
        }
        Err(error) if error.is::<ui::Abandoned>() => {
            ui.note("interrupted; what was not saved is gone");
            ExitCode::from(130)
        }
        Err(error) => {
            ui.error(&error);
            ExitCode::from(2)
        }
    }
}

fn dispatch(command: Command, ui: &ui::Ui) -> anyhow::Result<Verdict> {
    match command {
        Command::Demo(args) => commands::demo::run(&args, ui),
        Command::Catalog(command) => commands::catalog::run(&command, ui),
        Command::Graph(command) => commands::graph::run(&command, ui),
        Command::Materialize(args) => commands::materialize::run(&args, ui),
        Command::Pack(command) => commands::pack::run(&command, ui),
        Command::Tool(command) => commands::tool::run(&command, ui),
        Command::Tasks(command) => commands::tasks::run(&command, ui),
        Command::Conformance(command) => commands::conformance::run(&command, ui),
        Command::Convert(command) => commands::convert::run(&command, ui),
        Command::State(command) => commands::state::run(&command, ui),
        Command::Play(args) => commands::play::run(&args, ui),
        Command::Rollout(args) => commands::rollout::run(&args, ui),
        Command::Grade(args) => commands::grade::run(&args, ui),
        Command::Filter(args) => commands::filter::run(&args, ui),
        Command::Export(args) => commands::export::run(&args, ui),
        Command::Verify(args) => commands::verify::run(&args, ui),
        Command::Score(args) => commands::score::run(&args, ui),
        Command::Compare(args) => commands::compare::run(&args, ui),
        Command::Report(args) => commands::report::run(&args, ui),
        Command::Train(command) => commands::train::run(&command, ui),
        Command::Limits(args) => commands::limits::run(&args, ui),
        Command::Store(command) => commands::store::run(&command, ui),
        Command::Cache(command) => commands::cache::run(&command, ui),
        Command::CompileChild => anyhow::bail!("the helper is served before anything else"),
    }
}
