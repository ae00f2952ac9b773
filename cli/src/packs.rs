//! Packs on disk: an index of all that a command is given, and as many of them loaded as the budget holds.

use crate::files;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_env::{LoadedPack, PackRef, Packs, Runtime};
use wardian_format::Digest;
use wardian_format::limits::FIXED;

/// The packs of a command, by name and by digest.
pub(crate) struct PackSet {
    packs: Vec<(PathBuf, PackRef)>,
    by_name: BTreeMap<String, usize>,
    by_digest: BTreeMap<Digest, usize>,
}

/// Loads one pack.
pub(crate) fn load(path: &Path, runtime: &Runtime) -> Result<Arc<LoadedPack>> {
    Ok(runtime.load(files::read(path)?, &path.display().to_string())?)
}

impl PackSet {
    /// Reads the names and digests of `paths`; a folder stands for its `.wasm` files. Two packs of one name are an error.
    pub(crate) fn load(paths: &[PathBuf], runtime: &Runtime) -> Result<Self> {
        let shelf = Packs::new(runtime, FIXED.packs_bytes_max);
        let mut set = Self { packs: Vec::new(), by_name: BTreeMap::new(), by_digest: BTreeMap::new() };
        for path in files::expand(paths, &["wasm"])? {
            let file = path.clone();
            let pack = shelf.add(&path.display().to_string(), Box::new(move || std::fs::read(&file)))?;
            let index = set.packs.len();
            if let Some(earlier) = set.by_name.insert(pack.name().to_owned(), index) {
                bail!("two packs are called `{}`: `{}` and `{}`", pack.name(), set.packs[earlier].0.display(), path.display());
            }
            set.by_digest.insert(pack.digest(), index);
            set.packs.push((path, pack));
        }
        Ok(set)
    }

    /// The packs with their paths, in order of path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &PackRef)> {
        self.packs.iter().map(|(path, pack)| (path.as_path(), pack))
    }

    /// The pack called `name`, if there is one.
    pub(crate) fn by_name(&self, name: &str) -> Option<&PackRef> {
        self.by_name.get(name).map(|index| &self.packs[*index].1)
    }

    /// The pack called `name` with this digest. `who` needs it, for the error.
    pub(crate) fn find(&self, name: &str, digest: Digest, who: &str) -> Result<&PackRef> {
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

    /// As [`PackSet::find`], loaded.
    pub(crate) fn get(&self, name: &str, digest: Digest, who: &str) -> Result<Arc<LoadedPack>> {
        Ok(self.find(name, digest, who)?.load()?)
    }
}
