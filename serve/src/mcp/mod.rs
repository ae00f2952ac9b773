//! The Model Context Protocol: the session era (2025-06-18, 2025-11-25) and the stateless one (2026-07-28), over HTTP and standard input.
//!
//! rmcp reads and writes the protocol; sessions are ours, in the table of all protocols, and cost what an episode costs. In the session era a
//! session has one world, and the tools are the pack's own. In the stateless era `wardian_open` mints a handle, which every other tool takes as an
//! ordinary argument. Answers are JSON, not streams: some clients break off at events of a megabyte.

mod handler;
mod http;
mod stdio;
mod told;
mod worlds;

pub(crate) use http::{Doors, delete, get, is_meant, post};
pub use stdio::StdioError;

use rmcp::model::ProtocolVersion;

/// The versions that are spoken.
const VERSIONS: &[ProtocolVersion] = &[ProtocolVersion::V_2025_06_18, ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];
/// Where a request of the stateless era says its version.
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// The first version without sessions.
const STATELESS: &str = "2026-07-28";
