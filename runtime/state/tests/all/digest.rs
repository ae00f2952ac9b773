//! The committed vectors of docs/digest.md, and what a digest does not depend on.

use crate::reference::{self, Table};
use crate::support::{CONTEXT, int, open, run, text};
use serde::Deserialize;
use std::collections::BTreeMap;
use wardian_format::{Digest, SqlValue};
use wardian_state::{Base, Schema, build_image};

#[derive(Deserialize)]
struct Vector {
    name: String,
    schema: String,
    rows: BTreeMap<String, Vec<Vec<SqlValue>>>,
    ungraded: Vec<String>,
    schema_id: Digest,
    full: Digest,
    graded: Digest,
}

fn vectors() -> Vec<Vector> {
    let document = include_str!("../../../../docs/digest.md");
    let block = document.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of vectors");
    serde_json::from_str(block).expect("vectors")
}

fn rows_of(schema: &Schema, rows: &BTreeMap<String, Vec<Vec<SqlValue>>>) -> Vec<(String, Vec<String>, Vec<Vec<SqlValue>>)> {
    let columns = |table: &str| schema.table(table).expect("table").columns.iter().map(|c| c.name.clone()).collect();
    rows.iter().map(|(table, values)| (table.clone(), columns(table), values.clone())).collect()
}

/// The tables for the oracle, without what is not graded.
fn tables(schema: &Schema, rows: &BTreeMap<String, Vec<Vec<SqlValue>>>, ungraded: &[String]) -> Vec<Table> {
    let mut out = Vec::new();
    for table in schema.tables.iter().filter(|t| !ungraded.contains(&t.name)) {
        let counts = |name: &str| !ungraded.contains(&format!("{}.{name}", table.name));
        let kept: Vec<usize> = (0..table.columns.len()).filter(|&i| counts(&table.columns[i].name)).collect();
        out.push(Table {
            name: table.name.clone(),
            columns: kept.iter().map(|&i| (table.columns[i].name.clone(), table.columns[i].type_name.clone())).collect(),
            key: table.primary_key.clone(),
            rows: rows.get(&table.name).into_iter().flatten().map(|row| kept.iter().map(|&i| row[i].clone()).collect()).collect(),
        });
    }
    out
}

#[test]
fn committed_vectors() {
    let vectors = vectors();
    assert!(vectors.len() >= 5);
    for v in vectors {
        let schema = Schema::from_sql(&v.schema).expect("schema");
        let image = build_image(&v.schema, &rows_of(&schema, &v.rows)).expect("image");
        let digests = Base::open(image, &v.ungraded).expect("opens").state(CONTEXT).digests().expect("digests");
        let oracle = (reference::digest(tables(&schema, &v.rows, &[])), reference::digest(tables(&schema, &v.rows, &v.ungraded)));
        assert_eq!((schema.id, digests.full, digests.graded), (v.schema_id, v.full, v.graded), "{}", v.name);
        assert_eq!(oracle, (v.full, v.graded), "{}", v.name);
    }
}

#[test]
fn layout_and_history_do_not_count() {
    let a = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y REAL) STRICT; CREATE TABLE u (k TEXT PRIMARY KEY) STRICT, WITHOUT ROWID";
    // Other order of tables and columns, an index, a default, other spelling of types and names of constraints.
    let b = "CREATE TABLE u (k TEXT NOT NULL, CONSTRAINT pk PRIMARY KEY (k)) WITHOUT ROWID, STRICT;
             CREATE TABLE t (y REAL DEFAULT 3.5, id INTEGER PRIMARY KEY, x TEXT CHECK (x <> 'no')) STRICT; CREATE INDEX i ON t(x);";
    let columns = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let rows = |n: i64| (1..=n).map(|i| vec![int(i), text(&format!("row {i}")), SqlValue::Real(i as f64 / 4.0)]).collect::<Vec<_>>();
    let mut reversed = rows(500);
    reversed.reverse();
    let one = build_image(a, &[("t".to_owned(), columns(&["id", "x", "y"]), rows(500))]).expect("image");
    let two = build_image(b, &[("t".to_owned(), columns(&["id", "x", "y"]), reversed)]).expect("image");
    assert_ne!(one, two);
    let expected = open(one).state(CONTEXT).digests().expect("digests");
    let two = open(two);
    let mut state = two.state(CONTEXT);
    assert_eq!(state.digests().expect("digests"), expected);
    for sql in [
        "DELETE FROM t WHERE id % 3 = 0",
        "INSERT INTO t SELECT y, id, x FROM (SELECT 0.0 + id / 4.0 AS y, id, 'row ' || id AS x FROM
                 (WITH RECURSIVE c(id) AS (SELECT 3 UNION ALL SELECT id + 3 FROM c WHERE id < 498) SELECT id FROM c))",
    ] {
        let (next, result) = run(state, sql);
        assert_eq!(result, Ok(166), "{sql}");
        state = next;
    }
    assert_eq!(state.digests().expect("digests"), expected);
    assert_eq!(open(state.to_bytes()).state(CONTEXT).digests().expect("digests"), expected);
}

#[test]
fn spellings_of_a_key() {
    let schema = "CREATE TABLE n (k TEXT COLLATE NOCASE PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;
                  CREATE TABLE a (k ANY PRIMARY KEY, r REAL) STRICT, WITHOUT ROWID; CREATE TABLE r (k REAL PRIMARY KEY) STRICT, WITHOUT ROWID";
    let mut first = open(build_image(schema, &[]).expect("image")).state(CONTEXT);
    let mut state = first.clone();
    for sql in [
        "INSERT INTO n VALUES ('a', 1)",
        "UPDATE n SET k = 'A'",
        "INSERT INTO a VALUES (1, 0.0)",
        "UPDATE a SET k = 1.0",
        "UPDATE a SET r = -0.0",
        "INSERT INTO r VALUES (3), (0.5)",
        "UPDATE r SET k = -k",
        "UPDATE r SET k = 0.0 WHERE k = -3",
        "REPLACE INTO n VALUES ('a', 2)",
    ] {
        let (next, result) = run(state, sql);
        result.expect(sql);
        state = next;
        assert_eq!(state.digests().expect("digests"), state.full_scan_digests().expect("scan"), "{sql}");
        assert_eq!(open(state.to_bytes()).state(CONTEXT).digests().expect("digests"), state.digests().expect("digests"), "{sql}");
    }
    let lines = first.diff(&mut state).expect("diff").to_string();
    assert_eq!(lines, "+ a[1.0] {r: 0.0}\n+ n[\"a\"] {v: 2}\n+ r[-0.5] {}\n+ r[0.0] {}");
}
