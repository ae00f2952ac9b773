//! What INPUT is: found by looking at it.

use crate::files;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use wardian_format::CatalogTool;

/// Bytes of a first line that is looked at.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// What is to be materialized.
pub(super) enum Input {
    /// Folder of a graph.
    Graph(PathBuf),
    /// File of tools, one a line.
    Catalog(PathBuf),
    /// Description of an API, or an archive of descriptions.
    Document(PathBuf),
}

impl Input {
    /// A folder is a graph; a file is a catalogue where its first line is a tool, and else a description.
    pub(super) fn look(path: &Path) -> Result<Self> {
        let kind = path.metadata().with_context(|| format!("cannot read `{}`", path.display()))?;
        if kind.is_dir() {
            return if is_graph(path) { Ok(Self::Graph(path.to_owned())) } else { no_graph(path) };
        }
        // A file that cannot be unpacked is left to the importer, which says so.
        Ok(if starts_with_a_tool(path).unwrap_or(false) { Self::Catalog(path.to_owned()) } else { Self::Document(path.to_owned()) })
    }
}

fn is_graph(folder: &Path) -> bool {
    folder.join("domains.jsonl").is_file() && folder.join("tools.jsonl").is_file()
}

fn no_graph(folder: &Path) -> Result<Input> {
    let shown = folder.display();
    let inside = folder.join("graph");
    if is_graph(&inside) {
        bail!("`{shown}` is no graph, for it has no domains.jsonl and tools.jsonl; `{}` is one", inside.display());
    }
    bail!(
        "`{shown}` is no graph, for it has no domains.jsonl and tools.jsonl; of a folder with descriptions make a catalogue first: \
         `wardian catalog import {shown} -o catalog.jsonl`"
    )
}

/// Is the first line of the file a record of a catalogue? Looser records count where the name says that the file holds lines.
fn starts_with_a_tool(path: &Path) -> Result<bool> {
    let mut reader = BufReader::new(files::open(path)?).take(LINE_BYTES_MAX);
    let mut line = Vec::new();
    while line.trim_ascii().is_empty() {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(false);
        }
    }
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    let holds_lines = name.ends_with(".jsonl") || name.ends_with(".ndjson");
    let is_tool = serde_json::from_slice::<CatalogTool>(&line).is_ok();
    Ok(is_tool || holds_lines && wardian_catalog::store::read(line.as_slice(), "line").is_ok_and(|tools| !tools.is_empty()))
}
