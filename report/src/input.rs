//! What a report is made of.

use wardian_format::graph::{Domain, Edge};
use wardian_format::verdict::Decision;
use wardian_format::{CatalogTool, Diff, Digest, Manifest, Task, Trajectory};

/// Everything that a report shows. Lists may be empty: the page leaves their sections out.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// The run as a whole.
    pub run: RunSummary,
    /// The catalogue, or a part of it: at least the tools of `domains` that should be shown.
    pub tools: Vec<CatalogTool>,
    /// Edges of the graph between `tools`; edges of other tools are ignored.
    pub edges: Vec<Edge>,
    /// Communities, in the order in which they are listed.
    pub domains: Vec<Domain>,
    /// Packs; `manifest.name` is the name of the domain.
    pub packs: Vec<PackInfo>,
    /// What the filter did with every trajectory of the run. The funnel is counted from these.
    pub decisions: Vec<Decision>,
    /// A bounded choice of episodes to step through, best made with [`crate::select`]; shown in this order within
    /// their group. At most [`crate::EPISODES_MAX`] are used.
    pub episodes: Vec<EpisodeInfo>,
    /// How agents did over repeated trials.
    pub pass: Vec<PassRow>,
}

/// The run as a whole.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// Name of the run, such as `demo`.
    pub name: String,
    /// Digest over the run's data files (design, decision 11).
    pub digest: Digest,
    /// Totals.
    pub counts: Counts,
    /// Stages in the order in which they ran.
    pub stages: Vec<StageTime>,
    /// What made the run: the program, SQLite, the contract, the digest scheme.
    pub versions: Vec<Version>,
    /// How to reproduce it, in order.
    pub commands: Vec<Command>,
}

/// Totals of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tools in the catalogue.
    pub tools: usize,
    /// Operations of the sources that the import left out.
    pub skipped: usize,
    /// Communities of the graph.
    pub domains: usize,
    /// Packs written.
    pub packs: usize,
    /// Tools that run in the packs.
    pub pack_tools: usize,
    /// Tasks kept.
    pub tasks: usize,
    /// Episodes played.
    pub episodes: usize,
    /// Trajectories that passed the filter.
    pub kept: usize,
    /// Kept trajectories whose re-execution gave the same digests.
    pub verified: usize,
    /// Kept trajectories whose re-execution did not.
    pub verify_failed: usize,
}

/// How long a stage took.
#[derive(Clone, Debug)]
pub struct StageTime {
    /// One word: `import`, `graph`.
    pub name: String,
    /// Wall time; negative and non-finite values count as 0.
    pub seconds: f64,
    /// What came out, in a few words: `312 tools from 3 descriptions`. May be empty.
    pub note: String,
}

/// Version of a part.
#[derive(Clone, Debug)]
pub struct Version {
    /// The part: `wardian`, `sqlite`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A command of the section on reproducing the run.
#[derive(Clone, Debug)]
pub struct Command {
    /// What to type.
    pub command: String,
    /// What it does, one sentence.
    pub note: String,
}

/// One pack.
#[derive(Clone, Debug)]
pub struct PackInfo {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Digest of the file.
    pub digest: Digest,
    /// Size of the file.
    pub bytes: u64,
    /// Tables of its initial state, in the order to be shown.
    pub tables: Vec<TableInfo>,
    /// Tools of the domain that did not pass their self-check.
    pub left_out: Vec<LeftOut>,
    /// Tasks kept for it.
    pub tasks: usize,
}

/// A table of a pack's initial state.
#[derive(Clone, Debug)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns, in order; may be empty where unknown.
    pub columns: Vec<String>,
}

/// A tool that is not in its pack.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// Its name.
    pub tool: String,
    /// Id in the catalogue, where known.
    pub catalog_id: Option<String>,
    /// Why, for people.
    pub reason: String,
}

/// One episode, ready to be shown.
#[derive(Clone, Debug)]
pub struct EpisodeInfo {
    /// What was played, with its verdict.
    pub trajectory: Trajectory,
    /// The task, for the expected calls and the user's wish.
    pub task: Option<Task>,
    /// What the filter did with it.
    pub decision: Option<Decision>,
    /// For each call of the trajectory, from a replay: what it changed. `None` where the replay was not possible.
    /// May be shorter than the calls.
    pub diffs: Vec<Option<Diff>>,
}

/// pass^k of one agent on one kind of task: the share of tasks that all of k trials solve.
#[derive(Clone, Debug)]
pub struct PassRow {
    /// The agent, such as `scripted:plan`.
    pub agent: String,
    /// The kind of the tasks, such as `change`.
    pub kind: String,
    /// Tasks that it was measured on.
    pub tasks: usize,
    /// pass^1, pass^2, …, each from 0 to 1.
    pub values: Vec<f64>,
}
