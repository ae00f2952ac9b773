//! Benchmarks. Every figure is one JSON object: {bench, figure, unit, ours, rival, ratio, runs}.
//!
//! Figures are medians of CPU time over `runs` runs. A rival, where there is one, runs in the same
//! invocation on the same data; `ratio` is rival ÷ ours, so that more is better.
//! What it is not: no test looks at a time.

mod demo;
mod figure;

use anyhow::{Result, bail};
use clap::Parser;
use figure::Figure;

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
    /// One run of each, figures checked for shape and thrown away
    #[arg(long)]
    self_check: bool,
}

type Bench = fn(usize) -> Result<Vec<Figure>>;

const BENCHES: &[(&str, Bench)] = &[("demo", demo::run)];

fn main() -> Result<()> {
    let args = Args::parse();
    if args.list {
        for (name, _) in BENCHES {
            println!("{name}");
        }
        return Ok(());
    }
    if let Some(unknown) = args.names.iter().find(|name| BENCHES.iter().all(|(n, _)| n != name)) {
        bail!("there is no benchmark `{unknown}`; `bench/run --list` names them");
    }
    let runs = if args.self_check { 1 } else { args.runs.max(1) };
    for (name, bench) in BENCHES {
        if !args.names.is_empty() && !args.names.iter().any(|n| n == name) {
            continue;
        }
        let figures = bench(runs)?;
        if args.self_check {
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
