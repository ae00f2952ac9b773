//! The demo: the whole road, its digest, its files, and what `verify` says of them when they are edited.

use crate::support::{Ran, expect, root, wardian, wardian_with};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Runs the demo into `folder`/run and returns its record.
fn demo(folder: &Path) -> Value {
    let ran = expect(folder, 0, &["demo", "--run", "run", "--json", "--quiet"]);
    serde_json::from_str(&ran.stdout).expect("the record is JSON")
}

fn verify(folder: &Path, file: &str) -> Ran {
    wardian(folder, &["verify", file, "--packs", "run/packs"])
}

/// One test, because its parts need one finished demo, and a demo takes seconds.
#[test]
fn the_demo_walks_the_whole_road() {
    let first = tempfile::tempdir().expect("a folder");
    let record = demo(first.path());
    counts_make_sense(&record);
    the_readme_states_the_digest(&record);
    every_documented_file_is_there(first.path());
    the_report_needs_no_network(first.path());
    every_pack_verifies(first.path());
    edits_are_found(first.path());
    replays_agree(first.path());
    stages_as_commands_give_the_same_files(first.path());

    let second = tempfile::tempdir().expect("a folder");
    assert_eq!(demo(second.path())["digest"], record["digest"], "two runs must give one digest");

    an_interrupted_run_goes_on(second.path(), &record);
}

fn counts_make_sense(record: &Value) {
    let count = |name: &str| record["counts"][name].as_u64().unwrap_or_else(|| panic!("no count `{name}` in {record}"));
    assert!(count("tools") >= 300, "{record}");
    assert!(count("pack_tools") * 10 >= count("tools") * 6, "at least 60 % of the tools become real: {record}");
    assert!(count("packs") >= 12 && count("tasks") >= 100, "{record}");
    assert_eq!(count("episodes"), 3 * count("tasks"), "three agents play every task");
    assert_eq!((count("verified"), count("verify_failed")), (count("kept"), 0));
    let code = |name: &str| record["codes"][name].as_u64().unwrap_or(0);
    let good = ["clean", "recovered", "refused", "reordered"];
    assert_eq!(good.into_iter().map(code).sum::<u64>(), count("kept"), "{record}");
    assert!(code("recovered") > 0, "some trajectories err and recover: {record}");
    assert!(count("kept") >= 2 * count("tasks") * 9 / 10, "the agents that know the plan nearly always succeed: {record}");
    assert!(count("kept") < count("episodes"), "the failing agent is dropped: {record}");
}

fn the_readme_states_the_digest(record: &Value) {
    let digest = record["digest"].as_str().expect("a digest");
    let readme = fs::read_to_string(root().join("README.md")).expect("it is there");
    assert!(
        readme.contains(&format!("run digest  {digest}\n")),
        "README.md shows another digest than {digest}: run the demo and copy its first lines"
    );
}

fn every_documented_file_is_there(folder: &Path) {
    let run = folder.join("run");
    for name in [
        "catalog.jsonl",
        "catalog.skipped.jsonl",
        "graph/tools.jsonl",
        "graph/edges.jsonl",
        "graph/domains.jsonl",
        "graph/graph.json",
        "filtered/kept.jsonl",
        "filtered/decisions.jsonl",
        "filtered/filter.json",
        "export/train.jsonl",
        "run.json",
        "report.html",
    ] {
        let size = fs::metadata(run.join(name)).unwrap_or_else(|e| panic!("{name}: {e}")).len();
        assert!(size > 0 || name == "catalog.skipped.jsonl", "{name} is empty");
    }
    let packs: Vec<String> = stems(&run.join("packs"), "wasm");
    assert_eq!(stems(&run.join("tasks"), "jsonl"), packs);
    assert_eq!(stems(&run.join("trajectories"), "jsonl"), packs);
    for line in fs::read_to_string(run.join("export/train.jsonl")).expect("a file").lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        assert!(
            row["messages"].as_array().is_some_and(|m| m.len() > 2) && row["tools"].as_array().is_some_and(|t| !t.is_empty()),
            "{line}"
        );
    }
}

fn stems(folder: &Path, extension: &str) -> Vec<String> {
    let paths = fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path());
    let mut stems: Vec<String> = paths
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .map(|p| p.file_stem().expect("a stem").to_string_lossy().into_owned())
        .collect();
    stems.sort();
    stems
}

fn the_report_needs_no_network(folder: &Path) {
    let page = fs::read_to_string(folder.join("run/report.html")).expect("the page");
    for loading in ["src=\"http", "href=\"http", "@import", "url(http", "fetch(", "XMLHttpRequest"] {
        assert!(!page.contains(loading), "the page loads something: {loading}");
    }
}

fn every_pack_verifies(folder: &Path) {
    for name in stems(&folder.join("run/packs"), "wasm").iter().take(3) {
        expect(folder, 0, &["pack", "verify", &format!("run/packs/{name}.wasm")]);
    }
}

/// In other processes, on other numbers of threads, and with machine code made in another way.
fn replays_agree(folder: &Path) {
    let replay = |codegen: &str, threads: &str| {
        let args = ["verify", "run/filtered/kept.jsonl", "--packs", "run/packs", "--codegen", codegen, "--json"];
        let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/cache");
        let ran = wardian_with(folder, &args, &[("RAYON_NUM_THREADS", threads), ("WARDIAN_CACHE_DIR", cache)]);
        assert_eq!(ran.code, 0, "{codegen}, {threads} threads: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    };
    let first = replay("speed", "1");
    let outcome: Value = serde_json::from_str(&first).expect("JSON");
    assert!(outcome["verified"].as_u64().is_some_and(|n| n > 100), "{outcome}");
    for (codegen, threads) in [("speed", "3"), ("plain", "1"), ("plain", "3")] {
        assert_eq!(replay(codegen, threads), first, "{codegen}, {threads} threads");
    }
}

/// Changes the first kept trajectory that `edit` accepts, and expects `verify` to say so.
fn edited(folder: &Path, label: &str, edit: impl Fn(&mut Value) -> bool) {
    let text = fs::read_to_string(folder.join("run/filtered/kept.jsonl")).expect("kept.jsonl");
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.iter_mut().any(&edit), "{label}: there was nothing to edit");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("edited.jsonl"), text).expect("can write");
    let ran = verify(folder, "edited.jsonl");
    assert_eq!(ran.code, 1, "{label}: {}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("differs") && ran.stdout.contains("expected") && ran.stdout.contains("actual"), "{label}: {}", ran.stdout);
}

fn edits_are_found(folder: &Path) {
    assert_eq!(verify(folder, "run/filtered/kept.jsonl").code, 0);
    let zeros = "0".repeat(64);
    edited(folder, "digest of a state", |t| {
        t["calls"][0]["state"]["full"] = zeros.clone().into();
        true
    });
    edited(folder, "last digest", |t| {
        t["certificate"]["last"]["graded"] = zeros.clone().into();
        true
    });
    edited(folder, "seed", |t| {
        let creates =
            t["calls"].as_array().is_some_and(|calls| calls.iter().any(|c| c["tool"].as_str().is_some_and(|n| n.contains("create"))));
        t["certificate"]["seed"] = 987_654_321.into();
        creates
    });
    edited(folder, "result", |t| {
        let Some(Value::Object(result)) = t["calls"][0]["outcome"].get_mut("result") else { return false };
        result.insert("forged".to_owned(), true.into());
        true
    });
    edited(folder, "a call left out", |t| match &mut t["calls"] {
        Value::Array(calls) if calls.len() > 1 => {
            calls.remove(0);
            true
        }
        _ => false,
    });
    edited(folder, "an answer in the dialogue", |t| {
        let messages = t["messages"].as_array_mut().expect("messages");
        let Some(answer) = messages.iter_mut().find(|m| m["role"] == "tool") else { return false };
        answer["content"] = "{\"forged\":true}".into();
        true
    });
    let text = fs::read_to_string(folder.join("run/filtered/kept.jsonl")).expect("kept.jsonl");
    fs::write(folder.join("cut.jsonl"), &text[..text.len() - 20]).expect("can write");
    let ran = verify(folder, "cut.jsonl");
    assert!(ran.code == 2 && ran.stderr.contains(&format!("cut.jsonl:{}: ", text.lines().count())), "{}", ran.stderr);
}

/// Each stage is a command over files, and gives what the demo gave.
fn stages_as_commands_give_the_same_files(folder: &Path) {
    let same = |a: &str, b: &str| {
        let read = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(read(a) == read(b), "{a} and {b} differ");
    };
    expect(folder, 0, &["catalog", "import", "-o", "by-hand/catalog.jsonl"]);
    same("run/catalog.jsonl", "by-hand/catalog.jsonl");
    expect(folder, 0, &["graph", "build", "by-hand/catalog.jsonl", "-o", "by-hand/graph"]);
    same("run/graph/domains.jsonl", "by-hand/graph/domains.jsonl");
    same("run/graph/edges.jsonl", "by-hand/graph/edges.jsonl");
    let name = &stems(&folder.join("run/packs"), "wasm")[0];
    let pack = format!("run/packs/{name}.wasm");
    expect(folder, 0, &["pack", "build", &format!("run/domains/{name}"), "-o", "by-hand/pack.wasm"]);
    same(&pack, "by-hand/pack.wasm");
    expect(folder, 0, &["tasks", "generate", &pack, "-o", "by-hand/tasks", "--count", "12", "--calls-max", "6"]);
    same(&format!("run/tasks/{name}.jsonl"), &format!("by-hand/tasks/{name}.jsonl"));
    expect(folder, 0, &["tasks", "check", "by-hand/tasks", "--packs", &pack]);
    expect(folder, 0, &["rollout", "by-hand/tasks", "--packs", &pack, "-o", "by-hand/trajectories"]);
    same(&format!("run/trajectories/{name}.jsonl"), &format!("by-hand/trajectories/{name}.jsonl"));
    expect(folder, 0, &["filter", "run/trajectories", "-o", "by-hand/filtered"]);
    same("run/filtered/kept.jsonl", "by-hand/filtered/kept.jsonl");
    expect(folder, 0, &["export", "by-hand/filtered/kept.jsonl", "--packs", "run/packs", "-o", "by-hand/train.jsonl", "--mark-loss", "no"]);
    same("run/export/train.jsonl", "by-hand/train.jsonl");
    expect(folder, 0, &["report", "run", "-o", "by-hand/report.html"]);
    same("run/report.html", "by-hand/report.html");
}

/// A run that lost its end, a pack and a file of episodes is completed, not begun anew.
fn an_interrupted_run_goes_on(folder: &Path, record: &Value) {
    let run = folder.join("run");
    let name = &stems(&run.join("packs"), "wasm")[1];
    fs::remove_file(run.join("run.json")).expect("can remove");
    fs::remove_file(run.join(format!("packs/{name}.wasm"))).expect("can remove");
    fs::write(run.join(format!("trajectories/{name}.jsonl")), "").expect("can write");
    let untouched = run.join("graph/edges.jsonl");
    let before = fs::metadata(&untouched).and_then(|m| m.modified()).expect("a time");
    assert_eq!(demo(folder)["digest"], record["digest"]);
    assert_eq!(fs::metadata(&untouched).and_then(|m| m.modified()).expect("a time"), before, "the graph was done and is not made again");
}
