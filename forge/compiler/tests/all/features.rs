//! The second half of the language: objects, constraints, ids, values without SELECT, rounding, what follows a call, guests.

use crate::support::{World, compile, complaints, small};
use serde_json::json;
use wardian_format::pack::{Effect, Role};
use wardian_format::{Outcome, ToolErrorCode};

const SCHEMA: &str = "
CREATE TABLE orders (order_id TEXT PRIMARY KEY, status TEXT NOT NULL, total REAL, note TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE items (order_id TEXT NOT NULL REFERENCES orders, pos INTEGER NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (order_id, pos)) STRICT, WITHOUT ROWID;
CREATE TABLE pool (pos INTEGER PRIMARY KEY, order_id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE log (entry INTEGER PRIMARY KEY, tool TEXT NOT NULL, detail TEXT) STRICT;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

fn world(tools: &str) -> World {
    let mut sources = small(SCHEMA, tools);
    sources.insert(
        "data/orders.jsonl",
        "{\"order_id\":\"O-1\",\"status\":\"open\",\"total\":2.5}\n{\"order_id\":\"O-2\",\"status\":\"paid\",\"total\":0.125}\n",
    );
    sources.insert("data/pool.jsonl", "{\"pos\":1,\"order_id\":\"O-2\"}\n{\"pos\":2,\"order_id\":\"O-7\"}\n");
    sources.insert("data/counters.jsonl", "{\"name\":\"calls\",\"value\":0}\n");
    World::new(&sources)
}

#[test]
fn objects_and_nested_lists_come_in() {
    let mut world = world(
        "-- @tool ship
-- @doc Ship.
-- @param to object(name text, address object(street text, zip text? pattern('^[0-9]{5}$')), tags list(text)?) Where to.
-- @param parcels list(weight real min(0.1), stamps list(integer)) items(1..3)
-- @return
SELECT :to.name AS name, :to.address.street AS street, :to.address.zip? AS has_zip, :to.address AS address,
       (SELECT count(*) FROM :to.tags) AS tags, 'a' IN :to.tags AS tagged,
       (SELECT jsonb_group_array(jsonb_object('weight', p.weight, 'stamps', jsonb(p.stamps)) ORDER BY p.pos) FROM :parcels AS p) AS parcels;
",
    );
    let arguments = json!({
        "to": {"name": "Ada", "address": {"street": "Elm 1", "zip": "01234"}, "tags": ["b", "a"]},
        "parcels": [{"weight": 2, "stamps": [1, 2]}, {"weight": 0.5, "stamps": []}]
    });
    let result = world.ok("ship", arguments);
    assert_eq!(
        result,
        json!({"name": "Ada", "street": "Elm 1", "has_zip": 1, "address": "{\"street\":\"Elm 1\",\"zip\":\"01234\"}", "tags": 2, "tagged": 1,
            "parcels": [{"weight": 2.0, "stamps": [1, 2]}, {"weight": 0.5, "stamps": []}]})
    );
    let refused = |world: &mut World, arguments| match world.call("ship", arguments) {
        Outcome::InvalidArguments { message } => message,
        other => panic!("{other:?}"),
    };
    let plain = json!({"name": "Ada", "address": {"street": "Elm 1"}});
    assert!(refused(&mut world, json!({"to": plain, "parcels": []})).contains("/parcels"));
    assert!(refused(&mut world, json!({"to": plain, "parcels": [{"weight": 0, "stamps": []}]})).contains("/parcels/0/weight"));
    let far = json!({"name": "Ada", "address": {"street": "Elm 1", "zip": "x"}});
    assert!(refused(&mut world, json!({"to": far, "parcels": [{"weight": 1, "stamps": []}]})).contains("^[0-9]{5}$"));
}

#[test]
fn constraints_become_json_schema() {
    let parts = compile(&small(
        SCHEMA,
        "-- @tool t
-- @doc T.
-- @param a integer min(1) max(9)
-- @param b real above(0) below(1.5)
-- @param c text length(2..4) format('date')
-- @param d list(text)? items(..2) unique() length(3) One or two.
-- @param e list(list(integer))? min(0)
-- @param f text|null? pattern('^a') enum('a', 'ab')
-- @return = :args
",
    ))
    .parts;
    let properties = &parts.manifest.tools[0].parameters["properties"];
    let expected = json!({
        "a": {"type": "integer", "minimum": 1, "maximum": 9},
        "b": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1.5},
        "c": {"type": "string", "minLength": 2, "maxLength": 4, "format": "date"},
        "d": {"type": "array", "items": {"type": "string", "minLength": 3, "maxLength": 3}, "maxItems": 2, "uniqueItems": true, "description": "One or two."},
        "e": {"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0}}},
        "f": {"type": ["string", "null"], "enum": ["a", "ab", null], "pattern": "^a"}
    });
    assert_eq!(*properties, expected);
}

#[test]
fn ids_do_not_clash_and_pools_run_out() {
    let mut world = world(
        "-- @tool open_order
-- @doc Open.
-- @id order_id in orders.order_id from pool.order_id else conflict \"no number is free\"
INSERT INTO orders (order_id, status) VALUES (:order_id, 'open');
-- @return = :order_id

-- @tool file
-- @doc File.
-- @id order_id in orders.order_id = 'O-' || (1 + :n)
INSERT INTO orders (order_id, status) VALUES (:order_id, 'filed');
-- @return = :order_id

-- @tool log
-- @doc Log.
-- @id entry in log.entry
INSERT INTO log (entry, tool) VALUES (:entry, 'x');
-- @return = :entry
",
    );
    assert_eq!(world.ok("open_order", json!({})), json!("O-7"), "O-2 is taken");
    world.refuses("open_order", json!({}), ToolErrorCode::Conflict, "no number is free");
    assert_eq!(world.ok("file", json!({})), json!("O-3"), "O-1 and O-2 are taken");
    let (first, second) = (world.ok("log", json!({})), world.ok("log", json!({})));
    assert!(first.is_i64() && first != second, "{first} {second}");
}

#[test]
fn values_are_returned_without_select() {
    let mut world = world(
        "-- @tool text
-- @doc T.
-- @param order_id text
-- @row order
SELECT total FROM orders WHERE order_id = :order_id;
-- @return = 'order ' || :order_id || ' is ' || :order.total

-- @tool document
-- @doc D.
-- @param key text
-- @param keys list(text)
-- @return = jsonb_object(:key, 1, 'all', (SELECT jsonb_group_object(k.value, k.pos ORDER BY k.pos) FROM :keys AS k))

-- @tool rounded
-- @doc R.
-- @param order_id text
-- @return
SELECT round_half_even(total, 2) AS even, round_half_away(total, 2) AS away, round_half_even(total, 0) AS whole, round_half_even(NULL, 1) AS none, real_text(total / 3) AS text, real_text(2) AS two, real_text(NULL) AS absent,
       real_text(total * 1e22, 2) AS large, real_text(total, 2) AS short, unicode_lower('\u{212a}IÉΣ') AS small
  FROM orders WHERE order_id = :order_id;
",
    );
    assert_eq!(world.ok("text", json!({"order_id": "O-1"})), json!("order O-1 is 2.5"));
    let document = world.ok("document", json!({"key": "computed", "keys": ["b", "a"]}));
    assert_eq!(document, json!({"computed": 1, "all": {"b": 0, "a": 1}}));
    assert_eq!(
        world.ok("rounded", json!({"order_id": "O-2"})),
        json!({"even": 0.12, "away": 0.13, "whole": 0.0, "none": null, "text": "0.041666666666666664", "two": "2.0", "absent": null, "large": "1250000000000000000000.00", "short": "0.12", "small": "kiéς"})
    );
}

const FOLLOWED: &str = "-- @tool pay
-- @doc Pay.
-- @param order_id text
-- @exec some
UPDATE orders SET status = 'paid' WHERE order_id = :order_id;

-- @tool look
-- @doc Look.
-- @param order_id text
-- @return
SELECT status FROM orders WHERE order_id = :order_id;

-- @tool is_paid
-- @role assert
-- @doc Paid?
-- @return = (SELECT count(*) FROM orders WHERE status = 'paid')

-- @tool user_look
-- @role user
-- @doc Look.
-- @return = 1

-- @after count_calls
-- @role agent user
UPDATE counters SET value = value + 1 WHERE name = 'calls';

-- @after note
-- @tools pay
-- @require (SELECT value FROM counters WHERE name = 'calls') < 4 else forbidden \"{tool} was called too often\"
INSERT INTO log (entry, tool, detail) VALUES ((SELECT count(*) + 1 FROM log), :tool, (:arguments ->> '$.order_id') || ' ' || coalesce(:result, 'nothing'));
";

#[test]
fn what_follows_a_call_is_part_of_it() {
    let mut world = world(FOLLOWED);
    world.ok("pay", json!({"order_id": "O-1"}));
    assert_eq!(world.read("SELECT tool || ' ' || detail FROM log"), json!("pay O-1 nothing"));
    assert_eq!(world.read("SELECT value FROM counters"), json!(1));
    // A read is followed too, and what follows may write.
    world.ok("look", json!({"order_id": "O-1"}));
    world.ok("user_look", json!({}));
    assert_eq!(world.read("SELECT value FROM counters"), json!(3));
    // A call that fails is followed by nothing; nor is one in a role that is not named.
    world.refuses("look", json!({"order_id": "none"}), ToolErrorCode::NotFound, "not found");
    world.ok("is_paid", json!({}));
    assert_eq!(world.read("SELECT value FROM counters"), json!(3));
    // What follows can refuse, and then nothing of the call is left, nor of what followed before.
    world.refuses("pay", json!({"order_id": "O-2"}), ToolErrorCode::Forbidden, "pay was called too often");
    assert_eq!(world.read("SELECT value FROM counters"), json!(3));
    // Nobody calls it by name.
    let outcome =
        world.env.call(Role::After, "note", &json!({"tool": "pay", "arguments": {}, "result": 1})).expect("the host holds").outcome;
    assert_eq!(outcome, Outcome::UnknownTool);
}

#[test]
fn what_follows_leaves_the_effect_of_the_tool_alone() {
    let manifest = compile(&small(SCHEMA, FOLLOWED)).parts.manifest;
    let of = |name: &str| manifest.tool(name).expect("it is there");
    assert_eq!((of("look").effect, of("note").effect, of("note").role), (Effect::Read, Effect::Write, Role::After));
    let after: Vec<&str> = manifest.after(of("pay")).map(|tool| tool.name.as_str()).collect();
    assert_eq!(after, ["count_calls", "note"]);
    assert_eq!(manifest.after(of("is_paid")).count(), 0);
}

/// Only the rows of VALUES stand for columns, in their order; what an ON CONFLICT says does not.
#[test]
fn an_upsert_is_no_mistake_of_types() {
    let tools = "-- @tool put
-- @doc Put.
-- @param order_id text
-- @param total real?
INSERT INTO orders (order_id, status, total) VALUES (:order_id, 'open', :total), ('O-0', :order_id, 0.0)
ON CONFLICT (order_id) DO UPDATE SET total = iif(:total?, :total, total);
";
    assert_eq!(complaints(&small(SCHEMA, tools)), "");
    let wrong = complaints(&small(SCHEMA, &tools.replace("('O-0', :order_id, 0.0)", "('O-0', 'x', :order_id)")));
    assert!(wrong.contains("`:order_id` is text, and the column `total` is REAL"), "{wrong}");
}

#[test]
fn a_pack_of_another_order_gives_the_same_bytes() {
    // The order of the members of an object in the sources is the author's; everything else follows from the sources.
    let (once, again) = (compile(&small(SCHEMA, FOLLOWED)), compile(&small(SCHEMA, FOLLOWED)));
    assert_eq!(wardian_pack::write(&once.parts).expect("bytes"), wardian_pack::write(&again.parts).expect("bytes"));
    assert_eq!(complaints(&small(SCHEMA, FOLLOWED)), "");
}
