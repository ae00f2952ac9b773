//! Each limit on its own, and that it trips at the same place whatever ran before.

use crate::support::{CONTEXT, int, limits, open, text};
use std::sync::Arc;
use wardian_format::outcome::LimitKind;
use wardian_format::{Limits, SqlValue};
use wardian_state::{Base, Rows, SqlError, Tx, build_image};

fn base() -> Arc<Base> {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT) STRICT";
    let rows = (0..100).map(|i| vec![int(i), text(&format!("row {i:05}"))]).collect();
    open(build_image(schema, &[("t".to_owned(), vec!["id".to_owned(), "x".to_owned()], rows)]).expect("image"))
}

fn tx(limits: &Limits) -> Tx {
    base().state(CONTEXT).begin(limits, None).expect("begins")
}

fn check(limits: &Limits, sql: &str, params: &[SqlValue], expected: LimitKind) {
    let mut tx = tx(limits);
    assert!(tx.query("SELECT 1", &[]).is_ok());
    assert_eq!(tx.query(sql, params), Err(SqlError::Limit(expected)), "{sql}");
    assert_eq!(tx.query("SELECT 1", &[]), Err(SqlError::Limit(expected)), "after {sql}");
    assert_eq!(tx.stopped_by(), Some(expected));
    let mut state = tx.commit().0;
    assert_eq!(state.digests().expect("digests"), state.base().clone().state(CONTEXT).digests().expect("digests"));
}

#[test]
fn each_limit() {
    let all = limits();
    check(&Limits { statements_max: 1, ..all.clone() }, "SELECT 1", &[], LimitKind::Statements);
    check(&Limits { rows_max: 99, ..all.clone() }, "SELECT 1 FROM t", &[], LimitKind::Rows);
    check(&Limits { row_bytes_max: 1000, ..all.clone() }, "SELECT x FROM t", &[], LimitKind::RowBytes);
    check(&Limits { sql_bytes_max: 50, ..all.clone() }, &format!("SELECT {}1", " ".repeat(50)), &[], LimitKind::SqlBytes);
    let short = Limits { value_bytes_max: 1000, ..all.clone() };
    check(&short, "SELECT printf('%01001d', 1)", &[], LimitKind::ValueBytes);
    check(&short, "SELECT length(?1)", &[text(&"x".repeat(1001))], LimitKind::ValueBytes);
    check(&short, "SELECT group_concat(x, ', ') FROM t", &[], LimitKind::ValueBytes);
    let few = Limits { growth_pages_max: 4, ..all.clone() };
    check(&few, "INSERT INTO t SELECT id + 1000, printf('%05000d', id) FROM t", &[], LimitKind::GrowthPages);
    check(&Limits { vm_ops_max: 2000, ..all }, "SELECT count(*) FROM t a, t b", &[], LimitKind::VmOps);
}

#[test]
fn growth_is_counted_from_the_image_and_not_from_the_last_state() {
    let few = Limits { growth_pages_max: 8, ..limits() };
    let base = base();
    let insert = |tx: &mut Tx, n: i64| {
        let sql = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?1)
                   INSERT INTO t SELECT 1000 + i + (SELECT max(id) FROM t), printf('%03000d', i) FROM c";
        tx.execute(sql, &[int(n)])
    };
    let mut wide = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    assert_eq!(insert(&mut wide, 50), Ok(50));
    let (large, result) = wide.commit();
    result.expect("commits");
    // A state beyond the limit may shrink and change, but not grow; a fresh one after it has its full allowance.
    let mut tx = large.begin(&few, None).expect("begins");
    assert_eq!(tx.execute("UPDATE t SET x = 'short' WHERE id = 3", &[]), Ok(1));
    assert_eq!(insert(&mut tx, 50), Err(SqlError::Limit(LimitKind::GrowthPages)));
    drop(tx);
    for (n, fits) in [(4, true), (40, false), (4, true)] {
        let mut tx = base.state(CONTEXT).begin(&few, None).expect("begins");
        assert_eq!(insert(&mut tx, n).is_ok(), fits, "{n}");
    }
}

#[test]
fn operations_are_the_same_on_a_cold_and_on_a_warm_connection() {
    let sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ?1) SELECT max(x) FROM c";
    let base = base();
    let run = |ops: u64, n: i64, warm_up: usize| -> Result<Rows, SqlError> {
        let fresh;
        let base = if warm_up == 0 {
            fresh = self::base();
            &fresh
        } else {
            &base
        };
        for k in 0..warm_up {
            let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
            tx.query(sql, &[int(k as i64 * 77)]).expect("rows");
        }
        base.state(CONTEXT).begin(&Limits { vm_ops_max: ops, ..limits() }, None).expect("begins").query(sql, &[int(n)])
    };
    for n in [100, 500, 1000, 3000] {
        for ops in [1_000, 5_000, 15_000, 50_000] {
            let cold = run(ops, n, 0).is_ok();
            assert_eq!((run(ops, n, 1).is_ok(), run(ops, n, 7).is_ok()), (cold, cold), "n = {n}, ops = {ops}");
        }
    }
}

#[test]
fn what_was_used_adds_up_over_the_statements_of_a_call() {
    let mut tx = tx(&Limits { rows_max: 250, ..limits() });
    assert!(tx.query("SELECT 1 FROM t", &[]).is_ok());
    assert!(tx.query("SELECT 1 FROM t", &[]).is_ok());
    assert_eq!(tx.query("SELECT 1 FROM t", &[]), Err(SqlError::Limit(LimitKind::Rows)));
    let mut tx = self::tx(&Limits { vm_ops_max: 3000, ..limits() });
    let n = (0..100).take_while(|_| tx.query("SELECT count(*) FROM t WHERE x > 'a'", &[]).is_ok()).count();
    assert!((2..30).contains(&n), "{n}");
}

#[test]
fn a_transaction_may_end_on_another_thread() {
    let base = base();
    let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    tx.execute("UPDATE t SET x = 'here' WHERE id = 1", &[]).expect("updates");
    let state = std::thread::spawn(move || {
        tx.execute("UPDATE t SET x = 'there ' || wardian_now() WHERE id = 2", &[]).expect("updates");
        let (state, result) = tx.commit();
        result.expect("commits");
        state
    });
    let mut state = state.join().expect("joins");
    let rows = state.read("SELECT x FROM t WHERE id IN (1, 2)", &[]).expect("rows");
    assert_eq!(rows.values, [[text("here")], [text("there 2024-05-15T13:59:59Z")]]);
    assert_eq!(state.digests().expect("digests"), state.full_scan_digests().expect("scan"));
}

#[test]
fn threads_work_on_forks_of_one_base() {
    let base = base();
    let expected = {
        let (mut state, result) = crate::support::run(base.state(CONTEXT), "UPDATE t SET x = x || id");
        result.expect("updates");
        state.digests().expect("digests")
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let (mut state, result) = crate::support::run(base.state(CONTEXT), "UPDATE t SET x = x || id");
                    result.expect("updates");
                    assert_eq!(state.digests().expect("digests"), expected);
                }
            });
        }
    });
}

#[test]
fn a_watchdog_stops_one_transaction_and_no_other() {
    let base = base();
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    let patient = Limits { vm_ops_max: u64::MAX, ..limits() };
    let mut tx = base.state(CONTEXT).begin(&patient, None).expect("begins");
    let watchdog = tx.interrupter();
    let thread = std::thread::spawn({
        let watchdog = watchdog.clone();
        move || watchdog.stop()
    });
    assert_eq!(tx.query(endless, &[]), Err(SqlError::Limit(LimitKind::WallTime)));
    thread.join().expect("joins");
    assert_eq!(tx.commit().1, Err(SqlError::Limit(LimitKind::WallTime)));
    // The same connection serves the next transaction, which the old handle cannot reach.
    let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    watchdog.stop();
    assert!(tx.query("SELECT count(*) FROM t a, t b", &[]).is_ok());
}

#[test]
fn functions_charge_their_work() {
    for sql in [
        "SELECT length(trim(printf('%0900000d', 0), printf('%060000d', 0) || '1'))",
        "SELECT length(rtrim(printf('%0900000d', 0), '1' || replace(printf('%020000d', 0), '0', 'abc') || '0'))",
        "SELECT length(replace(printf('%0900000d', 0), printf('%0450000d', 0) || '1', 'x'))",
        "SELECT instr(printf('%0900000d', 0), printf('%0450000d', 0) || '1')",
        "SELECT printf('%060000d', 0) LIKE '%' || printf('%0250d', 0) || '1'",
    ] {
        assert!(tx(&limits()).query(sql, &[]).is_ok(), "{sql}");
        assert_eq!(tx(&Limits { vm_ops_max: 5000, ..limits() }).query(sql, &[]), Err(SqlError::Limit(LimitKind::VmOps)), "{sql}");
    }
    let wide = "SELECT printf('%0900000d', 0) LIKE '%' || printf('%0250d', 0) || '1'";
    assert_eq!(tx(&limits()).query(wide, &[]), Err(SqlError::Limit(LimitKind::ValueBytes)));
    let swollen = "SELECT replace(printf('%09000d', 0), '0', printf('%0900d', 0))";
    assert_eq!(tx(&limits()).query(swollen, &[]), Err(SqlError::Limit(LimitKind::ValueBytes)));
}

/// Statements that hold much memory in SQLite, within all limits that count operations, rows and bytes.
const GREEDY: [&str; 4] = [
    // A sorter full of values.
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400)
     SELECT length(v) FROM (SELECT printf('%0900000d', i) AS v FROM c ORDER BY v DESC) LIMIT 1",
    // A table that exists for one statement.
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400),
     m AS MATERIALIZED (SELECT i, printf('%0900000d', i) AS v FROM c) SELECT count(*) FROM m a JOIN m b ON a.i = b.i",
    // What must be distinct is remembered.
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400)
     SELECT count(DISTINCT printf('%0900000d', i)) FROM c",
    // Window functions keep their partition.
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400)
     SELECT max(n) FROM (SELECT length(lag(v, 300) OVER (ORDER BY i)) AS n FROM (SELECT i, printf('%0900000d', i) AS v FROM c))",
];

#[test]
fn memory_that_sqlite_holds() {
    let base = base();
    for sql in GREEDY {
        let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
        assert_eq!(tx.query(sql, &[]), Err(SqlError::Limit(LimitKind::Memory)), "{sql}");
        assert_eq!(tx.query("SELECT 1", &[]), Err(SqlError::Limit(LimitKind::Memory)), "after {sql}");
        let mut state = tx.rollback();
        assert_eq!(state.digests().expect("digests"), base.state(CONTEXT).digests().expect("digests"));
        let mut tx = state.begin(&limits(), None).expect("begins");
        assert_eq!(tx.query("SELECT count(*) FROM t", &[]).map(|rows| rows.values), Ok(vec![vec![int(100)]]), "after {sql}");
        // A tenth of it is not too much.
        assert!(tx.query(&sql.replace("i < 400", "i < 40"), &[]).is_ok(), "{sql}");
    }
}

#[test]
fn large_allocations_add_up_though_they_are_given_back() {
    let sql = "WITH RECURSIVE c(i, v) AS (SELECT 1, printf('%0900000d', 1) UNION ALL SELECT i + 1, upper(lower(v)) FROM c WHERE i < 4000)
               SELECT count(*) FROM c";
    check(&limits(), sql, &[], LimitKind::Memory);
    let mut tx = tx(&limits());
    assert!(tx.query(&sql.replace("i < 4000", "i < 100"), &[]).is_ok());
}

#[test]
fn rows_touched_again_and_again_are_remembered_once() {
    let base = base();
    let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    // Every turn changes all rows: 100 keys are kept, not 100 a turn.
    for turn in 0..200 {
        assert_eq!(tx.execute("UPDATE t SET x = ?1", &[text(&format!("turn {turn}"))]), Ok(100));
    }
    let (mut state, result) = tx.commit();
    result.expect("commits");
    assert_eq!(state.digests().expect("digests"), state.full_scan_digests().expect("digests"));
}
