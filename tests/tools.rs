//! `wardian tool` on the worked example: what an author of tools sees.

use crate::support::{expect, golden, root, wardian};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A copy of `packs/library` that may be changed.
fn library(folder: &Path) -> PathBuf {
    let (from, to) = (root().join("packs/library"), folder.join("library"));
    for (path, text) in wardian_testkit::text_files(&from) {
        let file = to.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("can make the folder");
        fs::write(file, text).expect("can write");
    }
    to
}

/// Replaces `old`, which must be there, in the tools of `library`.
fn edit(library: &Path, old: &str, new: &str) {
    let path = library.join("tools.sql");
    let text = fs::read_to_string(&path).expect("tools.sql");
    assert!(text.contains(old), "`{old}` is not in tools.sql");
    // Renamed into place, so that whoever watches sees the old text or the new one.
    let aside = library.with_extension("aside");
    fs::write(&aside, text.replacen(old, new, 1)).expect("can write");
    fs::rename(aside, path).expect("can rename");
}

#[test]
fn the_examples_of_the_library_hold() {
    let ran = expect(root(), 0, &["tool", "test", "packs/library"]);
    golden("tool-test.txt", &ran.stdout);
    let some = expect(root(), 0, &["tool", "test", "packs/library", "pay_fines", "--json"]);
    let some: Value = serde_json::from_str(&some.stdout).expect("JSON");
    assert_eq!((some["examples"].as_array().map(Vec::len), &some["failed"]), (Some(2), &Value::from(0)));
}

#[test]
fn an_example_that_does_not_hold_is_shown_and_can_be_rewritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = library(folder.path());
    let before = fs::read_to_string(library.join("tools.sql")).expect("tools.sql");
    edit(&library, "350 → 250", "350 → 251");
    edit(&library, "{\"owed_cents\":250,", "{\"owed_cents\":251,");
    edit(&library, "@fails not_found \"no hold 3\"", "@fails conflict");
    edit(&library, "@given cancel_hold {\"hold_id\": 3}", "@given cancel_hold {\"hold_id\": 77}");
    let ran = expect(folder.path(), 1, &["tool", "test", "library"]);
    golden("tool-test-fails.txt", &ran.stdout);
    edit(&library, "@given cancel_hold {\"hold_id\": 77}", "@given cancel_hold {\"hold_id\": 3}");
    expect(folder.path(), 0, &["tool", "test", "library", "--write"]);
    let after = fs::read_to_string(library.join("tools.sql")).expect("tools.sql");
    assert_eq!(after, before, "the right expectations are back, and nothing else changed");
    let unknown = expect(folder.path(), 2, &["tool", "test", "library", "pay_fine"]);
    assert!(unknown.stderr.contains("no tool `pay_fine`"), "{}", unknown.stderr);
}

#[test]
fn warnings_fail_a_strict_check_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = library(folder.path());
    edit(&library, "-- @row hold else", "-- @let unused = 1\n-- @row hold else");
    let lax = expect(folder.path(), 0, &["tool", "check", "library"]);
    assert!(lax.stdout.contains("`@let unused` is never used"), "{}", lax.stdout);
    expect(folder.path(), 1, &["tool", "check", "library", "--strict"]);
    edit(&library, "-- @let unused = 1\n", "-- @let unused = \n");
    let wrong = expect(folder.path(), 1, &["tool", "check", "library", "--json"]);
    let wrong: Value = serde_json::from_str(&wrong.stdout).expect("JSON");
    assert_eq!((&wrong["errors"], &wrong["diagnostics"][0]["file"]), (&Value::from(1), &Value::from("tools.sql")));
}

#[test]
fn layout_is_white_space_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = library(folder.path());
    expect(folder.path(), 0, &["tool", "fmt", "library", "--check"]);
    let tidy = fs::read_to_string(library.join("tools.sql")).expect("tools.sql");
    edit(&library, "-- @tool get_member\n", "\n\n--@tool   get_member  \n");
    let check = expect(folder.path(), 1, &["tool", "fmt", "library", "--check"]);
    assert_eq!(check.stdout, "tools.sql\n");
    expect(folder.path(), 0, &["tool", "fmt", "library"]);
    assert_eq!(fs::read_to_string(library.join("tools.sql")).expect("tools.sql"), tidy);
}

#[test]
fn one_tool_is_a_component_and_the_world_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let sources = root().join("packs/library");
    let sources = sources.to_str().expect("UTF-8");
    expect(folder.path(), 0, &["tool", "compile", sources, "pay_fines", "-o", "pay.wasm"]);
    let bytes = fs::read(folder.path().join("pay.wasm")).expect("the component");
    assert!(bytes.len() < 8 << 10, "{} bytes for one tool", bytes.len());
    let unknown = wardian(folder.path(), &["tool", "compile", sources, "pay", "-o", "pay.wasm"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("no tool `pay`"), "{}", unknown.stderr);
    let wit = expect(folder.path(), 0, &["tool", "wit", sources]).stdout;
    assert!(wit.contains("export pay-fines: func(db: borrow<database>, args: string) -> result<string, tool-error>;"), "{wit}");
    let none = wardian(folder.path(), &["tool", "wit", sources, "--guest", "nobody"]);
    assert!(none.code == 2 && none.stderr.contains("`@guest nobody`"), "{}", none.stderr);
}

/// The first check is made, then one for each change of a source; a change of nothing, or of something else, makes none.
#[test]
fn a_watched_folder_is_checked_again_when_a_source_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = library(folder.path());
    let mut watching = Command::new(env!("CARGO_BIN_EXE_wardian"))
        .args(["tool", "check", "library", "--watch"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the executable runs");
    let mut lines = BufReader::new(watching.stdout.take().expect("it is piped")).lines();
    let mut notes = BufReader::new(watching.stderr.take().expect("it is piped")).lines();
    let mut next = || lines.next().expect("a line").expect("UTF-8");
    let mut ready = || assert!(notes.next().expect("a line").expect("UTF-8").starts_with("watching"));
    assert_eq!(next(), "12 tools, 0 warnings");
    ready();
    edit(&library, "-- @tool suspend_member", "-- @tool suspend");
    assert_eq!(next(), "12 tools, 0 warnings");
    ready();
    // A build folder of a guest is no source. What is printed next is about the change after it.
    fs::create_dir_all(library.join("guests/some/target")).expect("can make the folder");
    fs::write(library.join("guests/some/target/x.o"), "x").expect("can write");
    edit(&library, "-- @role setup\n", "-- @role boss\n");
    assert!(next().starts_with("error: a role is"), "the mistake is shown");
    watching.kill().expect("it still runs");
    watching.wait().expect("it ends");
}
