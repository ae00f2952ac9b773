//! From a case to the bytes of a pack file. Nothing of the runtime's own writer is used where a case may lie about it.

use crate::hostile::case::{Case, Component, Guest, Image, Section, Sql};
use serde_json::{Value, json};
use wardian_format::pack::{Effect, Role, Statements, section};
use wardian_format::{Digests, Manifest, ToolSpec, json as canonical_json};
use wardian_state::{Base, Context};
use wardian_testkit::sample::{Sample, sample};
use wardian_testkit::{Guest as Tool, Texts, component_of_core, component_text, core};

/// Tools of the sample that every case keeps beside the hostile one, in the order of the exports.
const KEPT: [&str; 2] = ["get_issue", "close_issue"];

/// The rows of the sample's image.
const SAMPLE_ROWS: &str = "INSERT INTO issues VALUES (1, 'issue 1', 'open'), (2, 'issue 2', 'open'), (3, 'issue 3', 'open');";

/// Largest block of a zstd frame.
const BLOCK_BYTES_MAX: usize = 128 << 10;

/// The file that `case` describes.
pub(crate) fn pack(case: &Case) -> Vec<u8> {
    let sample = sample();
    let image = case.image.as_ref().map_or_else(|| sample.image.clone(), |image| database(image, &sample.image));
    let mut out = match &case.component {
        Some(component) => raw(component),
        None => guests(case, &sample),
    };
    let manifest = manifest(case, &sample, &image);
    let mut ours = vec![(section::MANIFEST.to_owned(), manifest), (section::IMAGE.to_owned(), frame(&image))];
    for part in &case.sections {
        match ours.iter_mut().find(|(name, _)| *name == part.name) {
            Some(place) => place.1 = contents(part),
            None => ours.push((part.name.clone(), contents(part))),
        }
    }
    ours.iter().for_each(|(name, data)| custom_section(&mut out, name, data));
    edit(&mut out, &case.file.overwrite);
    if let Some(cut) = case.file.cut {
        out.truncate(from_either_end(cut, out.len()));
    }
    out.extend(case.file.append.as_deref().map(hex).unwrap_or_default());
    out
}

/// The hostile tool, where there is one, and the good ones.
fn guests(case: &Case, sample: &Sample) -> Vec<u8> {
    let mut texts = Texts::default();
    let mut tools = Vec::new();
    let mut exports = Vec::new();
    if let Some(body) = body(case, &mut texts) {
        tools.push(Tool::new("hostile", &body));
        exports.push("hostile".to_owned());
    }
    for name in KEPT {
        let spec = spec_of(sample, name);
        let Statements::Closed { sql } = &spec.statements else { panic!("`{name}` has a closed set") };
        let make = if spec.effect == Effect::Read { Tool::query } else { Tool::change };
        tools.push(make(&spec.export, &sql[0], &mut texts));
        exports.push(spec.export.clone());
    }
    let fields = case.guest.as_ref().and_then(|guest| guest.fields.as_ref()).map(|fields| fields.make()).unwrap_or_default();
    let (items, imports) = case.guest.as_ref().and_then(|guest| guest.imports.clone()).unwrap_or_default();
    let mut text = core(&tools, &texts, &imports, &fields);
    for (from, to) in case.guest.iter().flat_map(|guest| &guest.replace) {
        assert!(text.contains(from), "the core module has no `{from}` to replace");
        text = text.replace(from, to);
    }
    let exports: Vec<&str> = exports.iter().map(String::as_str).collect();
    component_of_core(&text, &exports, &items)
}

fn body(case: &Case, texts: &mut Texts) -> Option<String> {
    match (&case.guest, &case.sql) {
        (Some(guest), _) => Some(guest_body(guest, texts)),
        (None, Some(sql)) => Some(sql_body(sql, texts)),
        (None, None) => None,
    }
}

fn guest_body(guest: &Guest, texts: &mut Texts) -> String {
    let mut body = guest.body.make();
    let plain = guest.texts.iter().map(|(name, text)| (name, text.make().into_bytes()));
    let bytes = guest.bytes.iter().map(|(name, text)| (name, hex(text)));
    for (name, data) in plain.chain(bytes) {
        let place = format!("@{name}@");
        assert!(body.contains(&place), "the body does not use `{place}`");
        body = body.replace(&place, &texts.put_bytes(&data));
    }
    body
}

/// A tool that runs the statements in order. The result of the last one lies at 96.
fn sql_body(sql: &Sql, texts: &mut Texts) -> String {
    let failed = "(call $drop (local.get $db))
        (return (call $error (i32.const 4) (i32.load (i32.const 104)) (i32.load (i32.const 108))))";
    let failed = if sql.stubborn { "" } else { failed };
    let statement = |text: &crate::hostile::case::Text, texts: &mut Texts| {
        let text = texts.put(&text.make());
        format!(
            "(call $query (local.get $db) {text} (i32.const 64) (i32.const 0) (i32.const 96))
             (if (i32.load8_u (i32.const 96)) (then {failed}))"
        )
    };
    let statements: String = sql.statements.iter().map(|text| statement(text, texts)).collect();
    let rounds = sql.rounds;
    format!(
        "(local $row i32) (local $round i32)
         (loop $again {statements}
           (br_if $again (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const {rounds}))))
         (call $drop (local.get $db))
         (if (i32.eqz (i32.load8_u (i32.const 96))) (then (if (i32.load (i32.const 112)) (then
           (local.set $row (i32.load (i32.load (i32.const 108))))
           (if (i32.eq (i32.load8_u (local.get $row)) (i32.const 3)) (then
             (return (call $ok (i32.load offset=8 (local.get $row)) (i32.load offset=12 (local.get $row))))))))))
         (call $ok (i32.const 136) (i32.const 4))"
    )
}

fn raw(component: &Component) -> Vec<u8> {
    match (&component.wat, &component.hex) {
        (Some(text), None) => component_text(&text.make()),
        (None, Some(text)) => hex(text),
        _ => panic!("a component is either text or bytes"),
    }
}

fn spec_of(sample: &Sample, name: &str) -> ToolSpec {
    sample.manifest.tools.iter().find(|tool| tool.name == name).expect("the sample has the tool").clone()
}

/// The manifest, in canonical form, with the changes of the case.
fn manifest(case: &Case, sample: &Sample, image: &[u8]) -> Vec<u8> {
    let mut tools: Vec<ToolSpec> = KEPT.map(|name| spec_of(sample, name)).to_vec();
    if case.component.is_some() {
        tools.clear();
    }
    if case.guest.is_some() || case.sql.is_some() {
        tools.insert(0, hostile(case));
    }
    let initial = digests(image).unwrap_or(sample.manifest.initial);
    let manifest = Manifest { profile: wardian_format::limits::Profile::Guest, tools, initial, ..sample.manifest.clone() };
    let mut value = serde_json::to_value(manifest).expect("a manifest is JSON");
    for (pointer, new) in &case.manifest {
        set(&mut value, pointer, new);
    }
    canonical_json::canonical(&value).unwrap_or_else(|_| value.to_string()).into_bytes()
}

fn hostile(case: &Case) -> ToolSpec {
    let schema = case.schema.as_ref().map(|text| text.make());
    let parameters = schema.map_or_else(|| json!({"type": "object"}), |text| serde_json::from_str(&text).expect("the schema is JSON"));
    ToolSpec {
        name: "hostile".to_owned(),
        export: "hostile".to_owned(),
        description: case.title.clone(),
        parameters,
        returns: None,
        effect: if case.effect == "read" { Effect::Read } else { Effect::Write },
        role: Role::Agent,
        statements: case.closed.clone().map_or(Statements::Free, |sql| Statements::Closed { sql }),
        refs: Vec::new(),
        yields: Vec::new(),
        guest: None,
        catalog_id: None,
    }
}

fn digests(image: &[u8]) -> Option<Digests> {
    let base = Base::open(image.to_vec(), &[]).ok()?;
    base.state(Context { seed: 0, now_unix_s: 0 }).digests().ok()
}

/// Sets what `pointer` names; a string that is JSON text in backticks stands for that value, and `-` at the end appends.
fn set(value: &mut Value, pointer: &str, new: &toml::Value) {
    let new = match new {
        toml::Value::String(text) if text.starts_with('`') => serde_json::from_str(text.trim_matches('`')).expect("JSON in backticks"),
        other => serde_json::to_value(other).expect("a value"),
    };
    let (parent, last) = pointer.rsplit_once('/').expect("a JSON pointer");
    match value.pointer_mut(parent).unwrap_or_else(|| panic!("the manifest has no `{parent}`")) {
        Value::Array(items) if last == "-" => items.push(new),
        Value::Array(items) => items[last.parse::<usize>().expect("a place")] = new,
        Value::Object(map) => drop(map.insert(last.to_owned(), new)),
        _ => panic!("`{parent}` holds nothing"),
    }
}

/// An image as plain SQLite writes it, then damaged.
fn database(image: &Image, sample: &[u8]) -> Vec<u8> {
    let mut bytes = match &image.sql {
        Some(sql) => foreign(&sql.make()),
        None => sample.to_vec(),
    };
    edit(&mut bytes, &image.overwrite);
    bytes.truncate(image.cut.unwrap_or(usize::MAX));
    bytes
}

fn foreign(sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.db");
    let connection = rusqlite::Connection::open(&path).expect("opens");
    let sample = format!("{}; {SAMPLE_ROWS}", wardian_testkit::sample::SCHEMA);
    let sql = sql.replace("@SAMPLE@", &sample);
    connection.execute_batch(&sql).unwrap_or_else(|error| panic!("the image's SQL: {error}"));
    connection.close().expect("closes");
    std::fs::read(&path).expect("reads")
}

fn contents(part: &Section) -> Vec<u8> {
    match (&part.text, &part.hex, &part.compressed, part.bomb_mib) {
        (Some(text), None, None, None) => text.make().into_bytes(),
        (None, Some(text), None, None) => hex(text),
        (None, None, Some(text), None) => frame(text.make().as_bytes()),
        (None, None, None, Some(mib)) => bomb(mib),
        _ => panic!("a section has one kind of contents"),
    }
}

/// Bytes from hexadecimal digits; anything else is left out.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

fn edit(bytes: &mut [u8], changes: &[(i64, String)]) {
    for (at, data) in changes {
        let (at, data) = (from_either_end(*at, bytes.len()), hex(data));
        bytes[at..at + data.len()].copy_from_slice(&data);
    }
}

fn from_either_end(at: i64, length: usize) -> usize {
    if at < 0 { length - at.unsigned_abs() as usize } else { at as usize }
}

fn custom_section(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = Vec::new();
    leb128(&mut content, name.len());
    content.extend(name.as_bytes());
    content.extend(data);
    out.push(0);
    leb128(out, content.len());
    out.extend(content);
}

fn leb128(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// One zstd frame (RFC 8878) that stores `data` in raw blocks.
fn frame(data: &[u8]) -> Vec<u8> {
    let mut out = frame_header(data.len());
    let blocks = data.len().div_ceil(BLOCK_BYTES_MAX).max(1);
    for i in 0..blocks {
        let part = &data[i * BLOCK_BYTES_MAX..data.len().min((i + 1) * BLOCK_BYTES_MAX)];
        block_header(&mut out, 0, i + 1 == blocks, part.len());
        out.extend(part);
    }
    out
}

/// One zstd frame of blocks that each repeat one byte.
fn bomb(mib: usize) -> Vec<u8> {
    let mut out = frame_header(mib << 20);
    let blocks = mib * 8;
    for i in 0..blocks {
        block_header(&mut out, 1, i + 1 == blocks, BLOCK_BYTES_MAX);
        out.push(b'\n');
    }
    out
}

/// Content size in eight bytes, and a window of 1 MiB.
fn frame_header(bytes: usize) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1100_0000, 10 << 3];
    out.extend((bytes as u64).to_le_bytes());
    out
}

fn block_header(out: &mut Vec<u8>, kind: u32, last: bool, bytes: usize) {
    let header = u32::from(last) | kind << 1 | (bytes as u32) << 3;
    out.extend(&header.to_le_bytes()[..3]);
}
