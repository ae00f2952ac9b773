//! The executable `wardian`, started as its user starts it.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

/// Where it lies: beside this executable.
pub(crate) fn executable() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("wardian"))
}

/// Runs it with `arguments`, and gives what it prints, which must be JSON.
pub(crate) fn json(arguments: &[&OsStr]) -> Result<Value> {
    json_with(arguments, &[])
}

/// As [`json`], with more variables in its environment.
pub(crate) fn json_with(arguments: &[&OsStr], environment: &[(&str, &str)]) -> Result<Value> {
    let executable = executable()?;
    let mut command = Command::new(&executable);
    command.args(arguments).envs(environment.iter().copied());
    let output = command.output().with_context(|| format!("cannot run `{}`", executable.display()))?;
    if !output.status.success() {
        bail!("`wardian {}` failed: {}", arguments.join(OsStr::new(" ")).display(), String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("`wardian {}` printed no JSON", arguments.join(OsStr::new(" ")).display()))
}

/// The number `key` of what it printed.
pub(crate) fn number(printed: &Value, key: &str) -> Result<f64> {
    printed[key].as_f64().with_context(|| format!("`wardian` printed no number `{key}`"))
}
