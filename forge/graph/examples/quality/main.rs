//! How well the domains of a catalogue file, or of a folder that `wardian graph build` wrote, agree with the services: adjusted mutual
//! information (AMI) and adjusted Rand index.
//! `cargo run --release -p wardian-graph --example quality -- CATALOG.jsonl [RESOLUTION_PERCENT [SIZE_MAX [louvain|leiden|paper]]]`
//! `cargo run --release -p wardian-graph --example quality -- GRAPH`

mod agreement;

use agreement::Table;
use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::Path;
use wardian_catalog::{Document, ImportOptions, import};
use wardian_format::graph::Domain;
use wardian_format::{CatalogTool, jsonl};
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
    let path = Path::new(path);
    if path.is_dir() {
        let lines = |name: &str| std::fs::File::open(path.join(name)).map(BufReader::new);
        let tools: Vec<CatalogTool> = jsonl::read(lines("tools.jsonl")?, "tools.jsonl").expect("tools");
        let domains: Vec<Domain> = jsonl::read(lines("domains.jsonl")?, "domains.jsonl").expect("domains");
        println!("{}", agreement(&tools, &domains));
        return Ok(());
    }
    let content = std::fs::read(path)?;
    let import = import(&documents(&path.display().to_string(), &content), &ImportOptions::default());
    drop(content);
    let graph = build(&import.tools, &options);
    println!("{:?}; {}", graph.stats, agreement(&import.tools, &graph.domains));
    Ok(())
}

/// What is found, in words.
fn agreement(tools: &[CatalogTool], domains: &[Domain]) -> String {
    let mut domain: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, members) in domains.iter().enumerate() {
        domain.extend(members.tools.iter().map(|tool| (tool.as_str(), i)));
    }
    let mut services: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut found, mut labels) = (Vec::new(), Vec::new());
    for (i, tool) in tools.iter().enumerate() {
        found.push(domain.get(tool.id.as_str()).copied().unwrap_or(domains.len() + i));
        let next = services.len();
        labels.push(*services.entry((&tool.origin.provider, &tool.origin.service)).or_insert(next));
    }
    let table = Table::new(&found, &labels);
    format!(
        "{} domains; {} unplaced; largest {}; {} services; AMI {:.3}, ARI {:.3}",
        domains.len(),
        found.iter().filter(|&&label| label >= domains.len()).count(),
        domains.iter().map(|domain| domain.tools.len()).max().unwrap_or(0),
        services.len(),
        table.ami(),
        table.ari()
    )
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
