//! How well the domains of a catalogue file agree with its services: adjusted mutual information (AMI) and adjusted Rand index.
//! `cargo run --release -p wardian-graph --example quality -- CATALOG.jsonl [RESOLUTION_PERCENT [SIZE_MAX [louvain|leiden|paper]]]`

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

/// A contingency table of two labelings.
struct Table {
    items: f64,
    cells: BTreeMap<(usize, usize), f64>,
    rows: BTreeMap<usize, f64>,
    columns: BTreeMap<usize, f64>,
}

impl Table {
    fn new(a: &[usize], b: &[usize]) -> Self {
        let mut table = Self { items: a.len() as f64, cells: BTreeMap::new(), rows: BTreeMap::new(), columns: BTreeMap::new() };
        for (&x, &y) in a.iter().zip(b) {
            *table.cells.entry((x, y)).or_default() += 1.0;
            *table.rows.entry(x).or_default() += 1.0;
            *table.columns.entry(y).or_default() += 1.0;
        }
        table
    }

    fn entropy(&self, counts: &BTreeMap<usize, f64>) -> f64 {
        counts.values().map(|n| -(n / self.items) * (n / self.items).ln()).sum()
    }

    /// Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison", 2010; arithmetic mean of the entropies.
    fn ami(&self) -> f64 {
        let n = self.items;
        let shared: f64 = self.cells.iter().map(|((x, y), v)| v / n * (v * n / (self.rows[x] * self.columns[y])).ln()).sum();
        let mut factorial = vec![0.0; n as usize + 1];
        for i in 1..factorial.len() {
            factorial[i] = factorial[i - 1] + (i as f64).ln();
        }
        let sizes = |counts: &BTreeMap<usize, f64>| {
            let mut sizes: BTreeMap<usize, f64> = BTreeMap::new();
            counts.values().for_each(|&size| *sizes.entry(size as usize).or_default() += 1.0);
            sizes
        };
        let mut expected = 0.0;
        for (&a, times_a) in &sizes(&self.rows) {
            for (&b, times_b) in &sizes(&self.columns) {
                let total = n as usize;
                let fixed = factorial[a] + factorial[b] + factorial[total - a] + factorial[total - b] - factorial[total];
                for both in 1.max((a + b).saturating_sub(total))..=a.min(b) {
                    let v = both as f64;
                    let term = v / n * (n * v / (a as f64 * b as f64)).ln();
                    let chance = fixed - factorial[both] - factorial[a - both] - factorial[b - both] - factorial[total + both - a - b];
                    expected += times_a * times_b * term * chance.exp();
                }
            }
        }
        (shared - expected) / ((self.entropy(&self.rows) + self.entropy(&self.columns)) / 2.0 - expected)
    }

    fn ari(&self) -> f64 {
        let pairs = |n: f64| n * (n - 1.0) / 2.0;
        let both: f64 = self.cells.values().map(|&n| pairs(n)).sum();
        let (a, b): (f64, f64) = (self.rows.values().map(|&n| pairs(n)).sum(), self.columns.values().map(|&n| pairs(n)).sum());
        let expected = a * b / pairs(self.items);
        (both - expected) / ((a + b) / 2.0 - expected)
    }
}
