//! `metrics.jsonl`: what each step of a training came to, one JSON object a line.
//!
//! A line counts with its line feed only: a run that is killed leaves a torn last line, and nothing reads it.

use super::CurveError;
use serde::{Deserialize, Deserializer, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use wardian_format::jsonl;

/// A line of `metrics.jsonl`; its `kind` says which. In a training that diverged, numbers are NaN or infinite; JSON has `null` for both, which is read
/// as NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// A step of the optimizer.
    Step(Step),
    /// A look at held-out data.
    HeldOut(HeldOut),
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// From 1, counted over all phases.
    pub step: usize,
    /// Name of the phase.
    pub phase: String,
    /// Mean loss of a learned token, in nats.
    #[serde(deserialize_with = "null_is_nan")]
    pub loss: f64,
    /// Learning rate.
    #[serde(deserialize_with = "null_is_nan")]
    pub rate: f64,
    /// Norm of the gradient, before it was clipped.
    #[serde(deserialize_with = "null_is_nan")]
    pub gradient_norm: f64,
    /// Tokens of the step.
    pub tokens: usize,
    /// Of them, learned.
    pub learned: usize,
    /// Tokens a second.
    #[serde(deserialize_with = "null_is_nan")]
    pub tokens_per_second: f64,
    /// 10^12 floating point operations a second.
    #[serde(deserialize_with = "null_is_nan")]
    pub tflops: f64,
    /// Share of the device's peak that `tflops` is, 0 to 1; none where the peak is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfu: Option<f64>,
    /// Wall time of the step, in seconds.
    #[serde(deserialize_with = "null_is_nan")]
    pub seconds: f64,
}

/// What held-out data came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Steps done before; 0 is the model as it came.
    pub step: usize,
    /// Mean loss of a learned token, in nats.
    #[serde(deserialize_with = "null_is_nan")]
    pub loss: f64,
    /// Learned tokens looked at.
    pub tokens: usize,
    /// How well tools are called; none where no calls were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallAccuracy>,
}

/// How well tools are called. Shares are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallAccuracy {
    /// Calls looked at.
    pub calls: usize,
    /// Share whose name and arguments are all right.
    #[serde(deserialize_with = "null_is_nan")]
    pub right: f64,
    /// Share whose name is right.
    #[serde(deserialize_with = "null_is_nan")]
    pub names: f64,
    /// Share whose arguments are right.
    #[serde(deserialize_with = "null_is_nan")]
    pub arguments: f64,
}

impl Line {
    /// The step that it is of.
    #[must_use]
    pub fn step(&self) -> usize {
        match self {
            Self::Step(line) => line.step,
            Self::HeldOut(line) => line.step,
        }
    }
}

/// Appends lines to a file.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
}

impl Writer {
    /// Goes on after the last whole line of `path`, which is made where it is missing.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, CurveError> {
        let whole = whole_lines(path)?.unwrap_or_default().len();
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(CurveError::write(path))?;
        // The next line would else be appended to the torn one, and both would be lost.
        file.set_len(whole as u64).map_err(CurveError::write(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Writes a line, so that other processes see it when this returns.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&mut self, line: &Line) -> Result<(), CurveError> {
        self.file.write_all(jsonl::line(line).as_bytes()).map_err(CurveError::write(&self.path))
    }
}

/// The lines of a file, without a torn last one.
///
/// # Errors
/// Where the file cannot be read, or a line is none; it is named.
pub fn read(path: &Path) -> Result<Vec<Line>, CurveError> {
    let missing = || CurveError::Read { path: path.to_owned(), source: ErrorKind::NotFound.into() };
    parsed(&whole_lines(path)?.ok_or_else(missing)?, path)
}

/// Takes the lines of later steps than `step`, and a torn last one, out of a file: what a training does that goes on from a checkpoint. The file
/// is replaced at once. Where there is none, there is nothing to do.
///
/// # Errors
/// Where the file cannot be read or written, or a line is none; then it is as it was.
pub fn truncate_after(path: &Path, step: usize) -> Result<(), CurveError> {
    let Some(bytes) = whole_lines(path)? else { return Ok(()) };
    let kept: String = parsed(&bytes, path)?.iter().filter(|line| line.step() <= step).map(jsonl::line).collect();
    let new = path.with_extension("jsonl.new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(kept.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    };
    write().map_err(CurveError::write(path))
}

/// The bytes of a file up to its last line feed; none where there is no file.
fn whole_lines(path: &Path) -> Result<Option<Vec<u8>>, CurveError> {
    match std::fs::read(path) {
        Ok(mut bytes) => {
            bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
            Ok(Some(bytes))
        }
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CurveError::read(path)(source)),
    }
}

fn parsed(bytes: &[u8], path: &Path) -> Result<Vec<Line>, CurveError> {
    Ok(jsonl::read(bytes, &path.display().to_string())?)
}

fn null_is_nan<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}
