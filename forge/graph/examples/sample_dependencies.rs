//! Prints a seeded, uniform sample of the dependency edges of a pool, as JSON lines with all that a judge needs.
//! `cargo run --release -p wardian-graph --example sample_dependencies -- POOL.jsonl SEED N`
//! With `N` = 0 it prints only the counts and the CPU time, to stderr as always.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use wardian_catalog::{Document, ImportOptions, import};
use wardian_format::CatalogTool;
use wardian_graph::dependencies;

/// Characters of a description that a judge sees.
const DESCRIPTION_CHARS_MAX: usize = 200;

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files")]
fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, seed, size] = arguments.as_slice() else {
        eprintln!("usage: sample_dependencies POOL.jsonl SEED N");
        std::process::exit(2);
    };
    let size: usize = size.parse().expect("N is a number");
    let options = ImportOptions { document_bytes_max: usize::MAX, ..ImportOptions::default() };
    let tools = import(&[Document::new(path.clone(), std::fs::read(path)?)], &options).tools;
    let start = cpu_s();
    let (edges, coverage) = dependencies(&tools);
    eprintln!(
        "{} tools, {} dependency edges; {} identifying inputs, {} of them context, {} of the others filled ({:.1} %); {:.2} CPU-s",
        tools.len(),
        edges.len(),
        coverage.inputs,
        coverage.context,
        coverage.filled,
        100.0 * coverage.filled as f64 / (coverage.inputs - coverage.context).max(1) as f64,
        cpu_s() - start
    );
    let by_id: BTreeMap<&str, &CatalogTool> = tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    let mut order: Vec<usize> = (0..edges.len()).collect();
    wardian_format::Rng::of(seed.parse().expect("SEED is a number"), &["sample"]).shuffle(&mut order);
    for edge in order.into_iter().take(size).map(|i| &edges[i]) {
        let (from, to) = (by_id[edge.from.as_str()], by_id[edge.to.as_str()]);
        let keys: Vec<Value> = edge.why.iter().map(|why| met(why, from, to)).collect();
        println!("{}", json!({"from": shown(from), "to": shown(to), "weight": edge.weight, "why": edge.why, "keys": keys}));
    }
    Ok(())
}

/// CPU time of this process; 0 where the system does not tell. Ticks are hundredths of a second.
#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files")]
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn shown(tool: &CatalogTool) -> Value {
    json!({
        "id": tool.id,
        "method": tool.origin.method,
        "path": tool.origin.path,
        "description": cut(&tool.description),
        "required": tool.parameters["required"],
        "returns": members(tool.returns.as_deref().unwrap_or(&Value::Null)),
    })
}

/// What meets: the parameter's schema, the field's schema and the fields around it.
fn met(why: &str, from: &CatalogTool, to: &CatalogTool) -> Value {
    let (_, rest) = why.split_once(": ").expect("a key, then what meets");
    let (path, parameter) = rest.rsplit_once(" → ").expect("a field, then a parameter");
    let mut around = from.returns.as_deref().unwrap_or(&Value::Null);
    let mut field = around;
    let names: Vec<&str> = path.split('.').collect();
    let mut at = 0;
    while at < names.len() {
        around = item(field);
        // A name may hold dots itself.
        let Some(end) = (at + 1..=names.len()).find(|&end| around["properties"].get(names[at..end].join(".")).is_some()) else { break };
        field = &around["properties"][names[at..end].join(".")];
        at = end;
    }
    json!({"why": why, "parameter": to.parameters["properties"][parameter], "field": field, "around": members(around)})
}

fn item(schema: &Value) -> &Value {
    schema.get("items").map_or(schema, item)
}

fn members(schema: &Value) -> Vec<&String> {
    item(schema)["properties"].as_object().into_iter().flatten().map(|(name, _)| name).take(25).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(DESCRIPTION_CHARS_MAX).collect()
}
