//! Packs with many tools, and tools with many steps, stay within what the runtime admits.

use crate::support::{World, small};
use serde_json::json;

const SCHEMA: &str = "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT) STRICT;";

#[test]
fn five_hundred_tools() {
    let tool = |i: usize| {
        format!(
            "-- @tool get_item_{i}\n-- @doc Get an item, way {i}.\n-- @param id integer ref(items.id)\n-- @row item else \"no item {{id}}\"\nSELECT name FROM items WHERE id = :id;\n\
             -- @return\nSELECT :id AS id, :item.name AS name, {i} AS way;\n"
        )
    };
    let tools: String = (0..500).map(tool).collect();
    let mut sources = small(SCHEMA, &tools);
    sources.insert("data/items.jsonl", "{\"id\": 1, \"name\": \"one\"}\n");
    let mut world = World::new(&sources);
    for i in [0, 250, 499] {
        assert_eq!(world.ok(&format!("get_item_{i}"), json!({"id": 1})), json!({"id": 1, "name": "one", "way": i}));
    }
}

#[test]
fn a_tool_of_three_hundred_steps() {
    let step = |i: usize| {
        format!(
            "-- @when :id <> {i}\nUPDATE items SET name = '{i}' WHERE id = :id;\n-- @else\n-- @row r{i} else \"no {{id}} in step {i}\"\nSELECT id FROM items WHERE id = :id;\n-- @end\n"
        )
    };
    let steps: String = (0..100).map(step).collect();
    let mut sources = small(
        SCHEMA,
        &format!("-- @tool long\n-- @doc x\n-- @param id integer\n{steps}-- @return\nSELECT name FROM items WHERE id = :id;\n"),
    );
    sources.insert("data/items.jsonl", "{\"id\": 1, \"name\": \"one\"}\n");
    let mut world = World::new(&sources);
    assert_eq!(world.ok("long", json!({"id": 1})), json!("99"));
    world.refuses("long", json!({"id": 7}), wardian_format::ToolErrorCode::NotFound, "no 7 in step 7");
}
