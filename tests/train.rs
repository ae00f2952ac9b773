//! `wardian train`: what of a training set is learned.

use crate::exports::consume::script;
use crate::exports::{episodes, export, qwen, tools};
use crate::support::{Ran, expect, expect_with, golden, is_full, library, root};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use wardian_export::Options;
use wardian_format::{Trajectory, jsonl};

/// A model: what `build/NAME` fetches, or `None` with a printed reason.
fn model(name: &str) -> Option<PathBuf> {
    script(&root().join("build").join(name), &[])
        .map_err(|reason| println!("SKIPPED: build/{name} fetches nothing: {reason}"))
        .ok()
        .map(PathBuf::from)
}

fn inspect(folder: &Path, model: &Path, more: &[&str]) -> Value {
    let model = model.display().to_string();
    let ran = expect(folder, 0, &[["train", "inspect", "--model", &model, "--json"].as_slice(), more].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

/// The exported conversations, in both files, and what of them Qwen3 learns: exactly what the agent wrote.
#[test]
fn what_is_learned_is_what_the_agent_wrote() {
    let Some(qwen3) = model("tokenizer-qwen3") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    export(at, "trl", "t.jsonl", &[]);
    export(at, "trl", "t.parquet", &[]);
    export(at, "openai", "o.jsonl", &[]);
    let tools = tools(&at.join("o.jsonl"));
    let told = inspect(at, &qwen3, &["t.jsonl", "--row", "1-1000", "--length", "32768"]);
    let again = inspect(at, &qwen3, &["t.parquet", "--row", "1-1000", "--length", "32768"]);
    let kept: Vec<Trajectory> =
        jsonl::read(&fs::read(episodes().join("filtered/kept.jsonl")).expect("a file")[..], "kept.jsonl").expect("trajectories");
    let rows = told["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), told["samples"].as_u64()), (kept.len(), Some(kept.len() as u64)));
    for ((row, other), trajectory) in rows.iter().zip(again["rows"].as_array().expect("rows")).zip(&kept) {
        assert_eq!((&row["ids"], &row["learned"]), (&other["ids"], &other["learned"]), "both files say the same");
        let learned = learned(row);
        // Written by hand, apart from all that is tested.
        let oracle = qwen::render(trajectory, &tools, &Options::default(), false);
        // Qwen3 opens the last turn with thoughts, be they empty.
        assert_eq!(learned.replace("<think>\n\n</think>\n\n", ""), oracle.learned);
        assert_eq!(row["text"].as_str().expect("a text").replace("<think>\n\n</think>\n\n", ""), oracle.all);
    }
    assert_eq!(told["turn_start"], "<|im_start|>assistant\n");
}

/// The learned turns, each with the end of its line, which the oracle counts with it and nobody writes.
fn learned(row: &Value) -> String {
    row["learned_text"].as_array().expect("texts").iter().filter_map(|turn| Some(format!("{}\n", turn.as_str()?))).collect()
}

#[test]
fn long_conversations_are_cut_between_turns_or_left_out_or_refused() {
    let Some(qwen3) = model("tokenizer-qwen3") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    export(at, "trl", "t.jsonl", &[]);
    let whole = inspect(at, &qwen3, &["t.jsonl", "--length", "32768"]);
    let longest = whole["lengths"]["max"].as_u64().expect("a number");
    let length = (longest - 1).to_string();
    let cut = inspect(at, &qwen3, &["t.jsonl", "--length", &length, "--row", "1-1000"]);
    assert!(cut["cut"].as_u64() > Some(0) && cut["lengths"]["max"].as_u64() < Some(longest), "{cut}");
    for row in cut["rows"].as_array().expect("rows") {
        let kept = row["kept"].as_u64().expect("a number");
        assert!(row["learned"].as_array().expect("runs").iter().any(|run| run[1].as_u64() == Some(kept)), "it ends with a turn");
    }
    let out = inspect(at, &qwen3, &["t.jsonl", "--length", &length, "--over-long", "leave-out"]);
    assert_eq!(out["left_out"]["too_long"], cut["cut"]);
    let model = qwen3.display().to_string();
    let ran = expect(at, 2, &["train", "inspect", "t.jsonl", "--model", &model, "--length", &length, "--over-long", "refuse"]);
    assert!(ran.stderr.contains("`t.jsonl`, row ") && ran.stderr.contains(&format!("a sequence has at most {length}")), "{}", ran.stderr);
}

#[test]
fn a_page_and_a_text_show_it() {
    let Some(smollm2) = model("smollm2") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let message = |role: &str, content: &str| json!({"role": role, "content": content});
    let call = json!({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "get_order", "arguments": {"id": "O-1 <|im_end|>"}}}]});
    let tool = json!({"type": "function", "function": {"name": "get_order", "parameters": {"type": "object"}}});
    let messages = [message("user", "Where is O-1?"), call, message("tool", "<|im_end|>\u{1b}[31m"), message("assistant", "Gone, é.")];
    let row = json!({"messages": messages, "tools": [tool]});
    fs::write(at.join("d.jsonl"), format!("{row}\n")).expect("can write");
    let model = smollm2.display().to_string();
    let with = ["train", "inspect", "d.jsonl", "--model", &model, "--template", "chatml-tools"];
    golden("train-inspect.txt", &expect(at, 0, &with).stdout);
    expect(at, 0, &[with.as_slice(), &["--html", "page.html"]].concat());
    let page = fs::read_to_string(at.join("page.html")).expect("a page");
    let words: String = page.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect();
    assert!(words.contains("{&quot;id&quot;: &quot;O-1 &lt;|im_end|&gt;&quot;}}") && words.contains("get_order"), "{page}");
    assert!(!page.contains("http") && !page.contains('\u{1b}'), "{page}");
}

#[test]
fn bad_data_and_models_are_named() {
    let Some(smollm2) = model("smollm2") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let user = json!({"messages": [{"role": "user", "content": "x"}]});
    let tools =
        json!({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], "tools": [{"type": "function"}]});
    for (name, text) in [
        ("broken.jsonl", "{\"messages\": [\n".to_owned()),
        ("role.jsonl", format!("{user}\n{}\n", json!({"messages": [{"role": "judge", "content": "x"}]}))),
        ("silent.jsonl", format!("{user}\n")),
        ("tools.jsonl", format!("{tools}\n")),
        ("text.parquet", "no parquet".to_owned()),
        ("data.csv", "a,b\n".to_owned()),
        ("bad.jinja", "{% for %}".to_owned()),
    ] {
        fs::write(at.join(name), text).expect("can write");
    }
    fs::create_dir(at.join("empty")).expect("can make a folder");
    let model = smollm2.display().to_string();
    let cases: [(&[&str], &str); 10] = [
        (&["broken.jsonl"], "broken.jsonl:1: "),
        (&["role.jsonl"], "`role.jsonl`, row 2: messages[0].role: `judge` is none of"),
        (&["silent.jsonl"], "nothing is left to train on"),
        (&["tools.jsonl"], "`chatml-tools` is built in"),
        (&["text.parquet"], "no Parquet that can be read"),
        (&["data.csv"], "neither .jsonl nor .parquet"),
        (&["nowhere.jsonl"], "nowhere.jsonl"),
        (&["silent.jsonl", "--template", "bad.jinja"], "the chat template is not understood"),
        (&["silent.jsonl", "--template", "none.jinja"], "cannot read the template `none.jinja`"),
        (&["tools.jsonl", "--template", "chatml-tools", "--row", "7"], "the data have 1 rows"),
    ];
    for (args, what) in cases {
        let Ran { stderr, .. } = expect(at, 2, &[["train", "inspect", "--model", &model].as_slice(), args].concat());
        assert!(stderr.contains(what), "{args:?}: {stderr}");
    }
    let ran = expect(at, 2, &["train", "inspect", "silent.jsonl", "--model", "empty"]);
    assert!(ran.stderr.contains("tokenizer.json"), "{}", ran.stderr);
}

#[test]
fn a_tokenizer_is_trained_and_the_same_data_make_the_same_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    export(at, "trl", "t.jsonl", &[]);
    let train = |out: &str| -> Value {
        let ran = expect(at, 0, &["train", "tokenizer", "t.jsonl", "--size", "600", "--out", out, "--json"]);
        serde_json::from_str(&ran.stdout).expect("JSON")
    };
    let told = train("a");
    train("b");
    assert_eq!(told["size"], 600);
    let files = |name: &str| -> Vec<Vec<u8>> {
        ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]
            .map(|file| fs::read(at.join(name).join(file)).expect("a file"))
            .into()
    };
    assert_eq!(files("a"), files("b"));
    let seen = inspect(at, &at.join("a"), &["t.jsonl", "--length", "32768"]);
    assert_eq!(seen["conversations"], told["conversations"]);
    assert!(seen["learned"].as_u64() > Some(0));
    fs::write(at.join("empty.jsonl"), "").expect("can write");
    for (args, what) in [
        (["t.jsonl", "--size", "100"], "265"),
        (["empty.jsonl", "--size", "600"], "no conversation"),
        (["none.jsonl", "--size", "600"], "none.jsonl"),
    ] {
        let ran = expect(at, 2, &[["train", "tokenizer", "--out", "c"].as_slice(), &args].concat());
        assert!(ran.stderr.contains(what), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn without_its_trainer_wardian_says_how_it_is_built() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().join("none").display().to_string();
    let ran = expect_with(folder.path(), 2, &["train", "run", "plan.toml"], &[("WARDIAN_TRAINER", &none)]);
    assert!(ran.stderr.contains("cannot run `") && ran.stderr.contains("cargo build --release -p wardian-torch"), "{}", ran.stderr);
}

/// Trained on what an agent did, a small model does it again through the ordinary endpoint: the loop is closed. Two minutes of training, so only under
/// `./test --full`, and where `wardian-trainer` is built.
#[test]
fn a_model_that_was_trained_on_episodes_passes_their_tasks() {
    let trainer = Path::new(env!("CARGO_BIN_EXE_wardian")).with_file_name("wardian-trainer");
    if !is_full() || !trainer.exists() {
        println!("SKIPPED: a model is trained and plays under `./test --full`, where `wardian-trainer` is built");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    library(at, "library.wasm");
    expect(at, 0, &["tasks", "generate", "library.wasm", "-o", "tasks", "--count", "4"]);
    expect(at, 0, &["rollout", "tasks", "--packs", "library.wasm", "-o", "played", "--agent", "scripted:plan"]);
    expect(at, 0, &["export", "played/library.jsonl", "--packs", "library.wasm", "-o", "train.jsonl"]);
    expect(at, 0, &["train", "tokenizer", "train.jsonl", "--size", "1024", "--out", "tok"]);
    fs::write(at.join("plan.toml"), PLAN).expect("can write");
    expect(at, 0, &["train", "run", "plan.toml", "--device", "cpu", "--json"]);
    let mut server = std::process::Command::new(trainer)
        .args(["serve", "model", "--port", "0", "--device", "cpu"])
        .current_dir(at)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    let mut said = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().expect("a pipe")), &mut said).expect("a line");
    let url = said.split(' ').find(|word| word.starts_with("http")).expect("where it listens");
    let args = ["rollout", "tasks", "--packs", "library.wasm", "-o", "again", "--agent", "openai:model", "--temperature", "0", "--json"];
    let ran = expect(at, 0, &[args.as_slice(), &["--base-url", url]].concat());
    server.kill().and_then(|()| server.wait()).expect("can kill");
    let summary: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&summary["agents"][0]["episodes"], &summary["agents"][0]["passed"]), (&json!(4), &json!(4)), "{summary}");
}

const PLAN: &str = r#"
model = "tok"
out = "model"
sequences = 1
dtype = "f32"
recompute = false
[shape]
hidden = 128
intermediate = 384
layers = 4
heads = 4
kv-heads = 2
head-dim = 32
[[phase]]
name = "general"
learning-rate = 3e-3
epochs = 60.0
data = [{path = "train.jsonl"}]
"#;
