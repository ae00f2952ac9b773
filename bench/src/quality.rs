//! How well domains agree with the services that tools come from, which no part of the graph looks at.

use crate::agreement::Table;
use crate::figure::Figure;
use crate::graph::NAME;
use crate::wardian;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use wardian_format::graph::Domain;
use wardian_format::jsonl;

/// Words for the setting, options of `graph build`.
const SETTINGS: [(&str, &[&str]); 3] = [("default", &[]), ("leiden", &["--algorithm", "leiden"]), ("--paper", &["--paper"])];

#[derive(Deserialize)]
struct Tool {
    id: String,
    origin: Origin,
}

#[derive(Deserialize)]
struct Origin {
    provider: String,
    service: String,
}

/// All figures: one build of `pool` for each setting.
pub(crate) fn run(label: &str, pool: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (setting, options) in SETTINGS {
        let folder = tempfile::tempdir()?;
        let fixed: [&OsStr; 6] =
            ["graph".as_ref(), "build".as_ref(), pool.as_ref(), "--json".as_ref(), "-o".as_ref(), folder.path().as_ref()];
        wardian::json(&fixed.into_iter().chain(options.iter().map(OsStr::new)).collect::<Vec<_>>())?;
        let open =
            |name: &str| File::open(folder.path().join(name)).with_context(|| format!("the graph has no `{name}`")).map(BufReader::new);
        let tools: Vec<Tool> = jsonl::read(open("tools.jsonl")?, "tools.jsonl")?;
        let domains: Vec<Domain> = jsonl::read(open("domains.jsonl")?, "domains.jsonl")?;
        let table = table(&tools, &domains);
        let placed: usize = domains.iter().map(|domain| domain.tools.len()).sum();
        let largest = domains.iter().map(|domain| domain.tools.len()).max().unwrap_or(0);
        let share = |count: usize| count as f64 * 100.0 / tools.len() as f64;
        for (what, unit, value) in [
            ("AMI with services", "", table.ami()),
            ("ARI with services", "", table.ari()),
            ("tools in no domain", "%", share(tools.len() - placed.min(tools.len()))),
            ("largest domain", "%", share(largest)),
        ] {
            figures.push(Figure::alone(NAME, format!("{label} ({} tools), {setting}: {what}", tools.len()), unit, &[value]));
        }
    }
    Ok(figures)
}

/// Domains against services; a tool in no domain is one by itself.
fn table(tools: &[Tool], domains: &[Domain]) -> Table {
    let homes: BTreeMap<&str, usize> =
        domains.iter().enumerate().flat_map(|(i, domain)| domain.tools.iter().map(move |tool| (tool.as_str(), i))).collect();
    let mut services: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut labels = Vec::new();
    for tool in tools {
        let next = services.len();
        labels.push(*services.entry((&tool.origin.provider, &tool.origin.service)).or_insert(next));
    }
    let found: Vec<usize> =
        tools.iter().enumerate().map(|(i, tool)| homes.get(tool.id.as_str()).copied().unwrap_or(domains.len() + i)).collect();
    Table::new(&found, &labels)
}
