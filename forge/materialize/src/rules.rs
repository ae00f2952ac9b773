//! What the rules know of a domain, to check its world again after somebody else has changed the sources.

use crate::columns::{Role, Shape};
use crate::entity::World;
use crate::operation::Operation;
use crate::report::{Example, SelfChecks};
use crate::schema::Kind;
use crate::seed::{Plan, Row, Rows};
use crate::selfcheck::{self, Checker};
use crate::sources::{Draft, Written, tool_names};
use crate::{MaterializeError, Options, arranged, ground, operation, policy};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wardian_compiler::Sources;
use wardian_env::{EnvError, LoadedPack};
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;

/// The rules' knowledge of one domain.
pub struct Rules {
    domain: Domain,
    tools: Vec<CatalogTool>,
    own: usize,
    world: World,
    operations: Vec<Option<Operation>>,
    names: Vec<String>,
    plan: Plan,
    now: String,
    /// The domain's own, as the catalogue has them.
    described: Vec<CatalogTool>,
}

/// What checking a tool again came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rechecked {
    /// Name of the tool in the pack.
    pub tool: String,
    /// The call that succeeded and the checks that passed, or the first check that failed.
    pub found: Result<(Example, SelfChecks), String>,
}

/// A column that holds the key of another table's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The table.
    pub table: String,
    /// Its column.
    pub column: String,
    /// The table that the column points into.
    pub target: String,
}

/// A column of plain text that says nothing to any tool's logic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextColumn {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What the description of the API says of it.
    pub about: String,
}

impl Rules {
    /// What the rules make of `tools`, as in [`crate::materialize`].
    pub fn new(domain: &Domain, tools: &[CatalogTool], options: &Options) -> Self {
        let originals: BTreeMap<&String, &CatalogTool> = tools.iter().map(|tool| (&tool.id, tool)).collect();
        let (read, own, world) = arranged(domain, tools);
        let described = read[..own].iter().map(|tool| originals[&tool.id].clone()).collect();
        let tools = read;
        let operations = operation::classify(&world, &tools, own).into_iter().map(Result::ok).collect();
        let names = tool_names(&tools[..own]);
        let plan = Plan { seed: options.seed, rows: options.rows, now_unix_s: ground::unix(&options.now) };
        Self { domain: domain.clone(), tools, own, world, operations, names, plan, now: options.now.clone(), described }
    }

    /// The domain's tools, each under the name that it has, or would have, in the pack.
    pub fn tools(&self) -> impl Iterator<Item = (&str, &CatalogTool)> {
        self.names.iter().map(String::as_str).zip(&self.described)
    }

    /// Seed of the data.
    pub fn seed(&self) -> u64 {
        self.plan.seed
    }

    /// The virtual now.
    pub fn now(&self) -> &str {
        &self.now
    }

    /// Sources without tables and tools: where to begin when the rules left out everything.
    pub fn blank(&self) -> Sources {
        let draft = self.draft(&self.world);
        let mut sources = Sources::new();
        sources.insert("schema.sql", String::new());
        sources.insert("tools.sql", String::new());
        sources.insert("policy.md", policy::policy(&self.world, &self.domain.title, &self.now, &[]));
        sources.insert("pack.toml", draft.config());
        sources
    }

    /// Columns whose text may be another without a tool noticing: no key, no reference, no choice, no format.
    pub fn text_columns(&self) -> Vec<TextColumn> {
        let mut out = Vec::new();
        for e in &self.world.entities {
            for (i, c) in e.columns.iter().enumerate() {
                let is_plain = c.stored() && c.shown && c.role == Role::Body && c.kind == Kind::Text && c.shape == Shape::Plain;
                let is_free = c.reference.is_none() && c.values.is_empty() && c.format.is_empty() && !e.key.contains(&i);
                if is_plain && is_free {
                    out.push(TextColumn { table: e.table.clone(), column: c.name.clone(), about: c.description.clone() });
                }
            }
        }
        out
    }

    /// Checks the tools `names` in `pack`, which was made of `sources`, just as the rules' own were checked: grounded in the rows that
    /// the sources have. `relations` are known to the checks, so that calls name rows that are there. Names that the rules know no
    /// meaning of are passed over.
    pub fn check(
        &self,
        sources: &Sources,
        pack: &Arc<LoadedPack>,
        names: &BTreeSet<String>,
        relations: &[Relation],
    ) -> Result<Vec<Rechecked>, MaterializeError> {
        let host = |source: EnvError| MaterializeError::Env { domain: self.domain.name.clone(), source: Box::new(source) };
        let world = self.related(relations);
        let written: Vec<Written<'_>> = self
            .operations
            .iter()
            .zip(&self.names)
            .filter(|(_, name)| names.contains(*name))
            .filter_map(|(operation, name)| Some(Written { operation: operation.as_ref()?, name: name.clone(), sql: String::new() }))
            .collect();
        let rows = rows_of(sources);
        let checker = Checker::new(&world, &rows, &self.plan, &self.now, &written, pack).map_err(host)?;
        let mut out = Vec::with_capacity(written.len());
        for (i, w) in written.iter().enumerate() {
            let found = checker.check(i).map_err(host)?.map(|passed| {
                let mut checks = SelfChecks::default();
                selfcheck::count(&mut checks, &passed);
                (passed.example, checks)
            });
            out.push(Rechecked { tool: w.name.clone(), found });
        }
        Ok(out)
    }

    fn draft<'a>(&'a self, world: &'a World) -> Draft<'a> {
        Draft { world, tools: &self.tools, own: self.own, domain: &self.domain, plan: &self.plan, now: &self.now }
    }

    fn related(&self, relations: &[Relation]) -> World {
        let mut world = self.world.clone();
        for r in relations {
            let target = world.entities.iter().position(|e| e.table == r.target && e.own.len() == 1);
            let column = world.entities.iter_mut().filter(|e| e.table == r.table).flat_map(|e| &mut e.columns).find(|c| c.name == r.column);
            if let (Some(target), Some(column)) = (target, column) {
                column.reference = Some(target);
            }
        }
        world
    }
}

/// The rows in `data/`; a line that is no object is left to the compiler, which says so.
fn rows_of(sources: &Sources) -> Rows {
    let table = |path: &str| path.strip_prefix("data/")?.strip_suffix(".jsonl").map(str::to_owned);
    let rows = |text: &str| text.lines().filter_map(|line| serde_json::from_str::<Row>(line).ok()).collect();
    sources.texts.iter().filter_map(|(path, text)| Some((table(path)?, rows(text)))).collect()
}
