//! Language models as agents, users, judges and writers, through an endpoint that answers by rule, well and badly.

use crate::endpoint::{Endpoint, completion};
use crate::local_model::local;
use crate::support::{Ran, expect, expect_with, library};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const KEY: &str = "sk-secret-of-the-test";

fn stage(folder: &Path, count: &str) {
    library(folder, "library.wasm");
    expect(folder, 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", count]);
}

fn rollout(folder: &Path, code: i32, more: &[&str]) -> Ran {
    let args = [&["rollout", "tasks", "--packs", "library.wasm", "-o", "out", "--json"], more].concat();
    expect_with(folder, code, &args, &[("OPENAI_API_KEY", KEY)])
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).expect("a file").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A completion with calls.
fn calls(calls: &[(&str, &str)]) -> Value {
    let call = |(i, (name, arguments)): (usize, &(&str, &str))| json!({"id": format!("c{i}"), "type": "function", "function": {"name": name, "arguments": arguments}});
    let calls: Vec<Value> = calls.iter().enumerate().map(call).collect();
    let message = json!({"role": "assistant", "content": null, "tool_calls": calls, "reasoning_content": "Let me see."});
    json!({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}], "usage": {"prompt_tokens": 50, "completion_tokens": 5}})
}

/// An agent that knows the gold calls: it finds the task by the policy's time and the user's opening, and makes the calls one by one, the
/// first two at once.
#[test]
fn a_model_plays_and_passes_and_its_mistakes_are_shown_to_it() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    stage(folder, "8");
    let tasks: BTreeMap<String, Value> = lines(&folder.join("tasks/library.jsonl"))
        .into_iter()
        .map(|task| (task["user"]["opening"].as_str().expect("text").to_owned(), task))
        .collect();
    let openings: Vec<String> = tasks.keys().cloned().collect();
    let endpoint = Endpoint::start(move |_, body| {
        let messages = body["messages"].as_array().expect("messages");
        assert!(body["tools"].as_array().is_some_and(|tools| tools.len() > 5), "the tools are offered");
        let opening = messages.iter().find(|m| m["role"] == "user").and_then(|m| m["content"].as_str()).expect("the user speaks first");
        let task = &tasks[opening];
        let gold = task["gold"].as_array().expect("calls");
        let answered = messages.iter().filter(|m| m["role"] == "tool").count();
        let call = |index: usize| (gold[index]["tool"].as_str().expect("a tool").to_owned(), gold[index]["arguments"].to_string());
        // The first turn is a mistake: no JSON.
        (
            200,
            match answered {
                0 => calls(&[(gold.first().map_or("get_member", |g| g["tool"].as_str().expect("a tool")), "{\"member_id\": ")]),
                n if n - 1 < gold.len() => {
                    let (tool, arguments) = call(n - 1);
                    calls(&[(&tool, &arguments)])
                }
                _ => {
                    let facts: Vec<&str> = task["facts"].as_array().into_iter().flatten().filter_map(|f| f["value"].as_str()).collect();
                    let all_said = task["user"]["requests"].as_array().map_or(0, Vec::len);
                    let heard = messages.iter().filter(|m| m["role"] == "user").count();
                    let more = if heard <= all_said { " Is there anything else?" } else { "" };
                    completion(&format!("Done. {}.{more}", facts.join("; ")))
                }
            },
        )
    });
    let ran = rollout(folder, 0, &["--agent", "openai:clever", "--base-url", &endpoint.url]);
    let summary = json_of(&ran);
    assert_eq!((&summary["episodes"], &summary["infrastructure"]), (&json!(8), &json!(0)), "{summary}");
    assert_eq!(summary["agents"][0]["passed"], 8, "{summary}");
    assert!(summary["spent"][0]["prompt_tokens"].as_u64().is_some_and(|tokens| tokens > 500), "{summary}");
    let played = lines(&folder.join("out/library.jsonl"));
    assert_eq!(played.len(), openings.len());
    for trajectory in &played {
        assert_eq!(trajectory["calls"][0]["outcome"]["kind"], "invalid_arguments", "the mistake is on record");
        assert!(trajectory["usage"]["agent_prompt_tokens"].as_u64().is_some_and(|tokens| tokens > 0), "{}", trajectory["usage"]);
        let reasons = trajectory["messages"].as_array().expect("messages").iter().any(|m| m["reasoning"] == "Let me see.");
        assert!(reasons, "reasoning is kept");
    }
    expect(folder, 0, &["verify", "out/library.jsonl", "--packs", "library.wasm", "--tasks", "tasks"]);
    assert!(endpoint.heads().iter().all(|head| head.contains(&format!("authorization: bearer {KEY}"))));
    for entry in [fs::read_to_string(folder.join("out/library.jsonl")).expect("text"), ran.stdout, ran.stderr] {
        assert!(!entry.contains(KEY), "the key is shown");
    }
}

/// Faults of the endpoint are tried again and never scored; an episode that cannot be played is counted apart, and played by the next run.
#[test]
fn faults_of_the_endpoint_are_never_the_agents() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    stage(folder, "4");
    let turn = AtomicUsize::new(0);
    let shaky = Endpoint::start(move |_, _| match turn.fetch_add(1, Ordering::SeqCst) {
        0 | 5 => (500, json!({"error": {"message": "overloaded"}})),
        1 | 7 => (200, json!({"choices": "garbage"})),
        2 | 6 => (429, json!({"error": {"message": "slow down"}})),
        _ => (200, completion("That is done.")),
    });
    let models = format!(
        "[endpoints.shaky]\nbase_url = \"{}\"\nmodel = \"tiny\"\nprompt_per_million = 2.0\nretries = 3\n[roles]\nagents = [\"shaky\"]\n",
        shaky.url
    );
    fs::write(folder.join("models.toml"), models).expect("written");
    let summary = json_of(&rollout(folder, 0, &["--models", "models.toml", "--episode-retries", "5", "--concurrency", "1"]));
    assert_eq!((&summary["episodes"], &summary["infrastructure"]), (&json!(4), &json!(0)), "{summary}");
    assert!(summary["retried"].as_u64().is_some_and(|retried| retried > 0), "garbage ends an episode, which is played anew: {summary}");
    assert!(summary["spent"][0]["cost"].as_f64().is_some_and(|cost| cost > 0.0), "{summary}");

    // Nobody answers: nothing is scored, the exit status says so, and the next run plays everything.
    fs::remove_dir_all(folder.join("out")).expect("removed");
    let dead = Endpoint::start(|_, _| (503, json!({"error": {"message": "down for maintenance"}})));
    fs::write(folder.join("fast.toml"), format!("[endpoints.dead]\nbase_url = \"{}\"\nmodel = \"tiny\"\nretries = 0\n", dead.url))
        .expect("written");
    let ran = rollout(folder, 2, &["--models", "fast.toml", "--agent", "dead", "--episode-retries", "0"]);
    assert!(ran.stderr.contains("the infrastructure ended every episode"), "{}", ran.stderr);
    let summary = json_of(&ran);
    assert_eq!((&summary["infrastructure"], &summary["agents"][0]["scored"]), (&json!(4), &json!(0)), "{summary}");
    let played = lines(&folder.join("out/library.jsonl"));
    assert!(
        played.iter().all(|t| t["end"]["kind"] == "infrastructure" && t["end"]["site"] == "agent" && t.get("verdict").is_none()),
        "{played:?}"
    );
    let again = json_of(&rollout(folder, 2, &["--models", "fast.toml", "--agent", "dead", "--episode-retries", "0"]));
    assert_eq!(again["resumed"], 0, "what failed is played again");
}

/// A model as the user: it speaks in its own words, and ends with the mark that is not part of the dialogue.
#[test]
fn a_model_is_the_user() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    stage(folder, "3");
    let seen: &'static Mutex<Vec<Value>> = Box::leak(Box::default());
    let endpoint = Endpoint::start(|_, body| {
        seen.lock().expect("no panic").push(body.clone());
        let mine = body["messages"].as_array().expect("messages").iter().filter(|m| m["role"] == "assistant").count();
        (200, completion(if mine == 0 { "Hello, are you there?" } else { "Never mind. ###STOP###" }))
    });
    let summary = json_of(&rollout(folder, 0, &["--agent", "scripted:lazy", "--user", "openai:person", "--base-url", &endpoint.url]));
    assert_eq!(summary["episodes"], 3);
    for trajectory in lines(&folder.join("out/library.jsonl")) {
        assert_eq!((&trajectory["user"], &trajectory["end"]["kind"]), (&json!("openai:person"), &json!("user_done")));
        let messages = trajectory["messages"].as_array().expect("messages");
        assert_eq!(messages[1]["content"], "Hello, are you there?");
        assert_eq!(messages.last().expect("a message")["content"], "Never mind.");
        assert!(trajectory["usage"]["user_requests"].as_u64().is_some_and(|requests| requests == 2), "{}", trajectory["usage"]);
    }
    let seen = seen.lock().expect("no panic");
    assert!(seen.iter().all(|body| body["messages"][0]["content"].as_str().is_some_and(|text| text.contains("You want, in this order:"))));
}

/// A writer words tasks; what it loses, adds or gives away is refused, and the templates' words stay.
#[test]
fn a_model_words_tasks_and_loses_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    stage(folder, "6");
    let before = lines(&folder.join("tasks/library.jsonl"));
    let openings: Vec<Value> = before.iter().map(|task| task["user"]["opening"].clone()).collect();
    let endpoint = Endpoint::start(move |_, body| {
        let asked = body["messages"][1]["content"].as_str().expect("text");
        let from = asked.find("{\"opening\"").expect("the words");
        let given: Value = serde_json::Deserializer::from_str(&asked[from..]).into_iter().next().expect("JSON").expect("JSON");
        let index = openings.iter().position(|opening| *opening == given["opening"]).expect("the opening of a task");
        let requests = given["requests"].as_array().expect("list").iter().map(|request| request.as_str().expect("text"));
        let opening = given["opening"].as_str().expect("text");
        // One adds a number that nobody gave, one writes names in small letters, the rest are careful.
        let (opening, requests): (String, Vec<String>) = match index {
            1 => (format!("{opening} My order is 998877."), requests.map(str::to_owned).collect()),
            3 => (opening.to_lowercase(), requests.map(str::to_lowercase).collect()),
            _ => (format!("Well, {opening}"), requests.map(|request| format!("Right, so: {request}")).collect()),
        };
        (200, completion(&json!({"opening": opening, "requests": requests}).to_string()))
    });
    let args = ["tasks", "word", "tasks", "-o", "worded", "--writer", "openai:poet", "--base-url", &endpoint.url, "--json"];
    let summary = json_of(&expect(folder, 0, &args));
    assert_eq!((&summary["tasks"], &summary["worded"], &summary["kept"]), (&json!(6), &json!(4), &json!(2)), "{summary}");
    assert!(summary["refused"]["library/0002"].to_string().contains("has `998877`, which was not there"), "{summary}");
    assert!(summary["refused"]["library/0004"].to_string().contains(" lost `Moby-Dick`"), "{summary}");
    let after = lines(&folder.join("worded/library.jsonl"));
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((&old["gold"], &old["goal"], &old["user"]["known"]), (&new["gold"], &new["goal"], &new["user"]["known"]));
    }
    // The same words again, from the cache alone; and the tasks are as sound as before, and played as well.
    let again = [
        "tasks",
        "word",
        "tasks",
        "-o",
        "worded",
        "--writer",
        "openai:poet",
        "--base-url",
        "http://127.0.0.1:9/v1",
        "--answers-only",
        "--json",
    ];
    assert_eq!(json_of(&expect(folder, 0, &again))["worded"], 4);
    assert_eq!(lines(&folder.join("worded/library.jsonl")), after);
    expect(folder, 0, &["tasks", "check", "worded/library.jsonl", "--packs", "library.wasm"]);
    let played = json_of(&expect(
        folder,
        0,
        &["rollout", "worded/library.jsonl", "--packs", "library.wasm", "-o", "played", "--agent", "scripted:plan", "--json"],
    ));
    assert_eq!(played["agents"][0]["passed"], 6, "{played}");
}

/// Episodes are taken up at any step of another, and what comes of that verifies.
#[test]
fn episodes_are_forked_at_every_step() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    stage(folder, "4");
    rollout(folder, 0, &["--agent", "scripted:plan"]);
    let played = lines(&folder.join("out/library.jsonl"));
    let longest = played.iter().max_by_key(|t| t["calls"].as_array().map_or(0, Vec::len)).expect("a trajectory");
    let (id, calls) = (longest["id"].as_str().expect("an id"), longest["calls"].as_array().expect("calls").len());
    for at in 0..=calls {
        let out = format!("fork{at}");
        let at_text = at.to_string();
        let args = [
            "rollout",
            "tasks",
            "--packs",
            "library.wasm",
            "-o",
            &out,
            "--agent",
            "scripted:plan",
            "--fork",
            "out/library.jsonl",
            "--id",
            id,
            "--at-call",
            &at_text,
            "--json",
        ];
        let summary = json_of(&expect(folder, 0, &args));
        assert_eq!((&summary["episodes"], &summary["agents"][0]["passed"]), (&json!(1), &json!(1)), "at {at}: {summary}");
        let forked = &lines(&folder.join(&out).join("library.jsonl"))[0];
        assert_eq!(forked["fork"]["from"], id);
        assert!(forked["id"].as_str().is_some_and(|fork| fork.starts_with(&format!("{id}@"))), "{}", forked["id"]);
        assert_eq!(forked["calls"].as_array().map(Vec::len), Some(calls));
        assert_eq!(forked["certificate"]["last"], longest["certificate"]["last"]);
        expect(folder, 0, &["verify", &format!("{out}/library.jsonl"), "--packs", "library.wasm", "--tasks", "tasks"]);
    }
    let far = ["rollout", "tasks", "--packs", "library.wasm", "-o", "far", "--fork", "out/library.jsonl", "--id", id, "--at-call", "99"];
    let error = expect(folder, 2, &far).stderr;
    assert!(error.contains(&format!("{calls} calls of the agent")), "{error}");
}

/// A model that is too small to pass anything: what counts is that what a real server says is played as any other agent's words and calls,
/// counted, certified, and graded. It plays the agent, then the user, then it words tasks.
#[test]
fn a_real_small_model_plays_every_part() {
    let Some(local) = local() else { return };
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    stage(folder, "4");
    let endpoint =
        format!("base_url = \"{}\"\nmodel = \"smollm2\"\ntemperature = 0\nanswer_tokens_max = 150\nrequests_at_once = 1\n", local.url);
    let models = format!("[endpoints.whole]\n{endpoint}\n[endpoints.streamed]\n{endpoint}stream = true\n");
    fs::write(folder.join("models.toml"), models).expect("it is written");
    let model = ["--models", "models.toml"];
    let bounds = ["--turns-max", "4", "--calls-max", "4", "--concurrency", "2"];
    for (part, out) in [
        (["--agent", "whole", "--user", "scripted"], "agent"),
        (["--agent", "streamed", "--user", "scripted"], "streamed"),
        (["--agent", "scripted:plan", "--user", "streamed"], "user"),
    ] {
        let args = [&["rollout", "tasks", "--packs", "library.wasm", "-o", out, "--json"][..], &part, &model, &bounds].concat();
        let told = json_of(&expect(folder, 0, &args));
        assert_eq!((&told["episodes"], &told["infrastructure"], &told["retried"]), (&json!(4), &json!(0), &json!(0)), "{told}");
        let spent = &told["spent"][0];
        assert!(spent["completion_tokens"].as_u64() > Some(20) && spent["estimated_tokens"] == 0, "{told}");
        let file = format!("{out}/library.jsonl");
        let played = lines(&folder.join(&file));
        assert!(played.iter().all(|episode| episode["verdict"].is_object() && episode["certificate"]["certifiable"] == true));
        assert!(out == "user" || told["calls"].as_u64() > Some(0), "the server passes on calls of tools: {told}");
        println!(
            "{out}: {} of 4 passed, {} calls, {spent}",
            played.iter().filter(|e| e["verdict"]["passed"] == true).count(),
            told["calls"]
        );
        expect(folder, 0, &["verify", &file, "--packs", "library.wasm", "--tasks", "tasks"]);
    }
    let args = ["tasks", "word", "tasks", "-o", "worded", "--writer", "whole", "--json"];
    let told = json_of(&expect(folder, 0, &[&args[..], &model].concat()));
    let sum = told["worded"].as_u64().expect("a number") + told["kept"].as_u64().expect("a number");
    assert_eq!((&told["tasks"], sum), (&json!(4), 4), "{told}");
    println!("words: {told}");
    expect(folder, 0, &["tasks", "check", "worded/library.jsonl", "--packs", "library.wasm"]);
}
