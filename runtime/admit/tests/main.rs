//! What is admitted, and what is refused and how it is named.

use wardian_admit::{AdmitError, Report, check};
use wardian_format::limits::{AdmissionLimits, Profile};
use wardian_testkit::{Guest, Texts, component, component_importing, component_text};

const IDLE: &str = "(call $drop (local.get $db)) (call $ok (i32.const 136) (i32.const 4))";

fn admit(bytes: &[u8]) -> Result<Report, AdmitError> {
    check(bytes, &AdmissionLimits::of(Profile::Sql))
}

/// Checks a component whose one tool has `body`, and returns why it is refused.
fn refused(body: &str, fields: &str) -> String {
    admit(&one(body, fields)).expect_err("refused").to_string()
}

/// A component whose one tool has `body`.
fn one(body: &str, fields: &str) -> Vec<u8> {
    component(&[Guest::new("tool", body)], &Texts::default(), fields)
}

#[test]
fn a_component_of_tools_is_admitted() {
    let mut texts = Texts::default();
    let guests = [Guest::query("get-issue", "SELECT 1", &mut texts), Guest::new("close-issue", IDLE)];
    let report = admit(&component(&guests, &texts, "")).expect("admitted");
    assert_eq!(report.exports, ["get-issue", "close-issue"]);
    assert!(report.code_bytes > 100 && report.functions >= 7 && report.body_bytes > 50, "{report:?}");
    assert!((1..=8).contains(&report.instances), "{report:?}");
}

#[test]
fn other_imports_are_refused_by_name() {
    let guest = [Guest::new("tool", IDLE)];
    let bytes = component_importing(&guest, "import get-secret: func() -> u32;", r#"(import "$root" "get-secret" (func (result i32)))"#);
    let error = admit(&bytes).expect_err("refused");
    assert!(matches!(&error, AdmitError::Import { name, .. } if name == "get-secret"), "{error}");
    let wasi = component_text(r#"(component (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64))))))"#);
    assert!(admit(&wasi).expect_err("refused").to_string().contains("`wasi:clocks/monotonic-clock@0.2.0`"));
    let other_version = component_text(r#"(component (import "wardian:env/state@0.2.0" (instance)))"#);
    assert!(matches!(admit(&other_version), Err(AdmitError::Import { .. })));
    let resource = component_text(r#"(component (import "database" (type (sub resource))))"#);
    assert!(matches!(admit(&resource), Err(AdmitError::Import { .. })));
}

#[test]
fn the_compatibility_profile_admits_some_of_wasi_and_refuses_the_rest_by_name() {
    let admit = |import: &str, profile: Profile| {
        let bytes = component_text(&format!(r#"(component (import "{import}" (instance)))"#));
        check(&bytes, &AdmissionLimits::of(profile))
    };
    for interface in wardian_format::pack::WASI_IMPORTS {
        for version in ["0.2.0", "0.2.12"] {
            let import = format!("{interface}@{version}");
            assert!(admit(&import, Profile::Compatibility).is_ok(), "{import}");
            for profile in [Profile::Sql, Profile::Guest, Profile::LanguageRuntime] {
                let error = admit(&import, profile).expect_err("refused");
                assert!(matches!(&error, AdmitError::Import { name, .. } if *name == import), "{error}");
            }
        }
    }
    for import in [
        "wasi:sockets/tcp@0.2.0",
        "wasi:sockets/instance-network@0.2.3",
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:clocks/timezone@0.2.0",
        "wasi:random/random@0.3.0",
        "wasi:random/random@0.2.0-rc1",
        "wasi:random/random",
        "wasi:keyvalue/store@0.2.0",
        "wardian:env/state@0.2.0",
    ] {
        let error = admit(import, Profile::Compatibility).expect_err("refused");
        assert!(matches!(&error, AdmitError::CompatibleImport { name, .. } if name == import), "{error}");
        assert!(error.to_string().contains(&format!("`{import}`")), "{error}");
    }
    let function = component_text(r#"(component (import "wasi:random/random@0.2.0" (func)))"#);
    assert!(check(&function, &AdmissionLimits::of(Profile::Compatibility)).is_err(), "only an interface is one");
}

#[test]
fn things_that_are_not_components() {
    assert!(matches!(admit(b""), Err(AdmitError::NotComponent(_))));
    assert!(matches!(admit(b"(component)"), Err(AdmitError::NotComponent(_))));
    let module = component_text("(module)");
    assert!(matches!(admit(&module), Err(AdmitError::NotComponent(reason)) if reason.contains("core module")));
}

#[test]
fn exports_must_have_the_type_of_a_tool() {
    let other = component_text(
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
             (func (export "f") (canon lift (core func $i "f"))))"#,
    );
    assert!(admit(&other).expect_err("refused").to_string().contains("export `f` is not a tool"));
    let instance = component_text(r#"(component (instance $i) (export "things" (instance $i)))"#);
    assert!(admit(&instance).expect_err("refused").to_string().contains("it is not a function"));
}

#[test]
fn structure_is_bounded() {
    let nest = |n: usize| format!("{}{}{IDLE}", "(block ".repeat(n), ")".repeat(n));
    assert!(refused(&nest(65), "").contains("nesting of blocks"));
    assert!(admit(&one(&nest(64), "")).is_ok());
    assert!(refused(&format!("{}{IDLE}", "(block)".repeat(2_001)), "").contains("blocks of a function"));
    assert!(refused(&format!("(local {}) {IDLE}", "i64 ".repeat(129)), "").contains("locals of a function"));
    assert!(refused(&format!("{}{IDLE}", "(drop (i32.const 0))".repeat(70_000)), "").contains("function body in bytes"));
    assert!(refused(IDLE, &"(func)".repeat(10_001)).contains("functions"));
    let types: String = (0..5_000).map(|i| format!("(type (func (param {})))", "i32 ".repeat(i % 900 + 1))).collect();
    assert!(refused(IDLE, &types).contains("types"));
}

#[test]
fn features_beyond_the_deterministic_set_are_invalid() {
    for fields in ["(memory 1 1 shared)", "(memory i64 1)", "(memory 1)", "(tag)", "(global externref (ref.null extern))"] {
        let error = std::panic::catch_unwind(|| one(IDLE, fields));
        // Where the encoder already refuses, the bytes are made without it.
        let bytes = error.unwrap_or_else(|_| component_text(&format!("(component (core module {fields} {fields}))")));
        assert!(matches!(admit(&bytes), Err(AdmitError::Invalid { .. } | AdmitError::Forbidden { .. })), "{fields}: {:?}", admit(&bytes));
    }
}

#[test]
fn resources_and_canonical_functions_beyond_the_contract_are_refused() {
    let resource = component_text("(component (type (resource (rep i32))))");
    assert!(admit(&resource).expect_err("refused").to_string().contains("a resource type of its own"));
    let new = r#"(component (type $r (resource (rep i32))) (core func (canon resource.new $r)))"#;
    assert!(matches!(admit(&component_text(new)), Err(AdmitError::Forbidden { .. })));
}

#[test]
fn nested_components_cannot_multiply_without_bound() {
    let mut text = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for i in 1..16 {
        text += &format!(
            "(component $c{i} (alias outer $root $c{} (component $x)) (instance (instantiate $x)) (instance (instantiate $x)))",
            i - 1
        );
    }
    let bytes = component_text(&format!("(component $root {text} (instance (instantiate $c15)))"));
    assert!(bytes.len() < 2_000);
    assert!(admit(&bytes).expect_err("refused").to_string().contains("instances"));
}

#[test]
fn truncations_and_flipped_bits_never_panic() {
    let good = one(IDLE, "");
    let whole = admit(&good).expect("admitted");
    let mut accepted = 0;
    for end in 0..good.len() {
        // A file cut between two sections can be a component: one without tools, or without the encoder's notes.
        if let Ok(report) = admit(&good[..end]) {
            accepted += 1;
            assert!(report.exports.is_empty() || report.functions == whole.functions, "truncated to {end}");
        }
    }
    assert!(accepted < good.len() / 10, "{accepted} of {} truncations were accepted", good.len());
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            let _ = admit(&bytes);
        }
    }
}
