//! Who notices that a pack was altered.

use crate::hostile::meter::guarded;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use wardian_compiler::verify::{Basis, VerifyError, verify};
use wardian_format::Digest;
use wardian_pack::{open, write};

/// What an altered pack was made of.
pub(super) struct Original {
    /// SHA-256 of the file.
    pub(super) digest: Digest,
    /// Its sources.
    pub(super) sources: BTreeMap<String, String>,
}

/// CPU time that one altered pack may cost, far above what a good one does, seconds.
const CPU_S_MAX: u64 = 30;

/// The part of Wardian that notices an alteration, from the cheapest to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// `open`: the sections, their order and names.
    Sections,
    /// `open`: admission of the component.
    Component,
    /// `open`: the manifest, in itself, or against component, image and schema.
    Manifest,
    /// `open`: the image, as zstd or as SQLite.
    Image,
    /// `open`: sources, policy or tasks, as zstd, text or JSON.
    Texts,
    /// `pack verify`: the sources compile to something else.
    Recompiled,
    /// `pack verify`: the same parts are written in another way.
    Encoding,
    /// Nobody but the digest of the file: the pack says that another compiler made it, or carries no sources, or is
    /// honest, and other sources give the same.
    Digest,
}

impl Layer {
    const ALL: [Self; 8] =
        [Self::Sections, Self::Component, Self::Manifest, Self::Image, Self::Texts, Self::Recompiled, Self::Encoding, Self::Digest];

    /// Which check of `open` gave this reason.
    fn of(reason: &str) -> Self {
        match reason {
            reason if reason.starts_with("component: ") || reason.starts_with("the component ") => Self::Component,
            reason if reason.starts_with("section `wardian:manifest`: ") => Self::Manifest,
            reason if reason.starts_with("section `wardian:image`") && !reason.contains(" at byte ") => Self::Image,
            reason
                if ["sources", "policy", "tasks"].iter().any(|name| reason.starts_with(&format!("section `wardian:{name}`")))
                    && !reason.contains(" at byte ") =>
            {
                Self::Texts
            }
            _ => Self::Sections,
        }
    }
}

/// What is said of a pack with other sources that give all the rest as it is.
pub(super) const HONEST: &str = "it is what its sources give";

/// Who noticed an alteration, and what was said.
pub(super) struct Verdict {
    pub(super) layer: Layer,
    pub(super) reason: String,
}

/// Judges one altered pack. An error where it passes for the original, or where nobody notices at all.
fn judge(bytes: Vec<u8>, original: &Arc<Original>) -> Result<Verdict, String> {
    let original = Arc::clone(original);
    guarded(CPU_S_MAX, move || decide(&bytes, &original))?
}

fn decide(bytes: &[u8], original: &Original) -> Result<Verdict, String> {
    if Digest::of(bytes) == original.digest {
        return Err("the alteration changed nothing".to_owned());
    }
    let opened = match open(bytes, "x.wasm") {
        Ok(opened) => opened,
        Err(error) => {
            let error = error.to_string();
            let reason = error.strip_prefix("`x.wasm` is not an acceptable pack: ").ok_or(format!("no reason: {error}"))?;
            let says_something = reason.len() > 10 && reason.len() < 4_000 && !reason.contains(char::is_control);
            return says_something
                .then(|| Verdict { layer: Layer::of(reason), reason: reason.to_owned() })
                .ok_or(format!("a bad reason: {reason}"));
        }
    };
    if opened.digest == original.digest {
        return Err("it passes for the original".to_owned());
    }
    let verdict = |layer, reason: String| Ok(Verdict { layer, reason });
    match verify(&opened.parts) {
        Err(VerifyError::NoSources) => verdict(Layer::Digest, "the pack carries no sources".to_owned()),
        Err(error) => verdict(Layer::Recompiled, error.to_string()),
        Ok(found) if !found.is_ok() => verdict(Layer::Recompiled, format!("{} differs", found.differences[0].what)),
        Ok(found) if found.basis == Basis::Structure => verdict(Layer::Digest, format!("it says that it was made by {}", found.made_by)),
        Ok(_) if write(&opened.parts).is_ok_and(|again| again != bytes) => verdict(Layer::Encoding, "written in another way".to_owned()),
        Ok(_) if opened.parts.sources != original.sources => verdict(Layer::Digest, HONEST.to_owned()),
        Ok(_) => Err("nobody noticed".to_owned()),
    }
}

/// How many alterations of each kind were noticed where.
#[derive(Default)]
pub(super) struct Table(BTreeMap<String, BTreeMap<Layer, usize>>);

impl Table {
    /// Judges an alteration and counts it. The test fails where nobody notices.
    pub(super) fn add(&mut self, kind: &str, what: &str, bytes: Vec<u8>, original: &Arc<Original>) -> Verdict {
        let verdict = judge(bytes, original).unwrap_or_else(|error| panic!("{kind}: {what}: {error}"));
        *self.0.entry(kind.to_owned()).or_default().entry(verdict.layer).or_default() += 1;
        verdict
    }

    /// Alterations of `kind` that were noticed by `layer`.
    pub(super) fn count(&self, layer: Layer) -> usize {
        self.0.values().filter_map(|row| row.get(&layer)).sum()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<34}", "noticed by")?;
        Layer::ALL.iter().try_for_each(|layer| write!(f, "{:>11}", format!("{layer:?}").to_lowercase()))?;
        for (kind, row) in &self.0 {
            write!(f, "\n{kind:<34}")?;
            Layer::ALL.iter().try_for_each(|layer| write!(f, "{:>11}", row.get(layer).copied().unwrap_or(0)))?;
        }
        Ok(())
    }
}
