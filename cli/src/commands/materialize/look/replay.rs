//! What the examples of a report change: their calls are made again in the pack.

use crate::ui;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;
use wardian_env::{EpisodeContext, Runtime};
use wardian_format::pack::{Effect, Role};
use wardian_materialize::{DomainReport, Options};

/// Lines of a change that are kept.
const LINES_MAX: usize = 20;

/// What each example that writes changed, by name of the tool; a report without a pack has none. Ids that a call makes follow from the
/// seed of the episode: with another `--data-seed` than the default they are not those of the recorded result.
pub(super) fn changes(report: &DomainReport, pack: &Path, runtime: &Runtime) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    if report.no_pack.is_some() || report.examples.is_empty() {
        return Ok(out);
    }
    let bytes = std::fs::read(pack).with_context(|| format!("cannot read `{}`, which the examples are called in", pack.display()))?;
    let pack = runtime.load(bytes, &pack.display().to_string())?;
    let base = pack.env(&EpisodeContext { seed: Options::default().seed, now: pack.manifest().now.clone() })?;
    for example in report.examples.iter().filter(|example| example.effect == Effect::Write) {
        ui::check_interrupt()?;
        let mut env = base.clone();
        let record = env.call(Role::Agent, &example.tool, &example.arguments)?;
        let diff = base.clone().diff(&mut env)?;
        let text = diff.to_string();
        let mut lines: Vec<&str> = text.lines().take(LINES_MAX).collect();
        let more = format!("… and {} more lines", text.lines().count().saturating_sub(LINES_MAX));
        match (record.outcome.is_ok(), text.lines().count() > LINES_MAX) {
            (false, _) => lines = vec!["the call does not succeed in this pack"],
            (true, true) => lines.push(&more),
            (true, false) => {}
        }
        out.insert(example.tool.clone(), lines.join("\n"));
    }
    Ok(out)
}
