//! The stages of the demo: CPU time of each, from the run record that the executable writes.

use crate::clock::Plan;
use crate::figure::Figure;
use crate::wardian;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;

/// Runs the demo as often as planned, in fresh folders.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let mut samples: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut digests = Vec::new();
    for _ in 0..plan.runs {
        let folder = tempfile::tempdir()?;
        let run = folder.path().join("run");
        let record = wardian::json(&["demo".as_ref(), "--quiet".as_ref(), "--json".as_ref(), "--run".as_ref(), run.as_ref()])?;
        digests.push(record["digest"].to_string());
        for stage in record["stages"].as_array().context("the run record has no stages")? {
            let name = stage["name"].as_str().context("a stage has no name")?.to_owned();
            if !samples.contains_key(&name) {
                order.push(name.clone());
            }
            samples.entry(name).or_default().push(stage["cpu_s"].as_f64().context("a stage has no cpu_s")?);
        }
    }
    if digests.iter().any(|digest| *digest != digests[0]) {
        bail!("the demo gave different run digests: {}", digests.join(", "));
    }
    let mut figures: Vec<Figure> = order.iter().map(|name| Figure::alone("demo", name.clone(), "s", &samples[name])).collect();
    let totals: Vec<f64> = (0..plan.runs).map(|i| samples.values().filter_map(|s| s.get(i)).sum()).collect();
    figures.push(Figure::alone("demo", "all stages", "s", &totals));
    Ok(figures)
}
