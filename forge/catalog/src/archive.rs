//! Documents out of files and archives, one at a time: `.json`, `.yaml`, `.jsonl`, each also as `.gz` or `.zst`, and all of these in
//! `.tar`, `.tgz`, `.zip` and `.whl`.
//!
//! An archive is not trusted: names in it are for messages only (nothing is ever written), links are passed over, and what a file, an
//! archive and a line may unpack to is bounded.

use crate::{Document, license, text};
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use wardian_format::catalog::Skipped;
use wardian_format::jsonl::LINE_BYTES_MAX;
use wardian_format::names::untrusted;

/// Lines of a file come in pieces of about this size.
pub(crate) const PIECE_BYTES: usize = 1 << 20;
/// Characters of a name in an archive that messages show.
const NAME_CHARS_MAX: usize = 240;

/// Files that lie beside descriptions and describe no operation: how the end of their path, or the start of their name, reads.
const COMPANION_PATHS: [&str; 9] = [
    "package/package.json",
    "package-lock.json",
    "tsconfig.json",
    "data/endpoints.json",
    "data/partitions.json",
    "data/sdk-default-configuration.json",
    "data/_retry.json",
    "discovery_cache/documents/index.json",
    "service-2.sdk-extras.json",
];
const COMPANION_NAMES: [&str; 6] = ["paginators-", "waiters-", "examples-", "endpoint-rule-set-", "endpoint-bdd-", "endpoint-tests-"];

/// Bounds on what is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Bytes in a document; a longer one is skipped.
    pub document_bytes_max: usize,
    /// Bytes that one file may unpack to in all; the rest of it is skipped.
    pub unpacked_bytes_max: u64,
    /// Entries in an archive; the rest of it is skipped.
    pub entries_max: usize,
}

impl Default for ArchiveLimits {
    /// 64 MiB, 8 GiB, 500,000 entries.
    fn default() -> Self {
        Self { document_bytes_max: 64 << 20, unpacked_bytes_max: 8 << 30, entries_max: 500_000 }
    }
}

/// Receives documents, or what is to be said of one that could not be read; false asks to stop.
pub type Sink<'a> = dyn FnMut(Result<Document, Skipped>) -> bool + 'a;

/// How a file is packed, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Document,
    Lines,
    Tar,
    Zip,
}

fn kind(name: &str) -> Option<(Kind, Packing)> {
    let lower = name.to_lowercase();
    let (stem, packing) = if let Some(stem) = lower.strip_suffix(".gz") {
        (stem, Packing::Gzip)
    } else if let Some(stem) = lower.strip_suffix(".zst") {
        (stem, Packing::Zstd)
    } else {
        (lower.as_str(), Packing::None)
    };
    let kind = match stem.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json" | "yaml" | "yml") => Kind::Document,
        Some("jsonl" | "ndjson") => Kind::Lines,
        Some("tar") => Kind::Tar,
        Some("tgz") if packing == Packing::None => return Some((Kind::Tar, Packing::Gzip)),
        Some("zip" | "whl") if packing == Packing::None => Kind::Zip,
        _ => return None,
    };
    Some((kind, packing))
}

/// Whether a file of this path is read at all; others in a folder are passed over.
pub fn is_readable(path: &str) -> bool {
    let base = path.rsplit('/').next().unwrap_or(path);
    kind(base).is_some() && !is_companion(path, base)
}

fn is_companion(path: &str, base: &str) -> bool {
    let path = path.strip_suffix(".gz").unwrap_or(path);
    let numbered = |prefix: &str| base.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    COMPANION_PATHS.iter().any(|companion| path.ends_with(companion)) || COMPANION_NAMES.iter().any(|prefix| numbered(prefix))
}

/// Reads the file `name` and hands its documents to `sink`. `template` has the hints that every document gets.
pub fn read<R: Read + Seek>(name: &str, mut reader: R, template: &Document, limits: &ArchiveLimits, sink: &mut Sink<'_>) {
    let Some((kind, packing)) = kind(name) else {
        let reason = "not a kind of file that is read: .json, .yaml, .jsonl (also .gz, .zst), .tar, .tgz, .zip, .whl";
        sink(Err(Skipped { at: name.to_owned(), reason: reason.to_owned() }));
        return;
    };
    let mut template = Document { name: name.to_owned(), ..template.clone() };
    let result = match kind {
        Kind::Zip => zip(reader, &mut template, limits, sink),
        Kind::Tar => npm_license(&mut reader, packing, limits).and_then(|license| {
            template.license_of_package = template.license_of_package.take().or(license);
            tar(unpacked(reader, packing, limits.unpacked_bytes_max)?, &template, limits, sink)
        }),
        Kind::Lines => unpacked(reader, packing, limits.unpacked_bytes_max).and_then(|reader| lines(reader, &template, sink)),
        Kind::Document => {
            sink(
                unpacked(reader, packing, u64::MAX)
                    .and_then(|reader| document(reader, &template, limits))
                    .map_err(|error| skip(name, &error)),
            );
            Ok(())
        }
    };
    if let Err(error) = result {
        sink(Err(skip(name, &error)));
    }
}

fn skip(name: &str, error: &io::Error) -> Skipped {
    Skipped { at: name.to_owned(), reason: format!("cannot read: {}", untrusted(&error.to_string(), 200)) }
}

fn broken(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// `reader` unpacked; more than `bytes_max` bytes are an error.
fn unpacked<'r, R: Read + 'r>(reader: R, packing: Packing, bytes_max: u64) -> io::Result<Box<dyn Read + 'r>> {
    let inner: Box<dyn Read + 'r> = match packing {
        Packing::None => Box::new(reader),
        Packing::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, reader))),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(reader)?),
    };
    Ok(Box::new(Bounded { inner, left: bytes_max, bytes_max }))
}

/// A reader that fails where it would give more than it may.
struct Bounded<R> {
    inner: R,
    left: u64,
    bytes_max: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        match self.left.checked_sub(n as u64) {
            Some(left) => self.left = left,
            None => return Err(broken(format!("unpacks to more than {} bytes", self.bytes_max))),
        }
        Ok(n)
    }
}

/// One whole document.
fn document(reader: impl Read, template: &Document, limits: &ArchiveLimits) -> io::Result<Document> {
    let most = limits.document_bytes_max as u64;
    let mut bytes = Vec::new();
    reader.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(broken(format!("document has more than {most} bytes")));
    }
    Ok(Document { bytes: bytes.into(), ..template.clone() })
}

/// A file of lines in pieces. A line that is too long is named and passed over.
pub(crate) fn lines(reader: impl Read, template: &Document, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 18, reader);
    let (mut piece, mut before, mut held) = (Vec::new(), template.lines_before, 0);
    loop {
        let start = piece.len();
        let n = reader.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut piece)?;
        let long = n > LINE_BYTES_MAX && piece.last() != Some(&b'\n');
        if long {
            piece.truncate(start);
        }
        held += usize::from(n > 0 && !long);
        if (n == 0 || long || piece.len() >= PIECE_BYTES) && held > 0 {
            let bytes = std::mem::take(&mut piece);
            if !sink(Ok(Document { bytes: bytes.into(), lines_before: before, ..template.clone() })) {
                return Ok(());
            }
            before += held;
            held = 0;
        }
        if long {
            let reason = format!("line has more than {LINE_BYTES_MAX} bytes");
            sink(Err(Skipped { at: format!("{}:{}", template.name, before + 1), reason }));
            before += 1;
            pass_line(&mut reader)?;
        }
        if n == 0 {
            return Ok(());
        }
    }
}

/// Reads to the end of the line, keeping nothing.
fn pass_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        let done = end.is_some() || length == 0;
        reader.consume(length);
        if done {
            return Ok(());
        }
    }
}

/// One entry of an archive, if it is a description. False asks to stop.
fn entry(reader: impl Read, inner: &str, template: &Document, limits: &ArchiveLimits, sink: &mut Sink<'_>) -> bool {
    let name = format!("{}/{}", template.name, untrusted(inner, NAME_CHARS_MAX));
    let Some((kind, packing)) = kind(inner).filter(|_| is_readable(inner)) else { return true };
    let template = Document { name: name.clone(), ..template.clone() };
    let result = match kind {
        Kind::Document => match unpacked(reader, packing, u64::MAX).and_then(|reader| document(reader, &template, limits)) {
            Ok(document) => return sink(Ok(document)),
            Err(error) => Err(error),
        },
        Kind::Lines => unpacked(reader, packing, limits.unpacked_bytes_max).and_then(|reader| lines(reader, &template, sink)),
        Kind::Tar | Kind::Zip => Err(broken("an archive inside of an archive is not opened".to_owned())),
    };
    match result {
        Ok(()) => true,
        Err(error) => sink(Err(skip(&name, &error))),
    }
}

fn tar(reader: impl Read, template: &Document, limits: &ArchiveLimits, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut archive = tar::Archive::new(reader);
    for (i, item) in archive.entries()?.enumerate() {
        if i >= limits.entries_max {
            return Err(broken(format!("has more than {} entries; the rest was left out", limits.entries_max)));
        }
        let item = item?;
        let name = String::from_utf8_lossy(&item.path_bytes()).into_owned();
        if item.header().entry_type().is_file() && !entry(item, &name, template, limits, sink) {
            break;
        }
    }
    Ok(())
}

/// The licence that an npm package states. Reads as far as `package.json`, and goes back to the start.
fn npm_license<R: Read + Seek>(reader: &mut R, packing: Packing, limits: &ArchiveLimits) -> io::Result<Option<String>> {
    let mut archive = tar::Archive::new(unpacked(&mut *reader, packing, limits.unpacked_bytes_max)?);
    let mut found = None;
    for item in archive.entries()?.take(limits.entries_max) {
        // What is broken here is told when the archive is read.
        let Ok(item) = item else { break };
        if &*item.path_bytes() == b"package/package.json" {
            let mut text = Vec::new();
            item.take(1 << 20).read_to_end(&mut text)?;
            let package: Value = serde_json::from_slice(&text).unwrap_or_default();
            found = package["license"].as_str().and_then(license::spdx);
            break;
        }
    }
    drop(archive);
    reader.seek(SeekFrom::Start(0))?;
    Ok(found)
}

fn zip<R: Read + Seek>(reader: R, template: &mut Document, limits: &ArchiveLimits, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(BufReader::new(reader))?;
    let metadata =
        archive.file_names().filter_map(Result::ok).find(|name| name.ends_with(".dist-info/METADATA")).map(|name| name.into_owned());
    if let Some(file) = metadata.filter(|_| template.license_of_package.is_none()) {
        let mut text = String::new();
        // A wheel whose metadata cannot be read has no stated licence.
        let read = archive.by_name(&file).map_err(io::Error::from).and_then(|file| file.take(1 << 20).read_to_string(&mut text));
        template.license_of_package = read.ok().and_then(|_| wheel_license(&text));
    }
    if archive.len() > limits.entries_max {
        return Err(broken(format!("has more than {} entries", limits.entries_max)));
    }
    let mut left = limits.unpacked_bytes_max;
    for i in 0..archive.len() {
        let item = match archive.by_index(i) {
            Ok(item) => item,
            Err(error) => {
                sink(Err(Skipped {
                    at: format!("{}#{i}", template.name),
                    reason: format!("cannot read: {}", text::clean(&error.to_string(), 200)),
                }));
                continue;
            }
        };
        // A name that is no text cannot say that it is a description.
        let name = item.name().map(|name| name.into_owned()).unwrap_or_default();
        if !item.is_file() || !is_readable(&name) {
            continue;
        }
        let mut counted = Counted { inner: item, count: 0 };
        let go_on = entry(Bounded { inner: &mut counted, left, bytes_max: limits.unpacked_bytes_max }, &name, template, limits, sink);
        left = left.saturating_sub(counted.count);
        if !go_on || left == 0 {
            break;
        }
    }
    Ok(())
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count += n as u64;
        Ok(n)
    }
}

/// The licence in the metadata of a Python package.
fn wheel_license(metadata: &str) -> Option<String> {
    let head = metadata.split("\n\n").next().unwrap_or_default();
    let value = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)).and_then(license::spdx);
    value("License-Expression:").or_else(|| value("License:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_name() {
        for (name, expected) in [
            ("a.json", Some((Kind::Document, Packing::None))),
            ("A.YAML.gz", Some((Kind::Document, Packing::Gzip))),
            ("pool.jsonl.zst", Some((Kind::Lines, Packing::Zstd))),
            ("p.tgz", Some((Kind::Tar, Packing::Gzip))),
            ("p.tar.gz", Some((Kind::Tar, Packing::Gzip))),
            ("p.whl", Some((Kind::Zip, Packing::None))),
            ("p.zip.gz", None),
            ("json", None),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
        for (name, readable) in [
            ("x/service-2.json.gz", true),
            ("x/paginators-1.json", false),
            ("package/package.json", false),
            ("x/service-2.sdk-extras.json", false),
            ("botocore/data/endpoints.json.gz", false),
            ("index.json", true),
            ("googleapiclient/discovery_cache/documents/index.json", false),
            ("readme.md", false),
        ] {
            assert_eq!(is_readable(name), readable, "{name}");
        }
    }

    #[test]
    fn licences_of_packages() {
        assert_eq!(wheel_license("Name: x\nLicense: Apache 2.0\n\nLicense: no").as_deref(), Some("Apache-2.0"));
        assert_eq!(wheel_license("Name: x\n"), None);
    }
}
