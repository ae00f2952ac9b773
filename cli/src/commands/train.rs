//! `wardian train`

use crate::{Verdict, files, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use wardian_format::number::grouped;
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::fit::{Fit, OverLong};
use wardian_trainer::inspect::{Paint, Shown, page, text};
use wardian_trainer::prepare::{PrepareOptions, prepare};
use wardian_trainer::stats::Stats;
use wardian_trainer::template::{CHATML_TOOLS, Date, RenderOptions};
use wardian_trainer::vocabulary::{Counts, Vocabulary};

/// Conversations that a page shows at most.
const ROWS_MAX: usize = 1_000;
/// The executable that links libtorch.
const TRAINER: &str = "wardian-trainer";

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Show which tokens of a training set are learned, and count them
    ///
    /// Reads JSON lines or Parquet with `messages` and `tools`, as `wardian export --form trl` writes them, renders each conversation by the
    /// model's chat template, and marks what the agent wrote: its reasoning, calls and answers with the end of its turn, and nothing else.
    Inspect(InspectArgs),
    /// Train a small tokenizer on a training set, for models that are trained from scratch
    ///
    /// Byte-level BPE over the texts that the conversations make under the built-in template `chatml-tools`, schemas and calls included. Writes a
    /// folder that `--model` takes and that transformers reads. The same data make the same bytes.
    Tokenizer(TokenizerArgs),
    /// Train a model as a plan says: `wardian-trainer run`
    ///
    /// `wardian-trainer` is the executable that links libtorch. It is looked for beside this one, then in PATH; WARDIAN_TRAINER names another.
    /// docs/trainer.md says how it is built.
    #[command(disable_help_flag = true)]
    Run(PassedOn),
    /// Measure a model on conversations, its loss and its calls: `wardian-trainer evaluate`
    #[command(disable_help_flag = true)]
    Evaluate(PassedOn),
    /// Serve a model over the OpenAI chat protocol: `wardian-trainer serve`
    #[command(disable_help_flag = true)]
    Serve(PassedOn),
}

/// Arguments that the other executable reads.
#[derive(clap::Args)]
pub(crate) struct PassedOn {
    /// Its arguments; `--help` prints them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

#[derive(clap::Args)]
pub(crate) struct TokenizerArgs {
    /// Files of conversations, .jsonl or .parquet, or folders of them
    #[arg(required = true)]
    data: Vec<PathBuf>,
    /// Tokens of the vocabulary, 265 of which are bytes, special tokens and tags
    #[arg(long, value_name = "TOKENS", default_value_t = 8192)]
    size: usize,
    /// Folder that is written
    #[arg(short, long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct InspectArgs {
    /// Files of conversations, .jsonl or .parquet, or folders of them
    #[arg(required = true)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    text: TextArgs,
    /// Show these rows of the data, counted from 1 over all files: `3`, `2-5`; may be repeated [default: 1]
    #[arg(long, value_name = "ROWS", value_parser = rows)]
    row: Vec<(usize, usize)>,
    /// Write a page with the rows instead of printing them
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// How conversations become tokens.
#[derive(clap::Args)]
pub(crate) struct TextArgs {
    /// The model: a Hugging Face folder with tokenizer.json, or a GGUF file
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,
    /// Chat template instead of the model's own: a file, or `chatml-tools`, which is built in
    #[arg(long, value_name = "FILE")]
    template: Option<String>,
    /// Tokens of a sequence
    #[arg(long, value_name = "TOKENS", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(2..=1 << 20))]
    length: u32,
    /// What becomes of longer conversations: they end after the last turn of the agent that fits, are left out, or are an error
    #[arg(long, value_enum, default_value_t = OverLongArg::Cut)]
    over_long: OverLongArg,
    /// What a template writes as today's date: `2026-01-31`
    #[arg(long, value_parser = date)]
    date: Option<Date>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OverLongArg {
    Cut,
    LeaveOut,
    Refuse,
}

/// What `train inspect --json` prints.
#[derive(Debug, Serialize)]
struct Document {
    /// Whose template: `own`, `chatml-tools`, or a file.
    template: String,
    /// What stands before the agent's words; none where the template has generation blocks.
    turn_start: Option<String>,
    #[serde(flatten)]
    stats: Stats,
    rows: Vec<Row>,
}

/// What `train tokenizer --json` prints.
#[derive(Debug, Serialize)]
struct Trained {
    out: PathBuf,
    #[serde(flatten)]
    counts: Counts,
}

/// One conversation.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    text: String,
    ids: Vec<u32>,
    /// Runs of learned tokens: first, one past the last.
    learned: Vec<(usize, usize)>,
    /// What those runs say.
    learned_text: Vec<String>,
    /// Tokens that are trained on.
    kept: usize,
}

fn rows(text: &str) -> Result<(usize, usize), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last && last - first < ROWS_MAX => Ok((first, last)),
        _ => Err(format!("neither a row nor a range of at most {ROWS_MAX}, such as 2-5")),
    }
}

fn date(text: &str) -> Result<Date, String> {
    Date::try_from(text.to_owned())
}

impl TextArgs {
    fn chat(&self) -> Result<ChatTokenizer> {
        let template = match self.template.as_deref() {
            None => None,
            Some("chatml-tools") => Some(CHATML_TOOLS.to_owned()),
            Some(path) => Some(std::fs::read_to_string(path).with_context(|| format!("cannot read the template `{path}`"))?),
        };
        ChatTokenizer::open(&self.model, template.as_deref()).with_context(|| format!("cannot use the model `{}`", self.model.display()))
    }

    fn options(&self) -> PrepareOptions {
        let over_long = match self.over_long {
            OverLongArg::Cut => OverLong::Cut,
            OverLongArg::LeaveOut => OverLong::LeaveOut,
            OverLongArg::Refuse => OverLong::Refuse,
        };
        let render = RenderOptions { date: self.date, ..RenderOptions::default() };
        PrepareOptions { tokens_max: self.length as usize, over_long, render }
    }
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Inspect(args) => inspect(args, ui),
        Command::Tokenizer(args) => tokenizer(args, ui),
        Command::Run(passed) => trainer("run", passed, ui),
        Command::Evaluate(passed) => trainer("evaluate", passed, ui),
        Command::Serve(passed) => trainer("serve", passed, ui),
    }
}

/// Becomes `wardian-trainer`.
fn trainer(command: &str, passed: &PassedOn, ui: &Ui) -> Result<Verdict> {
    let beside = std::env::current_exe().ok().map(|path| path.with_file_name(TRAINER)).filter(|path| path.exists());
    let program = std::env::var_os("WARDIAN_TRAINER").map(PathBuf::from).or(beside).unwrap_or_else(|| TRAINER.into());
    let error = std::process::Command::new(&program).arg(command).args(ui.flags()).args(&passed.args).exec();
    let hint = match error.kind() {
        std::io::ErrorKind::NotFound => {
            ": it is built by `LIBTORCH=$(build/libtorch) cargo build --release -p wardian-torch --features torch` (docs/trainer.md)"
        }
        _ => "",
    };
    Err(error).with_context(|| format!("cannot run `{}`{hint}", program.display()))
}

fn tokenizer(args: &TokenizerArgs, ui: &Ui) -> Result<Verdict> {
    let data = files::expand(&args.data, &["jsonl", "parquet"])?;
    let bar = ui.spinner("conversations");
    let vocabulary = Vocabulary::train(&data, args.size, || bar.step(""))?;
    drop(bar);
    for (name, text) in vocabulary.files()? {
        files::write(&args.out.join(name), text.as_bytes())?;
    }
    let trained = Trained { out: args.out.clone(), counts: vocabulary.counts };
    ui.result(&trained, || {
        let Counts { conversations, bytes, tokens, bytes_a_token, size } = trained.counts;
        let row = |name: &str, value: String| format!("{name:<30} {value}\n");
        [
            format!("{}\n", trained.out.display()),
            row("tokens of the vocabulary", grouped(size)),
            row("conversations", grouped(conversations)),
            row("bytes of text", grouped(bytes)),
            row("tokens of text", grouped(tokens)),
            row("bytes a token", format!("{bytes_a_token:.2}")),
        ]
        .concat()
    })?;
    Ok(Verdict::Well)
}

fn inspect(args: &InspectArgs, ui: &Ui) -> Result<Verdict> {
    let chat = args.text.chat()?;
    let data = files::expand(&args.data, &["jsonl", "parquet"])?;
    let wanted = if args.row.is_empty() { vec![(1, 1)] } else { args.row.clone() };
    let mut shown = Vec::new();
    let mut seen = 0;
    let bar = ui.spinner("conversations");
    let prepared = prepare(&data, &chat, &args.text.options(), |one| {
        seen += 1;
        bar.step("");
        if shown.len() < ROWS_MAX && wanted.iter().any(|(first, last)| (*first..=*last).contains(&seen)) {
            let kept = match one.fit {
                Fit::Whole(sample) | Fit::Cut(sample, _) => sample.ids.len(),
                Fit::Out(_) => 0,
            };
            let name = format!("{}:{}", one.path.display(), one.row);
            shown.push(Shown { name, rendered: one.rendered.clone(), encoded: one.encoded.clone(), kept });
        }
    })?;
    drop(bar);
    if shown.is_empty() {
        bail!("the data have {seen} rows, and none of those that were asked for");
    }
    if let Some(path) = &args.html {
        let title = format!("{}, as {} learns it", names(&data), name(&args.text.model));
        files::write(path, page(&title, &prepared.stats, &shown).as_bytes())?;
    }
    let document = Document {
        template: args.text.template.clone().unwrap_or_else(|| "own".to_owned()),
        turn_start: chat.turn().map(|turn| turn.start.clone()),
        stats: prepared.stats,
        rows: shown.iter().map(row).collect(),
    };
    ui.result(&document, || print(&document, &shown, args.html.as_deref()))?;
    Ok(Verdict::Well)
}

fn print(document: &Document, shown: &[Shown], html: Option<&Path>) -> String {
    let mut out = String::new();
    if let Some(path) = html {
        out.push_str(&format!("{}\n", path.display()));
    } else {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        for one in shown {
            out.push_str(&format!("{}\n{}\n", one.name, text(one, if colour { Paint::Colour } else { Paint::Signs })));
        }
    }
    for (name, value) in document.stats.rows() {
        out.push_str(&format!("{name:<30} {value}\n"));
    }
    out
}

fn row(shown: &Shown) -> Row {
    let mut learned: Vec<(usize, usize)> = Vec::new();
    for (i, _) in shown.encoded.learned.iter().enumerate().filter(|(_, learned)| **learned) {
        match learned.last_mut() {
            Some((_, end)) if *end == i => *end += 1,
            _ => learned.push((i, i + 1)),
        }
    }
    let ranges = &shown.encoded.ranges;
    let text = |run: &(usize, usize)| shown.rendered.text[ranges[run.0].start..ranges[run.1 - 1].end].to_owned();
    Row {
        name: shown.name.clone(),
        text: shown.rendered.text.clone(),
        ids: shown.encoded.ids.clone(),
        learned_text: learned.iter().map(text).collect(),
        learned,
        kept: shown.kept,
    }
}

fn names(data: &[PathBuf]) -> String {
    match data {
        [one] => name(one),
        many => format!("{} and {} more", name(&many[0]), many.len() - 1),
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
