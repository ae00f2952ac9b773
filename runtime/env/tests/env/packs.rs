//! A shelf of packs within a budget.

use crate::{context, pack_bytes};
use serde_json::json;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use wardian_env::{PackRef, Packs, PacksUse, Runtime};
use wardian_format::Digest;
use wardian_format::pack::Role;

/// The sample pack under another name.
fn named(name: &str) -> Vec<u8> {
    let mut parts = wardian_pack::read(&pack_bytes(), "issues").expect("reads");
    parts.manifest.name = name.to_owned();
    wardian_pack::write(&parts).expect("writes")
}

fn add(packs: &Arc<Packs>, name: &str) -> PackRef {
    let bytes = named(name);
    packs.add(name, Box::new(move || Ok(bytes.clone()))).expect("is a pack")
}

fn loads(packs: &Packs) -> u64 {
    packs.in_use().loads
}

#[test]
fn what_was_used_least_recently_goes_first() {
    let runtime = Runtime::new().expect("starts");
    let one = runtime.load(named("a"), "a").expect("loads").bytes();
    let packs = Packs::new(&runtime, 2 * one + one / 2);
    let [a, b, c] = ["a", "b", "c"].map(|name| add(&packs, name));
    assert_eq!(packs.in_use(), PacksUse { ready: 0, bytes: 0, loads: 0 }, "nothing is loaded before it is needed");
    assert_eq!((a.name(), a.digest()), ("a", Digest::of(&named("a"))));
    let first = a.load().expect("loads");
    b.load().expect("loads");
    assert!(Arc::ptr_eq(&first, &a.load().expect("loads")), "kept");
    assert_eq!(loads(&packs), 2);
    c.load().expect("loads");
    assert_eq!((packs.in_use().ready, loads(&packs)), (2, 3), "the third does not fit beside both");
    assert!(packs.in_use().bytes <= 2 * one + one / 2);
    a.load().expect("loads");
    assert_eq!(loads(&packs), 3, "the first was used after the second and is still there");
    b.load().expect("loads");
    assert_eq!(loads(&packs), 4, "the second had to go");
}

#[test]
fn a_pack_in_use_outlives_its_place_on_the_shelf() {
    let packs = Packs::new(&Runtime::new().expect("starts"), 0);
    let (a, b) = (add(&packs, "a"), add(&packs, "b"));
    let mut env = a.load().expect("loads").env(&context()).expect("an environment");
    b.load().expect("loads");
    assert_eq!(packs.in_use().ready, 1, "one is kept whatever its size");
    assert!(env.call(Role::Agent, "get_issue", &json!({"id": 2})).expect("the host is fine").outcome.is_ok());
}

#[test]
fn a_file_that_changes_or_goes_is_an_error_that_names_it() {
    let packs = Packs::new(&Runtime::new().expect("starts"), 0);
    let file = Arc::new(Mutex::new(named("a")));
    let gone = Arc::new(AtomicBool::new(false));
    let (shared, flag) = (Arc::clone(&file), Arc::clone(&gone));
    let read = move || match flag.load(Ordering::Relaxed) {
        true => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
        false => Ok(shared.lock().expect("not poisoned").clone()),
    };
    let a = packs.add("a.wasm", Box::new(read)).expect("is a pack");
    a.load().expect("loads");
    add(&packs, "b").load().expect("loads, and takes the only place");
    *file.lock().expect("not poisoned") = named("c");
    assert_eq!(
        a.load().expect_err("refused").to_string(),
        "`a.wasm` is not an acceptable pack: the file has changed since it was first read"
    );
    gone.store(true, Ordering::Relaxed);
    assert_eq!(a.load().expect_err("refused").to_string(), "`a.wasm` is not an acceptable pack: cannot read it: no such file");
    let refused = packs.add("x.wasm", Box::new(|| Ok(b"\0asm".to_vec()))).expect_err("refused").to_string();
    assert!(refused.contains("`x.wasm`"), "{refused}");
}
