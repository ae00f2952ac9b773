//! Import of descriptions and the tool graph, each run in a process of its own.

use crate::child::{self, Numbers};
use crate::clock::{Plan, once_s, status_kib};
use crate::figure::Figure;
use crate::world::shared_data;
use anyhow::{Context, Result, ensure};
use wardian_catalog::{Document, ImportOptions};
use wardian_graph::GraphOptions;

const NAME: &str = "graph";
/// The descriptions that ship with Wardian.
const EMBEDDED: &str = "embedded";

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let mut figures = of(EMBEDDED, EMBEDDED, plan)?;
    match shared_data("catalog-30k.jsonl.zst") {
        Some(_) if plan.quick => eprintln!("bench: the catalogue of 30,000 tools is left out of a self-check"),
        Some(path) => {
            let path = path.to_str().context("the path of the catalogue is no Unicode")?;
            figures.extend(of("catalogue", path, Plan { runs: plan.runs.min(3), ..plan })?);
        }
        None => {}
    }
    Ok(figures)
}

fn of(label: &str, subject: &str, plan: Plan) -> Result<Vec<Figure>> {
    let runs = (0..plan.runs).map(|_| child::spawn("graph", subject, plan)).collect::<Result<Vec<Numbers>>>()?;
    let tools = runs.first().map_or(0.0, |run| run["tools"]);
    let figure = |what: &str, unit, key: &str| {
        let samples: Vec<f64> = runs.iter().map(|run| run[key]).collect();
        Figure::alone(NAME, format!("{label} ({tools} tools): {what}"), unit, &samples)
    };
    Ok(vec![
        figure("import", "s", "import_s"),
        figure("most memory resident, import", "MB", "import_mb"),
        figure("graph", "s", "graph_s"),
        figure("most memory resident, import and graph", "MB", "peak_mb"),
    ])
}

/// Imports and builds; `subject` is a file of JSON lines under Zstandard, or [`EMBEDDED`].
pub(crate) fn measure(subject: &str) -> Result<Numbers> {
    let documents = if subject == EMBEDDED {
        wardian_catalog::embedded()
    } else {
        let file = std::fs::File::open(subject).with_context(|| format!("`{subject}`"))?;
        vec![Document::new("catalog.jsonl", zstd::decode_all(file)?)]
    };
    let (import, import_s) = once_s(|| Ok(wardian_catalog::import(&documents, &ImportOptions::default())))?;
    drop(documents);
    ensure!(!import.tools.is_empty(), "no tool was imported from `{subject}`");
    let peak_mb = || Ok::<_, anyhow::Error>(status_kib("VmHWM")? * 1024.0 / 1e6);
    let import_mb = peak_mb()?;
    let (graph, graph_s) = once_s(|| Ok(wardian_graph::build(&import.tools, &GraphOptions::default())))?;
    ensure!(!graph.domains.is_empty(), "the graph has no domain");
    let tools = import.tools.len() as f64;
    let numbers = [("import_s", import_s), ("import_mb", import_mb), ("graph_s", graph_s), ("peak_mb", peak_mb()?), ("tools", tools)];
    Ok(numbers.map(|(name, value)| (name.to_owned(), value)).into())
}
