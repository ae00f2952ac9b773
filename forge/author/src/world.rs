//! A world under work: sources, and what is known of them that the sources do not say.

use crate::calls::Calls;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wardian_compiler::Sources;
use wardian_materialize::Relation;

/// One row, as it is written.
pub(crate) type Row = Map<String, Value>;

/// The path of the schema.
pub(crate) const SCHEMA: &str = "schema.sql";
/// The path of the rules' tools.
pub(crate) const TOOLS: &str = "tools.sql";
/// The path of the policy.
pub(crate) const POLICY: &str = "policy.md";

/// A world.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) sources: Sources,
    /// Relations that the model found: the rules' checks must know them.
    pub(crate) relations: Vec<Relation>,
    /// The tools that the model wrote, with their calls.
    pub(crate) written: BTreeMap<String, Calls>,
}

impl World {
    /// The rows of `table`.
    pub(crate) fn rows(&self, table: &str) -> Vec<Row> {
        let text = self.sources.get(&path_of(table)).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Sets the rows of `table`.
    pub(crate) fn set_rows(&mut self, table: &str, rows: Vec<Row>) {
        let lines: String = rows.into_iter().map(|row| Value::Object(row).to_string() + "\n").collect();
        if !lines.is_empty() {
            self.sources.insert(path_of(table), lines);
        }
    }

    /// The text of a file, empty where there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.sources.get(path).unwrap_or_default()
    }

    /// The text of the tool `name`, and the path of its file.
    pub(crate) fn tool(&self, name: &str) -> Option<(String, &str)> {
        self.sources.tool_paths().find_map(|path| Some((path.to_owned(), crate::sql::section(self.sources.get(path)?, name)?)))
    }

    /// Numbers of rows by table.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let table = |path: &str| path.strip_prefix("data/")?.strip_suffix(".jsonl").map(str::to_owned);
        let with_rows: BTreeMap<String, usize> =
            self.sources.texts.iter().filter_map(|(path, text)| Some((table(path)?, text.lines().count()))).collect();
        with_rows
    }
}

fn path_of(table: &str) -> String {
    format!("data/{table}.jsonl")
}
