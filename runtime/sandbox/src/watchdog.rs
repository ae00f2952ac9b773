//! Stops statements that run past the wall time of their call. The epoch stops WebAssembly only; while SQLite works,
//! nobody looks at the epoch.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use wardian_state::Interrupter;

/// The instances whose calls are watched.
#[derive(Default)]
pub(crate) struct Watchdog {
    /// Ticks since the start.
    now: AtomicU64,
    posts: Mutex<Vec<Weak<Post>>>,
}

/// Where an instance says what it runs. Its lock is taken by its own calls and once a tick, so calls do not wait for each other.
#[derive(Default)]
pub(crate) struct Post {
    /// Deadline in ticks, and how to stop the call.
    call: Mutex<Option<(u64, Interrupter)>>,
}

/// A call is watched for as long as this lives.
pub(crate) struct Watch<'a>(&'a Post);

impl Watchdog {
    /// A post for one instance, watched until it is dropped.
    pub(crate) fn post(&self) -> Arc<Post> {
        let post = Arc::default();
        lock(&self.posts).push(Arc::downgrade(&post));
        post
    }

    /// Stops the call that runs at `post` after `ticks`, if it still runs then.
    pub(crate) fn watch<'a>(&self, post: &'a Post, ticks: u64, interrupter: Interrupter) -> Watch<'a> {
        let deadline = self.now.load(Ordering::Relaxed).saturating_add(ticks);
        *lock(&post.call) = Some((deadline, interrupter));
        Watch(post)
    }

    /// One tick has passed.
    pub(crate) fn tick(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&self.posts).retain(|post| {
            let Some(post) = post.upgrade() else { return false };
            if let Some((_, interrupter)) = lock(&post.call).as_ref().filter(|(deadline, _)| *deadline <= now) {
                interrupter.stop();
            }
            true
        });
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        *lock(&self.0.call) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
