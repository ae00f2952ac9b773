//! A small API: orders and customers, and two operations that the rules leave out. And a model that follows a script.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use wardian_author::{AuthorOptions, Desk, Prompts, author};
use wardian_catalog::{Document, ImportOptions, import};
use wardian_env::Runtime;
use wardian_format::graph::Domain;
use wardian_materialize::{Materialized, Options, Rules, materialize};
use wardian_model::{ChatReply, ChatRequest, ModelError, ReplyForm, Usage};

/// An operation: method, path, id, parameters in the path, body, result.
type Operation<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], Value, Value);

/// The description. Without `all`, only what the rules leave out.
pub(crate) fn description(all: bool) -> Value {
    let order = json!({"type": "object", "required": ["id", "title"], "properties": {
        "id": {"type": "integer"}, "title": {"type": "string"}, "remark": {"type": "string", "description": "What the packer should know."},
        "buyer": {"type": "integer", "description": "Who pays."}, "state": {"type": "string", "enum": ["open", "closed"]}}});
    let customer = json!({"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "integer"}, "name": {"type": "string"}, "remark": {"type": "string"}}});
    let pin =
        json!({"type": "object", "required": ["order_id"], "properties": {"order_id": {"type": "integer", "description": "The order."}}});
    let pinned = json!({"type": "object", "properties": {"order_id": {"type": "integer"}, "title": {"type": "string"}}});
    let many = |one: &Value| json!({"type": "array", "items": one});
    let kept: Vec<Operation<'_>> = vec![
        ("get", "/orders", "list_orders", &[], Value::Null, many(&order)),
        (
            "post",
            "/orders",
            "create_order",
            &[],
            json!({"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}, "remark": {"type": "string"}, "buyer": {"type": "integer"}}}),
            order.clone(),
        ),
        ("get", "/orders/{order_id}", "get_order", &["order_id"], Value::Null, order.clone()),
        ("delete", "/orders/{order_id}", "delete_order", &["order_id"], Value::Null, Value::Null),
        ("get", "/customers", "list_customers", &[], Value::Null, many(&customer)),
        ("get", "/customers/{customer_id}", "get_customer", &["customer_id"], Value::Null, customer),
    ];
    let left: Vec<Operation<'_>> = vec![
        ("post", "/orders/pinmark", "pinmark_order", &[], pin, pinned.clone()),
        ("post", "/orders/pinreport", "pinreport_orders", &[], Value::Null, many(&pinned)),
    ];
    let mut paths: BTreeMap<&str, Value> = BTreeMap::new();
    for (method, path, id, keys, body, result) in kept.into_iter().filter(|_| all).chain(left) {
        let parameters: Vec<Value> =
            keys.iter().map(|key| json!({"name": key, "in": "path", "required": true, "schema": {"type": "integer"}})).collect();
        let mut operation =
            json!({"operationId": id, "summary": id, "parameters": parameters, "responses": {"200": {"description": "ok"}}});
        if !body.is_null() {
            operation["requestBody"] = json!({"content": {"application/json": {"schema": body}}});
        }
        if !result.is_null() {
            operation["responses"]["200"]["content"] = json!({"application/json": {"schema": result}});
        }
        paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
    }
    json!({"openapi": "3.0.0", "info": {"title": "Shop", "version": "1"}, "servers": [{"url": "https://api.shop.example"}], "paths": paths})
}

/// The rules' world, and what is needed to go on with it.
pub(crate) struct Shop {
    pub(crate) domain: Domain,
    pub(crate) rules: Rules,
    pub(crate) made: Materialized,
    pub(crate) runtime: Runtime,
}

/// What a model was asked: the kind of question, the lines of its data, and the whole request.
pub(crate) struct Asked {
    pub(crate) kind: String,
    pub(crate) lines: Vec<Value>,
    pub(crate) request: ChatRequest,
}

/// A script: what is said to the question of this kind, in this round (from 0).
pub(crate) type Script<'a> = dyn Fn(&Asked, usize) -> Result<String, ModelError> + Sync + 'a;

impl Shop {
    pub(crate) fn new(all: bool) -> Self {
        let document = Document::new("shop.json", description(all).to_string().into_bytes());
        let tools = import(&[document], &ImportOptions::default()).tools;
        let mut ids: Vec<String> = tools.iter().map(|tool| tool.id.clone()).collect();
        ids.sort();
        let domain =
            Domain { name: "shop".to_owned(), title: "Shop".to_owned(), description: String::new(), terms: Vec::new(), tools: ids };
        let (options, runtime) = (Options::default(), Runtime::new().expect("the engine starts"));
        let made = materialize(&domain, &tools, &options, &runtime).expect("the host works");
        let left: Vec<&str> = made.report.left_out.iter().map(|left| left.tool.rsplit('/').next().unwrap_or_default()).collect();
        assert_eq!(left, ["pinmark_order", "pinreport_orders"], "the rules leave out these two: {:?}", made.report.left_out);
        let rules = Rules::new(&domain, &tools, &options);
        Self { domain, rules, made, runtime }
    }

    /// The world after a model that follows `script`, and what it was asked.
    pub(crate) fn authored(&self, script: &Script<'_>) -> (Materialized, Vec<Asked>) {
        let asked: Mutex<Vec<Asked>> = Mutex::new(Vec::new());
        let ask = |request: &ChatRequest| {
            let ReplyForm::Schema { name, schema } = &request.form else { panic!("an answer without a form") };
            assert!(schema["required"].is_array(), "{schema}");
            let text = serde_json::to_string(&request.messages[1]).expect("JSON");
            let text = serde_json::from_str::<Value>(&text).expect("JSON")["content"].as_str().expect("a text").to_owned();
            let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            let question = Asked { kind: name.clone(), lines, request: request.clone() };
            let mut all = asked.lock().expect("no panic");
            let round = all.iter().rev().take_while(|before| before.kind == question.kind && request.messages.len() > 2).count();
            let said = script(&question, round);
            all.push(question);
            said.map(|text| ChatReply {
                content: Some(text),
                usage: Some(Usage { prompt_tokens: 100, completion_tokens: 10 }),
                ..ChatReply::default()
            })
        };
        let desk = Desk { name: "scripted:shop", ask: &ask };
        let made = author(&self.domain, &self.rules, &self.made, &self.runtime, &desk, &Prompts::default(), &AuthorOptions::default())
            .expect("the host works");
        (made, asked.into_inner().expect("no panic"))
    }
}

/// The id of the first row of `table` that a question shows.
fn first(asked: &Asked, table: &str) -> Value {
    asked.lines.iter().find(|line| line["table"] == table).map_or(json!(1), |line| line["sample"][0]["id"].clone())
}

fn number(asked: &Asked, name: &str) -> Value {
    let found = asked.lines.iter().find(|line| line["name"] == name);
    found.unwrap_or_else(|| panic!("`{name}` is not shown: {:?}", asked.lines))["i"].clone()
}

pub(crate) const PIN: &str = "-- @param order_id integer ref(orders.id) The order.\n\
    -- @returns {\"type\": \"object\", \"properties\": {\"order_id\": {\"type\": \"integer\"}, \"title\": {\"type\": \"string\"}}, \"required\": [\"order_id\", \"title\"]}\n\
    -- @row o else not_found \"order {order_id} was not found\"\n\
    SELECT title FROM orders WHERE id = :order_id;\n\
    -- @require NOT EXISTS (SELECT 1 FROM order_pins WHERE order_id = :order_id) else conflict \"order {order_id} is pinned already\"\n\
    INSERT INTO order_pins (order_id, pinned_at) VALUES (:order_id, :now);\n\
    -- @return\n\
    SELECT :order_id AS order_id, :o.title AS title;\n";

pub(crate) const REPORT: &str = "-- @returns {\"type\": \"array\", \"items\": {\"type\": \"object\"}}\n\
    -- @return list\n\
    SELECT p.order_id, o.title FROM order_pins AS p JOIN orders AS o ON o.id = p.order_id ORDER BY p.order_id;\n";

/// A good answer about tools. The pinned order is the second that is shown.
pub(crate) fn good_tools(asked: &Asked) -> Value {
    let orders = asked.lines.iter().find(|line| line["table"] == "orders").expect("the orders are shown");
    let (free, taken) = (&orders["sample"][0]["id"], &orders["sample"][1]["id"]);
    let table = json!({
        "name": "order_pins",
        "sql": "CREATE TABLE order_pins (order_id INTEGER NOT NULL, pinned_at TEXT NOT NULL, PRIMARY KEY (order_id), FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE) STRICT;",
        "rows": [json!({"order_id": taken, "pinned_at": "2025-05-30T08:00:00Z"}).to_string()]
    });
    let wrong = |id: &Value, code: &str| json!({"arguments": json!({"order_id": id}).to_string(), "code": code});
    json!({"tables": [table], "left": [], "tools": [
        {"i": number(asked, "pinmark_order"), "class": "action", "sql": PIN, "good": json!({"order_id": free}).to_string(),
         "wrong": [wrong(&json!(4_000_000_000_u64), "not_found"), wrong(taken, "conflict")],
         "seen_by": {"tool": "pinreport_orders", "arguments": "{}"}},
        {"i": number(asked, "pinreport_orders"), "class": "list", "sql": REPORT, "good": "{}", "wrong": [], "seen_by": {"tool": "", "arguments": ""}}
    ]})
}

pub(crate) const WORDS: [&str; 6] = [
    "Wrap it twice, it is glass.",
    "Leave it with the porter.",
    "Ring before noon.",
    "Goes by bicycle courier.",
    "Gift, no invoice inside.",
    "Call the desk first.",
];

/// A good answer to a question of any kind.
pub(crate) fn good(asked: &Asked) -> Value {
    match asked.kind.as_str() {
        "relations" => json!({"relations": [{"table": "orders", "columns": ["buyer"], "target": "customers", "on_delete": "set_null"}]}),
        "tools" => good_tools(asked),
        "vocabulary" => json!({"columns": [{"table": "orders", "column": "remark", "values": WORDS, "templates": []}]}),
        "policy" => {
            let guard = asked.lines.iter().find(|line| line["tool"] == "pinmark_order" && line["guard"].is_u64());
            let guards: Vec<Value> = guard.iter().map(|line| line["guard"].clone()).collect();
            let service =
                if guards.is_empty() { json!([]) } else { json!([{"text": "An order must be there to be pinned.", "guards": guards}]) };
            json!({"service": service, "conduct": [{"text": "Say which order you are about to delete, and call `delete_order` only after a yes.", "guards": []}]})
        }
        other => panic!("a question of kind `{other}`"),
    }
}

/// Nothing to say, in the form that is asked for.
pub(crate) fn nothing(kind: &str) -> Value {
    match kind {
        "relations" => json!({"relations": []}),
        "tools" => json!({"tables": [], "tools": [], "left": []}),
        "vocabulary" => json!({"columns": []}),
        _ => json!({"service": [], "conduct": []}),
    }
}

/// A row's id, whatever the seed is.
pub(crate) fn an_order(asked: &Asked) -> Value {
    first(asked, "orders")
}
