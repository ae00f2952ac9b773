//! What the rules make of descriptions in the styles of real APIs, called as an agent calls them.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use wardian_catalog::{Document, ImportOptions, import};
use wardian_env::{Env, EpisodeContext, Runtime};
use wardian_format::graph::Domain;
use wardian_format::outcome::ToolErrorCode;
use wardian_format::pack::Role;
use wardian_format::{CatalogTool, Outcome};
use wardian_materialize::{Class, Materialized, Options, Siblings, materialize};

/// A document of OpenAPI 3 with these operations: (method, path, operation id, parameters, body, result).
type Operation<'a> = (&'a str, &'a str, &'a str, Value, Value, Value);

fn document(operations: &[Operation<'_>]) -> Vec<CatalogTool> {
    let mut paths: BTreeMap<&str, Value> = BTreeMap::new();
    for (method, path, id, parameters, body, result) in operations {
        let mut operation =
            json!({"operationId": id, "summary": id, "parameters": parameters, "responses": {"200": {"description": "ok"}}});
        if !body.is_null() {
            operation["requestBody"] = json!({"content": {"application/json": {"schema": body}}});
        }
        if !result.is_null() {
            operation["responses"]["200"]["content"] = json!({"application/json": {"schema": result}});
        }
        paths.entry(path).or_insert_with(|| json!({}))[*method] = operation;
    }
    let document = json!({
        "openapi": "3.0.0", "info": {"title": "Test", "version": "1"}, "servers": [{"url": "https://api.example.com"}], "paths": paths
    });
    let tools = import(&[Document::new("api.json", document.to_string().into_bytes())], &ImportOptions::default()).tools;
    assert_eq!(tools.len(), operations.len(), "every operation is imported");
    tools
}

fn path(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}

fn object(members: &[&str]) -> Value {
    let properties: BTreeMap<&str, Value> = members.iter().map(|name| (*name, json!({"type": "string"}))).collect();
    json!({"type": "object", "properties": properties})
}

fn list(members: &[&str]) -> Value {
    json!({"type": "array", "items": object(members)})
}

fn domain(tools: &[&CatalogTool]) -> Domain {
    let mut ids: Vec<String> = tools.iter().map(|tool| tool.id.clone()).collect();
    ids.sort();
    Domain { name: "test".to_owned(), title: "Test".to_owned(), description: String::new(), terms: Vec::new(), tools: ids }
}

fn made(domain: &Domain, tools: &[CatalogTool]) -> Materialized {
    materialize(domain, tools, &Options::default(), &Runtime::new().expect("the engine starts")).expect("the host works")
}

/// The world of all `tools`, of which none may be left out.
fn whole(tools: &[CatalogTool]) -> (Materialized, Env) {
    let world = made(&domain(&tools.iter().collect::<Vec<_>>()), tools);
    assert!(world.report.left_out.is_empty(), "{:#?}", world.report.left_out);
    let env = open(&world);
    (world, env)
}

fn open(world: &Materialized) -> Env {
    let bytes = world.pack.clone().expect("a pack");
    let pack = Runtime::new().expect("the engine starts").load(bytes, "test").expect("it loads");
    pack.env(&EpisodeContext { seed: 1, now: Options::default().now }).expect("an episode")
}

fn call(env: &mut Env, tool: &str, arguments: Value) -> Outcome {
    env.call(Role::Agent, tool, &arguments).expect("the host works").outcome
}

fn result(env: &mut Env, tool: &str, arguments: Value) -> Value {
    match call(env, tool, arguments.clone()) {
        Outcome::Ok { result } => result,
        other => panic!("{tool} {arguments}: {other:?}"),
    }
}

fn class(world: &Materialized, tool: &str) -> Class {
    let found = world.report.examples.iter().find(|example| example.tool == tool);
    found.unwrap_or_else(|| panic!("no `{tool}` among {:?}", world.report.examples)).class
}

fn example<'a>(world: &'a Materialized, tool: &str) -> &'a Value {
    &world.report.examples.iter().find(|example| example.tool == tool).expect("an example").arguments
}

#[test]
fn keys_are_found_under_the_names_that_parameters_have_and_settled_parameters_are_dropped() {
    let version = json!({"name": "api-version", "in": "query", "required": true, "schema": {"type": "string"}});
    let mode = json!({"name": "mode", "in": "query", "required": true, "schema": {"type": "string", "enum": ["strict"]}});
    let event = object(&["id", "subject", "location"]);
    let tools = document(&[
        ("get", "/events/{calendarEvent-id}", "get_event", json!([path("calendarEvent-id"), version]), Value::Null, event.clone()),
        (
            "patch",
            "/events/{calendarEvent-id}",
            "update_event",
            json!([path("calendarEvent-id"), mode]),
            object(&["subject"]),
            event.clone(),
        ),
        ("delete", "/events/{calendarEvent-id}", "delete_event", json!([path("calendarEvent-id"), version]), Value::Null, Value::Null),
        ("get", "/events", "list_events", json!([version]), Value::Null, list(&["id", "subject", "location"])),
    ]);
    let (world, mut env) = whole(&tools);
    let arguments = example(&world, "get_event").clone();
    assert_eq!(arguments.as_object().expect("an object").keys().collect::<Vec<_>>(), ["calendar_event_id"], "{arguments}");
    let id = arguments["calendar_event_id"].clone();
    result(&mut env, "update_event", json!({"calendar_event_id": id, "subject": "Moved"}));
    assert_eq!(result(&mut env, "get_event", arguments.clone())["subject"], "Moved");
    result(&mut env, "delete_event", arguments.clone());
    assert!(matches!(call(&mut env, "get_event", arguments), Outcome::ToolError { code: ToolErrorCode::NotFound, .. }));
}

#[test]
fn calls_that_are_written_as_paths_are_read_by_their_words() {
    let key = json!({"type": "object", "properties": {"reminder_id": {"type": "string"}}, "required": ["reminder_id"]});
    let new = json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]});
    let shown = json!({"type": "object", "properties": {"reminder": object(&["id", "text", "status"])}});
    let all = json!({"type": "object", "properties": {"reminders": list(&["id", "text", "status"])}});
    let tools = document(&[
        ("post", "/api/reminders.add", "reminders_add", json!([]), new, shown.clone()),
        ("post", "/api/reminders.complete", "reminders_complete", json!([]), key.clone(), Value::Null),
        ("post", "/api/reminders.info", "reminders_info", json!([]), key.clone(), shown),
        ("post", "/api/reminders.delete", "reminders_delete", json!([]), key, Value::Null),
        ("post", "/api/reminders.list", "reminders_list", json!([]), Value::Null, all),
    ]);
    let world = made(&domain(&tools.iter().collect::<Vec<_>>()), &tools);
    let classes: BTreeMap<&str, Class> = world.report.examples.iter().map(|example| (example.tool.as_str(), example.class)).collect();
    let expected = [
        ("reminders_add", Class::Create),
        ("reminders_complete", Class::Action),
        ("reminders_delete", Class::Delete),
        ("reminders_list", Class::List),
    ];
    for (tool, class) in expected {
        assert_eq!(classes.get(tool), Some(&class), "{tool}: {:#?}", world.report.left_out);
    }
}

#[test]
fn a_domain_is_understood_with_the_tools_around_it() {
    let issue = object(&["id", "title", "body"]);
    let tools = document(&[
        ("get", "/issues/{issue_id}", "get_issue", json!([path("issue_id")]), Value::Null, issue.clone()),
        ("get", "/issues", "list_issues", json!([]), Value::Null, list(&["id", "title", "body"])),
        ("post", "/issues", "create_issue", json!([]), object(&["title", "body"]), issue),
        ("post", "/issues/{issue_id}/archive", "archive_issue", json!([path("issue_id")]), Value::Null, Value::Null),
        ("get", "/teapots", "list_teapots", json!([]), Value::Null, list(&["id"])),
    ]);
    let mine: Vec<&CatalogTool> = tools.iter().filter(|tool| tool.name == "archive_issue").collect();
    let around = Siblings::new(&tools).of(&mine);
    let names: Vec<&str> = around.iter().map(|&i| tools[i].name.as_str()).collect();
    assert!(names.contains(&"get_issue") && names.contains(&"create_issue") && !names.contains(&"list_teapots"), "{names:?}");
    let context: Vec<CatalogTool> = around.iter().map(|&i| tools[i].clone()).chain(mine.iter().copied().cloned()).collect();
    let world = made(&domain(&mine), &context);
    assert_eq!((world.report.tools_in, world.report.tools_out), (1, 1), "{:?}", world.report);
    let schema = world.sources.as_ref().expect("sources").get("schema.sql").expect("a schema").to_owned();
    assert!(schema.contains("\"title\"") || schema.contains("title TEXT"), "the table is that of the documents: {schema}");
    let mut env = open(&world);
    let arguments = example(&world, "archive_issue").clone();
    result(&mut env, "archive_issue", arguments.clone());
    let again = call(&mut env, "archive_issue", arguments);
    assert!(matches!(again, Outcome::ToolError { code: ToolErrorCode::Conflict, .. }), "what is archived cannot be archived: {again:?}");
}

#[test]
fn a_list_that_no_field_explains_shows_a_relation() {
    let teacher = ["id", "name", "email"];
    let tools = document(&[
        ("get", "/teachers/{teacher_id}", "get_teacher", json!([path("teacher_id")]), Value::Null, object(&teacher)),
        ("get", "/teachers", "list_teachers", json!([]), Value::Null, list(&teacher)),
        ("get", "/sections/{section_id}", "get_section", json!([path("section_id")]), Value::Null, object(&["id", "name"])),
        ("get", "/sections", "list_sections", json!([]), Value::Null, list(&["id", "name"])),
        ("get", "/sections/{section_id}/teachers", "list_section_teachers", json!([path("section_id")]), Value::Null, list(&teacher)),
    ]);
    let (world, mut env) = whole(&tools);
    assert_eq!(class(&world, "list_section_teachers"), Class::ListRelated);
    let found = result(&mut env, "list_section_teachers", example(&world, "list_section_teachers").clone());
    let rows =
        found.as_array().or_else(|| found.as_object().and_then(|members| members.values().find_map(Value::as_array))).expect("a list");
    assert!(!rows.is_empty(), "{found}");
    for row in rows {
        assert_eq!(
            result(&mut env, "get_teacher", json!({"teacher_id": row["id"]}))["email"],
            row["email"],
            "a teacher of a section is a teacher"
        );
    }
    assert!(matches!(
        call(&mut env, "list_section_teachers", json!({"section_id": "nobody"})),
        Outcome::ToolError { code: ToolErrorCode::NotFound, .. }
    ));
}

#[test]
fn keys_stand_in_bodies_in_odata_paths_and_behind_verbs() {
    let product = object(&["id", "name", "color"]);
    let with_id = json!({"type": "object", "properties": {"id": {"type": "string"}, "color": {"type": "string"}}, "required": ["id"]});
    let tools = document(&[
        ("get", "/products('{productId}')", "get_product", json!([path("productId")]), Value::Null, product.clone()),
        ("get", "/products", "list_products", json!([]), Value::Null, list(&["id", "name", "color"])),
        ("put", "/products", "update_product", json!([]), with_id, product.clone()),
        ("post", "/products/create", "create_product", json!([]), object(&["name", "color"]), product),
        ("post", "/products('{productId}')/delete", "delete_product", json!([path("productId")]), Value::Null, Value::Null),
    ]);
    let (world, mut env) = whole(&tools);
    assert_eq!(class(&world, "create_product"), Class::Create);
    let new = result(&mut env, "create_product", json!({"name": "Kettle", "color": "red"}));
    let id = json!({"productId": new["id"]});
    result(&mut env, "update_product", json!({"id": new["id"], "color": "blue"}));
    assert_eq!(result(&mut env, "get_product", id.clone())["color"], "blue");
    result(&mut env, "delete_product", id.clone());
    assert!(matches!(call(&mut env, "get_product", id), Outcome::ToolError { code: ToolErrorCode::NotFound, .. }));
}

#[test]
fn a_description_that_no_pack_can_hold_is_no_failure_of_the_host() {
    let huge = json!({"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "integer", "maximum": 9_223_372_036_854_775_807_u64}}});
    let tools = document(&[
        ("get", "/files/{file_id}", "get_file", json!([path("file_id")]), Value::Null, huge.clone()),
        ("patch", "/files/{file_id}", "update_file", json!([path("file_id")]), huge, Value::Null),
    ]);
    let world = made(&domain(&tools.iter().collect::<Vec<_>>()), &tools);
    assert_eq!(world.report.tools_in, world.report.tools_out + world.report.left_out.len());
}

#[test]
fn an_integer_id_of_documents_is_the_key_where_the_path_calls_it_a_string() {
    let order = json!({"title": "Order", "type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}});
    let tools = document(&[
        ("get", "/orders", "list_orders", json!([]), Value::Null, json!({"type": "array", "items": order.clone()})),
        ("get", "/orders/{order_id}", "get_order", json!([path("order_id")]), Value::Null, order),
    ]);
    let (_, mut env) = whole(&tools);
    let Outcome::Ok { result } = call(&mut env, "list_orders", json!({})) else { panic!("it lists") };
    let first = result[0].clone();
    assert!(first["id"].is_i64(), "{first}");
    assert_eq!(call(&mut env, "get_order", json!({"order_id": first["id"]})), Outcome::Ok { result: first });
}

fn no() -> Value {
    Value::Null
}

#[test]
fn a_door_shows_the_one_thing_that_another_refers_to() {
    let (board, card) = (object(&["id", "name"]), object(&["id", "title", "idBoard"]));
    let tools = document(&[
        ("get", "/boards/{idBoard}", "get_board", json!([path("idBoard")]), no(), board.clone()),
        ("get", "/boards", "list_boards", json!([]), no(), list(&["id", "name"])),
        ("post", "/cards", "create_card", json!([]), object(&["title", "idBoard"]), card.clone()),
        ("get", "/cards/{idCard}", "get_card", json!([path("idCard")]), no(), card),
        ("get", "/cards", "list_cards", json!([]), no(), list(&["id", "title", "idBoard"])),
        ("get", "/cards/{idCard}/board", "get_board_of_card", json!([path("idCard")]), no(), board),
    ]);
    let (world, mut env) = whole(&tools);
    assert_eq!(class(&world, "get_board_of_card"), Class::Get);
    let boards = result(&mut env, "list_boards", json!({}));
    let board = boards[1].clone();
    let card = result(&mut env, "create_card", json!({"title": "Tides", "idBoard": board["id"]}))["id"].clone();
    assert_eq!(result(&mut env, "get_board_of_card", json!({"idCard": card})), board, "what was written is what the door shows");
    assert!(matches!(
        call(&mut env, "create_card", json!({"title": "Tides", "idBoard": "nowhere"})),
        Outcome::ToolError { code: ToolErrorCode::Invalid, .. }
    ));
    match call(&mut env, "get_board_of_card", json!({"idCard": "none"})) {
        Outcome::ToolError { code: ToolErrorCode::NotFound, message } => assert!(message.starts_with("card none"), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_of_one_schema_at_fixed_places_are_different_documents() {
    let group = json!({"title": "ApiGroup", "type": "object", "properties": {"name": {"type": "string"}, "versions": {"type": "integer"}}});
    let tools = document(&[
        ("get", "/apis/apps", "get_apps", json!([]), no(), group.clone()),
        ("get", "/apis/batch", "get_batch", json!([]), no(), group.clone()),
        ("get", "/apis/policy", "get_policy", json!([]), no(), group),
    ]);
    let (world, _) = whole(&tools);
    assert_eq!(world.report.tables.len(), 3, "{:?}", world.report.tables);
}

#[test]
fn a_second_door_with_the_own_key_shows_the_same_row() {
    let entry = json!({"title": "Entry", "type": "object", "properties": {"id": {"type": "string"}, "amount": {"type": "integer"}}});
    let all = json!({"type": "array", "items": entry});
    let tools = document(&[
        ("get", "/entries", "list_entries", json!([]), no(), all),
        ("get", "/entries/{id}", "get_entry", json!([path("id")]), no(), entry.clone()),
        ("delete", "/entries/{id}", "delete_entry", json!([path("id")]), no(), no()),
        ("get", "/ledger/history/{id}", "get_past_entry", json!([path("id")]), no(), entry),
    ]);
    let (_, mut env) = whole(&tools);
    let first = result(&mut env, "list_entries", json!({}))[0].clone();
    let key = json!({"id": first["id"]});
    assert_eq!(result(&mut env, "get_past_entry", key.clone()), first);
    result(&mut env, "delete_entry", key.clone());
    assert!(matches!(call(&mut env, "get_past_entry", key), Outcome::ToolError { code: ToolErrorCode::NotFound, .. }));
}

#[test]
fn a_path_that_goes_into_a_field_sets_it() {
    let board = object(&["id", "name", "prefs_background"]);
    let new = object(&["name", "prefs_background"]);
    let tools = document(&[
        ("post", "/boards", "create_board", json!([]), new, board.clone()),
        ("get", "/boards/{id}", "get_board", json!([path("id")]), no(), board.clone()),
        ("put", "/boards/{id}/prefs/background", "set_background", json!([path("id")]), object(&["value"]), board),
    ]);
    let (world, mut env) = whole(&tools);
    let id = example(&world, "get_board")["id"].clone();
    result(&mut env, "set_background", json!({"id": id, "value": "lime"}));
    assert_eq!(result(&mut env, "get_board", json!({"id": id}))["prefs_background"], "lime");
}

#[test]
fn keys_with_an_enumeration_are_seeded_from_it() {
    let kind = json!({"name": "format", "in": "path", "required": true, "schema": {"type": "string", "enum": ["npm", "maven", "docker"]}});
    let package = json!({"title": "Package", "type": "object", "properties": {
        "format": {"type": "string", "enum": ["npm", "maven", "docker"]}, "name": {"type": "string"}, "versions": {"type": "integer"}}});
    let tools = document(&[
        ("get", "/packages", "list_packages", json!([]), no(), json!({"type": "array", "items": package})),
        ("get", "/packages/{format}/{name}", "get_package", json!([kind, path("name")]), no(), package),
    ]);
    let (_, mut env) = whole(&tools);
    let all = result(&mut env, "list_packages", json!({}));
    let kinds: std::collections::BTreeSet<&str> = all.as_array().expect("a list").iter().filter_map(|p| p["format"].as_str()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["docker", "maven", "npm"]);
}

#[test]
fn a_call_says_which_members_it_wants_to_see() {
    let query = |name: &str, schema: Value| json!({"name": name, "in": "query", "schema": schema});
    let many = json!({"type": "array", "items": {"type": "string", "enum": ["title", "notes"]}});
    let card = || object(&["id", "title", "notes", "owner"]);
    let tools = document(&[
        ("get", "/cards", "list_cards", json!([query("$select", many)]), no(), list(&["id", "title", "notes", "owner"])),
        ("get", "/cards/{id}", "get_card", json!([path("id"), query("fields", json!({"type": "string"}))]), no(), card()),
        ("get", "/cards/{id}/{field}", "get_card_field", json!([path("id"), path("field")]), no(), card()),
        ("post", "/cards", "create_card", json!([]), card(), card()),
    ]);
    let (_, mut env) = whole(&tools);
    let made = result(&mut env, "create_card", json!({"title": "Paint", "notes": "Blue, \"very\" blue", "owner": "ada"}));
    let id = made["id"].as_str().expect("an id").to_owned();
    let get = |env: &mut Env, fields: &str| result(env, "get_card", json!({"id": id, "fields": fields}));
    assert_eq!(get(&mut env, "notes"), json!({"id": id, "notes": "Blue, \"very\" blue"}));
    assert_eq!(get(&mut env, "title, owner.name,nothing"), json!({"id": id, "owner": "ada", "title": "Paint"}));
    assert_eq!(get(&mut env, "all"), made);
    assert_eq!(get(&mut env, "\"],[\""), json!({"id": id}), "a text is a name, whatever it is made of");
    assert_eq!(result(&mut env, "get_card", json!({"id": id})), made);
    assert_eq!(result(&mut env, "get_card_field", json!({"id": id, "field": "title"})), json!({"id": id, "title": "Paint"}));
    let wrong = call(&mut env, "get_card_field", json!({"id": "nobody", "field": "title"}));
    assert!(matches!(wrong, Outcome::ToolError { code: ToolErrorCode::NotFound, .. }), "{wrong:?}");
    let lists = tools.iter().find(|tool| tool.name == "list_cards").expect("it is imported");
    let select = lists.parameters["properties"].as_object().expect("parameters").keys().next().expect("one").clone();
    let listed = result(&mut env, "list_cards", json!({select: ["title"]}));
    let items = listed.as_array().expect("a list");
    let plain = |item: &Value| item.as_object().is_some_and(|o| o.len() <= 2 && o.contains_key("id") && !o.contains_key("notes"));
    assert!(items.iter().all(plain) && items.iter().any(|item| item["title"] == "Paint"), "{listed}");
}
