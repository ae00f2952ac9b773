//! The `wardian-trainer` command: what of Wardian needs libtorch. `wardian train` finds and runs it.
//!
//! Standard output carries results; progress and errors go to standard error. Exit status: 0 well, 2 usage or host error, 130 interrupted.

mod data;
mod evaluate;
mod model;
mod output;
mod run;
mod serve;
mod ui;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Train and serve models on Wardian's training sets.
#[derive(Parser)]
#[command(name = "wardian-trainer", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    ui: ui::UiArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a model as a plan says
    ///
    /// A training that was interrupted or killed goes on from its last checkpoint with the same losses. The output folder loads in transformers
    /// and vLLM; beside the model it has metrics.jsonl, curves.svg and TensorBoard's events.
    Run(run::Args),
    /// Measure a model on conversations: its loss, and the calls that it would have written
    ///
    /// A call is right where the likeliest token is right at each of its places, given all that precedes it: what greedy decoding would have
    /// written.
    Evaluate(evaluate::Args),
    /// Serve a model over the OpenAI chat protocol, with tools
    Serve(serve::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = ui::Ui::new(&cli.ui);
    ui::hush();
    let done = match &cli.command {
        Command::Run(args) => {
            ui::watch();
            run::run(args, &ui)
        }
        Command::Evaluate(args) => evaluate::run(args, &ui),
        Command::Serve(args) => serve::run(args, &ui),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<ui::Interrupted>() => {
            ui.note("interrupted; a checkpoint was written, and the same command goes on from it");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
