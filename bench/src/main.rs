//! Benchmarks. Every figure is one JSON object: {bench, figure, unit, ours, rival, ratio, runs}.
//!
//! Figures are medians of CPU time over `runs` runs. A rival, where there is one, runs in the same
//! invocation on the same data; `ratio` is rival ÷ ours, or ours ÷ rival where more of the figure is better; so more than 1 is better.
//! Time is that of the processor, of all threads of the process that measures.
//! What it is not: no test looks at a time.
//!
//! `train` alone goes by the clock (`bench/src/train.rs`).
//!
//! Data that a clone does not have (the τ²-bench retail database, the pools of 30,000 and 116,191 tools) is looked for in
//! `WARDIAN_SHARED_DATA`, or else `../shared/data`; what needs it is replaced or left out, with a word on stderr.
//! `bench/run --json | tee bench/results.jsonl | python3 bench/table.py` makes the table of `bench/RESULTS.md`.

#[path = "../../forge/graph/examples/quality/agreement.rs"]
mod agreement;
mod call;
mod child;
mod clock;
mod cold;
mod collection;
mod communities;
mod compile;
mod demo;
mod experience;
mod figure;
mod fresh;
mod graph;
mod materialize;
mod quality;
mod rival;
mod scale;
mod state;
mod tau2;
mod train;
mod verify;
mod wardian;
mod world;

use anyhow::{Result, bail};
use clap::Parser;
use clock::Plan;
use figure::Figure;
use std::process::ExitCode;

/// Runs benchmarks and prints their figures.
#[derive(Parser)]
#[command(name = "bench/run")]
struct Args {
    /// Which benchmarks; all when none is named
    names: Vec<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Runs of each; the figure is the median
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Print the names of the benchmarks
    #[arg(long)]
    list: bool,
    /// One run of each at small sizes, figures checked for shape and thrown away
    #[arg(long)]
    self_check: bool,
    /// Measure this in this process and print the numbers
    #[arg(long, hide = true, num_args = 2, value_names = ["NAME", "SUBJECT"])]
    child: Vec<String>,
    /// Serve one request of the compiler
    #[arg(long, hide = true)]
    compile_child: bool,
}

type Bench = fn(Plan) -> Result<Vec<Figure>>;

const BENCHES: &[(&str, Bench)] = &[
    ("state", state::run),
    ("call", call::run),
    ("scale", scale::run),
    ("packs", scale::packs),
    ("compile", compile::run),
    ("graph", graph::run),
    ("materialize", materialize::run),
    ("verify", verify::run),
    ("experience", experience::run),
    ("tau2", tau2::run),
    ("demo", demo::run),
    (train::NAME, train::run),
];

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if args.compile_child {
        return Ok(wardian_compile::serve_child());
    }
    run(&args).map(|()| ExitCode::SUCCESS)
}

fn run(args: &Args) -> Result<()> {
    if args.list {
        for (name, _) in BENCHES {
            println!("{name}");
        }
        return Ok(());
    }
    if let Some(unknown) = args.names.iter().find(|name| BENCHES.iter().all(|(n, _)| n != name)) {
        bail!("there is no benchmark `{unknown}`; `bench/run --list` names them");
    }
    let plan = Plan { runs: if args.self_check { 1 } else { args.runs.max(1) }, quick: args.self_check };
    if let [name, subject] = args.child.as_slice() {
        return child::run(name, subject, plan);
    }
    for (name, bench) in BENCHES {
        if !args.names.is_empty() && !args.names.iter().any(|n| n == name) {
            continue;
        }
        let figures = bench(plan)?;
        if args.self_check {
            // All others have figures of ours at least.
            if figures.is_empty() && *name == train::NAME {
                continue;
            }
            figure::check(name, &figures)?;
            println!("{name}: {} figures", figures.len());
            continue;
        }
        for figure in figures {
            if args.json { println!("{}", serde_json::to_string(&figure)?) } else { println!("{figure}") }
        }
    }
    Ok(())
}
