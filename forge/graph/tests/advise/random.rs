//! Random answers on the catalogue that ships with the project: whatever a model says, the graph stays whole.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wardian_catalog::{ImportOptions, embedded, import};
use wardian_format::graph::{Edge, EdgeKind};
use wardian_format::{CatalogTool, Rng};
use wardian_graph::advise::{About, AdviceOptions, Advised, Answer, Question, apply, questions};
use wardian_graph::{GraphOptions, build};

/// All paths of a schema, by walking it: what an edge may name.
fn paths(schema: &Value, before: &str, out: &mut BTreeSet<String>) {
    for name in ["items", "allOf", "anyOf", "oneOf"] {
        match &schema[name] {
            Value::Array(list) => list.iter().for_each(|one| paths(one, before, out)),
            Value::Null => {}
            one => paths(one, before, out),
        }
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let path = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        paths(member, &path, out);
        out.insert(path);
    }
}

fn word(rng: &mut Rng) -> Value {
    match rng.below(8) {
        0 => json!(null),
        1 => json!("Not a slug"),
        2 => json!("x\u{7}y"),
        3 => json!("a".repeat(500)),
        n => json!(format!("name-{}", n * 10 + rng.below(40))),
    }
}

fn kinds(rng: &mut Rng, tools: usize) -> Value {
    let count = rng.below(4);
    let mut lists: Vec<Vec<Value>> = vec![Vec::new(); count.max(1)];
    for tool in 0..tools {
        lists[rng.below(count.max(1))].push(json!(tool));
    }
    if rng.chance(30) {
        lists[0].push(json!(rng.below(tools + 3)));
    }
    let part = |list: Vec<Value>, rng: &mut Rng| json!({"title": word(rng), "slug": word(rng), "description": word(rng), "tools": list});
    let parts: Vec<Value> = lists.into_iter().take(count).map(|list| part(list, rng)).collect();
    json!({"title": word(rng), "slug": word(rng), "description": word(rng), "parts": parts})
}

fn links(rng: &mut Rng, ids: &[String], edges: usize, by_id: &BTreeMap<&str, &CatalogTool>) -> Value {
    let share = rng.below(60);
    let judged: Vec<Value> = (0..edges + 2).map(|edge| json!({"edge": edge, "holds": !rng.chance(share), "reason": "because"})).collect();
    let mut missing = Vec::new();
    for _ in 0..20 {
        let (from, to) = (rng.below(ids.len() + 1), rng.below(ids.len() + 1));
        let name = |index: usize, input: bool, rng: &mut Rng| {
            let tool = by_id[ids[index.min(ids.len() - 1)].as_str()];
            let mut all = BTreeSet::new();
            paths(if input { &tool.parameters } else { tool.returns.as_deref().unwrap_or(&Value::Null) }, "", &mut all);
            rng.pick(&all.into_iter().collect::<Vec<_>>()).cloned().unwrap_or_else(|| "id".to_owned())
        };
        let (field, parameter) = (name(from, false, rng), name(to, true, rng));
        missing.push(json!({"from": from, "to": to, "field": field, "parameter": parameter}));
    }
    json!({"edges": judged, "missing": missing})
}

fn answer(rng: &mut Rng, question: &Question, by_id: &BTreeMap<&str, &CatalogTool>) -> Answer {
    Answer(match &question.about {
        About::Kinds { tools, .. } => kinds(rng, tools.len()),
        About::Edges { tools, edges, .. } => links(rng, tools, edges.len(), by_id),
    })
}

fn check(tools: &BTreeMap<&str, &CatalogTool>, before: &[Edge], placed: &[String], advised: &Advised, least: usize) {
    let mut now: Vec<String> = advised.domains.iter().flat_map(|domain| domain.tools.clone()).collect();
    now.sort();
    assert_eq!(now, placed, "every tool is where it was, once");
    assert!(advised.domains.is_sorted_by(|a, b| a.name < b.name), "slugs are unique");
    for domain in &advised.domains {
        let slug = domain.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(slug && domain.name.len() <= 60 && domain.tools.len() >= least, "{domain:?}");
        assert!(!domain.title.chars().chain(domain.description.chars()).any(char::is_control), "{domain:?}");
    }
    let key = |edge: &Edge| (edge.kind, edge.from.clone(), edge.to.clone());
    let known: BTreeMap<_, &Edge> = before.iter().map(|edge| (key(edge), edge)).collect();
    let removed: BTreeSet<_> = advised.report.edges_removed.iter().map(|removed| key(&removed.edge)).collect();
    let after: BTreeMap<_, &Edge> = advised.edges.iter().map(|edge| (key(edge), edge)).collect();
    assert_eq!(after.len(), advised.edges.len(), "no edge is there twice");
    for (key, edge) in &known {
        assert_eq!(after.get(key).copied(), (!removed.contains(key)).then_some(*edge), "edges stay as they are or are reported");
    }
    for (key, edge) in after.iter().filter(|(key, _)| !known.contains_key(*key)) {
        assert!(edge.kind == EdgeKind::Dependency && edge.from != edge.to, "{key:?}");
        assert!(advised.report.edges_added.contains(edge));
        for why in &edge.why {
            let (field, parameter) = why.strip_prefix("model: ").and_then(|why| why.split_once(" → ")).expect("the form of a reason");
            let (mut fields, mut parameters) = (BTreeSet::new(), BTreeSet::new());
            paths(tools[edge.from.as_str()].returns.as_ref().expect("it returns something"), "", &mut fields);
            paths(&tools[edge.to.as_str()].parameters, "", &mut parameters);
            assert!(fields.contains(field) && parameters.contains(parameter), "{why}");
        }
    }
}

#[test]
fn whatever_a_model_says_the_graph_stays_whole() {
    let tools = import(&embedded(), &ImportOptions::default()).tools;
    let by_id: BTreeMap<&str, &CatalogTool> = tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    let graph = build(&tools, &GraphOptions::default());
    let mut placed: Vec<String> = graph.domains.iter().flat_map(|domain| domain.tools.clone()).collect();
    placed.sort();
    let least = graph.domains.iter().map(|domain| domain.tools.len()).min().expect("domains").min(5);
    let options = AdviceOptions { removed_percent_max: 40, ..AdviceOptions::default() };
    let asked = questions(&tools, &graph.domains, &graph.edges, &options);
    let (mut split, mut renamed, mut added, mut removed, mut refused) = (0, 0, 0, 0, 0);
    for seed in 0..30 {
        let mut rng = Rng::of(seed, &["advice"]);
        let answers: Vec<_> = asked.asked.iter().map(|question| Ok(answer(&mut rng, question, &by_id))).collect();
        let advised = apply(&tools, graph.domains.clone(), graph.edges.clone(), &asked, &answers, "random", &options);
        println!("seed {seed}");
        check(&by_id, &graph.edges, &placed, &advised, least);
        let again = apply(&tools, graph.domains.clone(), graph.edges.clone(), &asked, &answers, "random", &options);
        assert_eq!(advised, again, "the same answers give the same graph");
        split += advised.report.split.len();
        renamed += advised.report.renamed.len();
        added += advised.report.edges_added.len();
        removed += advised.report.edges_removed.len();
        refused += advised.report.refused.len();
    }
    for (what, count) in [("split", split), ("renamed", renamed), ("added", added), ("removed", removed), ("refused", refused)] {
        assert!(count > 30, "only {count} {what}: the test shows nothing");
    }
}
