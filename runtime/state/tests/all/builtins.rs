//! The stand-ins for built-in functions against the built-in functions.

use crate::support::{CONTEXT, Rng, limits, open, seeds};
use rusqlite::Connection;
use wardian_format::SqlValue;
use wardian_state::build_image;

fn argument(r: &mut Rng) -> String {
    match r.below(12) {
        0 => "NULL".to_owned(),
        1 => (r.below(2000) as i64 - 1000).to_string(),
        2 => format!("{}.{}", r.below(100), r.below(1000)),
        3 => format!("x'{}'", (0..r.below(4)).map(|_| format!("{:02x}", r.below(128))).collect::<String>()),
        4 => "''".to_owned(),
        5 => format!("'{}'", r.pick(&["%", "_", "a%", "%b_", "*", "[ab]*", "\\%", "a?", "1e3"])),
        _ => format!("'{}'", (0..r.below(8)).map(|_| *r.pick(&["a", "b", "A", " ", "é", "日", "b", "ß"])).collect::<String>()),
    }
}

fn call(r: &mut Rng) -> String {
    let (x, y, z) = (argument(r), argument(r), argument(r));
    match r.below(9) {
        0 => format!("{}({x})", r.pick(&["trim", "ltrim", "rtrim"])),
        1 | 2 => format!("{}({x}, {y})", r.pick(&["trim", "ltrim", "rtrim"])),
        3 | 4 => format!("replace({x}, {y}, {z})"),
        5 => format!("instr({x}, {y})"),
        6 => format!("{x} LIKE {y}"),
        7 => format!("{x} LIKE {y} ESCAPE '\\'"),
        _ => format!("{x} GLOB {y}"),
    }
}

#[test]
fn results_are_those_of_sqlite() {
    let base = open(build_image("", &[]).expect("image"));
    let plain = Connection::open_in_memory().expect("opens");
    let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    for seed in seeds(8) {
        let rng = &mut Rng::new(seed);
        for _ in 0..400 {
            let call = call(rng);
            let sql = format!("SELECT {call} AS value, typeof({call}) AS type");
            let expected: (rusqlite::types::Value, String) = plain.query_row(&sql, [], |r| Ok((r.get(0)?, r.get(1)?))).expect(&sql);
            let got = match tx.query(&sql, &[]) {
                Ok(rows) => rows.values[0].clone(),
                Err(wardian_state::SqlError::Limit(_)) => {
                    tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
                    tx.query(&sql, &[]).expect(&sql).values[0].clone()
                }
                Err(error) => panic!("{sql}: {error}"),
            };
            let value = match expected.0 {
                rusqlite::types::Value::Null => SqlValue::Null,
                rusqlite::types::Value::Integer(i) => SqlValue::Integer(i),
                rusqlite::types::Value::Real(r) => SqlValue::Real(r),
                rusqlite::types::Value::Text(t) => SqlValue::Text(t),
                rusqlite::types::Value::Blob(b) => SqlValue::Blob(b),
            };
            assert_eq!(got, [value, SqlValue::Text(expected.1)], "{sql} (WARDIAN_STATE_SEED={seed})");
        }
    }
}

#[test]
fn unordered_reads_can_run_backwards() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT";
    let rows = (1..4).map(|i| vec![SqlValue::Integer(i)]).collect();
    let state = open(build_image(schema, &[("t".to_owned(), vec!["id".to_owned()], rows)]).expect("image")).state(CONTEXT);
    let ids = |values: Vec<Vec<SqlValue>>| values.into_iter().flatten().map(|v| v.to_string()).collect::<String>();
    let usual = state.clone().begin(&limits(), None).expect("begins").query("SELECT id FROM t", &[]).expect("rows");
    let reversed = state.begin_reversed(&limits(), None).expect("begins").query("SELECT id FROM t", &[]).expect("rows");
    assert_eq!((ids(usual.values).as_str(), ids(reversed.values).as_str()), ("123", "321"));
}
