//! Modules of wasm-smith, by seed: `WARDIAN_SMITH_SEEDS` says how many.

use wardian_fuzz::oracles::admit::{Verdict, judge};
use wardian_fuzz::smith;

/// Seeds of the default run.
const SEEDS: u64 = 3_000;

/// How often each verdict came.
#[derive(Default, Debug)]
struct Counts {
    refused: u32,
    uncompiled: u32,
    compiled: u32,
}

impl Counts {
    fn add(&mut self, bytes: &[u8]) {
        match judge(bytes) {
            Verdict::Refused => self.refused += 1,
            Verdict::Uncompiled => self.uncompiled += 1,
            Verdict::Compiled => self.compiled += 1,
        }
    }
}

#[test]
fn admission_validator_and_compiler_agree_on_generated_modules() {
    let seeds = std::env::var("WARDIAN_SMITH_SEEDS").ok().map_or(SEEDS, |text| text.parse().expect("a number"));
    let (mut bare, mut any, mut plain) = (Counts::default(), Counts::default(), Counts::default());
    for seed in 0..seeds {
        let entropy = smith::entropy(seed);
        if let Some(module) = smith::module(&entropy, false) {
            bare.add(&module);
            any.add(&smith::wrap(&module));
        }
        if let Some(module) = smith::module(&entropy, true) {
            plain.add(&smith::wrap(&module));
        }
    }
    println!("{seeds} seeds; core modules as they are: {bare:?}; in a component: {any:?}; of allowed features: {plain:?}");
    assert_eq!((bare.compiled, bare.uncompiled), (0, 0), "a core module is no component");
    let of = |share: u64| u32::try_from(seeds / share).expect("a small number");
    assert!(plain.compiled > of(3), "most modules of allowed features compile: {plain:?}");
    assert!(any.refused > of(10), "many modules use what tools may not: {any:?}");
}
