//! Saved states: not the rows of a state but how it came about, so that anyone can bring it about again and compare digests.
//!
//! A file of JSON lines: a head, then each call that changed something, in order.

use crate::digest::{Digest, Digests};
use crate::jsonl::{self, LineError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{BufRead, Read};

/// Version of the record.
pub const SAVED_STATE_FORMAT: u32 = 1;

/// Most calls of one saved state: a bound on what is read, long after making them all again has become slow.
pub const SAVED_CALLS_MAX: usize = 1_000_000;

/// Longest head, bytes.
const HEAD_BYTES_MAX: u64 = 64 << 10;

/// A state of a pack, as the calls that lead to it.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedState {
    /// The first line.
    pub head: SavedHead,
    /// The other lines.
    pub calls: Vec<SavedCall>,
}

/// The first line of a saved state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedHead {
    /// [`SAVED_STATE_FORMAT`].
    pub format: u32,
    /// Name of the pack.
    pub pack: String,
    /// Digest of the pack's file.
    pub pack_digest: Digest,
    /// Version of the digest scheme.
    pub digest_version: u32,
    /// Seed of generated ids.
    pub seed: u64,
    /// Constant time of all calls, RFC 3339 in UTC.
    pub now: String,
    /// How many calls follow.
    pub calls: usize,
    /// Digests of the state after the last of them.
    pub state: Digests,
}

/// A call that changed something. It was made in the one role that its tool has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedCall {
    /// The tool.
    pub tool: String,
    /// The arguments with defaults applied.
    pub arguments: Value,
    /// Digest of the whole state after it.
    pub state: Digest,
}

impl SavedState {
    /// Adds a call that led to `state`.
    pub fn push(&mut self, tool: &str, arguments: &Value, state: Digests) {
        self.calls.push(SavedCall { tool: tool.to_owned(), arguments: arguments.clone(), state: state.full });
        self.head.calls = self.calls.len();
        self.head.state = state;
    }

    /// The file.
    pub fn to_text(&self) -> String {
        let calls: String = self.calls.iter().map(jsonl::line).collect();
        format!("{}{calls}", jsonl::line(&self.head))
    }

    /// Reads the file. What its lines say of each other must agree: a file that was cut or edited carelessly is found here, before any
    /// call is made. `file` is used in errors only.
    ///
    /// # Errors
    /// When a line is not what it should be, with its number.
    pub fn read(mut input: impl BufRead, file: &str) -> Result<Self, LineError> {
        let wrong = |message: String| LineError::new(file, 1, message);
        let mut first = Vec::new();
        let head = (&mut input).take(HEAD_BYTES_MAX).read_until(b'\n', &mut first);
        head.map_err(|cause| wrong(format!("cannot read: {cause}")))?;
        if first.is_empty() {
            return Err(wrong("the file is empty: a saved state begins with a line on its pack".to_owned()));
        }
        let head: SavedHead =
            serde_json::from_slice(&first).map_err(|cause| wrong(format!("this is no head of a saved state: {cause}")))?;
        if head.format != SAVED_STATE_FORMAT {
            return Err(wrong(format!("the saved state has format {}; this version reads {SAVED_STATE_FORMAT}", head.format)));
        }
        let calls: Vec<SavedCall> = jsonl::lines(input, file)
            .map(|line| line.map_err(|error| LineError { line: error.line + 1, ..error }))
            .take(SAVED_CALLS_MAX + 1)
            .collect::<Result<_, _>>()?;
        if calls.len() > SAVED_CALLS_MAX {
            return Err(wrong(format!("the saved state has more than {SAVED_CALLS_MAX} calls")));
        }
        if calls.len() != head.calls {
            let (said, found) = (head.calls, calls.len());
            return Err(wrong(format!("the saved state announces {said} calls and has {found}: it was cut or edited")));
        }
        if let Some(last) = calls.last().filter(|last| last.state != head.state.full) {
            let (head, last) = (head.state.full.short(), last.state.short());
            return Err(wrong(format!("the head says that the state is {head}, and the last call that it is {last}")));
        }
        Ok(Self { head, calls })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn saved() -> SavedState {
        let digests = |text: &str| Digests { full: Digest::of(text.as_bytes()), graded: Digest::of(b"g") };
        let mut saved = SavedState {
            head: SavedHead {
                format: SAVED_STATE_FORMAT,
                pack: "p".to_owned(),
                pack_digest: Digest::of(b"p"),
                digest_version: 1,
                seed: 7,
                now: "2026-01-01T00:00:00Z".to_owned(),
                calls: 0,
                state: digests("0"),
            },
            calls: Vec::new(),
        };
        saved.push("a", &json!({"x": 1}), digests("1"));
        saved.push("b", &json!({}), digests("2"));
        saved
    }

    fn refused(text: &str) -> String {
        SavedState::read(text.as_bytes(), "s").expect_err("refused").to_string()
    }

    #[test]
    fn what_is_written_is_read() {
        let saved = saved();
        assert_eq!(SavedState::read(saved.to_text().as_bytes(), "s").expect("reads"), saved);
    }

    #[test]
    fn a_file_that_was_cut_anywhere_is_refused() {
        let text = saved().to_text();
        for end in 0..text.len() - 1 {
            let error = refused(&text[..end]);
            assert!(error.starts_with("s:"), "{end}: {error}");
        }
        assert!(SavedState::read(&text.as_bytes()[..text.len() - 1], "s").is_ok(), "the last line feed says nothing");
    }

    #[test]
    fn errors_name_the_line() {
        let text = saved().to_text();
        assert!(refused(&text.replace("\"b\"", "b")).starts_with("s:3: "));
        assert!(refused(&text.replace("\"format\":1", "\"format\":2")).contains("this version reads 1"));
        assert!(refused(&text.replace("\"calls\":2", "\"calls\":3")).contains("announces 3 calls and has 2"));
    }
}
