//! From packed descriptions to the written tool graph, as `wardian graph build` does it; then the communities and the import alone.

use crate::clock::Plan;
use crate::communities::{self, Similar};
use crate::figure::Figure;
use crate::world::shared_data;
use crate::{collection, quality, wardian};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::Path;
use wardian_format::Digest;

pub(crate) const NAME: &str = "graph";

/// Runs of what takes a minute.
const BUILDS_MAX: usize = 3;

/// Key of `graph build --json`, words, unit.
const FIGURES: [(&str, &str, &str); 7] = [
    ("cpu_s", "packed file → written graph", "s"),
    ("peak_mb", "most memory resident", "MB"),
    ("edges_similar", "similarity edges", ""),
    ("edges_dependency", "dependency edges", ""),
    ("domains", "domains", ""),
    ("unplaced", "tools in no domain", ""),
    ("modularity", "modularity of the domains at resolution 1", "Q"),
];

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let embedded = folder.path().join("embedded.jsonl.zst");
    wardian::json(&["catalog".as_ref(), "import".as_ref(), "--json".as_ref(), "-o".as_ref(), embedded.as_ref()])?;
    let mut figures = of("embedded", &embedded, &["igraph", "networkx"], plan)?;
    // Networkx takes minutes for the large pool.
    for (name, rivals) in [("catalog-30k.jsonl.zst", ["igraph", "networkx"].as_slice()), ("catalog.jsonl.zst", &["igraph"])] {
        match shared_data(name) {
            Some(_) if plan.quick => eprintln!("bench: `{name}` is left out of a self-check"),
            Some(path) => figures.extend(of("pool", &path, rivals, plan)?),
            None => {}
        }
    }
    if let (false, Some(pool)) = (plan.quick, shared_data("catalog-30k.jsonl.zst")) {
        figures.extend(quality::run("pool", &pool)?);
    }
    figures.extend(collection::run(Plan { runs: plan.runs.min(BUILDS_MAX), ..plan })?);
    Ok(figures)
}

/// Builds the graph of `pool` as often as planned, and looks for communities in it.
fn of(label: &str, pool: &Path, rivals: &[&str], plan: Plan) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let mut printed: Vec<Value> = Vec::new();
    let mut bytes: Vec<Vec<Digest>> = Vec::new();
    for i in 0..plan.runs.min(BUILDS_MAX) {
        let out = folder.path().join(i.to_string());
        printed.push(wardian::json(&["graph".as_ref(), "build".as_ref(), pool.as_ref(), "--json".as_ref(), "-o".as_ref(), out.as_ref()])?);
        bytes.push(digests(&out)?);
        if i > 0 {
            std::fs::remove_dir_all(&out)?;
        }
    }
    ensure!(bytes.iter().all(|other| *other == bytes[0]), "two builds of `{}` differ", pool.display());
    let first = printed.first().context("there is a run")?;
    let tools = wardian::number(first, "tools")?;
    ensure!(tools > 0.0 && wardian::number(first, "domains")? > 0.0, "the graph of `{}` is empty", pool.display());
    let label = format!("{label} ({tools} tools)");
    let mut figures = Vec::new();
    for (key, what, unit) in FIGURES {
        let samples = printed.iter().map(|run| wardian::number(run, key)).collect::<Result<Vec<f64>>>()?;
        figures.push(Figure::alone(NAME, format!("{label}: {what}"), unit, &samples));
    }
    let percent = first["settings"]["resolution_percent"].as_u64().context("the graph states no resolution")?;
    let similar = Similar::read(&folder.path().join("0"))?;
    for percent in [100, u32::try_from(percent)?] {
        figures.extend(communities::run(&label, &similar, percent, rivals, plan)?);
    }
    Ok(figures)
}

fn digests(graph: &Path) -> Result<Vec<Digest>> {
    ["tools.jsonl", "edges.jsonl", "domains.jsonl", "graph.json"]
        .into_iter()
        .map(|name| Ok(Digest::of(&std::fs::read(graph.join(name)).with_context(|| format!("the graph has no `{name}`"))?)))
        .collect()
}
