//! Guests in packs: composed in, lifted out, verified.

use crate::support::{World, compile, complaints, load, small};
use serde_json::json;
use wardian_compiler::{CompileError, Sources, Validation, compile_pack, compile_tool, verify};
use wardian_format::limits::Profile;
use wardian_format::pack::Statements;
use wardian_format::{Outcome, ToolErrorCode};
use wardian_testkit::{Guest, Texts, component, component_of_core, core};

const SCHEMA: &str = "CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;\n";

const TOOLS: &str = "-- @tool get_note
-- @doc Read a note, in a guest.
-- @param id text ref(notes.id)
-- @guest reader
-- @effect read

-- @tool put_note
-- @doc Write a note, in SQL.
-- @param id text new(notes.id)
-- @param body text
INSERT INTO notes VALUES (:id, :body);

-- @tool set_note
-- @doc Change a note, in another guest.
-- @params {\"type\": \"object\", \"properties\": {\"id\": {\"type\": \"string\"}, \"body\": {\"type\": \"string\"}}, \"required\": [\"id\", \"body\"], \"additionalProperties\": false}
-- @guest writer

-- @tool sneak
-- @doc Says that it reads, and writes.
-- @param id text
-- @guest writer
-- @effect read
";

fn reader() -> Vec<u8> {
    let mut texts = Texts::default();
    let guests = [
        Guest::query("get-note", "SELECT json_quote(body) FROM notes WHERE id = ?1 ->> '$.id'", &mut texts),
        Guest::returns("unused", b"null", &mut texts),
    ];
    component(&guests, &texts, "")
}

fn writer() -> Vec<u8> {
    let mut texts = Texts::default();
    let guests = [
        Guest::change("set-note", "UPDATE notes SET body = ?1 ->> '$.body' WHERE id = ?1 ->> '$.id'", &mut texts),
        Guest::change("sneak", "DELETE FROM notes WHERE id = ?1 ->> '$.id'", &mut texts),
    ];
    component(&guests, &texts, "")
}

fn sources() -> Sources {
    let mut sources = small(SCHEMA, TOOLS);
    sources.insert("data/notes.jsonl", "{\"id\":\"a\",\"body\":\"first\"}\n");
    sources.guests.insert("reader".to_owned(), reader());
    sources.guests.insert("writer".to_owned(), writer());
    sources
}

#[test]
fn tools_of_all_parts_share_one_state() {
    let mut world = World::new(&sources());
    assert_eq!(world.ok("get_note", json!({"id": "a"})), json!("first"));
    world.ok("put_note", json!({"id": "b", "body": "second"}));
    assert_eq!(world.ok("get_note", json!({"id": "b"})), json!("second"));
    world.ok("set_note", json!({"id": "b", "body": "third"}));
    assert_eq!(world.ok("get_note", json!({"id": "b"})), json!("third"));
    world.refuses("get_note", json!({"id": "none"}), ToolErrorCode::NotFound, "absent");
    // What a guest calls a read leaves nothing behind.
    let before = world.digest();
    world.ok("sneak", json!({"id": "a"}));
    assert_eq!(world.digest(), before);
    // `@params` are checked as `@param`s are.
    assert!(matches!(world.call("set_note", json!({"id": "b"})), Outcome::InvalidArguments { .. }));
}

#[test]
fn the_component_holds_each_guest_once_and_gives_it_back() {
    let sources = sources();
    let parts = compile(&sources).parts;
    assert_eq!(parts.manifest.profile, Profile::Guest);
    assert_eq!(parts.manifest.tool("get_note").expect("is there").statements, Statements::Free);
    assert!(matches!(parts.manifest.tool("put_note").expect("is there").statements, Statements::Closed { .. }));
    let split = wardian_pack::split(&parts.component, &parts.manifest).expect("it can be taken apart");
    assert_eq!(split.guests["reader"], reader());
    assert_eq!(split.guests["writer"], writer());
    assert_eq!(Sources::of(&parts).expect("sources"), sources);
    // Twice the same bytes, and the pack verifies.
    assert_eq!(compile(&sources).parts.component, parts.component);
    let bytes = wardian_pack::write(&parts).expect("bytes");
    let opened = wardian_pack::open(&bytes, "x").expect("opens");
    assert!(opened.report.exports.iter().map(String::as_str).eq(["get-note", "put-note", "set-note", "sneak"]), "no other exports");
    let found = verify(&opened.parts).expect("verifies");
    assert!(found.is_ok(), "{:?}", found.differences);
}

#[test]
fn a_tool_of_a_guest_is_a_component_by_itself_too() {
    let (sources, parts) = (sources(), compile(&sources()).parts);
    let both = ["get_note", "put_note"].map(|name| {
        let component = compile_tool(&sources, name, Validation::Checked).expect("it compiles");
        let mut manifest = parts.manifest.clone();
        manifest.tools.retain(|tool| tool.name == name);
        manifest.guests.retain(|guest| manifest.tools[0].guest.as_ref() == Some(&guest.name));
        manifest.links.clear();
        if manifest.guests.is_empty() {
            manifest.profile = Profile::Sql;
        }
        let mut world = World::of(&load(&wardian_pack::Parts { component, manifest, ..parts.clone() }));
        world.call(name, json!({"id": "a", "body": "x"}))
    });
    assert!(matches!(both[0], Outcome::InvalidArguments { .. }));
    assert!(matches!(&both[1], Outcome::ToolError { code: ToolErrorCode::Conflict, .. }), "{:?}", both[1]);
}

#[test]
fn guests_alone_are_a_pack() {
    let mut sources = small(SCHEMA, "-- @tool get_note\n-- @doc Read.\n-- @param id text\n-- @guest reader\n-- @effect read\n");
    sources.insert("data/notes.jsonl", "{\"id\":\"a\",\"body\":\"first\"}\n");
    sources.guests.insert("reader".to_owned(), reader());
    let mut world = World::new(&sources);
    assert_eq!(world.ok("get_note", json!({"id": "a"})), json!("first"));
}

/// componentize-py exports an instance besides the tools; whoever builds a component may.
#[test]
fn what_a_guest_exports_besides_is_left_out() {
    let mut texts = Texts::default();
    let tool = Guest::query("get-note", "SELECT json_quote(body) FROM notes WHERE id = ?1 ->> '$.id'", &mut texts);
    let core = core(&[tool], &texts, "", "");
    let odd = component_of_core(&core, &["get-note"], "export odd: interface { type t = u32; }");
    let refused = wardian_pack::least_profile(&odd).expect_err("by itself it is no pack");
    assert!(refused.contains("`odd` is not a tool"), "{refused}");
    let mut sources = small(SCHEMA, "-- @tool get_note\n-- @doc Read.\n-- @param id text\n-- @guest reader\n-- @effect read\n");
    sources.insert("data/notes.jsonl", "{\"id\":\"a\",\"body\":\"first\"}\n");
    sources.guests.insert("reader".to_owned(), odd);
    let mut world = World::new(&sources);
    assert_eq!(world.ok("get_note", json!({"id": "a"})), json!("first"));
}

#[test]
fn what_is_wrong_with_guests_is_said() {
    let mut missing = sources();
    missing.guests.remove("reader");
    let mut unused = sources();
    unused.guests.insert("readers".to_owned(), component(&[Guest::new("x", "unreachable")], &Texts::default(), ""));
    let mut same = sources();
    same.guests.insert("writer".to_owned(), reader());
    let mut steps = sources();
    steps.insert("tools.sql", "-- @tool get_note\n-- @doc Read.\n-- @guest reader\n-- @return = 1\n");
    let mut profile = sources();
    profile.insert("pack.toml", format!("{}profile = \"sql\"\n", profile.get("pack.toml").expect("is there")));
    let shown = [missing, unused, same, steps, profile].map(|sources| complaints(&sources)).join("\n\n---\n");
    insta::assert_snapshot!(shown);
    let refused = |change: fn(&mut Sources)| {
        let mut sources = sources();
        change(&mut sources);
        match compile_pack(&sources, Validation::Checked) {
            Err(error @ CompileError::Compose(_)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let text = refused(|sources| drop(sources.guests.insert("reader".to_owned(), b"\0asm\x01\0\0\0".to_vec())));
    assert_eq!(text, "guest `reader`: package `guest:reader` is not a binary-encoded WebAssembly component");
    let text = refused(|sources| {
        let other = component(&[Guest::new("x", "unreachable")], &Texts::default(), "");
        sources.guests.insert("reader".to_owned(), other);
    });
    assert_eq!(text, "guest `reader`: it exports no function `get-note`");
}

#[test]
fn a_component_that_is_no_composition_of_its_guests_is_refused() {
    let parts = compile(&sources()).parts;
    let refused = |change: fn(&mut wardian_pack::Parts)| {
        let mut changed = parts.clone();
        change(&mut changed);
        let bytes = wardian_pack::write(&changed).expect("bytes");
        match wardian_pack::open(&bytes, "x") {
            Err(error) => error.to_string(),
            Ok(_) => panic!("it is accepted"),
        }
    };
    let digest = |parts: &mut wardian_pack::Parts| parts.manifest.guests[0].digest = wardian_format::Digest::of(b"other");
    assert!(refused(digest).contains("does not hold the guest `reader`"));
    assert!(refused(|parts| drop(parts.manifest.guests.remove(1))).contains("names the guest `writer`"));
    assert!(refused(|parts| parts.manifest.guests.reverse()).contains("not sorted"));
    assert!(refused(|parts| parts.manifest.profile = Profile::Sql).contains("profile `sql`"));
    assert!(refused(|parts| parts.manifest.tools[1].guest = Some("reader".to_owned())).contains("component holds other components"));
}
