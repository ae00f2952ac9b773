//! Reading for statistics: line by line, and of each trajectory only the few members that count.

use crate::{files, ui, ui::Ui};
use anyhow::{Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use wardian_format::names::untrusted;
use wardian_format::trajectory::{EndReason, TRAJECTORY_FORMAT};
use wardian_format::{Digest, Task, jsonl};
use wardian_rollout::stats::{Grade, Tally, TaskFacts, Tasks};

/// Trajectories between two looks at Ctrl-C.
const UNIT: usize = 4_096;

/// Longest id in an error, in characters.
const ID_CHARS_MAX: usize = 200;

/// What statistics need of a [`wardian_format::Trajectory`]; the rest of the line is skipped.
#[derive(Debug, Deserialize)]
struct Line {
    format: u32,
    id: String,
    task: String,
    agent: String,
    end: EndReason,
    certificate: PlayedIn,
    #[serde(default)]
    verdict: Option<Flags>,
}

#[derive(Debug, Deserialize)]
struct PlayedIn {
    pack_digest: Digest,
}

#[derive(Debug, Deserialize)]
struct Flags {
    passed: bool,
    state: bool,
    calls: bool,
}

/// Reads the tasks of files and folders.
pub(crate) fn tasks(paths: &[PathBuf]) -> Result<Tasks> {
    let mut tasks = BTreeMap::new();
    for path in files::expand(paths, &["jsonl"])? {
        ui::check_interrupt()?;
        let name = path.display().to_string();
        for task in jsonl::lines::<Task, _>(open(&path)?, &name) {
            let task = task?;
            let facts = TaskFacts::of(&task);
            if tasks.insert(task.id.clone(), facts).is_some() {
                bail!("`{}`: task `{}` comes twice", path.display(), untrusted(&task.id, ID_CHARS_MAX));
            }
        }
    }
    Ok(tasks)
}

/// Counts the trajectories of `paths`. Their tasks must be among `tasks`, and their ids must differ.
pub(crate) fn tally<'t>(paths: &[PathBuf], tasks: &'t Tasks, ui: &Ui) -> Result<Tally<'t>> {
    let mut tally = Tally::new(tasks);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let bar = ui.bar("read", paths.len());
    for (file, path) in paths.iter().enumerate() {
        ui::check_interrupt()?;
        let name = path.display().to_string();
        for (index, line) in jsonl::lines::<Line, _>(open(path)?, &name).enumerate() {
            if index % UNIT == 0 {
                ui::check_interrupt()?;
            }
            let line = line?;
            add(&mut tally, &line, tasks, path)?;
            if let Some(earlier) = seen.get(&line.id) {
                let also = if *earlier == file { String::new() } else { format!(", first in `{}`", paths[*earlier].display()) };
                bail!("{} comes twice{also}", who(&line, path));
            }
            seen.insert(line.id, file);
        }
        bar.step(&files::stem(path));
    }
    Ok(tally)
}

fn add(tally: &mut Tally<'_>, line: &Line, tasks: &Tasks, path: &Path) -> Result<()> {
    if line.format > TRAJECTORY_FORMAT {
        bail!("{} has format {}; this version reads up to {TRAJECTORY_FORMAT}", who(line, path), line.format);
    }
    let grade = line.verdict.as_ref().map(|v| Grade { passed: v.passed, state: v.state, calls: v.calls });
    if !tally.add(&line.agent, &line.task, &line.end, grade) {
        bail!("{}: its task `{}` is not among the tasks given", who(line, path), untrusted(&line.task, ID_CHARS_MAX));
    }
    let played_in = line.certificate.pack_digest;
    match tasks.get(&line.task) {
        Some(task) if task.pack_digest != played_in => {
            bail!("{}: it was played in pack {played_in}, and its task is one of pack {}", who(line, path), task.pack_digest)
        }
        _ => Ok(()),
    }
}

fn who(line: &Line, path: &Path) -> String {
    format!("`{}`: trajectory `{}`", path.display(), untrusted(&line.id, ID_CHARS_MAX))
}

fn open(path: &Path) -> Result<impl BufRead> {
    Ok(BufReader::with_capacity(1 << 18, files::open(path)?))
}
