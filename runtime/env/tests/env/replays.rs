//! A trajectory replays, and an edited one does not: the first difference is named.

use crate::{context, loaded};
use serde_json::json;
use std::sync::Arc;
use wardian_env::{EnvError, LoadedPack, Mismatch};
use wardian_format::Digest;
use wardian_format::outcome::Outcome;
use wardian_format::pack::Role;
use wardian_format::trajectory::{Certificate, Message, ToolCall, Trajectory};
use wardian_testkit::trajectory;

/// Plays these calls, with arguments as text, and writes the trajectory down.
fn play(pack: &Arc<LoadedPack>, calls: &[(Role, &str, &str)]) -> Trajectory {
    let mut env = pack.env(&context()).expect("an environment");
    let initial = env.digests().expect("digests");
    let records = calls.iter().map(|(role, tool, arguments)| env.call_text(*role, tool, arguments).expect("the host is fine")).collect();
    let certificate = Certificate {
        pack: "issues".to_owned(),
        pack_digest: pack.digest(),
        limits: pack.limits().digest(),
        digest_version: wardian_state::DIGEST_VERSION,
        seed: context().seed,
        now: context().now,
        initial,
        last: env.digests().expect("digests"),
        certifiable: true,
    };
    trajectory(certificate, calls, records)
}

const CALLS: [(Role, &str, &str); 8] = [
    (Role::Setup, "reopen_all", "{}"),
    (Role::Agent, "list_issues", "{ \"limit\": 2 }"),
    (Role::Agent, "close_issue", "{\"id\": \"2\"}"),
    (Role::Agent, "close_issue", "{id: 2}"),
    (Role::Agent, "close_isue", "{\"id\": 2}"),
    (Role::Agent, "reopen_all", "[]"),
    (Role::Agent, "close_issue", "{\"id\": 2}"),
    (Role::Agent, "get_issue", "{\"id\": 2}"),
];

/// What the replay of an edited trajectory says.
fn edited(edit: impl FnOnce(&mut Trajectory)) -> Option<Mismatch> {
    let pack = loaded();
    let mut trajectory = play(&pack, &CALLS);
    edit(&mut trajectory);
    pack.replay(&trajectory).expect("the host is fine")
}

/// Place and kind of the first difference.
fn found(edit: impl FnOnce(&mut Trajectory)) -> (Option<usize>, String) {
    let mismatch = edited(edit).expect("the edit is noticed");
    assert_ne!(mismatch.expected, mismatch.actual);
    (mismatch.call, mismatch.what)
}

fn at(call: usize, what: &str) -> (Option<usize>, String) {
    (Some(call), what.to_owned())
}

fn whole(what: &str) -> (Option<usize>, String) {
    (None, what.to_owned())
}

/// The message that answers the `n`-th call of the agent.
fn answer(trajectory: &mut Trajectory, n: usize) -> &mut String {
    let answers = trajectory.messages.iter_mut().filter_map(|m| if let Message::Tool { content, .. } = m { Some(content) } else { None });
    answers.into_iter().nth(n).expect("an answer")
}

/// The arguments of the `n`-th call as the agent wrote them.
fn asked(trajectory: &mut Trajectory, n: usize) -> &mut ToolCall {
    let calls = trajectory
        .messages
        .iter_mut()
        .filter_map(|m| if let Message::Assistant { tool_calls, .. } = m { tool_calls.first_mut() } else { None });
    calls.into_iter().nth(n).expect("a call")
}

#[test]
fn what_was_played_replays() {
    assert_eq!(edited(|_| ()), None);
    let through_a_file = edited(|t| {
        let text = serde_json::to_string(t).expect("JSON");
        *t = serde_json::from_str(&text).expect("JSON");
    });
    assert_eq!(through_a_file, None);
}

#[test]
fn edited_records() {
    assert_eq!(found(|t| t.calls[1].arguments = json!({"limit": 3, "state": "open"})), at(1, "arguments"));
    assert_eq!(found(|t| t.calls[1].arguments_digest = Digest([0; 32])), at(1, "arguments"));
    assert_eq!(found(|t| t.calls[1].outcome = Outcome::Ok { result: json!([1, 2, 3]) }), at(1, "outcome"));
    assert_eq!(found(|t| t.calls[2].outcome = Outcome::InvalidArguments { message: "no".to_owned() }), at(2, "outcome"));
    assert_eq!(found(|t| t.calls[3].arguments = json!({"id": 2})), at(3, "arguments"));
    assert_eq!(found(|t| t.calls[6].outcome = Outcome::UnknownTool), at(6, "outcome"));
    assert_eq!(found(|t| t.calls[6].result_digest = Digest([0; 32])), at(6, "result"));
    assert_eq!(found(|t| t.calls[6].state.graded = Digest([0; 32])), at(6, "state"));
    assert_eq!(found(|t| t.calls[0].tool = "get_issue".to_owned()), at(0, "dialogue"));
    assert_eq!(found(|t| t.calls[7].tool = "list_issues".to_owned()), at(7, "dialogue"));
}

#[test]
fn calls_that_were_dropped_added_or_moved() {
    assert_eq!(found(|t| drop(t.calls.pop())), whole("dialogue"));
    assert_eq!(found(|t| drop(t.calls.remove(6))), at(6, "dialogue"));
    assert_eq!(found(|t| t.calls.push(t.calls[7].clone())), at(8, "dialogue"));
    assert_eq!(found(|t| t.calls.swap(6, 7)), at(6, "dialogue"));
    assert_eq!(found(|t| t.messages.truncate(t.messages.len() - 1)), at(7, "dialogue"));
}

#[test]
fn an_edited_dialogue() {
    assert_eq!(found(|t| *answer(t, 0) = "[1,2,3]".to_owned()), at(1, "dialogue"));
    assert_eq!(found(|t| *answer(t, 0) = "[1, 2]".to_owned()), at(1, "dialogue"), "the canonical form and no other");
    assert_eq!(found(|t| asked(t, 0).arguments = "{\"limit\": 1}".to_owned()), at(1, "arguments"));
    assert_eq!(found(|t| asked(t, 5).name = "get_issue".to_owned()), at(5, "dialogue"));
    assert_eq!(found(|t| asked(t, 5).id = "other".to_owned()), at(5, "dialogue"));
    assert_eq!(edited(|t| asked(t, 0).arguments = "{\"limit\":2}".to_owned()), None, "white space between tokens is nothing");
}

#[test]
fn an_edited_certificate() {
    assert_eq!(found(|t| t.certificate.initial.full = Digest([0; 32])), whole("initial state"));
    assert_eq!(found(|t| t.certificate.last.graded = Digest([0; 32])), whole("final state"));
    assert_eq!(found(|t| t.certificate.certifiable = false), whole("certifiable"));
    assert_eq!(found(|t| t.certificate.digest_version = 99), whole("digest version"));
    assert_eq!(found(|t| t.certificate.pack = "other".to_owned()), whole("pack name"));
    assert_eq!(found(|t| t.format = 9), whole("format"));
    let pack = loaded();
    let mut other = play(&pack, &CALLS);
    other.certificate.pack_digest = Digest([0; 32]);
    assert!(matches!(pack.replay(&other), Err(EnvError::OtherPack { .. })));
    other.certificate.pack_digest = pack.digest();
    other.certificate.now = "tomorrow".to_owned();
    assert!(matches!(pack.replay(&other), Err(EnvError::Time(_))));
}

#[test]
fn a_mismatch_is_short_and_says_both_sides() {
    let mismatch = edited(|t| t.calls[1].outcome = Outcome::Ok { result: json!("x".repeat(100_000)) }).expect("noticed");
    assert!(mismatch.expected.len() < 1_000 && mismatch.actual.contains("[1,2]"), "{mismatch:?}");
}
