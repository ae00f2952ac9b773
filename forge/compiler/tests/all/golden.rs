//! The intermediate representation and the WIT of the worked example. Rewrite with `INSTA_UPDATE=always`.

use crate::support::{compile, library};
use serde_json::Value;

#[test]
fn intermediate_representation() {
    let checked = wardian_compiler::check(&library()).expect("the library compiles");
    let text: Vec<String> = checked.tools.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn wit() {
    insta::assert_snapshot!(compile(&library()).wit);
}

#[test]
fn schemas_of_parameters() {
    let manifest = compile(&library()).parts.manifest;
    let text: Vec<String> = manifest.tools.iter().map(|tool| format!("{}\n{}", tool.name, pretty(&tool.parameters))).collect();
    insta::assert_snapshot!(text.join("\n"));
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// Components are portable: nothing of this machine or of the time is in them.
#[test]
fn component_bytes_are_the_same_everywhere() {
    let parts = compile(&library()).parts;
    let digest = wardian_format::Digest::of(&parts.component);
    insta::assert_snapshot!(format!("{} bytes, SHA-256 {digest}", parts.component.len()));
}
