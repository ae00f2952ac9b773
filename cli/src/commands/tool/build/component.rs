//! Components of guests: the world that a guest is built for, and the component around a core module.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The published contract.
pub(super) const STATE_WIT: &str = include_str!("../../../../../wit/state.wit");

/// How the SDK marks a core export as a tool, before the tool's name.
const TOOL_MARK: &str = "tool:";

/// How the SDK marks what frees a tool's answer.
const POST_MARK: &str = "post:";

/// The name of the worlds that [`world`] writes.
pub(super) const WORLD: &str = "guest-tools";

/// A world, as WIT text, that imports the state and exports `tools`.
pub(super) fn world<'t>(tools: impl IntoIterator<Item = &'t str>) -> String {
    let state = "wardian:env/state@0.1.0";
    let export = |tool: &str| {
        // `%` keeps a tool called `list` or `use` from being read as a word of WIT.
        let name = wardian_format::names::kebab(tool);
        format!("  export %{name}: func(db: borrow<database>, args: string) -> result<string, tool-error>;\n")
    };
    let exports: String = tools.into_iter().map(export).collect();
    format!("package wardian:guest;\n\nworld {WORLD} {{\n  import {state};\n  use {state}.{{database, tool-error}};\n{exports}}}\n")
}

/// The component around the core module `core` that the SDK made; gives the names of its tools as well.
pub(super) fn of_core(core: &[u8]) -> Result<(Vec<u8>, Vec<String>)> {
    let tools = tools_of(core)?;
    let mut module = renamed(core)?;
    let mut resolve = Resolve::default();
    resolve.push_str("state.wit", STATE_WIT).context("the contract is not WIT")?;
    let package = resolve.push_str("guest.wit", &world(tools.iter().map(String::as_str)))?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    Ok((component, tools))
}

/// The tools that `core` exports, in the order of their names.
fn tools_of(core: &[u8]) -> Result<Vec<String>> {
    let mut tools = BTreeMap::new();
    for payload in Parser::new(0).parse_all(core) {
        let Payload::ExportSection(exports) = payload? else { continue };
        for export in exports {
            if let Some(tool) = export?.name.strip_prefix(TOOL_MARK)
                && let Some(other) = tools.insert(wardian_format::names::kebab(tool), tool.to_owned())
            {
                bail!("the tools `{other}` and `{tool}` have the same export name");
            }
        }
    }
    if tools.is_empty() {
        bail!("the crate exports no tool; `wardian_guest::tools!` does that, and the crate type must be `cdylib`");
    }
    Ok(tools.into_values().collect())
}

/// `core` with the export names of the canonical ABI, and without custom sections: the encoder reads the world of the SDK's imports
/// in one of them, and all that it needs is in the world that is given to it.
fn renamed(core: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(core) {
        match payload? {
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports {
                    let export = export?;
                    section.export(&export_name(export.name), kind(export.kind)?, export.index);
                }
                module.section(&section);
            }
            Payload::CustomSection(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    module.section(&RawSection { id, data: &core[range] });
                }
            }
        }
    }
    Ok(module.finish())
}

fn export_name(name: &str) -> String {
    if let Some(tool) = name.strip_prefix(TOOL_MARK) {
        return wardian_format::names::kebab(tool);
    }
    match name.strip_prefix(POST_MARK) {
        Some(tool) => format!("cabi_post_{}", wardian_format::names::kebab(tool)),
        None => name.to_owned(),
    }
}

fn kind(kind: ExternalKind) -> Result<ExportKind> {
    Ok(match kind {
        ExternalKind::Func => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        other => bail!("the module exports {other:?}, which no guest needs"),
    })
}
