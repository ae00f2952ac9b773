//! JSON lines with errors that name the file and the line.

use serde::{Serialize, de::DeserializeOwned};
use std::io::{BufRead, Read};

/// Longest line accepted, in bytes. A trajectory with long tool results stays far below it.
pub const LINE_BYTES_MAX: usize = 64 << 20;

/// A line that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
#[non_exhaustive]
pub struct LineError {
    /// The file as the caller named it.
    pub file: String,
    /// One-based line number.
    pub line: u64,
    /// What was wrong.
    pub message: String,
}

impl LineError {
    /// An error in line `line` (one-based) of `file`.
    pub fn new(file: impl Into<String>, line: u64, message: impl Into<String>) -> Self {
        Self { file: file.into(), line, message: message.into() }
    }
}

/// Reads every line of `input` as a `T`; blank lines are skipped. `file` is used in errors only.
pub fn read<T: DeserializeOwned>(input: impl BufRead, file: &str) -> Result<Vec<T>, LineError> {
    lines(input, file).collect()
}

/// As [`read`], one item at a time, so that a caller can go on after a bad line. A line that is too long is not read further, and is the last.
pub fn lines<T: DeserializeOwned, R: BufRead>(mut input: R, file: &str) -> impl Iterator<Item = Result<T, LineError>> + use<T, R> {
    let file = file.to_owned();
    let (mut number, mut ended) = (0, false);
    std::iter::from_fn(move || {
        while !ended {
            number += 1;
            let error = |message: String| Some(Err(LineError { file: file.clone(), line: number, message }));
            let mut line = Vec::new();
            match (&mut input).take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line) {
                Ok(0) => ended = true,
                Ok(_) if line.len() > LINE_BYTES_MAX => {
                    ended = true;
                    return error(format!("line has more than {LINE_BYTES_MAX} bytes"));
                }
                Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(_) => return serde_json::from_slice(&line).map_or_else(|cause| error(complaint(&cause)), |value| Some(Ok(value))),
                Err(cause) => {
                    ended = true;
                    return error(format!("cannot read: {cause}"));
                }
            }
        }
        None
    })
}

/// The cause, which counts lines from the start of this one, with the column alone.
fn complaint(cause: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", cause.line(), cause.column());
    let text = cause.to_string();
    format!("{} (column {})", text.strip_suffix(&place).unwrap_or(&text), cause.column())
}

/// One line of output for `value`, with the line feed.
pub fn line<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string(value).expect("types of this crate have string keys and finite numbers");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_file_and_line() {
        let text = "1\n\n2\nx\n";
        let error = read::<u32>(text.as_bytes(), "n.jsonl").expect_err("line 4 is broken");
        assert!(error.to_string().starts_with("n.jsonl:4: "), "{error}");
    }
}
