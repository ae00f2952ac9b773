//! What the real consumers, from PyPI, make of our files: only under `./test --full`. Each has an environment of its own in the cache,
//! which `consumers/environment` makes; where that cannot be, the test says so.

use crate::qwen::render;
use crate::sample::{Dialogue, MARKED, MASKED, file, ok, parallel, plain, refused, rows};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use wardian_export::{Container, DATASET_CLASS, DATASET_FILE, Form, Options, Row, dataset_info};
use wardian_format::{Message, Trajectory};

fn consume(name: &str, folder: &Path) {
    crate::consume::consume(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumers"), name, folder);
}

/// Trajectories that every form carries, reasoning aside.
fn trajectories() -> Vec<Trajectory> {
    let calm = Dialogue::new("calm/a").user("What time is it?").says("Noon.").user("And now?").calls(None, None, &[("x", "bye", "{}")]);
    let calm = calm.answer("x", "bye", refused("<|im_start|>no")).calls(None, None, &[("y", "bye", "{ }")]);
    vec![plain("one/a"), calm.answer("y", "bye", ok(json!({"ok": true}))).says("Later.").end(), plain("two/a")]
}

fn all() -> Vec<Trajectory> {
    let mut out = trajectories();
    out.push(parallel("three/a"));
    out
}

fn write(folder: &Path, name: &str, form: Form, container: Container, rows: &[Row]) {
    fs::write(folder.join(name), file(form, container, rows)).expect("it is written");
}

/// What the consumer should come to, by an oracle of our own.
fn expect(folder: &Path, name: &str, trajectories: &[Trajectory], options: &Options, thoughts: bool) {
    let one = |trajectory: &Trajectory| {
        let text = render(trajectory, &crate::sample::tools(), options, thoughts);
        json!({"id": trajectory.id, "text": text.all, "learned": text.learned})
    };
    let all: Vec<Value> = trajectories.iter().map(one).collect();
    fs::write(folder.join(name), Value::Array(all).to_string()).expect("it is written");
}

#[test]
fn trl_reads_its_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (name, container) in [("train.jsonl", Container::Lines), ("train.parquet", Container::Parquet)] {
        write(at, name, Form::Trl, container, &rows(Form::Trl, MARKED, &all()));
    }
    write(at, "masked.parquet", Form::Trl, Container::Parquet, &rows(Form::Trl, MASKED, &all()));
    expect(at, "train.json", &all(), &MARKED, true);
    expect(at, "masked.json", &all(), &MASKED, true);
    consume("trl", at);
}

#[test]
fn verl_reads_its_forms() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (name, options) in [("train", MARKED), ("masked", MASKED)] {
        write(at, &format!("{name}.parquet"), Form::Verl, Container::Parquet, &rows(Form::Verl, options, &trajectories()));
        expect(at, &format!("{name}.json"), &trajectories(), &options, true);
    }
    write(at, "parallel.parquet", Form::Verl, Container::Parquet, &rows(Form::Verl, MARKED, &[parallel("three/a")]));
    expect(at, "parallel.json", &[parallel("three/a")], &MARKED, true);
    write(at, "rl.parquet", Form::VerlRl, Container::Parquet, &rows(Form::VerlRl, MARKED, &all()));
    fs::write(at.join(DATASET_FILE), DATASET_CLASS).expect("it is written");
    consume("verl", at);
}

#[test]
fn llamafactory_reads_its_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(at, "train.jsonl", Form::LlamaFactory, Container::Lines, &rows(Form::LlamaFactory, MARKED, &all()));
    fs::write(at.join("dataset_info.json"), Value::Object(dataset_info([("train", "train.jsonl")])).to_string()).expect("it is written");
    let mut cut = all();
    for trajectory in &mut cut {
        // Its results have no ids, so they stand in the order of the calls.
        let answer =
            |id: &str| trajectory.messages.iter().position(|m| matches!(m, Message::Tool { tool_call_id, .. } if tool_call_id == id));
        if let (Some(a), Some(b)) = (answer("a"), answer("b")) {
            trajectory.messages.swap(a, b);
        }
        // The farewell after the last turn of the agent.
        if matches!(trajectory.messages.last(), Some(Message::User { .. })) {
            trajectory.messages.pop();
        }
    }
    expect(at, "train.json", &cut, &MARKED, false);
    consume("llamafactory", at);
}

#[test]
fn harbor_reads_atif() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "train.jsonl", Form::Atif, Container::Lines, &rows(Form::Atif, MASKED, &all()));
    consume("atif", folder.path());
}

#[test]
fn openai_reads_its_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let silent = Options { reasoning: wardian_export::Reasoning::Drop, ..MASKED };
    write(folder.path(), "train.jsonl", Form::OpenAi, Container::Lines, &rows(Form::OpenAi, silent, &all()));
    consume("openai", folder.path());
}
