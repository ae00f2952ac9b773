//! The local store: packs by the digest of their file, and tags that point at them.
//!
//! ```text
//! sha256/DIGEST.wasm          a pack; its name is its content
//! sha256/DIGEST.wasm.minisig  its signature, where it came with one
//! tags/NAME                   one line, `sha256:DIGEST`
//! lock                        held by whoever changes something
//! ```
//! Every file is written beside its place and renamed, so a reader never needs the lock. A pack is hashed when it is asked
//! for: a damaged file is an error, never a pack.

use crate::files;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use wardian_format::limits::FIXED;
use wardian_format::names::untrusted;
use wardian_format::{Digest, limits::AdmissionLimits, limits::Profile};

/// What a reference by digest starts with.
const SHA256: &str = "sha256:";

/// Fewest hexadecimal characters of a digest that name a pack.
const PREFIX_CHARS_MIN: usize = 6;

/// A store of packs in a folder.
pub(crate) struct Store {
    folder: PathBuf,
}

/// A pack in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// What its content must be.
    pub(crate) digest: Digest,
    /// The file.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// The tags that point at it, in order.
    pub(crate) tags: Vec<String>,
}

/// What a command may call a pack.
#[derive(Debug, PartialEq, Eq)]
enum Reference<'a> {
    /// `sha256:PREFIX` or `NAME@sha256:PREFIX`.
    Digest { name: Option<&'a str>, prefix: &'a str },
    /// A tag.
    Tag(&'a str),
}

/// Where the store lies; `None` where there is no place for it.
pub(crate) fn default_folder() -> Option<PathBuf> {
    folder_of(|name| std::env::var_os(name))
}

/// As [`default_folder`] with another environment. An empty variable counts as none, and so does a relative XDG path.
fn folder_of(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let below = |folder: PathBuf| folder.join("wardian").join("packs");
    path("WARDIAN_STORE_DIR")
        .or_else(|| path("XDG_DATA_HOME").filter(|path| path.is_absolute()).map(below))
        .or_else(|| path("HOME").map(|home| below(home.join(".local").join("share"))))
}

impl Store {
    /// The store of this user.
    pub(crate) fn of_user() -> Result<Self> {
        let folder = default_folder().context("there is no store: neither WARDIAN_STORE_DIR, XDG_DATA_HOME nor HOME is set")?;
        Ok(Self { folder })
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps `bytes`, which the caller has checked to be a pack, with its signature, and lets `tag` point at it.
    pub(crate) fn add(&self, bytes: &[u8], signature: Option<&[u8]>, tag: &str) -> Result<Stored> {
        check_tag(tag)?;
        let lock = self.lock()?;
        let digest = Digest::of(bytes);
        let path = self.pack_path(digest);
        // A file that is there and sound is left alone, so that whoever reads it is not disturbed.
        if self.check(digest).is_err() {
            self.room_for(bytes.len() as u64)?;
            files::write(&path, bytes)?;
        }
        if let Some(signature) = signature {
            files::write(&signature_path(&path), signature)?;
        }
        self.set_tag(tag, digest)?;
        drop(lock);
        self.describe(digest)
    }

    /// Every pack, in order of digest. Their content is not looked at.
    pub(crate) fn list(&self) -> Result<Vec<Stored>> {
        let mut tags: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        for (tag, digest) in self.tags()? {
            tags.entry(digest).or_default().push(tag);
        }
        let mut stored = Vec::new();
        for digest in self.digests()? {
            let path = self.pack_path(digest);
            // Another process may have removed it meanwhile.
            let Ok(metadata) = fs::metadata(&path) else { continue };
            stored.push(Stored { digest, path, bytes: metadata.len(), tags: tags.remove(&digest).unwrap_or_default() });
        }
        Ok(stored)
    }

    /// Which pack `reference` names, by tag or by digest. Its content is not looked at.
    pub(crate) fn find(&self, reference: &str) -> Result<Digest> {
        match parse(reference)? {
            Reference::Tag(tag) => self.tag(tag)?.with_context(|| format!("the store has no pack `{}`", untrusted(reference, 200))),
            Reference::Digest { name, prefix } => self.by_prefix(name, prefix, reference),
        }
    }

    /// The file of the pack that `reference` names, after its content was compared with its digest.
    pub(crate) fn locate(&self, reference: &str) -> Result<PathBuf> {
        let digest = self.find(reference)?;
        self.check(digest)?;
        Ok(self.pack_path(digest))
    }

    /// Fails where the file of `digest` is missing or holds something else.
    pub(crate) fn check(&self, digest: Digest) -> Result<()> {
        let path = self.pack_path(digest);
        let found = files::digest(&path)?;
        ensure!(found == digest, "the store is damaged: `{}` has the digest {found}; remove it and add the pack again", path.display());
        Ok(())
    }

    /// Removes the tag `reference`, or, where it is a digest, the pack and every tag that points at it.
    pub(crate) fn remove(&self, reference: &str) -> Result<Vec<String>> {
        let _lock = self.lock()?;
        let digest = self.find(reference)?;
        if let Reference::Tag(tag) = parse(reference)? {
            fs::remove_file(self.tag_path(tag)).with_context(|| format!("cannot remove the tag `{tag}`"))?;
            return Ok(vec![tag.to_owned()]);
        }
        let mut removed = Vec::new();
        for (tag, _) in self.tags()?.into_iter().filter(|(_, of)| *of == digest) {
            fs::remove_file(self.tag_path(&tag)).with_context(|| format!("cannot remove the tag `{tag}`"))?;
            removed.push(tag);
        }
        self.remove_pack(digest)?;
        removed.push(format!("{SHA256}{digest}"));
        Ok(removed)
    }

    /// Removes every pack that no tag points at, and gives their digests.
    pub(crate) fn collect(&self) -> Result<Vec<Digest>> {
        let _lock = self.lock()?;
        let unnamed: Vec<Digest> = self.list()?.into_iter().filter(|stored| stored.tags.is_empty()).map(|stored| stored.digest).collect();
        for digest in &unnamed {
            self.remove_pack(*digest)?;
        }
        Ok(unnamed)
    }

    /// What is known of a pack that is there.
    fn describe(&self, digest: Digest) -> Result<Stored> {
        let found = self.list()?.into_iter().find(|stored| stored.digest == digest);
        found.with_context(|| format!("the pack {} was removed from the store meanwhile", digest.short()))
    }

    fn by_prefix(&self, name: Option<&str>, prefix: &str, reference: &str) -> Result<Digest> {
        let shown = untrusted(reference, 200);
        let mut fitting = Vec::new();
        for digest in self.digests()?.into_iter().filter(|digest| digest.to_string().starts_with(prefix)) {
            if self.is_called(digest, name)? {
                fitting.push(digest);
            }
        }
        match fitting[..] {
            [digest] => Ok(digest),
            [] => bail!("the store has no pack `{shown}`"),
            [first, second, ..] => bail!("`{shown}` could be {} or {}; write more of the digest", first.short(), second.short()),
        }
    }

    /// True where no name is asked for, a tag `name` points at the pack, or its manifest says so.
    fn is_called(&self, digest: Digest, name: Option<&str>) -> Result<bool> {
        let Some(name) = name else { return Ok(true) };
        if self.tag(name)? == Some(digest) {
            return Ok(true);
        }
        let path = self.pack_path(digest);
        Ok(wardian_pack::identity(&files::read(&path)?, &path.display().to_string()).is_ok_and(|identity| identity.name == name))
    }

    fn room_for(&self, bytes: u64) -> Result<()> {
        let max = AdmissionLimits::of(Profile::Guest).file_bytes_max as u64;
        ensure!(bytes <= max, "the pack has {bytes} bytes; the limit is {max}");
        let used: u64 = self.list()?.iter().map(|stored| stored.bytes).sum();
        let max = FIXED.store_bytes_max;
        ensure!(used + bytes <= max, "the store holds {used} of {max} bytes, and the pack has {bytes}; `wardian store gc` makes room");
        Ok(())
    }

    fn remove_pack(&self, digest: Digest) -> Result<()> {
        let path = self.pack_path(digest);
        fs::remove_file(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        match fs::remove_file(signature_path(&path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("cannot remove the signature of a pack"),
            _ => Ok(()),
        }
    }

    /// Held while something is added or removed: a pack must not be collected before its tag is written.
    fn lock(&self) -> Result<File> {
        let path = self.folder.join("lock");
        let what = || format!("cannot lock the store `{}`", self.folder.display());
        fs::create_dir_all(&self.folder).with_context(what)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).with_context(what)?;
        file.lock().with_context(what)?;
        Ok(file)
    }

    fn pack_path(&self, digest: Digest) -> PathBuf {
        self.folder.join("sha256").join(format!("{digest}.wasm"))
    }

    fn digests(&self) -> Result<Vec<Digest>> {
        let names = names_in(&self.folder.join("sha256"))?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(".wasm")?.parse().ok()).collect())
    }

    fn tag_path(&self, tag: &str) -> PathBuf {
        self.folder.join("tags").join(encoded(tag))
    }

    fn tags(&self) -> Result<BTreeMap<String, Digest>> {
        let mut tags = BTreeMap::new();
        for tag in names_in(&self.folder.join("tags"))?.iter().filter_map(|name| decoded(name)) {
            if let Some(digest) = self.tag(&tag)? {
                tags.insert(tag, digest);
            }
        }
        Ok(tags)
    }

    fn tag(&self, tag: &str) -> Result<Option<Digest>> {
        let path = self.tag_path(tag);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        let digest = text.trim_end().strip_prefix(SHA256).and_then(|hex| hex.parse().ok());
        digest.map(Some).with_context(|| format!("the store is damaged: `{}` does not point at a pack", path.display()))
    }

    fn set_tag(&self, tag: &str, digest: Digest) -> Result<()> {
        let path = self.tag_path(tag);
        let count = names_in(&self.folder.join("tags"))?.len();
        ensure!(path.exists() || count < FIXED.store_tags_max, "the store has {count} tags, which is the limit");
        files::write(&path, format!("{SHA256}{digest}\n").as_bytes())
    }
}

/// Where the signature of a pack lies: beside it.
pub(crate) fn signature_path(pack: &Path) -> PathBuf {
    let mut name = pack.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// True where `text` may be the name of a pack in the store, and not only that of a file.
pub(crate) fn is_reference(text: &str) -> bool {
    parse(text).is_ok()
}

fn parse(text: &str) -> Result<Reference<'_>> {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (Some(name), digest),
        None if text.starts_with(SHA256) => (None, text),
        None => {
            check_tag(text)?;
            return Ok(Reference::Tag(text));
        }
    };
    let prefix = digest.strip_prefix(SHA256).with_context(|| format!("`{}` has no `{SHA256}` after the `@`", untrusted(text, 200)))?;
    let is_hex = prefix.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    ensure!(
        is_hex && (PREFIX_CHARS_MIN..=64).contains(&prefix.len()),
        "`{}` is no digest; write {PREFIX_CHARS_MIN} to 64 of its hexadecimal characters",
        untrusted(text, 200)
    );
    name.map_or(Ok(()), check_tag)?;
    Ok(Reference::Digest { name, prefix })
}

/// A tag may look like a name (`library`, `library:1`) or like a reference to a registry (`localhost:5000/packs/library:1`).
fn check_tag(tag: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':');
    // The name of a file has at most 255 bytes, and up to three stand for one of the tag.
    let fits = !tag.is_empty() && tag.len() <= FIXED.reference_bytes_max && encoded(tag).len() <= 255;
    let ok = fits && tag.chars().all(plain) && tag.starts_with(|c: char| c.is_ascii_alphanumeric());
    ensure!(ok && !tag.starts_with(SHA256), "`{}` is no name for a pack in the store", untrusted(tag, 200));
    Ok(())
}

/// A tag as the name of a file, also where capitals do not count: everything but `a-z 0-9 - _ .` is written `%XX`.
fn encoded(tag: &str) -> String {
    let mut out = String::new();
    for byte in tag.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The tag that [`encoded`] made `name` of. A file of another name is none of ours.
fn decoded(name: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let value = match byte {
            b'%' => u8::from_str_radix(std::str::from_utf8(&[bytes.next()?, bytes.next()?]).ok()?, 16).ok()?,
            byte => byte,
        };
        out.push(value);
    }
    String::from_utf8(out).ok().filter(|tag| check_tag(tag).is_ok() && encoded(tag) == name)
}

/// Names of the files in `folder`, sorted; none where it is not there.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot list `{}`", folder.display())),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.with_context(|| format!("cannot list `{}`", folder.display()))?.file_name();
        names.extend(name.into_string());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_lies_where_the_environment_says() {
        let of = |pairs: &[(&str, &str)]| folder_of(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()));
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(of(&[("WARDIAN_STORE_DIR", "/a"), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")]), path("/a"));
        assert_eq!(of(&[("WARDIAN_STORE_DIR", ""), ("XDG_DATA_HOME", "/b")]), path("/b/wardian/packs"));
        assert_eq!(of(&[("XDG_DATA_HOME", "b"), ("HOME", "/c")]), path("/c/.local/share/wardian/packs"));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn references_are_tags_or_digests() {
        let digest = |name, prefix| Reference::Digest { name, prefix };
        assert_eq!(parse("sha256:0a1b2c").expect("a digest"), digest(None, "0a1b2c"));
        assert_eq!(parse("library@sha256:0a1b2c").expect("a digest"), digest(Some("library"), "0a1b2c"));
        assert_eq!(parse("localhost:5000/x/library:1.0").expect("a tag"), Reference::Tag("localhost:5000/x/library:1.0"));
        for wrong in
            ["", ".", "..", "../x", "/etc/passwd", "sha256:", "sha256:0a1b", "sha256:0A1B2C", "x@0a1b2c", "@sha256:0a1b2c", "a b", "-x"]
        {
            assert!(parse(wrong).is_err(), "`{wrong}` was taken for a reference");
        }
    }

    #[test]
    fn tags_survive_being_names_of_files() {
        for tag in ["library", "Library", "localhost:5000/x/library:1.0", "a%41", "a/../b"] {
            let name = encoded(tag);
            assert!(!name.contains(['/', ':', 'L']), "{name}");
            let expected = check_tag(tag).is_ok().then(|| tag.to_owned());
            assert_eq!(decoded(&name), expected, "{tag}");
        }
        for stranger in ["%", "%zz", "%61", "x y", ".wardian-1"] {
            assert_eq!(decoded(stranger), None, "`{stranger}` is not a file of the store");
        }
    }
}
