//! What a model did to the world of the rules.

use super::SelfChecks;
use serde::{Deserialize, Serialize};
use wardian_format::Digest;

/// The work of a model on one domain. Its texts are bounded and have no control characters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorReport {
    /// The model: `openai:…`.
    pub model: String,
    /// Version of the prompts: `v1`.
    pub prompts: String,
    /// Digest of the prompts.
    pub prompts_digest: Digest,
    /// Questions with an answer, those of repair among them.
    pub answers: usize,
    /// How many of them asked to put right what an earlier answer had wrong.
    pub repairs: usize,
    /// Tokens that the answers cost, as the endpoint counts: read.
    pub tokens_read: u64,
    /// Written.
    pub tokens_written: u64,
    /// The rules' world.
    pub before: Score,
    /// The world as it is.
    pub after: Score,
    /// What is in the world, in the order in which it came.
    pub accepted: Vec<Piece>,
    /// What is not, with the last reason.
    pub refused: Vec<RefusedPiece>,
    /// Why the work ended before everything was asked; it goes on when the same command runs again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// How good a world is: first by tools, then by checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Tools that passed every self-check that applies.
    pub tools: usize,
    /// Checks that they passed, each counted once a tool.
    pub checks: usize,
}

/// A piece of the model's work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// `relation`, `tool`, `vocabulary` or `policy`.
    pub kind: String,
    /// What it is about: `issues.milestone → milestones`, `fork_gist`, `labels.description`, `policy.md`.
    pub name: String,
}

/// A piece that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedPiece {
    /// As in [`Piece`].
    pub kind: String,
    /// As in [`Piece`]; what the answer called it, where it is no such thing.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Score {
    /// The score of a world whose tools passed these checks.
    pub fn of(checks: &SelfChecks) -> Self {
        let of_each = [checks.grounded, checks.reads, checks.writes, checks.wrong_key, checks.fits_schema, checks.read_back];
        Self { tools: checks.grounded, checks: of_each.iter().sum() }
    }
}
