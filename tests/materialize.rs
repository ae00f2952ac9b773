//! `wardian materialize`: what it takes, what it says, and how it stops and goes on. The rules have their tests beside them.

use crate::support::{Ran, expect, wardian};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An OpenAPI document of plain resources: each can be listed, shown, made, changed and deleted.
fn api(title: &str, resources: &[&str]) -> Value {
    let mut paths = serde_json::Map::new();
    let mut schemas = serde_json::Map::new();
    for name in resources {
        let one = name.trim_end_matches('s');
        schemas.insert(
            one.to_owned(),
            json!({"type": "object", "required": ["id", "name"], "properties": {
                "id": {"type": "integer"}, "name": {"type": "string"}, "notes": {"type": "string"},
                "state": {"type": "string", "enum": ["open", "closed"]}, "created_at": {"type": "string", "format": "date-time"},
            }}),
        );
        let shown = json!({"$ref": format!("#/components/schemas/{one}")});
        let answer = |schema: &Value| json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}, "404": {"description": "no"}});
        let body = json!({"content": {"application/json": {"schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "notes": {"type": "string"}}}}}});
        let id = json!([{"name": format!("{one}_id"), "in": "path", "required": true, "schema": {"type": "integer"}}]);
        paths.insert(
            format!("/{name}"),
            json!({
                "get": {"operationId": format!("list_{name}"), "responses": answer(&json!({"type": "array", "items": shown}))},
                "post": {"operationId": format!("create_{one}"), "requestBody": body, "responses": answer(&shown)},
            }),
        );
        paths.insert(
            format!("/{name}/{{{one}_id}}"),
            json!({
                "get": {"operationId": format!("get_{one}"), "parameters": id, "responses": answer(&shown)},
                "patch": {"operationId": format!("update_{one}"), "parameters": id, "requestBody": body, "responses": answer(&shown)},
                "delete": {"operationId": format!("delete_{one}"), "parameters": id, "responses": {"204": {"description": "gone"}}},
            }),
        );
        paths.insert(
            format!("/{name}/frobnicate"),
            json!({"post": {"operationId": format!("frobnicate_{name}"), "responses": {"204": {"description": "done"}}}}),
        );
    }
    json!({"openapi": "3.0.3", "info": {"title": title, "version": "1"}, "servers": [{"url": "https://api.shop.example"}],
        "paths": paths, "components": {"schemas": schemas}})
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("can write");
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn json_of(folder: &Path, args: &[&str]) -> Value {
    parsed(&expect(folder, 0, args).stdout)
}

/// Every file below `folder` but the stamps, with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true if path.ends_with(".stamps") => {}
                true => pending.push(path),
                false => drop(out.insert(path.strip_prefix(folder).expect("it is below").to_owned(), fs::read(&path).expect("a file"))),
            }
        }
    }
    out
}

/// The sums must agree with each other, whatever they count.
fn adds_up(summary: &Value) {
    let left: u64 = summary["left_out"].as_object().expect("an object").values().map(|n| n.as_u64().expect("a number")).sum();
    let number = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {summary}"));
    assert_eq!(number("tools_in"), number("materialized") + left, "{summary}");
    assert_eq!(number("materialized"), number("self_checks_passed"), "{summary}");
    assert!(summary["cpu_s"].as_f64().is_some_and(|s| s > 0.0), "{summary}");
    assert!(!cfg!(target_os = "linux") || summary["peak_mb"].as_f64().is_some_and(|mb| mb > 1.0), "{summary}");
}

#[test]
fn one_description_becomes_one_pack() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "openapi.json", &api("Corner Shop", &["orders", "customers"]).to_string());
    let summary = json_of(folder.path(), &["materialize", "openapi.json", "-o", "api.wasm", "--json"]);
    adds_up(&summary);
    assert_eq!((&summary["tools_in"], &summary["materialized"], &summary["packs"]), (&json!(12), &json!(10), &json!(1)), "{summary}");
    assert_eq!((&summary["left_out"], &summary["not_imported"]), (&json!({"collection_verb": 2}), &json!(0)));
    let pack = json_of(folder.path(), &["pack", "inspect", "api.wasm", "--json"]);
    assert_eq!((&pack["manifest"]["name"], &pack["manifest"]["title"]), (&json!("corner-shop"), &json!("Corner Shop")), "{pack}");
    let report = parsed(&fs::read_to_string(folder.path().join("api.report.json")).expect("the report"));
    assert_eq!((&report["domain"], &report["left_out"][0]["kind"]), (&json!("corner-shop"), &json!("collection_verb")));
    expect(folder.path(), 0, &["pack", "verify", "api.wasm"]);
    let before = fs::read(folder.path().join("api.wasm")).expect("a pack");
    let text = expect(folder.path(), 0, &["materialize", "openapi.json", "-o", "api.wasm"]).stdout;
    assert_eq!(fs::read(folder.path().join("api.wasm")).expect("a pack"), before, "the same input gives the same bytes");
    assert!(text.starts_with("10 of 12 tools in 1 pack; 2 left out\n") && text.contains("collection_verb"), "{text}");
    let text = expect(folder.path(), 0, &["materialize", "report", "api.report.json", "--domain", "corner-shop"]).stdout;
    assert!(text.contains("+ orders[") && text.contains("- orders[") && text.contains("frobnicate"), "what the calls changed: {text}");
}

#[test]
fn a_pool_a_graph_and_a_description_give_the_same_domains() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(at, "openapi.json", &api("Corner Shop", &["orders", "customers", "parcels"]).to_string());
    let whole = json_of(at, &["materialize", "openapi.json", "-o", "a", "--json", "--quiet"]);
    adds_up(&whole);
    let pool = json_of(at, &["materialize", "a/catalog.jsonl", "-o", "b", "--json", "--quiet"]);
    let graph = json_of(at, &["materialize", "a/graph", "-o", "c", "--json", "--quiet"]);
    expect(at, 0, &["graph", "build", "a/catalog.jsonl", "-o", "d/graph", "--quiet"]);
    for member in ["tools_in", "materialized", "left_out", "packs", "no_pack"] {
        assert!(whole[member] == pool[member] && pool[member] == graph[member], "{member}: {whole} {pool} {graph}");
    }
    let (a, b, c) = (contents(&at.join("a")), contents(&at.join("b")), contents(&at.join("c")));
    assert_eq!(contents(&at.join("d")).keys().collect::<Vec<_>>(), b.keys().filter(|p| p.starts_with("graph")).collect::<Vec<_>>());
    assert!(c.keys().any(|path| path.starts_with("packs")), "{:?}", c.keys());
    for (path, bytes) in &c {
        assert!(a.get(path) == Some(bytes) && b.get(path) == Some(bytes), "{} differs", path.display());
    }
    // A catalogue or graph of one API or domain may be one pack, too.
    assert_eq!(json_of(at, &["materialize", "a/catalog.jsonl", "-o", "one.wasm", "--json"])["tools_in"], whole["tools_in"]);
}

/// What INPUT is not is said with the file and a way out.
#[test]
fn input_that_is_nothing_is_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let says = |args: &[&str], words: &[&str]| {
        let ran = expect(at, 2, args);
        for word in words {
            assert!(ran.stderr.contains(word), "`{word}` is not in: {}", ran.stderr);
        }
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    };
    fs::create_dir(at.join("empty")).expect("can make the folder");
    fs::create_dir_all(at.join("run/graph")).expect("can make the folder");
    write(at, "run/graph/domains.jsonl", "");
    write(at, "run/graph/tools.jsonl", "");
    write(at, "note.txt", "hello");
    write(at, "note.json", "{\"hello\": 1}");
    write(at, "broken.json", "{\"openapi\": \"3.0.3\",\n \"paths\": ");
    says(&["materialize", "nowhere.json", "-o", "out"], &["cannot read `nowhere.json`"]);
    says(&["materialize", "empty", "-o", "out"], &["`empty` is no graph", "catalog import"]);
    says(&["materialize", "run", "-o", "out"], &["`run/graph` is one"]);
    for out in ["out", "out.wasm"] {
        says(&["materialize", "note.txt", "-o", out], &["note.txt", "no catalogue", "not a kind of file"]);
        says(&["materialize", "note.json", "-o", out], &["note.json", "looked for OpenAPI"]);
        says(&["materialize", "broken.json", "-o", out], &["broken.json:2", "broken JSON"]);
    }
    says(&["materialize", "broken.json", "-o", "out", "--now", "noon"], &["`noon` is not a time"]);
    says(&["materialize"], &["--out", "INPUT"]);
    says(&["materialize", "report", "empty"], &["`empty` has no folder domains/"]);
    assert!(!at.join("out.wasm").exists() && !at.join("out.report.json").exists());
}

#[test]
fn one_pack_holds_one_api() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let tool = |service: &str, name: &str| json!({"id": format!("x/{service}/{name}"), "name": name, "parameters": {"type": "object"}, "origin": {"source": "jsonl", "provider": "x", "service": service}});
    write(at, "pool.jsonl", &format!("{}\n{}\n", tool("a", "get_b"), tool("b", "get_c")));
    let ran = expect(at, 2, &["materialize", "pool.jsonl", "-o", "pool.wasm"]);
    assert!(ran.stderr.contains("2 APIs") && ran.stderr.contains("`-o pool`"), "{}", ran.stderr);
    fs::create_dir(at.join("graph")).expect("can make the folder");
    let domain = |name: &str| json!({"name": name, "title": name, "description": "", "terms": [], "tools": []}).to_string();
    write(at, "graph/domains.jsonl", &format!("{}\n{}\n", domain("a"), domain("b")));
    write(at, "graph/tools.jsonl", "");
    let ran = expect(at, 2, &["materialize", "graph", "-o", "x.wasm"]);
    assert!(ran.stderr.contains("2 domains") && ran.stderr.contains("-o x"), "{}", ran.stderr);
    write(at, "graph/domains.jsonl", &domain("a").replace("\"tools\":[]", "\"tools\":[\"x/y/z\"]"));
    let ran = expect(at, 2, &["materialize", "graph", "-o", "out"]);
    assert!(ran.stderr.contains("`x/y/z`") && ran.stderr.contains("tools.jsonl"), "{}", ran.stderr);
    write(at, "graph/tools.jsonl", &format!("{}\n{{\"id\": 3}}\n", tool("a", "get_b")));
    let ran = expect(at, 2, &["materialize", "graph", "-o", "out"]);
    assert!(ran.stderr.contains("tools.jsonl:2"), "{}", ran.stderr);
}

#[test]
fn an_api_without_any_honest_tool_has_a_report_and_no_pack() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let mut nothing = api("Nothing", &[]);
    nothing["paths"] = json!({"/frobnicate": {"post": {"operationId": "frobnicate", "responses": {"204": {"description": "done"}}}}});
    write(at, "nothing.json", &nothing.to_string());
    write(at, "out.wasm", "an old pack");
    let ran = expect(at, 1, &["materialize", "nothing.json", "-o", "out.wasm", "--json"]);
    let summary = parsed(&ran.stdout);
    adds_up(&summary);
    assert_eq!((&summary["packs"], &summary["no_pack"]["nothing"]), (&json!(0), &json!("all 1 tools were left out")), "{summary}");
    assert!(!at.join("out.wasm").exists(), "an old pack would lie");
    assert!(at.join("out.report.json").exists());
    let ran = expect(at, 0, &["materialize", "report", "out.report.json", "--html", "page.html", "--json"]);
    assert_eq!(parsed(&ran.stdout)["examples_max"], Value::Null);
}

/// Many small APIs, so that there are many domains.
fn many_domains(folder: &Path) {
    let mut pool = String::new();
    for api_number in 0..24 {
        let document = api(&format!("Shop {api_number}"), &["orders", "customers", "parcels", "invoices", "stores"]);
        write(folder, "api.json", &document.to_string());
        expect(
            folder,
            0,
            &["catalog", "import", "api.json", "-o", "one.jsonl", "--provider", &format!("p{api_number}.example"), "--quiet"],
        );
        pool.push_str(&fs::read_to_string(folder.join("one.jsonl")).expect("a catalogue"));
    }
    write(folder, "pool.jsonl", &pool);
    expect(folder, 0, &["graph", "build", "pool.jsonl", "-o", "graph", "--quiet"]);
}

/// An interrupted run has lost nothing that was finished, and ends as one that was not interrupted.
#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    many_domains(at);
    let args = ["materialize", "graph", "-o", "stopped", "--json", "--quiet"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_wardian"))
        .args(args)
        .current_dir(at)
        .env(crate::support::CACHE.0, crate::support::CACHE.1)
        .env("RAYON_NUM_THREADS", "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the executable runs");
    let stamps = at.join("stopped/.stamps");
    while fs::read_dir(&stamps).map_or(0, Iterator::count) < 2 {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it ended before it could be interrupted");
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(sent.success());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), ended.stdout.as_slice()), (Some(130), b"".as_slice()));
    let done: Vec<PathBuf> = contents(&at.join("stopped")).into_keys().filter(|p| p.extension().is_some_and(|e| e == "wasm")).collect();
    let times = |paths: &[PathBuf]| -> Vec<_> {
        paths.iter().map(|p| fs::metadata(at.join("stopped").join(p)).and_then(|m| m.modified()).expect("a time")).collect()
    };
    let before = times(&done);
    let went_on = json_of(at, &args);
    adds_up(&went_on);
    assert_eq!(times(&done), before, "what was done is not done again");
    let whole = json_of(at, &["materialize", "graph", "-o", "whole", "--json", "--quiet"]);
    assert!(!done.is_empty() && (done.len() as u64) < whole["packs"].as_u64().expect("packs"), "{} of {whole}", done.len());
    assert_eq!(went_on["left_out"], whole["left_out"]);
    assert!(contents(&at.join("stopped")) == contents(&at.join("whole")), "both give the same files");
}

/// The three forms of the report say the same.
#[test]
fn the_report_adds_up_and_its_page_is_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let mut document = api("Markup </script><img src=x onerror=alert(1)>", &["orders", "customers"]);
    document["paths"]["/orders/frobnicate"]["post"]["operationId"] = json!("<b>frobnicate</b>");
    write(at, "openapi.json", &document.to_string());
    let summary = json_of(at, &["materialize", "openapi.json", "-o", "worlds", "--json", "--quiet"]);
    let report = json_of(at, &["materialize", "report", "worlds", "--json"]);
    for member in ["tools_in", "materialized", "left_out", "packs"] {
        assert_eq!(report["coverage"][member], summary[member], "{member}");
    }
    let rows = report["domains"].as_array().expect("domains");
    let sum = |name: &str| rows.iter().map(|row| row[name].as_u64().expect("a number")).sum::<u64>();
    assert_eq!((json!(sum("tools_in")), json!(sum("tools_out"))), (summary["tools_in"].clone(), summary["materialized"].clone()));
    let classes: u64 = report["coverage"]["by_class"].as_object().expect("classes").values().filter_map(Value::as_u64).sum();
    assert_eq!(json!(classes), summary["materialized"]);
    let text = expect(at, 0, &["materialize", "report", "worlds"]).stdout;
    assert!(
        text.contains("left out\n") && text.contains("read back") && text.contains(rows[0]["domain"].as_str().expect("a name")),
        "{text}"
    );
    let page = json_of(at, &["materialize", "report", "worlds", "--html", "worlds.html", "--changes", "--json"]);
    let html = fs::read_to_string(at.join("worlds.html")).expect("the page");
    assert_eq!(page["bytes"], html.len());
    assert!(!html.contains("<img") && !html.contains("<b>"), "text of a description is no markup");
    for loading in ["src=\"http", "href=\"http", "@import", "url(http", "XMLHttpRequest"] {
        assert!(!html.contains(loading), "the page loads something: {loading}");
    }
    let ran: Ran = wardian(at, &["materialize", "report", "worlds", "--domain", "nobody"]);
    assert!(ran.code == 2 && ran.stderr.contains("no domain `nobody`"), "{}", ran.stderr);
    let name = rows[0]["domain"].as_str().expect("a name");
    let one = json_of(at, &["materialize", "report", "worlds", "--domain", name, "--json"]);
    let writes = one["report"]["examples"].as_array().expect("examples").iter().filter(|e| e["effect"] == "write").count();
    assert_eq!(one["changes"].as_object().map(serde_json::Map::len), Some(writes), "each write has a change");
    assert!(
        writes > 0 && one["changes"].as_object().expect("changes").values().all(|text| text.as_str().is_some_and(|t| t.contains('['))),
        "{one}"
    );
}
