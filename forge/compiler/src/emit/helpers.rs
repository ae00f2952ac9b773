//! The functions that all tools of a module share.

use super::layout::{CONSTRAINT, EXEC, NULL, RET, ROWS, TEXT, VALUE_SIZE, VALUES, VALUES_LEN};
use super::module::{DATABASE, HEAP, at, func};
use wardian_format::ToolErrorCode;
use wasm_encoder::{BlockType, Function, ValType};

/// The helpers, in the order of [`func`].
pub(super) fn functions(heap: u32) -> [Function; 10] {
    [realloc(), post_return(heap), run_query(), run_execute(), cell(), copy(), fail(), fail_error(), fail_coded(), finish()]
}

/// `cabi_realloc(old, old_size, align, new_size) -> pointer`: takes from the top of the heap and never frees.
fn realloc() -> Function {
    let (old, old_size, align, new_size, pointer, end) = (0, 1, 2, 3, 4, 5);
    let mut function = Function::new([(1, ValType::I32), (1, ValType::I64)]);
    let mut code = function.instructions();
    code.global_get(HEAP).local_get(align).i32_add().i32_const(1).i32_sub();
    code.i32_const(0).local_get(align).i32_sub().i32_and().local_set(pointer);
    // In 64 bits, so that a size near 4 GiB does not wrap around.
    code.local_get(pointer).i64_extend_i32_u().local_get(new_size).i64_extend_i32_u().i64_add().local_set(end);
    code.local_get(end).memory_size(0).i64_extend_i32_u().i64_const(16).i64_shl().i64_gt_u().if_(BlockType::Empty);
    code.local_get(end).memory_size(0).i64_extend_i32_u().i64_const(16).i64_shl().i64_sub();
    code.i64_const(65_535).i64_add().i64_const(16).i64_shr_u().i32_wrap_i64();
    code.memory_grow(0).i32_const(-1).i32_eq().if_(BlockType::Empty).unreachable().end().end();
    code.local_get(end).i32_wrap_i64().global_set(HEAP);
    code.local_get(old_size).if_(BlockType::Empty);
    code.local_get(pointer).local_get(old);
    code.local_get(old_size).local_get(new_size).local_get(old_size).local_get(new_size).i32_lt_u().select();
    code.memory_copy(0, 0).end();
    code.local_get(pointer).end();
    function
}

/// Empties the heap after the host has read the result.
fn post_return(heap: u32) -> Function {
    let mut function = Function::new([]);
    function.instructions().i32_const(heap as i32).global_set(HEAP).end();
    function
}

/// `(sql, sql_len, params, params_len, slot) -> failed`; after a failure the tool error is in place.
fn run_query() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.global_get(DATABASE);
    for argument in 0..5 {
        code.local_get(argument);
    }
    code.call(func::QUERY);
    code.local_get(4).i32_load8_u(at(0, 0)).i32_eqz().if_(BlockType::Empty).i32_const(0).return_().end();
    code.local_get(4).i32_const(4).i32_add().call(func::FAIL_ERROR).i32_const(1).end();
    function
}

/// `(sql, sql_len, params, params_len) -> 0, or 1 + the discriminant of the error`.
fn run_execute() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.global_get(DATABASE);
    for argument in 0..4 {
        code.local_get(argument);
    }
    code.i32_const(EXEC as i32).call(func::EXECUTE);
    code.i32_const(EXEC as i32).i32_load8_u(at(0, 0)).i32_eqz().if_(BlockType::Empty).i32_const(0).return_().end();
    code.i32_const(EXEC as i32).i32_load8_u(at(8, 0)).i32_const(1).i32_add().end();
    function
}

/// `(slot, column) -> address` of a cell of the first row; of a NULL where there is no row.
fn cell() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(0).i32_load(at(ROWS, 2)).i32_eqz().if_(BlockType::Empty).i32_const(NULL as i32).return_().end();
    code.local_get(0).i32_load(at(VALUES_LEN, 2)).local_get(1).i32_le_u().if_(BlockType::Empty).unreachable().end();
    code.local_get(0).i32_load(at(VALUES, 2)).local_get(1).i32_const(VALUE_SIZE as i32).i32_mul().i32_add().end();
    function
}

/// `(to, from)`: copies a value.
fn copy() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    for offset in [0, 8] {
        code.local_get(0).local_get(1).i64_load(at(offset, 3)).i64_store(at(offset, 3));
    }
    code.end();
    function
}

/// `(code, text, len)`: the tool error of that code.
fn fail() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.i32_const(RET as i32).i32_const(1).i32_store8(at(0, 0));
    code.i32_const(RET as i32).local_get(0).i32_store8(at(4, 0));
    code.i32_const(RET as i32).local_get(1).i32_store(at(8, 2));
    code.i32_const(RET as i32).local_get(2).i32_store(at(12, 2)).end();
    function
}

/// `(error)`: an error of the database as a tool error; a constraint is a conflict.
fn fail_error() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.i32_const(ToolErrorCode::Conflict as i32).i32_const(ToolErrorCode::Other as i32);
    code.local_get(0).i32_load8_u(at(0, 0)).i32_const(CONSTRAINT).i32_eq().select();
    code.local_get(0).i32_load(at(4, 2)).local_get(0).i32_load(at(8, 2)).call(func::FAIL).end();
    function
}

/// `(cell)`: a tool error whose code is the first character of the text.
fn fail_coded() -> Function {
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    code.local_get(0).i32_load8_u(at(0, 0)).i32_const(TEXT).i32_ne().if_(BlockType::Empty).unreachable().end();
    code.local_get(0).i32_load(at(8, 2)).local_set(1);
    code.local_get(1).i32_load8_u(at(0, 0)).i32_const(i32::from(b'0')).i32_sub();
    code.local_get(1).i32_const(1).i32_add().local_get(0).i32_load(at(12, 2)).i32_const(1).i32_sub().call(func::FAIL).end();
    function
}

/// `(code, cell)`: ends with the text of a cell: as the result where `code` is -1, else as a tool error.
fn finish() -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(1).i32_load8_u(at(0, 0)).i32_const(TEXT).i32_ne().if_(BlockType::Empty).unreachable().end();
    code.local_get(0).local_get(1).i32_load(at(8, 2)).local_get(1).i32_load(at(12, 2)).call(func::FAIL);
    code.local_get(0).i32_const(-1).i32_eq().if_(BlockType::Empty);
    code.i32_const(RET as i32).i32_const(0).i32_store8(at(0, 0));
    code.i32_const(RET as i32).local_get(1).i32_load(at(8, 2)).i32_store(at(4, 2));
    code.i32_const(RET as i32).local_get(1).i32_load(at(12, 2)).i32_store(at(8, 2)).end().end();
    function
}
