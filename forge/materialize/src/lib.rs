//! Materializing a domain by rules: from the tools of a domain to the sources of a pack, a compiled pack, and a report.
//!
//! REST and RPC semantics are read from paths, methods, names and schemas. Tools that cannot be given honest semantics are left
//! out with a reason. Every tool that stays was called in the sandbox and passed its self-check.
//!
//! What it is not: it reads and writes no files, asks no language model, and does not decide which tools make a domain.
//! May depend on: `wardian-format`, `wardian-compiler`, `wardian-pack`, `wardian-env`; for the page of a report `wardian-report`'s cleaning of text.
//!
//! ```text
//! CatalogTool → sketch (verb, chain) → entity (places, keys, columns) → operation (class, parameters) → sql, tables, seed, policy
//!                                                                                      → Sources → pack → selfcheck
//! ```

mod actions;
mod called;
mod columns;
mod computed;
mod dotted;
mod effects;
mod entity;
mod failure;
mod failure_words;
mod fill;
mod filters;
mod functions;
mod ground;
mod keys;
mod listing;
mod operation;
mod output;
mod owners;
mod people;
mod policy;
mod prepare;
mod relation;
pub mod report;
mod rpc;
mod rules;
mod schema;
mod seed;
mod seed_values;
mod seeded;
mod selection;
mod selfcheck;
mod siblings;
mod sketch;
mod sources;
mod sql;
mod tables;
mod to_one;
mod vocab;
mod vocab_lists;
mod vocab_topics;
mod words;

pub use operation::Class;
pub use report::{AuthorReport, Coverage, DomainReport, Example, Kind, LeftOut, Missed, Pairs, ReadAfterWrite, SelfChecks, Share, Stage};
pub use rules::{Rechecked, Relation, Rules, TextColumn};
pub use seeded::{SeededColumn, seeded_columns};
pub use siblings::Siblings;

use entity::World;
use operation::Operation;
use seed::Plan;
use selfcheck::Depth;
use sources::{Assembled, Draft, Written};
use std::collections::BTreeMap;
use wardian_compiler::{CompileError, Sources, Validation};
use wardian_env::{EnvError, Runtime};
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_format::pack::Effect;

/// Most rounds of compiling or checking and leaving out, before a domain is given up.
const ROUNDS_MAX: usize = 6;

/// Rows of a table, of which every tool is checked with every check.
const CHECKED_ROWS_MAX: usize = 1_000;

/// Rows of a table in the small world on which the tools of a larger one are checked first.
const SMALL_ROWS: usize = 300;

/// Most rows of a table that can be asked for.
pub const ROWS_MAX: usize = 1_000_000;

/// Most bytes of all rows together, as text: some gigabytes of memory while the pack is made.
const DATA_BYTES_MAX: usize = 512 << 20;

/// What shapes a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Seed of the data.
    pub seed: u64,
    /// Rows of a table, about; tables that others belong to have a third.
    pub rows: usize,
    /// The virtual now: RFC 3339 in UTC, whole seconds.
    pub now: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, rows: 30, now: "2025-06-02T09:00:00Z".to_owned() }
    }
}

/// A materialized domain.
#[derive(Clone, Debug)]
pub struct Materialized {
    /// The sources, as `wardian pack build` takes them; `None` where no tool is left.
    pub sources: Option<Sources>,
    /// The pack file; `None` where no tool is left.
    pub pack: Option<Vec<u8>>,
    /// What was done, and what was left out and why.
    pub report: DomainReport,
}

/// The host failed; a tool that fails is no error but left out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaterializeError {
    /// The compiler failed on something other than the sources.
    #[error("domain `{domain}`: the compiler failed: {source}")]
    Compile {
        /// The domain.
        domain: String,
        /// Why.
        source: Box<CompileError>,
    },
    /// The pack could not be loaded.
    #[error("domain `{domain}`: the pack was refused: {source}")]
    Pack {
        /// The domain.
        domain: String,
        /// Why.
        source: Box<wardian_pack::PackError>,
    },
    /// More rows than one pack holds.
    #[error(
        "domain `{domain}`: {rows} rows a table are about {bytes} bytes in all, and a pack holds {bytes_max}: about {rows_max} rows a table fit (`--rows {rows_max}`)"
    )]
    TooManyRows {
        /// The domain.
        domain: String,
        /// Rows a table that were asked for.
        rows: usize,
        /// Bytes that they take as text, about.
        bytes: usize,
        /// Bytes that there may be.
        bytes_max: usize,
        /// Rows a table that should fit.
        rows_max: usize,
    },
    /// The environment failed.
    #[error("domain `{domain}`: {source}")]
    Env {
        /// The domain.
        domain: String,
        /// Why.
        source: Box<EnvError>,
    },
}

/// Makes the world of one domain. `tools` are the domain's, in any order, and as many others of the same APIs as help to understand them
/// ([`Siblings`] finds them): an `issue` is described by the tools that show and make it, whether or not they are in the domain.
///
/// Deterministic: the same input gives the same bytes. One call uses one thread; call it for many domains in parallel.
pub fn materialize(domain: &Domain, tools: &[CatalogTool], options: &Options, runtime: &Runtime) -> Result<Materialized, MaterializeError> {
    let (all, own, world) = arranged(domain, tools);
    let plan = Plan { seed: options.seed, rows: options.rows, now_unix_s: ground::unix(&options.now) };
    let draft = Draft { world: &world, tools: &all, own, domain, plan: &plan, now: &options.now };
    let mut work = Work::new(&draft);
    let bytes = work.compile(&draft)?;
    if plan.rows > CHECKED_ROWS_MAX {
        room(&draft, bytes, SMALL_ROWS)?;
    }
    match work.settle(&draft, runtime) {
        // One description that no pack can hold must not end the work on thousands of others.
        Err(error @ (MaterializeError::Compile { .. } | MaterializeError::Pack { .. })) => Ok(work.nothing(&draft, &error)),
        other => other,
    }
}

/// The domain's tools, then the others, each once and in the order of their ids, said plainly; how many are the domain's; and their world.
fn arranged(domain: &Domain, tools: &[CatalogTool]) -> (Vec<CatalogTool>, usize, World) {
    let mut all = tools.to_vec();
    let is_mine = |tool: &CatalogTool| domain.tools.binary_search(&tool.id).is_ok();
    all.sort_by(|a, b| (!is_mine(a), &a.id).cmp(&(!is_mine(b), &b.id)));
    all.dedup_by(|a, b| a.id == b.id);
    let own = all.partition_point(is_mine);
    let read = functions::read(&mut all);
    let envelopes = prepare::prepare(&mut all);
    let mut world = World { envelopes, ..entity::build(&all) };
    functions::shape(&mut world, read);
    (all, own, world)
}

/// The plan with so few rows that making and checking them costs little.
fn few(plan: &Plan) -> Plan {
    Plan { rows: plan.rows.min(SMALL_ROWS), ..plan.clone() }
}

/// An error where the rows that were asked for are more than a pack holds, judged by `bytes` of data with `rows` a table.
fn room(draft: &Draft<'_>, bytes: usize, rows: usize) -> Result<(), MaterializeError> {
    let bytes = bytes.saturating_mul(draft.plan.rows) / rows;
    if bytes <= DATA_BYTES_MAX {
        return Ok(());
    }
    let fitting = (draft.plan.rows as u128 * DATA_BYTES_MAX as u128 / bytes as u128) as usize;
    let round = 10_usize.pow(fitting.max(1).ilog10().saturating_sub(1));
    Err(MaterializeError::TooManyRows {
        domain: draft.domain.name.clone(),
        rows: draft.plan.rows,
        bytes,
        bytes_max: DATA_BYTES_MAX,
        rows_max: (fitting / round * round).max(1),
    })
}

/// A pack of which every tool passed.
struct Settled {
    sources: Sources,
    bytes: Vec<u8>,
    classes: Vec<Class>,
    passed: Vec<selfcheck::Passed>,
    counts: BTreeMap<String, usize>,
}

/// Operations that are still in, and reasons of those that are not.
struct Work {
    operations: Vec<Option<Operation>>,
    names: Vec<String>,
    left_out: BTreeMap<usize, (Stage, String)>,
}

impl Work {
    fn new(draft: &Draft<'_>) -> Self {
        let mut left_out = BTreeMap::new();
        let operations = operation::classify(draft.world, draft.tools, draft.own)
            .into_iter()
            .enumerate()
            .map(|(i, found)| match found {
                Ok(operation) => Some(operation),
                Err(reason) => {
                    left_out.insert(i, (Stage::Rules, reason));
                    None
                }
            })
            .collect();
        let mut work = Self { operations, names: sources::tool_names(&draft.tools[..draft.own]), left_out };
        for i in 0..work.operations.len() {
            if let Some(operation) = &work.operations[i]
                && let Err(reason) = draft.write(operation, &work.names[i])
            {
                work.drop(i, Stage::Rules, reason);
            }
        }
        work
    }

    fn drop(&mut self, tool: usize, stage: Stage, reason: String) {
        self.operations[tool] = None;
        self.left_out.insert(tool, (stage, reason));
    }

    fn written(&self, draft: &Draft<'_>) -> Vec<Written<'_>> {
        let present = self.operations.iter().enumerate().filter_map(|(i, o)| Some((i, o.as_ref()?)));
        present
            .filter_map(|(i, operation)| {
                Some(Written { operation, name: self.names[i].clone(), sql: draft.write(operation, &self.names[i]).ok()? })
            })
            .collect()
    }

    /// Leaves out what does not compile, until the rest does. Gives the bytes of a few rows.
    fn compile(&mut self, draft: &Draft<'_>) -> Result<usize, MaterializeError> {
        for _ in 0..ROUNDS_MAX {
            let written = self.written(draft);
            if written.is_empty() {
                return Ok(0);
            }
            let assembled = draft.assemble(&written, &few(draft.plan));
            let wrong = match wardian_compiler::check(&assembled.sources) {
                Ok(_) => return Ok(assembled.data_bytes),
                Err(CompileError::Sources(list)) => list,
                Err(source) => return Err(MaterializeError::Compile { domain: draft.domain.name.clone(), source: Box::new(source) }),
            };
            let mut bad: BTreeMap<usize, String> = BTreeMap::new();
            for d in wrong.iter().filter(|d| d.severity == wardian_compiler::Severity::Error) {
                if let Some(i) = d.tool.as_ref().and_then(|name| self.names.iter().position(|n| n == name)) {
                    bad.entry(i).or_insert_with(|| d.message.clone());
                }
            }
            if bad.is_empty() {
                let first = wrong.first().map_or_else(String::new, |d| format!("{}: {}", d.file, d.message));
                let all: Vec<usize> = written.iter().map(|w| w.operation.tool).collect();
                all.into_iter().for_each(|i| self.drop(i, Stage::Compile, format!("the domain's sources do not compile: {first}")));
                return Ok(0);
            }
            bad.into_iter().for_each(|(i, message)| self.drop(i, Stage::Compile, message));
        }
        Ok(0)
    }

    /// No world, since its pack cannot be built.
    fn nothing(&mut self, draft: &Draft<'_>, error: &MaterializeError) -> Materialized {
        for tool in 0..self.operations.len() {
            if self.operations[tool].is_some() {
                self.drop(tool, Stage::Compile, error.to_string());
            }
        }
        Materialized { sources: None, pack: None, report: self.report(draft, &[], &[], BTreeMap::new()) }
    }

    /// Builds the pack and checks all tools; where there are many rows, first a small one of the same tools with every check.
    fn settle(&mut self, draft: &Draft<'_>, runtime: &Runtime) -> Result<Materialized, MaterializeError> {
        let mut settled = None;
        if draft.plan.rows <= CHECKED_ROWS_MAX {
            settled = self.rounds(draft, draft.plan, Depth::Full, runtime)?;
        } else if let Some(small) = self.rounds(draft, &few(draft.plan), Depth::Full, runtime)? {
            settled = self.rounds(draft, draft.plan, Depth::Calls, runtime)?;
            settled.iter_mut().for_each(|large| selfcheck::readers_of(&small.passed, &mut large.passed));
        }
        let Some(settled) = settled else {
            return Ok(Materialized { sources: None, pack: None, report: self.report(draft, &[], &[], BTreeMap::new()) });
        };
        let report = self.report(draft, &settled.classes, &settled.passed, settled.counts);
        Ok(Materialized { sources: Some(settled.sources), pack: Some(settled.bytes), report })
    }

    /// Builds, checks, leaves out what fails, and builds again, until all pass; `None` where nothing is left.
    fn rounds(&mut self, draft: &Draft<'_>, plan: &Plan, depth: Depth, runtime: &Runtime) -> Result<Option<Settled>, MaterializeError> {
        for _ in 0..ROUNDS_MAX {
            let written = self.written(draft);
            if written.is_empty() {
                break;
            }
            let assembled = draft.assemble(&written, plan);
            if plan.rows > CHECKED_ROWS_MAX {
                room(draft, assembled.data_bytes, plan.rows)?;
            }
            let bytes = build(draft, &assembled.sources)?;
            let (passed, failed) = check_all(draft, &written, &assembled, &bytes, depth, runtime)?;
            if failed.is_empty() {
                let classes = written.iter().map(|w| w.operation.class).collect::<Vec<_>>();
                let Assembled { sources, counts, .. } = assembled;
                return Ok(Some(Settled { sources, bytes, classes, passed, counts }));
            }
            failed.into_iter().for_each(|(i, reason)| self.drop(i, Stage::SelfCheck, reason));
        }
        Ok(None)
    }

    fn report(&self, draft: &Draft<'_>, classes: &[Class], passed: &[selfcheck::Passed], tables: BTreeMap<String, usize>) -> DomainReport {
        let mut materialized = BTreeMap::new();
        classes.iter().for_each(|c| *materialized.entry(*c).or_default() += 1);
        let mut self_checks = SelfChecks::default();
        passed.iter().for_each(|p| selfcheck::count(&mut self_checks, p));
        let mut read_after_write = ReadAfterWrite::default();
        passed.iter().for_each(|p| selfcheck::count_pairs(&mut read_after_write, p));
        let left_out: Vec<LeftOut> =
            self.left_out.iter().map(|(i, (stage, reason))| LeftOut::new(draft.tools[*i].id.clone(), *stage, reason.clone())).collect();
        let no_pack = classes.is_empty().then(|| match left_out.len() {
            0 => "the domain has no tools".to_owned(),
            n => format!("all {n} tools were left out"),
        });
        let (mut readers, mut writers) = (Share::default(), Share::default());
        for p in passed {
            let share = if p.example.effect == Effect::Read { &mut readers } else { &mut writers };
            share.add(&Share { tools_in: 1, tools_out: 1 });
        }
        for i in self.left_out.keys() {
            let share = if effects::asks(&draft.tools[*i]) { &mut readers } else { &mut writers };
            share.tools_in += 1;
        }
        DomainReport {
            readers,
            writers,
            domain: draft.domain.name.clone(),
            tools_in: draft.own,
            tools_out: classes.len(),
            materialized,
            left_out,
            self_checks,
            read_after_write,
            tables,
            examples: passed.iter().map(|p| p.example.clone()).collect(),
            no_pack,
            author: None,
        }
    }
}

fn build(draft: &Draft<'_>, sources: &Sources) -> Result<Vec<u8>, MaterializeError> {
    let compiled = wardian_compiler::compile_pack(sources, Validation::Trusted)
        .map_err(|source| MaterializeError::Compile { domain: draft.domain.name.clone(), source: Box::new(source) })?;
    wardian_pack::write(&compiled.parts)
        .map_err(|source| MaterializeError::Pack { domain: draft.domain.name.clone(), source: Box::new(source) })
}

/// Tools that passed, and the tools that did not with the reasons.
type Checked = (Vec<selfcheck::Passed>, Vec<(usize, String)>);

fn check_all(
    draft: &Draft<'_>,
    written: &[Written<'_>],
    assembled: &sources::Assembled,
    bytes: &[u8],
    depth: Depth,
    runtime: &Runtime,
) -> Result<Checked, MaterializeError> {
    let host = |source: EnvError| MaterializeError::Env { domain: draft.domain.name.clone(), source: Box::new(source) };
    let pack = runtime
        .load(bytes.to_vec(), &draft.domain.name)
        .map_err(|source| MaterializeError::Pack { domain: draft.domain.name.clone(), source: Box::new(source) })?;
    let checker = selfcheck::Checker::new(draft.world, &assembled.rows, draft.plan, draft.now, written, &pack).map_err(host)?;
    let checker = checker.with(depth);
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for (i, w) in written.iter().enumerate() {
        match checker.check(i).map_err(host)? {
            Ok(found) => passed.push(found),
            Err(reason) => failed.push((w.operation.tool, reason)),
        }
    }
    Ok((passed, failed))
}
