//! What the other modules share.

use std::sync::Arc;
use wardian_format::limits::Profile;
use wardian_format::{Limits, SqlValue};
use wardian_state::{Base, Context, SqlError, State};

/// The episode of all tests: 2024-05-15T13:59:59Z.
pub(crate) const CONTEXT: Context = Context { seed: 7, now_unix_s: 1_715_781_599 };

pub(crate) fn int(i: i64) -> SqlValue {
    SqlValue::Integer(i)
}

pub(crate) fn text(t: &str) -> SqlValue {
    SqlValue::Text(t.to_owned())
}

pub(crate) fn limits() -> Limits {
    Limits::of(Profile::Sql)
}

pub(crate) fn open(image: Vec<u8>) -> Arc<Base> {
    Base::open(image, &[]).expect("the image opens")
}

/// Runs one statement in its own transaction, which is kept if it succeeds.
pub(crate) fn run(state: State, sql: &str) -> (State, Result<u64, SqlError>) {
    let mut tx = state.begin(&limits(), None).expect("begins");
    match tx.execute(sql, &[]) {
        Ok(n) => {
            let (state, result) = tx.commit();
            (state, result.map(|()| n))
        }
        Err(error) => (tx.rollback(), Err(error)),
    }
}

/// Numbers from a seed (xorshift64*).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

/// Seeds of a randomized test: a few, or as many as `WARDIAN_STATE_SEEDS` says; or the one that `WARDIAN_STATE_SEED`
/// names, to replay a failure.
#[expect(clippy::disallowed_methods, reason = "a test may be told to run longer or to replay a seed")]
pub(crate) fn seeds(few: u64) -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    match (number("WARDIAN_STATE_SEED"), number("WARDIAN_STATE_SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, many) => (1..=many.unwrap_or(few)).collect(),
    }
}

/// Plays every seed and prints how many comparisons with the oracle that made. A failure names its seed.
pub(crate) fn count_checks(name: &str, seeds: &[u64], play: fn(u64) -> u64) {
    let one = |seed: &u64| std::panic::catch_unwind(|| play(*seed)).unwrap_or_else(|_| panic!("replay with WARDIAN_STATE_SEED={seed}"));
    let checks: u64 = seeds.iter().map(one).sum();
    println!("{name}: {} seeds, {checks} checks", seeds.len());
    assert!(checks >= 30 * seeds.len() as u64, "the test checks too little");
}
