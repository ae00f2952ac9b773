//! What differs between two states of one base.

use crate::base::Base;
use crate::connection::Warm;
use crate::error::StateError;
use crate::hook::{Key, RowId};
use crate::pool::{self, Order};
use crate::sqlite::owned;
use crate::state::{Net, State};
use std::cmp::Ordering;
use std::sync::Arc;
use wardian_format::state::{CellChange, Change, RowChange};
use wardian_format::{Diff, SqlValue};

impl State {
    /// What differs from `self` (before) to `other` (after), in order of table name, then key. Costs what the two
    /// changed against their base, however large that is.
    pub fn diff(&mut self, other: &mut Self) -> Result<Diff, StateError> {
        if self.base.id != other.base.id {
            return Err(StateError::ForeignState);
        }
        let base = Arc::clone(&self.base);
        let mut lease = pool::lease(&base, Order::Usual)?;
        let ids = differing(self.settle(&mut lease)?, other.settle(&mut lease)?);
        let before = lease.with_store(&mut self.store, |warm| rows(warm, &base, &ids))?;
        let after = lease.with_store(&mut other.store, |warm| rows(warm, &base, &ids))?;
        let mut changes = Vec::with_capacity(ids.len());
        for ((id, before), after) in ids.iter().zip(before).zip(after) {
            changes.extend(change(&base, id, before, after).map(|change| (id.0, change)));
        }
        changes.sort_by(|(table_a, a), (table_b, b)| table_a.cmp(table_b).then_with(|| compare_keys(&a.key, &b.key)));
        Ok(Diff { rows: changes.into_iter().map(|(_, change)| change).collect() })
    }
}

/// Rows whose content differs, by the net changes of two states.
fn differing(a: &Net, b: &Net) -> Vec<RowId> {
    let in_a = a.rows.iter().filter(|(id, entry)| entry.current != b.rows.get(*id).map_or(entry.base, |other| other.current));
    let only_b = b.rows.keys().filter(|id| !a.rows.contains_key(*id));
    in_a.map(|(id, _)| id).chain(only_b).cloned().collect()
}

type Row = Option<Vec<SqlValue>>;

fn rows(warm: &mut Warm, base: &Base, ids: &[RowId]) -> Result<Vec<Row>, StateError> {
    let read = |id: &RowId| warm.row(base, id, |plan, run, _| (0..plan.columns.len()).map(|i| owned(run.column(i))).collect());
    ids.iter().map(read).collect()
}

fn change(base: &Base, id: &RowId, before: Row, after: Row) -> Option<RowChange> {
    let plan = &base.plans[usize::from(id.0)];
    let kind = match (&before, &after) {
        (None, None) => return None,
        (None, Some(_)) => Change::Inserted,
        (Some(_), None) => Change::Deleted,
        (Some(_), Some(_)) => Change::Updated,
    };
    let row = after.as_ref().or(before.as_ref())?;
    let key = match &id.1 {
        Key::Row(rowid) => vec![SqlValue::Integer(*rowid)],
        Key::Values(_) => plan.key.iter().map(|&i| row[i].clone()).collect(),
    };
    let mut cells = Vec::new();
    for (i, column) in plan.columns.iter().enumerate() {
        let cell = |row: &Row| row.as_ref().map(|values| values[i].clone());
        let (before, after) = (cell(&before), cell(&after));
        if before != after && !plan.key.contains(&i) {
            cells.push(CellChange { column: column.clone(), before, after });
        }
    }
    Some(RowChange { table: plan.name.clone(), key, change: kind, cells })
}

fn compare_keys(a: &[SqlValue], b: &[SqlValue]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| compare(a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// SQLite's order with binary collation: NULL, numbers, text, bytes.
fn compare(a: &SqlValue, b: &SqlValue) -> Ordering {
    use SqlValue::{Blob, Integer, Null, Real, Text};
    let class = |v: &SqlValue| match v {
        Null => 0,
        Integer(_) | Real(_) => 1,
        Text(_) => 2,
        Blob(_) => 3,
    };
    match (a, b) {
        (Integer(a), Integer(b)) => a.cmp(b),
        (Real(a), Real(b)) => a.total_cmp(b),
        (Integer(a), Real(b)) => (*a as f64).total_cmp(b).then(Ordering::Less),
        (Real(a), Integer(b)) => a.total_cmp(&(*b as f64)).then(Ordering::Greater),
        (Text(a), Text(b)) => a.cmp(b),
        (Blob(a), Blob(b)) => a.cmp(b),
        _ => class(a).cmp(&class(b)),
    }
}
