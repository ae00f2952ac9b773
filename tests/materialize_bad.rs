//! Descriptions that are wrong, odd or huge: the materializer takes what it can, and says why it leaves the rest.

use crate::support::{expect, is_full};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

fn document(paths: Value, schemas: Value) -> Value {
    json!({"openapi": "3.0.3", "info": {"title": "Odd things", "version": "1"}, "servers": [{"url": "https://odd.example"}], "paths": paths, "components": {"schemas": schemas}})
}

fn answer(schema: Value) -> Value {
    json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}})
}

fn id(name: &str) -> Value {
    json!([{"name": name, "in": "path", "required": true, "schema": {"type": "string"}}])
}

/// Materializes into one pack; gives the summary and the report.
fn one_pack(folder: &Path, document: &Value) -> (Value, Value) {
    fs::write(folder.join("odd.json"), document.to_string()).expect("can write");
    let ran = crate::support::wardian(folder, &["materialize", "odd.json", "-o", "odd.wasm", "--json"]);
    assert!(ran.code == 0 || ran.code == 1, "neither a pack nor a report: {}", ran.stderr);
    let report = fs::read_to_string(folder.join("odd.report.json")).expect("a report");
    let (summary, report): (Value, Value) =
        (serde_json::from_str(&ran.stdout).expect("JSON"), serde_json::from_str(&report).expect("JSON"));
    let left: u64 = summary["left_out"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    assert_eq!(summary["tools_in"].as_u64().expect("a number"), summary["materialized"].as_u64().expect("a number") + left, "{summary}");
    assert_eq!(report["left_out"].as_array().map(|l| l.len() as u64), Some(left), "a reason for each: {report}");
    assert!(summary["left_out"].get("other").is_none(), "a reason without a kind: {}", report["left_out"]);
    (summary, report)
}

fn made(report: &Value, tool: &str) -> bool {
    report["examples"].as_array().expect("examples").iter().any(|e| e["tool"] == tool)
}

#[test]
fn schemas_that_contain_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = json!({"$ref": "#/components/schemas/node"});
    let schemas = json!({
        "node": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "parent": node, "children": {"type": "array", "items": node}, "twin": {"$ref": "#/components/schemas/twin"}}},
        "twin": {"type": "object", "properties": {"node": node, "twin": {"$ref": "#/components/schemas/twin"}}},
    });
    let paths = json!({
        "/nodes": {"get": {"operationId": "list_nodes", "responses": answer(json!({"type": "array", "items": node}))}},
        "/nodes/{node_id}": {"get": {"operationId": "get_node", "parameters": id("node_id"), "responses": answer(node.clone())}},
    });
    let (_, report) = one_pack(folder.path(), &document(paths, schemas));
    assert!(made(&report, "list_nodes") && made(&report, "get_node"), "{report}");
}

/// Types that exclude each other, bounds the wrong way round, enumerations of nothing, required properties that are not there.
#[test]
fn schemas_that_contradict_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = json!({"type": "object", "required": ["id", "ghost"], "properties": {
        "id": {"type": "string", "minLength": 9, "maxLength": 2},
        "amount": {"type": "integer", "minimum": 10, "maximum": 1},
        "word": {"type": "integer", "enum": ["one", "two"]},
        "none": {"enum": []},
        "both": {"allOf": [{"type": "string"}, {"type": "integer"}]},
        "list": {"type": "array", "minItems": 5, "maxItems": 1},
        "untyped": {}, "null": {"type": "null"}, "wrong": {"type": "strnig"}, "worse": {"type": 7},
        "select": {"type": "string"}, "Id": {"type": "string"}, "": {"type": "string"}, "a b": {"type": "string"}, "\u{202e}": {"type": "string"},
    }});
    let paths = json!({
        "/odds": {"get": {"operationId": "list_odds", "responses": answer(json!({"type": "array", "items": odd}))},
                  "post": {"operationId": "create_odd", "requestBody": {"content": {"application/json": {"schema": odd}}}, "responses": answer(odd.clone())}},
        "/odds/{odd_id}": {"get": {"operationId": "get_odd", "parameters": id("odd_id"), "responses": answer(odd.clone())},
                           "delete": {"operationId": "delete_odd", "parameters": id("odd_id"), "responses": {"204": {"description": "gone"}}}},
        "/voids": {"get": {"operationId": "list_voids", "responses": {}}},
        "/voids/{id}": {"get": {"operationId": "get_void", "parameters": id("id"), "responses": answer(json!({}))}},
    });
    let (summary, _) = one_pack(folder.path(), &document(paths, json!({})));
    let number = |name: &str| summary[name].as_u64().expect("a number");
    assert_eq!(number("tools_in") + number("not_imported"), 6, "what cannot be imported is counted: {summary}");
    assert!(number("materialized") > 0, "{summary}");
}

#[test]
fn operations_of_one_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let thing = json!({"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}});
    let mut paths = Map::new();
    for place in ["things", "Things", "thing-s", "stuffs"] {
        paths.insert(
            format!("/{place}"),
            json!({"get": {"operationId": "list", "responses": answer(json!({"type": "array", "items": thing}))}}),
        );
        paths.insert(
            format!("/{place}/{{id}}"),
            json!({"get": {"operationId": "list", "parameters": id("id"), "responses": answer(thing.clone())}}),
        );
    }
    let (summary, report) = one_pack(folder.path(), &document(Value::Object(paths), json!({})));
    assert_eq!(summary["tools_in"], 8, "an id that is taken gives way, and no operation is lost: {summary}");
    let mut names: Vec<&str> = report["examples"].as_array().expect("examples").iter().filter_map(|e| e["tool"].as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert!(all > 0 && names.len() == all, "tools of one pack have names of their own: {names:?}");
}

/// Wide, deep, and with long names and enumerations.
#[test]
fn schemas_that_are_enormous() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut deep = json!({"type": "string"});
    for level in 0..50 {
        deep = json!({"type": "object", "properties": {format!("level_{level}"): deep, "id": {"type": "string"}}});
    }
    let mut wide: Map<String, Value> =
        (0..3_000).map(|i| (format!("field_{i}"), json!({"type": "string", "description": "x".repeat(99)}))).collect();
    wide.insert("id".to_owned(), json!({"type": "string"}));
    wide.insert("choice".to_owned(), json!({"type": "string", "enum": (0..5_000).map(|i| format!("choice {i}")).collect::<Vec<_>>()}));
    wide.insert("deep".to_owned(), deep);
    wide.insert("n".repeat(5_000), json!({"type": "string"}));
    let wide = json!({"type": "object", "properties": wide});
    let paths = json!({
        "/giants": {"get": {"operationId": "list_giants", "responses": answer(json!({"type": "array", "items": wide}))},
                    "post": {"operationId": "create_giant", "requestBody": {"content": {"application/json": {"schema": wide}}}, "responses": answer(wide.clone())}},
        "/giants/{giant_id}": {"get": {"operationId": "get_giant", "parameters": id("giant_id"), "responses": answer(wide.clone())},
                               "patch": {"operationId": "update_giant", "parameters": id("giant_id"), "requestBody": {"content": {"application/json": {"schema": wide}}}, "responses": answer(wide)}},
    });
    let (summary, _) = one_pack(folder.path(), &document(paths, json!({})));
    assert_eq!(summary["tools_in"], 4, "{summary}");
}

/// A document of `count` operations, by rule: resources of 4 operations.
fn many(count: usize) -> Value {
    let mut paths = Map::new();
    for i in 0..count / 4 {
        let thing = json!({"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}, format!("value{i}"): {"type": "integer"}}});
        let name = format!("{}{}s", ["widget", "gadget", "order", "parcel", "ticket"][i % 5], i);
        paths.insert(
            format!("/{name}"),
            json!({"get": {"operationId": format!("list_{name}"), "responses": answer(json!({"type": "array", "items": thing}))},
                   "post": {"operationId": format!("create_{name}"), "requestBody": {"content": {"application/json": {"schema": thing}}}, "responses": answer(thing.clone())}}),
        );
        paths.insert(
            format!("/{name}/{{id}}"),
            json!({"get": {"operationId": format!("get_{name}"), "parameters": id("id"), "responses": answer(thing.clone())},
                   "delete": {"operationId": format!("delete_{name}"), "parameters": id("id"), "responses": {"204": {"description": "gone"}}}}),
        );
    }
    document(Value::Object(paths), json!({}))
}

/// Too many for one pack: said at once, with the way out, which works. As many as an API has are one pack.
#[test]
fn five_thousand_operations() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("large.json"), many(5_000).to_string()).expect("can write");
    let ran = expect(folder.path(), 2, &["materialize", "large.json", "-o", "large.wasm"]);
    assert!(ran.stderr.contains("5,000 tools are too many for one pack") && ran.stderr.contains("`-o large`"), "{}", ran.stderr);
    assert!(!folder.path().join("large.wasm").exists());
    let (summary, _) = one_pack(folder.path(), &many(1_000));
    assert_eq!((&summary["tools_in"], &summary["packs"]), (&json!(1_000), &json!(1)), "{summary}");
    assert!(summary["materialized"].as_u64().is_some_and(|n| n > 900), "plain resources are understood: {summary}");
    if !is_full() {
        return println!("the folder of 1,250 packs is a part of `./test --full`");
    }
    let ran = expect(folder.path(), 0, &["materialize", "large.json", "-o", "large", "--rows", "5", "--json", "--quiet"]);
    let summary: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(summary["tools_in"], 5_000, "{summary}");
    assert!(summary["materialized"].as_u64().is_some_and(|n| n > 4_500), "plain resources are understood: {summary}");
    assert!(summary["packs"].as_u64().is_some_and(|n| n > 10), "{summary}");
}

/// What lies at `path` and how a run with it failed: exit status 2, one that names the file, and nothing lost.
fn refused(folder: &Path, input: &str, out: &str) -> String {
    let ran = expect(folder, 2, &["materialize", input, "-o", out, "--quiet"]);
    assert!(ran.stdout.is_empty() && !ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran.stderr
}

fn plain_api() -> Value {
    let thing = json!({"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}});
    document(
        json!({
            "/things": {"get": {"operationId": "list_things", "responses": answer(json!({"type": "array", "items": thing}))}},
            "/things/{thing_id}": {"get": {"operationId": "get_thing", "parameters": id("thing_id"), "responses": answer(thing)}},
        }),
        json!({}),
    )
}

/// Patterns that nothing matches or that no one can hold, steps of nothing, bounds without room, lengths beyond all measure.
#[test]
fn bounds_that_no_value_keeps() {
    let folder = tempfile::tempdir().expect("a folder");
    let thing = json!({"type": "object", "properties": {
        "id": {"type": "string"}, "name": {"type": "string"},
        "look": {"type": "string", "pattern": "(?=x)y(?!z)"}, "open": {"type": "string", "pattern": "["},
        "short": {"type": "string", "pattern": "^a{5}$", "maxLength": 2}, "many": {"type": "string", "pattern": "((a{100}){100}){100}"},
        "class": {"type": "string", "pattern": "\\p{Nope}"}, "step": {"type": "integer", "multipleOf": 0},
        "none": {"type": "integer", "minimum": 3, "maximum": 4, "multipleOf": 10}, "wide": {"type": "integer", "minimum": -1e40, "maximum": 1e40},
        "long": {"type": "string", "minLength": 100_000_000}, "uuid": {"type": "string", "format": "uuid", "maxLength": 3},
        "full": {"type": "array", "minItems": 1_000_000, "items": {"type": "string"}}, "given": {"type": "integer", "default": "x", "enum": ["x"]},
    }});
    let paths = json!({
        "/things": {"get": {"operationId": "list_things", "responses": answer(json!({"type": "array", "items": thing}))},
                    "post": {"operationId": "create_thing", "requestBody": {"content": {"application/json": {"schema": thing}}}, "responses": answer(thing.clone())}},
        "/things/{thing_id}": {"get": {"operationId": "get_thing", "parameters": id("thing_id"), "responses": answer(thing)}},
    });
    let (summary, _) = one_pack(folder.path(), &document(paths, json!({})));
    assert_eq!(summary["tools_in"], 3, "{summary}");
    assert!(summary["peak_mb"].as_f64().is_none_or(|mb| mb < 500.0), "{summary}");
}

#[test]
fn names_in_other_scripts_and_parameters_without_declaration() {
    let folder = tempfile::tempdir().expect("a folder");
    let thing = json!({"type": "object", "properties": {"id": {"type": "string"}, "名称": {"type": "string", "description": "订单的名称"},
        "状态": {"type": "string", "enum": ["打开", "关闭"]}, "😀": {"type": "string"}, "الاسم": {"type": "string", "description": "اسم \u{202e}العميل"}, "İ": {"type": "string"}}});
    let mut paths = Map::new();
    for name in ["订单", "طلبات", "заказы", "😀s", "\u{202e}sredro"] {
        paths.insert(
            format!("/{name}"),
            json!({"get": {"operationId": format!("list_{name}"), "responses": answer(json!({"type": "array", "items": thing}))}}),
        );
        // Its parameter is declared nowhere.
        paths.insert(
            format!("/{name}/{{{name}号}}"),
            json!({"get": {"operationId": format!("get_{name}"), "responses": answer(thing.clone())}}),
        );
    }
    let (summary, _) = one_pack(folder.path(), &document(Value::Object(paths), json!({})));
    assert_eq!(summary["tools_in"].as_u64().zip(summary["not_imported"].as_u64()).map(|(a, b)| a + b), Some(10), "{summary}");
    assert!(summary["materialized"].as_u64().is_some_and(|n| n >= 5), "{summary}");
}

/// `a` in the plural is a word of SQL.
#[test]
fn a_table_called_as() {
    let folder = tempfile::tempdir().expect("a folder");
    let thing = json!({"$ref": "#/components/schemas/a"});
    let paths = json!({
        "/nodes": {"get": {"operationId": "list_nodes", "responses": answer(json!({"type": "array", "items": thing}))}},
        "/nodes/{id}": {"get": {"operationId": "get_node", "parameters": id("id"), "responses": answer(thing.clone())}},
    });
    let schemas =
        json!({"a": {"allOf": [thing, {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}]}});
    let (summary, _) = one_pack(folder.path(), &document(paths, schemas));
    assert_eq!(summary["materialized"], 2, "{summary}");
}

#[test]
fn files_that_are_no_descriptions() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let text = plain_api().to_string();
    let nested = format!("{{\"openapi\": \"3.0.3\", \"paths\": {}1{}}}", "{\"a\": ".repeat(50_000), "}".repeat(50_000));
    let laughs: String = (1..10).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","))).collect();
    let laughs = format!("openapi: 3.0.3\na0: &a0 [x]\n{laughs}paths: {{}}\n");
    let files: [(&str, &[u8], &str); 12] = [
        ("empty.json", b"", "document is empty"),
        ("spaces.json", b" \n\t", "document is empty"),
        ("null.json", b"null", "null.json: not a description"),
        ("list.json", b"[]", "it describes none"),
        ("nothing.json", br#"{"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {}}"#, "it states no operation"),
        ("cut.json", &text.as_bytes()[..text.len() / 2], "cut.json:1: broken JSON: EOF"),
        ("bytes.json", &[0xff, 0xfe, 0, 1, 2, 3], "bytes.json: not UTF-8 text"),
        ("zeros.yaml", &[0; 4_000], "zeros.yaml:1: neither JSON nor YAML"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\0", "picture.png: not a kind of file that is read"),
        ("page.html", b"<html><body>404</body></html>", "page.html: not a kind of file"),
        ("deep.json", nested.as_bytes(), "deep.json:1: broken JSON: recursion limit"),
        ("laughs.yaml", laughs.as_bytes(), "laughs.yaml:1: neither JSON nor YAML: repetition limit"),
    ];
    fs::write(at.join("old.wasm"), "an old pack").expect("can write");
    for (name, bytes, reason) in files {
        fs::write(at.join(name), bytes).expect("can write");
        let error = refused(at, name, "old.wasm");
        assert!(error.contains(reason) && error.contains(name), "{name}: {error}");
        assert_eq!(fs::read_to_string(at.join("old.wasm")).expect("it is there"), "an old pack", "{name}");
    }
    assert!(refused(at, "absent.json", "old.wasm").contains("cannot read `absent.json`"));
}

#[test]
fn graphs_that_are_broken() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("api.json"), many(40).to_string()).expect("can write");
    expect(at, 0, &["materialize", "api.json", "-o", "good", "--quiet"]);
    let read = |name: &str| fs::read_to_string(at.join("good/graph").join(name)).expect("a graph");
    let (domains, tools) = (read("domains.jsonl"), read("tools.jsonl"));
    let first = tools.lines().next().expect("a tool").to_owned();
    let mut domain: Value = serde_json::from_str(domains.lines().next().expect("a domain")).expect("JSON");
    domain["name"] = json!("../../../escaped");
    let last = format!("cut/tools.jsonl:{}:", tools.lines().count() + 1);
    let cases = [
        ("short", domains.clone(), first.clone() + "\n", "which is not in `short/tools.jsonl`"),
        ("cut", domains.clone(), tools.clone() + &first[..first.len() / 2], last.as_str()),
        ("noise", domains.clone(), "\u{0}\u{1}\n".to_owned(), "noise/tools.jsonl:1:"),
        ("other", "{\"name\": 3}\n".to_owned(), tools.clone(), "other/domains.jsonl:1:"),
        ("twice", domains.repeat(2), tools.clone(), "as one before it"),
        ("away", domain.to_string(), tools.clone(), "is called `../../../escaped`"),
    ];
    for (name, domains, tools, reason) in cases {
        fs::create_dir(at.join(name)).expect("a folder");
        fs::write(at.join(name).join("domains.jsonl"), domains).expect("can write");
        fs::write(at.join(name).join("tools.jsonl"), tools).expect("can write");
        let error = refused(at, name, "made/of/it");
        assert!(error.contains(reason), "{name}: {error}");
    }
    assert!(!at.join("escaped.json").exists() && !at.join("made/escaped.json").exists());
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("api.json"), plain_api().to_string()).expect("can write");
    fs::write(at.join("file"), "kept").expect("can write");
    fs::create_dir(at.join("folder.wasm")).expect("a folder");
    for (out, reason) in [
        ("folder.wasm", "cannot write `folder.wasm`: it is a folder"),
        ("file", "cannot write `file`: `file` is no folder"),
        ("file/worlds", "cannot write `file/worlds`: `file` is no folder"),
        ("file/x/y.wasm", "cannot write `file/x/y.wasm`: `file` is no folder"),
        ("api.json", "cannot write `api.json`: `api.json` is no folder"),
    ] {
        let error = refused(at, "api.json", out);
        assert!(error.contains(reason), "{out}: {error}");
    }
    assert_eq!(fs::read_to_string(at.join("file")).expect("it is there"), "kept");
    assert_eq!(fs::read_to_string(at.join("api.json")).expect("it is there"), plain_api().to_string());
    assert!(!at.join("folder.report.json").exists(), "no report on what was not made");
}
