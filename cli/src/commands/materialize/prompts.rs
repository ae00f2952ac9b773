//! `wardian materialize prompts`: what the prompts of the model author are worth.

use super::authors::{Authored, Authors};
use super::{AuthorArgs, MaterializeArgs};
use crate::model::ModelArgs;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_author::{Prompts, Trial, VERSIONS, trials};
use wardian_catalog::{ImportOptions, import};
use wardian_env::Runtime;
use wardian_format::{CatalogTool, Digest};
use wardian_materialize::report::Score;
use wardian_materialize::{Options, materialize};

/// Lets the model work on six domains of the catalogue that ships with Wardian, once with each version of the prompts, and says for each
/// what the self-checks score before and after, what was taken and refused, and what it cost. Nothing else is written but answers.
#[derive(clap::Args)]
pub(crate) struct PromptsArgs {
    /// A version that ships with Wardian; several may be given [default: the one in use]
    #[arg(long, value_name = "VERSION")]
    version: Vec<String>,
    /// A folder with files NAME.md that stand in place of prompts of the version in use; several may be given
    #[arg(long, value_name = "FOLDER")]
    folder: Vec<PathBuf>,
    /// Only this domain; several may be given
    #[arg(long, value_name = "NAME")]
    domain: Vec<String>,
    #[command(flatten)]
    author: AuthorArgs,
    #[command(flatten)]
    model: ModelArgs,
}

/// One domain under one version of the prompts.
#[derive(Serialize)]
struct Row {
    prompts: String,
    prompts_digest: Digest,
    domain: String,
    tools_in: usize,
    before: Score,
    after: Score,
    accepted: BTreeMap<String, usize>,
    refused: BTreeMap<String, usize>,
    answers: usize,
    repairs: usize,
    tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
}

pub(super) fn run(args: &PromptsArgs, ui: &Ui) -> Result<Verdict> {
    let versions = versions(args)?;
    let trials: Vec<Trial> = trials().into_iter().filter(|trial| args.domain.is_empty() || args.domain.contains(&trial.name)).collect();
    if trials.is_empty() {
        let known: Vec<String> = wardian_author::trials().into_iter().map(|trial| trial.name).collect();
        bail!("no such domain; there is {}", known.join(", "));
    }
    let tools = import(&wardian_catalog::embedded(), &ImportOptions::default()).tools;
    let runtime = engine::runtime(ui)?;
    let bar = ui.bar("prompts", versions.len() * trials.len());
    let (mut rows, mut sum, mut requests) = (Vec::new(), Authored::default(), 0);
    for prompts in versions {
        let authors = Authors::with(&args.model, Path::new("answers"), args.author.options(), prompts)?;
        let one = |trial: &Trial| {
            bar.step(&trial.name);
            row(trial, &tools, &authors, &runtime)
        };
        let made: Vec<(Row, Authored)> = authors.threads()?.install(|| trials.par_iter().map(one).collect::<Result<_>>())?;
        let mut all = Authored::default();
        for (row, authored) in made {
            all.add(&authored);
            rows.push(row);
        }
        let all = authors.close(all, ui)?;
        requests += all.requests;
        sum.add(&all);
    }
    drop(bar);
    sum.requests = requests;
    ui.result(&serde_json::json!({"rows": rows, "sum": sum}), || text(&rows))?;
    Ok(Verdict::Well)
}

fn versions(args: &PromptsArgs) -> Result<Vec<Prompts>> {
    let mut out: Vec<Prompts> = args.version.iter().map(|version| Prompts::of(version)).collect::<Result<_, _>>()?;
    for folder in &args.folder {
        let mut texts = BTreeMap::new();
        for path in files::list(folder, &["md"])? {
            texts.insert(files::stem(&path), files::read_text(&path)?);
        }
        if texts.is_empty() {
            bail!("`{}` has no prompts: files NAME.md", folder.display());
        }
        let name = folder.file_name().map_or_else(|| "folder".to_owned(), |name| name.to_string_lossy().into_owned());
        let prompts =
            Prompts::default().with(&name, texts).with_context(|| format!("cannot take the prompts in `{}`", folder.display()))?;
        out.push(prompts);
    }
    if out.is_empty() {
        out.push(Prompts::of(VERSIONS[VERSIONS.len() - 1])?);
    }
    Ok(out)
}

fn row(trial: &Trial, tools: &[CatalogTool], authors: &Authors, runtime: &Runtime) -> Result<(Row, Authored)> {
    ui::check_interrupt()?;
    let domain = trial.domain();
    if let Some(lost) = domain.tools.iter().find(|id| !tools.iter().any(|tool| tool.id == **id)) {
        bail!("the domain `{}` has the tool `{lost}`, which the catalogue has not", trial.name);
    }
    let options: Options = MaterializeArgs::with_seed(Options::default().seed).options()?;
    let made = materialize(&domain, tools, &options, runtime)?;
    let authored = authors.work(&domain, tools, &options, &made, runtime)?;
    let report = authored.report.author.context("the author reports on its work")?;
    let count = |kinds: &mut dyn Iterator<Item = &String>| {
        let mut out: BTreeMap<String, usize> = BTreeMap::new();
        kinds.for_each(|kind| *out.entry(kind.clone()).or_default() += 1);
        out
    };
    let row = Row {
        prompts: authors.prompts().version().to_owned(),
        prompts_digest: authors.prompts().digest(),
        domain: trial.name.clone(),
        tools_in: domain.tools.len(),
        before: report.before,
        after: report.after,
        accepted: count(&mut report.accepted.iter().map(|piece| &piece.kind)),
        refused: count(&mut report.refused.iter().map(|piece| &piece.kind)),
        answers: report.answers,
        repairs: report.repairs,
        tokens: report.tokens_read + report.tokens_written,
        stopped: report.stopped.clone(),
    };
    Ok((row, Authored::of(&trial.name, &report)))
}

fn text(rows: &[Row]) -> String {
    let mut out = format!(
        "{:<10} {:<26} {:>5} {:>11} {:>11} {:>8} {:>8} {:>8} {:>8} {:>9}\n",
        "prompts", "domain", "tools", "in before", "after", "checks", "taken", "refused", "answers", "tokens"
    );
    for row in rows {
        let sum = |of: &BTreeMap<String, usize>| of.values().sum::<usize>();
        out.push_str(&format!(
            "{:<10} {:<26} {:>5} {:>11} {:>11} {:>+8} {:>8} {:>8} {:>8} {:>9}\n",
            row.prompts,
            row.domain,
            row.tools_in,
            row.before.tools,
            row.after.tools,
            row.after.checks as i64 - row.before.checks as i64,
            sum(&row.accepted),
            sum(&row.refused),
            row.answers,
            ui::count(row.tokens as usize),
        ));
    }
    out
}
