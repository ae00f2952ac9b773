//! A pack against its own sources.

use crate::support::{compile, library};
use wardian_compiler::verify::{Basis, verify};
use wardian_format::pack::Statements;

#[test]
fn an_honest_pack_agrees() {
    let parts = compile(&library()).parts;
    let found = verify(&parts).expect("it has sources");
    assert_eq!((found.basis, found.is_ok()), (Basis::Bytes, true), "{:?}", found.differences);
    assert_eq!(found.agreed, ["component", "state image", "manifest", "policy", "tasks"]);
}

#[test]
fn what_was_changed_is_named() {
    let honest = compile(&library()).parts;
    let changed = |change: fn(&mut wardian_pack::Parts)| {
        let mut parts = honest.clone();
        change(&mut parts);
        let found = verify(&parts).expect("it has sources");
        found.differences.into_iter().map(|d| d.what).collect::<Vec<_>>()
    };
    assert_eq!(changed(|p| p.component.push(0)), ["component"]);
    assert_eq!(changed(|p| p.image[100] ^= 1), ["state image"]);
    assert_eq!(changed(|p| p.manifest.tools[1].description.push('!')), ["tool `get_member`: description"]);
    assert_eq!(changed(|p| p.manifest.title.push('!')), ["rest of the manifest"]);
    assert_eq!(changed(|p| p.policy = None), ["policy"]);
    assert_eq!(changed(|p| p.tasks = Some(String::new())), ["tasks"]);
    assert_eq!(changed(|p| p.manifest.tools[0].returns = Some(serde_json::json!({}))), ["manifest"]);
    assert_eq!(changed(|p| p.manifest.tools[0].statements = Statements::Closed { sql: Vec::new() }), ["manifest"]);
    assert_eq!(
        changed(|p| {
            p.manifest.tools.pop();
        }),
        ["names of the tools"]
    );
}

#[test]
fn another_compiler_is_held_to_structure() {
    let mut parts = compile(&library()).parts;
    parts.manifest.provenance.compiler = "wardian 0.0.9".to_owned();
    parts.component.push(0);
    let found = verify(&parts).expect("it has sources");
    assert_eq!((found.basis, found.is_ok()), (Basis::Structure, true), "{:?}", found.differences);
    parts.manifest.tools[0].effect = wardian_format::pack::Effect::Write;
    let found = verify(&parts).expect("it has sources");
    assert_eq!(found.differences[0].what, "tool `find_member`: effect");
}

#[test]
fn without_sources_there_is_nothing_to_say() {
    let mut parts = compile(&library()).parts;
    parts.sources.clear();
    assert!(matches!(verify(&parts), Err(wardian_compiler::VerifyError::NoSources)));
    parts.sources.insert("pack.toml".to_owned(), "name = 1".to_owned());
    assert!(matches!(verify(&parts), Err(wardian_compiler::VerifyError::Sources(_))));
}
