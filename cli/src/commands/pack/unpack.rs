//! `wardian pack unpack`

use crate::{Verdict, engine, files, packs, ui, ui::Ui};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use wardian_compiler::{COMPILER, Sources};
use wardian_format::names::untrusted;
use wardian_pack::Parts;

/// Longest name of a file or folder, bytes: what common file systems take.
const NAME_BYTES_MAX: usize = 255;

/// Writes the sources that a pack carries to a folder, from which `pack build` makes the pack again.
///
/// Guests come back as components; what they were made of is no part of a pack.
///
/// The folder must be empty or not be there. Sources are not believed: a path that leaves the folder, or that no file could
/// have, is refused, and then nothing is written.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// The folder to write
    folder: PathBuf,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let origin = args.pack.display().to_string();
    let opened = engine::open_pack(&packs::read(&args.pack)?, &origin, ui)??;
    if opened.parts.sources.is_empty() {
        bail!("`{origin}` carries no sources");
    }
    let sources = sources_of(&opened.parts).with_context(|| format!("cannot unpack `{origin}`"))?;
    check_paths(&sources).with_context(|| format!("cannot unpack `{origin}`"))?;
    check_folder(&args.folder)?;
    write(&sources, &args.folder).with_context(|| format!("cannot write `{}`", args.folder.display()))?;
    let made_by = opened.parts.manifest.provenance.compiler;
    if made_by != COMPILER {
        ui.warn(&format!("the pack was made by {}, and this is {COMPILER}: building it may give other bytes", untrusted(&made_by, 80)));
    }
    let bytes: usize = sources.values().map(Vec::len).sum();
    let document = json!({
        "digest": opened.digest, "folder": args.folder, "files": sources.len(), "bytes": bytes,
        "made_by": made_by, "compiler": COMPILER, "same_compiler": made_by == COMPILER,
    });
    ui.result(&document, || format!("{} files, {} → {}\n", sources.len(), ui::bytes(bytes), args.folder.display()))?;
    Ok(Verdict::Well)
}

/// The files that a pack is built from: its texts, and the guests out of its component.
fn sources_of(parts: &Parts) -> Result<BTreeMap<String, Vec<u8>>> {
    let Sources { texts, guests } = Sources::of(parts).map_err(anyhow::Error::msg)?;
    // Only guests are read from such paths, so a text there would not be read back.
    let is_lost = |path: &&String| path.strip_prefix("guests/").is_some_and(|guest| guest.contains('/') || guest.ends_with(".wasm"));
    if let Some(path) = texts.keys().find(is_lost) {
        bail!("`{}` lies where guests do, and building would leave it out", untrusted(path, 80));
    }
    let guests = guests.into_iter().map(|(name, bytes)| (format!("guests/{name}.wasm"), bytes));
    Ok(texts.into_iter().map(|(path, text)| (path, text.into_bytes())).chain(guests).collect())
}

/// Refuses paths that leave a folder, that `pack build` would not read back, or that two files would share.
fn check_paths(sources: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let mut folded = BTreeSet::new();
    for path in sources.keys() {
        let shown = untrusted(path, 80);
        for name in path.split('/') {
            ensure!(!matches!(name, "" | "." | ".."), "the path `{shown}` leaves the folder");
            ensure!(!name.starts_with('.'), "`{shown}` is hidden, and building would leave it out");
            ensure!(name.len() <= NAME_BYTES_MAX, "the path `{shown}` has a name of more than {NAME_BYTES_MAX} bytes");
            let odd =
                name.contains(['\\', ':', '"', '<', '>', '|', '?', '*']) || name.contains(char::is_control) || name.ends_with(['.', ' ']);
            ensure!(!odd, "the path `{shown}` has a name that not every file system takes");
        }
        ensure!(folded.insert(path.to_lowercase()), "the path `{shown}` is there twice where capitals do not count");
    }
    let is_file = |folder: &str| folded.contains(&folder.to_lowercase());
    let below_a_file = |path: &&String| path.match_indices('/').any(|(at, _)| is_file(&path[..at]));
    match sources.keys().find(below_a_file) {
        Some(path) => bail!("the path `{}` lies below a file", untrusted(path, 80)),
        None => Ok(()),
    }
}

/// The folder may be there only if nothing is in it.
fn check_folder(folder: &Path) -> Result<()> {
    let read = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot list `{}`", folder.display())),
    };
    ensure!(read, "`{}` is not empty", folder.display());
    Ok(())
}

/// Writes to a folder beside `folder`, which then takes its place: all files or none.
fn write(sources: &BTreeMap<String, Vec<u8>>, folder: &Path) -> Result<()> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let new = tempfile::Builder::new().prefix(".wardian-").tempdir_in(parent)?;
    for (path, content) in sources {
        files::write(&new.path().join(path), content)?;
    }
    set_browsable(new.path())?;
    // An empty folder is replaced by the rename on Unix, and must go first elsewhere.
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs::rename(new.path(), folder)?;
    // It has another name now, and nothing is left to remove under the old one.
    let _ = new.keep();
    Ok(())
}

/// Temporary folders are private; what we keep has the ordinary mode.
#[cfg(unix)]
fn set_browsable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn set_browsable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str]) -> Result<()> {
        check_paths(&paths.iter().map(|path| ((*path).to_owned(), Vec::new())).collect())
    }

    #[test]
    fn paths_are_not_believed() {
        assert!(check(&["pack.toml", "data/members.jsonl", "tools/a b.sql"]).is_ok());
        for (paths, reason) in [
            (&["../x"][..], "leaves the folder"),
            (&["/etc/passwd"], "leaves the folder"),
            (&["a/./b"], "leaves the folder"),
            (&["a//b"], "leaves the folder"),
            (&[".git/config"], "is hidden"),
            (&["C:\\x"], "not every file system"),
            (&["a\u{7}"], "not every file system"),
            (&["nul. "], "not every file system"),
            (&["Data/x", "data/X"], "is there twice"),
            (&["data", "data/x"], "lies below a file"),
            (&["DATA", "data/x/y"], "lies below a file"),
        ] {
            let error = check(paths).expect_err("refused").to_string();
            assert!(error.contains(reason), "{paths:?}: {error}");
        }
        assert!(check(&[&"x".repeat(300)]).expect_err("refused").to_string().contains("more than 255 bytes"));
    }

    #[test]
    fn a_folder_is_written_whole_or_not_at_all() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("deep/out");
        let sources = BTreeMap::from([("a".to_owned(), b"1".to_vec()), ("b/c".to_owned(), b"2".to_vec())]);
        write(&sources, &folder).expect("can write");
        assert_eq!(fs::read(folder.join("b/c")).expect("a file"), b"2");
        assert!(check_folder(&folder).is_err());
        let wrong = BTreeMap::from([("a".to_owned(), b"1".to_vec()), ("a/c".to_owned(), b"2".to_vec())]);
        let other = place.path().join("other");
        assert!(write(&wrong, &other).is_err() && !other.exists());
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1, "nothing is left behind");
    }
}
