//! Packs that are read back, and packs that are refused, with the section named.

use std::collections::BTreeMap;
use wardian_format::limits::Profile;
use wardian_format::pack::{Effect, Link, ParamRef, RefKind, Statements, Yield, section};
use wardian_format::{Digest, Manifest, json};
use wardian_pack::{Parts, open, read, write};
use wardian_testkit::sample::sample;
use wasm_encoder::{ComponentSection, CustomSection};

fn parts() -> Parts {
    let sample = sample();
    Parts {
        component: sample.component,
        manifest: sample.manifest,
        image: sample.image,
        policy: Some("# Policy\nBe kind.".to_owned()),
        tasks: Some(String::new()),
        sources: BTreeMap::from([
            ("pack.toml".to_owned(), "name = 'issues'".to_owned()),
            ("data/issues.jsonl".to_owned(), "{}".to_owned()),
        ]),
    }
}

/// Why `bytes` are refused.
fn refused(bytes: &[u8]) -> String {
    match read(bytes, "x.wasm") {
        Err(error) => error.to_string(),
        Ok(_) => panic!("was accepted"),
    }
}

#[test]
fn shapes_of_errors_must_fit_the_tools() {
    use wardian_format::errors::{ErrorBody, ErrorShape};
    let body = ErrorBody { status: 404, sentence: "/m".to_owned(), chars_max: None, body: serde_json::json!({"m": ""}) };
    let shape = |tool: &str| ErrorShape {
        tools: vec![tool.to_owned()],
        bodies: BTreeMap::from([(wardian_format::ToolErrorCode::NotFound, body.clone())]),
    };
    let known = parts().manifest.tools[0].name.clone();
    let mut good = parts();
    good.manifest.errors.push(shape(&known));
    let bytes = write(&good).expect("writes");
    assert_eq!(read(&bytes, "x.wasm").expect("acceptable").manifest.errors, good.manifest.errors);
    assert!(lie(|manifest| manifest.errors.push(shape("nobody"))).contains("`errors`, at 0: there is no tool `nobody`"));
    let bad = ErrorShape {
        bodies: BTreeMap::from([(wardian_format::ToolErrorCode::Other, ErrorBody { sentence: "/x".to_owned(), ..body.clone() })]),
        ..shape(&known)
    };
    assert!(lie(|manifest| manifest.errors.push(bad)).contains("no empty text for the sentence"));
}

/// Why a pack with a changed manifest is refused.
fn lie(change: impl FnOnce(&mut Manifest)) -> String {
    let mut parts = parts();
    change(&mut parts.manifest);
    let reason = refused(&write(&parts).expect("writes"));
    assert!(reason.starts_with("`x.wasm` is not an acceptable pack: "), "{reason}");
    reason
}

fn custom(name: &str, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    CustomSection { name: name.into(), data: data.into() }.append_to_component(&mut out);
    out
}

#[test]
fn a_pack_reads_back_as_it_was_written() {
    let parts = parts();
    let bytes = write(&parts).expect("writes");
    assert_eq!(bytes, write(&parts).expect("writes"), "reproducible");
    let opened = open(&bytes, "x.wasm").expect("acceptable");
    let read = opened.parts;
    assert_eq!((&read.component, &read.image), (&parts.component, &parts.image));
    assert_eq!((&read.manifest, &read.policy, &read.tasks, &read.sources), (&parts.manifest, &parts.policy, &parts.tasks, &parts.sources));
    assert_eq!(write(&read).expect("writes"), bytes);
    assert_eq!(opened.digest, Digest::of(&bytes));
    let names: Vec<&str> = opened.sections.iter().map(|section| section.name).collect();
    assert_eq!(names, ["component", section::MANIFEST, section::IMAGE, section::SOURCES, section::POLICY, section::TASKS]);
    assert!(opened.sections.iter().map(|section| section.stored_bytes).sum::<usize>() < bytes.len());
    assert!(wasmparser::Validator::new().validate_all(&bytes).is_ok(), "other tools see a valid component");
}

#[test]
fn what_is_optional_may_be_absent() {
    let bare = Parts { policy: None, tasks: None, sources: BTreeMap::new(), ..parts() };
    let read = read(&write(&bare).expect("writes"), "x.wasm").expect("acceptable");
    assert!(read.policy.is_none() && read.tasks.is_none() && read.sources.is_empty());
}

#[test]
fn truncations_are_refused() {
    let bytes = write(&parts()).expect("writes");
    for end in (0..bytes.len()).step_by(64).chain(bytes.len() - 200..bytes.len()) {
        // Cut exactly between sections, what is left can be a pack without its last, optional parts.
        if let Ok(parts) = read(&bytes[..end], "x.wasm") {
            assert_eq!(write(&parts).expect("writes"), &bytes[..end], "truncated to {end}");
            assert!(parts.tasks.is_none());
        }
    }
    assert!(refused(&bytes[..bytes.len() - 1]).contains("truncated"));
}

#[test]
fn flipped_bits_never_panic_and_never_pass_for_the_same_pack() {
    let bytes = write(&parts()).expect("writes");
    let digest = Digest::of(&bytes);
    let mut accepted = 0;
    for at in (0..bytes.len()).step_by(7) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Ok(opened) = open(&bytes, "x.wasm") {
            accepted += 1;
            assert_ne!(opened.digest, digest);
            assert_eq!(
                write(&opened.parts).map(|again| Digest::of(&again) == digest).ok(),
                Some(false),
                "a change at {at} is gone after reading"
            );
        }
    }
    assert!(accepted < bytes.len() / 7, "something must be refused");
}

#[test]
fn sections_out_of_place() {
    let bytes = write(&parts()).expect("writes");
    let bare = parts().component;
    assert!(refused(b"").contains("not a WebAssembly component"));
    assert!(refused(b"(component)").contains("not a WebAssembly component"));
    assert!(refused(&bare).contains("section `wardian:manifest` is missing"));
    assert!(refused(&[&bytes[..], b"garbage"].concat()).contains("truncated"));
    assert!(refused(&[bytes.clone(), custom(section::TASKS, b"")].concat()).contains("section `wardian:tasks` at byte"));
    assert!(refused(&[bytes.clone(), custom(section::IMAGE, b"")].concat()).contains("comes after `wardian:tasks`"));
    assert!(refused(&[bytes.clone(), custom("wardian:extra", b"")].concat()).contains("section `wardian:extra`"));
    assert!(refused(&[bytes.clone(), custom("name", b"")].concat()).contains("only the pack's own"));
    let no_image = [
        bare,
        custom(section::MANIFEST, json::canonical(&serde_json::to_value(parts().manifest).expect("JSON")).expect("canonical").as_bytes()),
    ];
    assert!(refused(&no_image.concat()).contains("section `wardian:image` is missing"));
}

/// A pack whose section `name` has `data` instead.
fn replaced(name: &str, data: &[u8]) -> Vec<u8> {
    let parts = parts();
    let manifest = json::canonical(&serde_json::to_value(&parts.manifest).expect("JSON")).expect("canonical");
    let mut image = zstd::stream::encode_all(&parts.image[..], 1).expect("compresses");
    let mut out = parts.component;
    let mut manifest = manifest.into_bytes();
    let mut rest = Vec::new();
    match name {
        section::MANIFEST => manifest = data.to_vec(),
        section::IMAGE => image = data.to_vec(),
        other => rest = custom(other, data),
    }
    out.extend(custom(section::MANIFEST, &manifest));
    out.extend(custom(section::IMAGE, &image));
    out.extend(rest);
    out
}

#[test]
fn bad_contents_name_their_section() {
    let zip = |data: &[u8]| zstd::stream::encode_all(data, 1).expect("compresses");
    let bomb = zip(&vec![b'\n'; (64 << 20) + 1]);
    assert!(bomb.len() < 20_000);
    let repeated = format!("{{\"format\":1,\"x\":\"{}\"}}", "x".repeat(16 << 20));
    let cases: [(&str, Vec<u8>, &str); 13] = [
        (section::MANIFEST, repeated.into_bytes(), "it has more than 16777216 bytes"),
        (section::IMAGE, bomb.clone(), "decompresses to more than"),
        (section::SOURCES, zip(b"[0,0]"), "an object of path and text"),
        (section::SOURCES, zip(b"{\"a\":\"\",\"a\":\"x\"}"), "`a` is there twice"),
        (section::MANIFEST, b"{".to_vec(), "EOF"),
        (section::MANIFEST, b"{\"format\":2}".to_vec(), "its format is 2"),
        (section::IMAGE, b"not zstd".to_vec(), "does not decompress"),
        (section::IMAGE, [zip(&parts().image), b"more".to_vec()].concat(), "bytes after its end"),
        (section::IMAGE, zip(b"not a database"), "section `wardian:image`"),
        (section::TASKS, bomb, "decompresses to more than"),
        (section::TASKS, zip(b"{}\n"), "section `wardian:tasks`:1:"),
        (section::POLICY, b"\xff".to_vec(), "is not UTF-8"),
        (section::SOURCES, zip(b"{\"../x\":\"\"}"), "`../x` is not a plain relative path"),
    ];
    for (name, data, reason) in cases {
        let error = refused(&replaced(name, &data));
        assert!(error.contains(name) && error.contains(reason), "{name}: {error}");
    }
    let spaced = serde_json::to_vec_pretty(&parts().manifest).expect("JSON");
    assert!(refused(&replaced(section::MANIFEST, &spaced)).contains("not in canonical form"));
}

#[test]
fn lying_manifests() {
    assert!(lie(|m| m.tools[0].export = "get-issues".to_owned()).contains("a tool has the export `get-issues`"));
    assert!(lie(|m| drop(m.tools.pop())).contains("the component exports `reopen-all`"));
    assert!(lie(|m| m.tools.swap(0, 1)).contains("order"));
    assert!(lie(|m| m.tools[1] = m.tools[0].clone()).contains("tool `get_issue`: the name is there twice"));
    assert!(lie(|m| m.tools[0].name = "close_all".to_owned()).contains("does not start like its name"));
    assert!(lie(|m| m.tools[0].name = "get issue".to_owned()).contains("the name is not made of"));
    assert!(lie(|m| m.name = "../issues".to_owned()).contains("not a name for a pack"));
    assert!(lie(|m| m.now = "yesterday".to_owned()).contains("`yesterday` is not a time"));
    assert!(lie(|m| m.initial.full = Digest([7; 32])).contains("but the image gives"));
    assert!(lie(|m| m.tools[0].statements = Statements::Free).contains("statements are free"));
    assert!(lie(|m| m.tools[2].effect = Effect::Read).contains("has a statement that writes"));
    assert!(lie(|m| m.ungraded = vec!["nowhere".to_owned()]).contains("nowhere"));
}

#[test]
fn lying_about_relations() {
    let yields = |table: &str| Yield { path: "$.id".to_owned(), table: table.to_owned(), column: "id".to_owned() };
    assert!(lie(|m| m.tools[0].yields.push(yields("people"))).contains("speaks of `people.id`"));
    let link =
        Link { from: "a".to_owned(), path: "$.id".to_owned(), to: "b".to_owned(), param: "id".to_owned(), key: "issues.id".to_owned() };
    assert!(lie(|m| m.links.push(link)).contains("links"));
    let missing = lie(|m| {
        let existing = ParamRef { param: "id".to_owned(), kind: RefKind::Existing, table: "issues".to_owned(), column: "id".to_owned() };
        m.tools[0].refs.push(existing);
        m.tools[1].yields.push(yields("issues"));
    });
    assert!(missing.contains("links"), "links that are implied must be there: {missing}");
}

#[test]
fn schemas_must_be_closed_and_bounded() {
    let schema = |value: serde_json::Value| lie(move |m| m.tools[0].parameters = value);
    assert!(schema(serde_json::json!({"type": "string"})).contains("not of type `object`"));
    assert!(schema(serde_json::json!({"type": "object", "$ref": "https://example.com/x"})).contains("uses `$ref`"));
    assert!(schema(serde_json::json!({"type": "object", "properties": {"a": {"$ref": "#/x"}}})).contains("uses `$ref`"));
    let mut deep = serde_json::json!({"type": "string"});
    for _ in 0..20 {
        deep = serde_json::json!({"type": "object", "properties": {"x": deep}});
    }
    assert!(schema(deep).contains("nested deeper"));
    assert!(
        schema(serde_json::json!({"type": "object", "properties": {"a": {"pattern": "x".repeat(600)}}}))
            .contains("has more than 512 bytes")
    );
    let mut parts = parts();
    parts.manifest.tools[0].parameters["properties"]["$ref"] = serde_json::json!({"type": "string"});
    assert!(read(&write(&parts).expect("writes"), "x.wasm").is_ok(), "a parameter may be called $ref");
}

#[test]
fn other_imports_and_profiles() {
    let parts = Parts { component: wardian_testkit::component_text("(component (import \"wasi:cli/exit@0.2.0\" (instance)))"), ..parts() };
    assert!(refused(&write(&parts).expect("writes")).contains("imports `wasi:cli/exit@0.2.0`"));
    let guest = lie(|m| {
        m.profile = Profile::Guest;
        m.tools[0].parameters = serde_json::json!({});
    });
    assert!(guest.contains("not of type `object`"), "other profiles are checked as well: {guest}");
}

#[test]
fn a_manifest_that_cannot_be_canonical_is_not_written() {
    let mut parts = parts();
    parts.manifest.tools[0].parameters["maximum"] = serde_json::json!(u64::MAX);
    assert!(write(&parts).expect_err("refused").to_string().contains("18446744073709551615"));
}

/// What a reason quotes out of the file is bounded, and nothing in it moves a cursor.
#[test]
fn reasons_are_fit_to_be_shown() {
    let mut manifest = serde_json::to_value(&parts().manifest).expect("JSON");
    manifest[format!("\u{1b}[2J{}", "x".repeat(100_000))] = serde_json::json!(1);
    let reason = refused(&replaced(section::MANIFEST, json::canonical(&manifest).expect("canonical").as_bytes()));
    assert!(reason.contains("unknown field `\\u{1b}[2Jxxx") && reason.len() < 3_000, "{reason}");
}
