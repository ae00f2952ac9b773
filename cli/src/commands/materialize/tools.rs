//! The tools of a graph, as the text that they are in: parsed when a domain needs them. As values they would take several times the room.

use crate::files;
use anyhow::{Context, Result};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use wardian_format::graph::Domain;
use wardian_format::jsonl::LineError;
use wardian_format::{CatalogTool, Digest};
use wardian_materialize::Siblings;

/// Tools that are held as values at one time while the file is looked through.
const WINDOW_TOOLS: usize = 4_096;

/// The tools of a graph.
pub(super) struct Tools {
    name: String,
    text: Vec<u8>,
    /// Where each tool lies in the text, and its line, from 1.
    lines: Vec<(Range<usize>, usize)>,
    by_id: BTreeMap<String, usize>,
    siblings: Siblings,
}

/// The tools of a domain and those that explain them, with a digest of all that follows from.
pub(super) struct Around {
    pub(super) tools: Vec<CatalogTool>,
    pub(super) input: Digest,
}

impl Tools {
    /// Reads `tools.jsonl` of a graph. The first line that is no tool is the error.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut text = Vec::new();
        files::open(path)?.read_to_end(&mut text).with_context(|| format!("cannot read `{}`", path.display()))?;
        let mut lines = Vec::new();
        let mut start = 0;
        for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
            if !line.trim_ascii().is_empty() {
                lines.push((start..start + line.len(), number + 1));
            }
            start += line.len() + 1;
        }
        let mut tools = Self { name: path.display().to_string(), text, lines, by_id: BTreeMap::new(), siblings: Siblings::default() };
        for first in (0..tools.lines.len()).step_by(WINDOW_TOOLS) {
            let last = tools.lines.len().min(first + WINDOW_TOOLS);
            let window: Vec<CatalogTool> = (first..last).into_par_iter().map(|i| tools.tool(i)).collect::<Result<_, _>>()?;
            for (i, tool) in (first..last).zip(window) {
                tools.siblings.add(i, &tool);
                tools.by_id.insert(tool.id, i);
            }
        }
        Ok(tools)
    }

    fn tool(&self, index: usize) -> Result<CatalogTool, LineError> {
        let (range, line) = &self.lines[index];
        let parsed = serde_json::from_slice(&self.text[range.clone()]);
        parsed.map_err(|error| LineError::new(&self.name, *line as u64, error.to_string()))
    }

    /// The tools that are in none of `domains`.
    pub(super) fn outside(&self, domains: &[Domain]) -> Result<Vec<CatalogTool>> {
        let inside: BTreeSet<&String> = domains.iter().flat_map(|domain| &domain.tools).collect();
        self.by_id.iter().filter(|(id, _)| !inside.contains(id)).map(|(_, i)| Ok(self.tool(*i)?)).collect()
    }

    /// The tools of `domain`, and those that explain them.
    pub(super) fn around(&self, domain: &Domain) -> Result<Around> {
        let find = |id: &String| {
            let found = self.by_id.get(id).copied();
            found.with_context(|| format!("domain `{}` names tool `{id}`, which is not in `{}`", domain.name, self.name))
        };
        let own: Vec<usize> = domain.tools.iter().map(find).collect::<Result<_>>()?;
        let mut tools: Vec<CatalogTool> = own.iter().map(|i| self.tool(*i)).collect::<Result<_, _>>()?;
        let others = self.siblings.of(&tools.iter().collect::<Vec<_>>());
        let others: Vec<usize> = others.into_iter().filter(|i| !own.contains(i)).collect();
        for i in &others {
            tools.push(self.tool(*i)?);
        }
        let mut bytes = serde_json::to_vec(domain)?;
        for i in own.iter().chain(&others) {
            bytes.push(b'\n');
            bytes.extend_from_slice(&self.text[self.lines[*i].0.clone()]);
        }
        Ok(Around { tools, input: Digest::of(&bytes) })
    }
}
