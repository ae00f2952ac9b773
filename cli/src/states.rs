//! What a command may call a state of a pack: the initial one, a saved one, that of a task, one of a trajectory.

pub(crate) mod file;

use crate::files;
use crate::packs::tasks::{Place, chosen};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack};
use wardian_format::Trajectory;

/// Which state is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// That of the pack.
    Initial,
    /// A saved one.
    Saved(PathBuf),
    /// That in which a task begins, its scene set.
    Task(Place),
    /// That of a trajectory after some of its calls, or all.
    Trajectory {
        /// A file of trajectories.
        file: PathBuf,
        /// Which of them; none: the only one.
        id: Option<String>,
        /// How many calls; none: all.
        calls: Option<usize>,
    },
}

/// Options that say which state is meant.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// The state that `pack call --state` keeps in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["task", "trajectory"])]
    state: Option<PathBuf>,
    /// The state in which a task begins: TASKS#ID, or the id of a task that travels with the pack
    #[arg(long, value_name = "TASK", conflicts_with = "trajectory")]
    task: Option<String>,
    /// The state at the end of a trajectory of this file, whose calls are made again
    #[arg(long, value_name = "FILE")]
    trajectory: Option<PathBuf>,
    /// Which trajectory of the file [default: the only one]
    #[arg(long, requires = "trajectory")]
    id: Option<String>,
    /// After this many of its calls, those of the user counted [default: all]
    #[arg(long, value_name = "N", requires = "trajectory")]
    at_call: Option<usize>,
}

impl SourceArgs {
    /// The state that the options mean; without any, the initial one.
    pub(crate) fn source(&self) -> Source {
        match (&self.state, &self.task, &self.trajectory) {
            (Some(path), _, _) => Source::Saved(path.clone()),
            (_, Some(task), _) => Source::Task(Place::parse(task)),
            (_, _, Some(file)) => Source::Trajectory { file: file.clone(), id: self.id.clone(), calls: self.at_call },
            _ => Source::Initial,
        }
    }
}

impl Source {
    /// `initial`; a file of a saved state; `TASKS#ID`; `TRAJECTORIES#ID` or `TRAJECTORIES#ID@CALLS`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if Path::new(text).is_file() {
            return Ok(Self::Saved(text.into()));
        }
        if text == "initial" {
            return Ok(Self::Initial);
        }
        let Some((file, id)) = text.split_once('#').filter(|(file, _)| Path::new(file).is_file()) else {
            bail!("`{text}` is no state: neither `initial`, nor a file, nor FILE#ID of a task or a trajectory");
        };
        let file = PathBuf::from(file);
        if !holds_trajectories(&file)? {
            return Ok(Self::Task(Place::File(file, Some(id.to_owned()))));
        }
        // The id of a fork has an `@` too, but more than digits after it.
        let (id, calls) = match id.rsplit_once('@').map(|(id, calls)| (id, calls.parse().ok())) {
            Some((id, Some(calls))) => (id, Some(calls)),
            _ => (id, None),
        };
        Ok(Self::Trajectory { file, id: Some(id.to_owned()), calls })
    }

    /// The state in an environment of `pack`.
    pub(crate) fn open(&self, pack: &Arc<LoadedPack>) -> Result<Env> {
        match self {
            Self::Initial => Ok(pack.env(&EpisodeContext { seed: 0, now: pack.manifest().now.clone() })?),
            Self::Saved(path) => pack.resume(&file::read(path)?).with_context(|| format!("cannot go on from `{}`", path.display())),
            Self::Task(place) => {
                let task = place.find(pack)?;
                Ok(pack.scene(&EpisodeContext { seed: task.seed, now: task.now.clone() }, &task.setup)?.0)
            }
            Self::Trajectory { file, id, calls } => {
                let all: Vec<Trajectory> = files::read_jsonl(file)?;
                let place = || format!("in `{}`", file.display());
                let found = chosen(&all, |trajectory| &trajectory.id, id.as_deref(), &pack.manifest().name).with_context(place)?;
                let what = || format!("cannot make the calls of trajectory `{}` of `{}` again", found.id, file.display());
                pack.after_calls(found, calls.unwrap_or(found.calls.len())).with_context(what)
            }
        }
    }
}

/// True where the first line of `file` is a trajectory.
fn holds_trajectories(file: &Path) -> Result<bool> {
    let first: Vec<serde_json::Value> = files::read_jsonl(file)?;
    Ok(first.first().is_some_and(|line| line.get("certificate").is_some()))
}
