//! States as plain files for others.

use crate::support::{CONTEXT, int, open, run, text};
use wardian_state::{Schema, build_image};

const SCHEMA: &str = "
CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL DEFAULT (wardian_now()) CHECK (length(body) < 4000), twice INTEGER AS (id * 2)) STRICT;
CREATE TABLE tags (name TEXT PRIMARY KEY, uses INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX notes_by_body ON notes (lower(body)) WHERE id > 0;
CREATE VIEW plain AS SELECT id FROM notes;
CREATE VIEW later AS SELECT id, wardian_now() AS now FROM plain;
CREATE TRIGGER counted AFTER INSERT ON notes BEGIN UPDATE tags SET uses = uses + 1; END;";

fn image() -> Vec<u8> {
    let notes = (1..=200).map(|i| vec![int(i), text(&format!("note {i} {}", "x".repeat(300)))]).collect();
    let tags = vec![vec![text("a"), int(0)]];
    let rows = [
        ("notes".to_owned(), vec!["id".to_owned(), "body".to_owned()], notes),
        ("tags".to_owned(), vec!["name".to_owned(), "uses".to_owned()], tags),
    ];
    build_image(SCHEMA, &rows).expect("an image")
}

#[test]
fn a_file_has_the_rows_and_nothing_that_was_deleted() {
    let base = open(image());
    let (state, done) = run(base.state(CONTEXT), "DELETE FROM notes WHERE id > 10");
    assert_eq!(done, Ok(190));
    let (mut state, done) = run(state, "INSERT INTO notes (id, body) VALUES (900, 'new')");
    assert_eq!(done, Ok(1));
    for with_views in [false, true] {
        let plain = state.export(with_views).expect("a file");
        let copy = open(plain.bytes.clone());
        assert_eq!(copy.state(CONTEXT).digests().expect("digests"), state.digests().expect("digests"));
        assert!(plain.bytes.len() < base.state(CONTEXT).to_bytes().len() / 2, "what was deleted takes no room");
        assert!(!plain.bytes.windows(8).any(|bytes| bytes == b"note 99 "));
        let schema = copy.schema();
        if with_views {
            assert_eq!((schema.views.join(" "), plain.ours.join(" "), plain.left_out.len()), ("later plain".into(), "later".into(), 0));
        } else {
            assert_eq!((schema.views.len(), plain.ours.len(), plain.left_out.join(" ")), (0, 0, "counted later plain".into()));
        }
    }
}

#[test]
fn equal_states_give_equal_files() {
    let base = open(image());
    let there = run(base.state(CONTEXT), "UPDATE notes SET body = 'other' WHERE id % 3 = 0").0;
    let and_back = run(there, "UPDATE notes SET body = 'note ' || id || ' ' || printf('%.*c', 300, 'x') WHERE id % 3 = 0").0;
    let file = and_back.export(true).expect("a file");
    assert!(file == base.state(CONTEXT).export(true).expect("a file"));
    assert!(file.bytes == image(), "and that is how images are written");
    assert!(open(file.bytes.clone()).state(CONTEXT).export(true).expect("a file") == file, "nor does it matter how often");
}

/// Why reading a table needs nothing of ours: such a schema is refused.
#[test]
fn no_table_can_need_a_function_of_ours() {
    for part in [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT CHECK (x <> wardian_now())) STRICT",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT AS (unicode_lower(x))) STRICT",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x REAL, y REAL AS (round_half_even(x, 2)) STORED) STRICT",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT) STRICT; CREATE INDEX i ON t (unicode_lower(x))",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT) STRICT; CREATE INDEX i ON t (x) WHERE x > now()",
    ] {
        let refused = Schema::from_sql(part).map(drop).and_then(|()| build_image(part, &[]).map(drop)).expect_err(part).to_string();
        assert!(refused.contains("no such function") || refused.contains("unknown function"), "{part}: {refused}");
    }
}
