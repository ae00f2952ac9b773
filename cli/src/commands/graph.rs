//! `wardian graph build | explain`; `look` and `refine` have the rest.

mod embed;
mod look;
mod refine;

use super::catalog;
use crate::stage::Unit;
use crate::{Verdict, files, ui, ui::Ui, usage};
use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use wardian_format::CatalogTool;
use wardian_format::graph::{Domain, Edge, GraphStats};
use wardian_graph::{Algorithm, Explainer, GraphOptions, ToolGraph, build};

/// The files of a graph.
const TOOLS: &str = "tools.jsonl";
const EDGES: &str = "edges.jsonl";
const DOMAINS: &str = "domains.jsonl";
const GRAPH: &str = "graph.json";

/// Commands on tool graphs.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Build the graph of a catalogue: similarity and dependency edges, and domains
    Build(Box<BuildArgs>),
    /// Let a language model improve a graph: names, mixtures, dependency edges
    ///
    /// Writes the graph as the model advises, and what it advised to `advice.json`; docs/advice.md says what is asked and what is followed.
    /// An interrupted run goes on where it stopped: answers are kept in `OUT/answers`, or in the folder that `--answers` names.
    Refine(Box<refine::RefineArgs>),
    /// Say why two tools are alike or depend on each other
    Explain(ExplainArgs),
    /// Write a page to look at a graph, offline
    View(look::ViewArgs),
    /// Write a graph for networkx, Gephi or Graphviz
    Export(look::ExportArgs),
    /// Count edges, degrees, domains and providers
    Stats(look::StatsArgs),
    /// List the domains
    Domains(look::DomainsArgs),
}

/// Reads a catalogue and writes `tools.jsonl`, `edges.jsonl`, `domains.jsonl` and `graph.json`.
#[derive(clap::Args)]
pub(crate) struct BuildArgs {
    /// The catalogue
    catalog: PathBuf,
    /// The folder to write
    #[arg(long, short)]
    out: PathBuf,
    #[command(flatten)]
    graph: GraphArgs,
    #[command(flatten)]
    embed: embed::EmbedArgs,
}

/// Options of the graph.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct GraphArgs {
    /// How communities are found
    #[arg(long, value_enum, default_value_t)]
    algorithm: AlgorithmArg,
    /// Resolution of the communities: more gives smaller domains [default: one for each 500 tools, at least 1.5]
    #[arg(long)]
    resolution: Option<f64>,
    /// Nearest neighbours that a tool has
    #[arg(long, default_value_t = GraphOptions::default().neighbours)]
    neighbours: usize,
    /// Seed of the order in which tools are visited
    #[arg(long, default_value_t = GraphOptions::default().seed)]
    graph_seed: u64,
    /// Smaller domains are merged
    #[arg(long, default_value_t = GraphOptions::default().size_min)]
    size_min: usize,
    /// Larger domains are split
    #[arg(long, default_value_t = GraphOptions::default().size_max)]
    size_max: usize,
    /// The graph as in the AgentScaler paper: parameter names only, cosine above 0.9
    #[arg(long)]
    paper: bool,
}

/// How communities are found.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum AlgorithmArg {
    #[default]
    Louvain,
    Leiden,
}

/// Prints why two tools are joined.
#[derive(clap::Args)]
pub(crate) struct ExplainArgs {
    /// Folder of a graph
    graph: PathBuf,
    /// Id of a tool
    a: String,
    /// Id of another
    b: String,
}

/// What `graph build --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    #[serde(flatten)]
    pub(crate) stats: GraphStats,
    /// Tools that belong to no domain.
    pub(crate) unplaced: usize,
    /// Processor time of the process so far, of all threads, in seconds.
    cpu_s: f64,
    /// Most memory that the process had resident, in MB; absent where the system does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_mb: Option<f64>,
    #[serde(skip)]
    pub(crate) domains: Vec<Domain>,
}

impl GraphArgs {
    /// The options; a resolution that is no sensible number is an error.
    pub(crate) fn options(&self) -> Result<GraphOptions> {
        if let Some(resolution) = self.resolution {
            anyhow::ensure!((0.01..=100_000.0).contains(&resolution), "the resolution `{resolution}` is not between 0.01 and 100000");
        }
        anyhow::ensure!(self.size_min <= self.size_max, "size-min {} is above size-max {}", self.size_min, self.size_max);
        Ok(GraphOptions {
            algorithm: match self.algorithm {
                AlgorithmArg::Louvain => Algorithm::Louvain,
                AlgorithmArg::Leiden => Algorithm::Leiden,
            },
            resolution_percent: self.resolution.map(|resolution| (resolution * 100.0).round() as u32),
            neighbours: self.neighbours,
            seed: self.graph_seed,
            size_min: self.size_min,
            size_max: self.size_max,
            paper: self.paper,
            ..GraphOptions::default()
        })
    }
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Build(args) => {
            let options = args.graph.options()?;
            let summary =
                if args.embed.are_wanted() { by_meaning(args, &options, ui)? } else { stage(&args.catalog, &args.out, &options)? };
            ui.result(&summary, || text(&summary))?;
            Ok(Verdict::Well)
        }
        Command::Refine(args) => refine::run(args, ui),
        Command::Explain(args) => explain(args, ui),
        Command::View(args) => look::view(args, ui),
        Command::Export(args) => look::export(args, ui),
        Command::Stats(args) => look::stats(args, ui),
        Command::Domains(args) => look::domains(args, ui),
    }
}

/// Builds the graph of the catalogue `pool` into the folder `out`.
pub(crate) fn stage(pool: &Path, out: &Path, options: &GraphOptions) -> Result<Summary> {
    let unit = Unit::new(out, "graph", &format!("{options:?}"), &[files::digest(pool)?])?;
    if !unit.is_done() {
        let tools = catalog::read(pool)?;
        write(out, &tools, &build(&tools, options), &unit)?;
    }
    summary(out)
}

/// As [`stage`], with embeddings. They are looked up each time, since only they tell whether the graph is still that of its inputs.
fn by_meaning(args: &BuildArgs, options: &GraphOptions, ui: &Ui) -> Result<Summary> {
    let digest = files::digest(&args.catalog)?;
    let tools = catalog::read(&args.catalog)?;
    let embeddings = args.embed.embeddings(&tools, ui)?;
    let share = args.embed.share();
    let unit = Unit::new(&args.out, "graph", &format!("{options:?} {share}"), &[digest, embeddings.digest()])?;
    if !unit.is_done() {
        write(&args.out, &tools, &embed::build(&tools, options, &embeddings, share), &unit)?;
    }
    summary(&args.out)
}

fn write(out: &Path, tools: &[CatalogTool], graph: &ToolGraph, unit: &Unit) -> Result<()> {
    let path = |name: &str| out.join(name);
    files::write_jsonl(&path(TOOLS), tools)?;
    files::write_jsonl(&path(EDGES), &graph.edges)?;
    files::write_jsonl(&path(DOMAINS), &graph.domains)?;
    files::write_json(&path(GRAPH), &graph.stats)?;
    unit.done(&[TOOLS, EDGES, DOMAINS, GRAPH].map(path))
}

/// What `out` holds.
fn summary(out: &Path) -> Result<Summary> {
    let stats: GraphStats = files::read_json(&out.join(GRAPH))?;
    let domains: Vec<Domain> = files::read_jsonl(&out.join(DOMAINS))?;
    let placed: usize = domains.iter().map(|d| d.tools.len()).sum();
    let (cpu_s, peak_mb) = (usage::cpu_s(), usage::peak_mb());
    Ok(Summary { unplaced: stats.tools - placed.min(stats.tools), stats, cpu_s, peak_mb, domains })
}

fn text(summary: &Summary) -> String {
    let stats = &summary.stats;
    let mut out = format!(
        "{} tools, {} similarity edges, {} dependency edges\n{} domains, modularity {:.3}, {} tools in none\n\n",
        ui::count(stats.tools),
        ui::count(stats.edges_similar),
        ui::count(stats.edges_dependency),
        ui::count(stats.domains),
        stats.modularity,
        ui::count(summary.unplaced),
    );
    for domain in &summary.domains {
        out.push_str(&format!("{:>5}  {:<34} {}\n", domain.tools.len(), domain.name, domain.description));
    }
    out
}

fn explain(args: &ExplainArgs, ui: &Ui) -> Result<Verdict> {
    let tools = catalog::read(&args.graph.join(TOOLS))?;
    let edges: Vec<Edge> = files::read_jsonl(&args.graph.join(EDGES))?;
    let stats: GraphStats = files::read_json(&args.graph.join(GRAPH))?;
    let found = Explainer::new(&tools, stats.settings.paper)
        .explain(&args.a, &args.b)
        .with_context(|| format!("`{}` or `{}` is no tool of this graph", args.a, args.b))?;
    let between = |e: &&Edge| (e.from == args.a && e.to == args.b) || (e.from == args.b && e.to == args.a);
    let joined: Vec<&Edge> = edges.iter().filter(between).collect();
    let document = json!({"cosine": f64::from(found.weight) / 1e6, "shares": found.shares, "edges": joined});
    ui.result(&document, || {
        let mut out = format!("cosine {:.3}\n", f64::from(found.weight) / 1e6);
        for (feature, share) in &found.shares {
            out.push_str(&format!("  {:.3} {feature}\n", f64::from(*share) / 1e6));
        }
        if joined.is_empty() {
            out.push_str("no edge joins them\n");
        }
        for edge in &joined {
            out.push_str(&format!("{:?} edge {} → {}: {}\n", edge.kind, edge.from, edge.to, edge.why.join(", ")));
        }
        out
    })?;
    Ok(if joined.is_empty() { Verdict::Negative } else { Verdict::Well })
}
