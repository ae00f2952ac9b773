//! The code of one tool.

use super::layout::CONSTRAINT;
use super::layout::{ARGS, EXEC, INTEGER, Layout, PARAMS, RET, ROWS, VALUE_SIZE, VALUES, VALUES_LEN};
use super::module::{Code, HEAP, at, func};
use crate::ir::{Condition, Op, Param, Slot, Text, ToolIr};
use wasm_encoder::{BlockType, Function, ValType};

/// Locals of a loop: the row it is at, the end of the rows, the top of the heap before the iteration, the size of a row.
const LOOP_LOCALS: u32 = 4;

/// A function without parameters or results: it leaves its answer in `RET` and returns.
pub(super) fn function(tool: &ToolIr, layout: &mut Layout) -> Function {
    // Local 0 is scratch.
    let mut function = Function::new([(1 + LOOP_LOCALS * tool.loops, ValType::I32)]);
    let mut code = function.instructions();
    let mut writer = Writer { tool, layout, code: &mut code };
    writer.ops(&tool.body);
    code.end();
    function
}

struct Writer<'w, 'c> {
    tool: &'w ToolIr,
    layout: &'w mut Layout,
    code: &'w mut Code<'c>,
}

impl Writer<'_, '_> {
    fn ops(&mut self, ops: &[Op]) {
        ops.iter().for_each(|op| self.op(op));
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::Query { sql, params, slot } => {
                self.statement(*sql, params);
                let slot = self.layout.slot(*slot);
                self.constant(slot);
                self.code.call(func::RUN_QUERY).if_(BlockType::Empty).return_().end();
            }
            Op::Execute { sql, params, on_constraint, on_none } => self.execute(*sql, params, on_constraint, on_none),
            Op::If { condition, then, otherwise } => {
                self.condition(*condition);
                self.code.if_(BlockType::Empty);
                self.ops(then);
                if !otherwise.is_empty() {
                    self.code.else_();
                    self.ops(otherwise);
                }
                self.code.end();
            }
            Op::Each { slot, item, body } => self.each(*slot, *item, body),
            Op::Fail { code, text } => self.fail(code.map(|code| code as i32), text),
            Op::Return { text } => self.finish(text),
        }
    }

    fn constant(&mut self, value: u32) {
        self.code.i32_const(value as i32);
    }

    /// Pushes the text of a statement and its parameters, whose values it puts in place.
    fn statement(&mut self, sql: u32, params: &[Param]) {
        // The commonest case needs no copy: the document is a parameter where it lies.
        let address = if params == [Param::Args] { ARGS } else { PARAMS };
        if address == PARAMS {
            for (i, param) in params.iter().enumerate() {
                self.param(PARAMS + i as u32 * VALUE_SIZE, *param);
            }
        }
        let (text, len) = self.layout.text(&self.tool.sql[sql as usize]);
        for value in [text, len, address, params.len() as u32] {
            self.constant(value);
        }
    }

    fn param(&mut self, to: u32, param: Param) {
        self.constant(to);
        match param {
            Param::Args => self.constant(ARGS),
            Param::Cell(slot, column) => self.cell(slot, column),
            Param::Item(item, column) => {
                self.code.local_get(row_local(item));
                self.constant(column * VALUE_SIZE);
                self.code.i32_add();
            }
            Param::Found(slot) => {
                self.code.i32_const(INTEGER).i32_store8(at(0, 0));
                self.constant(to);
                self.rows_len(slot);
                self.code.i32_const(0).i32_ne().i64_extend_i32_u().i64_store(at(8, 3));
                return;
            }
        }
        self.code.call(func::COPY);
    }

    /// Pushes the address of a cell.
    fn cell(&mut self, slot: Slot, column: u32) {
        let slot = self.layout.slot(slot);
        self.constant(slot);
        self.constant(column);
        self.code.call(func::CELL);
    }

    fn rows_len(&mut self, slot: Slot) {
        let slot = self.layout.slot(slot);
        self.constant(slot);
        self.code.i32_load(at(ROWS, 2));
    }

    fn execute(&mut self, sql: u32, params: &[Param], on_constraint: &[Op], on_none: &[Op]) {
        self.statement(sql, params);
        self.code.call(func::RUN_EXECUTE).local_tee(0).if_(BlockType::Empty);
        if !on_constraint.is_empty() {
            self.code.local_get(0).i32_const(1 + CONSTRAINT).i32_eq().if_(BlockType::Empty);
            self.ops(on_constraint);
            self.code.end();
        }
        self.constant(EXEC + 8);
        self.code.call(func::FAIL_ERROR).return_().end();
        if !on_none.is_empty() {
            self.constant(EXEC);
            self.code.i64_load(at(8, 3)).i64_eqz().if_(BlockType::Empty);
            self.ops(on_none);
            self.code.end();
        }
    }

    fn condition(&mut self, condition: Condition) {
        match condition {
            Condition::Empty(slot) => {
                self.rows_len(slot);
                self.code.i32_eqz();
            }
            Condition::Found(slot) => self.rows_len(slot),
            Condition::Many(slot) => {
                self.rows_len(slot);
                self.code.i32_const(1).i32_gt_u();
            }
            Condition::True(slot) => {
                self.cell(slot, 0);
                self.code.i64_load(at(8, 3)).i64_eqz().i32_eqz();
            }
            Condition::Some(slot) => {
                self.cell(slot, 0);
                self.code.i32_load8_u(at(0, 0));
            }
        }
    }

    /// What an iteration allocated is given back after it: nothing in a loop outlives its iteration.
    fn each(&mut self, slot: Slot, item: u32, body: &[Op]) {
        let [row, end, heap, size] = [0, 1, 2, 3].map(|local| row_local(item) + local);
        let slot = self.layout.slot(slot);
        for offset in [VALUES, VALUES_LEN, ROWS] {
            self.constant(slot);
            self.code.i32_load(at(offset, 2));
        }
        // The number of rows, or 1: without rows there are no values to divide.
        self.code.local_tee(size).i32_const(1).local_get(size).select().local_set(size);
        self.code.i32_const(VALUE_SIZE as i32).i32_mul().local_tee(end).local_get(size).i32_div_u().local_set(size);
        self.code.local_tee(row).local_get(end).i32_add().local_set(end);
        self.code.block(BlockType::Empty).loop_(BlockType::Empty);
        self.code.local_get(row).local_get(end).i32_ge_u().br_if(1);
        self.code.global_get(HEAP).local_set(heap);
        self.ops(body);
        self.code.local_get(heap).global_set(HEAP);
        self.code.local_get(row).local_get(size).i32_add().local_set(row);
        self.code.br(0).end().end();
    }

    fn fail(&mut self, code: Option<i32>, text: &Text) {
        match (code, text) {
            (Some(code), Text::Constant(text)) => {
                let (address, len) = self.layout.text(text);
                self.code.i32_const(code);
                self.constant(address);
                self.constant(len);
                self.code.call(func::FAIL);
            }
            (Some(code), Text::Cell(slot)) => {
                self.code.i32_const(code);
                self.cell(*slot, 0);
                self.code.call(func::FINISH);
            }
            (None, Text::Cell(slot)) => {
                self.cell(*slot, 0);
                self.code.call(func::FAIL_CODED);
            }
            (None, Text::Constant(_)) => unreachable!("a constant message has a constant code"),
        }
        self.code.return_();
    }

    fn finish(&mut self, text: &Text) {
        match text {
            Text::Cell(slot) => {
                self.code.i32_const(-1);
                self.cell(*slot, 0);
                self.code.call(func::FINISH);
            }
            Text::Constant(text) => {
                let (address, len) = self.layout.text(text);
                self.constant(RET);
                self.code.i32_const(0).i32_store8(at(0, 0));
                for (offset, value) in [(4, address), (8, len)] {
                    self.constant(RET);
                    self.constant(value);
                    self.code.i32_store(at(offset, 2));
                }
            }
        }
        self.code.return_();
    }
}

fn row_local(item: u32) -> u32 {
    1 + LOOP_LOCALS * item
}
