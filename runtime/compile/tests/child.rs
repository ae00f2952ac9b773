//! Compiling in a child: the same code, under limits.

use crate::{child, heavy, limited, small};
use wardian_compile::Child;
use wardian_format::limits::{AdmissionLimits, Profile};
use wardian_sandbox::{Codegen, Compile, Engine, Exceeded, InProcess, Precompiler, Program, Reuse, SandboxError};

fn engine() -> Engine {
    Engine::new().expect("the engine starts")
}

/// The limit that stopped `compile`, and how the error reads.
fn exceeded(compiled: Result<wardian_sandbox::Code, SandboxError>) -> (Exceeded, String) {
    match compiled {
        Ok(_) => panic!("it compiles"),
        Err(error @ SandboxError::Exceeded { which, .. }) => (which, error.to_string()),
        Err(error) => panic!("another error: {error}"),
    }
}

#[test]
fn the_child_gives_the_code_of_this_process() {
    let engine = engine();
    let here = InProcess.compile(&engine, &small(), Profile::Sql).expect("compiles");
    let there = child().compile(&engine, &small(), Profile::Sql).expect("compiles");
    assert!(Program::new(&engine, &there, &["tool"], Profile::Sql, Reuse::Never).is_ok());
    let bytes = |code: &wardian_sandbox::Code| code.serialize().expect("serializes");
    assert!(bytes(&here) == bytes(&there), "the same bytes");
    assert!(!InProcess.is_bounded() && child().is_bounded());
}

/// The child's engine has no pool of instances, which must not be seen in the code. How code is made is.
#[test]
fn an_engine_that_only_compiles_is_compatible() {
    let fingerprints = [Codegen::Speed, Codegen::Plain].map(|codegen| {
        let engine = Engine::with(codegen).expect("starts");
        assert_eq!(Precompiler::with(codegen).expect("starts").fingerprint(), engine.fingerprint());
        let code = child().compile(&engine, &small(), Profile::Sql).expect("the child makes code for this engine");
        assert!(Program::new(&engine, &code, &["tool"], Profile::Sql, Reuse::Never).is_ok());
        engine.fingerprint()
    });
    assert_ne!(fingerprints[0], fingerprints[1]);
}

#[test]
fn what_is_not_admitted_is_refused_there_as_well() {
    let refused = child().compile(&engine(), b"(component)", Profile::Sql);
    assert!(matches!(refused, Err(SandboxError::Refused(reason)) if reason.contains("not a WebAssembly component")));
    let wasi = wardian_testkit::component_text(r#"(component (import "wasi:random/random@0.2.0" (instance)))"#);
    let refused = child().compile(&engine(), &wasi, Profile::LanguageRuntime);
    assert!(matches!(refused, Err(SandboxError::Refused(reason)) if reason.contains("wasi:random/random")));
}

#[test]
fn each_limit_stops_the_child_and_is_named() {
    let (engine, bomb) = (engine(), heavy(16));
    wardian_admit::check(&bomb, &AdmissionLimits::of(Profile::Sql)).expect("admitted");
    let stopped = |child: Child| exceeded(child.compile(&engine, &bomb, Profile::Sql));
    let (which, text) = stopped(limited(|limits| limits.cpu_s_max = 1));
    assert_eq!((which, text.as_str()), (Exceeded::Cpu, "compiling the component takes more than 1 s of CPU time"));
    let (which, text) = stopped(limited(|limits| limits.memory_bytes_max = 64 << 20));
    assert_eq!((which, text.as_str()), (Exceeded::Memory, "compiling the component takes more than 64 MiB of memory"));
    let (which, text) = stopped(limited(|limits| limits.wall_ms_max = 20));
    assert_eq!((which, text.as_str()), (Exceeded::Wall, "compiling the component takes more than 20 ms of wall time"));
    let answer = exceeded(limited(|limits| limits.answer_bytes_max = 1000).compile(&engine, &small(), Profile::Sql));
    assert_eq!(answer.0, Exceeded::Answer);
}

#[test]
fn a_helper_that_is_none_is_an_error_and_never_a_way_around() {
    let engine = engine();
    let failed = |child: Child| match child.compile(&engine, &small(), Profile::Sql) {
        Err(SandboxError::Helper(reason)) => reason,
        Ok(_) => panic!("it compiles"),
        Err(error) => panic!("another error: {error}"),
    };
    assert!(failed(Child::new("no/such/helper", [""; 0])).contains("`no/such/helper`"));
    // Ends at once, says something, and answers nothing.
    let reason = failed(Child::new("/bin/sh", ["-c", "echo 'oh \u{1b}[31mno' >&2; exit 3"]));
    assert!(reason.contains("exit status: 3") && reason.contains("oh \\u{1b}[31mno"), "{reason}");
    // Floods both outputs.
    let reason = failed(Child::new("/bin/sh", ["-c", "cat </dev/zero | head -c 9000000 >&2; echo answer"]));
    assert!(reason.len() < 2_000, "{} bytes", reason.len());
    let late = Child::new("/bin/sh", ["-c", "kill -STOP $$"]);
    let (which, _) = exceeded(late.with_limits(short()).compile(&engine, &heavy(1), Profile::Sql));
    assert_eq!(which, Exceeded::Wall, "a helper that reads nothing and says nothing is killed");
}

fn short() -> wardian_format::limits::CompileLimits {
    wardian_format::limits::CompileLimits { wall_ms_max: 100, ..wardian_format::limits::CompileLimits::of(Profile::Sql) }
}

#[test]
fn the_child_has_no_environment() {
    let show = Child::new("/bin/sh", ["-c", "set >&2; exit 1"]);
    let Err(SandboxError::Helper(reason)) = show.compile(&engine(), &small(), Profile::Sql) else { panic!("it has an answer") };
    assert!(!reason.contains("HOME") && !reason.contains("CARGO"), "{reason}");
}
