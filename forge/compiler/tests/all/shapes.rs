//! `errors.json`: how failing calls look to an agent.

use crate::support::{World, compile, complaints, small};
use serde_json::{Value, json};
use wardian_compiler::Sources;
use wardian_format::pack::Role;

const SHAPES: &str = r#"[
  {"tools": ["get_note"], "bodies": {
    "not_found": {"status": 404, "sentence": "/message", "body": {"message": "", "status": "404"}}}},
  {"bodies": {
    "not_found": {"status": 404, "sentence": "/error/text", "body": {"error": {"text": "", "code": 404}}},
    "invalid": {"status": 400, "sentence": "", "chars_max": 9, "body": ""}}}
]"#;

fn notes(shapes: &str) -> Sources {
    let tool = |name: &str| {
        format!(
            "-- @tool {name}\n-- @doc Reads a note.\n-- @param id integer\n-- @return else not_found \"no note\"\nSELECT text FROM notes WHERE id = :id;\n\n"
        )
    };
    let mut sources =
        small("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;", &(tool("get_note") + &tool("see_note")));
    sources.insert("errors.json", shapes);
    sources
}

/// What the agent is shown.
fn shown(world: &mut World, tool: &str, arguments: Value) -> Value {
    world.env.call(Role::Agent, tool, &arguments).expect("the host holds").observation()
}

#[test]
fn errors_are_shown_in_the_shape_that_the_author_declares() {
    let sources = notes(SHAPES);
    let compiled = compile(&sources);
    assert!(wardian_compiler::verify::verify(&compiled.parts).expect("it compiles again").is_ok());
    let mut world = World::new(&sources);
    assert_eq!(shown(&mut world, "get_note", json!({"id": 1})), json!({"message": "no note", "status": "404"}));
    assert_eq!(shown(&mut world, "see_note", json!({"id": 1})), json!({"error": {"text": "no note", "code": 404}}));
    // `get_note` says nothing of `invalid`, so that has its plain form.
    assert_eq!(shown(&mut world, "get_note", json!({}))["error"]["code"], "invalid_arguments");
    let short = shown(&mut world, "see_note", json!({}));
    assert_eq!(short.as_str().map(|text| text.chars().count()), Some(9), "{short}");
    assert_eq!(shown(&mut world, "no_note", json!({}))["error"]["code"], "unknown_tool");
    let record = world.env.call_text(Role::Agent, "see_note", "[1]").expect("the host holds");
    assert!(record.observation().is_string(), "no object: {record:?}");
    assert_eq!(record.result_digest, wardian_format::json::digest(&record.observation()).expect("canonical"));
}

#[test]
fn mistakes_in_shapes_are_named_with_their_place() {
    for (shapes, parts) in [
        ("{}", ["errors.json:1:1", "no shapes of errors"]),
        ("[{\n \"bodies\": {\"gone\": {}}}]", ["errors.json:2:", "unknown variant `gone`"]),
        (&SHAPES.replace("get_note", "get_nota"), ["errors.json:2:", "did you mean `get_note`?"]),
        (&SHAPES.replace("\"/error/text\"", "\"/error\""), ["shape 1", "no empty text for the sentence"]),
        (&SHAPES.replace("\"chars_max\": 9", "\"chars_max\": 0"), ["shape 1", "`chars_max` is 0"]),
        (&SHAPES.replace("\"tools\": [\"get_note\"], ", ""), ["shape 1", "two shapes name no tools"]),
        (&SHAPES.replace("[\"get_note\"]", "[\"get_note\", \"get_note\"]"), ["shape 0", "named twice"]),
        ("[{\"bodies\": {}}]", ["shape 0", "no bodies"]),
    ] {
        let said = complaints(&notes(shapes));
        assert!(parts.iter().all(|part| said.contains(part)), "{shapes}\n{said}");
    }
}
