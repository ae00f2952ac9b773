//! A runtime for talking to others, which Ctrl-C ends.

use crate::ui;
use anyhow::{Context, Result};
use std::future::Future;
use std::time::Duration;

/// Pause between two looks at Ctrl-C.
const INTERRUPT_MS: u64 = 50;

/// A runtime on this thread, with TLS.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    // The first who asks sets the provider, and a second answer would be the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the network")
}

/// `work`, or [`ui::Interrupted`] once the user pressed Ctrl-C. What `work` kept before stays kept.
pub(crate) async fn until_interrupt<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let interrupted = async {
        while !ui::interrupted() {
            tokio::time::sleep(Duration::from_millis(INTERRUPT_MS)).await;
        }
    };
    tokio::select! {
        done = work => done,
        () = interrupted => Err(ui::Interrupted.into()),
    }
}

/// As [`runtime`], on all cores.
pub(crate) fn all_cores() -> Result<tokio::runtime::Runtime> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the scheduler")
}

/// As [`runtime`], for several threads that wait at once.
pub(crate) fn shared() -> Result<tokio::runtime::Runtime> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().context("cannot start the network")
}
