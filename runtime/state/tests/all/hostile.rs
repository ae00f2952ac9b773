//! Images that somebody else made.

use crate::support::{CONTEXT, limits};
use rusqlite::Connection;
use wardian_state::{Base, SqlError, build_image};

/// A database file made by plain SQLite, without any of our rules.
#[expect(clippy::disallowed_methods, reason = "SQLite writes such files to a file system only")]
fn foreign(sql: &str) -> Vec<u8> {
    wardian_state::initialize().expect("nothing used SQLite before");
    let path = std::env::temp_dir().join(format!("wardian-state-{}-{:?}.db", std::process::id(), std::thread::current().id()));
    let _ = std::fs::remove_file(&path);
    let connection = Connection::open(&path).expect("opens");
    connection.execute_batch(sql).expect(sql);
    drop(connection);
    let bytes = std::fs::read(&path).expect("reads");
    std::fs::remove_file(&path).expect("removes");
    bytes
}

fn refusal(image: Vec<u8>) -> String {
    Base::open(image, &[]).expect_err("refused").to_string()
}

#[test]
fn headers() {
    let fine = "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT";
    assert!(Base::open(foreign(fine), &[]).is_ok());
    assert!(refusal(Vec::new()).contains("not a SQLite database"));
    assert!(refusal(vec![0; 8192]).contains("not a SQLite database"));
    assert!(refusal(foreign(&format!("PRAGMA page_size = 8192; {fine}"))).contains("pages of `8192` bytes"));
    assert!(refusal(foreign(&format!("PRAGMA encoding = 'UTF-16le'; {fine}"))).contains("not UTF-8"));
    assert!(refusal(foreign(&format!("PRAGMA journal_mode = WAL; {fine}"))).contains("WAL mode"));
    let mut cut = foreign(fine);
    cut.truncate(4096);
    assert!(refusal(cut).contains("truncated"));
}

#[test]
fn damage() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT) STRICT; CREATE INDEX i ON t(x)";
    let rows = (0..500).map(|i| vec![wardian_format::SqlValue::Integer(i), wardian_format::SqlValue::Text(format!("{i:050}"))]).collect();
    let image = build_image(schema, &[("t".to_owned(), vec!["id".to_owned(), "x".to_owned()], rows)]).expect("image");
    for page in 1..image.len() / 4096 {
        let mut broken = image.clone();
        broken[page * 4096..page * 4096 + 64].fill(0xff);
        assert!(refusal(broken).contains("schema not acceptable"), "page {page}");
    }
}

#[test]
fn contents() {
    for (sql, message) in [
        ("CREATE TABLE t (a)", "table `t` is not STRICT"),
        ("CREATE VIRTUAL TABLE f USING fts5(a)", "only ordinary tables are allowed"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT", "AUTOINCREMENT"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1); ANALYZE", "internal to SQLite"),
        ("CREATE VIEW v AS SELECT changes() AS n", "view `v`"),
    ] {
        let said = refusal(foreign(sql));
        assert!(said.contains(message), "{sql}: {said}");
    }
}

#[test]
fn defaults_and_indexes_reach_nothing_denied() {
    let image = foreign(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, r ANY DEFAULT (random()), d TEXT DEFAULT (datetime('2024-05-15', 'localtime'))) STRICT",
    );
    // Refused when opened, or else when used: never run.
    if let Ok(base) = Base::open(image, &[]) {
        let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
        let result = tx.execute("INSERT INTO t (id) VALUES (1)", &[]);
        assert!(matches!(result, Err(SqlError::Denied(_) | SqlError::Other(_))), "{result:?}");
    }
}

/// Opening evaluates constraints; this one takes minutes with the functions that SQLite brings.
#[test]
fn costly_constraints_are_bounded() {
    let check = |text: &str| format!("CHECK (length(rtrim({text}, replace(printf('%060000d', 0), '0', '1') || '0')) < id)");
    let image = |text: &str, rows: u32| {
        foreign(&format!(
            "PRAGMA ignore_check_constraints = ON; CREATE TABLE t (id INTEGER PRIMARY KEY, {}) STRICT;
             WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {rows}) INSERT INTO t SELECT n FROM r",
            check(text)
        ))
    };
    assert!(Base::open(image("printf('%0900000d', 0)", 3), &[]).is_ok());
    assert!(refusal(image("printf('%090000d', 0)", 20_000)).contains("takes too long"));
}

/// `PRAGMA quick_check` does not see this: a scan finds the row, a look-up by its key does not.
#[test]
fn keys_out_of_order() {
    let image = foreign(
        "CREATE TABLE w (k TEXT PRIMARY KEY) STRICT, WITHOUT ROWID; INSERT INTO w VALUES ('a'), ('B'); PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE TABLE w (k TEXT COLLATE NOCASE PRIMARY KEY) STRICT, WITHOUT ROWID' WHERE name = 'w'",
    );
    assert!(refusal(image).contains("the image is damaged"));
}

#[test]
fn views_that_double_at_each_level() {
    let mut sql = "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; CREATE VIEW v0 AS SELECT id FROM t;".to_owned();
    for i in 1..40 {
        sql += &format!("CREATE VIEW v{i} AS SELECT a.id FROM v{0} a JOIN v{0} b USING (id) WHERE a.id IN (SELECT id FROM v{0});", i - 1);
    }
    let said = refusal(foreign(&sql));
    assert!(said.contains("expands to too many copies"), "{said}");
    let mut sql = "WITH c0 AS (SELECT 1 AS x)".to_owned();
    for i in 1..40 {
        sql += &format!(", c{i} AS (SELECT a.x FROM c{0} a, c{0} b)", i - 1);
    }
    let base = Base::open(build_image("", &[]).expect("image"), &[]).expect("opens");
    let mut tx = base.state(CONTEXT).begin(&limits(), None).expect("begins");
    assert!(matches!(tx.query(&(sql + " SELECT * FROM c39"), &[]), Err(SqlError::Denied(_))));
    // Names that SQLite makes up are random from the fourth on.
    let alike = "SELECT * FROM (SELECT 1 AS x, 2 AS x, 3 AS x, 4 AS x, 5 AS x, 6 AS x)";
    assert!(matches!(tx.query(alike, &[]), Err(SqlError::Other(_))));
}
