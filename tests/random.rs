//! What randomized tests of the tool language share: packs that nobody wrote, and arguments for any tool.

pub(crate) mod arguments;
pub(crate) mod tools;

use std::panic::{RefUnwindSafe, catch_unwind};

/// Seeds of a randomized test: `few`, or as many as `WARDIAN_CALL_SEEDS` says; or the one that `WARDIAN_CALL_SEED` names.
pub(crate) fn seeds(few: u64) -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    match (number("WARDIAN_CALL_SEED"), number("WARDIAN_CALL_SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, many) => (1..=many.unwrap_or(few)).collect(),
    }
}

/// What `play` gives for `seed`; a failure names the seed that replays it.
pub(crate) fn with_seed<T>(seed: u64, play: impl Fn(u64) -> T + RefUnwindSafe) -> T {
    catch_unwind(|| play(seed)).unwrap_or_else(|_| panic!("replay with WARDIAN_CALL_SEED={seed}"))
}
