//! Detached signatures of packs, ours and those of minisign.

use crate::support::{Ran, debian, expect, expect_with, is_full, library, root};
use std::fs;
use std::path::Path;

/// A folder with the library pack, its signature, and the pair of keys that made it.
fn signed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    expect(folder.path(), 0, &["pack", "keygen", "--out", "mine.key", "--no-password"]);
    expect(folder.path(), 0, &["pack", "sign", "library.wasm", "--key", "mine.key"]);
    folder
}

fn verify(folder: &Path, code: i32, key: &str) -> Ran {
    expect(folder, code, &["pack", "verify", "library.wasm", "--key", key])
}

fn vector(name: &str) -> String {
    root().join("tests/vectors/minisign").join(name).display().to_string()
}

#[test]
fn what_is_signed_verifies_and_is_verified_as_before() {
    let folder = signed();
    let ran = verify(folder.path(), 0, "mine.pub");
    let checks: Vec<&str> = ran.stdout.lines().skip(1).collect();
    assert!(
        checks[0].starts_with("ok      the file is signed with key ") && checks[0].contains("wardian pack library sha256:"),
        "{}",
        ran.stdout
    );
    assert!(checks.iter().any(|check| check.contains("component: the sources give the same")), "{}", ran.stdout);
    let key = fs::read_to_string(folder.path().join("mine.pub")).expect("a key");
    verify(folder.path(), 0, key.lines().nth(1).expect("the key itself"));
}

#[test]
fn anything_altered_is_found_before_the_pack_is_looked_at() {
    let folder = signed();
    let place = |name: &str| folder.path().join(name);
    let (pack, signature) =
        (fs::read(place("library.wasm")).expect("a pack"), fs::read_to_string(place("library.wasm.minisig")).expect("text"));
    let refused = |reason: &str| {
        let ran = verify(folder.path(), 1, "mine.pub");
        let problems: Vec<&str> = ran.stdout.lines().skip(1).collect();
        assert!(problems.len() == 1 && problems[0].contains(reason), "{reason}: {}", ran.stdout);
        assert!(problems[0].starts_with("PROBLEM signature `library.wasm.minisig`: "), "{}", ran.stdout);
    };
    let mut altered = pack.clone();
    *altered.last_mut().expect("bytes") ^= 1;
    fs::write(place("library.wasm"), &altered).expect("can write");
    refused("it is not of this file");
    fs::write(place("library.wasm"), &pack).expect("can write");
    fs::write(place("library.wasm.minisig"), signature.replace("wardian pack library", "wardian pack Library")).expect("can write");
    refused("trusted comment was altered");
    let lines: Vec<&str> = signature.lines().collect();
    let swapped = format!("{}\n{}\n{}\n{}\n", lines[0], lines[3], lines[2], lines[1]);
    for (text, reason) in [(swapped.as_str(), "cannot be read"), ("", "cannot be read"), ("\u{feff}x", "cannot be read")] {
        fs::write(place("library.wasm.minisig"), text).expect("can write");
        refused(reason);
    }
    expect(folder.path(), 0, &["pack", "keygen", "--out", "theirs.key", "--no-password"]);
    fs::write(place("library.wasm.minisig"), &signature).expect("can write");
    let ran = verify(folder.path(), 1, "theirs.pub");
    assert!(ran.stdout.contains("PROBLEM") && ran.stdout.contains("it was made with key"), "{}", ran.stdout);
}

#[test]
fn files_that_are_missing_or_wrong_are_named() {
    let folder = signed();
    fs::write(folder.path().join("long.pub"), vec![b'x'; 20_000]).expect("can write");
    for (args, named) in [
        (["--key", "nowhere.pub", "--signature", "library.wasm.minisig"], "cannot read `nowhere.pub`"),
        (["--key", "mine.pub", "--signature", "nowhere"], "cannot read `nowhere`"),
        (["--key", "library.wasm", "--signature", "library.wasm.minisig"], "`library.wasm`"),
        (["--key", "mine.key", "--signature", "library.wasm.minisig"], "this is no public key"),
        (["--key", "long.pub", "--signature", "library.wasm.minisig"], "`long.pub` has 20000 bytes"),
    ] {
        let args: Vec<&str> = ["pack", "verify", "library.wasm"].into_iter().chain(args).collect();
        let ran = expect(folder.path(), 2, &args);
        assert!(ran.stderr.contains(named) && ran.stdout.is_empty(), "{named}: {}", ran.stderr);
    }
    let ran = expect(folder.path(), 2, &["pack", "sign", "library.wasm", "--key", "mine.pub"]);
    assert!(ran.stderr.contains("is it a public one?"), "{}", ran.stderr);
    let ran = expect(folder.path(), 2, &["pack", "sign", "mine.pub", "--key", "mine.key"]);
    assert!(ran.stderr.contains("`mine.pub` is not an acceptable pack"), "what is no pack is not signed: {}", ran.stderr);
}

#[test]
fn keys_are_private_and_never_overwritten() {
    let folder = signed();
    let before = fs::read(folder.path().join("mine.key")).expect("a key");
    for out in ["mine.key", "mine.other"] {
        let ran = expect(folder.path(), 2, &["pack", "keygen", "--out", out, "--no-password"]);
        assert!(ran.stderr.contains("is there already"), "{}", ran.stderr);
    }
    assert_eq!(fs::read(folder.path().join("mine.key")).expect("a key"), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join("mine.key")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads a secret key");
    }
    // Nobody sits at a terminal here, so a password that is not given is an error and no empty one.
    let ran = expect(folder.path(), 2, &["pack", "keygen", "--out", "locked.key"]);
    assert!(ran.stderr.contains("WARDIAN_KEY_PASSWORD"), "{}", ran.stderr);
    assert!(!folder.path().join("locked.key").exists());
}

/// The tool's own keys sign here, one of them behind a password, and its own signature holds here.
#[test]
fn vectors_of_the_real_tool() {
    let folder = signed();
    expect(folder.path(), 0, &["pack", "sign", "library.wasm", "--key", &vector("plain.key")]);
    verify(folder.path(), 0, &vector("plain.pub"));
    let sign = ["pack", "sign", "library.wasm", "--key", &vector("locked.key")];
    let ran = expect_with(folder.path(), 2, &sign, &[("WARDIAN_KEY_PASSWORD", "correct zebra")]);
    assert!(ran.stderr.contains("Wrong password"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("zebra"), "a password is never shown");
    expect_with(folder.path(), 0, &sign, &[("WARDIAN_KEY_PASSWORD", "correct horse")]);
    verify(folder.path(), 0, &vector("locked.pub"));

    let message = |signature: &str| {
        let args = ["pack", "verify", &vector("message.txt"), "--key", &vector("plain.pub"), "--signature", &vector(signature)];
        expect(folder.path(), 1, &args).stdout
    };
    let held = message("message.txt.minisig");
    assert!(held.contains("ok      the file is signed with key BA7DFA662B4BE17F: vector of minisign 0.11"), "{held}");
    assert!(held.contains("is not an acceptable pack"), "a signature makes no pack of it: {held}");
    let legacy = message("legacy.minisig");
    assert!(legacy.contains("minisign's old form") && !legacy.contains("ok "), "{legacy}");
}

/// Both ways with Debian's minisign.
#[test]
fn the_real_tool_agrees() {
    if !is_full() {
        return println!("SKIPPED: the real minisign is asked under `./test --full`");
    }
    let Some(mut theirs) = debian(&["minisign", "libsodium23"], "minisign") else { return };
    let folder = signed();
    let status = theirs.current_dir(folder.path()).args(["-V", "-p", "mine.pub", "-m", "library.wasm"]).status().expect("minisign runs");
    assert!(status.success(), "minisign refuses our signature");
    let mut theirs = debian(&["minisign", "libsodium23"], "minisign").expect("it was there");
    let args = ["-S", "-W", "-s", &vector("plain.key"), "-m", "library.wasm", "-x", "library.wasm.minisig"];
    assert!(theirs.current_dir(folder.path()).args(args).status().expect("minisign runs").success());
    verify(folder.path(), 0, &vector("plain.pub"));
    let mut theirs = debian(&["minisign", "libsodium23"], "minisign").expect("it was there");
    expect(folder.path(), 0, &["pack", "sign", "library.wasm", "--key", &vector("plain.key")]);
    fs::write(folder.path().join("library.wasm"), b"other").expect("can write");
    let status = theirs.current_dir(folder.path()).args(["-V", "-p", &vector("plain.pub"), "-m", "library.wasm"]).status();
    assert!(!status.expect("minisign runs").success(), "minisign accepts another file");
}
