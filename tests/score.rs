//! `wardian score` and `wardian compare` on a small rollout, and what they say of bad input.

use crate::support::{expect, golden, library, wardian};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const TASKS: usize = 12;

/// The library pack, its tasks, and a rollout of two agents with three trials in `folder`/played.
fn rollout(folder: &Path) -> Value {
    library(folder, "library.wasm");
    expect(folder, 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", "12"]);
    let agents = ["--agent", "scripted:plan", "--agent", "scripted:fail"];
    let args = ["rollout", "tasks", "--packs", "library.wasm", "-o", "played", "--trials", "3", "--json"];
    json_of(folder, &[&args[..], &agents[..]].concat())
}

fn json_of(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&expect(folder, 0, args).stdout).expect("JSON")
}

fn read(folder: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn write(folder: &Path, name: &str, lines: &[Value]) {
    fs::create_dir_all(folder.join(name).parent().expect("a folder")).expect("can make the folder");
    fs::write(folder.join(name), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("can write");
}

/// Writes two sides whose verdicts are known: `left` with two agents, of which `scripted:plan` passes 2 of 3 trials of every second
/// task, and `right`, where it passes every trial but of task 3.
fn sides(folder: &Path) {
    let mut left = read(folder, "played/library.jsonl");
    for (index, line) in left.iter_mut().enumerate() {
        let (task, trial) = (index / 6, line["trial"].as_u64().expect("a number"));
        let passed = line["agent"] == "scripted:plan" && task % 2 == 0 && trial < 2;
        line["verdict"] = json!({"passed": passed, "state": passed, "calls": false});
    }
    write(folder, "left/library.jsonl", &left);
    let mut right: Vec<Value> = left.iter().filter(|line| line["agent"] == "scripted:plan").cloned().collect();
    for (index, line) in right.iter_mut().enumerate() {
        let passed = index / 3 != 3;
        line["verdict"] = json!({"passed": passed, "state": passed, "calls": false});
    }
    // The infrastructure ended all trials of the last task, one of task 0; nobody graded one of task 1.
    let failed = json!({"kind": "infrastructure", "site": "agent", "message": "no answer"});
    for index in [0, 33, 34, 35] {
        right[index]["end"] = failed.clone();
    }
    right[3].as_object_mut().expect("an object").remove("verdict");
    write(folder, "right/library.jsonl", &right);
}

#[test]
fn figures_of_a_rollout() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let summary = rollout(at);
    let scored = json_of(at, &["score", "played", "--tasks", "tasks", "--by", "pack,length", "--json"]);
    let agents = scored["agents"].as_array().expect("agents");
    assert_eq!(agents.len(), 2);
    for (agent, said) in agents.iter().zip(summary["agents"].as_array().expect("agents")) {
        for member in ["agent", "tasks", "episodes", "scored", "passed", "state", "calls"] {
            assert_eq!(agent[member], said[member], "{member}: rollout and score agree");
        }
        let rates = agent["rates"].as_array().expect("rates");
        let values: Vec<&Value> = rates.iter().map(|rate| &rate["pass_hat"]["value"]).collect();
        assert_eq!(values, said["pass_hat"].as_array().expect("figures").iter().collect::<Vec<_>>());
        let lengths = agent["groups"].as_array().expect("groups").iter().filter(|group| group["by"] == json!(["length"]));
        assert_eq!(lengths.map(|group| group["tasks"].as_u64().expect("a number")).sum::<u64>(), TASKS as u64);
    }
    sides(at);
    let score = ["score", "left", "--tasks", "tasks", "--by", "pack,pack+split", "--k", "2"];
    golden("score.txt", &expect(at, 0, &score).stdout);
    golden("score-json.txt", &expect(at, 0, &["score", "right", "--tasks", "tasks", "--by", "pack", "--json"]).stdout);
    let compare = ["compare", "left", "right", "--tasks", "tasks", "--agent-a", "scripted:plan", "--k", "2", "--changed", "3"];
    golden("compare.txt", &expect(at, 0, &compare).stdout);
    golden("compare-json.txt", &expect(at, 0, &[&compare[..], &["--json"]].concat()).stdout);
    single_trials(at);
    the_bootstrap_is_seeded(at);
    right_figures(at);
}

/// The same by hand: 6 of 12 tasks have 2 of 3, the others 0 of 3.
fn right_figures(at: &Path) {
    let scored = json_of(at, &["score", "left", "--tasks", "tasks", "--json"]);
    let rates = &scored["agents"][1]["rates"];
    for (k, pass_hat, pass_at) in [(1, 1.0 / 3.0, 1.0 / 3.0), (2, 1.0 / 6.0, 0.5), (3, 0.0, 0.5)] {
        let rate = &rates[k - 1];
        let near = |value: &Value, expected: f64| (value["value"].as_f64().expect("a number") - expected).abs() < 1e-12;
        assert!(near(&rate["pass_hat"], pass_hat) && near(&rate["pass_at"], pass_at), "{rate}");
    }
}

fn single_trials(at: &Path) {
    let first = |name: &str, to: &str| {
        let lines: Vec<Value> = read(at, name).into_iter().filter(|line| line["trial"] == 1 && line["agent"] == "scripted:plan").collect();
        write(at, to, &lines);
    };
    first("left/library.jsonl", "left1.jsonl");
    first("right/library.jsonl", "right1.jsonl");
    let compared = json_of(at, &["compare", "left1.jsonl", "right1.jsonl", "--tasks", "tasks", "--json"]);
    // Of tasks 0 to 10 A passed 0, 2, 4, 6, 8, 10; B all but 3.
    let test = &compared["mcnemar"];
    assert_eq!((&test["only_a"], &test["only_b"], &test["p"]), (&json!(0), &json!(4), &compared["rates"][0]["test"]["p"]));
    assert_eq!((&compared["tasks"], &test["p"]), (&json!(11), &json!(0.125)));
}

fn the_bootstrap_is_seeded(at: &Path) {
    let of = |seed: &str| {
        let args = ["score", "left", "--tasks", "tasks", "--interval", "bca", "--seed", seed, "--json"];
        json_of(at, &args)["agents"][1]["rates"].clone()
    };
    assert_eq!(of("1"), of("1"));
    assert_eq!(of("1")[0]["pass_hat"]["method"], "bca");
    assert_eq!(of("1")[2]["pass_hat"]["method"], "wilson", "all tasks are equal there, and a bootstrap would have no width");
}

/// The error of a run that must fail with status 2, and print nothing.
fn refused(at: &Path, args: &[&str]) -> String {
    let ran = expect(at, 2, args);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    ran.stderr
}

#[test]
fn bad_input_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    rollout(at);
    let lines = read(at, "played/library.jsonl");
    let tasks = read(at, "tasks/library.jsonl");
    let id = lines[0]["id"].as_str().expect("an id");

    write(at, "some.jsonl", &tasks[1..]);
    let error = refused(at, &["score", "played", "--tasks", "some.jsonl"]);
    let task = tasks[0]["id"].as_str().expect("an id");
    let named = format!("`played/library.jsonl`: trajectory `{id}`: its task `{task}` is not among the tasks given");
    assert!(error.contains(&named), "{error}");
    let error = refused(at, &["score", "played", "--tasks", "tasks", "--tasks", "some.jsonl"]);
    assert!(error.contains("`some.jsonl`: task `library/0002` comes twice"), "{error}");

    write(at, "twice.jsonl", &[lines[0].clone(), lines[1].clone(), lines[0].clone()]);
    let error = refused(at, &["score", "twice.jsonl", "--tasks", "tasks"]);
    assert!(error.contains(&format!("`twice.jsonl`: trajectory `{id}` comes twice\n")), "{error}");
    write(at, "once.jsonl", &lines[..1]);
    let error = refused(at, &["compare", "once.jsonl", "twice.jsonl", "--tasks", "tasks"]);
    assert!(error.contains("`twice.jsonl`: trajectory"), "{error}");
    let error = refused(at, &["score", "once.jsonl", "played", "--tasks", "tasks"]);
    assert!(error.contains("comes twice, first in `once.jsonl`"), "{error}");

    let edited = |change: &dyn Fn(&mut Value)| {
        let mut line = lines[0].clone();
        change(&mut line);
        write(at, "edited.jsonl", &[line]);
        refused(at, &["score", "edited.jsonl", "--tasks", "tasks"])
    };
    let error = edited(&|line| line["certificate"]["pack_digest"] = "0".repeat(64).into());
    assert!(error.contains(id) && error.contains("it was played in pack 000"), "{error}");
    let error = edited(&|line| line["format"] = 99.into());
    assert!(error.contains(id) && error.contains("has format 99"), "{error}");
    let error = edited(&|line| line["verdict"]["passed"] = "yes".into());
    assert!(error.contains("edited.jsonl:1: "), "{error}");
    fs::write(at.join("broken.jsonl"), format!("{}\n{{\n", lines[0])).expect("can write");
    let error = refused(at, &["score", "broken.jsonl", "--tasks", "tasks"]);
    assert!(error.contains("broken.jsonl:2: "), "{error}");
    fs::write(at.join("empty.jsonl"), "").expect("can write");
    assert!(refused(at, &["score", "empty.jsonl", "--tasks", "tasks"]).contains("there is no trajectory"));
    sides_that_do_not_fit(at, &lines);
}

fn sides_that_do_not_fit(at: &Path, lines: &[Value]) {
    let compare = |a: &str, b: &str, more: &[&str]| refused(at, &[&["compare", a, b, "--tasks", "tasks"], more].concat());
    let error = compare("played", "played", &["--agent-a", "scripted:plan"]);
    assert!(error.contains("`played` has several agents; choose one of `scripted:fail`, `scripted:plan` with --agent-b"), "{error}");
    let error = compare("played", "once.jsonl", &["--agent-a", "nobody"]);
    assert!(error.contains("`played` has no agent `nobody`"), "{error}");
    write(at, "others.jsonl", &lines[6..7]);
    let error = compare("once.jsonl", "others.jsonl", &[]);
    assert!(error.contains("no task has a scored episode both in `once.jsonl` and in `others.jsonl`"), "{error}");
    assert!(compare("once.jsonl", "empty.jsonl", &[]).contains("there is no trajectory in `empty.jsonl`"));
    for args in
        [["--by", "colour"], ["--by", "pack+pack"], ["--bins", "pack=1"], ["--bins", "length=3,1"], ["--level", "1.0"], ["--k", "0"]]
    {
        let error = refused(at, &["score", "played", "--tasks", "tasks", args[0], args[1]]);
        assert!(error.contains(args[0]) || error.contains(args[1]), "{args:?}: {error}");
    }
}

/// Names come out of files, and files may come from anybody.
#[test]
fn names_cannot_paint_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    rollout(at);
    let mut lines = read(at, "played/library.jsonl");
    for line in lines.iter_mut().filter(|line| line["agent"] == "scripted:fail") {
        line["agent"] = "\u{1b}[31mred\n".into();
    }
    write(at, "red.jsonl", &lines);
    for args in [
        vec!["score", "red.jsonl", "--tasks", "tasks"],
        vec!["compare", "red.jsonl", "red.jsonl", "--tasks", "tasks"],
        vec!["compare", "red.jsonl", "red.jsonl", "--tasks", "tasks", "--agent-a", "scripted:plan", "--agent-b", "\u{1b}[31mred\n"],
    ] {
        let ran = wardian(at, &args);
        let printed = format!("{}{}", ran.stdout, ran.stderr);
        assert!(printed.contains(r"\u{1b}[31mred\n") && !printed.contains('\u{1b}'), "{printed}");
    }
}
