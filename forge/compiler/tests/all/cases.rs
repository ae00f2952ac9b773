//! Cases that lie in files: sources over those of `tests/shop`, and golden text beside them.
//!
//! A case is `NAME.sql`. It is the pack's `tools.sql`; a line `-- ===== PATH` starts another file of the pack, and
//! `-- ===== PATH (none)` takes one away that the shop has. What stands under `guests/NAME.wasm` is the guest's
//! bytes. `WARDIAN_GOLDEN=write` rewrites the golden files.

use std::path::{Path, PathBuf};
use wardian_compiler::Sources;

/// What starts another file in a case.
const MARK: &str = "-- ===== ";

/// A case.
pub(crate) struct Case {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// Its whole text.
    pub(crate) text: String,
}

/// The folder `tests/NAME` of this crate.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// All cases in `tests/FOLDER`, in order of name.
pub(crate) fn all(name: &str) -> Vec<Case> {
    let files = wardian_testkit::text_files(&folder(name));
    let mut cases: Vec<Case> =
        files.into_iter().filter_map(|(path, text)| path.strip_suffix(".sql").map(str::to_owned).map(|name| Case { name, text })).collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// The sources of the shop, without tools.
pub(crate) fn shop() -> Sources {
    let mut sources = Sources::new();
    wardian_testkit::text_files(&folder("shop")).into_iter().for_each(|(path, text)| sources.insert(path, text));
    sources
}

impl Case {
    /// The sources of the case.
    pub(crate) fn sources(&self) -> Sources {
        let mut sources = shop();
        let mut path = "tools.sql".to_owned();
        let mut text = String::new();
        for line in self.text.split_inclusive('\n') {
            let Some(next) = line.strip_prefix(MARK) else {
                text.push_str(line);
                continue;
            };
            put(&mut sources, &path, std::mem::take(&mut text));
            path = next.trim_end().to_owned();
        }
        put(&mut sources, &path, text);
        sources
    }
}

fn put(sources: &mut Sources, path: &str, text: String) {
    if let Some(path) = path.strip_suffix(" (none)") {
        sources.texts.remove(path);
    } else if let Some(guest) = path.strip_prefix("guests/").and_then(|path| path.strip_suffix(".wasm")) {
        sources.guests.insert(guest.to_owned(), text.into_bytes());
    } else {
        sources.insert(path, text);
    }
}

/// Compares each text with `tests/FOLDER/NAME.txt`; fails with all that differ, and where a golden file is left over.
#[expect(clippy::disallowed_methods, reason = "golden files are read and written")]
pub(crate) fn golden(folder_name: &str, texts: &[(String, String)]) {
    let folder = folder(folder_name);
    let write = std::env::var_os("WARDIAN_GOLDEN").is_some_and(|value| value == "write");
    let mut wrong = Vec::new();
    for (name, text) in texts {
        let path = folder.join(format!("{name}.txt"));
        if write {
            std::fs::write(&path, text).expect("can write");
            continue;
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if expected != *text {
            wrong.push(format!("{name}\n--- expected\n{expected}\n--- actual\n{text}"));
        }
    }
    let known = |name: &str| texts.iter().any(|(known, _)| known == name);
    let left: Vec<String> = wardian_testkit::text_files(&folder)
        .into_iter()
        .filter_map(|(path, _)| path.strip_suffix(".txt").map(str::to_owned))
        .filter(|name| !known(name))
        .collect();
    assert!(left.is_empty(), "golden files without a case: {left:?}");
    assert!(wrong.is_empty(), "{} differ; WARDIAN_GOLDEN=write rewrites them\n\n{}", wrong.len(), wrong.join("\n\n"));
}
