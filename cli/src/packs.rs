//! Packs on disk, loaded.

use crate::files;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_env::{LoadedPack, Runtime};
use wardian_format::Digest;

/// The packs of a command, by name and by digest.
pub(crate) struct PackSet {
    packs: Vec<(PathBuf, Arc<LoadedPack>)>,
    by_name: BTreeMap<String, usize>,
    by_digest: BTreeMap<Digest, usize>,
}

/// Loads one pack.
pub(crate) fn load(path: &Path, runtime: &Runtime) -> Result<Arc<LoadedPack>> {
    Ok(runtime.load(files::read(path)?, &path.display().to_string())?)
}

impl PackSet {
    /// Loads `paths`; a folder stands for its `.wasm` files. Two packs of one name are an error.
    pub(crate) fn load(paths: &[PathBuf], runtime: &Runtime) -> Result<Self> {
        let mut set = Self { packs: Vec::new(), by_name: BTreeMap::new(), by_digest: BTreeMap::new() };
        for path in files::expand(paths, &["wasm"])? {
            let pack = load(&path, runtime)?;
            let index = set.packs.len();
            if let Some(earlier) = set.by_name.insert(pack.manifest().name.clone(), index) {
                let (name, first) = (&pack.manifest().name, set.packs[earlier].0.display());
                bail!("two packs are called `{name}`: `{first}` and `{}`", path.display());
            }
            set.by_digest.insert(pack.digest(), index);
            set.packs.push((path, pack));
        }
        Ok(set)
    }

    /// The packs with their paths, in order of path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &Arc<LoadedPack>)> {
        self.packs.iter().map(|(path, pack)| (path.as_path(), pack))
    }

    /// The pack called `name`, if there is one.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Arc<LoadedPack>> {
        self.by_name.get(name).map(|index| &self.packs[*index].1)
    }

    /// The pack called `name` with this digest. `who` needs it, for the error.
    pub(crate) fn get(&self, name: &str, digest: Digest, who: &str) -> Result<&Arc<LoadedPack>> {
        if let Some(index) = self.by_digest.get(&digest) {
            return Ok(&self.packs[*index].1);
        }
        let same_name = self.by_name.get(name).map(|index| &self.packs[*index]);
        match same_name {
            Some((path, pack)) => Err(anyhow::anyhow!("`{}` has digest {}", path.display(), pack.digest().short()))
                .with_context(|| format!("{who} needs pack `{name}` with digest {}", digest.short())),
            None => bail!("{who} needs pack `{name}` with digest {}, and it is not among the packs given", digest.short()),
        }
    }
}
