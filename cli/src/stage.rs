//! Stamps: a stage skips what its inputs' digests say is done.
//!
//! A stamp lies in `.stamps/` beside a stage's outputs and holds the key of the work (executable, options and
//! input digests) and the digest of every output. A unit is done when its stamp has the same key and every
//! output still has the same digest; so an interrupted, edited or outdated output is made again.

use crate::files;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use wardian_format::{Digest, json};

/// SHA-256 of the running executable: work done by another build is not trusted.
fn program() -> Result<Digest> {
    static DIGEST: OnceLock<Digest> = OnceLock::new();
    if let Some(digest) = DIGEST.get() {
        return Ok(*digest);
    }
    let path = std::env::current_exe().context("cannot find the running executable")?;
    Ok(*DIGEST.get_or_init(|| Digest::of(&std::fs::read(path).unwrap_or_default())))
}

/// One unit of work with files as its outcome.
pub(crate) struct Unit {
    folder: PathBuf,
    stamp: PathBuf,
    key: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stamp {
    key: Digest,
    outputs: BTreeMap<String, Digest>,
}

impl Unit {
    /// The unit `name` of a stage that writes below `folder`. `options` and `inputs` decide whether work done
    /// before is still good.
    pub(crate) fn new(folder: &Path, name: &str, options: &impl Serialize, inputs: &[Digest]) -> Result<Self> {
        let document = serde_json::json!({
            "program": program()?,
            "unit": name,
            "options": serde_json::to_value(options)?,
            "inputs": inputs,
        });
        let stamp = folder.join(".stamps").join(format!("{name}.json"));
        Ok(Self { folder: folder.to_owned(), stamp, key: json::digest(&document)? })
    }

    /// SHA-256 over version, options and inputs.
    pub(crate) fn key(&self) -> Digest {
        self.key
    }

    /// True where all outputs of an earlier, equal unit are still there.
    pub(crate) fn is_done(&self) -> bool {
        let Ok(stamp) = files::read_json::<Stamp>(&self.stamp) else { return false };
        let intact = |(path, digest): (&String, &Digest)| files::digest(&self.folder.join(path)).is_ok_and(|d| d == *digest);
        stamp.key == self.key && stamp.outputs.iter().all(intact)
    }

    /// Notes that `outputs`, files below the folder, are the result. The last write of a unit.
    pub(crate) fn done(&self, outputs: &[PathBuf]) -> Result<()> {
        let mut map = BTreeMap::new();
        for path in outputs {
            let name = path.strip_prefix(&self.folder).unwrap_or(path).to_string_lossy().into_owned();
            map.insert(name, files::digest(path)?);
        }
        files::write_json(&self.stamp, &Stamp { key: self.key, outputs: map })
    }
}
