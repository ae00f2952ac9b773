//! The sources of a pack, out of folders.

use crate::files::{self, Take};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use wardian_compiler::Sources;

/// Most bytes of sources that are read: seed data may be large, a folder named by mistake may be larger.
const SOURCES_BYTES_MAX: usize = 1 << 30;
/// Most folders that build on each other.
const EXTENDS_MAX: usize = 8;
/// The configuration, which alone says what a folder extends.
const CONFIG: &str = "pack.toml";

/// Reads the sources of a pack.
///
/// `extends = "../other"` in `pack.toml` takes the sources of that folder first; the folder's own files stand in place of those of
/// the same path. The line is no part of the pack: what is built carries all of its sources.
pub(crate) fn read_sources(folder: &Path) -> Result<Sources> {
    let mut sources = Sources::new();
    for layer in layers(folder)? {
        let tree = files::read_tree(&layer, SOURCES_BYTES_MAX, take)?;
        let name = |path: String| path.trim_start_matches("guests/").trim_end_matches(".wasm").to_owned();
        sources.texts.extend(tree.texts);
        sources.guests.extend(tree.binaries.into_iter().map(|(path, bytes)| (name(path), bytes)));
    }
    if let Some(config) = sources.texts.get_mut(CONFIG) {
        *config = without_extends(config);
    }
    Ok(sources)
}

/// The sources of a pack that ships with this executable.
pub(crate) fn shipped(_name: &str) -> Option<Sources> {
    None
}

/// Where the file at `path` of the sources in `folder` lies: in the folder, or in one that it extends.
pub(crate) fn origin(folder: &Path, path: &str) -> Result<PathBuf> {
    let places = layers(folder)?.into_iter().rev().map(|layer| layer.join(path));
    Ok(places.into_iter().find(|place| place.exists()).unwrap_or_else(|| folder.join(path)))
}

/// The folders that make up the sources in `folder`, itself last.
pub(crate) fn layers(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut layers = vec![folder.to_owned()];
    loop {
        let at = &layers[layers.len() - 1];
        if !at.is_dir() {
            bail!("`{}` is no folder; a pack is built from a folder with pack.toml, schema.sql and tools.sql", at.display());
        }
        let config = at.join(CONFIG);
        let Some(base) = (if config.is_file() { extends(&files::read_text(&config)?) } else { None }) else { break };
        layers.push(at.join(base));
        if layers.len() > EXTENDS_MAX {
            bail!("`{}` extends more than {EXTENDS_MAX} folders, or itself", folder.display());
        }
    }
    layers.reverse();
    Ok(layers)
}

/// What `pack.toml` extends. A text that is no TOML extends nothing; the compiler says what is wrong with it.
fn extends(config: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(config).ok()?;
    Some(table.get("extends")?.as_str()?.to_owned())
}

/// `config` without the line of `extends`, which keeps its place as an empty one.
fn without_extends(config: &str) -> String {
    if extends(config).is_none() {
        return config.to_owned();
    }
    let is_key = |line: &str| line.trim_start().strip_prefix("extends").is_some_and(|rest| rest.trim_start().starts_with('='));
    let mut top = true;
    let line = |line: &str| {
        top &= !line.trim_start().starts_with('[');
        if top && is_key(line) { "\n".to_owned() } else { line.to_owned() }
    };
    config.split_inclusive('\n').map(line).collect()
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
