//! What is in a pack: seen by `inspect`, by `diff`, by `unpack`, and by the tools of others.

use crate::support::{expect, golden, is_full, library, root};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wit_component::{DecodedWasm, WitPrinter};

/// The files below `folder`, by path.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(folder.join(&at)).expect("a folder") {
            let path = at.join(entry.expect("an entry").file_name());
            if folder.join(&path).is_dir() {
                pending.push(path);
            } else {
                out.insert(path.display().to_string(), fs::read(folder.join(&path)).expect("a file"));
            }
        }
    }
    out
}

fn json_of(folder: &Path, code: i32, args: &[&str]) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&expect(folder, code, &args).stdout).expect("JSON")
}

/// The shape of a document: members with the kinds of their values. What depends on the pack, such as the SQL types of a
/// schema, is left to the golden text.
fn shape(value: &Value, depth: usize) -> String {
    let pad = "  ".repeat(depth);
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "truth".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(text) if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) => "digest".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(items) => match items.iter().max_by_key(|item| shape(item, depth).len()) {
            Some(item) => format!("[{}]", shape(item, depth)),
            None => "[]".to_owned(),
        },
        Value::Object(members) if members.contains_key("additionalProperties") => "schema".to_owned(),
        Value::Object(members) => {
            let lines: String = members.iter().map(|(name, value)| format!("{pad}  {name}: {}\n", shape(value, depth + 1))).collect();
            format!("{{\n{lines}{pad}}}")
        }
    }
}

#[test]
fn inspect_tells_all_in_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = library(folder.path(), "library.wasm");
    let document = json_of(folder.path(), 0, &["pack", "inspect", "library.wasm"]);
    golden("pack-inspect-json.txt", &format!("{}\n", shape(&document, 0)));
    assert_eq!(document["bytes"], bytes.len());
    assert_eq!(document["digest"], wardian_format::Digest::of(&bytes).to_string());
    assert_eq!(document["component"]["imports"], json!(["wardian:env/state@0.1.0"]));
    assert_eq!(document["digests"]["initial"], document["manifest"]["initial"]);
    assert_eq!(document["policy"], fs::read_to_string(root().join("packs/library/policy.md")).expect("a file"));
    let stored: u64 = document["sections"].as_array().expect("a list").iter().filter_map(|s| s["stored_bytes"].as_u64()).sum();
    assert!(stored < bytes.len() as u64 && stored + 400 > bytes.len() as u64, "the sections are nearly all of the file: {stored}");
    let tool = &document["manifest"]["tools"][0];
    assert!(tool["statements"]["sql"][0].as_str().is_some_and(|sql| sql.contains("SELECT")), "{tool}");
}

#[test]
fn inspect_shows_the_sql_of_every_tool_on_demand() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    let plain = expect(folder.path(), 0, &["pack", "inspect", "library.wasm"]).stdout;
    let with_sql = expect(folder.path(), 0, &["pack", "inspect", "library.wasm", "--sql"]).stdout;
    let document = json_of(folder.path(), 0, &["pack", "inspect", "library.wasm"]);
    let tools = document["manifest"]["tools"].as_array().expect("a list");
    let statements: usize = tools.iter().filter_map(|tool| tool["statements"]["sql"].as_array()).map(Vec::len).sum();
    let shown = |text: &str| text.lines().filter(|line| line.starts_with("        | ")).count();
    assert_eq!((shown(&plain), shown(&with_sql)), (0, statements));
}

/// The library with something changed in its sources, built as `name`.
fn changed(folder: &Path, name: &str, changes: &[(&str, &str, &str)]) {
    let mut sources = tree(&root().join("packs/library"));
    for (path, from, to) in changes {
        let text = String::from_utf8(sources[*path].clone()).expect("UTF-8");
        assert!(text.contains(from), "`{path}` has no `{from}`");
        sources.insert((*path).to_owned(), text.replacen(from, to, 1).into_bytes());
    }
    for (path, content) in sources {
        let path = folder.join("changed").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("can make");
        fs::write(path, content).expect("can write");
    }
    expect(folder, 0, &["pack", "build", "changed", "-o", name]);
}

#[test]
fn diff_names_every_kind_of_difference() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    let members = fs::read_to_string(root().join("packs/library/data/members.jsonl")).expect("a file");
    let (first, second) = (members.lines().next().expect("a row"), members.lines().nth(1).expect("a row"));
    changed(
        folder.path(),
        "other.wasm",
        &[
            ("tools.sql", "-- @doc Lend a copy to a member.", "-- @doc Lend a book to a member."),
            ("schema.sql", "  city ", "  note TEXT,\n  city "),
            ("data/members.jsonl", first, &first.replacen("\"fines_cents\": ", "\"fines_cents\": 9", 1)),
            (
                "data/members.jsonl",
                &format!("{second}\n"),
                &format!("{second}\n{}\n", second.replacen("M-", "M-9", 1).replacen('@', "2@", 1)),
            ),
            ("policy.md", "\n", "\nBe quick.\n"),
            ("pack.toml", "title = \"", "title = \"The "),
        ],
    );
    let text = without_digests(&expect(folder.path(), 1, &["pack", "diff", "library.wasm", "other.wasm"]).stdout);
    let (shown, sources) = text.split_once("sources\n").expect("the sources differ");
    golden("pack-diff.txt", shown);
    // Which line of a long file it is changes with the file.
    assert!(sources.contains("  ~ tools.sql\n      ~ text line "), "{sources}");
    let document = json_of(folder.path(), 1, &["pack", "diff", "library.wasm", "other.wasm"]);
    golden("pack-diff-json.txt", &format!("{}\n", shape(&document, 0)));
    assert_eq!(document["equal"], false);
    assert_eq!(document["tools"]["changed"][0]["changes"][0]["what"], "description", "{document}");
    let rows = |name: &str| document["data"].as_array().expect("a list").iter().find(|t| t["table"] == name).expect("the table").clone();
    assert_eq!((&rows("members")["added"], &rows("members")["changed"]), (&json!(1), &json!(1)), "{document}");
}

/// Digests in a text stand for themselves, and change with everything.
pub(crate) fn without_digests(text: &str) -> String {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let word = |word: &str| {
        let core: String = word.chars().filter(|c| hex(*c)).collect();
        if core.len() >= 12 && core.len() + 2 >= word.len() { "DIGEST".to_owned() } else { word.to_owned() }
    };
    text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn diff_is_bounded_and_shows_all_on_demand() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    let same = expect(folder.path(), 0, &["pack", "diff", "library.wasm", "library.wasm"]).stdout;
    assert!(same.contains("the files are the same"), "{same}");
    assert_eq!(json_of(folder.path(), 0, &["pack", "diff", "library.wasm", "library.wasm"])["equal"], true);
    let row = |n: usize| format!("{{\"code\":\"x{n}\",\"name\":\"Branch {n}\",\"city\":\"Nowhere\"}}\n");
    let many: String = (0..50).map(row).collect();
    let branches = fs::read_to_string(root().join("packs/library/data/branches.jsonl")).expect("a file");
    let first = branches.lines().next().expect("a row");
    changed(folder.path(), "many.wasm", &[("data/branches.jsonl", first, &format!("{many}{first}"))]);
    let short = json_of(folder.path(), 1, &["pack", "diff", "library.wasm", "many.wasm"]);
    let table = &short["data"][0];
    assert_eq!(
        (&table["added"], &table["left_off"], table["rows"].as_array().map(Vec::len)),
        (&json!(50), &json!(30), Some(20)),
        "{table}"
    );
    let all = json_of(folder.path(), 1, &["pack", "diff", "library.wasm", "many.wasm", "--all"]);
    assert_eq!(all["data"][0]["rows"].as_array().map(Vec::len), Some(50));
    expect(folder.path(), 2, &["pack", "diff", "library.wasm", "nowhere.wasm"]);
}

#[test]
fn unpacking_gives_the_sources_and_they_give_the_pack() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = library(folder.path(), "library.wasm");
    expect(folder.path(), 0, &["pack", "unpack", "library.wasm", "sources"]);
    assert_eq!(tree(&folder.path().join("sources")), tree(&root().join("packs/library")), "the sources are those of the folder");
    expect(folder.path(), 0, &["pack", "build", "sources", "-o", "again.wasm"]);
    assert!(fs::read(folder.path().join("again.wasm")).expect("a pack") == whole, "the sources give other bytes");
    let ran = expect(folder.path(), 2, &["pack", "unpack", "library.wasm", "sources"]);
    assert!(ran.stderr.contains("`sources` is not empty"), "{}", ran.stderr);
    fs::create_dir(folder.path().join("empty")).expect("can make");
    expect(folder.path(), 0, &["pack", "unpack", "library.wasm", "empty"]);
}

/// The sources of a small pack with a guest, made by hand and not by our compiler, in `folder`.
pub(crate) fn guest_sources(folder: &Path) {
    use wardian_testkit::{Guest, Texts, component};
    let mut texts = Texts::default();
    let read = Guest::query("get-note", "SELECT json_quote(body) FROM notes WHERE id = ?1 ->> '$.id'", &mut texts);
    let tools = "-- @tool get_note\n-- @doc Read a note.\n-- @param id text ref(notes.id)\n-- @guest reader\n-- @effect read\n\n\
        -- @tool put_note\n-- @doc Write a note.\n-- @param id text new(notes.id)\n-- @param body text\nINSERT INTO notes VALUES (:id, :body);\n";
    let config = "name = \"notes\"\ntitle = \"Notes\"\nnow = \"2026-01-01T00:00:00Z\"\nlicense = \"MIT\"\nauthor = \"hand\"\n";
    for (path, content) in [
        ("pack.toml", config.as_bytes()),
        ("schema.sql", b"CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;\n"),
        ("tools.sql", tools.as_bytes()),
        ("data/notes.jsonl", b"{\"id\":\"a\",\"body\":\"first\"}\n"),
        ("guests/reader.wasm", &component(&[read], &texts, "")),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("can make");
        fs::write(path, content).expect("can write");
    }
}

#[test]
fn unpacking_a_pack_of_the_demo_and_one_with_guests() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::mutations::demo_pack(folder.path());
    guest_sources(&folder.path().join("sources"));
    expect(folder.path(), 0, &["pack", "build", "sources", "-o", "notes.wasm"]);
    for (name, sources) in [("labels", "out/domains/labels"), ("notes", "sources")] {
        let (pack, again, back) = (format!("{name}.wasm"), format!("{name}-again.wasm"), format!("{name}-back"));
        expect(folder.path(), 0, &["pack", "unpack", &pack, &back]);
        assert_eq!(tree(&folder.path().join(back.as_str())), tree(&folder.path().join(sources)), "{name}: other sources");
        expect(folder.path(), 0, &["pack", "build", &back, "-o", &again]);
        expect(folder.path(), 0, &["pack", "diff", &pack, &again]);
    }
    let shown = expect(folder.path(), 0, &["pack", "inspect", "notes.wasm"]).stdout;
    assert!(shown.contains("(guest reader) Read a note.") && shown.contains("free SQL"), "{shown}");
}

#[test]
fn unpacking_does_not_believe_the_sources() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = library(folder.path(), "library.wasm");
    let parts = wardian_pack::open(&bytes, "x").expect("acceptable").parts;
    for (path, reason) in [
        (".hidden", "is hidden"),
        ("a/.git/config", "is hidden"),
        ("PACK.TOML", "is there twice"),
        ("pack.toml/x", "lies below a file"),
        ("tools\u{202e}.sql ", "not every file system takes"),
        ("guests/inner/lib.rs", "building would leave it out"),
        ("guests/x.wasm", "building would leave it out"),
        ("../outside", "is not a plain relative path"),
    ] {
        let mut parts = parts.clone();
        parts.sources.insert(path.to_owned(), "x".to_owned());
        fs::write(folder.path().join("hostile.wasm"), wardian_pack::write(&parts).expect("writes")).expect("can write");
        let ran = expect(folder.path(), 2, &["pack", "unpack", "hostile.wasm", "out"]);
        assert!(ran.stderr.contains(reason), "`{path}`: {}", ran.stderr);
        assert!(!folder.path().join("out").exists(), "`{path}` left something behind");
    }
    let mut old = parts.clone();
    old.manifest.provenance.compiler = "wardian 0.0.9".to_owned();
    fs::write(folder.path().join("old.wasm"), wardian_pack::write(&old).expect("writes")).expect("can write");
    let ran = expect(folder.path(), 0, &["pack", "unpack", "old.wasm", "old"]);
    assert!(ran.stderr.contains("made by wardian 0.0.9") && ran.stderr.contains("may give other bytes"), "{}", ran.stderr);
    fs::write(
        folder.path().join("bare.wasm"),
        wardian_pack::write(&wardian_pack::Parts { sources: BTreeMap::new(), ..parts }).expect("writes"),
    )
    .expect("can write");
    assert!(expect(folder.path(), 2, &["pack", "unpack", "bare.wasm", "bare"]).stderr.contains("carries no sources"));
}

/// Other people's tools take a pack for what it is: a valid component whose world is its tools.
#[test]
fn a_pack_is_a_component_to_everybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = library(folder.path(), "library.wasm");
    wasmparser::Validator::new().validate_all(&bytes).expect("a valid component");
    let decoded = wit_component::decode(&bytes).expect("a component with a world");
    let DecodedWasm::Component(resolve, world) = &decoded else { panic!("a pack is decoded as a package of WIT") };
    let exports: Vec<String> = resolve.worlds[*world].exports.keys().map(|key| resolve.name_world_key(key)).collect();
    let document = json_of(folder.path(), 0, &["pack", "inspect", "library.wasm"]);
    let tools: Vec<&str> = document["manifest"]["tools"].as_array().expect("a list").iter().filter_map(|t| t["export"].as_str()).collect();
    assert_eq!(exports, tools);
    let mut printer = WitPrinter::default();
    printer.print(resolve, resolve.worlds[*world].package.expect("a package"), &[]).expect("WIT");
    let text = printer.output.to_string();
    assert!(text.contains("import wardian:env/state@0.1.0;") && text.contains("export checkout-copy: func("), "{text}");
}

/// The same by the real `wasm-tools`.
#[test]
fn wasm_tools_takes_a_pack() {
    if !is_full() {
        return println!("SKIPPED: the real wasm-tools is asked under `./test --full`");
    }
    let Some(tool) = wasm_tools() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), "library.wasm");
    let run = |args: &[&str]| {
        let output = Command::new(&tool).current_dir(folder.path()).args(args).output().expect("wasm-tools runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    run(&["validate", "library.wasm"]);
    let text = run(&["component", "wit", "library.wasm"]);
    assert!(text.contains("import wardian:env/state@0.1.0;") && text.contains("export checkout-copy: func("), "{text}");
}

/// `wasm-tools` where it is installed, or built into Cargo's folder for such things.
fn wasm_tools() -> Option<PathBuf> {
    if Command::new("wasm-tools").arg("--version").output().is_ok() {
        return Some("wasm-tools".into());
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm-tools");
    let tool = place.join("bin/wasm-tools");
    if !tool.exists() {
        let args = ["install", "wasm-tools@~1.254", "--locked", "--no-default-features", "--features", "validate,component", "--root"];
        let output = Command::new("cargo").args(args).arg(&place).output().expect("cargo runs");
        if !output.status.success() {
            println!("SKIPPED: wasm-tools cannot be installed: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
    }
    Some(tool)
}
