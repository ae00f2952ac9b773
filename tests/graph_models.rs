//! Graphs with models: embeddings blended in, and advice. The endpoints are scripted.

use crate::endpoint::{Endpoint, completion};
use crate::support::{Ran, expect, expect_with, root, wardian_with};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use wardian_format::Digest;

const KEY: &str = "sk-secret-of-the-test";
const FILES: [&str; 4] = ["tools.jsonl", "edges.jsonl", "domains.jsonl", "graph.json"];

/// The embedded catalogue in `folder`.
fn catalog(folder: &Path) {
    let apis = root().join("data/apis").display().to_string();
    expect(folder, 0, &["catalog", "import", &apis, "-o", "c.jsonl"]);
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).expect("JSON")
}

fn bytes(folder: &Path) -> Vec<Vec<u8>> {
    FILES.iter().map(|name| fs::read(folder.join(name)).expect("a file of a graph")).collect()
}

/// Vectors of 16 numbers that follow from the words of the text.
fn embeddings(_: &str, body: &Value) -> (u16, Value) {
    let vector = |text: &str| {
        let mut vector = [0.01; 16];
        for word in text.split(' ') {
            vector[Digest::of(word.as_bytes()).0[0] as usize % 16] += 1.0;
        }
        vector
    };
    let texts = body["input"].as_array().expect("texts");
    let data: Vec<Value> =
        texts.iter().enumerate().map(|(i, text)| json!({"index": i, "embedding": vector(text.as_str().expect("a text"))})).collect();
    (200, json!({"data": data, "usage": {"prompt_tokens": 1}}))
}

#[test]
fn embeddings_of_a_service_are_blended_in_and_the_cache_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    catalog(at);
    let service = Endpoint::start(embeddings);
    let build = |out: &str, url: &str, more: &[&str], variables: &[(&str, &str)]| {
        let mut args =
            vec!["graph", "build", "c.jsonl", "-o", out, "--json", "--embed-url", url, "--embed-name", "tiny", "--embed-cache", "cache"];
        args.extend(more);
        expect_with(at, 0, &args, &[&[("OPENAI_API_KEY", KEY)], variables].concat())
    };
    let first = json_of(&build("a", &service.url, &[], &[]));
    let settings = &first["settings"]["embeddings"];
    assert_eq!((&settings["model"], &settings["share_percent"]), (&json!("openai:tiny"), &json!(30)), "{first}");
    let asked = service.heads();
    assert!(asked.len() > 1 && asked.iter().all(|head| head.contains(&format!("authorization: bearer {KEY}"))), "{asked:?}");
    let blended = bytes(&at.join("a"));
    assert!(String::from_utf8_lossy(&blended[1]).contains("\"meaning\""), "an edge says that it is there by meaning");
    assert!(!blended.concat().windows(KEY.len()).any(|window| window == KEY.as_bytes()), "the key is in a file");

    // The service is gone; the cache has everything.
    let nobody = "http://127.0.0.1:9/v1";
    let again = json_of(&build("b", nobody, &[], &[("RAYON_NUM_THREADS", "1")]));
    assert_eq!(again["settings"], first["settings"]);
    assert_eq!(bytes(&at.join("b")), blended, "the same cache, another number of threads, the same bytes");
    build("c", nobody, &["--embed-share", "80"], &[]);
    assert_ne!(bytes(&at.join("c"))[1], blended[1], "the share counts");
    expect(at, 0, &["graph", "build", "c.jsonl", "-o", "plain"]);
    let plain = bytes(&at.join("plain"));
    assert_ne!(plain[1], blended[1], "embeddings count");
    assert!(!String::from_utf8_lossy(&plain[1]).contains("\"meaning\""));
    // A graph that was there is built anew when embeddings are asked for.
    build("plain", nobody, &[], &[]);
    assert_eq!(bytes(&at.join("plain")), blended);
}

#[test]
fn embeddings_that_cannot_be_had_are_an_error_that_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    catalog(at);
    let refusing = Endpoint::start(|_, _| (401, json!({"error": {"message": format!("wrong key {KEY}")}})));
    let lying = Endpoint::start(|_, body| {
        let texts = body["input"].as_array().expect("texts").len();
        (200, json!({"data": (0..texts).map(|i| json!({"index": i, "embedding": vec![0.0; 4]})).collect::<Vec<_>>()}))
    });
    let cases: [(&[&str], &str); 6] = [
        (&["--embed-url", &refusing.url, "--embed-name", "m"], "401"),
        (&["--embed-url", &lying.url, "--embed-name", "m"], "zero or not finite"),
        (&["--embed-url", "ftp://x", "--embed-name", "m"], "no base URL"),
        (&["--embed-url", "http://127.0.0.1:9/v1"], "--embed-name"),
        (&["--embed-model", "nowhere"], "nowhere/model.safetensors"),
        (&["--embed-model", "nowhere", "--paper"], "--paper"),
    ];
    for (flags, reason) in cases {
        let args = [&["graph", "build", "c.jsonl", "-o", "out", "--embed-cache", "cache"], flags].concat();
        let ran = expect_with(at, 2, &args, &[("OPENAI_API_KEY", KEY)]);
        assert!(ran.stderr.contains(reason) && !ran.stderr.contains(KEY), "{flags:?}: {}", ran.stderr);
        assert!(!at.join("out/graph.json").exists(), "{flags:?}: a graph was written");
    }
}

/// The data lines of a question.
fn shown(body: &Value) -> Vec<Value> {
    let text = body["messages"][1]["content"].as_str().expect("the data");
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Renames every domain, splits the large ones, takes one edge out of each question's and confirms the others.
fn adviser(_: &str, body: &Value) -> (u16, Value) {
    let lines = shown(body);
    let advice = if let Some(tools) = lines[0]["tools"].as_u64() {
        let title = format!("Field of {}", lines[0]["slug"].as_str().expect("a slug"));
        let part =
            |name: &str, tools: Vec<u64>| json!({"title": name, "slug": name, "description": format!("All about {name}."), "tools": tools});
        let parts = if tools >= 30 { vec![part("left", (0..5).collect()), part("right", (5..tools).collect())] } else { vec![] };
        json!({"title": title, "slug": title.to_lowercase().replace(' ', "-"), "description": "One can do things.", "parts": parts})
    } else {
        let edges: Vec<&Value> = lines.iter().filter(|line| line["e"].is_u64()).collect();
        let verdict = |edge: &&Value| json!({"edge": edge["e"], "holds": edge["e"] != 0, "reason": if edge["e"] == 0 { "another thing" } else { "" }});
        json!({"edges": edges.iter().map(verdict).collect::<Vec<_>>(), "missing": []})
    };
    (200, completion(&format!("Here you are:\n```json\n{advice}\n```")))
}

fn refine(at: &Path, code: i32, out: &str, url: &str, more: &[&str]) -> Ran {
    let mut args = vec!["graph", "refine", "g", "-o", out, "--model", "tiny", "--base-url", url, "--json"];
    args.extend(more);
    expect_with(at, code, &args, &[("OPENAI_API_KEY", KEY)])
}

#[test]
fn advice_is_followed_reported_and_repeated_from_its_cache() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    catalog(at);
    let built = json_of(&expect(at, 0, &["graph", "build", "c.jsonl", "-o", "g", "--json"]));
    let model = Endpoint::start(adviser);
    let told = json_of(&refine(at, 0, "r", &model.url, &[]));
    let domains = built["domains"].as_u64().expect("a count");
    assert_eq!(told["questions"], told["answered"], "{told}");
    assert_eq!(told["renamed"].as_u64().expect("a count") + told["split"].as_u64().expect("a count"), domains, "{told}");
    assert!(told["split"].as_u64() > Some(0) && told["edges_confirmed"].as_u64() > Some(0), "{told}");
    let removed = told["edges_removed"].as_u64().expect("a count");
    assert!(removed > 0, "{told}");
    assert_eq!(told["edges_dependency"].as_u64().expect("a count") + removed, built["edges_dependency"].as_u64().expect("a count"));
    assert_eq!(told["settings"]["advice"]["model"], "openai:tiny");
    assert_eq!(told["requests"].as_u64().expect("a count") as usize, model.heads().len());
    let names = fs::read_to_string(at.join("r/domains.jsonl")).expect("domains");
    assert!(names.lines().all(|line| line.contains("\"field-of-") || line.contains("\"left\"") || line.contains("\"right\"")), "{names}");
    let report: Value = serde_json::from_slice(&fs::read(at.join("r/advice.json")).expect("a report")).expect("JSON");
    assert_eq!(report["edges_removed"][0]["reason"], "another thing");
    // It is a graph like any other.
    let seen = json_of(&expect(at, 0, &["graph", "stats", "r", "--json"]));
    assert_eq!(seen["domains"], told["domains"], "{seen}");
    expect(at, 0, &["graph", "view", "r", "-o", "page.html"]);

    // Nobody is asked again, and the same answers make the same files.
    let nobody = "http://127.0.0.1:9/v1";
    let again = json_of(&refine(at, 0, "again", nobody, &["--answers", "r/answers", "--answers-only", "--concurrency", "1"]));
    assert_eq!(again["requests"], 0);
    assert_eq!(bytes(&at.join("again")), bytes(&at.join("r")));
    assert_eq!(fs::read(at.join("again/advice.json")).expect("a report"), fs::read(at.join("r/advice.json")).expect("a report"));

    // Names alone.
    let named = json_of(&refine(at, 0, "named", &model.url, &["--no-edges", "--no-parts"]));
    assert_eq!((&named["split"], &named["edges_confirmed"], &named["edges_removed"]), (&json!(0), &json!(0), &json!(0)), "{named}");
    assert_eq!(bytes(&at.join("named"))[1], bytes(&at.join("g"))[1]);
}

#[test]
fn a_model_that_fails_leaves_the_graph_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    catalog(at);
    expect(at, 0, &["graph", "build", "c.jsonl", "-o", "g"]);
    let before = bytes(&at.join("g"));
    let refusing = Endpoint::start(|_, _| (400, json!({"error": {"message": format!("no such model, {KEY}")}})));
    let ran = refine(at, 2, "r", &refusing.url, &[]);
    assert!(ran.stderr.contains("answered none") && ran.stderr.contains("no such model") && !ran.stderr.contains(KEY), "{}", ran.stderr);
    assert!(!at.join("r/graph.json").exists());
    // One that chatters gives no advice.
    let chatter = Endpoint::start(|_, _| (200, completion("What a nice domain!")));
    assert!(refine(at, 2, "chatter", &chatter.url, &[]).stderr.contains("answered none"));
    // A budget that ends in the middle: what was answered is followed, the rest is told.
    let model = Endpoint::start(adviser);
    let ran = refine(at, 0, "r", &model.url, &["--requests-max", "5", "--concurrency", "1"]);
    let told = json_of(&ran);
    assert!(ran.stderr.contains("have no answer"), "{}", ran.stderr);
    assert_eq!((&told["answered"], told["refused"].as_u64() > Some(0)), (&json!(5), true), "{told}");
    // Later it goes on.
    let told = json_of(&refine(at, 0, "r", &model.url, &[]));
    assert_eq!(told["questions"], told["answered"], "{told}");
    assert_eq!(told["requests"].as_u64().expect("a count") + 5, told["questions"].as_u64().expect("a count"), "{told}");
    assert_eq!(bytes(&at.join("g")), before);

    let same = refine(at, 2, "g", &model.url, &[]);
    assert!(same.stderr.contains("is the graph itself"), "{}", same.stderr);
    let nothing = refine(at, 2, "x", &model.url, &["--no-names", "--no-parts", "--no-edges"]);
    assert!(nothing.stderr.contains("nothing is left to ask"), "{}", nothing.stderr);
    let far = "http://example.com/v1";
    assert!(refine(at, 2, "x", far, &[]).stderr.contains("without TLS"));
    let none = wardian_with(at, &["graph", "refine", "nowhere", "-o", "x", "--model", "m", "--base-url", far], &[]);
    assert!(none.code == 2 && none.stderr.contains("nowhere/graph.json"), "{}", none.stderr);
}
