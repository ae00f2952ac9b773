//! Prints a seeded, uniform sample of the domains of a pool with their names, as JSON lines.
//! `cargo run --release -p wardian-graph --example sample_names -- POOL.jsonl SEED N`

use serde_json::json;
use wardian_catalog::{Document, ImportOptions, import};
use wardian_graph::{GraphOptions, build};

/// Tools of a domain that a judge sees.
const TOOLS_MAX: usize = 12;

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files")]
fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, seed, size] = arguments.as_slice() else {
        eprintln!("usage: sample_names POOL.jsonl SEED N");
        std::process::exit(2);
    };
    let options = ImportOptions { document_bytes_max: usize::MAX, ..ImportOptions::default() };
    let tools = import(&[Document::new(path.clone(), std::fs::read(path)?)], &options).tools;
    let graph = build(&tools, &GraphOptions::default());
    // By the first tool: an order that the names do not change.
    let mut domains: Vec<_> = graph.domains.iter().collect();
    domains.sort_by(|a, b| a.tools.cmp(&b.tools));
    wardian_format::Rng::of(seed.parse().expect("SEED is a number"), &["names"]).shuffle(&mut domains);
    for domain in domains.into_iter().take(size.parse().expect("N is a number")) {
        let step = domain.tools.len().div_ceil(TOOLS_MAX);
        let tools: Vec<&String> = domain.tools.iter().step_by(step).collect();
        println!(
            "{}",
            json!({
                "name": domain.name, "title": domain.title, "description": domain.description, "terms": domain.terms,
                "size": domain.tools.len(), "tools": tools,
            })
        );
    }
    Ok(())
}
