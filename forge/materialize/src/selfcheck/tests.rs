//! The checks find what is wrong: a small API, materialized, with one tool changed.

use super::{Depth, Passed};
use crate::seed::Plan;
use crate::sources::Draft;
use crate::{Options, Work, build, check_all, entity, ground};
use serde_json::{Value, json};
use wardian_catalog::{Document, ImportOptions, import};
use wardian_env::Runtime;
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;

fn tools() -> Vec<CatalogTool> {
    let ticket = json!({"title": "Ticket", "type": "object", "properties": {
        "id": {"type": "string"}, "title": {"type": "string"}, "labels": {"type": "array", "items": {"type": "string"}},
        "created_at": {"type": "string", "format": "date-time"},
    }});
    let fields = json!({"type": "object", "required": ["title"], "properties": {
        "title": {"type": "string"}, "labels": {"type": "array", "items": {"type": "string"}},
    }});
    let body = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
    let gives = |schema: &Value| json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}});
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let document = json!({
        "openapi": "3.0.0", "info": {"title": "Tickets", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
        "paths": {
            "/tickets": {
                "get": {"operationId": "list_tickets", "responses": gives(&json!({"type": "array", "items": ticket}))},
                "post": {"operationId": "create_ticket", "requestBody": body(&fields), "responses": gives(&ticket)},
            },
            "/tickets/{id}": {
                "get": {"operationId": "get_ticket", "parameters": id, "responses": gives(&ticket)},
                "patch": {"operationId": "update_ticket", "parameters": id, "requestBody": body(&fields), "responses": gives(&ticket)},
                "delete": {"operationId": "delete_ticket", "parameters": id, "responses": {"204": {"description": "gone"}}},
            },
        },
    });
    import(&[Document::new("api.json", document.to_string().into_bytes())], &ImportOptions::default()).tools
}

/// What the checks say after `old` was replaced by `new` in the SQL of `tool`: what passed, and the others with the reasons.
fn checked(tool: &str, old: &str, new: &str) -> (Vec<Passed>, Vec<(String, String)>) {
    let tools = tools();
    let domain = Domain {
        name: "tickets".to_owned(),
        title: "Tickets".to_owned(),
        description: String::new(),
        terms: Vec::new(),
        tools: tools.iter().map(|t| t.id.clone()).collect(),
    };
    let world = entity::build(&tools);
    let options = Options::default();
    let plan = Plan { seed: options.seed, rows: options.rows, now_unix_s: ground::unix(&options.now) };
    let draft = Draft { world: &world, tools: &tools, own: tools.len(), domain: &domain, plan: &plan, now: &options.now };
    let work = Work::new(&draft);
    let mut written = work.written(&draft);
    assert_eq!(written.len(), 5, "{:?}", work.left_out);
    for w in written.iter_mut().filter(|w| w.name == tool) {
        assert!(w.sql.contains(old), "{}", w.sql);
        w.sql = w.sql.replace(old, new);
    }
    let assembled = draft.assemble(&written, &plan);
    let bytes = build(&draft, &assembled.sources).expect("it compiles");
    let (passed, failed) =
        check_all(&draft, &written, &assembled, &bytes, Depth::Full, &Runtime::new().expect("the engine starts")).expect("the host works");
    let name = |tool: usize| written.iter().find(|w| w.operation.tool == tool).map(|w| w.name.clone()).unwrap_or_default();
    (passed, failed.into_iter().map(|(tool, reason)| (name(tool), reason)).collect())
}

/// Pairs as `writer reader`, with the reasons of those that do not hold.
fn pairs(passed: &[Passed]) -> Vec<(String, Option<String>)> {
    let of = |p: &Passed| p.pairs.iter().map(|(reader, why)| (format!("{} {reader}", p.example.tool), why.clone())).collect::<Vec<_>>();
    let mut out: Vec<_> = passed.iter().flat_map(of).collect();
    out.sort();
    out
}

#[test]
fn as_it_is_everything_passes_and_every_pair_holds() {
    let (passed, failed) = checked("", "", "");
    assert!(failed.is_empty(), "{failed:?}");
    let all = ["create_ticket get_ticket", "create_ticket list_tickets", "delete_ticket get_ticket", "delete_ticket list_tickets"];
    let expected: Vec<_> =
        all.iter().chain(&["update_ticket get_ticket", "update_ticket list_tickets"]).map(|p| ((*p).to_owned(), None)).collect();
    assert_eq!(pairs(&passed), expected);
}

#[test]
fn a_result_that_depends_on_the_order_of_rows_is_found() {
    let (_, failed) = checked("list_tickets", "t.doc", "jsonb_set(t.doc, '$.title', (SELECT title FROM tickets))");
    assert_eq!(failed, [("list_tickets".to_owned(), "its result depends on an order of rows that nothing promises".to_owned())]);
}

#[test]
fn a_get_that_shows_something_old_keeps_the_writers_out() {
    let (_, failed) = checked("get_ticket", "'title', t.title", "'title', 'as it was'");
    let reason = "`get_ticket` does not show the new `title`".to_owned();
    assert_eq!(failed, [("create_ticket".to_owned(), reason.clone()), ("update_ticket".to_owned(), reason)]);
}

#[test]
fn a_list_that_hides_what_was_made_or_shows_an_old_value_is_counted() {
    let (passed, failed) = checked("list_tickets", "WHERE true", "WHERE t.created_at < :now");
    assert!(failed.is_empty(), "{failed:?}");
    let missed: Vec<_> = pairs(&passed).into_iter().filter(|(_, why)| why.is_some()).collect();
    assert_eq!(missed, [("create_ticket list_tickets".to_owned(), Some("`list_tickets` does not find what it wrote".to_owned()))]);
    let (passed, _) = checked("list_tickets", "t.doc", "jsonb_set(t.doc, '$.labels', jsonb('[]'))");
    let missed: Vec<_> = pairs(&passed).into_iter().filter(|(_, why)| why.is_some()).map(|(pair, _)| pair).collect();
    assert_eq!(missed, ["create_ticket list_tickets", "update_ticket list_tickets"]);
}

#[test]
fn a_delete_that_deletes_nothing_is_found() {
    let gone = "UPDATE tickets SET title = 'gone' WHERE id = :id";
    let (_, failed) = checked("delete_ticket", "DELETE FROM tickets WHERE id = :id", gone);
    assert_eq!(failed, [("delete_ticket".to_owned(), "its own table did not change".to_owned())]);
}
