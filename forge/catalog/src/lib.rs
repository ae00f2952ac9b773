//! Importers: from API descriptions to a catalogue of tools.
//!
//! What it is: pure functions from the bytes of documents to [`CatalogTool`] records. It reads OpenAPI 2, 3.0 and 3.1 (JSON or
//! YAML), AWS service models, Google discovery documents, MCP `tools/list` answers, OpenAI-style function arrays and JSON lines;
//! the format is found by looking at the content.
//! What it is not: it opens no files and no sockets, and it does not decide what a tool *does*; that is the materializer's work.
//! May depend on: `wardian-format` and pure parsing libraries.
//!
//! Invariants: the result is sorted by id, does not depend on the order of the documents, and every schema in it is
//! self-contained (references inlined, cycles cut) and bounded. Bad input never panics and never stops the rest: each document,
//! line or operation that cannot be used becomes a [`Skipped`] that names the file and the place.
//!
//! Schemas keep this subset of JSON Schema: `title`, `description`, `type`, `enum`, `format`, `default`, `minimum`, `maximum`,
//! `minLength`, `maxLength`, `minItems`, `maxItems`, `properties`, `required`, `additionalProperties`, `items`. The `title` of an
//! inlined object is the name of the schema it came from; `{"title": …}` alone is where a cycle or a bound cut it.

mod assemble;
mod aws;
mod detect;
mod embedded;
mod google;
mod naming;
mod openapi;
mod records;
mod schema;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::catalog::Skipped;

pub use embedded::embedded;

/// One description to import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// File name for messages; a name that ends in `.jsonl` is read line by line.
    pub name: String,
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Who offers the API, where the caller knows better than the document.
    pub provider: Option<String>,
    /// The API's short name, where the caller knows better than the document.
    pub service: Option<String>,
    /// SPDX identifier of the document's licence, where the caller knows it.
    pub license: Option<String>,
}

impl Document {
    /// A document without hints.
    pub fn new(name: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { name: name.into(), bytes: bytes.into(), ..Self::default() }
    }
}

/// Bounds on what comes out. Every schema is cut to fit, deepest levels first.
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
}

impl Default for ImportOptions {
    /// Depth 4, 250 subschemas, 100 enum values, 400 and 200 characters, 256 MiB.
    fn default() -> Self {
        Self {
            depth_max: 4,
            schema_nodes_max: 250,
            enum_values_max: 100,
            tool_description_chars_max: 400,
            field_description_chars_max: 200,
            document_bytes_max: 256 << 20,
        }
    }
}

/// What [`import`] found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    /// The tools, sorted by id; ids are unique.
    pub tools: Vec<CatalogTool>,
    /// What was left out, sorted by place.
    pub skipped: Vec<Skipped>,
}

/// Imports every document. The order of `documents` does not matter; where two documents give the same id, the one whose
/// name sorts first keeps it.
pub fn import(documents: &[Document], options: &ImportOptions) -> Import {
    let mut ordered: Vec<&Document> = documents.iter().collect();
    ordered.sort_by(|a, b| (&a.name, &a.bytes, &a.provider, &a.service).cmp(&(&b.name, &b.bytes, &b.provider, &b.service)));
    let mut tools: BTreeMap<String, (CatalogTool, String)> = BTreeMap::new();
    let mut skipped = Vec::new();
    for document in ordered {
        let mut found = Found::default();
        detect::read(document, options, &mut found);
        skipped.append(&mut found.skipped);
        for (tool, at) in found.tools {
            if let Some((_, first)) = tools.get(&tool.id) {
                skipped.push(Skipped { at, reason: format!("tool id `{}` is already taken by {first}", tool.id) });
            } else {
                tools.insert(tool.id.clone(), (tool, at));
            }
        }
    }
    skipped.sort_by(|a, b| (&a.at, &a.reason).cmp(&(&b.at, &b.reason)));
    Import { tools: tools.into_values().map(|(tool, _)| tool).collect(), skipped }
}

/// What one document gave: tools with the place of each.
#[derive(Default)]
struct Found {
    tools: Vec<(CatalogTool, String)>,
    skipped: Vec<Skipped>,
}

impl Found {
    fn skip(&mut self, at: String, reason: impl Into<String>) {
        self.skipped.push(Skipped { at, reason: reason.into() });
    }
}
