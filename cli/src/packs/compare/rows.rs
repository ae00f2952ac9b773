//! Which rows differ between the states of two packs, by primary key.
//!
//! Two packs have two images, of which the state engine knows nothing in common; so both are read in order of their keys
//! and merged, a page at a time. Columns that only one has are the schema's affair, and computed ones nobody's.

use crate::ui;
use anyhow::Result;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::VecDeque;
use wardian_format::SqlValue;
use wardian_format::state::{CellChange, Change, RowChange};
use wardian_pack::Opened;
use wardian_state::{Context, State, Table};

/// Rows that are read at once.
const PAGE_ROWS: usize = 256;

/// How the rows of one table differ.
#[derive(Debug, Serialize)]
pub(crate) struct TableChanges {
    /// The table.
    pub(crate) table: String,
    /// Rows that only the second pack has.
    pub(crate) added: u64,
    /// Rows that only the first has.
    pub(crate) removed: u64,
    /// Rows that both have, with other cells.
    pub(crate) changed: u64,
    /// The first of them, in order of key.
    pub(crate) rows: Vec<RowChange>,
    /// How many more there are.
    pub(crate) left_off: u64,
    /// Why rows were only counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// The tables whose rows differ.
pub(super) fn changes(a: &Opened, b: &Opened, rows_max: usize) -> Result<Vec<TableChanges>> {
    let state = |opened: &Opened| opened.base.state(Context { seed: 0, now_unix_s: 0 });
    let (mut before, mut after) = (state(a), state(b));
    let (schema_a, schema_b) = (a.base.schema(), b.base.schema());
    let mut tables = Vec::new();
    for table in &schema_a.tables {
        let found = match schema_b.table(&table.name) {
            Some(other) if other.primary_key == table.primary_key => {
                merge(&mut Side::new(&mut before, table, other)?, &mut Side::new(&mut after, table, other)?, table, rows_max)?
            }
            Some(_) => counted(table, count(&mut before, table)?, count(&mut after, table)?, "the keys differ: rows are only counted"),
            None => counted(table, count(&mut before, table)?, 0, "only the first pack has the table"),
        };
        tables.push(found);
    }
    for table in schema_b.tables.iter().filter(|table| schema_a.table(&table.name).is_none()) {
        tables.push(counted(table, 0, count(&mut after, table)?, "only the second pack has the table"));
    }
    tables.retain(|table| table.added + table.removed + table.changed > 0);
    Ok(tables)
}

fn counted(table: &Table, removed: u64, added: u64, note: &str) -> TableChanges {
    TableChanges { table: table.name.clone(), added, removed, changed: 0, rows: Vec::new(), left_off: 0, note: Some(note.to_owned()) }
}

fn count(state: &mut State, table: &Table) -> Result<u64> {
    let rows = state.read(&format!("SELECT count(*) FROM {}", quoted(&table.name)), &[])?;
    let count = rows.values.first().and_then(|row| row.first());
    Ok(if let Some(SqlValue::Integer(count)) = count { u64::try_from(*count)? } else { 0 })
}

/// One of the two states, read in order of key.
struct Side<'a> {
    state: &'a mut State,
    first: String,
    next: String,
    key_columns: usize,
    /// Columns outside the key that both have.
    columns: Vec<String>,
    page: VecDeque<Vec<SqlValue>>,
    /// The key of the last row that was read; `None` at the start.
    last: Option<Vec<SqlValue>>,
    ended: bool,
}

impl<'a> Side<'a> {
    /// `table` and `other` are the two sides' tables of one name and one key.
    fn new(state: &'a mut State, table: &Table, other: &Table) -> Result<Self> {
        let stored = |table: &Table, name: &str| table.column(name).is_some_and(|column| !column.generated);
        let outside = table.columns.iter().map(|column| &column.name).filter(|name| !table.primary_key.contains(name));
        let columns: Vec<String> = outside.filter(|name| stored(table, name) && stored(other, name)).cloned().collect();
        // Keys are compared byte by byte here. A key that the schema orders otherwise costs a sort.
        let collate = if has_collation(state, &table.name)? { " COLLATE BINARY" } else { "" };
        let keys: Vec<String> = table.primary_key.iter().map(|name| format!("{}{collate}", quoted(name))).collect();
        let selected: Vec<String> = table.primary_key.iter().chain(&columns).map(|name| quoted(name)).collect();
        let (selected, from, order) = (selected.join(", "), quoted(&table.name), keys.join(", "));
        let marks: Vec<String> = (1..=keys.len()).map(|n| format!("?{n}")).collect();
        let page = format!("ORDER BY {order} LIMIT {PAGE_ROWS}");
        Ok(Self {
            state,
            first: format!("SELECT {selected} FROM {from} {page}"),
            next: format!("SELECT {selected} FROM {from} WHERE ({order}) > ({}) {page}", marks.join(", ")),
            key_columns: keys.len(),
            columns,
            page: VecDeque::new(),
            last: None,
            ended: false,
        })
    }

    /// The next row, key first.
    fn next(&mut self) -> Result<Option<Vec<SqlValue>>> {
        if self.page.is_empty() && !self.ended {
            ui::check_interrupt()?;
            let rows = match &self.last {
                None => self.state.read(&self.first, &[])?,
                Some(key) => self.state.read(&self.next, key)?,
            };
            self.ended = rows.values.len() < PAGE_ROWS;
            self.last = rows.values.last().map(|row| row[..self.key_columns].to_vec());
            self.page = rows.values.into();
        }
        Ok(self.page.pop_front())
    }
}

/// True where the text of a table speaks of collations; a default one is in the order of bytes.
fn has_collation(state: &mut State, table: &str) -> Result<bool> {
    let sql = "SELECT instr(upper(sql), 'COLLATE') FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    let rows = state.read(sql, &[SqlValue::Text(table.to_owned())])?;
    Ok(rows.values.first().and_then(|row| row.first()) != Some(&SqlValue::Integer(0)))
}

fn merge(a: &mut Side<'_>, b: &mut Side<'_>, table: &Table, rows_max: usize) -> Result<TableChanges> {
    let mut found = TableChanges { table: table.name.clone(), added: 0, removed: 0, changed: 0, rows: Vec::new(), left_off: 0, note: None };
    let (mut before, mut after) = (a.next()?, b.next()?);
    loop {
        let order = match (&before, &after) {
            (None, None) => return Ok(found),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => compare_keys(&x[..a.key_columns], &y[..a.key_columns]),
        };
        let x = if order.is_le() { std::mem::replace(&mut before, a.next()?) } else { None };
        let y = if order.is_ge() { std::mem::replace(&mut after, b.next()?) } else { None };
        let kind = match (&x, &y) {
            (Some(x), Some(y)) if x == y => continue,
            (Some(_), Some(_)) => Change::Updated,
            (Some(_), None) => Change::Deleted,
            (None, _) => Change::Inserted,
        };
        *match kind {
            Change::Updated => &mut found.changed,
            Change::Deleted => &mut found.removed,
            Change::Inserted => &mut found.added,
        } += 1;
        if found.rows.len() < rows_max {
            found.rows.push(row_change(table, a.key_columns, &a.columns, kind, x, y));
        } else {
            found.left_off += 1;
        }
    }
}

fn row_change(
    table: &Table,
    keys: usize,
    columns: &[String],
    change: Change,
    x: Option<Vec<SqlValue>>,
    y: Option<Vec<SqlValue>>,
) -> RowChange {
    let key = x.as_ref().or(y.as_ref()).map(|row| row[..keys].to_vec()).unwrap_or_default();
    let cell = |row: &Option<Vec<SqlValue>>, at: usize| row.as_ref().map(|row| row[keys + at].clone());
    let cells =
        columns.iter().enumerate().map(|(at, column)| CellChange { column: column.clone(), before: cell(&x, at), after: cell(&y, at) });
    RowChange { table: table.name.clone(), key, change, cells: cells.filter(|cell| cell.before != cell.after).collect() }
}

/// A name as SQLite takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn compare_keys(a: &[SqlValue], b: &[SqlValue]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| compare_values(a, b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// SQLite's order by bytes: NULL, numbers, texts, blobs.
fn compare_values(a: &SqlValue, b: &SqlValue) -> Ordering {
    use SqlValue::{Blob, Integer, Null, Real, Text};
    let class = |value: &SqlValue| match value {
        Null => 0,
        Integer(_) | Real(_) => 1,
        Text(_) => 2,
        Blob(_) => 3,
    };
    match (a, b) {
        (Integer(a), Integer(b)) => a.cmp(b),
        (Real(a), Real(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Integer(a), Real(b)) => integer_with_real(*a, *b),
        (Real(a), Integer(b)) => integer_with_real(*b, *a).reverse(),
        (Text(a), Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Blob(a), Blob(b)) => a.cmp(b),
        _ => class(a).cmp(&class(b)),
    }
}

/// Exact where a double would round the integer.
fn integer_with_real(integer: i64, real: f64) -> Ordering {
    if real.abs() >= 9.3e18 {
        return if real > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    let whole = real.trunc();
    i128::from(integer).cmp(&(whole as i128)).then_with(|| 0.0.partial_cmp(&(real - whole)).unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardian_state::{Base, build_image};

    fn state(rows: &[(i64, &str, &str)]) -> (std::sync::Arc<Base>, State) {
        let sql: String = rows.iter().map(|(n, text, note)| format!("({n}, '{text}', '{note}'),")).collect();
        let schema = "CREATE TABLE t (n INTEGER, name TEXT COLLATE NOCASE, note TEXT, PRIMARY KEY (name, n)) STRICT, WITHOUT ROWID;";
        let image = build_image(schema, &[]).expect("an image");
        let base = Base::open(image, &[]).expect("a base");
        let mut tx = base
            .state(Context { seed: 0, now_unix_s: 0 })
            .begin(&wardian_format::limits::Limits::of(wardian_format::limits::Profile::Guest), None)
            .expect("a transaction");
        if !rows.is_empty() {
            tx.execute(&format!("INSERT INTO t (n, name, note) VALUES {}", sql.trim_end_matches(',')), &[]).expect("rows");
        }
        let (state, done) = tx.commit();
        done.expect("committed");
        (base, state)
    }

    fn merged(a: &[(i64, &str, &str)], b: &[(i64, &str, &str)], rows_max: usize) -> TableChanges {
        let ((base, mut a), (_, mut b)) = (state(a), state(b));
        let table = base.schema().table("t").expect("the table");
        let mut sides = (Side::new(&mut a, table, table).expect("a side"), Side::new(&mut b, table, table).expect("a side"));
        merge(&mut sides.0, &mut sides.1, table, rows_max).expect("merged")
    }

    #[test]
    fn rows_are_merged_by_key_and_counted_beyond_what_is_listed() {
        let rows: Vec<(i64, &str, &str)> = (0..700).map(|n| (n, if n % 3 == 0 { "B" } else { "a" }, "x")).collect();
        let mut other = rows.clone();
        other[5].2 = "y";
        other.remove(300);
        other.push((9_000, "a", "new"));
        let found = merged(&rows, &other, 2);
        assert_eq!((found.added, found.removed, found.changed, found.left_off, found.rows.len()), (1, 1, 1, 1, 2));
        assert_eq!(merged(&rows, &rows, 2).rows, []);
        let all = merged(&rows, &[], 10_000);
        assert_eq!((all.removed, all.rows.len(), all.left_off), (700, 700, 0));
    }

    #[test]
    fn values_come_in_the_order_of_sqlite() {
        use SqlValue::{Blob, Integer, Null, Real, Text};
        let ordered = [
            Null,
            Real(f64::NEG_INFINITY),
            Integer(i64::MIN),
            Real(-1.5),
            Integer(-1),
            Real(0.5),
            Integer(1 << 53),
            Integer((1 << 53) + 1),
            Integer(i64::MAX),
            Real(1e300),
            Text("B".to_owned()),
            Text("a".to_owned()),
            Blob(vec![0]),
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(compare_values(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
        assert_eq!(compare_values(&Integer(1), &Real(1.0)), Ordering::Equal);
        assert_eq!(compare_values(&Integer((1 << 53) + 1), &Real((1_i64 << 53) as f64)), Ordering::Greater);
    }
}
