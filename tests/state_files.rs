//! States that outlive a command: kept between calls, exported, digested, compared.

use crate::support::{expect, expect_with, library, root, wardian};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use wardian_env::{EpisodeContext, Runtime};
use wardian_format::pack::Role;

/// Calls of the library's tools: tool, arguments, exit status, and whether they change something.
const CALLS: &[(&str, &str, i32, bool)] = &[
    ("get_member", r#"{"member_id":"M-1002"}"#, 0, false),
    ("pay_fines", r#"{"member_id":"M-1002","amount_cents":100}"#, 0, true),
    ("pay_fines", r#"{"member_id":"M-1002","amount_cents":100}"#, 0, true),
    ("pay_fines", r#"{"member_id":"M-1002","amount_cents":1000}"#, 1, false),
    ("return_copy", r#"{"copy_id":"C-002"}"#, 0, true),
    ("update_member", r#"{"member_id":"M-1001","note":"prefers e-mail"}"#, 0, true),
    ("update_member", r#"{"member_id":"M-1001","note":"prefers e-mail"}"#, 0, false),
    ("pay_fines", r#"{"member_id":"M-1002"}"#, 1, false),
    ("no_such_tool", "{}", 1, false),
];

fn json_of(folder: &Path, code: i32, args: &[&str]) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&expect(folder, code, &args).stdout).expect("JSON")
}

/// A folder with the library pack and a saved state of some calls.
fn with_state() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    for (tool, arguments, code, _) in CALLS {
        expect(folder.path(), *code, &["pack", "call", "library.wasm", tool, arguments, "--state", "s.state"]);
    }
    folder
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("a file")
}

#[test]
fn calls_on_a_kept_state_are_one_episode() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let pack = Runtime::new().expect("an engine").load_own(library(at, "library.wasm"), "library.wasm").expect("a pack");
    let mut env = pack.env(&EpisodeContext { seed: 5, now: "2026-03-17T10:00:00Z".to_owned() }).expect("an environment");
    let mut kept = 0;
    for (index, (tool, arguments, code, changes)) in CALLS.iter().enumerate() {
        let mut args = vec!["pack", "call", "library.wasm", tool, arguments, "--state", "s.state"];
        if index == 0 {
            args.extend(["--seed", "5", "--now", "2026-03-17T10:00:00Z"]);
        }
        let before = fs::read(at.join("s.state")).unwrap_or_default();
        let called = json_of(at, *code, &args);
        let record = serde_json::to_value(env.call_text(Role::Agent, tool, arguments).expect("the host holds")).expect("JSON");
        for member in ["outcome", "state", "result_digest", "arguments"] {
            assert_eq!(called[member], record[member], "{member} of `{tool}` {arguments}");
        }
        kept += usize::from(*changes);
        assert_eq!(called["saved"], json!({"file": "s.state", "calls": kept, "written": *changes || index == 0}));
        assert_eq!(before == fs::read(at.join("s.state")).expect("a file"), !changes && index > 0, "`{tool}` {arguments}");
    }
    let digested = json_of(at, 0, &["state", "digest", "library.wasm", "--state", "s.state"]);
    assert_eq!(digested["state"], serde_json::to_value(env.digests().expect("digests")).expect("JSON"));
    assert_eq!(text(at, "s.state").lines().count(), 1 + kept);
    let left: Vec<_> = fs::read_dir(at).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left beside the pack and the state: {left:?}");
}

#[test]
fn clock_and_seed_are_part_of_a_state() {
    let folder = with_state();
    let call = |more: &[&str], code| {
        let mut args = vec!["pack", "call", "library.wasm", "get_member", r#"{"member_id":"M-1002"}"#, "--state", "s.state"];
        args.extend(more);
        expect(folder.path(), code, &args).stderr
    };
    call(&["--seed", "0", "--now", "2026-03-16T09:00:00Z"], 0);
    assert!(call(&["--seed", "1"], 2).contains("`s.state` has the seed 0, and `--seed` says 1"));
    assert!(call(&["--now", "2026-03-16T09:00:01Z"], 2).contains("has the time `2026-03-16T09:00:00Z`"));
    let args = ["pack", "call", "library.wasm", "get_member", "--state", "new.state", "--now", "tomorrow"];
    assert!(expect(folder.path(), 2, &args).stderr.contains("tomorrow"));
    assert!(!folder.path().join("new.state").exists(), "nothing is made of a time that is none");
}

#[test]
fn a_state_belongs_to_one_pack() {
    let folder = with_state();
    let at = folder.path();
    let sources = root().join("packs/library");
    for (path, bytes) in crate::contents::tree(&sources) {
        let path = at.join("other").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("can make");
        fs::write(path, bytes).expect("can write");
    }
    fs::write(at.join("other/policy.md"), "Be quick.\n").expect("can write");
    expect(at, 0, &["pack", "build", "other", "-o", "other.wasm"]);
    let digest = |name: &str| wardian_format::Digest::of(&fs::read(at.join(name)).expect("a pack")).to_string();
    let before = text(at, "s.state");
    let ran = expect(at, 2, &["pack", "call", "other.wasm", "get_member", r#"{"member_id":"M-1002"}"#, "--state", "s.state"]);
    for part in ["`s.state`", "`library`", &digest("library.wasm"), &digest("other.wasm")] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert_eq!(text(at, "s.state"), before);
}

/// Every way to damage the file is found, named, and leaves the file as it is.
#[test]
fn damaged_files_are_refused() {
    let folder = with_state();
    let at = folder.path();
    let whole = text(at, "s.state");
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(lines.len(), 5);
    let join = |order: &[usize]| order.iter().map(|line| format!("{}\n", lines[*line])).collect::<String>();
    let other = "0".repeat(64);
    let state_of = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["state"].as_str().expect("a digest").to_owned();
    let cases = [
        ("empty", String::new(), "the file is empty"),
        ("no head", join(&[1, 2, 3, 4]), "no head of a saved state"),
        ("cut in the head", whole[..40].to_owned(), "no head of a saved state"),
        ("cut in a call", whole[..whole.len() - 30].to_owned(), "s.state:5: "),
        ("cut between calls", join(&[0, 1, 2, 3]), "announces 4 calls and has 3"),
        ("a call twice", join(&[0, 1, 2, 3, 4, 4]), "announces 4 calls and has 5"),
        ("calls exchanged", join(&[0, 3, 2, 1, 4]), "call 1 (`return_copy`) leads to the state"),
        ("another amount", whole.replacen("\"amount_cents\":100", "\"amount_cents\":99", 1), "call 1 (`pay_fines`) leads to the state"),
        ("another tool", whole.replacen("return_copy", "get_member", 1), "call 3 (`get_member`) leads to the state"),
        ("another seed", whole.replacen("\"seed\":0", "\"seed\":1", 1), "call 1 (`pay_fines`) leads to the state"),
        ("another end", whole.replace(&state_of(lines[4]), &other), "call 4 (`update_member`) leads to the state"),
        ("a later version", whole.replacen("\"format\":1", "\"format\":2", 1), "this version reads 1"),
        ("another member", whole.replacen("\"seed\":0", "\"seed\":0,\"sead\":0", 1), "unknown field `sead`"),
        ("another kind of file", "SQLite format 3\0 and so on".to_owned(), "no head of a saved state"),
    ];
    for (name, damaged, said) in cases {
        assert_ne!(damaged, whole, "{name}");
        fs::write(at.join("s.state"), &damaged).expect("can write");
        for args in [
            vec!["pack", "call", "library.wasm", "get_member", r#"{"member_id":"M-1002"}"#, "--state", "s.state"],
            vec!["state", "digest", "library.wasm", "--state", "s.state"],
        ] {
            let ran = expect(at, 2, &args);
            assert!(ran.stderr.contains(said) && ran.stderr.contains("s.state"), "{name}: {}", ran.stderr);
        }
        assert_eq!(text(at, "s.state"), damaged, "{name}: the file is left alone");
    }
    fs::remove_file(at.join("s.state")).expect("can remove");
    fs::create_dir(at.join("s.state")).expect("can make");
    let ran = expect(at, 2, &["pack", "call", "library.wasm", "get_member", "--state", "s.state"]);
    assert!(ran.stderr.contains("s.state"), "{}", ran.stderr);
}

/// Many processes call on one file, which none of them finds at first: every call is in it.
#[test]
fn processes_that_write_at_once_lose_nothing() {
    const WRITERS: usize = 6;
    const CALLS_EACH: usize = 5;
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    library(at, "library.wasm");
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                for call in 0..CALLS_EACH {
                    let amount = format!(r#"{{"member_id":"M-1002","amount_cents":{}}}"#, 1 + (writer + call) % 3);
                    let ran = wardian(at, &["pack", "call", "library.wasm", "pay_fines", &amount, "--state", "s.state"]);
                    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
                }
            });
        }
    });
    let lines: Vec<Value> = text(at, "s.state").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 1 + WRITERS * CALLS_EACH);
    let paid: i64 = lines[1..].iter().filter_map(|line| line["arguments"]["amount_cents"].as_i64()).sum();
    let member = json_of(at, 0, &["pack", "call", "library.wasm", "get_member", r#"{"member_id":"M-1002"}"#, "--state", "s.state"]);
    assert_eq!(member["outcome"]["result"]["fines_cents"], json!(350 - paid));
}

/// What Python's `sqlite3` finds in a file: the rows of each table and the word of the integrity check.
fn python(folder: &Path, file: &str) -> Value {
    let script = "
import json, sqlite3, sys
db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
names = [name for (name,) in db.execute(\"SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name\")]
rows = {name: len(db.execute(f'SELECT * FROM \"{name}\"').fetchall()) for name in names}
(word,) = db.execute('PRAGMA integrity_check').fetchone()
others = [name for (name,) in db.execute(\"SELECT name FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name\")]
indexes = db.execute(\"SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL\").fetchone()[0]
print(json.dumps({'rows': rows, 'integrity': word, 'others': others, 'indexes': indexes}))
";
    let output = Command::new("python3").args(["-c", script, file]).current_dir(folder).output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn an_exported_state_is_a_plain_sqlite_file() {
    let folder = with_state();
    let at = folder.path();
    let exported = json_of(at, 0, &["state", "export", "library.wasm", "--state", "s.state", "-o", "s.sqlite"]);
    let found = python(at, "s.sqlite");
    assert_eq!(found["integrity"], "ok");
    assert_eq!(found["rows"]["payments"], json!(4), "two in the seed data, two made");
    assert_eq!((found["indexes"].as_u64(), found["others"].as_array().map(Vec::len)), (Some(3), Some(0)));
    let tables = exported["tables"].as_array().expect("a list");
    let rows: Value = tables.iter().map(|table| (table["name"].as_str().expect("a name").to_owned(), table["rows"].clone())).collect();
    assert_eq!(rows, found["rows"]);
    assert_eq!(exported["left_out"], json!(["loan_docs", "member_docs", "rules"]));
    let digest = |more: &[&str]| json_of(at, 0, &[&["state", "digest", "library.wasm"], more].concat())["state"].clone();
    assert_eq!(digest(&["--sqlite", "s.sqlite"]), exported["state"], "the file has exactly the rows of the state");
    assert_eq!(digest(&["--state", "s.state"]), exported["state"]);
}

/// Other calls that lead to the same rows give the same file, whatever was deleted on the way.
#[test]
fn equal_states_are_equal_files() {
    let folder = with_state();
    let at = folder.path();
    let other = [
        ("update_member", r#"{"member_id":"M-1001","note":"to be thrown away, and long enough to be found again"}"#),
        ("return_copy", r#"{"copy_id":"C-002"}"#),
        ("update_member", r#"{"member_id":"M-1001","note":"prefers e-mail"}"#),
        ("pay_fines", r#"{"member_id":"M-1002","amount_cents":100}"#),
        ("pay_fines", r#"{"member_id":"M-1002","amount_cents":100}"#),
    ];
    for (tool, arguments) in other {
        expect(at, 0, &["pack", "call", "library.wasm", tool, arguments, "--state", "t.state"]);
    }
    expect(at, 0, &["state", "diff", "library.wasm", "s.state", "t.state"]);
    expect(at, 0, &["state", "export", "library.wasm", "--state", "s.state", "-o", "s.sqlite"]);
    expect(at, 0, &["state", "export", "library.wasm", "--state", "t.state", "-o", "t.sqlite"]);
    let (s, t) = (fs::read(at.join("s.sqlite")).expect("a file"), fs::read(at.join("t.sqlite")).expect("a file"));
    assert!(s == t, "equal states are equal files");
    assert!(!t.windows(16).any(|bytes| bytes == b"to be thrown awa"), "what was overwritten is not in it");
}

#[test]
fn an_exported_file_that_was_edited_has_another_digest() {
    let folder = with_state();
    let at = folder.path();
    let exported = json_of(at, 0, &["state", "export", "library.wasm", "--state", "s.state", "-o", "s.sqlite"]);
    let script = "import sqlite3; db = sqlite3.connect('s.sqlite'); db.execute(\"UPDATE members SET name = 'X' WHERE member_id = 'M-1001'\"); db.commit()";
    assert!(Command::new("python3").args(["-c", script]).current_dir(at).status().expect("python3 runs").success());
    let edited = json_of(at, 0, &["state", "digest", "library.wasm", "--sqlite", "s.sqlite"]);
    assert_ne!(edited["state"]["full"], exported["state"]["full"]);
    fs::write(at.join("s.sqlite"), b"SQLite format 3\0 and nothing more").expect("can write");
    let ran = expect(at, 2, &["state", "digest", "library.wasm", "--sqlite", "s.sqlite"]);
    assert!(ran.stderr.contains("`s.sqlite` is no state of the pack `library`"), "{}", ran.stderr);
}

/// With views the file is for newer versions of SQLite; a view of ours is named, and no other needs us.
#[test]
fn views_are_kept_on_demand() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (path, bytes) in crate::contents::tree(&root().join("packs/library")) {
        let path = at.join("world").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("can make");
        fs::write(path, bytes).expect("can write");
    }
    let schema = format!("{}\nCREATE VIEW clock AS SELECT wardian_now() AS now;\n", text(at, "world/schema.sql"));
    fs::write(at.join("world/schema.sql"), schema).expect("can write");
    expect(at, 0, &["pack", "build", "world", "-o", "world.wasm"]);
    let exported = json_of(at, 0, &["state", "export", "world.wasm", "--views", "-o", "w.sqlite"]);
    assert_eq!((&exported["ours"], &exported["left_out"]), (&json!(["clock"]), &json!([])));
    wardian_state::initialize().expect("SQLite is ours in this process");
    let plain = rusqlite::Connection::open(at.join("w.sqlite")).expect("opens");
    let count = |view: &str| plain.query_row(&format!("SELECT count(*) FROM (SELECT * FROM {view})"), [], |row| row.get::<_, i64>(0));
    for view in ["rules", "loan_docs", "member_docs"] {
        assert!(count(view).expect("rows") > 0, "{view}");
    }
    assert!(count("clock").expect_err("a function of ours").to_string().contains("no such function: wardian_now"));
    assert_eq!(count("members").expect("rows"), 12);
    expect(at, 0, &["state", "export", "world.wasm", "-o", "w.sqlite"]);
    assert_eq!(python(at, "w.sqlite")["rows"]["members"], json!(12));
}

/// The largest of the packs that ship, by its name.
#[test]
fn a_shipped_pack_is_exported_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let exported = json_of(folder.path(), 0, &["state", "export", "tau2-retail", "-o", "retail.sqlite"]);
    let found = python(folder.path(), "retail.sqlite");
    assert_eq!((&found["integrity"], &found["rows"]["orders"]), (&json!("ok"), &json!(1000)));
    let digested = json_of(folder.path(), 0, &["state", "digest", "tau2-retail", "--sqlite", "retail.sqlite"]);
    assert_eq!(digested["state"], exported["state"]);
}

/// States of tasks and of trajectories, by options and by one word.
#[test]
fn states_of_tasks_and_trajectories() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    library(at, "library.wasm");
    expect(at, 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", "3"]);
    expect(at, 0, &["rollout", "tasks", "--packs", "library.wasm", "--agent", "scripted:plan", "-o", "played"]);
    let task: Value = serde_json::from_str(text(at, "tasks/library.jsonl").lines().next().expect("a task")).expect("JSON");
    let played: Value = serde_json::from_str(text(at, "played/library.jsonl").lines().next().expect("an episode")).expect("JSON");
    let (task_id, id) = (task["id"].as_str().expect("an id"), played["id"].as_str().expect("an id"));
    let calls = played["calls"].as_array().expect("calls");
    let digest = |more: &[&str]| json_of(at, 0, &[&["state", "digest", "library.wasm"], more].concat())["state"].clone();
    assert_eq!(digest(&["--task", &format!("tasks/library.jsonl#{task_id}")]), task["initial"]);
    let of = ["--trajectory", "played/library.jsonl", "--id", id];
    assert_eq!(digest(&of), played["certificate"]["last"]);
    assert_eq!(digest(&[&of[..], &["--at-call", "0"]].concat()), played["certificate"]["initial"]);
    for (index, call) in calls.iter().enumerate() {
        assert_eq!(digest(&[&of[..], &["--at-call", &(index + 1).to_string()]].concat()), call["state"]);
    }
    let too_far = (calls.len() + 1).to_string();
    let ran = expect(at, 2, &[&["state", "digest", "library.wasm"], &of[..], &["--at-call", &too_far]].concat());
    assert!(ran.stderr.contains(&format!("it has {} calls, and not {too_far}", calls.len())), "{}", ran.stderr);
    let (a, b) = (format!("tasks/library.jsonl#{task_id}"), format!("played/library.jsonl#{id}"));
    let compared = json_of(at, 1, &["state", "diff", "library.wasm", &a, &b]);
    assert!(!compared["equal"].as_bool().expect("a word") && compared["rows"].as_u64() > Some(0), "{compared}");
    assert_eq!(compared["b"], played["certificate"]["last"]);
    expect(at, 0, &["state", "diff", "library.wasm", "initial", &format!("{b}@0")]);
    let (mut broken, last) = (played.clone(), calls.len() - 1);
    broken["calls"][last]["state"]["full"] = json!("0".repeat(64));
    fs::write(at.join("broken.jsonl"), format!("{broken}\n")).expect("can write");
    let ran = expect(at, 2, &["state", "digest", "library.wasm", "--trajectory", "broken.jsonl"]);
    assert!(ran.stderr.contains(&format!("call {} (", last + 1)) && ran.stderr.contains("broken.jsonl"), "{}", ran.stderr);
    for wrong in ["nowhere.state", "tasks/library.jsonl#none"] {
        assert!(expect(at, 2, &["state", "diff", "library.wasm", "initial", wrong]).stderr.contains("no"), "{wrong}");
    }
}

/// The scene of a task is set before the state is looked at.
#[test]
fn a_task_with_a_scene_begins_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let tasks = fs::read_to_string(root().join("packs/tau2-telecom/tasks.jsonl")).expect("a file");
    let mut sources = tasks.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let source = sources.find(|source| source["setup"].as_array().is_some_and(|setup| !setup.is_empty())).expect("a task with a scene");
    let id = source["id"].as_str().expect("an id");
    let digest = |more: &[&str]| json_of(folder.path(), 0, &[&["state", "digest", "tau2-telecom"], more].concat())["state"].clone();
    let with_scene = digest(&["--task", id]);
    assert_ne!(with_scene, digest(&[]));
    assert_eq!(with_scene, digest(&["--task", &format!("tau2-telecom/{id}")]));
    let ran = expect_with(folder.path(), 2, &["state", "digest", "tau2-telecom", "--task", "none"], &[]);
    assert!(ran.stderr.contains("there is no `none`; there are `"), "{}", ran.stderr);
}
