//! `wardian graph view | export | stats | domains`: what one looks at.

use super::{DOMAINS, EDGES, GRAPH, TOOLS};
use crate::{Verdict, files, ui, ui::Ui};
use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use wardian_format::CatalogTool;
use wardian_format::graph::{Domain, Edge, EdgeKind, GraphStats};
use wardian_format::names::untrusted;
use wardian_view::{BYTES_MAX, Degrees, Detail, DomainRow, Format, Indexed, PageOptions, Quantiles, Stats};

/// Writes one HTML page that works offline: a treemap of the domains, the dependencies inside of each, and a map of all tools.
#[derive(clap::Args)]
pub(crate) struct ViewArgs {
    /// Folder of a graph
    graph: PathBuf,
    /// The page to write
    #[arg(long, short)]
    out: PathBuf,
    /// How much the page says of each tool: `full`, `names` (parameters without descriptions) or `bare` (no schemas); `auto` is the most
    /// that fits
    #[arg(long, value_enum, default_value_t)]
    detail: DetailArg,
    /// Largest page, in MiB
    #[arg(long, default_value_t = BYTES_MAX >> 20)]
    mib_max: usize,
    /// Open the page in the browser
    #[arg(long, value_enum, default_value_t)]
    open: Open,
}

/// Writes a graph for other programs.
#[derive(clap::Args)]
pub(crate) struct ExportArgs {
    /// Folder of a graph
    graph: PathBuf,
    /// Format: `graphml` (networkx, igraph, yEd), `gexf` (Gephi) or `dot` (Graphviz)
    #[arg(long, value_enum)]
    format: FormatArg,
    /// Only the tools of this domain
    #[arg(long)]
    domain: Option<String>,
    /// Only edges of this kind
    #[arg(long, value_enum)]
    kind: Option<KindArg>,
    /// The file to write [default: standard output]
    #[arg(long, short)]
    out: Option<PathBuf>,
}

/// Prints a graph in figures.
#[derive(clap::Args)]
pub(crate) struct StatsArgs {
    /// Folder of a graph
    graph: PathBuf,
}

/// Lists the domains of a graph, largest first.
#[derive(clap::Args)]
pub(crate) struct DomainsArgs {
    /// Folder of a graph
    graph: PathBuf,
    /// Only domains that have these words in their name, description, terms or tools
    #[arg(long, default_value = "", hide_default_value = true)]
    search: String,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum DetailArg {
    #[default]
    Auto,
    Full,
    Names,
    Bare,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Open {
    Yes,
    #[default]
    No,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FormatArg {
    Graphml,
    Gexf,
    Dot,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum KindArg {
    Similar,
    Dependency,
}

/// The files of a graph.
pub(super) struct Folder {
    pub(super) tools: Vec<CatalogTool>,
    pub(super) edges: Vec<Edge>,
    pub(super) domains: Vec<Domain>,
    pub(super) built: GraphStats,
}

impl Folder {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let built = files::read_json(&path.join(GRAPH)).context("a graph is a folder that `wardian graph build` wrote")?;
        Ok(Self {
            tools: files::read_jsonl(&path.join(TOOLS))?,
            edges: files::read_jsonl(&path.join(EDGES))?,
            domains: files::read_jsonl(&path.join(DOMAINS))?,
            built,
        })
    }

    pub(super) fn indexed(&self, path: &Path) -> Result<Indexed<'_>> {
        let graph = Indexed::new(&self.tools, &self.edges, &self.domains);
        graph.with_context(|| format!("the files in `{}` do not fit together", path.display()))
    }
}

pub(crate) fn view(args: &ViewArgs, ui: &Ui) -> Result<Verdict> {
    let folder = Folder::read(&args.graph)?;
    let graph = folder.indexed(&args.graph)?;
    let title = args.graph.file_name().map_or_else(|| "graph".to_owned(), |name| name.to_string_lossy().into_owned());
    let detail = match args.detail {
        DetailArg::Auto => None,
        DetailArg::Full => Some(Detail::Full),
        DetailArg::Names => Some(Detail::Names),
        DetailArg::Bare => Some(Detail::Bare),
    };
    let bytes_max = args.mib_max.checked_mul(1 << 20).context("--mib-max is too large")?;
    let page = wardian_view::page(&graph, &folder.built, &PageOptions { title, detail, bytes_max })
        .context("cannot make the page; --mib-max allows more, --detail says less of each tool")?;
    files::write(&args.out, page.html.as_bytes())?;
    if matches!(args.open, Open::Yes) {
        open(&args.out).with_context(|| format!("cannot open `{}` in a browser", args.out.display()))?;
    }
    let document = serde_json::json!({"page": args.out.display().to_string(), "bytes": page.html.len(), "detail": page.detail.name(),
        "tools": graph.tools.len(), "domains": graph.domains.len()});
    ui.result(&document, || {
        let (tools, domains) = (ui::count(graph.tools.len()), ui::count(graph.domains.len()));
        format!(
            "{tools} tools in {domains} domains → {} ({}, detail {})",
            args.out.display(),
            ui::bytes(page.html.len()),
            page.detail.name()
        )
    })?;
    Ok(Verdict::Well)
}

/// Hands a file to the program that the desktop opens it with.
fn open(path: &Path) -> std::io::Result<()> {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let quiet = || std::process::Stdio::null();
    std::process::Command::new(opener).arg(path).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn().map(drop)
}

pub(crate) fn export(args: &ExportArgs, ui: &Ui) -> Result<Verdict> {
    let folder = Folder::read(&args.graph)?;
    let graph = folder.indexed(&args.graph)?;
    let kind = args.kind.map(|k| if matches!(k, KindArg::Similar) { EdgeKind::Similar } else { EdgeKind::Dependency });
    let selection = graph.select(args.domain.as_deref(), kind)?;
    let format = match args.format {
        FormatArg::Graphml => Format::Graphml,
        FormatArg::Gexf => Format::Gexf,
        FormatArg::Dot => Format::Dot,
    };
    let Some(path) = &args.out else {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        wardian_view::export(&graph, &selection, format, &mut out)?;
        out.flush()?;
        return Ok(Verdict::Well);
    };
    files::write_with(path, |mut out| Ok(wardian_view::export(&graph, &selection, format, &mut out)?))?;
    let document = serde_json::json!({"file": path.display().to_string(), "tools": selection.tools.len(), "edges": selection.links.len()});
    ui.result(&document, || {
        format!("{} tools and {} edges → {}", ui::count(selection.tools.len()), ui::count(selection.links.len()), path.display())
    })?;
    Ok(Verdict::Well)
}

pub(crate) fn stats(args: &StatsArgs, ui: &Ui) -> Result<Verdict> {
    let folder = Folder::read(&args.graph)?;
    let stats = wardian_view::stats(&folder.indexed(&args.graph)?, &folder.built);
    ui.result(&stats, || stats_text(&stats))?;
    Ok(Verdict::Well)
}

pub(crate) fn domains(args: &DomainsArgs, ui: &Ui) -> Result<Verdict> {
    let folder = Folder::read(&args.graph)?;
    let rows = wardian_view::table(&folder.indexed(&args.graph)?, &args.search);
    ui.result(&rows, || rows_text(&rows))?;
    Ok(if rows.is_empty() { Verdict::Negative } else { Verdict::Well })
}

fn stats_text(s: &Stats) -> String {
    let mut out = format!(
        "{} tools, {} of them in {} domains ({:.1} %), modularity {:.3}\n{} similarity edges, {} across domains\n{} dependency edges, {} across domains\n",
        ui::count(s.tools),
        ui::count(s.placed),
        ui::count(s.domains),
        100.0 * s.placed_share,
        s.modularity,
        ui::count(s.edges_similar),
        ui::count(s.cross_similar),
        ui::count(s.edges_dependency),
        ui::count(s.cross_dependency),
    );
    out.push_str(&format!("\n{:<30}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>10}\n", "", "min", "p10", "median", "p90", "p99", "max", "mean"));
    let rows: [(&str, &Quantiles); 6] = [
        ("tools a domain", &s.sizes),
        ("providers a domain", &s.providers_a_domain),
        ("dependencies inside a domain", &s.dependencies_inside),
        ("similar tools a tool", &s.similar.quantiles),
        ("tools that a tool feeds", &s.feeds.quantiles),
        ("tools that feed a tool", &s.needs.quantiles),
    ];
    for (name, q) in rows {
        let numbers = [q.min, q.p10, q.p50, q.p90, q.p99, q.max].map(|n| format!("{:>8}", ui::count(n)));
        out.push_str(&format!("{name:<30}{}{:>10.1}\n", numbers.concat(), q.mean));
    }
    out.push_str("\ndomains by size:");
    for (low, high, count) in &s.size_classes {
        let class = high.map_or_else(|| format!("{low}+"), |high| format!("{low}–{high}"));
        out.push_str(&format!("  {class}: {}", ui::count(*count)));
    }
    out.push_str(&format!(
        "\n{} domains have tools of one provider; {} providers, the largest:\n",
        ui::count(s.domains_of_one_provider),
        ui::count(s.providers)
    ));
    for p in &s.largest_providers {
        out.push_str(&format!("{:>8}  {:<34} in {} domains\n", ui::count(p.tools), untrusted(&p.name, 34), ui::count(p.domains)));
    }
    hubs(&mut out, "most like others", &s.similar);
    hubs(&mut out, "feeding most", &s.feeds);
    hubs(&mut out, "fed by most", &s.needs);
    out
}

fn hubs(out: &mut String, what: &str, degrees: &Degrees) {
    out.push_str(&format!("\n{what} ({} tools have none):\n", ui::count(degrees.none)));
    for hub in &degrees.hubs {
        out.push_str(&format!("{:>8}  {}\n", ui::count(hub.edges), untrusted(&hub.id, 100)));
    }
}

fn rows_text(rows: &[DomainRow]) -> String {
    let mut out = format!("{:>5} {:>5}  {:<36} {:<34} description\n", "tools", "deps", "name", "providers");
    for row in rows {
        let mut providers: Vec<String> = row.providers.iter().take(2).map(|(name, _)| untrusted(name, 24)).collect();
        if row.providers.len() > 2 {
            providers.push(format!("+{}", row.providers.len() - 2));
        }
        let providers = untrusted(&providers.join(", "), 33);
        let (name, description) = (untrusted(&row.name, 35), untrusted(&row.description, 110));
        out.push_str(&format!("{:>5} {:>5}  {name:<36} {providers:<34} {description}\n", row.tools, row.dependencies));
    }
    if rows.is_empty() {
        out.push_str("no domain fits\n");
    }
    out
}
