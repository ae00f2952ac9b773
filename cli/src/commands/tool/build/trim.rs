//! What others' tools make of scripts, made fit for packs: one flat component that imports the state, exports the tools, and
//! has nothing of WASI.
//!
//! componentize-qjs answers the imports of WASI with components of stubs around its own. They trap when called, and define the
//! resources of WASI, which a pack may not do: handles of them would be memory that no limit sees. Here the component inside is
//! taken out, and each function that it wants of WASI becomes a core function that traps. componentize-py makes
//! such a component by itself, which only has an export too many.
//!
//! And it gives handles back too late: its runtime drops a borrowed handle after the call has returned, and the contract asks for
//! it before. So the runtime's drop does nothing here, and the drop comes from a few instructions around each tool.
//!
//! Something takes the place of every type and instance that goes, so that their indices stay; the others are mapped.

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use wardian_format::pack::STATE_IMPORT;
use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CodeSection, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentTypeSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, InstanceSection, Instruction, Module, ModuleArg, ModuleSection, PrimitiveValType, RawSection,
    TypeSection, ValType,
};
use wasmparser::types::Types;
use wasmparser::{
    CanonicalFunction, Chunk, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentType, ComponentTypeRef, FuncType,
    Parser, Payload, Validator,
};

/// The sections that hold something whole.
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;

/// Core modules that come before all others: the one that traps, and the one around the tools.
const OWN_MODULES: u32 = 2;
const AROUND_MODULE: u32 = 1;

/// What drops a handle, and what does not.
const DROP: &str = "drop";
const NOTHING: &str = "nothing";

/// Length of a component's header, bytes.
const HEADER_BYTES: usize = 8;

/// When does the runtime of a language drop the handle that a call has borrowed?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drops {
    /// Before the call returns.
    InTime,
    /// Afterwards; somebody else must.
    Late,
}

/// What is inside of `component`, with the functions `exports` as its only exports, and its state as its only import.
///
/// # Errors
/// When it is of another form than the pinned versions of the tools make.
pub(super) fn trim(component: &[u8], exports: &[String], drops: Drops) -> Result<Vec<u8>> {
    let inside = innermost(component)?;
    let types = Validator::new().validate_all(inside).context("the component inside cannot stand alone")?;
    let mut flat = Flat::new(&types, exports, drops, unwanted_types(inside)?);
    for part in parts(inside)? {
        flat.part(&part)?;
    }
    let out = flat.finish();
    Validator::new().validate_all(&out).context("it is of another form than this version of Wardian knows")?;
    Ok(out)
}

/// One section; what is nested in it is not read.
struct Part<'c> {
    payload: Payload<'c>,
    id: u8,
    bytes: &'c [u8],
}

/// The sections of a component, in order.
fn parts(bytes: &[u8]) -> Result<Vec<Part<'_>>> {
    let mut out = Vec::new();
    let mut parser = Parser::new(0);
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).context("it ends early")?;
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else { bail!("it ends early") };
        at += consumed;
        let (id, range) = match &payload {
            Payload::End(_) => return Ok(out),
            Payload::ModuleSection { unchecked_range, .. } => (CORE_MODULE, unchecked_range.clone()),
            Payload::ComponentSection { unchecked_range, .. } => (COMPONENT, unchecked_range.clone()),
            other => match other.as_section() {
                Some(section) => section,
                None => continue,
            },
        };
        // The parser goes on behind what is nested; so must its input.
        at = at.max(range.end);
        out.push(Part { payload, id, bytes: bytes.get(range).context("it ends early")? });
    }
}

/// The component that has core modules of its own: `component`, or the largest one inside of it.
fn innermost(component: &[u8]) -> Result<&[u8]> {
    let mut component = component;
    loop {
        let parts = parts(component)?;
        if parts.iter().any(|part| part.id == CORE_MODULE && matches!(part.payload, Payload::ModuleSection { .. })) {
            return Ok(component);
        }
        let nested = parts.iter().filter(|part| matches!(part.payload, Payload::ComponentSection { .. }));
        component = nested.map(|part| part.bytes).max_by_key(|bytes| bytes.len()).context("there is no core module in it")?;
    }
}

/// The types of imported instances that go.
fn unwanted_types(component: &[u8]) -> Result<BTreeSet<u32>> {
    let mut out = BTreeSet::new();
    for part in parts(component)? {
        let Payload::ComponentImportSection(imports) = part.payload else { continue };
        for import in imports {
            let import = import?;
            if let (ComponentTypeRef::Instance(ty), false) = (import.ty, import.name.name == STATE_IMPORT) {
                out.insert(ty);
            }
        }
    }
    Ok(out)
}

/// A component on its way.
struct Flat<'c> {
    /// What validation found out of the component as it was.
    types: &'c Types,
    exports: &'c [String],
    drops: Drops,
    /// Types that go, and how many there were so far.
    unwanted: BTreeSet<u32>,
    type_count: u32,
    /// For each instance so far: does it go?
    instances: Vec<bool>,
    /// For each function so far: its new index, unless it goes.
    functions: Vec<Option<u32>>,
    kept_functions: u32,
    /// New indices of the core functions and core instances so far.
    core_functions: Vec<u32>,
    core_instances: Vec<u32>,
    /// How many there are now.
    core_function_count: u32,
    core_instance_count: u32,
    /// The core function that drops a handle to the database, by its new index.
    drop: Option<u32>,
    /// The core functions of tools by their old indices: which tool, and the core instance that exports it.
    tools: BTreeMap<u32, (usize, u32)>,
    /// The first of the functions around the tools, in their order.
    around: Option<u32>,
    /// Signatures of the functions that trap.
    traps: Vec<FuncType>,
    out: Component,
}

/// The indices that move.
impl Reencode for Flat<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        Ok(self.core_functions.get(function as usize).copied().unwrap_or(u32::MAX))
    }
}

impl ReencodeComponent for Flat<'_> {
    fn module_index(&mut self, module: u32) -> u32 {
        module + OWN_MODULES
    }

    fn instance_index(&mut self, instance: u32) -> u32 {
        self.core_instances.get(instance as usize).copied().unwrap_or(u32::MAX)
    }

    fn component_func_index(&mut self, function: u32) -> u32 {
        // What goes is used by nothing that stays; validation has the last word.
        self.functions.get(function as usize).copied().flatten().unwrap_or(u32::MAX)
    }
}

impl<'c> Flat<'c> {
    fn new(types: &'c Types, exports: &'c [String], drops: Drops, unwanted: BTreeSet<u32>) -> Self {
        Self {
            types,
            exports,
            drops,
            unwanted,
            type_count: 0,
            instances: Vec::new(),
            functions: Vec::new(),
            kept_functions: 0,
            core_functions: Vec::new(),
            core_instances: Vec::new(),
            core_function_count: 0,
            // The one that traps comes first.
            core_instance_count: 1,
            drop: None,
            tools: BTreeMap::new(),
            around: None,
            traps: Vec::new(),
            out: Component::new(),
        }
    }

    fn part(&mut self, part: &Part<'_>) -> Result<()> {
        match &part.payload {
            Payload::CustomSection(_) => {}
            Payload::ComponentImportSection(imports) => imports.clone().into_iter().try_for_each(|import| self.import(import?))?,
            Payload::ComponentTypeSection(types) => types.clone().into_iter().try_for_each(|ty| self.ty(ty?))?,
            Payload::ComponentAliasSection(aliases) => aliases.clone().into_iter().try_for_each(|alias| self.alias(alias?))?,
            Payload::ComponentCanonicalSection(functions) => functions.clone().into_iter().try_for_each(|f| self.canonical(f?))?,
            Payload::ComponentExportSection(exports) => exports.clone().into_iter().try_for_each(|export| self.export(&export?))?,
            Payload::ComponentInstanceSection(instances) => {
                let mut section = ComponentInstanceSection::new();
                self.instances.extend((0..instances.count()).map(|_| false));
                self.parse_component_instance_section(&mut section, instances.clone())?;
                self.out.section(&section);
            }
            Payload::InstanceSection(instances) => {
                let mut section = InstanceSection::new();
                for instance in instances.clone() {
                    self.parse_instance(&mut section, instance?)?;
                    self.core_instances.push(self.core_instance_count);
                    self.core_instance_count += 1;
                }
                self.out.section(&section);
            }
            _ => {
                self.out.section(&RawSection { id: part.id, data: part.bytes });
            }
        }
        Ok(())
    }

    /// An import; an empty instance takes the place of one that goes.
    fn import(&mut self, import: wasmparser::ComponentImport<'_>) -> Result<()> {
        let goes = matches!(import.ty, ComponentTypeRef::Instance(ty) if self.unwanted.contains(&ty));
        match import.ty {
            ComponentTypeRef::Instance(_) => self.instances.push(goes),
            ComponentTypeRef::Type(_) => self.type_count += 1,
            other => bail!("it imports a {other:?}"),
        }
        if goes {
            let nothing: [(&str, ComponentExportKind, u32); 0] = [];
            let mut section = ComponentInstanceSection::new();
            section.export_items(nothing);
            self.out.section(&section);
            return Ok(());
        }
        let mut section = ComponentImportSection::new();
        let ty = self.component_type_ref(import.ty)?;
        section.import(import.name.name, ty);
        self.out.section(&section);
        Ok(())
    }

    fn ty(&mut self, ty: ComponentType<'_>) -> Result<()> {
        if self.unwanted.contains(&self.type_count) {
            self.no_type();
            return Ok(());
        }
        let mut section = ComponentTypeSection::new();
        self.parse_component_type(section.ty(), ty)?;
        self.out.section(&section);
        self.type_count += 1;
        Ok(())
    }

    /// Something in the place of a type that goes.
    fn no_type(&mut self) {
        let mut section = ComponentTypeSection::new();
        section.ty().defined_type().primitive(PrimitiveValType::U32);
        self.out.section(&section);
        self.unwanted.insert(self.type_count);
        self.type_count += 1;
    }

    fn alias(&mut self, alias: ComponentAlias<'_>) -> Result<()> {
        match alias {
            ComponentAlias::InstanceExport { kind, instance_index, .. } => {
                let goes = self.instances.get(instance_index as usize).copied().unwrap_or(true);
                match kind {
                    ComponentExternalKind::Func => self.function(!goes),
                    ComponentExternalKind::Type if goes => {
                        self.no_type();
                        return Ok(());
                    }
                    ComponentExternalKind::Type => self.type_count += 1,
                    ComponentExternalKind::Instance => self.instances.push(goes),
                    other => bail!("it uses a {other:?} of an instance"),
                }
                if goes {
                    return Ok(());
                }
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => self.type_count += 1,
            ComponentAlias::CoreInstanceExport { kind: wasmparser::ExternalKind::Func, instance_index, name } => {
                if let Some(tool) = self.exports.iter().position(|export| export == name) {
                    self.tools.insert(self.core_functions.len() as u32, (tool, instance_index));
                }
                self.core_function();
            }
            _ => {}
        }
        let mut section = ComponentAliasSection::new();
        let alias = self.component_alias(alias)?;
        section.alias(alias);
        self.out.section(&section);
        Ok(())
    }

    fn canonical(&mut self, function: CanonicalFunction) -> Result<()> {
        let goes = match function {
            CanonicalFunction::Lift { core_func_index, type_index, options } => return self.lift(core_func_index, type_index, options),
            CanonicalFunction::Lower { func_index, .. } => self.functions.get(func_index as usize).copied().flatten().is_none(),
            CanonicalFunction::ResourceDrop { resource } => self.unwanted.contains(&resource),
            ref other => bail!("it has a canonical function {other:?}"),
        };
        match function {
            _ if goes => self.stand_in(),
            CanonicalFunction::ResourceDrop { .. } if self.drops == Drops::Late => {
                self.keep_canonical(function)?;
                self.drop = Some(self.core_function_count);
                self.core_function_count += 1;
                self.alias_core(0, NOTHING);
            }
            function => self.keep_canonical(function)?,
        }
        self.core_function();
        Ok(())
    }

    /// A lifted function; that of a tool is lifted from what is around it.
    fn lift(&mut self, core_func_index: u32, type_index: u32, options: Box<[wasmparser::CanonicalOption]>) -> Result<()> {
        self.function(true);
        let old = self.core_functions.get(core_func_index as usize).copied();
        if let (Drops::Late, Some(&(tool, instance))) = (self.drops, self.tools.get(&core_func_index)) {
            let first = match self.around {
                Some(first) => first,
                None => self.surround(instance)?,
            };
            // The function is known by another index while it is lifted.
            self.core_functions[core_func_index as usize] = first + tool as u32;
        }
        self.keep_canonical(CanonicalFunction::Lift { core_func_index, type_index, options })?;
        if let (Some(old), Some(index)) = (old, self.core_functions.get_mut(core_func_index as usize)) {
            *index = old;
        }
        Ok(())
    }

    /// Makes the functions around all tools, which `instance` exports; gives the index of the first.
    fn surround(&mut self, instance: u32) -> Result<u32> {
        let drop = self.drop.context("it never drops a handle")?;
        let instance = self.instance_index(instance);
        let first_tool = self.core_function_count;
        for tool in self.exports {
            self.alias_core(instance, tool);
        }
        let names: Vec<String> = (0..self.exports.len()).map(|i| i.to_string()).collect();
        let mut inside: Vec<(&str, ExportKind, u32)> =
            names.iter().zip(first_tool..).map(|(name, index)| (name.as_str(), ExportKind::Func, index)).collect();
        inside.push((DROP, ExportKind::Func, drop));
        let mut section = InstanceSection::new();
        section.export_items(inside);
        section.instantiate(AROUND_MODULE, [("", ModuleArg::Instance(self.core_instance_count))]);
        self.out.section(&section);
        let around = self.core_instance_count + 1;
        self.core_instance_count += 2;
        let first = first_tool + names.len() as u32;
        for name in &names {
            self.alias_core(around, name);
        }
        self.core_function_count = first + names.len() as u32;
        self.around = Some(first);
        Ok(first)
    }

    fn alias_core(&mut self, instance: u32, name: &str) {
        let mut section = ComponentAliasSection::new();
        section.alias(Alias::CoreInstanceExport { instance, kind: ExportKind::Func, name });
        self.out.section(&section);
    }

    /// Counts a core function that was there before.
    fn core_function(&mut self) {
        self.core_functions.push(self.core_function_count);
        self.core_function_count += 1;
    }

    fn keep_canonical(&mut self, function: CanonicalFunction) -> Result<()> {
        let mut section = CanonicalFunctionSection::new();
        self.parse_component_canonical(&mut section, function)?;
        self.out.section(&section);
        Ok(())
    }

    /// A core function of the same signature that traps, in the place of one that goes.
    fn stand_in(&mut self) {
        let signature = self.types[self.types.as_ref().core_function_at(self.core_functions.len() as u32)].unwrap_func().clone();
        let index = self.traps.iter().position(|known| *known == signature).unwrap_or_else(|| {
            self.traps.push(signature);
            self.traps.len() - 1
        });
        self.alias_core(0, &index.to_string());
    }

    /// An export is also a new name for what it exports.
    fn export(&mut self, export: &wasmparser::ComponentExport<'_>) -> Result<()> {
        match export.kind {
            ComponentExternalKind::Func => {}
            ComponentExternalKind::Instance => {
                // Nothing that follows uses it, or validation finds that out.
                self.instances.push(true);
                return Ok(());
            }
            other => bail!("it exports a {other:?}"),
        }
        let is_tool = self.exports.iter().any(|name| name == export.name.name);
        if is_tool {
            let mut section = ComponentExportSection::new();
            section.export(export.name.name, ComponentExportKind::Func, self.component_func_index(export.index), None);
            self.out.section(&section);
        }
        self.function(is_tool);
        Ok(())
    }

    /// Counts a function.
    fn function(&mut self, stays: bool) {
        self.functions.push(stays.then_some(self.kept_functions));
        self.kept_functions += u32::from(stays);
    }

    /// The whole: what traps, and then the rest.
    fn finish(self) -> Vec<u8> {
        let mut out = Component::new();
        out.section(&ModuleSection(&trapping(&self.traps)));
        out.section(&ModuleSection(&around(self.exports.len() as u32)));
        let mut instances = InstanceSection::new();
        let nothing: [(&str, ModuleArg); 0] = [];
        instances.instantiate(0, nothing);
        out.section(&instances);
        let mut out = out.finish();
        out.extend_from_slice(&self.out.finish()[HEADER_BYTES..]);
        out
    }
}

/// A core module whose exports `0`, `1` and so on have `signatures` and trap, and one that does nothing with a handle.
fn trapping(signatures: &[FuncType]) -> Module {
    let (mut types, mut functions, mut exports, mut code) =
        (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
    for (index, signature) in (0..).zip(signatures) {
        let value = |ty: &wasmparser::ValType| ValType::try_from(*ty).expect("a lowered function has plain numbers");
        types.ty().function(signature.params().iter().map(value), signature.results().iter().map(value));
        functions.function(index);
        exports.export(&index.to_string(), ExportKind::Func, index);
        code.function(&body(&[Instruction::Unreachable]));
    }
    let nothing = signatures.len() as u32;
    types.ty().function([ValType::I32], []);
    functions.function(nothing);
    exports.export(NOTHING, ExportKind::Func, nothing);
    code.function(&body(&[]));
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code);
    module
}

/// A core module that imports `count` tools and exports as many, each of which calls its own and then drops the handle.
fn around(count: u32) -> Module {
    let (mut types, mut imports, mut functions) = (TypeSection::new(), ImportSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    // A tool as it lies in a core module: the handle, address and length of the arguments; the address of the answer.
    types.ty().function([ValType::I32; 3], [ValType::I32]);
    types.ty().function([ValType::I32], []);
    for tool in 0..count {
        imports.import("", &tool.to_string(), EntityType::Function(0));
    }
    imports.import("", DROP, EntityType::Function(1));
    for tool in 0..count {
        functions.function(0);
        exports.export(&tool.to_string(), ExportKind::Func, count + 1 + tool);
        let locals = [Instruction::LocalGet(0), Instruction::LocalGet(1), Instruction::LocalGet(2)];
        let calls = [Instruction::Call(tool), Instruction::LocalGet(0), Instruction::Call(count)];
        code.function(&body(&[&locals[..], &calls[..]].concat()));
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    module
}

/// A function of `instructions`, without locals.
fn body(instructions: &[Instruction<'_>]) -> Function {
    let mut body = Function::new([]);
    for instruction in instructions {
        body.instruction(instruction);
    }
    body.instruction(&Instruction::End);
    body
}
