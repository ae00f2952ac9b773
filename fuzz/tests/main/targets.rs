//! A short seeded run of each oracle. The driver runs them for longer.

use std::panic::catch_unwind;
use wardian_fuzz::{TARGETS, input, target};

/// Seed of the default run.
const SEED: u64 = 1;

fn run(name: &str, runs: u64) {
    let target = target(name).expect("a target");
    let corpus = (target.seeds)();
    assert!(!corpus.is_empty());
    corpus.iter().for_each(|bytes| (target.oracle)(bytes));
    for run in 0..runs {
        let bytes = input(target, &corpus, SEED, run);
        let held = catch_unwind(|| (target.oracle)(&bytes));
        assert!(held.is_ok(), "make it again with: cargo run --release -p wardian-fuzz -- {name} --seed {SEED} --only {run}");
    }
}

#[test]
fn admit() {
    run("admit", 4_000);
}

#[test]
fn smith() {
    run("smith", 600);
}

#[test]
fn pack() {
    run("pack", 2_000);
}

#[test]
fn image() {
    run("image", 3_000);
}

#[test]
fn sql() {
    run("sql", 8_000);
}

#[test]
fn arguments() {
    run("arguments", 3_000);
}

#[test]
fn trajectory() {
    run("trajectory", 8_000);
}

#[test]
fn every_target_is_run_here_and_under_libfuzzer() {
    let manifest = include_str!("../../cargo-fuzz/Cargo.toml");
    let here = include_str!("targets.rs");
    for target in TARGETS {
        assert!(here.contains(&format!("run(\"{}\"", target.name)), "`{}` has no short run", target.name);
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "`{}` has no libFuzzer target", target.name);
    }
}

#[test]
fn inputs_are_the_same_for_the_same_seed_and_differ_between_runs() {
    let target = target("sql").expect("a target");
    let corpus = (target.seeds)();
    assert_eq!(input(target, &corpus, 3, 5), input(target, &corpus, 3, 5));
    assert_ne!(input(target, &corpus, 3, 5), input(target, &corpus, 3, 6));
}
