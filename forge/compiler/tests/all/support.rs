//! Packs and environments for tests.

use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use wardian_compiler::{CompileError, Compiled, Sources, Validation, compile_pack};
use wardian_env::{Env, EpisodeContext, LoadedPack, Runtime};
use wardian_format::pack::Role;
use wardian_format::{Digest, Manifest, Outcome, ToolErrorCode};
use wardian_pack::Parts;

/// The sources of `packs/library`.
pub(crate) fn library() -> Sources {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/library"));
    let mut sources = Sources::new();
    wardian_testkit::text_files(folder).into_iter().for_each(|(path, text)| sources.insert(path, text));
    sources
}

/// A small pack with this schema and these tools.
pub(crate) fn small(schema: &str, tools: &str) -> Sources {
    let mut sources = Sources::new();
    sources
        .insert("pack.toml", "name = \"small\"\ntitle = \"Small\"\nnow = \"2026-01-31T12:00:00Z\"\nlicense = \"MIT\"\nauthor = \"hand\"\n");
    sources.insert("schema.sql", schema);
    sources.insert("tools.sql", tools);
    sources
}

pub(crate) fn compile(sources: &Sources) -> Compiled {
    match compile_pack(sources, Validation::Checked) {
        Ok(compiled) => compiled,
        Err(error) => panic!("{error}"),
    }
}

/// What is wrong with `sources`, as text.
pub(crate) fn complaints(sources: &Sources) -> String {
    match compile_pack(sources, Validation::Checked) {
        Ok(compiled) => wardian_compiler::diagnostic::render(&compiled.warnings),
        Err(CompileError::Sources(list)) => wardian_compiler::diagnostic::render(&list),
        Err(error) => panic!("{error}"),
    }
}

/// `parts` with one component and manifest for the tool called `name` alone.
pub(crate) fn alone(sources: &Sources, parts: &Parts, name: &str) -> Parts {
    let component = wardian_compiler::compile_tool(sources, name, Validation::Checked).expect("the tool compiles");
    let mut manifest: Manifest = parts.manifest.clone();
    manifest.tools.retain(|tool| tool.name == name);
    manifest.links = Manifest::derive_links(&manifest.tools);
    manifest.order.clear();
    Parts { component, manifest, ..parts.clone() }
}

pub(crate) fn load(parts: &Parts) -> Arc<LoadedPack> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("the engine starts"));
    let bytes = wardian_pack::write(parts).expect("the pack can be written");
    runtime.load_own(bytes, "test.wasm").expect("the pack is acceptable")
}

/// An environment with short ways to ask.
pub(crate) struct World {
    pub(crate) env: Env,
}

impl World {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self::of(&load(&compile(sources).parts))
    }

    pub(crate) fn of(pack: &Arc<LoadedPack>) -> Self {
        let context = EpisodeContext { seed: 7, now: pack.manifest().now.clone() };
        Self { env: pack.env(&context).expect("an environment") }
    }

    pub(crate) fn digest(&mut self) -> Digest {
        self.env.digests().expect("digests").full
    }

    /// Calls a tool in the role that it is for.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Outcome {
        let role = self.env.pack().manifest().tool(tool).map_or(Role::Agent, |tool| tool.role);
        self.env.call(role, tool, &arguments).expect("the host holds").outcome
    }

    /// The result of a call that must succeed.
    #[track_caller]
    pub(crate) fn ok(&mut self, tool: &str, arguments: Value) -> Value {
        match self.call(tool, arguments.clone()) {
            Outcome::Ok { result } => result,
            other => panic!("{tool} {arguments}: {other:?}"),
        }
    }

    /// A call that must be refused with this code and text, and leave the state as it was.
    #[track_caller]
    pub(crate) fn refuses(&mut self, tool: &str, arguments: Value, code: ToolErrorCode, message: &str) {
        let before = self.digest();
        let outcome = self.call(tool, arguments.clone());
        let expected = Outcome::ToolError { code, message: message.to_owned() };
        assert_eq!(outcome, expected, "{tool} {arguments}");
        assert_eq!(self.digest(), before, "{tool} {arguments} was refused and changed the state");
    }

    /// The first cell of a trusted query, as JSON.
    pub(crate) fn read(&mut self, sql: &str) -> Value {
        let rows = self.env.read(sql, &[]).expect("the query runs");
        serde_json::to_value(&rows.values[0][0]).expect("a value")
    }
}
