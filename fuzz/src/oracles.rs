//! One module an oracle.

pub mod admit;
pub mod arguments;
pub mod image;
pub mod pack;
pub mod sql;
pub mod trajectory;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_pack::Parts;
use wardian_testkit::sample::{Sample, sample};

/// One runtime a process.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("the engine starts"))
}

/// The parts of the sample pack, made once.
fn parts() -> &'static Parts {
    static PARTS: OnceLock<Parts> = OnceLock::new();
    PARTS.get_or_init(|| {
        let Sample { component, manifest, image } = sample();
        Parts { component, manifest, image, policy: None, tasks: None, sources: BTreeMap::new() }
    })
}

/// The sample pack, loaded.
fn loaded() -> &'static Arc<LoadedPack> {
    static PACK: OnceLock<Arc<LoadedPack>> = OnceLock::new();
    PACK.get_or_init(|| runtime().load(wardian_pack::write(parts()).expect("writes"), "sample.wasm").expect("loads"))
}

fn context() -> EpisodeContext {
    EpisodeContext { seed: 7, now: "2026-01-31T12:00:00Z".to_owned() }
}
