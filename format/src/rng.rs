//! A seeded stream of choices, the same on every machine: SplitMix64 keyed by SHA-256 of what it is for.
//!
//! For sampling (walks, values, wording), never for ids inside an environment: those are keyed hashes of the
//! call (design, decision 1).

use crate::digest::Digest;

/// A stream of pseudo-random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The stream for `seed` and the purpose that `parts` spell. Different parts give independent streams.
    pub fn of(seed: u64, parts: &[&str]) -> Self {
        let mut bytes = seed.to_le_bytes().to_vec();
        for part in parts {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        let digest = Digest::of(&bytes).0;
        Self { state: u64::from_le_bytes(digest[..8].try_into().expect("eight bytes")) }
    }

    /// The next 64 bits. Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 where `n` is 0. The bias is below n / 2^64.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included; `low` where they are the wrong way round.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        let span = u128::from(low.abs_diff(high)) + 1;
        low.wrapping_add(((u128::from(self.next_u64()) * span) >> 64) as i64)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, or `None` where there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Puts `items` in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// An index of `weights`, in proportion to them; `None` where they sum to 0.
    pub fn weighted(&mut self, weights: &[usize]) -> Option<usize> {
        let total: usize = weights.iter().sum();
        let mut at = self.below(total);
        weights.iter().position(|&w| {
            let hit = at < w;
            at = at.saturating_sub(w);
            hit
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_key_same_stream_other_key_other_stream() {
        let take = |seed, parts: &[&str]| {
            let mut rng = Rng::of(seed, parts);
            [rng.next_u64(), rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(take(1, &["a", "b"]), take(1, &["a", "b"]));
        assert_ne!(take(1, &["a", "b"]), take(1, &["ab"]));
        assert_ne!(take(1, &["a"]), take(2, &["a"]));
    }

    #[test]
    fn ranges_hold_and_are_filled() {
        let mut rng = Rng::of(7, &[]);
        let seen: std::collections::BTreeSet<i64> = (0..500).map(|_| rng.between(-2, 3)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2, 3]);
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.weighted(&[0, 0]), None);
        assert_eq!(rng.weighted(&[0, 3, 0]), Some(1));
    }
}
