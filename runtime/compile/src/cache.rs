//! A compiler that remembers.

use crate::folder::{Folder, Found};
use std::sync::atomic::{AtomicU64, Ordering};
use wardian_format::Digest;
use wardian_format::limits::Profile;
use wardian_sandbox::{Code, Compile, Engine, SandboxError, Trusted};

/// Asks `C` for what is not in a folder yet, and keeps what it gives: native code by component, engine and profile, and the
/// word that a state image is sound.
pub struct Cached<C> {
    inner: C,
    folder: Folder,
    hits: AtomicU64,
    misses: AtomicU64,
    tampered: AtomicU64,
}

/// What a [`Cached`] did since it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Found and authentic.
    pub hits: u64,
    /// Not found, or not authentic.
    pub misses: u64,
    /// Of the misses: there was something else under the name.
    pub tampered: u64,
}

impl<C> Cached<C> {
    /// `inner` with the memory `folder`.
    pub fn new(inner: C, folder: Folder) -> Self {
        Self { inner, folder, hits: AtomicU64::new(0), misses: AtomicU64::new(0), tampered: AtomicU64::new(0) }
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { hits: read(&self.hits), misses: read(&self.misses), tampered: read(&self.tampered) }
    }

    fn get(&self, name: Digest) -> Option<Vec<u8>> {
        let found = self.folder.get(name);
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        if let Found::Payload(payload) = found {
            count(&self.hits);
            return Some(payload);
        }
        count(&self.misses);
        if found == Found::Tampered {
            count(&self.tampered);
        }
        None
    }
}

impl<C: Compile> Compile for Cached<C> {
    fn compile(&self, engine: &Engine, component: &[u8], profile: Profile) -> Result<Code, SandboxError> {
        let name = name(&[b"code", profile.name().as_bytes(), &engine.fingerprint().0, &Digest::of(component).0]);
        if let Some(native) = self.get(name) {
            // SAFETY: the seal of the entry shows that this cache wrote these bytes, from `Code::serialize` below, for this
            // component and engine; the key of the seal is readable by this user alone.
            #[expect(unsafe_code, reason = "the promise of `Trusted::vouch`")]
            let native = unsafe { Trusted::vouch(native) };
            if let Ok(code) = Code::deserialize(engine, &native) {
                return Ok(code);
            }
        }
        let code = self.inner.compile(engine, component, profile)?;
        self.folder.put(name, &code.serialize()?);
        Ok(code)
    }

    fn is_bounded(&self) -> bool {
        self.inner.is_bounded()
    }

    fn check_image(&self, image: &[u8], ungraded: &[String], profile: Profile) -> Result<(), SandboxError> {
        let names = crate::frame::pack_names(ungraded);
        // What is sound depends on who looks: this version, and its SQLite.
        let looker = concat!("wardian ", env!("CARGO_PKG_VERSION"), ", SQLite ");
        let sqlite = wardian_state::sqlite_version();
        let name = name(&[b"image", looker.as_bytes(), sqlite.as_bytes(), &Digest::of(&names).0, &Digest::of(image).0]);
        if self.get(name).is_some() {
            return Ok(());
        }
        self.inner.check_image(image, ungraded, profile)?;
        self.folder.put(name, &[]);
        Ok(())
    }
}

/// One digest of several parts.
fn name(parts: &[&[u8]]) -> Digest {
    let digests: Vec<u8> = parts.iter().flat_map(|part| Digest::of(part).0).collect();
    Digest::of(&digests)
}
