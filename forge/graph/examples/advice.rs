//! What asking a model about the graph of a catalogue file would take: questions, characters, and what is too large to ask.
//! `cargo run --release -p wardian-graph --example advice -- CATALOG.jsonl`

use wardian_catalog::{Document, ImportOptions, import};
use wardian_graph::advise::{About, AdviceOptions, questions};
use wardian_graph::{GraphOptions, build};

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files and read the clock")]
fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "catalog.jsonl".to_owned());
    let tools = import(&[Document::new(&path, std::fs::read(&path)?)], &ImportOptions::default()).tools;
    let graph = build(&tools, &GraphOptions::default());
    let start = std::time::Instant::now();
    let asked = questions(&tools, &graph.domains, &graph.edges, &AdviceOptions::default());
    let seconds = start.elapsed().as_secs_f64();
    for (what, wanted) in [("kinds", true), ("edges", false)] {
        let lengths: Vec<usize> = asked
            .asked
            .iter()
            .filter(|question| matches!(question.about, About::Kinds { .. }) == wanted)
            .map(|question| serde_json::to_string(&question.request.messages).map_or(0, |text| text.chars().count()))
            .collect();
        let largest = lengths.iter().max().copied().unwrap_or(0);
        println!("{what}: {} questions, {} characters, largest {largest}", lengths.len(), lengths.iter().sum::<usize>());
    }
    println!("{} left out; {} tools, {} domains; written in {seconds:.2} s", asked.left_out.len(), tools.len(), graph.domains.len());
    Ok(())
}
