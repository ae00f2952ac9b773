//! `wardian tasks word`

use crate::commands::rollout::{Bill, PlayerArgs};
use crate::{Verdict, files, network, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinSet;
use wardian_format::Task;
use wardian_model::ChatModel;
use wardian_openai::{CacheUse, Cached};
use wardian_tasks::{worded, wording_request};

/// Tasks that are worded at once.
const AT_ONCE: usize = 64;
/// Refused answers that are shown, of all tasks together.
const SHOWN_MAX: usize = 20;

/// Has a language model word what the user says, and checks that no value is lost, new or given away.
///
/// A task whose words are refused twice keeps those of the templates. Answers are kept in `answers` below the folder, so that a second run
/// asks nobody.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of tasks, or folders of them
    #[arg(required = true)]
    tasks: Vec<PathBuf>,
    /// The folder to write
    #[arg(long, short)]
    out: PathBuf,
    /// Who words them: an endpoint of --models, or `openai:MODEL` [default: the role `writer` of --models]
    #[arg(long, value_name = "NAME")]
    writer: Option<String>,
    /// Tries for each task
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=10))]
    tries: u32,
    /// Send nothing: take every answer from the folder of answers
    #[arg(long)]
    answers_only: bool,
    #[command(flatten)]
    endpoints: crate::commands::rollout::EndpointArgs,
}

/// What `tasks word --json` prints.
#[derive(Serialize)]
struct Summary {
    tasks: usize,
    /// Tasks that have the model's words.
    worded: usize,
    /// Tasks that keep those of the templates.
    kept: usize,
    /// Why, by task: the complaints about the last answer; the first few.
    refused: BTreeMap<String, Vec<String>>,
    spent: Bill,
}

/// What became of one task.
struct Worded {
    place: usize,
    task: Task,
    complaints: Vec<String>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = network::shared()?;
    let players = PlayerArgs::of(&args.endpoints);
    let found = runtime.block_on(async { players.writer(args.writer.as_deref()) })?;
    let Some((account, model)) = found else { bail!("nobody is named to word the tasks: --writer, or the role `writer` in --models") };
    let use_ = if args.answers_only { CacheUse::Only } else { CacheUse::Fill };
    let model: Arc<dyn ChatModel> = Arc::new(Cached::new(model, &args.out.join("answers"), use_));
    let mut summary = Summary { tasks: 0, worded: 0, kept: 0, refused: BTreeMap::new(), spent: account.bill() };
    for path in files::expand(&args.tasks, &["jsonl"])? {
        let tasks: Vec<Task> = files::read_jsonl(&path)?;
        let bar = ui.bar("word", tasks.len());
        let work = all(tasks, &model, args.tries, &bar);
        let done =
            runtime.block_on(network::until_interrupt(work)).with_context(|| format!("cannot word the tasks of `{}`", path.display()))?;
        for worded in &done {
            summary.tasks += 1;
            summary.worded += usize::from(worded.complaints.is_empty());
            summary.kept += usize::from(!worded.complaints.is_empty());
            if !worded.complaints.is_empty() && summary.refused.len() < SHOWN_MAX {
                summary.refused.insert(worded.task.id.clone(), worded.complaints.clone());
            }
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        files::write_jsonl(&args.out.join(name), done.iter().map(|worded| &worded.task))?;
    }
    summary.spent = account.bill();
    ui.result(&summary, || text(&summary, &args.out))?;
    Ok(Verdict::Well)
}

async fn all(tasks: Vec<Task>, model: &Arc<dyn ChatModel>, tries: u32, bar: &ui::Bar) -> Result<Vec<Worded>> {
    let mut queue = tasks.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut done: Vec<Worded> = Vec::new();
    loop {
        while running.len() < AT_ONCE {
            let Some((place, task)) = queue.next() else { break };
            running.spawn(one(place, task, Arc::clone(model), tries));
        }
        let Some(joined) = running.join_next().await else { break };
        let worded = joined.context("a worker ended unexpectedly")??;
        bar.step(&worded.task.id);
        done.push(worded);
    }
    done.sort_by_key(|worded| worded.place);
    Ok(done)
}

async fn one(place: usize, task: Task, model: Arc<dyn ChatModel>, tries: u32) -> Result<Worded> {
    let mut complaints = Vec::new();
    for _ in 0..tries {
        let reply = model.chat(&wording_request(&task, &complaints)).await?;
        match worded(&task, reply.content.as_deref().unwrap_or_default()) {
            Ok(task) => return Ok(Worded { place, task, complaints: Vec::new() }),
            Err(found) => complaints = found,
        }
    }
    Ok(Worded { place, task, complaints })
}

fn text(summary: &Summary, out: &Path) -> String {
    let mut lines = String::new();
    for (task, complaints) in &summary.refused {
        lines.push_str(&format!("{task}: kept as it was: {}\n", complaints.join("; ")));
    }
    let (worded, all) = (ui::count(summary.worded), ui::count(summary.tasks));
    format!(
        "{lines}{}\n{worded} of {all} tasks have the model's words → {}\n",
        crate::commands::rollout::spent(&summary.spent),
        out.display()
    )
}
