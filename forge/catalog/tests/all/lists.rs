//! Function lists: OpenAI style, MCP, and the files of BFCL and ACEBench.

use crate::{ids, import_all};
use serde_json::{Value, json};

#[test]
fn test_entries_of_bfcl_give_their_functions_once() {
    let area = json!({"name": "calc.triangle area", "description": "Area.", "parameters": {"type": "dict", "required": ["base"], "properties": {
        "base": {"type": "float"}, "points": {"type": "tuple", "items": {"type": "integer"}}, "extra": {"type": "any"},
        "table": {"type": "HashMap"}, "names": {"type": "ArrayList", "items": {"type": "String"}}}}});
    let entry = |id: &str| json!({"id": id, "question": [[{"role": "user", "content": "?"}]], "function": [area]}).to_string();
    let import = import_all(&[("BFCL_v3_simple.json", format!("{}\n{}\n", entry("simple_0"), entry("simple_1")))]);
    assert_eq!((ids(&import), import.merged), (vec!["local/bfcl_v3_simple/calc_triangle_area"], 1));
    let tool = &import.tools[0];
    assert_eq!(tool.origin.also, ["BFCL_v3_simple.json:2#/function/0"]);
    let kinds = ["base", "points", "extra", "table", "names"].map(|name| tool.parameters["properties"][name]["type"].clone());
    assert_eq!(kinds, [json!("number"), json!("array"), Value::Null, json!("object"), json!("array")]);
    assert_eq!(tool.parameters["properties"]["names"]["items"], json!({"type": "string"}));
    assert_eq!(tool.parameters["required"], json!(["base"]));
}

#[test]
fn documents_of_bfcl_say_what_comes_back() {
    let function = json!({"name": "ls", "description": "Lists.", "parameters": {"type": "dict", "properties": {}},
        "response": {"type": "dict", "properties": {"files": {"type": "array", "items": {"type": "string"}}}}});
    let import = import_all(&[("gorilla_file_system.json", format!("{function}\n{}\n", function.to_string().replace("ls", "cat")))]);
    assert_eq!(ids(&import), ["local/gorilla_file_system/cat", "local/gorilla_file_system/ls"]);
    let returns = import.tools[1].returns.as_ref().expect("a result");
    assert_eq!(returns["properties"]["files"]["items"]["type"], "string");
}

#[test]
fn ace_bench_in_two_languages_with_its_slips() {
    let english = json!({"name": "book_trip", "description": "Books.", "arguments": {"type": "object", "required": ["dates"], "properties": {
        "dates": {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}, "required": ["from"]}}}}});
    let chinese = json!({"name": "查询天气", "description": "查询城市的天气。", "parameters": {"type": "object", "required": ["城市"],
        "properties": {"城市": {"type": "string", "description": "城市名称"}, "argument": {"type": "integer"}}}});
    let entry = json!({"id": "normal_0", "question": "user: …", "time": "", "function": [english, chinese, {"no": "name"}]});
    let import = import_all(&[("data_normal.json", format!("{entry}\n"))]);
    assert_eq!(ids(&import), ["local/data_normal/book_trip", "local/data_normal/tool"]);
    let dates = &import.tools[0].parameters["properties"]["dates"];
    assert_eq!((&dates["required"], dates["properties"].as_object().map(|members| members.len())), (&json!(["from"]), Some(2)));
    let weather = &import.tools[1];
    assert_eq!(weather.description, "查询城市的天气。");
    let names: Vec<&str> = weather.parameters["properties"].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!((names, &weather.parameters["required"]), (vec!["argument_2", "argument"], &json!(["argument_2"])));
    assert_eq!(import.skipped[0].at, "data_normal.json:1#/function/2");
}

#[test]
fn references_start_at_the_schema_of_a_function() {
    let definitions =
        json!({"Flight": {"type": "object", "properties": {"number": {"type": "string"}, "next": {"$ref": "#/$defs/Flight"}}}});
    let function = json!({"name": "book", "parameters": {"type": "object", "$defs": definitions, "properties": {
        "flights": {"type": "array", "items": {"$ref": "#/$defs/Flight"}}}}});
    let older = json!({"Flight": {"type": "object", "properties": {"next": {"$ref": "#/definitions/Flight"}}}});
    let whole = json!({"name": "old", "definitions": older, "parameters": {"properties": {"flight": {"$ref": "#/definitions/Flight"}}}});
    let tools = json!([{"type": "function", "function": function}, whole]);
    let import = import_all(&[("tools.json", tools.to_string())]);
    assert_eq!((ids(&import), import.skipped.len()), (vec!["local/tools/book", "local/tools/old"], 0));
    let flight = &import.tools[0].parameters["properties"]["flights"]["items"];
    assert_eq!((&flight["title"], &flight["properties"]["next"]), (&json!("Flight"), &json!({"title": "Flight"})));
    assert!(!import.tools[0].parameters.text().contains("$"), "{}", import.tools[0].parameters);
}

#[test]
fn lists_in_all_their_wrappings() {
    let tool = |name: &str| json!({"name": name, "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}});
    for (name, text) in [
        ("a.json", json!([tool("x")])),
        ("b.json", json!({"tools": [tool("x")]})),
        ("c.json", json!({"functions": [tool("x")]})),
        ("d.json", json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool("x")]}})),
        ("e.json", json!([{"id": "1", "function": [tool("x")]}])),
    ] {
        let import = import_all(&[(name, text.to_string())]);
        assert_eq!((import.tools.len(), import.skipped.len()), (1, 0), "{name}: {:?}", import.skipped);
        assert_eq!(import.tools[0].parameters["properties"]["q"]["type"], "string", "{name}");
    }
}
