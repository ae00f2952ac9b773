//! The committed judgements are well-formed and say what their README says.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const README: &str = include_str!("../../../data/judgements/README.md");
const DEPENDENCIES: &str = include_str!("../../../data/judgements/dependencies.jsonl");
const NAMES: &str = include_str!("../../../data/judgements/names.jsonl");
const COLUMNS: &str = include_str!("../../../data/judgements/seeded-columns.jsonl");

fn records(text: &str, members: &[&str]) -> Vec<BTreeMap<String, Value>> {
    let record = |line: &str| {
        let record: BTreeMap<String, Value> = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(record.keys().map(String::as_str).eq(members.iter().copied()), "{line}");
        record
    };
    text.lines().map(record).collect()
}

#[test]
fn dependencies_are_judged_as_the_readme_says() {
    let records = records(DEPENDENCIES, &["from", "reason", "to", "verdict", "why"]);
    assert_eq!(records.len(), 100);
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut pairs = BTreeSet::new();
    for record in &records {
        let text = |name: &str| record[name].as_str().unwrap_or_else(|| panic!("`{name}` is no text: {record:?}"));
        assert!(text("from") != text("to") && pairs.insert((text("from"), text("to"))), "{record:?}");
        assert!(!text("reason").is_empty() && text("reason").len() < 200 && !text("reason").ends_with('.'), "{record:?}");
        let why = record["why"].as_array().expect("a list");
        assert!(!why.is_empty());
        for line in why.iter().map(|why| why.as_str().expect("a text")) {
            let (key, rest) = line.split_once(": ").expect("a key");
            assert!(key.contains('|') && rest.contains(" → "), "{line}");
        }
        *verdicts.entry(text("verdict")).or_default() += 1;
    }
    assert!(verdicts.keys().all(|verdict| ["right", "doubtful", "wrong"].contains(verdict)), "{verdicts:?}");
    let count = |verdict: &str| verdicts.get(verdict).copied().unwrap_or_default();
    let said = format!("{} of 100 right, {} doubtful, {} wrong", count("right"), count("doubtful"), count("wrong"));
    assert!(README.contains(&said), "{said}");
    assert!(count("right") >= 90);
    let graph: Vec<_> =
        records.iter().filter(|record| record["from"].as_str().is_some_and(|id| id.starts_with("microsoft.com/graph"))).collect();
    let right = graph.iter().filter(|record| record["verdict"] == "right").count();
    let said = format!("(and {} of the sample)", graph.len());
    assert!(README.contains(&said) && right == graph.len(), "{said} {right}");
    let others = format!("of the other {} edges\n{} are right", 100 - graph.len(), count("right") - right);
    assert!(README.contains(&others), "{others}");
}

#[test]
fn names_are_judged_as_the_readme_says() {
    let records = records(NAMES, &["first", "name", "title", "tools", "verdict", "when"]);
    let yes = |when: &str| {
        let of: Vec<_> = records.iter().filter(|record| record["when"] == when).collect();
        assert!(of.iter().all(|record| record["verdict"] == "yes" || record["verdict"] == "no"));
        format!("{} of {}", of.iter().filter(|record| record["verdict"] == "yes").count(), of.len())
    };
    let earlier = format!("Before: {}; after: {}.", yes("before"), yes("after"));
    let paired = format!("Paired: {} before, {} after.", yes("paired before"), yes("paired after"));
    assert!(README.contains(&earlier) && README.contains(&paired), "{earlier} {paired}");
    let domains =
        |when: &str| records.iter().filter(|record| record["when"] == when).map(|record| record["first"].as_str()).collect::<Vec<_>>();
    assert_eq!(domains("paired before"), domains("paired after"), "the same domains");
}

#[test]
fn seeded_columns_are_judged_as_the_readme_says() {
    let records: Vec<BTreeMap<String, Value>> =
        COLUMNS.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    assert_eq!(records.len(), 100);
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut columns = BTreeSet::new();
    for record in &records {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("`{name}` is no text: {record:?}"));
        let known = ["column", "domain", "table", "type", "verdict", "why"];
        assert!(record.keys().all(|name| known.contains(&name.as_str())), "{record:?}");
        assert!(columns.insert((text("domain"), text("table"), text("column"))), "twice: {record:?}");
        assert!(["text", "integer", "real", "boolean", "document"].contains(&text("type")), "{record:?}");
        assert!(text("verdict") == "right" || !text("why").is_empty(), "a reason for what is not right: {record:?}");
        *verdicts.entry(text("verdict")).or_default() += 1;
    }
    assert!(verdicts.keys().all(|verdict| ["right", "doubtful", "wrong"].contains(verdict)), "{verdicts:?}");
    let count = |verdict: &str| verdicts.get(verdict).copied().unwrap_or_default();
    let said = format!("{} of 100 right, {} doubtful, {} wrong", count("right"), count("doubtful"), count("wrong"));
    assert!(README.split("## ").any(|part| part.starts_with("Seeded columns") && part.contains(&said)), "{said}");
}
