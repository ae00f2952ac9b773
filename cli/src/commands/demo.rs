//! `wardian demo`

use super::{catalog, export, filter, graph, materialize, report, rollout, tasks, verify};
use crate::packs::PackSet;
use crate::record::{Counts, RUN_FORMAT, RunRecord, StageRecord};
use crate::run::Run;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use cpu_time::ProcessTime;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use wardian_env::Runtime;
use wardian_graph::GraphOptions;

/// Walks the whole road once: import, graph, domains, packs, tasks, episodes, filter, training set, re-execution.
///
/// Uses the catalogue that ships with Wardian, and needs no network, no model and no GPU. The same version gives the
/// same run digest on every machine. An interrupted demo goes on where it stopped; a finished one is made anew.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of the run
    #[arg(long, default_value = "runs/demo")]
    run: PathBuf,
    /// Tasks for each pack
    #[arg(long, default_value_t = 12)]
    tasks: usize,
    /// Seed of data, tasks and wording
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Times the stages and collects their records.
struct Clock<'a> {
    ui: &'a Ui,
    stages: Vec<StageRecord>,
}

const STAGES: usize = 8;

/// Small domains for a small catalogue, so that there are several of each provider.
fn small_domains() -> GraphOptions {
    GraphOptions { size_max: 40, ..GraphOptions::default() }
}

impl Clock<'_> {
    /// Runs one stage; `note` says in words what came out.
    fn stage<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>, note: impl FnOnce(&T) -> String) -> Result<T> {
        ui::check_interrupt()?;
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let value = work()?;
        let record = StageRecord {
            name: name.to_owned(),
            seconds: wall.elapsed().as_secs_f64(),
            cpu_s: cpu.elapsed().as_secs_f64(),
            note: note(&value),
        };
        let number = self.stages.len() + 1;
        self.ui.note(&format!("{number}/{STAGES} {name:<12} {:>6.1} s  {}", record.seconds, record.note));
        self.stages.push(record);
        Ok(value)
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let run = Run::new(&args.run);
    prepare(&run)?;
    let runtime = engine::runtime(ui)?;
    let mut clock = Clock { ui, stages: Vec::new() };
    let mut counts = Counts::default();
    let packs = build(args, &run, &runtime, &mut clock, &mut counts)?;
    let codes = play(args, &run, &packs, &mut clock, &mut counts)?;
    let record = RunRecord { format: RUN_FORMAT, digest: run.digest()?, counts, codes, stages: clock.stages, versions: versions() };
    files::write_json(&run.summary(), &record)?;
    let input = report::gather(&run, &record, &packs)?;
    files::write(&run.report(), wardian_report::html(&input).as_bytes())?;
    ui.note("");
    ui.result(&record, || wardian_report::text(&input))?;
    ui.note(&format!("report  {}", run.report().display()));
    Ok(if counts.verify_failed == 0 && counts.kept > 0 { Verdict::Well } else { Verdict::Negative })
}

/// A finished run is made anew, an unfinished one continued. A folder that is no run is left alone.
fn prepare(run: &Run) -> Result<()> {
    let folder = run.folder();
    if !run.is_marked() {
        if folder.is_dir() && std::fs::read_dir(folder)?.next().is_some() {
            bail!("`{}` is not empty and holds no run; choose another folder with --run", folder.display());
        }
        return run.mark();
    }
    if run.summary().exists() {
        std::fs::remove_file(run.summary()).with_context(|| format!("cannot remove `{}`", run.summary().display()))?;
        run.clear()?;
    }
    Ok(())
}

/// From descriptions to packs.
fn build(args: &Args, run: &Run, runtime: &Runtime, clock: &mut Clock<'_>, counts: &mut Counts) -> Result<PackSet> {
    let ui = clock.ui;
    let pool = run.folder().join("catalog.jsonl");
    let documents = wardian_catalog::embedded();
    let made = clock.stage(
        "catalog",
        || catalog::stage(&documents, &pool),
        |s| format!("{} tools from {} API descriptions of {} providers", ui::count(s.tools), s.documents, s.providers.len()),
    )?;
    (counts.tools, counts.skipped) = (made.tools, made.skipped);
    let graph = clock.stage(
        "graph",
        || graph::stage(&pool, &run.graph(), &small_domains()),
        |s| {
            let (similar, dependency) = (ui::count(s.stats.edges_similar), ui::count(s.stats.edges_dependency));
            format!(
                "{} domains; {similar} similarity and {dependency} dependency edges; modularity {:.2}",
                s.stats.domains, s.stats.modularity
            )
        },
    )?;
    counts.domains = graph.stats.domains;
    let options = materialize::MaterializeArgs::with_seed(args.seed);
    let made = clock.stage(
        "materialize",
        || materialize::stage(&run.graph(), run.folder(), &options, runtime, ui),
        |s| {
            format!(
                "{} packs with {} tools, all self-checked; {} left out",
                s.packs,
                ui::count(s.materialized),
                ui::count(s.left_out_count())
            )
        },
    )?;
    (counts.packs, counts.pack_tools) = (made.packs, made.materialized);
    PackSet::load(&[run.packs()], runtime)
}

/// From packs to verified trajectories. Returns the codes of the filter.
fn play(args: &Args, run: &Run, packs: &PackSet, clock: &mut Clock<'_>, counts: &mut Counts) -> Result<BTreeMap<String, usize>> {
    let ui = clock.ui;
    let task_args = tasks::TaskArgs { count: args.tasks, task_seed: args.seed, calls_max: Some(6), ..tasks::TaskArgs::default() };
    let made = clock.stage("tasks", || tasks::stage(packs, &run.tasks(), &task_args, ui), |s| format!("{} tasks", ui::count(s.tasks)))?;
    counts.tasks = made.tasks;
    let rollout_args = rollout::RolloutArgs::scripted(&["scripted:plan", "scripted:recover", "scripted:fail"], args.seed);
    let played = clock.stage(
        "rollout",
        || rollout::stage(&files::list(&run.tasks(), &["jsonl"])?, packs, &run.trajectories(), &rollout_args, ui),
        |s| format!("{} episodes, {} calls in the sandbox", ui::count(s.episodes), ui::count(s.calls)),
    )?;
    (counts.episodes, counts.calls) = (played.episodes, played.calls);
    let filtered = clock.stage(
        "filter",
        || filter::stage(&files::list(&run.trajectories(), &["jsonl"])?, &run.filtered(), &filter::FilterArgs::default()),
        |s| format!("{} of {} kept", ui::count(s.funnel.kept), ui::count(s.funnel.total)),
    )?;
    counts.kept = filtered.funnel.kept;
    let kept = [run.filtered().join("kept.jsonl")];
    clock.stage(
        "export",
        // Without the marking: the digest of the demo's run is published, and covers these bytes.
        || export::stage(&kept, packs, &run.export().join("train.jsonl"), &export::ExportArgs::unmarked(), ui),
        |s| format!("{} conversations, {}", ui::count(s.lines), ui::bytes(s.bytes)),
    )?;
    let verified = clock.stage(
        "verify",
        || {
            let tasks = verify::read_tasks(&files::list(&run.tasks(), &["jsonl"])?)?;
            verify::verify(&kept, packs, &tasks, ui)
        },
        |o| format!("{} of {} re-executed to the same digests", ui::count(o.verified), ui::count(o.trajectories)),
    )?;
    (counts.verified, counts.verify_failed) = (verified.verified, verified.mismatches.len());
    Ok(filtered.funnel.codes)
}

fn versions() -> BTreeMap<String, String> {
    let pairs = [
        ("wardian", env!("CARGO_PKG_VERSION").to_owned()),
        ("contract", wardian_format::pack::STATE_IMPORT.to_owned()),
        ("sqlite", wardian_state::sqlite_version().to_owned()),
        ("digest scheme", wardian_state::DIGEST_VERSION.to_string()),
    ];
    pairs.into_iter().map(|(name, version)| (name.to_owned(), version)).collect()
}
