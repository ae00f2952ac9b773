//! Measurements that need a process of their own, because memory once used is not given back.

use crate::clock::Plan;
use crate::{collection, experience, state};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// Name → value.
pub(crate) type Numbers = BTreeMap<String, f64>;

/// Runs measurement `name` of `subject` in a new process.
pub(crate) fn spawn(name: &str, subject: &str, plan: Plan) -> Result<Numbers> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--child", name, subject]).stderr(Stdio::inherit());
    if plan.quick {
        command.arg("--self-check");
    }
    let output = command.output().context("cannot start a process for a measurement")?;
    if !output.status.success() {
        bail!("the measurement `{name}` of `{subject}` failed");
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("the measurement `{name}` of `{subject}` printed no numbers"))
}

/// The other side of [`spawn`]: prints the numbers.
pub(crate) fn run(name: &str, subject: &str, plan: Plan) -> Result<()> {
    let numbers = match name {
        "memory" => state::memory(subject, plan)?,
        "import" => collection::measure(subject)?,
        "episodes" => experience::at_once(plan)?,
        _ => bail!("there is no measurement `{name}`"),
    };
    println!("{}", serde_json::to_string(&numbers)?);
    Ok(())
}
