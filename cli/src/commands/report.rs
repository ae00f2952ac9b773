//! `wardian report`

mod episodes;
mod packs;

use crate::packs::PackSet;
use crate::record::RunRecord;
use crate::run::Run;
use crate::{Verdict, engine, files, ui::Ui};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_format::graph::{Domain, Edge};
use wardian_format::task::TaskKind;
use wardian_format::verdict::Decision;
use wardian_format::{CatalogTool, Task, Trajectory};
use wardian_report::{Command, Counts, PassRow, ReportInput, RunSummary, StageTime, Version};
use wardian_rollout::Tally;

/// Writes the HTML report of a run: one self-contained page.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of the run
    run: PathBuf,
    /// The page to write [default: report.html in the run's folder]
    #[arg(long, short)]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let run = Run::new(&args.run);
    let runtime = engine::runtime(ui)?;
    let record: RunRecord = files::read_json(&run.summary()).context("a run is a folder that `wardian demo` wrote")?;
    let packs = PackSet::load(&[run.packs()], &runtime)?;
    let input = gather(&run, &record, &packs)?;
    let out = args.out.clone().unwrap_or_else(|| run.report());
    let page = wardian_report::html(&input);
    files::write(&out, page.as_bytes())?;
    let document = serde_json::json!({"report": out.display().to_string(), "bytes": page.len(), "digest": record.digest});
    ui.result(&document, || format!("{}\n{}\n", wardian_report::text(&input).trim_end(), out.display()))?;
    Ok(Verdict::Well)
}

/// Reads the files of `run` and replays the episodes that a report shows.
pub(crate) fn gather(run: &Run, record: &RunRecord, packs: &PackSet) -> Result<ReportInput> {
    let tools: Vec<CatalogTool> = files::read_jsonl(&run.graph().join("tools.jsonl"))?;
    let edges: Vec<Edge> = files::read_jsonl(&run.graph().join("edges.jsonl"))?;
    let domains: Vec<Domain> = files::read_jsonl(&run.graph().join("domains.jsonl"))?;
    let decisions: Vec<Decision> = files::read_jsonl(&run.filtered().join("decisions.jsonl"))?;
    let mut trajectories: Vec<Trajectory> = Vec::new();
    for path in files::list(&run.trajectories(), &["jsonl"])? {
        trajectories.extend(files::read_jsonl(&path)?);
    }
    let pass = pass(&run.tasks(), &trajectories)?;
    let episodes = episodes::choose(run, packs, &trajectories, &decisions)?;
    let packs = packs::describe(run, packs)?;
    Ok(ReportInput { run: summary(run, record), tools, edges, domains, packs, decisions, episodes, pass })
}

/// pass^k of each agent, kinds of tasks apart.
fn pass(tasks: &Path, trajectories: &[Trajectory]) -> Result<Vec<PassRow>> {
    let mut kinds: BTreeMap<String, TaskKind> = BTreeMap::new();
    for path in files::list(tasks, &["jsonl"])? {
        files::read_jsonl_each(&path, |task: Task| {
            kinds.insert(task.id, task.kind);
            Ok(())
        })?;
    }
    let mut tallies: BTreeMap<(String, &str), Tally> = BTreeMap::new();
    for trajectory in trajectories {
        let kind = kinds.get(&trajectory.task).map_or("unknown", |kind| kind.word());
        tallies.entry((trajectory.agent.clone(), kind)).or_default().add(trajectory);
    }
    let row = |((agent, kind), tally): ((String, &str), Tally)| {
        let kind = kind.to_owned();
        tally.metrics().into_iter().map(move |m| PassRow { agent: agent.clone(), kind: kind.clone(), tasks: m.tasks, values: m.pass_hat })
    };
    Ok(tallies.into_iter().flat_map(row).collect())
}

fn summary(run: &Run, record: &RunRecord) -> RunSummary {
    let c = record.counts;
    let folder = run.folder().display();
    let command = |command: String, note: &str| Command { command, note: note.to_owned() };
    RunSummary {
        name: run.folder().file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned()),
        digest: record.digest,
        counts: Counts {
            tools: c.tools,
            skipped: c.skipped,
            domains: c.domains,
            packs: c.packs,
            pack_tools: c.pack_tools,
            tasks: c.tasks,
            episodes: c.episodes,
            kept: c.kept,
            verified: c.verified,
            verify_failed: c.verify_failed,
        },
        stages: record.stages.iter().map(|s| StageTime { name: s.name.clone(), seconds: s.seconds, note: s.note.clone() }).collect(),
        versions: record.versions.iter().map(|(name, version)| Version { name: name.clone(), version: version.clone() }).collect(),
        commands: vec![
            command("wardian demo".to_owned(), "Runs everything again; the digest is the same on every machine."),
            command(
                format!("wardian verify {folder}/filtered/kept.jsonl --packs {folder}/packs"),
                "Re-executes the kept trajectories from the packs alone.",
            ),
            command(format!("wardian pack inspect {folder}/packs/NAME.wasm"), "Shows what is in a pack."),
            command(format!("wardian pack call {folder}/packs/NAME.wasm TOOL '{{…}}'"), "Calls a tool and shows what it changed."),
        ],
    }
}
