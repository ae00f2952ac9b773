//! The catalogue: formats, archives, merging, reading, looking.

mod archives;
mod import;
mod lists;
mod merging;
mod reading;

use wardian_catalog::{Document, Import, ImportOptions};

/// Imports documents given by name and text.
fn import_all(documents: &[(&str, String)]) -> Import {
    let documents: Vec<Document> = documents.iter().map(|(name, text)| Document::new(*name, text.clone().into_bytes())).collect();
    wardian_catalog::import(&documents, &ImportOptions::default())
}

/// What is imported, written as the executable writes it: for comparisons byte by byte.
fn written(import: &Import) -> String {
    let tools = import.tools.iter().map(wardian_format::jsonl::line);
    tools.chain(import.skipped.iter().map(wardian_format::jsonl::line)).collect()
}

/// The ids of the tools, in their order.
fn ids(import: &Import) -> Vec<&str> {
    import.tools.iter().map(|tool| tool.id.as_str()).collect()
}
