//! The ports of τ²-bench: upstream's recorded calls, its data, its tasks, and what our graders say of them.

use crate::support::{expect, is_full, root, shared_data};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use wardian_compiler::{Validation, compile_pack};
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_format::task::TaskSource;
use wardian_format::{Task, jsonl};

const DOMAINS: [&str; 3] = ["airline", "retail", "telecom"];

fn report(code: i32, data: &Path, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let args = [&["--json", "conformance", "tau2", "--data", data.to_str().expect("UTF-8")], more].concat();
    serde_json::from_str(&expect(folder.path(), code, &args).stdout).expect("JSON")
}

#[test]
fn upstreams_recorded_calls_come_out_the_same() {
    let Some(data) = shared_data("tau2") else { return };
    let report = report(0, &data, &[]);
    let found: Vec<(&str, u64, u64)> = report["domains"]
        .as_array()
        .expect("domains")
        .iter()
        .map(|d| (d["domain"].as_str().unwrap_or_default(), d["cases"].as_u64().unwrap_or(0), d["agreeing"].as_u64().unwrap_or(0)))
        .collect();
    assert_eq!(found, [("airline", 80, 80), ("retail", 124, 124), ("telecom", 124, 124)], "{report}");
}

/// Calls that nobody has looked at, made by upstream's own Python with another seed.
#[test]
fn new_sequences_come_out_the_same() {
    if !is_full() {
        return println!("SKIPPED: upstream's own Python is run under `./test --full`");
    }
    let python = Command::new(root().join("tests/tau2/python.sh")).output().expect("the script runs");
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let python = String::from_utf8(python.stdout).expect("UTF-8");
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("WARDIAN_TAU2_SEED").unwrap_or_else(|_| "20261122".to_owned());
    println!("WARDIAN_TAU2_SEED={seed}");
    let mut trace = Command::new(python.trim());
    trace.arg(root().join("tests/tau2/trace.py")).args(["--split", "none", "--sequences", "40", "--calls", "24", "--seed", &seed]);
    let made = trace.arg("--out").arg(folder.path()).output().expect("Python runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let report = report(0, folder.path(), &[]);
    assert_eq!(report["agree"], true, "{report}");
}

type Change = fn(&mut Value);

/// A small case of one domain, with one thing in it changed.
fn altered(folder: &Path, change: impl FnOnce(&mut Value)) -> Option<()> {
    let traces = shared_data("tau2/telecom/traces.json")?;
    let mut traces: Value = serde_json::from_str(&fs::read_to_string(traces).expect("a file")).expect("JSON");
    traces["tasks"].as_array_mut().expect("tasks").truncate(2);
    change(&mut traces);
    fs::create_dir_all(folder.join("telecom")).expect("can make it");
    fs::write(folder.join("telecom/traces.json"), traces.to_string()).expect("can write");
    Some(())
}

#[test]
fn whatever_differs_is_found() {
    let cases: [(&str, Change); 6] = [
        ("action 0: toggle_airplane_mode", |t| t["tasks"][0]["actions"][0]["obs"] = json!("Airplane Mode is now ON.")),
        ("action 0: toggle_airplane_mode", |t| t["tasks"][0]["actions"][0]["error"] = json!(true)),
        ("final hash of `user_db`", |t| t["tasks"][0]["final_user_hash"] = json!("0")),
        ("difference of `user_db`", |t| drop(t["tasks"][0]["user_diff"].as_array_mut().map(Vec::pop))),
        ("hash after the setting of `db`", |t| t["tasks"][0]["init_hash"] = json!("0")),
        ("assertion 0: assert_mobile_data_status", |t| t["tasks"][0]["assertion_results"][0] = json!(false)),
    ];
    for (place, change) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(()) = altered(folder.path(), change) else { return };
        let report = report(1, folder.path(), &[]);
        let failed = report["domains"][0]["failed"].as_array().expect("a list");
        assert_eq!((failed.len(), failed[0]["disagreements"][0]["place"].as_str()), (1, Some(place)), "{report}");
    }
}

#[test]
fn what_cannot_be_reproduced_is_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let change = |traces: &mut Value| traces["tasks"][0]["actions"][0]["mutated_on_error"] = json!(true);
    let Some(()) = altered(folder.path(), change) else { return };
    let report = report(0, folder.path(), &["--domain", "telecom"]);
    let skipped = &report["domains"][0]["skipped"][0]["skipped"];
    assert_eq!(skipped["reason"], "fails after mutating", "{report}");
    assert_eq!(report["domains"][0]["agreeing"], 1);
}

#[test]
fn bad_recordings_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let told = |args: &[&str]| {
        let ran = expect(path, 2, &[&["conformance", "tau2", "--data", "."], args].concat());
        ran.stderr.trim().to_owned()
    };
    assert_eq!(told(&[]), "error: no folder in `.` has a traces.json or a fuzz.json");
    assert!(told(&["--domain", "retail"]).contains("`./retail` has neither traces.json nor fuzz.json"));
    fs::create_dir(path.join("retail")).expect("can make it");
    fs::write(path.join("retail/fuzz.json"), "{\"sequences\": [{\"id\": 3}]}").expect("can write");
    assert!(told(&[]).contains("`./retail/fuzz.json`: invalid type: integer `3`, expected a string at line 1"), "{}", told(&[]));
    fs::create_dir(path.join("bank")).expect("can make it");
    fs::write(path.join("bank/fuzz.json"), "{\"sequences\": []}").expect("can write");
    assert!(told(&["--domain", "bank"]).contains("no pack `tau2-bank` ships with Wardian"));
}

/// The committed seed data, policies and tasks are what upstream's files give.
#[test]
fn the_converter_reproduces_the_sources() {
    for domain in DOMAINS {
        let Some(data) = shared_data(&format!("tau2/{domain}")) else { return };
        let upstream = tempfile::tempdir().expect("a folder");
        for file in ["db.json", "user_db.json", "policy.md"] {
            if data.join(file).is_file() {
                fs::copy(data.join(file), upstream.path().join(file)).expect("can copy");
            }
        }
        let pack = root().join("packs").join(format!("tau2-{domain}"));
        let (upstream, pack) = (upstream.path().to_str().expect("UTF-8"), pack.to_str().expect("UTF-8"));
        let ran = expect(root(), 0, &["convert", "tau2", upstream, pack, "--check"]);
        assert!(ran.stdout.ends_with("files are as they should be\n") && !ran.stdout.contains("would write"), "{domain}: {}", ran.stdout);
        let tasks = fs::read_to_string(data.join("tasks.json")).expect("tasks");
        let committed: BTreeMap<String, TaskSource> = sources(domain).into_iter().map(|task| (task.id.clone(), task)).collect();
        for task in wardian_tau2::task_sources("tasks.json", &tasks, None).expect("upstream's form") {
            let ours = committed.get(&task.id).unwrap_or_else(|| panic!("{domain}: task `{}` is not in the pack", task.id));
            assert!(ours.splits.contains(&"train".to_owned()), "{domain}: {}", task.id);
            assert_eq!(TaskSource { splits: Vec::new(), ..ours.clone() }, task, "{domain}");
        }
    }
}

#[test]
fn the_converter_names_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, pack) = (folder.path(), root().join("packs/tau2-retail"));
    let pack = pack.to_str().expect("UTF-8");
    let told = |file: &str, text: &str| {
        fs::write(path.join(file), text).expect("can write");
        expect(path, 2, &["convert", "tau2", ".", pack, "--check"]).stderr
    };
    let cases = [
        ("policy.md", "x", "cannot read `./db.json`"),
        ("db.json", "{", "`convert.sql`: malformed JSON"),
        ("db.json", "{\"orders\": {}, \"products\": {}, \"users\": {\"ann\": {}}}", "`convert.sql`: NOT NULL constraint failed: users."),
        ("db.json", "{}", "the database is empty"),
    ];
    for (file, text, message) in cases {
        let told = told(file, text);
        assert!(told.contains(message), "{text}: {told}");
    }
}

fn sources(domain: &str) -> Vec<TaskSource> {
    let path = root().join(format!("packs/tau2-{domain}/tasks.jsonl"));
    jsonl::read(fs::read(&path).expect("tasks").as_slice(), "tasks.jsonl").expect("task sources")
}

fn load(name: &str) -> Arc<LoadedPack> {
    let sources = wardian_packs::sources(name).expect("it ships");
    let compiled = compile_pack(&sources, Validation::Trusted).unwrap_or_else(|error| panic!("{name}: {error}"));
    let bytes = wardian_pack::write(&compiled.parts).expect("a pack");
    Runtime::new().expect("a runtime").load_own(bytes, name).expect("it loads")
}

fn tasks(domain: &str, pack: &Arc<LoadedPack>) -> Vec<Task> {
    sources(domain).iter().map(|source| wardian_tasks::bind(source, pack).expect("it binds")).collect()
}

/// Grading an episode twice, or grading it half-way and going on, gives what never grading gives, and leaves the state as it was.
#[test]
fn grading_changes_nothing() {
    for (domain, task) in
        [("retail", "16"), ("airline", "7"), ("telecom", "[mobile_data_issue]airplane_mode_on|data_mode_off[PERSONA:None]")]
    {
        let pack = load(&format!("tau2-{domain}"));
        let source = sources(domain).into_iter().find(|source| source.id == task).expect("the task");
        let task = wardian_tasks::bind(&source, &pack).expect("it binds");
        let context = EpisodeContext { seed: task.seed, now: task.now.clone() };
        let play = |grades: bool| {
            let (mut env, _) = pack.scene(&context, &task.setup).expect("the scene");
            let mut calls = Vec::new();
            for gold in &task.gold {
                calls.push(env.call_in_its_role(&gold.tool, &gold.arguments).expect("the host is fine"));
                if grades {
                    let before = env.digests().expect("digests");
                    let verdicts = [0, 1].map(|_| wardian_rollout::grade(&task, &env, &calls, &[]).expect("a verdict"));
                    assert_eq!(verdicts[0], verdicts[1], "{domain}");
                    assert_eq!(env.digests().expect("digests"), before, "{domain}: grading moved the state");
                    let mut scanned = env.state().expect("a state").clone();
                    assert_eq!(scanned.full_scan_digests().expect("digests"), before, "{domain}");
                }
            }
            (env.digests().expect("digests"), wardian_rollout::grade(&task, &env, &calls, &[]).expect("a verdict"), calls)
        };
        let (never, always) = (play(false), play(true));
        assert_eq!(never.0, always.0, "{domain}");
        assert_eq!((&never.1, &never.2), (&always.1, &always.2), "{domain}");
        assert!(never.1.state && never.1.calls && never.0 == task.goal, "{domain}: {:?}", never.1);
    }
}

/// The golds of all tasks pass, upstream says so too; and so do the agents that follow the plan, and are kept. An agent that does nothing
/// passes no task whose gold changes the graded state.
#[test]
fn golds_and_plans_pass_and_what_they_do_is_counted() {
    const PLANNED: [&str; 3] = ["scripted:gold", "scripted:plan", "scripted:recover"];
    let folder = tempfile::tempdir().expect("a folder");
    let json_of = |args: &[&str]| serde_json::from_str::<Value>(&expect(folder.path(), 0, args).stdout).expect("JSON");
    let packs = ["--pack", "tau2-retail", "--pack", "tau2-airline", "--pack", "tau2-telecom"];
    let agents: Vec<&str> = PLANNED.into_iter().chain(["scripted:lazy"]).flat_map(|agent| ["--agent", agent]).collect();
    let summary = json_of(&[&["--json", "rollout", "-o", "out"], &agents[..], &packs[..]].concat());
    let count: usize = DOMAINS.iter().map(|domain| sources(domain).len()).sum();
    let of = |name: &str| summary["agents"].as_array().expect("agents").iter().find(|a| a["agent"] == name).cloned().expect("the agent");
    for agent in PLANNED {
        assert_eq!((&of(agent)["episodes"], &of(agent)["passed"]), (&json!(count), &json!(count)), "{summary}");
    }

    let scores = json_of(&["--json", "score", "out", "--tasks", "out/tasks", "--by", "kind"]);
    let lazy = scores["agents"].as_array().expect("agents").iter().find(|a| a["agent"] == "scripted:lazy").expect("the agent");
    let by_kind: BTreeMap<&str, (u64, u64)> = lazy["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|g| (g["key"][0].as_str().expect("a kind"), (g["tasks"].as_u64().expect("a count"), g["passed"].as_u64().expect("a count"))))
        .collect();
    println!("tasks, and those that doing nothing passes: {by_kind:?}");
    assert!(by_kind["change"].0 > 200 && by_kind["change"].1 == 0, "{by_kind:?}");
    assert!(by_kind["refusal"].1 > 0, "where the state must not change, doing nothing is right: {by_kind:?}");

    let kept = json_of(&["--json", "filter", "out", "-o", "filtered"]);
    for agent in PLANNED {
        let codes = kept["by_agent"][agent].as_object().expect("codes");
        assert!(codes.keys().all(|code| ["clean", "recovered", "refused"].contains(&code.as_str())), "{agent}: {codes:?}");
    }
    assert!(kept["by_agent"]["scripted:recover"]["recovered"].as_u64() > Some(200), "{kept}");

    let verified = ["verify", "out/tau2-telecom.jsonl", "--tasks", "out/tasks/tau2-telecom.jsonl", "--packs", "tau2-telecom"];
    expect(folder.path(), 0, &verified);
}

/// Both builds of each port have examples, and they hold.
#[test]
fn examples_hold_in_both_builds() {
    for domain in DOMAINS {
        for build in [format!("packs/tau2-{domain}"), format!("packs/tau2-{domain}-fixed")] {
            expect(root(), 0, &["tool", "check", &build, "--strict"]);
            let tested = expect(root(), 0, &["--json", "tool", "test", &build]);
            let tested: Value = serde_json::from_str(&tested.stdout).expect("JSON");
            assert!(tested["examples"].as_array().is_some_and(|examples| examples.len() >= 20), "{build}: {tested}");
        }
    }
}

/// The corrected builds bind the same tasks, and their golds do the same as upstream's wherever no quirk is in the way.
#[test]
fn fixed_builds_play_the_same_tasks() {
    for domain in DOMAINS {
        let (quirks, fixed) = (load(&format!("tau2-{domain}")), load(&format!("tau2-{domain}-fixed")));
        assert_ne!(quirks.digest(), fixed.digest());
        let (quirks, fixed) = (tasks(domain, &quirks), tasks(domain, &fixed));
        let same = quirks.iter().zip(&fixed).filter(|(a, b)| a.gold.iter().map(|g| g.failed).eq(b.gold.iter().map(|g| g.failed))).count();
        println!("{domain}: {same} of {} golds succeed and fail alike", quirks.len());
        assert!(same * 10 >= quirks.len() * 9, "{domain}: {same} of {}", quirks.len());
    }
}

/// By domain: tools derived, and of `traces.json` and `fuzz.json` the percentage of calls that agree in kind.
fn derived(data: &Path) -> BTreeMap<String, (u64, Vec<f64>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["--json", "conformance", "derived", "--data", data.to_str().expect("UTF-8")];
    let report: Value = serde_json::from_str(&expect(folder.path(), 0, &args).stdout).expect("JSON");
    let share = |part: &Value| part["kind"].as_f64().unwrap_or(0.0) * 100.0 / part["calls"].as_f64().unwrap_or(1.0);
    let one = |d: &Value| {
        let parts = d["parts"].as_array().expect("parts").iter().map(share).collect();
        (d["domain"].as_str().unwrap_or_default().to_owned(), (d["derived"].as_u64().unwrap_or(0), parts))
    };
    report["domains"].as_array().expect("domains").iter().map(one).collect()
}

/// Domain, tools derived, and least percentages of calls that agree in kind: gold actions of tasks, random sequences.
const LEAST: [(&str, u64, f64, f64); 3] = [("retail", 16, 99.7, 98.1), ("airline", 10, 94.0, 63.5), ("telecom", 11, 12.4, 26.4)];

/// docs/materializer.md has the figures; they must not fall below these.
#[test]
fn worlds_made_of_the_tools_alone_agree_in_kind() {
    let Some(data) = shared_data("tau2") else { return };
    let found = derived(&data);
    for (domain, tools, tasks, fuzz) in LEAST {
        let (derived, parts) = &found[domain];
        assert!(*derived >= tools && parts[0] >= tasks && parts[1] >= fuzz, "{domain}: {derived} tools, {parts:?} %");
    }
}

#[test]
fn tools_that_are_not_there_or_not_readable_are_said() {
    let Some(traces) = shared_data("tau2/airline/traces.json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("airline")).expect("can make it");
    fs::copy(traces, folder.path().join("airline/traces.json")).expect("can copy");
    let args = ["conformance", "derived", "--data", "."];
    assert!(expect(folder.path(), 2, &args).stderr.contains("tools.json"));
    fs::write(folder.path().join("airline/tools.json"), "[{\"name\": 3}").expect("can write");
    assert!(expect(folder.path(), 2, &args).stderr.contains("tools.json"));
    fs::write(folder.path().join("airline/tools.json"), r#"[{"name": "frobnicate", "description": "", "parameters": {"type": "object"}}]"#)
        .expect("can write");
    assert!(expect(folder.path(), 1, &args).stdout.contains("0 of 1 tools derived"));
}
