//! Prints the embedded catalogue as JSON lines, and what was skipped on stderr. Files named as arguments are imported instead.

use std::io::{BufWriter, Write};
use wardian_catalog::archive::{ArchiveLimits, read};
use wardian_catalog::{Document, ImportOptions, embedded, import, import_from};
use wardian_format::catalog::Skipped;
use wardian_format::jsonl;

fn main() -> std::io::Result<()> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let options = ImportOptions::default();
    let import = if paths.is_empty() {
        import(&embedded(), &options)
    } else {
        let produce = |sink: &mut wardian_catalog::archive::Sink<'_>| {
            for path in &paths {
                match std::fs::File::open(path) {
                    Ok(file) => read(path, file, &Document::default(), &ArchiveLimits::default(), sink),
                    Err(error) => drop(sink(Err(Skipped { at: path.clone(), reason: error.to_string() }))),
                }
            }
        };
        import_from(produce, &options, || {})
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for tool in &import.tools {
        out.write_all(jsonl::line(tool).as_bytes())?;
    }
    for skipped in &import.skipped {
        eprintln!("{}: {}", skipped.at, skipped.reason);
    }
    eprintln!("{} documents, {} tools, {} superseded, {} merged", import.documents, import.tools.len(), import.superseded, import.merged);
    Ok(())
}
