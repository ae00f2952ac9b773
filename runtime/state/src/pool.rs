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
const IDLE_MAX: usize = wardian_format::limits::FIXED.connections_idle_max;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, State, build_image};
    use wardian_format::Limits;
    use wardian_format::limits::Profile;

    fn base(column: &str) -> Arc<Base> {
        let schema = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, {column} TEXT) STRICT");
        Base::open(build_image(&schema, &[]).expect("image"), &[]).expect("opens")
    }

    fn state(base: &Arc<Base>) -> State {
        base.state(Context { seed: 0, now_unix_s: 0 })
    }

    fn idle(base_id: u64) -> usize {
        POOL.with(|pool| pool.borrow().iter().filter(|idle| idle.base_id == base_id).count())
    }

    #[test]
    fn a_dropped_base_leaves_nothing_behind() {
        let base = base("x");
        let (id, weak) = (base.id, Arc::downgrade(&base));
        let limits = Limits::of(Profile::Sql);
        let nested = state(&base).begin(&limits, None).expect("begins");
        drop(state(&base).begin(&limits, None).expect("begins"));
        drop(nested);
        assert_eq!(idle(id), 2);
        let late = state(&base).begin(&limits, None).expect("begins");
        drop(base);
        assert!(weak.upgrade().is_some(), "the transaction's state still needs it");
        drop(late);
        assert!(weak.upgrade().is_none());
        assert_eq!(idle(id), 0);
    }

    #[test]
    fn the_pool_is_bounded_and_bases_are_not_confused() {
        // The schemas differ, the schema cookies do not.
        let bases: Vec<(String, Arc<Base>)> = (0..IDLE_MAX + 8).map(|i| (format!("c{i}"), base(&format!("c{i}")))).collect();
        for (column, base) in bases.iter().chain(bases.iter().rev()) {
            let rows = state(base).read("SELECT name FROM pragma_table_info('t') WHERE cid = 1", &[]).expect("rows");
            assert_eq!(rows.values[0][0].to_string(), format!("{column:?}"));
            assert!(state(base).read(&format!("SELECT {column} FROM t"), &[]).is_ok());
        }
        assert!(POOL.with(|pool| pool.borrow().len()) <= IDLE_MAX);
    }

    #[test]
    fn what_crosses_threads() {
        fn send<T: Send>() {}
        fn sync<T: Sync>() {}
        send::<crate::Tx>();
        send::<State>();
        sync::<State>();
        sync::<Base>();
        sync::<crate::SchemaDb>();
    }
}
