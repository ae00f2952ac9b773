//! Prepared statements of one connection, found by text or by their place in a tool's closed set.

use crate::sqlite::Statement;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Statements that a connection keeps. The least recently used goes first.
const STATEMENTS_MAX: usize = wardian_format::limits::FIXED.statements_kept_max;
/// Closed sets that a connection remembers.
const SETS_MAX: usize = wardian_format::limits::FIXED.statement_sets_kept_max;

/// The statements.
#[derive(Default)]
pub(crate) struct Cache {
    entries: Vec<Entry>,
    by_text: BTreeMap<Arc<str>, usize>,
    sets: Vec<Set>,
    clock: u64,
}

struct Entry {
    text: Arc<str>,
    statement: Statement,
    used: u64,
    /// Differs from that of any entry that was here before.
    serial: u64,
}

struct Set {
    /// Held so that its address names it.
    statements: Arc<[String]>,
    /// Place and serial of the entry, for each statement.
    slots: Vec<Option<(usize, u64)>>,
    /// Where the next statement is expected: a tool runs its statements in order.
    next: usize,
    used: u64,
}

/// Where a text was found.
pub(crate) enum Found {
    /// Prepared, at this place.
    At(usize),
    /// Allowed and not prepared. The number is its place in the set.
    Missing(Option<usize>),
    /// Not in the closed set.
    Outside,
}

impl Cache {
    /// Where `set` is remembered, for use until the next call.
    pub(crate) fn set(&mut self, set: &Arc<[String]>) -> usize {
        self.clock += 1;
        let at = self.sets.iter().position(|s| Arc::ptr_eq(&s.statements, set)).unwrap_or_else(|| {
            let new = Set { statements: Arc::clone(set), slots: vec![None; set.len()], next: 0, used: 0 };
            if self.sets.len() < SETS_MAX {
                self.sets.push(new);
                return self.sets.len() - 1;
            }
            let oldest = (0..SETS_MAX).min_by_key(|&i| self.sets[i].used).unwrap_or(0);
            self.sets[oldest] = new;
            oldest
        });
        self.sets[at].used = self.clock;
        self.sets[at].next = 0;
        at
    }

    /// Finds `text`, in the closed set at `set` or anywhere.
    pub(crate) fn find(&mut self, set: Option<usize>, text: &str) -> Found {
        let Some(set) = set else {
            return self.by_text.get(text).map_or(Found::Missing(None), |&at| Found::At(at));
        };
        let set = &mut self.sets[set];
        let n = set.statements.len();
        let places = (set.next..n).chain(0..set.next.min(n));
        let Some(place) = places.into_iter().find(|&i| *set.statements[i] == *text) else {
            return Found::Outside;
        };
        set.next = place + 1;
        match set.slots[place] {
            Some((at, serial)) if self.entries.get(at).is_some_and(|e| e.serial == serial) => Found::At(at),
            _ => match self.by_text.get(text) {
                Some(&at) => {
                    set.slots[place] = Some((at, self.entries[at].serial));
                    Found::At(at)
                }
                None => Found::Missing(Some(place)),
            },
        }
    }

    /// Keeps `statement`, found missing as `place` of `set`; returns where.
    pub(crate) fn insert(&mut self, set: Option<usize>, place: Option<usize>, text: &str, statement: Statement) -> usize {
        self.clock += 1;
        let text: Arc<str> = Arc::from(text);
        let entry = Entry { text: Arc::clone(&text), statement, used: self.clock, serial: self.clock };
        let at = if self.entries.len() < STATEMENTS_MAX {
            self.entries.push(entry);
            self.entries.len() - 1
        } else {
            let oldest = (0..STATEMENTS_MAX).min_by_key(|&i| self.entries[i].used).unwrap_or(0);
            let old = std::mem::replace(&mut self.entries[oldest], entry);
            self.by_text.remove(&old.text);
            oldest
        };
        self.by_text.insert(text, at);
        if let (Some(set), Some(place)) = (set, place) {
            self.sets[set].slots[place] = Some((at, self.entries[at].serial));
        }
        at
    }

    /// The statement at a place that was just found.
    pub(crate) fn get(&mut self, at: usize) -> &mut Statement {
        self.clock += 1;
        let entry = &mut self.entries[at];
        entry.used = self.clock;
        &mut entry.statement
    }
}
