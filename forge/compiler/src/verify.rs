//! Does a pack hold what its own sources say? Recompiles the embedded sources and compares.

use crate::emit::Validation;
use crate::pack::{COMPILER, CompileError, Compiled, compile_pack};
use crate::source::Sources;
use wardian_format::ToolSpec;
use wardian_format::names::untrusted;
use wardian_pack::Parts;

/// How much a comparison can promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The pack names this compiler and this SQLite: every byte must agree.
    Bytes,
    /// It names others: tools, statements' effects and the initial state must agree, bytes need not.
    Structure,
}

/// What a recompilation showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// What was compared.
    pub basis: Basis,
    /// Compiler and SQLite that the pack names.
    pub made_by: String,
    /// Compiler and SQLite that recompiled it.
    pub checked_by: String,
    /// What agrees, one line each.
    pub agreed: Vec<String>,
    /// What does not.
    pub differences: Vec<Difference>,
}

/// Something that the pack has and its sources do not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs: `component`, `tool `x`: effect`, `state image`, …
    pub what: String,
    /// What the sources give, cut to a bounded length.
    pub expected: String,
    /// What the pack has, cut to a bounded length.
    pub actual: String,
}

/// Why a pack could not be verified against its sources.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is nothing to compile.
    #[error("the pack has no sources")]
    NoSources,
    /// Its component is not the composition that the manifest describes.
    #[error("{0}")]
    Component(String),
    /// Its sources do not compile.
    #[error("the sources in the pack do not compile")]
    Sources(#[source] CompileError),
}

/// Longest value shown in a difference, characters.
const SHOWN_CHARS_MAX: usize = 120;

impl Verification {
    /// True where nothing differs.
    pub fn is_ok(&self) -> bool {
        self.differences.is_empty()
    }

    fn compare(&mut self, what: &str, expected: String, actual: String) {
        if expected == actual {
            self.agreed.push(what.to_owned());
        } else {
            let shown = |text: &str| untrusted(text, SHOWN_CHARS_MAX);
            self.differences.push(Difference { what: what.to_owned(), expected: shown(&expected), actual: shown(&actual) });
        }
    }
}

/// Recompiles the sources inside `parts` and compares the result with `parts`.
pub fn verify(parts: &Parts) -> Result<Verification, VerifyError> {
    if parts.sources.is_empty() {
        return Err(VerifyError::NoSources);
    }
    let sources = Sources::of(parts).map_err(VerifyError::Component)?;
    let compiled = compile_pack(&sources, Validation::Trusted).map_err(VerifyError::Sources)?;
    let by = |compiler: &str, sqlite: &str| format!("{compiler}, SQLite {sqlite}");
    let made_by = by(&parts.manifest.provenance.compiler, &parts.manifest.provenance.sqlite);
    let checked_by = by(COMPILER, rusqlite::version());
    let basis = if made_by == checked_by { Basis::Bytes } else { Basis::Structure };
    let mut found = Verification { basis, made_by, checked_by, agreed: Vec::new(), differences: Vec::new() };
    match basis {
        Basis::Bytes => bytes(&compiled, parts, &mut found),
        Basis::Structure => structure(&compiled, parts, &mut found),
    }
    let text = |text: &Option<String>| text.as_ref().map_or_else(|| "none".to_owned(), |text| format!("some: {text}"));
    found.compare("policy", text(&compiled.parts.policy), text(&parts.policy));
    found.compare("tasks", text(&compiled.parts.tasks), text(&parts.tasks));
    Ok(found)
}

fn bytes(compiled: &Compiled, parts: &Parts, found: &mut Verification) {
    let digest = |bytes: &[u8]| format!("{} bytes, SHA-256 {}", bytes.len(), wardian_format::Digest::of(bytes));
    found.compare("component", digest(&compiled.parts.component), digest(&parts.component));
    found.compare("state image", digest(&compiled.parts.image), digest(&parts.image));
    if compiled.parts.manifest == parts.manifest {
        found.agreed.push("manifest".to_owned());
        return;
    }
    let before = found.differences.len();
    structure(compiled, parts, found);
    let rest = |parts: &Parts| {
        let mut manifest = parts.manifest.clone();
        manifest.tools.clear();
        serde_json::to_string(&manifest).unwrap_or_default()
    };
    found.compare("rest of the manifest", rest(&compiled.parts), rest(parts));
    if found.differences.len() == before {
        // What another version of the compiler may do otherwise: statements and the like. This one may not.
        let whole = |parts: &Parts| digest(serde_json::to_string(&parts.manifest).unwrap_or_default().as_bytes());
        found.compare("manifest", whole(&compiled.parts), whole(parts));
    }
}

fn structure(compiled: &Compiled, parts: &Parts, found: &mut Verification) {
    let (expected, actual) = (&compiled.parts.manifest, &parts.manifest);
    let names = |tools: &[ToolSpec]| tools.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", ");
    found.compare("names of the tools", names(&expected.tools), names(&actual.tools));
    for tool in &expected.tools {
        let Some(other) = actual.tool(&tool.name) else { continue };
        let mut part = |what: &str, of: fn(&ToolSpec) -> String| {
            found.compare(&format!("tool `{}`: {what}", tool.name), of(tool), of(other));
        };
        part("export", |t| t.export.clone());
        part("description", |t| t.description.clone());
        part("parameters", |t| wardian_format::json::canonical(&t.parameters).unwrap_or_default());
        part("effect", |t| format!("{:?}", t.effect));
        part("role", |t| format!("{:?}", t.role));
        part("references and yields", |t| format!("{:?} {:?}", t.refs, t.yields));
    }
    let shapes = |tools: &Parts| serde_json::to_value(&tools.manifest.errors).map(|value| value.to_string()).unwrap_or_default();
    found.compare("shapes of errors", shapes(&compiled.parts), shapes(parts));
    found.compare("initial state", expected.initial.full.to_string(), actual.initial.full.to_string());
    found.compare("initial graded state", expected.initial.graded.to_string(), actual.initial.graded.to_string());
}
