//! What is left when a rollout is killed, or its disk is full, at any moment: everything that was committed, and a run that goes on to the
//! same bytes.

use crate::endpoint::{Endpoint, completion};
use crate::support::{CACHE, Ran, expect, expect_with, library, root};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends of the process, and what is left to it.
const WAYS: [&str; 3] = ["before", "half", "full"];
const TASKS: &str = "3";

/// The library with some tasks in `folder`, and the compiled shim; `None` where there is no such thing as LD_PRELOAD.
fn stage(folder: &Path) -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: LD_PRELOAD is a thing of Linux");
        return None;
    }
    library(folder, "library.wasm");
    expect(folder, 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", TASKS]);
    // The native code of the pack is in the cache from now on.
    let shim = folder.join("shim.so");
    let built =
        Command::new("gcc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(root().join("tests/crash/shim.c")).arg("-ldl").status();
    assert!(built.is_ok_and(|status| status.success()), "gcc makes the shim");
    Some(shim)
}

const ROLLOUT: [&str; 13] = [
    "rollout",
    "tasks",
    "--packs",
    "library.wasm",
    "-o",
    "out",
    "--agent",
    "scripted:plan",
    "--agent",
    "scripted:recover",
    "--concurrency",
    "2",
    "--json",
];

fn rollout(folder: &Path, shim: &Path, at: usize, way: &str) -> Ran {
    let (at, count) = (at.to_string(), folder.join("count").display().to_string());
    let variables = [
        CACHE,
        ("LD_PRELOAD", shim.to_str().expect("UTF-8")),
        ("CRASH_AT", at.as_str()),
        ("CRASH_HOW", way),
        ("CRASH_COUNT", count.as_str()),
    ];
    crate::support::wardian_with(folder, &ROLLOUT, &variables)
}

fn journaled(out: &Path) -> usize {
    let stamps = fs::read_dir(out.join(".stamps")).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let journals = stamps.filter(|path| path.extension().is_some_and(|extension| extension == "journal"));
    journals.map(|path| fs::read(path).expect("a journal").iter().filter(|byte| **byte == b'\n').count()).sum()
}

fn resumed(ran: &Ran) -> usize {
    let summary: Value = serde_json::from_str(&ran.stdout).expect("a summary");
    summary["resumed"].as_u64().expect("a count") as usize
}

#[test]
fn a_rollout_may_end_at_any_moment() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let Some(shim) = stage(folder) else { return };
    let out = folder.join("out");
    let clean = rollout(folder, &shim, 0, "before");
    assert_eq!(clean.code, 0, "{}", clean.stderr);
    let expected = fs::read(out.join("library.jsonl")).expect("trajectories");
    let moments: usize = fs::read_to_string(folder.join("count")).expect("a count").parse().expect("a number");
    assert!(moments >= 8, "six episodes and a file are at least eight writes, not {moments}");
    let (mut lost, mut seen) = (0, 0);
    for way in WAYS {
        for at in 1..=moments {
            let _ = fs::remove_dir_all(&out);
            let ended = rollout(folder, &shim, at, way);
            let who = format!("{way} at {at} of {moments}");
            if way == "full" {
                // A late failure may be of something that nobody needs, such as removing the journal.
                assert!([0, 2].contains(&ended.code), "{who}: exit {}: {}", ended.code, ended.stderr);
                assert!(ended.code == 0 || ended.stderr.contains("No space left"), "{who}: {}", ended.stderr);
            } else {
                // The journal is forced out by the clock, so that a quick run has a moment or two less.
                assert!(ended.code == -1 || (ended.code == 0 && at + 3 > moments), "{who}: not killed: {}", ended.stderr);
            }
            let half = fs::read(out.join("library.jsonl")).is_ok_and(|found| found != expected);
            assert!(!half, "{who}: there is a file of trajectories that is not whole");
            let committed = journaled(&out);
            let again = expect(folder, 0, &ROLLOUT);
            let found = fs::read(out.join("library.jsonl")).expect("trajectories");
            assert!(found == expected, "{who}: the resumed run gives other bytes");
            lost += usize::from(resumed(&again) < committed);
            seen += usize::from(committed > 0);
            assert_eq!(journaled(&out), 0, "{who}: the journal is left");
        }
    }
    assert_eq!(lost, 0, "committed episodes were played again");
    assert!(seen > moments / 2, "only {seen} ends came after an episode was committed");
}

/// Damage in the middle of a journal is an error that names the line; `--repair` keeps what stands before.
#[test]
fn damaged_journals_are_named_and_repaired() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let Some(shim) = stage(folder) else { return };
    assert_eq!(rollout(folder, &shim, 0, "before").code, 0);
    let expected = fs::read(folder.join("out/library.jsonl")).expect("trajectories");
    fs::remove_dir_all(folder.join("out")).expect("removed");
    // The journal is forced out by the clock too, which counts as a moment.
    let cut_off = |at: usize| {
        let _ = fs::remove_dir_all(folder.join("out"));
        assert_eq!(rollout(folder, &shim, at, "before").code, -1);
        let mut stamps = fs::read_dir(folder.join("out/.stamps")).expect("stamps").filter_map(Result::ok).map(|entry| entry.path());
        let journal = stamps.find(|path| path.extension().is_some_and(|e| e == "journal"))?;
        let text = fs::read_to_string(&journal).expect("a journal");
        (text.lines().count() >= 3).then_some((journal, text))
    };
    let (journal, text) = (6..16).find_map(cut_off).expect("a journal of three lines");
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1] = "{\"format\": 3, \"id\"";
    fs::write(&journal, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).expect("written");
    let refused = expect(folder, 2, &ROLLOUT);
    assert!(refused.stderr.contains(".journal:2: ") && refused.stderr.contains("--repair"), "{}", refused.stderr);
    let repaired = expect(folder, 0, &[&ROLLOUT[..], &["--repair"]].concat());
    assert!(repaired.stderr.contains("kept the 1 lines before"), "{}", repaired.stderr);
    assert_eq!(resumed(&repaired), 1);
    assert_eq!(fs::read(folder.join("out/library.jsonl")).expect("trajectories"), expected);
    assert!(
        fs::read_dir(folder.join("out/.stamps"))
            .expect("stamps")
            .filter_map(Result::ok)
            .any(|e| e.path().extension().is_some_and(|e| e == "damaged"))
    );
}

fn start(folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wardian"));
    command.args(args).current_dir(folder).env_remove("HOME").env(CACHE.0, CACHE.1);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
}

/// The first Ctrl-C begins nothing more and waits for what is in progress; the run goes on later.
#[test]
fn ctrl_c_drains() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    library(folder, "library.wasm");
    expect(folder, 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", "12"]);
    let endpoint = Endpoint::start(|_, _| {
        std::thread::sleep(Duration::from_millis(250));
        (200, completion("That is done."))
    });
    let args = [
        "rollout",
        "tasks",
        "--packs",
        "library.wasm",
        "-o",
        "out",
        "--agent",
        "openai:slow",
        "--base-url",
        &endpoint.url,
        "--concurrency",
        "3",
        "--json",
    ];
    let child = start(folder, &args);
    let begun = Instant::now();
    while journaled(&folder.join("out")) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no episode ends");
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let committed = journaled(&folder.join("out"));
    assert!((1..12).contains(&committed), "{committed} episodes");
    let begun = endpoint.heads().len();
    let rest = expect_with(folder, 0, &args, &[]);
    assert_eq!(resumed(&rest), committed, "what was drained is not played again");
    assert!(endpoint.heads().len() > begun);
    assert_eq!(fs::read_to_string(folder.join("out/library.jsonl")).expect("trajectories").lines().count(), 12);
}
