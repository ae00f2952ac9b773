//! The runtime of this executable: packs are compiled in a child process, and the native code is kept in a private cache.

use crate::ui::Ui;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use wardian_compile::{CacheOptions, Cached, Child, Folder};
use wardian_env::{Codegen, Compile, Engine, Runtime};
use wardian_format::limits::FIXED;
use wardian_format::{Digests, Manifest};
use wardian_pack::{Opened, PackError};
use wardian_state::Base;

/// The hidden command that serves the child.
pub(crate) const HELPER_COMMAND: &str = "compile-child";

/// The runtime that every command loads packs with.
pub(crate) fn runtime(ui: &Ui) -> Result<Runtime> {
    runtime_with(Codegen::Speed, ui)
}

/// As [`runtime`], with machine code made in another way.
pub(crate) fn runtime_with(codegen: Codegen, ui: &Ui) -> Result<Runtime> {
    Ok(Runtime::on(Engine::with(codegen)?, compiler(ui)?))
}

/// Opens a pack without compiling it; its image is looked at in the child first. The outer error is ours, the inner the pack's.
pub(crate) fn open_pack(bytes: &[u8], origin: &str, ui: &Ui) -> Result<Result<Opened, PackError>> {
    let compiler = compiler(ui)?;
    Ok(wardian_pack::open_after(bytes, origin, |image, manifest| {
        compiler.check_image(image, &manifest.ungraded, manifest.profile).map_err(|error| error.to_string())
    }))
}

/// The digests of the rows of a SQLite file, as a state of the pack with this manifest. The file is looked at in the child first.
pub(crate) fn digest_image(image: Vec<u8>, manifest: &Manifest, ui: &Ui) -> Result<Digests> {
    compiler(ui)?.check_image(&image, &manifest.ungraded, manifest.profile)?;
    let base = Base::open(image, &manifest.ungraded)?;
    // No digest depends on seed and time.
    Ok(base.state(wardian_state::Context { seed: 0, now_unix_s: 0 }).digests()?)
}

/// The compiler in a child process. Without a usable cache it compiles each time.
fn compiler(ui: &Ui) -> Result<Arc<dyn Compile>> {
    let child = Child::new(std::env::current_exe().context("cannot find this executable, which is also the compiler's")?, [HELPER_COMMAND]);
    match cache_path().map(open_cache).transpose() {
        Ok(Some(folder)) => Ok(Arc::new(Cached::new(child, folder))),
        Ok(None) => Ok(Arc::new(child)),
        Err(error) => {
            ui.warn(&format!("{error}; every pack is compiled anew"));
            Ok(Arc::new(child))
        }
    }
}

/// Where the cache lies; `None` where there is no place for it.
pub(crate) fn cache_path() -> Option<PathBuf> {
    cache_path_of(|name| std::env::var_os(name))
}

/// As [`cache_path`] with another environment. An empty variable counts as none, and so does a relative XDG path.
fn cache_path_of(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let below = |folder: PathBuf| folder.join("wardian");
    path("WARDIAN_CACHE_DIR")
        .or_else(|| path("XDG_CACHE_HOME").filter(|path| path.is_absolute()).map(below))
        .or_else(|| path("HOME").map(|home| below(home.join(".cache"))))
}

/// Opens the cache at `path`.
pub(crate) fn open_cache(path: PathBuf) -> Result<Folder> {
    Ok(Folder::open(CacheOptions { path, bytes_max: FIXED.cache_bytes_max, now: SystemTime::now })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_lies_where_the_environment_says() {
        let of =
            |pairs: &[(&str, &str)]| cache_path_of(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()));
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(of(&[("WARDIAN_CACHE_DIR", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")]), path("/a"));
        assert_eq!(of(&[("WARDIAN_CACHE_DIR", ""), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")]), path("/b/wardian"));
        assert_eq!(of(&[("XDG_CACHE_HOME", "b"), ("HOME", "/c")]), path("/c/.cache/wardian"));
        assert_eq!(of(&[]), None);
    }
}
