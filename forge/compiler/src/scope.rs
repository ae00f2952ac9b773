//! The variables that a statement can see, and which of them were used.

use crate::ast;
use crate::diagnostic::{listed, nearest};
use crate::ir::{self, Slot};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A variable.
#[derive(Debug)]
pub(crate) enum Variable {
    /// `@param`
    Param(Box<ast::Param>),
    /// `@let`: a cell.
    Let(ir::Param),
    /// `@row`: the first row of a result.
    Row { slot: Slot, columns: Vec<String>, optional: bool },
    /// `@table`: a cell with a JSON array of arrays.
    Table { slot: Slot, columns: Vec<String> },
    /// This expression: what counts the attempts of `@id`.
    Sql(String),
    /// One whose definition has a mistake.
    Broken,
    /// `@each`: the row that a loop is at.
    Item { item: u32, columns: Vec<String> },
}

/// Variables by name. A copy is the scope of a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    variables: BTreeMap<String, Rc<Variable>>,
    used: Rc<RefCell<BTreeSet<String>>>,
    /// Every name that was ever set, in blocks that have ended as well.
    known: Rc<RefCell<BTreeSet<String>>>,
}

/// Names that every statement has.
pub(crate) const BUILT_IN: [&str; 2] = ["args", "now"];

impl Scope {
    /// Adds a variable; `false` where the name is taken.
    pub(crate) fn add(&mut self, name: &str, variable: Variable) -> bool {
        let is_free = self.variables.get(name).is_none_or(|known| matches!(**known, Variable::Broken));
        if BUILT_IN.contains(&name) || !is_free {
            return false;
        }
        self.known.borrow_mut().insert(name.to_owned());
        self.variables.insert(name.to_owned(), Rc::new(variable));
        true
    }

    /// Adds variables whose annotations could not be read, where there are no others of their names.
    pub(crate) fn add_broken(&mut self, names: &[String]) {
        for name in names {
            self.variables.entry(name.clone()).or_insert_with(|| Rc::new(Variable::Broken));
        }
    }

    /// The variable called `name`, which counts as used from now on.
    pub(crate) fn get(&self, name: &str) -> Option<Rc<Variable>> {
        let found = self.variables.get(name).cloned();
        if found.is_some() {
            self.used.borrow_mut().insert(name.to_owned());
        }
        found
    }

    /// As [`Scope::get`], and does not count as a use.
    pub(crate) fn peek(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name).map(Rc::as_ref)
    }

    pub(crate) fn is_used(&self, name: &str) -> bool {
        self.used.borrow().contains(name)
    }

    /// A hint for an unknown `name`.
    pub(crate) fn hint(&self, name: &str) -> String {
        if self.known.borrow().contains(name) {
            return format!("`:{name}` is set in a block, and not seen after its `@end`");
        }
        let names = self.variables.keys().map(String::as_str).chain(BUILT_IN);
        match nearest(name, names.clone()) {
            Some(near) => format!("did you mean `:{near}`?"),
            None => format!("the variables here are {}", listed(names, ":")),
        }
    }
}
