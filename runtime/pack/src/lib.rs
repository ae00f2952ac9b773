//! Packs: one `.wasm` file that is a component plus custom sections. Writing, reading, verifying.
//!
//! A pack is hostile until proved otherwise: nothing is decompressed, counted or believed without a bound, and
//! what the manifest says is compared with what the component, the state image and the schemas show. The pack's
//! identity is the SHA-256 of the whole file, so a pack that reads well and differs in a byte is another pack.
//!
//! What it is not: it does not know the tool language (`forge/compiler` makes the components), and it compiles
//! and runs no WebAssembly. It touches no file system.
//! May depend on: `wardian-format`, `wardian-admit`, `wardian-state`.

mod guests;
mod manifest;
mod schema;
mod section;
mod sources;

pub use guests::{Split, least_profile, split};

use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_format::limits::AdmissionLimits;
use wardian_format::{Digest, Manifest, json, names, pack, time};
use wardian_state::{Base, Context};

/// Why a pack is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The file cannot be what it claims to be.
    #[error("`{origin}` is not an acceptable pack: {reason}")]
    Refused {
        /// The file as the caller named it.
        origin: String,
        /// Section and reason.
        reason: String,
    },
    /// The state image is unacceptable.
    #[error("`{origin}` is not an acceptable pack: section `wardian:image`: {}", shown(&source.to_string()))]
    State {
        /// The file.
        origin: String,
        /// Why.
        source: wardian_state::StateError,
    },
    /// The parts cannot be written as a pack.
    #[error("cannot write the pack: {0}")]
    Write(String),
}

/// Longest reason, characters.
const REASON_CHARS_MAX: usize = 2_000;

/// A reason may quote what is in the file, of which nobody knows how long it is and what it does to a terminal.
fn shown(reason: &str) -> String {
    names::untrusted(reason, REASON_CHARS_MAX)
}

impl PackError {
    fn refused(origin: &str, reason: &str) -> Self {
        Self::Refused { origin: origin.to_owned(), reason: shown(reason) }
    }
}

/// What a pack is made of, before it is written and after it is read.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The component: imports `wardian:env/state@0.1.0`, exports one function a tool.
    pub component: Vec<u8>,
    /// The manifest.
    pub manifest: Manifest,
    /// The SQLite image, uncompressed.
    pub image: Vec<u8>,
    /// Policy for the agent.
    pub policy: Option<String>,
    /// Tasks, as JSON lines.
    pub tasks: Option<String>,
    /// The sources: path → text.
    pub sources: BTreeMap<String, String>,
}

/// A pack that was read and checked, with what the checks found.
pub struct Opened {
    /// Its parts.
    pub parts: Parts,
    /// The state image, opened.
    pub base: Arc<Base>,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// What the component is made of.
    pub report: wardian_admit::Report,
    /// Sizes of the sections, in order of the file; the first is the component.
    pub sections: Vec<SectionSize>,
    /// What was checked and found true, one line each, for `pack verify`.
    pub checks: Vec<&'static str>,
}

/// Which pack a file says it is. Nothing else of it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name in the manifest.
    pub name: String,
    /// SHA-256 of the file.
    pub digest: Digest,
}

/// Size of one section of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionSize {
    /// `component`, or the name of the custom section.
    pub name: &'static str,
    /// Bytes in the file.
    pub stored_bytes: usize,
    /// Bytes after decompression.
    pub bytes: usize,
}

/// Writes a pack file. Reproducible: the same parts give the same bytes.
///
/// # Errors
/// When the manifest holds a number that canonical JSON cannot carry.
pub fn write(parts: &Parts) -> Result<Vec<u8>, PackError> {
    let value = serde_json::to_value(&parts.manifest).map_err(|error| PackError::Write(error.to_string()))?;
    let manifest = json::canonical(&value).map_err(|error| PackError::Write(format!("the manifest: {error}")))?;
    let mut out = parts.component.clone();
    section::append(&mut out, pack::section::MANIFEST, manifest.as_bytes());
    section::append(&mut out, pack::section::IMAGE, &section::compress(&parts.image));
    if !parts.sources.is_empty() {
        let sources = serde_json::to_value(&parts.sources).map_err(|error| PackError::Write(error.to_string()))?;
        let sources = json::canonical(&sources).map_err(|error| PackError::Write(format!("the sources: {error}")))?;
        section::append(&mut out, pack::section::SOURCES, &section::compress(sources.as_bytes()));
    }
    if let Some(policy) = &parts.policy {
        section::append(&mut out, pack::section::POLICY, policy.as_bytes());
    }
    if let Some(tasks) = &parts.tasks {
        section::append(&mut out, pack::section::TASKS, &section::compress(tasks.as_bytes()));
    }
    Ok(out)
}

/// Reads a pack file and checks its structure (sections, admission, manifest against component and image);
/// nothing is compiled or run. `origin` names the file in errors.
pub fn read(bytes: &[u8], origin: &str) -> Result<Parts, PackError> {
    open(bytes, origin).map(|opened| opened.parts)
}

/// Name and digest of the pack in `bytes`, for an index of packs: cheap, and no promise that it is acceptable.
///
/// # Errors
/// When the sections cannot be found or the manifest cannot be read.
pub fn identity(bytes: &[u8], origin: &str) -> Result<Identity, PackError> {
    let refused = |reason: String| PackError::refused(origin, &reason);
    let file = section::File::scan(bytes).map_err(refused)?;
    let manifest = manifest::parse(file.required(pack::section::MANIFEST).map_err(refused)?).map_err(in_manifest).map_err(refused)?;
    Ok(Identity { name: manifest.name, digest: Digest::of(bytes) })
}

/// As [`read`], and hands out what the checks had to make or count anyway.
pub fn open(bytes: &[u8], origin: &str) -> Result<Opened, PackError> {
    open_after(bytes, origin, |_, _| Ok(()))
}

/// As [`open`], and has `look` see the state image before SQLite opens it in this process: a place where a hostile image can
/// do no harm can be asked first. `look` gets the image and the manifest, of which it should believe no more than it needs.
///
/// # Errors
/// As [`open`], and when `look` gives a reason to refuse the image.
pub fn open_after(bytes: &[u8], origin: &str, look: impl FnOnce(&[u8], &Manifest) -> Result<(), String>) -> Result<Opened, PackError> {
    let refused = |reason: String| PackError::refused(origin, &reason);
    let state = |source| PackError::State { origin: origin.to_owned(), source };
    let file = section::File::scan(bytes).map_err(refused)?;
    let manifest = manifest::parse(file.required(pack::section::MANIFEST).map_err(refused)?).map_err(in_manifest).map_err(refused)?;
    let limits = AdmissionLimits::of(manifest.profile);
    let report = wardian_admit::check(bytes, &limits).map_err(|error| refused(format!("component: {error}")))?;
    manifest::check(&manifest, &report).map_err(in_manifest).map_err(refused)?;
    guests::split(file.component(), &manifest).map_err(refused)?;
    let unpacked = Unpacked::of(&file, &limits).map_err(refused)?;
    look(&unpacked.image, &manifest).map_err(|reason| refused(format!("section `{}`: {reason}", pack::section::IMAGE)))?;
    let base = Base::open(unpacked.image.clone(), &manifest.ungraded).map_err(state)?;
    manifest::check_refs(&manifest, base.schema()).map_err(in_manifest).map_err(refused)?;
    let now_unix_s = time::parse_utc(&manifest.now).map_err(|error| refused(in_manifest(error.to_string())))?;
    let initial = base.state(Context { seed: 0, now_unix_s }).digests().map_err(state)?;
    if initial != manifest.initial {
        let reason = format!("the initial digest is {}, but the image gives {}", manifest.initial.full, initial.full);
        return Err(refused(in_manifest(reason)));
    }
    let sections = unpacked.sizes(&file);
    let Unpacked { image, policy, tasks, sources } = unpacked;
    let parts = Parts { component: file.component().to_vec(), manifest, image, policy, tasks, sources };
    Ok(Opened { parts, base, digest: Digest::of(bytes), report, sections, checks: CHECKS.to_vec() })
}

/// What [`open`] has checked when it succeeds.
const CHECKS: [&str; 8] = [
    "the file is a component followed by known sections, once each and in order",
    "the component is valid, imports the state and nothing else, and stays within the admission limits",
    "every export has the type of a tool",
    "the manifest is canonical, and its tools are the exports, in order",
    "every JSON Schema is closed (no references) and bounded",
    "the image is a sound database whose schema keeps the rules",
    "the initial digests are those of the image",
    "links, references and yields agree with tools and schema",
];

/// Names the manifest in a reason.
fn in_manifest(reason: String) -> String {
    format!("section `{}`: {reason}", pack::section::MANIFEST)
}

/// The contents of the optional and compressed sections.
struct Unpacked {
    image: Vec<u8>,
    policy: Option<String>,
    tasks: Option<String>,
    sources: BTreeMap<String, String>,
}

impl Unpacked {
    fn of(file: &section::File<'_>, limits: &AdmissionLimits) -> Result<Self, String> {
        use pack::section::{IMAGE, POLICY, SOURCES, TASKS};
        let text = |name: &str, max: usize| file.get(name).map(|data| section::decompress_text(name, data, max)).transpose();
        let image = section::decompress(IMAGE, file.required(IMAGE)?, limits.image_bytes_max)?;
        let sources = text(SOURCES, limits.sources_bytes_max)?.map(|text| sources::parse(&text)).transpose()?.unwrap_or_default();
        let policy = file.get(POLICY).map(|data| section::utf8(POLICY, data.to_vec(), limits.section_bytes_max)).transpose()?;
        let tasks = text(TASKS, limits.section_bytes_max)?;
        if let Some(tasks) = &tasks {
            let file = format!("section `{TASKS}`");
            wardian_format::jsonl::read::<wardian_format::task::TaskSource>(tasks.as_bytes(), &file).map_err(|error| error.to_string())?;
        }
        Ok(Self { image, policy, tasks, sources })
    }

    fn sizes(&self, file: &section::File<'_>) -> Vec<SectionSize> {
        use pack::section::{IMAGE, SOURCES, TASKS};
        let component = SectionSize { name: "component", stored_bytes: file.component().len(), bytes: file.component().len() };
        let size = |(name, stored): (&'static str, usize)| {
            let bytes = match name {
                IMAGE => self.image.len(),
                TASKS => self.tasks.as_ref().map_or(0, String::len),
                SOURCES => self.sources.iter().map(|(path, text)| path.len() + text.len()).sum(),
                _ => stored,
            };
            SectionSize { name, stored_bytes: stored, bytes }
        };
        std::iter::once(component).chain(file.sections().map(size)).collect()
    }
}
