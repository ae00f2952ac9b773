//! Calls and what is recorded of them.

use crate::{context, env, loaded, pack_bytes};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wardian_env::{Env, EpisodeContext, Runtime};
use wardian_format::limits::Profile;
use wardian_format::outcome::{LimitKind, Outcome, ToolErrorCode};
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Digest};
use wardian_sandbox::{Code, Compile, Engine, InProcess, SandboxError};

fn call(env: &mut Env, tool: &str, arguments: &Value) -> CallRecord {
    env.call(Role::Agent, tool, arguments).expect("the host is fine")
}

#[test]
fn a_record_holds_the_digests_of_what_it_says() {
    let mut env = env();
    let before = env.digests().expect("digests");
    let record = call(&mut env, "get_issue", &json!({"id": 2}));
    assert_eq!(record.outcome, Outcome::Ok { result: json!({"id": 2, "state": "open", "title": "issue 2"}) });
    assert_eq!(record.arguments_digest, Digest::of(br#"{"id":2}"#));
    assert_eq!(record.result_digest, Digest::of(br#"{"id":2,"state":"open","title":"issue 2"}"#));
    assert_eq!(record.state, before);
    let record = call(&mut env, "close_issue", &json!({"id": 2}));
    assert!(record.outcome.is_ok());
    assert_ne!(record.state, before);
    assert_eq!(env.digests().expect("digests"), record.state);
    let read = env.read("SELECT state FROM issues WHERE id = 2", &[]).expect("reads");
    assert_eq!(read.values[0][0].to_string(), "\"closed\"");
}

#[test]
fn defaults_are_recorded_and_digested() {
    let mut env = env();
    let given = call(&mut env, "list_issues", &json!({"limit": 2}));
    assert_eq!(given.arguments, json!({"limit": 2, "state": "open"}));
    assert_eq!(given.arguments_digest, Digest::of(br#"{"limit":2,"state":"open"}"#));
    assert_eq!(given.outcome, Outcome::Ok { result: json!([1, 2]) });
    let explicit = call(&mut env, "list_issues", &json!({"state": "open", "limit": 2.0}));
    assert_eq!(explicit.arguments_digest, given.arguments_digest, "the canonical form is the same");
}

#[test]
fn everything_but_success_leaves_the_state_alone() {
    let mut env = env();
    let before = env.digests().expect("digests");
    let cases = [
        ("close_issue", json!({"id": 9}), "tool_error"),
        ("add_note", json!({"issue_id": 9, "text": "x"}), "tool_error"),
        ("close_issue", json!({"id": "2"}), "invalid_arguments"),
        ("close_issue", json!({"id": 2, "force": true}), "invalid_arguments"),
        ("close_issue", json!([2]), "invalid_arguments"),
        ("close_issue", json!({"id": u64::MAX}), "invalid_arguments"),
        ("close_all", json!({"id": 2}), "unknown_tool"),
        ("reopen_all", json!({}), "unknown_tool"),
        ("break_issue", json!({"id": 2}), "trap"),
        ("lie", json!({}), "malformed"),
        ("add_note", json!({"issue_id": 1, "text": "x".repeat(300 << 10)}), "limit"),
    ];
    for (tool, arguments, word) in cases {
        let record = call(&mut env, tool, &arguments);
        assert_eq!(record.outcome.word(), word, "{tool} {arguments:.80}: {:?}", record.outcome);
        assert_eq!(record.state, before, "{tool}");
        assert_eq!(record.result_digest, wardian_format::json::digest(&record.observation()).expect("canonical"));
        let good = call(&mut env, "get_issue", &json!({"id": 2}));
        assert!(good.outcome.is_ok() && good.state == before, "the next call works after {word}");
    }
    let record = call(&mut env, "add_note", &json!({"issue_id": 1, "text": "x".repeat(300 << 10)}));
    assert_eq!(record.outcome, Outcome::Limit { limit: LimitKind::ArgumentsBytes });
}

#[test]
fn a_constraint_that_fails_at_the_end_is_a_conflict() {
    let mut env = env();
    assert!(call(&mut env, "add_note", &json!({"issue_id": 1, "text": "x"})).outcome.is_ok());
    let record = call(&mut env, "add_note", &json!({"issue_id": 9, "text": "x"}));
    assert!(matches!(record.outcome, Outcome::ToolError { code: ToolErrorCode::Conflict, .. }), "{:?}", record.outcome);
}

#[test]
fn a_tool_that_is_declared_to_read_changes_nothing() {
    let mut env = env();
    let before = env.digests().expect("digests");
    assert_eq!(call(&mut env, "sneak_close", &json!({"id": 2})).state, before);
    assert_eq!(env.state().expect("a state").clone().full_scan_digests().expect("digests"), before);
}

#[test]
fn roles_are_kept_apart() {
    let mut env = env();
    assert!(call(&mut env, "close_issue", &json!({"id": 1})).outcome.is_ok());
    let record = env.call(Role::Setup, "reopen_all", &json!({})).expect("the host is fine");
    assert!(record.outcome.is_ok());
    assert_eq!(env.call(Role::User, "get_issue", &json!({"id": 1})).expect("fine").outcome, Outcome::UnknownTool);
}

#[test]
fn arguments_as_text() {
    let mut env = env();
    let mut text = |text: &str| env.call_text(Role::Agent, "get_issue", text).expect("the host is fine");
    assert!(text(" {\"id\": 2} ").outcome.is_ok());
    let broken = text("{id: 2}");
    assert!(matches!(&broken.outcome, Outcome::InvalidArguments { message } if message.contains("not acceptable JSON")), "{broken:?}");
    assert_eq!(broken.arguments, json!("{id: 2}"));
    assert!(matches!(&text("{\"id\":1,\"id\":2}").outcome, Outcome::InvalidArguments { message } if message.contains("duplicate")));
    let list = text("[2]");
    assert_eq!(list.arguments, json!("[2]"));
    assert_eq!(list.outcome, Outcome::InvalidArguments { message: "arguments: expected an object, found an array".to_owned() });
    assert_eq!(text(&" ".repeat(300 << 10)).outcome, Outcome::Limit { limit: LimitKind::ArgumentsBytes });
    let text = env.call_text(Role::Agent, "nothing", "{").expect("the host is fine");
    assert_eq!(text.outcome, Outcome::UnknownTool);
}

#[test]
fn forks_and_differences() {
    let mut before = env();
    let mut after = before.clone();
    call(&mut after, "close_issue", &json!({"id": 3}));
    let diff = before.diff(&mut after).expect("one pack");
    assert_eq!(diff.to_string(), "~ issues[3].state: \"open\" → \"closed\"");
    assert!(before.clone().diff(&mut before).expect("one pack").is_empty());
}

#[test]
fn reads_without_an_order_show_when_they_run_backwards() {
    let mut env = env();
    let mut backwards = env.backwards();
    let mut results = |tool: &str| {
        let (here, there) = (call(&mut env, tool, &json!({})), call(&mut backwards, tool, &json!({})));
        assert!(here.outcome.is_ok() && there.outcome.is_ok());
        (here.result_digest, there.result_digest)
    };
    let (ordered, unordered) = (results("list_issues"), results("any_issue"));
    assert_eq!(ordered.0, ordered.1);
    assert_ne!(unordered.0, unordered.1);
}

#[test]
fn environments_move_between_threads() {
    let pack = loaded();
    let mut env = pack.env(&context()).expect("an environment");
    call(&mut env, "close_issue", &json!({"id": 1}));
    let here = env.clone();
    let there = std::thread::spawn(move || call(&mut env, "close_issue", &json!({"id": 2})).state).join().expect("no panic");
    let mut here = here;
    assert_eq!(call(&mut here, "close_issue", &json!({"id": 2})).state, there);
}

#[test]
fn loading_with_and_without_reuse_gives_the_same_records() {
    let runtime = Runtime::new().expect("starts");
    let mut kept = runtime.load_own(pack_bytes(), "x").expect("loads").env(&context()).expect("an environment");
    let mut fresh = runtime.load(pack_bytes(), "x").expect("loads").env(&context()).expect("an environment");
    for i in 0..40 {
        let (tool, id) = (["get_issue", "close_issue", "break_issue"][i % 3], i % 5);
        assert_eq!(call(&mut kept, tool, &json!({"id": id})), call(&mut fresh, tool, &json!({"id": id})));
    }
}

#[test]
fn one_component_is_compiled_once() {
    let compile = Arc::new(Counting::default());
    let runtime = Runtime::with_compiler(Arc::clone(&compile) as Arc<dyn Compile>).expect("starts");
    let mut digests = Vec::new();
    for _ in 0..3 {
        let mut env = runtime.load(pack_bytes(), "x").expect("loads").env(&context()).expect("an environment");
        digests.push(call(&mut env, "close_issue", &json!({"id": 1})).state);
    }
    assert_eq!(compile.count.load(Ordering::Relaxed), 1);
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[test]
fn images_are_looked_at_elsewhere_first() {
    let runtime = Runtime::with_compiler(Arc::new(Counting { refuse: true, ..Counting::default() })).expect("starts");
    let error = runtime.load(pack_bytes(), "x").expect_err("refused").to_string();
    assert_eq!(error, "`x` is not an acceptable pack: section `wardian:image`: not here");
    runtime.load_own(pack_bytes(), "x").expect("we have just made it, so nobody looks");
}

#[test]
fn profiles_that_need_a_bounded_compiler_are_refused_without_one() {
    for profile in [Profile::LanguageRuntime, Profile::Compatibility] {
        let sample = wardian_testkit::sample::sample();
        let manifest = wardian_format::Manifest { profile, ..sample.manifest };
        let parts = wardian_pack::Parts {
            component: sample.component,
            manifest,
            image: sample.image,
            policy: None,
            tasks: None,
            sources: Default::default(),
        };
        let bytes = wardian_pack::write(&parts).expect("a pack");
        let error = Runtime::new().expect("starts").load(bytes.clone(), "x").expect_err("refused").to_string();
        assert!(error.contains(&format!("the profile `{}` needs a compiler in a process of its own", profile.name())), "{error}");
        let bounded = Runtime::with_compiler(Arc::new(Counting { bounded: true, ..Counting::default() })).expect("starts");
        bounded.load(bytes, "x").expect("loads");
    }
}

/// Compiles in the process and counts how often.
#[derive(Default)]
struct Counting {
    count: AtomicUsize,
    refuse: bool,
    bounded: bool,
}

impl Compile for Counting {
    fn compile(&self, engine: &Engine, component: &[u8], profile: Profile) -> Result<Code, SandboxError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        InProcess.compile(engine, component, profile)
    }

    fn is_bounded(&self) -> bool {
        self.bounded
    }

    fn check_image(&self, _: &[u8], _: &[String], _: Profile) -> Result<(), SandboxError> {
        if self.refuse { Err(SandboxError::Refused("not here".to_owned())) } else { Ok(()) }
    }
}

#[test]
fn times_are_checked() {
    let pack = loaded();
    for now in ["2026-02-30T00:00:00Z", "2026-01-31 12:00:00", ""] {
        assert!(pack.env(&EpisodeContext { seed: 1, now: now.to_owned() }).is_err(), "{now}");
    }
}
