//! The rival on Python dicts, `bench/rivals/state.py`.

use crate::clock::Plan;
use crate::world::{Documents, root};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::process::Command;

/// Figure → samples; empty where there is no python3.
#[derive(Default)]
pub(crate) struct Rival(BTreeMap<String, Vec<f64>>);

impl Rival {
    /// The samples of `figure`, if it was measured.
    pub(crate) fn get(&self, figure: &str) -> Option<&[f64]> {
        self.0.get(figure).map(Vec::as_slice)
    }
}

/// Measures `figures` on `documents`.
pub(crate) fn python(documents: &Documents, figures: &[&str], plan: Plan) -> Result<Rival> {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("bench: no rival on Python dicts: python3 is not there");
        return Ok(Rival::default());
    }
    let output = Command::new("python3")
        .arg(root().join("bench/rivals/state.py"))
        .arg(&documents.path)
        .args([&plan.runs.to_string(), "orders", "status"])
        .args(figures)
        .output()?;
    if !output.status.success() {
        bail!("the rival failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(Rival(serde_json::from_slice(&output.stdout).context("the rival printed no samples")?))
}
