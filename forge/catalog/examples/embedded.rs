//! Prints the embedded catalogue as JSON lines, and what was skipped on stderr. Files named as arguments are imported instead.

use wardian_catalog::{Document, ImportOptions, embedded, import};
use wardian_format::jsonl;

#[expect(clippy::disallowed_methods, reason = "an example is an executable: it may open files")]
fn main() -> std::io::Result<()> {
    let mut documents = Vec::new();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        documents.push(Document::new(path, bytes));
    }
    let documents = if documents.is_empty() { embedded() } else { documents };
    let import = import(&documents, &ImportOptions::default());
    for tool in &import.tools {
        print!("{}", jsonl::line(tool));
    }
    for skipped in &import.skipped {
        eprintln!("{}: {}", skipped.at, skipped.reason);
    }
    Ok(())
}
