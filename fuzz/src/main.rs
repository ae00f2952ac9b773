//! Runs an oracle on mutated inputs, on the stable toolchain:
//! `cargo run --release -p wardian-fuzz -- TARGET [--seconds N | --runs N] [--seed S] [--corpus DIR] [--only RUN]`.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use wardian_format::Digest;
use wardian_fuzz::{TARGETS, Target, input, target};

/// What the command line asks for.
struct Plan {
    target: &'static Target,
    seconds: Option<u64>,
    runs: u64,
    seed: u64,
    corpus: Option<PathBuf>,
    only: Option<u64>,
}

fn main() -> ExitCode {
    match plan(std::env::args().skip(1)) {
        Ok(plan) => fuzz(&plan),
        Err(message) => {
            eprintln!("wardian-fuzz: {message}\n{}", usage());
            ExitCode::from(2)
        }
    }
}

fn usage() -> String {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    format!("usage: wardian-fuzz TARGET [--seconds N | --runs N] [--seed S] [--corpus DIR] [--only RUN]\ntargets: {}", names.join(", "))
}

fn plan(mut args: impl Iterator<Item = String>) -> Result<Plan, String> {
    let name = args.next().ok_or("no target")?;
    let target = target(&name).ok_or_else(|| format!("no target `{name}`"))?;
    let mut plan = Plan { target, seconds: None, runs: 10_000, seed: 1, corpus: None, only: None };
    while let Some(option) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{option}` wants a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{option}` wants a number, not `{value}`"));
        match option.as_str() {
            "--seconds" => plan.seconds = Some(number()?),
            "--runs" => plan.runs = number()?,
            "--seed" => plan.seed = number()?,
            "--only" => plan.only = Some(number()?),
            "--corpus" => plan.corpus = Some(PathBuf::from(value)),
            _ => return Err(format!("no option `{option}`")),
        }
    }
    Ok(plan)
}

fn fuzz(plan: &Plan) -> ExitCode {
    let mut corpus = (plan.target.seeds)();
    if let Some(folder) = &plan.corpus {
        match files(folder) {
            Ok(found) => corpus.extend(found),
            Err(error) => {
                eprintln!("wardian-fuzz: cannot read `{}`: {error}", folder.display());
                return ExitCode::from(2);
            }
        }
    }
    println!("target {}, seed {}, {} inputs to start from", plan.target.name, plan.seed, corpus.len());
    let (start, mut said) = (Instant::now(), Instant::now());
    let limit = plan.seconds.map(Duration::from_secs);
    let mut run = plan.only.unwrap_or(0);
    loop {
        let bytes = input(plan.target, &corpus, plan.seed, run);
        if catch_unwind(|| (plan.target.oracle)(&bytes)).is_err() {
            return failed(plan, run, &bytes);
        }
        run += 1;
        let over = limit.map_or(run >= plan.runs, |limit| start.elapsed() >= limit);
        if over || plan.only.is_some() {
            println!("{run} runs in {:.1} s, nothing found", start.elapsed().as_secs_f64());
            return ExitCode::SUCCESS;
        }
        // The last of these lines says where to look when the process itself dies.
        if said.elapsed() > Duration::from_secs(5) {
            println!("at run {run}");
            said = Instant::now();
        }
    }
}

fn failed(plan: &Plan, run: u64, bytes: &[u8]) -> ExitCode {
    let folder = plan.corpus.clone().unwrap_or_default();
    let path = folder.join(format!("failed-{}-{}", plan.target.name, Digest::of(bytes).short()));
    let written = fs::write(&path, bytes);
    println!("FAILED: run {run} of target {}; make it again with --seed {} --only {run}", plan.target.name, plan.seed);
    match written {
        Ok(()) => println!("the input lies in `{}`", path.display()),
        Err(error) => println!("cannot write `{}`: {error}", path.display()),
    }
    ExitCode::from(1)
}

/// The contents of the files in `folder`, in order of their names.
fn files(folder: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().map(fs::read).collect()
}
