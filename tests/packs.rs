//! Packs from the command line, on the worked example `packs/library`.

use crate::contents::{tree, without_digests};
use crate::support::{self, expect, golden, root};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Builds the library pack in `folder`.
fn library(folder: &Path) {
    support::library(folder, "library.wasm");
}

fn call(folder: &Path, code: i32, tool: &str, arguments: &str) -> Value {
    let ran = expect(folder, code, &["pack", "call", "library.wasm", tool, arguments, "--json"]);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn a_pack_built_twice_in_two_folders_is_the_same_bytes() {
    let (a, b) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    library(a.path());
    library(b.path());
    let read = |folder: &Path| fs::read(folder.join("library.wasm")).expect("a pack");
    assert!(read(a.path()) == read(b.path()), "the two builds differ");
}

/// Nothing of where and when the sources lie gets into a pack: other paths, other times, files written in another order.
#[test]
fn where_and_when_sources_lie_does_not_matter() {
    let (a, b) =
        (tempfile::tempdir().expect("a folder"), tempfile::Builder::new().prefix("a much longer name ").tempdir().expect("a folder"));
    let sources = tree(&root().join("packs/library"));
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for (folder, reversed) in [(a.path(), false), (b.path(), true)] {
        let mut files: Vec<(&String, &Vec<u8>)> = sources.iter().collect();
        if reversed {
            files.reverse();
        }
        for (path, content) in files {
            let path = folder.join("sources").join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("can make");
            fs::write(&path, content).expect("can write");
            if reversed {
                fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("can set the time");
            }
        }
    }
    expect(a.path(), 0, &["pack", "build", "sources", "-o", "library.wasm"]);
    let absolute = b.path().join("sources").display().to_string();
    expect(root(), 0, &["pack", "build", &absolute, "-o", &b.path().join("library.wasm").display().to_string()]);
    let read = |folder: &Path| fs::read(folder.join("library.wasm")).expect("a pack");
    assert!(read(a.path()) == read(b.path()), "the two builds differ");
}

#[test]
fn a_call_shows_result_digests_and_what_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path());
    let args = ["pack", "call", "library.wasm", "update_member", r#"{"member_id":"M-1001","tier":"student","note":"moved away"}"#];
    golden("pack-call.txt", &expect(folder.path(), 0, &args).stdout);
    let shown = expect(folder.path(), 0, &["pack", "inspect", "library.wasm", "--tool", "checkout_copy"]).stdout;
    golden("pack-inspect.txt", &without_digests(&shown));
}

#[test]
fn a_refused_call_leaves_the_state_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path());
    let refused = [
        ("get_member", r#"{"member_id":"M-9999"}"#, "tool_error"),
        ("checkout_copy", r#"{"member_id":"M-1002","copy_id":"C-404"}"#, "tool_error"),
        ("pay_fines", r#"{"member_id":"M-1002","amount_cents":100000}"#, "tool_error"),
        ("pay_fines", r#"{"member_id":"M-1002","amount_cents":"much"}"#, "invalid_arguments"),
        ("pay_fines", r#"{"member_id":"M-1002"}"#, "invalid_arguments"),
        ("get_member", r#"{"member_id":"M-1001","extra":1}"#, "invalid_arguments"),
        ("no_such_tool", "{}", "unknown_tool"),
    ];
    for (tool, arguments, kind) in refused {
        let called = call(folder.path(), 1, tool, arguments);
        assert_eq!(called["outcome"]["kind"], kind, "{tool} {arguments}: {called}");
        assert_eq!(called["before"], called["state"], "{tool} {arguments} changed the state");
        assert_eq!(called["diff"]["rows"].as_array().map(Vec::len), Some(0));
    }
    let paid = call(folder.path(), 0, "pay_fines", r#"{"member_id":"M-1002","amount_cents":100}"#);
    assert_ne!(paid["before"], paid["state"], "a payment changes the state");
}

#[test]
fn a_pack_verifies_and_an_altered_one_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path());
    let report = expect(folder.path(), 0, &["pack", "verify", "library.wasm"]).stdout;
    assert!(report.contains("component: the sources give the same"), "{report}");
    let whole = fs::read(folder.path().join("library.wasm")).expect("a pack");
    for cut in [0, 7, whole.len() / 3, whole.len() - 1] {
        fs::write(folder.path().join("cut.wasm"), &whole[..cut]).expect("can write");
        let ran = expect(folder.path(), 1, &["pack", "verify", "cut.wasm"]);
        assert!(ran.stdout.contains("PROBLEM `cut.wasm`"), "{}", ran.stdout);
        let ran = expect(folder.path(), 2, &["pack", "call", "cut.wasm", "get_member"]);
        assert!(ran.stderr.contains("`cut.wasm` is not an acceptable pack"), "{}", ran.stderr);
    }
    let step = whole.len() / 40;
    for at in (0..whole.len()).step_by(step) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        fs::write(folder.path().join("flipped.wasm"), &bytes).expect("can write");
        let ran = expect(folder.path(), 1, &["pack", "verify", "flipped.wasm"]);
        assert!(ran.stdout.contains("PROBLEM"), "byte {at} was flipped and nobody noticed: {}", ran.stdout);
    }
}

/// A tool compiled as a component of its own is the same program: `tool compile` and `pack build` share the compiler.
#[test]
fn one_tool_is_a_component_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let sources = root().join("packs/library").display().to_string();
    let args = ["tool", "compile", &sources, "pay_fines", "-o", "pay.wasm", "--json"];
    let summary: Value = serde_json::from_str(&expect(folder.path(), 0, &args).stdout).expect("JSON");
    let bytes = fs::read(folder.path().join("pay.wasm")).expect("a component");
    assert_eq!(summary["bytes"], bytes.len());
    assert!(bytes.starts_with(b"\0asm\x0d\0\x01\0"), "a component starts with the magic bytes of the component model");
    let ran = expect(folder.path(), 2, &["tool", "compile", &sources, "no_such_tool", "-o", "x.wasm"]);
    assert!(ran.stderr.contains("no tool `no_such_tool`"), "{}", ran.stderr);
}

#[test]
fn mistakes_in_the_sources_are_shown_where_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("can write");
    write(
        "pack.toml",
        "name = \"shop\"\ntitle = \"Shop\"\ndescription = \"A shop.\"\nnow = \"2026-01-01T00:00:00Z\"\nlicense = \"MIT\"\nauthor = \"hand\"\n",
    );
    write("schema.sql", "CREATE TABLE orders (order_id TEXT PRIMARY KEY, total INTEGER NOT NULL) STRICT, WITHOUT ROWID;\n");
    write(
        "tools.sql",
        "-- @tool get_order\n-- @doc Looks an order up.\n-- @param order_id text ref(orders.order_id)\n-- @return\nSELECT order_id, totl FROM orders WHERE order_id = :order_id;\n\n\
         -- @tool cancel_order\n-- @doc Cancels an order.\n-- @param id text\n-- @require :idd IS NOT NULL else \"which order?\"\nDELETE FROM orders WHERE order_id = :id;\n-- @return\nSELECT 1 AS done;\n",
    );
    let ran = expect(folder.path(), 1, &["tool", "check", "."]);
    golden("tool-check.txt", &ran.stdout);
    let ran = expect(folder.path(), 2, &["pack", "build", ".", "-o", "out/shop.wasm"]);
    assert!(ran.stderr.contains("tools.sql:5"), "{}", ran.stderr);
    assert!(!folder.path().join("out").exists(), "a failed build leaves nothing behind");
}
