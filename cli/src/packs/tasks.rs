//! One task of a pack: of those that travel with it, or of a file.

use crate::files;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_env::LoadedPack;
use wardian_format::names::untrusted;
use wardian_format::task::TaskSource;
use wardian_format::{Task, jsonl};

/// Ids that an error lists.
const LISTED_MAX: usize = 12;

/// Where a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// With the pack, under this id.
    Pack(String),
    /// In a file; without an id: the only one there.
    File(PathBuf, Option<String>),
}

impl Place {
    /// `TASKS#ID`, where there is a file `TASKS`; otherwise the id of a task that travels with the pack.
    pub(crate) fn parse(text: &str) -> Self {
        match text.split_once('#') {
            Some((file, id)) if Path::new(file).is_file() => Self::File(file.into(), Some(id.to_owned())),
            _ => Self::Pack(text.to_owned()),
        }
    }

    /// The task, which must be one of `pack`.
    pub(crate) fn find(&self, pack: &Arc<LoadedPack>) -> Result<Task> {
        match self {
            Self::Pack(id) => of_pack(pack, id),
            Self::File(path, id) => of_file(path, id.as_deref(), pack),
        }
    }
}

/// The task `id` of those that travel with `pack`, bound to it. The name of the pack before the id may be left out.
fn of_pack(pack: &Arc<LoadedPack>, id: &str) -> Result<Task> {
    let name = &pack.manifest().name;
    let Some(text) = pack.tasks() else {
        bail!("no tasks travel with the pack `{name}`; `wardian tasks generate` makes some, and `--tasks FILE` plays them");
    };
    let sources: Vec<TaskSource> = jsonl::read(text.as_bytes(), &format!("the tasks of `{name}`"))?;
    let source = chosen(&sources, |source| &source.id, Some(id), name).with_context(|| format!("among the tasks of `{name}`"))?;
    Ok(wardian_tasks::bind(source, pack)?)
}

fn of_file(path: &Path, id: Option<&str>, pack: &Arc<LoadedPack>) -> Result<Task> {
    let tasks: Vec<Task> = files::read_jsonl(path)?;
    let task = chosen(&tasks, |task| &task.id, id, &pack.manifest().name).with_context(|| format!("in `{}`", path.display()))?;
    if task.pack_digest != pack.digest() {
        let (made, given) = (task.pack_digest, pack.digest());
        bail!("task `{}` was made for the pack `{}` of digest {made}, and the pack at hand has digest {given}", task.id, task.pack);
    }
    wardian_format::time::parse_utc(&task.now).with_context(|| format!("task `{}`: bad `now`", task.id))?;
    Ok(task.clone())
}

/// The one of `all` with this id, with or without `pack/` before it; without an id, the only one.
pub(crate) fn chosen<'a, T>(all: &'a [T], id_of: impl Fn(&T) -> &String, id: Option<&str>, pack: &str) -> Result<&'a T> {
    let listed = || {
        let ids: Vec<String> = all.iter().take(LISTED_MAX).map(|one| format!("`{}`", untrusted(id_of(one), 80))).collect();
        let more = if all.len() > LISTED_MAX { format!(" and {} more", all.len() - LISTED_MAX) } else { String::new() };
        if all.is_empty() { "there are none".to_owned() } else { format!("there are {}{more}", ids.join(", ")) }
    };
    match id {
        Some(id) => {
            let long = format!("{pack}/{id}");
            let found = all
                .iter()
                .find(|one| id_of(one) == id || *id_of(one) == long || id.strip_prefix(pack) == Some(&format!("/{}", id_of(one))));
            found.with_context(|| format!("there is no `{}`; {}", untrusted(id, 80), listed()))
        }
        None if all.len() == 1 => Ok(&all[0]),
        None => bail!("which one is meant must be said; {}", listed()),
    }
}
