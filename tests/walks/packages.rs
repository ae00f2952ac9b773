//! The descriptions, out of the packages of `wardian catalog fetch`.

use super::walk::{self, Source};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use wardian_catalog::Document;
use wardian_catalog::archive::{ArchiveLimits, read};

/// The file of the description, or `None` with a printed reason.
pub(super) fn document(source: &Source) -> Option<PathBuf> {
    let Some(package) = &source.package else { return Some(walk::folder().join(&source.document)) };
    let archive = match archive(package) {
        Ok(archive) => archive,
        Err(reason) => {
            println!("SKIPPED: {reason}; `wardian catalog fetch -o FOLDER` gets the packages, WARDIAN_PACKAGES names the folder");
            return None;
        }
    };
    let name = archive.file_name().expect("a file").to_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("descriptions").join(name);
    let file = folder.join(flat(&source.document));
    if !file.exists() {
        unpack(&archive, package, &folder);
    }
    assert!(file.exists(), "`{}` is not in {}", source.document, archive.display());
    Some(file)
}

/// The archive of `package`, in the folder that is named, or in the user's cache, where `./test` puts it.
fn archive(package: &str) -> Result<PathBuf, String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache =
        || set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache"))).map(|cache| cache.join("wardian-packages"));
    let folder = set("WARDIAN_PACKAGES").or_else(cache).ok_or("there is no folder of packages")?;
    let files = fs::read_dir(&folder).map_err(|e| format!("cannot read `{}`: {e}", folder.display()))?;
    let start = format!("{package}-");
    let mut found: Vec<PathBuf> = files.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| starts(path, &start)).collect();
    found.sort();
    found.pop().ok_or_else(|| format!("`{}` has no {package}", folder.display()))
}

fn starts(path: &Path, start: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
}

fn flat(path: &str) -> String {
    // What is packed is unpacked.
    path.strip_suffix(".gz").unwrap_or(path).replace('/', "_")
}

/// Writes all documents of `package` that walks name, in one pass. Two tests may do so at once.
fn unpack(archive: &Path, package: &str, folder: &Path) {
    let sources = walk::names().into_iter().map(|name| walk::read(&name).description);
    let mut wanted: BTreeMap<String, String> =
        sources.filter(|s| s.package.as_deref() == Some(package)).map(|s| (format!("/{}", s.document), flat(&s.document))).collect();
    fs::create_dir_all(folder).expect("can make the folder");
    let name = archive.file_name().expect("a file").to_string_lossy().into_owned();
    read(&name, File::open(archive).expect("the archive"), &Document::default(), &ArchiveLimits::default(), &mut |document| {
        let Ok(document) = document else { return true };
        let Some(path) = wanted.keys().find(|path| document.name.ends_with(path.as_str())).cloned() else { return true };
        let file = wanted.remove(&path).expect("it is there");
        let new = tempfile::NamedTempFile::new_in(folder).expect("a file");
        fs::write(new.path(), &document.bytes).expect("can write");
        new.persist(folder.join(file)).expect("can move");
        !wanted.is_empty()
    });
}
