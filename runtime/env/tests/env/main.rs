//! Environments made from a pack by hand: calls, outcomes, digests; and replays of edited trajectories.

mod calls;
mod codegen;
mod packs;
mod replays;

use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack, Runtime};
use wardian_pack::Parts;
use wardian_testkit::sample::{Sample, sample};

/// The bytes of the sample pack.
fn pack_bytes() -> Vec<u8> {
    let Sample { component, manifest, image } = sample();
    let parts = Parts { component, manifest, image, policy: None, tasks: None, sources: BTreeMap::new() };
    wardian_pack::write(&parts).expect("writes")
}

fn loaded() -> Arc<LoadedPack> {
    Runtime::new().expect("starts").load_own(pack_bytes(), "issues.wasm").expect("loads")
}

fn context() -> EpisodeContext {
    EpisodeContext { seed: 7, now: "2026-01-31T12:00:00Z".to_owned() }
}

fn env() -> Env {
    loaded().env(&context()).expect("an environment")
}
