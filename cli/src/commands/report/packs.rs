//! The packs of a run, as a report shows them.

use crate::files;
use crate::packs::PackSet;
use crate::run::Run;
use anyhow::Result;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use wardian_env::{EpisodeContext, LoadedPack};
use wardian_format::{SqlValue, Task};
use wardian_report::{LeftOut, PackInfo, TableInfo};

/// Describes every pack.
pub(super) fn describe(run: &Run, packs: &PackSet) -> Result<Vec<PackInfo>> {
    packs.iter().map(|(path, pack)| one(run, path, &pack.load()?)).collect()
}

fn one(run: &Run, path: &Path, pack: &Arc<LoadedPack>) -> Result<PackInfo> {
    let name = &pack.manifest().name;
    let tasks = run.tasks().join(format!("{name}.jsonl"));
    let tasks = if tasks.exists() { files::read_jsonl::<Task>(&tasks)?.len() } else { 0 };
    Ok(PackInfo {
        manifest: pack.manifest().clone(),
        digest: pack.digest(),
        bytes: std::fs::metadata(path).map_or(0, |m| m.len()),
        tables: tables(pack)?,
        left_out: left_out(&run.domains().join(format!("{name}.json")))?,
        tasks,
    })
}

/// The tables of the initial state with their rows counted.
fn tables(pack: &Arc<LoadedPack>) -> Result<Vec<TableInfo>> {
    let mut env = pack.env(&EpisodeContext { seed: 0, now: pack.manifest().now.clone() })?;
    let mut out = Vec::new();
    for table in &pack.schema().tables {
        let counted = env.read(&format!("SELECT count(*) FROM \"{}\"", table.name.replace('"', "\"\"")), &[])?;
        let rows = match counted.values.first().and_then(|row| row.first()) {
            Some(SqlValue::Integer(n)) => u64::try_from(*n).unwrap_or(0),
            _ => 0,
        };
        out.push(TableInfo { name: table.name.clone(), rows, columns: table.columns.iter().map(|c| c.name.clone()).collect() });
    }
    Ok(out)
}

/// What the materializer left out of the domain, if its report is there.
fn left_out(path: &Path) -> Result<Vec<LeftOut>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let report: Value = files::read_json(path)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let entries = report["left_out"].as_array().into_iter().flatten();
    Ok(entries
        .filter_map(|entry| {
            Some(LeftOut { tool: text(&entry["tool"])?, catalog_id: text(&entry["catalog_id"]), reason: text(&entry["reason"])? })
        })
        .collect())
}
