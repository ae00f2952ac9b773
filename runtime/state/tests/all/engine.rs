//! Calls, forks, digests and differences through the public interface.

use crate::support::{CONTEXT, int, limits, run, text};
use std::sync::Arc;
use wardian_format::outcome::LimitKind;
use wardian_format::{Limits, SqlValue};
use wardian_state::{Base, Context, SchemaDb, SqlError, StateError, build_image};

const SCHEMA: &str = "
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT) STRICT;
CREATE TABLE orders (id TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  status TEXT NOT NULL DEFAULT 'pending', cents INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX by_user ON orders(user);
CREATE VIEW pending AS SELECT id, user FROM orders WHERE status = 'pending';
";
fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

fn image() -> Vec<u8> {
    let orders = (0..200).map(|i| vec![text(&format!("#W{i}")), int(i % 20), int(i * 100)]).collect();
    let users = (0..20).map(|i| vec![int(i), text(&format!("user {i}"))]).collect();
    // Children first: references are checked at the end.
    build_image(
        SCHEMA,
        &[("orders".to_owned(), columns(&["id", "user", "cents"]), orders), ("users".to_owned(), columns(&["id", "name"]), users)],
    )
    .expect("the image builds")
}

fn base() -> Arc<Base> {
    Base::open(image(), &["users.note".to_owned()]).expect("the image opens")
}

#[test]
fn a_call_changes_the_state_and_its_fork_does_not_see_it() {
    let mut before = base().state(CONTEXT);
    let first = before.digests().expect("digests");
    let mut tx = before.clone().begin(&limits(), None).expect("begins");
    let rows = tx.query("SELECT status, cents FROM orders WHERE id = ?1", &[text("#W7")]).expect("rows");
    assert_eq!(rows.columns.to_vec(), ["status", "cents"]);
    assert_eq!(rows.values, [[text("pending"), int(700)]]);
    assert_eq!(tx.execute("UPDATE orders SET status = 'cancelled' WHERE id = ?1", &[text("#W7")]), Ok(1));
    let (mut after, result) = tx.commit();
    result.expect("commits");
    assert_ne!(after.digests().expect("digests"), first);
    assert_eq!(after.digests().expect("digests"), after.full_scan_digests().expect("scan"));
    assert_eq!(before.digests().expect("digests"), first);
    assert_eq!(before.diff(&mut after).expect("diff").to_string(), r##"~ orders["#W7"].status: "pending" → "cancelled""##);
}

#[test]
fn ungraded_columns_count_in_the_full_digest_only() {
    let mut state = base().state(CONTEXT);
    let before = state.digests().expect("digests");
    let (mut state, result) = run(state, "UPDATE users SET note = 'x' WHERE id = 3");
    assert_eq!(result, Ok(1));
    let after = state.digests().expect("digests");
    assert_eq!(after.graded, before.graded);
    assert_ne!(after.full, before.full);
    assert_eq!(after, state.full_scan_digests().expect("scan"));
}

#[test]
fn cascades_are_followed() {
    let mut before = base().state(CONTEXT);
    let (mut state, result) = run(before.clone(), "DELETE FROM users WHERE id = 3");
    assert_eq!(result, Ok(1));
    assert_eq!(state.digests().expect("digests"), state.full_scan_digests().expect("scan"));
    assert_eq!(before.diff(&mut state).expect("diff").rows.len(), 11);
}

#[test]
fn what_is_denied() {
    for sql in [
        "ATTACH 'x' AS y",
        "PRAGMA foreign_keys = OFF",
        "SELECT * FROM pragma_table_list",
        "CREATE TABLE z (a)",
        "DROP TABLE users",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT a",
        "VACUUM",
        "SELECT sql FROM sqlite_schema",
        "SELECT * FROM sqlite_master",
        "CREATE TEMP TABLE z (a)",
        "EXPLAIN SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT changes()",
        "SELECT last_insert_rowid()",
        "SELECT total_changes()",
        "SELECT load_extension('x')",
        "SELECT sqlite_version()",
        "ANALYZE",
        "REINDEX",
        "ALTER TABLE users ADD COLUMN z TEXT",
        "SELECT * FROM dbstat",
    ] {
        let mut tx = base().state(CONTEXT).begin(&limits(), None).expect("begins");
        let result = tx.query(sql, &[]);
        assert!(matches!(result, Err(SqlError::Denied(_))), "{sql}: {result:?}");
        assert!(tx.denied().is_some(), "{sql}");
    }
}

#[test]
fn a_closed_set_admits_nothing_else() {
    let set: Arc<[String]> = Arc::from(["SELECT 1".to_owned(), "SELECT name FROM users WHERE id = ?1".to_owned()]);
    let mut tx = base().state(CONTEXT).begin(&limits(), Some(set)).expect("begins");
    assert!(tx.query("SELECT name FROM users WHERE id = ?1", &[int(1)]).is_ok());
    assert!(tx.query("SELECT 1", &[]).is_ok());
    assert!(matches!(tx.query("SELECT 2", &[]), Err(SqlError::Denied(_))));
    assert_eq!(tx.denied(), Some("statement outside of the tool's set: SELECT 2"));
}

#[test]
fn a_limit_stops_everything_after_it() {
    let few = Limits { vm_ops_max: 5000, ..limits() };
    let mut state = base().state(CONTEXT);
    let before = state.digests().expect("digests");
    let mut tx = state.begin(&few, None).expect("begins");
    assert_eq!(tx.execute("UPDATE orders SET cents = 1 WHERE id = '#W1'", &[]), Ok(1));
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    assert_eq!(tx.query(endless, &[]), Err(SqlError::Limit(LimitKind::VmOps)));
    assert_eq!(tx.query("SELECT 1", &[]), Err(SqlError::Limit(LimitKind::VmOps)));
    assert_eq!(tx.stopped_by(), Some(LimitKind::VmOps));
    let (mut state, result) = tx.commit();
    assert_eq!(result, Err(SqlError::Limit(LimitKind::VmOps)));
    assert_eq!(state.digests().expect("digests"), before);
}

#[test]
fn time_and_ids_come_from_the_episode() {
    let mut tx = base().state(CONTEXT).begin(&limits(), None).expect("begins");
    let row = tx.query("SELECT wardian_now(), datetime('now'), wardian_id('t', 0, '{}'), wardian_id_int('t', 0, '{}')", &[]).expect("rows");
    assert_eq!(row.values[0][..2], [text("2024-05-15T13:59:59Z"), text("2024-05-15 13:59:59")]);
    assert!(matches!(tx.query("SELECT datetime('now', 'localtime')", &[]), Err(SqlError::Other(_))));
    assert!(matches!(tx.query("SELECT datetime('2024-05-15', 'utc')", &[]), Err(SqlError::Other(_))));
}

#[test]
fn a_query_of_the_host_reads_everything_and_changes_nothing() {
    let mut state = base().state(CONTEXT);
    let rows = state.read("SELECT name FROM sqlite_schema WHERE type = ?1 ORDER BY name", &[text("table")]).expect("rows");
    assert_eq!(rows.values, [[text("orders")], [text("users")]]);
    for sql in ["DELETE FROM users", "PRAGMA user_version = 3", "BEGIN", "CREATE TABLE t (a)", "ATTACH 'x' AS y", "SELECT 1; SELECT 2"] {
        assert!(matches!(state.read(sql, &[]), Err(StateError::Sqlite(_))), "{sql}");
    }
}

#[test]
fn states_of_other_bases_are_refused() {
    let (mut a, mut b) = (base().state(CONTEXT), base().state(CONTEXT));
    assert!(matches!(a.diff(&mut b), Err(StateError::ForeignState)));
    assert_eq!(a.digests().expect("digests"), b.digests().expect("digests"));
}

#[test]
fn a_compiler_asks_about_statements() {
    let db = SchemaDb::new(SCHEMA).expect("the schema is fine");
    let info = db.check_statement("SELECT o.id AS x, name FROM orders o JOIN users u ON u.id = o.user WHERE o.id = :id").expect("compiles");
    assert_eq!(info.columns, ["x", "name"]);
    assert_eq!((info.read_only, info.parameters), (true, vec![Some(":id".to_owned())]));
    assert_eq!(format!("{:?}", info.tables_read), r#"{"orders": {"id", "user"}, "users": {"id", "name"}}"#);
    let info = db.check_statement("UPDATE orders SET status = 'x', cents = ?2 WHERE id = ?1").expect("compiles");
    assert_eq!(format!("{:?}", (info.read_only, info.tables_written)), r#"(false, {"orders": {"cents", "status"}})"#);
    let error = db.check_statement("SELECT nope FROM orders").expect_err("no such column");
    assert_eq!((error.message.as_str(), error.offset, error.denied), ("no such column: nope", Some(7), false));
    assert!(db.check_statement("SELECT random()").expect_err("denied").denied);
}

/// A number and some bytes from a call of a guest with free SQL.
fn random(seed: u64, call: &[u8], before: &[&str]) -> Vec<SqlValue> {
    let mut tx = base().state(Context { seed, ..CONTEXT }).begin(&limits(), None).expect("begins");
    tx.random_of(call.to_vec());
    before.iter().for_each(|sql| drop(tx.query(sql, &[]).expect("runs")));
    tx.query("SELECT random() AS a, random() AS b, hex(randomblob(4)) AS c", &[]).expect("runs").values.remove(0)
}

#[test]
fn random_numbers_follow_from_seed_and_call() {
    let first = random(1, b"call", &[]);
    assert_eq!(first, random(1, b"call", &["SELECT count(*) FROM users"]), "what else the call does does not matter");
    assert_ne!(first[0], first[1]);
    assert!(first.iter().zip(random(2, b"call", &[])).all(|(a, b)| *a != b), "another seed");
    assert!(first.iter().zip(random(1, b"other", &[])).all(|(a, b)| *a != b), "another call");
    assert_ne!(first, random(1, b"call", &["SELECT random()"]), "a stream");
    // The vector of docs/digest.md, computed by another implementation.
    assert_eq!(first, [int(189_354_445_372_370_398), int(-8_393_604_623_601_387_218), text("2927AF4A")]);
    let mut tx = base().state(CONTEXT).begin(&limits(), None).expect("begins");
    assert_eq!(
        tx.query("SELECT length(randomblob(-5)), length(randomblob(NULL)), length(randomblob(1048576))", &[]).map(|r| r.values),
        Ok(vec![vec![int(1), int(1), int(1 << 20)]])
    );
    assert_eq!(tx.query("SELECT randomblob(1048577)", &[]), Err(SqlError::Limit(LimitKind::ValueBytes)));
}

#[test]
fn a_closed_set_has_no_random_numbers_even_where_a_free_guest_prepared_them() {
    let base = base();
    let sql = "SELECT random()";
    let mut free = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    assert!(free.query(sql, &[]).is_ok());
    let state = free.rollback();
    let mut closed = state.begin(&limits(), Some(Arc::from([sql.to_owned()]))).expect("begins");
    assert_eq!(closed.query(sql, &[]), Err(SqlError::Denied("function `random`".to_owned())));
    let mut state = closed.rollback();
    assert!(state.read(sql, &[]).is_err(), "nor has the host, which must not depend on chance");
}

#[test]
fn savepoints_nest_and_have_typed_errors() {
    let base = base();
    let count = |tx: &mut wardian_state::Tx| tx.query("SELECT count(*) FROM users", &[]).expect("runs").values.remove(0).remove(0);
    let insert =
        |tx: &mut wardian_state::Tx, id: i64| assert_eq!(tx.execute("INSERT INTO users VALUES (?1, 'new', NULL)", &[int(id)]), Ok(1));
    let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    let SqlValue::Integer(n) = count(&mut tx) else { panic!("a count") };
    assert_eq!(tx.undo(), Err(SqlError::Other("no savepoint is open".to_owned())));
    tx.savepoint().expect("opens");
    insert(&mut tx, 100);
    tx.savepoint().expect("opens");
    insert(&mut tx, 101);
    tx.undo().expect("undoes the inner");
    assert_eq!(count(&mut tx), int(n + 1));
    assert!(matches!(tx.execute("ROLLBACK TO step", &[]), Err(SqlError::Denied(_))), "the guest cannot reach the host's");
    tx.release().expect("keeps the outer");
    assert_eq!(tx.release(), Err(SqlError::Other("no savepoint is open".to_owned())));
    let opened = (0..100).take_while(|_| tx.savepoint().is_ok()).count();
    assert_eq!(opened, wardian_format::limits::FIXED.savepoints_max as usize);
    let (mut state, kept) = tx.commit();
    kept.expect("commits, and closes what is open");
    assert_eq!(state.digests().expect("digests"), state.full_scan_digests().expect("a scan"));
    let mut tx = state.begin(&Limits { statements_max: 0, ..limits() }, None).expect("begins");
    assert!(tx.query("SELECT 1", &[]).is_err());
    assert_eq!(tx.savepoint(), Err(SqlError::Limit(LimitKind::Statements)), "a stopped transaction opens none");
}
