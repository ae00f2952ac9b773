//! What authors are told. One snapshot a family of mistakes; rewrite them with `INSTA_UPDATE=always`.

use crate::support::{complaints, library, small};

const SCHEMA: &str = "CREATE TABLE orders (order_id TEXT PRIMARY KEY, status TEXT NOT NULL, total INTEGER) STRICT, WITHOUT ROWID;\n";

fn tools(text: &str) -> String {
    complaints(&small(SCHEMA, text))
}

#[test]
fn names() {
    insta::assert_snapshot!(tools(
        "-- @tool cancel_order
-- @doc Cancel.
-- @param order_id text
-- @row order
SELECT status FROM orders WHERE order_id = :ordr_id;
-- @require :order.stauts = 'open' else \"no\"
-- @require :order = 1 else \"no {nobody}\"
-- @let now = 1
UPDATE orders SET statsu = 'x' WHERE order_id = :order_id;
UPDATE order SET status = 'x';
-- @return
SELECT status FROM ordrs WHERE order_id = :order_id AND 1 = :order_id.x;
"
    ));
}

#[test]
fn annotations() {
    insta::assert_snapshot!(tools(
        "SELECT 1;
-- @tool a b
-- @doc x
-- @parm order_id text
-- @param x txt
-- @param y integer = 'five'
-- @param z text enum('a', 2)
-- @param r text ref(orders.id) rest
-- @role boss
-- @returns {oops
-- @yields orders $.id
-- @let q
-- @require 1 = 1
-- @row
-- @row none
-- @reject maybe
SELECT 1;
-- @when
-- @else
-- @end
-- @each x orders
-- @use nothing
-- @return else \"unfinished
SELECT 'it''s' || \"\";
"
    ));
}

#[test]
fn statements() {
    insta::assert_snapshot!(tools(
        "-- @tool a
-- @doc x
-- @param id text
SELECT 1;
DROP TABLE orders;
-- @row x
DELETE FROM orders WHERE order_id = :id;
INSERT OR ROLLBACK INTO orders VALUES (?1, @x, $y);
DELETE FROM orders WHERE order_id = :id RETURNING order_id;
-- @reject
SELECT 1, 2;
-- @let r = random()
-- @let p = (SELECT name FROM sqlite_schema)
UPDATE orders SET total = 'unfinished
;
"
    ));
}

#[test]
fn order() {
    insta::assert_snapshot!(tools(
        "-- @tool a
-- @doc x
-- @param ids list(text)
-- @table t
SELECT order_id FROM orders;
-- @reject
SELECT status FROM orders;
-- @let first = (SELECT order_id FROM orders LIMIT 1)
-- @let all = (SELECT group_concat(status) FROM orders)
-- @each o in t
UPDATE orders SET total = :first WHERE order_id = :o.order_id AND status = :all AND order_id IN :ids;
-- @end
-- @return list
SELECT order_id FROM orders;
"
    ));
}

#[test]
fn results() {
    insta::assert_snapshot!(tools(
        "-- @tool a
-- @doc x
-- @return
SELECT json_object('a', 1), count(*) FROM orders;
-- @tool b
-- @doc x
-- @return list else \"none\"
SELECT order_id, status AS order_id FROM orders ORDER BY 1;
-- @tool c
-- @doc x
-- @return
SELECT 1;
DELETE FROM orders;
"
    ));
}

#[test]
fn blocks() {
    insta::assert_snapshot!(tools(
        "-- @tool a
-- @doc x
-- @when 1
-- @let inner = 1
-- @end
-- @when :inner
DELETE FROM orders
-- @end
-- @tool b
-- @doc x
-- @each x in nothing
DELETE FROM orders WHERE order_id = :x.id;
-- @end
-- @steps loop
-- @use loop
-- @tool c
-- @doc x
-- @use loop
-- @steps unused
DELETE FROM orders;
"
    ));
}

#[test]
fn warnings() {
    insta::assert_snapshot!(tools(
        "-- @tool a
-- @param id text
-- @return
SELECT 1;
"
    ));
}

#[test]
fn two_tools_of_one_name() {
    insta::assert_snapshot!(tools("-- @tool a\n-- @doc x\n-- @tool a\n-- @doc x\n"));
}

#[test]
fn files() {
    let mut sources = library();
    sources.insert("data/membres.jsonl", "{}\n");
    sources.insert(
        "data/branches.jsonl",
        "{\"code\": \"X\", \"name\": \"x\", \"city\": \"x\"}\n{\"code\": 5}\n{\"kode\": \"Y\"}\n{\"code\": \"Z\", \"code\": \"Z\"}\nnot json\n",
    );
    sources.insert("pack.toml", "name = \"Library\"\ntitle = \"x\"\nnow = \"2026-02-30T00:00:00Z\"\nlicense = \"x\"\nauthor = \"x\"\n");
    insta::assert_snapshot!(complaints(&sources));
    let config = sources.get("pack.toml").expect("is there").replace("author", "auhtor");
    sources.insert("pack.toml", config);
    sources.texts.remove("schema.sql");
    insta::assert_snapshot!(complaints(&sources));
}

#[test]
fn schemas() {
    let bad = [
        "CREATE TABLE a (x TEXT) STRICT;",
        "CREATE TABLE a (x TEXT PRIMARY KEY);",
        "CREATE TABL a;",
        "CREATE VIEW v AS SELECT group_concat(order_id) FROM orders;",
    ];
    let all: Vec<String> = bad.iter().map(|bad| complaints(&small(&format!("{SCHEMA}{bad}"), "-- @tool a\n-- @doc x\n"))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn rows_that_do_not_fit_the_schema() {
    let mut sources = small(SCHEMA, "-- @tool a\n-- @doc x\n");
    sources.insert("data/orders.jsonl", "{\"order_id\": \"1\", \"status\": \"x\"}\n{\"order_id\": \"1\", \"status\": \"y\"}\n");
    insta::assert_snapshot!(complaints(&sources));
}
