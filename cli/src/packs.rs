//! Packs on disk: what a command may call a pack, an index of all that it is given, and as many of them loaded as the budget holds.

pub(crate) mod compare;
pub(crate) mod sources;
pub(crate) mod tasks;

use crate::distribution::store::{Store, default_folder, is_reference};
use crate::{engine, files};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_compiler::{COMPILER, Validation, compile_pack};
use wardian_env::{LoadedPack, PackRef, Packs, Runtime};
use wardian_format::Digest;
use wardian_format::limits::FIXED;

/// The packs of a command, by name and by digest.
pub(crate) struct PackSet {
    packs: Vec<(PathBuf, PackRef)>,
    by_name: BTreeMap<String, usize>,
    by_digest: BTreeMap<Digest, usize>,
}

/// The file of the pack that a command calls `path`: a file or folder of that name, or else what the local store has under
/// it (`NAME@sha256:PREFIX`, `sha256:PREFIX` or a tag), after its content was compared with its digest; or else a pack that ships
/// with Wardian.
pub(crate) fn locate(path: &Path) -> Result<PathBuf> {
    let reference = path.to_str().filter(|text| !path.exists() && is_reference(text));
    let Some(reference) = reference else { return Ok(path.to_owned()) };
    if default_folder().is_some() {
        let store = Store::of_user()?;
        match store.find(reference) {
            Ok(_) => return store.locate(reference),
            Err(error) if reference.contains("sha256:") => return Err(error),
            Err(_) => {}
        }
    }
    // A name of neither: most likely a file was meant, and whoever reads it says that it is not there.
    Ok(shipped(reference)?.unwrap_or_else(|| path.to_owned()))
}

/// The file of the pack called `name` that ships with Wardian, which is built with its first use.
fn shipped(name: &str) -> Result<Option<PathBuf>> {
    let Some(sources) = wardian_packs::sources(name) else { return Ok(None) };
    let made_of = serde_json::json!({"compiler": COMPILER, "texts": sources.texts, "guests": sources.guests.values().map(|g| Digest::of(g)).collect::<Vec<_>>()});
    let folder = engine::cache_path().context("there is no place to build packs in; set WARDIAN_CACHE_DIR")?.join("shipped");
    let path = folder.join(format!("{name}-{}.wasm", Digest::of(made_of.to_string().as_bytes()).short()));
    if !path.is_file() {
        let compiled = compile_pack(&sources, Validation::Trusted).with_context(|| format!("cannot build the pack `{name}`"))?;
        files::write(&path, &wardian_pack::write(&compiled.parts)?)?;
    }
    Ok(Some(path))
}

/// Reads the pack that a command calls `path`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    files::read(&locate(path)?)
}

/// Loads one pack.
pub(crate) fn load(path: &Path, runtime: &Runtime) -> Result<Arc<LoadedPack>> {
    Ok(runtime.load(read(path)?, &path.display().to_string())?)
}

impl PackSet {
    /// Reads the names and digests of `paths`; a folder stands for its `.wasm` files. Two packs of one name are an error.
    pub(crate) fn load(paths: &[PathBuf], runtime: &Runtime) -> Result<Self> {
        let shelf = Packs::new(runtime, FIXED.packs_bytes_max);
        let mut set = Self { packs: Vec::new(), by_name: BTreeMap::new(), by_digest: BTreeMap::new() };
        let paths: Vec<PathBuf> = paths.iter().map(|path| locate(path)).collect::<Result<_>>()?;
        for path in files::expand(&paths, &["wasm"])? {
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
