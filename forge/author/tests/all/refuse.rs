//! What is not good is refused with the reason, and the rules' world stays.

use crate::shop::{Asked, PIN, REPORT, Shop, an_order, good_tools, nothing};
use serde_json::{Value, json};

/// What becomes of the answer that `edit` makes of a good one about tools: it must be refused with these words.
fn refused(shop: &Shop, words: &str, edit: &(dyn Fn(&mut Value, &Asked) + Sync)) {
    let script = |asked: &Asked, _: usize| {
        let mut answer = nothing(&asked.kind);
        if asked.kind == "tools" {
            answer = good_tools(asked);
            edit(&mut answer, asked);
        }
        Ok(answer.to_string())
    };
    let (made, _) = shop.authored(&script);
    let author = made.report.author.as_ref().expect("the author reports");
    let reasons: Vec<&str> = author.refused.iter().map(|piece| piece.reason.as_str()).collect();
    assert!(reasons.iter().any(|reason| reason.contains(words)), "no `{words}`: {author:#?}");
    assert!(author.after >= author.before);
    assert!(!author.accepted.iter().any(|piece| piece.name == "pinmark_order"), "{author:#?}");
    assert_eq!(author.repairs, 4, "twice for the tools, twice for an empty policy");
}

#[test]
fn a_tool_that_pretends_is_refused() {
    let shop = Shop::new(true);
    let sql = |text: String| move |answer: &mut Value, _: &Asked| answer["tools"][0]["sql"] = json!(text);
    let edit = |member: &'static str, value: Value| move |answer: &mut Value, _: &Asked| answer["tools"][0][member] = value.clone();
    let without_write: String = PIN.lines().filter(|line| !line.starts_with("INSERT")).map(|line| format!("{line}\n")).collect();
    refused(&shop, "its class says that it writes", &sql(without_write));
    let nowhere = PIN.replace("VALUES (:order_id, :now)", "SELECT :order_id, :now WHERE false");
    refused(&shop, "changes nothing", &sql(nowhere));
    let unguarded = PIN
        .replace("NOT EXISTS (SELECT 1 FROM order_pins WHERE order_id = :order_id)", "true")
        .replace("INSERT INTO", "INSERT OR REPLACE INTO");
    refused(&shop, "wrong call 1 should be refused with `conflict`: it succeeds", &sql(unguarded));
    refused(&shop, "the operation has no parameter `colour`", &sql(format!("-- @param colour text? unused()\n{PIN}")));
    refused(
        &shop,
        "the operation requires the parameter `order_id`",
        &sql(REPORT
            .replace("-- @return list", "-- @exec some else other \"x\"\nDELETE FROM order_pins WHERE order_id > 0;\n-- @return list")),
    );
    refused(&shop, "does not fit `@returns`", &sql(PIN.replace("\"required\": [\"order_id\"", "\"required\": [\"owner\", \"order_id\"")));
    refused(
        &shop,
        "the operation returns an object",
        &sql(PIN.lines().filter(|l| !l.contains("@returns")).map(|l| format!("{l}\n")).collect()),
    );
    refused(&shop, "`@role` may not stand", &sql(format!("-- @role setup\n{PIN}")));
    refused(&shop, "`@after` may not stand", &sql(format!("{PIN}\n-- @after x\nDELETE FROM orders;\n")));
    refused(&shop, "there is no wrong call", &edit("wrong", json!([])));
    refused(&shop, "`good` is no JSON", &edit("good", json!("{order_id")));
    refused(&shop, "the good call fails: the arguments do not fit", &edit("good", json!("{}")));
    refused(&shop, "in `seen_by` says the same", &edit("seen_by", json!({"tool": "list_customers", "arguments": "{}"})));
    refused(&shop, "is no tool that reads", &edit("seen_by", json!({"tool": "delete_order", "arguments": "{}"})));
    refused(&shop, "not of the form asked for", &edit("class", json!("magic")));
    refused(&shop, "no tool of this number", &edit("i", json!(77)));
}

#[test]
fn tables_are_one_statement_each() {
    let shop = Shop::new(true);
    let table = |member: &'static str, value: Value| move |answer: &mut Value, _: &Asked| answer["tables"][0][member] = value.clone();
    refused(
        &shop,
        "is not one statement",
        &table("sql", json!("CREATE TABLE order_pins (order_id INTEGER PRIMARY KEY) STRICT; DROP TABLE orders")),
    );
    refused(&shop, "is not one statement", &table("sql", json!("CREATE TRIGGER order_pins AFTER DELETE ON orders BEGIN SELECT 1 END")));
    refused(&shop, "schema.sql", &table("sql", json!("CREATE TABLE order_pins (order_id INTEGER, pinned_at TEXT)")));
    refused(&shop, "is no JSON", &table("rows", json!(["{"])));
    refused(&shop, "data/order_pins.jsonl:1", &table("rows", json!(["{\"order_id\": 1, \"nothing\": 2}"])));
    refused(&shop, "more than", &table("rows", json!(vec!["{}"; 41])));
}

/// The rules' tools may be written anew, but not weakened.
#[test]
fn a_rules_tool_is_not_weakened() {
    let shop = Shop::new(true);
    let replace = |class: &'static str, name: &'static str, sql: &'static str| {
        move |answer: &mut Value, asked: &Asked| {
            let i = asked.lines.iter().find(|line| line["name"] == name && line["in_pack"] == true).map(|line| line["i"].clone());
            let good = json!({"order_id": an_order(asked)}).to_string();
            answer["tools"] = json!([{"i": i.unwrap_or(json!(99)), "class": class, "sql": sql, "good": good,
                "wrong": [{"arguments": "{\"order_id\": 4000000000}", "code": "not_found"}], "seen_by": {"tool": "", "arguments": ""}}]);
        }
    };
    let shown = |name: &str| {
        let (_, asked) = shop.authored(&|asked, _| Ok(nothing(&asked.kind).to_string()));
        asked.iter().any(|a| a.lines.iter().any(|line| line["name"] == name && line["in_pack"] == true))
    };
    assert!(shown("delete_order"), "the question shows the tool as an example");
    // It says that it deletes, and only hides one row; the rules' check reads it back.
    let hides = "-- @param order_id integer ref(orders.id)\n-- @returns {\"type\": \"object\"}\n-- @exec some else not_found \"order {order_id} was not found\"\nUPDATE orders SET title = title || '.' WHERE id = :order_id;\n-- @return\nSELECT jsonb('{}');\n";
    refused(&shop, "`delete_order`", &replace("delete", "delete_order", hides));
    // The same work in other words is taken.
    let same = "-- @param order_id integer ref(orders.id)\n-- @row o else not_found \"there is no order {order_id}\"\nSELECT id FROM orders WHERE id = :order_id;\nDELETE FROM orders WHERE id = :order_id;\n";
    let script = |asked: &Asked, _: usize| {
        let mut answer = nothing(&asked.kind);
        if asked.kind == "tools" {
            replace("delete", "delete_order", same)(&mut answer, asked);
        }
        Ok(answer.to_string())
    };
    let (made, _) = shop.authored(&script);
    let sources = made.sources.as_ref().expect("sources");
    let old = shop.made.sources.as_ref().expect("sources").get("tools.sql").expect("tools");
    let has_returns = old.split("-- @tool ").find(|t| t.starts_with("delete_order")).is_some_and(|t| t.contains("@returns"));
    let author = made.report.author.as_ref().expect("the author reports");
    // Where the rules' tool declares a result, the new one must declare the same.
    assert_eq!(sources.get("tools/delete_order.sql").is_some(), !has_returns, "{author:#?}");
}

#[test]
fn relations_vocabularies_and_policies_are_checked() {
    let shop = Shop::new(true);
    let reason = |kind: &str, answer: Value| {
        let script = |asked: &Asked, _: usize| Ok(if asked.kind == kind { answer.clone() } else { nothing(&asked.kind) }.to_string());
        let (made, _) = shop.authored(&script);
        let author = made.report.author.clone().expect("the author reports");
        assert_eq!((&author.accepted, author.before), (&vec![], author.after), "{author:#?}");
        assert!(made.pack == shop.made.pack && made.sources == shop.made.sources, "the rules' world stays");
        let kind = kind.trim_end_matches('s');
        author.refused.into_iter().filter(|piece| piece.kind == kind).map(|piece| piece.reason).collect::<Vec<_>>().join("; ")
    };
    let relation = |table: &str, columns: &[&str], target: &str, on_delete: &str| json!({"relations": [{"table": table, "columns": columns, "target": target, "on_delete": on_delete}]});
    for (answer, words) in [
        (relation("orders", &["title"], "customers", "restrict"), "different types"),
        (relation("orders", &["buyers"], "customers", "restrict"), "no such column"),
        (relation("order", &["buyer"], "customers", "restrict"), "no such table"),
        (relation("orders", &["id"], "customers", "restrict"), "all columns but one"),
        (relation("orders", &["buyer", "id"], "customers", "restrict"), "the key of `customers` is id"),
        (relation("orders", &["buyer"], "customers", "explode"), "form asked for"),
    ] {
        let said = reason("relations", answer);
        assert!(said.contains(words), "no `{words}`: {said}");
    }
    let words = |column: &str, values: &[&str], templates: &[&str]| json!({"columns": [{"table": "orders", "column": column, "values": values, "templates": templates}]});
    for (answer, part) in [
        (words("remark", &["a", "a", "b", "c", "d"], &[]), "fewer than 5"),
        (words("remark", &["a", "b", "c", "d", "e\u{202e}"], &[]), "cannot be seen"),
        (words("state", &["a", "b", "c", "d", "e"], &[]), "no such column was shown"),
        (words("id", &["1", "2", "3", "4", "5"], &[]), "no such column was shown"),
        (words("remark", &["a", "b", "c", "d", "e"], &["x"]), "either values or templates"),
        (words("remark", &[], &["for {nobody}", "by {title}"]), "has `{nobody}`"),
    ] {
        let said = reason("vocabulary", answer);
        assert!(said.contains(part), "no `{part}`: {said}");
    }
    let policy = |text: &str, guards: &[u64]| json!({"service": [{"text": text, "guards": guards}], "conduct": []});
    for (answer, part) in [
        (policy("Orders over 900 are refused.", &[0]), "nothing of 900"),
        (policy("It refuses.", &[]), "guards that are there"),
        (policy("It refuses.", &[9_999]), "guards that are there"),
        (policy("`burn_order` refuses.", &[0]), "no tool `burn_order`"),
        (policy("See https://example.com", &[0]), "no plain sentence"),
        (nothing("policy"), "no sentences"),
    ] {
        let said = reason("policy", answer);
        assert!(said.contains(part), "no `{part}`: {said}");
    }
}
