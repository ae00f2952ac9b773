//! `wardian graph refine`: a model's advice on a graph.

use super::look::Folder;
use super::{DOMAINS, EDGES, GRAPH, TOOLS};
use crate::model::ModelArgs;
use crate::{Verdict, files, network, ui, ui::Ui};
use anyhow::{Result, bail, ensure};
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_format::advice::AdviceReport;
use wardian_format::graph::{AdviceSettings, GraphStats};
use wardian_graph::advise::{AdviceOptions, Advised, advise, apply, prompts_digest, questions};
use wardian_graph::recount;
use wardian_model::ChatModel;
use wardian_openai::{Cached, Client};

/// The report's file.
const ADVICE: &str = "advice.json";
/// Where answers are kept, below the folder that is written.
const ANSWERS: &str = "answers";

/// Writes the graph as the model advises.
#[derive(clap::Args)]
pub(crate) struct RefineArgs {
    /// Folder of a graph
    graph: PathBuf,
    /// The folder to write
    #[arg(long, short)]
    out: PathBuf,
    /// Leave names as they are
    #[arg(long)]
    no_names: bool,
    /// Split no domain
    #[arg(long)]
    no_parts: bool,
    /// Leave dependency edges as they are
    #[arg(long)]
    no_edges: bool,
    #[command(flatten)]
    model: ModelArgs,
}

/// What `--json` prints: the graph as it is now, and what became of the advice.
#[derive(Serialize)]
struct Summary<'a> {
    #[serde(flatten)]
    stats: &'a GraphStats,
    questions: usize,
    answered: usize,
    renamed: usize,
    split: usize,
    edges_confirmed: usize,
    edges_added: usize,
    edges_removed: usize,
    refused: usize,
    /// Requests that were sent; the others were answered from the cache.
    requests: u64,
    tokens: u64,
}

/// The model, and how the user is told.
struct Desk<'a> {
    model: &'a Cached<Client>,
    concurrency: usize,
    ui: &'a Ui,
}

pub(super) fn run(args: &RefineArgs, ui: &Ui) -> Result<Verdict> {
    ensure!(
        !(args.no_names && args.no_parts && args.no_edges),
        "nothing is left to ask: --no-names, --no-parts and --no-edges are all given"
    );
    ensure!(!is_same(&args.graph, &args.out), "`{}` is the graph itself; name another folder with --out", args.out.display());
    let folder = Folder::read(&args.graph)?;
    folder.indexed(&args.graph)?;
    let runtime = network::runtime()?;
    let answers = args.out.join(ANSWERS);
    let (advised, requests, tokens) = runtime.block_on(network::until_interrupt(async {
        let model = args.model.open(&answers)?;
        let desk = Desk { model: &model, concurrency: args.model.concurrency(), ui };
        let advised = desk.both_rounds(args, &folder).await?;
        Ok((advised, model.asked(), model.model().spent().tokens()))
    }))?;
    let settings = wardian_format::graph::GraphSettings {
        advice: Some(AdviceSettings { model: advised.report.model.clone(), prompts_digest: prompts_digest() }),
        ..folder.built.settings.clone()
    };
    let stats = recount(&folder.tools, &advised.edges, &advised.domains, settings);
    let path = |name: &str| args.out.join(name);
    files::write_jsonl(&path(TOOLS), &folder.tools)?;
    files::write_jsonl(&path(EDGES), &advised.edges)?;
    files::write_jsonl(&path(DOMAINS), &advised.domains)?;
    files::write_json(&path(ADVICE), &advised.report)?;
    // The last: a folder without it is no graph.
    files::write_json(&path(GRAPH), &stats)?;
    let summary = summary(&stats, &advised.report, requests, tokens);
    ui.result(&summary, || text(&summary, &path(ADVICE)))?;
    Ok(Verdict::Well)
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

impl Desk<'_> {
    /// First names and parts, then the edges of the domains as they are then.
    async fn both_rounds(&self, args: &RefineArgs, folder: &Folder) -> Result<Advised> {
        let kinds = AdviceOptions { rename: !args.no_names, split: !args.no_parts, confirm: false, add: false, ..AdviceOptions::default() };
        let edges = AdviceOptions { rename: false, split: false, confirm: !args.no_edges, add: !args.no_edges, ..AdviceOptions::default() };
        let start = Advised { domains: folder.domains.clone(), edges: folder.edges.clone(), report: self.nothing() };
        let named = self.round("names and parts", folder, start, &kinds).await?;
        self.round("edges", folder, named, &edges).await
    }

    fn nothing(&self) -> AdviceReport {
        apply(&[], Vec::new(), Vec::new(), &wardian_graph::advise::Questions::default(), &[], self.model.name(), &AdviceOptions::default())
            .report
    }

    async fn round(&self, what: &str, folder: &Folder, before: Advised, options: &AdviceOptions) -> Result<Advised> {
        let questions = questions(&folder.tools, &before.domains, &before.edges, options);
        let bar = self.ui.bar(what, questions.asked.len());
        let answers = advise(&questions.asked, self.model, self.concurrency, &|question, _| bar.step(&question.id)).await;
        drop(bar);
        let has_answer = before.report.answered > 0 || answers.iter().any(Result::is_ok);
        if let (Some(Err(error)), false) = (answers.first(), has_answer) {
            bail!("`{}` answered none of {} questions about {what}; the first: {error}", self.model.name(), answers.len());
        }
        let failed = answers.iter().filter(|answer| answer.is_err()).count();
        if failed > 0 {
            self.ui.warn(&format!("{failed} of {} questions about {what} have no answer; {ADVICE} says why", answers.len()));
        }
        let after = apply(&folder.tools, before.domains, before.edges, &questions, &answers, self.model.name(), options);
        Ok(Advised { report: before.report.and(after.report), ..after })
    }
}

fn summary<'a>(stats: &'a GraphStats, report: &AdviceReport, requests: u64, tokens: u64) -> Summary<'a> {
    Summary {
        stats,
        questions: report.questions,
        answered: report.answered,
        renamed: report.renamed.len(),
        split: report.split.len(),
        edges_confirmed: report.edges_confirmed,
        edges_added: report.edges_added.len(),
        edges_removed: report.edges_removed.len(),
        refused: report.refused.len(),
        requests,
        tokens,
    }
}

fn text(summary: &Summary<'_>, report: &Path) -> String {
    let count = ui::count;
    format!(
        "{} of {} questions answered with {} requests and {} tokens\n{} domains renamed, {} split; {} dependency edges confirmed, {} added, \
         {} taken out\n{} pieces of advice not followed → {}\n{} domains, modularity {:.3}\n",
        count(summary.answered),
        count(summary.questions),
        count(summary.requests as usize),
        count(summary.tokens as usize),
        count(summary.renamed),
        count(summary.split),
        count(summary.edges_confirmed),
        count(summary.edges_added),
        count(summary.edges_removed),
        count(summary.refused),
        report.display(),
        count(summary.stats.domains),
        summary.stats.modularity,
    )
}
