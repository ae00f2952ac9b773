//! The files of a pack from the operations that are in it.

use crate::entity::World;
use crate::failure;
use crate::operation::Operation;
use crate::policy;
use crate::seed::{self, Plan, Row, Rows};
use crate::sql;
use crate::tables;
use std::collections::{BTreeMap, BTreeSet};
use wardian_compiler::Sources;
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_format::names::{TOOL_NAME_MAX, snake};

/// Sources under construction: the world, and the tools that are still in it.
pub(crate) struct Draft<'a> {
    pub(crate) world: &'a World,
    /// The domain's own first, then the others that explain them.
    pub(crate) tools: &'a [CatalogTool],
    /// How many are the domain's.
    pub(crate) own: usize,
    pub(crate) domain: &'a Domain,
    pub(crate) plan: &'a Plan,
    pub(crate) now: &'a str,
}

/// One tool of the draft.
pub(crate) struct Written<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) name: String,
    pub(crate) sql: String,
}

/// Rows of each table that are kept as values, for the arguments of calls. A row of a relation's near end has at most three rows in the
/// relation, and those are in the order of their near ends: three times as many of them tell all that the kept rows are related to.
const KEPT_ROWS_MAX: usize = 1_000;

/// The sources, with the first of the seeded rows that are in them.
pub(crate) struct Assembled {
    pub(crate) sources: Sources,
    /// The first rows of each table; the others are in the sources only.
    pub(crate) rows: Rows,
    pub(crate) counts: BTreeMap<String, usize>,
    /// Bytes of the rows, as text.
    pub(crate) data_bytes: usize,
}

/// Names that chat interfaces accept, unique in the pack: the catalogue's own where they are free.
pub(crate) fn tool_names(tools: &[CatalogTool]) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::with_capacity(tools.len());
    for tool in tools {
        let plain = !tool.name.is_empty()
            && tool.name.len() <= TOOL_NAME_MAX
            && tool.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let mut name = if plain { tool.name.clone() } else { snake(&tool.name).chars().take(TOOL_NAME_MAX).collect() };
        if taken.contains(&key(&name)) {
            name = format!("{}_{name}", snake(&tool.origin.service)).chars().take(TOOL_NAME_MAX - 4).collect();
        }
        let base = name.clone();
        let mut n = 2;
        while !taken.insert(key(&name)) {
            name = format!("{base}_{n}");
            n += 1;
        }
        out.push(name);
    }
    out
}

/// Exports are in kebab-case, so names that differ in case or punctuation only would clash there.
fn key(name: &str) -> String {
    wardian_format::names::kebab(name)
}

impl Draft<'_> {
    /// All files for these tools, with as many rows as `plan` says.
    pub(crate) fn assemble(&self, written: &[Written<'_>], plan: &Plan) -> Assembled {
        let start: BTreeSet<usize> = written
            .iter()
            .flat_map(|w| {
                let cleared = w.operation.clears.as_ref().map(|(c, _)| *c);
                std::iter::once(w.operation.entity).chain(cleared).chain(w.operation.needs.iter().copied())
            })
            .collect();
        let links: BTreeSet<usize> = written.iter().filter_map(|w| w.operation.link).collect();
        let (used, links) = tables::closure(self.world, &start, &links);
        let entities = tables::ordered(self.world, &used);
        let mut seeded = seed::rows(self.world, &entities, &links, plan);
        crate::functions::fill(self.world, &mut seeded, plan);
        let mut sources = Sources::new();
        sources.insert("schema.sql", tables::schema_sql(self.world, &entities, &links));
        sources.insert("tools.sql", written.iter().map(|w| w.sql.as_str()).collect::<Vec<_>>().join("\n"));
        let (mut counts, mut rows, mut data_bytes) = (BTreeMap::new(), Rows::new(), 0);
        for (table, all) in seeded {
            counts.insert(table.clone(), all.len());
            let is_relation = links.iter().any(|l| self.world.links[*l].table == table);
            let (lines, kept) = lines(all, if is_relation { 3 * KEPT_ROWS_MAX } else { KEPT_ROWS_MAX });
            data_bytes += lines.len();
            if !lines.is_empty() {
                sources.insert(format!("data/{table}.jsonl"), lines);
            }
            rows.insert(table, kept);
        }
        let operations: Vec<&Operation> = written.iter().map(|w| w.operation).collect();
        sources.insert("policy.md", policy::policy(self.world, &self.domain.title, self.now, &operations));
        sources.insert("pack.toml", self.config());
        let shapes = failure::shapes(written.iter().map(|w| (w.name.as_str(), &self.tools[w.operation.tool])), self.now);
        if !shapes.is_empty() {
            let text = serde_json::to_string_pretty(&shapes).expect("shapes are plain JSON");
            sources.insert("errors.json", text + "\n");
        }
        Assembled { sources, rows, counts, data_bytes }
    }

    /// The SQL of one operation, or why there is none.
    pub(crate) fn write(&self, operation: &Operation, name: &str) -> Result<String, String> {
        sql::tool_sql(self.world, &self.tools[operation.tool], name, operation)
    }

    /// `pack.toml`.
    pub(crate) fn config(&self) -> String {
        let text = |s: &str| serde_json::Value::from(s).to_string();
        let mut apis: BTreeSet<String> = BTreeSet::new();
        let mut licenses: BTreeSet<&str> = BTreeSet::new();
        for t in &self.tools[..self.own] {
            let license = t.origin.license.as_deref().unwrap_or("licence not stated");
            licenses.extend(t.origin.license.as_deref());
            apis.insert(format!("{}/{} ({license})", t.origin.provider, t.origin.service));
        }
        let license = if licenses.is_empty() { "NOASSERTION".to_owned() } else { licenses.into_iter().collect::<Vec<_>>().join(" AND ") };
        let apis: Vec<String> = apis.iter().map(|a| text(a)).collect();
        format!(
            "name = {}\ntitle = {}\ndescription = {}\nnow = {}\nlicense = {}\nauthor = \"rules\"\nungraded = []\nsources = [{}]\n",
            text(&self.domain.name),
            text(&self.domain.title),
            text(&self.domain.description),
            text(self.now),
            text(&license),
            apis.join(", ")
        )
    }
}

/// The rows, one a line, and the first of them. Each row that is not kept is dropped when it is written: text takes a fraction of the room.
fn lines(all: Vec<Row>, kept_max: usize) -> (String, Vec<Row>) {
    let (mut text, mut kept) = (String::new(), Vec::with_capacity(all.len().min(kept_max)));
    for row in all {
        text.push_str(&serde_json::to_string(&row).expect("a row is a map of plain values"));
        text.push('\n');
        if kept.len() < kept_max {
            kept.push(row);
        }
    }
    (text, kept)
}
