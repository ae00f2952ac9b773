//! Packs the sources beside this file into the crate: a list of (pack, path, zstd of the content).

#![expect(clippy::disallowed_methods, reason = "a build script is an executable: it is told where to read and write by the environment")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// zstd's level: the sources are packed once and unpacked often.
const LEVEL: i32 = 19;

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={}", here.display());
    let mut list = String::from("&[\n");
    let mut packs: Vec<PathBuf> = fs::read_dir(&here)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<_>>()?;
    packs.sort();
    let mut number = 0;
    for folder in packs.iter().filter(|folder| folder.join("pack.toml").is_file()) {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy();
        let mut files = Vec::new();
        gather(folder, folder, &mut files)?;
        files.sort();
        for (path, file) in files {
            let packed = out.join(format!("{number}.zst"));
            number += 1;
            fs::write(&packed, zstd::encode_all(&*fs::read(&file)?, LEVEL)?)?;
            writeln!(list, "    ({name:?}, {path:?}, include_bytes!({packed:?})),").expect("a string takes it");
        }
    }
    list.push(']');
    fs::write(out.join("files.rs"), list)
}

/// The files of a pack's sources below `at`: what lies in a folder of `guests/` is what a guest is made of, and no part of them.
fn gather(root: &Path, at: &Path, out: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(at)? {
        let path = entry?.path();
        let name = path.strip_prefix(root).expect("it lies below").to_string_lossy().replace('\\', "/");
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden && !name.starts_with("guests/") {
            gather(root, &path, out)?;
        } else if path.is_file() && !hidden {
            out.push((name, path));
        }
    }
    Ok(())
}
