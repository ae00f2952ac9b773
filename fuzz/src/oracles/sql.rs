//! Statements of a guest with free SQL.

use std::sync::OnceLock;
use wardian_format::Limits;
use wardian_format::limits::Profile;
use wardian_state::{Base, Context, State, build_image};

/// A schema with everything that moves rows behind one's back.
pub const SCHEMA: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT UNIQUE, y INTEGER, CHECK (y <> 13)) STRICT;
CREATE TABLE b (k1 TEXT, k2 INTEGER, v ANY, PRIMARY KEY (k1, k2)) STRICT, WITHOUT ROWID;
CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a(id) ON DELETE CASCADE ON UPDATE CASCADE,
  g INTEGER GENERATED ALWAYS AS (a * 2) STORED) STRICT;
CREATE TABLE log (n INTEGER PRIMARY KEY, what TEXT) STRICT;
CREATE INDEX ay ON a(y);
CREATE TRIGGER t1 AFTER UPDATE ON a BEGIN INSERT INTO log(what) VALUES ('u' || new.id); END;
CREATE TRIGGER t2 AFTER DELETE ON a WHEN old.y = 7 BEGIN SELECT RAISE(ROLLBACK, 'seven'); END;
CREATE VIEW v AS SELECT id, y FROM a;
";

/// Words that statements are made of.
pub const WORDS: &[&str] = &[
    "SELECT ",
    " FROM ",
    " WHERE ",
    "INSERT ",
    " INTO ",
    "UPDATE ",
    " SET ",
    "DELETE FROM ",
    " VALUES ",
    " ON CONFLICT DO ",
    "OR ROLLBACK ",
    "OR REPLACE ",
    "OR FAIL ",
    "WITH RECURSIVE ",
    " UNION ALL ",
    " ORDER BY ",
    " LIMIT ",
    " RETURNING *",
    "a",
    "b",
    "c",
    "log",
    "v",
    "id",
    "k1",
    "(",
    ")",
    ",",
    "*",
    "'",
    "\"",
    "\0",
    "--",
    "/*",
    "NULL",
    "x'ff'",
    "9223372036854775807",
    "1e999",
    "json_each(",
    "printf(",
    "replace(",
    "group_concat(",
    "random()",
    "PRAGMA ",
    "ATTACH ",
    "ROLLBACK",
    "SAVEPOINT ",
    "VACUUM",
    "sqlite_schema",
    "CAST(",
    " AS TEXT)",
    "EXPLAIN ",
    " OVER ()",
    "wardian_id(",
];

/// A call runs the statements in the bytes (zero bytes part them). It does not panic; nothing is kept of a call that
/// failed; and the digests that follow are those of a scan of all rows.
pub fn sql(bytes: &[u8]) {
    let mut state = start().clone();
    for call in bytes.split(|byte| *byte == 1).take(4) {
        let before = state.digests().expect("digests");
        let mut tx = state.begin(&limits(), None).expect("begins");
        let mut failed = false;
        for statement in call.split(|byte| *byte == 0).take(8) {
            failed |= tx.query(&String::from_utf8_lossy(statement), &[]).is_err();
        }
        let stopped = tx.stopped_by().is_some();
        // A tool that sees an error refuses; one that does not care goes on, every other time.
        let give_up = failed && bytes.len().is_multiple_of(2);
        let (after, kept) = if give_up { (tx.rollback(), false) } else { keep(tx.commit()) };
        state = after;
        let digests = state.digests().expect("digests");
        assert!(kept || digests == before, "something is left of a call that failed");
        assert!(!(kept && stopped), "a call that a limit stopped was kept");
        assert_eq!(digests, state.full_scan_digests().expect("a scan"));
    }
}

fn keep<E>((state, kept): (State, Result<(), E>)) -> (State, bool) {
    (state, kept.is_ok())
}

/// Small enough that every run takes milliseconds.
fn limits() -> Limits {
    Limits { vm_ops_max: 100_000, growth_pages_max: 64, value_bytes_max: 64 << 10, statements_max: 64, ..Limits::of(Profile::Guest) }
}

/// A state with rows.
pub fn start() -> &'static State {
    static START: OnceLock<State> = OnceLock::new();
    START.get_or_init(|| {
        let base = Base::open(build_image(SCHEMA, &[]).expect("an image"), &[]).expect("opens");
        let mut tx = base.state(Context { seed: 1, now_unix_s: 0 }).begin(&Limits::of(Profile::Guest), None).expect("begins");
        for sql in [
            "INSERT INTO a VALUES (1, 'one', 1), (2, 'two', 7), (3, NULL, NULL)",
            "INSERT INTO b VALUES ('k', 1, 1.5), ('k', 2, 'text'), ('l', 1, x'00ff')",
            "INSERT INTO c (id, a) VALUES (1, 1), (2, 2), (3, NULL)",
        ] {
            tx.execute(sql, &[]).expect(sql);
        }
        let (state, kept) = tx.commit();
        kept.expect("kept");
        Base::open(state.to_bytes(), &[]).expect("opens").state(Context { seed: 1, now_unix_s: 0 })
    })
}

/// Statements of every kind.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "INSERT INTO a VALUES (9, 'nine', 9)\0UPDATE a SET y = y + 1\0SELECT * FROM a",
        "INSERT OR ROLLBACK INTO a VALUES (1, 'x', 1)\0DELETE FROM b",
        "DELETE FROM a WHERE id = 2\x01DELETE FROM a WHERE id = 1\x01SELECT count(*) FROM log",
        "INSERT INTO b VALUES ('k', 1, 2) ON CONFLICT DO UPDATE SET v = v + excluded.v RETURNING v",
        "UPDATE OR FAIL a SET id = id + 1\0UPDATE OR REPLACE a SET x = 'one'",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) INSERT INTO log(what) SELECT printf('%01000d', n) FROM r",
        "SELECT a.id, json_group_array(c.g) FROM a LEFT JOIN c ON c.a = a.id GROUP BY a.id ORDER BY a.id",
        "SELECT key, value FROM json_each('[1,2,{\"a\":null}]') WHERE type <> 'null'",
        "SELECT row_number() OVER (PARTITION BY k1 ORDER BY k2), group_concat(v, ',') OVER () FROM b",
        "SELECT replace(printf('%0900d', 1), '0', 'ab'), trim(x, 'o'), x LIKE '%o%', instr(x, 'n'), wardian_id('t', 1, x) FROM a",
        "PRAGMA table_info(a)\0ATTACH 'x' AS y\0VACUUM\0BEGIN\0SELECT * FROM sqlite_schema",
        "UPDATE c SET a = 99\x01UPDATE a SET id = 50 WHERE id = 1\x01INSERT INTO a SELECT id + 100, NULL, 13 FROM a",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
