//! The compatibility profile: WASI with nothing in it that could differ, reach out, or wait.

use wardian_format::limits::{AdmissionLimits, Limits, Profile};
use wardian_format::outcome::{LimitKind, Outcome};
use wardian_format::{Digests, SqlValue};
use wardian_sandbox::{Compile, Engine, InProcess, Program, Reuse, SandboxError};
use wardian_state::{Base, Context, State, build_image};
use wardian_testkit::{Guest, Texts, component, component_importing};

const SCHEMA: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;";

/// What the guests import, at a version that is not the host's.
const WORLD: &str = "import wasi:clocks/wall-clock@0.2.3; import wasi:clocks/monotonic-clock@0.2.3; import wasi:io/poll@0.2.3;
    import wasi:random/random@0.2.3; import wasi:cli/environment@0.2.3; import wasi:cli/exit@0.2.3; import wasi:cli/stdin@0.2.3;
    import wasi:cli/stdout@0.2.3; import wasi:filesystem/preopens@0.2.3;";

/// The imports of the core module, `$hex`, which returns a number as a JSON string, and `$note`, which writes it to the first note.
const IMPORTS: &str = r#"
  (import "wasi:clocks/wall-clock@0.2.3" "now" (func $wall (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $monotonic (result i64)))
  (import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.3" "poll" (func $poll (param i32 i32 i32)))
  (import "wasi:io/poll@0.2.3" "[resource-drop]pollable" (func $drop_pollable (param i32)))
  (import "wasi:random/random@0.2.3" "get-random-u64" (func $random (result i64)))
  (import "wasi:random/random@0.2.3" "get-random-bytes" (func $random_bytes (param i64 i32)))
  (import "wasi:cli/environment@0.2.3" "get-environment" (func $environment (param i32)))
  (import "wasi:cli/environment@0.2.3" "get-arguments" (func $arguments (param i32)))
  (import "wasi:cli/exit@0.2.3" "exit" (func $exit (param i32)))
  (import "wasi:cli/stdin@0.2.3" "get-stdin" (func $stdin (result i32)))
  (import "wasi:cli/stdout@0.2.3" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.3" "[method]input-stream.read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.3" "[method]output-stream.write-zeroes" (func $zeroes (param i32 i64 i32)))
  (import "wasi:filesystem/preopens@0.2.3" "get-directories" (func $directories (param i32)))
  (func $digits (param $v i64) (local $i i32) (local $d i32)
    (i32.store8 (i32.const 2048) (i32.const 34))
    (loop $next
      (local.set $d (i32.wrap_i64 (i64.and (i64.const 15) (i64.shr_u (local.get $v)
        (i64.extend_i32_u (i32.mul (i32.sub (i32.const 15) (local.get $i)) (i32.const 4)))))))
      (i32.store8 (i32.add (i32.const 2049) (local.get $i))
        (i32.add (local.get $d) (select (i32.const 87) (i32.const 48) (i32.gt_u (local.get $d) (i32.const 9)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 16))))
    (i32.store8 (i32.const 2065) (i32.const 34)))
  (func $hex (param $db i32) (param $v i64) (result i32)
    (call $digits (local.get $v)) (call $drop (local.get $db)) (call $ok (i32.const 2048) (i32.const 18)))
  (data (i32.const 3072) "UPDATE notes SET text = ?1 WHERE id = 1")
  (func $note (param $db i32) (param $v i64) (result i32)
    (call $digits (local.get $v))
    (call $change (local.get $db) (i32.const 3072) (i32.const 39) (i32.const 2048) (i32.const 18)))
"#;

struct World {
    program: Program,
    limits: Limits,
    state: Option<State>,
}

/// The component of one tool with `body`, which is admitted.
fn guest(body: &str) -> Vec<u8> {
    let bytes = component_importing(&[Guest::new("tool", body)], WORLD, IMPORTS);
    wardian_admit::check(&bytes, &AdmissionLimits::of(Profile::Compatibility)).expect("admitted");
    bytes
}

impl World {
    fn new(body: &str, seed: u64) -> Self {
        let engine = Engine::new().expect("the engine starts");
        let profile = Profile::Compatibility;
        let code = InProcess.compile(&engine, &guest(body), profile).expect("compiles");
        let program = Program::new(&engine, &code, &["tool"], profile, Reuse::OwnCompiler).expect("links");
        let rows = vec![(
            "notes".to_owned(),
            vec!["id".to_owned(), "text".to_owned()],
            vec![vec![SqlValue::Integer(1), SqlValue::Text("x".to_owned())]],
        )];
        let base = Base::open(build_image(SCHEMA, &rows).expect("image"), &[]).expect("opens");
        let context = Context { seed, now_unix_s: 1_769_860_800 };
        Self { program, limits: Limits::of(profile), state: Some(base.state(context)) }
    }

    fn call(&mut self, arguments: &str) -> Outcome {
        let tx = self.state.take().expect("a state").begin(&self.limits, None).expect("begins");
        let reply = self.program.call(0, tx, arguments.to_owned(), &self.limits);
        let (outcome, tx) = (reply.outcome.expect("the host is fine"), reply.tx.expect("the state comes back"));
        self.state = Some(if outcome.is_ok() { tx.commit().0 } else { tx.rollback() });
        outcome
    }

    /// What a tool that ends in `$hex` returned.
    fn hex(&mut self, arguments: &str) -> u64 {
        match self.call(arguments) {
            Outcome::Ok { result } => u64::from_str_radix(result.as_str().expect("a string"), 16).expect("hexadecimal"),
            other => panic!("{other:?}"),
        }
    }

    fn digests(&mut self) -> Digests {
        self.state.as_mut().expect("a state").digests().expect("digests")
    }
}

/// The only number that a tool with this body returns.
fn number(body: &str) -> u64 {
    World::new(body, 1).hex("{}")
}

#[test]
fn the_wall_clock_is_the_episodes_time() {
    assert_eq!(number("(call $wall (i32.const 256)) (call $hex (local.get $db) (i64.load (i32.const 256)))"), 1_769_860_800);
    let nanoseconds = "(call $wall (i32.const 256)) (call $hex (local.get $db) (i64.extend_i32_u (i32.load (i32.const 264))))";
    assert_eq!(number(nanoseconds), 0);
}

#[test]
fn waiting_takes_no_time_but_the_clock_that_the_guest_sees_moves() {
    let hour = "(i64.const 3600000000000)";
    let sleep = format!("(local.set $p (call $subscribe {hour})) (call $block (local.get $p)) (call $drop_pollable (local.get $p))");
    let twice = format!("(local $p i32) {sleep} {sleep} (call $hex (local.get $db) (call $monotonic))");
    assert_eq!(number(&twice), 7_200_000_001_000);
    let poll = format!(
        "(i32.store (i32.const 256) (call $subscribe {hour})) (call $poll (i32.const 256) (i32.const 1) (i32.const 264))
        (call $hex (local.get $db) (i64.extend_i32_u (i32.load (i32.const 268))))"
    );
    assert_eq!(number(&poll), 1, "one is ready");
    assert_eq!(number("(drop (call $monotonic)) (call $hex (local.get $db) (call $monotonic))"), 2_000, "a counter");
}

#[test]
fn random_bytes_follow_from_seed_and_call() {
    let tool = "(call $hex (local.get $db) (call $random))";
    let of = |seed: u64, arguments: &str| World::new(tool, seed).hex(arguments);
    assert_eq!(of(1, "{}"), of(1, "{}"), "a replay gives the same");
    assert_ne!(of(1, "{}"), of(2, "{}"), "another seed, other bytes");
    assert_ne!(of(1, "{}"), of(1, r#"{"a":1}"#), "another call, other bytes");
    let mut world = World::new(tool, 1);
    let first = world.hex("{}");
    world.hex(r#"{"a":1}"#);
    assert_eq!(world.hex("{}"), first, "whatever was called before");
    let bytes = "(call $random_bytes (i64.const 8) (i32.const 256)) (call $hex (local.get $db) (i64.load (i32.load (i32.const 256))))";
    assert_eq!(number(bytes), of(1, "{}"), "one stream");
}

#[test]
fn a_replay_gives_the_same_digests() {
    let tool = "(drop (call $monotonic)) (call $note (local.get $db) (i64.xor (call $random) (call $monotonic)))";
    let digests = |seed: u64| {
        let mut world = World::new(tool, seed);
        let calls = [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":1}"#];
        calls.map(|arguments| {
            assert!(world.call(arguments).is_ok());
            world.digests()
        })
    };
    let first = digests(1);
    assert_eq!(first, digests(1));
    assert_eq!(first[0], first[2], "equal calls write equal things");
    assert!(first[0] != first[1] && first[0] != digests(2)[0]);
}

#[test]
fn there_are_no_files_no_arguments_no_environment_and_no_input() {
    for list in ["$directories", "$environment", "$arguments"] {
        assert_eq!(
            number(&format!("(call {list} (i32.const 256)) (call $hex (local.get $db) (i64.extend_i32_u (i32.load (i32.const 260))))")),
            0,
            "{list}"
        );
    }
    // `err(closed)`: case 1 of the result, case 1 of the error.
    let read = "(call $read (call $stdin) (i64.const 100) (i32.const 256))
        (call $hex (local.get $db) (i64.extend_i32_u (i32.add (i32.load8_u (i32.const 256)) (i32.load8_u (i32.const 260)))))";
    assert_eq!(number(read), 2);
}

#[test]
fn output_is_discarded_and_bounded() {
    let write = "(call $write (local.get $out) (i32.const 65536) (i32.const 4096) (i32.const 256))";
    let tool = |body: &str| format!("(local $out i32) (local $n i32) (local.set $out (call $stdout)) {body}");
    let some = format!(
        "(loop $l {write} (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $l (i32.lt_u (local.get $n) (i32.const 1000))))
        (call $hex (local.get $db) (i64.extend_i32_u (i32.load8_u (i32.const 256))))"
    );
    assert_eq!(number(&tool(&some)), 0, "four megabytes are written without an error");
    let flood = |body: &str| World::new(&tool(body), 1).call("{}");
    assert_eq!(flood(&format!("(loop $l {write} (br $l)) unreachable")), Outcome::Limit { limit: LimitKind::Fuel });
    let zeroes = "(call $zeroes (local.get $out) (i64.const 1099511627776) (i32.const 256)) unreachable";
    assert_eq!(flood(zeroes), Outcome::Limit { limit: LimitKind::Fuel }, "a terabyte of zeroes costs no memory");
    assert_eq!(
        flood("(call $random_bytes (i64.const 1099511627776) (i32.const 256)) unreachable"),
        Outcome::Limit { limit: LimitKind::Fuel }
    );
}

#[test]
fn handles_are_bounded_and_exit_is_a_trap() {
    let Outcome::Trap { message } = World::new("(loop $l (drop (call $stdout)) (br $l)) unreachable", 1).call("{}") else {
        panic!("a trap")
    };
    assert!(message.contains("resource table"), "{message}");
    let outcome = World::new("(call $exit (i32.const 0)) unreachable", 1).call("{}");
    assert!(matches!(&outcome, Outcome::Trap { message } if message.contains("xit")), "{outcome:?}");
}

#[test]
fn every_call_has_its_own_instance_and_its_own_wasi() {
    let mut world = World::new("(drop (call $stdout)) (call $hex (local.get $db) (call $monotonic))", 1);
    for _ in 0..400 {
        assert_eq!(world.hex("{}"), 1_000, "neither clock nor handles are carried over");
    }
}

#[test]
fn other_profiles_have_no_wasi_even_where_admission_was_left_out() {
    let engine = Engine::new().expect("the engine starts");
    let bytes = guest("unreachable");
    for profile in [Profile::Sql, Profile::Guest, Profile::LanguageRuntime] {
        assert!(wardian_admit::check(&bytes, &AdmissionLimits::of(profile)).expect_err("refused").to_string().contains("`wasi:"));
        let code = InProcess.compile(&engine, &bytes, profile).expect("compiles");
        assert!(matches!(Program::new(&engine, &code, &["tool"], profile, Reuse::Never), Err(SandboxError::Link(_))));
    }
    let plain = component(&[Guest::new("tool", "unreachable")], &Texts::default(), "");
    let code = InProcess.compile(&engine, &plain, Profile::Compatibility).expect("compiles");
    assert!(Program::new(&engine, &code, &["tool"], Profile::Compatibility, Reuse::Never).is_ok(), "no guest has to use it");
}
