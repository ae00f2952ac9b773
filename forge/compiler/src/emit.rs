//! From the intermediate representation to a WebAssembly component: one for a whole pack, or one for a tool.
//!
//! A core module with the code of `module` is wrapped by wit-component. Equal input gives equal bytes.

mod body;
mod helpers;
mod layout;
mod module;

use crate::ir::ToolIr;
use wardian_format::ToolSpec;
use wit_component::{ComponentEncoder, StringEncoding, WitPrinter, embed_component_metadata};
use wit_parser::{Docs, Function, PackageId, Resolve, WorldId, WorldItem, WorldKey};

/// The published contract, `wit/state.wit`.
const CONTRACT: &str = include_str!("../../../wit/state.wit");

/// Makes components. Reading the contract costs more than a component does: make one emitter and keep it.
pub struct Emitter {
    resolve: Resolve,
    package: PackageId,
    world: WorldId,
    /// The export of the world `tool`, which every tool's export is like.
    call: Function,
}

/// A component could not be made. For programs of this compiler that is a defect of the compiler.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a component of {tools} tools: {message}")]
pub struct EmitError {
    tools: usize,
    message: String,
}

/// Is the finished component checked?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// Yes: for tests.
    Checked,
    /// No: the runtime admits and validates every component anyway.
    Trusted,
}

impl Default for Emitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Emitter {
    /// Reads the contract.
    pub fn new() -> Self {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("state.wit", CONTRACT).expect("the published contract is WIT");
        let world = resolve.select_world(&[package], Some("tool")).expect("the contract has a world `tool`");
        let exports = &resolve.worlds[world].exports;
        let Some(WorldItem::Function(call)) = exports.get(&WorldKey::Name("call".to_owned())) else {
            unreachable!("the world `tool` exports `call`");
        };
        let call = call.clone();
        Self { resolve, package, world, call }
    }

    /// The component that exports `tools`, each under its export name.
    pub fn component(&self, tools: &[ToolIr], validation: Validation) -> Result<Vec<u8>, EmitError> {
        let failed = |message: String| EmitError { tools: tools.len(), message };
        let mut core = module::core_module(tools);
        let resolve = self.world_of(tools.iter().map(|tool| (tool.export.as_str(), Docs::default())), None);
        embed_component_metadata(&mut core, &resolve, self.world, StringEncoding::UTF8).map_err(|e| failed(format!("{e:#}")))?;
        let encoder = ComponentEncoder::default().module(&core).map_err(|e| failed(format!("{e:#}")))?;
        encoder.validate(validation == Validation::Checked).encode().map_err(|e| failed(format!("{e:#}")))
    }

    /// The world of a pack called `name` as WIT text, with the contract it stands on. Each export carries its
    /// tool's description and schema.
    pub fn wit(&self, name: &str, tools: &[ToolSpec]) -> Result<String, EmitError> {
        let exports = tools.iter().map(|tool| (tool.export.as_str(), docs(tool)));
        let resolve = self.world_of(exports, Some(wardian_format::names::kebab(name)));
        let mut printer = WitPrinter::default();
        let printed = printer.print(&resolve, self.package, &[]);
        printed.map_err(|e| EmitError { tools: tools.len(), message: format!("{e:#}") })?;
        Ok(printer.output.to_string())
    }

    /// The contract with the exports of its world `tool` replaced.
    fn world_of<'e>(&self, exports: impl Iterator<Item = (&'e str, Docs)>, name: Option<String>) -> Resolve {
        let mut resolve = self.resolve.clone();
        let world = &mut resolve.worlds[self.world];
        world.exports.clear();
        for (export, docs) in exports {
            let function = Function { name: export.to_owned(), docs, ..self.call.clone() };
            world.exports.insert(WorldKey::Name(export.to_owned()), WorldItem::Function(function));
        }
        if let Some(name) = name {
            world.docs = Docs { contents: Some(format!("The tools of the pack `{name}`.")) };
            // `tool` is the world of the contract itself; a pack of that name keeps it.
            let old = std::mem::replace(&mut world.name, name.clone());
            let package = &mut resolve.packages[self.package];
            if let Some(id) = package.worlds.shift_remove(&old) {
                package.worlds.insert(name, id);
            }
        }
        resolve
    }
}

fn docs(tool: &ToolSpec) -> Docs {
    let schema = wardian_format::json::canonical(&tool.parameters).unwrap_or_default();
    let contents = format!("{}\n\nArguments: {schema}", tool.description);
    Docs { contents: Some(contents.trim().to_owned()) }
}
