//! How well the domains of a catalogue file agree with its services: adjusted mutual information (AMI) and adjusted Rand index.
//! `cargo run --release -p wardian-graph --example quality -- CATALOG.jsonl [RESOLUTION_PERCENT [SIZE_MAX [louvain|leiden|paper]]]`

mod agreement;

use agreement::Table;
use std::collections::BTreeMap;
use wardian_catalog::{Document, ImportOptions, import};
use wardian_graph::{Algorithm, GraphOptions, build};

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files")]
fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().map_or("catalog.jsonl", String::as_str);
    let mut options = GraphOptions::default();
    if let Some(percent) = arguments.get(1) {
        options.resolution_percent = Some(percent.parse().expect("a number")).filter(|&percent| percent > 0);
    }
    if let Some(size) = arguments.get(2) {
        options.size_max = size.parse().expect("a number");
    }
    match arguments.get(3).map(String::as_str) {
        Some("leiden") => options.algorithm = Algorithm::Leiden,
        Some("paper") => options.paper = true,
        _ => {}
    }
    let content = std::fs::read(path)?;
    let import = import(&documents(path, &content), &ImportOptions::default());
    drop(content);
    let graph = build(&import.tools, &options);
    let mut domain: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, members) in graph.domains.iter().enumerate() {
        domain.extend(members.tools.iter().map(|tool| (tool.as_str(), i)));
    }
    let mut services: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut found, mut labels) = (Vec::new(), Vec::new());
    for (i, tool) in import.tools.iter().enumerate() {
        found.push(domain.get(tool.id.as_str()).copied().unwrap_or(graph.domains.len() + i));
        let next = services.len();
        labels.push(*services.entry((&tool.origin.provider, &tool.origin.service)).or_insert(next));
    }
    let table = Table::new(&found, &labels);
    println!(
        "{:?}; {} unplaced; largest {}; {} services; AMI {:.3}, ARI {:.3}",
        graph.stats,
        graph.unplaced.len(),
        graph.domains.iter().map(|domain| domain.tools.len()).max().unwrap_or(0),
        services.len(),
        table.ami(),
        table.ari()
    );
    Ok(())
}

/// Whole lines of `content` in documents of at most about 64 MiB.
fn documents(path: &str, content: &[u8]) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let near = rest.len().min(64 << 20);
        let end = rest[near..].iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| near + at + 1);
        documents.push(Document::new(path, rest[..end].to_vec()));
        rest = &rest[end..];
    }
    documents
}
