//! `wardian materialize --rows`: large worlds are like small ones, and too large ones are refused before anything is lost.

use crate::support::{expect, expect_with, is_full, wardian};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn answer(schema: &Value) -> Value {
    json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}})
}

fn key(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "integer"}})
}

/// Orders with items, parcels, and countries to choose from.
fn shop(columns: usize) -> Value {
    let query = |name: &str, schema: Value| json!({"name": name, "in": "query", "schema": schema});
    let paged = json!([
        query("page", json!({"type": "integer"})),
        query("per_page", json!({"type": "integer"})),
        query("sort", json!({"type": "string", "enum": ["created_at", "name"]}))
    ]);
    let mut paths = Map::new();
    for (many, one) in [("orders", "order"), ("parcels", "parcel"), ("countries", "country")] {
        let mut members = Map::new();
        for column in 0..columns {
            members.insert(format!("remark_{column}"), json!({"type": "string", "minLength": 60}));
        }
        members.extend(
            json!({"id": {"type": "integer", "format": "int32"}, "name": {"type": "string"},
                "state": {"type": "string", "enum": ["open", "closed"]}, "created_at": {"type": "string", "format": "date-time"}})
            .as_object()
            .expect("an object")
            .clone(),
        );
        let thing = json!({"type": "object", "required": ["id", "name"], "properties": members});
        let body = json!({"content": {"application/json": {"schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}});
        let id = format!("{one}_id");
        paths.insert(
            format!("/{many}"),
            json!({"get": {"operationId": format!("list_{many}"), "parameters": paged, "responses": answer(&json!({"type": "array", "items": thing}))},
                "post": {"operationId": format!("create_{one}"), "requestBody": body, "responses": answer(&thing)}}),
        );
        paths.insert(
            format!("/{many}/{{{id}}}"),
            json!({"get": {"operationId": format!("get_{one}"), "parameters": [key(&id)], "responses": answer(&thing)},
                "patch": {"operationId": format!("update_{one}"), "parameters": [key(&id)], "requestBody": body, "responses": answer(&thing)},
                "delete": {"operationId": format!("delete_{one}"), "parameters": [key(&id)], "responses": {"204": {"description": "gone"}}}}),
        );
    }
    let item =
        json!({"type": "object", "properties": {"id": {"type": "integer"}, "sku": {"type": "string"}, "quantity": {"type": "integer"}}});
    let at = [key("order_id"), key("item_id")];
    paths.insert(
        "/orders/{order_id}/items".to_owned(),
        json!({"get": {"operationId": "list_items", "parameters": at[..1], "responses": answer(&json!({"type": "array", "items": item}))},
            "post": {"operationId": "create_item", "parameters": at[..1], "requestBody": {"content": {"application/json": {"schema": item}}}, "responses": answer(&item)}}),
    );
    paths.insert(
        "/orders/{order_id}/items/{item_id}".to_owned(),
        json!({"get": {"operationId": "get_item", "parameters": at, "responses": answer(&item)}}),
    );
    json!({"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "servers": [{"url": "https://api.shop.example"}], "paths": paths})
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// Files below `folder` but the stamps, with their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with(".stamps") {
            out.extend(files(&path));
        } else if path.is_file() {
            out.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    out
}

/// The rows of each table in the sources below `folder`, however they were divided into domains.
fn tables(folder: &Path) -> BTreeMap<String, Vec<Value>> {
    let data = files(folder).into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "jsonl"));
    data.filter(|(path, _)| path.parent().is_some_and(|p| p.ends_with("data")))
        .map(|(path, bytes)| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, String::from_utf8(bytes).expect("text").lines().map(parsed).collect())
        })
        .collect()
}

#[test]
fn five_thousand_rows_hold_together_and_threads_do_not_matter() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("shop.json"), shop(0).to_string()).expect("can write");
    let made = |threads: &str| {
        let folder = at.join(threads);
        fs::create_dir(&folder).expect("a folder");
        let args = ["materialize", "../shop.json", "-o", "worlds", "--rows", "5000", "--json", "--quiet"];
        let ran = expect_with(&folder, 0, &args, &[("RAYON_NUM_THREADS", threads)]);
        let relative = |(path, bytes): (PathBuf, Vec<u8>)| (path.strip_prefix(&folder).expect("below").to_owned(), bytes);
        (parsed(&ran.stdout), files(&folder).into_iter().map(relative).collect::<BTreeMap<_, _>>())
    };
    let (summary, one) = made("1");
    assert_eq!(summary["materialized"], summary["tools_in"], "{summary}");
    assert!(made("4").1 == one, "the number of threads must not matter");
    let tables = tables(&at.join("1/worlds/domains"));
    let count = |table: &str| tables[table].len();
    assert!((4_500..=5_500).contains(&count("parcels")), "{}", count("parcels"));
    assert!(count("items") > 2 * count("orders"), "{} items of {} orders", count("items"), count("orders"));
    assert!(count("countries") <= 60, "there are no {} countries", count("countries"));
    let ids = |table: &str| tables[table].iter().map(|row| row["id"].as_i64().expect("a number")).collect::<BTreeSet<_>>();
    let orders = ids("orders");
    assert!(tables["items"].iter().all(|row| orders.contains(&row["order_id"].as_i64().expect("a number"))), "an item without its order");
    for table in ["orders", "parcels"] {
        assert_eq!(ids(table).len(), count(table), "each has an id of its own");
        assert!(ids(table).iter().all(|id| i32::try_from(*id).is_ok()), "{table}: declared as int32");
    }
}

/// Many rows are checked with what a few gave: the reader of each writer is known although its page is far away.
#[test]
fn what_is_written_among_many_rows_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.json"), shop(0).to_string()).expect("can write");
    expect(folder.path(), 0, &["materialize", "shop.json", "-o", "shop.wasm", "--rows", "6000", "--json", "--quiet"]);
    let report = parsed(&fs::read_to_string(folder.path().join("shop.report.json")).expect("a report"));
    let pairs = &report["read_after_write"];
    assert!(pairs["pairs"].as_u64() > Some(10) && pairs["pairs"] == pairs["held"], "{pairs}");
    let example = report["examples"].as_array().expect("examples").iter().find(|e| e["tool"] == "get_parcel").expect("it is there");
    let called = expect(folder.path(), 0, &["pack", "call", "shop.wasm", "get_parcel", &example["arguments"].to_string(), "--json"]);
    assert!(called.stdout.contains(&example["result"]["name"].to_string()), "{}", called.stdout);
}

#[test]
fn too_many_rows_are_refused_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("wide.json"), shop(60).to_string()).expect("can write");
    fs::write(folder.path().join("wide.wasm"), "an old pack").expect("can write");
    let refused = |rows: &str| expect(folder.path(), 2, &["materialize", "wide.json", "-o", "wide.wasm", "--rows", rows, "--quiet"]).stderr;
    let error = refused("1000001");
    assert!(error.contains("--rows") && error.contains("1000000"), "{error}");
    let error = refused("1000000");
    let fitting = error.split("--rows ").nth(1).and_then(|rest| rest.split('`').next()).unwrap_or_else(|| panic!("no way out: {error}"));
    assert!((1_000..1_000_000).contains(&fitting.parse::<u32>().expect("a number")), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("wide.wasm")).expect("it is there"), "an old pack");
}

#[test]
fn a_million_rows() {
    if !is_full() {
        return println!("a million rows are a part of `./test --full`");
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.json"), shop(0).to_string()).expect("can write");
    let ran = wardian(folder.path(), &["materialize", "shop.json", "-o", "shop.wasm", "--rows", "1000000", "--json", "--quiet"]);
    let summary = parsed(&ran.stdout);
    assert_eq!(summary["materialized"], summary["tools_in"], "{summary}");
    assert!(summary["peak_mb"].as_f64().is_none_or(|mb| mb < 6_000.0), "{summary}");
    let report = parsed(&fs::read_to_string(folder.path().join("shop.report.json")).expect("a report"));
    assert_eq!(report["tables"]["parcels"], 1_000_000, "{}", report["tables"]);
    expect(folder.path(), 0, &["pack", "call", "shop.wasm", "list_parcels", r#"{"sort": "name", "per_page": 3}"#, "--json"]);
}
