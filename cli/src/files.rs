//! Files: whole or not at all, and errors that name them.

use crate::ui;
use anyhow::{Context, Result, bail};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use wardian_format::{Digest, jsonl};

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Reads a whole file as UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Reads a JSON document.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&read(path)?).with_context(|| format!("cannot read `{}` as this version's record", path.display()))
}

/// Opens a file to read; one whose name ends in `.zst` or `.gz` is unpacked on the way.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read + Send>> {
    let what = || format!("cannot read `{}`", path.display());
    let file = fs::File::open(path).with_context(what)?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("zst") => Ok(Box::new(zstd::stream::read::Decoder::new(file).with_context(what)?)),
        Some("gz") => Ok(Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file)))),
        _ => Ok(Box::new(file)),
    }
}

/// Reads JSON lines; an error names file and line. With `--repair`, a damaged file is cut before the damage first.
pub(crate) fn read_jsonl<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    read_jsonl_each(path, Ok)
}

/// As [`read_jsonl`], and keeps what `each` makes of the records, so that a long file need not fit into memory.
pub(crate) fn read_jsonl_each<T: DeserializeOwned, U>(path: &Path, mut each: impl FnMut(T) -> Result<U>) -> Result<Vec<U>> {
    let mut out = Vec::new();
    for record in jsonl::lines(BufReader::new(open(path)?), &path.display().to_string()) {
        match record {
            Ok(record) => out.push(each(record)?),
            Err(error) if ui::repairs() => {
                repair(path, &error)?;
                return Ok(out);
            }
            Err(error) => {
                return Err(
                    anyhow::Error::new(error).context(format!("cannot read `{}`; --repair keeps what stands before", path.display()))
                );
            }
        }
    }
    Ok(out)
}

/// Keeps the lines of `path` before the one that `error` names. The file as it was stays beside it as `NAME.damaged`.
fn repair(path: &Path, error: &jsonl::LineError) -> Result<()> {
    let text = read(path)?;
    let lines = usize::try_from(error.line).unwrap_or(usize::MAX).saturating_sub(1);
    let kept: usize = text.split_inclusive(|byte| *byte == b'\n').take(lines).map(<[u8]>::len).sum();
    if path.extension().is_some_and(|extension| extension == "zst" || extension == "gz") {
        bail!("`{}` is packed; unpack it before it is repaired ({error})", path.display());
    }
    let mut damaged = path.as_os_str().to_owned();
    damaged.push(".damaged");
    fs::rename(path, &damaged).with_context(|| format!("cannot keep `{}` as it was", path.display()))?;
    write(path, &text[..kept])?;
    ui::warn(&format!("{error}; kept the {lines} lines before, and the file as it was as `{}`", Path::new(&damaged).display()));
    Ok(())
}

/// Writes a file whole: to a temporary file beside it, then renamed. Makes missing folders.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, |out| Ok(out.write_all(bytes)?))
}

/// As [`write()`], with what `fill` writes piece by piece.
pub(crate) fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    whole(path, fill)?.keep(path)
}

/// As [`write()`], where there is no file yet. False, and nothing written, where there is one.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<bool> {
    whole(path, |out| Ok(out.write_all(bytes)?))?.keep_new(path)
}

/// What `fill` writes, safe on disk beside `path`.
fn whole(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Whole> {
    let what = || format!("cannot write `{}`", path.display());
    let mut draft = Draft::beside(path)?;
    fill(&mut draft).with_context(what)?;
    draft.finish().with_context(what)
}

/// A file in the making, beside the place where it will be. It goes again unless it is finished and kept.
pub(crate) struct Draft {
    out: BufWriter<tempfile::NamedTempFile>,
    bytes: usize,
}

/// A finished file that has no name yet.
pub(crate) struct Whole {
    path: tempfile::TempPath,
    /// Its size.
    pub(crate) bytes: usize,
}

impl Draft {
    /// An empty file beside `path`. Makes missing folders.
    pub(crate) fn beside(path: &Path) -> Result<Self> {
        let what = || format!("cannot write `{}`", path.display());
        let folder = folder_of(path);
        fs::create_dir_all(folder).with_context(what)?;
        let file = tempfile::Builder::new().prefix(".wardian-").tempfile_in(folder).with_context(what)?;
        Ok(Self { out: BufWriter::with_capacity(1 << 18, file), bytes: 0 })
    }

    /// Brings everything to the disk.
    pub(crate) fn finish(self) -> Result<Whole> {
        let file = self.out.into_inner().map_err(|error| error.into_error())?;
        file.as_file().sync_data()?;
        Ok(Whole { path: file.into_temp_path(), bytes: self.bytes })
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

impl Whole {
    /// Gives the file its name, in place of what had it.
    pub(crate) fn keep(self, path: &Path) -> Result<()> {
        let what = || format!("cannot write `{}`", path.display());
        set_readable(&self.path).with_context(what)?;
        self.path.persist(path).with_context(what)
    }

    /// Gives the file its name where nothing has it. False, and nothing kept, where something has.
    pub(crate) fn keep_new(self, path: &Path) -> Result<bool> {
        let what = || format!("cannot write `{}`", path.display());
        set_readable(&self.path).with_context(what)?;
        match self.path.persist_noclobber(path) {
            Ok(()) => Ok(true),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error).with_context(what),
        }
    }
}

/// The folder that `path` lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Temporary files are private; what we keep has the ordinary mode.
#[cfg(unix)]
fn set_readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_readable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Writes a JSON document, pretty.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(path, text.as_bytes())
}

/// Writes JSON lines; packed by Zstandard where the name ends in `.zst`.
pub(crate) fn write_jsonl<'a, T: Serialize + 'a>(path: &Path, values: impl IntoIterator<Item = &'a T>) -> Result<()> {
    let lines =
        |out: &mut dyn Write| -> Result<()> { Ok(values.into_iter().try_for_each(|value| out.write_all(jsonl::line(value).as_bytes()))?) };
    if path.extension().is_some_and(|extension| extension == "zst") {
        return write_with(path, |out| {
            let mut packer = zstd::stream::write::Encoder::new(out, 0)?;
            lines(&mut packer)?;
            packer.finish()?;
            Ok(())
        });
    }
    write_with(path, lines)
}

/// The files of `folder` with one of `extensions`, sorted by name; not recursive.
pub(crate) fn list(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut out = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list `{}`", folder.display()))?.path();
        let fits = path.extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e));
        if fits && path.is_file() {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

/// The folders in `folder` that are not hidden, sorted by name.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let entry = entry.with_context(|| format!("cannot list `{}`", folder.display()))?;
        if entry.path().is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
            out.push(entry.path());
        }
    }
    out.sort();
    Ok(out)
}

/// `paths` with every folder replaced by its files with one of `extensions`. An empty result is an error.
pub(crate) fn expand(paths: &[PathBuf], extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for path in paths {
        if path.is_dir() { out.extend(list(path, extensions)?) } else { out.push(path.clone()) }
    }
    if out.is_empty() {
        let names: Vec<String> = paths.iter().map(|p| format!("`{}`", p.display())).collect();
        bail!("no file ending in {} in {}", extensions.join(" or "), names.join(", "));
    }
    Ok(out)
}

/// What to do with a path of a tree.
pub(crate) enum Take {
    /// Read it as UTF-8, or go into it.
    Text,
    /// Read it as it is.
    Bytes,
    /// Leave it out.
    Skip,
}

/// The files below a folder: path with `/` → content.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) binaries: BTreeMap<String, Vec<u8>>,
}

/// The files below `folder`, as `take` says of the path of each, which for a folder ends in `/`. Hidden ones are left out.
pub(crate) fn read_tree(folder: &Path, bytes_max: usize, take: impl Fn(&str) -> Take) -> Result<Tree> {
    let mut out = Tree::default();
    let mut pending = vec![folder.to_owned()];
    let mut total = 0;
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).with_context(|| format!("cannot list `{}`", at.display()))? {
            let path = entry.with_context(|| format!("cannot list `{}`", at.display()))?.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')) {
                continue;
            }
            let is_folder = path.is_dir();
            let taken = take(&if is_folder { format!("{name}/") } else { name.clone() });
            match taken {
                Take::Skip => continue,
                _ if is_folder => {
                    pending.push(path);
                    continue;
                }
                Take::Text => {
                    let text = read_text(&path)?;
                    total += text.len();
                    out.texts.insert(name, text);
                }
                Take::Bytes => {
                    let bytes = read(&path)?;
                    total += bytes.len();
                    out.binaries.insert(name, bytes);
                }
            }
            if total > bytes_max {
                bail!("`{}` holds more than {bytes_max} bytes", folder.display());
            }
        }
    }
    Ok(out)
}

/// SHA-256 of a file.
pub(crate) fn digest(path: &Path) -> Result<Digest> {
    Ok(Digest::of(&read(path)?))
}

/// The name of a file without folders and extension.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}
