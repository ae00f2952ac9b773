//! The sources of a pack, out of folders.

use crate::files::{self, Take};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use wardian_compiler::Sources;

/// Most bytes of sources that are read: seed data may be large, a folder named by mistake may be larger.
const SOURCES_BYTES_MAX: usize = 1 << 30;
/// Most folders that stand over each other.
const LAYERS_MAX: usize = 8;

/// Reads the sources of a pack. With `extends = "../other"` in its `pack.toml` a folder stands over that other one.
pub(crate) fn read_sources(folder: &Path) -> Result<Sources> {
    let layers = layers(folder)?;
    Ok(layers.into_iter().map(|(_, sources)| sources).reduce(|base, over| over.over(base)).unwrap_or_default())
}

/// The folders that the sources in `folder` come from.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(layers(folder)?.into_iter().map(|(path, _)| path).collect())
}

/// Where the file at `path` of the sources in `folder` lies: in the folder, or in one that it extends.
pub(crate) fn origin(folder: &Path, path: &str) -> Result<PathBuf> {
    let places = folders(folder)?.into_iter().rev().map(|layer| layer.join(path));
    Ok(places.into_iter().find(|place| place.exists()).unwrap_or_else(|| folder.join(path)))
}

/// The folders, each with what lies in it, that make up the sources in `folder`, itself last.
fn layers(folder: &Path) -> Result<Vec<(PathBuf, Sources)>> {
    let mut layers = Vec::new();
    let mut next = Some(folder.to_owned());
    while let Some(at) = next {
        if layers.len() == LAYERS_MAX {
            bail!("`{}` extends more than {LAYERS_MAX} folders, or itself", folder.display());
        }
        let sources = read_one(&at)?;
        next = sources.extends().map(|base| at.join(base));
        layers.push((at, sources));
    }
    layers.reverse();
    Ok(layers)
}

fn read_one(folder: &Path) -> Result<Sources> {
    if !folder.is_dir() {
        bail!("`{}` is no folder; a pack is built from a folder with pack.toml, schema.sql and tools.sql", folder.display());
    }
    let tree = files::read_tree(folder, SOURCES_BYTES_MAX, take)?;
    let name = |path: String| path.trim_start_matches("guests/").trim_end_matches(".wasm").to_owned();
    let guests = tree.binaries.into_iter().map(|(path, bytes)| (name(path), bytes)).collect();
    Ok(Sources { texts: tree.texts, guests })
}

/// Guests are components; the folders beside them hold what they are made of, which is no part of a pack.
fn take(path: &str) -> Take {
    match path.strip_prefix("guests/") {
        Some(guest) if guest.ends_with('/') => Take::Skip,
        Some(guest) if guest.ends_with(".wasm") => Take::Bytes,
        // A pack that was built into its own folder, and its signature.
        None if path.ends_with(".wasm") || path.ends_with(".minisig") => Take::Skip,
        _ => Take::Text,
    }
}
