//! Bad input: an error that names the file and the place, and nothing half-written.

use crate::support::{expect, root, shared_data};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("can write");
}

/// Names of the files in `folder`, hidden ones included.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_broken_line_of_a_catalogue_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let tool = json!({"id": "a/b/c", "name": "c", "parameters": {}, "origin": {"source": "jsonl", "provider": "a", "service": "b"}});
    write(folder.path(), "catalog.jsonl", &format!("{tool}\n{{\"id\": \"x\", \n"));
    let ran = expect(folder.path(), 2, &["graph", "build", "catalog.jsonl", "-o", "graph"]);
    assert!(ran.stderr.contains("catalog.jsonl:2: "), "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["catalog.jsonl"], "nothing half-written is left behind");
    write(folder.path(), "catalog.jsonl", &format!("{tool}\n{}\n", json!({"id": "x", "surprise": 1})));
    let ran = expect(folder.path(), 2, &["graph", "build", "catalog.jsonl", "-o", "graph"]);
    assert!(ran.stderr.contains("catalog.jsonl:2: unknown field `surprise`"), "{}", ran.stderr);
}

/// An OpenAPI document with one good operation, a schema that contains itself, and a missing reference.
fn openapi() -> Value {
    let returns = |schema: &str| json!({"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}}});
    json!({
        "openapi": "3.0.3", "info": {"title": "Trees", "version": "1"},
        "paths": {
            "/trees/{id}": {"get": {"operationId": "getTree", "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}], "responses": returns("Tree")}},
            "/ghosts": {"get": {"operationId": "listGhosts", "responses": returns("Ghost")}},
        },
        "components": {"schemas": {"Tree": {"type": "object", "properties": {"id": {"type": "string"}, "parent": {"$ref": "#/components/schemas/Tree"}}}}},
    })
}

#[test]
fn cycles_are_cut_and_missing_references_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "trees.json", &openapi().to_string());
    write(folder.path(), "broken.json", "{\"openapi\": \"3.0.3\", ");
    let args = ["catalog", "import", "trees.json", "broken.json", "-o", "catalog.jsonl", "--provider", "trees.example", "--json"];
    let summary: Value = serde_json::from_str(&expect(folder.path(), 0, &args).stdout).expect("JSON");
    assert_eq!((summary["tools"].as_u64(), summary["skipped"].as_u64()), (Some(1), Some(2)), "{summary}");
    let skipped = fs::read_to_string(folder.path().join("catalog.skipped.jsonl")).expect("a file");
    assert!(skipped.contains("broken.json") && skipped.contains("trees.json") && skipped.contains("Ghost"), "{skipped}");
    let ran = expect(folder.path(), 2, &["catalog", "import", "broken.json", "-o", "none.jsonl"]);
    assert!(ran.stderr.contains("no tool could be imported"), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for (args, name) in [
        (vec!["pack", "call", "nowhere.wasm", "x"], "nowhere.wasm"),
        (vec!["catalog", "import", "nowhere.json", "-o", "c.jsonl"], "nowhere.json"),
        (vec!["verify", "nowhere.jsonl", "--packs", "."], "."),
        (vec!["report", "nowhere"], "run.json"),
        (vec!["tasks", "generate", "nowhere.wasm", "-o", "t"], "nowhere.wasm"),
        (vec!["pack", "build", "nowhere", "-o", "x.wasm"], "nowhere"),
    ] {
        let ran = expect(folder.path(), 2, &args);
        assert!(ran.stderr.contains(name) && ran.stderr.starts_with("error: "), "{args:?}: {}", ran.stderr);
    }
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
}

#[test]
fn the_demo_leaves_a_folder_alone_that_is_no_run() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "thesis.txt", "precious");
    let ran = expect(folder.path(), 2, &["demo", "--run", "."]);
    assert!(ran.stderr.contains("holds no run"), "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["thesis.txt"]);
}

#[test]
fn a_task_without_its_pack_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let sources = root().join("packs/library").display().to_string();
    expect(at, 0, &["pack", "build", &sources, "-o", "packs/library.wasm"]);
    expect(at, 0, &["tasks", "generate", "packs", "-o", "tasks", "--count", "3"]);
    let text = fs::read_to_string(root().join("packs/library/pack.toml")).expect("pack.toml");
    let other = at.join("other");
    copy(&root().join("packs/library"), &other);
    fs::write(other.join("pack.toml"), text.replace("Lending library", "Another library")).expect("can write");
    expect(at, 0, &["pack", "build", "other", "-o", "others/library.wasm"]);
    let ran = expect(at, 2, &["rollout", "tasks", "--packs", "others", "-o", "played"]);
    assert!(ran.stderr.contains("needs pack `library` with digest") && ran.stderr.contains("tasks/library.jsonl"), "{}", ran.stderr);
    assert!(!at.join("played").exists(), "nothing half-written is left behind");
}

/// One pack that fails costs its own tasks and no others.
#[test]
fn the_tasks_of_other_packs_are_made_though_one_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for name in ["first", "second"] {
        copy(&root().join("packs/library"), &at.join(name));
        let text = fs::read_to_string(at.join(name).join("pack.toml")).expect("pack.toml");
        fs::write(at.join(name).join("pack.toml"), text.replace("name = \"library\"", &format!("name = \"{name}\""))).expect("can write");
        expect(at, 0, &["pack", "build", name, "-o", &format!("packs/{name}.wasm")]);
    }
    fs::create_dir_all(at.join("tasks/first.jsonl/in-the-way")).expect("can make a folder");
    let ran = expect(at, 2, &["tasks", "generate", "packs", "-o", "tasks", "--count", "3"]);
    assert!(ran.stderr.contains("1 of 2 packs failed; the others are done"), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot generate tasks for pack `first`"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(at.join("tasks/second.jsonl")).expect("its tasks").lines().count(), 3);
    fs::remove_dir_all(at.join("tasks/first.jsonl")).expect("can remove");
    expect(at, 0, &["tasks", "generate", "packs", "-o", "tasks", "--count", "3"]);
    assert_eq!(fs::read_to_string(at.join("tasks/first.jsonl")).expect("its tasks").lines().count(), 3);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("can make a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).expect("can copy") }
    }
}

/// Real function descriptions of somebody else's worlds are read; what is left out is explained, one line each.
#[test]
fn functions_of_other_benchmarks_are_imported() {
    for domain in ["retail", "airline", "telecom"] {
        let Some(path) = shared_data(&format!("tau2/{domain}/tools.json")) else { return };
        let folder = tempfile::tempdir().expect("a folder");
        let file = path.display().to_string();
        let args = ["catalog", "import", &file, "-o", "catalog.jsonl", "--provider", "tau2", "--json"];
        let summary: Value = serde_json::from_str(&expect(folder.path(), 0, &args).stdout).expect("JSON");
        let functions = match domain {
            "retail" => 16,
            "airline" => 14,
            _ => 43,
        };
        let told = summary["tools"].as_u64().zip(summary["skipped"].as_u64()).zip(summary["merged"].as_u64());
        assert_eq!(told.map(|((tools, skipped), merged)| (tools + merged, skipped)), Some((functions, 0)), "{domain}: {summary}");
        let skipped = fs::read_to_string(folder.path().join("catalog.skipped.jsonl")).expect("a file");
        assert_eq!(Some(skipped.lines().count() as u64), summary["skipped"].as_u64(), "{domain}: {skipped}");
        assert!(skipped.lines().all(|line| line.contains("tools.json")), "{domain}: {skipped}");
    }
}
