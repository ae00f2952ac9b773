//! Oracles for hostile bytes: what must hold of admission, compilation, packs, images, SQL, arguments and
//! trajectories, whatever they are given. And what drives them: seeds, mutation, generated modules.
//!
//! An oracle takes bytes and panics where something does not hold; a panic of the code under test is such a case too.
//! The driver in `main.rs` runs them on the stable toolchain, `cargo-fuzz/` under libFuzzer.
//!
//! What it is not: part of a release. May depend on: the runtime crates, `wardian-testkit`, the wasm-tools crates.

pub mod mutate;
pub mod oracles;
pub mod smith;

/// A target: its name, its oracle, and inputs to start from.
pub struct Target {
    /// The name on the command line.
    pub name: &'static str,
    /// Panics where something does not hold of the bytes.
    pub oracle: fn(&[u8]),
    /// Good and nearly good inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that inputs of this kind are made of.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "admit", oracle: oracles::admit::admit, seeds: oracles::admit::seeds, words: &["\0asm\r\0\u{1}\0", "\0asm\u{1}\0\0\0"] },
    Target { name: "smith", oracle: oracles::admit::smith, seeds: oracles::admit::smith_seeds, words: &[] },
    Target {
        name: "pack",
        oracle: oracles::pack::pack,
        seeds: oracles::pack::seeds,
        words: &["wardian:image", "wardian:tasks", "\"sql\"", "null"],
    },
    Target {
        name: "image",
        oracle: oracles::image::image,
        seeds: oracles::image::seeds,
        words: &["CREATE ", " STRICT", "INTEGER", "\0\0\0\u{2}"],
    },
    Target { name: "sql", oracle: oracles::sql::sql, seeds: oracles::sql::seeds, words: oracles::sql::WORDS },
    Target { name: "arguments", oracle: oracles::arguments::arguments, seeds: oracles::arguments::seeds, words: oracles::arguments::WORDS },
    Target {
        name: "trajectory",
        oracle: oracles::trajectory::trajectory,
        seeds: oracles::trajectory::seeds,
        words: &["\"kind\":", "\"ok\"", "null", "0", "{}", "[]"],
    },
];

/// The target called `name`.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// The input of run `run` of `target` from `seed`: it depends on these and the seeds alone, so that a failure can be
/// made again.
pub fn input(target: &Target, corpus: &[Vec<u8>], seed: u64, run: u64) -> Vec<u8> {
    let mut rng = wardian_format::rng::Rng::of(seed, &["fuzz", target.name, &run.to_string()]);
    mutate::mutate(&mut rng, corpus, target.words)
}
