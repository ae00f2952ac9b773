//! Stops statements that run past the wall time of their call. The epoch stops WebAssembly only; while SQLite works,
//! nobody looks at the epoch.

use std::sync::{Mutex, MutexGuard, PoisonError};
use wardian_state::Interrupter;

/// The calls that run, with their deadlines.
#[derive(Default)]
pub(crate) struct Watchdog {
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    /// Ticks since the start.
    now: u64,
    /// Deadline in ticks, and how to stop the call.
    slots: Vec<Option<(u64, Interrupter)>>,
    free: Vec<usize>,
}

/// A call is watched for as long as this lives.
pub(crate) struct Watch<'a> {
    watchdog: &'a Watchdog,
    slot: usize,
}

impl Watchdog {
    /// Stops the call after `ticks`, if it still runs then.
    pub(crate) fn watch(&self, ticks: u64, interrupter: Interrupter) -> Watch<'_> {
        let mut calls = self.calls();
        let entry = Some((calls.now.saturating_add(ticks), interrupter));
        let slot = match calls.free.pop() {
            Some(slot) => {
                calls.slots[slot] = entry;
                slot
            }
            None => {
                calls.slots.push(entry);
                calls.slots.len() - 1
            }
        };
        Watch { watchdog: self, slot }
    }

    /// One tick has passed.
    pub(crate) fn tick(&self) {
        let mut calls = self.calls();
        calls.now += 1;
        let now = calls.now;
        calls.slots.iter().flatten().filter(|(deadline, _)| *deadline <= now).for_each(|(_, interrupter)| interrupter.stop());
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut calls = self.watchdog.calls();
        calls.slots[self.slot] = None;
        calls.free.push(self.slot);
    }
}
