//! Every kind of outcome, from guests made by hand; and that nothing of a failed call is left.

use std::sync::Arc;
use wardian_format::limits::{Limits, Profile};
use wardian_format::outcome::{LimitKind, Outcome, ToolErrorCode};
use wardian_format::{Digests, SqlValue};
use wardian_sandbox::{Compile, Engine, InProcess, Program, Reuse, SandboxError};
use wardian_state::{Base, Context, State, build_image};
use wardian_testkit::{Guest, Texts, component};

const SCHEMA: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;";

/// A program with a state to call it on.
struct World {
    program: Program,
    limits: Limits,
    state: Option<State>,
}

impl World {
    fn new(guests: &[Guest], texts: &Texts, fields: &str) -> Self {
        Self::with(guests, texts, fields, Limits::of(Profile::Sql), Reuse::OwnCompiler)
    }

    fn with(guests: &[Guest], texts: &Texts, fields: &str, limits: Limits, reuse: Reuse) -> Self {
        let engine = Engine::new().expect("the engine starts");
        let code = InProcess.compile(&engine, &component(guests, texts, fields), Profile::Sql).expect("compiles");
        let exports: Vec<&str> = guests.iter().map(|guest| guest.export.as_str()).collect();
        let program = Program::new(&engine, &code, &exports, Profile::Sql, reuse).expect("links");
        let row = |id: i64| vec![SqlValue::Integer(id), SqlValue::Text(format!("note {id}"))];
        let rows = vec![("notes".to_owned(), vec!["id".to_owned(), "text".to_owned()], (1..=3).map(row).collect())];
        let base = Base::open(build_image(SCHEMA, &rows).expect("image"), &[]).expect("opens");
        Self { program, limits, state: Some(base.state(Context { seed: 1, now_unix_s: 0 })) }
    }

    /// A world of one tool with this body.
    fn one(body: &str) -> Self {
        Self::new(&[Guest::new("tool", body)], &Texts::default(), "")
    }

    fn digests(&mut self) -> Digests {
        self.state.as_mut().expect("a state").digests().expect("digests")
    }

    /// Calls an export and keeps what it did if it succeeded.
    fn call_of(&mut self, export: usize, arguments: &str, statements: Option<Arc<[String]>>) -> Outcome {
        let before = self.digests();
        let state = self.state.take().expect("a state");
        let tx = state.begin(&self.limits, statements).expect("begins");
        let reply = self.program.call(export, tx, arguments.to_owned(), &self.limits);
        let (outcome, tx) = (reply.outcome.expect("the host is fine"), reply.tx.expect("the state comes back"));
        let state = if outcome.is_ok() { tx.commit().0 } else { tx.rollback() };
        self.state = Some(state);
        assert!(outcome.is_ok() || self.digests() == before, "a failed call changed the state");
        assert_eq!(reply.digest.is_some(), outcome.is_ok());
        outcome
    }

    fn call(&mut self, arguments: &str) -> Outcome {
        self.call_of(0, arguments, None)
    }
}

fn ok(value: serde_json::Value) -> Outcome {
    Outcome::Ok { result: value }
}

fn limit(limit: LimitKind) -> Outcome {
    Outcome::Limit { limit }
}

fn trap(outcome: Outcome) -> String {
    match outcome {
        Outcome::Trap { message } => message,
        other => panic!("expected a trap, got {other:?}"),
    }
}

const GET: &str = "SELECT json_object('text', text) FROM notes WHERE id = json_extract(?1, '$.id')";
const SET: &str = "UPDATE notes SET text = json_extract(?1, '$.text') WHERE id = json_extract(?1, '$.id')";

#[test]
fn a_query_and_a_change() {
    let mut texts = Texts::default();
    let guests = [Guest::query("get", GET, &mut texts), Guest::change("set", SET, &mut texts)];
    let mut world = World::new(&guests, &texts, "");
    let before = world.digests();
    assert_eq!(world.call(r#"{"id":2}"#), ok(serde_json::json!({"text": "note 2"})));
    assert_eq!(world.digests(), before, "a read leaves the digest alone");
    assert_eq!(world.call_of(1, r#"{"id":2,"text":"new"}"#, None), ok(true.into()));
    assert_ne!(world.digests(), before);
    assert_eq!(world.call(r#"{"id":2}"#), ok(serde_json::json!({"text": "new"})));
    let missing = world.call(r#"{"id":9}"#);
    assert_eq!(missing, Outcome::ToolError { code: ToolErrorCode::NotFound, message: "absent".to_owned() });
}

#[test]
fn a_trap_after_a_change_undoes_it_and_the_next_call_works() {
    let mut texts = Texts::default();
    let sql = texts.put(SET);
    let body = format!("(drop (call $change (local.get $db) {sql} (local.get $args) (local.get $len))) unreachable");
    let guests = [Guest::new("set-and-trap", &body), Guest::query("get", GET, &mut texts)];
    let mut world = World::new(&guests, &texts, "");
    assert_eq!(trap(world.call(r#"{"id":1,"text":"x"}"#)), "wasm `unreachable` instruction executed");
    assert_eq!(world.call_of(1, r#"{"id":1}"#, None), ok(serde_json::json!({"text": "note 1"})));
}

#[test]
fn fuel_wall_time_and_stack() {
    let mut world = World::one("(loop $l (br $l)) unreachable");
    world.limits.fuel_max = 1_000_000;
    assert_eq!(world.call("{}"), limit(LimitKind::Fuel));
    world.limits = Limits { fuel_max: u64::MAX, wall_ms_max: 30, ..world.limits.clone() };
    assert_eq!(world.call("{}"), limit(LimitKind::WallTime));
    let recursion = Guest::new("tool", "(call $down) (call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))");
    let mut world = World::new(&[recursion], &Texts::default(), "(func $down (local i64 i64) (call $down) (call $down))");
    assert_eq!(world.call("{}"), limit(LimitKind::Stack));
}

#[test]
fn host_calls_charge_fuel_by_their_work() {
    let mut texts = Texts::default();
    let mut world = World::new(&[Guest::query("get", GET, &mut texts)], &texts, "");
    world.limits.fuel_max = 20_000;
    assert!(world.call(r#"{"id":1}"#).is_ok());
    assert_eq!(world.call(&format!(r#"{{"id":1,"pad":"{}"}}"#, "x".repeat(20_000))), limit(LimitKind::Fuel));
}

#[test]
fn memory_is_limited_and_the_limit_is_the_outcome_whatever_the_guest_returns() {
    let ok_anyway = "(drop (memory.grow (i32.const 100))) (call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))";
    let mut world = World::one(ok_anyway);
    assert!(world.call("{}").is_ok(), "6.4 MiB are fine");
    world.limits.memory_bytes_max = 4 << 20;
    world.program = World::one(ok_anyway).program;
    assert_eq!(world.call("{}"), limit(LimitKind::Memory));
    world.limits.memory_bytes_max = 1 << 16;
    world.program = World::one(ok_anyway).program;
    assert_eq!(world.call("{}"), limit(LimitKind::Memory), "not even the initial memory fits");
}

#[test]
fn tables_are_limited() {
    let grow =
        "(drop (table.grow 0 (ref.null func) (local.get $len))) (call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))";
    let mut world = World::new(&[Guest::new("tool", grow)], &Texts::default(), "(table 1 funcref)");
    assert!(world.call(&"1".repeat(9_000)).is_ok());
    assert_eq!(world.call(&"1".repeat(2_000)), limit(LimitKind::Memory), "a kept instance keeps its table");
    let mut fresh =
        World::with(&[Guest::new("tool", grow)], &Texts::default(), "(table 1 funcref)", Limits::of(Profile::Sql), Reuse::Never);
    assert!(fresh.call(&"1".repeat(9_000)).is_ok() && fresh.call(&"1".repeat(9_000)).is_ok(), "a fresh one does not");
}

#[test]
fn results_must_be_acceptable_json() {
    for text in [b"{".as_slice(), b"", b"{\"a\":1,\"a\":2}", b"9007199254740993", b"1 2", b"\"\\ud800\""] {
        let mut texts = Texts::default();
        let mut world = World::new(&[Guest::returns("tool", text, &mut texts)], &texts, "");
        let outcome = world.call("{}");
        assert!(matches!(outcome, Outcome::Malformed { .. }), "{:?}: {outcome:?}", String::from_utf8_lossy(text));
    }
    let mut texts = Texts::default();
    let mut world = World::new(&[Guest::returns("tool", b"\"\xff\"", &mut texts)], &texts, "");
    assert!(trap(world.call("{}")).contains("utf-8"), "invalid UTF-8 never becomes a string");
}

#[test]
fn results_and_copies_are_bounded() {
    let body = |len: usize| {
        format!(
            "(drop (memory.grow (i32.const 100))) (memory.fill (i32.const 65536) (i32.const 49) (i32.const {len}))
             (call $drop (local.get $db)) (call $ok (i32.const 65536) (i32.const {len}))"
        )
    };
    assert!(matches!(World::one(&body(1 << 20)).call("{}"), Outcome::Malformed { .. }), "a number, but no sensible one");
    assert_eq!(World::one(&body((1 << 20) + 1)).call("{}"), limit(LimitKind::ResultBytes));
    assert_eq!(World::one(&body(5 << 20)).call("{}"), limit(LimitKind::ValueBytes));
}

#[test]
fn tool_errors_are_cut_and_escaped() {
    let body = "(memory.fill (i32.const 65536) (i32.const 10) (i32.const 9000)) (call $drop (local.get $db))
                (call $error (i32.const 2) (i32.const 65536) (i32.const 9000))";
    let Outcome::ToolError { code, message } = World::one(body).call("{}") else { panic!("a tool error") };
    assert_eq!(code, ToolErrorCode::Conflict);
    assert!(message.starts_with("\\n\\n") && message.len() < 9_000, "{} bytes", message.len());
}

#[test]
fn handles_must_be_given_back_once() {
    let keep = trap(World::one("(call $ok (i32.const 136) (i32.const 4))").call("{}"));
    assert!(keep.contains("borrow handles still remain"), "{keep}");
    let twice = "(call $drop (local.get $db)) (call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))";
    assert!(trap(World::one(twice).call("{}")).contains("handle"), "dropping a handle twice");
    let after = "(call $drop (local.get $db)) (call $query (local.get $db) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 96)) unreachable";
    assert!(trap(World::one(after).call("{}")).contains("handle"), "using a handle after dropping it");
}

#[test]
fn what_is_outside_the_set_of_statements_is_denied_whatever_the_guest_returns() {
    let mut texts = Texts::default();
    let sql = texts.put("DELETE FROM notes");
    let body =
        format!("(drop (call $change (local.get $db) {sql} (local.get $args) (local.get $len))) (call $ok (i32.const 136) (i32.const 4))");
    let mut world = World::new(&[Guest::new("tool", &body)], &texts, "");
    let set: Arc<[String]> = vec![GET.to_owned()].into();
    assert!(matches!(world.call_of(0, "{}", Some(set)), Outcome::Denied { .. }));
    assert!(world.call("{}").is_ok(), "without a closed set it may");
}

#[test]
fn certifiable_limits_come_before_what_the_guest_does_next() {
    let mut texts = Texts::default();
    let sql = texts.put("WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM r) SELECT count(*) || ?1 FROM r");
    let body = format!("(drop (call $cell (local.get $db) {sql} (local.get $args) (local.get $len))) (loop $l (br $l)) unreachable");
    let mut world = World::new(&[Guest::new("tool", &body)], &texts, "");
    world.limits.vm_ops_max = 100_000;
    world.limits.fuel_max = 5_000_000;
    assert_eq!(world.call("{}"), limit(LimitKind::VmOps), "and not fuel, which ran out afterwards");
}

#[test]
fn wall_time_stops_sqlite_as_well() {
    let mut texts = Texts::default();
    let sql = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM r) SELECT count(*) || ?1 FROM r";
    let mut world = World::new(&[Guest::query("tool", sql, &mut texts), Guest::query("get", GET, &mut texts)], &texts, "");
    world.limits.vm_ops_max = u64::MAX;
    world.limits.wall_ms_max = 30;
    assert_eq!(world.call("{}"), limit(LimitKind::WallTime));
    world.limits.wall_ms_max = 5_000;
    assert!(world.call_of(1, r#"{"id":1}"#, None).is_ok());
}

#[test]
fn reused_and_fresh_instances_give_the_same() {
    let mut texts = Texts::default();
    let guests = [Guest::query("get", GET, &mut texts), Guest::change("set", SET, &mut texts), Guest::new("trap", "unreachable")];
    let mut kept = World::new(&guests, &texts, "");
    let mut fresh = World::with(&guests, &texts, "", Limits::of(Profile::Sql), Reuse::Never);
    for i in 0..60 {
        let arguments = format!(r#"{{"id":{},"text":"{i}"}}"#, i % 4);
        assert_eq!(kept.call_of(i % 3, &arguments, None), fresh.call_of(i % 3, &arguments, None));
        assert_eq!(kept.digests(), fresh.digests());
    }
}

#[test]
fn instances_do_not_remember_where_they_must_not() {
    let counter = "(call $drop (local.get $db)) (global.set $n (i32.add (global.get $n) (i32.const 1)))
                   (i32.store8 (i32.const 65536) (i32.add (i32.const 48) (global.get $n))) (call $ok (i32.const 65536) (i32.const 1))";
    let global = "(global $n (mut i32) (i32.const 0))";
    let mut fresh = World::with(&[Guest::new("tool", counter)], &Texts::default(), global, Limits::of(Profile::Sql), Reuse::Never);
    assert_eq!((fresh.call("{}"), fresh.call("{}")), (ok(1.into()), ok(1.into())));
    let mut kept = World::new(&[Guest::new("tool", counter)], &Texts::default(), global);
    assert_eq!((kept.call("{}"), kept.call("{}")), (ok(1.into()), ok(2.into())), "which is why only our own output is kept");
}

#[test]
fn a_start_function_is_bounded_too() {
    let engine = Engine::new().expect("the engine starts");
    let bytes = component(
        &[Guest::new("tool", "(call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))")],
        &Texts::default(),
        "(func $spin (loop $l (br $l))) (start $spin)",
    );
    let code = InProcess.compile(&engine, &bytes, Profile::Sql).expect("compiles");
    let refused = Program::new(&engine, &code, &["tool"], Profile::Sql, Reuse::Never);
    assert!(matches!(refused, Err(SandboxError::Link(reason)) if reason.contains("fuel")));
}

#[test]
fn what_does_not_fit_the_contract_is_an_error_of_loading() {
    let engine = Engine::new().expect("the engine starts");
    assert!(matches!(InProcess.compile(&engine, b"(component)", Profile::Sql), Err(SandboxError::Compile(_))), "text is not a component");
    let bytes = component(&[Guest::new("tool", "unreachable")], &Texts::default(), "");
    let code = InProcess.compile(&engine, &bytes, Profile::Sql).expect("compiles");
    let missing = Program::new(&engine, &code, &["other"], Profile::Sql, Reuse::Never);
    assert!(matches!(missing, Err(SandboxError::Export { name, .. }) if name == "other"));
}
