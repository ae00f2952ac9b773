//! A person at the terminal, with a pipe in their place.

use crate::endpoint::{Endpoint, completion};
use crate::support::{CACHE, Ran, command, expect, library, root, wardian_fed};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use wardian_format::{Task, jsonl, speech};

/// Plays `script`, a line each; the session must exit with `code`.
fn play(folder: &Path, code: i32, args: &[&str], script: &[String]) -> Ran {
    let args: Vec<&str> = [&["play"], args].concat();
    let ran = wardian_fed(folder, &args, &script.iter().map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(ran.code, code, "{args:?} {script:#?}\nstdout:\n{}\nstderr:\n{}", ran.stdout, ran.stderr);
    ran
}

fn lines(script: &[&str]) -> Vec<String> {
    script.iter().map(|line| (*line).to_owned()).collect()
}

/// The events of a session with `--json`.
fn events(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

fn events_of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

/// A folder with the library pack and some of its tasks.
fn with_tasks() -> (tempfile::TempDir, Vec<Task>) {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    expect(folder.path(), 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", "12"]);
    let text = fs::read_to_string(folder.path().join("tasks/library.jsonl")).expect("a file");
    let tasks: Vec<Task> = jsonl::read(text.as_bytes(), "tasks").expect("tasks");
    (folder, tasks)
}

/// What an agent types who knows the gold calls: each of them, the facts, and the question that moves the user on.
fn as_planned(task: &Task) -> Vec<String> {
    let mut script: Vec<String> = task.gold.iter().map(|call| format!("/call {} {}", call.tool, call.arguments)).collect();
    script.extend((!task.facts.is_empty()).then(|| {
        let facts: Vec<&str> = task.facts.iter().map(|fact| fact.value.as_str()).collect();
        format!("For the record: {}.", facts.join("; "))
    }));
    script.extend((0..=task.user.requests.len()).map(|_| "That is done. Is there anything else I can do for you?".to_owned()));
    script
}

/// The tasks that ask for a change and nothing else: those that a refusal or a rule on the agent's words decides are told apart by kind.
fn changes(tasks: &[Task]) -> impl Iterator<Item = &Task> {
    tasks.iter().filter(|task| task.kind == wardian_format::task::TaskKind::Change)
}

#[test]
fn a_task_is_played_to_passed_saved_and_verified() {
    let (folder, tasks) = with_tasks();
    let at = folder.path();
    let mut played = 0;
    for task in changes(&tasks).take(3) {
        let file = format!("played-{played}.jsonl");
        let mut script = as_planned(task);
        script.extend(lines(&["/grade", &format!("/save {file}"), "/quit"]));
        let ran = play(at, 0, &["library.wasm", "--tasks", "tasks/library.jsonl", "--id", &task.id], &script);
        assert!(ran.stdout.starts_with(&format!("user: {}", task.user.opening)), "{}", ran.stdout);
        assert_eq!(ran.stdout.matches("grade  passed").count(), 2, "asked for, and at the end: {}", ran.stdout);
        assert!(ran.stderr.contains("you are the agent"), "{}", ran.stderr);
        expect(at, 0, &["verify", &file, "--packs", "library.wasm", "--tasks", "tasks"]);
        let saved: Value = serde_json::from_str(&fs::read_to_string(at.join(&file)).expect("a file")).expect("JSON");
        assert_eq!((&saved["agent"], &saved["user"], &saved["end"]["kind"]), (&json!("human"), &json!("scripted"), &json!("user_done")));
        assert_eq!(saved["calls"].as_array().map(Vec::len), Some(task.gold.len()));
        let edited = fs::read_to_string(at.join(&file)).expect("a file").replacen(
            "\"outcome\":{\"kind\":\"ok\"",
            "\"outcome\":{\"kind\":\"unknown_tool\"",
            1,
        );
        fs::write(at.join("edited.jsonl"), edited).expect("can write");
        assert_ne!(crate::support::wardian(at, &["verify", "edited.jsonl", "--packs", "library.wasm"]).code, 0);
        played += 1;
    }
    assert_eq!(played, 3);
}

/// Half of the calls do not make a task, and what is missing is said.
#[test]
fn a_task_that_is_left_is_not_passed() {
    let (folder, tasks) = with_tasks();
    let task = changes(&tasks).next().expect("a task");
    let ran = play(folder.path(), 1, &["library.wasm", "--tasks", "tasks/library.jsonl", "--id", &task.id, "--json"], &[]);
    let all = events(&ran);
    assert_eq!(all.first().expect("events")["event"], "start");
    assert_eq!(all.first().expect("events")["task"], json!(task.id));
    let end = all.last().expect("events");
    assert_eq!((&end["event"], &end["calls"], &end["verdict"]["passed"]), (&json!("end"), &json!(0), &json!(false)));
    assert_eq!(end["state"], serde_json::to_value(task.initial).expect("JSON"), "nothing was done");
    assert!(end["verdict"]["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()), "{end}");
}

#[test]
fn a_task_that_ships_with_its_pack() {
    let text = fs::read_to_string(root().join("packs/tau2-retail/tasks.jsonl")).expect("a file");
    let source: Value = serde_json::from_str(text.lines().next().expect("a task")).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let gold = source["gold"].as_array().expect("calls");
    let mut script: Vec<String> =
        gold.iter().map(|call| format!("/call {} {}", call["tool"].as_str().expect("a name"), call["arguments"])).collect();
    script.extend(lines(&["/grade", "/save retail.jsonl"]));
    let ran = play(folder.path(), 0, &["tau2-retail", "--task", "0", "--json"], &script);
    let all = events(&ran);
    let called = events_of(&all, "called");
    assert_eq!(called.len(), gold.len());
    assert!(called.iter().all(|event| event["call"]["outcome"]["kind"] == "ok"), "{called:?}");
    let changed = called.last().expect("a call")["diff"]["rows"].as_array().expect("rows");
    assert!(!changed.is_empty(), "the exchange changes the order");
    assert_eq!(events_of(&all, "grade")[0]["verdict"]["passed"], json!(true));
    expect(folder.path(), 0, &["verify", "retail.jsonl", "--packs", "tau2-retail"]);
    let ran = play(folder.path(), 2, &["tau2-retail", "--task", "none"], &[]);
    assert!(ran.stderr.contains("there is no `none`; there are `0`, `1`"), "{}", ran.stderr);
}

#[test]
fn a_step_can_be_undone() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    library(at, "library.wasm");
    let pay = "pay_fines member_id=M-1002 amount_cents=100";
    let script = lines(&[pay, pay, "/undo", "/diff", "/save one.jsonl", "/undo", "/diff", "/undo", "/save none.jsonl"]);
    let ran = play(at, 0, &["library.wasm", "--json"], &script);
    let all = events(&ran);
    let diffs = events_of(&all, "diff");
    assert_eq!(diffs[0]["diff"], events_of(&all, "called")[0]["diff"], "after one of two calls was undone, the other is the difference");
    assert_eq!(diffs[1]["diff"]["rows"], json!([]));
    assert_eq!(events_of(&all, "refused")[0]["message"], "there is no step to go back");
    assert_eq!(all.last().expect("events")["state"], all[0]["state"]);
    for (file, calls) in [("one.jsonl", 1), ("none.jsonl", 0)] {
        let verified: Value =
            serde_json::from_str(&expect(at, 0, &["verify", file, "--packs", "library.wasm", "--json"]).stdout).expect("JSON");
        assert_eq!((&verified["verified"], &verified["calls"]), (&json!(1), &json!(calls)), "{file}");
    }
}

/// In a dialogue a step back takes back the person's words with the answer to them, and the call before stays.
#[test]
fn words_can_be_taken_back() {
    let (folder, tasks) = with_tasks();
    let task = changes(&tasks).next().expect("a task");
    let rude = "Well, what is it?";
    let mut script = vec![rude.to_owned(), "/undo".to_owned()];
    script.extend(as_planned(task));
    script.extend(lines(&["/undo", "/save early.jsonl", "Is there anything else?", "/save late.jsonl"]));
    play(folder.path(), 0, &["library.wasm", "--tasks", "tasks/library.jsonl", "--id", &task.id], &script);
    expect(folder.path(), 0, &["verify", "early.jsonl", "late.jsonl", "--packs", "library.wasm", "--tasks", "tasks"]);
    let late = fs::read_to_string(folder.path().join("late.jsonl")).expect("a file");
    assert!(!late.contains(rude) && late.contains("Is there anything else?"), "{late}");
}

/// What cannot be followed is said, and the session goes on.
#[test]
fn mistakes_end_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    library(at, "library.wasm");
    fs::write(at.join("thesis.txt"), "precious").expect("can write");
    let script = lines(&[
        "hello?",
        "/frobnicate",
        "/call",
        "/call no_such_tool {}",
        "/call get_member {\"member_id\":",
        "/call get_member {}",
        "/state nowhere",
        "/grade",
        "/task",
        "/done",
        "/save thesis.txt",
        "/tools nothing",
        "",
        "get_member member_id=M-1001",
    ]);
    let ran = play(at, 0, &["library.wasm", "--json"], &script);
    let all = events(&ran);
    let refused: Vec<&str> = events_of(&all, "refused").iter().filter_map(|event| event["message"].as_str()).collect();
    let said = [
        "nobody listens",
        "there is no command `/frobnicate`",
        "call what?",
        "there is no table `nowhere`",
        "nothing to grade",
        "there is no task",
        "only the user can be done",
        "`thesis.txt` is there already",
        "you have no tool `nothing`",
    ];
    assert_eq!(refused.len(), said.len(), "{refused:?}");
    for (refused, said) in refused.iter().zip(said) {
        assert!(refused.contains(said) && ran.stderr.contains(said), "{refused}\n{}", ran.stderr);
    }
    let outcomes: Vec<&Value> = events_of(&all, "called").iter().map(|event| &event["call"]["outcome"]["kind"]).collect();
    assert_eq!(outcomes, ["unknown_tool", "invalid_arguments", "invalid_arguments", "ok"]);
    assert_eq!(fs::read_to_string(at.join("thesis.txt")).expect("a file"), "precious");
    assert!(play(at, 2, &["library.wasm", "--as", "user"], &[]).stderr.contains("only in a task"));
    assert!(play(at, 2, &["library.wasm", "--task", "0"], &[]).stderr.contains("no tasks travel with the pack `library`"));
}

#[test]
fn everything_can_be_looked_at() {
    let (folder, tasks) = with_tasks();
    let task = changes(&tasks).next().expect("a task");
    let script = lines(&["/tools", "/tools pay_fines", "/policy", "/task", "/state", "/state members 2", "/calls", "/help"]);
    let ran = play(folder.path(), 1, &["library.wasm", "--tasks", "tasks/library.jsonl", "--id", &task.id], &script);
    for part in [
        "pay_fines(amount_cents, member_id)",
        "search_books(available_only?, limit?, query?, subject?)",
        "amount_cents  integer  How much, in cents; at most what is owed.",
        fs::read_to_string(root().join("packs/library/policy.md")).expect("a file").lines().next().expect("a line"),
        &format!("The time is {}.", task.now),
        "      12 members",
        "members: 12 rows\nmember_id: \"M-1001\", name: \"Ada Brandt\"",
        "… 10 rows more",
    ] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.stdout);
    }
    assert!(ran.stderr.contains("/undo") && ran.stderr.contains("what the user wants is for an agent to find out"), "{}", ran.stderr);
    assert!(!ran.stdout.contains(&task.user.goal), "an agent is not told");
}

/// The person answers, and the scripted agent does the work.
#[test]
fn the_user_can_be_played_too() {
    let (folder, tasks) = with_tasks();
    let mut played = 0;
    for task in changes(&tasks).take(3) {
        let wishes = [std::slice::from_ref(&task.user.opening), task.user.requests.as_slice()].concat().join(" ");
        let known: Vec<String> =
            task.user.known.iter().map(|known| format!("T{}.", &speech::tell(&known.label, &known.value)[1..])).collect();
        let mut script = vec!["/policy".to_owned(), format!("{wishes} {}", known.join(" "))];
        script.extend((0..8).map(|_| "Yes, please.".to_owned()));
        script.extend(lines(&["/done Thank you!", "too late", &format!("/save user-{played}.jsonl")]));
        let args = ["library.wasm", "--tasks", "tasks/library.jsonl", "--id", &task.id, "--as", "user"];
        let ran = play(folder.path(), 0, &args, &script);
        assert!(ran.stdout.starts_with(task.user.goal.lines().next().expect("a line")), "{}", ran.stdout);
        assert!(ran.stdout.contains("agent: ") && ran.stderr.contains("(the agent calls "), "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("the rules are the agent's") && ran.stderr.contains("the dialogue is over"), "{}", ran.stderr);
        let file = format!("user-{played}.jsonl");
        expect(folder.path(), 0, &["verify", &file, "--packs", "library.wasm", "--tasks", "tasks"]);
        let saved: Value = serde_json::from_str(&fs::read_to_string(folder.path().join(file)).expect("a file")).expect("JSON");
        assert_eq!((&saved["agent"], &saved["user"]), (&json!("scripted:plan"), &json!("human")));
        assert_eq!(saved["verdict"]["passed"], json!(true), "{}", saved["verdict"]);
        played += 1;
    }
    assert_eq!(played, 3);
}

/// A tool's text may say anything; the terminal hears of it in plain letters.
#[test]
fn a_terminal_is_told_nothing_by_a_tool() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    let note = r#"/call update_member {"member_id":"M-1001","note":"\u001b[2J\u009b31m\u0007\u007f"}"#;
    let ran =
        play(folder.path(), 0, &["library.wasm"], &lines(&[note, "get_member member_id=M-1001", "/state members 1", "/diff", "/calls"]));
    assert!(ran.stdout.contains("[2J"), "{}", ran.stdout);
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

/// Ctrl-C ends a session at once, though nobody has typed anything.
#[test]
fn an_interrupted_session_exits_with_130() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    let mut child = command(folder.path(), &["play", "library.wasm", "--json"], &[CACHE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the executable runs");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    assert!(first.contains("\"event\":\"start\""), "{first}");
    // Waiting would close standard input, which ends a session too.
    let _input = child.stdin.take();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

/// The other side may be a model; where it fails the session goes on, and it is asked again with the next line.
#[test]
fn a_model_plays_the_other_side() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (folder, tasks) = with_tasks();
    let task = changes(&tasks).next().expect("a task");
    let asked = AtomicUsize::new(0);
    let endpoint = Endpoint::start(move |_, body| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => (400, json!({"error": {"message": "not yet"}})),
        1 => {
            let first = body["messages"][0]["content"].as_str().expect("the brief");
            assert!(first.contains("You play a person who writes to a support agent"), "{first}");
            (200, completion("Could you look after my books?"))
        }
        _ => (200, completion("Thank you. ###STOP###")),
    });
    let args = ["library.wasm", "--tasks", "tasks/library.jsonl", "--id", &task.id, "--user", "openai:m", "--base-url", &endpoint.url];
    let ran = play(folder.path(), 1, &[&args[..], &["--json"]].concat(), &lines(&["", "Certainly.", "/quit"]));
    let all = events(&ran);
    let refused = events_of(&all, "refused");
    assert!(refused.len() == 1 && refused[0]["message"].as_str().is_some_and(|text| text.contains("not yet")), "{refused:?}");
    let said: Vec<&Value> = events_of(&all, "said").into_iter().map(|event| &event["text"]).collect();
    assert_eq!(said, [&json!("Could you look after my books?"), &json!("Thank you.")], "{all:?}");
    assert_eq!(events_of(&all, "over").len(), 1);
}
