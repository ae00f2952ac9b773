//! The calculator that ships as a component: it is what its sources give, and packs can use it.

use super::{build, load, well};
use crate::support::root;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use wardian_format::Digest;
use wardian_format::pack::Role;

fn folder() -> PathBuf {
    root().join("guest-tools/calculator")
}

/// SHA-256 over the paths and digests of what the component is made of. The versions of other crates are not among it: where
/// the toolchain is there, they show in the bytes.
fn source_digest() -> Digest {
    let places = ["guest-tools/calculator/src", "guest-tools/calculator/Cargo.toml", "guest-tools/sdk/src", "wit/state.wit"];
    let mut paths: Vec<PathBuf> = places.iter().flat_map(|place| files(&root().join(place))).collect();
    paths.sort();
    let line = |path: &PathBuf| {
        let name = path.strip_prefix(root()).expect("it is inside").display();
        format!("{name} {}\n", Digest::of(&fs::read(path).expect("a file")))
    };
    Digest::of(paths.iter().map(line).collect::<String>().as_bytes())
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect()
}

/// What stands beside the component.
fn stated(key: &str) -> String {
    let text = fs::read_to_string(folder().join("calculator.txt")).expect("it lies beside the component");
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("calculator.txt has no line `{key}`")).to_owned()
}

#[test]
fn the_calculator_is_what_its_sources_say() {
    let component = fs::read(folder().join("calculator.wasm")).expect("the component");
    let hint = "WARDIAN_GOLDEN=write with the test `the_calculator_is_built_again` makes it anew";
    assert_eq!(stated("sources"), source_digest().to_string(), "the component is older than its sources; {hint}");
    assert_eq!(stated("component"), Digest::of(&component).to_string(), "{hint}");
}

#[test]
fn the_calculator_is_built_again() {
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("calculator.wasm");
    let Some(built) = build(&folder(), &[".", "--out", path.to_str().expect("UTF-8")]) else { return };
    let toolchain = built[0]["toolchain"].as_str().expect("a toolchain");
    let bytes = fs::read(&path).expect("the component");
    if std::env::var_os("WARDIAN_GOLDEN").is_some_and(|v| v == "write") {
        let text = format!("sources: {}\ntoolchain: {toolchain}\ncomponent: {}\n", source_digest(), Digest::of(&bytes));
        fs::write(folder().join("calculator.txt"), text).expect("can write");
        fs::copy(&path, folder().join("calculator.wasm")).expect("can copy");
        fs::copy(path.with_extension("sql"), folder().join("calculator.sql")).expect("can copy");
    }
    assert_eq!(read(&path.with_extension("sql")), read(&folder().join("calculator.sql")), "the declarations changed");
    if stated("toolchain") != toolchain {
        println!("SKIPPED: the calculator was made by `{}`, and here is `{toolchain}`", stated("toolchain"));
        return;
    }
    assert_eq!(Digest::of(&bytes).to_string(), stated("component"), "the same sources and toolchain give other bytes");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn packs_use_the_calculator() {
    let pack = tempfile::tempdir().expect("a folder");
    let path = pack.path();
    well(path, &["tool", "new", "--lang", "sql", "bank"]);
    let path = path.join("bank");
    fs::create_dir(path.join("guests")).expect("a folder");
    for name in ["calculator.wasm", "calculator.sql"] {
        fs::copy(folder().join(name), path.join("guests").join(name)).expect("can copy");
    }
    let tested = well(&path, &["--json", "tool", "test", "."]);
    let tested: Value = serde_json::from_str(&tested.stdout).expect("JSON");
    assert_eq!((&tested["failed"], tested["examples"].as_array().map(Vec::len)), (&json!(0), Some(10)), "{tested}");
    let mut env = load(&path).env(&super::episode()).expect("an environment");
    let mut calculate = |expression: &str| {
        let record = env.call(Role::Agent, "calculate", &json!({"expression": expression})).expect("the host is fine");
        record.outcome.observation()
    };
    assert_eq!(calculate("2 ** 0.5 * 100"), json!("141.42"));
    let nested = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    assert_eq!(calculate(&nested), json!("1.0"));
    assert_eq!(calculate(&format!("{}1", "-".repeat(4_095))), json!("-1.0"));
    assert_eq!(calculate("9 ** 9 ** 9")["error"]["code"], "invalid");
}
