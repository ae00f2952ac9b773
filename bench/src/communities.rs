//! The search for communities alone, on the similarity edges of a graph that was built, against igraph and networkx
//! (`bench/rivals/communities.py`). Both sides search from several seeds, have the graph in memory before the clock starts, and are
//! judged by modularity at the same resolution, computed by each side for all and compared.
//!
//! What it is not: `domains` of a graph are these communities after bounds on their size; here nothing is split or merged.

use crate::clock::{Plan, once_s};
use crate::figure::Figure;
use crate::graph::NAME;
use crate::world::root;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use wardian_format::graph::{Edge, EdgeKind};
use wardian_format::jsonl;
use wardian_graph::{Algorithm, Network, modularity};

/// How far two computations of one modularity may lie apart: sums of up to 100,000 terms in different orders.
const TOLERANCE: f64 = 1e-9;
/// Networkx takes seconds.
const NETWORKX_RUNS_MAX: usize = 3;

/// The similarity edges of a graph; tools are numbered in the order of their ids.
pub(crate) struct Similar {
    nodes: usize,
    edges: Vec<(u32, u32, u32)>,
}

#[derive(Deserialize)]
struct Tool {
    id: String,
}

/// What the rivals print.
#[derive(Deserialize)]
struct Rivals {
    found: Vec<Found>,
    modularity: BTreeMap<String, BTreeMap<String, f64>>,
}

/// One rival's algorithm, a run each.
#[derive(Deserialize)]
struct Found {
    rival: String,
    algorithm: String,
    cpu_s: Vec<f64>,
    labels: Vec<Vec<u32>>,
}

/// One of our algorithms, a run each.
struct Ours {
    algorithm: Algorithm,
    cpu_s: Vec<f64>,
    labels: Vec<Vec<u32>>,
}

impl Similar {
    /// From the folder of a graph.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let open = |name: &str| File::open(folder.join(name)).with_context(|| format!("the graph has no `{name}`")).map(BufReader::new);
        let mut ids = jsonl::lines(open("tools.jsonl")?, "tools.jsonl")
            .map(|tool| Ok(tool.map(|tool: Tool| tool.id)?))
            .collect::<Result<Vec<_>>>()?;
        ids.sort_unstable();
        ids.dedup();
        let number = |id: &str| {
            ids.binary_search_by(|other| other.as_str().cmp(id)).ok().with_context(|| format!("an edge names `{id}`, which is no tool"))
        };
        let mut edges = Vec::new();
        for edge in jsonl::lines(open("edges.jsonl")?, "edges.jsonl") {
            let edge: Edge = edge?;
            if edge.kind == EdgeKind::Similar {
                edges.push((u32::try_from(number(&edge.from)?)?, u32::try_from(number(&edge.to)?)?, edge.weight));
            }
        }
        Ok(Self { nodes: ids.len(), edges })
    }
}

/// All figures of one graph at one resolution, in hundredths.
pub(crate) fn run(label: &str, graph: &Similar, percent: u32, rivals: &[&str], plan: Plan) -> Result<Vec<Figure>> {
    let network = Network::new(graph.nodes, &graph.edges);
    let ours = [Algorithm::Louvain, Algorithm::Leiden].map(|algorithm| search(&network, algorithm, percent, plan));
    let ours = ours.into_iter().collect::<Result<Vec<Ours>>>()?;
    let theirs = ask(graph, percent, rivals, &ours, plan)?;
    let judged = |partitions: &[Vec<u32>]| partitions.iter().map(|labels| modularity(&network, labels, percent)).collect::<Vec<f64>>();
    if let Some(theirs) = &theirs {
        agree(theirs, &ours, judged)?;
    }
    let mut figures = Vec::new();
    for ours in &ours {
        let what = format!("{label}, resolution {}: {}", f64::from(percent) / 100.0, ours.algorithm.name());
        let same: Vec<&Found> =
            theirs.iter().flat_map(|theirs| &theirs.found).filter(|found| found.algorithm == ours.algorithm.name()).collect();
        let quality = judged(&ours.labels);
        if same.is_empty() {
            figures.push(Figure::alone(NAME, what.clone(), "s", &ours.cpu_s));
            figures.push(Figure::alone(NAME, format!("{what}, modularity"), "Q", &quality));
        }
        for found in same {
            figures.push(Figure::against(NAME, format!("{what}, rival {}", found.rival), "s", &ours.cpu_s, Some(&found.cpu_s)));
            let what = format!("{what}, modularity, rival {}", found.rival);
            figures.push(Figure::more(NAME, what, "Q", &quality, Some(&judged(&found.labels))));
        }
    }
    Ok(figures)
}

/// Seeds 1, 2, …, as the rivals have them.
fn search(network: &Network, algorithm: Algorithm, percent: u32, plan: Plan) -> Result<Ours> {
    let mut ours = Ours { algorithm, cpu_s: Vec::new(), labels: Vec::new() };
    for seed in 1..=plan.runs {
        let (labels, cpu_s) = once_s(|| Ok(algorithm.communities(network, percent, seed as u64)))?;
        ours.cpu_s.push(cpu_s);
        ours.labels.push(labels);
    }
    Ok(ours)
}

/// What the rivals find, and what they say of ours; `None` where Python or the packages cannot be had.
fn ask(graph: &Similar, percent: u32, rivals: &[&str], ours: &[Ours], plan: Plan) -> Result<Option<Rivals>> {
    let look = plan.quick.then_some("--look");
    let python = Command::new(root().join("bench/rivals/python.sh")).args(look).output()?;
    if !python.status.success() {
        eprintln!("bench: no rival for communities: {}", String::from_utf8_lossy(&python.stderr).trim());
        return Ok(None);
    }
    let runs: BTreeMap<&str, usize> =
        rivals.iter().map(|&name| (name, if name == "networkx" { plan.runs.min(NETWORKX_RUNS_MAX) } else { plan.runs })).collect();
    let request =
        json!({"nodes": graph.nodes, "edges": graph.edges, "resolution": f64::from(percent) / 100.0, "runs": runs, "ours": named(ours)});
    let mut command = Command::new(String::from_utf8(python.stdout)?.trim());
    command.arg(root().join("bench/rivals/communities.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().context("cannot start the rivals' Python")?;
    // They read all of it before they print.
    serde_json::to_writer(child.stdin.take().context("it has a pipe")?, &request)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("the rivals of communities failed");
    }
    Ok(Some(serde_json::from_slice(&output.stdout).context("the rivals printed no communities")?))
}

/// Our partitions as `louvain 1`, `louvain 2`, …
fn named(ours: &[Ours]) -> BTreeMap<String, &[u32]> {
    ours.iter()
        .flat_map(|ours| (1..).zip(&ours.labels).map(|(run, labels)| (format!("{} {run}", ours.algorithm.name()), labels.as_slice())))
        .collect()
}

/// Every partition, ours and theirs, must have one modularity, whoever computes it.
fn agree(theirs: &Rivals, ours: &[Ours], judged: impl Fn(&[Vec<u32>]) -> Vec<f64>) -> Result<()> {
    let mut by_us: BTreeMap<String, f64> = BTreeMap::new();
    let parts = ours.iter().map(|ours| (ours.algorithm.name().to_owned(), &ours.labels));
    let parts = parts.chain(theirs.found.iter().map(|found| (format!("{} {}", found.rival, found.algorithm), &found.labels)));
    for (name, labels) in parts {
        by_us.extend((1..).zip(judged(labels)).map(|(run, value)| (format!("{name} {run}"), value)));
    }
    for (rival, by_them) in &theirs.modularity {
        ensure!(by_them.keys().eq(by_us.keys()), "{rival} judges other partitions than we do");
        for (name, value) in by_them {
            ensure!((value - by_us[name]).abs() < TOLERANCE, "modularity of `{name}`: {rival} says {value}, we say {}", by_us[name]);
        }
    }
    Ok(())
}
