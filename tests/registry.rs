//! Packs in registries: one that works, one that was packaged by others, and one that lies.

mod hostile;
mod server;

use crate::support::{Ran, debian, expect_with, is_full, library};
use serde_json::Value;
use server::Registry;
use std::fs;
use std::path::Path;

const STORE: (&str, &str) = ("WARDIAN_STORE_DIR", "store");

/// Pushes `pack` to `place` and gives what `--json` prints.
fn push(folder: &Path, pack: &str, place: &str, variables: &[(&str, &str)]) -> Value {
    let ran = expect_with(folder, 0, &["pack", "push", pack, place, "--plain-http", "--json"], variables);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn pull(folder: &Path, code: i32, args: &[&str], variables: &[(&str, &str)]) -> Ran {
    let args: Vec<&str> = ["pack", "pull", "--plain-http"].into_iter().chain(args.iter().copied()).collect();
    expect_with(folder, code, &args, variables)
}

/// There and back, by tag and by digest, with a signature that arrives later and changes nothing.
fn round_trip(registry: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = library(folder.path(), "library.wasm");
    let tag = format!("{registry}/packs/library:1");
    let first = push(folder.path(), "library.wasm", &tag, &[]);
    assert_eq!(first["signature"], Value::Null);
    let manifest = first["manifest"].as_str().expect("a digest").to_owned();

    pull(folder.path(), 0, &[&tag, "--out", "back.wasm"], &[]);
    assert!(fs::read(folder.path().join("back.wasm")).expect("a pack") == whole, "what comes back is another file");
    assert!(!folder.path().join("back.wasm.minisig").exists(), "a signature that nobody made");
    pull(folder.path(), 0, &[&format!("{registry}/packs/library@{manifest}"), "--out", "by-digest.wasm"], &[]);
    assert!(fs::read(folder.path().join("by-digest.wasm")).expect("a pack") == whole);

    expect_with(folder.path(), 0, &["pack", "keygen", "--out", "mine.key", "--no-password"], &[]);
    expect_with(folder.path(), 0, &["pack", "sign", "library.wasm", "--key", "mine.key"], &[]);
    let second = push(folder.path(), "library.wasm", &format!("{registry}/packs/library:2"), &[]);
    assert_eq!(second["manifest"], manifest.as_str(), "the same pack has the same digest, signed or not, under any tag");
    assert!(second["signature"].as_str().is_some_and(|digest| digest.starts_with("sha256:")), "{second}");

    pull(folder.path(), 0, &[&tag], &[STORE]);
    expect_with(folder.path(), 0, &["pack", "verify", &tag, "--key", "mine.pub"], &[STORE]);
    let listed: Value = serde_json::from_str(&expect_with(folder.path(), 0, &["store", "list", "--json"], &[STORE]).stdout).expect("JSON");
    assert_eq!(listed["packs"][0]["tags"], serde_json::json!([tag]), "{listed}");
    assert_eq!(listed["packs"][0]["signed"], true, "{listed}");
    pull(folder.path(), 0, &[&tag, "--tag", "mine"], &[STORE]);
    expect_with(folder.path(), 0, &["pack", "inspect", "mine"], &[STORE]);

    let missing = pull(folder.path(), 2, &[&format!("{registry}/packs/other:1"), "--out", "none.wasm"], &[]);
    assert!(missing.stderr.contains("the registry does not have it"), "{}", missing.stderr);
    let other = format!("{registry}/packs/library@sha256:{}", "0".repeat(64));
    pull(folder.path(), 2, &[&other, "--out", "none.wasm"], &[]);
    assert!(!folder.path().join("none.wasm").exists(), "a pull that failed leaves nothing behind");
}

#[test]
fn a_pack_goes_to_a_registry_and_comes_back() {
    let registry = Registry::open();
    round_trip(&registry.address());
}

/// The artifact is that of the CNCF layout: what is in the registry is read without this program.
#[test]
fn the_artifact_is_as_the_layout_says() {
    let registry = Registry::open();
    let folder = tempfile::tempdir().expect("a folder");
    let whole = library(folder.path(), "library.wasm");
    let pushed = push(folder.path(), "library.wasm", &format!("{}/packs/library:1", registry.address()), &[]);
    let manifest: Value = serde_json::from_slice(&registry.get("/v2/packs/library/manifests/1")).expect("JSON");
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1), "readers of the layout refuse more layers");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["layers"][0]["size"], whole.len());
    assert_eq!(manifest["annotations"]["org.opencontainers.image.title"], "library.wasm");
    assert_eq!(manifest["annotations"]["dev.wardian.pack.digest"], format!("sha256:{}", pushed["digest"].as_str().expect("a digest")));
    assert_eq!(manifest["annotations"]["org.opencontainers.image.licenses"], "Apache-2.0 OR MIT");
    let digest = manifest["config"]["digest"].as_str().expect("a digest");
    let config: Value = serde_json::from_slice(&registry.get(&format!("/v2/packs/library/blobs/{digest}"))).expect("JSON");
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip2".into()));
    assert_eq!(config["layerDigests"][0], manifest["layers"][0]["digest"]);
    assert_eq!(config["component"]["imports"], serde_json::json!(["wardian:env/state@0.1.0"]));
    assert_eq!(config["component"]["target"], "wardian:env/library@0.1.0");
    let exports: Vec<&str> = config["component"]["exports"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(exports.contains(&"checkout-copy"), "{exports:?}");
}

#[test]
fn passwords_come_from_the_environment_and_are_not_shown() {
    let registry = Registry::with_password("opensesame");
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    let place = format!("{}/packs/library:1", registry.address());
    let with = |password: &'static str| [("WARDIAN_REGISTRY_USER", "ann"), ("WARDIAN_REGISTRY_PASSWORD", password)];
    push(folder.path(), "library.wasm", &place, &with("opensesame"));
    pull(folder.path(), 0, &[&place, "--out", "back.wasm"], &with("opensesame"));
    let args = ["pack", "push", "library.wasm", &place, "--plain-http"];
    for variables in [&with("closesesame")[..], &[]] {
        for ran in [expect_with(folder.path(), 2, &args, variables), pull(folder.path(), 2, &[&place, "--out", "none.wasm"], variables)] {
            assert!(!ran.stderr.contains("sesame") && !ran.stdout.contains("sesame"), "{}", ran.stderr);
            assert!(ran.stderr.contains("401") || ran.stderr.contains("WARDIAN_REGISTRY_USER"), "{}", ran.stderr);
        }
    }
    let ran = pull(folder.path(), 2, &[&place], &[("WARDIAN_REGISTRY_USER", "ann"), STORE]);
    assert!(ran.stderr.contains("set both"), "{}", ran.stderr);
}

#[test]
fn places_that_make_no_sense_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for (place, reason) in [
        ("library:1", "names no registry"),
        ("registry.example/a/b:1", "is not on this machine"),
        ("localhost:1/a/B:1", "is no reference"),
        ("127.0.0.1:1/a/b:1", "cannot pull `127.0.0.1:1/a/b:1`"),
    ] {
        let ran = pull(folder.path(), 2, &[place, "--out", "none.wasm"], &[]);
        assert!(ran.stderr.contains(reason), "{place}: {}", ran.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing is left behind");
}

/// Debian's `docker-registry`, which is the reference implementation of the protocol.
#[test]
fn a_pack_goes_to_the_reference_registry_and_comes_back() {
    if !is_full() {
        return println!("SKIPPED: Debian's docker-registry is asked under `./test --full`");
    }
    let Some(command) = debian(&["docker-registry"], "docker-registry") else { return };
    let registry = server::Process::start(command);
    round_trip(&registry.address());
}
