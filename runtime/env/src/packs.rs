//! Many packs within a budget of memory: the ones used last are kept ready, the others are loaded again when needed.

use crate::{LoadedPack, PackError, Runtime};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wardian_format::Digest;

/// Reads the file of a pack again.
pub type ReadPack = Box<dyn Fn() -> io::Result<Vec<u8>> + Send + Sync>;

/// A shelf of packs. What is kept ready stays within a budget; a pack in use by an environment lives on beside it.
pub struct Packs {
    runtime: Runtime,
    bytes_max: usize,
    shelf: Mutex<Shelf>,
}

/// Packs that are ready, by digest.
#[derive(Default)]
struct Shelf {
    ready: BTreeMap<Digest, Ready>,
    bytes: usize,
    /// Counts uses, to find what was used least recently.
    clock: u64,
    loads: u64,
}

struct Ready {
    pack: Arc<LoadedPack>,
    used: u64,
}

/// What a shelf holds and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacksUse {
    /// Packs that are ready.
    pub ready: usize,
    /// Bytes that they hold.
    pub bytes: usize,
    /// How often a pack was loaded.
    pub loads: u64,
}

/// A pack, ready or to be had. Cheap to clone.
#[derive(Clone)]
pub struct PackRef(Kind);

#[derive(Clone)]
enum Kind {
    Loaded(Arc<LoadedPack>),
    Shelved(Arc<Shelved>),
}

struct Shelved {
    packs: Arc<Packs>,
    name: String,
    digest: Digest,
    origin: String,
    read: ReadPack,
}

impl Packs {
    /// A shelf whose ready packs hold at most `bytes_max` bytes together, counted as [`LoadedPack::bytes`]. One
    /// pack is kept whatever its size.
    pub fn new(runtime: &Runtime, bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { runtime: runtime.clone(), bytes_max, shelf: Mutex::default() })
    }

    /// Notes the pack that `read` reads, which it does once now, for the name and the digest alone. `origin` names it in errors.
    ///
    /// # Errors
    /// When it cannot be read or is no pack. What else may be wrong with it comes out when it is loaded.
    pub fn add(self: &Arc<Self>, origin: &str, read: ReadPack) -> Result<PackRef, PackError> {
        let bytes = read().map_err(|error| unreadable(origin, &error))?;
        let wardian_pack::Identity { name, digest } = wardian_pack::identity(&bytes, origin)?;
        let shelved = Shelved { packs: Arc::clone(self), name, digest, origin: origin.to_owned(), read };
        Ok(PackRef(Kind::Shelved(Arc::new(shelved))))
    }

    /// What is on it.
    pub fn in_use(&self) -> PacksUse {
        let shelf = self.shelf();
        PacksUse { ready: shelf.ready.len(), bytes: shelf.bytes, loads: shelf.loads }
    }

    fn load(&self, shelved: &Shelved) -> Result<Arc<LoadedPack>, PackError> {
        if let Some(pack) = self.shelf().take(shelved.digest) {
            return Ok(pack);
        }
        // Not under the lock: others go on meanwhile. Two who want the same pack at once may both load it.
        let bytes = (shelved.read)().map_err(|error| unreadable(&shelved.origin, &error))?;
        if Digest::of(&bytes) != shelved.digest {
            let reason = "the file has changed since it was first read".to_owned();
            return Err(PackError::Refused { origin: shelved.origin.clone(), reason });
        }
        let pack = self.runtime.load(bytes, &shelved.origin)?;
        let dropped = self.shelf().put(&pack, self.bytes_max);
        drop(dropped);
        Ok(pack)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn take(&mut self, digest: Digest) -> Option<Arc<LoadedPack>> {
        self.clock += 1;
        let ready = self.ready.get_mut(&digest)?;
        ready.used = self.clock;
        Some(Arc::clone(&ready.pack))
    }

    /// Keeps `pack` and gives back what had to go for it.
    fn put(&mut self, pack: &Arc<LoadedPack>, bytes_max: usize) -> Vec<Ready> {
        self.clock += 1;
        self.loads += 1;
        let mut gone: Vec<Ready> = self.remove(pack.digest()).into_iter().collect();
        while self.bytes + pack.bytes() > bytes_max {
            let Some(oldest) = self.ready.iter().min_by_key(|(_, ready)| ready.used).map(|(digest, _)| *digest) else { break };
            gone.extend(self.remove(oldest));
        }
        self.bytes += pack.bytes();
        self.ready.insert(pack.digest(), Ready { pack: Arc::clone(pack), used: self.clock });
        gone
    }

    fn remove(&mut self, digest: Digest) -> Option<Ready> {
        let ready = self.ready.remove(&digest)?;
        self.bytes -= ready.pack.bytes();
        Some(ready)
    }
}

impl PackRef {
    /// Name of the pack.
    pub fn name(&self) -> &str {
        match &self.0 {
            Kind::Loaded(pack) => &pack.manifest().name,
            Kind::Shelved(shelved) => &shelved.name,
        }
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> Digest {
        match &self.0 {
            Kind::Loaded(pack) => pack.digest(),
            Kind::Shelved(shelved) => shelved.digest,
        }
    }

    /// The pack, ready for use. It stays loaded for as long as somebody holds it.
    ///
    /// # Errors
    /// When the file cannot be read any more, has changed, or is not acceptable.
    pub fn load(&self) -> Result<Arc<LoadedPack>, PackError> {
        match &self.0 {
            Kind::Loaded(pack) => Ok(Arc::clone(pack)),
            Kind::Shelved(shelved) => shelved.packs.load(shelved),
        }
    }
}

impl From<Arc<LoadedPack>> for PackRef {
    fn from(pack: Arc<LoadedPack>) -> Self {
        Self(Kind::Loaded(pack))
    }
}

impl std::fmt::Debug for PackRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackRef").field("name", &self.name()).field("digest", &self.digest()).finish()
    }
}

fn unreadable(origin: &str, error: &io::Error) -> PackError {
    PackError::Refused { origin: origin.to_owned(), reason: format!("cannot read it: {error}") }
}
