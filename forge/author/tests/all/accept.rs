//! What is good is taken, also after repair, and works as the rules' tools do.

use crate::shop::{Asked, PIN, Shop, WORDS, good, good_tools, nothing};
use serde_json::{Value, json};
use wardian_env::EpisodeContext;
use wardian_format::Outcome;
use wardian_format::outcome::ToolErrorCode;
use wardian_format::pack::Role;
use wardian_materialize::Materialized;
use wardian_model::ModelError;

fn file<'a>(made: &'a Materialized, path: &str) -> &'a str {
    made.sources.as_ref().and_then(|sources| sources.get(path)).unwrap_or_default()
}

fn accepted(made: &Materialized) -> Vec<&str> {
    made.report.author.iter().flat_map(|author| &author.accepted).map(|piece| piece.name.as_str()).collect()
}

#[test]
fn a_good_answer_to_every_question_is_in_the_world() {
    let shop = Shop::new(true);
    let (made, asked) = shop.authored(&|asked, _| Ok(good(asked).to_string()));
    let author = made.report.author.as_ref().expect("the author reports");
    assert_eq!(author.refused, [], "{author:#?}");
    let names = ["orders.buyer → customers", "pinreport_orders", "pinmark_order", "orders.remark", "policy.md"];
    assert_eq!(accepted(&made), names, "{author:#?}");
    assert_eq!(asked.iter().map(|a| a.kind.as_str()).collect::<Vec<_>>(), ["relations", "tools", "vocabulary", "policy"]);
    assert_eq!((author.answers, author.repairs, author.tokens_read, author.tokens_written), (4, 0, 400, 40));
    assert_eq!((author.before.tools, author.after.tools), (6, 8));
    assert!(author.after.checks > author.before.checks && author.stopped.is_none());
    assert_eq!((made.report.tools_in, made.report.tools_out, made.report.left_out.len()), (8, 8, 0));
    assert_eq!(made.report.self_checks.grounded, 8);
    assert_eq!(made.report.tables["order_pins"], 1);
    let pin = made.report.examples.iter().find(|e| e.tool == "pinmark_order").expect("an example");
    assert_eq!(pin.read_back.as_deref(), Some("pinreport_orders"));

    assert!(file(&made, "schema.sql").contains("FOREIGN KEY (\"buyer\") REFERENCES \"customers\" (\"id\") ON DELETE SET NULL"));
    assert!(file(&made, "pack.toml").contains("author = \"rules, model:scripted:shop\""), "{}", file(&made, "pack.toml"));
    let policy = file(&made, "policy.md");
    assert!(
        policy.contains("- Say which order") && policy.contains("- Use `pinmark_order`") && policy.contains("## What you must not do"),
        "{policy}"
    );
    let tool = file(&made, "tools/pinmark_order.sql");
    assert!(tool.starts_with("-- @tool pinmark_order\n-- @doc ") && tool.contains("-- @example wrong arguments\n-- @call"), "{tool}");
    let rows: Vec<Value> = file(&made, "data/orders.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let buyers: Vec<Value> = file(&made, "data/customers.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let is_good = |row: &&Value| {
        row["remark"].as_str().is_none_or(|text| WORDS.contains(&text))
            && (row["buyer"].is_null() || buyers.iter().any(|b| b["id"] == row["buyer"]))
    };
    assert!(rows.iter().all(|row| is_good(&row)) && rows.iter().any(|row| row["remark"].is_string()), "{rows:?}");

    // As an agent finds it: pinned once, and not twice; a buyer must be there.
    let pack = shop.runtime.load(made.pack.clone().expect("a pack"), "shop").expect("it loads");
    let mut env = pack.env(&EpisodeContext { seed: 1, now: "2025-06-02T09:00:00Z".to_owned() }).expect("an environment");
    let mut call = |tool: &str, arguments: Value| env.call(Role::Agent, tool, &arguments).expect("the host works").outcome;
    let order = pin.arguments.clone();
    assert!(call("pinmark_order", order.clone()).is_ok());
    assert!(matches!(call("pinmark_order", order), Outcome::ToolError { code: ToolErrorCode::Conflict, .. }));
    assert!(matches!(call("create_order", json!({"title": "x", "buyer": 7})), Outcome::ToolError { code: ToolErrorCode::Invalid, .. }));

    let (again, _) = shop.authored(&|asked, _| Ok(good(asked).to_string()));
    assert!(again.pack == made.pack && again.report == made.report && again.sources == made.sources, "the same answers, the same bytes");
}

#[test]
fn what_the_compiler_says_goes_back_and_is_put_right() {
    let shop = Shop::new(true);
    let script = |asked: &Asked, round: usize| {
        let mut answer = if asked.kind == "tools" { good_tools(asked) } else { nothing(&asked.kind) };
        if round == 0 && asked.kind == "tools" {
            answer["tools"][0]["sql"] = json!(PIN.replace("SELECT title FROM", "SELECT titel FROM"));
        }
        Ok(answer.to_string())
    };
    let (made, asked) = shop.authored(&script);
    let author = made.report.author.as_ref().expect("the author reports");
    assert_eq!(accepted(&made), ["pinreport_orders", "pinmark_order"], "{author:#?}");
    assert_eq!((author.repairs, author.after.tools), (3, 8), "once for the tool, twice for an empty policy");
    assert!(author.refused.iter().all(|piece| piece.kind == "policy"), "{author:#?}");
    let repair = asked.iter().find(|a| a.request.messages.len() == 4).expect("a repair");
    let said = serde_json::to_string(&repair.request.messages[3]).expect("JSON");
    let place = "tools/pinmark_order.sql:7: no such column: titel (did you mean `title`?); the line is `SELECT titel";
    assert!(said.contains(place) && said.contains("Taken: pinreport_orders"), "{said}");
}

#[test]
fn where_the_rules_found_nothing_the_model_may_begin() {
    let shop = Shop::new(false);
    assert!(shop.made.pack.is_none());
    let script = |asked: &Asked, _: usize| {
        if asked.kind != "tools" {
            return Ok(nothing(&asked.kind).to_string());
        }
        let mut orders = asked.lines.clone();
        orders.push(json!({"table": "orders", "sample": [{"id": 1}, {"id": 2}]}));
        let mut answer = good_tools(&Asked { kind: asked.kind.clone(), lines: orders, request: asked.request.clone() });
        let rows: Vec<String> = (1..6).map(|id| json!({"id": id, "title": format!("Order {id}")}).to_string()).collect();
        let table =
            json!({"name": "orders", "sql": "CREATE TABLE orders (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT", "rows": rows});
        answer["tables"].as_array_mut().expect("a list").insert(0, table);
        Ok(answer.to_string())
    };
    let (made, _) = shop.authored(&script);
    let author = made.report.author.as_ref().expect("the author reports");
    assert_eq!((author.before.tools, author.after.tools, made.report.no_pack.as_ref()), (0, 2, None), "{author:#?}");
    assert!(made.pack.is_some() && made.report.left_out.is_empty());
}

#[test]
fn a_failure_in_the_middle_keeps_what_is_there_and_says_so() {
    let shop = Shop::new(true);
    let script = |asked: &Asked, _: usize| match asked.kind.as_str() {
        "relations" => Ok(good(asked).to_string()),
        _ => Err(ModelError::BudgetUsedUp { unit: "requests", max: 1 }),
    };
    let (made, asked) = shop.authored(&script);
    let author = made.report.author.as_ref().expect("the author reports");
    assert_eq!(author.stopped.as_deref(), Some("the budget of 1 requests is used up"));
    assert_eq!((accepted(&made), asked.len()), (vec!["orders.buyer → customers"], 2), "asked no more");
    assert_eq!(made.report.tools_out, 6);
}
