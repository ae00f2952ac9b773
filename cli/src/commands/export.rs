//! `wardian export`

mod shards;

use crate::packs::PackSet;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use shards::{Shards, Written};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use wardian_export::{Compression, Container, Exporter, Options, Reasoning};
use wardian_format::pack::Role;
use wardian_format::{Digest, Task, Trajectory, task};
use wardian_model::ToolDefinition;
use wardian_rollout::episode::offered;

/// Examples of each reason for leaving a trajectory out.
const EXAMPLES_MAX: usize = 3;

/// Writes a training set in the form of a trainer, with what the loss is on marked.
///
/// Trajectories are read one by one, so their number is bounded by the disk alone. What a form cannot carry whole is left out, counted by
/// reason, never shortened. docs/exports.md describes the forms.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of trajectories, usually `filtered/kept.jsonl`
    #[arg(required = true)]
    trajectories: Vec<PathBuf>,
    /// A pack, or a folder of packs, may be repeated; for the tools that the agent was offered
    #[arg(long, required = true)]
    packs: Vec<PathBuf>,
    /// The file to write: `NAME.jsonl` or `NAME.parquet`
    #[arg(long, short)]
    out: PathBuf,
    /// Only trajectories of tasks of this split
    #[arg(long, value_enum, requires = "tasks")]
    split: Option<Split>,
    /// Files of tasks, or folders of them, for --split
    #[arg(long, requires = "split")]
    tasks: Vec<PathBuf>,
    #[command(flatten)]
    export: ExportArgs,
}

/// How to export.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Whose form it is
    #[arg(long, value_enum, default_value_t = Form::Trl)]
    form: Form,
    /// Rows in a file; more make files NAME-00001-of-00002.EXT and so on [default: all in one]
    #[arg(long)]
    rows_max: Option<NonZeroUsize>,
    /// Leave the agent's turns with a failed call out of the loss
    #[arg(long)]
    mask_errors: bool,
    /// What becomes of reasoning
    #[arg(long, value_enum, default_value_t = KeepOrDrop::Keep)]
    reasoning: KeepOrDrop,
    /// Write which parts of each trajectory are learned into its metadata
    #[arg(long, value_enum, default_value_t = YesOrNo::Yes)]
    mark_loss: YesOrNo,
    /// How Parquet is packed
    #[arg(long, value_enum, default_value_t = Packing::Zstd)]
    compression: Packing,
}

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// TRL and Hugging Face: messages and tools (.jsonl or .parquet)
    Trl,
    /// verl, supervised (.parquet)
    Verl,
    /// verl, reinforcement: one row a task (.parquet)
    VerlRl,
    /// LLaMA-Factory: sharegpt, with dataset_info.json (.jsonl)
    Llamafactory,
    /// Agent Trajectory Interchange Format 1.7 of Harbor (.jsonl)
    Atif,
    /// OpenAI's fine-tuning (.jsonl)
    Openai,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum KeepOrDrop {
    Keep,
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum YesOrNo {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Packing {
    Zstd,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Split {
    Train,
    Test,
}

/// What `export --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    form: &'static str,
    /// Rows written.
    pub(crate) lines: usize,
    /// Bytes written.
    pub(crate) bytes: usize,
    /// The files with the rows.
    files: Vec<Written>,
    /// The agent's turns that the loss is on.
    learned: usize,
    /// The agent's turns that it is not on.
    masked: usize,
    /// Messages after the agent's last turn that the form has no place for.
    cut: usize,
    /// Trajectories without a row: word for the reason → how many, and the first of them.
    left_out: BTreeMap<&'static str, LeftOut>,
}

/// Trajectories left out for one reason.
#[derive(Debug, Default, Serialize)]
struct LeftOut {
    count: usize,
    first: Vec<String>,
}

/// The tasks of a split.
struct Wanted {
    split: task::Split,
    tasks: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl ExportArgs {
    /// TRL's form, without the marking of the loss.
    pub(crate) fn unmarked() -> Self {
        let (reasoning, mark_loss, compression) = (KeepOrDrop::Keep, YesOrNo::No, Packing::Zstd);
        Self { form: Form::Trl, rows_max: None, mask_errors: false, reasoning, mark_loss, compression }
    }

    fn options(&self) -> Options {
        let reasoning = if self.reasoning == KeepOrDrop::Keep { Reasoning::Keep } else { Reasoning::Drop };
        Options { mask_errors: self.mask_errors, reasoning, mark_loss: self.mark_loss == YesOrNo::Yes }
    }

    fn form(&self) -> wardian_export::Form {
        match self.form {
            Form::Trl => wardian_export::Form::Trl,
            Form::Verl => wardian_export::Form::Verl,
            Form::VerlRl => wardian_export::Form::VerlRl,
            Form::Llamafactory => wardian_export::Form::LlamaFactory,
            Form::Atif => wardian_export::Form::Atif,
            Form::Openai => wardian_export::Form::OpenAi,
        }
    }

    fn compression(&self) -> Compression {
        if self.compression == Packing::Zstd { Compression::Zstd } else { Compression::None }
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    let wanted = args.split.map(|split| Wanted::read(split, &args.tasks)).transpose()?;
    let paths = files::expand(&args.trajectories, &["jsonl"])?;
    let summary = export(&paths, &packs, &args.out, &args.export, wanted.as_ref(), ui)?;
    ui.result(&summary, || text(&summary, &args.out))?;
    Ok(Verdict::Well)
}

/// Exports every file of `paths` into the file `out`, or into shards beside it.
pub(crate) fn stage(paths: &[PathBuf], packs: &PackSet, out: &Path, args: &ExportArgs, ui: &Ui) -> Result<Summary> {
    export(paths, packs, out, args, None, ui)
}

fn export(paths: &[PathBuf], packs: &PackSet, out: &Path, args: &ExportArgs, wanted: Option<&Wanted>, ui: &Ui) -> Result<Summary> {
    let form = args.form();
    let container = container(form, out)?;
    let split = if wanted.is_some_and(|wanted| wanted.split == task::Split::Test) { "test" } else { "train" };
    let mut exporter = Exporter::new(form, args.options(), split);
    let mut shards = Shards::new(out, form, container, args.compression(), args.rows_max);
    let mut summary =
        Summary { form: form.name(), lines: 0, bytes: 0, files: Vec::new(), learned: 0, masked: 0, cut: 0, left_out: BTreeMap::new() };
    let mut tools = Tools { packs, last: None };
    let bar = ui.spinner("trajectories");
    for path in paths {
        files::read_jsonl_each(path, |trajectory: Trajectory| {
            ui::check_interrupt()?;
            bar.step(&trajectory.id);
            let who = || format!("trajectory `{}` of `{}`", trajectory.id, path.display());
            if !wanted.map_or(Ok(true), |wanted| wanted.has(&trajectory.task)).with_context(who)? {
                summary.leave_out("other_split", &trajectory.id, "its task is of the other split");
                return Ok(());
            }
            match exporter.row(&trajectory, tools.of(&trajectory, who)?) {
                Ok(row) => {
                    (summary.learned, summary.masked, summary.cut) =
                        (summary.learned + row.learned, summary.masked + row.masked, summary.cut + row.cut);
                    shards.push(row.value, row.beside)?;
                }
                Err(refusal) => summary.leave_out(refusal.code(), &trajectory.id, &refusal.to_string()),
            }
            Ok(())
        })?;
    }
    summary.files = shards.finish()?;
    summary.lines = summary.files.iter().map(|file| file.lines).sum();
    summary.bytes = summary.files.iter().map(|file| file.bytes).sum();
    Ok(summary)
}

/// The container that the name `out` ends in, which must be one of the form's.
fn container(form: wardian_export::Form, out: &Path) -> Result<Container> {
    let allowed = form.containers();
    let extension = out.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if let Some(container) = allowed.iter().find(|container| container.extension() == extension) {
        return Ok(*container);
    }
    let names: Vec<String> = allowed.iter().map(|container| format!("`.{}`", container.extension())).collect();
    bail!("form `{}` is written into files whose names end in {}; `{}` does not", form.name(), names.join(" or "), out.display())
}

/// The tools that agents were offered. Trajectories of one pack follow each other, so the last ones are kept.
struct Tools<'a> {
    packs: &'a PackSet,
    last: Option<(Digest, Vec<String>, Vec<ToolDefinition>)>,
}

impl Tools<'_> {
    fn of(&mut self, trajectory: &Trajectory, who: impl Fn() -> String) -> Result<&[ToolDefinition]> {
        let digest = trajectory.certificate.pack_digest;
        if self.last.as_ref().is_none_or(|(last, names, _)| *last != digest || *names != trajectory.tools) {
            let pack = self.packs.get(&trajectory.certificate.pack, digest, &who())?;
            self.last = Some((digest, trajectory.tools.clone(), offered(pack.manifest(), Role::Agent, &trajectory.tools)));
        }
        Ok(self.last.as_ref().map_or(&[], |(_, _, tools)| tools))
    }
}

impl Wanted {
    fn read(split: Split, paths: &[PathBuf]) -> Result<Self> {
        let split = if split == Split::Test { task::Split::Test } else { task::Split::Train };
        let mut out = Self { split, tasks: BTreeSet::new(), others: BTreeSet::new() };
        for path in files::expand(paths, &["jsonl"])? {
            files::read_jsonl_each(&path, |task: Task| {
                let set = if task.split == split { &mut out.tasks } else { &mut out.others };
                set.insert(task.id);
                Ok(())
            })?;
        }
        Ok(out)
    }

    /// True where the task is of the split; an error where it is not among those given.
    fn has(&self, task: &str) -> Result<bool> {
        if self.tasks.contains(task) {
            return Ok(true);
        }
        if self.others.contains(task) {
            Ok(false)
        } else {
            bail!("its task `{task}` is not among the tasks given, so its split is not known")
        }
    }
}

impl Summary {
    fn leave_out(&mut self, code: &'static str, id: &str, reason: &str) {
        let entry = self.left_out.entry(code).or_default();
        entry.count += 1;
        if entry.first.len() < EXAMPLES_MAX {
            entry.first.push(format!("trajectory `{id}`: {reason}"));
        }
    }
}

fn text(summary: &Summary, out: &Path) -> String {
    let to = match summary.files.as_slice() {
        [first, .., last] => format!("{} … {} ({} files)", first.file, last.file, ui::count(summary.files.len())),
        _ => out.display().to_string(),
    };
    let mut text = format!("{} lines, {} → {to}\n", ui::count(summary.lines), ui::bytes(summary.bytes));
    if summary.learned + summary.masked > 0 {
        let _ = write!(text, "the loss is on {} turns of the agent", ui::count(summary.learned));
        if summary.masked > 0 {
            let _ = write!(text, ", not on {}", ui::count(summary.masked));
        }
        if summary.cut > 0 {
            let _ = write!(text, "; {} messages after the last turns are cut", ui::count(summary.cut));
        }
        text.push('\n');
    }
    for (code, left) in &summary.left_out {
        let _ = writeln!(text, "left out: {} {code}", ui::count(left.count));
        for example in &left.first {
            let _ = writeln!(text, "  {example}");
        }
    }
    text
}
