//! `wardian train`: what of a training set is learned.

use crate::exports::consume::script;
use crate::exports::{episodes, export, qwen, tools};
use crate::support::{Ran, expect, expect_with, golden, root};
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
