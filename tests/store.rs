//! The local store of packs.

use crate::support::{Ran, expect_with, library, wardian_with};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder with the library pack and a store.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        library(place.path(), "library.wasm");
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn expect(&self, code: i32, args: &[&str]) -> Ran {
        expect_with(self.path(), code, args, &[("WARDIAN_STORE_DIR", "store")])
    }

    fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.expect(0, &args).stdout).expect("JSON")
    }

    /// Adds the pack and gives its digest.
    fn add(&self) -> String {
        let added = self.json(&["store", "add", "library.wasm"]);
        added[0]["digest"].as_str().expect("a digest").to_owned()
    }

    /// The one pack in the store.
    fn stored(&self) -> PathBuf {
        let mut files: Vec<PathBuf> =
            fs::read_dir(self.path().join("store/sha256")).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "wasm"));
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

#[test]
fn a_pack_is_kept_under_its_digest_and_found_by_every_name() {
    let place = Place::new();
    let digest = place.add();
    let whole = fs::read(place.path().join("library.wasm")).expect("a pack");
    assert_eq!(place.stored().file_name().expect("a name").to_string_lossy(), format!("{digest}.wasm"));
    assert!(fs::read(place.stored()).expect("a file") == whole, "the bytes are those of the pack");
    fs::remove_file(place.path().join("library.wasm")).expect("can remove");
    let (short, named) = (format!("sha256:{}", &digest[..8]), format!("library@sha256:{}", &digest[..6]));
    for name in ["library", &short, &named, &format!("sha256:{digest}")] {
        place.expect(0, &["pack", "verify", name]);
        place.expect(0, &["pack", "inspect", name]);
        place.expect(0, &["pack", "diff", name, "library"]);
        place.expect(0, &["pack", "call", name, "get_member", r#"{"member_id":"M-1001"}"#]);
        assert_eq!(place.expect(0, &["store", "path", name]).stdout.trim(), format!("store/sha256/{digest}.wasm"));
    }
    place.expect(0, &["tasks", "generate", "library", "-o", "tasks", "--count", "2"]);
    assert!(place.path().join("tasks/library.jsonl").exists(), "a folder of packs or a tag, it is the same pack");
    for wrong in ["members@sha256:012345", "sha256:000000", "other"] {
        let ran = place.expect(2, &["pack", "inspect", wrong]);
        assert!(ran.stderr.contains(&format!("`{wrong}`")), "{}", ran.stderr);
    }
}

#[test]
fn a_file_comes_before_a_tag() {
    let place = Place::new();
    place.add();
    fs::write(place.path().join("library"), b"a file").expect("can write");
    assert!(place.expect(2, &["pack", "inspect", "library"]).stderr.contains("`library` is not an acceptable pack"));
}

#[test]
fn a_damaged_pack_is_found_by_its_digest() {
    let place = Place::new();
    let digest = place.add();
    let mut bytes = fs::read(place.stored()).expect("a pack");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(place.stored(), &bytes).expect("can write");
    for args in [["pack", "inspect", "library"], ["pack", "verify", &format!("sha256:{digest}")], ["store", "path", "library"]] {
        let ran = place.expect(2, &args);
        assert!(ran.stderr.contains("the store is damaged") && ran.stderr.contains(&digest), "{}", ran.stderr);
    }
    assert!(place.expect(1, &["store", "list", "--check"]).stdout.contains("DAMAGED"));
    place.add();
    place.expect(0, &["pack", "inspect", "library"]);
    fs::write(place.path().join("store/tags/broken"), b"sha256:no").expect("can write");
    assert!(place.expect(2, &["store", "path", "broken"]).stderr.contains("does not point at a pack"));
}

#[test]
fn what_is_no_pack_is_not_kept() {
    let place = Place::new();
    let bytes = fs::read(place.path().join("library.wasm")).expect("a pack");
    fs::write(place.path().join("cut.wasm"), &bytes[..bytes.len() / 2]).expect("can write");
    assert!(place.expect(2, &["store", "add", "cut.wasm"]).stderr.contains("`cut.wasm` is not an acceptable pack"));
    assert!(place.json(&["store", "list"])["packs"].as_array().is_some_and(Vec::is_empty));
    for tag in ["../escape", "/abs", "a b", "sha256:0123456", "x@y", ""] {
        let ran = place.expect(2, &["store", "add", "library.wasm", "--tag", tag]);
        assert!(ran.stderr.contains("is no name for a pack"), "`{tag}`: {}", ran.stderr);
    }
}

#[test]
fn what_no_name_points_at_is_collected() {
    let place = Place::new();
    let digest = place.add();
    place.expect(0, &["store", "add", "library.wasm", "--tag", "Other/one:1"]);
    let listed = place.json(&["store", "list"]);
    assert_eq!(listed["packs"][0]["tags"], serde_json::json!(["Other/one:1", "library"]), "{listed}");
    assert_eq!(place.json(&["store", "gc"])["removed"], serde_json::json!([]));
    place.expect(0, &["store", "remove", "library"]);
    place.expect(0, &["store", "gc"]);
    place.expect(0, &["store", "path", "Other/one:1"]);
    place.expect(0, &["store", "remove", "Other/one:1"]);
    assert_eq!(place.json(&["store", "gc"])["removed"], serde_json::json!([digest]));
    place.add();
    let removed = place.json(&["store", "remove", &format!("sha256:{}", &digest[..12])]);
    assert_eq!(removed["removed"], serde_json::json!(["library", format!("sha256:{digest}")]));
    assert!(place.json(&["store", "list"])["packs"].as_array().is_some_and(Vec::is_empty));
    assert!(place.expect(2, &["store", "remove", "library"]).stderr.contains("the store has no pack `library`"));
}

/// Many processes add, collect and read at once: a pack with a tag is always there, whole.
#[test]
fn processes_share_a_store() {
    let place = Place::new();
    place.add();
    let run = |args: &[&str]| {
        let ran = wardian_with(place.path(), args, &[("WARDIAN_STORE_DIR", "store")]);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.stdout, ran.stderr);
    };
    std::thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || {
                for round in 0..5 {
                    match worker {
                        0 => run(&["store", "gc"]),
                        1 => run(&["store", "path", "library"]),
                        _ => run(&["store", "add", "library.wasm", "--tag", &format!("tag-{worker}-{round}")]),
                    }
                }
            });
        }
    });
    let listed = place.json(&["store", "list", "--check"]);
    assert_eq!(listed["packs"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["packs"][0]["tags"].as_array().map(Vec::len), Some(11), "{listed}");
    let strays = fs::read_dir(place.path().join("store/sha256")).expect("a folder").count();
    assert_eq!(strays, 1, "nothing half-written is left behind");
}

#[test]
fn without_a_place_there_is_no_store() {
    let place = Place::new();
    let ran = wardian_with(place.path(), &["store", "list"], &[]);
    assert!(ran.code == 2 && ran.stderr.contains("WARDIAN_STORE_DIR"), "{}", ran.stderr);
    let ran = wardian_with(place.path(), &["pack", "inspect", "nowhere"], &[]);
    assert!(ran.code == 2 && ran.stderr.contains("cannot read `nowhere`"), "{}", ran.stderr);
}
