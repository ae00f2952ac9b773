//! The suite of `guest-tools/conformance`: one list of calls, one guest a language.
//!
//! Each call has a fresh state. What it comes to is in the list; the digests of the state are in `tests/golden/conformance.txt`, which
//! the guest in Rust writes and all others must reach.

use super::{build, episode, load};
use crate::support::{golden, root};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_env::LoadedPack;
use wardian_format::Outcome;
use wardian_format::limits::Profile;
use wardian_format::pack::Role;

/// One call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    tool: String,
    arguments: Value,
    /// The result.
    #[serde(default, deserialize_with = "present")]
    gives: Option<Value>,
    /// The code and text of a tool error.
    fails: Option<(String, String)>,
    /// Another outcome.
    outcome: Option<String>,
    /// What is otherwise in JavaScript.
    js: Option<Otherwise>,
    /// Why it is not for SQL.
    sql: Option<String>,
}

/// What one language gives instead.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Otherwise {
    gives: Value,
}

/// `null` is a value here, and not the absence of one.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn folder() -> PathBuf {
    root().join("guest-tools/conformance")
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(folder().join("cases.jsonl")).expect("the cases");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

impl Case {
    /// What it should come to, in the words of [`said`].
    fn expected(&self, lang: &str) -> String {
        match (&self.js, &self.gives, &self.fails, &self.outcome) {
            (Some(otherwise), ..) if lang == "js" => format!("gives {}", canonical(&otherwise.gives)),
            (_, Some(value), None, None) => format!("gives {}", canonical(value)),
            (_, None, Some((code, message)), None) => format!("fails {code} {message}"),
            (_, None, None, Some(outcome)) => outcome.clone(),
            _ => panic!("`{}` says no one thing", self.title),
        }
    }
}

fn canonical(value: &Value) -> String {
    wardian_format::json::canonical(value).expect("canonical")
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { result } => format!("gives {}", canonical(result)),
        Outcome::ToolError { code, message } => {
            let code = serde_json::to_value(code).expect("JSON");
            format!("fails {} {message}", code.as_str().expect("a word"))
        }
        other => other.word().to_owned(),
    }
}

/// The pack of `lang` in a folder of its own.
fn assemble(lang: &str, to: &Path) {
    let from = folder();
    for name in ["pack.toml", "schema.sql", "data/counters.jsonl"] {
        copy(&from.join(name), &to.join(name));
    }
    let templates = root().join("guest-tools/templates");
    let guest = to.join("guests/conformance");
    match lang {
        "sql" => return copy(&from.join("sql/tools.sql"), &to.join("tools.sql")),
        "js" => {
            copy(&from.join("js/index.js"), &guest.join("index.js"));
            copy(&templates.join("js/guests/bank/wardian.js"), &guest.join("wardian.js"));
        }
        _ => {
            copy(&from.join("python/app.py"), &guest.join("app.py"));
            copy(&templates.join("python/guests/bank/wardian.py"), &guest.join("wardian.py"));
        }
    }
    copy(&from.join("guests/conformance.sql"), &to.join("guests/conformance.sql"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a folder")).expect("can make the folder");
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

/// Plays all cases in `lang` with `pack`; gives the digests after each.
fn play(lang: &str, pack: &Arc<LoadedPack>) -> String {
    let tools: BTreeSet<&str> = pack.manifest().tools.iter().map(|tool| tool.name.as_str()).collect();
    let (mut digests, mut wrong) = (String::new(), String::new());
    let mut played = 0;
    for case in cases() {
        if lang == "sql" && (case.sql.is_some() || !tools.contains(case.tool.as_str())) {
            continue;
        }
        played += 1;
        let mut env = pack.env(&episode()).expect("an environment");
        let before = env.digests().expect("digests");
        let record = env.call(Role::Agent, &case.tool, &case.arguments).expect("the host is fine");
        let (found, expected) = (said(&record.outcome), case.expected(lang));
        if found != expected {
            wrong += &format!("{lang}: {}:\n  expected {expected}\n  found    {found} {:?}\n", case.title, record.outcome);
        }
        assert!(record.outcome.is_ok() || record.state == before, "{lang}: {}: a call that failed changed the state", case.title);
        digests += &format!("{}: {}\n", case.title, record.state.full);
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(played == cases().len() || lang == "sql" && played >= 18, "{played} cases");
    digests
}

/// The lines of the golden file must be among those of `digests`, but for the cases that are otherwise in `lang`.
fn reach(lang: &str, digests: &str) {
    let expected = fs::read_to_string(root().join("tests/golden/conformance.txt")).expect("the guest in Rust writes it");
    let expected: BTreeSet<&str> = expected.lines().collect();
    let otherwise: BTreeSet<String> = cases().into_iter().filter(|case| lang == "js" && case.js.is_some()).map(|case| case.title).collect();
    for line in digests.lines() {
        let (title, _) = line.rsplit_once(": ").expect("a title and a digest");
        assert!(expected.contains(line) || otherwise.contains(title), "{lang}: another state after: {line}");
    }
}

fn of_script(lang: &str) {
    let pack = tempfile::tempdir().expect("a folder");
    assemble(lang, pack.path());
    if build(pack.path(), &["."]).is_some() {
        let pack = load(pack.path());
        assert_eq!(pack.manifest().profile, Profile::LanguageRuntime);
        reach(lang, &play(lang, &pack));
    }
}

#[test]
fn rust() {
    let pack = tempfile::tempdir().expect("a folder");
    assemble("sql", pack.path());
    fs::remove_file(pack.path().join("tools.sql")).expect("it was there");
    let out = pack.path().join("guests/conformance.wasm");
    fs::create_dir_all(pack.path().join("guests")).expect("can make the folder");
    let crate_folder = folder().join("rust");
    if build(&crate_folder, &[".", "--out", out.to_str().expect("UTF-8")]).is_none() {
        return;
    }
    let declared = fs::read_to_string(pack.path().join("guests/conformance.sql")).expect("the build wrote it");
    let kept = folder().join("guests/conformance.sql");
    if std::env::var_os("WARDIAN_GOLDEN").is_some_and(|v| v == "write") {
        fs::write(&kept, &declared).expect("can write");
    }
    assert_eq!(fs::read_to_string(&kept).expect("the declarations"), declared, "WARDIAN_GOLDEN=write rewrites {}", kept.display());
    let pack = load(pack.path());
    assert_eq!(pack.manifest().profile, Profile::Guest);
    golden("conformance.txt", &play("rust", &pack));
}

#[test]
fn javascript() {
    of_script("js");
}

#[test]
fn python() {
    of_script("python");
}

#[test]
fn sql() {
    let pack = tempfile::tempdir().expect("a folder");
    assemble("sql", pack.path());
    reach("sql", &play("sql", &load(pack.path())));
}
