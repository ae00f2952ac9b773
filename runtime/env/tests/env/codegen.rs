//! Nothing that a certificate holds depends on how machine code is made.

use crate::{context, pack_bytes};
use serde_json::{Value, json};
use std::sync::Arc;
use wardian_env::{Codegen, Engine, Env, Runtime};
use wardian_format::CallRecord;
use wardian_format::outcome::Outcome;
use wardian_format::pack::Role;
use wardian_sandbox::InProcess;

const SEEDS: u64 = 40;
const CALLS: u64 = 25;

fn env(codegen: Codegen, kept: bool) -> Env {
    let runtime = Runtime::on(Engine::with(codegen).expect("starts"), Arc::new(InProcess));
    let pack = if kept { runtime.load_own(pack_bytes(), "issues") } else { runtime.load(pack_bytes(), "issues") };
    pack.expect("loads").env(&context()).expect("an environment")
}

/// Numbers from a seed (xorshift64*).
fn next(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
}

/// A call of any of the sample's tools: good ones, refused ones, ones that trap, lie or reach a limit.
fn any_call(seed: &mut u64) -> (&'static str, Value) {
    let id = next(seed) % 7;
    match next(seed) % 9 {
        0 => ("get_issue", json!({"id": id})),
        1 => ("close_issue", json!({"id": id})),
        2 => ("list_issues", json!({"limit": id})),
        3 => ("add_note", json!({"issue_id": id, "text": format!("note {}", next(seed) % 5)})),
        4 => ("break_issue", json!({"id": id})),
        5 => ("lie", json!({})),
        6 => ("add_note", json!({"issue_id": id, "text": "x".repeat(300 << 10)})),
        7 => ("close_issue", json!({"id": "no number"})),
        _ => ("no_such_tool", json!({"id": id})),
    }
}

#[test]
fn two_ways_to_make_machine_code_give_the_same_records() {
    let starts = [env(Codegen::Speed, true), env(Codegen::Plain, true), env(Codegen::Speed, false), env(Codegen::Plain, false)];
    let (mut compared, mut kinds) = (0, std::collections::BTreeSet::new());
    for seed in 1..=SEEDS {
        let mut envs = starts.clone();
        let mut numbers = seed;
        for _ in 0..CALLS {
            let (tool, arguments) = any_call(&mut numbers);
            let records: Vec<CallRecord> =
                envs.iter_mut().map(|env| env.call(Role::Agent, tool, &arguments).expect("the host is fine")).collect();
            assert!(records[0].outcome.is_certifiable(), "seed {seed}: {:?}", records[0].outcome);
            assert!(records.iter().all(|record| *record == records[0]), "seed {seed}: `{tool}` {arguments}: {records:#?}");
            kinds.insert(records[0].outcome.word());
            compared += 1;
        }
    }
    assert_eq!(compared, SEEDS * CALLS);
    for kind in ["ok", "tool_error", "invalid_arguments", "unknown_tool", "trap", "malformed", "limit"] {
        assert!(kinds.contains(kind), "`{kind}` never came up: {kinds:?}");
    }
}

#[test]
fn a_trajectory_of_one_is_verified_with_the_other() {
    let mut played = env(Codegen::Speed, true);
    let mut replayed = env(Codegen::Plain, false);
    let mut numbers = 99;
    for _ in 0..100 {
        let (tool, arguments) = any_call(&mut numbers);
        let record = played.call(Role::Agent, tool, &arguments).expect("the host is fine");
        let again = replayed.call(Role::Agent, tool, &record.arguments).expect("the host is fine");
        let same_state = played.digests().expect("digests") == replayed.digests().expect("digests");
        assert!(same_state && matches!((&record.outcome, &again.outcome), (a, b) if a == b), "`{tool}`: {record:?} {again:?}");
        assert!(!matches!(record.outcome, Outcome::Denied { .. }));
    }
}
