//! Worlds from bare functions: names, parameters and sentences, without paths and results. Called as an agent calls them.

use serde_json::{Value, json};
use wardian_catalog::{Document, ImportOptions, import};
use wardian_env::{Env, EpisodeContext, Runtime};
use wardian_format::graph::Domain;
use wardian_format::outcome::ToolErrorCode;
use wardian_format::pack::Role;
use wardian_format::{CatalogTool, Outcome, Rng};
use wardian_materialize::{Materialized, Options, materialize};

/// A function: name, description, parameters (name, type, description), all required.
fn function(name: &str, description: &str, parameters: &[(&str, &str, &str)]) -> Value {
    let schema = |kind: &str, told: &str| match kind {
        "list" => json!({"type": "array", "items": {"type": "string"}, "description": told}),
        _ => json!({"type": kind, "description": told}),
    };
    let properties: serde_json::Map<String, Value> =
        parameters.iter().map(|(name, kind, told)| ((*name).to_owned(), schema(kind, told))).collect();
    let required: Vec<&str> = parameters.iter().map(|(name, ..)| *name).collect();
    json!({"name": name, "description": description, "parameters": {"type": "object", "properties": properties, "required": required}})
}

fn imported(document: &Value) -> Vec<CatalogTool> {
    import(&[Document::new("tools.json", document.to_string().into_bytes())], &ImportOptions::default()).tools
}

fn world(tools: &[CatalogTool]) -> Materialized {
    let mut ids: Vec<String> = tools.iter().map(|tool| tool.id.clone()).collect();
    ids.sort();
    let domain = Domain { name: "test".to_owned(), title: "Test".to_owned(), description: String::new(), terms: Vec::new(), tools: ids };
    materialize(&domain, tools, &Options::default(), &Runtime::new().expect("the engine starts")).expect("the host works")
}

fn open(world: &Materialized) -> Env {
    let bytes = world.pack.clone().unwrap_or_else(|| panic!("no pack: {:#?}", world.report.left_out));
    let pack = Runtime::new().expect("the engine starts").load(bytes, "test").expect("it loads");
    pack.env(&EpisodeContext { seed: 1, now: Options::default().now }).expect("an episode")
}

fn call(env: &mut Env, tool: &str, arguments: &Value) -> Outcome {
    env.call(Role::Agent, tool, arguments).expect("the host works").outcome
}

fn result(env: &mut Env, tool: &str, arguments: &Value) -> Value {
    match call(env, tool, arguments) {
        Outcome::Ok { result } => result,
        other => panic!("{tool} {arguments}: {other:?}"),
    }
}

fn refused(env: &mut Env, tool: &str, arguments: &Value) -> (ToolErrorCode, String) {
    match call(env, tool, arguments) {
        Outcome::ToolError { code, message } => (code, message),
        other => panic!("{tool} {arguments}: {other:?}"),
    }
}

fn example(world: &Materialized, tool: &str) -> Value {
    let found = world.report.examples.iter().find(|example| example.tool == tool);
    found.unwrap_or_else(|| panic!("no `{tool}`: {:#?}", world.report.left_out)).arguments.clone()
}

/// Parcels of customers, with articles of brands: no words of any benchmark.
fn parcels() -> Vec<CatalogTool> {
    let parcel = ("parcel_id", "string", "The parcel, such as 'P-000000'.");
    let articles = ("article_ids", "list", "What to take out, each such as 'A0000'.");
    let instead = ("new_article_ids", "list", "What to put in. Each should be of the same brand, at the same position.");
    let card = ("card_id", "string", "The card to charge, such as 'visa_0000'. It is stored in the customer's profile.");
    imported(&json!([
        function("get_parcel_details", "Show a parcel.", &[parcel]),
        function("get_customer_details", "Show a customer, including their parcels.", &[("customer_id", "string", "The customer.")]),
        function("get_article_details", "Show an article.", &[("article_id", "string", "Such as 'A0000'.")]),
        function("get_brand_details", "Show a brand.", &[("brand_id", "string", "Such as 'B0000'.")]),
        function("find_customer_id_by_email", "Find the customer.", &[("email", "string", "Such as 'a@example.com'.")]),
        function(
            "pause_packed_parcel",
            "Pause a packed parcel.",
            &[parcel, ("reason", "string", "Which must be either 'too late' or 'unsafe'.")]
        ),
        function("change_packed_parcel_articles", "Swap articles. This can only be called once.", &[parcel, articles, instead, card]),
        function("change_packed_parcel_card", "Change who pays.", &[parcel, card]),
        function("recall_shipped_parcel", "The parcel status will be changed to 'on its way back'.", &[parcel]),
        function("think", "Think about it.", &[("thought", "string", "")]),
    ]))
}

#[test]
fn words_before_a_noun_are_states_and_verbs_lead_on() {
    let world = world(&parcels());
    let mut env = open(&world);
    let arguments = example(&world, "pause_packed_parcel");
    let parcel = json!({"parcel_id": arguments["parcel_id"]});
    assert_eq!(result(&mut env, "get_parcel_details", &parcel)["status"], "packed");
    assert!(arguments["parcel_id"].as_str().is_some_and(|key| key.starts_with("P-") && key.len() == 8), "{arguments}");
    let mut bored = arguments.clone();
    bored["reason"] = json!("bored");
    assert!(matches!(call(&mut env, "pause_packed_parcel", &bored), Outcome::InvalidArguments { .. }));
    assert_eq!(result(&mut env, "pause_packed_parcel", &arguments)["pause_reason"], arguments["reason"]);
    assert_eq!(result(&mut env, "get_parcel_details", &parcel)["status"], "paused");
    assert_eq!(refused(&mut env, "pause_packed_parcel", &arguments), (ToolErrorCode::Conflict, "the parcel is already paused".to_owned()));
    assert_eq!(refused(&mut env, "pause_packed_parcel", &json!({"parcel_id": "P-x", "reason": "unsafe"})).0, ToolErrorCode::NotFound);
    let back = example(&world, "recall_shipped_parcel");
    assert_eq!(result(&mut env, "recall_shipped_parcel", &back)["status"], "on its way back");
    let late = json!({"parcel_id": back["parcel_id"], "reason": "too late"});
    assert_eq!(refused(&mut env, "pause_packed_parcel", &late), (ToolErrorCode::Conflict, "the parcel is not packed".to_owned()));
}

#[test]
fn lists_of_keys_hold_what_exists_and_swaps_keep_brand_and_number() {
    let world = world(&parcels());
    let mut env = open(&world);
    let good = example(&world, "change_packed_parcel_articles");
    let parcel = json!({"parcel_id": good["parcel_id"]});
    let before = result(&mut env, "get_parcel_details", &parcel);
    let with = |member: &str, value: Value| {
        let mut arguments = good.clone();
        arguments[member] = value;
        arguments
    };
    let absent = refused(&mut env, "change_packed_parcel_articles", &with("article_ids", json!(["A-none"])));
    assert_eq!(absent, (ToolErrorCode::NotFound, "the parcel has not all of these article ids".to_owned()));
    assert_eq!(refused(&mut env, "change_packed_parcel_articles", &with("new_article_ids", json!([]))).0, ToolErrorCode::Invalid);
    assert_eq!(refused(&mut env, "change_packed_parcel_articles", &with("new_article_ids", json!(["A-none"]))).0, ToolErrorCode::NotFound);
    assert_eq!(
        refused(&mut env, "change_packed_parcel_articles", &with("new_article_ids", good["article_ids"].clone())).0,
        ToolErrorCode::Invalid
    );
    assert_eq!(refused(&mut env, "change_packed_parcel_articles", &with("card_id", json!("visa_none"))).0, ToolErrorCode::NotFound);
    let brand = |env: &mut Env, key: &Value| result(env, "get_article_details", &json!({"article_id": key}))["brand_id"].clone();
    let new = good["new_article_ids"][0].clone();
    assert_eq!(brand(&mut env, &good["article_ids"][0]), brand(&mut env, &new));
    result(&mut env, "change_packed_parcel_articles", &good);
    let after = result(&mut env, "get_parcel_details", &parcel);
    let (old, now) = (before["article_ids"].as_array().expect("a list"), after["article_ids"].as_array().expect("a list"));
    assert!(old.len() == now.len() && now.contains(&new) && !now.contains(&good["article_ids"][0]), "{old:?} {now:?}");
    let again = refused(&mut env, "change_packed_parcel_articles", &good);
    assert_eq!(again, (ToolErrorCode::Conflict, "this can be done once for a parcel".to_owned()));
}

#[test]
fn what_is_looked_up_elsewhere_belongs_to_its_owner() {
    let world = world(&parcels());
    let mut env = open(&world);
    let good = example(&world, "change_packed_parcel_card");
    let parcel = json!({"parcel_id": good["parcel_id"]});
    let customer = result(&mut env, "get_parcel_details", &parcel)["customer_id"].clone();
    let shown = result(&mut env, "get_customer_details", &json!({"customer_id": customer}));
    assert!(shown["card_ids"].as_array().is_some_and(|cards| cards.contains(&good["card_id"])), "{shown}");
    assert!(shown["parcel_ids"].as_array().is_some_and(|parcels| parcels.contains(&good["parcel_id"])), "{shown}");
    result(&mut env, "change_packed_parcel_card", &good);
    assert_eq!(result(&mut env, "get_parcel_details", &parcel)["card_id"], good["card_id"]);
    assert_eq!(refused(&mut env, "change_packed_parcel_card", &good).0, ToolErrorCode::Conflict);
    let found = result(&mut env, "find_customer_id_by_email", &json!({"email": shown["email"]}));
    assert_eq!(found, json!({"customer_id": customer}));
    assert_eq!(refused(&mut env, "find_customer_id_by_email", &json!({"email": "nobody@example.com"})).0, ToolErrorCode::NotFound);
    let before = env.digests().expect("digests");
    result(&mut env, "think", &json!({"thought": "hm"}));
    assert_eq!(env.digests().expect("digests"), before);
}

#[test]
fn what_a_reader_would_have_to_know_is_not_faked() {
    let tools = imported(&json!([
        function("get_note_details", "Show a note.", &[("note_id", "string", "")]),
        function("update_note", "Change a note.", &[("note_id", "string", ""), ("text", "string", "What it says.")]),
        function("list_secret_notes", "List secret notes.", &[]),
        function("list_all_airports", "List airports.", &[]),
        function("refuel_note", "Add to a note.", &[("note_id", "string", "")]),
    ]));
    let world = world(&tools);
    let reasons: Vec<(&str, &str)> =
        world.report.left_out.iter().map(|l| (l.tool.rsplit('/').next().unwrap_or(""), l.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            ("list_all_airports", "nothing is known of airports but their keys"),
            ("list_secret_notes", "no field of notes says which are `secret`"),
            ("refuel_note", "no field of notes shows the effect of `refuel note`"),
        ]
    );
}

#[test]
fn checks_and_logic_in_sentences_are_guards_and_effects() {
    let line = [("customer_id", "string", "ID of the customer who owns the line."), ("line_id", "string", "ID of the line.")];
    let tools = imported(&json!([
        function("get_line_details", "Show a line.", &[line[1]]),
        function("suspend_line", "Checks: Line status must be Active. Logic: Sets line status to Suspended, records when.", &line),
        function("resume_line", "Checks: Line status must be Suspended or Pending Start. Logic: Sets line status to Active.", &line),
        function("enable_roaming", "Enables roaming on a line.", &line),
    ]));
    let world = world(&tools);
    let mut env = open(&world);
    let good = example(&world, "suspend_line");
    let mut stranger = good.clone();
    stranger["customer_id"] = json!("nobody");
    assert_eq!(refused(&mut env, "suspend_line", &stranger).0, ToolErrorCode::NotFound);
    assert_eq!(result(&mut env, "suspend_line", &good)["status"], "Suspended");
    assert_eq!(refused(&mut env, "suspend_line", &good).1, "the line is already suspended");
    assert_eq!(result(&mut env, "resume_line", &good)["status"], "Active");
    let roams = result(&mut env, "enable_roaming", &example(&world, "enable_roaming"));
    assert_eq!(roams["roaming_enabled"], true);
}

#[test]
fn a_list_of_an_mcp_server_makes_a_world() {
    let tool = |name: &str, told: &str, properties: Value, required: Value| json!({"name": name, "description": told, "inputSchema": {"type": "object", "properties": properties, "required": required}});
    let text = json!({"type": "string"});
    let tools = imported(&json!({"tools": [
        tool("create_ticket", "Open a ticket.", json!({"title": text, "body": text}), json!(["title"])),
        tool("get_ticket", "Show a ticket.", json!({"ticket_id": text}), json!(["ticket_id"])),
        tool("list_tickets", "List tickets.", json!({"title": text, "limit": {"type": "integer"}}), json!([])),
        tool("update_ticket", "Change a ticket.", json!({"ticket_id": text, "body": text}), json!(["ticket_id"])),
        tool("book_visit", "Book a visit.", json!({"ticket_id": text, "starts_at": text}), json!(["ticket_id"])),
        tool("cancel_visit", "Cancel a visit.", json!({"visit_id": text}), json!(["visit_id"])),
        tool("close_ticket", "Close a ticket.", json!({"ticket_id": text}), json!(["ticket_id"])),
        tool("delete_ticket", "Remove a ticket.", json!({"ticket_id": text}), json!(["ticket_id"])),
    ]}));
    let world = world(&tools);
    assert!(world.report.left_out.is_empty(), "{:#?}", world.report.left_out);
    let mut env = open(&world);
    let made = result(&mut env, "create_ticket", &json!({"title": "Leak", "body": "It drips."}));
    let key = json!({"ticket_id": made["ticket_id"]});
    assert_eq!(result(&mut env, "get_ticket", &key), made);
    result(&mut env, "update_ticket", &json!({"ticket_id": made["ticket_id"], "body": "It floods."}));
    let listed = result(&mut env, "list_tickets", &json!({"title": "Leak"}));
    assert_eq!(listed[0]["body"], "It floods.");
    assert_eq!(result(&mut env, "close_ticket", &key)["status"], "closed");
    assert_eq!(refused(&mut env, "close_ticket", &key).0, ToolErrorCode::Conflict);
    assert_eq!(refused(&mut env, "book_visit", &json!({"ticket_id": "none"})).0, ToolErrorCode::NotFound);
    let visit = result(&mut env, "book_visit", &json!({"ticket_id": made["ticket_id"]}));
    assert_eq!(visit["status"], "active");
    assert_eq!(result(&mut env, "cancel_visit", &json!({"visit_id": visit["visit_id"]}))["status"], "cancelled");
    result(&mut env, "delete_ticket", &key);
    assert_eq!(refused(&mut env, "get_ticket", &key).0, ToolErrorCode::NotFound);
}

/// The value of an expression, by recursive descent: the oracle.
fn value(text: &str) -> Option<f64> {
    fn spaces(text: &[u8], at: &mut usize) {
        while text.get(*at) == Some(&b' ') {
            *at += 1;
        }
    }
    fn factor(text: &[u8], at: &mut usize) -> Option<f64> {
        spaces(text, at);
        let sign = *text.get(*at)?;
        if sign == b'-' || sign == b'+' {
            *at += 1;
            return factor(text, at).map(|v| if sign == b'-' { -v } else { v });
        }
        if sign == b'(' {
            *at += 1;
            let inner = sum(text, at)?;
            spaces(text, at);
            *at += 1;
            return (text.get(*at - 1) == Some(&b')')).then_some(inner);
        }
        let start = *at;
        while text.get(*at).is_some_and(|c| c.is_ascii_digit() || *c == b'.') {
            *at += 1;
        }
        std::str::from_utf8(&text[start..*at]).ok()?.parse().ok()
    }
    fn chain(text: &[u8], at: &mut usize, signs: [u8; 2], inner: fn(&[u8], &mut usize) -> Option<f64>) -> Option<f64> {
        let mut left = inner(text, at)?;
        loop {
            spaces(text, at);
            let Some(sign) = text.get(*at).filter(|c| signs.contains(c)).copied() else { return Some(left) };
            *at += 1;
            let right = inner(text, at)?;
            left = match sign {
                b'+' => left + right,
                b'-' => left - right,
                b'*' => left * right,
                _ if right == 0.0 => return None,
                _ => left / right,
            };
        }
    }
    fn product(text: &[u8], at: &mut usize) -> Option<f64> {
        chain(text, at, *b"*/", factor)
    }
    fn sum(text: &[u8], at: &mut usize) -> Option<f64> {
        chain(text, at, *b"+-", product)
    }
    let (text, mut at) = (text.as_bytes(), 0);
    let found = sum(text, &mut at)?;
    spaces(text, &mut at);
    (at == text.len()).then_some(found)
}

#[test]
fn arithmetic_is_done_as_an_independent_reader_does_it() {
    let tools = imported(&json!([
        function("calculate", "Calculate the result of a mathematical expression.", &[("expression", "string", "Such as '2 + 2'.")]),
        function("get_note_details", "Show a note.", &[("note_id", "string", "")]),
        function("update_note", "Change a note.", &[("note_id", "string", ""), ("text", "string", "What it says.")]),
    ]));
    let world = world(&tools);
    let mut env = open(&world);
    let mut rng = Rng::of(7, &["expressions"]);
    let pieces = ["1", "2.5", "10", "0", "3", "(", ")", "+", "-", "*", "/", " ", "(4 - 1)", "x", "1.2.3", ".5"];
    let (mut read, mut wrong) = (0, 0);
    for n in 0..400 {
        let length = 1 + rng.below(9);
        let text: String = (0..length).map(|k| pieces[rng.below(if n % 2 == 0 || k % 2 == 0 { pieces.len() } else { 12 })]).collect();
        let arguments = json!({"expression": text});
        match (value(&text), call(&mut env, "calculate", &arguments)) {
            (Some(expected), Outcome::Ok { result }) => {
                read += 1;
                let found = result.as_f64().unwrap_or(f64::NAN);
                assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "`{text}` is {expected}, not {found}");
            }
            (None, Outcome::ToolError { code: ToolErrorCode::Invalid, .. }) => wrong += 1,
            (expected, found) => panic!("`{text}`: {expected:?}, {found:?}"),
        }
    }
    assert!(read > 40 && wrong > 40, "{read} read, {wrong} wrong");
}
