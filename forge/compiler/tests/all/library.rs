//! The worked example under the real sandbox: every tool, every guard, and both ways of packing.

use crate::support::{World, alone, compile, library, load};
use serde_json::{Value, json};
use wardian_format::pack::{Effect, Role};
use wardian_format::{Outcome, ToolErrorCode};

const MOBY: &str = "9780000000026";

#[test]
fn reading() {
    let mut world = World::new(&library());
    let before = world.digest();
    let member = world.ok("find_member", json!({"email": "Bruno.Castell@EXAMPLE.org"}));
    assert_eq!((&member["member_id"], &member["active"], &member["note"]), (&json!("M-1002"), &json!(true), &Value::Null));
    assert_eq!(member, world.ok("get_member", json!({"member_id": "M-1002"})));
    let due: Vec<&Value> = member["loans"].as_array().expect("a list").iter().map(|loan| &loan["due_on"]).collect();
    assert_eq!(due, [&json!("2026-03-03"), &json!("2026-03-23")], "in the order that the view states");
    assert_eq!(world.ok("get_member", json!({"member_id": "M-1010"}))["active"], json!(false));

    let found = world.ok("search_books", json!({"query": "darwin"}));
    let titles: Vec<&Value> = found.as_array().expect("a list").iter().map(|book| &book["title"]).collect();
    assert_eq!(titles, [&json!("On the Origin of Species"), &json!("The Voyage of the Beagle")]);
    assert_eq!(found[1]["subjects"], json!(["science", "travel", "sea"]), "JSONB in a column stays JSON");
    let sea = world.ok("search_books", json!({"subject": "sea", "limit": 2}));
    assert_eq!(sea.as_array().map(Vec::len), Some(2));
    let free = world.ok("search_books", json!({"subject": "sea", "available_only": true}));
    assert!(free.as_array().expect("a list").iter().all(|book| book["isbn"] != MOBY), "{free}");
    assert_eq!(world.ok("search_books", json!({"query": "no such book"})), json!([]));

    let copies = world.ok("list_copies", json!({"isbn": MOBY}));
    assert_eq!(
        copies["copies"],
        json!([{"copy_id": "C-002", "branch": "HAR", "status": "on_loan"}, {"copy_id": "C-003", "branch": "OAK", "status": "on_loan"}])
    );
    assert_eq!(world.ok("list_copies", json!({"isbn": MOBY, "branch": "OAK"}))["copies"][0]["copy_id"], json!("C-003"));
    assert_eq!(world.digest(), before, "reads leave the state alone");
}

#[test]
fn lending_and_taking_back() {
    let mut world = World::new(&library());
    let loan = world.ok("checkout_copy", json!({"member_id": "M-1006", "copy_id": "C-009"}));
    assert_eq!((&loan["lent_on"], &loan["due_on"], &loan["renewals"]), (&json!("2026-03-16"), &json!("2026-04-06"), &json!(0)));
    assert_eq!(world.read("SELECT status FROM copies WHERE copy_id = 'C-009'"), json!("on_loan"));
    let back = world.ok("return_copy", json!({"copy_id": "C-009"}));
    assert_eq!(back, json!({"loan_id": loan["loan_id"], "days_late": 0, "fine_cents": 0, "reserved": false, "reserved_for": null}));
    // A late return with a hold on the book: the other branch.
    let late = world.ok("return_copy", json!({"copy_id": "C-003"}));
    assert_eq!(
        (&late["days_late"], &late["fine_cents"], &late["reserved"], &late["reserved_for"]),
        (&json!(13), &json!(325), &json!(true), &json!("M-1007"))
    );
    assert_eq!(world.read("SELECT fines_cents FROM members WHERE member_id = 'M-1002'"), json!(675));
    assert_eq!(world.read("SELECT copy_id FROM holds WHERE hold_id = 1"), json!("C-003"));
    // The kept copy goes to the member of the hold, and the hold is gone.
    world.refuses("checkout_copy", json!({"member_id": "M-1006", "copy_id": "C-003"}), ToolErrorCode::Conflict, "copy C-003 is reserved");
    world.ok("checkout_copy", json!({"member_id": "M-1007", "copy_id": "C-003"}));
    assert_eq!(world.read("SELECT count(*) FROM holds"), json!(2));
}

#[test]
fn other_writes() {
    let mut world = World::new(&library());
    let renewed = world.ok("renew_loans", json!({"member_id": "M-1008", "loan_ids": ["L-3108", "L-3107"]}));
    let dates: Vec<(&Value, &Value, &Value)> =
        renewed.as_array().expect("a list").iter().map(|l| (&l["loan_id"], &l["due_on"], &l["renewals"])).collect();
    assert_eq!(
        dates,
        [(&json!("L-3108"), &json!("2026-04-06"), &json!(2)), (&json!("L-3107"), &json!("2026-04-06"), &json!(1))],
        "in the order asked for"
    );

    let hold = world.ok("place_hold", json!({"member_id": "M-1004", "isbn": MOBY}));
    assert_eq!(hold, json!({"hold_id": 4, "isbn": MOBY, "member_id": "M-1004", "placed_at": "2026-03-16T09:00:00Z", "place": 3}));
    assert_eq!(world.ok("cancel_hold", json!({"hold_id": 4})), Value::Null, "a tool without @return returns null");
    assert_eq!(world.ok("cancel_hold", json!({"hold_id": 3})), Value::Null);
    assert_eq!(world.read("SELECT status FROM copies WHERE copy_id = 'C-007'"), json!("available"));

    let paid = world.ok("pay_fines", json!({"member_id": "M-1002", "amount_cents": 300}));
    assert_eq!(paid["owed_cents"], json!(50));
    assert_eq!(paid["payment_id"].as_str().map(str::len), Some(20));

    let changed = world.ok("update_member", json!({"member_id": "M-1005", "note": null, "tier": "patron"}));
    assert_eq!(
        (&changed["note"], &changed["tier"], &changed["email"]),
        (&Value::Null, &json!("patron"), &json!("elena.fofana@example.org"))
    );
    let kept = world.ok("update_member", json!({"member_id": "M-1005", "email": "e.f@example.org"}));
    assert_eq!((&kept["note"], &kept["email"]), (&Value::Null, &json!("e.f@example.org")));

    assert_eq!(world.ok("suspend_member", json!({"member_id": "M-1001"})), Value::Null);
    assert_eq!(world.ok("get_member", json!({"member_id": "M-1001"}))["active"], json!(false), "the default is applied");
    world.ok("suspend_member", json!({"member_id": "M-1001", "suspended": false}));
    assert_eq!(world.ok("get_member", json!({"member_id": "M-1001"}))["active"], json!(true));
}

/// (tool, arguments, code, message) for every guard of the pack.
fn guards() -> Vec<(&'static str, Value, ToolErrorCode, &'static str)> {
    use ToolErrorCode::{Conflict, Forbidden, Invalid, NotFound};
    vec![
        ("find_member", json!({"email": "x@y"}), NotFound, "no member has the e-mail address x@y"),
        ("get_member", json!({"member_id": "M-9"}), NotFound, "no member M-9"),
        ("search_books", json!({"query": "a", "limit": 0}), Invalid, "limit must be from 1 to 50, not 0"),
        ("search_books", json!({}), Invalid, "give a query or a subject"),
        ("list_copies", json!({"isbn": "1"}), NotFound, "no book with ISBN 1"),
        ("checkout_copy", json!({"member_id": "M-9", "copy_id": "C-009"}), NotFound, "no member M-9"),
        ("checkout_copy", json!({"member_id": "M-1001", "copy_id": "C-9"}), NotFound, "no copy C-9"),
        ("checkout_copy", json!({"member_id": "M-1001", "copy_id": "C-001"}), Conflict, "copy C-001 is on_loan"),
        ("checkout_copy", json!({"member_id": "M-1010", "copy_id": "C-009"}), Forbidden, "the membership of M-1010 is suspended"),
        ("checkout_copy", json!({"member_id": "M-1004", "copy_id": "C-009"}), Forbidden, "M-1004 owes 1250 cents; pay the fines first"),
        (
            "checkout_copy",
            json!({"member_id": "M-1008", "copy_id": "C-009"}),
            Conflict,
            "M-1008 has 3 books already, which is the most for tier standard",
        ),
        ("return_copy", json!({"copy_id": "C-009"}), NotFound, "copy C-009 is not on loan"),
        ("renew_loans", json!({"member_id": "M-9", "loan_ids": ["L-3107"]}), NotFound, "no member M-9"),
        ("renew_loans", json!({"member_id": "M-1008", "loan_ids": []}), Invalid, "name at least one loan"),
        ("renew_loans", json!({"member_id": "M-1008", "loan_ids": ["L-3107", "L-3101"]}), Conflict, "L-3101 is no loan of M-1008"),
        ("renew_loans", json!({"member_id": "M-1001", "loan_ids": ["L-3001"]}), Conflict, "loan L-3001 was returned on 2026-02-01"),
        ("renew_loans", json!({"member_id": "M-1003", "loan_ids": ["L-3104"]}), Conflict, "loan L-3104 was renewed twice already"),
        (
            "renew_loans",
            json!({"member_id": "M-1001", "loan_ids": ["L-3101"]}),
            Conflict,
            "the book of loan L-3101 is on hold for somebody",
        ),
        ("place_hold", json!({"member_id": "M-9", "isbn": MOBY}), NotFound, "no member M-9"),
        ("place_hold", json!({"member_id": "M-1001", "isbn": "1"}), NotFound, "no book with ISBN 1"),
        (
            "place_hold",
            json!({"member_id": "M-1001", "isbn": "9780000000057"}),
            Conflict,
            "a copy of 9780000000057 is available; check it out",
        ),
        ("place_hold", json!({"member_id": "M-1007", "isbn": MOBY}), Conflict, "M-1007 has a hold on 9780000000026 already"),
        ("cancel_hold", json!({"hold_id": 99}), NotFound, "no hold 99"),
        ("pay_fines", json!({"member_id": "M-9", "amount_cents": 1}), NotFound, "no member M-9"),
        ("pay_fines", json!({"member_id": "M-1002", "amount_cents": 0}), Invalid, "the amount must be positive"),
        ("pay_fines", json!({"member_id": "M-1002", "amount_cents": 351}), Invalid, "M-1002 owes only 350 cents"),
        ("update_member", json!({"member_id": "M-1001"}), Invalid, "nothing to change"),
        ("update_member", json!({"member_id": "M-1001", "email": "nowhere"}), Invalid, "nowhere is no e-mail address"),
        ("update_member", json!({"member_id": "M-9", "note": null}), NotFound, "no member M-9"),
        (
            "update_member",
            json!({"member_id": "M-1001", "email": "hugo.ibarra@example.org"}),
            Conflict,
            "another member has the e-mail address hugo.ibarra@example.org",
        ),
        ("suspend_member", json!({"member_id": "M-9"}), NotFound, "no member M-9"),
    ]
}

#[test]
fn every_guard_refuses_and_changes_nothing() {
    let mut world = World::new(&library());
    for (tool, arguments, code, message) in guards() {
        world.refuses(tool, arguments, code, message);
    }
}

#[test]
fn what_does_not_fit_the_schema_never_reaches_the_tool() {
    let mut world = World::new(&library());
    for (tool, arguments) in [
        ("get_member", json!({})),
        ("get_member", json!({"member_id": 5})),
        ("get_member", json!({"member_id": "M-1001", "extra": 1})),
        ("update_member", json!({"member_id": "M-1001", "tier": "gold"})),
        ("update_member", json!({"member_id": "M-1001", "email": null})),
        ("renew_loans", json!({"member_id": "M-1001", "loan_ids": "L-3101"})),
        ("renew_loans", json!({"member_id": "M-1001", "loan_ids": [1]})),
    ] {
        let outcome = world.call(tool, arguments.clone());
        assert!(matches!(outcome, Outcome::InvalidArguments { .. }), "{tool} {arguments}: {outcome:?}");
    }
}

/// Calls that succeed, then every guard: with one component a pack and with one a tool, the same comes out.
#[test]
fn one_component_a_pack_or_one_a_tool() {
    let sources = library();
    let parts = compile(&sources).parts;
    let pack = load(&parts);
    let mut calls: Vec<(&str, Value)> = vec![
        ("find_member", json!({"email": "ada.brandt@example.org"})),
        ("checkout_copy", json!({"member_id": "M-1001", "copy_id": "C-009"})),
        ("return_copy", json!({"copy_id": "C-003"})),
        ("renew_loans", json!({"member_id": "M-1008", "loan_ids": ["L-3108", "L-3107"]})),
        ("place_hold", json!({"member_id": "M-1009", "isbn": MOBY})),
        ("pay_fines", json!({"member_id": "M-1002", "amount_cents": 300})),
        ("update_member", json!({"member_id": "M-1005", "note": null})),
        ("search_books", json!({"subject": "fiction"})),
        ("list_copies", json!({"isbn": MOBY})),
        ("get_member", json!({"member_id": "M-1001"})),
        ("cancel_hold", json!({"hold_id": 1})),
        ("suspend_member", json!({"member_id": "M-1001"})),
    ];
    calls.extend(guards().into_iter().map(|(tool, arguments, _, _)| (tool, arguments)));
    for (tool, arguments) in calls {
        let mut together = World::of(&pack);
        let mut single = World::of(&load(&alone(&sources, &parts, tool)));
        assert_eq!(together.call(tool, arguments.clone()), single.call(tool, arguments.clone()), "{tool} {arguments}");
        assert_eq!(together.env.digests().expect("digests"), single.env.digests().expect("digests"), "{tool} {arguments}");
    }
}

#[test]
fn equal_sources_give_equal_bytes() {
    let (a, b) = (compile(&library()), compile(&library()));
    assert_eq!(wardian_pack::write(&a.parts).expect("written"), wardian_pack::write(&b.parts).expect("written"));
    assert_eq!(a.wit, b.wit);
    assert!(a.warnings.is_empty(), "{:?}", a.warnings);
}

#[test]
fn the_manifest_says_what_the_tools_do() {
    let manifest = compile(&library()).parts.manifest;
    let effect = |name: &str| manifest.tool(name).map(|tool| tool.effect);
    assert_eq!(effect("search_books"), Some(Effect::Read));
    assert_eq!(effect("cancel_hold"), Some(Effect::Write));
    assert_eq!(manifest.tools_of(Role::Setup).map(|t| t.name.as_str()).collect::<Vec<_>>(), ["suspend_member"]);
    let link = manifest.links.iter().find(|l| l.from == "list_copies" && l.to == "checkout_copy").expect("copies feed checkouts");
    assert_eq!((link.path.as_str(), link.param.as_str()), ("$.copies[*].copy_id", "copy_id"));
    assert_eq!(manifest.ungraded, ["members.note"]);
    assert_ne!(manifest.initial.full, manifest.initial.graded);
}
