//! `wardian tool new`: what it writes builds, passes its examples, and comes to the same states in every language.

use super::{build, episode, load, run, well};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use wardian_format::Digests;
use wardian_format::pack::Role;

/// Calls of the bank, one after another, some of which fail.
fn calls() -> Vec<(&'static str, Value)> {
    vec![
        ("get_account", json!({"account_id": "a1"})),
        ("transfer", json!({"from_id": "a1", "to_id": "a2", "amount_cents": 2500, "note": "rent"})),
        ("transfer", json!({"from_id": "a1", "to_id": "a2", "amount_cents": 7501})),
        ("transfer", json!({"from_id": "a1", "to_id": "a1", "amount_cents": 1})),
        ("transfer", json!({"from_id": "a9", "to_id": "a1", "amount_cents": 1})),
        ("transfer", json!({"from_id": "a2", "to_id": "a3", "amount_cents": 3000, "note": "für Alan 🌍"})),
        ("transfer", json!({"from_id": "a3", "to_id": "a1", "amount_cents": 1})),
        ("transfer", json!({"from_id": "a1", "to_id": "a4", "amount_cents": 1})),
        ("transfer", json!({"from_id": "a1", "to_id": "a2"})),
        ("get_account", json!({"account_id": "a2"})),
    ]
}

/// Makes a pack in `lang`, tries its examples, and gives the observation and the digests after each call.
fn play(lang: &str) -> Option<Vec<(Value, Digests)>> {
    let folder = tempfile::tempdir().expect("a folder");
    well(folder.path(), &["tool", "new", "--lang", lang, "bank"]);
    let pack = folder.path().join("bank");
    if lang != "sql" {
        build(&pack, &["."])?;
    }
    let tested = well(&pack, &["--json", "tool", "test", "."]);
    let tested: Value = serde_json::from_str(&tested.stdout).expect("JSON");
    assert_eq!(tested["examples"].as_array().map(Vec::len), Some(7), "{tested}");
    assert_eq!(tested["failed"], 0, "{tested}");
    let mut env = load(&pack).env(&episode()).expect("an environment");
    let call = |(tool, arguments): (&str, Value)| {
        let record = env.call(Role::Agent, tool, &arguments).expect("the host is fine");
        (record.observation(), record.state)
    };
    Some(calls().into_iter().map(call).collect())
}

fn like_sql(lang: &str) {
    let expected = play("sql").expect("SQL needs no toolchain");
    let Some(found) = play(lang) else { return };
    for (((tool, arguments), expected), found) in calls().iter().zip(&expected).zip(&found) {
        // A host's own words about arguments depend on the declaration.
        if expected.0["error"]["code"] != "invalid_arguments" {
            assert_eq!(found.0, expected.0, "{lang}: {tool} {arguments}");
        }
        assert_eq!(found.1, expected.1, "{lang}: {tool} {arguments}");
    }
}

#[test]
fn a_new_pack_in_rust() {
    like_sql("rust");
}

#[test]
fn a_new_pack_in_javascript() {
    like_sql("js");
}

#[test]
fn a_new_pack_in_python() {
    like_sql("python");
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::create_dir(path.join("full")).expect("a folder");
    fs::write(path.join("full/mine.txt"), "mine").expect("a file");
    for lang in ["sql", "rust", "js", "python"] {
        let ran = run(path, &["tool", "new", "--lang", lang, "full"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("nothing is overwritten"), "{}", ran.stderr);
    }
    assert_eq!(fs::read_dir(path.join("full")).expect("a folder").count(), 1);
    well(path, &["tool", "new", "--lang", "sql", "some place/My Bank"]);
    let config = fs::read_to_string(path.join("some place/My Bank/pack.toml")).expect("a file");
    assert!(config.starts_with("name = \"my-bank\"\n"), "{config}");
    let ran = run(path, &["tool", "new", "--lang", "sql", "other", "--name", "Other Bank"]);
    assert!(ran.code == 2 && ran.stderr.contains("cannot be a pack's name"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_built_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let refuses = |args: &[&str], part: &str| {
        let ran = run(path, args);
        assert!(ran.code == 2 && ran.stderr.contains(part), "wardian {}: {}", args.join(" "), ran.stderr);
    };
    refuses(&["tool", "build", "nowhere"], "cannot find `nowhere`");
    fs::create_dir_all(path.join("pack/guests/empty")).expect("a folder");
    refuses(&["tool", "build", "pack"], "is no guest");
    refuses(&["tool", "build", "pack", "--out", "x.wasm"], "`--out` has no place");
    write(&path.join("silent/guests/quiet/index.js"), "export const x = 1;\n");
    refuses(&["tool", "build", "silent"], "no tool is declared with `-- @guest quiet`");
    write(&path.join("two/guests/p/one.py"), "");
    write(&path.join("two/guests/p/two.py"), "");
    write(&path.join("two/tools.sql"), "-- @tool a\n-- @doc A tool.\n-- @guest p\n");
    refuses(&["tool", "build", "two"], "has the class `WitWorld`");
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("can make the folder");
    fs::write(path, text).expect("can write");
}
