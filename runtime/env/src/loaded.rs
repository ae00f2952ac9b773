//! A pack that is ready to make environments.

use crate::arguments::Checker;
use crate::layout::Layout;
use crate::{Env, EnvError, EpisodeContext, Runtime};
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_format::errors;
use wardian_format::limits::Limits;
use wardian_format::pack::{Effect, Role, Statements};
use wardian_format::{Digest, Manifest, Outcome, ToolSpec, names, time};
use wardian_pack::{PackError, Parts};
use wardian_sandbox::{Program, Reuse};
use wardian_state::{Base, Context, Schema};

/// What a tool takes beside its code: schema, validator, statements. An allowance, not a measurement.
const TOOL_BYTES: usize = 16 << 10;

/// Longest reason for refusing a pack, characters: it may quote what is in it.
const REASON_CHARS_MAX: usize = 1000;

/// A pack, read, checked, compiled and ready to make environments.
pub struct LoadedPack {
    manifest: Manifest,
    digest: Digest,
    policy: Option<String>,
    tasks: Option<String>,
    sources: BTreeMap<String, String>,
    pub(crate) base: Arc<Base>,
    /// The compiled tools, then the guests: as far as there are any.
    pub(crate) programs: Vec<Program>,
    pub(crate) limits: Limits,
    /// See [`LoadedPack::bytes`].
    bytes: usize,
    /// By name.
    pub(crate) tools: BTreeMap<String, Tool>,
}

/// A tool, prepared for calls.
pub(crate) struct Tool {
    pub(crate) code: Place,
    pub(crate) role: Role,
    pub(crate) effect: Effect,
    /// The closed set of statements. Always the same `Arc`, which the state recognises by its address.
    pub(crate) statements: Option<Arc<[String]>>,
    pub(crate) arguments: Checker,
    /// What runs after a successful call.
    pub(crate) after: Vec<Follower>,
    /// Place in the manifest of the shape that its errors have.
    errors: Option<usize>,
}

/// Where the code of a tool is.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Its program.
    pub(crate) program: usize,
    /// Its place among the exports of that.
    pub(crate) export: usize,
}

/// A tool that runs after the call of another.
pub(crate) struct Follower {
    pub(crate) code: Place,
    pub(crate) effect: Effect,
    pub(crate) statements: Arc<[String]>,
}

impl LoadedPack {
    pub(crate) fn load(runtime: &Runtime, bytes: &[u8], origin: &str, reuse: Reuse) -> Result<Arc<Self>, PackError> {
        let refused =
            |reason: String| PackError::Refused { origin: origin.to_owned(), reason: names::untrusted(&reason, REASON_CHARS_MAX) };
        let opened = wardian_pack::open_after(bytes, origin, |image, manifest| {
            if reuse == Reuse::OwnCompiler {
                // Our own compiler has just written it, or given the same again.
                return Ok(());
            }
            runtime.compile.check_image(image, &manifest.ungraded, manifest.profile).map_err(|error| error.to_string())
        })?;
        let Parts { component, manifest, policy, tasks, sources, image } = opened.parts;
        let image_bytes = image.len();
        drop(image);
        if manifest.profile.needs_bounded_compiler() && !runtime.compile.is_bounded() {
            // Its admission limits assume that compilation is bounded from outside (design, decision 7).
            let name = manifest.profile.name();
            return Err(refused(format!(
                "the profile `{name}` needs a compiler in a process of its own, which this runtime does not have"
            )));
        }
        let place = |tool: &ToolSpec, reason: String| refused(format!("tool `{}`: {reason}", tool.name));
        let mut tools = BTreeMap::new();
        let layout = Layout::of(&manifest);
        for (spec, code) in manifest.tools.iter().zip(&layout.places) {
            tools.insert(spec.name.clone(), Tool::new(*code, spec, &manifest, &layout).map_err(|reason| place(spec, reason))?);
        }
        let programs = layout.programs(&component, &manifest, runtime, reuse).map_err(refused)?;
        let limits = Limits::of(manifest.profile);
        let texts = policy.iter().chain(&tasks).chain(sources.values()).map(String::len).sum::<usize>();
        let code_bytes: usize = programs.iter().map(Program::code_bytes).sum();
        let bytes = image_bytes + code_bytes + texts + tools.len() * TOOL_BYTES;
        Ok(Arc::new(Self { manifest, digest: opened.digest, policy, tasks, sources, base: opened.base, programs, limits, bytes, tools }))
    }

    /// What the pack says of itself, as verified.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Policy text, if the pack has one.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// Tasks that came with the pack, as JSON lines.
    pub fn tasks(&self) -> Option<&str> {
        self.tasks.as_deref()
    }

    /// The sources that the pack says it was built from: path → text.
    pub fn sources(&self) -> &BTreeMap<String, String> {
        &self.sources
    }

    /// Memory that it holds, in bytes: the image, native code, texts, and an allowance for each tool's schema. What the
    /// instances and connections of its calls hold is bounded for the whole process instead.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The limits on each of its calls.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The schema of its state.
    pub fn schema(&self) -> &Schema {
        self.base.schema()
    }

    /// A fresh environment.
    ///
    /// # Errors
    /// When the time is not acceptable.
    pub fn env(self: &Arc<Self>, context: &EpisodeContext) -> Result<Env, EnvError> {
        let now_unix_s = time::parse_utc(&context.now)?;
        let state = self.base.state(Context { seed: context.seed, now_unix_s });
        Ok(Env::new(Arc::clone(self), state, self.manifest.initial))
    }

    /// What an agent is shown of `outcome` of `tool`, where that is another thing than its plain form.
    pub(crate) fn body(&self, tool: Option<&Tool>, outcome: &Outcome) -> Option<serde_json::Value> {
        self.manifest.errors[tool?.errors?].shown(outcome)
    }

    /// The tool of that name, if callers of that role may call it. What follows calls is called by nobody.
    pub(crate) fn tool_for(&self, role: Role, name: &str) -> Option<&Tool> {
        self.tools.get(name).filter(|found| found.role == role && role != Role::After)
    }
}

impl std::fmt::Debug for LoadedPack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadedPack").field("name", &self.manifest.name).field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Tool {
    fn new(code: Place, spec: &ToolSpec, manifest: &Manifest, layout: &Layout) -> Result<Self, String> {
        let statements = match &spec.statements {
            Statements::Closed { sql } => Some(sql.as_slice().into()),
            Statements::Free => None,
        };
        let arguments = Checker::new(&spec.parameters).map_err(|reason| format!("schema of the parameters: {reason}"))?;
        let after = layout.after(spec, manifest);
        let errors = errors::place_of(&manifest.errors, &spec.name);
        Ok(Self { code, role: spec.role, effect: spec.effect, statements, arguments, after, errors })
    }
}
