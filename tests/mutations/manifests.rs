//! Manifests that lie, field by field, written as canonically as the truth.

use super::judge::{Layer, Table};
use super::{chance, packs};
use crate::support::is_full;
use serde_json::{Value, json};
use wardian_format::json as canonical;
use wardian_format::pack::section::MANIFEST;

/// One lie in each this many, but under `./test --full`, which tells all.
const STEP: usize = 9;

/// A value in the manifest: where it lies, and what a table calls such places (`tools[].effect`).
struct Field {
    pointer: String,
    name: String,
}

fn fields(value: &Value, pointer: &str, name: &str, out: &mut Vec<Field>) {
    out.push(Field { pointer: pointer.to_owned(), name: name.to_owned() });
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let escaped = member.replace('~', "~0").replace('/', "~1");
                // Schemas are of many forms; one row of the table is enough for all that is in one.
                let is_schema = name.ends_with(".parameters") || name.ends_with(".returns");
                let name = if is_schema { name.to_owned() } else { format!("{name}.{member}").trim_start_matches('.').to_owned() };
                fields(value, &format!("{pointer}/{escaped}"), &name, out);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let name = if name.ends_with("[]") { name.to_owned() } else { format!("{name}[]") };
                fields(value, &format!("{pointer}/{index}"), &name, out);
            }
        }
        _ => {}
    }
}

/// Other values for a place, each with what was done to it.
fn lies(value: &Value) -> Vec<(&'static str, Value)> {
    let mut out = match value {
        Value::String(text) => vec![("a letter more", json!(format!("{text}x"))), ("empty", json!("")), ("a number", json!(7))],
        Value::Number(number) => vec![("one more", json!(number.as_i64().unwrap_or(0) + 1)), ("negative", json!(-1))],
        Value::Bool(truth) => vec![("the opposite", json!(!truth))],
        Value::Null => vec![("something", json!("x"))],
        Value::Array(items) => {
            let mut out = vec![("an item more", json!([items.as_slice(), &[json!("x")]].concat()))];
            if let Some(last) = items.last() {
                out.push(("the first left out", json!(items[1..])));
                out.push(("the last twice", json!([items.as_slice(), std::slice::from_ref(last)].concat())));
                out.push(("reversed", json!(items.iter().rev().collect::<Vec<_>>())));
            }
            out
        }
        Value::Object(members) => {
            let mut more = members.clone();
            more.insert("surprise".to_owned(), json!(1));
            let mut out = vec![("a member more", Value::Object(more))];
            for member in members.keys() {
                let mut fewer = members.clone();
                fewer.shift_remove(member);
                out.push(("a member left out", Value::Object(fewer)));
            }
            out
        }
    };
    out.push(("null", Value::Null));
    out.retain(|(_, lie)| lie != value);
    out
}

#[test]
fn manifests_that_lie() {
    let mut table = Table::default();
    let mut chance = chance("manifests that lie");
    let step = if is_full() { 1 } else { STEP };
    for pack in packs() {
        let manifest: Value = serde_json::from_slice(pack.file.get(MANIFEST)).expect("JSON");
        let mut places = Vec::new();
        fields(&manifest, "", "", &mut places);
        let mut at = chance.below(step);
        for Field { pointer, name } in &places {
            for (what, lie) in lies(manifest.pointer(pointer).expect("the place is there")) {
                at += 1;
                // What stands at the top is always told, and of what there is much only some.
                if name.contains('[') && !at.is_multiple_of(step) {
                    continue;
                }
                let mut told = manifest.clone();
                *told.pointer_mut(pointer).expect("the place is there") = lie;
                let text = canonical::canonical(&told).expect("canonical");
                let kind = format!("manifest: {}", if name.is_empty() { "all of it" } else { name });
                let verdict =
                    table.add(&kind, &format!("`{pointer}`: {what}"), pack.file.with(MANIFEST, text.into_bytes()), &pack.original);
                let other_maker = ["/provenance/compiler", "/provenance/sqlite"].contains(&pointer.as_str());
                assert!(verdict.layer != Layer::Digest || other_maker, "`{pointer}`: {what}: {}", verdict.reason);
            }
        }
    }
    println!("{table}");
    assert!(table.count(Layer::Manifest) > 100 && table.count(Layer::Recompiled) > 20, "both layers have their part");
}
