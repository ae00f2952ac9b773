//! The core module: imports, helpers, and two functions a tool.

use super::body;
use super::helpers;
use super::layout::{ARGS, Layout, RET, TEXT};
use crate::ir::ToolIr;
use wardian_format::pack::STATE_IMPORT;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, InstructionSink, MemArg, MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// Indices of functions. Imports come first.
pub(super) mod func {
    pub(in crate::emit) const QUERY: u32 = 0;
    pub(in crate::emit) const EXECUTE: u32 = 1;
    pub(in crate::emit) const DROP: u32 = 2;
    pub(in crate::emit) const REALLOC: u32 = 3;
    pub(in crate::emit) const POST_RETURN: u32 = 4;
    pub(in crate::emit) const RUN_QUERY: u32 = 5;
    pub(in crate::emit) const RUN_EXECUTE: u32 = 6;
    pub(in crate::emit) const CELL: u32 = 7;
    pub(in crate::emit) const COPY: u32 = 8;
    pub(in crate::emit) const FAIL: u32 = 9;
    pub(in crate::emit) const FAIL_ERROR: u32 = 10;
    pub(in crate::emit) const FAIL_CODED: u32 = 11;
    pub(in crate::emit) const FINISH: u32 = 12;
    /// The first of the tools: body, then export.
    pub(in crate::emit) const TOOLS: u32 = 13;
}

/// Indices of types.
pub(super) mod ty {
    pub(in crate::emit) const STATEMENT: u32 = 0;
    pub(in crate::emit) const REALLOC: u32 = 1;
    pub(in crate::emit) const TOOL: u32 = 2;
    pub(in crate::emit) const I_: u32 = 3;
    pub(in crate::emit) const BODY: u32 = 4;
    pub(in crate::emit) const RUN: u32 = 5;
    pub(in crate::emit) const RUN_EXECUTE: u32 = 6;
    pub(in crate::emit) const II_I: u32 = 7;
    pub(in crate::emit) const II_: u32 = 8;
    pub(in crate::emit) const III_: u32 = 9;
}

/// Indices of globals: the top of the heap, and the borrowed handle of the call.
pub(super) const HEAP: u32 = 0;
pub(super) const DATABASE: u32 = 1;

/// A memory access of `1 << align` bytes at `offset`.
pub(super) fn at(offset: u64, align: u32) -> MemArg {
    MemArg { offset, align, memory_index: 0 }
}

/// The core module for `tools`.
pub(super) fn core_module(tools: &[ToolIr]) -> Vec<u8> {
    let mut layout = Layout::new(tools);
    let mut code = CodeSection::new();
    // The bodies come first here, since the address of the heap depends on their texts.
    let bodies: Vec<Function> = tools.iter().map(|tool| body::function(tool, &mut layout)).collect();
    for helper in helpers::functions(layout.heap()) {
        code.function(&helper);
    }
    for (i, body) in bodies.iter().enumerate() {
        code.function(body);
        code.function(&export(func::TOOLS + 2 * i as u32));
    }
    let mut module = Module::new();
    module.section(&types()).section(&imports()).section(&functions(tools.len()));
    module.section(&memory(layout.heap())).section(&globals(layout.heap())).section(&exports(tools)).section(&code);
    let (address, bytes) = layout.data();
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(address as i32), bytes.iter().copied());
    module.section(&data);
    module.finish()
}

/// The exported function: keeps the arguments, runs the body, and gives the borrowed handle back. A body only
/// returns or traps, so the handle is dropped on every path that comes back.
fn export(body: u32) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(0).global_set(DATABASE);
    code.i32_const(ARGS as i32).i32_const(TEXT).i32_store8(at(0, 0));
    code.i32_const(ARGS as i32).local_get(1).i32_store(at(8, 2));
    code.i32_const(ARGS as i32).local_get(2).i32_store(at(12, 2));
    code.call(body).local_get(0).call(func::DROP).i32_const(RET as i32).end();
    function
}

fn types() -> TypeSection {
    const I: ValType = ValType::I32;
    let mut types = TypeSection::new();
    types.ty().function([I; 6], []);
    types.ty().function([I; 4], [I]);
    types.ty().function([I; 3], [I]);
    types.ty().function([I], []);
    types.ty().function([], []);
    types.ty().function([I; 5], [I]);
    types.ty().function([I; 4], [I]);
    types.ty().function([I; 2], [I]);
    types.ty().function([I; 2], []);
    types.ty().function([I; 3], []);
    types
}

fn imports() -> ImportSection {
    let mut imports = ImportSection::new();
    imports.import(STATE_IMPORT, "[method]database.cells", EntityType::Function(ty::STATEMENT));
    imports.import(STATE_IMPORT, "[method]database.execute", EntityType::Function(ty::STATEMENT));
    imports.import(STATE_IMPORT, "[resource-drop]database", EntityType::Function(ty::I_));
    imports
}

fn functions(tools: usize) -> FunctionSection {
    let mut functions = FunctionSection::new();
    functions.function(ty::REALLOC).function(ty::I_).function(ty::RUN).function(ty::RUN_EXECUTE);
    functions.function(ty::II_I).function(ty::II_).function(ty::III_).function(ty::I_).function(ty::I_).function(ty::II_);
    for _ in 0..tools {
        functions.function(ty::BODY).function(ty::TOOL);
    }
    functions
}

fn memory(heap: u32) -> MemorySection {
    let mut memory = MemorySection::new();
    let minimum = u64::from(heap / 65_536) + 1;
    memory.memory(MemoryType { minimum, maximum: None, memory64: false, shared: false, page_size_log2: None });
    memory
}

fn globals(heap: u32) -> GlobalSection {
    let mut globals = GlobalSection::new();
    let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(ty, &ConstExpr::i32_const(heap as i32));
    globals.global(ty, &ConstExpr::i32_const(0));
    globals
}

fn exports(tools: &[ToolIr]) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("cabi_realloc", ExportKind::Func, func::REALLOC);
    for (i, tool) in tools.iter().enumerate() {
        exports.export(&tool.export, ExportKind::Func, func::TOOLS + 2 * i as u32 + 1);
        exports.export(&format!("cabi_post_{}", tool.export), ExportKind::Func, func::POST_RETURN);
    }
    exports
}

/// Shorthand used by the other modules: the sink of a function under construction.
pub(super) type Code<'a> = InstructionSink<'a>;
