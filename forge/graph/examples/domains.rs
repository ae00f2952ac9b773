//! Prints the domains of the embedded catalogue, or of the catalogue files named as arguments, with their tools.

use wardian_catalog::{Document, ImportOptions, embedded, import};
use wardian_graph::{GraphOptions, build};

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files")]
fn main() -> std::io::Result<()> {
    let mut options = GraphOptions::default();
    let mut documents = Vec::new();
    let mut quiet = false;
    for argument in std::env::args().skip(1) {
        if let Some(value) = argument.strip_prefix("--resolution=") {
            options.resolution_percent = Some(value.parse().expect("a number"));
        } else if let Some(value) = argument.strip_prefix("--neighbours=") {
            options.neighbours = value.parse().expect("a number");
        } else if argument == "--paper" {
            options.paper = true;
        } else if argument == "--quiet" {
            quiet = true;
        } else {
            documents.push(Document::new(argument.clone(), std::fs::read(&argument)?));
        }
    }
    let documents = if documents.is_empty() { embedded() } else { documents };
    let import = import(&documents, &ImportOptions::default());
    let graph = build(&import.tools, &options);
    println!("{:?}; {} unplaced, {} skipped", graph.stats, graph.unplaced.len(), import.skipped.len());
    for domain in graph.domains.iter().filter(|_| !quiet) {
        println!("\n{} [{}] {}\n  {}\n  terms {:?}", domain.name, domain.tools.len(), domain.title, domain.description, domain.terms);
        let short: Vec<&str> = domain.tools.iter().map(|id| id.split_once('/').map_or(id.as_str(), |(_, rest)| rest)).collect();
        println!("  {}", short.join(" "));
    }
    Ok(())
}
