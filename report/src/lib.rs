//! The report of a run: one HTML page that needs nothing else, and a short text for the terminal.
//!
//! What it is: pure functions from [`ReportInput`] to text. The same input gives the same bytes, on any machine.
//! What it is not: it reads no files, runs no tools and computes no digests; the caller replays episodes and
//! hands over the differences. It prints nothing.
//! May depend on: `wardian-format` and serde_json.
//!
//! The page works from `file://`: no network, no external fonts, scripts or images, and a content security policy
//! that allows no other script than its own. All text that came from a document, a tool or a model is bounded, has its
//! control characters made visible, and is escaped (see [`clean`]). What did not fit is said on the page.

mod bounds;
pub mod clean;
mod data;
mod funnel;
mod input;
mod layout;
mod page;
mod schema;
mod select;
mod terminal;

pub use bounds::{EPISODES_MAX, PAGE_BYTES_MAX};
pub use funnel::{Funnel, FunnelStep, KeptAs, Reason};
pub use input::{Command, Counts, EpisodeInfo, LeftOut, PackInfo, PassRow, ReportInput, RunSummary, StageTime, TableInfo, Version};
pub use select::select;

/// The page. At most [`PAGE_BYTES_MAX`] bytes of UTF-8, whatever the input.
pub fn html(input: &ReportInput) -> String {
    page::render(input)
}

/// The terminal report: plain text without colour codes, at most 60 lines of at most 100 characters, ending in a
/// line feed. It shows one episode: the first kept and recovered one in `input.episodes`, else the first.
pub fn text(input: &ReportInput) -> String {
    terminal::render(input)
}
