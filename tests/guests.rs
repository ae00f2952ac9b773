//! Guests in Rust, JavaScript and Python: templates, conformance, and the calculator that ships.
//!
//! They are built as an author builds them, with compilers that are fetched on first use into the user's cache; where that cannot
//! be, the tests say so and pass.

mod conformance;
mod shipped;
mod templates;

use crate::support::{Ran, wardian_with};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use wardian_compile::{CacheOptions, Cached, Child, Folder};
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_format::limits::FIXED;

/// What a build says where the machine, and not the project, lacks something.
const LACKS: [&str; 7] = [
    "cannot start `npm`",
    "cannot start `python3`",
    "cannot start `cargo`",
    "cannot start `bash`",
    "cannot install ",
    "cannot fetch the packages",
    "sysroot: there is no `",
];

/// The cache of the user, which outlives clones and keeps the compilers.
fn cache() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let below_home = || variable("HOME").expect("a user has a home").join(".cache");
    variable("WARDIAN_CACHE_DIR").unwrap_or_else(|| variable("XDG_CACHE_HOME").unwrap_or_else(below_home).join("wardian"))
}

/// Runs `wardian` with that cache.
fn run(folder: &Path, args: &[&str]) -> Ran {
    let (cache, home) = (cache(), std::env::var("HOME").unwrap_or_default());
    let variables = [("WARDIAN_CACHE_DIR", cache.to_str().expect("UTF-8")), ("HOME", home.as_str())];
    wardian_with(folder, args, &variables)
}

/// As [`run`]; the command must succeed.
fn well(folder: &Path, args: &[&str]) -> Ran {
    let ran = run(folder, args);
    assert_eq!(ran.code, 0, "wardian {}\nstdout:\n{}\nstderr:\n{}", args.join(" "), ran.stdout, ran.stderr);
    ran
}

/// Builds guests; `None`, with a printed reason, where this machine cannot.
fn build(folder: &Path, args: &[&str]) -> Option<Value> {
    let args = [&["--json", "tool", "build", "--make-sysroot"], args].concat();
    let ran = run(folder, &args);
    if ran.code == 0 {
        return Some(serde_json::from_str(&ran.stdout).expect("JSON"));
    }
    let lacks = LACKS.iter().find(|lack| ran.stderr.contains(**lack));
    assert!(lacks.is_some(), "wardian {}\n{}", args.join(" "), ran.stderr);
    println!("SKIPPED: this machine cannot build such guests:\n{}", ran.stderr);
    None
}

/// Builds the pack in `folder` and loads it as any stranger's.
fn load(folder: &Path) -> Arc<LoadedPack> {
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("pack.wasm");
    well(folder, &["pack", "build", ".", "--out", path.to_str().expect("UTF-8")]);
    let bytes = std::fs::read(&path).expect("the pack");
    let options =
        CacheOptions { path: Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"), bytes_max: FIXED.cache_bytes_max, now: SystemTime::now };
    let child = Child::new(env!("CARGO_BIN_EXE_wardian"), ["compile-child"]);
    let cached = Cached::new(child, Folder::open(options).expect("the cache opens"));
    let runtime = Runtime::with_compiler(Arc::new(cached)).expect("the engine starts");
    runtime.load(bytes, "pack.wasm").unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn episode() -> EpisodeContext {
    EpisodeContext { seed: 7, now: "2026-03-16T09:00:00Z".to_owned() }
}
