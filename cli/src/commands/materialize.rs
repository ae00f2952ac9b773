//! `wardian materialize INPUT | report`

mod authors;
mod domains;
mod input;
mod look;
mod one;
mod prompts;
mod tools;

pub(crate) use domains::stage;

use crate::model::ModelArgs;
use crate::{Verdict, engine, ui, ui::Ui, usage};
use anyhow::{Context, Result, bail};
use authors::{Authored, Authors};
use input::Input;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_author::AuthorOptions;
use wardian_materialize::{Coverage, DomainReport, Kind, Options};

const USAGE: &str = "wardian materialize [OPTIONS] --out <OUT> <INPUT>\n       wardian materialize report [OPTIONS] <DIR>";

/// Makes worlds, or reports on them; the words for `--help` are in `main.rs`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, override_usage = USAGE)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Folder of a graph, catalogue, or API description
    #[arg(required = true)]
    input: Option<PathBuf>,
    /// The folder to write (domains/ and packs/), or the one pack NAME.wasm
    #[arg(long, short, required = true)]
    out: Option<PathBuf>,
    #[command(flatten)]
    materialize: MaterializeArgs,
    #[command(flatten)]
    author: AuthorArgs,
    #[command(flatten)]
    model: ModelArgs,
}

/// What a model may do, where there is one.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct AuthorArgs {
    /// Times that what is wrong with an answer goes back to the model
    #[arg(long, value_name = "N", default_value_t = AuthorOptions::default().repairs_max)]
    repairs: usize,
    /// Questions about tools that the rules left out, for each domain
    #[arg(long, value_name = "N", default_value_t = AuthorOptions::default().tool_questions_max)]
    tool_questions: usize,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Say what became of the tools: coverage, reasons, self-checks, examples
    Report(look::ReportArgs),
    /// Try the model author's prompts on a few domains: score before and after, what was taken, tokens
    Prompts(prompts::PromptsArgs),
}

/// Options of the materializer.
#[derive(Clone, Debug, Serialize, clap::Args)]
pub(crate) struct MaterializeArgs {
    /// Seed of the data
    #[arg(long, default_value_t = Options::default().seed)]
    data_seed: u64,
    /// Rows of a table, about: at most 1,000,000
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=wardian_materialize::ROWS_MAX as i64))]
    rows: u32,
    /// The virtual now of the worlds
    #[arg(long, default_value_t = Options::default().now)]
    now: String,
}

/// What `materialize --json` prints.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// Tools in the domains.
    pub(crate) tools_in: usize,
    /// Tools in packs.
    pub(crate) materialized: usize,
    /// Tools left out, by kind of reason.
    pub(crate) left_out: BTreeMap<Kind, usize>,
    /// Tools in packs that passed every self-check that applies: all of them.
    pub(crate) self_checks_passed: usize,
    /// Packs written.
    pub(crate) packs: usize,
    /// Domains without a pack, with the reason.
    pub(crate) no_pack: BTreeMap<String, String>,
    /// Parts of the description that could not be imported; absent where nothing was imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_imported: Option<usize>,
    /// What a model did; absent where none was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<Authored>,
    /// Processor time of the process, of all threads, in seconds.
    cpu_s: f64,
    /// Most memory that the process had resident, in MB; absent where the system does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_mb: Option<f64>,
}

impl AuthorArgs {
    fn options(&self) -> AuthorOptions {
        AuthorOptions { repairs_max: self.repairs, tool_questions_max: self.tool_questions, ..AuthorOptions::default() }
    }
}

impl MaterializeArgs {
    /// The defaults with another seed.
    pub(crate) fn with_seed(seed: u64) -> Self {
        let options = Options::default();
        Self { data_seed: seed, rows: options.rows as u32, now: options.now }
    }

    /// The options; a time that is none is an error.
    fn options(&self) -> Result<Options> {
        if wardian_format::time::parse_utc(&self.now).is_err() {
            bail!("`{}` is not a time like 2026-01-31T12:00:00Z", self.now);
        }
        Ok(Options { seed: self.data_seed, rows: self.rows as usize, now: self.now.clone() })
    }
}

impl Summary {
    fn of(coverage: &Coverage, no_pack: BTreeMap<String, String>) -> Self {
        Self {
            tools_in: coverage.tools_in,
            materialized: coverage.materialized,
            left_out: coverage.left_out.clone(),
            self_checks_passed: coverage.self_checks.grounded,
            packs: coverage.packs,
            no_pack,
            ..Self::default()
        }
    }

    fn of_one(report: &DomainReport) -> Self {
        let mut coverage = Coverage::default();
        coverage.add(report);
        let author = report.author.as_ref().map(|author| Authored::of(&report.domain, author));
        let summary = Self::of(&coverage, report.no_pack.iter().map(|why| (report.domain.clone(), why.clone())).collect());
        Self { author, ..summary }
    }

    /// Tools left out in all.
    pub(crate) fn left_out_count(&self) -> usize {
        self.left_out.values().sum()
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    if let Some(Command::Report(args)) = &args.command {
        return look::run(args, ui);
    }
    if let Some(Command::Prompts(args)) = &args.command {
        return prompts::run(args, ui);
    }
    let path = args.input.as_deref().context("the input is required")?;
    let out = args.out.as_deref().context("the output is required")?;
    let options = args.materialize.options()?;
    let is_pack = out.extension().is_some_and(|extension| extension == "wasm");
    let input = Input::look(path)?;
    check_out(out, is_pack)?;
    let runtime = engine::runtime(ui)?;
    let answers = if is_pack { out.with_extension("answers") } else { out.join("answers") };
    let authors = args.model.is_given().then(|| Authors::open(&args.model, &answers, args.author.options())).transpose()?;
    let by = domains::By { args: &args.materialize, authors: authors.as_ref(), runtime: &runtime };
    let mut summary = match (&input, is_pack) {
        (_, true) => one::run(&input, out, &options, &by, ui)?,
        (Input::Graph(graph), false) => domains::of_graph(graph, out, &by, ui)?,
        (Input::Catalog(pool), false) => domains::of_catalog(pool, out, &by, ui)?,
        (Input::Document(document), false) => domains::of_document(document, out, &by, ui)?,
    };
    if let Some(authors) = &authors {
        summary.author = Some(authors.close(summary.author.take().unwrap_or_default(), ui)?);
    }
    (summary.cpu_s, summary.peak_mb) = (usage::cpu_s(), usage::peak_mb());
    ui.result(&summary, || text(&summary, out))?;
    Ok(if is_pack && summary.packs == 0 { Verdict::Negative } else { Verdict::Well })
}

/// An error where nothing can be written, before any work is done.
fn check_out(out: &Path, is_pack: bool) -> Result<()> {
    if is_pack && out.is_dir() {
        bail!("cannot write `{}`: it is a folder, and a name that ends in `.wasm` is that of a pack", out.display());
    }
    let mut at = if is_pack { out.parent() } else { Some(out) };
    while let Some(folder) = at.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        if folder.exists() {
            bail!("cannot write `{}`: `{}` is no folder", out.display(), folder.display());
        }
        at = folder.parent();
    }
    Ok(())
}

/// Domains without a pack that the text names.
const NO_PACK_MAX: usize = 20;

fn text(summary: &Summary, out: &Path) -> String {
    let packs = if summary.packs == 1 { "1 pack".to_owned() } else { format!("{} packs", ui::count(summary.packs)) };
    let mut lines = format!("{} of {} tools in {packs}", ui::count(summary.materialized), ui::count(summary.tools_in));
    lines.push_str(&format!("; {} left out\n", ui::count(summary.left_out_count())));
    let mut reasons: Vec<(&Kind, &usize)> = summary.left_out.iter().collect();
    reasons.sort_by_key(|(kind, n)| (std::cmp::Reverse(**n), **kind));
    for (kind, n) in reasons {
        lines.push_str(&format!("{:>8}  {:<23}  {}\n", ui::count(*n), kind.word(), kind.meaning()));
    }
    if let Some(parts) = summary.not_imported.filter(|parts| *parts > 0) {
        lines.push_str(&format!("{} parts of the description were not imported\n", ui::count(parts)));
    }
    for (domain, reason) in summary.no_pack.iter().take(NO_PACK_MAX) {
        lines.push_str(&format!("no pack for {domain}: {reason}\n"));
    }
    if summary.no_pack.len() > NO_PACK_MAX {
        lines.push_str(&format!("… and for {} more domains\n", ui::count(summary.no_pack.len() - NO_PACK_MAX)));
    }
    if let Some(author) = &summary.author {
        lines.push_str(&author.text());
    }
    format!("{lines}→ {}\n", out.display())
}
