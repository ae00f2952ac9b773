//! Which format a document has, by its content, and the call of its reader.

use crate::{Document, Found, ImportOptions, aws, google, openapi, records, text};
use serde_json::Value;

/// Reads one document into `found`.
pub(crate) fn read(document: &Document, options: &ImportOptions, found: &mut Found) {
    if is_named_lines(&document.name) {
        return records::read_lines(document, &document.bytes, options, found);
    }
    if document.bytes.len() > options.document_bytes_max {
        let reason = format!("document has {} bytes; the limit is {}", document.bytes.len(), options.document_bytes_max);
        return found.skip(document.name.clone(), reason);
    }
    let content = match std::str::from_utf8(&document.bytes) {
        Ok(content) => content.trim_start_matches('\u{feff}'),
        Err(error) => return found.skip(document.name.clone(), format!("not UTF-8 text: byte {} is wrong", error.valid_up_to())),
    };
    if content.trim().is_empty() {
        return found.skip(document.name.clone(), "document is empty");
    }
    if is_lines(content) {
        return records::read_lines(document, content.as_bytes(), options, found);
    }
    match parse(content) {
        Ok(value) => dispatch(document, value, options, found),
        Err((line, message)) => found.skip(format!("{}:{line}", document.name), message),
    }
}

/// Whether the name says that a file holds JSON lines.
pub(crate) fn is_named_lines(name: &str) -> bool {
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    name.ends_with(".jsonl") || name.ends_with(".ndjson")
}

/// JSON lines: the first line (or one of the next few, where it is broken) is a whole object that no document format claims.
fn is_lines(content: &str) -> bool {
    let mut lines = content.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next().filter(|line| line.starts_with('{')) else {
        return false;
    };
    match serde_json::from_str::<Value>(first) {
        Ok(value) => (value.get("name").is_some() && !is_document(&value) && !is_list(&value)) || is_test_entry(&value),
        Err(_) => lines.take(8).any(|line| line.starts_with('{') && serde_json::from_str::<Value>(line).is_ok()),
    }
}

/// JSON where the text starts like JSON, else YAML. The error has a one-based line.
fn parse(content: &str) -> Result<Value, (usize, String)> {
    if content.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(content)
            .map_err(|error| (error.line(), format!("broken JSON: {}", text::clean(&error.to_string(), 200))));
    }
    serde_norway::from_str(content).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        (line, format!("neither JSON nor YAML: {}", text::clean(&error.to_string(), 200)))
    })
}

fn dispatch(document: &Document, value: Value, options: &ImportOptions, found: &mut Found) {
    if value.get("openapi").is_some() || value.get("swagger").is_some() {
        return openapi::read(document, &value, options, found);
    }
    if is_google(&value) {
        return google::read(document, &value, options, found);
    }
    if is_aws(&value) {
        return aws::read(document, &value, options, found);
    }
    if is_list(&value) {
        return records::read_list(document, value, options, found);
    }
    let reason = "not a description that can be imported: looked for OpenAPI (`openapi`, `swagger`), Google discovery (`discoveryVersion`), \
                  an AWS service model (`metadata`, `operations`, `shapes`), MCP (`tools`) and an array of functions";
    found.skip(document.name.clone(), reason);
}

fn is_document(value: &Value) -> bool {
    value.get("openapi").is_some() || value.get("swagger").is_some() || is_google(value) || is_aws(value)
}

fn is_google(value: &Value) -> bool {
    value.get("discoveryVersion").is_some() || value["kind"].as_str().is_some_and(|kind| kind.starts_with("discovery#"))
}

fn is_aws(value: &Value) -> bool {
    ["metadata", "operations", "shapes"].iter().all(|member| value.get(member).is_some())
}

/// An entry of BFCL or ACEBench: a question with the functions that may answer it.
fn is_test_entry(value: &Value) -> bool {
    value.get("id").is_some() && value["function"].is_array()
}

fn is_list(value: &Value) -> bool {
    value.is_array()
        || value["tools"].is_array()
        || value["functions"].is_array()
        || value["function"].is_array()
        || value["result"]["tools"].is_array()
}
