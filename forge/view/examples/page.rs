//! Reads the folder of a graph and writes its page: `cargo run --release -p wardian-view --example page -- FOLDER PAGE.html`.

use std::error::Error;
use std::fs::{File, read_to_string, write};
use std::io::BufReader;
use wardian_format::jsonl;
use wardian_view::{BYTES_MAX, Indexed, PageOptions, page};

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files")]
fn main() -> Result<(), Box<dyn Error>> {
    let [folder, out] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: page FOLDER PAGE.html")?;
    let open = |name: &str| File::open(format!("{folder}/{name}")).map(BufReader::new);
    let tools: Vec<wardian_format::CatalogTool> = jsonl::read(open("tools.jsonl")?, "tools.jsonl")?;
    let edges: Vec<wardian_format::graph::Edge> = jsonl::read(open("edges.jsonl")?, "edges.jsonl")?;
    let domains: Vec<wardian_format::graph::Domain> = jsonl::read(open("domains.jsonl")?, "domains.jsonl")?;
    let graph = Indexed::new(&tools, &edges, &domains)?;
    let built = serde_json::from_str(&read_to_string(format!("{folder}/graph.json"))?)?;
    let page = page(&graph, &built, &PageOptions { title: folder.clone(), detail: None, bytes_max: BYTES_MAX })?;
    write(&out, &page.html)?;
    println!("{} bytes, detail {}", page.html.len(), page.detail.name());
    Ok(())
}
