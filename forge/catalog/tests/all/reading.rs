//! Reading a catalogue back, counting it and looking for tools.

use serde_json::json;
use std::fmt::Write;
use wardian_catalog::search::{Found, find, search};
use wardian_catalog::{Document, ImportOptions, Stats, embedded, import, store};
use wardian_format::jsonl;

fn embedded_lines() -> String {
    import(&embedded(), &ImportOptions::default()).tools.iter().map(jsonl::line).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn what_was_written_is_read_in_its_order() {
    // Many pieces: the file is longer than several of them.
    let lines = embedded_lines();
    let mut long = String::new();
    for i in 0..6 {
        long.extend(lines.lines().map(|line| format!("{}\n", line.replacen("\"id\":\"", &format!("\"id\":\"{i}/"), 1))));
    }
    let tools = store::read(long.as_bytes(), "c.jsonl").expect("reads");
    let back: String = tools.iter().map(jsonl::line).collect();
    assert!(back == long && long.len() > 8 << 20, "{}", long.len());
}

#[test]
fn a_broken_line_is_named() {
    let lines = embedded_lines();
    let many = lines.repeat(3);
    for (line, text) in [(1, "{".to_owned()), (400, "{\"name\": 5}".to_owned()), (955, "[\u{fffd}".to_owned())] {
        let mut all: Vec<&str> = many.lines().collect();
        all.insert(line - 1, &text);
        let error = store::read(all.join("\n").as_bytes(), "c.jsonl").expect_err("broken");
        assert!(error.to_string().starts_with(&format!("c.jsonl:{line}: ")), "{error}");
    }
    let error = store::read(&b"{\"name\":\"a\"}\n\xff\xfe\n"[..], "c.jsonl").expect_err("no UTF-8");
    assert!(error.to_string().starts_with("c.jsonl:2: "), "{error}");
}

#[test]
fn looser_records_are_read_too() {
    let pool = "{\"id\":\"a.com/s/GetX\",\"name\":\"GetX\",\"parameters\":{\"type\":\"object\"},\"provider\":\"a.com\",\"domain\":\"a.com/s\"}\n{\"name\":\"b\"}\n";
    let tools = store::read(pool.as_bytes(), "pool.jsonl").expect("reads");
    assert_eq!(tools.iter().map(|tool| tool.id.as_str()).collect::<Vec<_>>(), ["a.com/s/GetX", "local/pool/b"]);
    assert_eq!(tools[0].parameters, json!({"type": "object", "properties": {}}));
}

#[test]
fn the_count_is_that_of_a_slow_obvious_one() {
    let lines = embedded_lines();
    let stats = Stats::of(lines.as_bytes(), "c.jsonl").expect("counts");
    let records: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut parameters: Vec<u64> =
        records.iter().map(|record| record["parameters"]["properties"].as_object().map_or(0, |members| members.len() as u64)).collect();
    parameters.sort_unstable();
    assert_eq!(
        (stats.tools, stats.parameters.sum, stats.parameters.max),
        (319, parameters.iter().sum(), *parameters.last().expect("some"))
    );
    assert_eq!(stats.parameters.median, parameters[159]);
    assert_eq!(stats.with_returns, records.iter().filter(|record| record.get("returns").is_some()).count());
    assert_eq!((stats.sources["openapi"], stats.licenses["MIT"], stats.services), (133, 133, 10));
}

#[test]
fn words_find_what_they_name() {
    let lines = embedded_lines();
    let best = |query: &str| {
        let hits = search(lines.as_bytes(), "c.jsonl", &words(query), 3).expect("searches");
        hits.into_iter().map(|hit| hit.tool.id).collect::<Vec<_>>()
    };
    assert_eq!(best("insert events calendar")[0], "googleapis.com/calendar/insert_event");
    assert_eq!(best("SECRETS rotate")[0], "amazonaws.com/secretsmanager/rotate_secret");
    assert!(best("zyzzyva").is_empty());
    // The best of one word are its namesakes, and a lower limit is a prefix of a higher one.
    let all = search(lines.as_bytes(), "c.jsonl", &words("issue"), 1000).expect("searches");
    let few = search(lines.as_bytes(), "c.jsonl", &words("issues"), 5).expect("searches");
    assert!(all.len() > 20 && all.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert!(few.iter().zip(&all).all(|(a, b)| a.tool.id == b.tool.id));
}

#[test]
fn an_id_is_found_and_a_slip_is_helped() {
    let lines = embedded_lines();
    let look = |id: &str| find(lines.as_bytes(), "c.jsonl", id, 3).expect("looks");
    assert!(matches!(look("googleapis.com/drive/get_file"), Found::Tool(tool) if tool.name == "get_file"));
    assert!(matches!(look("rotate_secret"), Found::Tool(tool) if tool.id == "amazonaws.com/secretsmanager/rotate_secret"));
    let Found::Near(near) = look("amazonaws.com/secretsmanger/rotate_secrets") else { panic!("found") };
    assert_eq!((near[0].as_str(), near.len()), ("amazonaws.com/secretsmanager/rotate_secret", 3));
    assert!(matches!(look("ΩΩΩΩΩΩ"), Found::Near(near) if near.is_empty()));
}

/// Files of lines come in pieces: long files, long lines, and places that stay right.
#[test]
fn lines_keep_their_numbers_through_pieces() {
    let mut text = String::new();
    for i in 0..3000 {
        let filler = "x".repeat(i % 997);
        match i % 500 {
            7 => text.push_str("{broken\n"),
            8 => text.push('\n'),
            _ => writeln!(text, "{{\"name\":\"t{i}\",\"description\":\"{filler}\"}}").expect("writes"),
        }
    }
    let document = Document::new("p.jsonl", text.into_bytes());
    let import = import(&[document], &ImportOptions::default());
    let places: Vec<&str> = import.skipped.iter().map(|skipped| skipped.at.as_str()).collect();
    let mut expected: Vec<String> = (0..6).map(|k| format!("p.jsonl:{}", 500 * k + 8)).collect();
    expected.sort();
    assert_eq!(places, expected);
    assert_eq!((import.tools.len(), import.documents), (3000 - 12, 1));
}
