//! `wardian-trainer evaluate`

use super::model::ModelArgs;
use super::ui::Ui;
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use wardian_format::number::grouped as count;
use wardian_torch::{Decoder, examine, guarded};
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::curves::HeldOut;
use wardian_trainer::data::expand;
use wardian_trainer::fit::{Fit, OverLong};
use wardian_trainer::held_out::{HeldOutSample, Seen, calls};
use wardian_trainer::prepare::{PrepareOptions, prepare};
use wardian_trainer::template::RenderOptions;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// Files of conversations, .jsonl or .parquet, or folders of them
    #[arg(required = true)]
    data: Vec<PathBuf>,
    /// Tokens of a sequence [default: what the model knows, 4096 at most]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..))]
    length: Option<u32>,
    /// What becomes of longer conversations
    #[arg(long, value_enum, default_value = "cut")]
    over_long: OverLongArg,
    /// Write what each conversation comes to as JSON lines
    #[arg(long, value_name = "FILE")]
    each: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OverLongArg {
    Cut,
    LeaveOut,
    Refuse,
}

/// Sequences of no model are longer where nobody asks for it.
const LENGTH_MAX: usize = 4096;

/// What a model made of files.
#[derive(Debug, Serialize)]
struct Evaluation {
    model: PathBuf,
    device: String,
    files: Vec<File>,
}

/// What it made of one.
#[derive(Debug, Serialize)]
struct File {
    data: PathBuf,
    conversations: usize,
    /// Conversations that were too long, with `--over-long leave-out`.
    left_out: usize,
    #[serde(flatten)]
    seen: HeldOut,
}

/// A line of `--each`.
#[derive(Debug, Serialize)]
struct Each<'a> {
    data: &'a Path,
    /// From 1.
    row: usize,
    #[serde(flatten)]
    seen: Seen,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<()> {
    let (compute, chat, decoder) = args.model.open(true)?;
    if let Err(e) = chat.calls() {
        ui.note(&format!("calls are not counted: {e}"));
    }
    let mut each = match &args.each {
        Some(path) => Some((path, std::fs::File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?)),
        None => None,
    };
    let mut files = Vec::new();
    for path in expand(&args.data)? {
        let (rows, seen, left_out) = one(args, &path, &chat, &decoder)?;
        if let Some((name, file)) = &mut each {
            let lines = rows.iter().zip(&seen).map(|(row, seen)| serde_json::to_string(&Each { data: &path, row: *row, seen: *seen }));
            let text: String = lines.map(|line| line.map(|line| line + "\n")).collect::<Result<_, _>>()?;
            file.write_all(text.as_bytes()).with_context(|| format!("cannot write `{}`", name.display()))?;
        }
        let all = seen.into_iter().sum::<Seen>().line(0);
        files.push(File { data: path, conversations: rows.len(), left_out, seen: all });
    }
    let evaluation = Evaluation { model: args.model.model.clone(), device: compute.name.clone(), files };
    ui.result(&evaluation, || evaluation.files.iter().map(text).collect())
}

/// The conversations of a file: their rows, what each came to, and how many were left out.
fn one(args: &Args, path: &Path, chat: &ChatTokenizer, decoder: &Decoder) -> Result<(Vec<usize>, Vec<Seen>, usize)> {
    let known = decoder.config().positions_max;
    let length = args.length.map_or(known.min(LENGTH_MAX), |length| length as usize);
    anyhow::ensure!(length <= known, "`--length` is {length}, and the model knows {known} positions");
    let over_long = match args.over_long {
        OverLongArg::Cut => OverLong::Cut,
        OverLongArg::LeaveOut => OverLong::LeaveOut,
        OverLongArg::Refuse => OverLong::Refuse,
    };
    let render = RenderOptions { date: args.model.date, ..RenderOptions::default() };
    let options = PrepareOptions { tokens_max: length, over_long, render };
    let (mut rows, mut samples, mut left_out) = (Vec::new(), Vec::new(), 0);
    prepare(&[path.to_owned()], chat, &options, |one| match one.fit {
        Fit::Whole(sample) | Fit::Cut(sample, _) => {
            rows.push(one.row);
            samples.push(HeldOutSample { sample: sample.clone(), calls: calls(chat, one.rendered, one.encoded, sample.ids.len()) });
        }
        Fit::Out(_) => left_out += 1,
    })?;
    Ok((rows, guarded(|| examine(decoder, &samples, length))?, left_out))
}

fn text(file: &File) -> String {
    let File { data, conversations, left_out, seen } = file;
    let mut out = format!("{}\n", data.display());
    let mut row = |name: &str, value: String| out.push_str(&format!("  {name:<16} {value}\n"));
    let left_out = if *left_out > 0 { format!("; {} too long, left out", count(*left_out)) } else { String::new() };
    row("conversations", format!("{}{left_out}", count(*conversations)));
    row("loss", format!("{:.4} nats a token of the agent, of {}", seen.loss, count(seen.tokens)));
    if let Some(calls) = &seen.calls {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let (right, names, arguments) = (percent(calls.right), percent(calls.names), percent(calls.arguments));
        row("calls", format!("{right} of {} right; names {names}, arguments {arguments}", count(calls.calls)));
    }
    out
}
