//! Which schemas, rows and images are accepted, and what is said about the others.

use crate::support::{CONTEXT, int, open, text};
use wardian_format::SqlValue;
use wardian_state::{Base, Schema, StateError, build_image};

fn refusal(schema: &str) -> String {
    match Schema::from_sql(schema) {
        Err(error) => error.to_string(),
        Ok(_) => build_image(schema, &[]).expect_err(schema).to_string(),
    }
}

#[test]
fn rules() {
    for (schema, message) in [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY)", "table `t` is not STRICT"),
        ("CREATE TABLE t (id INTEGER) STRICT", "table `t` has no PRIMARY KEY"),
        ("CREATE TABLE t (id TEXT PRIMARY KEY) STRICT", "table `t` must be WITHOUT ROWID, because its key `id`"),
        ("CREATE TABLE t (id INT PRIMARY KEY) STRICT", "table `t` must be WITHOUT ROWID, because its key `id`"),
        ("CREATE TABLE t (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) STRICT", "table `t` must be WITHOUT ROWID, because its key `a, b`"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT", "table `t` uses AUTOINCREMENT"),
        ("CREATE VIRTUAL TABLE t USING fts5(a)", "a schema may only create tables, indexes, views and triggers"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)", "a schema may only create"),
        ("PRAGMA foreign_keys = OFF", "a schema may only create"),
        ("ATTACH 'x' AS y", "a schema may only create"),
        ("COMMIT", "a schema may only create"),
        ("CREATE TEMP TABLE t (id INTEGER PRIMARY KEY) STRICT", "a schema may only create"),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER REFERENCES q(id)) STRICT",
            "foreign key `p` of table `t` refers to table `q`, which does not exist",
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER REFERENCES t(z)) STRICT",
            "foreign key `p` of table `t` refers to `t.z`, which does not exist",
        ),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY,) STRICT", "near \")\": syntax error at `) STRICT`"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, x NUMERIC) STRICT", "unknown datatype for t.x"),
        ("CREATE VIEW v AS SELECT random() AS r", "view `v`: unsafe use of random()"),
        ("CREATE VIEW v AS SELECT * FROM sqlite_schema", "view `v`: denied: reading `sqlite_master`"),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT last_insert_rowid(); END",
            "table `t` or one of its triggers: denied: function `last_insert_rowid`",
        ),
    ] {
        let said = refusal(schema);
        assert!(said.contains(message), "{schema}\n  said: {said}\n  not:  {message}");
    }
}

#[test]
fn a_schema_in_words() {
    let schema = Schema::from_sql(
        "CREATE TABLE b (k TEXT, n INTEGER DEFAULT 3, p INTEGER REFERENCES A, twice INTEGER AS (n * 2), PRIMARY KEY (n, k)) STRICT, WITHOUT ROWID;
         CREATE TABLE a (id INTEGER PRIMARY KEY, x REAL NOT NULL) STRICT; CREATE VIEW v AS SELECT 1 AS one; CREATE INDEX i ON b(p);",
    )
    .expect("schema");
    assert_eq!(schema.tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(schema.views, ["v"]);
    let b = schema.table("b").expect("table");
    assert_eq!(b.primary_key, ["n", "k"]);
    assert_eq!((b.foreign_keys[0].table.as_str(), &b.foreign_keys[0].references[..]), ("a", &["id".to_owned()][..]));
    assert_eq!(b.column("n").and_then(|c| c.default.as_deref()), Some("3"));
    assert!(b.column("twice").is_some_and(|c| c.generated) && b.column("k").is_some_and(|c| c.not_null));
}

const TWO: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT NOT NULL) STRICT;
    CREATE TABLE c (k TEXT PRIMARY KEY, p INTEGER REFERENCES p(id)) STRICT, WITHOUT ROWID;
    CREATE TRIGGER g AFTER INSERT ON p BEGIN INSERT INTO c VALUES ('by trigger', new.id); END;";

fn rows(table: &str, columns: &[&str], values: &[&[SqlValue]]) -> (String, Vec<String>, Vec<Vec<SqlValue>>) {
    (table.to_owned(), columns.iter().map(|c| (*c).to_owned()).collect(), values.iter().map(|v| v.to_vec()).collect())
}

#[test]
fn rows_that_do_not_fit() {
    let cases = [
        (
            vec![rows("p", &["id", "n"], &[&[int(1), text("a")], &[text("x"), text("b")]])],
            "table `p`, row 1: cannot store this value in INTEGER column p.id",
        ),
        (vec![rows("p", &["id", "n"], &[&[int(1), SqlValue::Null]])], "table `p`, row 0: NOT NULL constraint failed: p.n"),
        (
            vec![rows("p", &["id", "n"], &[&[int(1), text("a")]]), rows("p", &["id", "n"], &[&[int(1), text("a")]])],
            "table `p`, row 1: UNIQUE constraint failed: p.id",
        ),
        (vec![rows("p", &["id", "m"], &[&[int(1), text("a")]])], "table `p`, row 0: table p has no column named m"),
        (vec![rows("p", &["id"], &[&[int(1), text("a")]])], "table `p`, row 0: has 2 values for 1 columns"),
        (vec![rows("q", &["id"], &[&[int(1)]])], "table `q`, row 0: no such table in the schema"),
        (vec![rows("c", &["k", "p"], &[&[text("x"), int(9)]])], "row `c[\"x\"]`: column `p` is 9, and table `p` has no such `id`"),
    ];
    for (rows, message) in cases {
        let said = build_image(TWO, &rows).expect_err(message).to_string();
        assert!(said.ends_with(message), "said: {said}\nnot:  {message}");
    }
}

#[test]
fn an_image_is_reproducible_and_triggers_do_not_run() {
    let rows = [rows("c", &["k", "p"], &[&[text("x"), int(1)]]), rows("p", &["id", "n"], &[&[int(1), text("a")]])];
    let one = build_image(TWO, &rows).expect("image");
    assert_eq!(one, std::thread::spawn(move || build_image(TWO, &rows).expect("image")).join().expect("joins"));
    assert_eq!(open(one).state(CONTEXT).read("SELECT count(*) FROM c", &[]).expect("rows").values, [[int(1)]]);
    open(build_image("", &[]).expect("an empty schema")).state(CONTEXT).digests().expect("digests");
}

#[test]
fn ungraded_names() {
    let image = build_image(TWO, &[]).expect("image");
    for (name, message) in [
        ("q", "ungraded `q` is neither a table nor `table.column`"),
        ("p.zz", "ungraded `p.zz` is neither"),
        ("c.k", "ungraded `c.k` is part of the key"),
    ] {
        let error = Base::open(image.clone(), &[name.to_owned()]).expect_err(name);
        assert!(matches!(&error, StateError::Schema(said) if said.contains(message)), "{error}");
    }
}
