//! Time as an argument, so that pauses can be tested without waiting.

use std::time::Duration;
use tokio::time::Instant;
use wardian_model::BoxFuture;

/// A clock that can wait.
pub trait Clock: Send + Sync {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Waits.
    fn pause(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// The clock of the tokio runtime.
#[derive(Debug)]
pub struct TokioClock(Instant);

impl TokioClock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn pause(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}
