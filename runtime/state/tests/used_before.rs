//! A program that used SQLite before Wardian gets an error that says what to do. A binary of its own: this holds for a
//! whole process.

use rusqlite::Connection;
use wardian_state::{StateError, build_image};

#[test]
fn a_program_that_used_sqlite_before_is_told_so() {
    let connection = Connection::open_in_memory().expect("opens");
    let refused = build_image("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT", &[]).expect_err("refused");
    assert!(matches!(refused, StateError::Library(_)), "{refused:?}");
    assert!(refused.to_string().contains("`wardian_state::initialize`"), "{refused}");
    let refused = wardian_state::initialize().expect_err("refused").to_string();
    assert!(refused.contains("used SQLite before"), "{refused}");
    drop(connection);
}
