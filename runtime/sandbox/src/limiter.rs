//! One limit over all memories and tables of a call. wasmtime's own `StoreLimits` is per memory.

use wardian_format::Limits;
use wardian_format::limits::FIXED;
use wasmtime::ResourceLimiter;

/// Sums what the instances of a store hold.
#[derive(Default)]
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    table_elements: usize,
    table_elements_max: usize,
    /// Something was asked for and not given.
    pub(crate) refused: bool,
}

impl Limiter {
    /// Takes the limits of the next call. What earlier calls of a reused instance grew to still counts.
    pub(crate) fn start(&mut self, limits: &Limits) {
        self.memory_bytes_max = limits.memory_bytes_max;
        self.table_elements_max = limits.table_elements_max;
        self.refused = false;
    }
}

/// Adds the growth from `current` to `desired` to `held`, if that stays within `max`.
fn grow(held: &mut usize, current: usize, desired: usize, max: usize) -> bool {
    match held.checked_add(desired.saturating_sub(current)) {
        Some(total) if total <= max => {
            *held = total;
            true
        }
        _ => false,
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = grow(&mut self.memory_bytes, current, desired, self.memory_bytes_max);
        self.refused |= !granted;
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = grow(&mut self.table_elements, current, desired, self.table_elements_max);
        self.refused |= !granted;
        Ok(granted)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn instances(&self) -> usize {
        FIXED.core_instances_max
    }

    fn tables(&self) -> usize {
        FIXED.tables_max
    }

    fn memories(&self) -> usize {
        FIXED.memories_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardian_format::limits::Profile;

    #[test]
    fn two_memories_share_one_limit() {
        let limits = Limits { memory_bytes_max: 3 << 16, ..Limits::of(Profile::Guest) };
        let mut limiter = Limiter::default();
        limiter.start(&limits);
        let mut grow = |from: usize, to: usize| limiter.memory_growing(from << 16, to << 16, None).expect("never fails");
        assert!(grow(0, 2), "the first memory");
        assert!(grow(0, 1), "the second memory");
        assert!(!grow(1, 2), "each alone is under the limit, both together are not");
        assert!(limiter.refused);
    }
}
