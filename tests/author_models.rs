//! `wardian materialize` with a model behind a scripted endpoint: what is taken, what a budget, a failure and a cache do. What becomes of
//! each piece of an answer has its tests in `forge/author`.

use crate::endpoint::{Endpoint, completion};
use crate::local_model::local;
use crate::support::{Ran, expect, expect_with};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const KEY: &str = "sk-secret-of-the-test";
const NOBODY: &str = "http://127.0.0.1:9/v1";

/// A description with `resources`, each of which can be listed and shown, and one operation that the rules leave out.
fn write_api(at: &Path, resources: &[&str]) {
    let mut paths = serde_json::Map::new();
    for name in resources {
        let one = name.trim_end_matches('s');
        let shown = json!({"type": "object", "required": ["id", "title"], "properties": {
            "id": {"type": "integer"}, "title": {"type": "string"}, "remark": {"type": "string"}}});
        let answer = |schema: &Value| json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}});
        let key = json!([{"name": format!("{one}_id"), "in": "path", "required": true, "schema": {"type": "integer"}}]);
        let list = json!({"operationId": format!("list_{name}"), "responses": answer(&json!({"type": "array", "items": shown}))});
        paths.insert(format!("/{name}"), json!({"get": list}));
        let get = json!({"operationId": format!("get_{one}"), "parameters": key, "responses": answer(&shown)});
        paths.insert(format!("/{name}/{{{one}_id}}"), json!({"get": get}));
        let left = json!({"operationId": format!("pinreport_{name}"), "responses": answer(&json!({"type": "array", "items": {"type": "object"}}))});
        paths.insert(format!("/{name}/pinreport"), json!({"post": left}));
    }
    let api = json!({"openapi": "3.0.3", "info": {"title": "Corner Shop", "version": "1"}, "servers": [{"url": "https://api.shop.example"}], "paths": paths});
    fs::write(at.join("openapi.json"), api.to_string()).expect("can write");
}

/// Writes the report that the rules leave out, over the first table that it is shown; says nothing else.
fn author(_: &str, body: &Value) -> (u16, Value) {
    let kind = body["response_format"]["json_schema"]["name"].as_str().unwrap_or_default();
    let text = body["messages"][1]["content"].as_str().expect("the data");
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let answer = match kind {
        "relations" => json!({"relations": []}),
        "vocabulary" => {
            let column = &lines[0];
            let values: Vec<String> = (0..9).map(|n| format!("Sentence number {n} of the model.")).collect();
            json!({"columns": [{"table": column["table"], "column": column["column"], "values": values, "templates": []}]})
        }
        "policy" => json!({"service": [], "conduct": [{"text": "Read a report before you speak of it.", "guards": []}]}),
        _ => {
            let tools: Vec<Value> = lines
                .iter()
                .filter(|line| line["left_out_because"].is_string())
                .map(|line| {
                    let table = line["name"].as_str().expect("a name").trim_start_matches("pinreport_");
                    let sql = format!(
                        "-- @returns {{\"type\": \"array\", \"items\": {{\"type\": \"object\"}}}}\n-- @return list\nSELECT id, title FROM {table} ORDER BY id;\n"
                    );
                    json!({"i": line["i"], "class": "list", "sql": sql, "good": "{}", "wrong": [], "seen_by": {"tool": "", "arguments": ""}})
                })
                .collect();
            json!({"tables": [], "tools": tools, "left": []})
        }
    };
    (200, completion(&format!("Certainly!\n```json\n{answer}\n```")))
}

fn run(at: &Path, code: i32, out: &str, url: &str, more: &[&str]) -> Ran {
    let mut args = vec!["materialize", "openapi.json", "-o", out, "--model", "tiny", "--base-url", url, "--json", "--quiet"];
    args.extend(more);
    let ran = expect_with(at, code, &args, &[("OPENAI_API_KEY", KEY)]);
    assert!(!ran.stderr.contains(KEY) && !ran.stdout.contains(KEY), "the key is shown");
    ran
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

/// Packs, sources and reports with their bytes.
fn worlds(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![out.join("packs"), out.join("domains")];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => pending.push(path),
                false => drop(found.insert(path.strip_prefix(out).expect("it is below").to_owned(), fs::read(&path).expect("a file"))),
            }
        }
    }
    found
}

#[test]
fn a_models_work_is_in_the_worlds_and_is_repeated_from_its_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_api(at, &["orders", "customers"]);
    let rules = json_of(&expect(at, 0, &["materialize", "openapi.json", "-o", "rules", "--json", "--quiet"]));
    assert_eq!((&rules["materialized"], &rules["author"]), (&json!(4), &Value::Null), "{rules}");
    let model = Endpoint::start(author);
    let told = json_of(&run(at, 0, "w", &model.url, &["--concurrency", "4"]));
    let sum = &told["author"];
    assert_eq!((&told["materialized"], &sum["tools_added"], &told["left_out"]), (&json!(6), &json!(2), &json!({})), "{told}");
    assert_eq!(
        (&sum["stopped"], &sum["repairs"], sum["requests"].as_u64()),
        (&json!(0), &json!(0), Some(model.heads().len() as u64)),
        "{sum}"
    );
    assert!(model.heads().iter().all(|head| head.contains(&format!("authorization: bearer {KEY}"))));
    let made = worlds(&at.join("w"));
    assert!(made.keys().any(|path| path.ends_with("tools/pinreport_orders.sql")), "{:?}", made.keys());
    let domain = made.keys().find(|path| path.extension().is_some_and(|e| e == "json")).expect("a report").file_stem().expect("a name");
    let domain = domain.to_string_lossy().into_owned();
    let text = expect(at, 0, &["materialize", "report", "w", "--domain", &domain]).stdout;
    assert!(text.contains("the model openai:tiny, prompts v1") && text.contains("+ tool pinreport_"), "{text}");
    // The examples of the model's tools are tests of the sources.
    expect(at, 0, &["tool", "test", &format!("w/domains/{domain}")]);

    // Done is done: nobody is asked. From the answers alone, one at a time, come the same bytes.
    assert_eq!(json_of(&run(at, 0, "w", NOBODY, &[]))["author"]["requests"], 0);
    let again = json_of(&run(at, 0, "again", NOBODY, &["--answers", "w/answers", "--answers-only", "--concurrency", "1"]));
    assert_eq!((&again["author"]["requests"], &again["author"]["tokens"]), (&json!(0), &sum["tokens"]));
    assert!(worlds(&at.join("again")) == made, "other bytes from the same answers");
    // Without a model, the same folder has the rules' worlds again.
    expect(at, 0, &["materialize", "openapi.json", "-o", "w", "--quiet"]);
    assert!(worlds(&at.join("w")) == worlds(&at.join("rules")), "the model's work is still there");

    // One pack.
    let told = json_of(&run(at, 0, "api.wasm", &model.url, &[]));
    assert_eq!((&told["materialized"], &told["author"]["tools_added"]), (&json!(6), &json!(2)), "{told}");
    assert!(at.join("api.answers").is_dir());
    expect(at, 0, &["pack", "verify", "api.wasm"]);
}

#[test]
fn a_budget_ends_the_work_and_more_of_it_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_api(at, &["orders", "customers"]);
    let model = Endpoint::start(author);
    let ran = run(at, 0, "w", &model.url, &["--requests-max", "2", "--concurrency", "1"]);
    let told = json_of(&ran);
    assert!(ran.stderr.contains("is not done") && ran.stderr.contains("budget of 2 requests"), "{}", ran.stderr);
    assert_eq!(
        (&told["author"]["requests"], told["author"]["stopped"].as_u64() > Some(0)),
        (&json!(3), true),
        "the third was refused: {told}"
    );
    assert_eq!(model.heads().len(), 2);
    let told = json_of(&run(at, 0, "w", &model.url, &[]));
    assert_eq!((&told["author"]["stopped"], &told["materialized"]), (&json!(0), &json!(6)), "{told}");
    assert_eq!(told["author"]["requests"].as_u64(), Some(model.heads().len() as u64 - 2), "what was answered is not asked again");
    run(at, 0, "whole", &model.url, &["--answers", "w/answers", "--answers-only"]);
    assert!(worlds(&at.join("whole")) == worlds(&at.join("w")), "in two runs or in one, the same bytes");
}

#[test]
fn a_model_that_fails_is_an_error_and_the_rules_worlds_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_api(at, &["orders"]);
    expect(at, 0, &["materialize", "openapi.json", "-o", "rules", "--quiet"]);
    let refusing = Endpoint::start(|_, _| (401, json!({"error": {"message": format!("wrong key {KEY}")}})));
    let ran = run(at, 2, "w", &refusing.url, &[]);
    assert!(ran.stderr.contains("answered nothing") && ran.stderr.contains("401"), "{}", ran.stderr);
    assert_eq!(refusing.heads().len(), 1, "one refusal is enough");
    let packs = |out: &str| worlds(&at.join(out)).into_iter().filter(|(path, _)| path.starts_with("packs")).collect::<Vec<_>>();
    assert!(packs("w") == packs("rules"));
    // One that chatters is heard and refused.
    let chatter = Endpoint::start(|_, _| (200, completion("What a nice API!")));
    let told = json_of(&run(at, 0, "c", &chatter.url, &["--repairs", "0"]));
    assert_eq!((&told["author"]["accepted"], told["author"]["refused"].as_u64() > Some(0)), (&json!(0), true), "{told}");
    assert!(packs("c") == packs("rules"));
    // Half of the settings is none.
    for half in [["--model", "tiny"], ["--base-url", NOBODY]] {
        let args = [["materialize", "openapi.json", "-o", "x"].as_slice(), &half].concat();
        assert!(expect(at, 2, &args).stderr.contains("required"));
    }
}

#[test]
fn prompts_are_tried_on_the_domains_that_ship() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::create_dir_all(at.join("mine")).expect("can make it");
    fs::write(at.join("mine/policy.md"), "Write a policy.\n\n{data}\n").expect("can write");
    let nothing = Endpoint::start(|_, body| {
        let kind = body["response_format"]["json_schema"]["name"].as_str().unwrap_or_default();
        let conduct = json!([{"text": "Ask before you delete.", "guards": []}]);
        let answer = match kind {
            "policy" => json!({"service": [], "conduct": conduct}),
            _ => json!({"relations": [], "tables": [], "tools": [], "left": [], "columns": []}),
        };
        (200, completion(&answer.to_string()))
    });
    let args = [
        "materialize",
        "prompts",
        "--model",
        "m",
        "--base-url",
        &nothing.url,
        "--domain",
        "secrets-manager",
        "--version",
        "v1",
        "--folder",
        "mine",
    ];
    let told = json_of(&expect_with(at, 0, &[args.as_slice(), &["--json"]].concat(), &[]));
    let rows = told["rows"].as_array().expect("rows");
    assert_eq!(rows.iter().map(|row| row["prompts"].as_str().unwrap_or_default()).collect::<Vec<_>>(), ["v1", "mine"], "{told}");
    for row in rows {
        assert_eq!((&row["accepted"], &row["before"], &row["tools_in"]), (&json!({"policy": 1}), &row["after"], &json!(14)), "{row}");
    }
    assert_ne!(rows[0]["prompts_digest"], rows[1]["prompts_digest"]);
    let text = expect_with(at, 0, &args, &[]).stdout;
    assert!(text.starts_with("prompts ") && text.contains("secrets-manager"), "{text}");
    for (wrong, words) in
        [(["--version", "v0"], "no version `v0`"), (["--domain", "x"], "no such domain"), (["--folder", "nowhere"], "nowhere")]
    {
        let args = [["materialize", "prompts", "--model", "m", "--base-url", NOBODY].as_slice(), &wrong].concat();
        let ran = expect_with(at, 2, &args, &[]);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

/// A model that is too small to be of use: what counts is that it is heard, bounded, checked, and repeated from its answers.
#[test]
fn a_real_small_model_is_heard_and_does_no_harm() {
    let Some(local) = local() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write_api(at, &["orders", "customers"]);
    expect(at, 0, &["materialize", "openapi.json", "-o", "rules", "--quiet"]);
    let bounds = ["--temperature", "0", "--answer-tokens-max", "300", "--repairs", "1", "--concurrency", "1", "--timeout-s", "600"];
    let told = json_of(&run(at, 0, "w", &local.url, &bounds));
    let sum = &told["author"];
    assert_eq!((&sum["domains"], &sum["stopped"]), (&json!(1), &json!(0)), "{told}");
    assert!(sum["answers"].as_u64() >= Some(3) && sum["tokens"].as_u64() > Some(1_000), "{told}");
    assert!(told["materialized"].as_u64() >= Some(2), "{told}");
    drop(local);
    let again = json_of(&run(at, 0, "again", NOBODY, &[&bounds[..], &["--answers", "w/answers", "--answers-only"]].concat()));
    assert_eq!((&again["author"]["requests"], &again["author"]["answers"]), (&json!(0), &sum["answers"]));
    assert!(worlds(&at.join("again")) == worlds(&at.join("w")));
}
