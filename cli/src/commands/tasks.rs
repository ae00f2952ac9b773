//! `wardian tasks generate | bind | word | check`

mod word;

use crate::packs::PackSet;
use crate::stage::Unit;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_env::PackRef;
use wardian_format::task::{Level, TaskSource};
use wardian_format::{Task, jsonl};
use wardian_tasks::{CheckOptions, SplitRule, TaskOptions, check, generate};

/// Commands on tasks.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Walk the tools of packs, execute the walks, and keep what makes good tasks
    Generate(GenerateArgs),
    /// Play the gold calls of the tasks that travel with packs, and write down what they come to
    Bind(BindArgs),
    /// Have a language model word what the user says
    Word(word::Args),
    /// Audit tasks: digests, gold calls, needless writes, what the user knows
    Check(CheckArgs),
}

/// Writes `NAME.jsonl` (tasks) and `NAME.json` (what was tried in vain, by reason) for each pack.
#[derive(clap::Args)]
pub(crate) struct GenerateArgs {
    /// Packs, or folders of packs
    #[arg(required = true)]
    packs: Vec<PathBuf>,
    /// The folder to write
    #[arg(long, short)]
    out: PathBuf,
    #[command(flatten)]
    tasks: TaskArgs,
}

/// Options of the generator.
#[derive(Clone, Debug, Serialize, clap::Args)]
pub(crate) struct TaskArgs {
    /// Tasks for each pack
    #[arg(long, default_value_t = TaskOptions::default().count)]
    pub(crate) count: usize,
    /// Seed of the walks and of the wording
    #[arg(long, default_value_t = TaskOptions::default().seed)]
    pub(crate) task_seed: u64,
    /// Only tasks of this level: sets the ranges below where they are not given. `long` has 20 calls and more
    #[arg(long, value_enum)]
    pub(crate) difficulty: Option<LevelArg>,
    /// Fewest calls in a task [default: 2]
    #[arg(long, value_name = "N")]
    pub(crate) calls_min: Option<usize>,
    /// Most calls in a task [default: 8]
    #[arg(long, value_name = "N")]
    pub(crate) calls_max: Option<usize>,
    /// Fewest writes in a task; with 0 some tasks only read
    #[arg(long, value_name = "N", default_value_t = TaskOptions::default().writes_min)]
    pub(crate) writes_min: usize,
    /// Most writes in a task [default: about half of the calls]
    #[arg(long, value_name = "N")]
    pub(crate) writes_max: Option<usize>,
    /// How often a step goes on from another than the step before it: 0 gives chains, 100 stars
    #[arg(long, value_name = "PERCENT", default_value_t = TaskOptions::default().branching_percent, value_parser = percent)]
    pub(crate) branching: u8,
    /// Tools that the agent is offered beside those that it needs, the most alike first [default: all of the pack]
    #[arg(long, value_name = "N")]
    pub(crate) distractors: Option<usize>,
    /// How often a task only reads, where --writes-min is 0
    #[arg(long, value_name = "PERCENT", default_value_t = TaskOptions::default().read_percent, value_parser = percent)]
    pub(crate) reads: u8,
    /// How often a task asks for what the policy forbids or the tools refuse
    #[arg(long, value_name = "PERCENT", default_value_t = TaskOptions::default().refusal_percent, value_parser = percent)]
    pub(crate) refusals: u8,
    /// Random walks of legal calls that must all miss the goal
    #[arg(long, value_name = "N", default_value_t = TaskOptions::default().random_walks)]
    pub(crate) random_walks: usize,
    /// From this likeness on, the later of two tasks is left out
    #[arg(long, value_name = "PERCENT", default_value_t = TaskOptions::default().likeness_percent, value_parser = percent)]
    pub(crate) likeness_max: u8,
    /// Percentage of packs whose tasks form the test split
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = percent)]
    pub(crate) test_percent: u8,
    /// A pack whose tasks are in the test split in any case; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) hold_out: Vec<String>,
}

fn percent(text: &str) -> Result<u8, String> {
    text.parse().ok().filter(|percent| *percent <= 100).ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

/// As [`Level`].
#[derive(Clone, Copy, Debug, Serialize, clap::ValueEnum)]
pub(crate) enum LevelArg {
    /// Below 6 points: a point for each call, write and argument taken from a result, and for each doubling of tools beyond 4
    Easy,
    /// Below 14 points
    Medium,
    /// Below 30 points
    Hard,
    /// 30 points and more, in 20 calls and more
    Long,
}

impl Default for TaskArgs {
    fn default() -> Self {
        let plain = TaskOptions::default();
        Self {
            count: plain.count,
            task_seed: plain.seed,
            difficulty: None,
            calls_min: None,
            calls_max: None,
            writes_min: plain.writes_min,
            writes_max: None,
            branching: plain.branching_percent,
            distractors: None,
            reads: plain.read_percent,
            refusals: plain.refusal_percent,
            random_walks: plain.random_walks,
            likeness_max: plain.likeness_percent,
            test_percent: 10,
            hold_out: Vec::new(),
        }
    }
}

/// Writes `NAME.jsonl` for each pack that has tasks.
#[derive(clap::Args)]
pub(crate) struct BindArgs {
    /// Packs, or folders of packs
    #[arg(required = true)]
    packs: Vec<PathBuf>,
    /// The folder to write
    #[arg(long, short)]
    out: PathBuf,
    /// Only the tasks of this split
    #[arg(long)]
    split: Option<String>,
}

/// Exit status 1 where a task has a problem.
#[derive(clap::Args)]
pub(crate) struct CheckArgs {
    /// Files of tasks, or folders of them
    #[arg(required = true)]
    tasks: Vec<PathBuf>,
    /// A pack, or a folder of packs; may be repeated
    #[arg(long, required = true)]
    packs: Vec<PathBuf>,
}

/// What became of one pack, as written to `NAME.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PackTasks {
    /// Tasks kept.
    pub(crate) tasks: usize,
    /// Walks tried.
    pub(crate) attempts: usize,
    /// What was rejected, by reason.
    pub(crate) rejected: BTreeMap<String, usize>,
    /// The first few of each reason, in words.
    pub(crate) examples: BTreeMap<String, Vec<String>>,
}

/// What `tasks generate --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// Tasks kept in all.
    pub(crate) tasks: usize,
    /// By pack.
    pub(crate) packs: BTreeMap<String, PackTasks>,
}

impl TaskArgs {
    fn options(&self) -> Result<TaskOptions> {
        let level = self.difficulty.map(|level| match level {
            LevelArg::Easy => Level::Easy,
            LevelArg::Medium => Level::Medium,
            LevelArg::Hard => Level::Hard,
            LevelArg::Long => Level::Long,
        });
        let plain = TaskOptions::default();
        let plain = match level {
            Some(level) => plain.of_level(level),
            None => plain,
        };
        let (least, most) = (self.calls_min.unwrap_or(plain.calls_min), self.calls_max.unwrap_or(plain.calls_max));
        anyhow::ensure!(least >= 1 && least <= most, "calls-min {least} must be at least 1 and at most calls-max {most}");
        let writes_max = self.writes_max.or(plain.writes_max);
        let fewest = self.writes_min;
        anyhow::ensure!(
            fewest <= writes_max.unwrap_or(most).min(most),
            "writes-min {fewest} must be at most writes-max and at most calls-max {most}"
        );
        Ok(TaskOptions {
            seed: self.task_seed,
            count: self.count,
            calls_min: least,
            calls_max: most,
            writes_min: self.writes_min,
            writes_max,
            branching_percent: self.branching,
            distractors: self.distractors,
            read_percent: self.reads,
            refusal_percent: self.refusals,
            random_walks: self.random_walks,
            likeness_percent: self.likeness_max,
            split: SplitRule::ByPack { test_percent: self.test_percent, held_out: self.hold_out.iter().cloned().collect() },
            ..plain
        })
    }
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Generate(args) => {
            let runtime = engine::runtime(ui)?;
            let packs = PackSet::load(&args.packs, &runtime)?;
            let summary = stage(&packs, &args.out, &args.tasks, ui)?;
            ui.result(&summary, || text(&summary, &args.out))?;
            Ok(Verdict::Well)
        }
        Command::Bind(args) => {
            let runtime = engine::runtime(ui)?;
            let packs = PackSet::load(&args.packs, &runtime)?;
            let bound = bind_all(&packs, args.split.as_deref(), &args.out, ui)?;
            ui.result(&bound, || bound.iter().map(|bound| format!("{:>6} {}\n", bound.tasks, bound.file.display())).collect())?;
            Ok(Verdict::Well)
        }
        Command::Word(args) => word::run(args, ui),
        Command::Check(args) => run_check(args, ui),
    }
}

/// Generates tasks for every pack into the folder `out`. Where packs fail, the others are done all the same, and the first failure is the error.
pub(crate) fn stage(packs: &PackSet, out: &Path, args: &TaskArgs, ui: &Ui) -> Result<Summary> {
    let options = args.options()?;
    let all: Vec<&PackRef> = packs.iter().map(|(_, pack)| pack).collect();
    let bar = ui.bar("tasks", all.len());
    let one = |pack: &&PackRef| {
        ui::check_interrupt()?;
        let name = pack.name().to_owned();
        let made = one_pack(pack, out, args, &options).with_context(|| format!("cannot generate tasks for pack `{name}`"));
        bar.step(&name);
        made.map(|made| (name, made))
    };
    let results: Vec<Result<(String, PackTasks)>> = all.par_iter().map(one).collect();
    ui::check_interrupt()?;
    let failed = results.iter().filter(|made| made.is_err()).count();
    let made: Vec<(String, PackTasks)> = results
        .into_iter()
        .collect::<Result<_>>()
        .with_context(|| format!("{failed} of {} packs failed; the others are done", all.len()))?;
    Ok(Summary { tasks: made.iter().map(|(_, m)| m.tasks).sum(), packs: made.into_iter().collect() })
}

fn one_pack(pack: &PackRef, out: &Path, args: &TaskArgs, options: &TaskOptions) -> Result<PackTasks> {
    let name = pack.name();
    let unit = Unit::new(out, name, args, &[pack.digest()])?;
    let (tasks, summary) = (out.join(format!("{name}.jsonl")), out.join(format!("{name}.json")));
    if !unit.is_done() {
        let generated = generate(&pack.load()?, options)?;
        let made = PackTasks {
            tasks: generated.tasks.len(),
            attempts: generated.attempts,
            rejected: generated.rejected.counts,
            examples: generated.rejected.examples,
        };
        files::write_jsonl(&tasks, &generated.tasks)?;
        files::write_json(&summary, &made)?;
        unit.done(&[tasks, summary.clone()])?;
    }
    files::read_json(&summary)
}

fn text(summary: &Summary, out: &Path) -> String {
    let mut lines = String::new();
    for (name, pack) in &summary.packs {
        let mut reasons: Vec<(&String, &usize)> = pack.rejected.iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let reasons: Vec<String> = reasons.iter().take(3).map(|(reason, count)| format!("{reason} {count}")).collect();
        lines.push_str(&format!("{:>6} {name:<36} rejected: {}\n", pack.tasks, reasons.join(", ")));
    }
    format!("{lines}{} tasks → {}\n", ui::count(summary.tasks), out.display())
}

/// The bound tasks of one pack, as `tasks bind --json` prints them.
#[derive(Serialize)]
pub(crate) struct Bound {
    pack: String,
    tasks: usize,
    pub(crate) file: PathBuf,
}

/// Binds the tasks of `packs`, of one split where it is named, into files below `out`. No task at all is an error.
pub(crate) fn bind_all(packs: &PackSet, split: Option<&str>, out: &Path, ui: &Ui) -> Result<Vec<Bound>> {
    let mut all = Vec::new();
    for (path, reference) in packs.iter() {
        let pack = reference.load()?;
        let Some(text) = pack.tasks() else { continue };
        let sources: Vec<TaskSource> = jsonl::read(text.as_bytes(), &format!("the tasks of `{}`", path.display()))?;
        let wanted = sources.iter().filter(|source| split.is_none_or(|split| source.splits.iter().any(|name| name == split)));
        let bar = ui.bar("tasks", sources.len());
        let mut tasks = Vec::new();
        for source in wanted {
            ui::check_interrupt()?;
            tasks.push(wardian_tasks::bind(source, &pack)?);
            bar.step(&source.id);
        }
        if !tasks.is_empty() {
            let file = out.join(format!("{}.jsonl", pack.manifest().name));
            files::write_jsonl(&file, &tasks)?;
            all.push(Bound { pack: pack.manifest().name.clone(), tasks: tasks.len(), file });
        }
    }
    let of_split = split.map(|split| format!(" of the split `{split}`")).unwrap_or_default();
    anyhow::ensure!(!all.is_empty(), "no task{of_split} travels with the packs given");
    Ok(all)
}

/// A task with problems, as `tasks check --json` prints it.
#[derive(Serialize)]
struct Checked {
    file: String,
    task: String,
    problems: Vec<String>,
}

fn run_check(args: &CheckArgs, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    let mut found = Vec::new();
    let mut total = 0;
    for path in files::expand(&args.tasks, &["jsonl"])? {
        let tasks: Vec<Task> = files::read_jsonl(&path)?;
        total += tasks.len();
        for task in &tasks {
            ui::check_interrupt()?;
            let pack = packs.by_name(&task.pack).map(PackRef::load).transpose()?;
            let problems = check(task, pack.as_ref(), &CheckOptions::default())?;
            if !problems.is_empty() {
                found.push(Checked { file: path.display().to_string(), task: task.id.clone(), problems });
            }
        }
    }
    ui.result(&found, || {
        let lines = found.iter().flat_map(|c| c.problems.iter().map(move |p| format!("{}: task `{}`: {p}\n", c.file, c.task)));
        let lines: String = lines.collect();
        format!("{lines}{} of {} tasks are sound\n", ui::count(total - found.len()), ui::count(total))
    })?;
    Ok(if found.is_empty() { Verdict::Well } else { Verdict::Negative })
}
