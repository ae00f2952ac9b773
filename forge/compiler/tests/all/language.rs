//! The constructs, one by one, under the real sandbox.

use crate::support::{World, small};
use serde_json::{Value, json};
use wardian_format::{Outcome, ToolErrorCode};

const SCHEMA: &str = "
CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT UNIQUE, amount REAL, open INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)), doc TEXT) STRICT;
";

/// A world whose table `items` has three rows.
fn world(tools: &str) -> World {
    let mut sources = small(SCHEMA, tools);
    let rows =
        [json!({"id": 1, "name": "one", "amount": 1.5}), json!({"id": 2, "name": "two", "amount": 0.1, "open": false}), json!({"id": 3})];
    sources.insert("data/items.jsonl", rows.map(|row| row.to_string()).join("\n"));
    World::new(&sources)
}

#[test]
fn scalars_in_and_out() {
    let mut world = world(
        "-- @tool echo
         -- @param t text?
         -- @param i integer?
         -- @param r real?
         -- @param b boolean?
         -- @param j json?
         -- @return
         SELECT :t AS t, typeof(:t) AS tt, :i AS i, typeof(:i) AS ti, :r AS r, typeof(:r) AS tr, :b AS b, typeof(:b) AS tb, :j AS j, jsonb(:j) AS jj, typeof(:j) AS tj,
                :t? AS ht, :b? AS hb, :j? AS hj;",
    );
    let all = world.ok("echo", json!({"t": "it's \"quoted\" \u{1f600}", "i": -7, "r": 2, "b": true, "j": {"a": [1, null, {"b": "c"}]}}));
    assert_eq!((&all["t"], &all["tt"]), (&json!("it's \"quoted\" \u{1f600}"), &json!("text")));
    assert_eq!((&all["i"], &all["ti"]), (&json!(-7), &json!("integer")));
    assert_eq!((all["r"].as_f64(), &all["tr"]), (Some(2.0), &json!("real")), "an integer given for a real is a real");
    assert_eq!((&all["b"], &all["tb"]), (&json!(1), &json!("integer")), "in SQL a boolean is 0 or 1");
    assert_eq!((&all["jj"], &all["tj"]), (&json!({"a": [1, null, {"b": "c"}]}), &json!("text")));
    assert_eq!(all["j"], json!(r#"{"a":[1,null,{"b":"c"}]}"#), "TEXT is a JSON string");
    let none = world.ok("echo", json!({}));
    let null = ["t", "i", "r", "b", "j"].map(|name| none[name].clone());
    assert_eq!(null, [Value::Null, Value::Null, Value::Null, Value::Null, Value::Null]);
    assert_eq!((&none["ht"], &none["hb"], &none["hj"]), (&json!(0), &json!(0), &json!(0)));
    let false_ = world.ok("echo", json!({"b": false, "j": null, "t": ""}));
    assert_eq!(
        (&false_["b"], &false_["hb"], &false_["j"], &false_["hj"], &false_["t"], &false_["ht"]),
        (&json!(0), &json!(1), &Value::Null, &json!(1), &json!(""), &json!(1))
    );
    for (given, text) in [(json!("x"), "\"x\""), (json!(false), "false"), (json!(1.5), "1.5"), (json!([]), "[]")] {
        assert_eq!(world.ok("echo", json!({"j": given}))["j"], json!(text), "a json parameter is always JSON text");
    }
}

#[test]
fn null_and_absent_differ_where_asked() {
    let mut world = world(
        "-- @tool put
         -- @param id integer
         -- @param name text|null?
         -- @exec some else \"no item {id}\"
         UPDATE items SET name = iif(:name?, :name, name) WHERE id = :id;
         -- @return
         SELECT name FROM items WHERE id = :id;",
    );
    assert_eq!(world.ok("put", json!({"id": 1})), json!("one"));
    assert_eq!(world.ok("put", json!({"id": 1, "name": null})), Value::Null);
    assert_eq!(world.ok("put", json!({"id": 3, "name": "three"})), json!("three"));
    world.refuses("put", json!({"id": 9}), ToolErrorCode::NotFound, "no item 9");
    world.refuses("put", json!({"id": 1, "name": "two"}), ToolErrorCode::Conflict, "UNIQUE constraint failed: items.name");
}

#[test]
fn results() {
    let mut world = world(
        "-- @tool real
         -- @return
         SELECT amount + 0.2 FROM items WHERE id = 2;
         -- @tool nothing
         -- @return
         SELECT name FROM items WHERE id = 77;
         -- @tool many
         -- @return
         SELECT name FROM items WHERE id < 3;
         -- @tool list_of_objects
         -- @return list
         SELECT id, jsonb(iif(open, 'true', 'false')) AS open, amount FROM items ORDER BY id DESC;
         -- @tool list_of_values
         -- @return list
         SELECT name FROM items ORDER BY id;
         -- @tool list_limited
         -- @param n integer
         -- @return list
         SELECT DISTINCT open FROM items ORDER BY open DESC LIMIT :n;
         -- @tool union
         -- @return list
         SELECT id FROM items WHERE id < 3 UNION SELECT id + 1 FROM items ORDER BY 1 DESC;
         -- @tool nested
         -- @return
         SELECT jsonb_object('items', jsonb_group_array(jsonb_object('id', id, 'open', iif(open, json('true'), json('false'))) ORDER BY id DESC), 'none', NULL) FROM items;
         -- @tool text_of_json
         -- @return
         SELECT iif(1, json('[1]'), '') AS a, doc AS b FROM items WHERE id = 1;
         -- @tool blob
         -- @return
         SELECT x'0102';",
    );
    assert_eq!(world.ok("real", json!({})).as_f64(), Some(0.1 + 0.2), "reals keep all their digits");
    world.refuses("nothing", json!({}), ToolErrorCode::NotFound, "not found");
    world.refuses("many", json!({}), ToolErrorCode::Other, "`@return` found more than one row");
    assert_eq!(
        world.ok("list_of_objects", json!({})),
        json!([{"id": 3, "open": true, "amount": null}, {"id": 2, "open": false, "amount": 0.1}, {"id": 1, "open": true, "amount": 1.5}])
    );
    assert_eq!(world.ok("list_of_values", json!({})), json!(["one", "two", null]));
    assert_eq!(world.ok("list_limited", json!({"n": 1})), json!([1]));
    assert_eq!(world.ok("union", json!({})), json!([4, 3, 2, 1]));
    assert_eq!(
        world.ok("nested", json!({})),
        json!({"items": [{"id": 3, "open": true}, {"id": 2, "open": false}, {"id": 1, "open": true}], "none": null})
    );
    assert_eq!(world.ok("text_of_json", json!({})), json!({"a": "[1]", "b": null}), "text stays a string, whatever made it");
    let outcome = world.call("blob", json!({}));
    assert!(matches!(&outcome, Outcome::ToolError { code: ToolErrorCode::Other, .. }), "a BLOB that is no JSONB: {outcome:?}");
}

#[test]
fn both_branches() {
    let mut world = world(
        "-- @tool toggle
         -- @param id integer
         -- @row item else \"no item {id}\"
         SELECT open FROM items WHERE id = :id;
         -- @when :item.open
         UPDATE items SET open = 0 WHERE id = :id;
         -- @when :id = 3
         UPDATE items SET name = 'shut' WHERE id = :id;
         -- @return
         SELECT 'three';
         -- @end
         -- @else
         UPDATE items SET open = 1 WHERE id = :id;
         -- @end
         -- @return
         SELECT open FROM items WHERE id = :id;",
    );
    assert_eq!(world.ok("toggle", json!({"id": 1})), json!(0));
    assert_eq!(world.ok("toggle", json!({"id": 1})), json!(1));
    assert_eq!(world.ok("toggle", json!({"id": 3})), json!("three"), "an early return");
    assert_eq!(world.read("SELECT name FROM items WHERE id = 3"), json!("shut"));
    world.refuses("toggle", json!({"id": 4}), ToolErrorCode::NotFound, "no item 4");
}

#[test]
fn lists_and_tables() {
    let mut world = world(
        "-- @tool add
         -- @param rows list(id integer, name text, amount real?, tags json?)
         -- @reject invalid
         SELECT CASE WHEN EXISTS (SELECT 1 FROM items AS i WHERE i.id = r.id) THEN 'item ' || r.id || ' exists' END FROM :rows AS r ORDER BY r.pos;
         INSERT INTO items (id, name, amount, doc) SELECT id, name, amount, tags FROM :rows;
         -- @return list
         SELECT i.id, typeof(i.amount) AS t, i.doc FROM :rows AS r JOIN items AS i USING (id) ORDER BY r.pos DESC;

         -- @tool sum
         -- @param of list(real)
         -- @param ids list(integer)
         -- @param any list(json)?
         -- @return
         SELECT (SELECT total(value) FROM :of) AS sum, (SELECT count(*) FROM items WHERE id IN :ids) AS known, :ids AS text,
                (SELECT jsonb_group_array(jsonb(value) ORDER BY pos) FROM :any) AS any;

         -- @tool each
         -- @param names list(text)
         -- @table fresh
         SELECT n.value AS name, i.id AS had, length(n.value) * 0.5 AS half FROM :names AS n LEFT JOIN items AS i ON i.name = n.value ORDER BY n.pos DESC;
         -- @let count = (SELECT count(*) FROM :fresh)
         -- @each x in fresh
         -- @row top
         SELECT max(id) + 1 AS next FROM items;
         -- @when :x.had IS NULL
         INSERT INTO items (id, name, amount) VALUES (:top.next, :x.name, :x.half);
         -- @else
         UPDATE items SET name = name || '+' || :x.pos WHERE id = :x.had;
         -- @end
         -- @end
         -- @return
         SELECT jsonb_group_array(jsonb_array(id, name, amount) ORDER BY id) AS items, :count AS count FROM items;

         -- @tool direct
         -- @param ids list(integer)
         -- @each one in ids
         UPDATE items SET amount = coalesce(amount, 0) * 2 + :one.pos WHERE id = :one.value;
         -- @end",
    );
    let added =
        world.ok("add", json!({"rows": [{"id": 7, "name": "seven", "amount": 2}, {"id": 8, "name": "eight", "tags": ["a", {"b": 1}]}]}));
    assert_eq!(added, json!([{"id": 8, "t": "null", "doc": "[\"a\",{\"b\":1}]"}, {"id": 7, "t": "real", "doc": null}]));
    world.refuses(
        "add",
        json!({"rows": [{"id": 5, "name": "five"}, {"id": 2, "name": "x"}, {"id": 1, "name": "y"}]}),
        ToolErrorCode::Invalid,
        "item 2 exists",
    );
    assert_eq!(world.ok("add", json!({"rows": []})), json!([]));
    let sum = world.ok("sum", json!({"of": [1, 2.5], "ids": [1, 2, 99], "any": [1, "x", null, {"a": [true]}]}));
    assert_eq!(sum, json!({"sum": 3.5, "known": 2, "text": "[1,2,99]", "any": [1, "x", null, {"a": [true]}]}));
    assert_eq!(world.ok("sum", json!({"of": [], "ids": []})), json!({"sum": 0.0, "known": 0, "text": "[]", "any": []}));
    let each = world.ok("each", json!({"names": ["nine", "one", "nine2"]}));
    assert_eq!(each["count"], json!(3));
    assert_eq!(
        each["items"],
        json!([
            [1, "one+1", 1.5],
            [2, "two", 0.1],
            [3, null, null],
            [7, "seven", 2.0],
            [8, "eight", null],
            [9, "nine2", 2.5],
            [10, "nine", 2.0]
        ])
    );
    world.ok("direct", json!({"ids": [1, 1]}));
    assert_eq!(world.read("SELECT format('%g', amount) FROM items WHERE id = 1"), json!("7"), "1.5 × 2 + 0, then × 2 + 1");
}

#[test]
fn failures_and_messages() {
    let mut world = world(
        "-- @tool guards
         -- @param a integer?
         -- @param t text = \"x\"
         -- @require :a IS NOT NULL else invalid \"a is missing; t is {t}, a is {a}, {{braces}} and \\\"quotes\\\"\"
         -- @require :a > 0 else \"a = {a}\"
         -- @require nullif(:a, 5) else forbidden \"not five\"
         -- @require CASE WHEN :a = 6 THEN 0 ELSE 1 END
         --   else conflict \"not six,
         --   on two lines\"
         -- @row item else conflict \"none of id {a}\"
         SELECT id, name FROM items WHERE id = :a;
         -- @require :item.name IS NOT NULL else \"{item.id} has no name: {item.name}\"
         -- @return
         SELECT :item.name;
         -- @tool broken
         -- @row two
         SELECT id FROM items WHERE id < 3;
         -- @tool default
         -- @param id integer
         -- @row some_item
         SELECT id FROM items WHERE id = :id;",
    );
    use ToolErrorCode::{Conflict, Forbidden, Invalid, NotFound, Other};
    world.refuses("guards", json!({}), Invalid, "a is missing; t is x, a is null, {braces} and \"quotes\"");
    world.refuses("guards", json!({"a": -1}), Other, "a = -1");
    world.refuses("guards", json!({"a": 5}), Forbidden, "not five");
    world.refuses("guards", json!({"a": 6}), Conflict, "not six, on two lines");
    world.refuses("guards", json!({"a": 7}), Conflict, "none of id 7");
    world.refuses("guards", json!({"a": 3}), Other, "3 has no name: null");
    assert_eq!(world.ok("guards", json!({"a": 2})), json!("two"));
    world.refuses("broken", json!({}), Other, "`@row two` found more than one row");
    world.refuses("default", json!({"id": 9}), NotFound, "some item not found");
}

#[test]
fn shared_steps_and_optional_rows() {
    let mut world = world(
        "-- @steps load
         -- @row item?
         SELECT id, name FROM items WHERE id = :id;
         -- @let label = coalesce(:item.name, 'unnamed')
         -- @tool show
         -- @param id integer
         -- @use load
         -- @let a = :id + 1
         -- @let b = :id + 2
         -- @let c = :a * :b
         -- @return
         SELECT :item? AS found, :item.id AS id, :label AS label, :c AS c, :now AS now, :args AS args;
         -- @tool label
         -- @param id integer
         -- @use load
         -- @return
         SELECT :label;",
    );
    let now = "2026-01-31T12:00:00Z";
    assert_eq!(world.ok("show", json!({"id": 1})), json!({"found": 1, "id": 1, "label": "one", "c": 6, "now": now, "args": "{\"id\":1}"}));
    assert_eq!(
        world.ok("show", json!({"id": 9})),
        json!({"found": 0, "id": null, "label": "unnamed", "c": 110, "now": now, "args": "{\"id\":9}"})
    );
    assert_eq!(world.ok("label", json!({"id": 3})), json!("unnamed"));
}

/// Many calls on one instance, with results that grow the memory: nothing is left over from one to the next.
#[test]
fn an_instance_can_be_used_again() {
    let mut world = world(
        "-- @tool repeat
         -- @param n integer
         -- @let text = (SELECT iif(:n < 0, '', printf('%.*c', :n, 'x')))
         -- @table rows
         WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20) SELECT i FROM c ORDER BY i;
         -- @each row in rows
         -- @let copy = :text || :row.i
         -- @require length(:copy) > 1 OR :n = 1 else \"short\"
         -- @end
         -- @return
         SELECT length(:text);",
    );
    for n in [10, 200_000, 3, 150_000, 1, 200_000] {
        assert_eq!(world.ok("repeat", json!({"n": n})), json!(n));
    }
    world.refuses("repeat", json!({"n": -1}), ToolErrorCode::Other, "short");
}
