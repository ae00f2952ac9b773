//! Native code: how it is made, and which bytes may become it again.

use crate::engine::{Codegen, Engine, config};
use crate::{SandboxError, text_of};
use std::hash::{Hash, Hasher};
use wardian_format::Digest;
use wardian_format::limits::{CompileLimits, Profile};
use wasmtime::component::Component;

/// Native code of a component.
#[derive(Clone)]
pub struct Code {
    pub(crate) component: Component,
}

/// Bytes of native code whose origin somebody vouches for. Altered native code would be run as it is, so nothing else
/// turns bytes into [`Code`].
#[derive(Debug)]
pub struct Trusted(Vec<u8>);

/// Turns an admitted component into native code. The seam for compiling in a child process, and for caches.
pub trait Compile: Send + Sync {
    /// Compiles `component`, whose pack has `profile`, for `engine`.
    ///
    /// # Errors
    /// When wasmtime refuses it, or compiling it takes more than it may.
    fn compile(&self, engine: &Engine, component: &[u8], profile: Profile) -> Result<Code, SandboxError>;

    /// True where a component cannot make `compile` take more than a bounded time and memory. Profiles that
    /// [need it](Profile::needs_bounded_compiler) are refused otherwise.
    fn is_bounded(&self) -> bool {
        false
    }

    /// Opens the state image of a pack somewhere else first, where it can do no harm. `ungraded` is that of the
    /// manifest. Says yes without looking where there is no such place.
    ///
    /// # Errors
    /// When the image is not acceptable, or takes more to look at than it may.
    fn check_image(&self, image: &[u8], ungraded: &[String], profile: Profile) -> Result<(), SandboxError> {
        let _ = (image, ungraded, profile);
        Ok(())
    }
}

/// Compiles in this process. Admission has bounded the structure; time and memory are not bounded further.
#[derive(Clone, Copy, Debug)]
pub struct InProcess;

/// Makes native code that it cannot run: the engine of a process that does nothing else. It takes no address space for
/// instances and starts no thread.
pub struct Precompiler {
    wasmtime: wasmtime::Engine,
}

/// What stopped the compilation of a component, or the look at an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exceeded {
    /// [`CompileLimits::cpu_s_max`].
    Cpu,
    /// [`CompileLimits::memory_bytes_max`].
    Memory,
    /// [`CompileLimits::wall_ms_max`].
    Wall,
    /// [`CompileLimits::answer_bytes_max`].
    Answer,
}

impl Trusted {
    /// Vouches for `bytes`.
    ///
    /// # Safety
    /// They must be what [`Precompiler::compile`] or [`Code::serialize`] gave for an admitted component, unaltered,
    /// whatever way they took since: through the pipe of a process that we started, or through storage that
    /// authenticates. Bytes out of a pack never are.
    #[expect(unsafe_code, reason = "whoever calls it promises something that nobody can check")]
    pub unsafe fn vouch(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Code {
    /// Its bytes, for a place that authenticates what it keeps.
    ///
    /// # Errors
    /// When wasmtime cannot write it.
    pub fn serialize(&self) -> Result<Vec<u8>, SandboxError> {
        self.component.serialize().map_err(|error| SandboxError::Compile(text_of(&error)))
    }

    /// The code that `native` is, for `engine`.
    ///
    /// # Errors
    /// When it was made by another version or with other settings.
    #[expect(unsafe_code, reason = "wasmtime runs what it is given here")]
    pub fn deserialize(engine: &Engine, native: &Trusted) -> Result<Self, SandboxError> {
        // SAFETY: whoever made the `Trusted` vouches that wasmtime wrote these bytes and that they are unaltered.
        let component = unsafe { Component::deserialize(engine.wasmtime(), &native.0) };
        component.map(|component| Self { component }).map_err(|error| SandboxError::Compile(text_of(&error)))
    }
}

impl Compile for InProcess {
    fn compile(&self, engine: &Engine, component: &[u8], _profile: Profile) -> Result<Code, SandboxError> {
        let compiled = Component::from_binary(engine.wasmtime(), component);
        compiled.map(|component| Code { component }).map_err(|error| SandboxError::Compile(text_of(&error)))
    }
}

impl Precompiler {
    /// As [`Precompiler::with`], for speed.
    ///
    /// # Errors
    /// When wasmtime does not start on this machine.
    pub fn new() -> Result<Self, SandboxError> {
        Self::with(Codegen::Speed)
    }

    /// An engine that compiles as [`Engine::with`] does.
    ///
    /// # Errors
    /// When wasmtime does not start on this machine.
    pub fn with(codegen: Codegen) -> Result<Self, SandboxError> {
        let wasmtime = wasmtime::Engine::new(&config(codegen)).map_err(|error| SandboxError::Engine(text_of(&error)))?;
        Ok(Self { wasmtime })
    }

    /// Native code of `component`.
    ///
    /// # Errors
    /// When wasmtime refuses it.
    pub fn compile(&self, component: &[u8]) -> Result<Vec<u8>, SandboxError> {
        self.wasmtime.precompile_component(component).map_err(|error| SandboxError::Compile(text_of(&error)))
    }

    /// As [`Engine::fingerprint`].
    pub fn fingerprint(&self) -> Digest {
        fingerprint(&self.wasmtime)
    }
}

impl Engine {
    /// Stands for everything that native code depends on: version of wasmtime, processor, settings. Code of one
    /// engine runs on another exactly where these are equal.
    pub fn fingerprint(&self) -> Digest {
        fingerprint(self.wasmtime())
    }
}

fn fingerprint(engine: &wasmtime::Engine) -> Digest {
    let mut all = Everything::default();
    engine.precompile_compatibility_hash().hash(&mut all);
    Digest::of(&all.0)
}

/// Keeps what is hashed, so that a real digest can be taken of it.
#[derive(Default)]
struct Everything(Vec<u8>);

impl Hasher for Everything {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

impl Exceeded {
    /// The limit in words, as `limits` have it.
    pub fn describe(self, limits: &CompileLimits) -> String {
        match self {
            Self::Cpu => format!("{} s of CPU time", limits.cpu_s_max),
            Self::Memory => format!("{} MiB of memory", limits.memory_bytes_max >> 20),
            Self::Wall => format!("{} ms of wall time", limits.wall_ms_max),
            Self::Answer => format!("{} MiB of native code", limits.answer_bytes_max >> 20),
        }
    }
}
