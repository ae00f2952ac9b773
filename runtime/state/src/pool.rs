//! Warm connections, kept by each thread for the bases it works with.
//!
//! An idle connection holds no pages: its store is a placeholder. So the image of a dropped base is freed at once,
//! and what remains of it on other threads is a closed book of prepared statements until they next open a connection.

use crate::base::Base;
use crate::connection::Warm;
use crate::error::StateError;
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Weak};

/// Idle connections that a thread keeps. The least recently used goes first.
const IDLE_MAX: usize = 64;

/// In which direction reads without ORDER BY run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// SQLite's.
    Usual,
    /// The opposite, to find what depends on it.
    Reversed,
}

struct Idle {
    base_id: u64,
    order: Order,
    base: Weak<Base>,
    warm: Box<Warm>,
}

thread_local! {
    /// From least to most recently used.
    static POOL: RefCell<Vec<Idle>> = const { RefCell::new(Vec::new()) };
}

/// A connection on loan. It returns to the pool of the thread where it is dropped, if it is fit for use.
pub(crate) struct Lease(Option<Idle>);

/// Takes a connection of `base`, or opens one.
pub(crate) fn lease(base: &Arc<Base>, order: Order) -> Result<Lease, StateError> {
    let found = POOL.with(|pool| {
        let mut pool = pool.borrow_mut();
        let at = pool.iter().rposition(|idle| idle.base_id == base.id && idle.order == order)?;
        Some(pool.remove(at))
    });
    let idle = match found {
        Some(idle) => idle,
        None => {
            remove(|idle| idle.base.strong_count() == 0);
            Idle { base_id: base.id, order, base: Arc::downgrade(base), warm: Box::new(Warm::open(base, order)?) }
        }
    };
    Ok(Lease(Some(idle)))
}

/// Closes this thread's connections of a base that is going away.
pub(crate) fn release(base_id: u64) {
    remove(|idle| idle.base_id == base_id);
}

fn remove(which: impl Fn(&Idle) -> bool) {
    // The connections are closed after the pool is let go; the pool may be gone already when a thread ends.
    let removed = POOL.try_with(|pool| pool.borrow_mut().extract_if(.., |idle| which(idle)).collect::<Vec<_>>());
    drop(removed);
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(idle) = self.0.take() else { return };
        if !idle.warm.is_fit() || idle.base.strong_count() == 0 {
            return;
        }
        let mut idle = Some(idle);
        let oldest = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            pool.extend(idle.take());
            (pool.len() > IDLE_MAX).then(|| pool.remove(0))
        });
        drop(oldest);
    }
}

impl Deref for Lease {
    type Target = Warm;

    fn deref(&self) -> &Warm {
        &self.0.as_ref().expect("a lease holds a connection until it is dropped").warm
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Warm {
        &mut self.0.as_mut().expect("a lease holds a connection until it is dropped").warm
    }
}
