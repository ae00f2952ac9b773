//! Altered packs: somebody always notices, says why, and stays within bounds.
//!
//! Each alteration goes through what `wardian pack verify` does: `wardian_pack::open`, then the sources compiled again, then
//! the file written again. The oracle is that one of the three refuses it; the digest of the file alone is enough only where
//! a pack says of itself that nothing else can be compared. `WARDIAN_MUTATION_SEED` chooses other alterations; the seed of a
//! run is printed. `cargo nextest run -E 'test(mutations)' --no-capture` shows who noticed how many.

mod bombs;
mod file;
mod images;
mod judge;
mod manifests;

use crate::contents::guest_sources;
use crate::support::{expect, is_full, library};
use file::{Chance, File, leb128, section};
use judge::{HONEST, Layer, Original, Table};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use wardian_format::Digest;

/// A good pack, whole and in pieces.
struct Pack {
    name: &'static str,
    bytes: Vec<u8>,
    original: Arc<Original>,
    file: File,
}

impl Pack {
    fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        let sources = wardian_pack::open(&bytes, name).expect("acceptable").parts.sources;
        Self { name, original: Arc::new(Original { digest: Digest::of(&bytes), sources }), file: File::of(&bytes), bytes }
    }
}

/// The worked example, which is written by hand.
fn hand() -> Pack {
    let folder = tempfile::tempdir().expect("a folder");
    Pack::new("library", library(folder.path(), "library.wasm"))
}

/// A pack of the demo, with tasks in its sources.
fn demo() -> Pack {
    let folder = tempfile::tempdir().expect("a folder");
    Pack::new("labels", demo_pack(folder.path()))
}

/// Builds a pack of the demo as `folder`/labels.wasm, from the sources in `folder`/out/domains/labels, and gives its bytes.
pub(crate) fn demo_pack(folder: &Path) -> Vec<u8> {
    let run = |args: &[&str]| drop(expect(folder, 0, args));
    run(&["catalog", "import", "-o", "catalog.jsonl", "--quiet"]);
    run(&["graph", "build", "catalog.jsonl", "-o", "graph", "--size-max", "40", "--quiet"]);
    let domains = folder.join("graph/domains.jsonl");
    let text = fs::read_to_string(&domains).expect("domains");
    let one = text.lines().find(|line| line.contains("/create_issue_label\"")).expect("a domain with labels");
    let mut domain: Value = serde_json::from_str(one).expect("a domain");
    domain["name"] = "labels".into();
    fs::write(&domains, format!("{domain}\n")).expect("can write");
    run(&["materialize", "graph", "-o", "out", "--quiet"]);
    run(&["tasks", "generate", "out/packs/labels.wasm", "-o", "tasks", "--count", "3"]);
    let tasks = fs::read_to_string(folder.join("tasks/labels.jsonl")).expect("tasks");
    let sources: String = tasks.lines().map(as_source).collect();
    fs::write(folder.join("out/domains/labels/tasks.jsonl"), sources).expect("can write");
    run(&["pack", "build", "out/domains/labels", "-o", "labels.wasm"]);
    read(&folder.join("labels.wasm"))
}

/// A task as its author would have written it.
fn as_source(line: &str) -> String {
    let task: serde_json::Value = serde_json::from_str(line).expect("a task");
    let call = |gold: &serde_json::Value| serde_json::json!({"tool": gold["tool"], "arguments": gold["arguments"]});
    let gold: Vec<serde_json::Value> = task["gold"].as_array().expect("gold calls").iter().map(call).collect();
    format!("{}\n", serde_json::json!({"id": task["id"], "user": task["user"], "gold": gold, "facts": task["facts"]}))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file")
}

/// A pack with a component that somebody else's compiler made.
fn guest() -> Pack {
    let folder = tempfile::tempdir().expect("a folder");
    guest_sources(&folder.path().join("sources"));
    expect(folder.path(), 0, &["pack", "build", "sources", "-o", "notes.wasm"]);
    Pack::new("notes", read(&folder.path().join("notes.wasm")))
}

/// All of them.
fn packs() -> [Pack; 3] {
    [hand(), demo(), guest()]
}

/// The seed of this run, which is printed.
fn chance(test: &str) -> Chance {
    let seed = std::env::var("WARDIAN_MUTATION_SEED").ok().map_or(1, |text| text.parse().expect("WARDIAN_MUTATION_SEED is a number"));
    println!("{test}: WARDIAN_MUTATION_SEED={seed}");
    Chance(seed)
}

/// How many of something by chance: ten times as many under `./test --full`.
fn rounds(count: usize) -> usize {
    if is_full() { 10 * count } else { count }
}

#[test]
fn the_packs_themselves_are_good() {
    for pack in packs() {
        let parts = wardian_pack::open(&pack.bytes, "x.wasm").expect("acceptable").parts;
        let found = wardian_compiler::verify(&parts).expect("compiles");
        assert!(found.is_ok(), "{}: {:?}", pack.name, found.differences);
        assert_eq!(wardian_pack::write(&parts).expect("writes"), pack.bytes, "{}", pack.name);
    }
}

#[test]
fn truncations() {
    let mut table = Table::default();
    let mut chance = chance("truncations");
    for pack in packs() {
        let end = pack.bytes.len();
        let mut cuts: Vec<usize> = pack.file.boundaries().iter().flat_map(|at| [at - 1, *at, at + 1]).filter(|at| *at < end).collect();
        cuts.extend((0..rounds(300)).map(|_| chance.below(end)));
        cuts.extend([0, 1, 7, 8, 9]);
        for cut in cuts {
            let verdict =
                table.add(&format!("{}: truncation", pack.name), &format!("at {cut}"), pack.bytes[..cut].to_vec(), &pack.original);
            // Cut behind the image, a pack without sources remains, which says so.
            let without_sources = cut == pack.file.boundaries()[2];
            assert_eq!(verdict.layer == Layer::Digest, without_sources, "cut at {cut}: {}", verdict.reason);
        }
    }
    println!("{table}");
}

#[test]
fn flipped_bits() {
    let mut table = Table::default();
    let mut chance = chance("flipped bits");
    let step = if is_full() { 7 } else { 89 };
    for pack in packs() {
        let first = chance.below(step);
        for at in (first..pack.bytes.len()).step_by(step) {
            let bit = chance.below(8);
            let mut bytes = pack.bytes.clone();
            bytes[at] ^= 1 << bit;
            let what = format!("bit {bit} of byte {at}");
            let verdict = table.add(&format!("{}: flipped bit", pack.name), &what, bytes, &pack.original);
            assert!(verdict.layer != Layer::Digest || verdict.reason.contains("made by"), "{what}: {}", verdict.reason);
        }
    }
    println!("{table}");
}

#[test]
fn pieces_of_bytes() {
    let mut table = Table::default();
    let mut chance = chance("pieces of bytes");
    for pack in packs() {
        for _ in 0..rounds(300) {
            let (at, length) = (chance.below(pack.bytes.len()), 1 + chance.below(64));
            let end = (at + length).min(pack.bytes.len());
            let mut bytes = pack.bytes.clone();
            let kind = match chance.below(4) {
                0 => {
                    bytes.drain(at..end);
                    "left out"
                }
                1 => {
                    bytes.splice(end..end, pack.bytes[at..end].to_vec());
                    "twice"
                }
                2 => {
                    let strange: Vec<u8> = (0..length).map(|_| chance.below(256) as u8).collect();
                    bytes.splice(at..at, strange);
                    "put in"
                }
                _ => {
                    bytes[at..end].reverse();
                    "reversed"
                }
            };
            if bytes == pack.bytes {
                continue;
            }
            table.add(&format!("{}: bytes {kind}", pack.name), &format!("{length} at {at}"), bytes, &pack.original);
        }
    }
    println!("{table}");
    assert_eq!(table.count(Layer::Digest), 0);
}

#[test]
fn sections_elsewhere() {
    let mut table = Table::default();
    for pack in packs() {
        let count = pack.file.sections.len();
        let mut add =
            |kind: &str, what: String, bytes: Vec<u8>| table.add(&format!("{}: sections {kind}", pack.name), &what, bytes, &pack.original);
        for i in 0..count {
            let name = pack.file.sections[i].0.clone();
            for j in i + 1..count {
                let mut file = pack.file.clone();
                file.sections.swap(i, j);
                add("swapped", format!("{i} and {j}"), file.bytes());
                let mut file = pack.file.clone();
                let contents = (file.sections[i].1.clone(), file.sections[j].1.clone());
                (file.sections[j].1, file.sections[i].1) = contents;
                add("with the other's contents", format!("{i} and {j}"), file.bytes());
            }
            for at in 0..=count {
                let mut file = pack.file.clone();
                file.sections.insert(at, pack.file.sections[i].clone());
                add("twice", format!("`{name}` again at {at}"), file.bytes());
            }
            let mut file = pack.file.clone();
            file.sections.remove(i);
            let verdict = add("left out", name.clone(), file.bytes());
            assert_eq!(verdict.layer == Layer::Digest, name == "wardian:sources", "without `{name}`: {}", verdict.reason);
            let mut file = pack.file.clone();
            file.component.splice(8..8, section(&name, &pack.file.sections[i].1));
            file.sections.remove(i);
            add("before the component", name, file.bytes());
        }
    }
    println!("{table}");
}

#[test]
fn sections_with_other_names_and_lengths() {
    let mut table = Table::default();
    for pack in packs() {
        for (i, (name, data)) in pack.file.sections.iter().enumerate() {
            let mut add = |kind: &str, what: String, bytes: Vec<u8>| {
                let verdict = table.add(&format!("{}: section {kind}", pack.name), &what, bytes, &pack.original);
                let hidden = name == "wardian:sources" && verdict.reason == "the pack carries no sources";
                assert!(verdict.layer != Layer::Digest || hidden, "{kind}: {what}: {}", verdict.reason);
            };
            let others = ["", "wardian:", "wardian:other", "Wardian:image", "name", "wardian:manifest ", "\u{202e}"];
            for other in others.into_iter().chain(pack.file.sections.iter().map(|(other, _)| other.as_str()).filter(|other| other != name))
            {
                let mut file = pack.file.clone();
                file.sections[i].0 = other.to_owned();
                add("renamed", format!("`{name}` as `{other}`"), file.bytes());
            }
            let start = pack.file.boundaries()[i];
            let whole = section(name, data);
            let content = whole.len() - 1 - leb128(name.len() + 1 + data.len()).len();
            let with_length = |length: Vec<u8>| {
                let mut bytes = pack.bytes[..=start].to_vec();
                bytes.extend(length);
                bytes.extend(&pack.bytes[start + whole.len() - content..]);
                bytes
            };
            for length in [0, 1, content - 1, content + 1, content / 2, content * 2, u32::MAX as usize, u32::MAX as usize + 1] {
                add("of another length", format!("`{name}` of {length}"), with_length(leb128(length)));
            }
            let mut long = leb128(content);
            *long.last_mut().expect("a byte") |= 0x80;
            long.push(0);
            add("of a length written long", name.clone(), with_length(long));
            add("of an endless length", name.clone(), with_length(vec![0xff; 10]));
            for id in [1, 11, 12, 255] {
                let mut bytes = pack.bytes.clone();
                bytes[start] = id;
                add("of another kind", format!("`{name}` as {id}"), bytes);
            }
        }
        for (kind, at) in [
            ("foreign section at the end", pack.bytes.len()),
            ("foreign section first", 8),
            ("foreign section between", pack.file.boundaries()[1]),
        ] {
            let mut bytes = pack.bytes.clone();
            bytes.splice(at..at, section("producers", b"somebody"));
            table.add(&format!("{}: {kind}", pack.name), kind, bytes, &pack.original);
        }
    }
    println!("{table}");
}

/// Parts of one pack in another, each of them good.
#[test]
fn parts_of_another_pack() {
    let mut table = Table::default();
    let [a, b, c] = packs();
    for (pack, other) in [(&a, &b), (&b, &a), (&c, &a), (&a, &c)] {
        for (name, _) in &pack.file.sections {
            if other.file.sections.iter().any(|(known, _)| known == name) {
                table.add(
                    &format!("{}: of another pack", pack.name),
                    name,
                    pack.file.with(name, other.file.get(name).to_vec()),
                    &pack.original,
                );
            }
        }
        let file = File { component: other.file.component.clone(), sections: pack.file.sections.clone() };
        table.add(&format!("{}: of another pack", pack.name), "component", file.bytes(), &pack.original);
    }
    println!("{table}");
    assert_eq!(table.count(Layer::Digest), 0);
}

/// What the sources say is changed, and everything else stays as it was.
#[test]
fn sources_of_something_else() {
    let mut table = Table::default();
    for pack in packs() {
        let parts = wardian_pack::open(&pack.bytes, "x.wasm").expect("acceptable").parts;
        let paths: Vec<String> = parts.sources.keys().cloned().collect();
        for path in &paths {
            for (what, text) in [("nothing", Some("")), ("a line more", None), ("nonsense", Some("\u{0}{{{"))] {
                let mut parts = parts.clone();
                let old = parts.sources[path].clone();
                let new = text.map_or_else(|| format!("{old}\n-- more\n"), str::to_owned);
                parts.sources.insert(path.clone(), new);
                let verdict = table.add(
                    &format!("{}: sources altered", pack.name),
                    &format!("`{path}`: {what}"),
                    wardian_pack::write(&parts).expect("writes"),
                    &pack.original,
                );
                // A comment more gives the same pack otherwise, and nobody lies.
                let honest = what == "a line more" && verdict.reason == HONEST;
                assert!(verdict.layer == Layer::Recompiled || honest, "`{path}`: {what}: {}", verdict.reason);
            }
            let mut parts = parts.clone();
            parts.sources.remove(path);
            table.add(&format!("{}: sources left out", pack.name), path, wardian_pack::write(&parts).expect("writes"), &pack.original);
        }
        for (what, change) in [("policy", 0), ("tasks", 1)] {
            let mut parts = parts.clone();
            match change {
                0 => parts.policy = Some("Do as you like.".to_owned()),
                _ => parts.tasks = Some(String::new()),
            }
            let bytes = wardian_pack::write(&parts).expect("writes");
            let verdict = table.add(&format!("{}: another {what}", pack.name), what, bytes, &pack.original);
            assert_eq!(verdict.layer, Layer::Recompiled, "{what}: {}", verdict.reason);
        }
    }
    println!("{table}");
    assert!(table.count(Layer::Recompiled) > 50, "nearly every other source gives another pack");
}
