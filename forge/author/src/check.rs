//! Sources become a pack, and every tool of it is checked: the rules' as the rules check them, the model's by its calls.

use crate::calls;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wardian_compiler::{CompileError, Diagnostic, Severity, Validation};
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_format::{CatalogTool, names};
use wardian_materialize::report::Score;
use wardian_materialize::{Example, MaterializeError, Rules, SelfChecks};

/// By name of a tool: the call that succeeded, and the checks that passed.
type ByTool = BTreeMap<String, (Example, SelfChecks)>;

/// Findings of the compiler that are told.
const FINDINGS_MAX: usize = 8;
/// Characters of what is told of each.
const FINDING_CHARS_MAX: usize = 300;

/// What does not change while a domain is worked on.
pub(crate) struct Ground<'a> {
    pub(crate) domain: &'a str,
    pub(crate) rules: &'a Rules,
    pub(crate) runtime: &'a Runtime,
    /// The domain's tools by the names that they have in the pack.
    pub(crate) catalog: BTreeMap<&'a str, &'a CatalogTool>,
    /// Names of the tools that the rules made.
    pub(crate) kept: BTreeSet<String>,
}

/// A world that was built and checked.
#[derive(Clone)]
pub(crate) struct Checked {
    pub(crate) bytes: Vec<u8>,
    pub(crate) pack: Arc<LoadedPack>,
    /// What each tool passed.
    pub(crate) tools: BTreeMap<String, (Example, SelfChecks)>,
    pub(crate) score: Score,
}

impl Ground<'_> {
    /// Builds and checks `world`. The inner `Err` says what is wrong: it does not compile, a tool fails a check, or one has lost what it
    /// had in `before`.
    pub(crate) fn check(&self, world: &World, before: Option<&Checked>) -> Result<Result<Checked, String>, MaterializeError> {
        let bytes = match built(world) {
            Ok(bytes) => bytes,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let pack = match self.runtime.load(bytes.clone(), self.domain) {
            Ok(pack) => pack,
            Err(error) => return Ok(Err(names::untrusted(&format!("the pack is refused: {error}"), FINDING_CHARS_MAX))),
        };
        let tools = match self.tools(world, &pack)? {
            Ok(tools) => tools,
            Err(wrong) => return Ok(Err(wrong)),
        };
        if let Some(lost) = before.and_then(|before| lost(before, &tools, &pack)) {
            return Ok(Err(lost));
        }
        let mut sum = SelfChecks::default();
        tools.values().for_each(|(_, checks)| sum.add(checks));
        let score = Score::of(&sum);
        if let Some(before) = before.filter(|before| score < before.score) {
            return Ok(Err(format!("the score drops from {:?} to {score:?}", before.score)));
        }
        Ok(Ok(Checked { bytes, pack, tools, score }))
    }

    fn tools(&self, world: &World, pack: &Arc<LoadedPack>) -> Result<Result<ByTool, String>, MaterializeError> {
        let host = |source| MaterializeError::Env { domain: self.domain.to_owned(), source: Box::new(source) };
        let all: BTreeSet<String> = pack.manifest().tools.iter().map(|spec| spec.name.clone()).collect();
        let mut out = BTreeMap::new();
        let mut wrong: Vec<String> = Vec::new();
        let is_new = |name: &str| world.written.contains_key(name) && !self.kept.contains(name);
        for again in self.rules.check(&world.sources, pack, &all, &world.relations)? {
            match again.found {
                // What the rules could not settle themselves is the model's, and its own calls decide.
                Err(_) if is_new(&again.tool) => {}
                Err(reason) => wrong.push(format!("the tool `{}` does not work any more: {reason}", again.tool)),
                Ok(found) => drop(out.insert(again.tool, found)),
            }
        }
        let base = pack.env(&EpisodeContext { seed: self.rules.seed(), now: self.rules.now().to_owned() }).map_err(host)?;
        for spec in &pack.manifest().tools {
            let (Some(calls), Some(origin)) = (world.written.get(&spec.name), self.catalog.get(spec.name.as_str())) else { continue };
            match calls::check(spec, calls, origin, &base).map_err(host)? {
                Err(reason) => wrong.push(format!("tool `{}`: {reason}", spec.name)),
                Ok(found) => drop(out.entry(spec.name.clone()).or_insert(found)),
            }
        }
        if let Some(name) = all.iter().find(|name| !out.contains_key(*name) && wrong.is_empty()) {
            wrong.push(format!("nothing checks the tool `{name}`"));
        }
        Ok(if wrong.is_empty() { Ok(out) } else { Err(joined(wrong)) })
    }
}

/// The first tool that is gone, or passes less, or takes or gives something else than before.
fn lost(before: &Checked, now: &BTreeMap<String, (Example, SelfChecks)>, pack: &LoadedPack) -> Option<String> {
    before.tools.iter().find_map(|(name, (_, had))| {
        let Some((_, has)) = now.get(name) else { return Some(format!("the tool `{name}` is gone")) };
        let members = |c: &SelfChecks| [c.grounded, c.reads, c.writes, c.wrong_key, c.fits_schema, c.read_back];
        if members(had).iter().zip(members(has)).any(|(had, has)| has < *had) {
            return Some(format!("the tool `{name}` passes fewer checks than before"));
        }
        let (old, new) = (before.pack.manifest().tool(name)?, pack.manifest().tool(name)?);
        let is_same = old.parameters == new.parameters && old.returns == new.returns && old.effect == new.effect;
        (!is_same).then(|| format!("the tool `{name}` takes or returns something else than before"))
    })
}

/// The bytes of the pack, or what is wrong with the sources.
fn built(world: &World) -> Result<Vec<u8>, String> {
    let compiled = wardian_compiler::compile_pack(&world.sources, Validation::Trusted).map_err(|error| match error {
        CompileError::Sources(list) => findings(world, &list),
        other => names::untrusted(&other.to_string(), FINDING_CHARS_MAX),
    })?;
    wardian_pack::write(&compiled.parts).map_err(|error| names::untrusted(&error.to_string(), FINDING_CHARS_MAX))
}

/// The errors among the findings, each with file, line and the line itself.
fn findings(world: &World, list: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let text = d.line.checked_sub(1).and_then(|at| world.text(&d.file).lines().nth(at)).unwrap_or_default();
        let hint = d.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
        names::untrusted(&format!("{}:{}: {}{hint}; the line is `{}`", d.file, d.line, d.message, text.trim()), FINDING_CHARS_MAX)
    };
    joined(list.iter().filter(|d| d.severity == Severity::Error).map(line).collect())
}

fn joined(mut list: Vec<String>) -> String {
    let more = list.len().saturating_sub(FINDINGS_MAX);
    list.truncate(FINDINGS_MAX);
    if more > 0 {
        list.push(format!("and {more} more"));
    }
    list.join("\n")
}
