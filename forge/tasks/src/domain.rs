//! A pack as the generator sees it: the agent's tools, what their parameters mean, what their results yield.

use std::sync::Arc;

use wardian_env::{LoadedPack, Schema, Table};
use wardian_format::pack::{Effect, ParamRef, RefKind, Role, ToolSpec, Yield};

/// A pack and its agent tools.
pub(crate) struct Domain<'a> {
    pub(crate) pack: &'a Arc<LoadedPack>,
    pub(crate) tools: Vec<&'a ToolSpec>,
}

impl<'a> Domain<'a> {
    pub(crate) fn new(pack: &'a Arc<LoadedPack>) -> Self {
        Self { pack, tools: pack.manifest().tools_of(Role::Agent).collect() }
    }

    pub(crate) fn tool(&self, name: &str) -> Option<&'a ToolSpec> {
        self.tools.iter().find(|tool| tool.name == name).copied()
    }

    pub(crate) fn schema(&self) -> &'a Schema {
        self.pack.schema()
    }

    pub(crate) fn table(&self, name: &str) -> Option<&'a Table> {
        self.schema().tables.iter().find(|table| table.name == name)
    }

    /// Read tools whose results hold values of `table.column`.
    pub(crate) fn producers(&self, table: &str, column: &str) -> Vec<&'a ToolSpec> {
        let yields = |tool: &&&ToolSpec| tool.effect == Effect::Read && tool.yields.iter().any(|y| y.table == table && y.column == column);
        self.tools.iter().filter(yields).copied().collect()
    }

    /// True where a result of `from` can feed an argument of `to`.
    pub(crate) fn feeds(from: &ToolSpec, to: &ToolSpec) -> bool {
        existing(to).any(|r| from.yields.iter().any(|y| same_key(y, r)))
    }
}

/// References of `tool` to values that must exist.
pub(crate) fn existing(tool: &ToolSpec) -> impl Iterator<Item = &ParamRef> {
    tool.refs.iter().filter(|r| r.kind == RefKind::Existing)
}

/// True where `y` holds values that `r` asks for.
pub(crate) fn same_key(y: &Yield, r: &ParamRef) -> bool {
    y.table == r.table && y.column == r.column
}
