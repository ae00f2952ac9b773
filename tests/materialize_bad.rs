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
