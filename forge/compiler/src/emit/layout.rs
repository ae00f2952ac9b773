//! Where things lie in the memory of the core module, and constants of the canonical ABI.
//!
//! ```text
//! 16  RET     result<string, tool-error>   what a tool returns
//! 32  ARGS    value                        the argument document, as a parameter of statements
//! 48  NULL    value                        a NULL that nobody writes to
//! 64  EXEC    result<u64, error>           what the last `execute` returned
//! 96  PARAMS  value × n                    parameters of the statement at hand
//!     slots   result<cells, error> × n     what queries returned
//!     texts                                constants
//!     heap                                 what the host writes; emptied after each call
//! ```
//! All but the texts is scratch: tools never run at the same time in one instance.

use crate::ir::{Op, Slot, ToolIr};
use std::collections::BTreeMap;

pub(super) const RET: u32 = 16;
pub(super) const ARGS: u32 = 32;
pub(super) const NULL: u32 = 48;
pub(super) const EXEC: u32 = 64;
pub(super) const PARAMS: u32 = 96;

/// Size of `value`: a discriminant, then eight bytes at 8.
pub(super) const VALUE_SIZE: u32 = 16;
/// Size of `result<cells, error>`: discriminant; number of rows at 4; values at 8, their number at 12.
pub(super) const SLOT_SIZE: u32 = 16;
/// Offset of the number of rows in a slot.
pub(super) const ROWS: u64 = 4;
/// Offset of the pointer to the values in a slot.
pub(super) const VALUES: u64 = 8;
/// Offset of the number of values in a slot.
pub(super) const VALUES_LEN: u64 = 12;

/// Discriminants of `value`.
pub(super) const INTEGER: i32 = 1;
pub(super) const TEXT: i32 = 3;
/// Discriminant of `error::constraint`.
pub(super) const CONSTRAINT: i32 = 1;

/// Addresses of slots and texts of one module.
pub(super) struct Layout {
    slots: u32,
    texts: u32,
    bytes: Vec<u8>,
    known: BTreeMap<String, u32>,
}

impl Layout {
    /// Room for the slots and parameters of all `tools`.
    pub(super) fn new(tools: &[ToolIr]) -> Self {
        let slots_max = tools.iter().map(|tool| tool.slots).max().unwrap_or(0);
        let params_max = tools.iter().map(|tool| params_max(&tool.body)).max().unwrap_or(0);
        let slots = PARAMS + params_max * VALUE_SIZE;
        Self { slots, texts: slots + slots_max * SLOT_SIZE, bytes: Vec::new(), known: BTreeMap::new() }
    }

    /// Address of a slot.
    pub(super) fn slot(&self, slot: Slot) -> u32 {
        self.slots + slot * SLOT_SIZE
    }

    /// Address and length of `text`, each text once.
    pub(super) fn text(&mut self, text: &str) -> (u32, u32) {
        let len = u32::try_from(text.len()).expect("a text of a tool is shorter than 4 GiB");
        if let Some(&at) = self.known.get(text) {
            return (at, len);
        }
        let at = self.texts + u32::try_from(self.bytes.len()).expect("texts are shorter than 4 GiB");
        self.bytes.extend_from_slice(text.as_bytes());
        self.known.insert(text.to_owned(), at);
        (at, len)
    }

    /// Address and bytes of the texts.
    pub(super) fn data(&self) -> (u32, &[u8]) {
        (self.texts, &self.bytes)
    }

    /// Address of the heap.
    pub(super) fn heap(&self) -> u32 {
        let end = self.texts + u32::try_from(self.bytes.len()).expect("texts are shorter than 4 GiB");
        end.next_multiple_of(16)
    }
}

/// The largest number of parameters of a statement in `ops`.
fn params_max(ops: &[Op]) -> u32 {
    let of = |op: &Op| match op {
        Op::Query { params, .. } => params.len() as u32,
        Op::Execute { params, on_constraint, on_none, .. } => (params.len() as u32).max(params_max(on_constraint)).max(params_max(on_none)),
        Op::If { then, otherwise, .. } => params_max(then).max(params_max(otherwise)),
        Op::Each { body, .. } => params_max(body),
        Op::Fail { .. } | Op::Return { .. } => 0,
    };
    ops.iter().map(of).max().unwrap_or(0)
}
