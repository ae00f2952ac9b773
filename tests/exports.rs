//! `wardian export`: every form of real episodes, shards, splits, what is left out; and, under `./test --full`, its consumers.

#[path = "../rollout/export/tests/all/consume.rs"]
pub(crate) mod consume;
#[path = "../rollout/export/tests/all/qwen.rs"]
pub(crate) mod qwen;

use crate::support::{Ran, expect, library, root};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;
use wardian_export::{Options, Reasoning};
use wardian_format::{Message, Trajectory};
use wardian_model::ToolDefinition;

/// A folder with the library's pack, its tasks, and what passed the filter of two agents' episodes.
pub(crate) fn episodes() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        library(at, "library.wasm");
        expect(at, 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", "10"]);
        let agents = ["--agent", "scripted:plan", "--agent", "scripted:recover"];
        expect(at, 0, &[["rollout", "tasks", "--packs", "library.wasm", "-o", "trajectories"].as_slice(), &agents].concat());
        expect(at, 0, &["filter", "trajectories", "-o", "filtered"]);
        folder
    });
    folder.path()
}

/// Exports into the folder `to`; what it says as JSON.
pub(crate) fn export(to: &Path, form: &str, out: &str, more: &[&str]) -> Value {
    let ran = exported(to, 0, form, out, more);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

fn exported(to: &Path, code: i32, form: &str, out: &str, more: &[&str]) -> Ran {
    let (kept, pack) = (episodes().join("filtered/kept.jsonl"), episodes().join("library.wasm"));
    let (kept, pack) = (kept.display().to_string(), pack.display().to_string());
    expect(to, code, &[["export", &kept, "--packs", &pack, "--form", form, "-o", out, "--json"].as_slice(), more].concat())
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The tools of the first conversation of an export in OpenAI's form.
pub(crate) fn tools(path: &Path) -> Vec<ToolDefinition> {
    let tools = lines(path).swap_remove(0)["tools"].take();
    let one = |tool: &Value| serde_json::from_value(tool["function"].clone()).expect("a tool");
    tools.as_array().expect("tools").iter().map(one).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_form_has_every_trajectory_and_the_same_bytes_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let kept = lines(&episodes().join("filtered/kept.jsonl"));
    let files = [
        ("trl", "t.jsonl"),
        ("trl", "t.parquet"),
        ("verl", "v.parquet"),
        ("verl-rl", "r.parquet"),
        ("llamafactory", "l.jsonl"),
        ("atif", "a.jsonl"),
        ("openai", "o.jsonl"),
    ];
    for (form, name) in files {
        let told = export(at, form, name, &[]);
        let per_task = if form == "verl-rl" { 2 } else { 1 };
        assert_eq!(told["lines"].as_u64(), Some((kept.len() / per_task) as u64), "{told}");
        assert_eq!(told["left_out"]["same_task"]["count"].as_u64().unwrap_or(0) as usize, kept.len() - kept.len() / per_task, "{told}");
        assert_eq!(told["bytes"].as_u64(), Some(fs::metadata(at.join(name)).expect("a file").len()));
        let first = fs::read(at.join(name)).expect("a file");
        export(at, form, name, &[]);
        assert!(first == fs::read(at.join(name)).expect("a file"), "other bytes for {name}");
    }
    let beside = ["dataset_info.json", "sources.o.jsonl", "wardian_verl.py"];
    let expected: std::collections::BTreeSet<&str> = files.iter().map(|(_, name)| *name).chain(beside).collect();
    assert_eq!(names(at), expected.into_iter().collect::<Vec<_>>());
    for (source, trajectory) in lines(&at.join("sources.o.jsonl")).iter().zip(&kept) {
        assert_eq!((&source["trajectory"], source["loss"]["learned"][0].as_bool()), (&trajectory["id"], Some(false)));
    }
    for row in lines(&at.join("l.jsonl")) {
        let turns = row["conversations"].as_array().expect("turns");
        let by_user = |turn: &Value| turn["from"] == "human" || turn["from"] == "observation";
        assert!(turns.len() % 2 == 0 && turns.iter().enumerate().all(|(at, turn)| by_user(turn) == (at % 2 == 0)), "{row}");
    }
    let text = expect(
        at,
        0,
        &[
            "export",
            &episodes().join("filtered/kept.jsonl").display().to_string(),
            "--packs",
            &episodes().join("library.wasm").display().to_string(),
            "--form",
            "verl-rl",
            "-o",
            "r.parquet",
        ],
    )
    .stdout;
    assert!(
        text.contains("→ r.parquet\nleft out: ") && text.contains(&format!("left out: {} same_task\n  trajectory `", kept.len() / 2)),
        "{text}"
    );
}

#[test]
fn turns_that_failed_are_masked_where_the_form_can() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let kept = lines(&episodes().join("filtered/kept.jsonl"));
    let failed: usize =
        kept.iter().flat_map(|t| t["calls"].as_array().expect("calls")).filter(|call| call["outcome"]["kind"] != "ok").count();
    let with_failed =
        kept.iter().filter(|t| t["calls"].as_array().expect("calls").iter().any(|call| call["outcome"]["kind"] != "ok")).count();
    assert!(failed > 0);
    let told = export(at, "openai", "o.jsonl", &["--mask-errors"]);
    assert_eq!(told["masked"].as_u64(), Some(failed as u64), "{told}");
    let rows = lines(&at.join("o.jsonl"));
    let zeros = rows.iter().flat_map(|row| row["messages"].as_array().expect("messages")).filter(|m| m["weight"] == 0).count();
    assert_eq!(zeros, failed);
    let told = export(at, "llamafactory", "l.jsonl", &["--mask-errors"]);
    assert_eq!(told["left_out"]["masked_turn"]["count"].as_u64(), Some(with_failed as u64), "{told}");
    assert_eq!(told["left_out"]["masked_turn"]["first"].as_array().map(Vec::len), Some(3));
    assert_eq!(told["lines"].as_u64(), Some((kept.len() - with_failed) as u64));
}

#[test]
fn shards_say_how_many_they_are_and_splits_keep_to_their_tasks() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let whole = export(at, "trl", "whole.jsonl", &[]);
    let told = export(at, "trl", "part.jsonl", &["--rows-max", "7"]);
    let files: Vec<&str> = told["files"].as_array().expect("files").iter().filter_map(|file| file["file"].as_str()).collect();
    assert_eq!(files, ["part-00001-of-00003.jsonl", "part-00002-of-00003.jsonl", "part-00003-of-00003.jsonl"], "{told}");
    let joined: Vec<u8> = files.iter().flat_map(|file| fs::read(at.join(file)).expect("a shard")).collect();
    assert!(joined == fs::read(at.join("whole.jsonl")).expect("a file") && told["lines"] == whole["lines"]);
    // Shards of another export would be read together with these.
    let ran = exported(at, 2, "trl", "part.jsonl", &["--rows-max", "10"]);
    assert!(ran.stderr.contains("part-00001-of-00003.jsonl") && ran.stderr.contains("remove it first"), "{}", ran.stderr);
    assert_eq!(names(at).len(), 4, "{:?}", names(at));
    export(at, "llamafactory", "lf.jsonl", &["--rows-max", "15"]);
    fs::write(at.join("dataset_info.json"), json!({"mine": {"file_name": "mine.json"}}).to_string()).expect("can write");
    export(at, "llamafactory", "lf.jsonl", &["--rows-max", "15"]);
    let info: Value = serde_json::from_slice(&fs::read(at.join("dataset_info.json")).expect("a file")).expect("JSON");
    assert_eq!(
        (&info["mine"]["file_name"], &info["lf-00002-of-00002"]["file_name"]),
        (&json!("mine.json"), &json!("lf-00002-of-00002.jsonl"))
    );

    // A pack's tasks are of one split; these are made to be of both.
    let marked: Vec<String> = lines(&episodes().join("tasks/library.jsonl"))
        .into_iter()
        .enumerate()
        .map(|(number, mut task)| {
            task["split"] = json!(if number % 3 == 0 { "test" } else { "train" });
            task.to_string() + "\n"
        })
        .collect();
    fs::write(at.join("tasks.list"), marked.concat()).expect("can write");
    let tasks = at.join("tasks.list").display().to_string();
    let count = |split: &str| {
        let told = export(at, "trl", &format!("{split}.jsonl"), &["--split", split, "--tasks", &tasks]);
        (told["lines"].as_u64().expect("lines"), told["left_out"]["other_split"]["count"].as_u64().expect("a count"))
    };
    let (train, test) = (count("train"), count("test"));
    assert_eq!((train.0 + test.0, train.1, test.1), (whole["lines"].as_u64().expect("lines"), test.0, train.0));
    assert!(train.0 > 0 && test.0 > 0);
    let held_out: Value = serde_json::from_str(&marked[0]).expect("JSON");
    assert!(lines(&at.join("train.jsonl")).iter().all(|row| row["metadata"]["task"] != held_out["id"]));
}

#[test]
fn what_cannot_be_written_is_said_and_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (form, out, words) in [
        ("verl", "v.jsonl", "form `verl` is written into files whose names end in `.parquet`; `v.jsonl` does not"),
        ("openai", "o.parquet", "`.jsonl`"),
        ("trl", "t", "`.jsonl` or `.parquet`"),
    ] {
        let ran = exported(at, 2, form, out, &[]);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    assert!(exported(at, 2, "trl", "t.jsonl", &["--split", "train"]).stderr.contains("--tasks"));
    fs::write(at.join("broken.jsonl"), "{\"format\":2}\n").expect("can write");
    let pack = episodes().join("library.wasm").display().to_string();
    let ran = expect(at, 2, &["export", "broken.jsonl", "--packs", &pack, "-o", "t.jsonl"]);
    assert!(ran.stderr.contains("broken.jsonl:1: "), "{}", ran.stderr);
    fs::write(at.join("dataset_info.json"), "[]").expect("can write");
    assert!(exported(at, 2, "llamafactory", "l.jsonl", &[]).stderr.contains("dataset_info.json"));
    assert_eq!(names(at), ["broken.jsonl", "dataset_info.json"]);
}

/// Real episodes, as their trainers read them. What they should come to is worked out from the trajectories alone.
#[test]
fn trainers_read_real_episodes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let text = fs::read_to_string(episodes().join("filtered/kept.jsonl")).expect("a file");
    let kept: Vec<Trajectory> = text.lines().map(|line| serde_json::from_str(line).expect("a trajectory")).collect();
    export(at, "openai", "o.jsonl", &[]);
    let tools = tools(&at.join("o.jsonl"));
    let expected = |name: &str, mask_errors: bool, thoughts: bool, cut: bool| {
        let options = Options { mask_errors, reasoning: Reasoning::Keep, mark_loss: true };
        let one = |trajectory: &Trajectory| {
            let mut trajectory = trajectory.clone();
            if cut && matches!(trajectory.messages.last(), Some(Message::User { .. })) {
                trajectory.messages.pop();
            }
            let text = qwen::render(&trajectory, &tools, &options, thoughts);
            json!({"id": trajectory.id, "text": text.all, "learned": text.learned})
        };
        fs::write(at.join(name), Value::Array(kept.iter().map(one).collect()).to_string()).expect("can write");
    };
    let scripts = root().join("rollout/export/tests/consumers");
    for (name, more) in [("train", [].as_slice()), ("masked", &["--mask-errors"])] {
        export(at, "trl", &format!("{name}.parquet"), more);
        expected(&format!("{name}.json"), name == "masked", true, false);
    }
    export(at, "trl", "train.jsonl", &[]);
    consume::consume(&scripts, "trl", at);
    let other = tempfile::tempdir().expect("a folder");
    export(other.path(), "llamafactory", "train.jsonl", &[]);
    expected("cut.json", false, false, true);
    fs::rename(at.join("cut.json"), other.path().join("train.json")).expect("can move");
    consume::consume(&scripts, "llamafactory", other.path());
    let atif = tempfile::tempdir().expect("a folder");
    export(atif.path(), "atif", "train.jsonl", &[]);
    consume::consume(&scripts, "atif", atif.path());
}
